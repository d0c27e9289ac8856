"""The search for settings of a network (``wardbeat tune``); start in ``search.py``."""
