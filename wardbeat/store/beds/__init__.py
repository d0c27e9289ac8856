"""Beds in Redis: who is in them, their settings and sound, and their removal."""
