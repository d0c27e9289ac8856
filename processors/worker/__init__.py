"""The worker process: chunks from Kafka go through the ward, and results go to Redis and Kafka. Start in ``batch``."""
