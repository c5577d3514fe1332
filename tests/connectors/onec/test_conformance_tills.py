"""1C keeps the contract of tills, in both of its protocols."""

from __future__ import annotations

import pytest

from connectors.onec import CONNECTOR
from gateway.contract import Capability
from gateway.testing import ConnectorConformance, Wired, wire

from .conformance_stage import OneCRecords
from .till.visitors import LOGIN, DiscountVisitor, LoyaltyVisitor

USER, PASSWORD = LOGIN
TILLS = frozenset({Capability.TILL_DOOR})


class TestLoyaltyService(OneCRecords, ConnectorConformance):
    """The kit on the HTTP service of УНФ."""

    factory = CONNECTOR
    profile = TILLS

    @pytest.fixture
    def connector(self) -> Wired:
        """The connector: a till's protocol needs no base."""
        till = {"users": {USER: {"password": PASSWORD}}, "loyaltyservice": {}}
        return wire(CONNECTOR, {"till": till})

    @pytest.fixture
    def seed(self) -> LoyaltyVisitor:
        """The till."""
        return LoyaltyVisitor()


class TestDiscountService(OneCRecords, ConnectorConformance):
    """The kit on the SOAP service of Розница."""

    factory = CONNECTOR
    profile = TILLS

    @pytest.fixture
    def connector(self) -> Wired:
        """The connector: cards go by their numbers where there is no base."""
        till = {"users": {USER: {"password": PASSWORD}}, "discountservice": {}}
        return wire(CONNECTOR, {"till": till})

    @pytest.fixture
    def seed(self) -> DiscountVisitor:
        """The till."""
        return DiscountVisitor()
