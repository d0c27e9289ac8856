"""Where a worker writes the outputs of the ward: Redis first, then Kafka. Start in ``output_writer``."""
