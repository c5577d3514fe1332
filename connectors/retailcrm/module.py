"""Module: the gateway among the account's integration modules (vendor reference, 18)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from gateway.contract import Missing, Rejected

from .calls import V5, RetailCrmCalls, json_text
from .config_services import ModuleSettings
from .switch import ModuleSwitch

_EDIT = "integration-modules/edit"


@dataclass(frozen=True, slots=True)
class Module:
    """Registers the gateway as a module and asks whether it is on.

    Its own calls go out while it is off too: else nobody would learn that it is on again.
    """

    calls: RetailCrmCalls
    settings: ModuleSettings
    account: str

    async def register(self) -> None:
        """Register or change the module; an administrator's switch is left as it is."""
        known = await self.read()
        settings, path = self.settings, f"/hooks/{self.account}"
        row: dict[str, Any] = {
            "code": settings.code,
            "integrationCode": settings.integration_code,
            "name": settings.name,
            "clientId": settings.client_id.get_secret_value(),
            "baseUrl": settings.base_url,
            "actions": {"activity": path, "settings": path},
        }
        if known is None:
            row["active"] = True
        elif all(known.get(name) == value for name, value in row.items()):
            return
        await self._free().post(
            f"integration-modules/{settings.code}/edit",
            [("integrationModule", json_text(row))],
            repeatable=True,
            operation=_EDIT,
        )

    async def read(self) -> Mapping[str, Any] | None:
        """Read the module and learn whether it is on; ``None`` when it is not registered."""
        path = f"{V5}/integration-modules/{self.settings.code}"
        try:
            body = await self._free().get(path, [], "integration-modules")
        except (Rejected, Missing):
            # An unknown module is a bad parameter in one source, and would be 404 by the rule.
            return None
        module: Mapping[str, Any] = body.get("integrationModule") or {}
        is_off = module.get("active") is False or module.get("freeze") is True
        self.calls.switch.is_off = is_off
        return module

    def _free(self) -> RetailCrmCalls:
        return replace(self.calls, switch=ModuleSwitch())
