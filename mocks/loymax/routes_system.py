"""Methods of the System API: verbs, path, access, handler (reference, section 7)."""

from __future__ import annotations

from mocks.loymax import (
    balances,
    call_centre,
    coupons,
    deposit_calls,
    deposits,
    history_calls,
    registration,
    system_cards,
    system_lists,
    system_purchases,
    system_registration,
    system_users,
)
from mocks.loymax.routes_public import Row

# Names that the old path style has for the same methods (12.1).
OLD_NAMES = {
    "users/{id}/RegistrationActions": "users/{id}/RequiredActions",
    "Registration/TryFinishRegistrationCustomer": "Registration/TryFinishRegistration",
    "Cards/ByCardNumber": "Cards",
}

_FINISH = "Registration/TryFinishRegistrationCustomer"
_BATCH = "deposit/{batchId}"
_IDENTIFIER = "users/{id}/identifiers/{identifierId}/{what}"
_PLANNED = "users/{id}/DetailedBalance/{currencyId}/Operations"
_BY_DEVICE = "purchases/{what}/{deviceCode}/{purchaseId}"

_USERS: tuple[Row, ...] = (
    ("GET", "users", "operator", system_users.find),
    ("GET", "users/{id}", "operator", system_users.show),
    ("POST", "UserGroups/SearchByAttributes", "operator", system_users.search_by_attributes),
    ("GET", "UserGroups/{groupId}", "operator", system_users.group),
    ("POST", "Registration/BeginRegistration", "operator", registration.begin_by_operator),
    ("POST|PUT", "Registration", "operator", system_cards.register_at_once),
    ("POST", _FINISH, "operator", system_registration.try_finish),
    ("GET", "users/{id}/RegistrationActions", "operator", system_registration.required_actions),
    ("POST", "users/{id}/AcceptTenderOffer", "operator", system_registration.accept_offer),
    ("POST", "users/{id}/SetPhone", "operator", system_registration.set_phone),
    ("POST", "users/{id}/SendConfirmPhoneCode", "operator", system_registration.resend_phone_code),
    ("POST", "users/{id}/PostConfirmPhoneCode", "operator", system_registration.confirm_phone),
    ("POST", "users/{id}/CancelConfirmPhone", "operator", system_registration.cancel_phone),
    ("POST", "users/{id}/SetEmail", "operator", system_registration.set_email),
    ("POST", "users/{id}/SetRandomPassword", "operator", system_registration.set_random_password),
    ("GET", "users/{id}/Questions", "operator", system_registration.questions),
    ("POST", "users/{id}/UpdateAnswers", "operator", system_registration.update_answers),
    ("GET", "users/{id}/AttributesValues", "operator", system_users.attribute_values),
    ("GET", "userAttributeValue/{id}", "operator", system_users.attribute_value),
    ("POST", "users/{id}/UpdateAttributeValue", "operator", system_users.update_attribute),
    ("POST", "users/code/{identifier}/attributes", "back", system_users.attribute_by_identifier),
    ("GET", "users/code/{identifier}/balance", "back", balances.by_identifier),
    ("GET", "users/{id}/Subscriptions", "operator", system_users.subscriptions),
    ("POST", "users/{id}/Subscribe", "operator", system_users.subscribe),
    ("POST", "users/{id}/Unsubscribe", "operator", system_users.unsubscribe),
    ("POST", "users/{id}/Deregister", "operator", system_users.leave),
    ("POST", "users/{id}/MergeAccount/{sourcePersonId}", "operator", system_users.merge_account),
    ("POST", "users/{id}/notifiers/{kind}", "operator", system_users.notifier),
    ("GET", "users/{id}/identifiers", "operator", system_users.identifiers),
    ("POST", _IDENTIFIER, "operator", system_users.block_identifier),
    ("GET", "users/{id}/Balance", "operator", balances.of_named),
    ("GET", "users/{id}/DetailedBalance", "operator", balances.detailed_of_named),
    ("GET", _PLANNED, "operator", balances.operations_of_named),
    ("GET", "users/{id}/Accounts", "operator", balances.accounts_of_named),
    ("GET", "users/{id}/History", "operator", history_calls.history_of_named),
    ("GET", "users/{id}/Coupons", "operator", coupons.coupons_of_named),
)  # fmt: skip

_CARDS: tuple[Row, ...] = (
    ("GET", "users/{id}/Cards", "operator", system_cards.of_named),
    ("GET", "users/{id}/EmitVirtual", "operator", system_cards.emit_state),
    ("PUT", "users/{id}/EmitVirtual", "operator", system_cards.emit),
    ("POST", "users/{id}/SetCard", "operator", system_cards.set_card),
    ("POST", "users/{id}/cards/Attach", "operator", system_cards.attach),
    ("POST", "users/{id}/cards/Attach/{step}", "operator", system_cards.attach_step),
    ("GET", "Cards/ByCardNumber", "operator", system_cards.by_number),
    ("GET", "Cards/byParams", "operator", system_cards.by_params),
    ("GET", "Cards/{cardId}/ReplacementChain", "operator", system_cards.chain),
    ("GET", "Cards/Range/{begin}/{end}", "operator", system_cards.card_range),
    ("POST", "Cards/{cardId}/{what}", "operator", system_cards.change),
    ("POST", "CallCenter/{what}", "operator", call_centre.call_centre),
    ("GET", "counters/{counterId}/values", "operator", system_cards.counter),
)

_MONEY: tuple[Row, ...] = (
    ("PUT", "deposit", "operator", deposits.put),
    ("GET", "deposit", "operator", deposit_calls.listed),
    ("GET", "deposit/{batchId}", "operator", deposit_calls.show),
    ("GET", "deposit/{batchId}/progress", "operator", deposit_calls.progress),
    ("GET", f"{_BATCH}/transactionProgress", "operator", deposit_calls.transaction_progress),
    ("GET", "deposit/{batchId}/operations", "operator", deposit_calls.operations),
    ("GET", "deposit/{batchId}/export", "operator", deposit_calls.export),
    ("POST", "purchases", "operator", system_purchases.search),
    ("GET", "purchases/{purchaseId}", "operator", system_purchases.show),
    ("GET", "purchases/{purchaseId}/operations", "operator", system_purchases.operations),
    ("GET", "purchases/{purchaseId}/ChequePositions", "operator", system_purchases.positions),
    ("POST", _BY_DEVICE, "operator", system_purchases.finish_by_device),
    ("POST", "purchases/{purchaseId}/{what}", "operator", system_purchases.finish),
)  # fmt: skip

_LISTS: tuple[Row, ...] = (
    ("GET", "deposit/legals", "operator", system_lists.legals),
    ("GET", "currency", "operator", system_lists.currencies),
    ("GET", "LoyaltyPrograms", "operator", system_lists.programmes),
    ("GET", "partners", "operator", system_lists.partners),
    ("GET", "lifeTimeDefinitions", "operator", system_lists.life_times),
    ("GET", "payType", "operator", system_lists.pay_types),
    ("GET", "OAuth/Applications/{id}/Secret", "operator", system_lists.application_secret),
    ("GET", "partners/{partnerId}/oauth/devices", "operator", system_lists.devices),
    ("GET", "partners/{partnerId}/paymentLimit", "operator", system_lists.payment_limit),
)

SYSTEM: tuple[Row, ...] = (*_USERS, *_CARDS, *_MONEY, *_LISTS)
