"""Codes, confirmations, subscriptions, logins (section 9, 31.2, 31.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.mocks.mindbox.project import (
    DEVICE,
    OLGA,
    REGISTRATION,
    differences,
    status_of,
)

if TYPE_CHECKING:
    from tests.mocks.mindbox.project import AnyJson, Json, Project


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


async def confirmation(demo: Project, sent: Json) -> str:
    """Confirm a phone and return the word of the answer."""
    found: AnyJson = await demo.call("Website.ConfirmMobilePhone", sent)
    word: str = found["smsConfirmation"]["processingStatus"]
    return word


async def test_an_operator_changes_a_contact_at_once(demo: Project) -> None:
    """No confirmation is asked for, but the new phone is not confirmed either (side door)."""
    await demo.act("customer.edit", customer=OLGA, fields={"mobilePhone": "79260003344"})
    found = (await demo.call("Website.GetCustomerInfo", {"customer": OLGA}))["customer"]
    assert (found["mobilePhone"], found["isMobilePhoneConfirmed"]) == (79260003344, False)
    assert "pendingMobilePhone" not in found
