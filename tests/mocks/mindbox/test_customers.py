"""Customers, codes, subscriptions, cards (sections 8 to 10, 31.1 to 31.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.mocks.mindbox.project import (
    OLGA,
    REGISTRATION,
    differences,
    open_project,
)

if TYPE_CHECKING:
    from tests.mocks.mindbox.project import Json, Project


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
        pytest.param(
            {"mobilePhone": "8 (926) 000-11-22"},
            {"message": "Некорректный номер", "location": "/customer/mobilePhone"},
            id="phone without its country code",
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
