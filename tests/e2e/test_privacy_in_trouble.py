"""The privacy promise in trouble: vendors quote what they refuse, bugs quote what they held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from gateway.bootstrap.foundation import Foundation
from gateway.canonical import Kind
from gateway.contract import Change, Hint, Outcome, Reading, WebhookRequest
from tests.e2e import planted
from tests.e2e.hiding import (
    CRM_FORM,
    ECHO,
    HTML,
    Shop,
    assert_nothing_leaked,
    failed_of,
    letters_of,
    open_planted,
    status,
)
from tests.e2e.world import CRM, SHOP, log_events, until

CRM_REFUSES = {
    "success": False,
    "errorMsg": f"Errors in the entity format: {ECHO}",
    "errors": {
        "phones[0].number": f"{planted.PHONE} is not a phone",
        planted.PHONE: "is refused",
        "lastName": f'Value "{planted.LAST}" is not valid',
    },
}
CRM_REFUSES_IN_WORDS = {
    "success": False,
    "errorMsg": ECHO,
    "errors": [f"{planted.EMAIL}: is taken", f"{planted.PHONE}: wrong", ECHO],
}
SHOP_REFUSES = {"error": "GW_ARGUMENT", "error_description": f"phone: {ECHO}"}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(CRM_REFUSES, id="by field"),
        pytest.param(CRM_REFUSES_IN_WORDS, id="in words"),
    ],
)
async def test_nothing_leaks_when_the_crm_refuses_and_repeats_the_value(
    shop: Shop, body: Mapping[str, Any]
) -> None:
    """Vendors quote what they refuse; the quotation must not become our cause or log line."""
    await shop.break_calls(CRM, status(400, body, path="(create|upload|edit)$"))
    user = await shop.register()
    await shop.order(user)
    await until(lambda: letters_of(shop.world), what="the refusal is a letter")
    await assert_nothing_leaked(shop)


async def test_nothing_leaks_when_the_site_refuses_and_repeats_the_value(shop: Shop) -> None:
    """The same for the site, whose refusals come inside a batch or alone."""
    await shop.break_calls(SHOP, status(400, SHOP_REFUSES, path="gateway.user.add|batch"))
    await shop.world.crm.act("customer.create", customer=CRM_FORM)
    await until(lambda: shop.fired(SHOP), what="the site refused")
    await until(lambda: failed_of(shop.world), what="the refusal is stored")
    await assert_nothing_leaked(shop)


async def test_nothing_leaks_when_vendors_answer_with_a_page_of_html(shop: Shop) -> None:
    """A debug page of the vendor's shows its variables; it must stay unread."""
    await shop.break_calls(CRM, status(500, HTML, path="upload|create|edit|history", times=4))
    await shop.break_calls(SHOP, status(502, HTML, path="batch|gateway", times=4))
    user = await shop.register()
    number = await shop.order(user)
    await until(lambda: shop.fired(CRM), what="the CRM failed")
    await until(lambda: shop.world.crm_order(number), what="the order is in the CRM at last")
    await assert_nothing_leaked(shop)


async def test_nothing_leaks_when_connections_are_cut(shop: Shop) -> None:
    """The libraries' errors name the address that was called, and it may hold the secret."""
    cut = [
        {"kind": "cut_after", "path": "upload|create|batch|edit", "times": 3},
        {"kind": "cut_before", "path": "history|gateway|list", "times": 3},
    ]
    for which in (SHOP, CRM):
        await shop.break_calls(which, *cut)
    user = await shop.register()
    number = await shop.order(user)
    await until(lambda: shop.fired(CRM), what="the CRM cut a connection")
    await until(lambda: shop.fired(SHOP), what="the site cut a connection")
    await until(lambda: shop.world.crm_order(number), what="the order is in the CRM at last")
    assert await shop.world.crm_customer(planted.EMAIL.lower())
    await assert_nothing_leaked(shop)


