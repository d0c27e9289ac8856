"""The scores of the alerts, one module for each kind; ``training/evaluation/alerts/sections.py`` calls them."""
