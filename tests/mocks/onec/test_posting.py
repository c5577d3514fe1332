"""Posting over the interface (reference, section 1.7)."""

from __future__ import annotations

from tests.mocks.onec.conftest import OneC

TAIL = "-2222-11ee-8c3a-00155d010203"
PARTNER = "11111111" + TAIL
PRODUCT = "aaaa0001" + TAIL
WAREHOUSE = "dd000001" + TAIL
ORDER = "5a100000-2a11-11f0-8c11-00155d0a0b0c"

SHIPMENT = {
    "Date": "2026-02-03T12:00:00",
    "Партнер_Key": PARTNER,
    "Склад_Key": WAREHOUSE,
    "Товары": [{"Номенклатура_Key": PRODUCT, "Количество": 13, "Сумма": 1}],
}


async def test_refusals_to_post(onec: OneC) -> None:
    """Too little stock, a closed period and a scripted text are all 500 with code -1."""
    name = "Document_РеализацияТоваровУслуг"
    made = (await onec.send("POST", name, SHIPMENT)).json()
    path = f"{name}(guid'{made['Ref_Key']}')"
    assert await onec.refusal(f"{path}/Post", "POST") == (500, "-1")
    assert (await onec.get(path))["Posted"] is False
    await onec.act("stock.set", product=PRODUCT, quantity=13, date="2026-02-01T00:00:00")
    await onec.act("posting.refuse", text="Конфликт блокировок при выполнении транзакции")
    answer = await onec.send("POST", f"{path}/Post")
    told = answer.json()["odata.error"]["message"]["value"]
    assert told == "Конфликт блокировок при выполнении транзакции"
    assert (await onec.send("POST", f"{path}/Post")).status_code == 200
    await onec.switch(closed_until="2026-02-04T00:00:00")
    assert await onec.refusal(f"{path}/Unpost", "POST") == (500, "-1")


async def test_posted_cannot_be_written_and_movements_follow_post_only(onec: OneC) -> None:
    """Posted is no property to write; a PATCH of goods leaves the old movements until Post."""
    path = f"Document_ЗаказКлиента(guid'{ORDER}')"
    register = "AccumulationRegister_ЗаказыКлиентов_RecordType"
    rows = [{"Номенклатура_Key": PRODUCT, "Количество": 5, "Сумма": 10}]
    changed = await onec.send("PATCH", path, {"Posted": False, "Товары": rows})
    assert changed.json()["Posted"] is True
    assert [row["Заказано"] for row in await onec.rows(register)] == [2]
    await onec.switch(post_body="braces")
    posted = await onec.send("POST", f"{path}/Post()")
    assert posted.text == "{}"
    assert [row["Заказано"] for row in await onec.rows(register)] == [5]
