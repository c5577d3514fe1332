"""Fixtures of the console's tests."""

from __future__ import annotations

from tests.gateway.ops.house import house

__all__ = ["house"]
