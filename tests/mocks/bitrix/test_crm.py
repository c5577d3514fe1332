"""``crm.*`` and ``user.*`` of Bitrix24, absent on a shop (reference 2.8-2.10, 10.7, 10.8)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.mocks.bitrix.shop import open_shop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.mocks.bitrix.shop import AnyJson, Json, Shop

ROWS = json.loads((Path(__file__).parent / "samples/crm.json").read_text("utf-8"))
SAMPLES: dict[str, AnyJson] = {row["call"]: row for row in ROWS}
SCOPES = ("sale", "catalog", "crm", "user")
PHONE = "+79990001122"


@pytest.fixture
async def portal() -> AsyncIterator[Shop]:
    """A Bitrix24 portal at the moment of the golden samples."""
    async with open_shop(flavour="bitrix24", scopes=SCOPES) as shop:
        await shop.act("clock.freeze", at="2025-03-03T14:06:40+03:00")
        yield shop


async def _contact(portal: Shop, **fields: Any) -> int:
    return int(await portal.result("crm.contact.add", {"fields": fields}))


async def _golden(portal: Shop) -> None:
    body = SAMPLES["crm.contact.add"]["body"]
    assert await portal.result("crm.contact.add", body) == 12


@pytest.mark.parametrize(
    "name", ["crm.contact.list", "crm.item.list", "crm.duplicate.findbycomm", "user.get"]
)
async def test_shop_has_no_crm(shop: Shop, name: str) -> None:
    """On Site Management these methods do not exist at all, with any credentials (trap 1)."""
    assert await shop.refused(name) == (404, "ERROR_METHOD_NOT_FOUND")
    assert await shop.result("method.get", {"name": name}) == {
        "isExisting": False,
        "isAvailable": False,
    }
    await shop.door("settings", {"flavour": "bitrix24"})
    assert await shop.refused(name) == (401, "insufficient_scope")


async def test_contact_samples(portal: Shop) -> None:
    """A contact is added and read as documented: ids and flags are texts (10.7)."""
    await _golden(portal)
    for name in ("crm.contact.get",):
        answer = await portal.result(name, SAMPLES[name]["body"])
        wanted = SAMPLES[name]["answer"]["result"]
        assert {key: answer[key] for key in wanted} == wanted
    listed = await portal.call(
        "crm.contact.list",
        {
            "filter": {">ID": 0},
            "select": ["ID", "NAME", "PHONE", "DATE_MODIFY"],
            "order": {"ID": "ASC"},
            "start": -1,
        },
    )
    assert listed["total"] == 0
    [row] = listed["result"]
    assert (row["ID"], row["NAME"], row["PHONE"][0]["VALUE"]) == ("12", "Анна", PHONE)
    plain = (await portal.call("crm.contact.list"))["result"][0]
    assert "PHONE" not in plain
    assert plain["LAST_NAME"] == "Петрова"


@pytest.mark.parametrize(
    ("name", "when", "body"),
    [
        pytest.param("crm.contact.add", "fields is not an object", {}, id="no-fields"),
        pytest.param(
            "crm.contact.add",
            "bad e-mail",
            {"fields": {"EMAIL": [{"VALUE": "анна", "VALUE_TYPE": "HOME"}]}},
            id="bad-email",
        ),
        pytest.param("crm.contact.get", "unknown id", {"id": 99}, id="unknown-contact"),
        pytest.param("crm.duplicate.findbycomm", "no type", {"values": ["1"]}, id="no-type"),
        pytest.param(
            "crm.entity.mergeBatch",
            "one id",
            {"params": {"entityTypeId": 3, "entityIds": [12]}},
            id="one-id",
        ),
        pytest.param(
            "crm.entity.mergeBatch",
            "unknown contact",
            {"params": {"entityTypeId": 3, "entityIds": [12, 99]}},
            id="unknown-pair",
        ),
        pytest.param(
            "crm.item.update",
            "unknown id (text in the portal's language (unconfirmed))",
            {"entityTypeId": 3, "id": 99, "fields": {}},
            id="unknown-item",
        ),
    ],
)
async def test_documented_refusals(portal: Shop, name: str, when: str, body: Json) -> None:
    """Refusals carry the documented codes, the empty one included."""
    await _golden(portal)
    wanted = next(row for row in SAMPLES[name]["errors"] if row["when"] == when)
    assert await portal.ask(name, body) == (wanted["status"], wanted["answer"])


async def test_multifields_are_edited_added_and_removed(portal: Shop) -> None:
    """A row with ``ID`` is edited, without one added; an empty value or ``DELETE`` removes it."""
    await _golden(portal)
    edit = {"EMAIL": [{"ID": "502", "VALUE": "anna.p@example.ru"}], "PHONE": [{"VALUE": "8 999"}]}
    assert await portal.result("crm.contact.update", {"id": 12, "fields": edit}) is True
    row = await portal.result("crm.contact.get", {"id": 12})
    assert [(part["ID"], part["VALUE"]) for part in row["EMAIL"]] == [("502", "anna.p@example.ru")]
    assert [part["VALUE"] for part in row["PHONE"]] == [PHONE, "8 999"]
    gone = {"PHONE": [{"ID": "501", "DELETE": "Y"}], "EMAIL": [{"ID": "502", "VALUE": ""}]}
    await portal.result("crm.contact.update", {"id": 12, "fields": gone})
    row = await portal.result("crm.contact.get", {"id": 12})
    assert ("EMAIL" in row, row["HAS_EMAIL"], len(row["PHONE"])) == (False, "N", 1)
    missing = await portal.ask("crm.contact.update", {"id": 9, "fields": {}})
    assert missing == (400, {"error": "", "error_description": "Contact is not found"})


async def test_duplicates_compare_digits(portal: Shop) -> None:
    """Phones are found whatever their form; nothing found is an empty list (10.7)."""
    await _golden(portal)
    await _contact(portal, NAME="Анна", PHONE=[{"VALUE": "8 (999) 000-11-22"}])
    body = SAMPLES["crm.duplicate.findbycomm"]["body"]
    assert await portal.result("crm.duplicate.findbycomm", body) == {"CONTACT": [12, 13]}
    nobody = {**body, "values": ["+79990009999"]}
    assert await portal.result("crm.duplicate.findbycomm", nobody) == []
    mail = {"type": "EMAIL", "values": ["ANNA@example.ru"]}
    assert await portal.result("crm.duplicate.findbycomm", mail) == {"CONTACT": [12]}
    odd = {"type": "FAX", "values": ["1"]}
    assert (await portal.ask("crm.duplicate.findbycomm", odd))[1]["error"] == (
        "Communication type 'FAX' is not supported in current context"
    )


async def test_duplicates_stop_after_twenty(portal: Shop) -> None:
    """Twenty leads hide the contacts behind them unless the type is named (2.8)."""
    await _golden(portal)
    for _ in range(21):
        fields = {"TITLE": "Заявка", "PHONE": [{"VALUE": PHONE}]}
        await portal.result("crm.lead.add", {"fields": fields})
    found = await portal.result("crm.duplicate.findbycomm", {"type": "PHONE", "values": [PHONE]})
    assert {name: len(ids) for name, ids in found.items()} == {"LEAD": 20}
    body = {"type": "PHONE", "values": [PHONE], "entity_type": "CONTACT"}
    assert await portal.result("crm.duplicate.findbycomm", body) == {"CONTACT": [12]}


async def test_merge_keeps_the_first(portal: Shop) -> None:
    """The first id survives with the communications of both; the loser is gone."""
    await _golden(portal)
    other = await _contact(
        portal, NAME="Анна", SECOND_NAME="Ивановна", EMAIL=[{"VALUE": "second@example.ru"}]
    )
    body = {"params": {"entityTypeId": 3, "entityIds": [12, other]}}
    assert await portal.result("crm.entity.mergeBatch", body) == {
        "STATUS": "SUCCESS",
        "ENTITY_IDS": [other],
    }
    row = await portal.result("crm.contact.get", {"id": 12})
    assert (row["SECOND_NAME"], len(row["EMAIL"])) == ("Ивановна", 2)
    assert (await portal.ask("crm.contact.get", {"id": other}))[0] == 400


async def test_merge_of_different_names_is_a_conflict(portal: Shop) -> None:
    """Different single values must be merged by hand: nothing changes (2.8)."""
    await _golden(portal)
    other = await _contact(portal, NAME="Мария")
    body = {"params": {"entityTypeId": 3, "entityIds": [12, other]}}
    conflict = {"STATUS": "CONFLICT", "ENTITY_IDS": []}
    assert await portal.result("crm.entity.mergeBatch", body) == conflict
    assert (await portal.result("crm.contact.get", {"id": other}))["NAME"] == "Мария"


async def test_item_is_the_same_contact_in_camel_case(portal: Shop) -> None:
    """``crm.item.*`` shows and changes what ``crm.contact.*`` made (10.7)."""
    await _golden(portal)
    await portal.act("clock.freeze", at="2025-03-03T14:30:00+03:00")
    sample = SAMPLES["crm.item.update"]
    item = (await portal.result("crm.item.update", sample["body"]))["item"]
    wanted = sample["answer"]["result"]["item"]
    assert {key: item[key] for key in wanted} == wanted
    row = await portal.result("crm.contact.get", {"id": 12})
    assert (row["SECOND_NAME"], row["UF_CRM_LOYALTY_CARD"]) == ("Ивановна", "2000000000017")
    query: Json = {"entityTypeId": 3, "filter": {"ufCrm_LOYALTY_CARD": "2000000000017"}}
    assert (await portal.call("crm.item.list", query))["total"] == 1
    assert await portal.result("crm.item.delete", {"entityTypeId": 3, "id": 12}) == []
    assert (await portal.call("crm.item.list", query))["total"] == 0


async def test_items_of_any_type(portal: Shop) -> None:
    """Smart processes have their own ids; missing parameters and bad dates are refused."""
    body: Json = {"entityTypeId": 130, "fields": {"title": "Возврат", "opportunity": 10.5}}
    item = (await portal.result("crm.item.add", body))["item"]
    assert (item["title"], item["opportunity"]) == ("Возврат", 10.5)
    assert await portal.refused("crm.item.get", {"id": 1}) == (400, 100)
    assert await portal.refused("crm.item.list", {"entityTypeId": 99}) == (400, "NOT_FOUND")
    bad: Json = {"entityTypeId": 3, "fields": {"birthdate": "вчера"}}
    assert await portal.refused("crm.item.add", bad) == (
        400,
        "CRM_FIELD_ERROR_VALUE_NOT_VALID",
    )
    rows: Json = {"entityTypeId": 130, "data": [{"title": "x"}] * 21}
    assert await portal.refused("crm.item.batchImport", rows) == (400, "INVALID_ARG_VALUE")


async def test_order_joins_a_deal(portal: Shop) -> None:
    """An order of the shop is linked to a deal, listed and unlinked (2.9)."""
    order = await portal.order()
    link = {"orderId": order, "ownerId": 5, "ownerTypeId": 2}
    await portal.result("crm.orderentity.add", {"fields": link})
    listed = await portal.call("crm.orderentity.list", {"filter": {"orderId": order}})
    assert (listed["total"], listed["result"]["orderEntity"]) == (1, [link])
    await portal.result("crm.orderentity.deleteByFilter", {"fields": link})
    assert (await portal.call("crm.orderentity.list"))["total"] == 0


async def test_users_need_the_module_intranet(shop: Shop) -> None:
    """With ``intranet`` a site has ``user.*``: employees only, ids as texts (10.8)."""
    await shop.door("settings", {"intranet": True, "scopes": ["user"]})
    await shop.door("seed", {"users": [{"id": 7, "name": "Анна"}]})
    answer = await shop.call("user.get", {"FILTER": {"ID": 1}})
    wanted = SAMPLES["user.get"]["answer"]
    [row] = answer["result"]
    assert answer["total"] == 1
    assert {key: row[key] for key in wanted["result"][0]} == wanted["result"][0]
    assert (await shop.call("user.get"))["total"] == 1
    petr = {"EMAIL": "petr@example.ru", "NAME": "Пётр", "UF_DEPARTMENT": [1]}
    assert await shop.result("user.add", petr) == 12
    assert await shop.result("user.update", {"ID": 12, "WORK_POSITION": "Кассир"}) is True
    found = await shop.result("user.search", {"FILTER": {"FIND": "кассир"}})
    assert [row["ID"] for row in found] == ["12"]
    assert await shop.ask("user.add", {"EMAIL": "нет"}) == (
        400,
        {"error": "ERROR_ARGUMENT", "error_description": "wrong_email", "argument": ""},
    )
    twice = await shop.ask("user.add", petr)
    assert twice[1]["error_description"] == "A user with this email already exists"
    assert await shop.refused("user.update", {"ID": 99}) == (400, "ERROR_CORE")


async def test_user_fields_are_exposed_under_their_own_prefix(portal: Shop) -> None:
    """Only ``UF_USR_*`` can be made and written; a site's ``UF_*`` stay hidden (2.10)."""
    field = {"FIELD_NAME": "CARD", "USER_TYPE_ID": "string"}
    key = await portal.result("user.userfield.add", {"fields": field})
    body = {"ID": 1, "UF_USR_CARD": "17", "UF_MINDBOX_ID": "5001"}
    await portal.result("user.update", body)
    user = await portal.result("user.current")
    assert (user["UF_USR_CARD"], "UF_MINDBOX_ID" in user) == ("17", False)
    edit = {"id": key, "fields": {"SORT": "5", "FIELD_NAME": "X"}}
    await portal.result("user.userfield.update", edit)
    [row] = await portal.result("user.userfield.list")
    assert (row["FIELD_NAME"], row["SORT"]) == ("UF_USR_CARD", "5")
    assert await portal.result("user.userfield.delete", {"id": key}) is True
    assert await portal.refused("user.userfield.delete", {"id": key}) == (400, "ERROR_NOT_FOUND")
