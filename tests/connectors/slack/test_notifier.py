"""Messages: escaped, each once as far as Slack lets us, with refusals that tell."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.slack.config import SlackSettings
from connectors.slack.errors import word_error
from connectors.slack.translator import LONGEST
from gateway.contract import (
    AuthRejected,
    ConnectorError,
    Notice,
    NoticeChannel,
    Operation,
    RateLimited,
    Rejected,
    Unavailable,
    Unsupported,
)
from tests.connectors.slack.stage import CHANNEL, Stage, notice, open_stage

SECRET = {"signing_secret": "s", "users": ["U0ANNA"]}


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """The connector on a fresh double."""
    async with open_stage() as opened:
        yield opened


async def test_a_customer_s_text_becomes_no_link_and_no_mention(stage: Stage) -> None:
    """Everybody in the workspace would be called by a name that somebody typed."""
    await stage.notifier.send(notice("<!channel> & <http://x|y>"), key="k-1")
    (message,) = await stage.seed.messages()
    assert message["text"] == "&lt;!channel&gt; &amp; &lt;http://x|y&gt;"


async def test_a_long_text_is_cut_where_it_can_be_seen(stage: Stage) -> None:
    """The vendor would refuse it whole."""
    await stage.notifier.send(notice("ё" * 5000), key="k-1")
    (message,) = await stage.seed.messages()
    assert len(message["text"]) == LONGEST
    assert message["text"].endswith("ё…")


async def test_a_webhook_posts_into_its_own_channel() -> None:
    """An installation without a bot could not be told anything."""
    async with open_stage(by_hook=True) as stage:
        await stage.notifier.send(notice("Отстаём"), key="k-1")
        assert [one["channel"] for one in await stage.seed.messages()] == ["C0HOOK"]
        await stage.seed.post("settings", is_hook_off=True)
        with pytest.raises(AuthRejected):
            await stage.notifier.send(notice("Отстаём"), key="k-2")


async def test_too_many_messages_wait_as_long_as_the_vendor_asks(stage: Stage) -> None:
    """The account would hammer, and be shut out."""
    await stage.seed.post("settings", limit_per_s=1.0)
    await stage.notifier.send(notice(), key="k-1")
    with pytest.raises(RateLimited) as caught:
        await stage.notifier.send(notice(), key="k-2")
    assert caught.value.retry_after_s == 1


async def test_a_probe_proves_the_token_and_posts_nothing(stage: Stage) -> None:
    """A check would fill a channel, or call a revoked token good."""
    assert (await stage.wired.connector.probe()).ok
    await stage.faults.revoke()
    assert not (await stage.wired.connector.probe()).ok
    assert await stage.seed.messages() == []


async def test_an_account_that_is_only_asked_sends_nothing() -> None:
    """A support desk would need a bot that may post."""
    async with open_stage(token=None) as stage:
        assert stage.wired.connector.services.notifier is None
        assert stage.wired.connector.operations == {}
        assert (await stage.wired.connector.probe()).ok


async def test_other_channels_and_empty_texts_are_refused(stage: Stage) -> None:
    """A phone's message would go into a channel."""
    for wrong in (Notice(NoticeChannel.SMS, "+79161234567", "x"), notice("  ")):
        with pytest.raises(Rejected):
            await stage.notifier.send(wrong, key="k-1")


async def test_what_was_answered_is_found_and_nothing_else(stage: Stage) -> None:
    """A message in doubt would be posted blindly, or one that is there be called lost."""
    send = stage.wired.connector.operations["notice.send"]
    payload = {"channel": "chat", "to": CHANNEL, "text": "Отстаём"}
    told = await send.perform(Operation("k-1", "notice.send", payload))
    assert await send.find("k-1") == told
    with pytest.raises(Unsupported):
        await send.find("k-2")


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("channel_not_found", Rejected),
        ("invalid_auth", AuthRejected),
        ("ratelimited", RateLimited),
        ("internal_error", Unavailable),
        ("a_word_of_tomorrow", Rejected),
    ],
)
def test_words_are_errors(word: str, kind: type[ConnectorError]) -> None:
    """A revoked token would be retried for ever, or a slip of the vendor be final."""
    error = word_error(word, operation="chat.postMessage")
    assert type(error) is kind
    assert error.vendor_code == word


def test_a_text_in_the_place_of_a_word_is_not_repeated() -> None:
    """What a proxy answers may quote what was sent."""
    assert word_error("Алёна <b>", operation="x").vendor_code == "unknown"


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"token": "t", "webhook": "https://hooks.example/x"},
        {"signing_secret": "s"},
        {"token": "t", "users": ["anna"]},
        {"webhook": "https://hooks.example/x?y=1"},
        {**SECRET, "order_command": "/customer"},
        {**SECRET, "shows": ["passport"]},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, Any]) -> None:
    """Anybody in the workspace might ask about customers."""
    with pytest.raises(ValidationError):
        SlackSettings.model_validate(wrong)
