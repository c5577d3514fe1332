"""Description: the doors as OpenAPI, made of the same operations as the routes."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from pydantic import TypeAdapter

from gateway.ingress.pos.answers_refused import ProblemAnswer
from gateway.ingress.pos.operation import MOST_ON_PAGE, Nothing, Operation
from gateway.ingress.pos.operations import DOORS
from gateway.ingress.pos.routes import REPLAYED
from gateway.ingress.pos.shapes_sale import OfflineReturnBody, OfflineSaleBody
from gateway.ingress.problems import MEDIA_TYPE

_SCHEMAS = "#/components/schemas/"
_REFUSALS: Mapping[int, str] = {
    HTTPStatus.BAD_REQUEST: "The body or a header cannot be read",
    HTTPStatus.UNAUTHORIZED: "No key, or one that is not known",
    HTTPStatus.FORBIDDEN: "The key lacks the scope",
    HTTPStatus.NOT_FOUND: "There is no such sale, or no such service here",
    HTTPStatus.CONFLICT: "The sale was begun with another content, or is closed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too large",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is no JSON in UTF-8",
    HTTPStatus.UNPROCESSABLE_ENTITY: "A field is wrong, or the service refuses the call",
    HTTPStatus.TOO_MANY_REQUESTS: "Asked too often: wait for `Retry-After`",
    HTTPStatus.SERVICE_UNAVAILABLE: "It cannot be kept now: repeat it after `Retry-After`",
}
_TAGS = {"/pos/v1": "tills", "/checkout/v1": "checkout", "/cards/v1": "cards"}
SECURITY = {
    "key": {"type": "http", "scheme": "bearer", "description": "The key of a till or site"},
    "header": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
}


def described() -> dict[str, Any]:
    """Return ``paths`` and ``components`` of the doors."""
    paths: dict[str, dict[str, Any]] = {}
    for prefix, operations in DOORS.items():
        for one in operations:
            call = _operation(one, _TAGS[prefix])
            paths.setdefault(prefix + one.path, {})[one.method.lower()] = call
    return {"paths": paths, "components": {"schemas": _schemas(), "securitySchemes": SECURITY}}


def problem_response(about: str) -> dict[str, Any]:
    """Return the description of a refusal."""
    schema = {"$ref": f"{_SCHEMAS}{ProblemAnswer.__name__}"}
    return {"description": about, "content": {MEDIA_TYPE: {"schema": schema}}}


def _schemas() -> dict[str, Any]:
    operations = [one for door in DOORS.values() for one in door]
    bodies = {one.body for one in operations if one.body is not Nothing}
    bodies |= {OfflineSaleBody, OfflineReturnBody}
    answers: set[type[object]] = {one.answer for one in operations} | {ProblemAnswer}
    wanted: list[tuple[str, Any, TypeAdapter[Any]]] = [
        (_name(one), "validation", TypeAdapter(one)) for one in sorted(bodies, key=_name)
    ]
    wanted += [
        (_name(one), "serialization", TypeAdapter(one)) for one in sorted(answers, key=_name)
    ]
    _, schemas = TypeAdapter.json_schemas(wanted, ref_template=_SCHEMAS + "{model}")
    found: dict[str, Any] = schemas["$defs"]
    return found


def _name(one: type[object]) -> str:
    return one.__name__


def _operation(one: Operation[Any], tag: str) -> dict[str, Any]:
    answer = {"application/json": {"schema": {"$ref": _SCHEMAS + one.answer.__name__}}}
    call: dict[str, Any] = {
        "operationId": f"{tag}_{one.name}",
        "summary": one.summary,
        "description": f"Scope: `{one.scope}`.",
        "tags": [tag],
        "security": [{name: []} for name in SECURITY],
        "parameters": _parameters(one),
        "responses": {
            "200": {"description": "The answer", "content": answer},
            **{str(int(code)): problem_response(about) for code, about in _REFUSALS.items()},
        },
    }
    if one.is_write:
        about = "`true`: this is the answer of an earlier call"
        call["responses"]["200"]["headers"] = {
            REPLAYED: {"description": about, "schema": {"type": "string", "enum": ["true"]}}
        }
    if one.body is not Nothing:
        schema = {"$ref": _SCHEMAS + one.body.__name__}
        call["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema}},
        }
    return call


def _parameters(one: Operation[Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if "{id}" in one.path:
        pattern = "^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"
        found.append(_parameter("id", "path", pattern, "The caller's own, such as a UUID"))
    if "{member_id}" in one.path:
        about = "As an answer named it"
        found.append(_parameter("member_id", "path", r"^[\x21-\x7e]{1,64}$", about))
    if one.paged:
        limit = {"type": "integer", "minimum": 1, "maximum": MOST_ON_PAGE, "default": 20}
        cursor = {"type": "string", "maxLength": 512}
        found.append({"name": "cursor", "in": "query", "schema": cursor})
        found.append({"name": "limit", "in": "query", "schema": limit})
    if one.is_write:
        about = "A key of the caller's, in quotes or bare: the same call again has the same key"
        pattern = '^("[!#-\\[\\]-~]{1,64}"|[A-Za-z0-9_.:-]{1,64})$'
        key = _parameter("Idempotency-Key", "header", pattern, about)
        found.append({**key, "required": False})
    return found


def _parameter(name: str, place: str, pattern: str, about: str) -> dict[str, Any]:
    schema = {"type": "string", "pattern": pattern}
    return {
        "name": name, "in": place, "required": True, "description": about, "schema": schema,
    }  # fmt: skip
