"""Change registration through the exchange plan (reference, sections 1.9 and 1.13)."""

from __future__ import annotations

import httpx
import pytest
from lxml import etree

from tests.mocks.onec.conftest import ROOT, OneC

TAIL = "-2222-11ee-8c3a-00155d010203"
PARTNER = "11111111" + TAIL
PATH = f"Catalog_Партнеры(guid'{PARTNER}')"
NODE = "9d000001" + TAIL
THIS_NODE = "9d000000" + TAIL
ORDER = "5a100000-2a11-11f0-8c11-00155d0a0b0c"
ATOM = "{http://www.w3.org/2005/Atom}"
TOMB = "{http://purl.org/atompub/tombstones/1.0}"
DATA = "{http://schemas.microsoft.com/ado/2007/08/dataservices}"


async def ask(onec: OneC, call: str, number: object, node: str = NODE) -> httpx.Response:
    """Call one of the two functions."""
    point = f"'{ROOT}ExchangePlan_Шлюз(guid'{node}')'"
    return await onec.call("POST", call, {"DataExchangePoint": point, "MessageNo": str(number)})


async def selected(onec: OneC, number: int) -> list[str]:
    """Return the ids below the root that a selection hands out."""
    answer = await ask(onec, "SelectChanges", number)
    assert answer.status_code == 200, answer.text
    feed = etree.fromstring(answer.content)
    return [one.findtext(f"{ATOM}id", "").removeprefix(ROOT) for one in feed.iter(f"{ATOM}entry")]


async def test_the_demonstration_data_is_no_change(onec: OneC) -> None:
    """A fresh base has an empty queue: a feed without entries."""
    assert await selected(onec, 17) == []


async def test_delivery_repeats_until_it_is_confirmed(onec: OneC) -> None:
    """What was not confirmed comes again, together with what is newer."""
    await onec.act("partner.edit", partner=PARTNER, values={"Description": "Ия"})
    await onec.act("partner.edit", partner=PARTNER, values={"Description": "Ия Лапина"})
    assert await selected(onec, 17) == [PATH]
    card = await onec.act("card.issue", barcode="299", partner=PARTNER)
    both = [PATH, f"Catalog_КартыЛояльности(guid'{card['Ref_Key']}')"]
    assert await selected(onec, 18) == both
    await ask(onec, "NotifyChangesReceived", 17)
    assert await selected(onec, 18) == both
    await ask(onec, "NotifyChangesReceived", 18)
    assert await selected(onec, 19) == []


async def test_a_change_after_the_selection_stays(onec: OneC) -> None:
    """An object that was changed again loses its stamp and is not confirmed away."""
    await onec.act("partner.edit", partner=PARTNER, values={"Description": "Ия"})
    await selected(onec, 17)
    await onec.act("partner.edit", partner=PARTNER, values={"Description": "Ия Лапина"})
    await ask(onec, "NotifyChangesReceived", 17)
    assert await selected(onec, 18) == [PATH]
    waiting = (await onec.act("queue", node=NODE))["registrations"]
    assert [(one["entity"], one["message"]) for one in waiting] == [("Catalog_Партнеры", 18)]


async def test_the_feed_holds_the_present_state(onec: OneC) -> None:
    """Several edits collapse into one entry with the last values."""
    for name in ("Первая", "Вторая & третья"):
        await onec.send("PATCH", PATH, {"Description": name})
    answer = await ask(onec, "SelectChanges", 17)
    (found,) = etree.fromstring(answer.content).iter(f"{DATA}Description")
    assert found.text == "Вторая & третья"


async def test_unposting_sends_empty_sets(onec: OneC) -> None:
    """An empty record set tells that the movements were removed."""
    await onec.act("object.unpost", entity="Document_ЗаказКлиента", key=ORDER)
    answer = await ask(onec, "SelectChanges", 17)
    feed = etree.fromstring(answer.content)
    sets = {}
    for one in feed.iter(f"{ATOM}entry"):
        (category,) = one.iter(f"{ATOM}category")
        sets[category.get("term")] = [len(found) for found in one.iter(f"{DATA}RecordSet")]
    assert sets == {
        "StandardODATA.Document_ЗаказКлиента": [],
        "StandardODATA.AccumulationRegister_ЗаказыКлиентов": [0],
        "StandardODATA.AccumulationRegister_ТоварыНаСкладах": [0],
    }


@pytest.mark.parametrize(("shown", "count"), [(True, 1), (False, 0)])
async def test_a_deletion_is_a_tombstone(onec: OneC, *, shown: bool, count: int) -> None:
    """A physically deleted object is a tombstone, or nothing at all."""
    await onec.switch(deleted_entry=shown)
    await onec.call("DELETE", PATH)
    answer = await ask(onec, "SelectChanges", 17)
    feed = etree.fromstring(answer.content)
    found = [one.get("ref") for one in feed.iter(f"{TOMB}deleted-entry")]
    assert found == [ROOT + PATH] * count
    assert list(feed.iter(f"{ATOM}entry")) == []


