"""What a worker counts and reports about itself: counters, metrics and heartbeat. Start in ``counts``."""
