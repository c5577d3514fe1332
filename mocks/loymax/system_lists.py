"""System API: lists of the ids that are configuration per installation (trap 8)."""

from __future__ import annotations

from typing import Any

from mocks.loymax.call import Call
from mocks.loymax.envelope import Answer, Refused
from mocks.loymax.programme import BONUS, LEGAL, PARTNER_UID, RUB
from mocks.loymax.wire import paged

_PROGRAMME = {
    "externalId": "20000000-0000-4000-8000-000000000001",
    "description": None,
    "paymentSystemId": 1,
    "images": None,
    "id": 1,
    "name": "Default",
}


def legals(call: Call) -> Answer:
    """GET deposit/legals."""
    return Answer(paged(call.query, [LEGAL]))


def currencies(call: Call) -> Answer:
    """GET currency."""
    return Answer(paged(call.query, [BONUS, RUB, *call.installation.programme.currencies.values()]))


def programmes(call: Call) -> Answer:
    """GET LoyaltyPrograms."""
    return Answer(paged(call.query, [_PROGRAMME]))


def partners(call: Call) -> Answer:
    """GET partners."""
    partner: dict[str, Any] = {
        "id": 2,
        "externalId": PARTNER_UID,
        "name": "Лавка",
        "canEdit": True,
        "loyaltyPrograms": [{"id": 1, "name": "Default"}],
        "legalName": None,
    }
    return Answer(paged(call.query, [partner]))


def life_times(call: Call) -> Answer:
    """GET lifeTimeDefinitions."""
    rows = [
        {
            "id": one.id,
            "activationDelay": one.activation_min,
            "expirationDelay": one.expiration_min,
        }
        for one in call.installation.settings.life_times
    ]
    return Answer(paged(call.query, rows))


def pay_types(call: Call) -> Answer:
    """GET payType: the logical names that ``pays`` may use."""
    rows = [
        {"id": place, "logicalName": name, "name": name, "isArchived": False}
        for place, name in enumerate(call.installation.settings.pay_types, start=1)
    ]
    return Answer(paged(call.query, rows))


def application_secret(call: Call) -> Answer:
    """GET OAuth/Applications/{id}/Secret; the id is the client id here."""
    for one in call.installation.settings.applications:
        if one.client_id == call.path["id"]:
            return Answer(one.secret)
    raise Refused(text="Приложение не найдено")


def devices(call: Call) -> Answer:
    """GET partners/{partnerId}/oauth/devices: the registers that may be bound."""
    rows = [
        {"id": place, "code": one.code, "name": one.code}
        for place, one in enumerate(call.installation.settings.devices, start=1)
    ]
    return Answer(paged(call.query, rows))


def payment_limit(call: Call) -> Answer:
    """GET partners/{partnerId}/paymentLimit: from which sum a phone needs a code (8.6)."""
    over = call.installation.settings.payment_code_over
    return Answer(
        [
            {
                "identifierType": "Phone",
                "maximumAmountPaymentLimitEnabled": False,
                "maximumAmountPaymentLimit": 0.0,
                "paymentConfirmCodeVerificationEnabled": bool(over),
                "paymentConfirmCodeVerificationAmount": float(over),
            }
        ]
    )
