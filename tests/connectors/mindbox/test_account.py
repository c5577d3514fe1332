"""The account: keys, probe, webhooks, and what never stands in a log."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from typing import Any

import orjson
import pytest
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.mindbox import CONNECTOR
from connectors.mindbox.config import MindboxSettings
from gateway.canonical import (
    BonusPoints,
    CardRef,
    Customer,
    EmailContact,
    Kind,
    Money,
    OrderLine,
    PersonName,
    PhoneContact,
    ProductRef,
)
from gateway.contract import (
    AuthRejected,
    CodePurpose,
    ConnectorError,
    Hint,
    MemberKey,
    Rejected,
    Sale,
    Unsupported,
    WebhookRefused,
    WebhookRequest,
)
from mocks.serving import serve
from tests.connectors.bench import Bench, Copy
from tests.connectors.mindbox.conftest import HOOK_SECRET, OpenProject, at, own_settings

PHONE, EMAIL, CARD, NAME = "+79160007654", "planted@example.ru", "2900000077777", "Подсадная"
SECRETS = (PHONE, PHONE[1:], EMAIL, CARD, NAME, "demo-key", HOOK_SECRET)
PLANTED = Customer(
    name=PersonName(last=NAME),
    phones=(PhoneContact(number=PHONE, rank=0),),
    emails=(EmailContact(address=EMAIL, rank=0),),
    cards=(CardRef(number=CARD),),
)


@pytest.mark.parametrize("form", ["secret_key", "mindbox"])
async def test_sound_account_passes_the_probe(open_project: OpenProject, form: str) -> None:
    """A project that was set up with the older form of the key does not start."""
    project = await open_project({"authorization": form})
    report = await project.connector.probe()
    assert report.ok
    assert report.facts == {"endpoint": "Demo.Website", "balance": "MainPoints"}


@pytest.mark.parametrize("form", ["secret_key", "mindbox"])
@pytest.mark.parametrize("key", ["wrong-key-55", "demo-pos-key"], ids=["wrong", "of-another"])
async def test_wrong_key_parks_the_account(open_project: OpenProject, form: str, key: str) -> None:
    """A withdrawn key is tried for ever, or counts as each record's own fault."""
    project = await open_project({"authorization": form, "secret_key": key})
    with pytest.raises(AuthRejected) as caught:
        await project.connector.probe()
    assert key not in f"{caught.value} {project.log.lines}"


@pytest.mark.parametrize("answer", ["protocol400", "http404"])
async def test_wrong_name_of_an_operation_fails_the_probe(
    open_project: OpenProject, answer: str
) -> None:
    """A name that the project does not have shows at the first customer of the night."""
    names = {"get_customer": "Website.NoSuchOperation"}
    project = await open_project({"operations": names}, unknown_operation=answer)
    with pytest.raises(Rejected):
        await project.connector.probe()


async def test_operation_that_the_project_lacks_is_unsupported(
    open_project: OpenProject,
) -> None:
    """A call without a name reaches the vendor, where many such calls block the caller."""
    project = await open_project({"operations": {"send_code": ""}})
    services = project.connector.services
    assert services.codes is not None
    with pytest.raises(Unsupported):
        await services.codes.send(MemberKey(phone=PHONE), purpose=CodePurpose.LOGIN)


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "https://api.mindbox.ru/v3"},
        {"url": "ftp://api.mindbox.ru"},
        {"endpoint_id": "Два слова"},
        {"customer_key": "a b"},
        {"first_load": "some"},
        {"currency": "rub"},
        {"operations": {"unknown": "X"}},
        {"unknown": 1},
    ],
    ids=lambda value: str(value)[:40],
)
def test_wrong_settings_are_refused_before_the_start(wrong: dict[str, Any]) -> None:
    """A slip in the configuration shows in the first message, or as silence."""
    with pytest.raises(ValidationError) as caught:
        MindboxSettings.model_validate(own_settings("http://vendor.test") | wrong)
    assert "demo-key" not in str(caught.value)


