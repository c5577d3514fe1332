"""Returns and offline receipts: checked against what was sold, kept, and told in their order."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from gateway.contract import (
    Caller,
    Deal,
    OfflineReceipt,
    Refund,
    Sale,
    Stage,
    StoreError,
    TillBusy,
    TillRefused,
)
from gateway.loyalty.checks import check_refund, check_sale, completed, latest_moment
from gateway.loyalty.codec import digest_of, refund_json, sale_json
from gateway.loyalty.decide import (
    COMMIT,
    REFUND,
    SALE_CANCELLED,
    SALE_DIFFERS,
    Ask,
    to_commit,
    to_refund,
)
from gateway.loyalty.sale import deal_of, row_id
from gateway.loyalty.serving import Served, Serving
from gateway.loyalty.steps import AGAIN_S, MOST_TRIES, STORE_SLOW, TAKEN, Steps, full
from gateway.ports import Asked, SaleKind, SaleProgress, SaleRow

MOST_RECEIPTS = 1000
BATCH_INVALID, RECEIPT_INVALID, SALE_OPEN = "batch-invalid", "receipt-invalid", "sale-open"
_ONE_OF_TWO = "a receipt is a sale or a return"
_OPEN_SALE = frozenset({SaleProgress.RESERVING, SaleProgress.RESERVED})


@dataclass(frozen=True, slots=True)
class Answer:
    """What becomes of one receipt: its row, written or to be written, or a refusal."""

    id: str
    row: SaleRow | None = None
    refusal: TillRefused | None = None
    is_new: bool = False

    def deal(self) -> Deal:
        """Return what the till is told."""
        if self.row is not None:
            return deal_of(self.row, replayed=not self.is_new)
        cause = self.refusal.reason if self.refusal is not None else ""
        return Deal(self.id, Stage.REFUSED, cause=cause)


class Returns:
    """See ``TillSales``."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        self._steps = Steps(serving)

    async def refund(self, caller: Caller, refund: Refund, *, key: str = "") -> Deal:
        """Take goods back; at once when their sale is counted and the processor answers."""
        serving = self._serving
        served = serving.of(caller)
        check_refund(refund, latest=self._latest())
        with serving.counted("refund") as call:
            serving.book.check_key(caller.name, key, own_id=refund.id, step=REFUND)
            sale = await self._sold(caller, refund.sale_id, served.until)
            ask = self._of_refund(caller, served, refund, sale, {}, key=key)
            return await self._steps.take(ask, to_refund, served.until, call)

    async def offline(self, caller: Caller, receipts: Sequence[OfflineReceipt]) -> Sequence[Deal]:
        """Take receipts in with one write, in their order."""
        serving = self._serving
        served = serving.of(caller)
        if len(receipts) > MOST_RECEIPTS:
            msg = f"hand in at most {MOST_RECEIPTS} receipts at once"
            raise TillRefused(BATCH_INVALID, msg, field="receipts")
        named = (one.sale or one.refund for one in receipts)
        ids = {row_id(caller.name, one.id) for one in named if one is not None}
        with serving.counted("offline"):
            try:
                answers = await serving.turns.run(
                    sorted(ids), partial(self._taken_in, caller, served, receipts),
                    until=served.until,
                )  # fmt: skip
            except TimeoutError:
                msg = "the receipts could not be put on disk in time"
                raise TillBusy(STORE_SLOW, msg, retry_after_s=AGAIN_S) from None
        serving.advancer.wake()
        return [answer.deal() for answer in answers]

    async def _taken_in(
        self, caller: Caller, served: Served, receipts: Sequence[OfflineReceipt]
    ) -> Sequence[Answer]:
        """Decide about each and write all that is new; again where another process was first."""
        sold = {
            one.refund.sale_id: await self._sold(caller, one.refund.sale_id, served.until)
            for one in receipts
            if one.refund is not None
        }
        for _ in range(MOST_TRIES):
            answers: list[Answer] = []
            fresh: dict[str, SaleRow] = {}
            try:
                for one in receipts:
                    answer = await self._answered(caller, served, one, fresh, sold)
                    answers.append(answer)
                    if answer.is_new and answer.row is not None:
                        fresh[answer.row.id] = answer.row
                if not fresh or all(await self._serving.book.write(list(fresh.values()))):
                    return answers
            except StoreError as error:
                raise full(error) from error
        msg = "another process has these receipts: repeat the call"
        raise TillBusy(TAKEN, msg, retry_after_s=AGAIN_S)

    async def _answered(
        self,
        caller: Caller,
        served: Served,
        receipt: OfflineReceipt,
        fresh: Mapping[str, SaleRow],
        sold: Mapping[str, SaleRow | None],
    ) -> Answer:
        sale, refund = receipt.sale, receipt.refund
        named = sale or refund
        if named is None:
            return Answer("", refusal=TillRefused(RECEIPT_INVALID, _ONE_OF_TWO))
        own = named.id
        known = fresh.get(row_id(caller.name, own))
        known = known or await self._serving.book.find(row_id(caller.name, own), at=named.at)
        try:
            if sale is not None and refund is None:
                check_sale(sale, latest=self._latest())
                row = to_commit(known, self._of_sale(caller, served, sale))
            elif refund is not None and sale is None:
                check_refund(refund, latest=self._latest())
                before = fresh.get(row_id(caller.name, refund.sale_id)) or sold[refund.sale_id]
                ask = self._of_refund(caller, served, refund, before, fresh, is_offline=True)
                row = to_refund(known, ask)
            else:
                return Answer(own, refusal=TillRefused(RECEIPT_INVALID, _ONE_OF_TWO))
        except TillRefused as refusal:
            return Answer(own, refusal=refusal)
        return Answer(own, row or known, is_new=row is not None)

    def _of_sale(self, caller: Caller, served: Served, sale: Sale) -> Ask:
        now, content = self._serving.clock.now(), sale_json(sale)
        return Ask(
            caller, sale.id, COMMIT, served.processor.name, now,
            self._serving.book.place_at(now), sale.at, Asked(digest_of(content)),
            self._serving.correlation(), is_told=served.allowed.earning, is_offline=True,
            content=content,
        )  # fmt: skip

    def _of_refund(
        self,
        caller: Caller,
        served: Served,
        refund: Refund,
        sale: SaleRow | None,
        fresh: Mapping[str, SaleRow],
        *,
        key: str = "",
        is_offline: bool = False,
    ) -> Ask:
        """Return what a return asks. Its lines are named, and refused where they exceed the sale.

        The same return is recognised by what the till said, before lines are filled in.
        """
        now, serving = self._serving.clock.now(), self._serving
        asked = Asked(digest_of(refund_json(refund)), key)
        mine = row_id(caller.name, refund.id)
        repeats = serving.book.known(mine) is not None or mine in fresh
        if sale is not None and not repeats:
            self._check_sale(sale, is_offline=is_offline)
            earlier = [*serving.book.returns_of(sale.id)]
            earlier += [row for row in fresh.values() if row.of == sale.id]
            refund = completed(refund, sale.content, [row.content for row in earlier])
        return Ask(
            caller, refund.id, REFUND, sale.processor if sale else served.processor.name, now,
            serving.book.place_at(now), refund.at, asked, serving.correlation(),
            of=sale.id if sale is not None else row_id(caller.name, refund.sale_id),
            is_offline=is_offline, content=refund_json(refund),
        )  # fmt: skip

    def _check_sale(self, sale: SaleRow, *, is_offline: bool) -> None:
        if sale.kind is not SaleKind.SALE:
            msg = "what is given back is a return itself"
            raise TillRefused(SALE_DIFFERS, msg, field="sale_id")
        if sale.progress is SaleProgress.CANCELLED:
            msg = "the sale was cancelled: there is nothing to give back"
            raise TillRefused(SALE_CANCELLED, msg, field="sale_id")
        if sale.progress in _OPEN_SALE and not is_offline:
            msg = "the sale is not closed: close it, or cancel it"
            raise TillRefused(SALE_OPEN, msg, field="sale_id")

    async def _sold(self, caller: Caller, sale_id: str, until: float) -> SaleRow | None:
        """Return the sale that is given back: this till's, or another's, named ``till:id``.

        One that cannot be read now is looked for again when the return is told.
        """
        serving = self._serving
        for name in (row_id(caller.name, sale_id), *([sale_id] if ":" in sale_id else ())):
            try:
                async with asyncio.timeout(serving.left_s(until)):
                    found = await serving.book.look(name)
            except (StoreError, TimeoutError):
                continue
            if found is not None:
                return found
        return None

    def _latest(self) -> datetime:
        return latest_moment(self._serving.clock.now(), self._serving.terms.future_s)
