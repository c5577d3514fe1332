"""Paths, headers, keys, limits and the failures of the envelope (sections 2 to 5, 31.10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from tests.mocks.mindbox.project import DEVICE, KEY, OLGA, open_project

if TYPE_CHECKING:
    from tests.mocks.mindbox.project import Project

BALANCE = "Website.GetCustomerBalance"
GUID = "7b0d5bb7-93a9-4bd8-8a41-3a3d4b7c0001"


@pytest.mark.parametrize(
    ("header", "status"),
    [
        pytest.param("SecretKey demo-key", 200, id="current form"),
        pytest.param('Mindbox secretKey="demo-key"', 200, id="older form"),
        pytest.param("SecretKey wrong", 403, id="wrong key"),
        pytest.param("SecretKey demo-pos-key", 403, id="key of another endpoint"),
        pytest.param("Bearer demo-key", 403, id="unknown scheme"),
        pytest.param("", 401, id="no key"),
    ],
)
async def test_both_key_forms_are_taken_and_others_refused(
    demo: Project, header: str, status: int
) -> None:
    """401 without a key, 403 with a wrong one, both with the vendor's envelope (3.1)."""
    answer = await demo.send(BALANCE, {"customer": OLGA}, headers={"Authorization": header})
    assert answer.status_code == status
    body = answer.json()
    assert body["status"] == ("Success" if status == 200 else "ProtocolError")
    assert body.get("httpStatusCode", 200) == status


async def test_the_site_may_send_views_without_a_key(demo: Project) -> None:
    """Lists and views are called from pages too; reading a balance is not (2.3)."""
    sent = {"viewProduct": {"product": {"ids": {"website": "SKU-9001"}}}}
    answer = await demo.http.post(
        "/v3/operations/async",
        params={
            "endpointId": "Demo.Website",
            "operation": "Website.ViewProduct",
            "deviceUUID": DEVICE,
        },
        json=sent,
    )
    assert answer.json() == {"status": "Success"}


@pytest.mark.parametrize(
    ("query", "text"),
    [
        pytest.param({"endpointId": ""}, "endpointId: не передан", id="no endpoint"),
        pytest.param({"endpointId": "Demo.Nowhere"}, "точка интеграции", id="unknown endpoint"),
        pytest.param({"transactionId": "not-a-guid"}, "ожидался GUID", id="key is no GUID"),
        pytest.param({"mode": "async"}, "только синхронно", id="reading asynchronously"),
    ],
)
async def test_bad_query_parameters_are_protocol_errors(
    demo: Project, query: dict[str, str], text: str
) -> None:
    """Each of them is HTTP 400 with a text that names the parameter."""
    status, message = await demo.refused(BALANCE, {"customer": OLGA}, **query)
    assert status == 400
    assert text in message


async def test_an_unknown_operation_is_refused_as_the_switch_says(demo: Project) -> None:
    """400 by default, 404 without a Mindbox body otherwise (32)."""
    status, message = await demo.refused("Website.NoSuchThing")
    assert (status, message) == (400, "operation: операция Website.NoSuchThing не найдена")
    await demo.switch(unknownOperation="http404")
    answer = await demo.send("Website.NoSuchThing")
    assert (answer.status_code, answer.content) == (404, b"")


async def test_a_device_is_demanded_where_the_flag_is_on(demo: Project) -> None:
    """Login tracking needs ``deviceUUID`` (2.2)."""
    status, message = await demo.refused("Website.AuthorizeCustomer", {"customer": OLGA})
    assert (status, message) == (400, "deviceUUID: не передан обязательный параметр")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param(b"{", "application/json", id="broken JSON"),
        pytest.param(b"[]", "application/json", id="JSON array"),
        pytest.param(b"<operation>", "application/xml", id="broken XML"),
        pytest.param(b"<other/>", "application/xml", id="wrong XML root"),
        pytest.param(b"{}", "text/plain", id="wrong type"),
    ],
)
async def test_a_malformed_body_is_a_protocol_error(
    demo: Project, body: bytes, content_type: str
) -> None:
    """The request cannot be read: 400, whatever the operation."""
    answer = await demo.http.post(
        "/v3/operations/sync",
        params={"endpointId": "Demo.Website", "operation": BALANCE},
        content=body,
        headers={**KEY, "Content-Type": content_type},
    )
    assert (answer.status_code, answer.json()["status"]) == (400, "ProtocolError")


