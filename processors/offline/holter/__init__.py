"""The Holter report of one record, from what the monitor found in it: statistics, strips, one HTML page.

Nothing here detects anything: all figures are counts over the output of :mod:`processors.offline.annotate`. Start in
``summary`` for the figures, in ``page`` for the file.
"""
