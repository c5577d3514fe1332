"""``$metadata`` (reference, section 1.11)."""

from __future__ import annotations

from collections.abc import Iterable

from mocks.onec.odata.virtual import functions_of
from mocks.onec.schema import NAMESPACE, Attribute, Configuration, Entity

_EDMX = "http://schemas.microsoft.com/ado/2007/06/edmx"
_EDM = "http://schemas.microsoft.com/ado/2009/11/edm"
_META = "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"
_PLATFORM = {
    "AccumulationRecordType": ("Expense", "Receipt"),
    "AccountType": ("Active", "Passive", "ActivePassive"),
    "AccountingRecordType": ("Credit", "Debit"),
}
_PERIODS = {
    "Balance": ("Period",),
    "Turnovers": ("StartPeriod", "EndPeriod"),
    "BalanceAndTurnovers": ("StartPeriod", "EndPeriod"),
}
_SUFFIXES = {
    "Balance": ("Balance",),
    "Turnovers": ("Turnover", "Receipt", "Expense"),
    "BalanceAndTurnovers": ("OpeningBalance", "Turnover", "Receipt", "Expense", "ClosingBalance"),
}
_TYPES = {
    "Balance": "Balance",
    "Turnovers": "Turnover",
    "BalanceAndTurnovers": "BalanceAndTurnover",
}


def metadata(configuration: Configuration, *, enumerations: bool) -> bytes:
    """Return the document; ``enumerations`` adds the configuration's own ones."""
    entities = list(configuration.entities.values())
    parts: list[str] = []
    for one in entities:
        parts.append(_entity_type(configuration, one))
        parts.extend(_row_types(one))
        parts.extend(_total_types(configuration, one))
    members = _PLATFORM | dict(configuration.enumerations if enumerations else {})
    parts.extend(_enumeration(name, names) for name, names in members.items())
    links = list(_links(configuration))
    parts.extend(_association(entity, nav, target) for entity, nav, target in links)
    parts.append(_container(entities, links))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><edmx:Edmx Version="1.0" xmlns:edmx="{_EDMX}">'
        f'<edmx:DataServices xmlns:m="{_META}" m:DataServiceVersion="3.0">'
        f'<Schema Namespace="StandardODATA" xmlns="{_EDM}">{"".join(parts)}</Schema>'
        "</edmx:DataServices></edmx:Edmx>"
    ).encode()


def _entity_type(configuration: Configuration, entity: Entity) -> str:
    keys = "".join(f'<PropertyRef Name="{name}"/>' for name in entity.key_names)
    is_open = ' OpenType="true"' if "Register_" in entity.name else ""
    properties = _properties(entity.attributes, entity.key_names)
    sections = "".join(
        f'<Property Name="{name}" Type="Collection({_row_type(entity, name)})" Nullable="true"/>'
        for name in entity.sections
    )
    navigation = "".join(
        f'<NavigationProperty Name="{one.name}" Relationship="{NAMESPACE}{entity.name}_{one.name}"'
        ' FromRole="Begin" ToRole="End"/>'
        for one in entity.attributes
        if one.form == "reference" and one.targets[0] in configuration.entities
    )
    return (
        f'<EntityType Name="{entity.name}"{is_open}><Key>{keys}</Key>'
        f"{properties}{sections}{navigation}</EntityType>"
    )


def _properties(attributes: Iterable[Attribute], keys: Iterable[str] = ()) -> str:
    found = []
    for one in attributes:
        for wire in one.wires:
            edm = one.edm if wire == one.wire else "Edm.String"
            nullable = "false" if wire in keys else "true"
            found.append(f'<Property Name="{wire}" Type="{edm}" Nullable="{nullable}"/>')
    return "".join(found)


def _row_type(entity: Entity, section: str) -> str:
    part = "" if section == "RecordSet" else f"_{section}"
    return f"{NAMESPACE}{entity.name}{part}_RowType"


def _row_types(entity: Entity) -> Iterable[str]:
    for name, columns in entity.sections.items():
        short = _row_type(entity, name).removeprefix(NAMESPACE)
        yield f'<ComplexType Name="{short}">{_properties(columns)}</ComplexType>'


