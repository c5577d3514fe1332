"""Whatever visitors do and wherever processes die: one customer, one bonus, both systems agree."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from gateway.canonical import Confirmation, Customer, EmailContact, PersonName, PhoneContact
from gateway.contract import OutcomeUnknown
from gateway.ports import FormStep
from gateway.sync.absorbed import survivors
from tests.gateway.identity.questionnaire.sections import typed
from tests.gateway.identity.questionnaire.world import VISITOR, FormWorld
from tests.gateway.sync.vendors import Fate

PEOPLE = {
    "anna": ("+79161112233", "anna@example.com", "Анна"),
    "pyotr": ("+79165550000", "pyotr@example.com", "Пётр"),
}
WHO, TAB = st.sampled_from(sorted(PEOPLE)), st.sampled_from(["t1", "t2", "t3"])
OF_VISITOR = (FormStep.EMAIL, FormStep.PHONE)
NAMES = ["Старое", "Чужое", "Анна", ""]
BOTH, PHONE_ONLY, EMAIL_ONLY, NOBODY = "both", "phone", "email", "nobody"


class Chaos(RuleBasedStateMachine):
    """A gateway that works and dies between two systems in trouble."""

    def __init__(self) -> None:
        super().__init__()
        self.world = FormWorld()

    @rule(seconds=st.sampled_from([1.0, 31.0, 400.0, 4000.0]))
    def wait(self, seconds: float) -> None:
        """Let codes, leases and sessions run out."""
        self.world.clock.move(seconds)

    @rule(times=st.integers(1, 3))
    def work(self, times: int) -> None:
        """Let the gateway go on with forms."""
        for _ in range(times):
            self.world.clock.move(2.0)
            self.world.done(self.world.walk().once())
            self.world.done(self.world.merging().work_off())

    @rule(name=st.sampled_from(["shop", "points"]), what=st.sampled_from(["deliver", "pull"]))
    def exchange(self, name: str, what: str) -> None:
        """Let the gateway tell or read a system."""
        self.world.attempted(what, name)

    @rule()
    def operate(self) -> None:
        """Let the gateway give points."""
        self.world.done(self.world.operations().perform(self.world.accounts["points"]))

    @rule(transactions=st.integers(1, 6), after=st.booleans())
    def die(self, transactions: int, *, after: bool) -> None:
        """Let the process die at one of its next transactions."""
        self.world.die_in(transactions, after=after)

    @rule(name=st.sampled_from(["shop", "points"]), fate=st.sampled_from(sorted(Fate)))
    def trouble(self, name: str, fate: Fate) -> None:
        """Let a system's next write fail, or its answer be lost."""
        self.world.vendors[name].fates.append(fate)

    @rule()
    def lose_an_answer_of_points(self) -> None:
        """Let the answer to a posting be lost after its effect."""
        self.world.ledger.after.append(OutcomeUnknown("no answer came"))


