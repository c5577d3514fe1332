"""The main job, in a shopkeeper's words: what happens in one system is there in the other."""

from __future__ import annotations

from decimal import Decimal

from gateway.canonical import Kind
from mocks.bitrix.events import event_body
from mocks.bitrix.settings import BitrixSettings
from mocks.bitrix.site import SiteEvent
from tests.e2e.selling import (
    CARD,
    COUPON,
    CRM_FORM,
    EMAIL,
    in_crm,
    payments_of,
    place,
    register,
    sold,
)
from tests.e2e.world import CRM, SHOP, Row, World, until


async def test_a_customer_of_the_site_appears_in_the_crm_with_his_card(world: World) -> None:
    """B3: the CRM's operator must know who calls, and which card gives the discount."""
    user = await register(world)
    await world.site.act("card.put", number=CARD, user_id=user)

    async def carded() -> Row | None:
        customer = await world.crm_customer(EMAIL)
        return customer if customer and customer.get("discountCardNumber") else None

    customer = await until(carded, what="the customer is in the CRM with the card")
    assert customer["discountCardNumber"] == CARD
    assert (customer["lastName"], customer["firstName"]) == ("Семёнова", "Алёна")
    assert (customer["patronymic"], customer["sex"]) == ("Артёмовна", "female")
    assert customer["birthday"] == "1988-02-29"
    assert customer["phones"] == [{"number": "+79161234567"}]
    link = await world.link(SHOP, Kind.CUSTOMER, user)
    assert link is not None
    assert customer["externalId"] == link.entity_id


async def test_an_order_reaches_the_crm_with_the_reason_of_each_discount(world: World) -> None:
    """B3: without promo code and card on the order nobody can say why it cost what it cost."""
    user = await register(world)
    await world.site.act("card.put", number=CARD, user_id=user)
    sale = await place(world, user, coupon=COUPON, card=CARD, comment="Позвоните за час")
    order = await in_crm(world, sale)
    assert order["customFields"] == {"promo_code": COUPON, "card_number": CARD}
    assert order["customerComment"] == "Позвоните за час"
    assert order["customer"]["email"] == EMAIL
    assert [(i["offer"]["externalId"], i["quantity"]) for i in order["items"]] == [
        ("501", 2),
        ("502", 1),
    ]
    assert Decimal(str(order["summ"])) == Decimal("1098.45")
    customer = await world.crm_customer(EMAIL)
    assert customer is not None
    assert customer["discountCardNumber"] == CARD


async def test_a_card_typed_at_the_checkout_reaches_order_and_customer(world: World) -> None:
    """B3: who showed a card once must be known by it at the next call."""
    sale = await place(world, await register(world), card=CARD)
    order = await in_crm(world, sale)
    assert order["customFields"] == {"card_number": CARD}

    async def carded() -> bool:
        customer = await world.crm_customer(EMAIL)
        return customer is not None and customer.get("discountCardNumber") == CARD

    await until(carded, what="the customer has the card", within_s=3.0)


async def test_a_status_set_in_the_crm_reaches_the_site(world: World) -> None:
    """The buyer looks at the site; the operator works in the CRM."""
    sale = await sold(world)
    await world.crm.act("order.status", number=sale.number, status="assembling")

    async def assembled() -> bool:
        return bool((await world.site_order(sale.id))["statusId"] == "S")

    await until(assembled, what="the site shows the status")
    await world.quiet()
    order = await world.crm_order(sale.number)
    assert order is not None
    assert order["status"] == "assembling"


async def test_a_cancellation_in_the_crm_reaches_the_site(world: World) -> None:
    """An order that the buyer believes alive would be asked for at the door."""
    sale = await sold(world)
    await world.crm.act("order.status", number=sale.number, status="cancel-other")

    async def cancelled() -> bool:
        return bool((await world.site_order(sale.id))["canceled"] == "Y")

    await until(cancelled, what="the site shows the cancellation")


async def test_a_quantity_edited_in_the_crm_reaches_the_site(world: World) -> None:
    """What the operator agreed on the phone must be what is packed and paid."""
    sale = await sold(world)
    change = {"offer": {"externalId": "501"}, "quantity": 5}
    await world.crm.act("order.edit", number=sale.number, items={"change": [change]})

    async def edited() -> list[Row] | None:
        rows: list[Row] = (await world.site_order(sale.id))["basketItems"]
        found = {row["productId"]: row for row in rows}
        return rows if Decimal(str(found[501]["quantity"])) == Decimal(5) else None

    rows = await until(edited, what="the site shows the quantity")
    assert [int(row["id"]) for row in rows] == list(sale.basket_ids)
    assert [Decimal(str(row["price"])) for row in rows] == [Decimal(405), Decimal("288.45")]
    assert Decimal(str((await world.site_order(sale.id))["price"])) == Decimal("2313.45")