def _total_types(configuration: Configuration, entity: Entity) -> Iterable[str]:
    for function in functions_of(entity):
        if function not in _TYPES:
            continue
        record = configuration.entity(f"{entity.name}_RecordType")
        dimensions = _properties(record.by_name[name] for name in entity.dimensions)
        suffixes = _SUFFIXES[function] if entity.balance else _SUFFIXES[function][:1]
        resources = "".join(
            f'<Property Name="{name}{suffix}" Type="Edm.Double" Nullable="true"/>'
            for name in entity.resources
            for suffix in suffixes
        )
        yield (
            f'<ComplexType Name="{entity.name}_{_TYPES[function]}">{dimensions}{resources}'
            "</ComplexType>"
        )


def _enumeration(name: str, members: Iterable[str]) -> str:
    inner = "".join(
        f'<Member Name="{member}" Value="{value}"/>' for value, member in enumerate(members)
    )
    return f'<EnumType Name="{name}">{inner}</EnumType>'


def _links(configuration: Configuration) -> Iterable[tuple[str, str, str]]:
    for entity in configuration.entities.values():
        for one in entity.attributes:
            if one.form == "reference" and one.targets[0] in configuration.entities:
                yield entity.name, one.name, one.targets[0]


def _association(entity: str, nav: str, target: str) -> str:
    return (
        f'<Association Name="{entity}_{nav}">'
        f'<End Role="Begin" Type="{NAMESPACE}{entity}" Multiplicity="*"/>'
        f'<End Role="End" Type="{NAMESPACE}{target}" Multiplicity="0..1"/></Association>'
    )


def _container(entities: Iterable[Entity], links: Iterable[tuple[str, str, str]]) -> str:
    sets = "".join(
        f'<EntitySet Name="{one.name}" EntityType="{NAMESPACE}{one.name}"/>' for one in entities
    )
    association_sets = "".join(
        f'<AssociationSet Name="{entity}_{nav}" Association="{NAMESPACE}{entity}_{nav}">'
        f'<End Role="Begin" EntitySet="{entity}"/><End Role="End" EntitySet="{target}"/>'
        "</AssociationSet>"
        for entity, nav, target in links
    )
    imports = "".join(call for one in entities for call in _imports(one))
    common = _exchange_imports()
    return (
        '<EntityContainer Name="EnterpriseV8" m:IsDefaultEntityContainer="true">'
        f"{sets}{association_sets}{imports}{common}</EntityContainer>"
    )


def _imports(entity: Entity) -> Iterable[str]:
    if entity.kind == "document":
        for name in ("Post", "Unpost"):
            yield _import(
                name, entity.name, {"PostingModeOperational": "Edm.Boolean"}, effects=True
            )
    for name in functions_of(entity):
        periods = _PERIODS.get(name, ("Period",))
        parameters = dict.fromkeys(periods, "Edm.DateTime") | {"Condition": "Edm.String"}
        gives = f"{NAMESPACE}{entity.name}"
        if name in _TYPES:
            parameters["Dimensions"] = "Edm.String"
            gives += f"_{_TYPES[name]}"
        yield _import(name, entity.name, parameters, gives=f"Collection({gives})")


def _import(
    name: str, entity: str, parameters: dict[str, str], *, gives: str = "", effects: bool = False
) -> str:
    returned = f' ReturnType="{gives}"' if gives else ""
    bound = entity if effects else f"Collection({NAMESPACE}{entity})"
    kind = NAMESPACE + entity if effects else bound
    inner = "".join(
        f'<Parameter Name="{parameter}" Type="{edm}" Nullable="true"/>'
        for parameter, edm in parameters.items()
    )
    return (
        f'<FunctionImport Name="{name}" IsBindable="true" IsSideEffecting="{str(effects).lower()}"'
        f'{returned}><Parameter Name="bindingParameter" Type="{kind}"/>{inner}</FunctionImport>'
    )


def _exchange_imports() -> str:
    parameters = (
        '<Parameter Name="DataExchangePoint" Type="Edm.String"/>'
        '<Parameter Name="MessageNo" Type="Edm.Int64"/>'
    )
    return "".join(
        f'<FunctionImport Name="{name}" IsSideEffecting="true">{parameters}</FunctionImport>'
        for name in ("SelectChanges", "NotifyChangesReceived")
    )
