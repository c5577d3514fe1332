"""The registration state machine, by the member and by the operator (reference, 4 and 7.2)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mocks.loymax.conftest import Start
from tests.mocks.loymax.stand import PHONE, SYSTEM, Loymax

NEW_PHONE = "79000007777"
BEGIN = "Registration/BeginRegistration"
FINISH = "Registration/TryFinishRegistration"


async def _begin(double: Loymax, **body: Any) -> dict[str, Any]:
    answer = await double.call("POST", BEGIN, body={"login": NEW_PHONE, "password": None, **body})
    data: dict[str, Any] = answer.json()["data"]
    return data


async def _confirmed(double: Loymax) -> str:
    begun = await _begin(double)
    body = {"confirmCode": await double.code(), "password": None}
    pair = await double.data("POST", "User/PhoneNumber/Confirm", begun["authToken"], body)
    return str(pair["access_token"])


async def test_beginning_again_resumes_the_same_person(loymax: Loymax) -> None:
    """A gateway that lost the answer begins anew and must not make a second person."""
    first, second = await _begin(loymax), await _begin(loymax)
    assert first["personId"] == second["personId"]
    assert first["authToken"] != second["authToken"]
    assert len((await loymax.state())["messages"]) == 2


async def test_a_person_is_normal_until_finished(loymax: Loymax) -> None:
    """Trap 18: Normal means not registered, and the shop does not find him."""
    token = await _confirmed(loymax)
    assert (await loymax.data("GET", "User", token))["state"] == "Normal"
    with pytest.raises(AssertionError, match="не найден"):
        await loymax.customer(NEW_PHONE)
    await loymax.data("POST", "User/AcceptTenderOffer", token, {})
    answers = [{"questionId": 4, "questionGroupId": 1, "value": "Пётр", "tag": "0"}]
    await loymax.data("POST", "User/Answers", token, answers)
    body = {"password": "Secret-9"}
    token = (await loymax.data("POST", "User/Password/Set", token, body))["access_token"]
    done = await loymax.data("POST", FINISH, token, {})
    assert done["registrationCompleted"] is True
    assert (await loymax.call("GET", "User", token)).status_code == 401
    shown = await loymax.data("GET", "User", done["access_token"])
    assert (shown["state"], shown["firstName"]) == ("Registered", "Пётр")
    assert await loymax.customer(NEW_PHONE)


async def test_confirming_the_phone_kills_the_token_that_asked(loymax: Loymax) -> None:
    """Trap 4: the calls after it need the new token."""
    begun = await _begin(loymax)
    body = {"confirmCode": await loymax.code(), "password": None}
    await loymax.data("POST", "User/PhoneNumber/Confirm", begun["authToken"], body)
    assert (await loymax.call("GET", "User", begun["authToken"])).status_code == 401


async def test_wrong_codes_count_down_and_lock(loymax: Loymax) -> None:
    """Five errors lock the code, and the right one does not help then."""
    token = (await _begin(loymax))["authToken"]
    code = await loymax.code()
    texts = [
        (await loymax.refusal("POST", "User/PhoneNumber/Confirm", token, {"confirmCode": "1"}))[
            "message"
        ].rpartition(". ")[2]
        for _ in range(5)
    ]
    assert texts == [
        "Осталось 4 попытки.",
        "Осталось 3 попытки.",
        "Осталось 2 попытки.",
        "Осталось 1 попытка.",
        "Осталось 0 попыток.",
    ]
    body = {"confirmCode": code}
    assert await loymax.refusal("POST", "User/PhoneNumber/Confirm", token, body)
    await loymax.door("clock", advance=1801)
    await loymax.data("POST", "User/PhoneNumber/SendConfirmCode", token, {})
    body = {"confirmCode": await loymax.code()}
    assert await loymax.data("POST", "User/PhoneNumber/Confirm", token, body)


async def test_sending_codes_is_limited_for_thirty_minutes(start: Start) -> None:
    """The block names its time; its envelope has no httpCode."""
    double = await start(code_sends=2)
    token = (await _begin(double))["authToken"]
    await double.data("POST", "User/PhoneNumber/SendConfirmCode", token, {})
    refused = await double.refusal("POST", "User/PhoneNumber/SendConfirmCode", token, {})
    assert refused["message"] == (
        "Отправка кода подтверждения заблокирована. Разблокировка произойдет через 30 минут."
    )
    assert "httpCode" not in refused
    await double.door("clock", advance=1800)
    await double.data("POST", "User/PhoneNumber/SendConfirmCode", token, {})


async def test_a_member_and_a_blocked_person_get_the_same_text(start: Start) -> None:
    """The state tells them apart, the text must not."""
    rows = [{"phone": PHONE}, {"phone": NEW_PHONE, "registrationBlocked": True}]
    double = await start(seed={"customers": rows})
    found = []
    for phone in (PHONE, NEW_PHONE):
        answer = (await double.call("POST", BEGIN, body={"login": phone})).json()
        assert answer["result"]["message"] == f"На номер {phone} отправлено SMS-сообщение"
        found.append(answer["data"]["state"])
    assert found == ["RegistrationAlreadyCompleted", "RegistrationBlocked"]


@pytest.mark.parametrize(
    ("body", "state"),
    [
        ({"login": "7000000000000001"}, "PasswordRequired"),
        ({"login": "7000000000000001", "password": "bad"}, "InvalidLoginPassword"),
        ({"login": "7000000000000001", "password": "pw"}, "InvalidLoginPassword"),
        ({"login": "7000000000000001", "password": "pw", "cvcCode": "123"}, "Success"),
        ({"login": "7000000000000009"}, "InvalidLoginPassword"),
    ],
    ids=["no password", "wrong password", "no cvc", "right", "no such card"],
)
async def test_a_free_card_is_a_login(start: Start, body: dict[str, str], state: str) -> None:
    """A plastic card may ask for its own password and CVC."""
    card = {"number": "7000000000000001", "password": "pw", "cvc": "123"}
    double = await start(seed={"cards": [card]})
    answer = await double.call("POST", BEGIN, body=body)
    assert answer.json()["data"]["state"] == state


async def test_the_actions_follow_the_installation(start: Start) -> None:
    """Which steps are needed is a setting; a gateway must ask."""
    double = await start(actions=(("ChangePhone", "Required"), ("AssignCard", "Required")))
    token = await _confirmed(double)
    actions = (await double.data("GET", "User/RegistrationActions", token))["actions"]
    assert [(one["userActionType"], one["isDone"]) for one in actions] == [
        ("ChangePhone", True),
        ("AssignCard", False),
    ]
    await double.data("PUT", "Cards/EmitVirtual", token, {})
    done = await double.data("POST", FINISH, token, {})
    assert done["registrationCompleted"] is True


async def test_a_registration_bonus_is_paid_once(start: Start) -> None:
    """It comes with the finish and writes history."""
    double = await start(
        seed={"rules": {"registration_bonus": 100}}, actions=(("ChangePhone", "Required"),)
    )
    token = await _confirmed(double)
    for _ in range(2):
        token = (await double.data("POST", FINISH, token, {}))["access_token"]
    assert (await double.data("GET", "User/Balance", token))[0]["balance"] == 100.0
    rows = (await double.data("GET", "History", token))["rows"]
    assert [row["description"] for row in rows] == ["Завершение регистрации"]


async def test_an_anonymous_member_is_found_by_his_guid(loymax: Loymax) -> None:
    """Section 4.4: the same guid and password give a token again."""
    body = {"userIdentifier": "0f5d7a10-0000-4000-8000-00000000000a", "password": "Secret-8"}
    first = await loymax.data("POST", "Registration/RegisterAnonym", body=body)
    assert first["userIdentifier"] == body["userIdentifier"]
    assert (await loymax.data("GET", "User", first["authToken"]))["state"] == "Anonymous"
    second = await loymax.data("POST", "Registration/RegisterAnonym", body=body)
    assert second["state"] == "Success"


async def test_the_operator_resumes_an_unfinished_registration(loymax: Loymax) -> None:
    """Section 7.2: every step repeats, so the flow starts again after a failure."""
    token = await loymax.operator()
    begin = {"login": NEW_PHONE, "password": "", "withoutCall": True}
    for _ in range(2):
        data = await loymax.data("POST", SYSTEM + BEGIN, token, begin)
        person = data["personId"]
        path = f"{SYSTEM}users/{person}/"
        phone = {"phone": NEW_PHONE, "withoutCall": True}
        await loymax.data("POST", path + "SetPhone", token, phone)
    assert (await loymax.state())["messages"] == []
    await loymax.data("POST", path + "AcceptTenderOffer", token, [])
    actions = (await loymax.data("GET", path + "RegistrationActions", token))["actions"]
    missing = [one["userActionType"] for one in actions if not one["isDone"]]
    assert missing == ["Questions", "ChangeEmail", "AcceptSubscriptionsConfirm", "PasswordRequired"]
    finish = SYSTEM + "Registration/TryFinishRegistrationCustomer"
    early = await loymax.data("POST", finish, token, {"personId": person})
    assert early["registrationCompleted"] is False
    found = await loymax.data("GET", f"{SYSTEM}users?phone={NEW_PHONE}", token)
    assert [(row["id"], row["state"], row["isRequiredActions"]) for row in found] == [
        (person, "Normal", True)
    ]


async def test_the_operator_may_ask_for_a_code(loymax: Loymax) -> None:
    """Without ``withoutCall`` the phone waits for its code."""
    token = await loymax.operator()
    data = await loymax.data("POST", SYSTEM + BEGIN, token, {"login": NEW_PHONE})
    path = f"{SYSTEM}users/{data['personId']}/"
    sent = await loymax.data("POST", path + "SetPhone", token, {"phone": NEW_PHONE})
    assert sent == {"codeLength": 6}
    body = {"confirmCode": await loymax.code(), "password": None}
    await loymax.data("POST", path + "PostConfirmPhoneCode", token, body)
    assert (await loymax.person(data["personId"]))["phone"] == NEW_PHONE


async def test_one_call_registration_is_off_unless_switched_on(loymax: Loymax) -> None:
    """Its path is not confirmed: a gateway that relies on it must say so."""
    token = await loymax.operator()
    body = {
        "phone": {"phoneNumber": NEW_PHONE},
        "acceptTenderOffer": {"acceptTenderDate": "2025-02-03T10:00:00Z"},
        "questionsAnswer": {"answers": [{"questionId": 4, "value": "Пётр"}]},
        "emitVirtual": True,
    }
    refused = await loymax.call("POST", SYSTEM + "Registration", token, body)
    assert refused.status_code == 404
    await loymax.door("settings", one_call_registration="on")
    data = await loymax.data("POST", SYSTEM + "Registration", token, body)
    shown = await loymax.data("GET", f"{SYSTEM}users/{data['personId']}", token)
    assert (shown["state"], shown["firstName"]) == ("Registered", "Пётр")
    assert data["virtualCard"]["cardCategory"]["logicalName"] == "VirtualCard"
