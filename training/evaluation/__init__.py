"""Scores the live monitor and writes reports; start in ``detector/evaluate.py`` (beats) or ``alerts/evaluate.py``."""
