"""The parts that all Wardbeat services share: contracts, rules of care, stores, Kafka, signals, the command line."""

__version__ = "0.2.0"
