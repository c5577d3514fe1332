"""The dialogue of orders: ``query``, ``success``, ``info``, ``file``, ``import`` (3.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from mocks.bitrix.exchange.order_export import info_file, orders_file
from mocks.bitrix.exchange.sale_import import SaleImport
from mocks.bitrix.exchange.session import BrokenArchive, Session
from mocks.bitrix.exchange.texts import (
    FAILURE,
    FILE_EMPTY,
    UNKNOWN_MODE,
    UNPACK_FAILED,
    UNPACKED,
    UNPACKING,
    Reply,
    remarks,
)
from mocks.bitrix.exchange.xml import Unreadable
from mocks.bitrix.table import Row

if TYPE_CHECKING:
    from mocks.bitrix.exchange.endpoint import Asked
    from mocks.bitrix.site import Site

Mode = Callable[[Session, str, "Asked"], Reply]


def stored(session: Session, name: str, body: bytes, *, is_packed: bool) -> Reply | None:
    """Append a chunk; None when it went well, otherwise the answer (10.14, line 6)."""
    if not name:
        return Reply("")
    if any(known.startswith(f"{name}/") for known in session.files):
        return Reply(f"{FAILURE}\nОшибка записи в файл /{name}.")
    session.append(name, body, is_packed=is_packed)
    return None


def unpacked(session: Session) -> Reply | None:
    """Unpack what waits; None when nothing does, otherwise the answer of this call (3.2)."""
    if not session.packed:
        return None
    if not session.has_announced_unpacking:
        session.has_announced_unpacking = True
        return Reply(f"progress\n{UNPACKING}")
    try:
        session.unpack()
    except BrokenArchive:
        return Reply(f"{FAILURE}\n{UNPACK_FAILED}")
    session.has_announced_unpacking = False
    return Reply(f"progress\n{UNPACKED}")


class SaleExchange:
    """Orders of one site: both ways."""

    def __init__(self, site: Site) -> None:
        """Begin with nothing exported yet."""
        self._site = site
        self._committed = ""
        self._import = SaleImport(site)
        self.modes: Mapping[str, Mode] = {
            "query": self._query,
            "success": self._success,
            "info": self._info,
            "file": self._file,
            "import": self._run_import,
        }

    def has_news(self) -> bool:
        """Tell whether ``query`` would give an order."""
        return bool(self._waiting())

    def _query(self, session: Session, name: str, asked: Asked) -> Reply:
        """Answer the orders not committed yet; 1C confirms with ``success``."""
        del name, asked
        settings = self._site.settings.exchange
        rows = [row for row in self._waiting() if (row["id"], row["version"]) not in session.taken]
        session.pending = self._site.clock.stamp()
        if session.version is not None and settings.slice_documents:
            rows = rows[: settings.slice_documents]
            session.pending = rows[-1]["dateUpdate"] if rows else self._committed
        session.offered = [(row["id"], row["version"]) for row in rows]
        content = orders_file(self._site, rows, session)
        return Reply(content, is_xml=True, key=",".join(str(row["id"]) for row in rows))

    def _success(self, session: Session, name: str, asked: Asked) -> Reply:
        """Commit the moment of the last ``query`` of this session."""
        del name, asked
        if session.pending is None:
            return Reply("error\n")
        self._committed = max(self._committed, session.pending)
        session.taken.update(session.offered)
        session.pending = None
        return Reply("success\n", effect="changed")

    def _info(self, session: Session, name: str, asked: Asked) -> Reply:
        del session, name, asked
        return Reply(info_file(self._site), is_xml=True)

    def _file(self, session: Session, name: str, asked: Asked) -> Reply:
        """Store a chunk; without ``version`` import the file so far at once."""
        is_old = session.version is None
        is_packed = self._site.settings.exchange.zip and not is_old
        refusal = stored(session, name, asked.body, is_packed=is_packed)
        if refusal is not None:
            return refusal
        if not is_old:
            return Reply("success\n", key=name)
        return self._imported(session, name)

    def _run_import(self, session: Session, name: str, asked: Asked) -> Reply:
        """Import a file in slices; an old dialogue has no such step."""
        del asked
        if session.version is None:
            return Reply(f"{FAILURE}\n{UNKNOWN_MODE}")
        return unpacked(session) or self._imported(session, name)

    def _imported(self, session: Session, name: str) -> Reply:
        data = session.files.get(name, b"")
        if not data.strip():
            return Reply(f"{FAILURE}\n{FILE_EMPTY}")
        size = self._site.settings.exchange.import_slice if session.version is not None else 0
        first = session.done.get(name, 0)
        try:
            done = self._import.run(data, first, size)
        except Unreadable:
            return Reply(f"{FAILURE}\n{FILE_EMPTY}")
        effect = "changed" if done.has_changed else "unchanged"
        key = ",".join(str(number) for number in done.orders)
        if done.following is not None:
            session.done[name] = done.following
            return Reply(remarks(done.problems, word="progress"), effect=effect, key=key)
        session.done.pop(name, None)
        return Reply(remarks(done.problems), effect=effect, key=key)

    def _waiting(self) -> list[Row]:
        """Return what the next export gives, in the order of its changes (3.2)."""
        settings = self._site.settings.exchange
        rows = [
            row
            for row in self._site.orders.from_stamp(self._committed)
            if row["updated1c"] != "Y" and row["externalOrder"] != "Y"
        ]
        if settings.only_paid:
            rows = [row for row in rows if row["payed"] == "Y"]
        if settings.only_delivery_allowed:
            rows = [row for row in rows if self._is_delivery_allowed(row)]
        first = self._site.statuses.get(settings.from_status)
        if first is not None:
            rows = [row for row in rows if self._sort_of(row) >= first["sort"]]
        return rows

    def _is_delivery_allowed(self, row: Row) -> bool:
        shipments = self._site.shipments.where("orderId", row["id"])
        return bool(shipments) and all(part["allowDelivery"] == "Y" for part in shipments)

    def _sort_of(self, row: Row) -> int:
        status = self._site.statuses.get(row["statusId"])
        return int(status["sort"]) if status is not None else 0
