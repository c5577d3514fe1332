"""Versions: one path per logical call and version (vendor reference, 12.1).

A call that is not in the table of differences has the same path in both versions.
"""

from __future__ import annotations

from enum import StrEnum


class Version(StrEnum):
    """The paths that an installation is spoken to by."""

    LEGACY = "legacy"
    V1_2 = "v1.2"


class Call(StrEnum):
    """Calls whose path differs between the versions."""

    BEGIN = "begin"
    FINISH_MEMBER = "finish_member"
    FINISH = "finish"
    ACTIONS_MEMBER = "actions_member"
    ACTIONS = "actions"
    CONFIRM_PHONE = "confirm_phone"
    ACCEPT_OFFER = "accept_offer"
    SET_PASSWORD = "set_password"  # noqa: S105 - the name of a call
    PHONE_STATE = "phone_state"
    CARD_BY_NUMBER = "card_by_number"
    COUPON = "coupon"
    SYSTEM = "system"


_PUBLIC = "publicapi"
_LEGACY = {
    Call.BEGIN: f"{_PUBLIC}/v1/Registration/BeginRegistration",
    Call.FINISH_MEMBER: f"{_PUBLIC}/v1/Registration/TryFinishRegistration",
    Call.ACTIONS_MEMBER: f"{_PUBLIC}/v1/User/Actions",
    Call.CONFIRM_PHONE: f"{_PUBLIC}/v1/User/PhoneNumber/Confirm",
    Call.ACCEPT_OFFER: f"{_PUBLIC}/v1/User/AcceptTenderOffer",
    Call.SET_PASSWORD: f"{_PUBLIC}/v1/User/Password/Set",
    Call.PHONE_STATE: f"{_PUBLIC}/v1/User/PhoneNumber/",
    Call.COUPON: f"{_PUBLIC}/v1.2/Coupons/{{id}}",
    Call.ACTIONS: "systemapi/api/Users/{id}/RequiredActions",
    Call.FINISH: "systemapi/api/Registration/TryFinishRegistration",
    Call.CARD_BY_NUMBER: "systemapi/api/Cards",
    Call.SYSTEM: "systemapi/api/{path}",
}
_NEW = {
    Call.BEGIN: f"{_PUBLIC}/v1.2/Registration/BeginRegistration",
    Call.FINISH_MEMBER: f"{_PUBLIC}/v1.2/Registration/TryFinishRegistration",
    Call.ACTIONS_MEMBER: f"{_PUBLIC}/v1.2/User/RegistrationActions",
    Call.CONFIRM_PHONE: f"{_PUBLIC}/v1.2/User/PhoneNumber/Confirm",
    Call.ACCEPT_OFFER: f"{_PUBLIC}/v1.2/User/AcceptTenderOffer",
    Call.SET_PASSWORD: f"{_PUBLIC}/v1.2/User/Password/Set",
    Call.PHONE_STATE: f"{_PUBLIC}/v1.2/User/PhoneNumber",
    Call.COUPON: f"{_PUBLIC}/v1.2/Coupons/number/{{id}}",
    Call.ACTIONS: "systemapi/v1.2/users/{id}/RegistrationActions",
    Call.FINISH: "systemapi/v1.2/Registration/TryFinishRegistrationCustomer",
    Call.CARD_BY_NUMBER: "systemapi/v1.2/Cards/ByCardNumber",
    Call.SYSTEM: "systemapi/v1.2/{path}",
}
_PATHS = {Version.LEGACY: _LEGACY, Version.V1_2: _NEW}


def path_of(version: Version, call: Call, **values: str) -> str:
    """Return the path of a call in a version."""
    return _PATHS[version][call].format(**values)


def public(path: str) -> str:
    """Return the path of a call of the Public API that both versions share."""
    return f"{_PUBLIC}/v1.2/{path}"
