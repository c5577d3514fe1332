"""The operations of the project: the customary names of section 7 and what configuration adds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocks.mindbox import (
    balance_calls,
    card_calls,
    codes,
    customer_calls,
    export_calls,
    list_calls,
    order_legacy,
    order_plain,
    order_reads,
    order_save,
    order_status,
    promo_calls,
    promotion_calls,
)
from mocks.mindbox.call import Handler, Operation
from mocks.mindbox.settings import MindboxSettings

# Step -> handler and whether it returns data, so that only a sync call makes sense (section 5).
STEPS: Mapping[str, tuple[Handler, bool]] = {
    "customer.register": (customer_calls.register, False),
    "customer.authorize": (customer_calls.authorize, False),
    "customer.edit": (customer_calls.edit, False),
    "customer.check": (customer_calls.check, True),
    "customer.get": (customer_calls.get, True),
    "customer.merge": (customer_calls.merge, True),
    "customer.password": (customer_calls.password, True),
    "customer.subscribe": (customer_calls.subscribe, False),
    "customer.subscriptions": (customer_calls.get_subscriptions, True),
    "customer.segments": (customer_calls.segments, True),
    "code.resend": (codes.resend, False),
    "code.confirmPhone": (codes.confirm_phone, False),
    "code.confirmEmail": (codes.confirm_email, False),
    "code.send": (codes.send_authorization, False),
    "code.check": (codes.check_authorization, True),
    "balance.get": (balance_calls.get_balance, True),
    "balance.history": (balance_calls.history, True),
    "balance.change": (balance_calls.change_balance, False),
    "order.calculate": (order_save.calculate_order, True),
    "order.save": (order_save.save_order, False),
    "order.status": (order_status.set_status, False),
    "order.offline": (order_plain.save_offline, False),
    "order.plainCreate": (order_plain.create_plain, False),
    "order.plainUpdate": (order_plain.update_plain, False),
    "order.get": (order_reads.get_order, True),
    "order.list": (order_reads.list_orders, True),
    "order.totalPaid": (order_reads.total_paid, True),
    "order.begin": (order_legacy.begin, False),
    "order.commit": (order_legacy.commit, False),
    "order.rollback": (order_legacy.rollback, False),
    "card.bind": (card_calls.bind_card, False),
    "card.bindVirtual": (card_calls.bind_virtual, False),
    "card.get": (card_calls.get_card, True),
    "card.list": (card_calls.get_cards, True),
    "card.status": (card_calls.set_card_status, False),
    "card.replace": (card_calls.replace_card, False),
    "card.unbind": (card_calls.unbind_card, False),
    "promoCode.issue": (promo_calls.issue, False),
    "promoCode.list": (promo_calls.list_codes, True),
    "promoCode.redeem": (promo_calls.redeem, False),
    "promoCode.cancel": (promo_calls.cancel_redemption, False),
    "promotion.save": (promotion_calls.save_promotion, False),
    "promotion.archive": (promotion_calls.archive_promotion, False),
    "promotion.offers": (promotion_calls.personal_offers, True),
    "promotion.prices": (promotion_calls.catalogue_prices, True),
    "list.set": (list_calls.set_list, False),
    "list.clear": (list_calls.clear_list, False),
    "list.add": (list_calls.add_to_list, False),
    "list.remove": (list_calls.remove_from_list, False),
    "list.count": (list_calls.set_count, False),
    "list.get": (list_calls.get_list, True),
    "view.product": (list_calls.view_product, False),
    "view.category": (list_calls.view_category, False),
    "export.start": (export_calls.export, True),
    "export.merges": (export_calls.merges, True),
}
# Steps that create or update an order: their sync calls know the key (4.1).
KEYED_STEPS = frozenset(
    {"order.save", "order.offline", "order.plainCreate", "order.plainUpdate", "order.begin"}
)

_PLAIN: Mapping[str, str] = {
    "customer.register": "RegisterCustomer RegisterCustomerFromAnonymousOrder",
    "customer.edit": "EditCustomer FillCustomerProfile CommitRegisterCustomer",
    "customer.check": "CheckCustomer CheckCustomerByMobilePhone CheckCustomerByEmail "
    "CheckCustomerIsInLoyalityProgram CheckLoyaltyProgramParticipants CheckCustomerActive",
    "customer.get": "GetCustomerInfo GetCustomerDataByDiscountCard",
    "customer.merge": "MergeCustomers",
    "customer.password": "PasswordAuthentication",
    "customer.subscribe": "SubscribeCustomer SubscriptionInFooter",
    "customer.subscriptions": "GetCustomerSubscriptions",
    "customer.segments": "GetCustomerLoyaltyLevel GetCustomerSegments",
    "code.resend": "ResendMobilePhoneConfirmationCode SendConfirmationCode SendMobilePhoneCode "
    "SendMobilePhoneCodeToEdit",
    "code.confirmPhone": "ConfirmMobilePhone AutoConfirmMobilePhone",
    "code.confirmEmail": "ConfirmEmail",
    "code.send": "SendMobilePhoneAuthorizationCode",
    "code.check": "CheckMobilePhoneAuthorizationCode CheckMobilePhoneCode",
    "balance.get": "GetCustomerBalance GetCustomerPoints",
    "balance.history": "GetCustomerBonusPointsHistory GetCustomerBalanceHistory",
    "balance.change": "ChangeCustomerBalance",
    "order.status": "ChangeStatus ManualChangeStatus UpdateOrderStatus UpdateOrderItemsStatus "
    "ConfirmOrder CancelOrder Return",
    "order.offline": "SaveOfflineOrder OfflineOrder",
    "order.plainCreate": "CreateOrder",
    "order.plainUpdate": "UpdateOrder UpdateOrderItems",
    "order.get": "GetOrderInfo",
    "order.list": "GetCustomerOrders GetOrdersList",
    "order.totalPaid": "GetTotalPaidOrdersAmount",
    "order.commit": "CommitOrderTransaction CommitOrderTransactionAdmin",
    "order.rollback": "RollbackOrderTransaction RollbackOrderTransactionAdmin",
    "card.bind": "ActivateDiscountCard",
    "card.bindVirtual": "ActivateVirtualDiscountCard",
    "card.get": "GetDiscountCard",
    "card.list": "GetCustomerDiscountCards",
    "card.replace": "ReplaceDiscountCard",
    "card.unbind": "UnbindDiscountCard",
    "promoCode.issue": "IssuePromoCode",
    "promoCode.list": "GetCustomerPromoCodes",
    "promoCode.redeem": "RedeemPromoCode",
    "promoCode.cancel": "CancelPromoCodeRedemption",
    "promotion.save": "SaveExternalPromotion",
    "promotion.archive": "ArchiveExternalPromotion",
    "promotion.offers": "GetPersonalOffers",
    "promotion.prices": "CalculateUnauthorizedProduct CalculateProducts",
    "export.merges": "GetCustomerMerges",
}
_FLAVOURS: Mapping[str, tuple[str, str, str]] = {
    "order.calculate": (
        (
            "CalculateAuthorizedCart CalculateAuthorizedOrder AuthorizedPreorder CalculateCart "
            "ManualCalculateOrder"
        ),
        "CalculateUnauthorizedCart CalculateUnauthorizedOrder UnauthorizedPreorder",
        "AnonymousPreorder CalculateAnonymousCart",
    ),
    "order.save": (
        "CreateAuthorizedOrder ManualCreateOrder",
        "CreateUnauthorizedOrder",
        "CreateAnonymousOrder",
    ),
    "order.begin": (
        "BeginAuthorizedOrderTransaction BeginAuthorizedOrderTransactionAdmin",
        "BeginUnauthorizedOrderTransaction BeginUnauthorizedOrderTransactionAdmin",
        "BeginAnonymousOrderTransaction",
    ),
}
_LISTS: Mapping[str, Mapping[str, str]] = {
    "cart": {
        "list.set": "SetCart EditCart",
        "list.clear": "ClearCart",
        "list.add": "AddToCart",
        "list.remove": "RemoveProduct",
        "list.count": "SetProductCount",
        "list.get": "GetCart",
    },
    "wishList": {
        "list.set": "SetWishList SetFavourite EditFavourite",
        "list.clear": "ClearFavourite ClearWishList",
        "list.add": "AddToWishList",
        "list.remove": "RemoveFromWishList",
        "list.get": "GetWishList",
    },
    "backInStock": {
        "list.set": "SetTovarNeVNalichiiItemList",
        "list.clear": "ClearTovarNeVNalichiiItemList",
        "list.add": "AddToTovarNeVNalichiiItemList",
        "list.remove": "RemoveFromTovarNeVNalichiiItemList",
        "list.get": "GetTovarNeVNalichiiItemList",
    },
}
_OPTIONS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "SyncCustomer": ("customer.edit", {"creates": "yes"}),
    "ResendEmailConfirmation": ("code.resend", {"contact": "Email"}),
    "BlockDiscountCard": ("card.status", {"status": "Blocked"}),
    "UnblockDiscountCard": ("card.status", {"status": "Activated"}),
    "IssuePromoCodeByValue": ("promoCode.issue", {"mode": "byValue"}),
    "CreatePromoCode": ("promoCode.issue", {"mode": "byValueCreating"}),
    "ExportCustomers": ("export.start", {"of": "customers"}),
    "ExportOrders": ("export.start", {"of": "orders"}),
    "ExportCustomerActions": ("export.start", {"of": "customerActions"}),
}
_WITH_DEVICE: Mapping[str, str] = {
    "AuthorizeCustomer": "customer.authorize",
    "ViewProduct": "view.product",
    "ViewCategory": "view.category",
}


class Registry:
    """Finds an operation by its name; configured ones come before the customary set."""

    def __init__(self) -> None:
        """Know the customary names, without their prefixes."""
        self._customary = {
            name: (step, options, device) for name, step, options, device in _customary()
        }

    def find(self, name: str, settings: MindboxSettings) -> Operation | None:
        """Return an operation, None when neither configuration nor custom knows it.

        ``settings.operations`` maps names to ``{"step": …}`` or ``{"like": name of a customary
        one}`` with ``options``, ``needs_device``, ``needs_secret``, ``is_sync_only``.
        """
        found = settings.operations.get(name)
        if found is None:
            return self._known(name, settings)
        like = self._known(str(found.get("like", "")), settings)
        step = str(found.get("step", like.kind if like is not None else ""))
        if step not in STEPS:
            return None
        options = dict(like.options) if like is not None else {}
        options |= dict(found.get("options", {}))
        return Operation(
            name,
            step,
            is_sync_only=bool(found.get("is_sync_only", STEPS[step][1])),
            needs_device=bool(found.get("needs_device", False)),
            needs_secret=bool(found.get("needs_secret", _needs_secret(step))),
            options=options,
        )

    def names(self, settings: MindboxSettings) -> list[str]:
        """Return every name that the project answers to."""
        custom = {
            f"{prefix}.{name}" for prefix in settings.operation_prefixes for name in self._customary
        }
        return sorted(custom | set(settings.operations))

    def _known(self, name: str, settings: MindboxSettings) -> Operation | None:
        prefix, _, rest = name.partition(".")
        if prefix not in settings.operation_prefixes or rest not in self._customary:
            return None
        step, options, device = self._customary[rest]
        return Operation(
            name,
            step,
            is_sync_only=STEPS[step][1],
            needs_device=device,
            needs_secret=_needs_secret(step),
            options=options,
        )


def _needs_secret(step: str) -> bool:
    """Lists and views are called from the site's pages too, without a key (2.3)."""
    return not step.startswith(("list.", "view."))


def _customary() -> list[tuple[str, str, Mapping[str, Any], bool]]:
    found: list[tuple[str, str, Mapping[str, Any], bool]] = []
    for step, names in _PLAIN.items():
        found += [(name, step, {}, False) for name in names.split()]
    for step, flavours in _FLAVOURS.items():
        for flavour, names in zip(
            ("authorized", "unauthorized", "anonymous"), flavours, strict=True
        ):
            found += [(name, step, {"flavour": flavour}, False) for name in names.split()]
    for list_name, steps in _LISTS.items():
        for step, names in steps.items():
            found += [(name, step, {"list": list_name}, False) for name in names.split()]
    found += [(name, step, options, False) for name, (step, options) in _OPTIONS.items()]
    return found + [(name, step, {}, True) for name, step in _WITH_DEVICE.items()]
