"""Fixtures of the operators' side."""

from __future__ import annotations

from tests.gateway.cli.shared import shared
from tests.gateway.ops.house import house

__all__ = ["house", "shared"]
