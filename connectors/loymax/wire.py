"""Wire shapes: Loymax's answers by its names. Lenient: servers of other ages add and leave out."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Wire(BaseModel):
    """Base: camel case names, unknown fields are let pass, values stand in no error text."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True,
        coerce_numbers_to_str=True,
        hide_input_in_errors=True,
    )  # fmt: skip


class CurrencyWire(Wire):
    """A currency: roubles and every sort of points are currencies."""

    id: int | None = None
    uid: str | None = None
    code: str | None = None
    name: str | None = None


class MoneyWire(Wire):
    """An amount in a currency."""

    amount: Decimal = Decimal(0)
    currency_info: CurrencyWire | None = None


class NotifierWire(Wire):
    """A phone or an e-mail."""

    current_value: str | None = None
    is_verified: bool | None = None


class PersonWire(Wire):
    """A person as the operator sees it (7.1)."""

    id: int
    uid: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    patronymic_name: str | None = None
    phone: NotifierWire | None = None
    email: NotifierWire | None = None
    registration_date: str | None = None
    birth_day: str | None = None
    state: str | None = None
    tender_offer_accept_date: str | None = None
    personal_data_processing_accept_date: str | None = None
    group_id: int | None = None


class BalanceWire(Wire):
    """A balance in one currency; ``balance`` may be spent, ``notActivated`` not yet (6.2)."""

    currency: CurrencyWire = CurrencyWire()
    balance: Decimal = Decimal(0)
    not_activated: Decimal = Decimal(0)


class OwnerWire(Wire):
    """Who has a card."""

    id: int | None = None


class CardWire(Wire):
    """A card."""

    id: int | None = None
    number: str | None = None
    bar_code: str | None = None
    state: str | None = None
    block: bool | None = None
    card_owner_info: OwnerWire | None = None


class FixedAnswerWire(Wire):
    """One of the answers to choose from."""

    id: int
    name: str | None = None
    is_selected: bool | None = None


class AnswerWire(Wire):
    """The answer that was given."""

    value: str | None = None
    fixed_answer_ids: tuple[int, ...] | None = None


class QuestionWire(Wire):
    """A question of the profile."""

    id: int
    logical_name: str | None = None
    question_type: str | None = None
    is_required: bool | None = None
    is_read_only: bool | None = None
    is_multi_select: bool | None = None
    fixed_answers: tuple[FixedAnswerWire, ...] | None = None
    answer: AnswerWire | None = None


class QuestionGroupWire(Wire):
    """A group of questions."""

    id: int
    questions: tuple[QuestionWire, ...] = ()


class ActionWire(Wire):
    """A step of a registration."""

    user_action_type: str
    action_state: str | None = None
    is_done: bool = False


class ChannelWire(Wire):
    """A channel of a subscription."""

    read_only: bool | None = None
    selected: bool | None = None


class SubscriptionWire(Wire):
    """A subscription with its channels."""

    type_id: int
    external_id: str | None = None
    sms_notification: ChannelWire | None = None
    email_notification: ChannelWire | None = None
    push_notification: ChannelWire | None = None
    viber_notification: ChannelWire | None = None

    def channel(self, name: str) -> ChannelWire | None:
        """Return a channel by its short name."""
        found: ChannelWire | None = getattr(self, f"{name}_notification", None)
        return found


class AttributeWire(Wire):
    """What an attribute is called; kept whole besides, to be sent back (7.3)."""

    logical_name: str | None = None


class AttributeValueWire(Wire):
    """A value of an attribute."""

    id: int | None = None
    attribute: AttributeWire = AttributeWire()
    value: Any = None


class HistoryDataWire(Wire):
    """What a row of the history is about."""

    external_purchase_id: str | None = None
    cheque_number: str | None = None
    is_refund: bool | None = None
    description: str | None = None
    withdraws: tuple[Mapping[str, Any], ...] = ()
    rewards: tuple[Mapping[str, Any], ...] = ()
    reward_type: str | None = None
    withdraw_type: str | None = None
    amount: MoneyWire | None = None


class HistoryRowWire(Wire):
    """A row of a member's history (6.3)."""

    id: str | int
    date_time: str
    type: str = ""
    description: str | None = None
    data: HistoryDataWire = HistoryDataWire()


class PurchaseWire(Wire):
    """A purchase as the operator sees it (7.7)."""

    purchase_id: int | None = None
    purchase_time: str | None = None
    complete_time: str | None = None
    cheque_number: str | None = None
    state: str | None = None
    person_identifier: str | None = None


class PositionDiscountWire(Wire):
    """What lowered a position or was earned by it."""

    type: str = ""
    amount: MoneyWire = MoneyWire()
    cash_amount: MoneyWire | None = None


class PositionWire(Wire):
    """A line of a purchase; ``amount`` is what was paid in money (7.7)."""

    pos_id: int
    amount: MoneyWire = MoneyWire()
    discounts: tuple[PositionDiscountWire, ...] = ()

    def points(self, kind: str) -> Decimal:
        """Return the points of one kind of discount."""
        parts = (one.amount.amount for one in self.discounts if one.type == kind)
        return sum(parts, start=Decimal(0))

    @property
    def paid(self) -> Decimal:
        """What the spent points are worth in money."""
        found = [one for one in self.discounts if one.type == "CalculatedPayment"]
        parts = (one.cash_amount.amount if one.cash_amount else one.amount.amount for one in found)
        return sum(parts, start=Decimal(0))


class BatchWire(Wire):
    """A batch of postings (7.6)."""

    id: int
    state: str | None = None
    internal_description: str | None = None
    all_operation_count: int = 0
    completed_operation_count: int = 0
    error_operation_count: int = 0


class LineWire(Wire):
    """A line as processing answers it; ``amount`` is not lessened by ``payAmount`` (8.3)."""

    position: int
    quantity: Decimal = Decimal(1)
    amount: Decimal = Decimal(0)
    discount: Decimal = Decimal(0)
    cashback: Decimal = Decimal(0)
    pay_amount: Decimal = Decimal(0)
    applied_offers: tuple[Mapping[str, Any], ...] = Field(default=())


class ChequeWire(Wire):
    """The lines of an answer."""

    lines: tuple[LineWire, ...] = ()


class StepWire(Wire):
    """The result of one step of a purchase."""

    transaction_id: int | None = None
    cashier_message: str | None = None
    cheque_message: str | None = None
    cheque: ChequeWire | None = None
    amount: Decimal | None = None
    bonus_amount: Decimal | None = None
    available_amount: Decimal | None = None
    available_bonus_amount: Decimal | None = None
    balance: Decimal | None = Field(
        default=None, validation_alias=AliasChoices("balance", "Balance")
    )

    @property
    def rate(self) -> Decimal:
        """What one point is worth in money (13.3, trap 9); one where the answer does not tell."""
        for money, points in (
            (self.amount, self.bonus_amount),
            (self.available_amount, self.available_bonus_amount),
        ):
            if money and points:
                return money / points
        return Decimal(1)
