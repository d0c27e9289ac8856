"""Machines of the study that are no networks of many layers: on fixed convolutions, by a kernel, by boosted trees."""
