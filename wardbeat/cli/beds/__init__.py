"""``wardbeat beds``: commands on beds and their patients. Start in :mod:`wardbeat.cli.beds.group`."""
