"""Sessions of a base: the connector's only limit, and what a full pool means."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from connectors.onec.errors import checked
from gateway.canonical import Customer, Kind, PersonName, PhoneContact
from gateway.contract import Unavailable, Written
from tests.connectors.bench import Bench, Copy
from tests.connectors.onec.conftest import OpenBase

SLOW = {"call_delay_s": 0.01}


def people(count: int, *, first: int = 0) -> list[tuple[Copy, Customer]]:
    """Return people with a phone of their own and what is known of them: nothing."""
    return [
        (
            Copy(f"c-01session{number:013d}"),
            Customer(
                name=PersonName(last="Ёлкина", first="Анна", patronymic="Сергеевна"),
                phones=(PhoneContact(number=f"+7916{number:07d}", rank=0),),
            ),
        )
        for number in range(first, first + count)
    ]


async def created(base: Bench, count: int, *, first: int = 0) -> list[object]:
    """Create people in one batch."""
    changes = [base.change(Kind.CUSTOMER, *one) for one in people(count, first=first)]
    return list(await base.write(Kind.CUSTOMER, *changes))


@pytest.mark.parametrize("at_once", [1, 3])
async def test_all_batches_together_keep_within_the_sessions(
    open_base: OpenBase, at_once: int
) -> None:
    """Eight batches of one account would take eight times the licences that were agreed."""
    base = await open_base({"at_once": at_once}, **SLOW)
    await base.act("sessions", reset=True)

    told = await asyncio.gather(*(created(base, 4, first=start) for start in range(0, 32, 4)))

    assert all(isinstance(one, Written) for batch in told for one in batch)
    assert (await base.act("sessions"))["peak"] == at_once


def test_a_full_pool_leaves_no_doubt_of_the_call() -> None:
    """A call that never got a session would count as one that may have had its effect."""
    with pytest.raises(Unavailable) as raised:
        checked(httpx.Response(406), operation="POST Catalog_Партнеры", repeatable=False)
    assert raised.value.http_status == 406


async def test_every_customer_is_read_at_first_when_asked(open_base: OpenBase) -> None:
    """A new account starts without its customers: the list of them is refused as unreadable."""
    base = await open_base({"first_load": "all", "page": 2})
    made = [one for one in await created(base, 3) if isinstance(one, Written)]

    items, _ = await base.walk(Kind.CUSTOMER, None)

    assert len(made) == 3
    assert {one.external_id for one in made} <= {one.external_id for one in items}
