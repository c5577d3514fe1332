"""Customers, codes, subscriptions, cards (sections 8 to 10, 31.1 to 31.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.mocks.mindbox.project import DEVICE, OLGA, differences, open_project

if TYPE_CHECKING:
    from tests.mocks.mindbox.project import AnyJson, Json, Project

REGISTRATION: dict[str, Any] = {
    "customer": {
        "ids": {"websiteId": "70014"},
        "mobilePhone": "79260001122",
        "email": "olga.demo@example.com",
        "firstName": "Ольга",
        "lastName": "Демина",
        "birthDate": "1990-04-17",
        "sex": "female",
        "area": {"ids": {"externalId": "77"}},
        "customFields": {"City": "Тверь", "favouriteShops": ["S-01", "S-07"]},
        "subscriptions": [
            {
                "brand": "DemoBrand",
                "pointOfContact": "Email",
                "topic": "News",
                "isSubscribed": True,
            },
            {"brand": "DemoBrand", "pointOfContact": "Sms"},
        ],
    },
    "executionDateTimeUtc": "2026-03-01 09:15:00.000",
}


async def test_registration_answers_as_documented(empty: Project) -> None:
    """The first customer of the project is created under both ids (8.2)."""
    found = await empty.call("Website.RegisterCustomer", REGISTRATION)
    assert found == {
        "status": "Success",
        "customer": {
            "processingStatus": "Created",
            "ids": {"mindboxId": 500123, "websiteId": "70014"},
        },
    }
    got = await empty.call("Website.GetCustomerInfo", {"customer": {"ids": {"websiteId": "70014"}}})
    want = {
        "processingStatus": "Found",
        "mobilePhone": 79260001122,
        "isMobilePhoneConfirmed": False,
        "birthDate": "1990-04-17",
        "customFields": {"city": "Тверь", "favouriteShops": ["S-01", "S-07"]},
        "subscriptions": [
            {
                "pointOfContact": "Email",
                "isSubscribed": True,
                "brand": "DemoBrand",
                "topic": "News",
            },
            {"pointOfContact": "Sms", "isSubscribed": True, "brand": "DemoBrand"},
        ],
    }
    assert differences(want, got["customer"]) == []
    assert "middleName" not in got["customer"]


async def test_a_second_registration_is_told_in_the_form_of_the_switch(demo: Project) -> None:
    """Both documented forms (31.1); nothing is created."""
    found = await demo.call("Website.RegisterCustomer", REGISTRATION)
    assert found["customer"] == {
        "processingStatus": "AlreadyExists",
        "ids": {"mindboxId": 500123, "websiteId": "70014"},
    }
    await demo.switch(registerDuplicate="validationError")
    answer = await demo.send("Website.RegisterCustomer", REGISTRATION)
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "status": "ValidationError",
            "validationMessages": [
                {
                    "message": "Клиент с таким телефоном уже зарегистрирован",
                    "location": "/customer/mobilePhone",
                }
            ],
        },
    )
    assert len(await demo.inspect("customers")) == 1


@pytest.mark.parametrize(
    ("customer", "message"),
    [
        pytest.param(
            {"email": "ivan@@shop"},
            {
                "message": '"ivan@@shop" не является корректным адресом электронной почты.',
                "location": "/customer/email",
            },
            id="broken address",
        ),
        pytest.param(
            {"firstName": "Пётр"}, {"message": "Заполните хотя бы один контакт."}, id="no contact"
        ),
        pytest.param(
            {"mobilePhone": "12"},
            {"message": "Некорректный номер", "location": "/customer/mobilePhone"},
            id="broken phone",
        ),
    ],
)
async def test_bad_contacts_are_validation_errors(
    empty: Project, customer: Json, message: Json
) -> None:
    """HTTP 200, the documented texts, nobody created (3.2, 31.10)."""
    answer = await empty.send("Website.RegisterCustomer", {"customer": customer})
    assert answer.status_code == 200
    assert answer.json() == {"status": "ValidationError", "validationMessages": [message]}
    assert await empty.inspect("customers") == []


async def test_the_golden_edit_keeps_a_confirmed_phone_until_confirmation(demo: Project) -> None:
    """The new phone waits; the code that was sent to it confirms it (31.1, 9.1)."""
    sent = {
        "customer": {
            **OLGA,
            "lastName": "Демина-Орлова",
            "mobilePhone": "79260003344",
            "middleName": "%CLEAR%",
            "customFields": {"city": "Ржев"},
        }
    }
    found = await demo.call("Website.EditCustomer", sent)
    want = {
        "processingStatus": "Changed",
        "ids": {"mindboxId": 500123, "websiteId": "70014"},
        "mobilePhone": 79260001122,
        "pendingMobilePhone": 79260003344,
    }
    assert differences(want, found["customer"]) == []
    assert (await demo.inspect("messages"))[-1]["address"] == "79260003344"
    wrong = {"customer": OLGA, "smsConfirmation": {"code": "0000"}}
    assert await confirmation(demo, wrong) == "IncorrectConfirmationCode"
    right = {"customer": OLGA, "smsConfirmation": {"code": await demo.code()}}
    assert await confirmation(demo, right) == "MobilePhoneConfirmed"
    assert await confirmation(demo, right) == "AlreadyConfirmed"
    assert await status_of(demo, {"mobilePhone": "79260003344"}) == "Found"
    assert await status_of(demo, {"mobilePhone": "79260001122"}) == "NotFound"


async def test_an_edit_without_effect_says_so(demo: Project) -> None:
    """``NotChanged``, ``NotFound`` and a refused foreign id (8.4)."""
    same = {"customer": {**OLGA, "firstName": "Ольга"}}
    found = await demo.call("Website.EditCustomer", same)
    assert found["customer"]["processingStatus"] == "NotChanged"
    nobody = {"customer": {"ids": {"websiteId": "1"}, "firstName": "Ольга"}}
    assert await demo.call("Website.EditCustomer", nobody) == {
        "status": "Success",
        "customer": {"processingStatus": "NotFound"},
    }
    unknown = {"customer": {"ids": {"shopId": "1"}}}
    status, text = await demo.refused("Website.EditCustomer", unknown)
    assert (status, text) == (400, "/customer/ids/shopId: неизвестная внешняя система")


async def test_sync_customer_creates_who_is_missing(empty: Project) -> None:
    """The upsert flavour of editing (7)."""
    sent = {"customer": {"ids": {"websiteId": "9"}, "mobilePhone": "79260009900"}}
    found = await empty.call("Website.SyncCustomer", sent)
    assert found["customer"]["processingStatus"] == "Created"


@pytest.mark.parametrize(
    ("keys", "status"),
    [
        pytest.param({"mobilePhone": "79260001122"}, "Found", id="phone"),
        pytest.param({"mobilePhone": 79260001122}, "Found", id="phone as a number"),
        pytest.param({"mobilePhone": "+7 (926) 000-11-22"}, "Found", id="phone as typed"),
        pytest.param({"email": "OLGA.Demo@example.com"}, "Found", id="address in capitals"),
        pytest.param({"ids": {"mindboxId": "500123"}}, "Found", id="own id as a text"),
        pytest.param({"discountCard": {"ids": {"number": "2900000012345"}}}, "Found", id="card"),
        pytest.param({"mobilePhone": "79269999999"}, "NotFound", id="unknown phone"),
        pytest.param({"ids": {"mindboxId": 1}}, "NotFound", id="unknown own id"),
    ],
)
async def test_every_key_of_a_search_finds(demo: Project, keys: Json, status: str) -> None:
    """``CheckCustomer`` by each key; unknown is no error (8.3)."""
    assert await status_of(demo, keys) == status


async def test_two_customers_with_one_phone_are_ambiguous(demo: Project) -> None:
    """``Ambiguous`` without ids (31.1); an order cannot be tied to either."""
    await demo.load("DirectCrm.Customers.Import", ["Websiteid;FirstName", "70020;Анна"])
    other = {"customer": {"ids": {"websiteId": "70020"}, "mobilePhone": "79260001122"}}
    await demo.call("Website.EditCustomer", other)
    sent = {"customer": {"mobilePhone": "79260001122"}}
    found = await demo.call("Website.CheckCustomer", sent)
    assert found == {"status": "Success", "customer": {"processingStatus": "Ambiguous"}}
    status, _ = await demo.refused("Website.GetCustomerPromoCodes", sent)
    assert status == 400


async def test_the_golden_info_by_card(demo: Project) -> None:
    """Customer, balances, cards and segments in one answer (31.1)."""
    sent = {
        "customer": {"discountCard": {"ids": {"number": "2900000012345"}}},
        "pointOfContact": "S-07",
    }
    want = {
        "status": "Success",
        "customer": {
            "processingStatus": "Found",
            "ids": {"mindboxId": 500123, "websiteId": "70014"},
            "firstName": "Ольга",
            "mobilePhone": 79260001122,
            "isMobilePhoneConfirmed": True,
        },
        "balances": [
            {
                "systemName": "MainPoints",
                "total": 1240,
                "available": 900,
                "blocked": 340,
                "balanceType": {"ids": {"systemName": "MainPoints"}, "name": "Основной счёт"},
                "nearestExpiration": {"total": 120, "date": "2026-06-30"},
            }
        ],
        "discountCards": [
            {
                "ids": {"number": "2900000012345"},
                "status": {"ids": {"systemName": "Activated"}},
                "type": {"ids": {"externalId": "base"}, "name": "Базовая"},
            }
        ],
        "customerSegmentations": [
            {
                "segmentation": {"ids": {"externalId": "loyaltyTier"}, "name": "Уровень"},
                "segment": {"ids": {"externalId": "gold"}, "name": "Золото"},
            },
            {"segmentation": {"ids": {"externalId": "vip"}, "name": "VIP"}},
        ],
    }
    assert differences(want, await demo.call("Offline.GetCustomerInfo", sent)) == []
    await demo.act("card.status", number="2900000012345", status="Blocked")
    assert await demo.call("Offline.GetCustomerInfo", sent) == {
        "status": "Success",
        "customer": {"processingStatus": "DiscountCardIsBlocked"},
    }


async def test_segments_are_absent_for_a_stranger(demo: Project) -> None:
    """No block at all means: no such customer (19.3)."""
    sent = {"customer": OLGA, "segmentations": [{"ids": {"externalId": "vip"}}]}
    assert await demo.call("Website.GetCustomerSegments", sent) == {
        "status": "Success",
        "customerSegmentations": [{"segmentation": {"ids": {"externalId": "vip"}, "name": "VIP"}}],
    }
    stranger = {"customer": {"mobilePhone": "79269999999"}}
    assert await demo.call("Website.GetCustomerSegments", stranger) == {"status": "Success"}


async def test_phones_may_be_answered_as_texts(demo: Project) -> None:
    """Switch ``phoneInAnswer`` (6)."""
    await demo.switch(phoneInAnswer="string")
    found = await demo.call("Website.GetCustomerInfo", {"customer": OLGA})
    assert found["customer"]["mobilePhone"] == "79260001122"


async def test_a_merge_moves_everything_to_the_survivor(demo: Project) -> None:
    """Points and ids move; the absorbed id leads to the survivor (8.5)."""
    other = {"customer": {"ids": {"websiteId": "70015"}, "mobilePhone": "79260005566"}}
    await demo.call("Website.RegisterCustomer", other)
    credit = {
        "customer": {"ids": {"websiteId": "70015"}},
        "balanceChanges": [{"changeAmount": 50}],
    }
    await demo.call("Website.ChangeCustomerBalance", credit)
    sent = {
        "customersToMerge": [{"ids": {"websiteId": "70015"}}],
        "resultingCustomer": {"ids": {"websiteId": "70014"}},
    }
    assert await demo.call("Website.MergeCustomers", sent) == {
        "status": "Success",
        "customersToMerge": [{"processingStatus": "Found", "ids": {"websiteId": "70015"}}],
        "resultingCustomer": {"processingStatus": "Merged", "ids": {"websiteId": "70014"}},
    }
    assert await demo.balance() == (1290, 950, 340)
    found = await demo.call("Website.CheckCustomer", {"customer": {"ids": {"mindboxId": 500124}}})
    assert found["customer"] == {"processingStatus": "Found", "ids": {"mindboxId": 500123}}
    await demo.switch(mergedIds="gone")
    assert await status_of(demo, {"ids": {"mindboxId": 500124}}) == "NotFound"


async def test_a_merge_with_someone_missing_does_nothing(demo: Project) -> None:
    """31.1: the missing one is named, the survivor is merely found."""
    sent = {
        "customersToMerge": [{"ids": {"websiteId": "70099"}}],
        "resultingCustomer": {"ids": {"websiteId": "70014"}},
    }
    assert await demo.call("Website.MergeCustomers", sent) == {
        "status": "Success",
        "customersToMerge": [{"processingStatus": "NotFound", "ids": {"websiteId": "70099"}}],
        "resultingCustomer": {"processingStatus": "Found", "ids": {"websiteId": "70014"}},
    }


async def test_merges_are_listed_after_five_minutes(demo: Project) -> None:
    """The window must end five minutes ago; the absorbed ids are told (21.4)."""
    other = {"customer": {"ids": {"websiteId": "70015"}, "mobilePhone": "79260005566"}}
    await demo.call("Website.RegisterCustomer", other)
    await demo.act("customer.merge", customer=OLGA, others=[other["customer"]])
    page = {
        "pageNumber": 1,
        "itemsPerPage": 500,
        "sinceDateTimeUtc": "2026-03-01 00:00:00.000",
        "tillDateTimeUtc": "2026-03-01 10:00:00.000",
    }
    early = await demo.send("Website.GetCustomerMerges", {"customerMergesPage": page})
    assert early.json()["status"] == "ValidationError"
    await demo.act("clock.advance", seconds=600)
    found = await demo.call("Website.GetCustomerMerges", {"customerMergesPage": page})
    assert found["customerMerges"] == [
        {
            "resultingCustomer": {
                "ids": {"mindboxId": 500123, "websiteId": "70014"},
                "changeDateTimeUtc": "2026-03-01 09:58:02.250",
            },
            "mergedCustomers": [{"ids": {"mindboxId": 500124, "websiteId": "70015"}}],
        }
    ]


async def test_an_authorization_code_serves_once_and_not_forever(demo: Project) -> None:
    """Send, wrong, right, used up, too old (9.3, 31.2)."""
    phone = {"customer": {"mobilePhone": "79260001122"}}
    sent = await demo.call("Offline.SendMobilePhoneAuthorizationCode", phone)
    assert sent["customer"] == {"processingStatus": "Found"}
    check = "Offline.CheckMobilePhoneAuthorizationCode"
    code = await demo.code()
    wrong = await demo.send(check, {**phone, "authentificationCode": "0000"})
    assert wrong.json() == {
        "status": "ValidationError",
        "validationMessages": [{"message": "Неверный код", "location": "/authentificationCode"}],
    }
    right = await demo.call(check, {**phone, "authentificationCode": code})
    assert right["customer"] == {"processingStatus": "Found", "ids": {"mindboxId": 500123}}
    await demo.switch(wrongAuthCode="notFoundStatus")
    again = await demo.call(check, {**phone, "authentificationCode": code})
    assert again["customer"] == {"processingStatus": "NotFound"}
    await demo.queue("Offline.SendMobilePhoneAuthorizationCode", phone)
    late = await demo.code()
    await demo.act("clock.advance", seconds=301)
    found = await demo.call(check, {**phone, "authentificationCode": late})
    assert found["customer"] == {"processingStatus": "NotFound"}


async def test_a_code_for_a_broken_number_is_a_validation_error(demo: Project) -> None:
    """31.2: the refusal names the field."""
    sent = {"customer": {"mobilePhone": "123"}}
    answer = await demo.send("Website.SendMobilePhoneAuthorizationCode", sent)
    assert answer.json()["validationMessages"] == [
        {"message": "Некорректный номер", "location": "/customer/mobilePhone"}
    ]


async def test_an_address_is_confirmed_without_a_code(empty: Project) -> None:
    """The letter's link leads to ``ConfirmEmail``, asynchronously (9.4)."""
    await empty.call("Website.RegisterCustomer", REGISTRATION)
    sent = {"customer": {**OLGA, "email": "olga.demo@example.com"}}
    await empty.queue("Website.ConfirmEmail", sent)
    found = await empty.call("Website.GetCustomerInfo", {"customer": OLGA})
    assert found["customer"]["isEmailConfirmed"] is True


