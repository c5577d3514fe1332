"""Module switch: whether the CRM's administrator lets the gateway work (vendor reference, 18).

A module must stop when it is switched off or frozen. Until the account says otherwise no call goes
out, so that the core parks the account and tells the operator.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.contract import AuthRejected


@dataclass(slots=True)
class ModuleSwitch:
    """The state as far as it was told; one that nobody told of is on."""

    is_off: bool = False

    def require_on(self, operation: str) -> None:
        """Go on while the module is on. Raises ``AuthRejected`` otherwise."""
        if self.is_off:
            msg = "the module is switched off in the CRM: switch it on there"
            raise AuthRejected(msg, operation=operation, vendor_code="module_off")