async def test_nothing_leaks_when_a_record_cannot_be_translated(shop: Shop) -> None:
    """An unreadable record is shown to people by its path; its content stays where it was."""
    await shop.order(await shop.register())
    await shop.world.quiet()
    made = await shop.world.crm.act("customer.create", customer=CRM_FORM)
    row = {"id": made["id"], "phones": planted.CRM_PHONE, "firstName": {"first": planted.CRM_FIRST},
           "email": planted.CRM_EMAIL, "birthday": planted.CRM_LAST, "site": "shop-ru"}  # fmt: skip
    body = {
        "success": True,
        "pagination": {"limit": 100, "totalCount": 1, "currentPage": 1, "totalPageCount": 1},
        "customers": [row],
    }
    await shop.break_calls(CRM, status(200, body, path="/customers$"))
    letters = await until(lambda: letters_of(shop.world), what="the record is a letter")
    assert letters[0].cause_code == "translation_failed"
    await assert_nothing_leaked(shop)


class _Broken:
    """A part of a connector with a bug: its exception quotes the record."""

    def __init__(self, inner: Any, times: int) -> None:  # noqa: ANN401 - any part of a connector
        self._inner = inner
        self._left = times
        self.raised = 0

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the part has
        return getattr(self._inner, name)

    def trip(self) -> None:
        """Raise as long as the bug lasts."""
        if self._left:
            self._left -= 1
            self.raised += 1
            msg = f"cannot read {ECHO} with {planted.API_KEY}"
            raise ValueError(msg) from KeyError(planted.PHONE)


class _BrokenWriter(_Broken):
    async def write(self, changes: Sequence[Change[Any]]) -> Sequence[Outcome[Any]]:
        self.trip()
        outcomes: Sequence[Outcome[Any]] = await self._inner.write(changes)
        return outcomes


class _BrokenReader(_Broken):
    async def get(self, external_ids: Sequence[str]) -> Reading[Any]:
        self.trip()
        reading: Reading[Any] = await self._inner.get(external_ids)
        return reading

    async def pull(self, cursor: str | None, *, limit: int) -> Any:  # noqa: ANN401 - a page
        if cursor is not None:
            self.trip()
        return await self._inner.pull(cursor, limit=limit)


class _BrokenWebhook(_Broken):
    def receive(self, request: WebhookRequest) -> Sequence[Hint]:
        self.trip()
        hints: Sequence[Hint] = self._inner.receive(request)
        return hints


async def test_nothing_leaks_when_a_connector_has_a_bug(tmp_path: Path) -> None:
    """A bug's exception holds whatever the code had in hand; type and place are all we may tell."""
    broken: list[_Broken] = []

    def spoil(foundation: Foundation) -> None:
        shop, crm = (foundation.accounts[name].connector for name in (SHOP, CRM))
        broken.extend(
            [
                _BrokenWriter(crm.writers[Kind.CUSTOMER], 10),
                _BrokenReader(shop.readers[Kind.CUSTOMER], 2),
                _BrokenWebhook(shop.webhooks, 2),
            ]
        )
        crm.writers[Kind.CUSTOMER] = broken[0]  # type: ignore[index]
        shop.readers[Kind.CUSTOMER] = broken[1]  # type: ignore[index]
        shop.webhooks = broken[2]  # type: ignore[misc]

    async with open_planted(tmp_path, spoil) as world:
        shop = Shop(world, tmp_path)
        form = {"event": "ONGATEWAYUSERSAVE", "phone": planted.PHONE}
        for _ in range(2):
            assert await shop.ask("POST", "/hooks/shop", data=form) == 500
        await shop.register()
        await until(lambda: letters_of(world), what="the bug is a letter", within_s=20.0)
        assert all(part.raised for part in broken)
        assert log_events(world, "http.failed")
        assert log_events(world, "deliver.unexplained")
        await assert_nothing_leaked(shop)


async def test_nothing_leaks_when_keys_are_refused(shop: Shop) -> None:
    """A parked account tells the operator which key to renew, and not what it is."""
    refused = {"success": False, "errorMsg": f'Wrong "apiKey" value {planted.API_KEY}.'}
    await shop.break_calls(CRM, status(403, refused, path=""))
    expired = {"error": "INVALID_CREDENTIALS", "error_description": planted.WEBHOOK_CODE}
    user = await shop.register()
    await until(lambda: shop.world.link(SHOP, Kind.CUSTOMER, user), what="the event came in")
    await shop.break_calls(SHOP, status(401, expired, path=""))

    async def parked() -> bool:
        states = await shop.world.gateway.foundation.store.read(lambda tx: tx.account_states())
        return {name for name, state in states.items() if state.parked} == {SHOP, CRM}

    await until(parked, what="both accounts are parked")
    await assert_nothing_leaked(shop)
