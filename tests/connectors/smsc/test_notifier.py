"""Short messages: each once in effect, for a price that was allowed, with refusals that tell."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.smsc.config import SmscSettings
from connectors.smsc.errors import NoMoney
from connectors.smsc.notifier import NoticeSend
from connectors.smsc.translator import id_of, parts_of
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
)
from tests.connectors.smsc.stage import PHONE, Stage, notice, open_stage


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """The connector on a fresh double."""
    async with open_stage() as opened:
        yield opened


async def test_a_message_arrives_as_it_was_written(stage: Stage) -> None:
    """Cyrillic would arrive as rubbish, or from another sender."""
    told = await stage.notifier.send(notice("Код 482193, «Ёлка» — никому"), key="k-1")
    (message,) = await stage.seed.messages()
    assert told == str(message["id"]) == str(id_of("k-1"))
    assert message["text"] == "Код 482193, «Ёлка» — никому"
    assert (message["phone"], message["sender"]) == ("79120000001", "SHOP")


async def test_a_key_that_comes_again_later_sends_nothing(stage: Stage) -> None:
    """The vendor refuses an equal text for a minute only: after it people got it twice."""
    first = await stage.notifier.send(notice(), key="k-1")
    await stage.seed.post("act", action="clock.advance", seconds=3600)
    assert await stage.notifier.send(notice(), key="k-1") == first
    assert len(await stage.seed.messages()) == 1


async def test_a_lost_answer_is_found_when_it_is_sent_again(stage: Stage) -> None:
    """A time-out after the vendor took it would ring twice."""
    await stage.faults.cut("notice.send", after=True)
    with pytest.raises(OutcomeUnknown):
        await stage.notifier.send(notice(), key="k-1")
    assert await stage.notifier.send(notice(), key="k-1") == str(id_of("k-1"))
    assert len(await stage.seed.messages()) == 1


async def test_an_equal_text_under_another_key_waits(stage: Stage) -> None:
    """A second message of its own would be taken for the first one and never be sent."""
    await stage.notifier.send(notice(), key="k-1")
    with pytest.raises(RateLimited) as refused:
        await stage.notifier.send(notice(), key="k-2")
    assert refused.value.vendor_code == "9"
    await stage.seed.post("act", action="clock.advance", seconds=61)
    await stage.notifier.send(notice(), key="k-2")
    assert len(await stage.seed.messages()) == 2


@pytest.mark.parametrize(
    ("switch", "failed", "code"),
    [
        pytest.param({"undeliverable": ["79120000001"]}, Rejected, "8", id="cannot be reached"),
        pytest.param({"forbidden_words": ["Код"]}, Rejected, "6", id="forbidden text"),
        pytest.param({"balance": "0"}, NoMoney, "3", id="no money"),
        pytest.param({"is_address_blocked": True}, RateLimited, "4", id="blocked address"),
    ],
)
async def test_a_refusal_says_what_to_do_next(
    stage: Stage, switch: dict[str, Any], failed: type[ConnectorError], code: str
) -> None:
    """HTTP 200 would be taken for a success, or a wrong phone be tried for days."""
    await stage.seed.post("seed" if "balance" in switch else "settings", **switch)
    with pytest.raises(failed) as refused:
        await stage.notifier.send(notice(), key="k-1")
    assert refused.value.vendor_code == code
    assert PHONE[1:] not in str(refused.value)


async def test_what_lacked_money_is_sent_when_there_is_some(stage: Stage) -> None:
    """A notice that nobody got would count as sent."""
    await stage.seed.post("seed", balance="0")
    with pytest.raises(AuthRejected):
        await stage.notifier.send(notice(), key="k-1")
    await stage.seed.post("seed", balance="100")
    await stage.notifier.send(notice(), key="k-1")
    assert [one["was_sent"] for one in await stage.seed.messages()] == [False, True]


async def test_what_failed_for_good_is_not_sent_again(stage: Stage) -> None:
    """A wrong number would be paid for with each repetition."""
    await stage.notifier.send(notice(), key="k-1")
    message = {"phone": PHONE[1:], "id": id_of("k-1")}
    await stage.seed.post("act", action="message.status", **message, status=22, err=1)
    with pytest.raises(Rejected) as refused:
        await stage.notifier.send(notice(), key="k-1")
    assert refused.value.vendor_code == "status:22"


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        pytest.param(notice(to="no phone"), "7", id="no phone"),
        pytest.param(notice(text=" "), "parts", id="blank"),
        pytest.param(notice(text="Ё" * 300), "parts", id="too many parts"),
        pytest.param(Notice(NoticeChannel.EMAIL, "a@b.ru", "x"), "", id="e-mail"),
    ],
)
async def test_what_cannot_be_sent_is_refused_before_a_call(
    stage: Stage, sent: Notice, code: str
) -> None:
    """The vendor would block our address for a time after many bad requests."""
    with pytest.raises(Rejected) as refused:
        await stage.notifier.send(sent, key="k-1")
    assert refused.value.vendor_code == code
    assert stage.wired.operations == []


async def test_a_message_beyond_the_cost_limit_is_not_sent() -> None:
    """A message to a far country would cost as much as a day's codes."""
    async with open_stage(cost_limit="4.00") as stage:
        with pytest.raises(Rejected) as refused:
            await stage.notifier.send(notice(text="Ё" * 71), key="k-1")
        assert refused.value.vendor_code == "cost_limit"
        await stage.notifier.send(notice(), key="k-2")
        assert len(await stage.seed.messages()) == 1


