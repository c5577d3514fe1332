"""The page of merges as the configuration puts it together: the whole application, real codes."""

from __future__ import annotations

import httpx
import pytest

from gateway.bootstrap.merging import build_answering, build_asker
from gateway.cli.door import application
from gateway.cli.processes import door_of
from gateway.config import ConfigProblems
from gateway.contract import Services
from tests.gateway.identity.merging.asked import Post, Tab
from tests.gateway.ops.backstage import PUBLIC, employ, key_of
from tests.gateway.ops.house import EMAIL, PHONE, PLANTED, House
from tests.gateway.ops.test_merges import twice

CODES = '\n[codes]\nmode = "own"\nsms = "shop"\nemail = "crm"\nfloor_ms = 0\n'
MERGE = '\n[merge]\nask = "proposed"\nask_from = 0\nask_until = 24\n'
PAGE = f'\n[merge.page]\nurl = "{PUBLIC}"\n'


def configure(house: House, *sections: str) -> None:
    """Add sections to the configuration."""
    house.config.write_text(house.config.read_text("utf-8") + "".join(sections), "utf-8")


async def test_an_operator_asks_and_the_person_answers(house: House) -> None:
    """The parts would fit in tests only."""
    pair = await twice(house)
    employ(house)
    configure(house, CODES, MERGE, PAGE)
    post = Post()
    async with house.gateway() as gateway:
        for account in gateway.foundation.accounts.values():
            account.connector.services = Services(notifier=post)  # type: ignore[misc]
        transport = httpx.ASGITransport(application(door_of(gateway, works=True), gateway, None))
        headers = {"Authorization": f"Bearer {key_of('olga')}"}
        async with httpx.AsyncClient(transport=transport, base_url=PUBLIC) as http:
            wish = {"survivor": pair[0], "absorbed": pair[1], "reason": "звонила"}
            answer = await http.post("/ops/v1/merges", json=wish, headers=headers)
            assert answer.status_code == 200, answer.text
            for to, title in ((PHONE, "Подтверждено"), (EMAIL, "Спасибо!")):
                tab = await Tab(http, post.path(to)).open()
                await tab.send("code", code=post.code(to))
                assert tab.title == title, tab.page
            listed = await http.get("/ops/v1/merges", params={"state": "done"}, headers=headers)
            assert len(listed.json()) == 1
            assert (await http.get("/forms/nobody")).status_code == 404
        asker = build_asker(gateway.foundation)
        assert asker is not None
        assert await asker.round() == 0
    said = house.log.getvalue()
    secrets = (*PLANTED, *(post.path(to).rpartition("/")[2] for to in (PHONE, EMAIL)))
    assert [one for one in secrets if one in said] == []


async def test_what_cannot_work_is_told_at_start(house: House) -> None:
    """People would be written to without a way to answer, or the page be another's."""
    configure(house, MERGE, PAGE, 'logo = "nowhere.svg"\n')
    async with house.foundation() as foundation:
        with pytest.raises(ConfigProblems) as told:
            build_answering(foundation, lambda _: None)
        with pytest.raises(ConfigProblems):
            build_asker(foundation)
    paths = [one.path for one in told.value.problems]
    assert paths == ["codes.mode", "codes.sms", "codes.email", "merge.page.logo"]
