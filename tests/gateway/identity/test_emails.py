"""E-mails: which spellings reach one mailbox, and which addresses are nobody's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.canonical import normal_email
from gateway.identity.normal import Reason, Verdict, read_email

OK, DOUBTFUL, REFUSED = Verdict.OK, Verdict.DOUBTFUL, Verdict.REFUSED

READINGS = [
    (" Ivan.Petrov@Mail.RU ", "ivan.petrov@mail.ru", OK, Reason.NONE),
    ("ivan@ya.ru.", "ivan@ya.ru", OK, Reason.NONE),
    ("\u200bivan@ya.ru\u00a0", "ivan@ya.ru", OK, Reason.NONE),
    ("o'neil@shop.ru", "o'neil@shop.ru", OK, Reason.NONE),
    ("анна@почта.рф", "анна@почта.рф", OK, Reason.NONE),
    ("ivan@gmail.con", "ivan@gmail.con", OK, Reason.DOMAIN_TYPO),
    ("ivan@mail.ry", "ivan@mail.ry", OK, Reason.DOMAIN_TYPO),
    ("student@mai.ru", "student@mai.ru", OK, Reason.NONE),
    ("ivan@examplе.ru", "ivan@example.ru", DOUBTFUL, Reason.LOOKALIKE),
    ("сор@mail.ru", "cop@mail.ru", DOUBTFUL, Reason.LOOKALIKE),
    ("info@shop.ru", "info@shop.ru", DOUBTFUL, Reason.ROLE),
    ("ivan@mailinator.com", "ivan@mailinator.com", DOUBTFUL, Reason.THROWAWAY),
    ("иvan@mail.ru", "иvan@mail.ru", REFUSED, Reason.MIXED_SCRIPTS),
    ("анна@mail.ru", "анна@mail.ru", REFUSED, Reason.MIXED_SCRIPTS),
    ("ivan.@ya.ru", "ivan.@ya.ru", REFUSED, Reason.BAD_DOTS),
    ("i..v@ya.ru", "i..v@ya.ru", REFUSED, Reason.BAD_DOTS),
    ("no@mail.ru", "no@mail.ru", REFUSED, Reason.PLACEHOLDER),
    ("net@net.ru", "net@net.ru", REFUSED, Reason.PLACEHOLDER),
    ("1@1.ru", "1@1.ru", REFUSED, Reason.PLACEHOLDER),
    ("test@test.ru", "test@test.ru", REFUSED, Reason.PLACEHOLDER),
    ("aaa@mail.ru", "aaa@mail.ru", REFUSED, Reason.PLACEHOLDER),
    ("mail@mail.ru", "mail@mail.ru", REFUSED, Reason.PLACEHOLDER),
    ("a@b.ru, c@d.ru", None, REFUSED, Reason.SEVERAL),
    ("нет", None, REFUSED, Reason.NO_ADDRESS),
    (None, None, REFUSED, Reason.EMPTY),
]


@pytest.mark.parametrize(("text", "address", "verdict", "reason"), READINGS)
def test_address_is_read_and_judged(
    text: str | None, address: str | None, verdict: Verdict, reason: Reason
) -> None:
    """All customers without an e-mail would be one person, whose address is no@mail.ru."""
    read = read_email(text)
    assert (read.original, read.normal, read.verdict, read.reason) == (
        text or "", address, verdict, reason,
    )  # fmt: skip


ONE_MAILBOX = [
    ("ivan.petrov+shop@gmail.com", "ivanpetrov@googlemail.com"),
    ("ivan.petrov@ya.ru", "ivan-petrov@yandex.com"),
    ("ivan@narod.ru", "ivan@yandex.kz"),
    ("ivan+a@outlook.com", "ivan+b@outlook.com"),
]
TWO_MAILBOXES = [
    ("ivan@mail.ru", "ivan@bk.ru"),
    ("ivan.petrov@mail.ru", "ivanpetrov@mail.ru"),
    ("ivan+a@mail.ru", "ivan@mail.ru"),
    ("ivan+a@yandex.ru", "ivan@yandex.ru"),
    ("ivan.petrov@firma.ru", "ivan-petrov@firma.ru"),
    ("ivan@hotmail.com", "ivan@outlook.com"),
]


@pytest.mark.parametrize(("one", "other"), ONE_MAILBOX)
def test_spellings_of_one_mailbox_have_one_key(one: str, other: str) -> None:
    """A customer who writes the address without its dots becomes another one."""
    assert read_email(one).key == read_email(other).key
    assert read_email(one).normal != read_email(other).normal


@pytest.mark.parametrize(("one", "other"), TWO_MAILBOXES)
def test_an_unsafe_rule_makes_no_one_mailbox(one: str, other: str) -> None:
    """Two persons with one name at two providers would be glued together."""
    assert read_email(one).key != read_email(other).key


def test_a_misspelt_domain_is_a_hint_and_no_correction() -> None:
    """Mail would go to an address that the person never gave."""
    read = read_email("ivan@yandeks.ru")
    assert read.normal == "ivan@yandeks.ru"
    assert read_email("ivan@gmial.com").hint == "gmail.com"
    assert read_email("ivan@mail.ru").hint == ""


@given(text=st.emails() | st.text(alphabet="aо@.ru,; +-", max_size=20) | st.text(max_size=15))
def test_one_implementation_never_raises_and_keeps_the_original(text: str) -> None:
    """Intake and matching would give one text two addresses, or a strange one stop a scan."""
    read = read_email(text)
    assert read.original == text
    if read.verdict is OK:
        assert read.normal == normal_email(text)
        assert read.key
    if read.verdict is REFUSED:
        assert read.key == ""
