"""The monitor over recordings, without Kafka and Redis: annotate records, reproduce alerts. Start in ``annotate``."""
