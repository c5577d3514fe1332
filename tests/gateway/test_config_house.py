"""Configuration of the house: rules that cannot work are refused before anything starts."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.config import HouseSection

ONE = {"name": "One"}
GUIDE = Path(__file__).parents[2] / "docs/how-to/house-programme.md"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tiers": []}, "tiers"),
        ({"tiers": [{"name": "One", "purchases": 5}]}, "first begins at purchases = 0"),
        ({"tiers": [ONE, {"name": "Two"}]}, "each further one above"),
        ({"tiers": [ONE, {"name": "One", "purchases": 5}]}, "same name"),
        ({"tiers": [{**ONE, "percent": 3, "points": 3}]}, "not both"),
        ({"tiers": [{**ONE, "share": 101}]}, "share"),
        ({"point_value": "0.5", "spend_unit": "0.01"}, "whole number of kopecks"),
        ({"notice_days": [0]}, "notice_days"),
        ({"min_balance": 1}, "min_balance"),
        ({"grants": {"Welcome!": {"points": 1}}}, "grants"),
        ({"activation": 3}, "activation"),
    ],
)
def test_rules_that_cannot_work_are_refused(changes: dict[str, Any], said: str) -> None:
    """A programme would start and reckon something that nobody meant."""
    with pytest.raises(ValidationError, match=said):
        HouseSection.model_validate({"tiers": [ONE], **changes})


def test_the_examples_of_the_guide_are_rules_that_work() -> None:
    """An example that is refused is the reader's first impression."""
    examples = re.findall(r"```toml\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    assert len(examples) == 2
    for text in examples:
        assert HouseSection.model_validate(tomllib.loads(text)["house"]).tiers
