"""Customers who are there already: met, adopted, merged, or somebody else."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.canonical import (
    CardRef,
    Customer,
    Gender,
    Kind,
)
from gateway.contract import Exists, OutcomeUnknown, Rejected, Written
from tests.connectors.bench import Bench, Copy, failures
from tests.connectors.mindbox.conftest import OpenProject, inspected, journal
from tests.connectors.mindbox.people import (
    ANNA,
    KEY,
    OLGA_AGAIN,
    OLGA_ID,
    news,
    told,
)


async def test_creating_twice_leaves_one_customer(empty: Bench) -> None:
    """A lost answer doubles the customer at Mindbox."""
    copy = await told(empty)
    (outcome,) = await empty.write(Kind.CUSTOMER, empty.change(Kind.CUSTOMER, Copy(KEY), ANNA))

    assert outcome == Exists(copy.external_id or "")
    assert len(await inspected(empty, "customers")) == 1
    writer = empty.connector.writers[Kind.CUSTOMER]
    assert await writer.find([KEY, "c-none"]) == {KEY: copy.external_id}


@pytest.mark.parametrize("fault", ["cut_after", "hang_after"])
async def test_lost_answer_of_a_registration_is_looked_up(
    open_project: OpenProject, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is lost on the way, and the customer is registered again."""
    monkeypatch.setattr("tests.connectors.bench.TIMEOUT_S", 0.4)
    empty = await open_project(demo=False)
    await empty.faults({"kind": fault, "path": "RegisterCustomer", "times": 1})
    (outcome,) = await empty.write(Kind.CUSTOMER, empty.change(Kind.CUSTOMER, Copy(KEY), ANNA))

    assert isinstance(outcome.error, OutcomeUnknown)
    found = await empty.connector.writers[Kind.CUSTOMER].find([KEY])
    (row,) = await inspected(empty, "customers")
    assert found == {KEY: str(row["ids"]["mindboxId"])}


@pytest.mark.parametrize("form", ["alreadyExists", "validationError"])
async def test_customer_with_the_same_contacts_is_adopted(
    open_project: OpenProject, form: str
) -> None:
    """She registered by herself last year; the gateway doubles her, or gives her up."""
    project = await open_project({"customer_key": "gatewayId"}, register_duplicate=form)
    (outcome,) = await project.write(
        Kind.CUSTOMER, project.change(Kind.CUSTOMER, Copy(KEY), OLGA_AGAIN)
    )

    assert outcome == Exists(OLGA_ID)
    assert (await project.look(Kind.CUSTOMER, OLGA_ID)).key == KEY
    (row,) = await inspected(project, "customers")
    assert (row["firstName"], row["lastName"]) == ("Ольга", "Демина")


@pytest.mark.parametrize("form", ["alreadyExists", "validationError"])
async def test_customer_of_another_key_is_not_taken_over(
    open_project: OpenProject, form: str
) -> None:
    """Two of our customers share a phone, and the second takes the record of the first."""
    project = await open_project(register_duplicate=form)
    (outcome,) = await project.write(
        Kind.CUSTOMER, project.change(Kind.CUSTOMER, Copy(KEY), OLGA_AGAIN)
    )
    assert failures([outcome]) == ["Rejected"]
    assert (await project.look(Kind.CUSTOMER, OLGA_ID)).key == "70014"


async def test_card_of_the_pool_is_bound_once(project: Bench) -> None:
    """A card that she has already counts as refused, or is bound with each edit."""
    await project.seed(cards=[{"number": "2900000000777"}])
    copy = Copy(KEY)
    own = ANNA.model_copy(update={"cards": (CardRef(number="2900000000777"),)})
    await project.tell(Kind.CUSTOMER, copy, own)
    assert (await project.look(Kind.CUSTOMER, copy.external_id)).entity.cards == own.cards
    assert await news(project, copy) == {}

    again = Copy(KEY, external_id=copy.external_id)
    await project.tell(Kind.CUSTOMER, again, own)
    binding = [one for one in await journal(project) if "ActivateDiscountCard" in one["op"]]
    assert [one["status"] for one in binding] == [200, 200]
    await project.tell(Kind.CUSTOMER, again, own.model_copy(update={"gender": Gender.MALE}))
    assert len([one for one in await journal(project) if "Activate" in one["op"]]) == 2


