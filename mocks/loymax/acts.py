"""What people do at the installation without the API: tills sell, operators change (side door)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from mocks.loymax import deposits
from mocks.loymax.account import Lot
from mocks.loymax.actions import set_all_consents
from mocks.loymax.clock import moment
from mocks.loymax.coupons import made
from mocks.loymax.history import reward_row, settle, withdraw_row
from mocks.loymax.people import Contact
from mocks.loymax.purchase import Line, Operation, Outcome
from mocks.loymax.seeding import change_rules, given_to
from mocks.sidedoor import SideDoorRefused

if TYPE_CHECKING:
    from mocks.loymax.call import Services
    from mocks.loymax.people import Person

Act = Callable[["Services", Mapping[str, Any]], dict[str, Any]]


def act(services: Services, body: Mapping[str, Any]) -> dict[str, Any]:
    """Do one action.

    Raises:
        SideDoorRefused: no such action, customer or card, or the processing refuses the sale.
    """
    does = _ACTS.get(str(body.get("action")))
    if does is None:
        msg = f"no action is called {body.get('action')}; known are {', '.join(sorted(_ACTS))}"
        raise SideDoorRefused(msg)
    return does(services, body)


def _person(services: Services, body: Mapping[str, Any]) -> Person:
    """Find a customer by ``id``, ``phone``, ``card``, ``email`` or ``uid``."""
    installation = services.installation
    if "id" in body:
        found = installation.persons.get(int(body["id"]))
    else:
        names = ("phone", "card", "email", "uid")
        login = next((str(body[name]) for name in names if body.get(name)), "")
        found = installation.by_login(login)
    if found is None:
        msg = "no such customer; name one by id, phone, card, email or uid"
        raise SideDoorRefused(msg)
    settle(installation, found)
    return found


def _edit(services: Services, body: Mapping[str, Any]) -> dict[str, Any]:
    installation, person = services.installation, _person(services, body)
    change = body.get("change", {})
    now = installation.clock.now()
    by_name = {one.logical_name: one for one in installation.programme.questions.values()}
    for name, value in change.get("answers", {}).items():
        person.answers[by_name[name].id] = given_to(by_name[name], value)
    for name, value in change.get("attributes", {}).items():
        person.attributes[name] = (installation.count.number("value"), str(value))
    if "phone" in change:
        installation.set_phone(person, Contact(change["phone"], now, "Operator"))
    if "email" in change:
        installation.set_email(person, Contact(change["email"], now, "Operator"))
    if "state" in change:
        person.state = change["state"]
    if "consents" in change:
        set_all_consents(installation, person, is_on=bool(change["consents"]))
    if "registrationBlocked" in change:
        person.is_registration_blocked = bool(change["registrationBlocked"])
    if "accountBlocked" in change:
        person.account.is_blocked = bool(change["accountBlocked"])
    return {"id": person.id}


def _credit(services: Services, body: Mapping[str, Any]) -> dict[str, Any]:
    installation, person = services.installation, _person(services, body)
    amount, text = Decimal(str(body["amount"])), str(body.get("description", ""))
    dates = {name: moment(body[name]) for name in ("activates", "expires") if body.get(name)}
    person.account.credit(Lot(amount, dates.get("activates"), dates.get("expires")))
    row = reward_row(installation, person, amount, text)
    return {"id": person.id, "historyId": row.id}


def _withdraw(services: Services, body: Mapping[str, Any]) -> dict[str, Any]:
    installation, person = services.installation, _person(services, body)
    amount, text = Decimal(str(body["amount"])), str(body.get("description", ""))
    person.account.withdraw(amount, installation.clock.now())
    person.account.paid += amount
    row = withdraw_row(installation, person, amount, text)
    return {"id": person.id, "historyId": row.id}


def _block_card(services: Services, body: Mapping[str, Any]) -> dict[str, Any]:
    card = services.installation.card(str(body["number"]))
    if card is None:
        msg = "no such card"
        raise SideDoorRefused(msg)
    card.is_blocked = bool(body.get("block", True))
    card.state = body.get("state", card.state)
    return {"id": card.id}


def _lines(rows: Any) -> list[Line]:
    return [
        Line(
            int(row.get("position", place)),
            row.get("goodsId"),
            row.get("barcode"),
            row.get("name"),
            Decimal(str(row.get("quantity", 1))),
            Decimal(str(row["amount"])),
        )
        for place, row in enumerate(rows, start=1)
    ]


class _Till:
    """A till that sells through the processing, one operation after the other."""

    def __init__(self, services: Services, body: Mapping[str, Any]) -> None:
        self._services = services
        self._body = body
        self._person = _person(services, body)
        now = services.installation.clock.now()
        self.at = moment(body["at"]) if "at" in body else now
        self.device = str(body.get("device", "till-1"))
        self.purchase_id = str(body.get("purchaseId") or services.installation.count.secret())

    def run(self, kind: str, **what: Any) -> Outcome:
        """Run one operation.

        Raises:
            SideDoorRefused: the processing refuses it.
        """
        outcome = self._services.processing.run(
            Operation(
                kind,
                self.device,
                f"{self.purchase_id}-{kind}",
                self.at,
                self.purchase_id,
                person=self._person,
                card=self._services.installation.card(str(self._body.get("card", ""))),
                number=str(self._body.get("number", "1")),
                time=self.at,
                **what,
            )
        )
        if outcome.code != "Ok":
            msg = f"the processing refuses {kind}: {outcome.code}"
            raise SideDoorRefused(msg)
        return outcome


def _sell(services: Services, body: Mapping[str, Any]) -> dict[str, Any]:
    till = _Till(services, body)
    coupons = [str(one) for one in body.get("coupons", ())]
    reduced = till.run("calculate", lines=_lines(body["lines"]), coupons=coupons).lines or []
    sold = [Line(x.position, x.goods_id, x.barcode, x.name, x.quantity, x.amount) for x in reduced]
    pay = Decimal(str(body.get("pay", 0)))
    if pay:
        till.run("payment", lines=sold, amount=pay)
    accrued = till.run("bonus", lines=sold, pays=["Cash"]).lines or []
    if body.get("confirm", True):
        till.run("confirm")
    return {
        "purchaseId": till.purchase_id,
        "amount": float(sum(line.amount for line in sold)),
        "cashback": float(sum(line.cashback for line in accrued)),
    }


def _take_back(services: Services, body: Mapping[str, Any]) -> dict[str, Any]:
    till = _Till(services, body)
    refunded = str(body["refundPurchaseId"])
    outcome = till.run("refund", lines=_lines(body["lines"]), refunded=refunded)
    if body.get("confirm", True) and services.installation.settings.refund_needs_confirm == "yes":
        till.run("confirm")
    return {"purchaseId": till.purchase_id, "bonusAmount": float(outcome.extra["bonusAmount"])}


def _issue_coupon(services: Services, body: Mapping[str, Any]) -> dict[str, Any]:
    installation, person = services.installation, _person(services, body)
    coupon = made(installation, installation.emissions[int(body["emission"])], person)
    return {"id": coupon.id, "code": coupon.code}


def _rules(services: Services, body: Mapping[str, Any]) -> dict[str, Any]:
    change_rules(services.installation, body.get("rules", {}))
    return {}


def _expire_tokens(services: Services, body: Mapping[str, Any]) -> dict[str, Any]:
    del body
    return {"expired": services.tokens.expire()}


def _fail(services: Services, body: Mapping[str, Any]) -> dict[str, Any]:
    services.installation.fail_next = int(body.get("times", 1))
    return {"times": services.installation.fail_next}


def _refuse(services: Services, body: Mapping[str, Any]) -> dict[str, Any]:
    code = str(body.get("code", "PurchaseOperationConflict"))
    times = int(body.get("times", 1))
    services.installation.processing_refusals.extend([(code, "")] * times)
    return {"times": times}


def _process(services: Services, body: Mapping[str, Any]) -> dict[str, Any]:
    del body
    waiting = list(services.installation.waiting)
    for batch in waiting:
        deposits.process(services.installation, batch)
    return {"processed": len(waiting)}


_ACTS: dict[str, Act] = {
    "customer.edit": _edit,
    "points.credit": _credit,
    "points.withdraw": _withdraw,
    "card.block": _block_card,
    "till.sell": _sell,
    "till.refund": _take_back,
    "coupon.issue": _issue_coupon,
    "rules": _rules,
    "tokens.expire": _expire_tokens,
    "api.fail": _fail,
    "processing.refuse": _refuse,
    "deposits.process": _process,
}
