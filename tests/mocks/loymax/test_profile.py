"""Profile, contacts, password, questionnaire, attributes, consents (reference, section 5)."""

from __future__ import annotations

import pytest

from tests.mocks.loymax.conftest import Start
from tests.mocks.loymax.replay import EXCHANGES, expand
from tests.mocks.loymax.stand import ANNA, OTHER_PHONE, PHONE, SYSTEM, Loymax


async def test_the_documented_questionnaire_is_part_of_the_stock_one(loymax: Loymax) -> None:
    """The sample shows two of the questions; their place among the others is free."""
    expected = expand(EXCHANGES["user.questions"]["body"])["data"][0]
    path = "User/Questions?filter.onlyRequired=false"
    groups = await loymax.data("GET", path, await loymax.member())
    assert {**groups[0], "questions": []} == {**expected, "questions": []}
    shown = {one["id"]: {**one, "order": 0} for one in groups[0]["questions"]}
    assert [shown[one["id"]] for one in expected["questions"]] == [
        {**one, "order": 0} for one in expected["questions"]
    ]
    only = await loymax.data(
        "GET", "User/Questions?filter.onlyRequired=true", await loymax.member()
    )
    assert [one["logicalName"] for one in only[0]["questions"]] == ["FirstName"]


@pytest.mark.parametrize(
    ("row", "error"),
    [
        ({"questionId": 4, "value": "4nna"}, "Недопустимые символы"),
        ({"questionId": 4, "value": ""}, "Не указан ответ"),
        ({"questionId": 7, "value": "17.05.1990"}, "Неверный формат"),
        ({"questionId": 9, "fixedAnswerIds": [99]}, "Недопустимый ответ"),
        ({"questionId": 9, "fixedAnswerIds": [14, 15]}, "Недопустимый ответ"),
        ({"questionId": 9, "value": "Женский"}, "Недопустимый ответ"),
        ({"questionId": 16, "value": "да"}, "Неверный формат"),
        ({"questionId": 999, "value": "x"}, "Вопрос не найден"),
    ],
    ids=[
        "digits",
        "empty",
        "date",
        "option",
        "two options",
        "option as text",
        "boolean",
        "unknown",
    ],
)
async def test_a_wrong_answer_names_its_question_and_stores_none(
    loymax: Loymax, row: dict[str, object], error: str
) -> None:
    """``idQuestion`` is a string, and a good answer next to a bad one is not kept."""
    token = await loymax.member()
    body = [{"questionId": 5, "questionGroupId": 1, "value": "Петрова", "tag": "0"}, row]
    answer = (await loymax.call("POST", "User/Answers", token, body)).json()
    assert answer["result"]["state"] == "Error"
    assert answer["data"]["errors"] == [{"idQuestion": str(row["questionId"]), "errors": [error]}]
    assert (await loymax.data("GET", "User", token))["lastName"] == "Иванова"


async def test_answers_are_the_profile(loymax: Loymax) -> None:
    """Name, sex, birthday and city live in the questionnaire."""
    token = await loymax.member()
    body = [
        {"questionId": 5, "value": "Ёлкина-Семёнова", "fixedAnswerIds": None, "fixedAnswers": []},
        {"questionId": 7, "value": "1991-01-02"},
        {"questionId": 10, "value": "Орёл"},
        {"questionId": 9, "value": None, "fixedAnswerIds": [14]},
        {"questionId": 16, "value": "true"},
    ]
    await loymax.data("POST", "User/Answers", token, body)
    shown = await loymax.data("GET", "User", token)
    assert (shown["lastName"], shown["birthDay"], shown["addressInfo"]["city"]) == (
        "Ёлкина-Семёнова",
        "1991-01-02T00:00:00Z",
        "Орёл",
    )
    path = "User?payload=Attributes.Sex&payload=Attributes.BirthDay&payload=Cards"
    parts = await loymax.data("GET", path, token)
    assert parts["attributes"]["Sex"]["answers"] == ["Мужской"]
    assert parts["attributes"]["BirthDay"]["dateValue"] == "1991-01-02T00:00:00Z"
    assert (parts["lastName"], [card["id"] for card in parts["cards"]]) == (None, [456])


async def test_phones_are_masked_for_the_member_and_whole_for_the_operator(
    loymax: Loymax,
) -> None:
    """The Public API never shows a whole phone, not even the new one."""
    token = await loymax.member()
    await loymax.data("POST", "User/PhoneNumber", token, {"phoneNumber": "79000009876"})
    state = await loymax.data("GET", "User/PhoneNumber", token)
    assert state["currentPhoneNumber"] == "***5012"
    assert state["newPhoneNumber"] == {"phoneNumber": "***9876"}
    person = await loymax.data("GET", f"{SYSTEM}users/{ANNA}", await loymax.operator())
    assert person["phone"]["currentValue"] == PHONE


async def test_a_taken_phone_or_email_is_refused(start: Start) -> None:
    """One phone, one person."""
    rows = [
        {"id": 1, "phone": PHONE, "email": "a@example.com", "password": "Secret-1"},
        {"id": 2, "phone": OTHER_PHONE, "email": "b@example.com"},
    ]
    double = await start(seed={"customers": rows})
    token, operator = await double.member(), await double.operator()
    for path, body in (
        ("User/PhoneNumber", {"phoneNumber": OTHER_PHONE}),
        ("User/Email", {"email": "B@example.com"}),
    ):
        assert (await double.refusal("POST", path, token, body))["state"] == "Error"
    change = {"personId": 1, "newPhone": OTHER_PHONE}
    assert await double.refusal("POST", SYSTEM + "CallCenter/ChangePhone", operator, change)


