"""Tokens: who a caller is and how long (reference, section 2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from mocks.loymax.installation import Installation
    from mocks.loymax.people import Person
    from mocks.loymax.settings import Application

Kind = Literal["member", "operator", "application", "customer"]


@dataclass
class Session:
    """A pair of tokens. ``identifier`` is the phone or card by which a shop named the customer."""

    kind: Kind
    access: str
    refresh: str | None
    until: datetime
    refresh_until: datetime
    lifetime_s: int
    person_id: int | None = None
    application: Application | None = None
    scopes: frozenset[str] = frozenset()
    identifier: str | None = None

    def as_result(self) -> dict[str, Any]:
        """Return the AuthResult (5.4)."""
        body: dict[str, Any] = {"token_type": "Bearer", "access_token": self.access}
        if self.refresh is not None:
            body["refresh_token"] = self.refresh
        body["expires_in"] = self.lifetime_s
        return body


@dataclass
class Granted:
    """An authorisation code that waits for its token."""

    application: Application
    redirect_uri: str
    person_id: int
    scopes: frozenset[str]
    identifier: str


@dataclass
class Tokens:
    """All sessions by their tokens."""

    installation: Installation
    by_access: dict[str, Session] = field(default_factory=dict)
    by_refresh: dict[str, Session] = field(default_factory=dict)
    codes: dict[str, Granted] = field(default_factory=dict)

    def open(
        self, kind: Kind, *, lifetime_s: int | None = None, has_refresh: bool = True, **who: Any
    ) -> Session:
        """Issue a pair; ``who`` are fields of the session."""
        settings, now = self.installation.settings, self.installation.clock.now()
        lifetime = settings.login_token_s if lifetime_s is None else lifetime_s
        refresh = self.installation.count.secret() if has_refresh else None
        session = Session(
            kind,
            self.installation.count.secret(),
            refresh,
            now + timedelta(seconds=lifetime),
            now + timedelta(seconds=settings.refresh_token_s),
            lifetime,
            **who,
        )
        self.by_access[session.access] = session
        if refresh is not None:
            self.by_refresh[refresh] = session
        return session

    def member(self, person: Person) -> Session:
        """Issue the pair of a registration, phone or password flow."""
        return self.open(
            "member",
            lifetime_s=self.installation.settings.flow_token_s,
            person_id=person.id,
        )

    def rotate(self, session: Session, person: Person) -> Session:
        """Issue a new pair and kill the one that asked (trap 4)."""
        self.close(session)
        return self.member(person)

    def close(self, session: Session) -> None:
        """Kill a pair."""
        self.by_access.pop(session.access, None)
        if session.refresh is not None:
            self.by_refresh.pop(session.refresh, None)

    def close_all(self, person: Person) -> None:
        """Kill all pairs of a person."""
        for session in [one for one in self.by_access.values() if one.person_id == person.id]:
            self.close(session)

    def find(self, access: str) -> Session | None:
        """Return the living session of an access token."""
        session = self.by_access.get(access)
        if session is None or session.until <= self.installation.clock.now():
            return None
        return session

    def expire(self) -> int:
        """Let all access tokens run out; their refresh tokens live on."""
        now = self.installation.clock.now()
        for session in self.by_access.values():
            session.until = now
        return len(self.by_access)

    def refresh(self, refresh: str) -> Session | None:
        """Exchange a living refresh token for a new pair."""
        old = self.by_refresh.get(refresh)
        if old is None or old.refresh_until <= self.installation.clock.now():
            return None
        if self.installation.settings.refresh_rotation == "dies":
            self.close(old)
        else:
            self.by_access.pop(old.access, None)
        return self.open(
            old.kind,
            person_id=old.person_id,
            application=old.application,
            scopes=old.scopes,
            identifier=old.identifier,
        )
