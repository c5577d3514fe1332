"""The day: the same seed is the same day, it looks like a shop, and its steps can be done."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from gateway.canonical import normal_phone
from gateway.demo.day import COUPONS, CRM, SITE, Day, Person, Step, make_day, products

BIG = make_day(customers=500, orders=2000, seed=1)


def steps_of(day: Day, what: str, actor: str | None = None) -> list[Step]:
    """Return the steps of one sort."""
    return [s for s in day.steps if s.what == what and actor in {None, s.actor}]


def test_the_same_seed_is_the_same_day() -> None:
    """A day that differs between runs cannot be lived again to find what went wrong."""
    assert make_day(customers=40, orders=80, seed=5) == make_day(customers=40, orders=80, seed=5)


def test_different_seeds_are_different_days() -> None:
    """A seed without effect would test one day for ever."""
    one, other = (make_day(customers=40, orders=80, seed=seed) for seed in (1, 2))
    assert one.people != other.people
    assert one.orders != other.orders
    assert one.steps != other.steps


@pytest.mark.parametrize("seed", range(1, 6))
def test_there_are_as_many_people_and_orders_as_wished(seed: int) -> None:
    """Everybody registers once and every order is placed once, or the summary would lie."""
    day = make_day(customers=60, orders=150, seed=seed)
    registered = Counter(step.key for step in steps_of(day, "customer.register"))
    placed = Counter(step.key for step in steps_of(day, "order.place"))
    assert registered == Counter(range(60))
    assert placed == Counter(range(150))


def test_the_smallest_day_has_a_buyer() -> None:
    """One customer and one order must be a day: the first customer is the site's, whatever seed."""
    for seed in range(50):
        day = make_day(customers=1, orders=1, seed=seed)
        assert day.people[0].home == SITE
        assert day.orders[0].person == 0


@pytest.mark.parametrize(
    ("share", "low", "high"),
    [
        pytest.param(sum(p.home == CRM for p in BIG.people) / 500, 0.08, 0.16, id="from the CRM"),
        pytest.param(sum(p.gender == "F" for p in BIG.people) / 500, 0.4, 0.6, id="women"),
        pytest.param(sum(o.coupon is not None for o in BIG.orders) / 2000, 0.2, 0.3, id="coupon"),
        pytest.param(sum(o.card is not None for o in BIG.orders) / 2000, 0.1, 0.2, id="card"),
        pytest.param(sum(o.paid for o in BIG.orders) / 2000, 0.3, 0.4, id="paid at once"),
        pytest.param(len(steps_of(BIG, "order.pay")) / 2000, 0.05, 0.2, id="paid later"),
        pytest.param(len(steps_of(BIG, "order.quantity")) / 2000, 0.03, 0.1, id="quantity"),
        pytest.param(len(steps_of(BIG, "order.comment")) / 2000, 0.1, 0.2, id="commented"),
        pytest.param(len(steps_of(BIG, "order.status")) / 2000, 1.0, 3.0, id="status changes"),
        pytest.param(len(steps_of(BIG, "customer.edit")) / 500, 0.1, 0.4, id="profile edits"),
    ],
)
def test_each_thing_happens_to_a_plausible_share(share: float, low: float, high: float) -> None:
    """A share of nought or all would leave a whole flow untested while the demo shines."""
    assert low <= share <= high


def test_some_profiles_are_edited_in_both_places_at_once() -> None:
    """Without rival edits the demo would prove nothing about conflicts."""
    edits: dict[tuple[int, float], set[str]] = defaultdict(set)
    for step in steps_of(BIG, "customer.edit"):
        edits[step.key, step.at].add(step.actor)
    rivals = [places for places in edits.values() if places == {SITE, CRM}]
    assert 2 <= len(rivals) <= 25


def test_all_stages_of_an_order_occur() -> None:
    """A stage that no order ever reaches is a status mapping that nobody tested."""
    stages = {step.values["status"] for step in steps_of(BIG, "order.status")}
    assert stages == {"approval", "assembling", "delivery", "complete", "cancelled"}


def test_no_two_people_share_a_phone_or_an_email() -> None:
    """A shared contact would make two people one, and the verdict would blame the gateway."""
    assert len({person.phone for person in BIG.people}) == 500
    assert len({person.email for person in BIG.people}) == 500


