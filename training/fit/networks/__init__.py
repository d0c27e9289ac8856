"""The fit of each network: one module each, called by ``training/fit/network_fits.py``."""
