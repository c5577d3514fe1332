"""Letters: readable, named by their key, encrypted as set, with refusals that tell."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import ValidationError

from connectors.smtp.config import SmtpSettings as Settings
from gateway.contract import (
    AuthRejected,
    ConnectorError,
    Notice,
    NoticeChannel,
    Operation,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    TranslationFailed,
    Unavailable,
    Unsupported,
)
from mocks.serving import listen
from mocks.smtp.app import SmtpSettings
from tests.connectors.smtp.stage import TO, Stage, notice, open_stage
from tests.third_party.bitrix.tls import make_authority

Security = Literal["starttls", "tls", "plain"]


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """The connector on a fresh double."""
    async with open_stage() as opened:
        yield opened


async def test_a_letter_is_read_as_it_was_written() -> None:
    """Cyrillic would arrive as rubbish, or absence notes would answer the robot."""
    async with open_stage(
        unsubscribe="https://shop.example/u", reply_to="help@shop.example"
    ) as stage:
        told = await stage.notifier.send(
            notice("Код 482193\nНикому", subject="Код «Ёлки»"), key="k"
        )
        (letter,) = await stage.seed.letters()
    assert (letter["subject"], letter["text"]) == ("Код «Ёлки»", "Код 482193\nНикому\n")
    headers = letter["headers"]
    assert headers["from"] == "Магазин <robot@shop.example>"
    assert headers["message-id"] == told
    assert headers["auto-submitted"] == "auto-generated"
    assert headers["list-unsubscribe"] == "<https://shop.example/u>"
    assert headers["reply-to"] == "help@shop.example"
    assert letter["raw"].isascii()


async def test_a_key_names_its_letter_and_goes_once(stage: Stage) -> None:
    """A repeat would be a second letter, under a name that no mailbox can match."""
    first = await stage.notifier.send(notice(), key="k-1")
    assert await stage.notifier.send(notice(), key="k-1") == first
    assert await stage.notifier.send(notice(), key="k-2") != first
    assert len(await stage.seed.letters()) == 2


@pytest.mark.parametrize(
    ("rule", "failed", "code"),
    [
        pytest.param(("MAIL", 421, "4.3.0 x"), Unavailable, "421 4.3.0", id="going down"),
        pytest.param(("RCPT", 451, "4.7.1 x"), RateLimited, "451 4.7.1", id="greylisting"),
        pytest.param(("RCPT", 550, "5.1.1 x"), Rejected, "550 5.1.1", id="no such person"),
        pytest.param(("RCPT", 552, "x"), Rejected, "552", id="full, no enhanced code"),
        pytest.param(("MAIL", 530, "5.7.0 x"), AuthRejected, "530 5.7.0", id="login wanted"),
        pytest.param(("AUTH", 535, "5.7.8 x"), AuthRejected, "535 5.7.8", id="wrong password"),
        pytest.param(("AUTH", 454, "4.7.0 x"), RateLimited, "454 4.7.0", id="login later"),
        pytest.param(("DATA", 554, "5.7.1 x"), Rejected, "554 5.7.1", id="taken for spam"),
        pytest.param(("DATA", 451, "4.3.0 x"), Unavailable, "451 4.3.0", id="data later"),
    ],
)
async def test_a_reply_becomes_what_to_do_next(
    stage: Stage, rule: tuple[str, int, str], failed: type[ConnectorError], code: str
) -> None:
    """A full mailbox would be tried for days, or a greylisted letter be given up."""
    path, status, text = rule
    await stage.faults.script(kind="status", path=path, status=status, body=f"{text} {TO}")
    with pytest.raises(failed) as refused:
        await stage.notifier.send(notice(), key="k-1")
    assert type(refused.value) is failed
    assert (refused.value.operation, refused.value.vendor_code) == (path, code)
    assert TO not in f"{refused.value} {refused.value!r} {refused.value.__cause__!r}"
    assert await stage.seed.letters() == []


@pytest.mark.parametrize(
    ("rule", "failed", "arrived"),
    [
        pytest.param(("cut_before", "MAIL"), Unavailable, 0, id="before the letter"),
        pytest.param(("cut_before", "DATA"), OutcomeUnknown, 0, id="within the letter"),
        pytest.param(("cut_after", "DATA"), OutcomeUnknown, 1, id="after the letter"),
        pytest.param(("hang_before", "RCPT"), Unavailable, 0, id="silent before"),
        pytest.param(("hang_after", "DATA"), OutcomeUnknown, 1, id="silent after"),
    ],
)
async def test_only_what_left_may_have_arrived(
    rule: tuple[str, str], failed: type[ConnectorError], arrived: int
) -> None:
    """A letter that never left would wait for a person, or one that arrived be sent twice."""
    kind, path = rule
    async with open_stage(timeout_s=1.5) as stage:
        await stage.faults.script(kind=kind, path=path, times=1)
        with pytest.raises(failed):
            await stage.notifier.send(notice(), key="k-1")
        assert len(await stage.seed.letters()) == arrived
        with pytest.raises(Unsupported):
            await stage.wired.connector.operations["notice.send"].find("k-1")


async def test_a_notice_that_may_wait_goes_once(stage: Stage) -> None:
    """A notice would come twice, or its account's fault be taken for the notice's."""
    performer = stage.wired.connector.operations["notice.send"]
    operation = Operation("op:1", "notice.send", await stage.seed.payload("notice.send", 1))
    first = await performer.perform(operation)
    assert await performer.perform(operation) == first == await performer.find("op:1")
    assert await stage.seed.effects("notice.send") == 1
    await stage.faults.revoke()
    later = Operation("op:2", "notice.send", await stage.seed.payload("notice.send", 2))
    with pytest.raises(AuthRejected):
        await performer.perform(later)


async def test_a_wrong_payload_names_the_field_and_not_its_value(stage: Stage) -> None:
    """An address would stand in a dead letter."""
    wrong = {"channel": "email", "to": "", "text": TO}
    performer = stage.wired.connector.operations["notice.send"]
    with pytest.raises(TranslationFailed) as failed:
        await performer.perform(Operation("op:1", "notice.send", wrong))
    assert failed.value.path == "to"
    assert TO not in str(failed.value)


async def test_nobody_listening_is_told_as_away() -> None:
    """A restart of the mail server would turn notices into letters for people."""
    async with open_stage(port=_free_port()) as stage:
        with pytest.raises(Unavailable):
            await stage.notifier.send(notice(), key="k-1")


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_letters_go_encrypted(tmp_path: Path, security: Security) -> None:
    """Codes and passwords would go in clear text."""
    authority, certificate = make_authority(tmp_path)
    server = SmtpSettings(security=security, certificate=certificate)
    async with open_stage(server, ca_file=authority) as stage:
        await stage.notifier.send(notice(), key="k-1")
        assert len(await stage.seed.letters()) == 1
        assert (await stage.wired.connector.probe()).facts["security"] == security


async def test_a_certificate_that_is_not_trusted_rests_the_account(tmp_path: Path) -> None:
    """A letter would go to whoever stands in between."""
    _, certificate = make_authority(tmp_path)
    async with open_stage(SmtpSettings(security="starttls", certificate=certificate)) as stage:
        with pytest.raises(AuthRejected, match="ca_file"):
            await stage.notifier.send(notice(), key="k-1")
        assert not (await stage.wired.connector.probe()).ok


async def test_encryption_that_is_not_offered_is_no_reason_to_do_without() -> None:
    """The library's default would send the password in clear when somebody strips STARTTLS."""
    async with open_stage(security="starttls") as stage:
        with pytest.raises(AuthRejected, match="encryption"):
            await stage.notifier.send(notice(), key="k-1")
        assert await stage.seed.letters() == []


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(notice(to="nobody"), id="no address"),
        pytest.param(notice(to="a@b.ru\r\nBcc: c@d.ru"), id="a header in the address"),
        pytest.param(notice(to="a@b.ru, c@d.ru"), id="two addresses"),
        pytest.param(notice(to="ёлка@почта.рф"), id="beyond ASCII"),
        pytest.param(notice(text=" \n"), id="blank"),
        pytest.param(Notice(NoticeChannel.SMS, "+79120000001", "x"), id="SMS"),
    ],
)
async def test_what_cannot_be_sent_is_refused(stage: Stage, sent: Notice) -> None:
    """It would be tried for days, or reach people whom nobody meant."""
    with pytest.raises(Rejected):
        await stage.notifier.send(sent, key="k-1")
    assert await stage.seed.letters() == []


