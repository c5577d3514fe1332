"""One-time codes: sent and checked by the vendor, in both of its ways."""

from __future__ import annotations

import pytest

from gateway.contract import CodePurpose, MemberKey, Missing, OneTimeCodes, Rejected, Unsupported
from gateway.contract.errors import OutcomeUnknown
from tests.connectors.bench import Bench
from tests.connectors.mindbox.conftest import OpenProject, inspected

OLGA = MemberKey(phone="+79260001122")


def codes(project: Bench) -> OneTimeCodes:
    """Return the codes of the connector."""
    found = project.connector.services.codes
    assert found is not None
    return found


async def sent_code(project: Bench) -> str:
    """Return the newest code that the double sent."""
    rows = [row for row in await inspected(project, "messages") if row["code"]]
    return str(rows[-1]["code"])


@pytest.mark.parametrize("purpose", [CodePurpose.LOGIN, CodePurpose.SPENDING])
@pytest.mark.parametrize("form", ["validationError", "notFoundStatus"])
@pytest.mark.parametrize("to", [OLGA, MemberKey(external_id="500123")], ids=["phone", "id"])
async def test_login_code(
    open_project: OpenProject, purpose: CodePurpose, form: str, to: MemberKey
) -> None:
    """A wrong code opens the account, or a right one does not; each serves once."""
    project = await open_project(wrong_auth_code=form)
    await codes(project).send(to, purpose=purpose)
    code = await sent_code(project)

    assert not await codes(project).confirm(to, "0000", purpose=purpose)
    assert await codes(project).confirm(to, code, purpose=purpose)
    assert not await codes(project).confirm(to, code, purpose=purpose)


async def test_stale_code_is_a_wrong_one(project: Bench) -> None:
    """A code of last week still opens the account."""
    await codes(project).send(OLGA, purpose=CodePurpose.LOGIN)
    code = await sent_code(project)
    await project.act("clock.advance", seconds=301)
    assert not await codes(project).confirm(OLGA, code, purpose=CodePurpose.LOGIN)


async def test_phone_is_confirmed_by_the_code_of_its_own_way(project: Bench) -> None:
    """A login code counts as proof of a new phone, or the phone is never confirmed."""
    await project.seed(customers=[{"firstName": "Яна", "mobilePhone": "79160000009"}])
    yana = MemberKey(phone="+79160000009")
    await codes(project).send(yana, purpose=CodePurpose.PHONE)
    code = await sent_code(project)

    assert not await codes(project).confirm(yana, "0000", purpose=CodePurpose.PHONE)
    assert await codes(project).confirm(yana, code, purpose=CodePurpose.PHONE)
    (row,) = await inspected(project, "customers", mobilePhone="79160000009")
    assert row["isMobilePhoneConfirmed"]
    assert await codes(project).confirm(yana, code, purpose=CodePurpose.PHONE)


@pytest.mark.parametrize("purpose", [CodePurpose.LOGIN, CodePurpose.PHONE])
async def test_code_for_nobody_is_told(project: Bench, purpose: CodePurpose) -> None:
    """The shop says that a code is on its way, and it never comes."""
    nobody = MemberKey(phone="+79990000000")
    with pytest.raises(Missing):
        await codes(project).send(nobody, purpose=purpose)
    assert not await codes(project).confirm(nobody, "0000", purpose=purpose)


async def test_phone_that_is_none_is_refused(project: Bench) -> None:
    """The refusal of a number is taken for the vendor's failure."""
    with pytest.raises(Rejected) as caught:
        await codes(project).send(MemberKey(phone="+7"), purpose=CodePurpose.LOGIN)
    assert "mobilePhone" in str(caught.value)


async def test_sending_is_not_repeated_blindly(project: Bench) -> None:
    """A lost answer sends the customer a second code, and the first one is read out."""
    await project.faults({"kind": "cut_after", "path": "AuthorizationCode", "times": 1})
    with pytest.raises(OutcomeUnknown):
        await codes(project).send(OLGA, purpose=CodePurpose.LOGIN)
    assert len(await inspected(project, "messages")) == 1


@pytest.mark.parametrize(
    ("to", "purpose"),
    [
        (MemberKey(email="olga.demo@example.com"), CodePurpose.LOGIN),
        (MemberKey(card="2900000012345"), CodePurpose.LOGIN),
        (OLGA, CodePurpose.EMAIL),
    ],
    ids=["by-mail", "by-card", "for-mail"],
)
async def test_what_the_vendor_cannot_is_said(
    project: Bench, to: MemberKey, purpose: CodePurpose
) -> None:
    """A code is sent where nobody waits for it."""
    with pytest.raises(Unsupported):
        await codes(project).send(to, purpose=purpose)