async def test_nothing_personal_stands_in_logs_or_errors(open_project: OpenProject) -> None:
    """Phones, cards and keys lie in the log files of the shop for years."""
    project = await open_project()
    texts: list[str] = []
    services = project.connector.services
    assert services.loyalty is not None
    assert services.codes is not None
    sale = Sale(
        id="A-1",
        at=at("2026-03-01 09:58:02"),
        member=MemberKey(phone=PHONE),
        points=BonusPoints(points=Decimal(5)),
        lines=[
            OrderLine(
                id="1",
                product=ProductRef(external_id="SKU-9001"),
                quantity=Decimal(1),
                price=Money.of(5),
            )
        ],
    )
    change = project.change(Kind.CUSTOMER, Copy("c-1"), PLANTED)
    faults: list[dict[str, Any]] = [
        {"kind": "cut_after", "times": 3},
        {"kind": "status", "times": 3, "status": 400, "body": _echo("ProtocolError")},
        {"kind": "status", "times": 3, "status": 200, "body": _echo("ValidationError")},
        {"kind": "status", "times": 3, "status": 500, "body": _echo("InternalServerError")},
        {"kind": "status", "times": 3, "status": 200, "body": f'{{"customer": "{PHONE}"}}'},
        {"kind": "status", "times": 3, "status": 200, "body": PHONE},
        {"kind": "status", "times": 0},
    ]
    for fault in faults:
        await project.faults(fault)
        (outcome,) = await project.write(Kind.CUSTOMER, change)
        texts.append(f"{outcome!r} {getattr(outcome, 'error', '')}")
        for call in (
            lambda: services.loyalty.identify(MemberKey(card=CARD)),
            lambda: services.loyalty.reserve(sale, key="k"),
            lambda: services.codes.send(MemberKey(phone=PHONE), purpose=CodePurpose.LOGIN),
        ):
            try:
                await call()
            except ConnectorError as error:
                texts.append(f"{error} {error!r} {error.vendor_code} {error.operation}")
    assert len(texts) > 15
    shown = " ".join([*texts, repr(project.log.lines), repr(project.remarks), repr(change.key)])
    assert [secret for secret in SECRETS if secret in shown] == []
    assert project.log.lines


def _echo(status: str) -> str:
    """Return a refusal that quotes values, as the vendor's do."""
    text = f"{PHONE} {EMAIL} {CARD}"
    body = {
        "status": status,
        "errorMessage": f"{PHONE}: {text}",
        "validationMessages": [{"message": text, "location": PHONE}],
    }
    return orjson.dumps(body).decode()


def _call(body: object, secret: str | None = HOOK_SECRET, **more: Any) -> WebhookRequest:
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    headers = {} if secret is None else {"authorization": f"WebHookSecretKey {secret}"}
    return WebhookRequest(body=raw, headers=headers, **more)


CHANGED = {"requestId": "r-1", "event": "customerChanged", "customer": {"mindboxId": "500123"}}
RATED = {
    "requestId": "r-2",
    "event": "orderRated",
    "order": {"id": "o-01h2"},
    "rating": "5",
    "comment": "Спасибо",
}


async def test_call_of_a_scenario_is_read(project: Bench) -> None:
    """A changed customer is seen only by the export of the next night."""
    hooks = project.connector.webhooks
    assert hooks is not None
    (hint,) = hooks.receive(_call(CHANGED))
    assert hint == Hint(Kind.CUSTOMER, "500123", "r-1", "customerChanged")
    number = {**CHANGED, "customer": {"mindboxId": 500123}, "requestId": ""}
    (hint,) = hooks.receive(_call(number))
    assert hint.external_id == "500123"
    assert len(hint.token) == 64
    assert hooks.receive(_call({"event": "promoNeeded"})) == []


