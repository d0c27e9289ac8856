"""The data that processes exchange: messages and their encoding, topics, alert codes, kinds of dead letters."""
