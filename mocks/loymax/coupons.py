"""Handlers of coupons (reference, section 6.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mocks.loymax.account import Lot
from mocks.loymax.call import Call
from mocks.loymax.clock import iso
from mocks.loymax.envelope import Answer, Refused, required
from mocks.loymax.history import reward_row, withdraw_row
from mocks.loymax.money import ZERO, decimal
from mocks.loymax.people import Coupon
from mocks.loymax.programme import BONUS, money
from mocks.loymax.wire import needed, paged, text_of, whole_of

if TYPE_CHECKING:
    from mocks.loymax.installation import Installation
    from mocks.loymax.people import Emission, Person

_UNKNOWN = "Купон не найден или принадлежит другому клиенту."


def view(installation: Installation, coupon: Coupon) -> dict[str, Any]:
    """Return a coupon."""
    emission = installation.emissions[coupon.emission_id]
    return {
        "id": coupon.id,
        "code": coupon.code,
        "qrContent": f"https://demo.loymax.tech/join/{coupon.code}",
        "createDate": iso(coupon.created),
        "updateDate": iso(coupon.updated),
        "activationDate": iso(coupon.activated),
        "expiryDate": iso(coupon.expires),
        "couponState": state(installation, coupon),
        "emissionTitle": emission.title,
        "emissionId": emission.id,
        "emissionUid": emission.uid,
        "shortDescription": None,
        "description": emission.description,
        "imageFile": None,
    }


def state(installation: Installation, coupon: Coupon) -> str:
    """Return a coupon's state; an issued one expires by itself."""
    is_over = coupon.expires is not None and coupon.expires <= installation.clock.now()
    return "Expired" if is_over and coupon.state == "Issued" else coupon.state


def coupons(call: Call) -> Answer:
    """GET Coupons."""
    return _listed(call, call.person, "couponListFilter.")


def coupons_of_named(call: Call) -> Answer:
    """GET users/{id}/Coupons of the System API."""
    return _listed(call, call.member_named(), "filter.")


def _listed(call: Call, person: Person, prefix: str) -> Answer:
    installation, query = call.installation, call.query
    states = set(query.many(f"{prefix}couponStates"))
    emissions = set(query.many(f"{prefix}emissionIds"))
    number = query.text(f"{prefix}couponNumber")
    since = query.date(f"{prefix}changedStateDateFrom")
    until = query.date(f"{prefix}changedStateDateTo")
    rows = [
        view(installation, one)
        for one in installation.coupons.values()
        if one.owner == person.id
        and (not states or state(installation, one) in states)
        and (not emissions or str(one.emission_id) in emissions)
        and number in {None, one.code}
        and (since is None or one.updated >= since)
        and (until is None or one.updated <= until)
    ]
    return Answer(paged(query, rows), key=person.id)


def by_number(call: Call) -> Answer:
    """GET Coupons/number/{couponNumber}; older servers: Coupons/{couponNumber}."""
    return _one(call, call.installation.coupon(call.path["couponNumber"]))


def by_id(call: Call) -> Answer:
    """GET Coupons/{couponId}: the id, or on an older server the number."""
    mark, profile = call.path["couponId"], call.installation.settings.version_profile
    found = None
    if mark.isdecimal() and profile != "legacy":
        found = call.installation.coupons.get(int(mark))
    if found is None and profile != "v1.2":
        found = call.installation.coupon(mark)
    return _one(call, found)


def _one(call: Call, coupon: Coupon | None) -> Answer:
    if coupon is None or coupon.owner != call.person.id:
        raise Refused(text=_UNKNOWN)
    return Answer(view(call.installation, coupon), key=call.person.id)


def _emission(call: Call, ident: str | None) -> Emission:
    if ident is None:
        raise required(name="emissionId")
    found = call.installation.emissions.get(int(ident)) if ident.isdecimal() else None
    if found is None:
        raise Refused(text="Эмиссия купонов не найдена.")
    return found


def made(installation: Installation, emission: Emission, person: Person | None) -> Coupon:
    """Make a coupon of an emission: issued to a person, or created and free."""
    now, ident = installation.clock.now(), installation.count.number("coupon")
    return installation.add_coupon(
        Coupon(
            ident,
            f"{emission.prefix}{installation.count.code(8)}",
            emission.id,
            now,
            now,
            activated=now if person is not None else None,
            expires=emission.expires,
            state="Issued" if person is not None else "Created",
            owner=None if person is None else person.id,
        )
    )


