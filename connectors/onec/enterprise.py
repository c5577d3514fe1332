"""Exchange in EnterpriseData: messages of one node, fetched in parts and confirmed by number.

1C prepares a message as a background job; what it holds stays registered until a message of ours
names its number. Source: vendor reference, 3.5 and 3.6.
"""

from __future__ import annotations

import asyncio
import base64
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.commerceml import ZipLimits, unpacked
from gateway.contract import Clock, Rejected, TranslationFailed, Unavailable

from .config_services import EnterpriseNode, Soap
from .values import own_reference
from .wire_enterprise import Message, Numbers, confirmation, message_of

_ACTIVE, _DONE = "Active", "Completed"


class SoapCalls(Protocol):
    """The part of the SOAP client that is needed; its module is loaded for SOAP accounts alone."""

    async def call(
        self, file: str, operation: str, values: Mapping[str, Any], *, repeatable: bool
    ) -> Mapping[str, Any]:
        """Call an operation."""


@dataclass(frozen=True, slots=True)
class EnterpriseData:
    """The messages of one node."""

    client: SoapCalls
    settings: Soap
    node: EnterpriseNode
    clock: Clock

    async def fetch(self, wanted: frozenset[str]) -> Message:
        """Let 1C prepare a message, and fetch it.

        It holds all that is not confirmed yet. Raises ``Unavailable`` when the job does not end or
        ends without a file, ``TranslationFailed`` for what is no message.
        """
        peer = {"ExchangePlanName": self.node.plan, "PeerCode": self.node.code}
        told = await self._call("PrepareDataForGetting", {**peer, "PartSize": self.node.part_kb})
        prepared = await self._prepared(str(told.get("OperationID") or ""))
        file_id, count = str(prepared.get("FileID") or ""), int(prepared.get("PartCount") or 0)
        parts = [await self._part(file_id, number) for number in range(1, count + 1)]
        await self._call("ConfirmGettingFile", {"FileID": file_id, "ClearDataPool": True})
        return await asyncio.to_thread(self._read, b"".join(parts), wanted)

    async def confirm(self, numbers: Numbers) -> None:
        """Send a message without objects that names the number that was received.

        Raises ``Rejected`` when 1C does not take it.
        """
        node = self.node
        content = confirmation(
            numbers, plan=node.plan, code=node.code, peer=node.peer, created=self.clock.now()
        )
        file_id = own_reference(f"{node.plan}:{node.code}:{numbers.message}:{numbers.received}")
        part = {"FileID": file_id, "PartNumber": 1, "PartData": _packed(content)}
        await self._call("PutFilePart", part)
        peer = {"ExchangePlanName": node.plan, "PeerCode": node.code}
        told = await self._call("PutData", {**peer, "FileID": file_id})
        job = {"OperationID": str(told.get("OperationID") or "")}
        status = _ACTIVE
        for _ in range(self.settings.polls):
            answer = await self._call("PutDataActionResult", job, refuses=False)
            status = str(answer.get("return") or "")
            if status != _ACTIVE:
                break
            await asyncio.sleep(self.settings.poll_s)
        if status != _DONE:
            msg = f"1C did not take the confirmation in: its job is {status or 'unknown'}"
            raise Rejected(msg, operation="PutData", vendor_code=status)

    async def _prepared(self, job: str) -> Mapping[str, Any]:
        for _ in range(self.settings.polls):
            told = await self._call("PrepareDataActionResult", {"OperationID": job}, refuses=False)
            result = told.get("return")
            status = str(result.get("Status") or "") if isinstance(result, Mapping) else ""
            if isinstance(result, Mapping) and status == _DONE:
                return result
            if status != _ACTIVE:
                msg = f"1C did not prepare a message: its job is {status or 'unknown'}"
                raise Unavailable(msg, operation="PrepareDataForGetting", vendor_code=status)
            await asyncio.sleep(self.settings.poll_s)
        msg = "1C has not prepared a message in time"
        raise Unavailable(msg, operation="PrepareDataForGetting", vendor_code=_ACTIVE)

    async def _part(self, file_id: str, number: int) -> bytes:
        told = await self._call("GetDataPart", {"FileID": file_id, "PartNumber": number})
        data = told.get("return")
        if isinstance(data, str):
            data = base64.b64decode(data)
        if not isinstance(data, bytes):
            msg = "a part of the message is missing"
            raise Unavailable(msg, operation="GetDataPart")
        return data

    async def _call(
        self, operation: str, values: Mapping[str, Any], *, refuses: bool = True
    ) -> Mapping[str, Any]:
        """Call; many errors of 1C are no faults but a text, which may name persons."""
        told = await self.client.call(self.settings.exchange, operation, values, repeatable=True)
        if refuses and told.get("ErrorMessage"):
            msg = "the exchange service answered with an error: see 1C"
            raise Unavailable(msg, operation=operation, vendor_code="ErrorMessage")
        return told

    def _read(self, archive: bytes, wanted: frozenset[str]) -> Message:
        most = self.settings.most_bytes
        limits = ZipLimits(members=10, member_bytes=most, total_bytes=most)
        for member in unpacked(io.BytesIO(archive), limits):
            return message_of(member.stream, wanted)
        msg = "the archive of the message is empty"
        raise TranslationFailed(msg, path="message")


def _packed(content: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("Message.xml"), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()
