"""Scores the beats and windows of the live monitor after EC57 (``wardbeat evaluate``); start in ``evaluate.py``."""
