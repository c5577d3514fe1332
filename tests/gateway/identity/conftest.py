"""Fixtures: a migrated store on each engine, as the store's own tests have it."""

from __future__ import annotations

from tests.store.conftest import clock, empty_url, open_it, sealer, store, url

__all__ = ["clock", "empty_url", "open_it", "sealer", "store", "url"]
