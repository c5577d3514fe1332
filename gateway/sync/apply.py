"""Apply: observations become snapshots, in one transaction (idempotent receiver, identity map).

For each observation: find or make its entity, merge by ownership, note what the source holds now,
make due every account whose copy differs from the snapshot, and write the story.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway.canonical import Kind
from gateway.canonical.paths import Fields, known, spoken
from gateway.contract import Clock
from gateway.ports import EntityRow, LinkRow, Tx, Wake
from gateway.sync.account import Account
from gateway.sync.identify import Identifier
from gateway.sync.incoming import Incoming
from gateway.sync.lookup import Digester
from gateway.sync.merge import Merged, Source, changes, merge, same
from gateway.sync.ownership import Ownership
from gateway.sync.working_set import WorkingSet

NewId = Callable[[Kind], str]
_JOURNAL_PATHS = 40


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
            self._one(work, item, identity.entity_id, customers, result, how=identity.how)

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

    def _one(
        self,
        work: WorkingSet,
        item: Incoming,
        entity_id: str,
        customers: Mapping[tuple[str, str], str],
        result: Applied,
        *,
        how: str,
    ) -> None:
        observed = item.observed
        about = (entity_id, item.kind)
        link = work.links.get((entity_id, item.account)) or LinkRow(
            entity_id, item.kind, item.account, observed.external_id, {}
        )
        if observed.deleted:
            work.tell(
                about, item.account, "received", "deleted_there", item.correlation_id,
                external_id=observed.external_id, merged_into=observed.merged_into or "",
            )  # fmt: skip
            return
        fields = spoken(observed.entity)
        if link.told_mark > item.read_mark and changes(
            fields, link.known, item.kind, link.inflight
        ):
            result.reread.append((item.account, item.kind, observed.external_id))
            work.tell(about, item.account, "received", "stale_read", item.correlation_id)
            return
        entity = work.entities.get(entity_id)
        changed_at = observed.changed_at or work.now
        merged = merge(
            item.kind,
            snapshot=entity.fields if entity else {},
            origins=entity.origins if entity else {},
            known=link.known,
            observed=fields,
            source=Source(item.account, changed_at),
            ownership=self.ownership,
            holders=[row.account for row in work.links_of(entity_id) if row.external_id],
            inflight=link.inflight,
        )
        customer_id = customers.get((item.account, observed.customer_external_id or ""))
        linked = _with_customer(merged, customer_id)
        self._store(work, item, about, entity, link, merged, linked=linked, how=how)
        if entity is None or merged.decisions or linked:
            self._mark_due(work, item, about)

    def _store(
        self,
        work: WorkingSet,
        item: Incoming,
        about: tuple[str, Kind],
        entity: EntityRow | None,
        link: LinkRow,
        merged: Merged,
        *,
        linked: bool,
        how: str,
    ) -> None:
        changed = entity is None or bool(merged.taken) or linked
        if changed:
            work.put_entity(
                EntityRow(
                    id=about[0],
                    kind=about[1],
                    version=entity.version + 1 if entity else 1,
                    fields=known(merged.fields),
                    origins=merged.origins,
                    created_at=entity.created_at if entity else work.now,
                    changed_at=work.now,
                )
            )
        observed = item.observed
        fresh = replace(
            link,
            external_id=observed.external_id,
            known=merged.known,
            version=observed.version or link.version,
            keyed=link.keyed or observed.key is not None,
        )
        if fresh != link or (about[0], item.account) not in work.links:
            work.put_link(fresh)
        _tell_story(work, item, about, merged, how=how, created=entity is None)

    def _mark_due(self, work: WorkingSet, item: Incoming, about: tuple[str, Kind]) -> None:
        entity = work.entities[about[0]]
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


def _with_customer(merged: Merged, customer_id: str | None) -> bool:
    """Bind an order to its customer once; return True when that changed the snapshot."""
    if customer_id is None or not same(merged.fields.get("customer_id"), None):
        return False
    merged.fields["customer_id"] = customer_id
    return True


def _tell_story(
    work: WorkingSet,
    item: Incoming,
    about: tuple[str, Kind],
    merged: Merged,
    *,
    how: str,
    created: bool,
) -> None:
    """Write what was received and what became of it, field by field, without values."""
    observed = item.observed
    changed_at: datetime | None = observed.changed_at
    common = {
        "external_id": observed.external_id,
        "via": item.event,
        "changed_at": changed_at.isoformat() if changed_at else "",
    }
    if observed.remarks:
        common["remarks"] = "; ".join(observed.remarks)
    if not merged.decisions and not created:
        work.tell(about, item.account, "received", "unchanged", item.correlation_id, **common)
        return
    outcome = "created" if created else "merged" if merged.taken else "refused"
    fields = [
        {
            "field": decision.path if "@" not in decision.path else decision.path.split("/")[0],
            "rule": decision.rule,
            "taken": decision.taken,
            **({"conflict": True} if decision.conflict else {}),
            **({"why": decision.reason} if decision.reason else {}),
        }
        for decision in merged.decisions[:_JOURNAL_PATHS]
    ]
    work.tell(
        about, item.account, "received", outcome, item.correlation_id,
        **common, matched_by=how, fields=fields, more=max(0, len(merged.decisions) - _JOURNAL_PATHS),
    )  # fmt: skip