async def test_a_phone_checked_by_the_site_needs_no_code(empty: Project) -> None:
    """``AutoConfirmMobilePhone`` after registration (8.4)."""
    await empty.call("Website.RegisterCustomer", REGISTRATION)
    sent = {"customer": {"mobilePhone": "79260001122", **OLGA}}
    await empty.queue("Website.AutoConfirmMobilePhone", sent)
    found = await empty.call("Website.GetCustomerInfo", {"customer": OLGA})
    assert found["customer"]["isMobilePhoneConfirmed"] is True


async def test_the_golden_subscription(demo: Project) -> None:
    """Subscribing anew changes; repeating does not; a stranger becomes a customer (31.3)."""
    row = {
        "brand": "DemoBrand",
        "pointOfContact": "Email",
        "topic": "Sale",
        "isSubscribed": True,
    }
    sent = {"customer": {"email": "olga.demo@example.com", "subscriptions": [row]}}
    found = await demo.call("Website.SubscribeCustomer", sent)
    assert found["customer"]["processingStatus"] == "Changed"
    assert row in found["customer"]["subscriptions"]
    found = await demo.call("Website.SubscribeCustomer", sent)
    assert found["customer"]["processingStatus"] == "NotChanged"
    stranger = {"customer": {"email": "a@b.ru", "subscriptions": [{"pointOfContact": "Email"}]}}
    found = await demo.call("Website.SubscribeCustomer", stranger)
    assert found["customer"]["processingStatus"] == "Created"


