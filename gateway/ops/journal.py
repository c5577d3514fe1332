"""Journal: everything that happened to one customer or order, in one place and in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.canonical import Kind
from gateway.contract import Clock
from gateway.ops.audit import deed
from gateway.ops.entity import Surroundings, belonging
from gateway.ops.entity_view import CopyView, EntityView, Related
from gateway.ops.faults import NotFound
from gateway.ops.search import find_entities, find_near, lines_of
from gateway.ops.story import Step, step_of
from gateway.ports import EntityRow, JournalFilter, JournalPage, Span, Store, Tx
from gateway.sync.account import Account
from gateway.sync.lookup import Digester

__all__ = ["CopyView", "EntityView", "Journal", "Step", "StoryPage"]

STEPS = 200
MOST_ENTITIES = 20
MOST_STEPS = 1_000
_MOST_NEAR = 5


@dataclass(frozen=True, slots=True)
class StoryPage:
    """A part of a story, in order.

    Shape: ``before`` is the id to read on before, towards the beginning, ``after`` the one towards
    the end; ``None`` where there is no more.
    """

    steps: tuple[Step, ...]
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class Journal:
    """Answers "what happened to this customer or order?".

    Shape: ``urls`` are patterns of addresses in vendors' interfaces, by account and kind.
    """

    store: Store
    accounts: Mapping[str, Account]
    digester: Digester
    clock: Clock
    urls: Mapping[str, Mapping[Kind, str]] = field(default_factory=dict)

    async def show(
        self, query: str, *, who: str, unmask: bool = False, steps: int = STEPS
    ) -> tuple[EntityView, ...]:
        """Return the entities that the query names, each with its newest ``steps`` sentences.

        ``unmask`` shows personal data and writes into each story who looked. Raises ``NotFound``;
        the query itself is never repeated.
        """

        def find(tx: Tx) -> tuple[str, ...]:
            return find_entities(tx, query, digester=self.digester, accounts=self.accounts)

        ids = (await self.store.read(find))[:MOST_ENTITIES]
        if not ids:
            raise NotFound(await self.store.read(lambda tx: self._nothing(tx, query)))
        return await self._views(ids, who=who, unmask=unmask, steps=steps, reason="")

    async def entity(self, entity_id: str, *, steps: int = STEPS) -> EntityView:
        """Return one entity, masked. Raises ``NotFound``."""
        views = await self._views((entity_id,), who="", unmask=False, steps=steps, reason="")
        return _one(views)

    async def unmasked(
        self, entity_id: str, *, who: str, reason: str, steps: int = STEPS
    ) -> EntityView:
        """Return one entity with its personal data; who looked and why is written into its story.

        Raises ``NotFound``.
        """
        views = await self._views((entity_id,), who=who, unmask=True, steps=steps, reason=reason)
        return _one(views)

    async def story(
        self,
        entity_id: str,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int = STEPS,
    ) -> StoryPage:
        """Return a part of a story: its newest sentences, or those ``before`` or ``after`` an id.

        Raises ``NotFound`` for an entity that nothing is known of.
        """
        most = min(limit, MOST_STEPS)

        def look(tx: Tx) -> StoryPage:
            page = _story(tx, entity_id, before=before, after=after, most=most)
            is_empty = not page.rows and before is None and after is None
            if is_empty and entity_id not in tx.entities([entity_id]):
                raise NotFound(_UNKNOWN)
            return _paged(page, before=before, after=after)

        return await self.store.read(look)

    async def belongings(self, customer_id: str, kind: Kind, *, before: str | None) -> Related:
        """Return more of what belongs to a customer, the newest first."""
        return await self.store.read(lambda tx: belonging(tx, customer_id, kind, before))

    async def _views(
        self, ids: tuple[str, ...], *, who: str, unmask: bool, steps: int, reason: str
    ) -> tuple[EntityView, ...]:
        if unmask:
            await self.store.run(lambda tx: self._note_unmasking(tx, ids, who, reason))
        around = Surroundings(self.accounts, self.urls)

        def view(tx: Tx, entity: EntityRow) -> EntityView:
            page = _story(tx, entity.id, before=None, after=None, most=steps)
            told = _paged(page, before=None, after=None)
            return around.view(tx, entity, unmask=unmask, story=told.steps, before=told.before)

        return await self.store.read(
            lambda tx: tuple(view(tx, entity) for entity in tx.entities(ids).values())
        )

    def _note_unmasking(self, tx: Tx, ids: tuple[str, ...], who: str, reason: str) -> None:
        now = self.clock.now()
        why = {"reason": reason} if reason else {}
        tx.write_journal(
            [
                deed(now, (row.id, row.kind), event="unmasked", outcome="shown", who=who, **why)
                for row in tx.entities(ids).values()
            ]
        )

    def _nothing(self, tx: Tx, query: str) -> str:
        """Say that nothing is known, and what is near."""
        ids = find_near(tx, query, digester=self.digester)[:_MOST_NEAR]
        near = ", ".join(
            f"{line.kind} {line.id} ({', '.join(filter(None, (line.title, *line.marks)))})"
            for line in lines_of(tx, ids)
        )
        return f"{_NOTHING}; near to it is: {near}" if near else f"{_NOTHING}: {_GIVE}"


_NOTHING = "nothing is known under this query"
_GIVE = (
    "give an order number, a phone, an e-mail, a card, a canonical id, or a vendor's id as "
    "account:id"
)
_UNKNOWN = "nothing is known under this id: search for it again"


def _one(views: tuple[EntityView, ...]) -> EntityView:
    if not views:
        raise NotFound(_UNKNOWN)
    return views[0]


def _story(
    tx: Tx, entity_id: str, *, before: int | None, after: int | None, most: int
) -> JournalPage:
    if not entity_id:
        return JournalPage((), None)
    span = Span(after or 0, before, newest_first=after is None, most=most)
    return tx.journal_page(JournalFilter(entity_id=entity_id), span)


def _paged(page: JournalPage, *, before: int | None, after: int | None) -> StoryPage:
    steps = tuple(map(step_of, page.rows))
    if after is not None:
        return StoryPage(steps, steps[0].id if steps else None, page.reached)
    steps = steps[::-1]
    return StoryPage(steps, page.reached, steps[-1].id if steps and before is not None else None)