def test_everybody_types_his_own_phone_in_several_spellings() -> None:
    """A spelling that is another number, or one spelling only, would not test normalising."""
    assert all(normal_phone(person.typed_phone) == person.phone for person in BIG.people)
    shapes = {_shape(person) for person in BIG.people}
    assert shapes == {"# (###) ###-##-##", "+# ### #######", "###########"}


def _shape(person: Person) -> str:
    return "".join("#" if char.isdecimal() else char for char in person.typed_phone)


@pytest.mark.parametrize("letter", ["ё", "й", "ь"])
def test_names_and_goods_are_cyrillic_and_hold_the_hard_letters(letter: str) -> None:
    """Names in Latin letters would hide every encoding fault on the way."""
    texts = [f"{p.last}{p.first}{p.patronymic}" for p in BIG.people]
    texts += [name for _, name, _ in products()]
    assert any(letter in text for text in texts)
    assert all("а" <= text[0].lower() <= "я" or text[0] in "Ёё" for text in texts)


def test_a_coupon_of_cyrillic_letters_is_used() -> None:
    """A promo code in Latin letters only would not show what an encoding does to it."""
    used = {order.coupon for order in BIG.orders}
    assert set(COUPONS) <= used
    assert any(not code.isascii() for code in COUPONS)


def test_steps_stand_in_the_order_of_time_within_the_day() -> None:
    """A step after the end of the day, or out of order, would not be done when it should."""
    times = [step.at for step in BIG.steps]
    assert times == sorted(times)
    assert times[0] >= 0.0
    assert times[-1] <= 1.0


def test_people_act_only_where_they_are() -> None:
    """A register step at the other system would enter a customer where he is not at home."""
    for step in steps_of(BIG, "customer.register"):
        assert step.actor == BIG.people[step.key].home
    assert {step.actor for step in steps_of(BIG, "order.place")} == {SITE}
    assert {step.actor for step in steps_of(BIG, "order.pay")} == {SITE}
    assert {step.actor for step in steps_of(BIG, "order.status")} == {CRM}


def test_nothing_happens_to_an_order_before_it_is_placed() -> None:
    """A step planned before its order would have to wait although nothing is wrong."""
    placed = {step.key: step.at for step in steps_of(BIG, "order.place")}
    for step in BIG.steps:
        if step.what.startswith("order."):
            assert step.at >= placed[step.key]


def test_stages_of_an_order_follow_each_other() -> None:
    """Stages in a wrong order would be refused by rule and counted as the gateway's fault."""
    rank = {"approval": 1, "assembling": 2, "delivery": 3, "complete": 4}
    stages: dict[int, list[str]] = defaultdict(list)
    for step in steps_of(BIG, "order.status"):
        stages[step.key].append(step.values["status"])
    for sequence in stages.values():
        assert sequence == ["cancelled"] or [rank[one] for one in sequence] == [
            *range(1, len(sequence) + 1)
        ]


def test_a_cancelled_order_was_never_paid() -> None:
    """Money for a cancelled order is a question of refunds, which the demo does not ask."""
    cancelled = {s.key for s in steps_of(BIG, "order.status") if s.values["status"] == "cancelled"}
    paid = {s.key for s in steps_of(BIG, "order.pay")} | {o.key for o in BIG.orders if o.paid}
    assert cancelled
    assert cancelled.isdisjoint(paid)


def test_only_people_of_the_site_order_and_only_known_goods() -> None:
    """An order of somebody without a profile could never be placed."""
    goods = {key for key, _, _ in products()}
    for order in BIG.orders:
        assert BIG.people[order.person].home == SITE
        assert {line.product for line in order.lines} <= goods
        assert len({line.product for line in order.lines}) == len(order.lines)


def test_a_coupon_lowers_every_price() -> None:
    """A coupon without a discount would not show whether prices arrive after or before it."""
    for order in BIG.orders:
        for line in order.lines:
            assert (line.price < line.base) == (order.coupon is not None)
            assert line.price == line.price.quantize(line.base)


def test_personal_data_stay_out_of_the_representation() -> None:
    """A person in a traceback must not show who he is or how he is reached."""
    person = BIG.people[0]
    shown = repr(person)
    for name in ("last", "first", "patronymic", "birth_date", "phone", "email"):
        assert getattr(person, name) not in shown
