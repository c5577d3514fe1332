"""Dead letters: what a human must decide about, grouped by cause and shown with its remedy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.ops.faults import NotFound
from gateway.ops.masked import shown_fields
from gateway.ports import DeadLetter, Store, Tx
from gateway.telemetry import redacted

MOST = 10_000
DELIVERY, INBOX, CONFLICT, OPERATION = "delivery", "inbox", "conflict", "operation"
OF_ENTITIES = frozenset({DELIVERY, CONFLICT})
"""Sources of letters whose subject is an entity; the others name a vendor's record or a key."""
OPEN, REPLAYED, DROPPED = "open", "replayed", "dropped"


@dataclass(frozen=True, slots=True)
class LetterLine:
    """One letter in a list.

    Shape: ``subject`` is an entity's id, for letters of source ``inbox`` the vendor's own id, for
    ``operation`` the key.
    ``newer`` is the snapshot's present version when it is newer than the letter's, else 0.
    """

    id: str
    source: str
    account: str
    kind: str
    subject: str
    cause_code: str
    attempts: int
    first_at: datetime
    last_at: datetime
    version: int
    newer: int


@dataclass(frozen=True, slots=True)
class LetterGroup:
    """Letters of one account with one cause."""

    account: str
    cause_code: str
    cause: str
    remedy: str
    letters: tuple[LetterLine, ...]


@dataclass(frozen=True, slots=True)
class LetterView:
    """One letter whole. ``request`` and ``answer`` are masked by default."""

    line: LetterLine
    state: str
    cause: str
    remedy: str
    request: Mapping[str, Any]
    answer: Mapping[str, Any]
    note: str
    correlation_id: str


@dataclass(frozen=True, slots=True)
class Choice:
    """Which letters: by id, or all of a cause or account that were there at ``as_of``."""

    ids: tuple[str, ...] = ()
    cause_code: str | None = None
    account: str | None = None
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Letters:
    """Reads letters."""

    store: Store

    async def groups(
        self, *, account: str | None = None, state: str = OPEN, limit: int = MOST
    ) -> tuple[LetterGroup, ...]:
        """Return letters by cause, the largest group first, the newest letter of each first."""

        def look(tx: Tx) -> tuple[LetterGroup, ...]:
            letters = tx.dead_letters(state=state, account=account, limit=limit)
            return _grouped(letters, _versions(tx, letters))

        return await self.store.read(look)

    async def show(self, letter_id: str, *, unmask: bool = False) -> LetterView:
        """Return one letter. Raises ``NotFound``."""

        def look(tx: Tx) -> LetterView:
            letter = get_letter(tx, letter_id)
            return LetterView(
                line=_line(letter, _versions(tx, [letter])),
                state=letter.state,
                cause=letter.cause if unmask else str(redacted(letter.cause)),
                remedy=letter.remedy,
                request=shown_fields(letter.kind, letter.request, unmask=unmask),
                answer={key: redacted(value) for key, value in letter.answer.items()},
                note=letter.note,
                correlation_id=letter.correlation_id,
            )

        return await self.store.read(look)

    async def choose(self, choice: Choice) -> tuple[str, ...]:
        """Return the ids that a choice means now; given ids are kept as they are."""
        if choice.ids:
            return choice.ids
        letters = await self.store.read(
            lambda tx: tx.dead_letters(state=OPEN, account=choice.account, limit=MOST)
        )
        return tuple(
            letter.id
            for letter in letters
            if choice.cause_code in {None, letter.cause_code}
            and (choice.as_of is None or letter.last_at <= choice.as_of)
        )


def get_letter(tx: Tx, letter_id: str) -> DeadLetter:
    """Return a letter. Raises ``NotFound``."""
    letter = tx.dead_letter(letter_id)
    if letter is None:
        msg = f"no letter {letter_id}: `gateway dead list` shows their ids"
        raise NotFound(msg)
    return letter


def newer_version(letter: DeadLetter, versions: Mapping[str, int]) -> int:
    """Return the snapshot's version when it is newer than what the letter froze, else 0."""
    version = versions.get(letter.subject, 0)
    return version if version > letter.version else 0


def _versions(tx: Tx, letters: Iterable[DeadLetter]) -> dict[str, int]:
    ids = sorted({letter.subject for letter in letters if letter.source in OF_ENTITIES})
    return {entity_id: row.version for entity_id, row in tx.entities(ids).items()}


def _line(letter: DeadLetter, versions: Mapping[str, int]) -> LetterLine:
    return LetterLine(
        id=letter.id,
        source=letter.source,
        account=letter.account,
        kind=str(letter.kind),
        subject=letter.subject,
        cause_code=letter.cause_code,
        attempts=letter.attempts,
        first_at=letter.first_at,
        last_at=letter.last_at,
        version=letter.version,
        newer=newer_version(letter, versions),
    )


def _grouped(letters: Sequence[DeadLetter], versions: Mapping[str, int]) -> tuple[LetterGroup, ...]:
    grouped: dict[tuple[str, str], list[DeadLetter]] = {}
    for letter in letters:
        grouped.setdefault((letter.account, letter.cause_code), []).append(letter)
    groups = [
        LetterGroup(
            account=account,
            cause_code=code,
            cause=str(redacted(members[0].cause)),
            remedy=members[0].remedy,
            letters=tuple(_line(letter, versions) for letter in members),
        )
        for (account, code), members in grouped.items()
    ]
    return tuple(sorted(groups, key=lambda group: -len(group.letters)))
