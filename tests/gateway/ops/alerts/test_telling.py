"""Who is told what and when: grouping, quiet hours, silences, reminders, flapping, failures."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.config import AlertAddress
from gateway.contract import ConfigInvalid, NoticeChannel
from gateway.ops.alerts.message import SHORT, Told, text_of
from gateway.ops.alerts.record import awake_at
from gateway.ops.alerts.ways import channel_of, ways_of
from gateway.ports import AlertRow, AlertState, SilenceRow
from tests.gateway.ops.alerts.bench import ADDRESS, Bench, no_hooks, section_of
from tests.gateway.ops.alerts.conftest import MakeBench
from tests.store.rows import NOON, later


async def _rounds(bench: Bench, *seconds: float) -> None:
    bench.running = bench.running or bench.duty()
    for one in seconds:
        bench.clock.move(one)
        await bench.running.round()
        await bench.perform()


async def test_what_comes_together_is_one_message(make_bench: MakeBench) -> None:
    """An outage of the network would be as many messages as there are accounts."""
    bench = make_bench(group_s=20.0)
    await bench.park("crm")
    await _rounds(bench, 1)
    await bench.park("shop")
    await _rounds(bench, 10, 15)
    (letter,) = bench.postman.sent
    assert letter.to == ADDRESS
    assert letter.subject == "Gateway: alerts: 2"
    assert "crm: access refused" in letter.text
    assert "shop: access refused" in letter.text
    assert "docs/how-to/alerts.md#alert-auth" in letter.text


async def test_a_message_says_what_since_when_and_what_to_do(make_bench: MakeBench) -> None:
    """Whoever is woken would have to ask."""
    bench = make_bench(language="ru", console_url="https://gw.example/console/")
    await bench.park("crm")
    await _rounds(bench, 60)
    (letter,) = bench.postman.sent
    assert letter.subject == "Шлюз: ТРЕВОГА: crm: доступ отклонён, обмен остановлен"
    for part in ("с 02.03 15:00 (1 мин)", "gateway check", "https://gw.example/console/alerts"):
        assert part in letter.text
    await bench.park("crm", parked=False)
    await _rounds(bench, 60, 60)
    assert "ПРОШЛО: crm: доступ отклонён" in bench.postman.sent[1].text
    assert "с 02.03 15:00 до 02.03 15:03 (3 мин)" in bench.postman.sent[1].text


async def test_what_flaps_is_told_seldom(make_bench: MakeBench) -> None:
    """A vendor that goes and comes would send two messages a minute, all night."""
    bench = make_bench(flap_s=3600.0)
    for _ in range(30):
        await bench.park("crm")
        await _rounds(bench, 61)
        await bench.park("crm", parked=False)
        await _rounds(bench, 75, 75)
    turns = [line.partition(":")[0] for line in bench.lines()]
    assert turns == ["ALERT", "OVER", "ALERT"]
    assert "it came back, 2 times by now" in bench.postman.sent[2].text


async def test_quiet_hours_are_kept_and_made_up_for(make_bench: MakeBench) -> None:
    """Somebody would be woken for nothing, or never hear of the night."""
    to = {"ops": {"account": "mail", "to": ADDRESS, "quiet": "14:00-17:00"}}
    bench = make_bench(to=to)
    await bench.park("crm")
    await _rounds(bench, 1, 600)
    await bench.park("crm", parked=False)
    await _rounds(bench, 1, 600)
    await bench.park("shop")
    await _rounds(bench, 1, 60)
    assert bench.postman.sent == []
    await _rounds(bench, 2 * 3600)
    (letter,) = bench.postman.sent
    assert "ALERT: shop" in letter.text
    assert "WAS AND IS OVER: crm" in letter.text


@pytest.mark.parametrize(
    ("quiet", "hours", "wake"),
    [
        (None, 0, 0),
        ("14:00-17:00", 0, 2),
        ("15:00-16:00", 1, 1),
        ("22:00-08:00", 8, 17),
        ("22:00-08:00", 16, 17),
        ("22:00-08:00", 17, 17),
    ],
)
def test_an_address_wakes_at_the_end_of_its_hours(quiet: str | None, hours: int, wake: int) -> None:
    """A message would wait for a day, or not at all; noon in UTC is 15:00 in Moscow."""
    address = AlertAddress(account="mail", to=ADDRESS, quiet=quiet)
    at = NOON.replace(microsecond=0)
    woken = awake_at(address, at + timedelta(hours=hours), "Europe/Moscow")
    assert woken == at + timedelta(hours=wake)


async def test_a_silence_holds_beginnings_back_and_no_ends(make_bench: MakeBench) -> None:
    """Maintenance would flood everybody; what lasts past it would never be told."""
    bench = make_bench()
    await bench.park("crm")
    await _rounds(bench, 1)
    made = SilenceRow("s1", "auth", "", NOON, later(1000), "anna", "работы")
    await bench.store.run(lambda tx: tx.put_silence(made))
    await bench.park("crm", parked=False)
    await bench.park("shop")
    await _rounds(bench, 100, 100)
    assert [line.partition(":")[0] for line in bench.lines()] == ["ALERT", "OVER"]
    await _rounds(bench, 1000)
    assert bench.lines()[-1].startswith("ALERT: shop")


async def test_a_lasting_alert_is_told_again_where_it_is_asked_for(make_bench: MakeBench) -> None:
    """It would be forgotten over the week-end."""
    bench = make_bench(remind_h=2.0)
    await bench.park("crm")
    await _rounds(bench, 1, 3600, 3700, 3600, 3600)
    turns = [line.partition(":")[0] for line in bench.lines()]
    assert turns == ["ALERT", "STILL", "STILL"]


async def test_an_address_hears_what_it_wants_to(make_bench: MakeBench) -> None:
    """The owner would get every backlog."""
    to = {
        "ops": {"account": "mail", "to": ADDRESS},
        "owner": {"account": "mail", "to": "owner@example.ru", "only": ["balance"]},
    }
    bench = make_bench(to=to)
    await bench.park("crm")
    await _rounds(bench, 1)
    assert [one.to for one in bench.postman.sent] == [ADDRESS]


async def test_a_message_in_doubt_is_sent_once_more(make_bench: MakeBench) -> None:
    """A cut line would leave everybody untold; twice is better than never."""
    bench = make_bench()
    bench.postman.fails = "cut"
    await bench.park("crm")
    await _rounds(bench, 1)
    bench.postman.fails = ""
    await _rounds(bench, 20, 20, 20)
    assert len(bench.postman.sent) == 2
    (note,) = await bench.store.read(lambda tx: tx.notes_of([row.id for row in tx.alerts_open()]))
    assert str(note.state) == "sent"
    assert not await bench.store.read(
        lambda tx: tx.dead_letters(state="open", account=None, limit=9)
    )


async def test_an_end_never_overtakes_its_beginning(make_bench: MakeBench) -> None:
    """A mail server that was away would tell them in any order, and what gathered one by one."""
    bench = make_bench()
    bench.postman.fails = "away"
    await bench.park("crm")
    await _rounds(bench, 1)
    await bench.park("crm", parked=False)
    await bench.park("shop")
    await _rounds(bench, 61, 61, 61)
    await bench.park("shop", parked=False)
    await _rounds(bench, 61, 61, 61)
    bench.postman.fails = ""
    await _rounds(bench, 700, 700, 700)
    assert [line.partition(", ")[0] for line in bench.lines()] == [
        "ALERT: crm: access refused", "WAS AND IS OVER: shop: access refused",
        "OVER: crm: access refused",
    ]  # fmt: skip
    assert len(bench.postman.sent) == 2


async def test_an_address_that_is_gone_stops_nobody(make_bench: MakeBench) -> None:
    """A note for somebody who left would be tried for ever."""
    bench = make_bench(group_s=20.0)
    await bench.park("crm")
    await _rounds(bench, 1)
    bench.section = section_of(to={"boss": {"account": "mail", "to": ADDRESS}})
    bench.ways = ways_of(bench.section, bench.accounts, no_hooks)
    bench.running = None
    await _rounds(bench, 90)
    assert [one.address for one in await bench.store.read(lambda tx: tx.open_notes())] == []


@pytest.mark.parametrize(
    ("to", "channel"),
    [
        ("ops@example.ru", NoticeChannel.EMAIL),
        ("+79161234567", NoticeChannel.SMS),
        ("79161234567", NoticeChannel.SMS),
        ("C024BE91L", NoticeChannel.CHAT),
        ("#alerts", NoticeChannel.CHAT),
    ],
)
def test_an_address_is_known_by_its_form(to: str, channel: NoticeChannel) -> None:
    """A phone would get a letter."""
    assert channel_of(to) is channel


@pytest.mark.parametrize(
    "to", [{"account": "crm", "to": "x@y.ru"}, {"account": "mail", "to": "#x"}]
)
async def test_an_address_that_nobody_reaches_is_refused(
    to: dict[str, str], make_bench: MakeBench
) -> None:
    """The first outage would show that nobody could be told."""
    bench = make_bench()
    with pytest.raises(ConfigInvalid, match=r"alerts\.to\.ops"):
        ways_of(section_of(to={"ops": to}), bench.accounts, no_hooks)


def test_an_sms_stays_short() -> None:
    """The sender would refuse a text of more parts than it may have."""
    rows = [
        AlertRow(
            f"a{number}", "silence", f"магазин-{number}", AlertState.ON, NOON, NOON, NOON,
            value={"limit": 60.0, "usual": 41},
        )
        for number in range(9)
    ]  # fmt: skip
    section = section_of(language="ru")
    for count in range(1, 9):
        told = [Told(row, "began") for row in rows[:count]]
        text = text_of(told, NoticeChannel.SMS, section, NOON, language="ru").body
        assert len(text) <= SHORT
        assert "\n" not in text
        assert "магазин-0: ничего не пришло за 60 мин, обычно 41, 02.03 15:00" in text
    assert text.endswith("и ещё 6")
