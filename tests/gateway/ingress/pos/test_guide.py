"""The guide for those who connect a till is true: its calls are answered as it says."""

from __future__ import annotations

import re
import shlex
import tomllib
from decimal import Decimal

import pytest

from gateway.config.loyalty import CallerSection
from gateway.ingress.pos.operation import Nothing
from gateway.ingress.pos.operations import DOORS
from tests.gateway.cli.run import gateway
from tests.gateway.ingress.pos.memory import MemoryTills
from tests.gateway.ingress.pos.served import KEY, member, opened
from tests.gateway.ops.house import REPOSITORY

GUIDE = (REPOSITORY / "docs/how-to/connect-a-till.md").read_text("utf-8")


def calls() -> list[tuple[str, str, bytes | None, dict[str, str]]]:
    """Return method, path, body and headers of each call of curl."""
    found = []
    for block in re.findall(r"```sh\n(curl .*?)```", GUIDE, re.DOTALL):
        words = shlex.split(block.replace("$KEY", KEY))
        address = next(word for word in words if word.startswith("https://"))
        headers = dict(
            words[place + 1].split(": ", 1) for place, word in enumerate(words) if word == "-H"
        )
        body = words[words.index("-d") + 1].encode() if "-d" in words else None
        method = "POST" if body is not None or "-X" in words else "GET"
        found.append((method, address.removeprefix("https://gateway.shop.ru"), body, headers))
    return found


async def test_every_call_of_the_guide_is_answered() -> None:
    """An example that is refused is what a programmer copies first."""
    async with opened(MemoryTills({"m-1": member()}, {"m-1": Decimal(100)})) as served:
        shown = calls()
        assert len(shown) >= len(DOORS["/pos/v1"])
        for method, path, body, headers in shown:
            answer = await served.http.request(method, path, content=body, headers=headers)
            assert answer.status_code == 200, f"{path}: {answer.text}"
            if path.endswith("/receipts"):
                assert all(one["taken"] for one in answer.json()["results"])


def test_the_table_names_every_call_and_none_that_is_not_there() -> None:
    """A call that the table leaves out is never made."""
    rows = set(
        re.findall(
            r"^\| `(\w+) (/\S+)` \| (\w+) \| (?:`(\w+)` )?\| `(\w+)` \|", GUIDE, re.MULTILINE
        )
    )
    made = {
        (
            one.method,
            prefix + one.path,
            str(one.scope),
            "" if one.body is Nothing else one.body.__name__,
            one.answer.__name__,
        )
        for prefix, operations in DOORS.items()
        if prefix != "/checkout/v1"
        for one in operations
    }
    assert rows == made


def test_every_call_is_shown_with_curl_and_in_1c() -> None:
    """1C's programmers have no curl, and others have no 1C."""
    curl = "\n".join(path for _, path, _, _ in calls())
    bsl = "\n".join(re.findall(r"```bsl\n(.*?)```", GUIDE, re.DOTALL))
    for one in DOORS["/pos/v1"]:
        last = one.path.rsplit("/", 1)[1]
        assert re.search(one.path.replace("{id}", r"\S+").replace("{member_id}", r"\S+"), curl)
        assert last.startswith("{") or last in bsl, one.path


def test_the_callers_section_of_the_guide_is_one() -> None:
    """A section that is refused stops the whole gateway."""
    text = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)[0]
    section = tomllib.loads(text)["pos"]["callers"]["kazan-1"]
    assert CallerSection.model_validate({**section, "key": KEY}).zone == "Europe/Moscow"


def test_a_printed_key_is_fresh_and_long_enough(capsys: pytest.CaptureFixture[str]) -> None:
    """A key that repeats, or that the configuration refuses, is no help."""
    keys = {gateway(capsys, "pos", "key").out.strip() for _ in range(2)}
    assert len(keys) == 2
    assert all(CallerSection.model_validate({"key": key}) for key in keys)
