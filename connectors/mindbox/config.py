"""Settings of one Mindbox project: its address, its keys, and its own names for everything.

The vendor's API has no fixed vocabulary: operations, id systems, statuses and fields are made in
the project's admin. The defaults are the customary names of the vendor's own modules.
"""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr

from gateway.canonical import OrderStatus, PaymentState

_NAME = r"^[A-Za-z0-9_.-]{1,100}$"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Operations(_Part):
    """Names of the project's operations. An empty name says that the project has none."""

    register_customer: str = "Website.RegisterCustomer"
    edit_customer: str = "Website.EditCustomer"
    get_customer: str = "Website.GetCustomerInfo"
    merge_customers: str = "Website.MergeCustomers"
    bind_card: str = "Offline.ActivateDiscountCard"
    balance_history: str = "Website.GetCustomerBalanceHistory"
    change_balance: str = "Website.ChangeCustomerBalance"
    send_code: str = "Website.SendMobilePhoneAuthorizationCode"
    check_code: str = "Website.CheckMobilePhoneAuthorizationCode"
    resend_confirmation: str = "Website.ResendMobilePhoneConfirmationCode"
    confirm_phone: str = "Website.ConfirmMobilePhone"
    create_order: str = "Website.CreateOrder"
    update_order: str = "Website.UpdateOrder"
    get_order: str = "Website.GetOrderInfo"
    calculate_authorized: str = "Offline.AuthorizedPreorder"
    calculate_anonymous: str = "Offline.AnonymousPreorder"
    save_authorized: str = "Offline.CreateAuthorizedOrder"
    save_anonymous: str = "Offline.CreateAnonymousOrder"
    change_status: str = "Offline.ChangeStatus"
    return_order: str = "Offline.Return"
    offline_order: str = "Offline.SaveOfflineOrder"
    begin_transaction: str = "Website.BeginAuthorizedOrderTransaction"
    commit_transaction: str = "Website.CommitOrderTransaction"
    rollback_transaction: str = "Website.RollbackOrderTransaction"
    view_product: str = "Website.ViewProduct"
    view_category: str = "Website.ViewCategory"
    set_cart: str = "Website.SetCart"
    clear_cart: str = "Website.ClearCart"
    want_available: str = "Website.AddToTovarNeVNalichiiItemList"
    export_customers: str = "Website.ExportCustomers"
    export_merges: str = "Website.GetCustomerMerges"


class LineStatuses(_Part):
    """The project's ids of line statuses, one for each of the vendor's categories."""

    checked_out: str = "CheckedOut"
    paid: str = "Paid"
    delivered: str = "Delivered"
    cancelled: str = "Cancelled"
    returned: str = "Returned"

    def of(self, status: OrderStatus | None, *, is_paid: bool) -> str:
        """Return the id for a stage of an order; stages before delivery tell paid from unpaid."""
        ends = {
            OrderStatus.COMPLETE: self.delivered,
            OrderStatus.CANCELLED: self.cancelled,
            OrderStatus.RETURNED: self.returned,
        }
        if status in ends:
            return ends[status]
        return self.paid if is_paid else self.checked_out


class Subscription(_Part):
    """Where a consent lives: a channel, within a topic when one is named."""

    channel: str
    topic: str | None = None


class MindboxSettings(_Part):
    """One project at Mindbox.

    Shape: ``url`` is the API host as the operation's page in the admin shows it. ``customer_key``,
    ``order_key`` and ``product_key`` are system names of the project's external id systems: ours
    for customers and orders, the catalogue's for products. ``attributes`` go from the canonical
    code to the custom field. Units: names ending in ``_s`` are seconds, in ``_days`` days.
    """

    url: str = Field(default="https://api.mindbox.ru", pattern=r"^https?://[^/?#\s]+/?$")
    endpoint_id: str = Field(pattern=_NAME)
    secret_key: SecretStr
    authorization: Literal["secret_key", "mindbox"] = "secret_key"
    webhook_secret: SecretStr | None = None
    customer_key: str = Field(default="websiteId", pattern=_NAME)
    order_key: str = Field(default="websiteOrder", pattern=_NAME)
    product_key: str = Field(default="website", pattern=_NAME)
    product_id: Literal["external_id", "sku"] = "external_id"
    device_system: str | None = None
    brand: str | None = None
    balance: str = "MainPoints"
    programme: str = "mindbox"
    tier_segmentation: str | None = None
    point_of_contact: str | None = None
    currency: str = Field(default="RUB", pattern=r"^[A-Z]{3}$")
    first_load: Literal["from_now", "all"] = "from_now"
    first_load_days: int = Field(default=3650, ge=1, le=20_000)
    export_lag_s: float = Field(default=300.0, ge=0)
    export_overlap_s: float = Field(default=600.0, ge=0)
    at_once: int = Field(default=8, ge=1, le=50)
    operations: Operations = Operations()
    line_statuses: LineStatuses = LineStatuses()
    paid_states: frozenset[PaymentState] = frozenset({PaymentState.PAID})
    payment_types: dict[str, str] = Field(default_factory=lambda: {"cash": "cash", "card": "card"})
    fallback_payment_type: str = "card"
    subscriptions: dict[str, Subscription] = Field(
        default_factory=lambda: {
            "mailing:email": Subscription(channel="Email"),
            "mailing:sms": Subscription(channel="Sms"),
        }
    )
    external_promotion: str | None = None
    receipt_placeholder: str = "receipt"
    cashier_placeholder: str = "cashier"
    promo_pools_created: bool = True
    customer_attributes: dict[str, str] = Field(default_factory=dict)
    order_attributes: dict[str, str] = Field(default_factory=dict)
    order_number_field: str | None = None
    history_before: AwareDatetime | None = None
    history_pace_s: float = Field(default=72.0, ge=0)
    history_look_s: float = Field(default=900.0, gt=0)
    history_patience_s: float = Field(default=21_600.0, ge=0)
    legacy_transactions: bool = False

    @property
    def authorization_header(self) -> str:
        """The header's value in the form that this project's endpoint was set up with."""
        key = self.secret_key.get_secret_value()
        if self.authorization == "mindbox":
            return f'Mindbox secretKey="{key}"'
        return f"SecretKey {key}"