class Questionnaires(Chaos):
    """Two people, three tabs, two systems that may know them, and a process that may die."""

    def __init__(self) -> None:
        super().__init__()
        self.confirmed: set[str] = set()
        self.owners: set[str] = set()

    @initialize(
        known=st.fixed_dictionaries(
            {
                (who, vendor): st.tuples(
                    st.sampled_from([BOTH, PHONE_ONLY, EMAIL_ONLY, NOBODY]),
                    st.sampled_from(NAMES),
                    st.sampled_from([Confirmation.CONFIRMED, Confirmation.UNKNOWN]),
                )
                for who in sorted(PEOPLE)
                for vendor in ("shop", "points")
            }
        ),
        was_read=st.booleans(),
    )
    def begin(
        self, known: dict[tuple[str, str], tuple[str, str, Confirmation]], *, was_read: bool
    ) -> None:
        """Let systems know some of the people, and the gateway have read of them or not.

        They may have other names there; nothing tells that it is somebody else.
        """
        for (who, name), (how, called, proof) in known.items():
            phone, email, _ = PEOPLE[who]
            if how == NOBODY:
                continue
            fields: dict[str, Any] = {"name": PersonName(first=called)} if called else {}
            if how in (BOTH, PHONE_ONLY):
                fields["phones"] = (PhoneContact(number=phone, rank=0, confirmation=proof),)
            if how in (BOTH, EMAIL_ONLY):
                fields["emails"] = (EmailContact(address=email, rank=0),)
            self.world.vendors[name].create(Customer(**fields))
        if was_read:
            for name in self.world.vendors:
                self.world.do("pull", name)

    @rule(tab=TAB, who=WHO)
    def submit(self, tab: str, who: str) -> None:
        """Send the form, perhaps again, perhaps with another's answers."""
        phone, email, first = PEOPLE[who]
        answers = typed(phone=phone, email=email, first=first)
        self.world.done(self.world.desk().submit(tab, answers, "ru", VISITOR))

    @rule(tab=TAB, who=WHO, codes=st.integers(1, 2))
    def fill_in(self, tab: str, who: str, codes: int) -> None:
        """Send the form and type the right codes, as most people do."""
        self.submit(tab, who)
        for _ in range(codes):
            self._type(tab, newest=True)

    @rule(tab=TAB)
    def right_code(self, tab: str) -> None:
        """Type the newest code that came for the step."""
        self._type(tab, newest=True)

    @rule(tab=TAB)
    def older_code(self, tab: str) -> None:
        """Type a code that was used, replaced, or of another tab."""
        self._type(tab, newest=False)

    def _type(self, tab: str, *, newest: bool) -> None:
        row = self.world.row(tab)
        if row is None or row.step not in OF_VISITOR:
            return
        codes = self.world.post.codes.get(row.answers[str(row.step)], [])
        if codes:
            code = codes[-1] if newest else codes[0]
            self.world.done(self.world.desk().confirm(tab, row.step, code, VISITOR))
            self._note(tab)

    @rule(tab=TAB, step=st.sampled_from(OF_VISITOR), code=st.sampled_from(["000000", "", "1"]))
    def guess(self, tab: str, step: FormStep, code: str) -> None:
        """Type anything, at any step."""
        self.world.done(self.world.desk().confirm(tab, step, code, VISITOR))
        row = self.world.row(tab)
        assert row is None or row.step in OF_VISITOR or self._is_known(tab)

    @rule(tab=TAB)
    def resend(self, tab: str) -> None:
        """Ask for another code."""
        self.world.done(self.world.desk().resend(tab, VISITOR))

    @rule(tab=TAB)
    def again(self, tab: str) -> None:
        """Begin anew in the same browser."""
        self._note(tab)
        self.world.done(self.world.desk().again(tab))

    def teardown(self) -> None:
        """Finish everything, and look at it."""
        try:
            self._look()
        finally:
            self.world.close()

    def _note(self, tab: str) -> None:
        """Remember whose form was confirmed."""
        row = self.world.row(tab)
        if row is None or row.step in OF_VISITOR:
            return
        self.confirmed.add(row.id)
        if row.answers:
            phone = row.answers["phone"]
            self.owners.add(next(who for who, one in PEOPLE.items() if one[0] == phone))

    def _is_known(self, tab: str) -> bool:
        row = self.world.row(tab)
        return row is not None and row.id in self.confirmed

    def _look(self) -> None:
        self.world.die_in(0, after=False)
        self.fill_in("t4", "anna", 2)
        assert "anna" in self.owners
        self.world.to_the_end()
        for tab in ("t1", "t2", "t3"):
            row = self.world.row(tab)
            assert row is None or row.step in (*OF_VISITOR, FormStep.DONE), row
        paid = self.world.paid()
        assert set(paid.values()) <= {100}, paid
        assert len(paid) == len(self.owners)
        for who in sorted(self.owners):
            customer = self._customer(who)
            his = {name: self._records(name, who, customer) for name in self.world.vendors}
            assert len(paid.keys() & his["points"]) == 1

    def _customer(self, who: str) -> str:
        """Return the one living customer of ours who has a person's phone."""
        digest = self.world.applier.digester.digest("phone", PEOPLE[who][0])
        (customer,) = self.world.store.now(lambda tx: tx.match([digest]))[digest]
        return customer

    def _records(self, name: str, who: str, customer: str) -> set[str]:
        """Return a person's records at a system: all are one customer's, and his holds the answers.

        There are two where the system had one that the gateway had not read of, or took for
        another's by its name, when it told of him.
        """
        phone, email, first = PEOPLE[who]
        vendor, owners = self.world.vendors[name], self._owners(name)
        found = {
            one
            for one, record in vendor.records.items()
            if phone in {p.number for p in record.entity.phones}
        }
        assert {owners[one] for one in found} == {customer}, (name, len(found))
        assert len(found) <= 2, name
        links = self.world.store.now(lambda tx: tx.links_at(name, [customer]))
        entity = vendor.records[str(links[customer].external_id)].entity
        assert entity.name.first == first
        assert phone in {p.number for p in entity.phones}
        mailboxes = {
            owners[one]
            for one, record in vendor.records.items()
            if email in {e.address for e in record.entity.emails}
        }
        assert len(mailboxes) == 1, name
        return found

    def _owners(self, name: str) -> dict[str, str]:
        """Return who the records of a system are now."""
        links = {one: row.entity_id for one, row in self.world.links(name).items()}
        now = self.world.store.now(lambda tx: survivors(tx, links.values()))
        return {one: now.get(entity_id, entity_id) for one, entity_id in links.items()}


def test_one_customer_and_one_bonus_whatever_happens() -> None:
    """Some order of tabs, codes, crashes and lost answers makes two, or pays twice or never."""
    run_state_machine_as_test(
        Questionnaires,
        settings=settings(
            max_examples=100, stateful_step_count=40, deadline=None, derandomize=True,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )  # fmt: skip
