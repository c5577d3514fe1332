"""Webhooks that scenarios call: templates, retries, use of the answer (section 23)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from mocks.mindbox.customer import Customer
from mocks.mindbox.http_out import send
from mocks.mindbox.order import Order
from mocks.mindbox.project import Project
from mocks.mindbox.promo_calls import add_code, add_pool, assign
from mocks.mindbox.reading import Json, text

_VARIABLE = re.compile(r"\$\{([A-Za-z0-9_.]+)\}")
_TRANSACTIONAL = "${WebhookRequest.TransactionalId}"
_ATTEMPTS = 4
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_RETRIED = 429
_SERVER_ERRORS = 500


@dataclass
class Delivery:
    """One call of a webhook, as the webhook log shows it; ``branch`` is the scenario's way on."""

    webhook: str
    event: str
    transactional_id: str
    attempts: int = 0
    status: int = 0
    branch: str = ""
    customer_id: int = 0


class WebhookSender:
    """Sends what the configured webhooks make of the project's events."""

    def __init__(self, project: Project) -> None:
        """Send nothing until webhooks are configured."""
        self._project = project
        self._tasks: set[asyncio.Task[None]] = set()
        self.log: list[Delivery] = []

    def flush(self) -> None:
        """Take the events that the last call left and start the calls they cause."""
        events, self._project.events = self._project.events, []
        for event, details in events:
            for webhook in self._project.settings.webhooks:
                if webhook.get("event") == event:
                    self.start(webhook, event, details)

    def start(self, webhook: Mapping[str, Any], event: str, details: Mapping[str, Any]) -> Delivery:
        """Start one call."""
        customer = details.get("customer")
        delivery = Delivery(
            str(webhook.get("name", "")),
            event,
            self._project.guid(),
            customer_id=customer.id if isinstance(customer, Customer) else 0,
        )
        self.log.append(delivery)
        values = _values(event, details, delivery.transactional_id)
        task = asyncio.create_task(self._deliver(webhook, delivery, values, customer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return delivery

    def state(self) -> list[Json]:
        """Return the webhook log."""
        return [asdict(one) for one in self.log]

    async def close(self) -> None:
        """Stop; what is on its way is lost."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _deliver(
        self,
        webhook: Mapping[str, Any],
        delivery: Delivery,
        values: Mapping[str, str],
        customer: Customer | None,
    ) -> None:
        """Send, and again after 5xx, 429 and silence if the call carries its transactional id."""
        settings = self._project.settings
        is_repeatable = _TRANSACTIONAL in orjson.dumps(dict(webhook)).decode()
        answer = b""
        for attempt in range(_ATTEMPTS if is_repeatable else 1):
            if attempt:
                await asyncio.sleep(settings.webhook_retry_gap_s)
            delivery.attempts += 1
            delivery.status, answer = await self._once(webhook, values)
            silent_or_busy = not delivery.status or delivery.status == _RETRIED
            if not silent_or_busy and delivery.status < _SERVER_ERRORS:
                break
        is_ok = 200 <= delivery.status < 300  # noqa: PLR2004 - any 2xx is a success
        found = _variables(webhook, answer) if is_ok else None
        if found is not None:
            self._use(webhook, found, customer)
        delivery.branch = "No" if found is None else "Yes"

    async def _once(
        self, webhook: Mapping[str, Any], values: Mapping[str, str]
    ) -> tuple[int, bytes]:
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            **{str(k): _filled(str(v), values) for k, v in webhook.get("headers", {}).items()},
        }
        body = orjson.dumps(_filled_json(webhook.get("body", {}), values))
        method = str(webhook.get("method", "POST"))
        try:
            async with asyncio.timeout(self._project.settings.webhook_timeout_s):
                return await send(method, _filled(str(webhook["url"]), values), headers, body)
        except (OSError, TimeoutError, ValueError, EOFError):
            return 0, b""

    def _use(
        self, webhook: Mapping[str, Any], found: Mapping[str, str], customer: Customer | None
    ) -> None:
        """Issue the returned promo code, or write it to a custom field, as configured."""
        if customer is None:
            return
        issue = webhook.get("issue_promo_code")
        if issue:
            value = found[str(issue["variable"])]
            pool = add_pool(self._project, str(issue["pool"]), str(issue["pool"]))
            code = self._project.promo_codes.get(value) or add_code(self._project, pool, value)
            if code.customer_id is None:
                assign(self._project, code, customer, at=self._project.now())
        target = webhook.get("custom_field")
        if target:
            customer.custom[str(target["name"])] = found[str(target["variable"])]
            customer.changed = self._project.now()


def _variables(webhook: Mapping[str, Any], answer: bytes) -> dict[str, str] | None:
    """Read the declared variables by JSON path; None when one is absent."""
    declared = [str(one) for one in webhook.get("variables", ())]
    if not declared:
        return {}
    try:
        body = orjson.loads(answer)
    except orjson.JSONDecodeError:
        return None
    found = {}
    for path in declared:
        value = _at(body, path)
        if value is None:
            return None
        found[path] = text(value)
    return found


def _at(body: Any, path: str) -> Any:
    for name, at in _STEP.findall(path):
        if name:
            body = body.get(name) if isinstance(body, dict) else None
        else:
            body = body[int(at)] if isinstance(body, list) and int(at) < len(body) else None
    return body


def _values(event: str, details: Mapping[str, Any], transactional_id: str) -> dict[str, str]:
    values = {"WebhookRequest.TransactionalId": transactional_id, "Event": event}
    customer = details.get("customer")
    if isinstance(customer, Customer):
        values["Recipient.MindboxId"] = str(customer.id)
        values["Recipient.MobilePhone"] = customer.phone.value
        values["Recipient.Email"] = customer.email.value
        values["Recipient.FirstName"] = customer.fields.get("firstName", "")
        values |= {f"Recipient.Ids.{key}": value for key, value in customer.ids.items()}
    order = details.get("order")
    if isinstance(order, Order):
        values["Order.MindboxId"] = str(order.id)
        values |= {f"Order.Ids.{key}": value for key, value in order.ids.items()}
    values |= {str(k): v for k, v in details.items() if isinstance(v, str)}
    return values


def _filled(template: str, values: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: values.get(found[1], ""), template)


def _filled_json(template: Any, values: Mapping[str, str]) -> Any:
    if isinstance(template, Mapping):
        return {str(key): _filled_json(value, values) for key, value in template.items()}
    if isinstance(template, list):
        return [_filled_json(value, values) for value in template]
    return _filled(template, values) if isinstance(template, str) else template
