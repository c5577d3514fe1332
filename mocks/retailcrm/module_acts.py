"""What an operator does with modules; the CRM tells the module at once (reference, section 18).

Every act answers with what the module said: ``status`` and ``body``, or ``error``.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from mocks.retailcrm.http_post import send_form
from mocks.retailcrm.modules import add_key
from mocks.retailcrm.service_calls import shown_settings
from mocks.retailcrm.settings import ALL_SCOPES, ApiKey
from mocks.sidedoor import SideDoorRefused

if TYPE_CHECKING:
    from mocks.retailcrm.account import Account

Body = Mapping[str, Any]


def _module(account: Account, body: Body) -> dict[str, Any]:
    module = account.modules.get(str(body.get("code")))
    if module is None:
        msg = f"code: no such module; known are {', '.join(account.modules) or 'none'}"
        raise SideDoorRefused(msg)
    return module


async def _tell(
    account: Account, module: Mapping[str, Any], action: str, fields: Mapping[str, str]
) -> dict[str, Any]:
    """Call one of the module's actions; a module that has not named it is not told."""
    path = (module.get("actions") or {}).get(action)
    if not path:
        return {"status": None, "body": "", "error": f"the module names no action {action}"}
    url = f"{str(module.get('baseUrl', '')).rstrip('/')}/{str(path).lstrip('/')}"
    pairs = [("clientId", str(module["clientId"])), *fields.items()]
    return await _sent(account, "POST", url, pairs)


async def _sent(
    account: Account, method: str, url: str, pairs: list[tuple[str, str]]
) -> dict[str, Any]:
    try:
        answer = await send_form(method, url, pairs, timeout_s=account.settings.callback_timeout_s)
    except (OSError, ValueError) as error:
        return {"status": None, "body": "", "error": type(error).__name__}
    return {"status": answer.status, "body": answer.body}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


async def _switch(account: Account, body: Body) -> dict[str, Any]:
    """Switch a module on or off, freeze it or let it go: callback ``activity`` (sample M3)."""
    module = _module(account, body)
    for name in ("active", "freeze"):
        if name in body:
            module[name] = bool(body[name])
    fields = {
        "activity": _json({"active": module["active"], "freeze": module["freeze"]}),
        "systemUrl": account.settings.public_url,
    }
    return await _tell(account, module, "activity", fields)


async def _settings(account: Account, body: Body) -> dict[str, Any]:
    """Tell a module the account's settings: callback ``settings`` (sample M4)."""
    module = _module(account, body)
    account.settings_updated_at = account.now()
    shown = shown_settings(account)
    names = body.get("only") or list(shown)
    chosen = {name: shown[name] for name in names}
    return await _tell(account, module, "settings", {"settings": _json(chosen)})


async def _connect(account: Account, body: Body) -> dict[str, Any]:
    """Connect a module in one step: read its config, make a key, register (samples M5, M6)."""
    code, secret = str(body["code"]), str(body["secret"])
    config = await _sent(account, "GET", str(body["configUrl"]), [])
    if config["status"] != 200:  # noqa: PLR2004 - the vendor wants exactly this code
        return {"config": config}
    told = json.loads(config["body"])
    scopes = frozenset(map(str, told.get("scopes", ()))) & frozenset(ALL_SCOPES)
    value = str(body.get("apiKey") or f"{code}-key")
    sites = tuple(body.get("sites", (next(iter(account.shops)),)))
    add_key(account, code, ApiKey(code, value, scopes, sites))
    token = hmac.new(secret.encode(), value.encode(), hashlib.sha256).hexdigest()
    if body.get("badToken"):
        token = "0" * len(token)
    register = {"token": token, "apiKey": value, "systemUrl": account.settings.public_url}
    pairs = [("register", _json(register))]
    answer = await _sent(account, "POST", str(told["registerUrl"]), pairs)
    return {"config": config, "register": answer, "apiKey": value}


MODULE_ACTS: Mapping[str, Callable[[Account, Body], Awaitable[dict[str, Any]]]] = {
    "module.switch": _switch,
    "module.settings": _settings,
    "module.connect": _connect,
}
