"""Reading the lines of a calculation or a save (12.1)."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from mocks.mindbox.errors import ProtocolRefused
from mocks.mindbox.order import category
from mocks.mindbox.parts import Part
from mocks.mindbox.project import Project
from mocks.mindbox.reading import Json, camel, hundredths, node, number, rows, text

_MAX_DIGITS = 3


def read_parts(project: Project, order: Json, *, needs_numbers: bool) -> list[Part]:
    """Return one part per line, in order of the line numbers.

    Raises:
        ProtocolRefused: no lines, or a line that cannot be computed.
    """
    sent = rows(order, "lines")
    if not sent:
        msg = "/order/lines: не передано ни одной позиции"
        raise ProtocolRefused(msg)
    parts = [_part(project, line, at, needs_number=needs_numbers) for at, line in enumerate(sent)]
    parts.sort(key=lambda part: part.number)
    numbers = [part.number for part in parts]
    if needs_numbers and len(set(numbers)) < len(numbers):
        msg = "/order/lines/lineNumber: номера позиций повторяются"
        raise ProtocolRefused(msg)
    return parts


def line_status(line: Json) -> str:
    """Return a line's status: an object in processing, a text elsewhere (14.1)."""
    sent = line.get("status")
    return (
        text(node(line, "status", "ids").get("externalId"))
        if isinstance(sent, dict)
        else text(sent)
    )


def product_of(project: Project, line: Json, where: str) -> str:
    """Return the external id of a line's product.

    Raises:
        ProtocolRefused: no id, or one of a system that the project does not know.
    """
    for key, value in node(line, "product", "ids").items():
        for known in project.settings.product_id_keys:
            if key in {known, camel(known)} and text(value):
                project.product_id(known, text(value))
                return text(value)
        msg = f"{where}/product/ids/{key}: неизвестная внешняя система"
        raise ProtocolRefused(msg)
    msg = f"{where}/product/ids: не передан идентификатор продукта"
    raise ProtocolRefused(msg)


def read_quantity(line: Json, where: str) -> Decimal:
    """Return a quantity; a fraction needs ``quantityType: double`` (section 6).

    Raises:
        ProtocolRefused: it is no positive number with at most three digits after the point.
    """
    try:
        found = Decimal(text(line.get("quantity")))
        exponent = found.normalize().as_tuple().exponent
    except InvalidOperation:
        found, exponent = Decimal(0), 0
    if not found.is_finite() or found <= 0:
        msg = f"{where}/quantity: ожидалось положительное число"
        raise ProtocolRefused(msg)
    is_double = text(line.get("quantityType")) == "double"
    if not isinstance(exponent, int) or exponent < -_MAX_DIGITS or (exponent < 0 and not is_double):
        msg = f"{where}/quantity: дробное количество допустимо только при quantityType double"
        raise ProtocolRefused(msg)
    return found


def _part(project: Project, line: Json, at: int, *, needs_number: bool) -> Part:
    where = f"/order/lines/{at}"
    if text(line.get("basePricePerItem")) == "":
        msg = f"{where}/basePricePerItem: не передан обязательный параметр"
        raise ProtocolRefused(msg)
    if needs_number and text(line.get("lineNumber")) == "":
        msg = f"{where}/lineNumber: не передан обязательный параметр"
        raise ProtocolRefused(msg)
    status = line_status(line)
    if status:
        category(project, status, f"{where}/status")
    return Part(
        line=line,
        index=at,
        quantity=read_quantity(line, where),
        price=hundredths(line["basePricePerItem"], f"{where}/basePricePerItem"),
        floor=hundredths(line.get("minPricePerItem"), f"{where}/minPricePerItem"),
        product=product_of(project, line, where),
        number=number(line.get("lineNumber"), f"{where}/lineNumber", at + 1),
    )
