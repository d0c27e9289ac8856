"""ECG signals: chunks, filters, leads, resampling, units and synthetic ECG; in folders files, QRS and features."""
