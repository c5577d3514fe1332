"""Field paths: an entity as a flat map from path to JSON value, the shape in which merges are made.

``name/first``, ``phones/+79161234567/rank``, ``lines/b-17/quantity``: every leaf of an entity has
one path, and an item of a collection has a marker (``lines/b-17`` → ``True``) so that adding and
removing it can be told apart from changing it. Two maps can be compared, merged and stored without
knowing the kind of the entity. Keys of items are percent-encoded only where they contain the
separator.
"""

from __future__ import annotations

from functools import cache
from typing import Any, TypeAlias, TypeVar, get_args, get_origin
from urllib.parse import quote, unquote

from gateway.canonical.customer import Customer
from gateway.canonical.loyalty import Card
from gateway.canonical.model import Canonical
from gateway.canonical.order import Order
from gateway.canonical.product import Product
from gateway.canonical.reference import Kind

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"
Fields: TypeAlias = dict[str, Any]
"""Path → JSON value. A path that is absent, or ``None``, has no value."""

E = TypeVar("E", bound=Canonical)

MODELS: dict[Kind, type[Canonical]] = {
    Kind.CUSTOMER: Customer,
    Kind.CARD: Card,
    Kind.PRODUCT: Product,
    Kind.ORDER: Order,
}


@cache
def _plan(model: type[Canonical]) -> dict[str, tuple[str, type[Canonical] | None]]:
    """Field → how it unfolds: ``leaf``, ``map``, ``model`` or ``items``."""
    return {name: _shape(field.annotation) for name, field in model.model_fields.items()}


def _shape(annotation: Any) -> tuple[str, type[Canonical] | None]:  # noqa: ANN401 - a type form
    if get_origin(annotation) is dict:
        return "map", None
    if get_origin(annotation) is tuple:
        item = get_args(annotation)[0]
        keyed = isinstance(item, type) and issubclass(item, Canonical) and item.KEY
        return ("items", item) if keyed else ("leaf", None)
    for option in (annotation, *get_args(annotation)):
        if isinstance(option, type) and issubclass(option, Canonical) and not option.LEAF:
            return "model", option
    return "leaf", None


def _escape(key: str) -> str:
    return quote(key, safe="+@:;,= ") if "/" in key or "%" in key else key


def item_path(collection: str, key: str) -> str:
    """Return the marker path of an item: ``item_path("cards", "2000/1")`` → ``cards/2000%2F1``."""
    return f"{collection}/{_escape(key)}"


def spoken(entity: Canonical) -> Fields:
    """Unfold what a source says, and nothing that it is silent about.

    An explicit ``None`` or empty collection is kept: ``{"phones": []}`` says that there are none.
    """
    out: Fields = {}
    _unfold(type(entity), entity.model_dump(mode="json", exclude_unset=True), "", out)
    return out


def _unfold(model: type[Canonical], data: dict[str, Any], prefix: str, out: Fields) -> None:
    """Unfold below ``prefix``. The key of an item is in its path already and pops out."""
    plan = _plan(model)
    for name, value in data.items():
        how, inner = plan[name]
        path = prefix + name
        if how == "leaf":
            out[path] = value
        elif how == "items" and inner is not None:
            if not value:
                out[path] = []
            for item in value:
                at = f"{path}/{_escape(str(item.pop(inner.KEY)))}"
                out[at] = True
                _unfold(inner, item, f"{at}/", out)
        elif how == "model" and inner is not None and value is not None:
            _unfold(inner, value, f"{path}/", out)
        elif how == "map":
            out.update({f"{path}/{_escape(key)}": leaf for key, leaf in value.items()})
        else:
            out[path] = value


def known(fields: Fields) -> Fields:
    """Keep only the paths that have a value; the stored form of a snapshot."""
    return {path: value for path, value in fields.items() if value is not None and value != []}


def folded(model: type[E], fields: Fields) -> E:
    """Fold a flat map back into an entity. Unknown paths raise ``pydantic.ValidationError``."""
    return model.model_validate(_nest(model, fields))


def _nest(model: type[Canonical], fields: Fields) -> dict[str, Any]:
    plan = _plan(model)
    grouped: dict[str, Fields] = {}
    data: dict[str, Any] = {}
    for path, value in fields.items():
        name, inside_it, rest = path.partition("/")
        if inside_it:
            grouped.setdefault(name, {})[rest] = value
        else:
            data[name] = value
    for name, inside in grouped.items():
        how, inner = plan.get(name, ("map", None))
        if how == "items" and inner is not None:
            data[name] = _items(inner, inside)
        elif how == "model" and inner is not None:
            data[name] = _nest(inner, inside)
        else:
            data[name] = {unquote(key): leaf for key, leaf in inside.items()}
    return data


def _items(item: type[Canonical], fields: Fields) -> list[dict[str, Any]]:
    grouped: dict[str, Fields] = {}
    for path, value in fields.items():
        key, inside_it, rest = path.partition("/")
        bucket = grouped.setdefault(key, {})
        if inside_it:
            bucket[rest] = value
    rows = [{item.KEY: unquote(key), **_nest(item, inside)} for key, inside in grouped.items()]
    return sorted(rows, key=lambda row: (row.get("sort") or 0, str(row[item.KEY])))


def pattern(path: str, kind: Kind) -> str:
    """Return the path without keys of items: ``lines/b-17/quantity`` → ``lines/quantity``."""
    return "/".join(_pattern_parts(MODELS[kind], path.split("/")))


def _pattern_parts(model: type[Canonical], parts: list[str]) -> list[str]:
    how, inner = _plan(model).get(parts[0], ("leaf", None))
    if how == "items" and inner is not None:
        return [parts[0], *(_pattern_parts(inner, parts[2:]) if parts[2:] else [])]
    if how == "model" and inner is not None and len(parts) > 1:
        return [parts[0], *_pattern_parts(inner, parts[1:])]
    return parts


def item_of(path: str, kind: Kind) -> str | None:
    """Return the marker path of the innermost item that ``path`` lies in, or ``None``."""
    markers = items_of(path, kind)
    return markers[-1] if markers else None


def items_of(path: str, kind: Kind) -> tuple[str, ...]:
    """Return the marker paths of all items that ``path`` lies in, the outermost first."""
    parts = path.split("/")
    model, place, markers = MODELS[kind], 0, []
    while place < len(parts):
        how, inner = _plan(model).get(parts[place], ("leaf", None))
        if inner is None:
            break
        model, place = inner, place + 1
        if how == "items" and place < len(parts):
            place += 1
            markers.append("/".join(parts[:place]))
    return tuple(markers)
