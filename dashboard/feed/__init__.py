"""The live feed from Redis to the browsers. Start in :mod:`dashboard.feed.live`, which describes the protocol."""
