"""Client: calls as operator, application or member, with one new token after a refusal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import httpx

from gateway.contract import AuthRejected, HttpClient, Missing

from .config import LoymaxSettings
from .errors import data_of, operation_of
from .shadow import Shadow
from .tokens import Tokens
from .versions import Call, Version, path_of, public

Query = Sequence[tuple[str, str]]
_PROCESSING = "Processing/Purchases/{id}/{step}"


@dataclass(frozen=True, slots=True)
class LoymaxClient:
    """Calls of one account. With a shadow, reads are made by the other version as well."""

    http: HttpClient
    settings: LoymaxSettings
    tokens: Tokens
    shadow: Shadow | None = None
    _register: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    async def read(self, call: Call, operation: str, query: Query = (), **values: str) -> Any:  # noqa: ANN401 - any JSON
        """Read by the System API as the operator."""
        path = path_of(self.settings.version, call, **values)
        data = await self._as_operator("GET", path, operation, query=query, repeatable=True)
        if self.shadow is not None:
            await self.shadow.compare(operation, data, self._twin(call, operation, query, values))
        return data

    async def write(
        self,
        call: Call,
        operation: str,
        *,
        method: str = "POST",
        query: Query = (),
        json: object | None = None,
        form: Query | None = None,
        repeatable: bool,
        **values: str,
    ) -> Any:  # noqa: ANN401 - any JSON
        """Write by the System API as the operator; never shadowed."""
        path = path_of(self.settings.version, call, **values)
        body = {} if json is None and form is None else json
        return await self._as_operator(
            method, path, operation, query=query, json=body, form=form, repeatable=repeatable
        )

    async def purchase(
        self,
        purchase_id: str,
        step: str,
        body: Mapping[str, Any],
        *,
        member: str | None,
        repeatable: bool,
    ) -> Mapping[str, Any]:
        """Do one step of a purchase, for the member of a phone or card or for nobody.

        All steps run on the application's register, which must not be asked in parallel (9): they
        wait for each other.

        Raises ``Missing`` when there is no such member.
        """
        path = public(_PROCESSING.format(id=purchase_id, step=step))
        operation = f"Processing/{step.partition('/')[0]}"

        async def token(instead_of: str) -> str:
            if member is None:
                return await self.tokens.shop(instead_of=instead_of)
            found = await self.tokens.member(member, instead_of=instead_of)
            if found is None:
                msg = "the vendor knows no member of this phone or card"
                raise Missing(msg, operation=operation, vendor_code="CardHolderNotFound")
            return found

        async with self._register:
            response = await self._sent(
                token, "POST", path, operation, query=(), json=body, form=None,
                repeatable=repeatable,
            )  # fmt: skip
        data = data_of(response, operation=operation, repeatable=repeatable)
        return operation_of(data, operation=operation)

    async def as_member(
        self,
        identifier: str,
        method: str,
        path: str,
        operation: str,
        *,
        query: Query = (),
        json: object | None = None,
        repeatable: bool,
    ) -> Any:  # noqa: ANN401 - any JSON
        """Call the Public API for the member of a phone or card."""

        async def token(instead_of: str) -> str:
            found = await self.tokens.member(identifier, instead_of=instead_of)
            if found is None:
                msg = "the vendor knows no member of this phone or card"
                raise Missing(msg, operation=operation)
            return found

        response = await self._sent(
            token, method, public(path), operation, query=query, json=json, form=None,
            repeatable=repeatable,
        )  # fmt: skip
        return data_of(response, operation=operation, repeatable=repeatable)

    def _twin(
        self, call: Call, operation: str, query: Query, values: Mapping[str, str]
    ) -> Callable[[], Awaitable[Any]]:
        async def ask() -> Any:  # noqa: ANN401 - any JSON
            path = path_of(Version.V1_2, call, **values)
            return await self._as_operator("GET", path, operation, query=query, repeatable=True)

        return ask

    async def _as_operator(
        self,
        method: str,
        path: str,
        operation: str,
        *,
        query: Query = (),
        json: object | None = None,
        form: Query | None = None,
        repeatable: bool,
    ) -> Any:  # noqa: ANN401 - any JSON
        async def token(instead_of: str) -> str:
            return await self.tokens.operator(instead_of=instead_of)

        response = await self._sent(
            token, method, path, operation, query=query, json=json, form=form,
            repeatable=repeatable,
        )  # fmt: skip
        return data_of(response, operation=operation, repeatable=repeatable)

    async def _sent(
        self,
        token: Callable[[str], Awaitable[str]],
        method: str,
        path: str,
        operation: str,
        *,
        query: Query,
        json: object | None,
        form: Query | None,
        repeatable: bool,
    ) -> httpx.Response:
        """Send with a token, and once more with a new one: a refused call was not taken."""
        used = ""
        for _ in range(2):
            used = await token(used)
            response = await self.http.call(
                method,
                path,
                operation=operation,
                repeatable=repeatable,
                query=query or None,
                json=json,
                form=form,
                headers={"Authorization": f"Bearer {used}", "Accept": "application/json"},
            )
            if response.status_code != HTTPStatus.UNAUTHORIZED:
                return response
        msg = "the vendor refuses a token that it has just given"
        raise AuthRejected(msg, operation=operation, http_status=HTTPStatus.UNAUTHORIZED)
