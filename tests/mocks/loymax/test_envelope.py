"""Envelope, routing, request forms and the two version profiles (reference, sections 1, 3, 12)."""

from __future__ import annotations

import pytest

from tests.mocks.loymax.conftest import Start
from tests.mocks.loymax.stand import SYSTEM, WORLD, Loymax


async def test_paths_and_names_match_in_any_case(loymax: Loymax) -> None:
    """The vendor's server is case-insensitive in both."""
    token = await loymax.member()
    answer = await loymax.call("GET", "/PUBLICAPI/V1.2/user/BALANCE", token)
    assert answer.json()["data"][0]["balance"] == 410.0
    body = [{"TypeId": 6, "SmsNotification": {"Selected": False}}]
    await loymax.data("POST", "User/Subscriptions", token, body)
    rows = await loymax.data("GET", "User/Subscriptions", token)
    assert rows[0]["smsNotification"]["selected"] is False
    assert rows[0]["emailNotification"]["selected"] is True


@pytest.mark.parametrize(
    "query",
    [
        "subscriptionExternalIds=System",
        "subscriptionExternalIds[]=System",
        "subscriptionExternalIds[0]=System",
        "subscriptionExternalIds[][0]=System",
    ],
)
async def test_a_list_parameter_comes_in_four_spellings(loymax: Loymax, query: str) -> None:
    """Live clients write arrays in each of these ways."""
    token = await loymax.member()
    rows = await loymax.data("GET", f"User/Subscriptions?{query}", token)
    assert [row["externalId"] for row in rows] == ["System"]


async def test_a_bracketed_form_is_read_like_json(loymax: Loymax) -> None:
    """A live shop sends Calculate as a form with nested brackets and numbers as strings."""
    token = await loymax.customer()
    form = {
        "operationId": "F1",
        "operationDate": "2025-02-03T10:15:00.000Z",
        "cheque[number]": "7",
        "cheque[date]": "2025-02-03T10:15:00.000Z",
        "cheque[lines][0][position]": "1",
        "cheque[lines][0][quantity]": "2",
        "cheque[lines][0][amount]": "100.50",
        "cheque[lines][1][position]": "2",
        "cheque[lines][1][quantity]": "1",
        "cheque[lines][1][amount]": "99.50",
    }
    answer = await loymax.client.post(
        "/publicapi/v1.2/Processing/Purchases/F/Calculate",
        data=form,
        headers={"Authorization": f"Bearer {token}"},
    )
    cheque = answer.json()["data"][0]["cheque"]
    assert cheque["totalAmount"] == 200.0
    assert [line["cashback"] for line in cheque["lines"]] == [5.03, 4.98]


async def test_a_method_without_a_body_ignores_what_comes(loymax: Loymax) -> None:
    """Clients send an object, an array, a text or nothing there."""
    token = await loymax.member()
    bodies: tuple[object, ...] = ({}, [], "")
    for body in bodies:
        assert await loymax.data("POST", "User/AcceptTenderOffer", token, body) is None
    bare = await loymax.call("POST", "User/AcceptTenderOffer", token)
    assert bare.json()["result"]["state"] == "Success"


async def test_a_missing_parameter_is_an_error_and_a_wrong_type_a_validation_error(
    loymax: Loymax,
) -> None:
    """Section 3 tells the two apart by state."""
    token = await loymax.member()
    missing = await loymax.refusal("POST", "User/PhoneNumber", token, {})
    assert (missing["state"], missing["httpCode"]) == ("Error", 400)
    wrong = await loymax.refusal("POST", "User/PhoneNumber", token, {"phoneNumber": "8 900"})
    assert wrong["validationErrors"] == [
        {"field": "phoneNumber", "errorMessages": ["Неверный формат."]}
    ]
    bad = await loymax.refusal("GET", "History?filter.fromDate=yesterday", token)
    assert bad["state"] == "ValidationError"


async def test_refusals_carry_a_trace_header(loymax: Loymax) -> None:
    """Support asks for it."""
    token = await loymax.member()
    answer = await loymax.call("GET", "Cards/999/QrCode", token)
    assert answer.headers["X-Loymax-TraceId"]
    assert "X-Loymax-TraceId" not in (await loymax.call("GET", "Cards", token)).headers


@pytest.mark.parametrize(
    ("verb", "path", "status"),
    [
        ("GET", "/publicapi/v1.2/Nothing", 404),
        ("DELETE", "/publicapi/v1.2/User", 405),
        ("GET", "/publicapi/v1.2/Registration/TryFinishRegistration", 405),
        ("GET", "/authorizationService/token", 405),
        ("GET", "/publicapi/v1.3/User", 404),
    ],
)
async def test_unknown_paths_and_verbs_are_real_http_errors(
    loymax: Loymax, verb: str, path: str, status: int
) -> None:
    """These never come in an envelope."""
    answer = await loymax.call(verb, path, await loymax.member())
    assert answer.status_code == status
    assert "result" not in answer.json()


