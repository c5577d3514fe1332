"""Channels: one suite for the memory transport and for RabbitMQ, then what only a broker can do."""
