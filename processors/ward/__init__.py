"""The ward: the monitors of many patients, their network inputs in common batches, failures and warm-up. Pure code."""
