"""Cards and coupons of the member (reference, sections 6.1 and 6.4)."""

from __future__ import annotations

from tests.mocks.loymax.conftest import Start
from tests.mocks.loymax.stand import CARD, OLEG, OTHER_CARD, OTHER_PHONE, SYSTEM, WORLD, Loymax


async def test_a_second_virtual_card_is_refused(loymax: Loymax) -> None:
    """Trap 15: list the cards first."""
    token = await loymax.member()
    state = await loymax.data("GET", "Cards/EmitVirtual", token)
    assert state == {"currentCountOfVirtualCards": 1, "isVirtualCardEmissionAllowed": False}
    assert (await loymax.refusal("PUT", "Cards/EmitVirtual", token, {}))["state"] == "Error"


async def test_a_card_with_cvc_is_attached_only_with_it(start: Start) -> None:
    """A free plastic card becomes the member's and active."""
    card = {"id": 500, "number": "7000000000000500", "cvc": "123", "state": "Created"}
    double = await start(seed={**WORLD, "cards": [*WORLD["cards"], card]})
    token = await double.member()
    body = {"cardNumber": "7000000000000500", "cvcCode": "999"}
    refused = await double.refusal("POST", "Cards/Set", token, body)
    assert (refused["message"], refused["messageCode"]) == ("Не удалось привязать карту.", None)
    answer = await double.call("POST", "Cards/Set", token, {**body, "cvcCode": "123"})
    assert answer.status_code == 201
    assert answer.json()["data"]["state"] == "Activated"
    assert [one["id"] for one in await double.data("GET", "Cards", token)] == [456, 500]


async def test_joining_another_account_takes_its_owners_code(loymax: Loymax) -> None:
    """The code goes to the owner; digits without quotes are taken; the account becomes one."""
    token = await loymax.member()
    body = {"cardNumber": OTHER_CARD, "password": "wrong"}
    assert (
        "Неправильный пароль"
        in (await loymax.refusal("POST", "Cards/Attach", token, body))["message"]
    )
    await loymax.data("POST", "Cards/Attach", token, {**body, "password": "Secret-1"})
    sent = (await loymax.state())["messages"][-1]
    assert (sent["to"], sent["purpose"]) == (OTHER_PHONE, "attach")
    wrong = await loymax.refusal("POST", "Cards/Attach/Confirm", token, "000000")
    assert wrong["message"].endswith("Осталось 4 попытки.")
    await loymax.data("POST", "Cards/Attach/Confirm", token, int(sent["code"]))
    oleg = await loymax.member(OTHER_PHONE, "Secret-3")
    for who in (token, oleg):
        assert (await loymax.data("GET", "User/Balance", who))[0]["balance"] == 450.0
    state = await loymax.data("GET", "Cards/Attach", token)
    assert (state["isStarted"], state["currentPersonCountInGroup"]) == (False, 2)


async def test_blocking_needs_the_password_as_a_bare_string(loymax: Loymax) -> None:
    """Blocked is a flag, the state stays; the same call unblocks."""
    token = await loymax.member()
    path = "Cards/456/ChangeBlockState"
    assert await loymax.refusal("POST", path, token, "wrong")
    seen = []
    for body in ("Secret-1", {"password": "Secret-1", "reason": "Нашлась"}):
        await loymax.data("POST", path, token, body)
        card = await loymax.data("GET", "Cards/456", token)
        seen.append((card["block"], card["state"]))
    assert seen == [(True, "Activated"), (False, "Activated")]


async def test_a_replaced_card_leaves_the_list_and_is_in_the_chain(start: Start) -> None:
    """The chain goes from the oldest to the newest."""
    free = {"id": 500, "number": "7000000000000500"}
    double = await start(seed={**WORLD, "cards": [*WORLD["cards"], free]})
    token, operator = await double.member(), await double.operator()
    body = {"cardNumber": "7000000000000500", "password": "Secret-1"}
    done = await double.data("POST", "Cards/456/Replace", token, body)
    assert done["replaceCardState"] == "Success"
    token = done["authResult"]["access_token"]
    assert [one["id"] for one in await double.data("GET", "Cards", token)] == [500]
    chain = await double.data("GET", SYSTEM + "Cards/500/ReplacementChain", operator)
    assert [(one["id"], one["state"]) for one in chain] == [(456, "Replaced"), (500, "Activated")]


async def test_the_operator_must_block_a_card_before_replacing_it(loymax: Loymax) -> None:
    """Section 7.3: the old card must be blocked first."""
    await loymax.door("seed", cards=[{"id": 500, "number": "7000000000000500"}])
    token = await loymax.operator()
    body = {"oldCardId": 457, "newCardId": 500}
    path = SYSTEM + "CallCenter/"
    assert await loymax.refusal("POST", path + "ReplaceCard", token, body)
    await loymax.data("POST", path + "BlockCard", token, {"cardID": 457, "comment": "Утеряна"})
    await loymax.data("POST", path + "ReplaceCard", token, body)
    rows = await loymax.data("GET", f"{SYSTEM}users/{OLEG}/Cards?cardShowMode=active", token)
    assert [row["id"] for row in rows] == [500]


