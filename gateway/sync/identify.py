"""Identity map: which entity is a vendor's record a copy of?

By link, by our own key on the record, and by what is natural to the kind: exactly one customer with
the same normalised phone or e-mail, the card of the same number, the product of the same code, that
has no other record at that account. Never two canonical customers
for one vendor record, never one for two: unique links and locks on all keys in question see to it.
A customer is not taken for one whom the rules of identity hold for another (``recognise``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from gateway.canonical import Kind
from gateway.canonical.paths import known, spoken
from gateway.ports import EntityRow, LinkRow
from gateway.sync.absorbed import survivors
from gateway.sync.incoming import Incoming
from gateway.sync.lookup import NATURAL, Digester
from gateway.sync.recognise import Recogniser, Recognition
from gateway.sync.working_set import WorkingSet


@dataclass(frozen=True, slots=True)
class Identity:
    """The entity of a record, and how it was recognised."""

    entity_id: str
    how: str


@dataclass(slots=True)
class Identifier:
    """Resolves the records of one batch; entities found or made are loaded into the working set."""

    work: WorkingSet
    digester: Digester
    new_id: Callable[[Kind], str]
    recogniser: Recogniser | None = None
    _rules: Recognition | None = field(default=None, init=False)

    def resolve(self, kind: Kind, batch: Sequence[Incoming]) -> list[Identity]:
        """Return one identity per record, in order."""
        stored = self._stored_links(kind, batch)
        strangers = [item for item in batch if self._ref(item) not in stored]
        if strangers:
            self._lock(kind, strangers)
            stored |= self._stored_links(kind, strangers)
        self.work.load([link.entity_id for link in stored.values()])
        self._load_keyed(strangers)
        candidates = self._candidates(kind, strangers)
        if kind is Kind.CUSTOMER and strangers and self.recogniser is not None:
            ids = {one for ids in candidates.values() for one in ids}
            there = [self.work.entities[one] for one in sorted(ids)]
            self._rules = self.recogniser.begin(self.work.tx, there)
        found: dict[tuple[str, str], Identity] = {
            ref: Identity(link.entity_id, "link") for ref, link in stored.items()
        }
        return [self._identity(kind, item, found, candidates) for item in batch]

    def _identity(
        self,
        kind: Kind,
        item: Incoming,
        found: dict[tuple[str, str], Identity],
        candidates: dict[str, list[str]],
    ) -> Identity:
        ref = self._ref(item)
        if ref not in found:
            identity = self._by_key(kind, item) or self._by_nature(kind, item, candidates)
            found[ref] = identity or Identity(self.new_id(kind), "new")
            self._bind(kind, item, found[ref].entity_id)
            for digest in self._digests(item):
                candidates.setdefault(digest, []).append(found[ref].entity_id)
            if self._rules is not None:
                self._rules.settle(item, found[ref].entity_id)
        return found[ref]

    def _bind(self, kind: Kind, item: Incoming, entity_id: str) -> None:
        """Hold the place of the link, so that a later record of this batch cannot take it."""
        old = self.work.links.get((entity_id, item.account))
        if old is None:
            self.work.links[entity_id, item.account] = LinkRow(
                entity_id, kind, item.account, item.observed.external_id, {}
            )

    def _ref(self, item: Incoming) -> tuple[str, str]:
        return item.account, item.observed.external_id

    def _stored_links(
        self, kind: Kind, batch: Sequence[Incoming]
    ) -> dict[tuple[str, str], LinkRow]:
        by_account: dict[str, set[str]] = {}
        for item in batch:
            by_account.setdefault(item.account, set()).add(item.observed.external_id)
        return {
            (account, external_id): link
            for account, ids in by_account.items()
            for external_id, link in self.work.tx.links(account, kind, sorted(ids)).items()
        }

    def _lock(self, kind: Kind, strangers: Sequence[Incoming]) -> None:
        keys = {f"{item.account}:{kind}:{item.observed.external_id}" for item in strangers}
        keys |= {digest for item in strangers for digest in self._digests(item)}
        self.work.tx.lock_keys(sorted(keys))

    def _load_keyed(self, strangers: Sequence[Incoming]) -> None:
        self.work.load([item.observed.key for item in strangers if item.observed.key])

    def _by_key(self, kind: Kind, item: Incoming) -> Identity | None:
        """Recognise a record that carries our own key: its creation was ours."""
        key = item.observed.key
        entity = self.work.entities.get(key) if key else None
        if entity is not None and entity.deleted:
            entity = self._survivor(entity)
        if entity is None or entity.kind is not kind or not self._is_free(entity.id, item):
            return None
        return Identity(entity.id, "key")

    def _survivor(self, absorbed: EntityRow) -> EntityRow | None:
        """Return whom a key of somebody means who was absorbed since."""
        survivor = survivors(self.work.tx, [absorbed.id]).get(absorbed.id)
        if survivor is None:
            return None
        self.work.load([survivor])
        return self.work.entities.get(survivor)

    def _is_free(self, entity_id: str, item: Incoming) -> bool:
        """True when the entity has no other record at the account; one being made may be this."""
        link = self.work.links.get((entity_id, item.account))
        return link is None or link.external_id in (None, item.observed.external_id)

    def _digests(self, item: Incoming) -> list[str]:
        if not NATURAL[item.kind]:
            return []
        return self.digester.natural(item.kind, known(spoken(item.observed.entity)))

    def _candidates(self, kind: Kind, strangers: Sequence[Incoming]) -> dict[str, list[str]]:
        digests = sorted({digest for item in strangers for digest in self._digests(item)})
        if not digests:
            return {}
        matched = self.work.tx.match(digests)
        self.work.load([entity_id for ids in matched.values() for entity_id in ids])
        # A customer is found by a card's number too, and is no card.
        return {
            digest: [one for one in ids if self._is_of(kind, one)]
            for digest, ids in matched.items()
        }

    def _is_of(self, kind: Kind, entity_id: str) -> bool:
        entity = self.work.entities.get(entity_id)
        return entity is not None and entity.kind is kind

    def _by_nature(
        self, kind: Kind, item: Incoming, candidates: dict[str, list[str]]
    ) -> Identity | None:
        """Recognise by the strongest proof that exactly one free entity of the kind has."""
        digests = self._digests(item)
        if self._rules is not None:
            digests = self._rules.proving(item, digests)
        free = {
            digest: {one for one in candidates.get(digest, ()) if self._has_place(one, item)}
            for digest in digests
        }
        everybody = set().union(*free.values())
        unfit = self._rules.unfit(item, sorted(everybody)) if self._rules else frozenset()
        for sort in NATURAL[kind]:
            ids = set().union(*(free[one] for one in digests if one.startswith(f"{sort}:")))
            fit = ids - unfit
            if len(fit) == 1:
                return Identity(fit.pop(), sort)
        return None

    def _has_place(self, entity_id: str, item: Incoming) -> bool:
        """Tell whether an entity has no record at the account, not even one being made."""
        return (entity_id, item.account) not in self.work.links
