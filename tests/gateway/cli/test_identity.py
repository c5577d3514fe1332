"""``gateway identity``: the scan, the list, both records, and a decision."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from gateway.canonical import Kind
from gateway.ops.faults import ExitCode
from gateway.ports import EntityRow, Tx
from tests.gateway.cli.run import gateway
from tests.gateway.ops.house import House

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
PHONE = "+79161112233"


@pytest.fixture
def two(house: House) -> None:
    """Two records with one phone, of one of which nothing else is known."""

    async def fill() -> None:
        async with house.foundation() as foundation:
            digester = foundation.applier.digester

            def work(tx: Tx) -> None:
                for name, more in (("c-1", {"name/first": "Анна"}), ("c-2", {})):
                    fields = {f"phones/{PHONE}": True, **more}
                    tx.put_entities([EntityRow(name, Kind.CUSTOMER, 1, fields, {}, AT, AT)])
                    tx.put_matches({name: digester.of_entity(Kind.CUSTOMER, fields)})

            await foundation.store.run(work)

    asyncio.run(fill())


@pytest.mark.usefixtures("two")
def test_duplicates_are_scanned_listed_shown_and_decided(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    """An operator without the console could not settle anything."""
    at = "--config", str(house.config)
    scanned = gateway(capsys, "identity", "scan", *at)
    assert scanned.code == 0
    assert "open: 1" in scanned.out
    assert "done" in scanned.out
    assert "1 shared contacts" in scanned.err
    listed = gateway(capsys, "identity", "reviews", "--language", "en", *at)
    assert "c-1.c-2  open  7  the sum of points" in listed.out
    assert "the same phone" in listed.out
    view = gateway(capsys, "identity", "show", "c-1.c-2", *at)
    assert "phones/+7916***2233" in view.out
    assert PHONE not in view.out
    unmasked = gateway(capsys, "identity", "show", "c-1.c-2", "--unmask", "--who", "olga", *at)
    assert PHONE in unmasked.out
    decided = gateway(
        capsys, "identity", "decide", "c-1.c-2", "different", "--reason", "соседи", *at
    )
    assert decided.out == "c-1.c-2: open -> different\n"
    again = gateway(capsys, "identity", "scan", "--json", *at).json()
    assert again["states"] == {}
    left = gateway(capsys, "identity", "reviews", *at)
    assert left.out == "no open pairs\n"
    kept = gateway(capsys, "identity", "reviews", "--state", "different", "--json", *at).json()
    assert [line["id"] for line in kept["lines"]] == ["c-1.c-2"]


@pytest.mark.usefixtures("two")
def test_what_is_wrong_is_told(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    """A mistyped id would end in a trace."""
    at = "--config", str(house.config)
    missing = gateway(capsys, "identity", "show", "c-1.c-9", *at)
    assert missing.code == ExitCode.FOUND
    assert "no such pair" in missing.err
    refused = gateway(capsys, "identity", "decide", "c-1.c-9", "same", "--reason", " ", *at)
    assert (refused.code, "reason" in refused.err) == (ExitCode.FOUND, True)
