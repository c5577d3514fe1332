"""Texts: what an operator reads about a decision, in Russian and English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_FINDINGS: Mapping[str, tuple[str, str]] = {
    "shares_phone": (
        "один телефон ({proof}; у {holders} клиентов)",
        "the same phone ({proof}; {holders} customers have it)",
    ),
    "shares_phone_doubtful": (
        "один городской или сомнительный телефон",
        "the same fixed line or doubtful phone",
    ),
    "shares_email": (
        "одна почта ({proof}; у {holders} клиентов)",
        "the same e-mail ({proof}; {holders} customers have it)",
    ),
    "shares_email_doubtful": (
        "один общий или сомнительный адрес почты",
        "the same shared or doubtful e-mail",
    ),
    "shares_mailbox": (
        "два написания одного почтового ящика",
        "two spellings of one mailbox",
    ),
    "shares_card": ("одна карта", "the same card"),
    "shares_card_doubtful": ("одна карта, номер сомнителен", "the same card, of a doubtful number"),
    "proved": ("контакт подтверждён хотя бы у одного", "the contact is confirmed for one of them"),
    "sole": (
        "все, у кого этот контакт, похожи на одного человека",
        "all who have this contact look like one person",
    ),
    "name_full": (
        "фамилия, имя и отчество совпадают",
        "surname, name and patronymic are the same",
    ),
    "name_same": ("фамилия и имя совпадают", "surname and name are the same"),
    "name_close": ("фамилии отличаются опечаткой", "the surnames differ by a typing error"),
    "name_near": ("имена отличаются буквой или инициалом", "the names differ by a letter"),
    "name_renamed": (
        "имя и отчество совпадают, фамилия другая",
        "name and patronymic are the same, the surname is another",
    ),
    "name_first": ("имена совпадают, фамилии неизвестны", "the given names are the same"),
    "name_unknown": ("имена сравнить нельзя", "the names cannot be compared"),
    "born_same": ("дата рождения совпадает", "the birth date is the same"),
    "born_close": (
        "даты рождения отличаются опечаткой",
        "the birth dates differ by a typing error",
    ),
    "crowded": (
        "этот контакт у {holders} клиентов и никого не определяет",
        "{holders} customers have this contact, so it proves nothing",
    ),
    "expired": (
        "этот контакт позже подтвердил другой человек",
        "somebody else confirmed this contact later",
    ),
    "proved_apart": (
        "у каждого подтверждён свой телефон",
        "each has a confirmed phone that the other has not",
    ),
    "email_differs": ("адреса почты разные", "the e-mails differ"),
    "card_differs": ("карты разные", "the cards differ"),
    "name_unlike": ("имя то же, остальное другое", "the name is the same, the rest is not"),
    "name_different": ("имена разные", "the given names differ"),
    "born_different": ("даты рождения разные", "the birth dates differ"),
    "vendor_merged": (
        "{account} объединил запись {gone} с записью {into}",
        "{account} joined record {gone} into {into}",
    ),
    "answered_apart": (
        "коды обеих записей пришли, но не от одного человека",
        "the codes of both records came, but not from one person",
    ),
    "gender_different": ("пол указан разный", "different genders are given"),
}
_RULES: Mapping[str, tuple[str, str]] = {
    "confirmed_phone": ("подтверждённый телефон", "a confirmed phone"),
    "confirmed_email": ("подтверждённая почта", "a confirmed e-mail"),
    "card": ("карта", "a card"),
    "score": ("сумма баллов", "the sum of points"),
    "nothing": ("ни одно правило не сработало", "no rule holds"),
    "nothing_shared": ("общих контактов нет", "no contact is shared"),
    "proved_apart": ("подтверждены разные телефоны", "different phones are confirmed"),
    "contradicted": ("сведения противоречат друг другу", "what is known contradicts itself"),
    "vendor_merged": (
        "поставщик объединил обе записи",
        "a vendor joined both records",
    ),
    "answered_apart": ("на вопрос ответили порознь", "the question was answered apart"),
    "order": ("заказ с контактами обоих", "an order with the contacts of both"),
    "operator": ("оператор", "an operator"),
    "review": ("решение оператора", "an operator's decision"),
    "new_evidence": ("появились новые доводы", "there is new evidence"),
}
_PROOFS: Mapping[str, tuple[str, str]] = {
    "none": ("не подтверждён", "not confirmed"),
    "word": ("подтверждён у поставщика", "confirmed at a vendor"),
    "code": ("подтверждён кодом", "confirmed by a code"),
}
CODES = frozenset(_FINDINGS)
RULES = frozenset(_RULES)


def rule_text(rule: str, language: str = "ru") -> str:
    """Return the text of a rule in ``ru`` or, for any other language, in English."""
    return _RULES[rule][_place(language)]


def finding_text(finding: Sequence[Any], language: str = "ru") -> str:
    """Return the text of a stored finding, ``[code, points, args, digest]``, with its points."""
    code, points, args, _ = finding
    place = _place(language)
    values = dict(args)
    if "proof" in values:
        proofs = str(values["proof"]).split("-")
        values["proof"] = " / ".join(_PROOFS[one][place] for one in proofs)
    text = _FINDINGS[code][place].format(**values)
    return f"{text}: {points:+g}" if points else text


def _place(language: str) -> int:
    return 0 if language == "ru" else 1
