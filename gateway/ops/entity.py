"""Entity: one customer, order, card or product read with all that stands around it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from gateway.canonical import OF_CUSTOMER, Kind
from gateway.canonical.paths import Fields
from gateway.ops.entity_view import (
    Cell,
    CopyView,
    DeliveryView,
    EntityView,
    FieldAcross,
    LetterBrief,
    OriginView,
    Related,
)
from gateway.ops.letters import INBOX, OF_ENTITIES
from gateway.ops.masked import shown_fields, shown_path, shown_value
from gateway.ops.search import line_of, lines_of
from gateway.ops.story import Step
from gateway.ports import DeadLetter, DeliveryRow, EntityRow, LinkRow, Tx
from gateway.sync.account import Account
from gateway.sync.apply import differing
from gateway.sync.merge import DISPUTED, EVERYWHERE, same
from gateway.telemetry import redacted

MOST_RELATED = 20
_BELONGING = (Kind.ORDER, Kind.CARD)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Reads what stands around an entity.

    Shape: ``urls`` are patterns of addresses with ``{id}``, by account and kind.
    """

    accounts: Mapping[str, Account]
    urls: Mapping[str, Mapping[Kind, str]] = field(default_factory=dict)

    def view(
        self, tx: Tx, entity: EntityRow, *, unmask: bool, story: Sequence[Step], before: int | None
    ) -> EntityView:
        """Return an entity with all that stands around it."""
        links = {link.account: link for link in tx.links_of([entity.id]).get(entity.id, ())}
        rows = {row.account: row for row in tx.deliveries_of([entity.id]).get(entity.id, ())}
        line = line_of(entity)
        names = _names(entity, links.values(), unmask=unmask)
        shown = shown_fields(entity.kind, entity.fields, unmask=unmask)
        return EntityView(
            id=entity.id,
            kind=str(entity.kind),
            version=entity.version,
            created_at=entity.created_at,
            changed_at=entity.changed_at,
            fields=shown,
            copies=tuple(
                self._copy(entity, name, links.get(name), rows.get(name))
                for name in sorted({*links, *rows})
            ),
            story=tuple(story),
            title=line.title,
            marks=line.marks,
            origins={
                name: _origin(entity, path)
                for path, name in zip(sorted(entity.fields), shown, strict=True)
            },
            across=tuple(self._across(entity, links, names, unmask=unmask)),
            letters=_letters(tx, entity, links.values()),
            related=_related(tx, entity),
            story_before=before,
            unmasked=unmask,
        )

    def _copy(
        self, entity: EntityRow, name: str, link: LinkRow | None, row: DeliveryRow | None
    ) -> CopyView:
        return CopyView(
            account=name,
            external_id=link.external_id if link else None,
            told_at=link.told_at if link else None,
            differs=self._differs(entity, name, link),
            in_doubt=len(link.inflight) if link else 0,
            delivery=_delivery(row) if row else None,
            url=self._url(entity.kind, name, link),
        )

    def _url(self, kind: Kind, name: str, link: LinkRow | None) -> str | None:
        pattern = self.urls.get(name, {}).get(kind)
        if pattern is None or link is None or not link.external_id:
            return None
        return pattern.replace("{id}", quote(link.external_id, safe=""))

    def _desired(self, entity: EntityRow, name: str, link: LinkRow | None) -> Fields | None:
        account = self.accounts.get(name)
        if account is None or link is None:
            return None
        desired = account.desired(entity, link.copy)
        return None if desired is None else desired.fields

    def _differs(
        self, entity: EntityRow, name: str, link: LinkRow | None
    ) -> tuple[str, ...] | None:
        desired = self._desired(entity, name, link)
        if desired is None or link is None:
            return None
        return tuple(sorted(shown_path(path) for path in differing(desired, link, entity)))

    def _across(
        self,
        entity: EntityRow,
        links: Mapping[str, LinkRow],
        names: Mapping[str, str],
        *,
        unmask: bool,
    ) -> Iterable[FieldAcross]:
        """Return each field side by side, in order of the paths."""
        desired = {name: self._desired(entity, name, link) for name, link in links.items()}
        differs = {
            name: differing(wanted, links[name], entity)
            for name, wanted in desired.items()
            if wanted is not None
        }

        def show(path: str, value: object) -> object:
            return shown_value(entity.kind, path, value, unmask=unmask)

        for path, shown in names.items():
            cells = tuple(
                Cell(
                    name,
                    show(path, link.known.get(path)),
                    show(path, (desired[name] or {}).get(path)),
                    told=desired[name] is not None,
                    differs=path in differs.get(name, ()),
                )
                for name, link in sorted(links.items())
            )
            if any(cell.holds is not None or cell.differs for cell in cells) or not _empty(
                entity.fields.get(path)
            ):
                here = show(path, entity.fields.get(path))
                yield FieldAcross(shown, here, cells, any(cell.differs for cell in cells))


