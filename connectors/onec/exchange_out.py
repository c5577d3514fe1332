"""Handing orders out: changes that are due become documents, as a site writes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.canonical import Order
from gateway.commerceml import (
    CommerceMlMapping,
    Dictionaries,
    OrderWriter,
    Sender,
    WriteOptions,
    write_dictionaries,
)
from gateway.commerceml.values import version_number
from gateway.contract import Change, Failed, Observed, Outcome, TranslationFailed

from .config_exchange import Exchange

OLDEST = "2.05"


@dataclass(frozen=True, slots=True)
class Documents:
    """Orders that can be written, and what became of those that cannot."""

    records: Sequence[Observed[Order]]
    refused: dict[str, Outcome[Any]]


@dataclass(frozen=True, slots=True)
class HandingOut:
    """Writes the answer of ``query`` and of ``info`` for one account."""

    settings: Exchange
    mapping: CommerceMlMapping

    def version(self, asked: str | None) -> str:
        """Return the form for what 1C asked: none is the oldest, and never newer than the settings.

        Versions are compared as a site does: 2.10 is 2.1 and newer than 2.09.
        """
        if asked is None:
            return OLDEST
        wanted = version_number(asked)
        if not wanted:
            return OLDEST
        return asked if wanted <= version_number(self.settings.version) else self.settings.version

    def documents(
        self, changes: Sequence[Change[Order]], asked: str | None, now: datetime
    ) -> Documents:
        """Sort out what the format cannot hold, so that one order keeps no other from 1C."""
        writer = self._writer(asked, now)
        records: list[Observed[Order]] = []
        refused: dict[str, Outcome[Any]] = {}
        for change in changes:
            record = _record(change)
            try:
                for _ in writer.orders([record]):
                    pass
            except TranslationFailed as error:
                refused[change.key] = Failed(error)
            else:
                records.append(record)
        return Documents(records, refused)

    def pieces(
        self, records: Sequence[Observed[Order]], asked: str | None, now: datetime
    ) -> Iterator[bytes]:
        """Write the file, in pieces; without records it is a root alone."""
        return self._writer(asked, now).orders(records)

    def dictionaries(self) -> bytes:
        """Write the answer of ``info``: the ids that the settings name."""
        shown = self.settings.names
        known = Dictionaries(
            {id_: shown.get(id_, id_) for id_ in self.settings.statuses},
            {id_: shown.get(id_, id_) for id_ in self.settings.payment_methods},
            {id_: shown.get(id_, id_) for id_ in self.settings.delivery_methods},
        )
        return write_dictionaries(known, self.settings.encoding)

    def _writer(self, asked: str | None, now: datetime) -> OrderWriter:
        options = WriteOptions(
            version=self.version(asked),
            made_at=now,
            encoding=self.settings.encoding,
            byte_mark=self.settings.byte_mark,
            namespace=None,
            below=self.settings.attached == "below",
        )
        return OrderWriter(self.mapping, options, Sender.SITE)


def _record(change: Change[Order]) -> Observed[Order]:
    """Name the order: by 1C's own id where it was born there, else by our key.

    The buyer's id is ours, so that 1C recognises a buyer who orders again.
    """
    order = change.entity
    return Observed(
        external_id=change.external_id or change.key,
        entity=order if order.number else order.model_copy(update={"number": change.key}),
        customer_external_id=order.customer_id,
    )
