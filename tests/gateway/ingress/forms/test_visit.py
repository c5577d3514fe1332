"""Visits: whose address it is, which language, and whether the words are all there."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi import Request

from gateway.config import FormSection
from gateway.ingress.forms.view import HERE, FormWords, minutes, words
from gateway.ingress.forms.visit import Visit, visit_of
from tests.gateway.identity.questionnaire.sections import section

PROXY = "10.0.0.1"


def form(**more: Any) -> FormSection:
    """Return a form behind a proxy."""
    return section(proxies=["10.0.0.0/8"], **more)


def visited(call: Request, look: FormSection | None = None) -> Visit:
    """Return the visit of a call."""
    return visit_of(call, "club", look or form())


def request(peer: str = "192.0.2.7", query: str = "", **headers: str) -> Request:
    """Return a call."""
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request(
        {
            "type": "http", "method": "GET", "scheme": "http", "path": "/forms/club",
            "query_string": query.encode(), "headers": raw, "client": (peer, 1), "server": ("x", 1),
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("peer", "told", "address"),
    [
        ("192.0.2.7", "", "192.0.2.7"),
        ("192.0.2.7", "203.0.113.9", "192.0.2.7"),
        (PROXY, "203.0.113.9", "203.0.113.9"),
        (PROXY, "1.1.1.1, 203.0.113.9", "203.0.113.9"),
        (PROXY, "203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (PROXY, "", PROXY),
        (PROXY, "10.0.0.2", PROXY),
    ],
)
def test_an_address_is_believed_of_a_proxy_only(peer: str, told: str, address: str) -> None:
    """Anybody could take another address with each try, or all visitors share one."""
    visit = visited(request(peer, x_forwarded_for=told))
    assert visit.address == address


def test_tls_is_believed_of_a_proxy_only() -> None:
    """A cookie would go over plain HTTP, or never come back."""
    assert visited(request(PROXY, x_forwarded_proto="https")).is_secure
    assert not visited(request("192.0.2.7", x_forwarded_proto="https")).is_secure


@pytest.mark.parametrize(
    ("query", "accepted", "language"),
    [
        ("", "", "ru"),
        ("", "en-GB,en;q=0.9", "en"),
        ("", "de,ru;q=0.5,en;q=0.7", "en"),
        ("", "de;q=x", "ru"),
        ("lang=en", "ru", "en"),
        ("lang=de", "en", "en"),
    ],
)
def test_the_language_is_the_visitors(query: str, accepted: str, language: str) -> None:
    """A visitor would have to look for his language, or never get it."""
    visit = visited(request(query=query, accept_language=accepted))
    assert visit.language == language
    only = form(languages=["ru"])
    assert visited(request(query=query, accept_language=accepted), only).language == "ru"


def test_a_token_that_is_none_of_ours_is_replaced() -> None:
    """Somebody could fix the token of a visitor, or two visitors share one."""
    for cookie in ("", "form=short", "form=" + "ё" * 43):
        assert visited(request(cookie=cookie)).is_new
    first, second = (visited(request()).token for _ in range(2))
    assert first != second
    again = visited(request(cookie=f"form={first}"))
    assert (again.token, again.is_new) == (first, False)


def test_both_languages_say_the_same_things() -> None:
    """A page would fail in one language only, or say less."""
    russian, english = words("ru"), words("en")
    assert list(russian) == list(english)
    for key, text in russian.items():
        assert re.findall(r"{\w+}", text) == re.findall(r"{\w+}", english[key]), key
        assert not re.search("[А-Яа-яЁё]", english[key]), key


def test_every_text_of_a_template_is_there() -> None:
    """A visitor would meet a fault at the step that nobody tried."""
    asked = {
        key
        for path in (HERE / "templates").glob("*.html")
        for key in re.findall(r't\("([a-z_.]+)"\)', path.read_text("utf-8"))
    }
    assert asked
    assert asked <= set(words("en"))


@pytest.mark.parametrize("code", ["missing", "letters", "long", "form", "range", "young", "mobile"])
def test_every_problem_names_its_field(code: str) -> None:
    """A visitor who hears the errors read out would not know where they belong."""
    told = FormWords("ru", section())
    for name in ("last", "birth_date", "phone", "email"):
        assert told.problem(name, code).startswith(told.label(name))


def test_a_wait_is_told_in_whole_minutes() -> None:
    """A visitor would be told to wait for no time at all."""
    assert [minutes(one) for one in (0.0, 1.0, 60.0, 61.0)] == [1, 1, 1, 2]
