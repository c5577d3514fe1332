"""Graph: profiles of snapshots, with what was proved and what was lost since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import unquote

from gateway.canonical import Confirmation, Kind
from gateway.canonical.alike import mailbox_key, person_key
from gateway.canonical.paths import Fields
from gateway.config import IdentitySection
from gateway.identity.matching.names import names_of
from gateway.identity.matching.profile import (
    CARD,
    EMAIL,
    MAILBOX,
    NEVER,
    PERSON,
    PHONE,
    Held,
    Profile,
    Proof,
)
from gateway.identity.normal import (
    Verdict,
    read_card,
    read_email,
    read_parts,
    read_phone,
)
from gateway.ports import EntityRow, ProofRow, Tx
from gateway.sync.lookup import Digester
from gateway.sync.merge import DISPUTED, EVERYWHERE

_COLLECTIONS = {"phones": PHONE, "emails": EMAIL, "cards": CARD}
Origins = Mapping[str, tuple[str, str]]
NOTHING_HELD: Mapping[str, Held] = {}


@dataclass(frozen=True, slots=True)
class Graph:
    """Reads the persons and identifiers out of snapshots and proofs."""

    digester: Digester
    section: IdentitySection
    _phones: frozenset[str | None] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Read the stop list once."""
        phones = frozenset(read_phone(text).normal for text in self.section.stop_phones)
        object.__setattr__(self, "_phones", phones - {None})

    def load(self, tx: Tx, ids: Sequence[str]) -> dict[str, Profile]:
        """Return the profiles of customers that are there."""
        rows = tx.entities(sorted(set(ids))).values()
        return self.profiles(tx, [row for row in rows if row.kind is Kind.CUSTOMER])

    def profiles(self, tx: Tx, rows: Iterable[EntityRow]) -> dict[str, Profile]:
        """Return the profiles of snapshots."""
        there = [row for row in rows if not row.deleted]
        proofs: dict[str, list[ProofRow]] = {}
        for proof in tx.proofs([row.id for row in there]):
            proofs.setdefault(proof.entity_id, []).append(proof)
        return {row.id: self.profile(row, proofs.get(row.id, ())) for row in there}

    def profile(self, row: EntityRow, proofs: Iterable[ProofRow] = ()) -> Profile:
        """Return the profile of one snapshot."""
        held = self.held(row.fields, row.origins)
        for proof in proofs:
            if proof.digest in held:
                held[proof.digest] = _proved(held[proof.digest], proof)
        return portrait(row.fields, row.id, held)

    def held(self, fields: Fields, origins: Origins) -> dict[str, Held]:
        """Return the identifiers of a snapshot by digest; what was refused is none."""
        out: dict[str, Held] = {}
        for path, value in fields.items():
            name, _, key = path.partition("/")
            if value is not True or name not in _COLLECTIONS or "/" in key:
                continue
            sort, text = _COLLECTIONS[name], unquote(key)
            verdict = self._verdict(sort, text)
            if verdict is Verdict.REFUSED:
                continue
            line = _line(sort, path, fields, origins, doubtful=verdict is Verdict.DOUBTFUL)
            out[self.digester.digest(sort, text)] = line
            box = mailbox_key(text) if sort == EMAIL else None
            if box:
                out[self.digester.digest(MAILBOX, box)] = Held(MAILBOX, line.proof, line.source)
        names = fields.get("name/last"), fields.get("name/first")
        person = person_key(*names, fields.get("birth_date"))
        if person:
            out[self.digester.digest(PERSON, person)] = Held(PERSON)
        return out

    def _verdict(self, sort: str, text: str) -> Verdict:
        if sort == PHONE:
            return Verdict.REFUSED if text in self._phones else read_phone(text).verdict
        if sort == CARD:
            return read_card(text).verdict
        domain = f"@{text.rpartition('@')[2]}"
        if not self.section.stop_emails.isdisjoint({text, domain}):
            return Verdict.REFUSED
        return read_email(text).verdict


def portrait(
    fields: Fields, entity_id: str = "", held: Mapping[str, Held] = NOTHING_HELD
) -> Profile:
    """Return what a snapshot says of the person, with the identifiers that are given."""
    name = read_parts(*(fields.get(f"name/{part}") for part in _PARTS))
    born, gender = fields.get("birth_date"), fields.get("gender")
    return Profile(entity_id, held, names_of(name), str(born or ""), str(gender or ""))


_PARTS = ("last", "first", "patronymic")
_PROOFS = {"word": Proof.WORD, "code": Proof.CODE}


def _line(sort: str, path: str, fields: Fields, origins: Origins, *, doubtful: bool) -> Held:
    """Return what a snapshot says: a vendor's word counts from when it was given."""
    confirmation = f"{path}/confirmation"
    source, seen_at = _origin(origins, path)
    is_confirmed = fields.get(confirmation) == Confirmation.CONFIRMED.value
    return Held(
        sort=sort,
        proof=Proof.WORD if is_confirmed else Proof.NONE,
        source=source,
        seen_at=seen_at,
        confirmed_at=_origin(origins, confirmation)[1] if is_confirmed else NEVER,
        doubtful=doubtful,
    )


def _origin(origins: Origins, path: str) -> tuple[str, datetime]:
    account, at = origins.get(path) or origins.get(EVERYWHERE, ("", ""))
    return ("" if account == DISPUTED else account), (datetime.fromisoformat(at) if at else NEVER)


def _proved(held: Held, row: ProofRow) -> Held:
    """Return a line with a proof of our own; the stronger one counts, and the newer of equals."""
    proof = _PROOFS[row.proof]
    if row.expired:
        # Whoever proved it again after that has it again.
        again = held.is_confirmed and row.expired_at and held.confirmed_at > row.expired_at
        expired = "" if again else row.expired
        return Held(
            held.sort, held.proof, held.source, held.seen_at, held.confirmed_at, held.doubtful,
            expired,
        )  # fmt: skip
    if (proof, row.confirmed_at) <= (held.proof, held.confirmed_at):
        return held
    return Held(held.sort, proof, row.source, held.seen_at, row.confirmed_at, held.doubtful)
