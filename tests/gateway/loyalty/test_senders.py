"""Senders: codes go out by the shop's real accounts, and a wrong account is refused at start."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from gateway.config.codes import CodesSection
from gateway.contract import (
    NO_SERVICES,
    CodePurpose,
    ConfigInvalid,
    MemberKey,
    NoticeChannel,
    Services,
)
from gateway.loyalty.proofs import TillCodes
from gateway.loyalty.senders import notifiers_of
from tests.connectors.smsc.stage import open_stage as open_sms
from tests.connectors.smtp.stage import open_stage as open_mail
from tests.gateway.loyalty.guessing import TILL, PhoneBook, open_shop, sqlite

SMS_ONLY = Services(notifier=PhoneBook(channels=frozenset({NoticeChannel.SMS})))


async def test_a_code_comes_by_sms_and_by_letter_and_is_right(tmp_path: Path) -> None:
    """Codes would work in tests and never reach a phone."""
    async with open_sms() as sms, open_mail() as mail, open_shop(sqlite(tmp_path)) as shop:
        section = CodesSection(mode="own", sms="sms", email="mail", shop="Ёлка")
        accounts = {
            "sms": sms.wired.connector.services,
            "mail": mail.wired.connector.services,
        }
        codes: TillCodes = shop.codes(section, notifiers=notifiers_of(section, accounts))
        phone, email = MemberKey(phone="+79120000001"), MemberKey(email="elka@mail.example")
        await codes.send(TILL, phone, purpose=CodePurpose.SPENDING)
        await codes.send(TILL, email, purpose=CodePurpose.EMAIL)
        (message,), (letter,) = await sms.seed.messages(), await mail.seed.letters()
        for to, text, purpose in (
            (phone, message["text"], CodePurpose.SPENDING),
            (email, letter["text"], CodePurpose.EMAIL),
        ):
            (code,) = re.findall(r"\b\d{6}\b", text)
            assert await codes.confirm(TILL, to, code, purpose=purpose)
        assert letter["subject"] == "Код подтверждения. Ёлка"


@pytest.mark.parametrize(
    ("services", "path"),
    [
        pytest.param({}, "codes.sms", id="no such account"),
        pytest.param({"sms": NO_SERVICES}, "codes.sms", id="sends nothing"),
        pytest.param({"sms": SMS_ONLY}, "codes.email", id="does not send letters"),
    ],
)
def test_an_account_that_cannot_send_is_refused(
    services: Mapping[str, Services], path: str
) -> None:
    """The first customer who needs a code would find out."""
    section = CodesSection(mode="own", sms="sms", email="sms")
    with pytest.raises(ConfigInvalid, match=path):
        notifiers_of(section, services)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        pytest.param({"mode": "own"}, "set `sms` or `email`", id="no way"),
        pytest.param({"text": "Ваш код"}, "must contain {code}", id="no code in the text"),
        pytest.param({"text": "{code} {name}"}, "only {code} and {shop}", id="unknown field"),
        pytest.param({"text": "{code"}, "braces", id="open brace"),
        pytest.param({"length": 3}, "greater than or equal", id="too short to be safe"),
    ],
)
def test_a_section_that_cannot_work_is_refused(given: dict[str, object], told: str) -> None:
    """Customers would get messages without a code, or codes that are guessed in an hour."""
    with pytest.raises(ValueError, match=re.escape(told)):
        CodesSection.model_validate(given)
