"""The contract's page: what an integrator reads must be what the connector needs."""

from __future__ import annotations

import re
from pathlib import Path

import connectors.bitrix
from connectors.bitrix.errors import TABLE

ROOM = Path(connectors.bitrix.__file__).parent
PAGE = (ROOM / "extension.md").read_text("utf-8")


def test_the_page_names_every_method_that_is_called() -> None:
    """A shop would be set up by the page and then lack a method."""
    called = {
        name
        for source in ROOM.glob("*.py")
        for name in re.findall(r'"(gateway\.[a-z.]+)"', source.read_text("utf-8"))
    }
    assert "gateway.coupon.add" in called
    assert sorted(name for name in called if f"\n| `{name}` |" not in PAGE) == []


def test_the_page_names_every_error_that_is_understood() -> None:
    """The extension would be written with a code that the connector cannot read, or without one."""
    understood = {code.upper() for code in TABLE if code.startswith("gw_")}
    explained = set(re.findall(r"^\| `(GW_[A-Z_]+)` \| \d{3} \|", PAGE, re.MULTILINE))
    assert understood == explained
