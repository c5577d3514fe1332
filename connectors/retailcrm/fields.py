"""Fields: custom fields that the configuration names, made where the account lacks them (15)."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.contract import Rejected

from .client_account import AccountClient
from .config import RetailCrmSettings
from .probe import field_codes

_NAMES = {
    "promo_codes": "Промокоды",
    "card_number": "Номер карты",
    "edit_mark": "Ключ условий заказа",
}


@dataclass(frozen=True, slots=True)
class Fields:
    """Sets up the custom fields of one account."""

    account: AccountClient
    settings: RetailCrmSettings

    async def make(self) -> None:
        """Create what is absent; may be repeated."""
        labels = {code: name for name, code in self.settings.order_fields.named().items()}
        for entity, codes in field_codes(self.settings).items():
            if codes:
                absent = codes - await self.account.custom_field_codes(entity)
                for code in sorted(absent):
                    label = _NAMES.get(labels.get(code, ""), code)
                    await self._create(entity, code, label)

    async def _create(self, entity: str, code: str, name: str) -> None:
        row = {
            "name": name,
            "code": code,
            "type": "string",
            "ordering": 50,
            "displayArea": "main_data",
            "viewMode": "editable",
            "inFilter": True,
            "inList": False,
        }
        try:
            await self.account.create_custom_field(entity, row)
        except Rejected:
            # Somebody may have made it meanwhile; the vendor's refusal does not tell.
            if code not in await self.account.custom_field_codes(entity):
                raise
