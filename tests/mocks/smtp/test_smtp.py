"""The double by the standard library's own client: a second witness beside the connector."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest

from mocks.serving import serve
from mocks.smtp.app import SmtpSettings, build_app, describe
from tests.third_party.bitrix.tls import make_authority


@asynccontextmanager
async def served(settings: SmtpSettings) -> AsyncIterator[tuple[dict[str, Any], httpx.AsyncClient]]:
    """Serve a double; yield what it says of itself and its side door."""
    async with serve(build_app(settings)) as url, httpx.AsyncClient(base_url=url) as door:
        yield dict(describe(settings, url)), door


def letter(text: str = "Ёлка") -> EmailMessage:
    """Return a letter."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "a@shop.example", "b@mail.example", "Код"
    made.set_content(text)
    return made


def visit(about: dict[str, Any], use: Callable[[smtplib.SMTP], object]) -> object:
    """Log in with the standard library's client and do something."""
    with smtplib.SMTP(about["host"], about["port"], timeout=20) as client:
        client.login(about["user"], about["password"])
        return use(client)


async def test_a_letter_arrives_as_a_reader_sees_it() -> None:
    """A test of what people read would look at bytes."""
    async with served(SmtpSettings()) as (about, door):
        await asyncio.to_thread(visit, about, lambda client: client.send_message(letter()))
        (arrived,) = (await door.get("/__mock__/letters")).json()["letters"]
    assert (arrived["subject"], arrived["text"]) == ("Код", "Ёлка\n")
    assert arrived["recipients"] == ["b@mail.example"]


async def test_a_wrong_password_is_refused_as_servers_do() -> None:
    """A connector's own test of its login could not fail."""
    async with served(SmtpSettings()) as (about, _):
        with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
            await asyncio.to_thread(
                visit, {**about, "password": "no"}, lambda client: client.noop()
            )
    assert refused.value.smtp_code == 535


@pytest.mark.parametrize(
    ("rule", "failed", "arrived"),
    [
        pytest.param(
            {"kind": "status", "path": "DATA", "status": 451, "body": "4.3.0 later"},
            smtplib.SMTPDataError,
            0,
            id="later",
        ),
        pytest.param(
            {"kind": "cut_before", "path": "DATA"}, smtplib.SMTPServerDisconnected, 0, id="before"
        ),
        pytest.param(
            {"kind": "cut_after", "path": "DATA"}, smtplib.SMTPServerDisconnected, 1, id="after"
        ),
        pytest.param(
            {"kind": "cut_before", "path": "MAIL"}, smtplib.SMTPServerDisconnected, 0, id="early"
        ),
    ],
)
async def test_a_fault_does_what_its_rule_says(
    rule: dict[str, Any], failed: type[Exception], arrived: int
) -> None:
    """What was lost and what arrived unanswered would look the same to every test."""
    async with served(SmtpSettings()) as (about, door):
        await door.post("/__mock__/faults", json={"rules": [{**rule, "times": 1}]})
        with pytest.raises(failed):
            await asyncio.to_thread(visit, about, lambda client: client.send_message(letter()))
        assert len((await door.get("/__mock__/letters")).json()["letters"]) == arrived
        await asyncio.to_thread(visit, about, lambda client: client.send_message(letter()))


async def test_a_refused_recipient_is_told() -> None:
    """A dead address could not be played."""
    async with served(SmtpSettings()) as (about, door):
        refuse = {
            "action": "recipient.refuse",
            "address": "b@mail.example",
            "reply": "550 5.1.1 no",
        }
        await door.post("/__mock__/act", json=refuse)
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            await asyncio.to_thread(visit, about, lambda client: client.send_message(letter()))


async def test_starttls_is_demanded(tmp_path: Path) -> None:
    """A connector that sends a password in clear would pass."""
    authority, certificate = make_authority(tmp_path)
    settings = SmtpSettings(security="starttls", certificate=certificate)
    async with served(settings) as (about, _):

        def clear() -> None:
            with smtplib.SMTP(about["host"], about["port"], timeout=20) as client:
                client.login(about["user"], about["password"])

        def upgraded() -> tuple[int, bytes]:
            with smtplib.SMTP(about["host"], about["port"], timeout=20) as client:
                client.starttls(context=ssl.create_default_context(cafile=authority))
                return client.login(about["user"], about["password"])

        with pytest.raises(smtplib.SMTPException):
            await asyncio.to_thread(clear)
        assert (await asyncio.to_thread(upgraded))[0] == 235