async def test_marketing_may_unsubscribe_and_edit(demo: Project) -> None:
    """Deeds inside Mindbox change what the API tells and when it changed (side door)."""
    await demo.act("clock.advance", seconds=3600)
    await demo.act("customer.unsubscribe", customer=OLGA, channel="Email", topic="News")
    await demo.act("customer.edit", customer=OLGA, fields={"lastName": "Орлова"})
    found = (await demo.call("Website.GetCustomerInfo", {"customer": OLGA}))["customer"]
    assert found["lastName"] == "Орлова"
    assert found["subscriptions"][0]["isSubscribed"] is False
    assert found["changeDateTimeUtc"] == "2026-03-01 10:58:02.250"


async def test_login_ties_the_device_to_the_customer(demo: Project) -> None:
    """A cart of the device is the customer's after the login (8.2)."""
    sent = {"customer": {"ids": {"websiteId": "70014"}, "email": "olga.demo@example.com"}}
    await demo.queue("Website.AuthorizeCustomer", sent, deviceUUID=DEVICE)
    cart = {"productList": [{"product": {"ids": {"website": "SKU-9001"}}, "count": 1}]}
    await demo.queue("Website.SetCart", cart, deviceUUID=DEVICE)
    assert (await demo.inspect("lists"))[0]["owner"] == "customer:500123"


