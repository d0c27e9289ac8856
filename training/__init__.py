"""Data sets, fits, tuning and evaluation of the networks; start in ``fit/pipeline.py`` or ``evaluation``."""
