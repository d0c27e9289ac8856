"""The layout of the pages, and the evidence of an alert. Start in :mod:`dashboard.pages.patient`."""