@pytest.mark.parametrize(
    ("customer", "number", "statuses"),
    [
        pytest.param(OLGA, "2900000012345", ("Found", "AlreadyBoundToCurrentCustomer"), id="own"),
        pytest.param(OLGA, "2900000099001", ("Found", "Bound"), id="free"),
        pytest.param(OLGA, "404", ("Found", "NotFound"), id="unknown card"),
        pytest.param(
            {"mobilePhone": "79269999999"},
            "2900000099001",
            ("NotFound", "NotProcessed"),
            id="nobody",
        ),
        pytest.param(
            {"mobilePhone": "79260005566"},
            "2900000012345",
            ("Found", "AlreadyBoundToAnotherCustomer"),
            id="foreign",
        ),
    ],
)
async def test_attaching_a_card_has_five_outcomes(
    demo: Project, customer: Json, number: str, statuses: tuple[str, str]
) -> None:
    """All of them are a Success with words of their own (10, 31.4)."""
    await demo.call("Website.RegisterCustomer", {"customer": {"mobilePhone": "79260005566"}})
    sent = {"customer": customer, "discountCard": {"ids": {"number": number}}}
    found = await demo.call("Offline.ActivateDiscountCard", sent)
    assert (
        found["customer"]["processingStatus"],
        found["discountCard"]["processingStatus"],
    ) == statuses


