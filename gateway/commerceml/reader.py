"""Reader of CommerceML files: canonical records one by one, in memory that does not grow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import BinaryIO, TypeAlias, TypeVar

from pydantic import ValidationError

from gateway.canonical import Customer, Order, Product
from gateway.contract import Observed, RejectedRecord

from .archive import ZipLimits, unpacked
from .classifier import Classifier, FileFacts
from .documents import Attached, documents_from
from .mapping import CommerceMlMapping
from .nodes import Element, Unreadable, failure, fields, text
from .parties import buyer_of, customer_from, is_company
from .products import product_from
from .requisites import Hearing
from .rows import Sender
from .scan import PACKAGES, ROOT, Found, Limits, scan
from .source import Source
from .values import moment, plain_id, switch, version_number

T = TypeVar("T")
Products: TypeAlias = "Iterator[Observed[Product] | RejectedRecord]"
Orders: TypeAlias = "Iterator[Observed[Order] | Attached | RejectedRecord]"


class CommerceMlReader:
    """Reads the files of one exchange, in the order in which they come.

    What a file explains (``classifier``) is kept for the files after it; ``facts`` are those of the
    file under way and are known from its first record on. A record that cannot be translated is a
    ``RejectedRecord`` whose error names line and path, and its neighbours are spared. A file that
    is broken raises ``TranslationFailed`` after what stands before the fault. A file is read in one
    thread, however its reading is divided: libxml2 corrupts memory otherwise.
    """

    def __init__(self, mapping: CommerceMlMapping, limits: Limits | None = None) -> None:
        self._mapping = mapping
        self._limits = limits or Limits()
        self.classifier = Classifier(self._limits.classifier_entries)
        self.facts = FileFacts()

    def products(self, source: Source) -> Products:
        """Read goods, offers, prices and rests. Orders in the file are passed over.

        An offers file speaks of prices and rests, a catalogue of names: what a record does not
        speak of is not set. ``external_id`` is the product's ``Ид``, with ``#`` for a variant.
        """
        translate = partial(product_from, classifier=self.classifier, mapping=self._mapping)
        for found in self._records(source):
            if found.kind in {"Товар", "Предложение"}:
                yield self._one(found, translate)

    def packed_products(self, archive: BinaryIO, limits: ZipLimits | None = None) -> Products:
        """Read the goods of an archive, file by file: catalogues first, then what refers to them.

        Members that are no XML (pictures) are passed over. Raises as ``unpacked`` and ``products``.
        """
        for member in unpacked(archive, limits):
            if member.name.casefold().endswith(".xml"):
                yield from self.products(member.stream)

    def orders(self, source: Source, *, sender: Sender) -> Orders:
        """Read documents: orders, and from 2.10 on payments and shipments of their own.

        Shipments below an order come after it.
        """
        for found in self._records(source):
            if found.kind == "Документ":
                hearing = Hearing(self._mapping, sender, version_number(self.facts.version))
                documents = self._one(found, partial(documents_from, hearing=hearing))
                yield from [documents] if isinstance(documents, RejectedRecord) else documents

    def customers(self, source: Source) -> Iterator[Observed[Customer] | RejectedRecord]:
        """Read persons: the buyers of documents, and parties that stand at the root."""
        for found in self._records(source):
            party: Element | None = None
            if found.kind == "Контрагент":
                party = found.element
            elif found.kind == "Документ":
                party = buyer_of(fields(found.element).get("Контрагенты"))
            if party is not None and not is_company(party):
                yield self._one(Found(found.kind, party, found.lines_before), customer_from)

    def _records(self, source: Source) -> Iterator[Found]:
        self.facts = FileFacts()
        for found in scan(source, self._limits):
            if found.kind == ROOT or found.kind in PACKAGES:
                self._learn_facts(found)
            elif not self.classifier.learn(found):
                yield found

    def _learn_facts(self, found: Found) -> None:
        element = found.element
        if found.kind == ROOT:
            self.facts.version = str(element.get("ВерсияСхемы") or "") or None
            self.facts.made_at = str(element.get("ДатаФормирования") or "") or None
            with suppress(ValueError):
                self.facts.created_at = moment(self.facts.made_at or "", self._mapping.zone)
            return
        self.facts.package = found.kind
        with suppress(ValueError):
            self.facts.only_changes = switch(str(element.get("СодержитТолькоИзменения") or "false"))

    def _one(self, found: Found, translate: Callable[[Element], T]) -> T | RejectedRecord:
        try:
            return translate(found.element)
        except Unreadable as refused:
            error = failure(refused, found.lines_before)
        except ValidationError as refused:
            first = refused.errors(include_url=False, include_context=False, include_input=False)[0]
            reason = f"{'.'.join(map(str, first['loc']))}: {first['type']}"
            error = failure(Unreadable(reason, found.element), found.lines_before)
        id_ = text(fields(found.element).get("Ид"))
        return RejectedRecord(plain_id(id_ or ""), error)
