"""Clients of an order: contacts and companies of a portal's CRM (reference 2.1, 10.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from mocks.bitrix.crm_store import COMPANY, CONTACT, items_of
from mocks.bitrix.errors import save_failed
from mocks.bitrix.fields import whole
from mocks.bitrix.table import Row
from mocks.sidedoor import SideDoorRefused

if TYPE_CHECKING:
    from mocks.bitrix.site import Site

_KINDS = (CONTACT, COMPANY)


def has_clients(site: Site) -> bool:
    """Tell whether the module ``crm`` is there; without it an order has no such list."""
    return site.settings.flavour == "bitrix24"


def clients_of(site: Site, order: Row) -> list[Row]:
    """Return an order's clients."""
    return site.order_clients.where("orderId", order["id"])


def put_clients(site: Site, order: Row, sent: Iterable[Mapping[str, Any]]) -> None:
    """Replace an order's clients.

    Raises:
        RestRefused: a client that the CRM does not have.
    """
    rows = [_client(site, order, row) for row in sent]
    forget_clients(site, order)
    for row in rows:
        site.order_clients.add(row)


def forget_clients(site: Site, order: Row) -> None:
    """Drop an order's clients."""
    for row in clients_of(site, order):
        site.order_clients.remove(row["id"])


def check_contact(site: Site, contact_id: object) -> None:
    """See that a checkout names a contact.

    Raises:
        SideDoorRefused: the site has no CRM, or no such contact.
    """
    if not has_clients(site) or items_of(site, CONTACT).get(contact_id) is None:
        msg = "contact_id: nothing has this id"
        raise SideDoorRefused(msg)


def follow_merge(site: Site, entity_type: int, survivor: Row, losers: Iterable[Row]) -> None:
    """Let orders of merged contacts be the survivor's."""
    gone = {loser["id"] for loser in losers}
    for row in list(site.order_clients):
        if row["entityTypeId"] == entity_type and row["entityId"] in gone:
            site.order_clients.update(row, entityId=survivor["id"])


def _client(site: Site, order: Row, sent: Mapping[str, Any]) -> Row:
    kind, entity = whole(sent.get("entityTypeId", 0)), whole(sent.get("entityId", 0))
    if kind not in _KINDS or items_of(site, kind).get(entity) is None:
        raise save_failed()
    return {
        "id": site.next_id("order_client"),
        "orderId": order["id"],
        "entityTypeId": kind,
        "entityId": entity,
        "isPrimary": sent.get("isPrimary", "Y"),
        "roleId": 0,
        "sort": 0,
        "xmlId": site.auto_xml_id(),
    }
