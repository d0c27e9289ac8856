"""Scores alerts of the live monitor (``wardbeat evaluate-alerts``); start in ``evaluate.py``, then ``sections.py``."""
