"""Tests that need the real PostgreSQL or RabbitMQ."""
