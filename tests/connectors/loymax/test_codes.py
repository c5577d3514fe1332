"""Codes: a login, a phone and an e-mail proved by what was sent there, and by nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from connectors.loymax.client import LoymaxClient
from gateway.canonical import Kind
from gateway.contract import (
    AuthRejected,
    CodePurpose,
    MemberKey,
    Missing,
    OutcomeUnknown,
    RateLimited,
    Rejected,
)
from tests.connectors.bench import Bench

from .conftest import Open
from .world import ANNA, CARD, PHONE, codes, cut, last_code, part, person

ClientOf = Callable[[Bench], LoymaxClient]


@pytest.mark.parametrize(
    "to",
    [
        pytest.param(MemberKey(phone=PHONE), id="phone"),
        pytest.param(MemberKey(card=CARD), id="card"),
        pytest.param(MemberKey(email="anna@example.com"), id="email"),
        pytest.param(MemberKey(external_id=ANNA), id="id"),
    ],
)
@pytest.mark.parametrize("purpose", [CodePurpose.LOGIN, CodePurpose.SPENDING])
async def test_login_code_goes_two_steps(
    open_double: Open, to: MemberKey, purpose: CodePurpose
) -> None:
    """The step that answers 400 is taken for a refusal, and nobody can log in."""
    base = await open_double(two_factor="on", password_required="off")
    sent = await codes(base).send(to, purpose=purpose)
    wrong = await codes(base).confirm(to, "000000", purpose=purpose, reference=sent.reference)
    right = await codes(base).confirm(
        to, await last_code(base), purpose=purpose, reference=sent.reference
    )

    assert (wrong, right) == (False, True)
    assert sent.reference


async def test_login_code_of_a_stranger_is_refused(open_double: Open) -> None:
    """A code for nobody is told as sent."""
    base = await open_double(two_factor="on", password_required="off")

    with pytest.raises(Rejected):
        await codes(base).send(MemberKey(phone="+79990000000"), purpose=CodePurpose.LOGIN)


async def test_installation_without_codes_refuses_a_login(base: Bench) -> None:
    """An installation that wants passwords sends no code, and the buyer waits for it."""
    with pytest.raises(Rejected):
        await codes(base).send(MemberKey(phone=PHONE), purpose=CodePurpose.LOGIN)


async def test_login_code_needs_its_reference(base: Bench) -> None:
    """Any code proves any person."""
    with pytest.raises(Rejected, match="reference"):
        await codes(base).confirm(MemberKey(phone=PHONE), "1", purpose=CodePurpose.LOGIN)


async def test_reference_of_nobody_proves_nothing(open_double: Open) -> None:
    """A made-up reference passes for a login."""
    base = await open_double(two_factor="on", password_required="off")

    with pytest.raises(AuthRejected):
        await codes(base).confirm(
            MemberKey(phone=PHONE), "1", purpose=CodePurpose.LOGIN, reference="0" * 32
        )


async def test_too_many_login_codes_are_a_matter_of_time(
    open_double: Open, client_of: ClientOf
) -> None:
    """Somebody who presses the button on and on parks the account for everybody."""
    base = await open_double(two_factor="on", password_required="off", code_sends=2)
    to = MemberKey(phone=PHONE)
    sent = await codes(base).send(to, purpose=CodePurpose.LOGIN)
    await client_of(base).tokens.resend_login(sent.reference)
    with pytest.raises(RateLimited) as caught:
        await client_of(base).tokens.resend_login(sent.reference)
    assert caught.value.retry_after_s == 1800

    with pytest.raises(RateLimited):
        await codes(base).send(to, purpose=CodePurpose.LOGIN)


@pytest.mark.parametrize(
    "to", [MemberKey(phone=PHONE), MemberKey(external_id=ANNA)], ids=["phone", "id"]
)
async def test_phone_is_proved_by_code(base: Bench, to: MemberKey) -> None:
    """A number that the operator typed is never proved, or any code proves it."""
    await codes(base).send(to, purpose=CodePurpose.PHONE)
    first = await last_code(base)
    await codes(base).send(to, purpose=CodePurpose.PHONE)
    second = await last_code(base)

    assert not await codes(base).confirm(to, first, purpose=CodePurpose.PHONE)
    assert await codes(base).confirm(to, second, purpose=CodePurpose.PHONE)
    assert not await codes(base).confirm(to, second, purpose=CodePurpose.PHONE)
    assert (await person(base))["phone"] == "79000005012"


@pytest.mark.parametrize(
    "to",
    [
        pytest.param(MemberKey(phone=PHONE), id="phone"),
        pytest.param(MemberKey(email="anna@example.com"), id="email"),
        pytest.param(MemberKey(card=CARD), id="card"),
    ],
)
async def test_email_is_proved_by_code(base: Bench, to: MemberKey) -> None:
    """An address counts as proved though nobody read its letter."""
    sent = await codes(base).send(to, purpose=CodePurpose.EMAIL)
    code = await last_code(base)

    assert sent.length == len(code) == 6
    assert (await part(base, "messages"))[-1]["channel"] == "email"
    assert not await codes(base).confirm(to, "000000", purpose=CodePurpose.EMAIL)
    assert await codes(base).confirm(to, code, purpose=CodePurpose.EMAIL)


@pytest.mark.parametrize("purpose", [CodePurpose.PHONE, CodePurpose.EMAIL])
async def test_too_many_codes_are_a_matter_of_time(open_double: Open, purpose: CodePurpose) -> None:
    """The lock of one buyer's codes is told as a refusal of the code."""
    base = await open_double(code_sends=1)
    to = MemberKey(phone=PHONE)
    await codes(base).send(to, purpose=purpose)

    with pytest.raises(RateLimited) as caught:
        await codes(base).send(to, purpose=purpose)
    assert caught.value.retry_after_s == 1800


@pytest.mark.parametrize("purpose", [CodePurpose.PHONE, CodePurpose.EMAIL])
async def test_code_for_a_stranger_is_missing(base: Bench, purpose: CodePurpose) -> None:
    """A code for nobody is told as sent."""
    with pytest.raises(Missing):
        await codes(base).send(MemberKey(phone="+79990000000"), purpose=purpose)


async def test_lost_answer_of_a_code_is_not_sent_again(base: Bench) -> None:
    """A time-out sends the buyer three codes, of which only the last one is right."""
    await base.look(Kind.CUSTOMER, ANNA)
    await codes(base).send(MemberKey(phone=PHONE), purpose=CodePurpose.PHONE)
    await base.faults(cut("SendConfirmPhoneCode$"))
    with pytest.raises(OutcomeUnknown):
        await codes(base).send(MemberKey(phone=PHONE), purpose=CodePurpose.PHONE)

    assert len(await part(base, "messages")) == 2
