"""Actions on alerts: silence, lift a silence, and try the addresses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.ops.actions import Action, ActionKind, Executor
from gateway.ops.alerts.desk import AlertDesk, SilenceView, Tested
from gateway.ops.faults import Refused


@dataclass(frozen=True, slots=True)
class AlertActions:
    """Does what operators ask for.

    ``alert.silence`` takes ``reason`` and ``minutes``, and ``rule`` and ``subject`` where not all
    is meant; or ``lift`` with a silence's id. ``alert.test`` takes an ``address``, none for all.
    """

    desk: AlertDesk

    async def silence(self, who: str, action: Action) -> SilenceView:
        """Silence or lift. Raises ``Refused``, ``NotFound``."""
        params = action.params
        lifted = str(params.get("lift", ""))
        if lifted:
            return await self.desk.lift(lifted, who=who)
        try:
            minutes = float(params.get("minutes", 0))
        except (TypeError, ValueError):
            msg = "write the time as a number of minutes"
            raise Refused(msg) from None
        return await self.desk.silence(
            who=who,
            reason=str(params.get("reason", "")),
            minutes=minutes,
            rule=str(params.get("rule", "")),
            subject=str(params.get("subject", "")),
        )

    async def test(self, who: str, action: Action) -> tuple[Tested, ...]:
        """Send a message that says that it is a test. Raises ``NotFound``."""
        return await self.desk.test(who=who, address=str(action.params.get("address", "")))


def executors(desk: AlertDesk) -> Mapping[ActionKind, Executor]:
    """Return what does the actions."""
    actions = AlertActions(desk)
    return {ActionKind.ALERT_SILENCE: actions.silence, ActionKind.ALERT_TEST: actions.test}
