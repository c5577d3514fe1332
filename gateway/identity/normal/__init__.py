"""Normalisation: what people type, its normal form, and whether it may identify somebody.

Every reading keeps the original. A verdict is ``ok`` (may identify), ``doubtful`` (may support) or
``refused`` (never identifies anybody), with a reason code whose texts stand in ``reasons``.
"""

from gateway.identity.normal.cards import CardReading, read_card
from gateway.identity.normal.emails import EmailReading, read_email
from gateway.identity.normal.names import NameReading, read_name, read_parts, transliterated
from gateway.identity.normal.phones import PhoneKind, PhoneReading, read_phone, read_phones
from gateway.identity.normal.reasons import Reason, reason_text
from gateway.identity.normal.verdict import Verdict

__all__ = [
    "CardReading",
    "EmailReading",
    "NameReading",
    "PhoneKind",
    "PhoneReading",
    "Reason",
    "Verdict",
    "read_card",
    "read_email",
    "read_name",
    "read_parts",
    "read_phone",
    "read_phones",
    "reason_text",
    "transliterated",
]
