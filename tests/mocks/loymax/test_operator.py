"""What the operator's API changes besides registration and money (reference, section 7)."""

from __future__ import annotations

import pytest

from tests.mocks.loymax.stand import (
    ANNA,
    CARD,
    OLEG,
    OTHER_CARD,
    OTHER_PHONE,
    PHONE,
    SYSTEM,
    Json,
    Loymax,
)

USER = f"{SYSTEM}users/{ANNA}"
CENTRE = SYSTEM + "CallCenter/"


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("anna@", [ANNA]),
        ("790000050", [ANNA, OLEG]),
        (OTHER_CARD, [OLEG]),
        ("0f5d7a10-6c3e", [ANNA]),
        ("nobody", []),
    ],
    ids=["e-mail", "phones", "card", "guid", "none"],
)
async def test_the_search_finds_any_identifier_that_contains_the_text(
    loymax: Loymax, text: str, ids: list[int]
) -> None:
    """Substring search: the caller compares exactly."""
    token = await loymax.operator()
    for name in ("filter.identifierText", "identifierText"):
        path = f"{SYSTEM}users?{name}={text}&from=0&count=10"
        assert [row["id"] for row in await loymax.data("GET", path, token)] == ids


@pytest.mark.parametrize(
    ("what", "body", "shown"),
    [
        ("ChangePhone", {"personId": ANNA, "newPhone": "79000001111"}, {"phone": "79000001111"}),
        (
            "ChangeEmail",
            {"personId": ANNA, "newEmail": "x@example.com"},
            {"email": "x@example.com"},
        ),
        ("DeregisterPerson", {"personId": ANNA, "reason": "Просьба"}, {"state": "Deregistered"}),
    ],
)
async def test_the_call_centre_changes_a_person(
    loymax: Loymax, what: str, body: dict[str, Json], shown: dict[str, str]
) -> None:
    """These actions answer without data."""
    assert await loymax.data("POST", CENTRE + what, await loymax.operator(), body) is None
    person = await loymax.person()
    assert {name: person[name] for name in shown} == shown


async def test_the_call_centre_changes_a_card(loymax: Loymax) -> None:
    """Names of ids are taken in either case: cardID as well as cardId."""
    token = await loymax.operator()
    body = {"cardID": 456, "cardCategoryId": 2}
    await loymax.data("POST", CENTRE + "ChangeCardCategory", token, body)
    await loymax.data("POST", CENTRE + "BlockCard", token, {"cardId": 456})
    path = f"{SYSTEM}Cards/ByCardNumber?cardNumber={CARD}"
    card = await loymax.data("GET", path, token)
    assert (card["cardCategory"]["logicalName"], card["block"]) == ("PlasticCard", True)
    await loymax.data("POST", CENTRE + "UnBlockCard", token, {"cardID": 456})
    assert (await loymax.data("GET", path, token))["block"] is False
    assert (await loymax.call("POST", CENTRE + "Nothing", token, {})).status_code == 404


async def test_a_new_password_ends_the_old_one(loymax: Loymax) -> None:
    """The operator never sees it."""
    await loymax.data(
        "POST", CENTRE + "SendNewPasswordToPhone", await loymax.operator(), {"personID": ANNA}
    )
    answer = await loymax.token(grant_type="password", username=PHONE, password="Secret-1")
    assert answer.json()["error"] == "IncorrectLoginOrPassword"
    assert await loymax.member(PHONE, str((await loymax.person())["password"]))


async def test_a_blocked_identifier_is_no_login(loymax: Loymax) -> None:
    """The others of the same person stay good."""
    token = await loymax.operator()
    rows = await loymax.data("GET", USER + "/identifiers", token)
    assert [(row["type"], row["text"]) for row in rows] == [
        ("PersonUID", "0f5d7a10-6c3e-4a51-9a60-2f5d1c7b5012"),
        ("CardNumber", CARD),
        ("Phone", PHONE),
        ("Email", "anna@example.com"),
    ]
    path = f"{USER}/identifiers/{rows[2]['id']}/"
    await loymax.data("POST", path + "block", token, {})
    shown = await loymax.data("GET", USER + "/identifiers", token)
    assert [row["state"] for row in shown] == ["Normal", "Normal", "Block", "Normal"]
    answer = await loymax.token(grant_type="password", username=PHONE, password="Secret-1")
    assert answer.status_code == 400
    with pytest.raises(AssertionError, match="не найден"):
        await loymax.customer(PHONE)
    assert await loymax.member(CARD)
    await loymax.data("POST", path + "unblock", token, {})
    assert await loymax.member(PHONE)


