"""Corporate customers: their parts, feed, uploads and merge; loyalty does not cover them."""

from __future__ import annotations

from typing import Any

from tests.mocks.retailcrm.conftest import Crm, Start

FEED = {"filter[sinceId]": "0", "limit": "100"}


async def _firm(crm: Crm, name: str = "f-1", **fields: Any) -> Any:  # noqa: ANN401 - JSON
    row = {"externalId": name, "nickName": "ООО «Ёлка»", **fields}
    answer = await crm.post("customers-corporate/create", customerCorporate=row)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def test_a_firm_goes_there_and_back(crm: Crm) -> None:
    """The entity parameter is singular, the list parameter is not."""
    number = await _firm(crm, discountCardNumber="DC-9")
    twice = await crm.post(
        "customers-corporate/create", customerCorporate={"externalId": "f-1", "nickName": "Х"}
    )
    assert twice.json()["errorMsg"] == "Customer with externalId=f-1 already exists"
    await crm.post("customers-corporate/f-1/edit", customerCorporate={"vip": True})
    shown = (await crm.get("customers-corporate/f-1")).json()["customerCorporate"]
    assert (shown["id"], shown["type"], shown["vip"]) == (number, "customer_corporate", True)
    query = {"filter[discountCardNumber]": "DC-9"}
    rows = (await crm.get("customers-corporate", query)).json()["customersCorporate"]
    assert [row["nickName"] for row in rows] == ["ООО «Ёлка»"]
    missing = await crm.get(f"customers-corporate/{number + 1}", {"by": "id"})
    assert (missing.status_code, missing.json()["errorMsg"]) == (404, "Not found")


async def test_parts_are_made_and_one_is_the_main(crm: Crm) -> None:
    """Addresses, companies and contacts have methods of their own, by two kinds of name."""
    await _firm(crm)
    base = "customers-corporate/f-1"
    address = {"externalId": "a-1", "city": "Москва", "street": "Арбат"}
    assert (await crm.post(f"{base}/addresses/create", address=address)).status_code == 201
    twice = await crm.post(f"{base}/addresses/create", address=address)
    text = "This external id is already set for another customer address"
    assert twice.json()["errors"] == {"externalId": text}
    for name in ("к-1", "к-2"):
        company = {"externalId": name, "name": name, "contragent": {"INN": "7700000000"}}
        await crm.post(f"{base}/companies/create", company=company)
    await crm.post(f"{base}/companies/к-2/edit", company={"isMain": True})
    await crm.post("customers/create", customer={"externalId": "c-1", "firstName": "Ия"})
    contact = {"customer": {"externalId": "c-1"}}
    await crm.post(f"{base}/contacts/create", contact=contact)
    shown = (await crm.get(base)).json()["customerCorporate"]
    assert shown["mainAddress"] == {"id": 801, "externalId": "a-1"}
    assert shown["mainCompany"] == {"id": 302, "externalId": "к-2", "name": "к-2"}
    assert [row["isMain"] for row in shown["companies"]] == [False, True]
    assert shown["customerContacts"][0]["customer"]["id"] == 9001
    contacts = {"filter[contactIds][]": "9001"}
    found = (await crm.get("customers-corporate", contacts)).json()["customersCorporate"]
    assert [row["id"] for row in found] == [9501]
    told = (await crm.get("customers-corporate/history", contacts)).json()["history"]
    assert [row["field"] for row in told][-1] == "contact"
    strangers = {"filter[contactIds][]": "9002"}
    told = (await crm.get("customers-corporate/history", strangers)).json()["history"]
    assert told == []
    query = {"by": "externalId"}
    rows = (await crm.get(f"{base}/addresses", query)).json()["addresses"]
    assert [row["text"] for row in rows] == ["Москва, Арбат"]
    edited = await crm.post(f"{base}/addresses/801/edit", entityBy="id", address={"city": "Тверь"})
    assert edited.json() == {"success": True, "id": 801}
    assert (await crm.post(f"{base}/contacts/нет/edit", contact={})).status_code == 404


async def test_the_feed_of_firms(crm: Crm) -> None:
    """One counter of its own; parts come under their codes."""
    await _firm(crm)
    await crm.post("customers-corporate/f-1/edit", customerCorporate={"nickName": "ООО «Сосна»"})
    company = {"externalId": "к-1", "name": "Сосна"}
    await crm.post("customers-corporate/f-1/companies/create", company=company)
    rows = (await crm.get("customers-corporate/history", FEED)).json()["history"]
    assert [(row["id"], row["field"], row["newValue"]) for row in rows] == [
        (51001, "id", 9501),
        (51002, "nick_name", "ООО «Сосна»"),
        (51003, "company", {"id": 301}),
    ]
    assert rows[2]["company"] == {"id": 301, "externalId": "к-1", "name": "Сосна"}
    query = {"filter[customerExternalId]": "f-1"}
    assert len((await crm.get("customers-corporate/history", query)).json()["history"]) == 3


