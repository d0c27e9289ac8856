"""``/api/v1``: the HTTP API for acts and for programs. Start in :mod:`dashboard.api.router`."""