async def test_a_subject_of_two_lines_adds_no_header(stage: Stage) -> None:
    """A name with a line end would write headers of its own."""
    await stage.notifier.send(notice(subject="Код\r\nBcc: c@d.ru"), key="k-1")
    (letter,) = await stage.seed.letters()
    assert letter["subject"] == "Код Bcc: c@d.ru"
    assert letter["recipients"] == [TO]


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"user": "robot"}, id="no password"),
        pytest.param({"security": "plain", "user": "a", "password": "b"}, id="password in clear"),
        pytest.param({"sender": "Магазин <a@b.ru>"}, id="a name in the address"),
        pytest.param({"sender_name": "a\nBcc: b@c.ru"}, id="a header in the name"),
        pytest.param({"unsubscribe": "http://b.ru"}, id="unsubscribing in clear"),
    ],
)
def test_settings_that_cannot_work_are_refused(given: dict[str, Any]) -> None:
    """The account would fail with the first code, or tell its password to the street."""
    with pytest.raises(ValidationError):
        Settings(**{"host": "mail.example", "sender": "a@b.ru", **given})


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465), ("plain", 25)])
def test_the_port_follows_the_way(security: Security, port: int) -> None:
    """Each way has its own port: the wrong one hangs until the time is over."""
    assert Settings(host="mail.example", sender="a@b.ru", security=security).real_port == port


def _free_port() -> int:
    sock = listen()
    port = int(sock.getsockname()[1])
    sock.close()
    return port