async def test_an_upload_is_told_in_the_words_of_customers(crm: Crm) -> None:
    """A partial failure is 460 with both lists."""
    await _firm(crm)
    rows = [{"externalId": "f-1", "nickName": "Х"}, {"externalId": "f-2", "nickName": "Y"}]
    answer = await crm.post("customers-corporate/upload", customersCorporate=rows)
    body = answer.json()
    assert (answer.status_code, body["errorMsg"]) == (460, "Customers are loaded with errors")
    assert body["uploadedCustomers"] == [{"id": 9502, "externalId": "f-2"}]
    fixed = [{"id": 9502, "externalId": "f-3"}]
    await crm.post("customers-corporate/fix-external-ids", customersCorporate=fixed)
    assert (await crm.get("customers-corporate/f-3")).status_code == 200


async def test_a_merge_comes_later_and_names_the_survivor(start: Start) -> None:
    """The absorbed firm's companies move over; the feed tells the deletion."""
    crm = await start(combine_delay_ms=1500)
    await _firm(crm, "f-1", companies=[{"externalId": "к-1", "name": "Ель"}])
    await _firm(crm, "f-2")
    form: dict[str, Any] = {"customers": [{"id": 9501}], "resultCustomer": {"id": 9502}}
    assert (await crm.post("customers-corporate/combine", **form)).status_code == 200
    assert (await crm.get("customers-corporate/f-1")).status_code == 200
    crm.clock.move(2)
    assert (await crm.get("customers-corporate/f-1")).status_code == 404
    last = (await crm.get("customers-corporate/history", FEED)).json()["history"][-1]
    assert (last["deleted"], last["combinedTo"]["id"], last["source"]) == (True, 9502, "combine")
    shown = (await crm.get("customers-corporate/f-2")).json()["customerCorporate"]
    assert [row["name"] for row in shown["companies"]] == ["Ель"]


async def test_a_firm_takes_part_in_no_programme(crm: Crm) -> None:
    """Loyalty does not cover corporate customers: their id names no customer there."""
    number = await _firm(crm)
    member = {"customer": {"id": number}}
    answer = await crm.post("loyalty/account/create", loyaltyAccount=member)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["customer"])


async def test_notes_of_firms_are_apart_from_those_of_people(crm: Crm) -> None:
    """The same method under another path: a note of one kind is no note of the other."""
    await _firm(crm)
    note = {"text": "Отсрочка 30 дней", "managerId": 7, "customer": {"externalId": "f-1"}}
    made = await crm.post("customers-corporate/notes/create", note=note)
    assert (made.status_code, made.json()["id"]) == (201, 61)
    query = {"filter[managerIds][]": "7", "filter[customerExternalIds][]": "f-1"}
    (shown,) = (await crm.get("customers-corporate/notes", query)).json()["notes"]
    assert shown["customer"] == {
        "id": 9501,
        "externalId": "f-1",
        "site": "shop-ru",
        "type": "customer_corporate",
    }
    assert (await crm.get("customers/notes")).json()["notes"] == []
    assert (await crm.post("customers/notes/61/delete")).status_code == 404
    assert (await crm.post("customers-corporate/notes/61/delete")).status_code == 200


async def test_a_firms_order_earns_nothing_and_names_its_contact(crm: Crm) -> None:
    """The contact may take part in the programme, the firm's order does not."""
    await _firm(crm, companies=[{"externalId": "к-1", "name": "Ель"}])
    await crm.post("customers/create", customer={"externalId": "c-1", "firstName": "Ия"})
    await crm.act("loyalty.join", customer=9001, activate=True)
    party = {"externalId": "f-1", "type": "customer_corporate"}
    order = {
        "externalId": "o-1",
        "customer": party,
        "contact": {"externalId": "c-1"},
        "company": {"externalId": "к-1"},
        "privilegeType": "loyalty_level",
        "items": [{"offer": {"externalId": "sku-1"}}],
    }
    made = (await crm.post("orders/create", order=order)).json()["order"]
    assert (made["customer"]["type"], made["customer"]["nickName"]) == (
        "customer_corporate",
        "ООО «Ёлка»",
    )
    assert (made["contact"]["id"], made["company"]["name"]) == (9001, "Ель")
    assert (made["privilegeType"], made["bonusesCreditTotal"]) == ("none", 0)
    assert "loyaltyAccount" not in made
    told = (await crm.history("orders"))[0]["order"]["customer"]
    assert told["type"] == "customer_corporate"
    found = (await crm.get("orders", {"filter[customerType]": "customer_corporate"})).json()
    assert [row["id"] for row in found["orders"]] == [4501]
    for wrong in ({**party, "externalId": "нет"}, party):
        row = {**order, "externalId": "o-2", "customer": wrong, "company": {"externalId": "нет"}}
        answer = await crm.post("orders/create", order=row)
        assert (answer.status_code, answer.json()["errorMsg"]) == (400, "Order is not loaded")
