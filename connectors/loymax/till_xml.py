"""Till XML: the vendor's till protocol 3.2 as a door: a till changes its processor by address.

A document is answered request by request, one document of a register at a time. What was answered
with success is answered again to the same ``OperationID``; refusals are not remembered, so that a
till may repeat what could not be done.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from zoneinfo import ZoneInfo

from lxml import etree

from gateway.contract import (
    Caller,
    Clock,
    GatewayError,
    Scope,
    TillBusy,
    TillRefused,
    TillReply,
    TillRequest,
    TillService,
    same_secret,
)

from .config import Register, Tills
from .till_answers import document, refusal
from .till_codes import Code, CodeRefused, number_of, refusal_of
from .till_content import Contents
from .till_look import Looks, Visit
from .till_memory import Answered, Desk
from .till_steps import Steps
from .till_wire import (
    AVAILABLE,
    BALANCE,
    CALCULATE,
    CANCEL,
    CONFIRM,
    DISCOUNT,
    PAYMENT,
    DocumentRefused,
    Message,
    TillCall,
    call_of,
    requests_of,
)

_HEADERS = {"content-type": "application/xml; charset=utf-8"}
_UNPROVED = {"www-authenticate": 'Basic realm="till"'}
_SCOPES = frozenset({Scope.READ, Scope.SELL, Scope.REGISTER})
"""The codes of a payment belong to ``REGISTER``; the protocol makes no member."""


class Operation(Protocol):
    """One operation of the protocol."""

    async def __call__(self, visit: Visit) -> etree._Element:
        """Do it and return its answer. Raises ``CodeRefused``, ``TillRefused`` or ``TillBusy``."""


@dataclass(frozen=True, slots=True)
class XmlTillDoor:
    """See ``TillDoor``. Shape: ``desks`` by login; ``operations`` by the plural of the message."""

    tills: Tills
    clock: Clock
    desks: Mapping[str, tuple[Register, Desk]]
    operations: Mapping[str, Operation] = field(repr=False)

    async def answer(self, request: TillRequest, service: TillService) -> TillReply:
        """Answer one document."""
        if request.method != "POST":
            return TillReply(b"", status=405, headers={"allow": "POST"})
        desk = self._proved(request.headers)
        if desk is None:
            return TillReply(b"", status=401, headers=_UNPROVED)
        try:
            requests = requests_of(request.body)
        except DocumentRefused as refused:
            number = number_of(refused.code, self.tills.numbers)
            return _reply(document(code=number, text=refused.text))
        root = document()
        async with desk.turn:
            for message, element in requests:
                if root[-1].tag != message.plural:
                    etree.SubElement(root, message.plural)
                root[-1].append(await self._answered(desk, message, element, service))
        return _reply(root)

    def _proved(self, headers: Mapping[str, str]) -> Desk | None:
        """Return the register whose login and password a call has."""
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind.lower() != "basic":
            return None
        try:
            login, _, password = base64.b64decode(token.strip()).decode().partition(":")
        except (binascii.Error, ValueError):
            return None
        register, desk = self.desks.get(login, (None, None))
        if register is None:
            return None
        return desk if same_secret(password, register.password.get_secret_value()) else None

    async def _answered(
        self, desk: Desk, message: Message, element: etree._Element, service: TillService
    ) -> etree._Element:
        try:
            call = call_of(message, element, zone=ZoneInfo(self.tills.zone))
            return await self._run(desk, call, service)
        except CodeRefused as refused:
            told = refused
        except (TillRefused, TillBusy) as error:
            told = refusal_of(error)
        except GatewayError:
            told = CodeRefused(Code.SYSTEM_ERROR)
        return refusal(
            message,
            number_of(told.code, self.tills.numbers),
            told.text,
            device=desk.device,
            operation_id=element.get("OperationID") or "",
        )

    async def _run(self, desk: Desk, call: TillCall, service: TillService) -> etree._Element:
        if call.device not in {None, desk.device}:
            raise CodeRefused(Code.DEVICE_NOT_FOUND)
        before = desk.answers.get(call.operation_id)
        if before is not None:
            if (before.message, before.digest) == (call.message, call.digest):
                return etree.fromstring(before.element)
            if not (before.message.is_look and call.message.is_look):
                raise CodeRefused(Code.NOT_UNIQUE)
        element = await self.operations[call.message.plural](Visit(desk, call, service))
        desk.answers.put(
            call.operation_id, Answered(call.message, call.digest, etree.tostring(element))
        )
        return element


def till_door(account: str, tills: Tills, *, currency: str, clock: Clock) -> XmlTillDoor:
    """Build the door of an account; its callers are named by account and register."""
    looks = Looks(tills, Contents(tills, currency), clock)
    steps = Steps(looks)
    desks = {
        register.login: (register, Desk(_caller(account, name, register), register.device))
        for name, register in tills.registers.items()
    }
    operations: Mapping[str, Operation] = {
        BALANCE.plural: looks.balance,
        CALCULATE.plural: looks.calculate,
        AVAILABLE.plural: looks.available,
        PAYMENT.plural: steps.payment,
        DISCOUNT.plural: steps.discount,
        CONFIRM.plural: steps.confirm,
        CANCEL.plural: steps.cancel,
    }
    return XmlTillDoor(tills, clock, desks, operations)


def _caller(account: str, name: str, register: Register) -> Caller:
    return Caller(
        f"{account}.{name}",
        shop=register.shop,
        brand=register.brand,
        deadline_s=register.deadline_ms / 1000,
        scopes=_SCOPES,
    )


def _reply(root: etree._Element) -> TillReply:
    return TillReply(etree.tostring(root, encoding="utf-8"), headers=_HEADERS)
