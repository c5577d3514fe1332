"""Fixtures of the service tests."""

from __future__ import annotations

from tests.services.fixtures import private_postgres, private_rabbitmq

__all__ = ["private_postgres", "private_rabbitmq"]
