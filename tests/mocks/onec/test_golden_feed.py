"""The documented feed of changes, replayed (reference, section 1.13)."""

from __future__ import annotations

from typing import Any

from lxml import etree

from tests.mocks.onec.conftest import NOMETADATA, ROOT, OneC
from tests.mocks.onec.samples import FEED, ORDER, create_order, within

TAIL = "-2222-11ee-8c3a-00155d010203"
NODE = "9d000001" + TAIL
ATOM = "{http://www.w3.org/2005/Atom}"
META = "{http://schemas.microsoft.com/ado/2007/08/dataservices/metadata}"
TOMB = "{http://purl.org/atompub/tombstones/1.0}"


def entries(feed: etree._ElementTree | etree._Element) -> dict[str, dict[str, Any]]:
    """Return the entries of a feed by id: type, links and properties."""
    found: dict[str, dict[str, Any]] = {}
    for entry in feed.iter(f"{ATOM}entry"):
        links = {
            (link.get("rel", ""), link.get("href", ""), link.get("title", ""))
            for link in entry.iter(f"{ATOM}link")
        }
        category = entry.find(f"{ATOM}category")
        properties = entry.find(f"{ATOM}content/{META}properties")
        assert category is not None
        assert properties is not None
        found[entry.findtext(f"{ATOM}id", "")] = {
            "order": [
                etree.QName(child).localname for child in entry if child.tag != f"{ATOM}link"
            ],
            "term": category.get("term"),
            "scheme": category.get("scheme"),
            "updated": entry.findtext(f"{ATOM}updated"),
            "links": links,
            "properties": _properties(properties),
        }
    return found


def _properties(element: etree._Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for child in element:
        name = etree.QName(child).localname
        kind = child.get(f"{META}type", "")
        if kind.startswith("Collection("):
            found[name] = {"type": kind, "rows": [_properties(item) for item in child]}
        else:
            found[name] = child.text or ""
    return found


async def test_change_registration(onec: OneC) -> None:
    """The feed holds the order, its emptied record sets and the tombstone, and is confirmed."""
    gone = "cccc0002" + TAIL
    await onec.seed(rows={"Catalog_КартыЛояльности": [{"Ref_Key": gone, "Штрихкод": "1"}]})
    await create_order(onec)
    path = f"Document_ЗаказКлиента(guid'{ORDER}')"
    for call in ("Post", "Unpost"):
        await onec.call("POST", f"{path}/{call}")
    await onec.call("DELETE", f"Catalog_КартыЛояльности(guid'{gone}')")
    point = {"DataExchangePoint": f"'{ROOT}ExchangePlan_Шлюз(guid'{NODE}')'", "MessageNo": "17"}
    answer = await onec.call("POST", "SelectChanges", point | {"$format": NOMETADATA})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/atom+xml;type=feed;charset=utf-8"
    feed = etree.fromstring(answer.content)
    assert feed.get("{http://www.w3.org/XML/1998/namespace}base") == ROOT
    actual, expected = entries(feed), entries(FEED)
    for name, entry in expected.items():
        made = actual[name]
        assert (made["order"], made["term"], made["scheme"], made["updated"]) == (
            entry["order"],
            entry["term"],
            entry["scheme"],
            entry["updated"],
        )
        assert entry["links"] <= made["links"]
        wanted = entry["properties"]
        wanted.pop("DataVersion", None)
        assert within(wanted, made["properties"])
    (tomb,) = feed.iter(f"{TOMB}deleted-entry")
    (told,) = FEED.iter(f"{TOMB}deleted-entry")
    assert sorted(tomb.items()) == sorted(told.items())
    confirmed = await onec.call("POST", "NotifyChangesReceived", point)
    assert (confirmed.status_code, confirmed.content) == (200, b"")
    node = await onec.get(f"ExchangePlan_Шлюз(guid'{NODE}')")
    assert (node["ReceivedNo"], node["SentNo"]) == ("17", "17")
    empty = await onec.call("POST", "SelectChanges", point | {"MessageNo": "18"})
    assert entries(etree.fromstring(empty.content)) == {}
