"""What all Wardbeat services share: contracts, rules of care, stores, Kafka, signal processing and the command line."""

__version__ = "0.1.0"