async def test_in_test_mode_nothing_is_sent() -> None:
    """A trial run would ring at customers."""
    async with open_stage(test=True) as stage:
        assert await stage.notifier.send(notice(), key="k-1") == f"test-{id_of('k-1')}"
        assert await stage.seed.messages() == []
        assert (await stage.wired.connector.probe()).notes == (
            "test: messages are priced and not sent",
        )


async def test_a_low_balance_is_told_before_it_is_empty() -> None:
    """The first sign of an empty account would be customers without codes."""
    async with open_stage(balance_floor="999") as stage:
        await stage.notifier.send(notice(), key="k-1")
        assert "notify.balance_low" in stage.wired.log.text()
        report = await stage.wired.connector.probe()
        assert report.ok
        assert report.notes[0].startswith("balance_floor")
        await stage.seed.post("seed", balance="0")
        assert not (await stage.wired.connector.probe()).ok


async def test_an_api_key_opens_the_account_too() -> None:
    """An account without a password could not be used."""
    async with open_stage(api_key="smsc-double-key") as stage:
        await stage.notifier.send(notice(), key="k-1")
        assert len(await stage.seed.messages()) == 1


async def test_fewer_requests_are_under_way_than_the_vendor_counts(stage: Stage) -> None:
    """A mailing would be refused with code 9 as soon as it is fast."""
    await stage.seed.post("settings", latency_s=0.02)
    sent = [
        stage.notifier.send(notice(to=f"+791200000{number:02}"), key=f"k-{number}")
        for number in range(40)
    ]
    assert len(set(await asyncio.gather(*sent))) == 40


async def test_a_notice_that_may_wait_goes_once_and_is_found(stage: Stage) -> None:
    """An operation of unknown outcome would be sent twice, or wait for a person."""
    performer = stage.wired.connector.operations["notice.send"]
    payload = await stage.seed.payload("notice.send", 1)
    operation = Operation("op:1", "notice.send", payload)
    assert await performer.find("op:1") is None
    await stage.faults.cut("notice.send", after=True)
    with pytest.raises(OutcomeUnknown):
        await performer.perform(operation)
    found = {"id": str(id_of("op:1"))}
    assert await performer.find("op:1") == found
    assert await performer.perform(operation) == found
    assert await stage.seed.effects("notice.send") == 1


async def test_another_process_looks_before_it_sends(stage: Stage) -> None:
    """A key of a process that died says nothing here: it would ring again."""
    payload = await stage.seed.payload("notice.send", 1)
    operation = Operation("op:1", "notice.send", payload)
    await stage.wired.connector.operations["notice.send"].perform(operation)
    await stage.seed.post("act", action="clock.advance", seconds=3600)
    other = NoticeSend(stage.notifier)
    assert await other.find("op:1") is None
    assert await other.perform(operation) == {"id": str(id_of("op:1"))}
    assert await stage.seed.effects("notice.send") == 1


async def test_refused_credentials_rest_the_account(stage: Stage) -> None:
    """Every notice would become a letter for people."""
    await stage.faults.revoke()
    with pytest.raises(AuthRejected):
        await stage.notifier.send(notice(), key="k-1")
    assert not (await stage.wired.connector.probe()).ok


async def test_a_wrong_payload_names_the_field_and_not_its_value(stage: Stage) -> None:
    """A phone would stand in a dead letter."""
    performer = stage.wired.connector.operations["notice.send"]
    wrong = {"channel": "sms", "to": "", "text": PHONE}
    with pytest.raises(TranslationFailed) as failed:
        await performer.perform(Operation("k-1", "notice.send", wrong))
    assert failed.value.path == "to"
    assert PHONE not in str(failed.value)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        pytest.param("", 0, id="empty"),
        pytest.param("a" * 160, 1, id="one Latin"),
        pytest.param("a" * 161, 2, id="two Latin"),
        pytest.param("[" * 81, 2, id="double characters"),
        pytest.param("ж" * 70, 1, id="one Cyrillic"),
        pytest.param("ж" * 71, 2, id="two Cyrillic"),
        pytest.param("😀" * 36, 2, id="pairs"),
    ],
)
def test_parts_are_counted_as_operators_do(text: str, parts: int) -> None:
    """A text would be cut, or paid for many times."""
    assert parts_of(text) == parts


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"login": "shop"}, id="no secret"),
        pytest.param({"password": "x"}, id="no login"),
        pytest.param({"login": "shop", "password": "x", "api_key": "y"}, id="two secrets"),
        pytest.param({"api_key": "y", "at_once": 15}, id="too many at once"),
    ],
)
def test_settings_that_cannot_work_are_refused(given: dict[str, Any]) -> None:
    """The account would fail with the first code."""
    with pytest.raises(ValidationError):
        SmscSettings(**given)
