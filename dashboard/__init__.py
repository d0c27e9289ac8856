"""The screens: a web application for browsers. Start in :mod:`dashboard.server`, which lists what is served."""
