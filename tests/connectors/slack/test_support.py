"""The support desk's questions: proved, allowed, read and answered to nobody else."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from connectors.slack.signature import sign
from gateway.canonical import Money
from gateway.contract import (
    ChatAnswer,
    SupportBalance,
    SupportChat,
    SupportCustomer,
    SupportFound,
    SupportOrder,
    SupportQuestion,
    SupportTopic,
    SupportTrouble,
    SupportUnfreeze,
    WebhookRefused,
)
from tests.connectors.slack.stage import ROOM, USER, Stage, open_stage

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """The connector on a fresh double."""
    async with open_stage() as opened:
        yield opened


def chat(stage: Stage) -> SupportChat:
    """Return the account's chat."""
    found = stage.wired.connector.services.support
    assert found is not None
    return found


def said(answer: object) -> dict[str, Any]:
    """Read an answer."""
    assert isinstance(answer, ChatAnswer)
    told: dict[str, Any] = json.loads(answer.body)
    return told


def test_the_signature_is_the_reference_s() -> None:
    """Slack's calls would be refused, or anybody's be believed (reference 5.2, test vector)."""
    body = b"token=x&team_id=T1&command=%2Fclient&text=79123456789"
    expected = "v0=ca243d87187df31bef2c4d4ea297992b74df5c0ec559e7e20d0039038904218a"
    assert sign("test-signing-secret", "1700000000", body) == expected


async def test_a_command_is_read(stage: Stage) -> None:
    """Another customer would be looked up."""
    call = await stage.seed.slash("/customer", "8 (916) 123-45-67")
    assert chat(stage).question(call) == SupportQuestion(
        SupportTopic.CUSTOMER, "8 (916) 123-45-67", USER, ROOM
    )
    order = chat(stage).question(await stage.seed.slash("/order", "А-1025"))
    assert isinstance(order, SupportQuestion)
    assert (order.topic, order.about) == (SupportTopic.ORDER, "А-1025")


async def test_a_call_is_believed_once(stage: Stage) -> None:
    """Whoever overheard a call could ask again and again."""
    call = await stage.seed.slash("/customer", "1")
    chat(stage).question(call)
    with pytest.raises(WebhookRefused):
        chat(stage).question(call)


@pytest.mark.parametrize(
    "spoiled",
    [
        pytest.param({"x-slack-signature": "v0=" + "0" * 64}, id="forged"),
        pytest.param({"x-slack-signature": ""}, id="unsigned"),
        pytest.param({"x-slack-request-timestamp": "1700000000"}, id="old"),
        pytest.param({"x-slack-request-timestamp": "soon"}, id="no number"),
        pytest.param({"x-slack-request-timestamp": "²"}, id="a digit that is no number"),
    ],
)
async def test_a_call_that_proves_nothing_is_refused(stage: Stage, spoiled: dict[str, str]) -> None:
    """Anybody on the internet could ask about customers."""
    call = await stage.seed.slash("/customer", "1")
    with pytest.raises(WebhookRefused) as caught:
        chat(stage).question(replace(call, headers={**call.headers, **spoiled}))
    assert caught.value.status == 401


async def test_a_changed_body_is_refused(stage: Stage) -> None:
    """A call could be made to ask for somebody else."""
    call = await stage.seed.slash("/customer", "1")
    with pytest.raises(WebhookRefused):
        chat(stage).question(replace(call, body=call.body + b"&text=2"))


async def test_a_call_from_the_future_window_is_taken(stage: Stage) -> None:
    """A clock that is a minute off would shut the desk out."""
    await stage.seed.post("act", action="clock.advance", seconds=240)
    question = chat(stage).question(await stage.seed.slash("/customer", "1"))
    assert isinstance(question, SupportQuestion)
    await stage.seed.post("act", action="clock.advance", seconds=120)
    call = await stage.seed.slash("/customer", "1")
    with pytest.raises(WebhookRefused):
        chat(stage).question(call)


async def test_slack_s_probe_is_answered_and_asks_nothing(stage: Stage) -> None:
    """The command could not be set up, or a probe would be an open door (5.1)."""
    probe = await stage.seed.slash("/customer", "", ssl_check=True)
    assert chat(stage).question(probe) == ChatAnswer(b"")


async def test_help_needs_no_look_up(stage: Stage) -> None:
    """An empty command would be looked up."""
    for text in ("", "help", "Помощь"):
        told = said(chat(stage).question(await stage.seed.slash("/customer", text)))
        assert told["response_type"] == "ephemeral"
        assert "/order" in told["text"]


async def test_only_who_is_named_may_ask() -> None:
    """Any of the workspace's thousand people could look customers up."""
    async with open_stage(channels=[ROOM]) as stage:
        allowed = [
            chat(stage).question(await stage.seed.slash("/customer", "1", **more))
            for more in ({}, {"user_id": "U0EVE"}, {"channel_id": "C0OTHER"})
        ]
        assert [getattr(one, "is_allowed", None) for one in allowed] == [True, False, False]


async def test_an_unknown_command_is_refused(stage: Stage) -> None:
    """Another app's command would be answered with customers."""
    call = await stage.seed.slash("/weather", "Москва")
    with pytest.raises(WebhookRefused) as caught:
        chat(stage).question(call)
    assert caught.value.status == 404


async def test_an_answer_tells_all_and_only_to_who_asked(stage: Stage) -> None:
    """The desk would not see when points unfreeze, or the whole channel would see a customer."""
    order = SupportOrder(
        "А-1025", NOON, "complete", Money(amount=Decimal("990.00"), currency="RUB"),
        Decimal("29.7"), Decimal(0), "Казань",
    )  # fmt: skip
    customer = SupportCustomer(
        "c-1", "Алёна <Ё>", ["+7916***4567"], ["a***@example.ru"], [],
        [SupportBalance("mindbox", Decimal("120.50"), Decimal(30), None, "Gold", is_fresh=False)],
        [SupportUnfreeze("mindbox", NOON, Decimal(30), "А-1025")], [order],
        more_orders=True, silent=["mindbox"],
    )  # fmt: skip
    question = SupportQuestion(SupportTopic.CUSTOMER, "1", USER, ROOM)
    told = said(chat(stage).answer(question, SupportFound([customer], [order])))
    assert told["response_type"] == "ephemeral"
    assert told["text"]
    text = "\n".join(block["text"]["text"] for block in told["blocks"])
    assert "Алёна &lt;Ё&gt;" in text
    for part in ("120.5", "Gold", "mindbox не отвечает", "02.03.2026 станут доступны 30",
                 "990.00 RUB", "начислено 29.7", "более ранние", "заказ А-1025"):  # fmt: skip
        assert part in text
    assert "списано" not in text
    assert all(block["text"]["type"] == "mrkdwn" for block in told["blocks"])


async def test_troubles_are_told_in_both_languages() -> None:
    """The desk would see an error of Slack and not know what to do."""
    question = SupportQuestion(SupportTopic.ORDER, "1", USER, ROOM)
    texts = []
    for language in ("ru", "en"):
        async with open_stage(language=language) as stage:
            texts += [said(chat(stage).trouble(question, one))["text"] for one in SupportTrouble]
    assert len(set(texts)) == len(texts)
