"""Offers, merchants and notifications (reference, sections 6.5 and 6.6)."""

from __future__ import annotations

import pytest

from tests.mocks.loymax.stand import Loymax

PERSONAL = {"id": 32, "type": "PersonalOffer", "logicalName": "tea", "title": "Для вас"}


async def test_personal_offers_need_a_token(loymax: Loymax) -> None:
    """A real 401, while the other offers are open to all."""
    await loymax.door("seed", contents=[PERSONAL])
    path = "Offer?filter.type=PersonalOffer"
    assert (await loymax.call("GET", path)).status_code == 401
    assert [row["id"] for row in await loymax.data("GET", "Offer")] == [31]
    token = await loymax.member()
    assert [row["id"] for row in await loymax.data("GET", path, token)] == [32]
    every = await loymax.data("GET", "Offer?filter.type=All&filter.from=1", token)
    assert [row["id"] for row in every] == [32]
    rows = await loymax.data("GET", "user/personalOffer/tea/contents", token)
    assert [row["title"] for row in rows] == ["Для вас"]


async def test_offers_are_shown_by_state_and_to_whom_they_belong(loymax: Loymax) -> None:
    """What is over has no state; somebody's own offer is shown to nobody else."""
    rows = [
        {**PERSONAL, "owner": 5012, "end": None},
        {**PERSONAL, "id": 33, "owner": 9},
        {**PERSONAL, "id": 34, "begin": "2040-01-01T00:00:00Z"},
        {**PERSONAL, "id": 35, "end": "2020-01-01T00:00:00Z"},
    ]
    await loymax.door("seed", contents=rows)
    token, path = await loymax.member(), "Offer?filter.type=PersonalOffer&filter.offerState="
    shown = {
        state: [row["id"] for row in await loymax.data("GET", f"{path}{state}", token)]
        for state in ("Active", "CommingSoon")
    }
    assert shown == {"Active": [32], "CommingSoon": [34]}
    assert "owner" not in (await loymax.data("GET", f"{path}Active", token))[0]


async def test_an_unknown_offer_names_the_person_only_with_a_token(loymax: Loymax) -> None:
    """The tail of the text is there for a member."""
    text = "Не найден рекламный материал с указанным идентификатором 99"
    assert (await loymax.refusal("GET", "Offer/99"))["message"] == text
    refused = await loymax.refusal("GET", "Offer/99/merchants", await loymax.member())
    assert refused["message"] == f"{text} для пользователя 5012"
    assert (await loymax.data("GET", "Offer/31/details"))["title"] == "Чай весной"


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("Merchants", 1),
        ("Merchants?merchantsIds[0]=3", 1),
        ("Merchants?merchantsIds[0]=4", 0),
        ("Merchants/ByUids?merchantsUids=1d000000-0000-4000-8000-000000000003", 1),
        ("Merchants/ByUids?merchantsUids=none", 0),
    ],
)
async def test_merchants_are_open_to_all(loymax: Loymax, query: str, count: int) -> None:
    """No token is needed."""
    assert len(await loymax.data("GET", query)) == count


async def test_nothing_is_unread(loymax: Loymax) -> None:
    """Notifications are not simulated beyond an empty list."""
    token = await loymax.member()
    assert await loymax.data("GET", "Notification", token) == []
    assert await loymax.data("GET", "Notification/Count", token) == {"unReadCount": 0}


async def test_statuses_are_what_was_seeded(loymax: Loymax) -> None:
    """The tier of a member comes from the seed."""
    row = {"name": "Уровни", "logicalName": "Tiers", "currentStatus": "Серебро"}
    await loymax.door("seed", statuses=[row])
    assert await loymax.data("GET", "User/Status", await loymax.member()) == [row]
