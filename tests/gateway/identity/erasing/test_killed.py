"""Erasure under kills: whatever a process had done, the next one goes on to the same end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar, cast

import pytest

from gateway.contract import StoreError
from gateway.identity.erasing import search
from gateway.ports import ErasureState, Store, Tx
from gateway.store import Sealer, SqlStore
from tests.gateway.identity.erasing.planting import WHO, found_in, neighbour, plant
from tests.gateway.identity.erasing.test_erasing import erasing, settle
from tests.store.conftest import KEY
from tests.store.rows import HeldClock

R = TypeVar("R")


class _Killed(StoreError):
    """The process is no more."""


class _Dying:
    """A store whose process is killed after some transactions."""

    def __init__(self, store: SqlStore, left: int) -> None:
        self._store, self._left = store, left

    async def run(self, work: Callable[[Tx], R]) -> R:
        """Run, until it is over."""
        if self._left == 0:
            msg = "killed"
            raise _Killed(msg)
        self._left -= 1
        return await self._store.run(work)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the rest of the store
        return getattr(self._store, name)


@pytest.mark.parametrize("after", [1, 2, 5, 9, 14, 20])
async def test_a_killed_erasure_is_gone_on_with(
    open_it: Any,  # noqa: ANN401 - the fixture's own shape
    clock: HeldClock,
    url: str,
    after: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Half of a person would stay, and the protocol would say nothing."""
    monkeypatch.setattr(search, "PAGE", 1)
    store: SqlStore = open_it(url)
    await store.run(plant)
    await store.run(neighbour)
    service = erasing(store, clock)
    dying = replace(service, store=cast("Store", _Dying(store, after)))
    with pytest.raises(_Killed):
        await dying.begin(WHO, who="olga", reason="request 17")
    assert await service.work_off() == 1
    await settle(store, clock)
    clock.move(60)
    await service.work_off()
    assert found_in(url, Sealer([KEY])) == set()
    row = await store.read(lambda tx: tx.erasure("e-1"))
    assert row is not None
    assert row.state is ErasureState.DONE
    assert row.record["here"]["operation"] == 2
    assert row.record["here"]["dead_letter"] == 3
    asked = await store.read(lambda tx: tx.operations(["erase:e-1:crm", "note-9"]))
    assert set(asked) == {"erase:e-1:crm", "note-9"}
    assert asked["note-9"].payload["to"] == "+79990001122"
