"""Sections: the shape of the configuration file, with its defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, StringConstraints

from gateway.canonical import Kind
from gateway.config.alerts import AlertsSection
from gateway.config.cards import CardsSection
from gateway.config.codes import CodesSection
from gateway.config.forms import FormName, FormSection
from gateway.config.house import HouseSection
from gateway.config.identity import ContactName, ErasureSection, IdentitySection, Incomplete
from gateway.config.loyalty import AccountName, LoyaltySection, PosSection
from gateway.config.merging import MergeSection
from gateway.config.operators import ConsoleSection, OperatorName, OperatorSection
from gateway.config.reports import ReportsSection
from gateway.config.section import Section

RuleText = Annotated[
    str, StringConstraints(pattern=r"^(newest|forward|union|manual|owner:[a-z][a-z0-9_-]{0,31})$")
]


ObjectUrl = Annotated[
    str, StringConstraints(pattern=r"^https?://[^\s{}]*\{id\}[^\s{}]*$", max_length=500)
]


class HttpSection(Section):
    """Where the gateway listens. ``host`` is loopback unless said otherwise."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)


class WorkSection(Section):
    """The port of probes and metrics of a worker; none without ``metrics_port``.

    Worker ``--index`` N listens on the port plus N; 0 takes a free one.
    """

    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = Field(default=None, ge=0, le=65535)


class TracesSection(Section):
    """Where spans go, over OTLP and HTTP. ``ratio``: the part of all stories that is traced.

    A key for the collector is given in the environment, ``OTEL_EXPORTER_OTLP_HEADERS``.
    """

    endpoint: str = Field(pattern=r"^https?://[^@\s]+$")
    ratio: float = Field(default=1.0, ge=0, le=1)


class LogSection(Section):
    """The log. ``debug`` adds a line for every call to a vendor, and costs as much as the call."""

    level: Literal["debug", "info", "warning"] = "info"


class StoreSection(Section):
    """The database. Without ``url``: SQLite in the data folder."""

    url: SecretStr | None = None


class BusSection(Section):
    """The bus. ``memory://`` in one process, ``amqp://…`` for several."""

    url: SecretStr = SecretStr("memory://")
    prefix: str = "gateway"
    shards: int = Field(default=8, ge=1, le=64)


class SyncSection(Section):
    """Pace of the core. Units: seconds."""

    lease_s: float = Field(default=15.0, gt=0)
    relay_s: float = Field(default=1.0, gt=0)
    silent_s: float = Field(default=3.0, gt=0)
    probe_s: float = Field(default=60.0, gt=0)
    retry_first_s: float = Field(default=1.0, gt=0)
    retry_cap_s: float = Field(default=600.0, gt=0)
    circuit_failures: int = Field(default=5, ge=1)
    circuit_pause_s: float = Field(default=5.0, gt=0)
    circuit_cap_s: float = Field(default=60.0, gt=0)


class RetentionSection(Section):
    """How long finished things are kept. Units: days."""

    inbox_days: float = Field(default=30.0, gt=0)
    journal_days: float = Field(default=365.0, gt=0)
    letters_days: float = Field(default=365.0, gt=0)
    sales_days: float = Field(default=400.0, gt=0)
    tally_minutes_days: float = Field(default=3.0, ge=1)
    tally_hours_days: float = Field(default=400.0, ge=1)


class RateSection(Section):
    """A limit other than the connector's own: ``calls`` in any ``per_s`` seconds; 0 is none."""

    calls: int = Field(ge=0)
    per_s: float = Field(default=1.0, gt=0)


class QueueSection(Section):
    """A queue of AMQP messages that are taken in like calls of the account's webhook.

    ``invalid`` is the queue for what cannot be read, ``NAME.invalid`` without it.
    """

    url: SecretStr
    name: str = Field(min_length=1, max_length=200)
    invalid: str = Field(default="", max_length=200)
    prefetch: int = Field(default=500, ge=1, le=10_000)


class AccountSection(Section):
    """One account at one vendor; ``settings`` is validated by its connector.

    ``tracks``: the accounts whose visitors' behaviour is told to this one. ``traceparent``: its
    vendor is told which trace a call belongs to. ``object_urls``: where people see a record of a
    kind at the vendor, with ``{id}`` for its id there. ``required`` and ``incomplete`` are those of
    ``[identity]`` where nothing else is said here.
    """

    connector: str
    reads: frozenset[Kind] = frozenset()
    updates: frozenset[Kind] = frozenset()
    creates: frozenset[Kind] = frozenset()
    required: frozenset[ContactName] | None = None
    incomplete: Incomplete | None = None
    tracks: frozenset[AccountName] = frozenset()
    poll_s: float = Field(default=30.0, gt=0)
    timeout_s: float = Field(default=15.0, gt=0)
    traceparent: bool = False
    rate: RateSection | None = None
    queue: QueueSection | None = None
    object_urls: dict[Kind, ObjectUrl] = Field(default_factory=dict)
    settings: dict[str, Any] = Field(default_factory=dict)


class EventsSection(Section):
    """A topic exchange on which every change of a snapshot is published.

    ``personal``: also what tells who a person is; without it such fields are left out.
    """

    url: SecretStr
    exchange: str = Field(default="gateway.events", min_length=1, max_length=200)
    personal: bool = False


class OwnershipSection(Section):
    """Rules by field: ``newest``, ``forward``, ``union``, ``manual``, ``owner:<account>``."""

    priority: tuple[AccountName, ...] = ()
    customer: dict[str, RuleText] = Field(default_factory=dict)
    card: dict[str, RuleText] = Field(default_factory=dict)
    product: dict[str, RuleText] = Field(default_factory=dict)
    order: dict[str, RuleText] = Field(default_factory=dict)


class Config(Section):
    """The whole file."""

    data_dir: Path = Path("data")
    http: HttpSection = HttpSection()
    work: WorkSection = WorkSection()
    log: LogSection = LogSection()
    traces: TracesSection | None = None
    store: StoreSection = StoreSection()
    bus: BusSection = BusSection()
    sync: SyncSection = SyncSection()
    retention: RetentionSection = RetentionSection()
    ownership: OwnershipSection = OwnershipSection()
    events: EventsSection | None = None
    pos: PosSection | None = None
    loyalty: LoyaltySection = LoyaltySection()
    house: HouseSection | None = None
    codes: CodesSection = CodesSection()
    cards: CardsSection = CardsSection()
    alerts: AlertsSection = AlertsSection()
    identity: IdentitySection = IdentitySection()
    forms: dict[FormName, FormSection] = Field(default_factory=dict)
    reports: ReportsSection = ReportsSection()
    merge: MergeSection = MergeSection()
    erasure: ErasureSection = ErasureSection()
    console: ConsoleSection = ConsoleSection()
    operators: dict[OperatorName, OperatorSection] = Field(default_factory=dict)
    accounts: dict[AccountName, AccountSection] = Field(min_length=1)

    def store_url(self) -> str:
        """Return the store's URL; the default is a file in the data folder."""
        if self.store.url is not None:
            return self.store.url.get_secret_value()
        return f"sqlite:///{(self.data_dir / 'gateway.db').resolve()}"

    def shares_store(self) -> bool:
        """Tell whether several processes may work on the store."""
        return not self.store_url().startswith("sqlite")
