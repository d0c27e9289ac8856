"""What every Wardbeat service agrees on: messages, topics, alert codes, keys, settings."""

__version__ = "0.1.0"
