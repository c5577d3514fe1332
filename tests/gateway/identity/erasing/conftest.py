"""Fixtures: the store's own, once per engine."""

from __future__ import annotations

from tests.store.conftest import clock, empty_url, open_it, sealer, store, url

__all__ = ["clock", "empty_url", "open_it", "sealer", "store", "url"]
