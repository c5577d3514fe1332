"""People: buyers at the site, operators of the CRM and cashiers live through the day."""

from __future__ import annotations

import asyncio
import heapq
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from gateway.demo.day import SITE, Day, Placed, Step, card_number
from gateway.demo.doubles import ActRefused, Door
from gateway.demo.facts import CRM_STATUS, Facts

_TRY_AGAIN_S = 0.5
_TRY_AGAIN_MOST_S = 4.0
_PAYMENT_CARD = 2


class DayStuck(Exception):
    """An operator waited in vain for a record: it never arrived where it should be."""


@dataclass(slots=True)
class People:
    """Walks through the steps of a day of ``length_s`` seconds.

    Units: ``give_up_s`` seconds after the day in which no step at all becomes possible.
    """

    day: Day
    facts: Facts
    site: Door
    crm: Door
    erp: Door
    length_s: float
    on_step: Callable[[Step], None]
    give_up_s: float = 240.0
    _moved_at: float = 0.0

    async def live(self) -> None:
        """Do all steps, each side in the order of its own time."""
        started = asyncio.get_running_loop().time()
        await asyncio.gather(
            *(
                self._act_through(
                    [step for step in self.day.steps if (step.actor == SITE) is at_site], started
                )
                for at_site in (True, False)
            )
        )

    async def _act_through(self, steps: list[Step], started: float) -> None:
        """Do one side's steps when their time comes; what is not possible yet is tried again later.

        A step waits for an earlier one about the same customer or order: nobody delivers what is
        not packed, however late the order came.
        """
        loop = asyncio.get_running_loop()
        todo: dict[tuple[str, int], deque[Step]] = defaultdict(deque)
        for step in steps:
            todo[step.subject].append(step)
        order = count()
        queue = [
            (started + own[0].at * self.length_s, next(order), subject, _TRY_AGAIN_S)
            for subject, own in todo.items()
        ]
        heapq.heapify(queue)
        while queue:
            at, _, subject, pause_s = heapq.heappop(queue)
            await asyncio.sleep(max(0.0, at - loop.time()))
            step = todo[subject][0]
            try:
                await self._do(step)
            except ActRefused as refusal:
                if loop.time() - max(started + self.length_s, self._moved_at) > self.give_up_s:
                    msg = f"{step.what} of {step.actor} is still impossible: {refusal}"
                    raise DayStuck(msg) from refusal
                later = min(2 * pause_s, _TRY_AGAIN_MOST_S)
                heapq.heappush(queue, (loop.time() + pause_s, next(order), subject, later))
                continue
            todo[subject].popleft()
            self._moved_at = loop.time()
            self.on_step(step)
            if todo[subject]:
                due = started + todo[subject][0].at * self.length_s
                at = max(due, loop.time() + _TRY_AGAIN_S)
                heapq.heappush(queue, (at, next(order), subject, _TRY_AGAIN_S))

    async def _do(self, step: Step) -> None:
        name = f"_{step.actor}_{step.what.replace('.', '_')}"
        await getattr(self, name)(step)

    async def _site_customer_register(self, step: Step) -> None:
        person = self.day.people[step.key]
        answer = await self.site.act(
            "customer.register", last_name=person.last, name=person.first,
            second_name=person.patronymic, gender=person.gender, birthday=person.birth_date,
            phone=person.typed_phone, email=person.email,
        )  # fmt: skip
        self.facts.site_users[step.key] = answer["id"]
        self.facts.registered(step.key)

    async def _crm_customer_register(self, step: Step) -> None:
        person = self.day.people[step.key]
        customer = {
            "lastName": person.last, "firstName": person.first, "patronymic": person.patronymic,
            "sex": "female" if person.gender == "F" else "male", "birthday": person.birth_date,
            "phones": [{"number": person.typed_phone}], "email": person.email,
        }  # fmt: skip
        await self.crm.act("customer.create", customer=customer)
        self.facts.registered(step.key)

    async def _site_customer_edit(self, step: Step) -> None:
        names = {"patronymic": "second_name", "first": "name", "birth_date": "birthday"}
        fields = {names[name]: value for name, value in step.values.items()}
        await self.site.act("customer.edit", email=self._email(step.key), fields=fields)
        self.facts.edited(step.key, step.values)

    async def _crm_customer_edit(self, step: Step) -> None:
        names = {"patronymic": "patronymic", "first": "firstName", "birth_date": "birthday"}
        fields = {names[name]: value for name, value in step.values.items()}
        await self.crm.act("customer.edit", email=self._email(step.key), customer=fields)
        self.facts.edited(step.key, step.values)

    async def _till_card_issue(self, step: Step) -> None:
        number = card_number(step.key)
        await self.erp.act("card.issue", barcode=number)
        self.facts.cards[number].append(True)

    async def _till_card_annul(self, step: Step) -> None:
        number = card_number(step.key)
        await self.erp.act("card.annul", barcode=number)
        self.facts.cards[number].append(False)

    def _email(self, key: int) -> str:
        """Return what a customer is found by in a system where he did not register himself."""
        return self.day.people[key].email

    async def _site_order_place(self, step: Step) -> None:
        order = self.day.orders[step.key]
        user = self.facts.site_users.get(order.person)
        if user is None:
            msg = f"customer {order.person} has not registered yet"
            raise ActRefused(msg)
        answer = await self.site.act("order.place", customer_id=user, **_checkout(order))
        self.facts.site_orders[step.key] = answer
        self.facts.placed(order, str(answer["account_number"]))

    async def _site_order_pay(self, step: Step) -> None:
        order = self.facts.site_orders.get(step.key)
        if order is None:
            msg = f"order {step.key} is not placed yet"
            raise ActRefused(msg)
        await self.site.act("order.pay", order_id=order["id"])
        self.facts.changed(step.key, "paid", value=True)

    def _number(self, key: int) -> str:
        number = self.facts.numbers.get(key)
        if number is None:
            msg = f"order {key} is not placed yet"
            raise ActRefused(msg)
        return number

    async def _crm_order_status(self, step: Step) -> None:
        status = step.values["status"]
        await self.crm.act("order.status", number=self._number(step.key), status=CRM_STATUS[status])
        self.facts.changed(step.key, "status", status)

    async def _crm_order_comment(self, step: Step) -> None:
        text = step.values["text"]
        await self.crm.act(
            "order.edit", number=self._number(step.key), order={"managerComment": text}
        )
        self.facts.changed(step.key, "manager_comment", text)

    async def _crm_order_quantity(self, step: Step) -> None:
        product, quantity = step.values["product"], step.values["quantity"]
        change = {"offer": {"externalId": str(product)}, "quantity": quantity}
        await self.crm.act("order.edit", number=self._number(step.key), items={"change": [change]})
        self.facts.changed(step.key, f"line:{product}:quantity", quantity)


def _checkout(order: Placed) -> dict[str, object]:
    """Return the checkout form of an order."""
    items = [
        {
            "product_id": line.product,
            "name": line.name,
            "quantity": line.quantity,
            "base_price": str(line.base),
            "price": str(line.price),
            "discount_price": str(line.base - line.price),
            **({"coupon": order.coupon, "discount_name": "Промокод"} if order.coupon else {}),
        }
        for line in order.lines
    ]
    form: dict[str, object] = {
        "items": items,
        "comment": order.comment,
        "payments": [{"pay_system_id": _PAYMENT_CARD, "paid": "Y" if order.paid else "N"}],
    }
    if order.coupon:
        form["coupon"] = order.coupon
    if order.card:
        form["card"] = order.card
    return form
