"""Rights: what operators may do, by their role, and the one refusal for what they may not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from gateway.contract import GatewayError


class Role(StrEnum):
    """What somebody is to the gateway; each role may do what those before it may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"


class Right(StrEnum):
    """One thing that may be done.

    ``see``: read what is masked; ``unmask``: look behind the mask; ``act``: send again, hurry,
    probe; ``mend``: change a snapshot; ``give_up``: close without sending; ``decide``: say who is
    the same person; ``steer``: pause accounts, change budgets, silence alerts.
    """

    SEE = "see"
    UNMASK = "unmask"
    ACT = "act"
    MEND = "mend"
    GIVE_UP = "give_up"
    DECIDE = "decide"
    STEER = "steer"


_OPERATOR = frozenset({Right.SEE, Right.UNMASK, Right.ACT, Right.MEND, Right.GIVE_UP, Right.DECIDE})
ROLE_RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.VIEWER: frozenset({Right.SEE}),
    Role.OPERATOR: _OPERATOR,
    Role.ADMIN: _OPERATOR | {Right.STEER},
}


class Face(StrEnum):
    """Where an operator stands."""

    CONSOLE = "console"
    API = "api"
    COMMAND_LINE = "command line"


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody who was let in."""

    name: str
    role: Role
    face: Face

    def may(self, right: Right) -> bool:
        """Tell whether the role allows it."""
        return right in ROLE_RIGHTS[self.role]


class Forbidden(GatewayError):
    """The operator's role does not allow it."""

    remedy = "Ask somebody whose role allows it."

    def __init__(self, operator: Operator, right: Right) -> None:
        super().__init__(f"the role {operator.role} lacks the right `{right}`")
        self.right = right
