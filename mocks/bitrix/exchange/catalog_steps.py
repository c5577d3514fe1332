"""The dialogue of the catalogue: uploads and an import in steps (reference 3.2, 3.7, 10.14)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mocks.bitrix.exchange.catalog_import import CatalogImport
from mocks.bitrix.exchange.offer_import import OfferImport
from mocks.bitrix.exchange.sale_dialogue import Mode, stored, unpacked
from mocks.bitrix.exchange.session import Session
from mocks.bitrix.exchange.texts import FAILURE, FILE_EMPTY, Reply
from mocks.bitrix.exchange.xml import Unreadable, parsed

if TYPE_CHECKING:
    from lxml.etree import _Element

    from mocks.bitrix.exchange.endpoint import Asked
    from mocks.bitrix.site import Site

_READ, _METADATA, _SECTIONS, _ELEMENTS = 2, 4, 5, 7
_STEPS = (
    "Временные таблицы удалены.",
    "Временные таблицы созданы.",
    "Файл импорта прочитан.",
    "Временные таблицы проиндексированы.",
    "Метаданные импортированы успешно.",
    "Разделы импортированы.",
    "Деактивация разделов завершена.",
    "Элементы загружены.",
    "Деактивация элементов завершена.",
    "Импорт завершается.",
)


@dataclass
class CatalogRun:
    """How far the import of one file is; its state lives in the session."""

    step: int = 0
    position: int = 0
    root: _Element | None = field(default=None, repr=False)


class CatalogExchange:
    """Goods, offers, prices and stock of one site."""

    def __init__(self, site: Site) -> None:
        """Know what the last full load covered."""
        self._site = site
        self._goods = CatalogImport(site)
        self._offers = OfferImport(site)
        self.modes: Mapping[str, Mode] = {
            "file": self._file,
            "import": self._run_import,
            "deactivate": self._deactivate,
            "complete": self._complete,
        }

    def _file(self, session: Session, name: str, asked: Asked) -> Reply:
        refusal = stored(session, name, asked.body, is_packed=self._site.settings.exchange.zip)
        return refusal or Reply("success\n", key=name)

    def _run_import(self, session: Session, name: str, asked: Asked) -> Reply:
        """Do one step; a small file takes eleven calls (3.7)."""
        del asked
        waiting = unpacked(session)
        if waiting is not None:
            return waiting
        data = session.files.get(name, b"")
        if not data.strip():
            return Reply(f"{FAILURE}\n{FILE_EMPTY}")
        run = session.runs.setdefault(name, CatalogRun())
        if run.step == len(_STEPS):
            del session.runs[name]
            return Reply("success\nИмпорт успешно завершен.", key=name)
        try:
            is_done, has_changed = self._step(session, run, data)
        except Unreadable:
            return Reply(f"{FAILURE}\nОшибка чтения XML: файл {name} не разобран.")
        text = _STEPS[run.step] if is_done else f"Обработано элементов: {run.position}."
        run.step += 1 if is_done else 0
        return Reply(f"progress\n{text}", effect="changed" if has_changed else "none", key=name)

    def _step(self, session: Session, run: CatalogRun, data: bytes) -> tuple[bool, bool]:
        """Do the work of a step; tell whether it is over and whether anything changed."""
        if run.step == _READ:
            run.root = parsed(data)
        root = run.root
        if root is None:
            return True, False
        if run.step == _METADATA:
            self._goods.metadata(root)
            self._offers.metadata(root)
        if run.step == _SECTIONS:
            self._goods.sections(root)
        if run.step != _ELEMENTS:
            return True, False
        return self._elements(session, run, root)

    def _elements(self, session: Session, run: CatalogRun, root: _Element) -> tuple[bool, bool]:
        size = self._site.settings.exchange.import_slice
        work: list[tuple[Callable[[_Element], bool], _Element]] = [
            (lambda item: self._goods.take(item, session.files), row)
            for row in root.findall("Каталог/Товары/Товар")
        ]
        work += [
            (self._offers.take, row)
            for row in root.findall("ПакетПредложений/Предложения/Предложение")
        ]
        until = run.position + size if size else len(work)
        changes = [take(item) for take, item in work[run.position : until]]
        run.position = min(until, len(work))
        return run.position >= len(work), any(changes)

    def _deactivate(self, session: Session, name: str, asked: Asked) -> Reply:
        """Hide the goods and sections that a full load did not bring (3.2)."""
        del session, name
        text = asked.query.get("timestamp", "")
        if not text.isdigit():
            return Reply(f"{FAILURE}\nНе указан параметр timestamp.")
        count = self._goods.deactivate(int(text))
        effect = "changed" if count else "unchanged"
        return Reply(f"success\nДеактивировано элементов: {count}.", effect=effect)

    def _complete(self, session: Session, name: str, asked: Asked) -> Reply:
        del session, name, asked
        return Reply("success\nОбмен завершен.")
