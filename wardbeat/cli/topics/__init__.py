"""``wardbeat topics``: commands on the Kafka topics. Start in :mod:`wardbeat.cli.topics.group`."""
