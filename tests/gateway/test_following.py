"""Tracks: nothing is accepted along which nothing could flow."""

from __future__ import annotations

import pytest

from gateway.contract import ConfigInvalid
from tests.gateway.ops.house import House, house

__all__ = ["house"]


@pytest.mark.parametrize(
    ("source", "reason"),
    [("nobody", "no such account"), ("shop", "tells of no visitors")],
)
async def test_tracks_of_nothing_are_refused(house: House, source: str, reason: str) -> None:
    """A CDP would wait for baskets that nobody tells, and nobody would know why."""
    house.edit_config("[accounts.crm]", f'[accounts.crm]\ntracks = ["{source}"]')
    with pytest.raises(ConfigInvalid, match=reason):
        async with house.foundation():
            pass
