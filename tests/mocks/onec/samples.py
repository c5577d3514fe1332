"""The samples of the reference and how answers are compared with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lxml import etree

from tests.mocks.onec.conftest import OneC

HERE = Path(__file__)
GOLDEN: dict[str, Any] = json.loads(HERE.with_name("golden.json").read_text("utf-8"))
FEED = etree.parse(HERE.with_name("golden_feed.xml"))
ORDER = "5a1d0c1e-2b3c-11f0-8c11-00155d0a0b0c"


def within(expected: object, actual: object) -> bool:
    """Tell whether ``actual`` holds all of ``expected``; rows stay in their order."""
    if isinstance(expected, dict):
        return isinstance(actual, dict) and all(
            name in actual and within(value, actual[name]) for name, value in expected.items()
        )
    if isinstance(expected, list):
        return (
            isinstance(actual, list)
            and len(actual) == len(expected)
            and all(within(one, other) for one, other in zip(expected, actual, strict=True))
        )
    return bool(expected == actual)


async def create_order(onec: OneC) -> dict[str, Any]:
    """Create the order of the samples under its own id, number and version."""
    numbers = {"Document_ЗаказКлиента": 416}
    await onec.seed(next={"guids": [ORDER], "version": 0x5DA, "numbers": numbers})
    made = await onec.send("POST", "Document_ЗаказКлиента", GOLDEN["order_create"])
    assert made.status_code == 201, made.text
    body: dict[str, Any] = made.json()
    return body
