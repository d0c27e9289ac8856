"""Everything that speaks to Kafka: access, topics, reading, dead letters."""