async def test_a_payment_made_at_the_site_reaches_the_crm(world: World) -> None:
    """An operator who does not see the payment asks for it again."""
    sale = await sold(world)
    before = payments_of(await in_crm(world, sale))
    assert [row["status"] for row in before] == ["not-paid"]
    await world.site.act("order.pay", order_id=sale.id)

    async def paid() -> list[Row] | None:
        rows = payments_of(await in_crm(world, sale))
        return rows if [row["status"] for row in rows] == ["paid"] else None

    [payment] = await until(paid, what="the CRM shows the payment")
    assert payment["id"] == before[0]["id"]


async def test_a_customer_of_the_crm_appears_at_the_site_and_gets_our_id(world: World) -> None:
    """Who ordered by phone must find his profile at the site; our id ties the two together."""
    made = await world.crm.act("customer.create", customer=CRM_FORM)
    user = await until(lambda: world.site_user(EMAIL), what="the customer is at the site")
    assert (user["lastName"], user["name"], user["phone"]) == ("Семёнова", "Алёна", "+79161234567")

    async def named() -> str | None:
        customer = await world.crm_customer(EMAIL)
        return customer.get("externalId") if customer else None

    our_id = await until(named, what="the CRM knows our id")
    links = await world.links_of(our_id)
    assert links[CRM].external_id == str(made["id"])
    assert links[SHOP].external_id == str(user["id"])
    assert user["xmlId"] == our_id


async def test_what_events_lost_is_made_up_by_polling(world: World) -> None:
    """The site's queue makes one attempt; what it loses must still arrive."""
    await world.site.post("settings", {"event_faults": {"drop_probability": 1.0}})
    user = await register(world)
    sale = await place(world, user)
    await in_crm(world, sale)
    await world.site.act("order.pay", order_id=sale.id)

    async def paid() -> bool:
        rows = payments_of(await in_crm(world, sale))
        return [row["status"] for row in rows] == ["paid"]

    await until(paid, what="the CRM shows the payment")
    shown = (await world.http.get(f"{world.site.url}/__mock__/settings")).json()["events"]
    assert shown["dropped"] == shown["queued"] > 0
    assert shown["delivered"] == 0


async def test_events_doubled_and_out_of_order_change_nothing(world: World) -> None:
    """An event is only a hint: late, early or twice, the record's present state is what counts."""
    faults = {
        "seed": 5,
        "duplicate_probability": 1.0,
        "reorder_probability": 0.7,
        "reorder_max_s": 0.6,
    }
    await world.site.post("settings", {"event_faults": faults})
    user = await register(world)
    sale = await place(world, user)
    await world.site.act("customer.edit", id=user, fields={"second_name": "Ильинична"})
    await world.site.act("order.pay", order_id=sale.id)
    await world.site.act("order.status", order_id=sale.id, status="A")
    order = await in_crm(world, sale)
    await world.quiet()
    order = await in_crm(world, sale)
    assert order["status"] == "client-confirmed"
    assert [row["status"] for row in payments_of(order)] == ["paid"]
    assert len(order["items"]) == 2
    [customer] = await world.crm_customers()
    assert customer["patronymic"] == "Ильинична"

    effects = await world.effects()
    for event in _old_events(user, sale.id):
        body = event_body(event, BitrixSettings())
        answer = await world.http.post(
            f"{world.url}/hooks/shop",
            content=body,
            headers={"content-type": "application/x-www-form-urlencoded"},
        )
        assert answer.status_code == 200
    await world.quiet()
    assert await world.effects() == effects
    shown = (await world.http.get(f"{world.site.url}/__mock__/settings")).json()["events"]
    assert shown["duplicated"] == shown["queued"] > 0


def _old_events(user: int, order: int) -> list[SiteEvent]:
    """Return events of an hour ago, the order's before the customer's, each twice."""
    told = [("ONSALEORDERSAVED", order), ("ONGATEWAYUSERSAVE", user)]
    return [
        SiteEvent(name, {"ID": str(key)}, 1_700_000_000 + second)
        for second in range(3)
        for name, key in told
        for _ in range(2)
    ]


async def test_one_change_is_told_once_and_does_not_come_back(world: World) -> None:
    """P4: an echo that is taken for a change would go round for ever."""
    await register(world)
    await until(lambda: world.crm_customer(EMAIL), what="the customer is in the CRM")
    await world.quiet()
    told = [row for row in (await world.crm.journal(0))[0] if row["effect"] == "created"]
    assert [row["op"] for row in told if "customer" in row["path"]] == ["customers/upload"]
    back = [row for row in (await world.site.journal(0))[0] if row["effect"] != "none"]
    assert back == []
