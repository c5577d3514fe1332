"""The conformance kit's till: a visit in the vendor's XML protocol."""

from __future__ import annotations

import re
from collections.abc import Sequence

import httpx

from gateway.canonical import Customer
from gateway.contract import TillReply, TillRequest

from .till_stage import PASSWORD, cheque, element, request, whole


class Visitor:
    """Plays a till that speaks the XML protocol."""

    def till_visit(self, member: Customer, *, forged: bool) -> Sequence[TillRequest]:
        """Return the steps of a purchase that spends 50 points."""
        who = f'<Identifier Type="Auto" Value="{member.cards[0].number}"/>'
        steps = [
            element("Balance", who, operation="1"),
            element("Calculate", who + cheque("600", "460"), operation="2"),
            element("AvailableAmount", cheque("600", "460") + who, operation="3"),
            element("Payment", cheque("600", "460") + who, operation="4", Amount="50"),
            element("Discount", who + cheque("600", "460"), operation="5"),
            element("ConfirmPurchase", operation="6"),
        ]
        password = "forged-secret" if forged else PASSWORD
        return [request(whole(one), password=password) for one in steps]

    def is_till_refusal(self, reply: TillReply) -> bool:
        """Tell a refusal by its status, or by the codes of the document and its operation."""
        codes = re.findall(rb"ErrorCode(?:>|=\")([0-9]+)", reply.body)
        return reply.status != httpx.codes.OK or set(codes) != {b"0"}
