"""``wardbeat alerts``: commands on alerts. Start in :mod:`wardbeat.cli.alerts.group`."""
