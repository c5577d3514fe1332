"""The REST engine: finds the method, checks the webhook.

Runs single calls and batches (reference 1.1-1.6).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mocks.bitrix import (
    catalog,
    catalog_prices,
    crm_contacts,
    crm_duplicates,
    crm_items,
    sale_dictionaries,
    sale_extra,
    sale_item_parts,
    sale_modify,
    sale_orders,
    sale_parts,
    sale_shipments,
    sale_statuses,
    user_methods,
)
from mocks.bitrix.errors import ANYTHING_ELSE, RestRefused, method_not_found, refuse
from mocks.bitrix.gateway_methods import GATEWAY_METHODS
from mocks.bitrix.limits import OperatingTime
from mocks.bitrix.params import as_map, from_query, php_array, truthy
from mocks.bitrix.references import resolved
from mocks.bitrix.rest import BASIC, Answer, Call, Caller, Method, Registry
from mocks.bitrix.service import service_methods
from mocks.bitrix.site import Site
from mocks.sidedoor import Journal

BATCH_LIMIT = 50
# Their warnings are answered as errors, with the save done (reference 2).
_WARNING_METHODS = ("sale.order.modify", "sale.payment.update")
WEBHOOK_TEXT = "The request requires higher privileges than provided by the webhook token"
# Taken out of the query before the method sees it (reference 1.1).
_RESERVED = ("aplogin", "ap", "auth", "auth_connector", "start", "state")


@dataclass(frozen=True)
class Credentials:
    """Who calls: the user and code of the path, or an application's access token."""

    user: str = ""
    code: str = ""
    token: str = ""
    is_tls: bool = True


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
        self._saves = 0
        self.operating = OperatingTime(site.clock)
        self.registry = Registry()
        self.registry.take(BASIC, service_methods(self.registry))
        self.registry.take(BASIC, {"batch": self._nested_batch})
        for module in (
            sale_orders,
            sale_modify,
            sale_parts,
            sale_shipments,
            sale_dictionaries,
            sale_extra,
            sale_item_parts,
            sale_statuses,
        ):
            self.registry.take("sale", module.METHODS)
        self.registry.take("pay_system", sale_dictionaries.PAY_SYSTEM_METHODS)
        self.registry.take("delivery", sale_dictionaries.DELIVERY_METHODS)
        self.registry.take("catalog", catalog.METHODS)
        self.registry.take("catalog", catalog_prices.METHODS)
        self.registry.take("gateway", GATEWAY_METHODS)
        for module in (crm_contacts, crm_items, crm_duplicates):
            self.registry.take("crm", module.METHODS)
        self.registry.take("user", user_methods.METHODS)

    def run(self, http_method: str, name: str, params: dict[str, Any], who: Credentials) -> Outcome:
        """Run one request: a call or a batch."""
        started = time.time()
        path = f"/rest/{name}"
        try:
            method = self._found(name)
            caller = self._authorised(method, who)
            self.site.act_for(caller.user_id, str(params.get("auth_connector", "")))
            if name.lower() == "batch":
                result = self._batch(params, http_method, who)
                self.journal.write(http_method, path, op="batch")
                return Outcome(200, {"result": result, "time": self._time(started, caller, name)})
            answer = self._call(name, method, params, http_method, caller)
        except RestRefused as refusal:
            if not refusal.is_journaled:
                self.journal.write(
                    http_method, path, op=name.lower(), status=refusal.status, effect="refused"
                )
            return Outcome(refusal.status, refusal.body(self.site.settings.error_codes))
        beside = answer.beside()
        return Outcome(
            200, {"result": answer.result, **beside, "time": self._time(started, caller, name)}
        )

    def _found(self, name: str) -> Method:
        """Find a method; an unknown one is refused before anybody looks at the credentials."""
        method = self.registry.methods.get(name.lower())
        if method is None or not self.site.settings.has_method(name.lower(), method.scope):
            raise method_not_found()
        return method

    def _authorised(self, method: Method, who: Credentials) -> Caller:
        """Check webhook or token, then the scopes (statuses by switch S1)."""
        settings = self.site.settings
        is_core = settings.auth_status == "core"
        status = 401 if is_core else 403
        if who.code:
            if settings.https_required and not who.is_tls:
                refuse("INVALID_REQUEST", "Https required.", 401 if is_core else 400)
            if who.code != settings.code or who.user != str(settings.user_id):
                refuse("INVALID_CREDENTIALS", "Invalid request credentials", status)
            caller = Caller(settings.user_id, settings.scopes)
        elif who.token:
            user_id = self.site.tokens.user_of(who.token)
            app = settings.app
            caller = Caller(user_id, app.scopes, app.client_id, app.is_admin)
        else:
            refuse("NO_AUTH_FOUND", "Wrong authorization data", 401)
        if method.scope != BASIC and method.scope not in caller.scopes:
            refuse("insufficient_scope", WEBHOOK_TEXT, status)
        return caller

    def _call(
        self,
        name: str,
        method: Method,
        params: Mapping[str, Any],
        http_method: str,
        caller: Caller,
    ) -> Answer:
        """Run one method and journal it."""
        own = {key: value for key, value in params.items() if key not in _RESERVED}
        connector = str(params.get("auth_connector", ""))
        call = Call(self.site, name, own, params.get("start"), caller=caller, connector=connector)
        path = f"/rest/{name}"
        op = name.lower()
        settings = self.site.settings
        started = time.monotonic()
        try:
            if settings.rate_limit:
                self.operating.check(caller.mark, op, settings.operating_limit_s)
            answer = method.run(call)
            self._warned(op)
        except RestRefused as refusal:
            refusal.is_journaled = True
            self.journal.write(
                http_method,
                path,
                op=op,
                key=call.key,
                status=refusal.status,
                effect="refused",
            )
            raise
        finally:
            spent = time.monotonic() - started + settings.operating_extra_s
            self.operating.charge(caller.mark, op, spent)
        self.journal.write(http_method, path, op=op, key=call.key, effect=call.effect)
        return answer

    def _warned(self, op: str) -> None:
        """Answer a warning instead of a save's result, every n-th time (switch S22)."""
        every = self.site.settings.warn_every
        if every and op in _WARNING_METHODS:
            self._saves += 1
            if self._saves % every == 0:
                refuse(ANYTHING_ELSE, "Предупреждение при сохранении заказа")

    def _nested_batch(self, call: Call) -> Answer:
        """Refuse a batch inside a batch (reference 1.6)."""
        del call
        refuse("ERROR_BATCH_METHOD_NOT_ALLOWED", "Method is not allowed for batch usage", 405)

    def _batch(
        self, params: Mapping[str, Any], http_method: str, who: Credentials
    ) -> dict[str, Any]:
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
                answer, name, caller = self._command(str(command), results, http_method, who)
            except RestRefused as refusal:
                errors[key] = refusal.entry(self.site.settings.error_codes)
                if truthy(lowered.get("halt")):
                    break
                continue
            results[key] = answer.result
            times[key] = self._time(started, caller, name)
            if answer.total is not None:
                totals[key] = answer.total
            if answer.next is not None:
                following[key] = answer.next
        return {
            name: php_array(found)
            for name, found in (
                ("result", results),
                ("result_error", errors),
                ("result_total", totals),
                ("result_next", following),
                ("result_time", times),
            )
        }

    def _command(
        self, command: str, results: Mapping[Any, Any], http_method: str, who: Credentials
    ) -> tuple[Answer, str, Caller]:
        name, _, query = command.partition("?")
        name = name.strip()
        method = self._found(name)
        caller = self._authorised(method, who) if method.in_batch else Caller()
        keeps = self.site.settings.missing_reference == "text"
        params = {
            key: resolved(value, results, keeps_missing=keeps)
            for key, value in from_query(query).items()
        }
        return self._call(name, method, params, http_method, caller), name, caller

    def _time(self, started: float, caller: Caller, name: str) -> dict[str, Any]:
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
            method = name.lower()
            block["operating_reset_at"] = self.operating.reset_at(caller.mark, method)
            block["operating"] = self.operating.used(caller.mark, method)
        return block
