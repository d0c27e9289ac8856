"""What a process shows about itself: metrics, probes and log lines."""