def issue(call: Call) -> Answer:
    """POST Coupons/couponById: give the person a coupon, a free one of the emission first."""
    installation = call.installation
    query, body = call.query, call.body
    emission = _emission(call, query.text("emissionId") or text_of(body, "emissionId"))
    uid = query.text("personUid") or text_of(body, "personUid")
    number = query.text("personId") or text_of(body, "personId")
    person = installation.by_uid(uid) if uid is not None else None
    if person is None and number is not None and number.isdecimal():
        person = installation.persons.get(int(number))
    if person is None:
        raise Refused(text="Пользователь не найден.")
    coupon = next((one for one in installation.coupons.values() if _is_free(one, emission)), None)
    if coupon is None:
        coupon = made(installation, emission, person)
    else:
        now = installation.clock.now()
        coupon.owner, coupon.state = person.id, "Issued"
        coupon.activated = coupon.updated = now
    body_out = {"personId": person.id, "personUid": person.uid, "couponNumber": coupon.code}
    return Answer(body_out, key=person.id, effect="created")


def _is_free(coupon: Coupon, emission: Emission) -> bool:
    return coupon.emission_id == emission.id and coupon.owner is None and coupon.state == "Created"


def generate(call: Call) -> Answer:
    """POST Coupons/generate: free coupons."""
    emission = _emission(call, text_of(call.body, "emissionId"))
    count = whole_of(call.body, "couponsCount")
    rows = [made(call.installation, emission, None) for _ in range(count)]
    return Answer([view(call.installation, one) for one in rows], effect="created")


def cancel(call: Call) -> Answer:
    """POST Coupons/{couponId}/cancel."""
    mark = call.path["couponId"]
    coupon = call.installation.coupons.get(int(mark)) if mark.isdecimal() else None
    if coupon is None or coupon.owner != call.person.id or coupon.state != "Issued":
        raise Refused(text=_UNKNOWN)
    coupon.state, coupon.updated = "Rejected", call.installation.clock.now()
    return Answer(key=call.person.id, effect="changed")


def buy(call: Call) -> Answer:
    """POST Coupons/buy: pay for a coupon with bonuses; ``id`` is the emission's."""
    installation, person = call.installation, call.person
    emission = _emission(call, needed(call.body, "id"))
    price = decimal(call.body.get("amount"), "amount")
    now = installation.clock.now()
    if price <= 0 or price > person.account.balance(now):
        raise Refused(text="Недостаточно средств")
    person.account.withdraw(price, now)
    person.account.paid += price
    withdraw_row(installation, person, price, f"Покупка купона {emission.title}", kind="Withdraw")
    coupon = made(installation, emission, person)
    number = installation.count.number("transaction")
    installation.coupon_sales[number] = (person, price, coupon)
    body = {
        "id": number,
        "personId": person.id,
        "amount": [money(price, BONUS)],
    }
    return Answer(body, key=person.id, effect="created")


def refund(call: Call) -> Answer:
    """POST Coupons/refund: give the bonuses of an unused coupon back."""
    installation = call.installation
    number = whole_of(call.body, "transactionId")
    person, price, coupon = installation.coupon_sales.get(number, (None, ZERO, None))
    if person is not call.person or coupon is None or coupon.state != "Issued":
        raise Refused(text=_UNKNOWN)
    coupon.state, coupon.updated = "Rejected", installation.clock.now()
    call.person.account.give(Lot(price))
    call.person.account.paid -= price
    reward_row(installation, call.person, price, "Возврат купона")
    return Answer(key=call.person.id, effect="changed")


def emissions(call: Call) -> Answer:
    """GET CouponsEmissions."""
    rows = [_emission_view(one) for one in call.installation.emissions.values()]
    return Answer(paged(call.query, rows))


def emission(call: Call) -> Answer:
    """GET CouponsEmissions/{id}."""
    return Answer(_emission_view(_emission(call, call.path["id"])))


def _emission_view(one: Emission) -> dict[str, Any]:
    return {"id": one.id, "uid": one.uid, "title": one.title, "description": one.description}
