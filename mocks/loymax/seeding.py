"""Bulk load of the installation's initial state; no codes are sent and no tokens issued."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from mocks.loymax.account import Account, Lot
from mocks.loymax.clock import moment
from mocks.loymax.history import reward_row, withdraw_row
from mocks.loymax.people import CHANNELS, Contact, Coupon, Emission, Given
from mocks.loymax.programme import BONUS, Attribute, Offer, Question, Subscription
from mocks.sidedoor import SideDoorRefused

if TYPE_CHECKING:
    from datetime import datetime

    from mocks.loymax.installation import Installation
    from mocks.loymax.people import Person

_PARTS = (
    "rules",
    "currencies",
    "goods",
    "questions",
    "attributes",
    "subscriptions",
    "contents",
    "statuses",
    "counters",
    "emissions",
    "customers",
    "cards",
    "coupons",
)


def seed(installation: Installation, body: Mapping[str, Any]) -> dict[str, Any]:
    """Load what ``body`` holds and return the ids of customers, cards and coupons.

    Raises:
        SideDoorRefused: an unknown part.
        KeyError, ValueError: a row without a needed field, or with a wrong one.
    """
    unknown = sorted(set(body) - set(_PARTS))
    if unknown:
        msg = f"no part is called {unknown[0]}; known are {', '.join(_PARTS)}"
        raise SideDoorRefused(msg)
    _load_programme(installation, body)
    for row in body.get("emissions", ()):
        installation.emissions[row["id"]] = Emission(
            row["id"],
            row.get("uid") or installation.count.guid(),
            row["title"],
            row.get("description"),
            row.get("prefix", "CPN"),
            _date(row.get("expires")),
        )
    persons = [_customer(installation, row) for row in body.get("customers", ())]
    cards = [_card(installation, row) for row in body.get("cards", ())]
    coupons = [_coupon(installation, row) for row in body.get("coupons", ())]
    return {"customerIds": persons, "cardIds": cards, "couponIds": coupons}


def _date(text: str | None) -> datetime | None:
    return None if text is None else moment(text)


def _load_programme(installation: Installation, body: Mapping[str, Any]) -> None:
    programme = installation.programme
    change_rules(installation, body.get("rules", {}))
    for row in body.get("goods", ()):
        for name in (row.get("goodsId"), row.get("barcode")):
            if name:
                programme.goods[name] = dict(row)
    for row in body.get("currencies", ()):
        programme.currencies[int(row["id"])] = _currency(row)
    for row in body.get("questions", ()):
        options = tuple((int(ident), str(text)) for ident, text in row.get("options", ()))
        programme.questions[row["id"]] = Question(
            row["id"],
            row["name"],
            row["logicalName"],
            row.get("questionType", "String"),
            bool(row.get("isRequired")),
            options,
            row.get("regexp"),
            row.get("regexpErrorMessage"),
            bool(row.get("isReadOnly")),
            bool(row.get("isMultiSelect")),
        )
    for row in body.get("attributes", ()):
        one = Attribute(row["id"], row["name"], row["logicalName"], row.get("type", "String"))
        programme.attributes[one.logical_name] = one
    programme.subscriptions += tuple(
        Subscription(row["typeId"], row["typeName"], row["externalId"], bool(row.get("readOnly")))
        for row in body.get("subscriptions", ())
    )
    programme.contents.extend(dict(row) for row in body.get("contents", ()))
    programme.statuses.extend(dict(row) for row in body.get("statuses", ()))
    for counter, values in body.get("counters", {}).items():
        programme.counters[int(counter)] = {
            int(person): Decimal(str(value)) for person, value in values.items()
        }


def _currency(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a further bonus currency; only its balance shows, nothing moves it (trap 7)."""
    names = {**BONUS["nameCases"], "abbreviation": row.get("abbreviation", "б2")}
    uid = row.get("uid") or f"1a000000-0000-4000-8000-{int(row['id']):012d}"
    return {
        **BONUS,
        "id": int(row["id"]),
        "name": row["name"],
        "code": row.get("code", f"Currency{row['id']}"),
        "uid": uid,
        "externalId": uid,
        "description": None,
        "nameCases": names,
    }


def change_rules(installation: Installation, body: Mapping[str, Any]) -> None:
    """Change what the programme computes with.

    Raises:
        SideDoorRefused: an unknown rule.
    """
    rules = installation.programme.rules
    for name, value in body.items():
        if name in {"accrual", "payment"}:
            setattr(rules, name, _offer(value, getattr(rules, name)))
        elif name == "discounts":
            rules.discounts = [_offer(row, None) for row in value]
        elif name in {"rate", "registration_bonus"}:
            setattr(rules, name, Decimal(str(value)))
        elif name in {"activation_days", "expiration_days"}:
            setattr(rules, name, value)
        else:
            msg = f"no rule is called {name}"
            raise SideDoorRefused(msg)


