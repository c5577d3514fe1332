"""The methods of loyalty and of SMS verification (reference, sections 11 and 12).

Which scope guards ``orders/loyalty`` is unconfirmed; here it is the one of loyalty.
"""

from __future__ import annotations

from mocks.retailcrm import bonus_calls, loyalty_calls, loyalty_order_calls, verification_calls
from mocks.retailcrm.method import Method

_READ, _WRITE = "loyalty_read", "loyalty_write"
_ACCOUNT = "v5/loyalty/account/{id}"

LOYALTY_METHODS = (
    Method("GET", "v5/loyalty/loyalties", _READ, loyalty_calls.programs),
    Method("GET", "v5/loyalty/loyalties/{id}", _READ, loyalty_calls.program),
    Method("GET", "v5/loyalty/accounts", _READ, loyalty_calls.listed),
    Method("POST", "v5/loyalty/account/create", _WRITE, loyalty_calls.create),
    Method("GET", _ACCOUNT, _READ, loyalty_calls.get),
    Method("POST", f"{_ACCOUNT}/edit", _WRITE, loyalty_calls.edit),
    Method("POST", f"{_ACCOUNT}/activate", _WRITE, loyalty_calls.activate),
    Method("POST", f"{_ACCOUNT}/bonus/credit", _WRITE, bonus_calls.credit),
    Method("POST", f"{_ACCOUNT}/bonus/charge", _WRITE, bonus_calls.charge),
    Method("GET", f"{_ACCOUNT}/bonus/operations", _READ, bonus_calls.operations),
    Method("GET", _ACCOUNT + "/bonus/{status}/details", _READ, bonus_calls.details),
    Method("GET", "v5/loyalty/bonus/operations", _READ, bonus_calls.all_operations),
    Method("POST", "v5/loyalty/calculate", _READ, loyalty_order_calls.calculate),
    Method("POST", "v5/orders/loyalty/apply", _WRITE, loyalty_order_calls.apply),
    Method("POST", "v5/orders/loyalty/cancel-bonus-operations", _WRITE, loyalty_order_calls.cancel),
    Method("POST", "v5/verification/sms/confirm", "verification_write", verification_calls.confirm),
    Method(
        "GET",
        "v5/verification/sms/{checkId}/status",
        "verification_read",
        verification_calls.status,
    ),
)
