"""Secrets in clear: those that stand in the file itself, which is copied and versioned."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import AliasChoices, BaseModel, RootModel, SecretBytes, SecretStr
from pydantic import Secret as SecretOf
from pydantic.fields import FieldInfo

from gateway.config.problems import Problem
from gateway.config.references import Secret

_REMEDY = 'write { env = "NAME" } or { file = "path" }, never the secret'
_URL_REMEDY = 'it holds a password: write the whole URL as { env = "NAME" } or { file = "path" }'
_SECRETS = (SecretStr, SecretBytes, SecretOf)
# Drivers take what stands before the last @ for the password, also a slash that was not encoded.
_PASSWORD = re.compile(
    r"://[^/@]*:[^@]+@|[?&;][^=&;]*(?:password|passwd|pwd|secret|token)=[^&;]", re.IGNORECASE
)


def urls_in_clear(data: Mapping[str, Any]) -> list[Problem]:
    """Find the URLs of store and bus that hold a password and are no references."""
    found = []
    for section in ("store", "bus"):
        table = data.get(section)
        url = table.get("url") if isinstance(table, dict) else None
        if isinstance(url, str) and not isinstance(url, Secret) and _PASSWORD.search(url):
            found.append(Problem(f"{section}.url", _URL_REMEDY))
    return found


def keys_in_clear(data: Mapping[str, Any]) -> list[Problem]:
    """Find the keys of operators that are no references; a password stands there as a hash."""
    operators = data.get("operators")
    if not isinstance(operators, dict):
        return []
    return [
        Problem(f"operators.{name}.key", _REMEDY)
        for name, table in operators.items()
        if isinstance(table, dict)
        and isinstance(table.get("key"), str)
        and not isinstance(table["key"], Secret)
    ]


def secrets_in_clear(model: type[BaseModel], data: Mapping[str, Any], path: str) -> list[Problem]:
    """Find secrets that stand in the file itself, also in nested models, lists and maps."""
    places = dict.fromkeys(_in_model(model, data, path))
    return [Problem(place, _REMEDY) for place in places]


def _in_model(model: type[BaseModel], data: object, path: str) -> Iterator[str]:
    if issubclass(model, RootModel):
        yield from _in_value(model.model_fields["root"].annotation, data, path)
    elif isinstance(data, Mapping):
        for name, field in model.model_fields.items():
            for key in _keys(name, field):
                if key in data:
                    yield from _in_value(field.annotation, data[key], f"{path}.{key}")


def _keys(name: str, field: FieldInfo) -> dict[str, None]:
    """Return the names under which a field may be written."""
    alias = field.validation_alias
    aliases = alias.choices if isinstance(alias, AliasChoices) else [alias]
    return dict.fromkeys([name, *(one for one in aliases if isinstance(one, str))])


def _in_value(annotation: Any, value: object, path: str) -> Iterator[str]:  # noqa: ANN401 - a type form
    """Yield the places of secrets in a value; a union is looked through as all of its options."""
    for option in _options(annotation):
        kind, inner = get_origin(option) or option, get_args(option)
        if not isinstance(kind, type):
            continue
        if issubclass(kind, _SECRETS):
            if isinstance(value, str | int | float) and not isinstance(value, Secret):
                yield path
        elif issubclass(kind, BaseModel):
            yield from _in_model(kind, value, path)
        elif inner and isinstance(value, Mapping):
            for key, one in value.items():
                yield from _in_value(inner[-1], one, f"{path}.{key}")
        elif inner and isinstance(value, list):
            for place, one in enumerate(value):
                yield from _in_value(_item(kind, inner, place), one, f"{path}.{place}")


def _options(annotation: Any) -> Iterator[Any]:  # noqa: ANN401 - a type form
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _options(get_args(annotation)[0])
    elif origin in {Union, UnionType}:
        for option in get_args(annotation):
            yield from _options(option)
    elif hasattr(annotation, "__value__"):  # a named alias of a type
        yield from _options(annotation.__value__)
    else:
        yield annotation


def _item(kind: type, inner: tuple[Any, ...], place: int) -> Any:  # noqa: ANN401 - a type form
    """Return the type of a list's item; tuples of a fixed shape have one per place."""
    is_fixed = issubclass(kind, tuple) and Ellipsis not in inner
    return inner[min(place, len(inner) - 1)] if is_fixed else inner[0]
