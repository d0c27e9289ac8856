"""``wardbeat records``: commands on WFDB recordings. Start in :mod:`wardbeat.cli.records.group`."""
