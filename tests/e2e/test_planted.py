"""The search for planted data finds what it must: a blind search would prove nothing."""

from __future__ import annotations

import json
from urllib.parse import quote, urlencode

import pytest

from tests.e2e import planted
from tests.e2e.planted import traces


@pytest.mark.parametrize(
    "text",
    [
        "89167654321",
        "+79167654321",
        "8 (916) 765-43-21",
        "+7 916 765 43 21",
        "phone%5B%5D=%2B7%20916%20765-43-21",
        urlencode({"phone": "8 (916) 765-43-21"}),
        '{"digits":9167654321}',
    ],
)
def test_a_phone_is_found_in_any_spelling(text: str) -> None:
    """A phone in another punctuation is the same phone."""
    assert traces(f"before {text} after") == ["phone"]


@pytest.mark.parametrize("name", sorted(planted.TEXTS))
def test_a_text_is_found_in_any_form(name: str) -> None:
    """A name in escapes, percents or capitals is still somebody's name."""
    text = planted.TEXTS[name]
    for form in (
        text,
        text.upper(),
        text.lower(),
        json.dumps({"value": text}),
        quote(text),
        urlencode({"value": text}),
        repr(text.encode()),
    ):
        assert name in traces(form), form
        assert name in traces(form.encode())


def test_a_story_without_data_is_clean() -> None:
    """A search that finds everything everywhere would be switched off soon."""
    assert traces('{"event":"vendor.called","external_id":"20","at":"2026-11-25T14:09:56"}') == []
