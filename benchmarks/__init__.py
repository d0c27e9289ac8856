"""Measurements of speed, memory and robustness; each module with ``main`` runs as ``python -m benchmarks.NAME``."""
