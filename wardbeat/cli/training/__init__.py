"""Commands that fit, tune and score networks, one file per command. Shared options stand in ``*_options``."""