@pytest.mark.parametrize(
    ("number", "code"),
    [("2900000012345", "AlreadyBoundToAnotherCustomer"), ("2900000055555", "NotFound")],
    ids=["of-another", "unknown"],
)
async def test_card_that_cannot_be_bound_is_told(project: Bench, number: str, code: str) -> None:
    """The customer pays with a card that is somebody else's, and nobody is told."""
    own = ANNA.model_copy(update={"cards": (CardRef(number=number),)})
    (outcome,) = await project.write(Kind.CUSTOMER, project.change(Kind.CUSTOMER, Copy(KEY), own))

    assert isinstance(outcome.error, Rejected)
    assert outcome.error.vendor_code == code
    assert number not in str(outcome.error)
    (olga,) = await inspected(project, "customers", ids={"mindboxId": OLGA_ID})
    assert [one["ids"]["number"] for one in olga["discountCards"]] == ["2900000012345"]


@pytest.mark.parametrize("merged_ids", ["forward", "gone"])
async def test_id_of_somebody_merged_away_is_said_to_be_gone(
    open_project: OpenProject, merged_ids: str
) -> None:
    """Two records of ours live on as one person's, each with the other's orders."""
    project = await open_project(merged_ids=merged_ids)
    copy = await told(project)
    await project.act(
        "customer.merge",
        customer={"ids": {"mindboxId": OLGA_ID}},
        others=[{"ids": {"mindboxId": copy.external_id}}],
    )
    reading = await project.connector.readers[Kind.CUSTOMER].get([copy.external_id or "", OLGA_ID])

    known = {item.external_id: item for item in reading.items}
    assert not known[OLGA_ID].deleted
    if merged_ids == "gone":
        assert reading.missing == [copy.external_id]
        change = project.change(Kind.CUSTOMER, copy, ANNA.model_copy(update={"gender": None}))
        assert failures(await project.write(Kind.CUSTOMER, change)) == ["Missing"]
    else:
        assert known[copy.external_id or ""].deleted
        assert known[copy.external_id or ""].merged_into == OLGA_ID


async def test_key_is_given_to_a_record_that_has_none(project: Bench) -> None:
    """A customer who was met by phone never gets our key, and is met again each night."""
    await project.seed(customers=[{"firstName": "Яна", "mobilePhone": "79160000009"}])
    (row,) = await inspected(project, "customers", mobilePhone="79160000009")
    copy = Copy(KEY, external_id=str(row["ids"]["mindboxId"]))
    change = project.change(Kind.CUSTOMER, copy, Customer(gender=Gender.FEMALE), assign_key=True)
    (outcome,) = await project.write(Kind.CUSTOMER, change)

    assert isinstance(outcome, Written)
    assert (await project.look(Kind.CUSTOMER, copy.external_id)).key == KEY


async def test_several_matches_are_told_not_guessed(project: Bench) -> None:
    """Of two customers with one phone the first is taken for ours."""
    twin = {"mobilePhone": "79260001122", "firstName": "Олег"}
    await project.seed(customers=[twin])
    (outcome,) = await project.write(
        Kind.CUSTOMER, project.change(Kind.CUSTOMER, Copy(KEY), OLGA_AGAIN)
    )
    assert outcome.error.vendor_code == "Ambiguous"


@pytest.mark.parametrize("fault", [{"kind": "cut_after"}, {"kind": "status", "status": 429}])
async def test_card_that_failed_after_its_customer_was_made(
    project: Bench, fault: dict[str, Any]
) -> None:
    """The customer is there without the card, and counts as not made at all."""
    await project.seed(cards=[{"number": "2900000000777"}])
    own = ANNA.model_copy(update={"cards": (CardRef(number="2900000000777"),)})
    await project.faults({**fault, "path": "ActivateDiscountCard", "times": 1})
    change = project.change(Kind.CUSTOMER, Copy(KEY), own)
    assert failures(await project.write(Kind.CUSTOMER, change)) == ["OutcomeUnknown"]

    writer = project.connector.writers[Kind.CUSTOMER]
    copy = Copy(KEY, external_id=(await writer.find([KEY]))[KEY])
    await project.tell(Kind.CUSTOMER, copy, own)
    assert (await project.look(Kind.CUSTOMER, copy.external_id)).entity.cards == own.cards
    assert len(await inspected(project, "customers")) == 2
