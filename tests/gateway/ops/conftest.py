"""Fixtures of the operators' side; the store's own are those of its tests, once per engine."""

from __future__ import annotations

from tests.gateway.ops.house import house
from tests.store.conftest import clock, empty_url, open_it, sealer, store, url

__all__ = ["clock", "empty_url", "house", "open_it", "sealer", "store", "url"]
