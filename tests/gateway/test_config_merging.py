"""Section of merges: what contradicts itself is refused before anybody is written to."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from gateway.config import CodesSection, MergeSection


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"ask_from": 20, "ask_until": 10}, "ask_until: a later hour"),
        ({"ask": "proposed", "confirm": []}, "ask: nobody can be asked"),
        ({"page": {"url": "https://club.example.ru/"}}, "page.url"),
        ({"page": {"url": "https://club.example.ru?x=1"}}, "page.url"),
        ({"page": {"url": "https://club.example.ru", "logo": "logo.exe"}}, "logo: a picture"),
    ],
)
def test_merges_that_cannot_be_asked_are_refused(values: dict[str, Any], told: str) -> None:
    """A misprint would be met at night, or by a person."""
    with pytest.raises(ValidationError, match=told):
        MergeSection.model_validate(values)


@pytest.mark.parametrize("text", ["{code}", "{link}", "{code} {link} {phone}", "{code} {link"])
def test_a_message_without_its_code_or_link_is_refused(text: str) -> None:
    """A person would get a message with which he can do nothing."""
    with pytest.raises(ValidationError, match="text_merge"):
        CodesSection.model_validate({"text_merge": text})
