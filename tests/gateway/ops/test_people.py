"""One person through the faces: told, erased, approved by a second one, and erased again."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.canonical import Kind
from gateway.ops.faults import ExitCode
from tests.gateway.cli.run import gateway
from tests.gateway.ops.backstage import Browser, doors, employ
from tests.gateway.ops.house import EMAIL, PHONE, House, eventually, hint

PERSON = {"name/first": "Алёна", f"phones/{PHONE}": True, f"emails/{EMAIL}": True}
REQUEST = "request 17"


async def known(house: House) -> str:
    """Let the shop know a person; return his id."""
    house.vendor("shop").change(customer={"1": PERSON})
    async with house.gateway() as running:
        await hint(running, "customer", "1")
        store = running.foundation.store
        links = await eventually(
            lambda: store.read(lambda tx: tx.links("shop", Kind.CUSTOMER, ["1"])), bool
        )
        await eventually(
            lambda: store.read(lambda tx: tx.count_deliveries()), lambda found: not found
        )
    return links["1"].entity_id


def test_the_commands_tell_erase_and_show_the_protocol(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    """A request would be answered by a programmer."""
    entity_id = asyncio.run(known(house))
    told = gateway(capsys, "export", "person", PHONE, "--reason", REQUEST, "--json")
    assert told.code == ExitCode.OK, told.err
    document = told.json()["document"]
    assert document["person"]["name"]["first"] == "Алёна"
    assert {one["account"] for one in document["copies"]} >= {"shop"}
    text = gateway(capsys, "export", "person", PHONE, "--reason", REQUEST)
    assert "ЧТО О ВАС ИЗВЕСТНО" in text.out
    assert EMAIL in text.out
    plan = gateway(capsys, "erase", PHONE, "--dry-run")
    assert "nothing was changed" in plan.out
    no = gateway(capsys, "erase", PHONE)
    assert (no.code, "say why" in no.err) == (ExitCode.FOUND, True)
    done = gateway(capsys, "erase", PHONE, "--reason", REQUEST, "--json")
    assert done.code == ExitCode.OK, done.err
    protocol = done.json()
    assert (protocol["entity_id"], protocol["reason"]) == (entity_id, REQUEST)
    assert {one["why"] for one in protocol["there"]} == {"no_call"}
    shown = gateway(capsys, "erase", "--protocol", protocol["id"])
    assert "by hand" in shown.out
    listed = gateway(capsys, "erase", "--list")
    assert protocol["id"] in listed.out
    assert not any(value in shown.out + listed.out for value in ("Алёна", EMAIL, PHONE))
    _tell_it_is_done(capsys, protocol["id"])
    gone = gateway(capsys, "export", "person", PHONE, "--reason", REQUEST)
    assert gone.code == ExitCode.FOUND
    stood = gateway(capsys, "erase", "--again", "--reason", "restore", "--json")
    assert stood.json() == {"again": [], "stood": 1}


def _tell_it_is_done(capsys: pytest.CaptureFixture[str], protocol: str) -> None:
    """Say by commands that what waits for people is done, once and again."""
    lost = gateway(capsys, "erase", "--protocol", protocol, "--done", "nowhere")
    assert (lost.code, "nothing waits" in lost.err) == (ExitCode.FOUND, True)
    assert gateway(capsys, "erase", "--done", "shop").code == ExitCode.CONFIG
    for who in ("olga", "boris"):
        said = gateway(capsys, "erase", "--protocol", protocol, "--done", "shop", "--who", who)
        assert (said.code, "done there by olga" in said.out) == (ExitCode.OK, True), said.err
    listed = gateway(capsys, "erase", "--list", "--json").json()["erasures"]
    waits = {one["account"]: one["waits"] for one in listed[0]["there"]}
    assert waits["shop"] is False


def test_a_restored_backup_is_followed_by_the_erasure(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    """The forgotten would be written to again after the first broken disk."""
    entity_id = asyncio.run(known(house))
    database = Path(house.url.removeprefix("sqlite:///"))
    backup = {one: one.read_bytes() for one in database.parent.glob("gateway.db*")}
    assert gateway(capsys, "erase", entity_id, "--reason", REQUEST).code == ExitCode.OK
    for one in database.parent.glob("gateway.db*"):
        one.unlink()
    for path, content in backup.items():
        path.write_bytes(content)
    assert gateway(capsys, "erase", entity_id, "--dry-run").code == ExitCode.OK
    again = gateway(capsys, "erase", "--again", "--reason", "restore", "--json")
    assert len(again.json()["again"]) == 1
    assert gateway(capsys, "erase", entity_id, "--dry-run").code == ExitCode.FOUND


async def test_a_record_of_an_erased_person_is_not_imported_again(house: House) -> None:
    """The next change at the shop would bring him back."""
    entity_id = await known(house)
    employ(house, console='approve = ["person.erase"]')
    async with doors(house) as there:
        wish = {"reason": REQUEST}
        async with there.api("vera") as viewer:
            path = f"/ops/v1/people/{entity_id}"
            assert (await viewer.post(f"{path}/export", json=wish)).status_code == 403
        async with there.api("olga") as operator:
            told = await operator.post(f"{path}/export", json=wish)
            assert told.json()["result"]["document"]["person"]["name"]["first"] == "Алёна"
            asked = await operator.post(f"{path}/erase", json=wish)
            assert asked.status_code == 202, asked.text
            approval = (await operator.get("/ops/v1/approvals")).json()[0]["id"]
        async with there.api("boris") as second:
            await second.post(f"/ops/v1/approvals/{approval}/approve")
            found = (await second.get("/ops/v1/erasures")).json()
            assert [one["entity_id"] for one in found] == [entity_id]
        house.vendor("shop").change(customer={"1": {**PERSON, "name/first": "Елена"}})
        await hint(there.gateway, "customer", "1")
        store = there.gateway.foundation.store

        async def ignored() -> bool:
            story = await store.read(lambda tx: tx.story(entity_id, limit=99))
            return ("received", "erased") in {(one.event, one.outcome) for one in story}

        await eventually(ignored, bool)
        row = (await store.read(lambda tx: tx.entities([entity_id])))[entity_id]
        assert (row.deleted, dict(row.fields)) == (True, {})


async def test_the_console_tells_and_erases(house: House) -> None:
    """A manager who answers a person's request would need a programmer."""
    entity_id = await known(house)
    employ(house)
    async with doors(house) as there:
        async with there.browser("vera") as viewer:
            page = await viewer.get(f"/people/{entity_id}")
            assert f"/people/{entity_id}/erase" not in page.text
            assert f"/people/{entity_id}/export" not in page.text
            for what in ("export", "erase"):
                no = await viewer.post(f"/people/{entity_id}/{what}", reason=REQUEST)
                assert no.status_code == 403
        async with there.browser("olga", language="ru") as operator:
            assert f"/people/{entity_id}" in (await operator.get(f"/object/{entity_id}")).text
            plan = await operator.get(f"/people/{entity_id}")
            assert "у системы нет такого вызова" in plan.text
            assert EMAIL not in plan.text
            unsaid = await operator.post(f"/people/{entity_id}/export", reason=" ", form="text")
            assert (unsaid.status_code, "напишите зачем" in unsaid.text) == (409, True)
            text = await operator.post(f"/people/{entity_id}/export", reason=REQUEST, form="text")
            assert "ЧТО О ВАС ИЗВЕСТНО" in text.text
            assert EMAIL in text.text
            assert text.headers["content-disposition"] == f'attachment; filename="{entity_id}.txt"'
            made = await operator.post(f"/people/{entity_id}/export", reason=REQUEST, form="json")
            assert made.json()["document"]["person"]["name"]["first"] == "Алёна"
            done = await operator.post(f"/people/{entity_id}/erase", reason=REQUEST)
            assert done.status_code == 303, done.text
            protocol = await operator.get(done.headers["location"].removeprefix("/console"))
            assert (REQUEST in protocol.text, entity_id in protocol.text) == (True, True)
            assert done.headers["location"] in (await operator.get("/erasures")).text
            await _is_done_by_hand(operator, done.headers["location"].removeprefix("/console"))
            gone = await operator.get(f"/people/{entity_id}")
            assert (gone.status_code, "нет такого покупателя" in gone.text) == (409, True)
            assert "Алёна" not in protocol.text


async def _is_done_by_hand(operator: Browser, path: str) -> None:
    """Look whether what is left for people stands open until one of them says that he did it."""
    before = (await operator.get(path)).text
    waiting = before.count("ждёт людей")
    assert waiting > 0
    nothing = await operator.post(f"{path}/done", account="nowhere")
    assert (nothing.status_code, "вручную делать нечего" in nothing.text) == (409, True)
    for _ in range(2):
        assert (await operator.post(f"{path}/done", account="shop")).status_code == 303
    after = (await operator.get(path)).text
    assert (after.count("ждёт людей"), after.count("сделано вручную")) == (waiting - 1, 1)
