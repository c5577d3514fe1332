"""Handlers of SMS verification (reference, section 12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mocks.retailcrm.call import Answer, Call
from mocks.retailcrm.loyalty_order_calls import spend
from mocks.retailcrm.loyalty_writes import activate_member
from mocks.retailcrm.refusals import entity_errors, not_found

if TYPE_CHECKING:
    from mocks.retailcrm.checks import Check


def confirm(call: Call) -> Answer:
    """POST verification/sms/confirm: does what the code was sent for (samples L5, L4).

    A repeat of the right code answers as the first time and does nothing.
    """
    given = call.structure("verification")
    check = call.account.loyalty.checks.sent.get(str(given.get("checkId")))
    if check is None:
        raise not_found()
    account = call.account
    right = str(given.get("code")) == account.settings.sms_code
    if not right or (check.verified_at is None and check.expired_at < account.now()):
        raise entity_errors({"code": "Verification code is wrong or expired"})
    if check.verified_at is not None:
        return Answer({"success": True, "verification": check.view()}, effect="unchanged")
    _done(call, check)
    check.verified_at = account.now()
    return Answer({"success": True, "verification": check.view()}, key=check.id, effect="changed")


def _done(call: Call, check: Check) -> None:
    member = call.account.loyalty.members.get(check.member)
    if member is None:
        raise not_found()
    if check.action == "register":
        activate_member(call.account, member, check.id)
        return
    order = call.account.orders.by_id.get(check.order or 0)
    if order is None:
        raise not_found()
    spend(call.account, order, check.bonuses, call.origin)
    member.check = check.id


def status(call: Call) -> Answer:
    """GET verification/sms/{checkId}/status (sample L6)."""
    check = call.account.loyalty.checks.sent.get(call.path["checkId"])
    if check is None:
        raise not_found()
    return Answer({"success": True, "verification": check.view()}, key=check.id)
