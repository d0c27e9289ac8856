"""How a process is observed: metrics, probes and log lines."""
