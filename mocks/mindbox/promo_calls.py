"""Promo codes outside orders: issue, list, redeem, cancel (section 17)."""

from __future__ import annotations

from datetime import UTC, datetime

from mocks.mindbox.call import Answer, Call
from mocks.mindbox.clock import read
from mocks.mindbox.customer import Customer
from mocks.mindbox.customers import existing
from mocks.mindbox.errors import ProtocolRefused
from mocks.mindbox.paging import page_of
from mocks.mindbox.project import Project
from mocks.mindbox.reading import Json, node, text
from mocks.mindbox.stock import Pool, PromoCode

PAGE_LIMIT = 10_000
_EARLIEST = datetime.min.replace(tzinfo=UTC)
BY_VALUE, CREATES, FROM_POOL = "byValue", "byValueCreating", "fromPool"


def issue(call: Call) -> Answer:
    """Issue a code in the mode of the step; every outcome is a Success with its own word."""
    project = call.project
    sent = call.required("promoCode")
    customer = existing(project, call.required("customer"))
    value, pool_id = _checked(call, sent)
    till = text(sent.get("availableTillDateTimeUtc"))
    since = text(sent.get("availableFromDateTimeUtc"))
    pool = project.pools.get(pool_id)
    if pool_id and pool is None:
        return _outcome("PromoCodePoolNotFound")
    code = _by_value(call, value, pool) if value else _free(project, pool)
    if code is None:
        return _outcome("PromoCodeNotFound" if value else "NoAvailablePromoCodesInPool")
    refusal = _refused(project, code, customer)
    if refusal:
        return _outcome(refusal)
    if till:
        code.available_till = read(till, "/promoCode/availableTillDateTimeUtc")
    if since:
        code.available_from = read(since, "/promoCode/availableFromDateTimeUtc")
    assign(project, code, customer, at=call.at, place=call.place)
    return Answer(
        {"promoCode": {"issueStatus": "Issued", **code.as_json()}}, "changed", str(customer.id)
    )


def assign(
    project: Project, code: PromoCode, customer: Customer, *, at: datetime, place: str = ""
) -> None:
    """Give a code to a customer."""
    code.customer_id, code.issued, code.issued_place = customer.id, at, place
    details = {"promoCode": code.as_json()}
    project.act("VydachaPromokoda", customer.id, at=at, place=place, details=details)
    project.tell("promoCodeIssued", customer=customer)


def list_codes(call: Call) -> Answer:
    """Return a page of a customer's codes; an unknown customer is a protocol error."""
    project = call.project
    customer = existing(project, call.required("customer"))
    found = [code for code in project.promo_codes.values() if code.customer_id == customer.id]
    page = page_of(call, found, moment=_listed_at, limit=PAGE_LIMIT)
    now = project.now()
    return Answer(
        {"promoCodes": [{"status": code.status(now), **code.as_json()} for code in page]},
        key=str(customer.id),
    )


def redeem(call: Call) -> Answer:
    """Mark a code as used without an order (17.3)."""
    project = call.project
    customer = existing(project, call.required("customer"))
    code = _named(call)
    if code.status(project.now()) != "Active":
        msg = "/promoCode/ids/value: промокод не может быть погашен"
        raise ProtocolRefused(msg)
    sent = text(call.required("promoCode").get("usedDateTimeUtc"))
    code.used = read(sent, "/promoCode/usedDateTimeUtc") if sent else call.at
    code.used_place, code.customer_id = call.place, customer.id
    project.act("PogasheniePromokoda", customer.id, at=code.used, place=call.place)
    return Answer({}, "changed", str(customer.id))


def cancel_redemption(call: Call) -> Answer:
    """Make a code that was redeemed without an order usable again."""
    customer = existing(call.project, call.required("customer"))
    code = _named(call)
    if code.used is None or code.used_order is not None:
        msg = "/promoCode/ids/value: промокод не погашен"
        raise ProtocolRefused(msg)
    code.used, code.used_place = None, ""
    return Answer({}, "changed", str(customer.id))


def add_code(
    project: Project,
    pool: Pool,
    value: str,
    *,
    available: tuple[datetime | None, datetime | None] = (None, None),
) -> PromoCode:
    """Put a new code into a pool."""
    code = PromoCode(
        project.next_id("promo_code"),
        value,
        pool,
        available_from=available[0],
        available_till=available[1],
    )
    project.promo_codes[value] = code
    return code


def add_pool(project: Project, external_id: str, name: str) -> Pool:
    """Create a pool, or rename the one with this id."""
    pool = project.pools.get(external_id)
    if pool is None:
        pool = Pool(project.next_id("pool"), external_id, name)
        project.pools[external_id] = pool
    pool.name = name
    return pool


def _checked(call: Call, sent: Json) -> tuple[str, str]:
    """Return value and pool; the step's mode demands or forbids each of them (17.1)."""
    value = text(node(sent, "ids").get("value"))
    pool_id = text(node(sent, "pool", "ids").get("externalId"))
    mode, fixed = call.operation.option("mode") or FROM_POOL, call.operation.option("pool")
    if mode == FROM_POOL and value:
        msg = "/promoCode/ids/value: значение промокода не может быть передано"
        raise ProtocolRefused(msg)
    if mode != FROM_POOL and not value:
        msg = "/promoCode/ids/value: не передан обязательный параметр"
        raise ProtocolRefused(msg)
    is_forbidden = mode == BY_VALUE or bool(fixed)
    if pool_id and is_forbidden:
        msg = "/promoCode/pool: пул не может быть передан"
        raise ProtocolRefused(msg)
    if not pool_id and not is_forbidden:
        msg = "/promoCode/pool: не передан обязательный параметр"
        raise ProtocolRefused(msg)
    return value, pool_id or fixed


def _by_value(call: Call, value: str, pool: Pool | None) -> PromoCode | None:
    code = call.project.promo_codes.get(value)
    if code is None and pool is not None and call.operation.option("mode") == CREATES:
        return add_code(call.project, pool, value)
    return code


def _free(project: Project, pool: Pool | None) -> PromoCode | None:
    for code in project.promo_codes.values():
        is_free = code.customer_id is None and code.used is None and code.blocked is None
        if code.pool is pool and is_free:
            return code
    return None


def _refused(project: Project, code: PromoCode, customer: Customer) -> str:
    now = project.now()
    is_foreign = code.customer_id is not None and code.customer_id != customer.id
    if is_foreign or code.used is not None or code.blocked is not None:
        return "NotAvailableForIssue"
    pool = code.pool
    if (pool.issue_from and now < pool.issue_from) or (pool.issue_till and now >= pool.issue_till):
        return "NotInIssueDateTimeRange"
    return ""


def _outcome(status: str) -> Answer:
    return Answer({"promoCode": {"issueStatus": status}}, "unchanged")


def _named(call: Call) -> PromoCode:
    value = text(node(call.required("promoCode"), "ids").get("value"))
    code = call.project.promo_codes.get(value)
    if code is None:
        msg = "/promoCode/ids/value: промокод не найден"
        raise ProtocolRefused(msg)
    return code


def _listed_at(code: PromoCode) -> datetime:
    return code.used or code.issued or code.available_from or _EARLIEST
