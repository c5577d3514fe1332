"""Apply: observations become snapshots, in one transaction (idempotent receiver, identity map).

For each observation: find or make its entity, merge by ownership, note what the source holds now,
make due every account whose copy differs from the snapshot, and write the story.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gateway.canonical import OF_CUSTOMER, Kind
from gateway.canonical.paths import Fields, spoken
from gateway.contract import Clock
from gateway.ports import EntityRow, LinkRow, Tx, VendorMergeRow, Wake
from gateway.sync.absorbed import survivors
from gateway.sync.account import Account
from gateway.sync.again import said_again
from gateway.sync.case import Case
from gateway.sync.hands import Holders
from gateway.sync.identify import Identifier
from gateway.sync.incoming import Incoming
from gateway.sync.lookup import Digester
from gateway.sync.merge import DISPUTED, Source, changes, hidden, merge, overlaid
from gateway.sync.ownership import Ownership
from gateway.sync.recognise import Recogniser
from gateway.sync.required import KEPT_BACK
from gateway.sync.working_set import WorkingSet

NewId = Callable[[Kind], str]
_LINKED = frozenset({"link", "absorbed"})
"""How a record is recognised that was seen before."""


@dataclass(slots=True)
class Applied:
    """Result of a batch: wake-ups to publish, and records to read again."""

    wakes: list[Wake] = field(default_factory=list)
    reread: list[tuple[str, Kind, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Applier:
    """Applies batches. Pure but for the transaction it is given; safe to run again.

    With ``announces`` listeners are told of every change of a snapshot. ``recogniser`` knows the
    rules by which customers are recognised, ``holders`` those by which a card finds its person;
    ``noticed`` is shown new orders before they are stored.
    """

    accounts: Mapping[str, Account]
    ownership: Ownership
    digester: Digester
    clock: Clock
    new_id: NewId
    new_letter_id: Callable[[], str]
    announces: bool = False
    recogniser: Recogniser | None = None
    holders: Holders | None = None
    noticed: Callable[[Tx, Sequence[EntityRow]], None] | None = None

    def apply(self, tx: Tx, incoming: Sequence[Incoming]) -> Applied:
        """Apply a batch of any accounts and kinds, customers before the orders that name them."""
        work = self.working_set(tx)
        result = self.merge(work, incoming)
        result.wakes = work.flush(self.digester)
        return result

    def working_set(self, tx: Tx) -> WorkingSet:
        """Begin to work on rows of a transaction."""
        return WorkingSet(tx, self.clock.now(), announces=self.announces)

    def merge(self, work: WorkingSet, incoming: Sequence[Incoming]) -> Applied:
        """Apply a batch to a working set, which the caller writes back."""
        result = Applied()
        for kind in Kind:
            batch = [item for item in incoming if item.kind is kind]
            if batch:
                self._apply_kind(work, kind, batch, result)
        return result

    def declare(self, work: WorkingSet, entity_id: str, item: Incoming) -> None:
        """Merge what a person said to us: a change by the rules of ownership, like any other.

        ``entity_id`` may be new. Nothing is linked, since whoever speaks here keeps no record: a
        field that was not spoken about stays, and what is said again is as new as it was said.
        """
        work.load([entity_id])
        case = Case(work, item, entity_id, "declared", None, record_of=entity_id)
        entity, observed = case.entity(), item.observed
        fields = spoken(observed.entity)
        merged = merge(
            item.kind,
            snapshot=entity.fields if entity else {},
            origins=entity.origins if entity else {},
            known={},
            observed=fields,
            source=Source(item.account, observed.changed_at or work.now),
            ownership=self.ownership,
            holders=self._holders(work, entity_id),
        )
        again = said_again(item, merged, fields, self.ownership)
        if entity is None or merged.taken or merged.disputed or again:
            case.store_entity(merged, fields)
        case.tell_story(merged, created=entity is None)
        if merged.disputed:
            case.ask_a_human(merged, self.new_letter_id())
        self._mark_due(case, entity_id)

    def _apply_kind(
        self, work: WorkingSet, kind: Kind, batch: list[Incoming], result: Applied
    ) -> None:
        identifier = Identifier(work, self.digester, self.new_id, self.recogniser)
        found = identifier.resolve(kind, batch)
        customers = self._customers(work, batch)
        hands = None
        if self.holders is not None and kind in OF_CUSTOMER:
            hands = self.holders.begin(work, batch)
        for item, identity in zip(batch, found, strict=True):
            customer = customers.get((item.account, item.observed.customer_external_id or ""))
            about = identity.entity_id
            if hands is not None and not item.observed.deleted:
                customer = hands.whose(item, about, customer)
            case = Case(work, item, about, identity.how, customer, record_of=about, hands=hands)
            self._one(case, result)
        if kind is Kind.ORDER and self.noticed is not None:
            new = [one.entity_id for one in found if one.how == "new"]
            self.noticed(work.tx, [work.entities[one] for one in new if one in work.entities])

    def _customers(self, work: WorkingSet, batch: list[Incoming]) -> dict[tuple[str, str], str]:
        """(account, external id of the buyer) → canonical customer id."""
        wanted: dict[str, set[str]] = {}
        for item in batch:
            if item.observed.customer_external_id:
                wanted.setdefault(item.account, set()).add(item.observed.customer_external_id)
        found: dict[tuple[str, str], str] = {}
        for account, ids in wanted.items():
            fresh = {
                link.external_id: link.entity_id
                for link in work.links.values()
                if link.account == account and link.kind is Kind.CUSTOMER
            }
            stored = work.tx.links(account, Kind.CUSTOMER, sorted(ids))
            for external_id in ids:
                entity_id = fresh.get(external_id)
                if entity_id is None and external_id in stored:
                    entity_id = stored[external_id].entity_id
                if entity_id is not None:
                    found[account, external_id] = entity_id
        now = survivors(work.tx, set(found.values()))
        return {ref: now.get(entity_id, entity_id) for ref, entity_id in found.items()}

    def _one(self, case: Case, result: Applied) -> None:
        item, observed = case.item, case.item.observed
        if observed.deleted:
            case.tell("deleted_there", merged_into=observed.merged_into or "")
            if observed.merged_into and item.kind is Kind.CUSTOMER:
                now = case.work.now
                case.work.tx.note_vendor_merge(
                    VendorMergeRow(
                        item.account, observed.external_id, observed.merged_into, now, now
                    )
                )
            return
        living = self._living(case)
        if living is None:
            case.tell("erased")
            return
        case, fields, link = living, spoken(observed.entity), living.link()
        if observed.sequence is not None and observed.sequence < link.sequence:
            case.tell("older", sequence=observed.sequence, known=link.sequence)
            return
        if link.external_id is None and link.inflight:
            # Our own creation, perhaps cut in half: nothing is taken for removed, and what is never
            # shown is believed to be as sent.
            link = replace(link, known=hidden(link.inflight[-1], fields, item.kind))
        was_overtaken = item.read_mark is not None and link.told_mark > item.read_mark
        if was_overtaken and changes(fields, link.known, item.kind, link.inflight):
            result.reread.append((item.account, item.kind, observed.external_id))
            case.tell("stale_read")
            return
        self._taken(case, fields, link)

    def _taken(self, case: Case, fields: Fields, link: LinkRow) -> None:
        """Merge what is seen into the snapshot, and make due whoever holds otherwise."""
        item, observed, entity = case.item, case.item.observed, case.entity()
        merged = merge(
            item.kind,
            snapshot=entity.fields if entity else {},
            origins=entity.origins if entity else {},
            known=link.known,
            observed=fields,
            source=Source(item.account, observed.changed_at or case.work.now),
            ownership=self.ownership,
            holders=self._holders(case.work, case.entity_id),
            inflight=link.inflight,
        )
        bound = case.bind_customer(merged)
        account = self.accounts.get(item.account)
        if account is not None and Kind.CUSTOMER in account.flow.reads:
            case.await_buyer(merged)
        if entity is None or merged.taken or bound or merged.disputed:
            case.store_entity(merged, fields)
            self._mark_due(case, case.give_card(merged))
        case.store_link(merged)
        case.tell_story(merged, created=entity is None)
        if merged.disputed:
            case.ask_a_human(merged, self.new_letter_id())
        self._end_waiting(case)
        is_news = entity is None or merged.decisions or bound
        if is_news or item.settles:  # without news, what others refused must not come back to life
            self._mark_due(case, case.entity_id, only=None if is_news else item.account)

    def _living(self, case: Case) -> Case | None:
        """Let what is seen of an absorbed person's record be about whom he is now.

        That record is the base of the comparison all the same: nobody else holds what it holds.
        ``None`` for somebody who was erased.
        """
        entity = case.entity()
        if entity is None or not entity.deleted:
            return case
        survivor = survivors(case.work.tx, [case.entity_id]).get(case.entity_id)
        if survivor is None:
            return None
        case.work.load([survivor])
        found = case.work.entities.get(survivor)
        if found is None or found.deleted:
            return None
        return replace(case, entity_id=survivor, record_of=case.entity_id, how="absorbed")

    def _holders(self, work: WorkingSet, entity_id: str) -> list[str]:
        """Return the accounts that hold a copy of an entity."""
        links = ((name, work.links.get((entity_id, name))) for name in self.accounts)
        return [name for name, link in links if link is not None and link.external_id]

    def _mark_due(self, case: Case, entity_id: str | None, only: str | None = None) -> None:
        """Make due every account, or the ``only`` one, that owes ``entity_id`` anything."""
        if entity_id is None:
            return
        work, item = case.work, case.item
        entity = work.entities[entity_id]
        asked = self.accounts.values() if only is None else [self.accounts[only]]
        for account in asked:
            is_source = account.name == item.account and entity_id == case.record_of
            if is_source and not item.tell_back:
                continue
            if self.owes(entity, work.links.get((entity.id, account.name)), account):
                work.due(entity.id, entity.kind, account.name, item.correlation_id)

    def _end_waiting(self, case: Case) -> None:
        """Look again at a customer who was kept back from an account and is seen there now."""
        account, is_new = self.accounts.get(case.item.account), case.how not in _LINKED
        if account is None or not is_new or not account.flow.required.contacts:
            return
        rows = case.work.tx.deliveries_of([case.entity_id]).get(case.entity_id, ())
        if any(row.account == account.name and row.cause_code in KEPT_BACK for row in rows):
            item = case.item
            case.work.due(case.entity_id, item.kind, item.account, item.correlation_id)

    def owes(self, entity: EntityRow, link: LinkRow | None, account: Account) -> bool:
        """Tell whether ``account`` must be told about ``entity`` now."""
        if account.writer(entity.kind) is None or entity.deleted:
            return False
        if link is None or link.external_id is None:
            return entity.kind in account.flow.creates
        if not link.keyed and entity.kind in account.connector.manifest.assigns_keys:
            return True
        desired = account.desired(entity, link.copy)
        return desired is not None and bool(differing(desired.fields, link, entity))


def differing(desired: Fields, link: LinkRow, entity: EntityRow) -> frozenset[str]:
    """Return the paths in which an account's copy differs, or may differ, from what it shall hold.

    While earlier deliveries have no certain outcome, the copy may be any of those that were sent.
    What a human must decide first is left out.
    """
    kind = entity.kind
    found = set(changes(desired, link.known, kind))
    for told in link.inflight:
        found.update(changes(desired, overlaid(link.known, told, kind), kind))
    disputed = (path for path, origin in entity.origins.items() if origin[0] == DISPUTED)
    return frozenset(found.difference(disputed))


def end_doubt(
    work: WorkingSet, account: Account, entity: EntityRow | None, link: LinkRow | None
) -> None:
    """Forget tellings without an outcome when the copy is right whatever became of them.

    No merge could be done while they pass for under way, and an edit back to them for their echo.
    """
    if entity is None or entity.deleted or link is None or link.external_id is None:
        return
    desired = account.desired(entity, link.copy)
    if link.inflight and desired and not differing(desired.fields, link, entity):
        work.put_link(replace(link, inflight=()))
