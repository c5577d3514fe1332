"""Configuration: one TOML file, validated whole before anything starts.

Every error names its path in the file and what to write instead. Secrets are references, ``{ env =
"NAME" }`` or ``{ file = "path" }``, and are refused in clear. Unknown keys are errors, because a
misspelt key that is silently ignored is a setting that is silently missing.
"""

from gateway.config.alerts import RULES, AlertAddress, AlertsSection, SilenceRule
from gateway.config.cards import CardLimitsSection, CardsSection, MaskSection
from gateway.config.codes import (
    AlarmSection,
    CodeSendsSection,
    CodesSection,
    CodeTriesSection,
)
from gateway.config.forms import (
    PERSONAL_DATA,
    FormConsentSection,
    FormFieldSection,
    FormSection,
    Language,
    Texts,
)
from gateway.config.house import (
    WELCOME,
    GrantSection,
    HouseSection,
    PromoSection,
    RoundingSection,
    TierSection,
)
from gateway.config.identity import IdentitySection, WeightsSection
from gateway.config.in_clear import secrets_in_clear
from gateway.config.loyalty import (
    HOUSE,
    AccountName,
    CallerSection,
    LoyaltySection,
    PosSection,
    RouteSection,
)
from gateway.config.merging import MergePageSection, MergeSection
from gateway.config.operators import ConsoleSection, OperatorSection, ProxySection
from gateway.config.problems import ConfigProblems, Problem, problems_of
from gateway.config.reading import load, parse
from gateway.config.sections import (
    AccountSection,
    BusSection,
    Config,
    EventsSection,
    HttpSection,
    LogSection,
    OwnershipSection,
    QueueSection,
    RateSection,
    RetentionSection,
    RuleText,
    StoreSection,
    SyncSection,
    TracesSection,
    WorkSection,
)

__all__ = [
    "HOUSE",
    "PERSONAL_DATA",
    "RULES",
    "WELCOME",
    "AccountName",
    "AccountSection",
    "AlarmSection",
    "AlertAddress",
    "AlertsSection",
    "BusSection",
    "CallerSection",
    "CardLimitsSection",
    "CardsSection",
    "CodeSendsSection",
    "CodeTriesSection",
    "CodesSection",
    "Config",
    "ConfigProblems",
    "ConsoleSection",
    "EventsSection",
    "FormConsentSection",
    "FormFieldSection",
    "FormSection",
    "GrantSection",
    "HouseSection",
    "HttpSection",
    "IdentitySection",
    "Language",
    "LogSection",
    "LoyaltySection",
    "MaskSection",
    "MergePageSection",
    "MergeSection",
    "OperatorSection",
    "OwnershipSection",
    "PosSection",
    "Problem",
    "PromoSection",
    "ProxySection",
    "QueueSection",
    "RateSection",
    "RetentionSection",
    "RoundingSection",
    "RouteSection",
    "RuleText",
    "SilenceRule",
    "StoreSection",
    "SyncSection",
    "Texts",
    "TierSection",
    "TracesSection",
    "WeightsSection",
    "WorkSection",
    "load",
    "parse",
    "problems_of",
    "secrets_in_clear",
]
