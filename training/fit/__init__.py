"""Fits all networks and writes bundles (``wardbeat train``); start in ``pipeline.py``, then ``work.py``."""
