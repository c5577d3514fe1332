"""Customers over the wire: created once, edited in parts, read back as they were held."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.canonical import Address, EmailContact, Kind, PersonName, PhoneContact
from gateway.canonical.paths import known, spoken
from gateway.contract import Exists, Failed, Missing, OutcomeUnknown, Rejected, Written

from .conftest import Bench, Copy, OpenBench, count, failures, record
from .samples import CUSTOMER_KEY, customer


async def test_a_customer_reads_back_as_it_was_held(bench: Bench) -> None:
    """A difference between held and read would be sent forever or come back as a change."""
    copy = Copy(CUSTOMER_KEY)
    written = await bench.tell(Kind.CUSTOMER, copy, customer())
    assert written.created
    seen = await bench.look(Kind.CUSTOMER, copy)
    assert seen.key == CUSTOMER_KEY
    assert not seen.remarks
    assert await bench.news(Kind.CUSTOMER, copy) == {}


async def test_an_edit_sends_only_what_changed(bench: Bench) -> None:
    """A whole record in each edit would overwrite what operators changed meanwhile."""
    copy = Copy(CUSTOMER_KEY)
    await bench.tell(Kind.CUSTOMER, copy, customer())
    await bench.act("customer.edit", externalId=CUSTOMER_KEY, customer={"sex": "male"})
    name = PersonName(last="Петрова", first="Алёна", patronymic=None)
    await bench.tell(Kind.CUSTOMER, copy, customer(name=name))
    assert await bench.news(Kind.CUSTOMER, copy) == {"gender": "male"}


async def test_what_is_cleared_here_is_cleared_there(bench: Bench) -> None:
    """An e-mail or birthday withdrawn elsewhere would live on in the CRM."""
    copy = Copy(CUSTOMER_KEY)
    await bench.tell(Kind.CUSTOMER, copy, customer())
    await bench.tell(Kind.CUSTOMER, copy, customer(emails=(), birth_date=None, cards=()))
    assert await bench.news(Kind.CUSTOMER, copy) == {}
    told = (await bench.look(Kind.CUSTOMER, copy)).entity
    assert (told.emails, told.birth_date, told.cards) == ((), None, ())


@pytest.mark.parametrize("edit_phones", ["add", "replace"])
async def test_phones_are_only_added_and_keep_their_spelling(
    open_bench: OpenBench, edit_phones: str
) -> None:
    """A phone typed by an operator would stand twice, or the vendor's would be lost."""
    bench = await open_bench(edit_phones=edit_phones)
    made = await bench.act(
        "customer.create",
        customer={"firstName": "Пётр", "phones": [{"number": "8 (916) 123-45-67"}]},
    )
    copy = Copy(CUSTOMER_KEY, str(made["id"]))
    first = (await bench.look(Kind.CUSTOMER, copy)).entity
    copy.known = known(spoken(first))
    new = PhoneContact(number="+79051112233", rank=0)
    await bench.tell(Kind.CUSTOMER, copy, customer(phones=(new,)))
    assert await bench.news(Kind.CUSTOMER, copy) == {}
    held = await bench.api(f"customers/{copy.external_id}", by="id")
    numbers = [phone["number"] for phone in held["customer"]["phones"]]
    assert numbers == ["8 (916) 123-45-67", "+79051112233"]


@pytest.mark.parametrize("upload_repeat", ["460", "201_empty", "200_empty"])
@pytest.mark.parametrize("customer_duplicate", ["400_with_id_text", "400_short_text"])
async def test_a_creation_that_finds_its_record_leaves_it_alone(
    open_bench: OpenBench, upload_repeat: str, customer_duplicate: str
) -> None:
    """A repeated creation would leave two customers, or undo what an operator did since."""
    bench = await open_bench(upload_repeat=upload_repeat, customer_duplicate=customer_duplicate)
    first = await bench.tell(Kind.CUSTOMER, Copy(CUSTOMER_KEY), customer())
    operators = {"lastName": "Ёлкина", "birthday": "1991-01-02"}
    await bench.act("customer.edit", externalId=CUSTOMER_KEY, customer=operators)
    before = await record(bench, Kind.CUSTOMER, first.external_id)
    again = customer(emails=(EmailContact(address="new@example.ru", rank=0),))
    change = bench.change(Kind.CUSTOMER, Copy(CUSTOMER_KEY), again)
    fresh = bench.change(Kind.CUSTOMER, Copy("c-01jd7fhq3v9m2x4z"), customer())
    told, made = await bench.write(Kind.CUSTOMER, change, fresh)
    assert told == Exists(first.external_id)
    assert isinstance(made, Written)
    assert made.created
    after = await record(bench, Kind.CUSTOMER, first.external_id)
    assert after == before
    assert {name: after[name] for name in operators} == operators
    assert await count(bench, Kind.CUSTOMER) == 2