def _offer(row: Mapping[str, Any], base: Offer | None) -> Offer:
    ident = row.get("id", base.id if base is not None else 0)
    return Offer(
        int(ident),
        row.get("name") or (base.name if base is not None else f"Акция {ident}"),
        Decimal(str(row.get("percent", base.percent if base is not None else 0))),
        row.get("externalId") or f"1f000000-0000-4000-8000-{int(ident):012d}",
        row.get("versionId", 3),
        tuple(row.get("goods", ())),
        row.get("emission"),
    )


def _customer(installation: Installation, row: Mapping[str, Any]) -> int:
    person = installation.add_person(row.get("id"), row.get("uid"))
    if row.get("loginUid"):
        person.login_uid = row["loginUid"]
    person.created = _date(row.get("created")) or installation.clock.now()
    person.state = row.get("state", "Registered")
    is_member = person.state == "Registered"
    person.registered_at = _date(row.get("registered")) or (person.created if is_member else None)
    person.tender_at = _date(row.get("tender")) or person.registered_at
    if row.get("phone"):
        at = _date(row.get("phoneAttached")) or person.created
        installation.set_phone(person, Contact(row["phone"], at))
    if row.get("email"):
        at = _date(row.get("emailAttached")) or person.created
        installation.set_email(person, Contact(row["email"], at))
    person.password = row.get("password")
    person.is_registration_blocked = bool(row.get("registrationBlocked"))
    _profile(installation, person, row)
    _account(installation, person, row)
    return person.id


def _profile(installation: Installation, person: Person, row: Mapping[str, Any]) -> None:
    by_name = {one.logical_name: one for one in installation.programme.questions.values()}
    for name, value in row.get("answers", {}).items():
        person.answers[by_name[name].id] = given_to(by_name[name], value)
    for name, value in row.get("attributes", {}).items():
        person.attributes[name] = (installation.count.number("value"), str(value))
    for external_id, is_on in row.get("consents", {}).items():
        for one in installation.programme.subscriptions:
            if one.external_id == external_id:
                person.consents[one.id] = dict.fromkeys(CHANNELS, bool(is_on))
    person.has_answered_consents = bool(row.get("consents"))


def given_to(question: Question, value: object) -> Given:
    """Return an answer: the text of a choice, a list of several, or a text."""
    texts = value if isinstance(value, list) else [value]
    fixed = tuple(ident for ident, text in question.options if text in texts)
    return Given(None if fixed else str(value), fixed)


def _account(installation: Installation, person: Person, row: Mapping[str, Any]) -> None:
    account = person.account
    for lot in row.get("lots", ()):
        amount = Decimal(str(lot["amount"]))
        account.credit(Lot(amount, _date(lot.get("activates")), _date(lot.get("expires"))))
    if "balance" in row:
        account.credit(Lot(Decimal(str(row["balance"]))))
    for ident, amount in row.get("otherBalances", {}).items():
        currency = installation.programme.currencies[int(ident)]
        person.others[currency["id"]] = Account(lots=[Lot(Decimal(str(amount)))])
    for name in ("accumulated", "paid"):
        if name in row:
            setattr(account, name, Decimal(str(row[name])))
    for one in row.get("history", ()):
        amount, at = Decimal(str(one["amount"])), _date(one.get("at"))
        if amount < 0:
            withdraw_row(installation, person, -amount, one.get("description", ""), at=at)
        else:
            offer = one.get("offer")
            reward_row(installation, person, amount, one.get("description", ""), offer=offer, at=at)


def _card(installation: Installation, row: Mapping[str, Any]) -> int:
    card = installation.add_card(
        row["number"],
        ident=row.get("id"),
        category=row.get("category", "PlasticCard"),
        state=row.get("state", "Activated"),
        is_blocked=bool(row.get("block")),
        owner=row.get("owner"),
        cvc=row.get("cvc"),
        password=row.get("password"),
    )
    return card.id


def _coupon(installation: Installation, row: Mapping[str, Any]) -> int:
    now = installation.clock.now()
    ident = row.get("id")
    coupon = Coupon(
        installation.count.number("coupon") if ident is None else ident,
        row["code"],
        row["emission"],
        _date(row.get("created")) or now,
        _date(row.get("updated")) or now,
        _date(row.get("activated")),
        _date(row.get("expires")),
        row.get("state", "Issued"),
        row.get("owner"),
    )
    return installation.add_coupon(coupon).id
