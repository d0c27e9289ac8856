"""The process that notifies other staff of alerts that are not acknowledged in time. Start in ``escalator``."""
