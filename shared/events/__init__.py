"""Events: the envelope, the bus port with its adapters, the outbox with its relay, and the consumer."""
