"""The study: models of the literature, fitted and compared on tasks by one protocol."""
