"""Wire shapes: Mindbox's answers by its names. Lenient: the vendor adds and leaves out fields."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel


def _as_text(value: object) -> object:
    """Phones and ids come as numbers or as texts (vendor reference, 6)."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Text = Annotated[str, BeforeValidator(_as_text)]


class Wire(BaseModel):
    """Base: camel case names, unknown fields are let pass, values stand in no error text."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True,
        hide_input_in_errors=True,
    )  # fmt: skip


class IdsWire(BaseModel):
    """A map of ids: ``mindboxId`` and whatever systems the project has."""

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True)

    def get(self, name: str) -> str | None:
        """Return an id by its system's name; answers may add ``Id`` to it (6)."""
        told: Mapping[str, Any] = self.model_extra or {}
        low = name[:1].lower() + name[1:]
        for one in (name, low, f"{low}Id"):
            if told.get(one) not in (None, ""):
                return str(told[one])
        return None


class NamedWire(Wire):
    """Anything that is told by its ids."""

    ids: IdsWire = IdsWire()
    name: str | None = None


class SubscriptionWire(Wire):
    """A subscription to a channel, or to a topic in it."""

    brand: str | None = None
    point_of_contact: str | None = None
    topic: str | None = None
    is_subscribed: bool | None = None


class CardWire(Wire):
    """A discount card; in exports its status is a text."""

    ids: IdsWire = IdsWire()
    processing_status: str | None = None


class BalanceWire(Wire):
    """A balance in either vocabulary (11.1)."""

    system_name: str | None = None
    balance_type: NamedWire | None = None
    total: Decimal | None = None
    available: Decimal | None = None
    blocked: Decimal | None = None
    total_value: Decimal | None = None
    available_value: Decimal | None = None
    blocked_value: Decimal | None = None

    @property
    def name(self) -> str | None:
        """The balance's system name."""
        if self.system_name or self.balance_type is None:
            return self.system_name
        return self.balance_type.ids.get("systemName")

    @property
    def spendable(self) -> Decimal | None:
        """Points that may be spent now."""
        return self.available if self.available is not None else self.available_value

    @property
    def waiting(self) -> Decimal | None:
        """Points that are accrued and may not be spent yet."""
        return self.blocked if self.blocked is not None else self.blocked_value


class SegmentWire(Wire):
    """The segment of a segmentation that a customer is in, if any."""

    segmentation: NamedWire | None = None
    segment: NamedWire | None = None
    ids: IdsWire = IdsWire()


class CustomerWire(Wire):
    """A customer; only filled fields are told."""

    processing_status: str | None = None
    ids: IdsWire = IdsWire()
    email: str | None = None
    pending_email: str | None = None
    is_email_confirmed: bool | None = None
    mobile_phone: Text | None = None
    pending_mobile_phone: Text | None = None
    is_mobile_phone_confirmed: bool | None = None
    first_name: str | None = None
    last_name: str | None = None
    middle_name: str | None = None
    birth_date: str | None = None
    sex: str | None = None
    subscriptions: tuple[SubscriptionWire, ...] | None = None
    custom_fields: Mapping[str, Any] | None = None
    change_date_time_utc: str | None = None
    discount_cards: tuple[CardWire, ...] | None = None
    balances: tuple[BalanceWire, ...] | None = None
    segmentations: tuple[SegmentWire, ...] | None = None


class CustomerAnswer(Wire):
    """Answer about one customer; what other steps add stands beside it."""

    customer: CustomerWire = CustomerWire()
    balances: tuple[BalanceWire, ...] | None = None
    discount_cards: tuple[CardWire, ...] | None = None
    customer_segmentations: tuple[SegmentWire, ...] | None = None
    discount_card: CardWire | None = None

    def whole(self) -> CustomerWire:
        """Return the customer with what stands beside it."""
        return self.customer.model_copy(
            update={
                "balances": self.balances or self.customer.balances,
                "discount_cards": self.discount_cards or self.customer.discount_cards,
                "segmentations": self.customer_segmentations or self.customer.segmentations,
            }
        )


class ChangeWire(Wire):
    """One posting of points."""

    change_amount: Decimal = Decimal(0)
    is_available: bool | None = None
    available_from_date_time_utc: str | None = None
    expiration_date_time_utc: str | None = None
    comment: str | None = None
    balance_type: NamedWire | None = None
    balance_change_kind: str | Mapping[str, Any] | None = None

    @property
    def kind(self) -> str:
        """The kind: an object here, a text in exports."""
        told = self.balance_change_kind
        return str(told.get("systemName", "")) if isinstance(told, Mapping) else str(told or "")


class OrderRefWire(Wire):
    """An order that is only named."""

    ids: IdsWire = IdsWire()


class ActionWire(Wire):
    """A customer action with its postings."""

    ids: IdsWire = IdsWire()
    date_time_utc: str | None = None
    order: OrderRefWire | None = None
    customer_balance_changes: tuple[ChangeWire, ...] = ()


class HistoryAnswer(Wire):
    """A page of a balance's history."""

    customer_actions: tuple[ActionWire, ...] = ()


class ExportResultWire(Wire):
    """State of an export."""

    processing_status: str = Field(default="")
    urls: tuple[str, ...] = ()
    cancellation_reason: str | None = None


class ExportAnswer(Wire):
    """Answer of an export operation."""

    export_id: Text | None = None
    export_result: ExportResultWire | None = None


class MergedWire(Wire):
    """A merge: who stayed and who went."""

    resulting_customer: CustomerWire = CustomerWire()
    merged_customers: tuple[CustomerWire, ...] = ()


class MergesAnswer(Wire):
    """A page of merges."""

    customer_merges: tuple[MergedWire, ...] = ()
