"""Settings: the infobase, its users and one switch per point that the sources leave open.

Switches and defaults of the vendor reference, section 7, row 21 and section 1.13.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, Literal, get_args, get_origin

from mocks.onec.hs.switches import ServiceSwitches
from mocks.switches import switched


@dataclass(frozen=True)
class InfobaseUser:
    """A user of the infobase.

    ``hidden`` names entity sets without a right to read, ``read_only`` those without a right to
    write; ``*`` stands for all. Both lead to error 20 (reference, section 1.10).
    """

    name: str
    password: str = field(repr=False)
    hidden: tuple[str, ...] = ()
    read_only: tuple[str, ...] = ()


DEFAULT_USERS = (
    InfobaseUser("Шлюз", "gateway-secret"),
    InfobaseUser("Аудитор", "auditor-secret", read_only=("*",)),
    InfobaseUser("client", "client-secret"),
)


@dataclass(frozen=True)
class OneCSettings(ServiceSwitches):
    """What shapes the double. ``clock`` must return a moment with a zone.

    ``session_limit`` is the number of simultaneous sessions (licences), 0 for no limit;
    ``pool_timeout_s`` the wait before 406. ``locked`` is the text of a maintenance lock, empty when
    the infobase is open. ``closed_until`` (``YYYY-MM-DDTHH:MM:SS``) closes the period before it for
    posting. ``answer_html`` answers every call with an HTML page and 200.
    """

    seed: int = 1
    publication: str = "ut"
    configuration: Literal["trade", "retail"] = "trade"
    users: tuple[InfobaseUser, ...] = DEFAULT_USERS
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    time_zone: str = "Europe/Moscow"
    prefix: str = "ШЛЦБ"
    demo_data: bool = True
    session_limit: int = 0
    pool_timeout_s: float = 0.2
    call_delay_s: float = 0.0
    locked: str = ""
    answer_html: bool = False
    closed_until: str = ""
    strict_if_match: bool = False
    inlinecount: Literal["count_only", "ignores_paging"] = "count_only"
    bom_on_count: bool = False
    enum_types_in_metadata: bool = True
    error_lang_text: Literal["ru", "en"] = "ru"
    post_body: Literal["empty", "braces"] = "empty"
    accept_ref_key_on_create: bool = True
    create_dataversion_null: bool = False
    deleted_entry: bool = True
    notify_unselected: Literal["200", "400"] = "200"
    select_stale: Literal["200", "400"] = "200"
    unknown_node: Literal["404", "200_empty"] = "404"
    date_missing: Literal["empty", "500"] = "empty"
    filter_by_type: Literal["400", "works"] = "400"
    string_comparison: Literal["exact", "ignore_case"] = "exact"
    plus_is_space: bool = False


RUN_TIME_SWITCHES: frozenset[str] = frozenset(one.name for one in fields(OneCSettings)) - {
    "seed",
    "publication",
    "configuration",
    "users",
    "clock",
    "time_zone",
    "prefix",
    "demo_data",
}


def changed(settings: OneCSettings, body: Mapping[str, Any]) -> OneCSettings:
    """Return the settings with the switches of ``body`` set.

    Raises:
        ValueError: an unknown switch or value; the text lists what is accepted.
    """
    return switched(settings, body, RUN_TIME_SWITCHES, _checked)


def _checked(name: str, value: Any, hint: Any) -> Any:
    if get_origin(hint) is Literal:
        if value not in get_args(hint):
            msg = f"{name} must be one of {', '.join(get_args(hint))}"
            raise ValueError(msg)
        return value
    wanted = (int, float) if hint is float else hint
    if not isinstance(value, wanted) or (isinstance(value, bool) and hint is not bool):
        msg = f"{name} must be of type {hint.__name__}"
        raise ValueError(msg)
    return value


def as_json(settings: OneCSettings) -> dict[str, Any]:
    """Return the switches that may be changed at run time, with their present values."""
    return {name: getattr(settings, name) for name in sorted(RUN_TIME_SWITCHES)}
