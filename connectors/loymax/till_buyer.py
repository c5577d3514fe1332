"""Till buyer: finds who is meant by an ``Identifier``; with ``Auto`` the server finds the kind."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.canonical import normal_email, normal_phone
from gateway.contract import Caller, MemberKey, TillService

from .till_codes import Code, CodeRefused
from .till_memory import Buyer

_AUTO, _PHONE, _EMAIL = "auto", "phone", "email"


async def buyer_of(named: tuple[str, str] | None, caller: Caller, service: TillService) -> Buyer:
    """Find the buyer; nobody is named for an anonymous purchase.

    While the processor is away the first meaning of the name is kept, without a member.
    Raises ``CodeRefused`` where surely nobody has this name.
    """
    if named is None:
        return Buyer()
    meant = keys_of(*named)
    away: MemberKey | None = None
    for key in meant:
        found = await service.identify(caller, key)
        if found.member is not None:
            return Buyer(named, key, found.member)
        if found.degraded is not None and away is None:
            away = key
    if away is None:
        raise CodeRefused(Code.CARD_NOT_FOUND)
    return Buyer(named, away)


def keys_of(kind: str, value: str) -> Sequence[MemberKey]:
    """Return what a name may mean, the likeliest first."""
    kind = kind.lower()
    phone = normal_phone(value) if kind in {_AUTO, _PHONE} else None
    email = normal_email(value) if kind in {_AUTO, _EMAIL} and "@" in value else None
    found = [MemberKey(phone=phone)] if phone is not None else []
    found += [MemberKey(email=email)] if email is not None else []
    if kind not in {_PHONE, _EMAIL} and email is None:
        found.append(MemberKey(card=value))
    return found


def is_same_buyer(one: Buyer, other: Buyer) -> bool:
    """Tell whether two calls of a purchase name one person."""
    if one.member is not None and other.member is not None:
        return one.member.external_id == other.member.external_id
    return one.key == other.key
