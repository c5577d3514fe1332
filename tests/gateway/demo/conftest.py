"""Fixtures: the demo's shop, its doubles served in this process and no gateway between them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from gateway.demo.books import Book, crm_book, site_book
from gateway.demo.doubles import CrmApi, Door, SiteApi
from gateway.demo.settings import crm_seed, site_seed
from mocks.bitrix.app import BitrixSettings
from mocks.bitrix.app import build_app as build_site
from mocks.bitrix.app import describe as describe_site
from mocks.onec.app import OneCSettings
from mocks.onec.app import build_app as build_erp
from mocks.retailcrm.app import RetailCrmSettings
from mocks.retailcrm.app import build_app as build_crm
from mocks.retailcrm.app import describe as describe_crm
from mocks.serving import serve

ORDER_FIELDS = (
    {"entity": "order", "code": "promo_code", "name": "Промокод", "type": "string"},
    {"entity": "order", "code": "card_number", "name": "Номер карты", "type": "string"},
)


@dataclass(frozen=True, slots=True)
class Shop:
    """The doubles as the demo's people and its auditor see them."""

    site: Door
    crm: Door
    erp: Door
    site_api: SiteApi
    crm_api: CrmApi

    async def books(self) -> dict[str, Book]:
        """Read what both hold."""
        return {"site": await site_book(self.site_api), "crm": await crm_book(self.crm_api)}


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    """A shop as the demo opens it, with the custom fields that a gateway would have made."""
    site_settings, crm_settings = BitrixSettings(), RetailCrmSettings(rate_limit_answer="off")
    async with (
        serve(build_site(site_settings)) as site_url,
        serve(build_crm(crm_settings)) as crm_url,
        serve(build_erp(OneCSettings())) as erp_url,
        httpx.AsyncClient(timeout=10.0, trust_env=False) as http,
    ):
        about = describe_crm(crm_settings, crm_url)
        opened = Shop(
            Door(site_url, http),
            Door(crm_url, http),
            Door(erp_url, http),
            SiteApi(describe_site(site_settings, site_url)["webhook_url"], http),
            CrmApi(crm_url, about["keys"]["auditor"], http),
        )
        await opened.site.post("seed", site_seed())
        await opened.crm.post("seed", {**crm_seed(), "customFields": list(ORDER_FIELDS)})
        yield opened
