"""Decides which signals of a source are ECG leads: by name, then by unit, then by shape."""
