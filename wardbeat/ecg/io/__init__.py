"""ECG files: WFDB records, their headers and annotations, downloads, and the excerpts that ship with Wardbeat."""