async def test_a_virtual_card_is_blocked_replaced_and_detached(demo: Project) -> None:
    """The life of a card after the golden issue (10, 31.4)."""
    found = await demo.call("Offline.ActivateVirtualDiscountCard", {"customer": OLGA})
    assert found["discountCard"] == {
        "processingStatus": "Bound",
        "ids": {"number": "2900000099001"},
    }
    swap = {
        "oldDiscountCard": {"ids": {"number": "2900000012345"}},
        "newDiscountCard": {"ids": {"number": "2900000099001"}},
    }
    replaced = await demo.call("Offline.ReplaceDiscountCard", swap)
    assert replaced["oldDiscountCard"] == {"processingStatus": "Changed"}
    assert replaced["newDiscountCard"] == {"processingStatus": "AlreadyBoundToCurrentCustomer"}
    card = {"discountCard": {"ids": {"number": "2900000099001"}}}
    words = [
        await card_status(demo, "Offline.BlockDiscountCard", card),
        await card_status(demo, "Offline.BlockDiscountCard", card),
        await card_status(demo, "Offline.UnbindDiscountCard", card),
        await card_status(demo, "Offline.UnbindDiscountCard", card),
        await card_status(demo, "Offline.BlockDiscountCard", card),
    ]
    assert words == ["Changed", "NotChanged", "Processed", "NotChanged", "NotBoundToCustomer"]


