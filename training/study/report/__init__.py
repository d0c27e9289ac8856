"""The report of a task: one HTML page with tables, plots and a gallery of errors; PNG and CSV beside it; a notebook.

Start in ``page``.
"""
