"""The ``wardbeat`` command line: one file per command, a folder per group. Start in :mod:`wardbeat.cli.main`."""
