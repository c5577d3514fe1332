"""A till as the client of somebody's loyalty server (2.5): the gateway may play the server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mocks.onec.hs.outgoing import Outgoing, basic, send

Body = Mapping[str, Any]
_OK = 200
_WRITES = frozenset(
    {
        "unlockclientbonuses",
        "writeoffclientbonuses",
        "issueclientcard",
        "calculatediscounts",
        "unlockpromocode",
        "writeoffgiftcard",
        "unlockgiftcard",
    }
)


async def call_loyalty_server(body: Body) -> Body:
    """Call ``method`` at ``url`` as the till's own client does.

    ``query`` and ``body`` are what is sent, ``user`` and ``password`` the till's credentials,
    ``verb`` overrides the method's own. Every status above 200 is an error, parameter values go
    into the URL as they are, the address must contain ``/hs/``.
    """
    address = str(body["url"]).rstrip("/")
    if "/hs/" not in f"{address}/":
        return {"status": 0, "is_error": True, "error": "address without /hs/", "answer": None}
    method = str(body["method"])
    query = "&".join(f"{name}={value}" for name, value in body.get("query", {}).items())
    verb = str(body.get("verb") or ("POST" if method in _WRITES else "GET"))
    content = b""
    headers = basic(str(body.get("user", "")), str(body.get("password", "")))
    if "body" in body:
        content = json.dumps(body["body"], ensure_ascii=False).encode()
        headers["Content-Type"] = "application/json; charset=utf-8"
    url = f"{address}/{method}/" + (f"?{query}" if query else "")
    answer = await send(Outgoing(verb, url, headers, content, float(body.get("timeout_s", 60))))
    return {
        "status": answer.status,
        "is_error": answer.status != _OK,
        "error": answer.error,
        "answer": answer.json_or_text() if answer.status else None,
    }