@pytest.mark.parametrize("edit_phones", ["add", "replace"])
async def test_a_new_phone_changes_no_other(open_bench: OpenBench, edit_phones: str) -> None:
    """A phone that an operator added would vanish, or one that was taken off would come back."""
    bench = await open_bench(edit_phones=edit_phones)
    copy = Copy(CUSTOMER_KEY)
    first = PhoneContact(number="+79161234567", rank=0)
    second = PhoneContact(number="+79051112233")
    await bench.tell(Kind.CUSTOMER, copy, customer(phones=(first, second)))
    fresh = {"phones": [{"number": "+79161234567"}, {"number": "8 (495) 123-45-67"}]}
    await bench.act(
        "customer.edit", externalId=CUSTOMER_KEY, customer=fresh, removePhones=[second.number]
    )
    third = PhoneContact(number="+79037778899")
    await bench.tell(Kind.CUSTOMER, copy, customer(phones=(first, second, third)))
    told = await record(bench, Kind.CUSTOMER, copy.external_id)
    numbers = [one["number"] for one in told["phones"]]
    assert numbers == [first.number, "8 (495) 123-45-67", third.number]


async def test_only_the_changed_part_of_name_and_address_is_sent(open_bench: OpenBench) -> None:
    """A new surname or flat would set back what an operator corrected beside it."""
    bench = await open_bench({"customer_attributes": {"store": "gw_store", "size": "gw_size"}})
    copy = Copy(CUSTOMER_KEY)
    whole = customer(attributes={"store": "Арбат", "size": "42"})
    await bench.tell(Kind.CUSTOMER, copy, whole)
    theirs: dict[str, Any] = {
        "firstName": "Елена",
        "address": {"city": "Тверь"},
        "customFields": {"gw_size": "44"},
    }
    await bench.act("customer.edit", externalId=CUSTOMER_KEY, customer=theirs)
    ours = customer(
        name=PersonName(last="Соловьёва", first="Алёна", patronymic="Ильинична"),
        address=Address(
            country="RU", postcode="125009", city="Москва", street="Тверская", house="7", flat="13"
        ),
        attributes={"store": "Сокол", "size": "42"},
    )
    await bench.tell(Kind.CUSTOMER, copy, ours)
    told = await record(bench, Kind.CUSTOMER, copy.external_id)
    assert (told["lastName"], told["firstName"]) == ("Соловьёва", "Елена")
    assert (told["address"]["city"], told["address"]["flat"]) == ("Тверь", "13")
    assert told["customFields"] == {"gw_store": "Сокол", "gw_size": "44"}


async def test_customers_that_cannot_be_read_hold_up_no_other_edit(bench: Bench) -> None:
    """One failed look at phones would hold back birthdays, or lose phones of an account."""
    copies = [Copy("c-01jd7fhq3v9m0001"), Copy("c-01jd7fhq3v9m0002")]
    for copy in copies:
        await bench.tell(Kind.CUSTOMER, copy, customer())
    more = customer(phones=(PhoneContact(number="+79037778899", rank=0),))
    changes = [
        bench.change(Kind.CUSTOMER, copies[0], more),
        bench.change(Kind.CUSTOMER, copies[1], customer(birth_date=None)),
    ]
    await bench.faults({"kind": "status", "path": "/customers$", "status": 502})
    blind, seeing = await bench.write(Kind.CUSTOMER, *changes)
    assert failures([blind]) == ["Unavailable"]
    assert isinstance(seeing, Written)


