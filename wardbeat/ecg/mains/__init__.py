"""Removal of mains hum from the signal of the source, before every other filter."""
