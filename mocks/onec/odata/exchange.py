"""``SelectChanges`` and ``NotifyChangesReceived`` (reference, sections 1.9 and 1.13)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mocks.onec.changes import Node, Registration
from mocks.onec.infobase import Infobase
from mocks.onec.odata import atom
from mocks.onec.odata.answer import Answer, entity_path
from mocks.onec.odata.errors import ODataRefused, bad_value, no_instance
from mocks.onec.odata.shaping import Shape, shape
from mocks.onec.schema import Row

_POINT = re.compile(r"'.*?(ExchangePlan_\w+)\(guid'{1,2}([0-9a-fA-F-]{36})'{1,2}\)'")


def select_changes(infobase: Infobase, root: str, given: Mapping[str, str]) -> Answer:
    """Hand out all that a node has not confirmed, stamped with the number asked; Atom always.

    Raises:
        ODataRefused: arguments missing (12) or unreadable (1), or an unknown node (9).
    """
    node, number = _arguments(given)
    row = _node(infobase, node)
    if row is None:
        return Answer(200, atom.feed(root, ()), atom.FEED, effect="none")
    if number <= row["ReceivedNo"] and infobase.settings.select_stale == "400":
        raise ODataRefused(400, 4, "Номер сообщения уже принят")
    found = list(infobase.changes.select(node, number))
    changes = {"SentNo": max(number, row["SentNo"])}
    infobase.table(node[0]).update(node[1], changes=changes)
    now = infobase.now()
    known = infobase.configuration
    kinds = {one.entity for one in found}
    shapes = {name: shape(infobase, known.entity(name)) for name in kinds}
    entries = [_entry(shapes[one.entity], root, one, now) for one in found]
    body = atom.feed(root, entries)
    return Answer(200, body, atom.FEED, key=str(number), effect="none")


def notify_received(infobase: Infobase, given: Mapping[str, str]) -> Answer:
    """Forget what was handed out up to a number, and keep the number in the node.

    Raises:
        ODataRefused: arguments missing (12) or unreadable (1), or an unknown node (9).
    """
    node, number = _arguments(given)
    row = _node(infobase, node)
    if row is None:
        return Answer(200)
    known = number <= row["SentNo"]
    if not known:
        if infobase.settings.notify_unselected == "400":
            raise ODataRefused(400, 4, "Сообщение с таким номером не отправлялось")
        return Answer(200, key=str(number))
    infobase.changes.confirm(node, number)
    changes = {"ReceivedNo": max(number, row["ReceivedNo"]), "ExchangeDate": infobase.now()}
    infobase.table(node[0]).update(node[1], changes=changes)
    return Answer(200, key=str(number), effect="changed")


def _arguments(given: Mapping[str, str]) -> tuple[Node, int]:
    for name in ("DataExchangePoint", "MessageNo"):
        if name not in given:
            raise ODataRefused(400, 12, f'Не указан обязательный аргумент "{name}"')
    number = given["MessageNo"]
    if not (number.isascii() and number.isdigit()):
        raise bad_value(number)
    point = _POINT.fullmatch(given["DataExchangePoint"])
    if point is None:
        raise bad_value(given["DataExchangePoint"])
    return (point[1], point[2].lower()), int(number)


def _node(infobase: Infobase, node: Node) -> Row | None:
    """Return the node, None when the switch answers unknown ones with nothing."""
    entity = infobase.composition.published(node[0])
    row = infobase.table(node[0]).get(node[1]) if entity is not None else None
    if row is not None and not row["ThisNode"]:
        return row
    if infobase.settings.unknown_node == "404":
        raise no_instance(node[0])
    return None


def _entry(shown: Shape, root: str, one: Registration, now: str) -> str:
    infobase, entity = shown.infobase, shown.entity
    if infobase.composition.published(entity.name) is None:
        return ""
    if one.deleted:
        return (
            atom.deleted(root, entity_path(entity, one.key), now)
            if infobase.settings.deleted_entry
            else ""
        )
    row = infobase.table(one.entity).get(*one.key) if not entity.is_subordinate else None
    if entity.is_subordinate:
        records = infobase.table(f"{one.entity}_RecordType")
        rows = records.find(entity.recorder_names[0], one.key[0])
        row = dict(zip(entity.key_names, one.key, strict=True)) | {"RecordSet": rows}
    return "" if row is None else atom.entry(root, shown, row, now)