async def test_one_bad_row_of_a_batch_hurts_no_other(bench: Bench) -> None:
    """A partial failure would lose good customers or hide why one was refused."""
    writer = bench.connector.writers[Kind.CUSTOMER]
    good = [
        bench.change(Kind.CUSTOMER, Copy(f"c-01jd7fhq3v9m2x4{n}"), customer()) for n in range(4)
    ]
    bad = replace(
        good[1],
        entity=good[1].entity.model_copy(
            update={"emails": (EmailContact(address="кто@@где", rank=0),)}
        ),
    )
    outcomes = await writer.write([good[0], bad, good[2], good[3]])
    assert [type(one) for one in outcomes] == [Written, Failed, Written, Written]
    failed = outcomes[1]
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, Rejected)
    assert "email" in failed.error.reason
    assert "кто" not in failed.error.reason


async def test_a_cut_creation_is_found_and_not_repeated(bench: Bench) -> None:
    """A connection cut after the vendor saved would make a second customer."""
    await bench.faults({"kind": "cut_after", "path": "customers/upload", "times": 1})
    writer = bench.connector.writers[Kind.CUSTOMER]
    change = bench.change(Kind.CUSTOMER, Copy(CUSTOMER_KEY), customer())
    (lost,) = await writer.write([change])
    assert isinstance(lost, Failed)
    assert isinstance(lost.error, OutcomeUnknown)
    found = await writer.find([CUSTOMER_KEY, "c-absent00001"])
    (outcome,) = await writer.write([replace(change, external_id=found[CUSTOMER_KEY])])
    assert isinstance(outcome, Written)
    assert (await bench.api("customers"))["pagination"]["totalCount"] == 1


async def test_keys_are_given_in_one_call_and_a_taken_one_fails_alone(bench: Bench) -> None:
    """A record born in the CRM could never be found by key, or one conflict would block all."""
    ids = [
        str((await bench.act("customer.create", customer={"firstName": name}))["id"])
        for name in ("Анна", "Борис", "Вера")
    ]
    await bench.act("customer.create", customer={"firstName": "Ё", "externalId": "c-taken000001"})
    keys = ["c-fresh000001", "c-taken000001", "c-fresh000003"]
    changes = [
        bench.change(Kind.CUSTOMER, Copy(key, one), customer(), assign_key=True)
        for key, one in zip(keys, ids, strict=True)
    ]
    writer = bench.connector.writers[Kind.CUSTOMER]
    outcomes = await writer.write(changes)
    assert failures(outcomes) == ["Rejected"]
    assert isinstance(outcomes[1], Failed)
    assert await writer.find(keys) == {
        keys[0]: ids[0],
        keys[2]: ids[2],
        keys[1]: str(int(ids[2]) + 1),
    }
    await writer.write([changes[0], changes[2]])
    assert [op for op, _ in await bench.calls()].count("customers/fix-external-ids") == 5


async def test_an_edit_of_a_merged_customer_names_the_survivor(open_bench: OpenBench) -> None:
    """The core could not follow a merge that an edit runs into."""
    bench = await open_bench(combine_delay_ms=0)
    one = await bench.act("customer.create", customer={"firstName": "Анна"})
    other = await bench.act("customer.create", customer={"firstName": "Анна"})
    await bench.act("customer.combine", customers=[other["id"]], resultCustomer=one["id"])
    change = bench.change(Kind.CUSTOMER, Copy(CUSTOMER_KEY, str(other["id"])), customer())
    (outcome,) = await bench.connector.writers[Kind.CUSTOMER].write([change])
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, Missing)
    assert outcome.error.vendor_code == f"merged:{one['id']}"
    reading = await bench.connector.readers[Kind.CUSTOMER].get([str(other["id"]), "999999", "x"])
    assert [(item.deleted, item.merged_into) for item in reading.items] == [(True, str(one["id"]))]
    assert reading.missing == ["999999", "x"]
