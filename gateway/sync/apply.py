"""Apply: observations become snapshots, in one transaction (idempotent receiver, identity map).

For each observation: find or make its entity, merge by ownership, note what the source holds now,
make due every account whose copy differs from the snapshot, and write the story.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gateway.canonical import Kind
from gateway.canonical.paths import Fields, known, spoken
from gateway.contract import Clock
from gateway.ports import DeadLetter, EntityRow, LinkRow, Tx, Wake
from gateway.sync.account import Account
from gateway.sync.identify import Identifier
from gateway.sync.incoming import Incoming
from gateway.sync.lookup import Digester
from gateway.sync.merge import Decision, Merged, Source, changes, merge, same
from gateway.sync.ownership import Ownership
from gateway.sync.working_set import WorkingSet

NewId = Callable[[Kind], str]
_JOURNAL_PATHS = 40
_PERSONAL_KEYS = frozenset({"phones", "emails", "cards", "discounts", "attributes"})


@dataclass(slots=True)
class Applied:
    """Result of a batch: wake-ups to publish, and records to read again."""

    wakes: list[Wake] = field(default_factory=list)
    reread: list[tuple[str, Kind, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Applier:
    """Applies batches. Pure but for the transaction it is given; safe to run again."""

    accounts: Mapping[str, Account]
    ownership: Ownership
    digester: Digester
    clock: Clock
    new_id: NewId
    new_letter_id: Callable[[], str]

    def apply(self, tx: Tx, incoming: Sequence[Incoming]) -> Applied:
        """Apply a batch of any accounts and kinds, customers before the orders that name them."""
        work = WorkingSet(tx, self.clock.now())
        result = Applied()
        for kind in Kind:
            batch = [item for item in incoming if item.kind is kind]
            if batch:
                self._apply_kind(work, kind, batch, result)
        result.wakes = work.flush(self.digester)
        return result

    def _apply_kind(
        self, work: WorkingSet, kind: Kind, batch: list[Incoming], result: Applied
    ) -> None:
        identifier = Identifier(work, self.digester, self.new_id)
        found = identifier.resolve(kind, batch)
        customers = self._customers(work, batch)
        for item, identity in zip(batch, found, strict=True):
            customer = customers.get((item.account, item.observed.customer_external_id or ""))
            self._one(_Case(work, item, identity.entity_id, identity.how, customer), result)

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
        return found

    def _one(self, case: _Case, result: Applied) -> None:
        item, observed = case.item, case.item.observed
        if observed.deleted:
            case.tell("deleted_there", merged_into=observed.merged_into or "")
            return
        fields, link, entity = spoken(observed.entity), case.link(), case.entity()
        unseen = changes(fields, link.known, item.kind, link.inflight)
        if link.told_mark > item.read_mark and unseen:
            result.reread.append((item.account, item.kind, observed.external_id))
            case.tell("stale_read")
            return
        merged = merge(
            item.kind,
            snapshot=entity.fields if entity else {},
            origins=entity.origins if entity else {},
            known=link.known,
            observed=fields,
            source=Source(item.account, observed.changed_at or case.work.now),
            ownership=self.ownership,
            holders=[row.account for row in case.work.links_of(case.entity_id) if row.external_id],
            inflight=link.inflight,
        )
        bound = case.bind_customer(merged)
        if entity is None or merged.taken or bound:
            case.store_entity(merged)
        case.store_link(merged)
        case.tell_story(merged, created=entity is None)
        if merged.disputed:
            case.ask_a_human(merged, self.new_letter_id())
        if entity is None or merged.decisions or bound or item.settles:
            self._mark_due(case)

    def _mark_due(self, case: _Case) -> None:
        work, item = case.work, case.item
        entity = work.entities[case.entity_id]
        for account in self.accounts.values():
            if account.name == item.account and not item.tell_back:
                continue
            if self.owes(entity, work.links.get((entity.id, account.name)), account):
                work.due(entity.id, entity.kind, account.name, item.correlation_id)

    def owes(self, entity: EntityRow, link: LinkRow | None, account: Account) -> bool:
        """Tell whether ``account`` must be told about ``entity`` now."""
        if account.writer(entity.kind) is None:
            return False
        if link is None or link.external_id is None:
            return entity.kind in account.flow.creates
        if not link.keyed and entity.kind in account.connector.manifest.assigns_keys:
            return True
        desired = account.desired(entity.kind, entity.fields, link.known)
        return desired is not None and bool(differing(desired, link, entity.kind))


def differing(desired: Fields, link: LinkRow, kind: Kind) -> frozenset[str]:
    """Return the paths in which an account's copy differs, or may differ, from what it shall hold.

    While earlier deliveries have no certain outcome, the copy may be any of those that were sent.
    """
    possible = (link.known, *link.inflight)
    return frozenset(path for held in possible for path in changes(desired, held, kind))


@dataclass(frozen=True, slots=True)
class _Case:
    """One observation with its entity, inside a transaction."""

    work: WorkingSet
    item: Incoming
    entity_id: str
    how: str
    customer_id: str | None

    def entity(self) -> EntityRow | None:
        """Return the snapshot as it is in the working set."""
        return self.work.entities.get(self.entity_id)

    def link(self) -> LinkRow:
        """Return the link to the source, an empty one at first sight."""
        key = (self.entity_id, self.item.account)
        external_id = self.item.observed.external_id
        return self.work.links.get(key) or LinkRow(
            self.entity_id, self.item.kind, self.item.account, external_id, {}
        )

    def bind_customer(self, merged: Merged) -> bool:
        """Bind an order to its customer once; return True when that changed the snapshot."""
        if self.customer_id is None or not same(merged.fields.get("customer_id"), None):
            return False
        merged.fields["customer_id"] = self.customer_id
        return True

    def store_entity(self, merged: Merged) -> None:
        """Put the next version of the snapshot."""
        entity, now = self.entity(), self.work.now
        self.work.put_entity(
            EntityRow(
                id=self.entity_id,
                kind=self.item.kind,
                version=entity.version + 1 if entity else 1,
                fields=known(merged.fields),
                origins=merged.origins,
                created_at=entity.created_at if entity else now,
                changed_at=now,
            )
        )

    def store_link(self, merged: Merged) -> None:
        """Note what the source holds now."""
        link, observed = self.link(), self.item.observed
        fresh = replace(
            link,
            external_id=observed.external_id,
            known=merged.known,
            inflight=() if self.item.settles else link.inflight,
            version=observed.version or link.version,
            keyed=link.keyed or observed.key is not None,
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