async def test_options_do_not_narrow_a_selection(onec: OneC) -> None:
    """The packet is whole whatever the options say."""
    for barcode in ("1", "2"):
        await onec.act("card.issue", barcode=barcode)
    point = f"'{ROOT}ExchangePlan_Шлюз(guid'{NODE}')'"
    query = {"DataExchangePoint": point, "MessageNo": "17", "$top": "1", "$select": "Ref_Key"}
    answer = await onec.call("POST", "SelectChanges", query | {"$format": "json"})
    feed = etree.fromstring(answer.content)
    assert len(list(feed.iter(f"{ATOM}entry"))) == 2
    assert len(list(feed.iter(f"{DATA}Штрихкод"))) == 2


async def test_each_node_has_its_own_queue(onec: OneC) -> None:
    """A second consumer gets everything for itself."""
    other = (await onec.send("POST", "ExchangePlan_Шлюз", {"Code": "B"})).json()["Ref_Key"]
    await onec.send("PATCH", PATH, {"Description": "Ия"})
    assert await selected(onec, 17) == [PATH]
    await ask(onec, "NotifyChangesReceived", 17)
    answer = await ask(onec, "SelectChanges", 1, other)
    assert len(list(etree.fromstring(answer.content).iter(f"{ATOM}entry"))) == 1


async def test_the_plan_has_a_composition(onec: OneC) -> None:
    """Objects outside the plan are not registered, unpublished ones are not handed out."""
    await onec.act("plan.content", entities=["Catalog_КартыЛояльности"])
    await onec.send("PATCH", PATH, {"Description": "Ия"})
    assert await selected(onec, 17) == []
    await onec.act("plan.content", entities=None)
    await onec.act("card.issue", barcode="299")
    await onec.act("composition", entities=["Catalog_КартыЛояльности"], published=False)
    await onec.send("PATCH", PATH, {"Description": "Ия"})
    assert await selected(onec, 17) == [PATH]


async def test_merged_doubles(onec: OneC) -> None:
    """The loser is marked and what pointed at it is written again."""
    survivor = "11111112" + TAIL
    done = await onec.act("object.merge", entity="Catalog_Партнеры", key=PARTNER, survivor=survivor)
    assert done == {"moved": 1}
    receipt = "Document_ЧекККМ(guid'7e000000-2a11-11f0-8c11-00155d0a0b0c')"
    assert await selected(onec, 17) == [PATH, receipt]
    assert (await onec.get(receipt))["Партнер_Key"] == survivor


SWITCHES = [
    ({"notify_unselected": "200"}, "NotifyChangesReceived", (99, NODE), 200),
    ({"notify_unselected": "400"}, "NotifyChangesReceived", (99, NODE), 400),
    ({"select_stale": "200"}, "SelectChanges", (3, NODE), 200),
    ({"select_stale": "400"}, "SelectChanges", (3, NODE), 400),
    ({"unknown_node": "404"}, "SelectChanges", (17, PARTNER), 404),
    ({"unknown_node": "200_empty"}, "SelectChanges", (17, PARTNER), 200),
    ({"unknown_node": "200_empty"}, "NotifyChangesReceived", (17, PARTNER), 200),
    ({"unknown_node": "404"}, "SelectChanges", (17, THIS_NODE), 404),
]


@pytest.mark.parametrize(("switch", "call", "sent", "status"), SWITCHES)
async def test_open_points_are_switches(
    onec: OneC, switch: dict[str, str], call: str, sent: tuple[int, str], status: int
) -> None:
    """What no source tells can be had both ways."""
    await onec.switch(**switch)
    assert (await ask(onec, call, *sent)).status_code == status
    node_row = await onec.get(f"ExchangePlan_Шлюз(guid'{NODE}')")
    assert node_row["ReceivedNo"] == "16"


BAD_ARGUMENTS = [
    ({}, "12"),
    ({"MessageNo": "17"}, "12"),
    ({"DataExchangePoint": f"'{ROOT}ExchangePlan_Шлюз(guid'{NODE}')'"}, "12"),
    ({"DataExchangePoint": f"'{ROOT}ExchangePlan_Шлюз(guid'{NODE}')'", "MessageNo": "-1"}, "1"),
    ({"DataExchangePoint": f"ExchangePlan_Шлюз(guid'{NODE}')", "MessageNo": "17"}, "1"),
    ({"DataExchangePoint": f"'{ROOT}Catalog_Шлюз(guid'{NODE}')'", "MessageNo": "17"}, "1"),
]


@pytest.mark.parametrize(("query", "code"), BAD_ARGUMENTS, ids=range(6))
async def test_bad_arguments(onec: OneC, query: dict[str, str], code: str) -> None:
    """Missing arguments are error 12, unreadable ones error 1."""
    answer = await onec.call("POST", "SelectChanges", query | {"$format": "json"})
    assert (answer.status_code, answer.json()["odata.error"]["code"]) == (400, code)
