"""Programs that process ECG streams: the pure patient monitor, and the processes that run it."""
