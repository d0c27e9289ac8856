"""``wardbeat classify``: pictures and records by the networks of the study."""