async def test_rating_comes_with_its_order(project: Bench) -> None:
    """The stars that a customer gave in a letter never reach the order."""
    hooks = project.connector.webhooks
    assert hooks is not None
    (hint,) = hooks.receive(_call(RATED))
    assert (hint.kind, hint.external_id, hint.token) == (Kind.ORDER, "o-01h2", "r-2")
    assert hint.carried is not None
    assert hint.carried.key == "o-01h2"
    assert hint.carried.entity.attributes == {"rating": "5", "rating_comment": "Спасибо"}


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (_call(CHANGED, None), 403),
        (_call(CHANGED, "wrong"), 403),
        (_call(CHANGED, ""), 403),
        (_call(CHANGED, "ключ"), 403),
        (_call(b"\xff\x00"), 400),
        (_call(b""), 400),
        (_call([CHANGED]), 400),
        (_call({"event": "customerChanged"}), 400),
        (_call({"event": "customerChanged", "customer": "79160007654"}), 400),
        (_call({"event": "customerChanged", "customer": {"mindboxId": True}}), 400),
        (_call({"event": "customerChanged", "customer": {"mindboxId": {}}}), 400),
        (_call({**RATED, "order": None}), 400),
        (_call({**RATED, "rating": ""}), 400),
    ],
    ids=[
        "no-secret", "wrong-secret", "empty-secret", "not-ascii", "not-utf8", "empty-body",
        "a-list", "no-customer", "customer-text", "id-bool", "id-object", "no-order", "no-rating",
    ],
)  # fmt: skip
async def test_call_that_proves_nothing_is_refused(
    project: Bench, request_: WebhookRequest, status: int
) -> None:
    """Anybody can tell the gateway what changed, or a broken body stops the door."""
    hooks = project.connector.webhooks
    assert hooks is not None
    with pytest.raises(WebhookRefused) as caught:
        hooks.receive(request_)
    assert caught.value.status == status
    assert not any(one in str(caught.value) for one in (*SECRETS, "79160007654", "wrong"))


async def test_call_that_was_proved_needs_no_secret(project: Bench) -> None:
    """What comes by the broker is refused for lack of a header."""
    hooks = project.connector.webhooks
    assert hooks is not None
    assert len(hooks.receive(_call(CHANGED, None, proved=True))) == 1


async def test_without_a_secret_there_is_no_door(open_project: OpenProject) -> None:
    """A door without a lock is open to everybody."""
    project = await open_project({"webhook_secret": None})
    assert project.connector.webhooks is None


async def test_bodies_of_the_readme_are_those_that_the_vendor_sends(project: Bench) -> None:
    """The operator sets up what the README says, and the gateway refuses every call."""
    hooks = project.connector.webhooks
    assert hooks is not None
    hints: list[Hint] = []

    async def door(request: Request) -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        with suppress(WebhookRefused):
            hints.extend(hooks.receive(WebhookRequest(await request.body(), headers)))
        return JSONResponse({})

    app = Starlette(routes=[Route("/hooks/cdp", door, methods=["POST"])])
    async with serve(app) as url:
        shared = {
            "method": "POST",
            "url": f"{url}/hooks/cdp",
            "headers": {"Authorization": f"WebHookSecretKey {HOOK_SECRET}"},
        }
        token = "${WebhookRequest.TransactionalId}"
        changed = {
            "requestId": token,
            "event": "customerChanged",
            "customer": {"mindboxId": "${Recipient.MindboxId}"},
        }
        rated = {
            "requestId": token,
            "event": "orderRated",
            "order": {"id": "${Order.Ids.websiteOrder}"},
            "rating": "${rating}",
            "comment": "${comment}",
        }
        await project.switch(
            webhooks=[
                {**shared, "name": "changed", "event": "customerEdited", "body": changed},
                {**shared, "name": "rated", "event": "orderRated", "body": rated},
            ]
        )
        order = {
            "ids": {"websiteOrder": "o-01h2"},
            "lines": [
                {
                    "product": {"ids": {"website": "SKU-9001"}},
                    "quantity": 1,
                    "basePricePerItem": 5,
                }
            ],
        }
        customer = {"ids": {"mindboxId": 500123}}
        await project.seed(orders=[{"customer": customer, "order": order}])
        await project.act("customer.edit", customer=customer, fields={"firstName": "Яна"})
        await project.act("order.rate", order={"ids": order["ids"]}, rating=5, comment="Спасибо")
        while len(hints) < 2:
            await project.door.get("/__mock__/health")

    by_kind = {hint.kind: hint for hint in hints}
    assert by_kind[Kind.CUSTOMER].external_id == "500123"
    rating = by_kind[Kind.ORDER]
    assert rating.external_id == "o-01h2"
    assert rating.carried is not None
    assert rating.carried.entity.attributes == {"rating": "5", "rating_comment": "Спасибо"}
    assert len({hint.token for hint in hints}) == 2


def test_manifest_says_what_is_built() -> None:
    """The core routes to what is not there."""
    assert CONNECTOR.manifest.key == "mindbox"
    assert CONNECTOR.manifest.probes == {Kind.CUSTOMER, Kind.ORDER}