async def test_a_deleted_card_is_found_no_more_until_recovered(loymax: Loymax) -> None:
    """Deletion is soft."""
    token = await loymax.operator()
    find = f"{SYSTEM}Cards/ByCardNumber?cardNumber={OTHER_CARD}"
    await loymax.data("POST", SYSTEM + "CallCenter/DeleteCard", token, {"cardId": 457})
    assert (await loymax.refusal("GET", find, token))["message"] == "Не найдена карта."
    path = f"{SYSTEM}users/{OLEG}/Cards?cardShowMode=Deleted"
    assert [row["id"] for row in await loymax.data("GET", path, token)] == [457]
    await loymax.data("POST", SYSTEM + "CallCenter/RecoverCard", token, {"cardId": 457})
    assert (await loymax.data("GET", find, token))["cardOwnerInfo"]["id"] == OLEG


async def test_a_card_range_has_a_limit(start: Start) -> None:
    """At most 500 cards come at once."""
    cards = [{"number": f"71{number:014d}"} for number in range(501)]
    double = await start(seed={"cards": cards})
    token = await double.operator()
    path = SYSTEM + "Cards/Range/7100000000000000/71{:014d}"
    assert len(await double.data("GET", path.format(499), token)) == 500
    assert (await double.refusal("GET", path.format(500), token))["state"] == "Error"


async def test_a_coupon_expires_by_itself_and_is_the_owners_alone(loymax: Loymax) -> None:
    """Another member's coupon looks like none."""
    oleg = await loymax.member(OTHER_PHONE, "Secret-3")
    refused = await loymax.refusal("GET", "Coupons/number/SPRING25", oleg)
    assert refused["message"] == "Купон не найден или принадлежит другому клиенту."
    await loymax.door("clock", freeze="2025-04-01T00:00:00Z")
    token = await loymax.member()
    coupon = await loymax.data("GET", "Coupons/number/SPRING25", token)
    assert coupon["couponState"] == "Expired"
    path = "Coupons?couponListFilter.couponStates=Issued"
    assert await loymax.data("GET", path, token) == []


async def test_coupons_are_generated_issued_bought_and_cancelled(loymax: Loymax) -> None:
    """A generated coupon is free until it is given to somebody."""
    shop, token = await loymax.merchant(), await loymax.member()
    body = {"emissionId": 11, "couponsCount": 2}
    free = await loymax.data("POST", "Coupons/generate", shop, body)
    assert [one["couponState"] for one in free] == ["Created", "Created"]
    path = "Coupons/couponById?emissionId=11&personId=5014"
    given = await loymax.data("POST", path, shop, {})
    assert given["couponNumber"] == free[0]["code"]
    bought = await loymax.data("POST", "Coupons/buy", token, {"id": 11, "amount": 60})
    assert bought["amount"][0]["amount"] == 60.0
    assert (await loymax.data("GET", "User/Balance", token))[0]["balance"] == 350.0
    rows = await loymax.data("GET", "Coupons", token)
    assert len(rows) == 2
    await loymax.data("POST", f"Coupons/{rows[1]['id']}/cancel", token, {})
    assert (await loymax.state())["coupons"][-1]["state"] == "Rejected"


async def test_an_unused_bought_coupon_is_paid_back_once(loymax: Loymax) -> None:
    """The transaction of the purchase names it."""
    token = await loymax.member()
    bought = await loymax.data("POST", "Coupons/buy", token, {"id": 11, "amount": 60})
    body = {"transactionId": bought["id"]}
    await loymax.data("POST", "Coupons/refund", token, body)
    assert (await loymax.data("GET", "User/Balance", token))[0]["balance"] == 410.0
    assert (await loymax.refusal("POST", "Coupons/refund", token, body))["state"] == "Error"


async def test_a_card_code_is_told_to_the_shop_by_phone_and_number(loymax: Loymax) -> None:
    """The OAuth application gets the same code as the member."""
    shop = await loymax.merchant()
    path = f"users/code/{OTHER_PHONE}/cards/{OTHER_CARD}/qrcode"
    shown = await loymax.data("GET", path, shop)
    assert shown["code"].startswith(OTHER_CARD)
    assert shown["lifeTime"] == 86400
    wrong = f"users/code/{OTHER_PHONE}/cards/{CARD}/qrcode"
    assert (await loymax.refusal("GET", wrong, shop))["message"] == "Не найдена карта."
