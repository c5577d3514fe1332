"""Values of custom fields: checked against the account's definitions (reference, section 15)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mocks.retailcrm import shapes
from mocks.retailcrm.refusals import INVALID, entity_errors
from mocks.retailcrm.shapes import Invalid

if TYPE_CHECKING:
    from mocks.retailcrm.account import Account

_READERS: Mapping[str, shapes.Reader] = {
    "boolean": shapes.flag,
    "date": shapes.day,
    "datetime": shapes.moment,
    "email": shapes.email,
    "integer": shapes.whole,
    "numeric": shapes.number,
    "string": shapes.text,
    "text": shapes.text,
}
TYPES = (*_READERS, "dictionary", "multiselect_dictionary")


def custom_values(account: Account, entity: str, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of known fields; None clears one.

    Raises:
        Refused: an unknown code (unless switched off) or a value of the wrong form.
    """
    known = account.fields.get(entity, {})
    result: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for code, value in raw.items():
        field = known.get(code)
        if field is None:
            if account.settings.unknown_custom_field == "400":
                errors[f"customFields.{code}"] = f"Custom field with code {code} not found."
            continue
        try:
            result[code] = None if value is None else _value(account, field, value)
        except Invalid:
            errors[f"customFields.{code}"] = INVALID
    if errors:
        raise entity_errors(errors)
    return result


def merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``old`` patched by ``new``, without what was cleared."""
    return {
        code: value for code, value in {**old, **new}.items() if value is not None and value != ""
    }


def _value(account: Account, field: Mapping[str, Any], value: Any) -> Any:
    kind = field["type"]
    if kind in _READERS:
        return _READERS[kind](value)
    elements = {
        one["code"]
        for one in account.dictionaries.get(field.get("dictionary", ""), {}).get("elements", ())
    }
    chosen = value if kind == "multiselect_dictionary" else [value]
    if not isinstance(chosen, list) or any(
        not isinstance(one, str) or one not in elements for one in chosen
    ):
        raise Invalid({"": INVALID})
    return value
