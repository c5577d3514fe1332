"""One desk, three faces: what is on, what was, silences with their rights, and texts as texts."""

from __future__ import annotations

from gateway.config import RULES
from gateway.console.pages.alerts import FIGURES, LABELS
from gateway.console.texts import language
from gateway.ports import AccountState
from tests.gateway.ops.alerts.receiver import SECRET, receiving
from tests.gateway.ops.backstage import Doors, doors, employ
from tests.gateway.ops.house import House, eventually

_PLANTED = "<script>alert(1)</script>"


async def _begin(there: Doors, name: str = "crm") -> None:
    """Let an account be refused, and let the duty of a process see it."""
    from gateway.bootstrap.alerting import build_alerting  # noqa: PLC0415

    gateway = there.gateway
    state = AccountState(name, parked=True, reason="no", since=gateway.foundation.clock.now())
    await gateway.foundation.store.run(lambda tx: tx.put_account_state(state))
    alerting = build_alerting(gateway.foundation, gateway.operations, bus=None, holder="test")
    await alerting.shared.round()
    for client in alerting.clients:
        await client.close()


def _with_alerts(house: House) -> None:
    employ(house)
    house.vendor("crm").change(mood="refuses")  # or the running gateway's probe would resume it
    text = house.config.read_text("utf-8")
    house.config.write_text(f"{text}\n[alerts.auth]\nminutes = 0\n", "utf-8")


async def test_what_is_on_is_seen_at_the_api_and_on_the_page(house: House) -> None:
    """An operator would learn of an alert from his telephone only."""
    _with_alerts(house)
    async with doors(house) as there:
        await _begin(there)
        async with there.api("vera") as client:
            (one,) = (await client.get("/ops/v1/alerts")).json()
            assert (one["rule"], one["subject"], one["state"]) == ("auth", "crm", "on")
            assert one["runbook"].endswith("#alert-auth")
            seen = (await client.get("/ops/v1/alerts/rules?language=ru")).json()
            bad = [row for row in seen if row["is_bad"]]
            assert [row["text"] for row in bad] == ["crm: доступ отклонён, обмен остановлен"]
            assert {row["rule"] for row in seen} == set(RULES)
            assert (await client.get("/ops/v1/alerts/history")).json()["alerts"] == []
        async with there.browser("vera", language="ru") as browser:
            page = await browser.get("/alerts")
            assert page.status_code == 200
            assert "crm: доступ отклонён" in page.text
            assert "Приглушить" not in page.text, "a viewer is offered what he may not do"
            part = await browser.get("/alerts/live", **{"hx-request": "true"})
            assert "<html" not in part.text
            assert "crm: доступ отклонён" in part.text


async def test_only_who_may_steer_silences(house: House) -> None:
    """A viewer could hide an outage from everybody."""
    _with_alerts(house)
    async with doors(house) as there:
        body = {"reason": "переезд", "minutes": 30, "rule": "auth"}
        for name, status in (("vera", 403), ("olga", 403), ("anna", 200)):
            async with there.api(name) as client:
                answer = await client.post("/ops/v1/alerts/silences", json=body)
                assert answer.status_code == status
        async with there.browser("anna") as browser:
            page = await browser.get("/alerts")
            assert "anna: переезд" in page.text
            answer = await browser.post(
                "/alerts/silences", rule="", subject="crm", minutes="5", reason=_PLANTED
            )
            assert answer.status_code == 303
            page = await browser.get("/alerts")
            assert _PLANTED not in page.text
            assert "&lt;script&gt;" in page.text
        async with there.api("anna") as client:
            held = (await client.get("/ops/v1/alerts/silences")).json()
            assert sorted(one["subject"] for one in held) == ["", "crm"]
            for one in held:
                answer = await client.delete(f"/ops/v1/alerts/silences/{one['id']}")
                assert answer.status_code == 200
            assert (await client.get("/ops/v1/alerts/silences")).json() == []
            answer = await client.delete("/ops/v1/alerts/silences/none")
            assert answer.status_code == 404
            answer = await client.post("/ops/v1/alerts/silences", json={**body, "minutes": 1e9})
            assert answer.status_code == 409
            answer = await client.post("/ops/v1/alerts/silences", json={**body, "rule": "moon"})
            assert answer.status_code == 409
        story = await there.backstage.store.read(lambda tx: tx.story("", limit=99))
        said = [(row.event, row.outcome) for row in story if row.detail.get("who") == "anna"]
        assert said.count(("alert", "silenced")) == 2
        assert said.count(("alert", "unsilenced")) == 2
        assert "переезд" not in str(story), "what a person typed stands sealed only"


async def test_a_test_message_tells_whether_it_was_taken(house: House) -> None:
    """The first outage would show that an address is wrong."""
    _with_alerts(house)
    async with receiving() as board:
        for name, text in (("hook.url", board.url), ("hook.secret", SECRET)):
            (house.folder / name).write_text(text, "utf-8")
        more = (
            '[alerts.to.board]\nhook = { file = "hook.url" }\nsecret = { file = "hook.secret" }\n'
        )
        house.config.write_text(house.config.read_text("utf-8") + more, "utf-8")
        async with doors(house) as there:
            async with there.api("olga") as client:
                answer = await client.post("/ops/v1/alerts/test", json={})
                assert answer.status_code == 403
            async with there.api("anna") as client:
                answer = await client.post("/ops/v1/alerts/test", json={})
                assert answer.json()["result"] == [{"address": "board", "cause": ""}]
                answer = await client.post("/ops/v1/alerts/test", json={"address": "moon"})
                assert answer.status_code == 404
            board.status = 500
            async with there.browser("anna") as browser:
                await browser.get("/alerts")
                answer = await browser.post("/alerts/test", address="board")
                assert "HTTP 500" in answer.text
    assert len(board.bodies) == 1


async def test_the_end_stands_in_the_history(house: House) -> None:
    """Nobody could say how long it lasted, and who was told."""
    _with_alerts(house)
    house.edit_config("[alerts.auth]", "[alerts]\nclear_s = 0\n[alerts.auth]")
    async with doors(house) as there:
        await _begin(there)

        async def over() -> list[object]:
            from gateway.bootstrap.alerting import build_alerting  # noqa: PLC0415

            gateway = there.gateway
            alerting = build_alerting(
                gateway.foundation, gateway.operations, bus=None, holder="test"
            )
            await gateway.foundation.store.run(lambda tx: tx.put_account_state(AccountState("crm")))
            await alerting.shared.round()
            async with there.api("vera") as client:
                found: list[object] = (await client.get("/ops/v1/alerts/history")).json()["alerts"]
            return found

        await eventually(over, bool)
        async with there.browser("vera") as browser:
            page = await browser.get("/alerts?before=")
            assert "crm: access refused" in page.text
            assert "No alerts" in page.text


def test_every_rule_and_figure_has_its_name_in_both_languages() -> None:
    """A page would fail at a rule that was added."""
    assert list(LABELS) == list(RULES)
    russian = language("ru").texts
    assert [one for one in (*LABELS.values(), *FIGURES.values()) if one not in russian] == []
