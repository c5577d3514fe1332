"""Integration modules: what the account keeps of them (reference, section 18)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mocks.retailcrm import shapes
from mocks.retailcrm.call import Answer, Call
from mocks.retailcrm.refusals import Refused, entity_errors, input_errors, missing
from mocks.retailcrm.settings import ALL_SCOPES, ApiKey
from mocks.retailcrm.shapes import Invalid, Shape

if TYPE_CHECKING:
    from mocks.retailcrm.account import Account

NO_MONEY = "Your account has insufficient funds to activate integration module"
_MODULE = Shape(
    {
        **dict.fromkeys(
            ("code", "integrationCode", "name", "logo", "clientId", "baseUrl", "accountUrl"),
            shapes.text,
        ),
        **dict.fromkeys(("active", "freeze"), shapes.flag),
        **dict.fromkeys(("actions", "integrations"), shapes.mapping),
        "availableCountries": shapes.anything,
    },
    frozenset({"native"}),
)
_FRESH: Mapping[str, Any] = {
    "active": True,
    "freeze": False,
    "native": False,
    "actions": {},
    "availableCountries": [],
}


def read(call: Call) -> Answer:
    """GET integration-modules/{code}; an unknown code is a bad parameter (sample M2)."""
    module = call.account.modules.get(call.path["code"])
    if module is None:
        raise input_errors()
    return Answer({"success": True, "integrationModule": module}, key=module["code"])


def edit(call: Call) -> Answer:
    """POST integration-modules/{code}/edit: creates (201) or changes (200) (sample M1)."""
    code, modules = call.path["code"], call.account.modules
    try:
        strict = call.account.settings.unknown_field == "400"
        given = _MODULE.read(call.structure("integrationModule"), strict=strict)
    except Invalid as error:
        raise entity_errors(error.errors) from None
    given.pop("code", None)
    known = modules.get(code)
    module = {**_FRESH, **(known or {}), **given, "code": code}
    blank = [name for name in ("integrationCode", "name", "clientId") if not module.get(name)]
    if blank:
        raise entity_errors(dict.fromkeys(blank, "This value should not be blank."))
    starts = module["active"] and not (known or {}).get("active")
    if starts and call.account.settings.module_money == "none":
        raise Refused(400, "Failed to activate module", [NO_MONEY])
    modules[code] = module
    if known is None:
        return call.created({"info": []}, key=code)
    effect = "unchanged" if known == module else "changed"
    return Answer({"success": True, "info": []}, key=code, effect=effect)


def update_scopes(call: Call) -> Answer:
    """POST integration-modules/{code}/update-scopes: a new key, for one-step connections only."""
    code = call.path["code"]
    if code not in call.account.modules:
        raise input_errors()
    key = call.account.module_keys.get(code)
    if key is None:
        raise Refused(400, "Not enabled simple connection")
    scopes = call.structure("requires").get("scopes")
    if not isinstance(scopes, list):
        raise missing(parameter="requires")
    number = int(key.value.rpartition("-")[2]) + 1 if "-r-" in key.value else 2
    value = f"{key.value.partition('-r-')[0]}-r-{number}"
    new = replace(key, value=value, scopes=frozenset(map(str, scopes)) & frozenset(ALL_SCOPES))
    drop_key(call.account, key)
    add_key(call.account, code, new)
    return Answer({"success": True, "apiKey": new.value}, key=code, effect="changed")


def add_key(account: Account, code: str, key: ApiKey) -> None:
    """Let a module's key in."""
    account.module_keys[code] = key
    account.settings = replace(account.settings, keys=(*account.settings.keys, key))


def drop_key(account: Account, key: ApiKey) -> None:
    """Let a key in no more."""
    keys = tuple(one for one in account.settings.keys if one is not key)
    account.settings = replace(account.settings, keys=keys)
