"""Apache Kafka, Redis and our own services as child processes, for the demo and the tests only."""
