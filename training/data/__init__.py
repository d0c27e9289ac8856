"""Training data: splits, labels, augmentation, and inputs captured from the live monitor; start in ``capture.py``."""
