"""The shop's events: who may knock, what is a hint, and what tells a repeat."""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import urlencode

import pytest

from connectors.bitrix.webhook import BitrixWebhook
from gateway.canonical import Kind
from gateway.contract import WebhookRefused, WebhookRequest
from tests.connectors.bitrix.world import APPLICATION_TOKEN

WEBHOOK = BitrixWebhook(APPLICATION_TOKEN, "gateway")


def form(event: str, *, token: str | None = APPLICATION_TOKEN, **fields: str) -> bytes:
    """Return an event's body."""
    pairs = [("event", event), ("event_handler_id", "14")]
    pairs += [(f"data[FIELDS][{name}]", value) for name, value in fields.items() if name != "ts"]
    pairs += [("ts", fields.get("ts", "1741000202")), ("auth[domain]", "shop.example.ru")]
    if token is not None:
        pairs.append(("auth[application_token]", token))
    return urlencode(pairs).encode()


def test_an_order_event_points_at_the_order() -> None:
    """A change of an order at the shop would wait for the next poll."""
    body = form("ONSALEORDERSAVED", ID="51", XML_ID="gw-1001", ACTION="save")
    (hint,) = WEBHOOK.receive(WebhookRequest(body))
    assert (hint.kind, hint.external_id, hint.event) == (Kind.ORDER, "51", "ONSALEORDERSAVED")
    assert hint.happened_at is not None
    assert hint.happened_at.timestamp() == 1741000202


def test_a_customer_event_carries_its_number_as_token() -> None:
    """The extension repeats its posts; a repeat would be taken for a new change."""
    body = form("ONGATEWAYUSERSAVE", ID="7", SEQ="1039", OP="save", ORIGIN="site", VERSION="4")
    (hint,) = WEBHOOK.receive(WebhookRequest(body))
    assert (hint.kind, hint.external_id, hint.token) == (Kind.CUSTOMER, "7", "seq:1039")


def test_a_card_event_names_the_number() -> None:
    """A card that a visitor bound would wait for the next poll."""
    body = form("ONGATEWAYCARDSAVE", ID="A-2000000000017", SEQ="9", OP="save", ORIGIN="site")
    (hint,) = WEBHOOK.receive(WebhookRequest(body))
    assert (hint.kind, hint.external_id, hint.token) == (Kind.CARD, "A-2000000000017", "seq:9")
    assert not WEBHOOK.receive(
        WebhookRequest(form("ONGATEWAYCARDSAVE", ID="17", SEQ="10", ORIGIN="gateway"))
    )


@pytest.mark.parametrize(
    ("event", "number"),
    [("ONGATEWAYCARDSAVE", ""), ("ONGATEWAYCARDSAVE", "9" * 65), ("ONGATEWAYUSERSAVE", "A-7")],
)
def test_an_event_without_a_record_is_refused(event: str, number: str) -> None:
    """A read of a record that cannot be would be repeated in vain."""
    with pytest.raises(WebhookRefused) as refused:
        WEBHOOK.receive(WebhookRequest(form(event, ID=number)))
    assert refused.value.status == 400


def test_the_same_event_has_the_same_token_and_a_later_one_another() -> None:
    """A repeated call would be read twice, or a later change would be dropped as a repeat."""
    first, second, later = (
        WEBHOOK.receive(WebhookRequest(form("ONSALEORDERSAVED", ID="51", ts=ts)))[0].token
        for ts in ("1741000202", "1741000202", "1741000203")
    )
    assert first == second
    assert first != later


@pytest.mark.parametrize("token", [None, "", "abcdefabcdefabcdefabcdefabcdef13"])
def test_a_wrong_application_token_is_refused(token: str | None) -> None:
    """Anybody could make the gateway read the shop as often as he likes."""
    with pytest.raises(WebhookRefused) as refused:
        WEBHOOK.receive(WebhookRequest(form("ONSALEORDERSAVED", token=token, ID="51")))
    assert refused.value.status == 403


def test_a_signed_body_needs_no_token_and_a_changed_one_is_refused() -> None:
    """The extension's direct posts would be refused, or altered ones accepted."""
    body = form("ONGATEWAYUSERSAVE", token=None, ID="7", SEQ="1", ORIGIN="site")
    digest = hmac.new(APPLICATION_TOKEN.encode(), body, hashlib.sha256).hexdigest()
    signed = {"x-gateway-signature": f"sha256={digest}"}
    assert len(WEBHOOK.receive(WebhookRequest(body, signed))) == 1
    changed = body.replace(b"7", b"8", 1)
    with pytest.raises(WebhookRefused) as refused:
        WEBHOOK.receive(WebhookRequest(changed, signed))
    assert refused.value.status == 403


def test_a_wrong_signature_is_not_healed_by_the_token() -> None:
    """A signature that does not fit would be worth nothing."""
    body = form("ONGATEWAYUSERSAVE", ID="7", SEQ="1")
    with pytest.raises(WebhookRefused):
        WEBHOOK.receive(WebhookRequest(body, {"x-gateway-signature": "sha256=00"}))


def test_own_writes_give_no_hints() -> None:
    """Every customer that the gateway writes would be read again."""
    body = form("ONGATEWAYUSERSAVE", ID="7", SEQ="1039", ORIGIN="gateway")
    assert list(WEBHOOK.receive(WebhookRequest(body))) == []


@pytest.mark.parametrize(
    "event", ["ONPAYMENTENTITYSAVED", "ONGATEWAYCOUPONUSE", "ONORDERDELETED", "ONSOMETHINGNEW", ""]
)
def test_events_that_name_no_order_or_customer_give_no_hints(event: str) -> None:
    """The id of a payment or coupon would be read as an order's or a customer's."""
    assert list(WEBHOOK.receive(WebhookRequest(form(event, ID="61")))) == []


def test_an_event_without_an_id_or_in_another_form_is_refused() -> None:
    """A broken call would raise something that nobody expects, or read record nothing."""
    for body in (form("ONSALEORDERSAVED"), form("ONSALEORDERSAVED", ID="51 OR 1=1")):
        with pytest.raises(WebhookRefused) as refused:
            WEBHOOK.receive(WebhookRequest(body))
        assert refused.value.status == 400
    for body in (b"\xff\xfe", b"&".join(b"a=1" for _ in range(500))):
        with pytest.raises(WebhookRefused):
            WEBHOOK.receive(WebhookRequest(body))


def test_the_secret_is_not_shown() -> None:
    """The application token would stand in a log line that shows the object."""
    assert APPLICATION_TOKEN not in repr(WEBHOOK)
