"""Writes: POST, PATCH, PUT, DELETE and the functions with side effects (reference, 1.6, 1.7)."""

from __future__ import annotations

from typing import Any

from mocks.onec.infobase import Infobase
from mocks.onec.odata import body as bodies
from mocks.onec.odata.errors import (
    ODataRefused,
    no_instance,
    not_allowed,
    runtime_error,
)
from mocks.onec.posting import drop_movements, post, unpost
from mocks.onec.rules import PostingRefused
from mocks.onec.schema import EMPTY_DATE, EMPTY_GUID, NAMESPACE, Entity, Key, Row


class StaleVersion(Exception):
    """``If-Match`` names another version: 412 with an empty body."""


def create(infobase: Infobase, entity: Entity, sent: dict[str, Any], *, loads: bool = False) -> Row:
    """Create an object or a row of an independent register and return it.

    ``loads`` is the data-load mode, which skips the checks of the configuration's handlers.

    Raises:
        ODataRefused: rows of sections (13), records (19), an existing key (15), bad values.
    """
    if entity.kind == "section":
        text = "Непосредственное создание строк табличных частей не поддерживается"
        raise ODataRefused(400, 13, text)
    if entity.kind in {"record", "constant"} or entity.is_subordinate:
        raise not_allowed()
    row = bodies.values(infobase, entity, sent)
    if entity.is_reference:
        if not infobase.settings.accept_ref_key_on_create or row.get("Ref_Key") == EMPTY_GUID:
            row.pop("Ref_Key", None)
        if not loads:
            _check_date(infobase, entity, row)
    else:
        absent = [name for name in entity.key_names if name not in row]
        if absent:
            raise ODataRefused(400, 5, f'Не указано обязательное свойство "{absent[0]}"')
    _refuse_existing(infobase, entity, row)
    return infobase.create(entity.name, row)


def change(
    infobase: Infobase, entity: Entity, key: Key, sent: dict[str, Any], *, whole: bool
) -> Row:
    """Change an entity by PATCH, or by PUT when ``whole``, and return it.

    Raises:
        ODataRefused: no such entity (9), a PUT that is not whole (5), bad values.
    """
    if entity.kind in {"section", "record"}:
        raise not_allowed()
    if entity.is_subordinate:
        return _change_records(infobase, entity, key, sent)
    if infobase.table(entity.name).get(*key) is None:
        raise no_instance(entity.name)
    absent = bodies.missing(entity, sent) if whole else ""
    if absent:
        raise ODataRefused(400, 5, f'Не указано обязательное свойство "{absent}"')
    row = bodies.values(infobase, entity, sent)
    for name in entity.key_names:
        row.pop(name, None)
    return infobase.change(entity.name, key, row)


def delete(infobase: Infobase, entity: Entity, key: Key) -> None:
    """Delete an entity for good; a document goes with its movements.

    Raises:
        ODataRefused: no such entity (9), or one that cannot be deleted (19).
    """
    if entity.kind in {"section", "record", "constant"}:
        raise not_allowed()
    if entity.is_subordinate:
        _change_records(infobase, entity, key, {"RecordSet": []})
        return
    if infobase.table(entity.name).get(*key) is None:
        raise no_instance(entity.name)
    if entity.kind == "document":
        drop_movements(infobase, entity.name, key[0])
    infobase.remove(entity.name, key)


def check_version(infobase: Infobase, entity: Entity, key: Key, sent: str | None) -> None:
    """Compare ``If-Match`` with the version where the switch says so.

    Raises:
        StaleVersion: they differ.
    """
    if sent is None or not infobase.settings.strict_if_match or not entity.is_reference:
        return
    row = infobase.table(entity.name).get(*key)
    if row is not None and sent.strip('"') not in {row["DataVersion"], "*"}:
        raise StaleVersion


def run_posting(infobase: Infobase, entity: Entity, key: Key, function: str) -> None:
    """Post or unpost a document.

    Raises:
        ODataRefused: no such document (9), or the configuration says no (500, -1).
    """
    try:
        (post if function == "Post" else unpost)(infobase, entity.name, key[0])
    except KeyError as error:
        raise no_instance(entity.name) from error
    except PostingRefused as error:
        raise runtime_error(str(error)) from error


def _refuse_existing(infobase: Infobase, entity: Entity, row: Row) -> None:
    if entity.is_reference and "Ref_Key" not in row:
        return
    if infobase.table(entity.name).get(*entity.key_of(row)) is not None:
        raise ODataRefused(400, 15, "Сущность с таким ключом уже существует")


def _check_date(infobase: Infobase, entity: Entity, row: Row) -> None:
    if entity.kind != "document" or row.get("Date", EMPTY_DATE) != EMPTY_DATE:
        return
    if infobase.settings.date_missing == "500":
        text = 'Поле "Дата" не заполнено'
        raise runtime_error(text)


def _change_records(infobase: Infobase, entity: Entity, key: Key, sent: dict[str, Any]) -> Row:
    """Replace a record set; the recorder must exist."""
    recorder = entity.recorders[0]
    if len(key) > 1:
        recorder = str(key[1]).removeprefix(NAMESPACE)
    if recorder not in entity.recorders or infobase.table(recorder).get(key[0]) is None:
        raise no_instance(entity.name)
    rows = bodies.values(infobase, entity, sent).get("RecordSet", [])
    infobase.write_records(entity.name, (key[0], recorder), rows)
    records = infobase.table(f"{entity.name}_RecordType").find(entity.recorder_names[0], key[0])
    return dict(zip(entity.key_names, key, strict=True)) | {"RecordSet": records}
