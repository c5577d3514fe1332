"""Replays documented exchanges: binds the sample's tokens and codes to the double's own."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from tests.mocks.loymax.stand import Json, Loymax

_FILE = json.loads(
    Path(__file__).with_name("samples").joinpath("exchanges.json").read_text("utf-8")
)
MACROS: dict[str, Any] = _FILE["macros"]
EXCHANGES: dict[str, dict[str, Any]] = {row["id"]: row for row in _FILE["exchanges"]}

_TOKEN_KEYS = frozenset({"access_token", "refresh_token", "authToken"})
_BEARERS = {"@member": "acc-1", "@operator": "op-1", "@customer": "cust-1"}
_CODES = frozenset({"123456", "654321"})
_OAUTH_CODE = "0123456789abcdef0123456789abcdef"
_GUID = re.compile(r"[0-9a-f]{32}")


def expand(value: Json) -> Json:
    """Resolve the macros of the samples; they nest."""
    if isinstance(value, dict):
        return {key: expand(item) for key, item in value.items()}
    if isinstance(value, list):
        return [expand(item) for item in value]
    if not isinstance(value, str) or not value.startswith("@"):
        return value
    name, _, rest = value.partition(":")
    if name in {"@b", "@r"}:
        currency = MACROS["@bonus" if name == "@b" else "@rub"]
        unit = currency["nameCases"]["abbreviation"]
        return {"amount": float(rest), "currency": unit, "currencyInfo": currency}
    if name == "@err":
        code, _, text = rest.partition(":")
        state = {"state": "Error", "httpCode": 400, "message": text}
        code_or_none = None if code == "-" else code
        return {**MACROS["@ok"], **state, "messageCode": code_or_none}
    return expand(MACROS[value])


class Replay:
    """One run of samples against one double."""

    def __init__(self, double: Loymax) -> None:
        self.double = double
        self._bound: dict[str, str] = {}

    def bind(self, name: str, value: str) -> None:
        """Let a token of the samples be one of the double's."""
        self._bound[name] = value

    async def run(self, name: str, ignore: frozenset[str] = frozenset()) -> None:
        """Send a sample's request and compare the whole answer; ``ignore`` are keys anywhere."""
        sample = EXCHANGES[name]
        request: dict[str, Any] = {}
        if "form" in sample:
            request["data"] = self._mapped(sample["form"])
        if "json" in sample:
            request["json"] = await self._with_code(self._mapped(expand(sample["json"])))
        if "data" in request and request["data"].get("password") in _CODES:
            request["data"]["password"] = await self.double.code()
        headers = self._headers(sample.get("h", {}))
        answer = await self.double.client.request(
            sample["m"], sample["path"], headers=headers, **request
        )
        assert (name, sample["st"]) == (name, answer.status_code), answer.text
        for header, value in sample.get("rh", {}).items():
            self._compare_header(header, value, answer.headers[header])
        if "body" not in sample:
            return
        if isinstance(sample["body"], str):
            assert sample["body"] == answer.text
            return
        expected, actual = expand(sample["body"]), answer.json()
        self._bind(expected, actual)
        assert self._plain(expected, ignore) == self._plain(actual, ignore), name

    def _headers(self, given: Json) -> dict[str, str]:
        if isinstance(given, str):
            given = {"Authorization": f"Bearer {_BEARERS[given]}"}
        return {
            key: " ".join(self._bound.get(part, part) for part in value.split(" "))
            for key, value in given.items()
        }

    def _compare_header(self, header: str, expected: str, actual: str) -> None:
        if header == "Location":
            prefix = expected.removesuffix(_OAUTH_CODE)
            assert actual.startswith(prefix)
            self._bound[_OAUTH_CODE] = actual.removeprefix(prefix)
        else:
            assert actual
            self._bound[expected] = actual

    def _mapped(self, value: Json) -> Json:
        if isinstance(value, dict):
            return {key: self._mapped(item) for key, item in value.items()}
        return self._bound.get(value, value) if isinstance(value, str) else value

    async def _with_code(self, value: Json) -> Json:
        if isinstance(value, str) and value in _CODES:
            return await self.double.code()
        if isinstance(value, dict) and value.get("confirmCode") in _CODES:
            return {**value, "confirmCode": await self.double.code()}
        return value

    def _bind(self, expected: Json, actual: Json) -> None:
        """Bind tokens that are new; a token seen before must come again."""
        if not isinstance(expected, dict) or not isinstance(actual, dict):
            return
        for key, value in expected.items():
            if key in _TOKEN_KEYS and isinstance(value, str):
                known = self._bound.setdefault(value, actual[key])
                assert known == actual[key]
            self._bind(value, actual.get(key))

    def _plain(self, value: Json, ignore: frozenset[str]) -> Json:
        """Drop what no two servers share: tokens, transaction numbers, keys to ignore."""
        if isinstance(value, dict):
            found = {}
            for key, item in value.items():
                if key in _TOKEN_KEYS or key in ignore:
                    found[key] = item is not None
                elif key == "transactionId":
                    found[key] = isinstance(item, int)
                else:
                    found[key] = self._plain(item, ignore)
            return found
        if isinstance(value, list):
            return [self._plain(item, ignore) for item in value]
        return _GUID.sub("<hex>", value) if isinstance(value, str) else value