async def test_balance_in_xml_reads_as_documented(demo: Project) -> None:
    """The XML twin of 31.10: root, list elements and order of the value fields."""
    await demo.switch(balanceVocabulary="valueSuffix")
    answer = await demo.http.post(
        "/v3/operations/sync",
        params={"endpointId": "Demo.Website", "operation": BALANCE},
        content="<operation><customer><ids><websiteId>70014</websiteId></ids></customer></operation>",
        headers={**KEY, "Content-Type": "application/xml", "Accept": "application/xml"},
    )
    head = "<result><status>Success</status><balances><balance><totalValue>1240</totalValue>"
    assert answer.headers["content-type"] == "application/xml; charset=utf-8"
    assert (
        head + "<availableValue>900</availableValue><blockedValue>340</blockedValue>" in answer.text
    )
    assert "<systemName>MainPoints</systemName></ids><name>Основной счёт</name>" in answer.text


async def test_an_order_in_xml_computes_like_one_in_json(demo: Project) -> None:
    """Root, list elements and texts for numbers (6)."""
    order = (
        "<operation><customer><ids><mindboxId>500123</mindboxId></ids></customer><order>"
        "<bonusPoints><bonusPoint><amount>100</amount></bonusPoint></bonusPoints>"
        "<coupons><coupon><ids><code>SPRING-0007</code></ids></coupon></coupons><lines>"
        "<line><lineNumber>1</lineNumber><product><ids><website>SKU-9001</website></ids></product>"
        "<quantity>1</quantity><basePricePerItem>1500.00</basePricePerItem></line>"
        "<line><lineNumber>2</lineNumber><product><ids><website>SKU-9003</website></ids></product>"
        "<quantity>1</quantity><basePricePerItem>300</basePricePerItem></line>"
        "</lines></order></operation>"
    )
    answer = await demo.http.post(
        "/v3/operations/sync",
        params={"endpointId": "Demo.Website", "operation": "Website.CalculateAuthorizedCart"},
        content=order,
        headers={**KEY, "Content-Type": "application/xml", "Accept": "application/json"},
    )
    found = answer.json()["order"]
    assert found["totalPrice"] == 1350 + 300 - 100
    assert found["couponsInfo"][0]["coupon"]["status"] == "CanBeUsed"


async def test_accept_decides_the_format_of_a_refusal(demo: Project) -> None:
    """A JSON request that accepts XML gets its validation messages in XML (2.3, 3.2)."""
    answer = await demo.send(
        "Website.RegisterCustomer", {"customer": {}}, headers={"Accept": "application/xml"}
    )
    assert answer.status_code == 400
    sent = {"customer": {"email": "ivan@@shop"}}
    answer = await demo.send(
        "Website.RegisterCustomer", sent, headers={"Accept": "application/xml"}
    )
    assert (
        "<validationMessages><validationMessage><message>"
        '"ivan@@shop" не является корректным адресом электронной почты.'
        "</message><location>/customer/email</location>"
    ) in answer.text


async def test_many_calls_to_lost_paths_block_the_caller_for_a_minute() -> None:
    """404 without a body, then 429 for everything, then free again (2.2)."""
    async with open_project(lost_path_limit=3) as project:
        paths = ["/v3/operations", "/v3/operations/bulks", "/", "/v3/operations/sync/x"]
        for path in paths:
            answer = await project.http.post(path)
            assert (answer.status_code, answer.content) == (404, b"")
        assert (await project.refused(BALANCE, {"customer": OLGA}))[0] == 429
        await project.act("clock.advance", seconds=61)
        assert await project.balance() == (1240, 900, 340)