async def test_confirming_an_email_keeps_the_tokens(loymax: Loymax) -> None:
    """Trap 4, the other half; the address changes only with the code."""
    token = await loymax.member()
    await loymax.data("POST", "User/Email", token, {"email": "new@example.com"})
    state = await loymax.data("GET", "User/Email", token)
    assert (state["currentEmail"], state["newEmail"]) == (
        "anna@example.com",
        {"email": "new@example.com"},
    )
    body = {"confirmCode": await loymax.code(), "password": None}
    assert await loymax.data("POST", "User/Email/Confirm", token, body) is None
    state = await loymax.data("GET", "User/Email", token)
    assert (state["currentEmail"], state["newEmail"], state["currentNotifierStatus"]) == (
        "new@example.com",
        None,
        "Verified",
    )


async def test_changing_the_password_counts_errors_and_rotates(loymax: Loymax) -> None:
    """A wrong old password says how many attempts are left."""
    token = await loymax.member()
    body = {"oldPassword": "bad", "newPassword": "Secret-2"}
    refused = await loymax.refusal("POST", "User/Password/Change", token, body)
    assert refused["message"] == "Неправильный пароль. Осталось 9 попыток."
    assert refused["messageCode"] == "Business.Base"
    body["oldPassword"] = "Secret-1"
    pair = await loymax.data("POST", "User/Password/Change", token, body)
    assert (await loymax.call("GET", "User", token)).status_code == 401
    assert (await loymax.call("GET", "User", pair["access_token"])).status_code == 200
    assert await loymax.member(PHONE, "Secret-2")


async def test_a_forgotten_password_is_reset_by_code(loymax: Loymax) -> None:
    """The old sessions die with the old password."""
    token = await loymax.member()
    where = await loymax.data("POST", "ResetPassword", body={"identifier": PHONE})
    assert [one["identifierType"] for one in where["identifiers"]] == ["Phone", "Email"]
    body = {"notifierIdentity": PHONE}
    assert await loymax.data("POST", "ResetPassword/Start", body=body) == {"codeLength": 6}
    wrong = {**body, "confirmCode": "000000", "newPassword": "Secret-5"}
    refused = await loymax.refusal("POST", "ResetPassword/Confirm", body=wrong)
    assert refused["message"] == ("Проверьте правильность введенных данных. Осталось 4 попытки.")
    right = {**wrong, "confirmCode": await loymax.code()}
    assert (await loymax.data("POST", "ResetPassword/Confirm", body=right))["access_token"]
    assert (await loymax.call("GET", "User", token)).status_code == 401
    assert await loymax.member(PHONE, "Secret-5")


async def test_attributes_keep_a_history_and_refuse_unknown_names(loymax: Loymax) -> None:
    """An unset value is a state Error; an unknown attribute is one too."""
    token = await loymax.member()
    path = "User/Attributes/Common/Values/FavoriteCategory"
    for value in ("чай", "мёд"):
        await loymax.data("POST", path, token, {"xPath": "", "value": value})
    assert (await loymax.data("GET", path, token))["value"] == "мёд"
    history = "User/Attributes/FavoriteCategory/History?filter.sortDescendingByCreateDateTime=true"
    rows = await loymax.data("GET", history, token)
    assert [row["value"] for row in rows] == ["мёд", "чай"]
    body = {"xPath": "", "value": "1"}
    unknown = "User/Attributes/Common/Values/Nothing"
    assert (await loymax.refusal("POST", unknown, token, body))["message"] == "Атрибут не найден."
    number = await loymax.refusal("POST", path, token, {"xPath": "", "value": 5})
    assert number["state"] == "ValidationError"


async def test_a_read_only_consent_cannot_be_changed(loymax: Loymax) -> None:
    """System messages stay on; all on and all off leave them alone."""
    token = await loymax.member()
    body = [{"typeId": 5, "smsNotification": {"selected": False}}]
    refused = await loymax.refusal("POST", "User/Subscriptions", token, body)
    assert refused["message"] == "Подписку нельзя изменить."
    await loymax.data("POST", "User/Subscriptions/Reject", token, {})
    rows = await loymax.data("GET", "User/Subscriptions", token)
    assert {row["externalId"]: row["emailNotification"]["selected"] for row in rows} == {
        "Advertisement": False,
        "System": True,
    }


async def test_leaving_needs_a_code_and_ends_all_tokens(loymax: Loymax) -> None:
    """A member who left cannot log in and is told from the rest by his state."""
    token = await loymax.member()
    sent = await loymax.data("POST", "User/Deregistration/SendConfirmCode", token, {})
    assert sent == {"confirmCodeLength": 6}
    body = {"reason": "Переезд", "confirmCode": await loymax.code()}
    await loymax.data("POST", "User/Deregistration/Confirm", token, body)
    assert (await loymax.call("GET", "User", token)).status_code == 401
    login = await loymax.token(grant_type="password", username=PHONE, password="Secret-1")
    assert login.json()["error"] == "IncorrectLoginOrPassword"
    assert (await loymax.person())["state"] == "Deregistered"


async def test_pushes_want_the_headers_of_a_device(loymax: Loymax) -> None:
    """A server that registers a token for its user is refused."""
    token = await loymax.member()
    body = {"token": "t", "platformType": "Android", "pushServiceType": "Fcm"}
    refused = await loymax.refusal("POST", "Pushes", token, body)
    assert refused["message"] == "Метод доступен только для мобильных устройств"
    headers = {
        "Authorization": f"Bearer {token}",
        "X-DeviceId": "d",
        "X-PlatformType": "Android",
        "X-PlatformVersion": "14",
    }
    answer = await loymax.client.post("/publicapi/v1.2/Pushes", json=body, headers=headers)
    assert answer.json()["result"]["state"] == "Success"
