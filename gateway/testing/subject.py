"""Subject: what a connector's own test says of its connector; all but ``factory`` has a default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from gateway.canonical import Canonical, Kind
from gateway.contract import Capability, Change, CodePurpose, ConnectorFactory, Manifest
from gateway.testing.ports import RecordSeeder, Seeded
from gateway.testing.samples import TEXTS, edited, key_of, sample
from gateway.testing.telling import creation
from gateway.testing.wired import Wired


class Subject:
    """Knobs of the kit, to be set by a subclass.

    Shape: ``exempt`` maps a check's name, or ``name[case]``, to the reason why it does not apply.
    ``page`` is the smallest page that the vendor has. ``nowhere`` is an id that no record has.
    ``texts`` are names that the vendor can hold. ``unread`` are fields that it takes and of which
    reading is silent (``lines/product/name``). ``orders_need_buyers``: an order is created for a
    customer of the account only. ``hook_kind`` is the kind that the vendor's webhooks tell of,
    ``door_brings`` and ``door_takes`` those of an exchange door. ``profile`` are the capabilities
    of the account that this suite has, where the settings decide; a suite for each makes the whole.
    ``confirms_reading``: the vendor forgets what a pull confirms, so an older cursor repeats only
    what was not confirmed.
    """

    factory: ClassVar[ConnectorFactory]
    exempt: ClassVar[Mapping[str, str]] = {}
    page: ClassVar[int] = 2
    nowhere: ClassVar[str] = "999999999"
    unread: ClassVar[frozenset[str]] = frozenset()
    texts: ClassVar[tuple[str, ...]] = TEXTS
    orders_need_buyers: ClassVar[bool] = False
    hook_kind: ClassVar[Kind] = Kind.ORDER
    door_brings: ClassVar[Kind] = Kind.PRODUCT
    door_takes: ClassVar[Kind | None] = None
    code_purpose: ClassVar[CodePurpose] = CodePurpose.PHONE
    profile: ClassVar[frozenset[Capability] | None] = None
    confirms_reading: ClassVar[bool] = False

    @classmethod
    def promised(cls) -> Manifest:
        """Return the manifest without what the suite's account does not have."""
        manifest = cls.factory.manifest
        if cls.profile is None:
            return manifest
        return replace(manifest, capabilities=manifest.capabilities & cls.profile)

    def sample(self, kind: Kind, number: int) -> Canonical:
        """Return a whole record that the double takes; ``number`` tells it from the others."""
        return sample(kind, number)

    def edited(self, entity: Canonical) -> Canonical:
        """Return a sample after a change that the vendor can hold."""
        return edited(entity)

    async def creation(
        self, connector: Wired, seed: RecordSeeder, kind: Kind, number: int
    ) -> Change[Canonical]:
        """Return the change that creates a sample, as the core makes it."""
        buyer = None
        if kind is Kind.ORDER and self.orders_need_buyers:
            (buyer,) = await seed.put(Kind.CUSTOMER, [Seeded()])
        return creation(
            connector.connector,
            kind,
            key_of(kind, number),
            self.sample(kind, number),
            customer_external_id=buyer,
        )
