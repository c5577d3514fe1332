"""Case: one observation with its entity, inside a transaction: what is stored and told of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gateway.canonical import OF_CUSTOMER, Kind
from gateway.canonical.paths import Fields, item_path, known
from gateway.ports import AwaitedBuyer, DeadLetter, EntityRow, LinkRow
from gateway.sync.hands import Hands
from gateway.sync.incoming import Incoming
from gateway.sync.merge import Decision, Merged, same
from gateway.sync.working_set import WorkingSet

_JOURNAL_PATHS = 40
_PERSONAL_KEYS = frozenset({"phones", "emails", "cards", "discounts", "attributes"})


@dataclass(frozen=True, slots=True)
class Case:
    """One observation with its entity, inside a transaction.

    ``record_of`` is the entity to which the record at the source is linked: the same, unless that
    one was absorbed by ``entity_id``. ``hands`` know who may have a card.
    """

    work: WorkingSet
    item: Incoming
    entity_id: str
    how: str
    customer_id: str | None
    record_of: str
    hands: Hands | None = None

    def entity(self) -> EntityRow | None:
        """Return the snapshot as it is in the working set."""
        return self.work.entities.get(self.entity_id)

    def link(self) -> LinkRow:
        """Return the link to the source, an empty one at first sight."""
        key = (self.record_of, self.item.account)
        external_id = self.item.observed.external_id
        return self.work.links.get(key) or LinkRow(
            self.record_of, self.item.kind, self.item.account, external_id, {}
        )

    def bind_customer(self, merged: Merged) -> bool:
        """Bind an order to its customer once; return True when that changed the snapshot."""
        if self.customer_id is None or not same(merged.fields.get("customer_id"), None):
            return False
        merged.fields["customer_id"] = self.customer_id
        return True

    def await_buyer(self, merged: Merged) -> None:
        """Note that an order or a card names somebody of its account who was not seen yet."""
        external_id = self.item.observed.customer_external_id
        is_known = self.customer_id is not None or merged.fields.get("customer_id")
        if self.item.kind not in OF_CUSTOMER or not external_id or is_known:
            return
        self.work.tx.await_buyers(
            [
                AwaitedBuyer(
                    self.item.account, external_id, self.entity_id, self.item.kind, self.work.now
                )
            ]
        )

    def store_entity(self, merged: Merged, spoken_fields: Fields) -> None:
        """Put the next version of the snapshot; ``spoken_fields`` is what the source said."""
        entity, now = self.entity(), self.work.now
        row = EntityRow(
            id=self.entity_id,
            kind=self.item.kind,
            version=entity.version + 1 if entity else 1,
            fields=known(merged.fields),
            origins=merged.origins,
            created_at=entity.created_at if entity else now,
            changed_at=now,
        )
        if row.fields == spoken_fields:
            row.remember(self.item.observed.entity)
        self.work.put_entity(row)

    def give_card(self, merged: Merged) -> str | None:
        """Put the card of an order or of the directory into its customer's hands (B3, B4).

        Returns the customer's id when that is news, so that the accounts can be told. A card that
        is somebody else's stays with him.
        """
        name = "number" if self.item.kind is Kind.CARD else "card_number"
        number, customer_id = merged.fields.get(name), merged.fields.get("customer_id")
        if self.item.kind not in OF_CUSTOMER or not number or not customer_id:
            return None
        self.work.load([str(customer_id)])
        customer = self.work.entities.get(str(customer_id))
        marker = item_path("cards", str(number))
        if customer is None or marker in customer.fields:
            return None
        if self.hands is not None and not self.hands.take(self.item, str(number), customer.id):
            return None
        customer = self.work.entities[customer.id]
        self.work.put_entity(
            replace(
                customer,
                fields={**customer.fields, marker: True},
                origins={**customer.origins, marker: (self.item.account, self._changed_at())},
                version=customer.version + 1,
                changed_at=self.work.now,
            )
        )
        about = (customer.id, Kind.CUSTOMER)
        self.work.tell(
            about, self.item.account, "received", "merged", self.item.correlation_id,
            via=str(self.item.kind), of=self.entity_id, fields=[{"field": "cards", "taken": True}],
        )  # fmt: skip
        return customer.id

    def _changed_at(self) -> str:
        return (self.item.observed.changed_at or self.work.now).isoformat()

    def store_link(self, merged: Merged) -> None:
        """Note what the source holds now."""
        link, observed = self.link(), self.item.observed
        fresh = replace(
            link,
            external_id=observed.external_id,
            known=merged.known,
            inflight=() if self.item.settles else link.inflight,
            version=observed.version or link.version,
            # The mark of now, not of the reading: one that overlapped with this one is older or
            # newer, nobody knows, and is made again.
            told_mark=self.work.mark,
            keyed=link.keyed or observed.key is not None,
            sequence=max(link.sequence, observed.sequence or 0),
        )
        if fresh != link or self.how != "link":
            self.work.put_link(fresh)

    def tell(self, outcome: str, **detail: object) -> None:
        """Add a sentence about this observation to the entity's story."""
        observed = self.item.observed
        common: dict[str, object] = {
            "external_id": observed.external_id,
            "via": self.item.event,
            "changed_at": observed.changed_at.isoformat() if observed.changed_at else "",
        }
        if observed.remarks:
            common["remarks"] = "; ".join(observed.remarks)
        about = (self.entity_id, self.item.kind)
        self.work.tell(
            about, self.item.account, "received", outcome, self.item.correlation_id,
            **common, **detail,
        )  # fmt: skip

    def tell_story(self, merged: Merged, *, created: bool) -> None:
        """Write what became of the observation, field by field, without values."""
        if not merged.decisions and not created:
            self.tell("unchanged")
            return
        outcome = "created" if created else "merged" if merged.taken else "refused"
        self.tell(
            outcome,
            matched_by=self.how,
            fields=[_sentence(decision) for decision in merged.decisions[:_JOURNAL_PATHS]],
            more=max(0, len(merged.decisions) - _JOURNAL_PATHS),
        )

    def ask_a_human(self, merged: Merged, letter_id: str) -> None:
        """Open a letter for fields whose rule is that a human decides."""
        entity, now = self.entity(), self.work.now
        letter = DeadLetter(
            id=letter_id,
            source="conflict",
            subject=self.entity_id,
            kind=self.item.kind,
            account=self.item.account,
            state="open",
            cause_code="needs_a_decision",
            cause=f"Two systems changed the same field: {', '.join(sorted(merged.disputed))}.",
            remedy="Choose the value: `gateway dead edit ID --set FIELD=VALUE`.",
            attempts=1,
            version=entity.version if entity else 0,
            first_at=now,
            last_at=now,
            correlation_id=self.item.correlation_id,
            request=merged.disputed,
        )
        self.work.tx.put_dead([letter])


def _sentence(decision: Decision) -> dict[str, object]:
    """Tell one decision. Keys of phones, e-mails and cards are personal and stay out."""
    name, _, rest = decision.path.partition("/")
    shown = name if name in _PERSONAL_KEYS else f"{name}/{rest}" if rest else name
    return {
        "field": shown,
        "rule": decision.rule,
        "taken": decision.taken,
        **({"conflict": True} if decision.conflict else {}),
        **({"why": decision.reason} if decision.reason else {}),
    }
