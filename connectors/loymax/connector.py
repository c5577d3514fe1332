"""Connector: one Loymax installation, put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.canonical import Kind
from gateway.contract import (
    Connector,
    ConnectorContext,
    EntityReader,
    EntityWriter,
    Manifest,
    OperationPerformer,
    ProbeReport,
    Services,
    TillDoor,
    WebhookSource,
)
from gateway.contract.operations import BONUS_POST, CUSTOMER_MERGE, RECEIPT_REGISTER

from .client import LoymaxClient
from .codes import Codes
from .config import LoymaxSettings
from .feed import MemberFeed
from .lookup import Purchases
from .loyalty import Processing
from .manifest import MANIFEST
from .members import Members
from .offers import MemberOffers
from .operations import BonusPost, Merge, ReceiptRegister
from .orders import OrderWriter
from .people import People, questions_of
from .processing import Steps
from .purchases import PurchaseTranslator
from .registration import Registration
from .shadow import Shadow
from .smart import SmartConsents
from .till_xml import till_door
from .tokens import Tokens
from .translator import CustomerTranslator

_NOBODY = "70000000000"


class LoymaxConnector:
    """One installation. It pushes nothing, so there is no webhook source."""

    manifest: Manifest = MANIFEST

    def __init__(self, context: ConnectorContext[LoymaxSettings]) -> None:
        settings = context.settings
        self._settings = settings
        self._http = context.http(settings.url.rstrip("/"))
        self._tokens = Tokens(self._http, settings, context.clock)
        shadow = Shadow(context.remark) if settings.shadow else None
        client = LoymaxClient(self._http, settings, self._tokens, shadow)
        self._people = People(client)
        self._translator = translator = CustomerTranslator(settings)
        registration = Registration(self._people, translator)
        self._smart: SmartConsents | None = None
        if settings.smart is not None:
            http = context.http(settings.smart.url.rstrip("/"))
            self._smart = SmartConsents(http, settings.smart, settings.consents)
        members = Members(self._people, translator, registration, self._smart)
        steps = Steps(client, PurchaseTranslator(settings), Purchases(client))
        self._offers: MemberOffers | None = None
        if settings.offers is not None:
            self._offers = MemberOffers(client, settings.offers, context.clock, context.remark)
        processing = Processing(self._people, translator, registration, steps, self._offers)
        self.readers: Mapping[Kind, EntityReader[Any]] = {
            Kind.CUSTOMER: MemberFeed(members, context)
        }
        self.writers: Mapping[Kind, EntityWriter[Any]] = {
            Kind.CUSTOMER: members,
            Kind.ORDER: OrderWriter(steps, self._people, context.clock),
        }
        self.operations: Mapping[str, OperationPerformer] = {
            BONUS_POST: BonusPost(self._people, context.clock),
            RECEIPT_REGISTER: ReceiptRegister(processing),
            CUSTOMER_MERGE: Merge(self._people),
        }
        self.services = Services(
            loyalty=processing, codes=Codes(client, self._people), till=_till(context)
        )
        self.webhooks: WebhookSource | None = None

    async def probe(self) -> ProbeReport:
        """Log in as operator and application, look for a phone that nobody has and at questions."""
        await self._people.by_phone(_NOBODY)
        facts = {"version": str(self._settings.version)}
        notes = []
        if self._settings.application is None:
            notes.append("no application is set: purchases and orders cannot be processed")
        else:
            await self._tokens.shop()
        if self._smart is not None:
            await self._smart.sign_in()
        if self._settings.deposit is None:
            notes.append("no deposit is set: points cannot be posted by hand")
        faults: Sequence[str] = ()
        if self._settings.customer_questions:
            groups = await questions_of(self._people)
            if groups is None:
                notes.append("nobody is there yet: customer_questions cannot be compared")
            else:
                faults = self._translator.questionnaire.faults(groups)
        return ProbeReport(ok=not faults, notes=(*faults, *notes), facts=facts)

    async def prepare(self) -> None:
        """Nothing can be made by the API: questions and attributes are made in the back office."""

    async def close(self) -> None:
        """Release connections; may be called twice."""
        if self._offers is not None:
            await self._offers.close()
        await self._http.close()
        if self._smart is not None:
            await self._smart.close()


class TillsConnector:
    """Tills that speak the vendor's protocol, and no installation: whoever keeps the points."""

    manifest: Manifest = MANIFEST
    webhooks: WebhookSource | None = None

    def __init__(self, context: ConnectorContext[LoymaxSettings]) -> None:
        self.readers: Mapping[Kind, EntityReader[Any]] = {}
        self.writers: Mapping[Kind, EntityWriter[Any]] = {}
        self.operations: Mapping[str, OperationPerformer] = {}
        self.services = Services(till=_till(context))

    async def probe(self) -> ProbeReport:
        """There is nobody to be asked: tills call us."""
        return ProbeReport(ok=True, notes=("no installation is set: tills only",))

    async def prepare(self) -> None:
        """Nothing is to be made."""

    async def close(self) -> None:
        """Nothing is open."""


def build(context: ConnectorContext[LoymaxSettings]) -> Connector:
    """Build the connector of an account; does no I/O."""
    return LoymaxConnector(context) if context.settings.url else TillsConnector(context)


def _till(context: ConnectorContext[LoymaxSettings]) -> TillDoor | None:
    """Return the door of an account that has tills."""
    settings = context.settings
    if settings.tills is None:
        return None
    return till_door(
        context.account, settings.tills, currency=settings.currency, clock=context.clock
    )
