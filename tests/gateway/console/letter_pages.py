"""What tests of letters' pages share: a refused customer, and pages as they are read."""

from __future__ import annotations

import re
from html import unescape

import httpx

from gateway.bootstrap.running import Gateway
from tests.gateway.ops.house import CUSTOMER, FIRST, PLANTED, House, eventually, hint, letters

SCRIPT = "<script>alert(1)</script>"


def seen(answer: httpx.Response, *texts: str, status: int = 200) -> str:
    """Return a page as it is read, after a look at what must and must not stand in it."""
    assert answer.status_code == status, answer.text
    assert SCRIPT not in answer.text
    text = unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)))
    for one in texts:
        assert one in text, f"{one!r} is not in {text}"
    return text


def masked(answer: httpx.Response) -> httpx.Response:
    """Return the answer, after a look for planted personal data."""
    assert not [secret for secret in PLANTED if secret in answer.text]
    return answer


def link(answer: httpx.Response, text: str) -> str:
    """Return the address of a link or of a form's hidden values that a page offers."""
    found = re.search(rf'href="/console([^"]+)"[^>]*>(?:<strong>)?{re.escape(text)}', answer.text)
    assert found is not None, answer.text
    return unescape(found[1])


def hidden(answer: httpx.Response) -> dict[str, list[str]]:
    """Return the hidden values of a page's own form."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(
        r'<input type="hidden" name="([^"]+)" value="([^"]*)"', answer.text
    ):
        if name not in {"csrf", "back"}:
            found.setdefault(name, []).append(unescape(value))
    return found


async def refused(gateway: Gateway, house: House) -> str:
    """Let the CRM refuse a customer; return the letter's id."""
    house.vendor("shop").change(customer={"7": {**CUSTOMER, "name/first": f"{FIRST}7"}})
    await hint(gateway, "customer", "7")
    found = await eventually(lambda: letters(gateway.foundation), bool)
    return str(found[0].id)
