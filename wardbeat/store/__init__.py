"""Everything that speaks to Redis: one store for each kind of data, the keys, and the connection."""
