"""Customers: patch semantics, identity, filters, uploads, merging."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mocks.retailcrm.conftest import TWO_SHOPS, Crm, Start


async def _customer(crm: Crm, external_id: str, **fields: Any) -> int:
    answer = await crm.post("customers/create", customer={"externalId": external_id, **fields})
    assert answer.status_code == 201, answer.text
    number: int = answer.json()["id"]
    return number


async def _found(crm: Crm, **filters: str) -> list[str]:
    query = {f"filter[{name}]": value for name, value in filters.items()}
    rows = (await crm.get("customers", query)).json()["customers"]
    return [row["externalId"] for row in rows]


async def test_an_edit_adds_phones_and_keeps_the_rest(start: Start) -> None:
    """A writer that expects phones to be replaced leaves the old number at the vendor."""
    crm = await start()
    phone, other = "+7 905 000-11-22", "8 (905) 000-33-44"
    await _customer(crm, "c-1", firstName="Ольга", phones=[{"number": phone}])
    await crm.post("customers/c-1/edit", customer={"phones": [{"number": other}]})
    stored = (await crm.get("customers/c-1")).json()["customer"]
    assert stored["phones"] == [{"number": phone}, {"number": other}]
    assert stored["firstName"] == "Ольга"
    await crm.switch(edit_phones="replace")
    await crm.post("customers/c-1/edit", customer={"phones": [{"number": other}]})
    stored = (await crm.get("customers/c-1")).json()["customer"]
    assert stored["phones"] == [{"number": other}]


async def test_phones_are_found_by_digits_through_the_name_filter(crm: Crm) -> None:
    """There is no phone filter: ``name`` searches names and phones, and ``phone`` is refused."""
    await _customer(crm, "c-1", firstName="Пётр", phones=[{"number": "+7 (905) 000-11-22"}])
    await _customer(crm, "c-2", lastName="Петров", phones=[{"number": "+79050001123"}])
    assert await _found(crm, name="+79050001122") == ["c-1"]
    assert await _found(crm, name="0001") == ["c-2", "c-1"]
    assert await _found(crm, name="пЁтр") == ["c-1"]
    refused = await crm.get("customers", {"filter[phone]": "+79050001122"})
    assert refused.status_code == 400
    assert refused.json()["errors"] == {
        "children[phone]": "This form should not contain extra fields."
    }


async def test_filters_narrow_together(crm: Crm) -> None:
    """Filters are joined by AND; a union would return strangers."""
    await _customer(crm, "c-1", email="a@example.com", sex="female", vip=True)
    await _customer(crm, "c-2", email="A@example.com", sex="male")
    assert await _found(crm, email="a@EXAMPLE.com") == ["c-2", "c-1"]
    assert await _found(crm, email="a@example.com", sex="male") == ["c-2"]
    assert await _found(crm, vip="1") == ["c-1"]
    assert await _found(crm, dateFrom="2026-03-10") == []
    documented = await crm.get("customers", {"filter[online]": "1"})
    assert "does not simulate" in documented.text


async def test_custom_fields_filter_by_value_and_range(crm: Crm) -> None:
    """A custom field is the only place for a promo code, so it must be searchable."""
    field = {"name": "Оценка", "code": "nps", "type": "integer"}
    await crm.post("custom-fields/customer/create", customField=field)
    await _customer(crm, "c-1", customFields={"nps": 9, "favourite_store": "main"})
    await _customer(crm, "c-2", customFields={"nps": 3})
    assert await _found(crm, **{"customFields][nps][min": "5"}) == ["c-1"]
    assert await _found(crm, **{"customFields][favourite_store": "main"}) == ["c-1"]


@pytest.mark.parametrize(
    ("customer", "path"),
    [
        ({"birthday": "17.05.1990"}, "birthday"),
        ({"email": "not an address"}, "email"),
        ({"phones": ["+79050001122"]}, "phones[0]"),
        ({"phones": "+79050001122"}, "phones"),
        ({"vip": "perhaps"}, "vip"),
        ({"sex": "f"}, "sex"),
        ({"createdAt": "2026-03-09T10:00:00+03:00"}, "createdAt"),
        ({"address": {"floor": "second"}}, "address.floor"),
        ({"fistName": "typo"}, "fistName"),
        ({"customFields": {"unknown": "x"}}, "customFields.unknown"),
        ({"customFields": {"favourite_store": ["x"]}}, "customFields.favourite_store"),
        ({"managerId": 99}, "managerId"),
    ],
)
async def test_a_malformed_field_is_named(crm: Crm, customer: dict[str, Any], path: str) -> None:
    """A value of the wrong form must not be stored, and the refusal must say which it is."""
    answer = await crm.post("customers/create", customer=customer)
    assert answer.status_code == 400
    assert answer.json()["errorMsg"] == "Errors in the entity format"
    assert list(answer.json()["errors"]) == [path]
    assert (await crm.get("customers")).json()["pagination"]["totalCount"] == 0


async def test_lists_come_newest_first_in_pages(crm: Crm) -> None:
    """Paging must visit each customer once; the page size takes only three values."""
    for number in range(55):
        await _customer(crm, f"c-{number}")
    seen: list[str] = []
    for page in (1, 2, 3):
        answer = (await crm.get("customers", {"limit": "20", "page": page})).json()
        seen += [row["externalId"] for row in answer["customers"]]
    assert seen == [f"c-{number}" for number in reversed(range(55))]
    assert answer["pagination"]["totalPageCount"] == 3
    for wrong in ("30", "0", "x"):
        assert (await crm.get("customers", {"limit": wrong})).status_code == 400


async def test_external_ids_repeat_across_shops(start: Start) -> None:
    """The same externalId in two shops is two customers; a key of both must name the shop."""
    crm = await start(shops=TWO_SHOPS)
    for site in ("shop-ru", "shop-msk"):
        customer = {"externalId": "c-1", "firstName": site}
        answer = await crm.post("customers/create", key="b0th", site=site, customer=customer)
        assert answer.status_code == 201
    without = await crm.post("customers/create", key="b0th", customer={"externalId": "c-2"})
    assert without.json()["errorMsg"] == "Parameter 'site' is missing"
    named = await crm.get("customers/c-1", {"site": "shop-msk"}, key="b0th")
    assert named.json()["customer"]["firstName"] == "shop-msk"
    assert (await crm.get("customers/c-1", key="b0th")).json()["customer"]["id"] == 9001
    await crm.switch(get_without_site="400_site_missing")
    assert (await crm.get("customers/c-1", key="b0th")).status_code == 400
    assert (await crm.get("customers/c-1", {"site": "shop-msk"})).status_code == 400
    assert (await crm.get("customers/9002", {"by": "id"})).status_code == 404


async def test_an_upload_keeps_good_rows_when_others_fail(crm: Crm) -> None:
    """460 is a partial success: the good rows stand, and a retry of the batch must not repeat."""
    rows = [
        {"externalId": "c-1", "firstName": "Инна"},
        {"externalId": "c-2", "managerId": 99},
        {"firstName": "Без кода"},
        {"externalId": "c-1", "firstName": "Повтор"},
    ]
    answer = await crm.post("customers/upload", customers=rows)
    body = answer.json()
    assert (answer.status_code, body["success"]) == (460, False)
    assert body["uploadedCustomers"] == [{"id": 9001, "externalId": "c-1"}, {"id": 9002}]
    assert body["failedCustomers"] == [{"externalId": "c-2"}, {"externalId": "c-1"}]
    assert body["errors"]["managerId"] == "Something went wrong"
    assert (await crm.get("customers")).json()["pagination"]["totalCount"] == 2


async def test_more_than_fifty_rows_save_nothing(crm: Crm) -> None:
    """A batch over the limit is refused whole."""
    rows = [{"externalId": f"c-{number}"} for number in range(51)]
    assert (await crm.post("customers/upload", customers=rows)).status_code == 400
    assert (await crm.get("customers")).json()["pagination"]["totalCount"] == 0
    await crm.switch(upload_too_many="accept")
    assert (await crm.post("customers/upload", customers=rows)).status_code == 200


@pytest.mark.parametrize(("rule", "status"), [("201_empty", 201), ("200_empty", 200)])
async def test_a_repeated_upload_may_look_like_a_success(
    start: Start, rule: str, status: int
) -> None:
    """The vendor was seen answering 201 with both lists empty: the status alone proves nothing."""
    crm = await start(upload_repeat=rule)
    rows = [{"externalId": "c-1"}]
    await crm.post("customers/upload", customers=rows)
    again = await crm.post("customers/upload", customers=rows)
    assert again.status_code == status
    lists = (again.json()["uploadedCustomers"], again.json()["failedCustomers"])
    assert lists == ([], [])


async def test_fixing_external_ids_is_all_or_nothing(crm: Crm) -> None:
    """A conflict in one row must leave the others as they were."""
    first, second = await _customer(crm, "c-1"), await _customer(crm, "c-2")
    rows = [{"id": first, "externalId": "new"}, {"id": second, "externalId": "c-1"}]
    assert (await crm.post("customers/fix-external-ids", customers=rows)).status_code == 400
    assert await _found(crm) == ["c-2", "c-1"]
    same = [{"id": first, "externalId": "c-1"}]
    assert (await crm.post("customers/fix-external-ids", customers=same)).status_code == 200
    await crm.switch(fix_external_id_conflict="200_ignored")
    assert (await crm.post("customers/fix-external-ids", customers=rows)).status_code == 200
    assert await _found(crm) == ["c-2", "new"]


async def test_a_merge_comes_later_and_names_the_survivor(crm: Crm) -> None:
    """Combining is asynchronous; afterwards the old customer answers 404 with ``combinedTo``."""
    await _customer(crm, "c-1", firstName="Ольга", phones=[{"number": "1"}])
    gone = await _customer(
        crm, "c-2", firstName="Оля", email="o@example.com", phones=[{"number": "2"}]
    )
    order = {"externalId": "o-1", "customer": {"id": gone}, "items": []}
    await crm.post("orders/create", order=order)
    form: dict[str, Any] = {"customers": [{"id": gone}], "resultCustomer": {"id": 9001}}
    assert (await crm.post("customers/combine", **form)).status_code == 200
    assert (await crm.get("customers/c-2")).status_code == 200
    crm.clock.move(1.6)
    refused = await crm.get("customers/c-2")
    survivor = {"id": 9001, "externalId": "c-1", "site": "shop-ru"}
    assert (refused.status_code, refused.json()["combinedTo"]) == (404, survivor)
    merged = (await crm.get("customers/c-1")).json()["customer"]
    assert (merged["firstName"], merged["email"]) == ("Ольга", "o@example.com")
    assert merged["phones"] == [{"number": "1"}, {"number": "2"}]
    assert (await crm.get("orders/o-1")).json()["order"]["customer"]["id"] == 9001
    assert (await crm.history("customers"))[-1]["combinedTo"] == survivor
    await crm.switch(merged_get="404_plain")
    assert "combinedTo" not in (await crm.get("customers/c-2")).json()


async def test_unsubscribing_shows_in_customer_and_feed(crm: Crm) -> None:
    """Consent must come back from the vendor, else the gateway would go on mailing."""
    await _customer(crm, "c-1", firstName="Нина", subscribed=True)
    rows = [{"channel": "email", "subscription": "default_marketing", "active": False}]
    answer = await crm.post("customers/c-1/subscriptions", subscriptions=rows)
    assert answer.status_code == 200
    stored = (await crm.get("customers/c-1")).json()["customer"]
    assert stored["customerSubscriptions"][0]["subscribed"] is False
    last = (await crm.history("customers"))[-1]
    assert last["field"] == "email_marketing_unsubscribed_at"
    assert last["newValue"] == "2026-03-09 10:00:00"


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("400_with_id_text", "Customer with externalId=c-1 already exists"),
        ("400_short_text", "Customer already exists"),
    ],
)
async def test_the_duplicate_text_is_a_switch(start: Start, rule: str, text: str) -> None:
    """Both texts are seen in the wild; a connector must recognise each as a success path."""
    crm = await start(customer_duplicate=rule)
    await _customer(crm, "c-1")
    again = await crm.post("customers/create", customer={"externalId": "c-1"})
    assert (again.status_code, again.json()["errorMsg"]) == (400, text)


@pytest.mark.parametrize(("rule", "status"), [("always_200", 200), ("always_201", 201)])
async def test_the_code_of_a_creation_is_a_switch(start: Start, rule: str, status: int) -> None:
    """200 and 201 are both seen for creations: any 2xx must count."""
    crm = await start(create_code=rule)
    answer = await crm.post("customers/create", customer={"externalId": "c-1"})
    assert answer.status_code == status
    upload = await crm.post("customers/upload", customers=[{"externalId": "c-2"}])
    assert upload.status_code == status
