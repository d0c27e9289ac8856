"""``wardbeat dead-letters``: commands on rejected records. Start in :mod:`wardbeat.cli.dead_letters.group`."""