async def test_faults_name_the_operation_and_may_lose_an_executed_call(demo: Project) -> None:
    """The order is stored although its answer is lost; the repeat has no data (4.1, 26)."""
    rule = {"kind": "cut_after", "path": "sync/Website.ChangeCustomerBalance", "times": 1}
    await demo.door("faults", {"rules": [rule]})
    sent = {"customer": OLGA, "balanceChanges": [{"changeAmount": 10}]}
    with pytest.raises(httpx.RemoteProtocolError):
        await demo.send("Website.ChangeCustomerBalance", sent)
    assert await demo.balance() == (1250, 910, 340)


async def test_the_journal_tells_effects_without_personal_data(demo: Project) -> None:
    """Operation, key and effect of each call; neither phone nor secret."""
    sent = {"customer": {"mobilePhone": "79261112233"}}
    await demo.call("Website.RegisterCustomer", sent)
    await demo.refused("Website.GetOrderInfo", {"order": {"ids": {"nowhere": "1"}}})
    rows = (await demo.http.get("/__mock__/journal")).json()["entries"]
    assert [(row["op"], row["key"], row["status"], row["effect"]) for row in rows] == [
        ("Website.RegisterCustomer", "500124", 200, "created"),
        ("Website.GetOrderInfo", "", 400, "refused"),
    ]
    assert "79261112233" not in str(rows)
    assert "demo-key" not in str(rows)


async def test_new_keys_may_appear_in_any_answer() -> None:
    """Forward compatibility is required of every client (2.4)."""
    async with open_project(extra_key_probability=1.0) as project:
        found = await project.call(BALANCE, {"customer": OLGA})
        assert sorted(found) == ["balances", "processingInfo", "status"]


async def test_an_unknown_field_is_ignored_or_refused(demo: Project) -> None:
    """Trap 16: a field that is not enabled may be rejected (32)."""
    sent = {"customer": {**OLGA, "nickname": "Оля"}}
    await demo.call(BALANCE, sent)
    await demo.switch(unknownField="protocol400")
    assert await demo.refused(BALANCE, sent) == (400, "/customer/nickname: неизвестный параметр")
    await demo.call(BALANCE, {"customer": OLGA})


async def test_a_project_names_its_operations_itself(demo: Project) -> None:
    """A configured name serves the step of a customary one, with its own flags (1, 7)."""
    await demo.switch(
        operations={
            "Shop.Balance": {"like": BALANCE},
            "Shop.Block": {"step": "card.status", "options": {"status": "Blocked"}},
        }
    )
    await demo.switch(operation_prefixes=["Website", "MyShop"])
    await demo.call("MyShop.GetCustomerBalance", {"customer": OLGA})
    assert (await demo.refused("Mobile.GetCustomerBalance", {"customer": OLGA}))[0] == 400
    assert (await demo.call("Shop.Balance", {"customer": OLGA}))["balances"][0]["total"] == 1240
    card = {"discountCard": {"ids": {"number": "2900000012345"}}}
    found = await demo.call("Shop.Block", card)
    assert found["discountCard"]["status"] == {"ids": {"systemName": "Blocked"}}


async def test_two_projects_of_one_seed_answer_alike() -> None:
    """Ids, codes and error ids repeat with the seed."""
    answers = []
    for seed in (3, 3, 4):
        async with open_project(seed=seed) as project:
            sent = {"customer": {"mobilePhone": "79261112233"}}
            found = await project.call("Website.RegisterCustomer", sent)
            lost = await project.send("Website.Nothing")
            answers.append((found, lost.json()["errorId"], await project.code()))
    assert answers[0] == answers[1]
    assert answers[0] != answers[2]


async def test_an_unknown_switch_or_action_is_refused_by_the_side_door(demo: Project) -> None:
    """The text lists what exists."""
    for door, body in (
        ("settings", {"noSuchSwitch": 1}),
        ("settings", {"degraded": "sometimes"}),
        ("act", {"action": "customer.hypnotise"}),
        ("seed", {"planets": []}),
        ("inspect", {"what": "planets"}),
    ):
        answer = await demo.http.post(f"/__mock__/{door}", json=body)
        assert answer.status_code == 400, door
        assert "error" in answer.json()
