"""What people do inside Mindbox: marketing, support, scenarios (the side door's ``act``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mocks.mindbox import customers as finding
from mocks.mindbox import inspection
from mocks.mindbox.balance_calls import credit
from mocks.mindbox.call import Call, Operation
from mocks.mindbox.clock import read, write
from mocks.mindbox.customer import Customer
from mocks.mindbox.customers import existing, fill
from mocks.mindbox.gate import Gate
from mocks.mindbox.merging import merge_customers
from mocks.mindbox.order import existing as existing_order
from mocks.mindbox.order_status import set_status
from mocks.mindbox.project import Project
from mocks.mindbox.reading import Json, hundredths, node, text
from mocks.mindbox.runner import Runner
from mocks.mindbox.webhooks import WebhookSender
from mocks.sidedoor import SideDoorRefused


class Office:
    """The people of the project, each deed by its name."""

    def __init__(self, project: Project, runner: Runner, sender: WebhookSender, gate: Gate) -> None:
        """Work on one project."""
        self._project = project
        self._runner = runner
        self._sender = sender
        self._gate = gate
        self._deeds: Mapping[str, Callable[[Json], Json]] = {
            "customer.edit": self._edit,
            "customer.merge": self._merge,
            "customer.unsubscribe": self._unsubscribe,
            "customer.segment": self._segment,
            "balance.credit": self._credit,
            "order.rate": self._rate,
            "order.status": self._order_status,
            "mailing.send": self._mail,
            "promoCode.block": self._block_code,
            "card.status": self._card,
            "giftCard.status": self._gift_card,
            "export.cancel": self._cancel_export,
            "promotion.stop": self._stop_promotion,
            "webhook.fire": self._fire,
            "clock.freeze": self._freeze,
            "clock.advance": self._advance,
            "async.drain": self._drain,
        }

    def act(self, sent: Mapping[str, Any]) -> Json:
        """Do one deed.

        Raises:
            SideDoorRefused: nobody does such a thing.
        """
        name = str(sent.get("action", ""))
        deed = self._deeds.get(name)
        if deed is None:
            msg = f"no action is called {name}; known are {', '.join(sorted(self._deeds))}"
            raise SideDoorRefused(msg)
        found = deed(dict(sent))
        self._sender.flush()
        return found

    def inspect(self, sent: Mapping[str, Any]) -> Json:
        """Show one part of the state: ``what`` and, for customers and orders, ``keys``.

        Raises:
            SideDoorRefused: no part is called so.
        """
        project = self._project
        parts: Mapping[str, Callable[[], Any]] = {
            "customers": lambda: inspection.customers(project, node(dict(sent), "keys")),
            "orders": lambda: inspection.orders(project, node(dict(sent), "keys")),
            "lists": lambda: inspection.lists(project),
            "messages": lambda: inspection.messages(project),
            "promoCodes": lambda: inspection.promo_codes(project),
            "jobs": lambda: [job.as_json() for job in self._gate.imports.jobs],
            "operationLog": lambda: self._runner.log,
            "operations": lambda: self._gate.registry.names(project.settings),
            "webhooks": self._sender.state,
            "pending": lambda: self._runner.pending,
        }
        what = str(sent.get("what", ""))
        if what not in parts:
            msg = f"no part is called {what}; known are {', '.join(sorted(parts))}"
            raise SideDoorRefused(msg)
        return {what: parts[what]()}

    def _customer(self, sent: Json) -> Customer:
        return existing(self._project, node(sent, "customer"))

    def _edit(self, sent: Json) -> Json:
        customer, fields = self._customer(sent), node(sent, "fields")
        # An operator's change of a contact needs no confirmation by the customer.
        for name, contact in (("mobilePhone", customer.phone), ("email", customer.email)):
            if text(fields.get(name)) not in {"", contact.value}:
                contact.is_confirmed = False
        changed = fill(self._project, customer, fields)
        if changed:
            self._project.act("RedaktirovanieKlienta", customer.id)
            self._project.tell("customerEdited", customer=customer)
        return {"customerId": customer.id, "changed": changed}

    def _merge(self, sent: Json) -> Json:
        winner = self._customer(sent)
        losers = [existing(self._project, one) for one in sent["others"]]
        merge_customers(self._project, winner, [one for one in losers if one is not winner])
        return {"customerId": winner.id}

    def _unsubscribe(self, sent: Json) -> Json:
        customer = self._customer(sent)
        rows = [
            {
                "pointOfContact": sent.get("channel", "Email"),
                "topic": sent.get("topic", ""),
                "isSubscribed": False,
            }
        ]
        changed = finding.subscribe(self._project, customer, rows)
        if changed:
            customer.changed = self._project.now()
            self._project.act("Podpiska", customer.id)
            self._project.tell("subscriptionChanged", customer=customer)
        return {"customerId": customer.id, "changed": changed}

    def _segment(self, sent: Json) -> Json:
        customer = self._customer(sent)
        segmentation, segment = str(sent["segmentation"]), text(sent.get("segment"))
        self._project.segmentations.setdefault(segmentation, segmentation)
        if segment:
            customer.segments[segmentation] = segment
        else:
            customer.segments.pop(segmentation, None)
        customer.changed = self._project.now()
        return {"customerId": customer.id}

    def _credit(self, sent: Json) -> Json:
        customer = self._customer(sent)
        kind = self._project.balance_named(text(sent.get("balance")))
        if kind is None:
            msg = "balance: the project has no such account"
            raise SideDoorRefused(msg)
        expires, starts = text(sent.get("expires")), text(sent.get("availableFrom"))
        credit(
            self._project,
            customer,
            kind,
            amount=hundredths(sent["amount"], "amount"),
            comment=text(sent.get("comment")),
            expires=read(expires) if expires else None,
            available_from=read(starts) if starts else None,
        )
        return {"customerId": customer.id}

    def _rate(self, sent: Json) -> Json:
        order = existing_order(self._project, sent)
        customer = self._project.customers.get(order.customer_id or 0)
        rating = text(sent["rating"])
        details = {"rating": rating, "comment": text(sent.get("comment"))}
        if customer is not None:
            action = "OcenkaZakaza"
            self._project.act(action, customer.id, order_id=order.id, details=details)
        self._project.tell("orderRated", order=order, customer=customer, **details)
        return {"orderId": order.id}

    def _order_status(self, sent: Json) -> Json:
        """Change a status by hand; the keys are those of the operation (14.1)."""
        answer = set_status(Call(self._project, Operation("admin", "order.status"), sent))
        return {"order": answer.key}

    def _mail(self, sent: Json) -> Json:
        customer = self._customer(sent)
        channel = str(sent.get("channel", "Email"))
        self._project.send(customer, channel, str(sent["template"]))
        details = {"mailing": {"name": str(sent["template"]), "channel": channel}}
        self._project.act("Rassylka", customer.id, details=details)
        self._project.tell("mailingSent", customer=customer)
        return {"customerId": customer.id}

    def _block_code(self, sent: Json) -> Json:
        code = self._project.promo_codes[str(sent["code"])]
        code.blocked = None if sent.get("lift") else self._project.now()
        return {"code": code.value}

    def _card(self, sent: Json) -> Json:
        card = self._project.cards[str(sent["number"])]
        card.status = str(sent["status"])
        return {"number": card.number, "status": card.status}

    def _gift_card(self, sent: Json) -> Json:
        card = self._project.gift_cards[str(sent["number"])]
        card.status = str(sent["status"])
        return {"number": card.number, "status": card.status}

    def _cancel_export(self, sent: Json) -> Json:
        for export in self._project.exports:
            if export.id == sent["exportId"]:
                export.cancelled = text(sent.get("reason")) or "Превышен лимит ресурсов"
                return {"exportId": export.id}
        msg = "exportId: there is no such export"
        raise SideDoorRefused(msg)

    def _stop_promotion(self, sent: Json) -> Json:
        return {"stopped": self._project.promotions.pop(str(sent["externalId"])).name}

    def _fire(self, sent: Json) -> Json:
        wanted = str(sent["name"])
        for webhook in self._project.settings.webhooks:
            if webhook.get("name") == wanted:
                details: Json = {"customer": self._customer(sent)} if "customer" in sent else {}
                event = str(webhook.get("event", wanted))
                return {
                    "transactionalId": self._sender.start(webhook, event, details).transactional_id
                }
        msg = f"no webhook is called {wanted}"
        raise SideDoorRefused(msg)

    def _freeze(self, sent: Json) -> Json:
        self._project.clock.freeze(sent.get("at"))
        return {"now": write(self._project.now())}

    def _advance(self, sent: Json) -> Json:
        self._project.clock.advance(float(sent["seconds"]))
        return {"now": write(self._project.now())}

    def _drain(self, sent: Json) -> Json:
        del sent
        return {"executed": self._runner.drain()}