async def test_a_card_issue_with_proof_refuses_a_wrong_code(demo: Project) -> None:
    """``authentificationCode`` beside the card (31.4)."""
    sent = {
        "customer": {"mobilePhone": "79260001122"},
        "discountCard": {"ids": {"number": "2900000099001"}},
        "authentificationCode": "0000",
    }
    answer = await demo.send("Offline.ActivateDiscountCard", sent)
    assert answer.json()["status"] == "ValidationError"
    await demo.call("Offline.SendMobilePhoneAuthorizationCode", {"customer": sent["customer"]})
    sent["authentificationCode"] = await demo.code()
    found = await demo.call("Offline.ActivateDiscountCard", sent)
    assert found["discountCard"]["processingStatus"] == "Bound"


async def test_points_expire_and_activate_with_time(demo: Project) -> None:
    """340 points become spendable in May, 120 are gone after June (11)."""
    await demo.act("clock.freeze", at="2026-05-01")
    assert await demo.balance() == (1240, 1240, 0)
    await demo.act("clock.freeze", at="2026-06-30")
    assert await demo.balance() == (1120, 1120, 0)
    found = await demo.call("Website.GetCustomerBalanceHistory", {"customer": OLGA})
    (action,) = found["customerActions"]
    change = action["customerBalanceChanges"][0]
    assert (change["changeAmount"], change["balanceChangeKind"]) == (
        -120,
        {"systemName": "Expired"},
    )


