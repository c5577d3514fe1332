"""Holders: a card that was issued without a name finds its person when somebody orders (B4).

An order that names no buyer is matched by its phone first, else by its e-mail, else by the card
alone; the rules of identity refuse whoever contradicts. Whoever is found gets the card and the
contacts that nobody else has. Nobody is glued: a card of somebody who has a name stays with him,
and the two are written down as the scan would do it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gateway.canonical import Card, Customer, Kind, Order
from gateway.canonical.paths import item_path, spoken
from gateway.contract import Observed
from gateway.identity.matching.decide import Decision, Outcome
from gateway.identity.matching.intake import Intake, about, is_contrary
from gateway.identity.matching.persons import is_nameless, lacking_of, orderer
from gateway.identity.merging.pairs import are_two
from gateway.ports import EntityRow, Tx
from gateway.sync.apply import Applier
from gateway.sync.hands import Hands
from gateway.sync.incoming import Incoming
from gateway.sync.lookup import CARD, EMAIL, PHONE, look_up_values
from gateway.sync.merge import without_item
from gateway.sync.working_set import WorkingSet

BY_CARD = "card_order"
"""How what is learned from such an order came."""
_SORTS = {PHONE: "phones", EMAIL: "emails", CARD: "cards"}
_CARDS = "cards/"
NEW = "new"


@dataclass(frozen=True, slots=True)
class CardHolders:
    """See ``gateway.sync.hands.Holders``.

    ``absorb`` asks, when all of a transaction is written, for the second customer to become one
    with the first.
    """

    applier: Applier
    intake: Intake
    absorb: Callable[[Tx, str, str], None]

    def begin(self, work: WorkingSet, batch: Sequence[Incoming]) -> Hands:
        """Load whoever may have the cards of a batch, or be meant by its orders."""
        digester = self.applier.digester
        digests: set[str] = set()
        for item in batch:
            number = _number(item)
            if not number:
                continue
            digests.add(digester.digest(CARD, number))
            if _names_nobody(item):
                values = look_up_values(Kind.CUSTOMER, spoken(orderer(item.observed.entity)))
                found = {digester.digest(*one) for one in values if one[0] in _SORTS}
                digests |= found
        if any(map(_names_nobody, batch)):
            work.tx.lock_keys(sorted(digests))
        if digests:
            matched = work.tx.match(sorted(digests))
            work.load([one for ids in matched.values() for one in ids])
            work.load(
                [
                    str(one.fields["customer_id"])
                    for one in list(work.entities.values())
                    if one.kind is Kind.CARD and one.fields.get("customer_id")
                ]
            )
        return _Hands(self, work)


@dataclass(frozen=True, slots=True)
class _Hands:
    rules: CardHolders
    work: WorkingSet

    def whose(self, item: Incoming, entity_id: str, named: str | None) -> str | None:
        """See ``Hands``."""
        number, entity = _number(item), self.work.entities.get(entity_id)
        if not number or (entity is not None and entity.deleted):
            return named
        if item.kind is Kind.CARD:
            return self._of_directory(number, named)
        is_bound = entity is not None and bool(entity.fields.get("customer_id"))
        if is_bound or not _names_nobody(item):
            return named
        return self._buyer(item, entity_id, number)

    def take(self, item: Incoming, number: str, customer_id: str) -> bool:
        """See ``Hands``."""
        mine = self.work.entities[customer_id]
        others = [one for one in self._holders(number) if one.id != customer_id]
        named = [one for one in others if not self._may_lose(one, customer_id)]
        if named:
            self._dispute(item, number, mine, named)
            return False
        for other in others:
            self._leave(item, number, other, customer_id)
        card = self._card(number)
        if card is not None and item.kind is Kind.ORDER:
            self._declare(item, Kind.CARD, card.id, Card(customer_id=customer_id))
        return True

    def _of_directory(self, number: str, named: str | None) -> str | None:
        """Return whose a card of the directory is: whoever ordered with it before it came."""
        others = [one for one in self._with(CARD, number) if one.id != named]
        if len(others) != 1 or named is None:
            return others[0].id if len(others) == 1 else named
        self.work.load([named])
        claims = self.work.entities.get(named)
        if claims is None or is_nameless(others[0]) or not self._may_lose(claims, others[0].id):
            return named
        self._ask_to_absorb(claims, others[0].id)
        return others[0].id

    def _buyer(self, item: Incoming, entity_id: str, number: str) -> str:
        """Return who ordered: found by the strongest proof that exactly one fits, or made."""
        said, work = orderer(item.observed.entity), self.work
        buyer, how, refused = self._found(said, number)
        customer_id = buyer.id if buyer is not None else self.rules.applier.new_id(Kind.CUSTOMER)
        held = {
            (sort, value)
            for sort, value in _contacts(said)
            if any(one.id != customer_id for one in self._with(sort, value))
        }
        fresh = lacking_of(buyer, said, held)
        if buyer is None or fresh.model_fields_set:
            self._declare(item, Kind.CUSTOMER, customer_id, fresh)
        if refused:
            decisions = [about(one, customer_id) for one in refused]
            self.rules.intake.recorder.record(work.tx, decisions)
        work.tell(
            (entity_id, Kind.ORDER), item.account, "buyer", "matched", item.correlation_id,
            matched_by=how, customer=customer_id,
        )  # fmt: skip
        return customer_id

    def _found(
        self, said: Customer, number: str
    ) -> tuple[EntityRow | None, str, Sequence[Decision]]:
        """Return who it is, by which proof, and what was decided about those who are not."""
        intake, now = self.rules.intake, self.work.now
        fields = {**spoken(said), item_path("cards", number): True}
        mine = intake.graph.profile(EntityRow("", Kind.CUSTOMER, 1, fields, {}, now, now))
        contacts = list(_contacts(said))
        refused: list[Decision] = []
        for sort, value in contacts:
            if self.rules.applier.digester.digest(sort, value) not in mine.held:
                continue  # a placeholder, or the shop's own
            rows = self._with(sort, value)
            profiles = intake.graph.profiles(self.work.tx, rows)
            made = {one: intake.decider.decide(mine, other, {}) for one, other in profiles.items()}
            fit = [one for one in rows if not is_contrary(made[one.id])]
            refused += [one for one in made.values() if is_contrary(one)]
            if len(fit) == 1:
                return fit[0], sort, refused
        holders = self._holders(number)
        if len(holders) == 1:
            (profile,) = intake.graph.profiles(self.work.tx, holders).values()
            decision = intake.decider.decide(mine, profile, {})
            alone = not contacts and not is_contrary(decision)
            if is_nameless(holders[0]) or alone or _agrees_by_name(decision):
                return holders[0], CARD, refused
        return None, NEW, refused

    def _with(self, sort: str, value: str) -> list[EntityRow]:
        """Return the living customers who have a phone, an e-mail or a card."""
        marker = item_path(_SORTS[sort], value)
        return [
            one
            for one in self.work.entities.values()
            if one.kind is Kind.CUSTOMER and not one.deleted and marker in one.fields
        ]

    def _card(self, number: str) -> EntityRow | None:
        """Return the card of the directory."""
        cards = (one for one in self.work.entities.values() if one.kind is Kind.CARD)
        return next(
            (one for one in cards if one.fields.get("number") == number and not one.deleted), None
        )

    def _holders(self, number: str) -> list[EntityRow]:
        """Return who has a card, by his own snapshot or by the directory."""
        found, card = self._with(CARD, number), self._card(number)
        named = self.work.entities.get(str(card.fields.get("customer_id"))) if card else None
        if named is not None and not named.deleted and all(one.id != named.id for one in found):
            found.append(named)
        return found

    def _may_lose(self, holder: EntityRow, to: str) -> bool:
        """Tell whether a card may go: nothing is known of its holder, not even who he is not."""
        return is_nameless(holder) and not are_two(self.work.tx, holder.id, to)

    def _leave(self, item: Incoming, number: str, holder: EntityRow, to: str) -> None:
        """Take a card from a nameless holder; one who has nothing else is the same person."""
        work, marker = self.work, item_path("cards", number)
        left = replace(
            holder,
            fields=without_item(holder.fields, marker),
            version=holder.version + 1,
            changed_at=work.now,
        )
        work.put_entity(left)
        work.tell(
            (holder.id, Kind.CUSTOMER), item.account, "card", "moved", item.correlation_id, to=to
        )
        for account in self.rules.applier.accounts.values():
            link = work.links.get((holder.id, account.name))
            if self.rules.applier.owes(left, link, account):
                work.due(holder.id, Kind.CUSTOMER, account.name, item.correlation_id)
        self._ask_to_absorb(left, to)

    def _ask_to_absorb(self, nameless: EntityRow, to: str) -> None:
        """Ask for the rest of a nameless holder, unless he stands for many cards of anybody."""
        others = [one for one in nameless.fields if one.startswith(_CARDS)]
        if not others:
            absorb = self.rules.absorb
            self.work.later.append(lambda tx: absorb(tx, to, nameless.id))

    def _dispute(
        self, item: Incoming, number: str, mine: EntityRow, others: Sequence[EntityRow]
    ) -> None:
        """Write down that two want a card: for a person to decide, or as two."""
        intake, tx = self.rules.intake, self.work.tx
        marked = replace(mine, fields={**mine.fields, item_path("cards", number): True})
        profiles = intake.graph.profiles(tx, [marked, *others])
        decisions = [
            intake.decider.decide(profiles[mine.id], profiles[one.id], {}) for one in others
        ]
        if not intake.recorder.record(tx, decisions):
            return
        for one in others:
            self.work.tell(
                (mine.id, Kind.CUSTOMER), item.account, "card", "disputed", item.correlation_id,
                holder=one.id,
            )  # fmt: skip

    def _declare(self, item: Incoming, kind: Kind, entity_id: str, entity: Any) -> None:  # noqa: ANN401 - any kind
        """Let what the order says become known, by the rules of ownership, as of now."""
        observed = Observed("", entity, changed_at=self.work.now)
        told = Incoming(item.account, kind, observed, None, item.correlation_id, BY_CARD)
        self.rules.applier.declare(self.work, entity_id, told)


def _number(item: Incoming) -> str:
    entity = item.observed.entity
    number = entity.number if isinstance(entity, Card) else getattr(entity, "card_number", None)
    return str(number or "")


def _agrees_by_name(decision: Decision) -> bool:
    """Tell whether the name says so too: else a stranger's phone would be a way into a card."""
    names = {one.code for one in decision.supports if one.code.startswith("name_")}
    return decision.outcome is Outcome.SAME and not names <= {"name_unknown"}


def _names_nobody(item: Incoming) -> bool:
    """Tell whether it is an order by card whose source names no buyer."""
    is_order = isinstance(item.observed.entity, Order)
    return is_order and bool(_number(item)) and not item.observed.customer_external_id


def _contacts(said: Customer) -> Iterator[tuple[str, str]]:
    """Yield the phone, then the e-mail."""
    yield from ((PHONE, one.number) for one in said.phones)
    yield from ((EMAIL, one.address) for one in said.emails)
