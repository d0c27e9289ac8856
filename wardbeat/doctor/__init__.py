"""The checks of ``wardbeat doctor``: the settings, Kafka, Redis, clock and disk of a ward, with the next step."""
