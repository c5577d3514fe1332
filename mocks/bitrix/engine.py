"""The REST engine: finds the method, checks the webhook.

Runs single calls and batches (reference 1.1-1.6).
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mocks.bitrix import catalog, sale_dictionaries, sale_orders, sale_parts, sale_shipments
from mocks.bitrix.errors import RestRefused, method_not_found, refuse
from mocks.bitrix.gateway_methods import GATEWAY_METHODS
from mocks.bitrix.params import as_map, from_query, php_array, truthy
from mocks.bitrix.rest import BASIC, Answer, Call, Method, Registry
from mocks.bitrix.service import service_methods
from mocks.bitrix.site import Site
from mocks.sidedoor import Journal

BATCH_LIMIT = 50
# Taken out of the query before the method sees it (reference 1.1).
_RESERVED = ("aplogin", "ap", "auth", "auth_connector", "start", "state")
_REFERENCE = re.compile(r"\$result((?:\[[^\]]*\])+)")


@dataclass(frozen=True)
class Credentials:
    """Who calls: the user and code of the path, both empty on the application's URL."""

    user: str = ""
    code: str = ""


@dataclass(frozen=True)
class Outcome:
    """What one HTTP request is answered: status and JSON body."""

    status: int
    body: dict[str, Any]


class Engine:
    """Runs calls against one site and writes the journal."""

    def __init__(self, site: Site, journal: Journal) -> None:
        """Register every method of the shop."""
        self.site = site
        self.journal = journal
        self.registry = Registry()
        self.registry.take(BASIC, service_methods(self.registry))
        self.registry.take(BASIC, {"batch": self._nested_batch})
        for module in (sale_orders, sale_parts, sale_shipments, sale_dictionaries):
            self.registry.take("sale", module.METHODS)
        self.registry.take("pay_system", sale_dictionaries.PAY_SYSTEM_METHODS)
        self.registry.take("delivery", sale_dictionaries.DELIVERY_METHODS)
        self.registry.take("catalog", catalog.METHODS)
        self.registry.take("gateway", GATEWAY_METHODS)

    def run(self, http_method: str, name: str, params: dict[str, Any], who: Credentials) -> Outcome:
        """Run one request: a call or a batch."""
        started = time.time()
        path = f"/rest/{name}"
        try:
            method = self._found(name)
            self._authorised(method, who)
            if name.lower() == "batch":
                result = self._batch(params, http_method)
                self.journal.write(http_method, path, op="batch")
                return Outcome(200, {"result": result, "time": self._time(started)})
            answer = self._call(name, method, params, http_method)
        except RestRefused as refusal:
            if not refusal.is_journaled:
                self.journal.write(
                    http_method, path, op=name.lower(), status=refusal.status, effect="refused"
                )
            return Outcome(refusal.status, refusal.body())
        return Outcome(
            200, {"result": answer.result, **answer.beside(), "time": self._time(started)}
        )

    def _found(self, name: str) -> Method:
        """Find a method; an unknown one is refused before anybody looks at the credentials."""
        method = self.registry.methods.get(name.lower())
        is_absent = (
            method is not None
            and method.scope == "gateway"
            and not self.site.settings.extension_installed
        )
        if method is None or is_absent:
            raise method_not_found()
        return method

    def _authorised(self, method: Method, who: Credentials) -> None:
        """Check the webhook, then its scopes (statuses by switch S1)."""
        settings = self.site.settings
        status = 401 if settings.auth_status == "core" else 403
        if not who.code:
            refuse("NO_AUTH_FOUND", "Wrong authorization data", 401)
        if who.code != settings.code or who.user != str(settings.user_id):
            refuse("INVALID_CREDENTIALS", "Invalid request credentials", status)
        if method.scope != BASIC and method.scope not in settings.scopes:
            text = "The request requires higher privileges than provided by the webhook token"
            refuse("insufficient_scope", text, status)

    def _call(
        self, name: str, method: Method, params: Mapping[str, Any], http_method: str
    ) -> Answer:
        """Run one method and journal it."""
        start = params.get("start")
        own = {key: value for key, value in params.items() if key not in _RESERVED}
        call = Call(self.site, name, own, start)
        path = f"/rest/{name}"
        try:
            answer = method.run(call)
        except RestRefused as refusal:
            refusal.is_journaled = True
            self.journal.write(
                http_method,
                path,
                op=name.lower(),
                key=call.key,
                status=refusal.status,
                effect="refused",
            )
            raise
        self.journal.write(http_method, path, op=name.lower(), key=call.key, effect=call.effect)
        return answer

    def _nested_batch(self, call: Call) -> Answer:
        """Refuse a batch inside a batch (reference 1.6)."""
        del call
        refuse("ERROR_BATCH_METHOD_NOT_ALLOWED", "Method is not allowed for batch usage", 405)

    def _batch(self, params: Mapping[str, Any], http_method: str) -> dict[str, Any]:
        """Run up to 50 commands; a failed one leaves its entry in ``result_error`` only."""
        lowered = {key.lower(): value for key, value in params.items()}
        commands = lowered.get("cmd")
        pairs = dict(enumerate(commands)) if isinstance(commands, list) else as_map(commands)
        results: dict[Any, Any] = {}
        errors: dict[Any, Any] = {}
        totals: dict[Any, Any] = {}
        following: dict[Any, Any] = {}
        times: dict[Any, Any] = {}
        for position, (key, command) in enumerate(pairs.items()):
            started = time.time()
            try:
                if position >= BATCH_LIMIT:
                    refuse("ERROR_BATCH_LENGTH_EXCEEDED", "Max batch length exceeded")
                answer = self._command(str(command), results, http_method)
            except RestRefused as refusal:
                errors[key] = refusal.entry()
                if truthy(lowered.get("halt")):
                    break
                continue
            results[key] = answer.result
            times[key] = self._time(started)
            if answer.total is not None:
                totals[key] = answer.total
            if answer.next is not None:
                following[key] = answer.next
        return {
            "result": php_array(results),
            "result_error": php_array(errors),
            "result_total": php_array(totals),
            "result_next": php_array(following),
            "result_time": php_array(times),
        }

    def _command(self, command: str, results: Mapping[Any, Any], http_method: str) -> Answer:
        name, _, query = command.partition("?")
        name = name.strip()
        method = self._found(name)
        if method.in_batch:
            self._authorised(
                method, Credentials(str(self.site.settings.user_id), self.site.settings.code)
            )
        params = {key: _resolved(value, results) for key, value in from_query(query).items()}
        return self._call(name, method, params, http_method)

    def _time(self, started: float) -> dict[str, Any]:
        finished = time.time()
        spent = round(finished - started, 6)
        clock = self.site.clock
        block: dict[str, Any] = {
            "start": started,
            "finish": finished,
            "duration": spent,
            "processing": spent,
            "date_start": clock.text(int(started)),
            "date_finish": clock.text(int(finished)),
        }
        if self.site.settings.rate_limit:
            block |= {"operating_reset_at": int(finished) + 600, "operating": spent}
        return block


def _resolved(value: Any, results: Mapping[Any, Any]) -> Any:
    """Put earlier results in the place of ``$result[key][field]``.

    A missing one is an empty text (switch S11).
    """
    if isinstance(value, dict):
        return {key: _resolved(item, results) for key, item in value.items()}
    if isinstance(value, list):
        return [_resolved(item, results) for item in value]
    if not isinstance(value, str) or "$result" not in value:
        return value
    alone = _REFERENCE.fullmatch(value)
    if alone:
        return _looked_up(alone.group(1), results)
    return _REFERENCE.sub(lambda match: str(_looked_up(match.group(1), results)), value)


def _looked_up(path: str, results: Any) -> Any:
    node = results
    for segment in re.findall(r"\[([^\]]*)\]", path):
        if isinstance(node, dict):
            node = node.get(segment, node.get(int(segment)) if segment.isdigit() else None)
        elif isinstance(node, list) and segment.isdigit() and int(segment) < len(node):
            node = node[int(segment)]
        else:
            node = None
        if node is None:
            return ""
    return node