async def test_a_list_is_paged_and_empty_past_its_end(loymax: Loymax) -> None:
    """A paged list has no total; rows end where fewer come back."""
    token = await loymax.operator()
    path = SYSTEM + "users?filter.identifierText=7900000501&from={}&count=1"
    pages = [await loymax.data("GET", path.format(number), token) for number in range(3)]
    assert [[row["id"] for row in page] for page in pages] == [[5012], [5014], []]


LEGACY_ONLY = [
    ("POST", "/publicapi/v1/User/AcceptTenderOffer", "member"),
    ("GET", "/publicapi/v1/User/Actions", "member"),
    ("GET", "/publicapi/v1/User/PhoneNumber/", "member"),
    ("GET", "/systemapi/api/Users/5012/RequiredActions", "operator"),
    ("GET", "/systemapi/api/Cards?cardNumber=7000000000012345", "operator"),
    ("GET", "/publicapi/v1.2/Coupons/SPRING25", "member"),
]
NEW_ONLY = [
    ("POST", "/publicapi/v1.2/User/AcceptTenderOffer", "member"),
    ("GET", "/publicapi/v1.2/User/RegistrationActions", "member"),
    ("GET", "/publicapi/v1.2/User/PhoneNumber", "member"),
    ("GET", "/systemapi/v1.2/users/5012/RegistrationActions", "operator"),
    ("GET", "/systemapi/v1.2/Cards/ByCardNumber?cardNumber=7000000000012345", "operator"),
    ("GET", "/publicapi/v1.2/Coupons/number/SPRING25", "member"),
]
BOTH = [
    ("GET", "/publicapi/v1.2/User", "member"),
    ("POST", "/publicapi/v1/user/personalOffer/tea/accept", "member"),
]


async def _succeeds(double: Loymax, verb: str, path: str, who: str) -> bool:
    token = await (double.member() if who == "member" else double.operator())
    answer = await double.call(verb, path, token, {} if verb == "POST" else None)
    return answer.status_code == 200 and answer.json()["result"]["state"] == "Success"


@pytest.mark.parametrize(
    ("profile", "served", "refused"),
    [
        ("legacy", LEGACY_ONLY + BOTH, NEW_ONLY),
        ("v1.2", NEW_ONLY + BOTH, LEGACY_ONLY),
        ("both", LEGACY_ONLY + NEW_ONLY + BOTH, []),
    ],
    ids=["legacy", "v1.2", "both"],
)
async def test_a_profile_serves_its_paths_and_refuses_the_others(
    start: Start,
    profile: str,
    served: list[tuple[str, str, str]],
    refused: list[tuple[str, str, str]],
) -> None:
    """A migration test needs servers that know one version only."""
    double = await start(seed=WORLD, version_profile=profile)
    assert [row for row in served if not await _succeeds(double, *row)] == []
    assert [row for row in refused if await _succeeds(double, *row)] == []


async def test_a_legacy_answer_lacks_the_newer_fields(start: Start) -> None:
    """Section 12.1: no httpCode, no history version, user uid, device and common code."""
    double = await start(seed=WORLD, version_profile="legacy")
    lines = [{"goodsId": "A-17", "name": "Чай", "amount": 100}]
    await double.act("till.sell", phone="79000005012", lines=lines)
    answer = (await double.call("GET", "History", await double.member())).json()
    assert "httpCode" not in answer["result"]
    row = answer["data"]["rows"][-1]
    assert {"historyVersion", "userUid", "deviceId"} & set(row) == set()
    assert "commonCode" not in row["data"]["chequeItems"][0]
    await double.door("settings", version_profile="v1.2")
    answer = (await double.call("GET", "History", await double.member())).json()
    assert answer["result"]["httpCode"] == 200
    assert answer["data"]["rows"][-1]["historyVersion"] == "V2"
    assert answer["data"]["rows"][-1]["data"]["chequeItems"][0]["commonCode"] is None


async def test_side_by_side_the_old_path_answers_the_old_way(loymax: Loymax) -> None:
    """With both profiles served the path tells which envelope comes."""
    token = await loymax.member()
    old = (await loymax.call("GET", "/publicapi/v1/User/Actions", token)).json()
    new = (await loymax.call("GET", "User/RegistrationActions", token)).json()
    assert old["data"] == new["data"]
    assert ("httpCode" in old["result"], "httpCode" in new["result"]) == (False, True)


async def test_a_legacy_server_knows_no_code_login(start: Start) -> None:
    """The two-step login came with the newer version."""
    double = await start(seed=WORLD, version_profile="legacy", two_factor="on")
    answer = await double.token(grant_type="password", username="79000005012")
    assert answer.json()["error_description"] == "Требуется указать пароль."


async def test_the_version_is_told_to_authorised_callers(loymax: Loymax) -> None:
    """Newer servers hide it from the rest."""
    assert (await loymax.call("GET", "Version")).status_code == 401
    version = await loymax.data("GET", "Version", await loymax.merchant())
    assert version == {"major": 2022, "minor": 1, "build": 1037, "revision": 0}