async def test_a_balance_change_shows_in_the_history(demo: Project) -> None:
    """Compensation with a comment and a day of expiry (11.3)."""
    sent = {
        "customer": {"ids": {"websiteId": "70014"}},
        "balanceChanges": [
            {
                "changeAmount": 150,
                "comment": "Компенсация",
                "expirationDateTimeUtc": "2026-12-31 20:59:59.000",
            }
        ],
    }
    await demo.queue("Website.ChangeCustomerBalance", sent)
    await demo.act("balance.credit", customer=OLGA, amount=-100.5, comment="Списание")
    assert await demo.balance() == (1289.5, 949.5, 340)
    page = {"pageNumber": 1, "itemsPerPage": 1}
    found = await demo.call(
        "Website.GetCustomerBonusPointsHistory", {"customer": OLGA, "page": page}
    )
    (action,) = found["customerActions"]
    assert found["customerActionsCount"] == 2
    assert action["customerBalanceChanges"][0] == {
        "changeAmount": 150,
        "isAvailable": True,
        "expirationDateTimeUtc": "2026-12-31 20:59:59.000",
        "comment": "Компенсация",
        "balanceType": {"ids": {"systemName": "MainPoints"}, "name": "Основной счёт"},
        "balanceChangeKind": {"systemName": "Custom"},
    }
    page = {"pageNumber": 1, "itemsPerPage": 1001}
    status, _ = await demo.refused(
        "Website.GetCustomerBonusPointsHistory", {"customer": OLGA, "page": page}
    )
    assert status == 400


async def test_the_balance_speaks_one_vocabulary_or_both(demo: Project) -> None:
    """Switch ``balanceVocabulary`` (11.1)."""
    keys = {}
    for vocabulary in ("both", "short", "valueSuffix"):
        await demo.switch(balanceVocabulary=vocabulary)
        row = (await demo.call("Website.GetCustomerBalance", {"customer": OLGA}))["balances"][0]
        keys[vocabulary] = ("available" in row, "availableValue" in row, "systemName" in row)
    assert keys == {
        "both": (True, True, True),
        "short": (True, False, True),
        "valueSuffix": (False, True, False),
    }


async def test_a_password_is_checked() -> None:
    """The rare password operation (8.6)."""
    async with open_project(demo=False) as project:
        row = {"email": "a@b.ru", "password": "тайна"}
        await project.door("seed", {"customers": [row]})
        found = await project.call("Website.PasswordAuthentication", {"customer": row})
        assert found["customer"]["processingStatus"] == "Found"
        wrong = {"customer": {**row, "password": "x"}}
        answer = await project.send("Website.PasswordAuthentication", wrong)
        assert answer.json()["status"] == "ValidationError"


async def confirmation(demo: Project, sent: Json) -> str:
    """Confirm a phone and return the word of the answer."""
    found: AnyJson = await demo.call("Website.ConfirmMobilePhone", sent)
    word: str = found["smsConfirmation"]["processingStatus"]
    return word


async def status_of(demo: Project, keys: Json) -> str:
    """Search a customer and return the word of the answer."""
    found: AnyJson = await demo.call("Website.CheckCustomer", {"customer": keys})
    word: str = found["customer"]["processingStatus"]
    return word


async def card_status(demo: Project, operation: str, card: Json) -> str:
    """Do something with a card and return the word of the answer."""
    found: AnyJson = await demo.call(operation, card)
    word: str = found["discountCard"]["processingStatus"]
    return word
