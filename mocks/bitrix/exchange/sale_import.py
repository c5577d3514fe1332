"""Import of a file of documents and customers (reference 3.6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mocks.bitrix.errors import RestRefused
from mocks.bitrix.exchange.documents import Document, documents_of, party, read
from mocks.bitrix.exchange.order_import import OrderImport
from mocks.bitrix.exchange.party_import import keep_party
from mocks.bitrix.exchange.payment_import import import_payment
from mocks.bitrix.exchange.shipment_import import import_shipment
from mocks.bitrix.exchange.texts import GUID_MISSING, about
from mocks.bitrix.exchange.xml import parsed

if TYPE_CHECKING:
    from mocks.bitrix.site import Site


@dataclass
class Report:
    """What a slice of an import did; ``following`` is the next document, None at the end."""

    problems: list[str]
    orders: list[int]
    has_changed: bool = False
    following: int | None = None


class SaleImport:
    """The loader of one site."""

    def __init__(self, site: Site) -> None:
        """Read the site's options at every run."""
        self._site = site
        self._orders = OrderImport(site)

    def run(self, data: bytes, first: int, size: int) -> Report:
        """Import documents from number ``first`` on, ``size`` of them, 0 all.

        Raises:
            Unreadable: the file is no XML; nothing was changed.
        """
        root = parsed(data)
        report = Report([], [])
        if first == 0:
            for element in root.findall("Контрагенты/Контрагент"):
                report.has_changed |= keep_party(self._site, party(element))
        elements = documents_of(root)
        until = first + size if size else len(elements)
        for element in elements[first:until]:
            self._one(read(element), report)
        if until < len(elements):
            report.following = until
        return report

    def _one(self, document: Document, report: Report) -> None:
        if not document.guid:
            report.problems.append(GUID_MISSING)
            return
        try:
            if document.is_payment:
                report.has_changed |= import_payment(self._site, document, report.problems)
            elif document.is_shipment:
                report.has_changed |= import_shipment(
                    self._site, document, report.problems, self._orders
                )
            else:
                report.has_changed |= self._orders.run(document, report.problems)
        except RestRefused as refusal:
            report.problems.append(about(document.guid, refusal.description))
        order = self._orders.find(document.base or document.number)
        if order is not None:
            report.orders.append(order["id"])