async def test_contacts_are_marked_as_verified(loymax: Loymax) -> None:
    """Only the flag changes."""
    token = await loymax.operator()
    await loymax.data("POST", USER + "/notifiers/Email", token, {"isVerified": False})
    email = (await loymax.data("GET", USER, token))["email"]
    assert (email["currentValue"], email["isVerified"]) == ("anna@example.com", False)


async def test_all_consents_go_on_and_off(loymax: Loymax) -> None:
    """Subscribe sets its date, Unsubscribe clears it."""
    token = await loymax.operator()
    seen = []
    for what in ("Unsubscribe", "Subscribe"):
        await loymax.data("POST", f"{USER}/{what}", token, {})
        rows = await loymax.data("GET", USER + "/Subscriptions", token)
        accepted = (await loymax.data("GET", USER, token))["subscribeToAllAcceptDate"]
        seen.append((rows[0]["smsNotification"]["selected"], accepted))
    assert seen == [(False, None), (True, "2025-02-03T10:10:00Z")]


async def test_cards_are_listed_by_their_marks(loymax: Loymax) -> None:
    """Free, blocked and deleted cards are told apart."""
    cards = [{"id": 500, "number": "7000000000000500"}, {"id": 501, "number": "71", "block": True}]
    await loymax.door("seed", cards=cards)
    token = await loymax.operator()
    for query, ids in (
        ("hasPerson=true", [456, 457]),
        ("hasPerson=false&isBlocked=false", [500]),
        ("isBlocked=true", [501]),
        ("state=Packed", []),
    ):
        rows = await loymax.data("GET", f"{SYSTEM}Cards/byParams?{query}", token)
        assert [row["id"] for row in rows] == ids
    await loymax.data("POST", SYSTEM + "Cards/500/Pack", token, {})
    rows = await loymax.data("GET", SYSTEM + "Cards/byParams?state=Packed", token)
    assert [row["id"] for row in rows] == [500]


async def test_the_operator_joins_accounts_by_code(loymax: Loymax) -> None:
    """Here the code comes in an object, not as a bare string."""
    token = await loymax.operator()
    path = USER + "/cards/Attach"
    await loymax.data("POST", path, token, {"cardNumber": OTHER_CARD})
    await loymax.data("POST", path + "/SendConfirmCode", token, {})
    sent = (await loymax.state())["messages"]
    assert [one["to"] for one in sent] == [OTHER_PHONE, OTHER_PHONE]
    body = {"confirmCode": sent[-1]["code"]}
    await loymax.data("POST", path + "/Confirm", token, body)
    assert (await loymax.person(OLEG))["groupId"] == ANNA


async def test_counters_are_read_per_person(loymax: Loymax) -> None:
    """A counter that does not exist is a state Error."""
    await loymax.door("seed", counters={"7": {str(ANNA): 1200.5, str(OLEG): 3}})
    token = await loymax.operator()
    path = f"{SYSTEM}counters/7/values?filter.personId={ANNA}"
    assert await loymax.data("GET", path, token) == [
        {"targetsValues": {"Person": ANNA}, "value": 1200.5}
    ]
    assert await loymax.refusal("GET", SYSTEM + "counters/8/values", token)


async def test_one_who_left_may_come_back(loymax: Loymax) -> None:
    """The registration begins anew for the same person."""
    token = await loymax.operator()
    await loymax.data("POST", USER + "/Deregister", token, {"reason": "Проверка"})
    begun = await loymax.data(
        "POST", "Registration/BeginRegistration", body={"login": PHONE, "password": None}
    )
    assert begun["personId"] == ANNA
    path = "Registration/TryFinishRegistration"
    done = await loymax.data("POST", path, begun["authToken"], {})
    assert done["registrationCompleted"] is True
    assert (await loymax.person())["state"] == "Registered"


async def test_an_unknown_person_is_a_state_error(loymax: Loymax) -> None:
    """Never a 404."""
    refused = await loymax.refusal("GET", SYSTEM + "users/999999", await loymax.operator())
    assert (refused["state"], refused["messageCode"]) == ("Error", "Business.Base")