def _empty(value: object) -> bool:
    return same(value, None)  # type: ignore[arg-type]  # a leaf of a snapshot


def _names(entity: EntityRow, links: Iterable[LinkRow], *, unmask: bool) -> dict[str, str]:
    """Return the shown name of every path of the snapshot and of any copy."""
    union: Fields = dict(entity.fields)
    for link in links:
        union = {**link.known, **union}
    shown = shown_fields(entity.kind, union, unmask=unmask)
    return dict(zip(sorted(union), shown, strict=True))


def _origin(entity: EntityRow, path: str) -> OriginView:
    account, at = entity.origins.get(path) or entity.origins.get(EVERYWHERE) or ("", "")
    is_disputed = account == DISPUTED
    return OriginView("" if is_disputed else account, at, is_disputed)


def _letters(tx: Tx, entity: EntityRow, links: Iterable[LinkRow]) -> tuple[LetterBrief, ...]:
    there = {(link.account, link.external_id) for link in links if link.external_id}
    subjects = [entity.id, *(external_id for _, external_id in there if external_id)]

    def is_about(letter: DeadLetter) -> bool:
        if letter.source in OF_ENTITIES:
            return letter.subject == entity.id
        is_there = (letter.account, letter.subject) in there
        return letter.source == INBOX and letter.kind is entity.kind and is_there

    return tuple(
        LetterBrief(
            one.id, one.source, one.account, one.cause_code, str(redacted(one.cause)), one.remedy,
            one.first_at, one.last_at,
        )
        for one in tx.letters_about(subjects)
        if is_about(one)
    )  # fmt: skip


def _related(tx: Tx, entity: EntityRow) -> tuple[Related, ...]:
    if entity.kind in OF_CUSTOMER:
        owner = str(entity.fields.get("customer_id") or "")
        lines = lines_of(tx, [owner]) if owner else ()
        return (Related(str(Kind.CUSTOMER), lines),) if lines else ()
    if entity.kind is not Kind.CUSTOMER:
        return ()
    found = (belonging(tx, entity.id, kind) for kind in _BELONGING)
    return tuple(one for one in found if one.lines)


def belonging(tx: Tx, customer_id: str, kind: Kind, before: str | None = None) -> Related:
    """Return what belongs to a customer, the newest first, from ``before`` on."""
    rows = tx.belongings(customer_id, kind=str(kind), before=before, most=MOST_RELATED + 1)
    lines = tuple(line_of(row) for row in rows[:MOST_RELATED])
    return Related(str(kind), lines, lines[-1].id if len(rows) > MOST_RELATED else None)


def _delivery(row: DeliveryRow) -> DeliveryView:
    return DeliveryView(
        state=str(row.state),
        due_at=row.due_at,
        attempts=row.attempts,
        sent_version=row.sent_version,
        waits_for=row.waits_for,
        cause=str(redacted(row.cause)),
        remedy=row.remedy,
    )
