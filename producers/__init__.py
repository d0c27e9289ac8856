"""Sends ECG into Kafka: replays of records and synthetic patients. Start in :mod:`producers.replay`."""
