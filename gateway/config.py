"""Configuration: one TOML file, validated whole before anything starts.

Every error names its path in the file and what to write instead. Secrets are references, ``{ env =
"NAME" }`` or ``{ file = "path" }``, and are refused in clear. Unknown keys are errors, because a
misspelt key that is silently ignored is a setting that is silently missing.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, ValidationError

from gateway.canonical import Kind

AccountName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
RuleText = Annotated[
    str, StringConstraints(pattern=r"^(newest|forward|union|manual|owner:[a-z][a-z0-9_-]{0,31})$")
]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class HttpSection(_Section):
    """Where the gateway listens. ``host`` is loopback unless said otherwise."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)


class StoreSection(_Section):
    """The database. Without ``url``: SQLite in the data folder."""

    url: SecretStr | None = None


class BusSection(_Section):
    """The bus. ``memory://`` in one process, ``amqp://…`` for several."""

    url: SecretStr = SecretStr("memory://")
    prefix: str = "gateway"
    shards: int = Field(default=8, ge=1, le=64)


class SyncSection(_Section):
    """Pace of the core. Units: seconds."""

    lease_s: float = Field(default=30.0, gt=0)
    relay_s: float = Field(default=1.0, gt=0)
    silent_s: float = Field(default=3.0, gt=0)
    probe_s: float = Field(default=60.0, gt=0)
    retry_first_s: float = Field(default=1.0, gt=0)
    retry_cap_s: float = Field(default=600.0, gt=0)
    circuit_failures: int = Field(default=5, ge=1)
    circuit_pause_s: float = Field(default=5.0, gt=0)
    circuit_cap_s: float = Field(default=60.0, gt=0)


class RetentionSection(_Section):
    """How long finished things are kept. Units: days."""

    inbox_days: float = Field(default=30.0, gt=0)
    journal_days: float = Field(default=365.0, gt=0)
    letters_days: float = Field(default=365.0, gt=0)


class RateSection(_Section):
    """A limit other than the connector's own: ``calls`` in any ``per_s`` seconds; 0 is none."""

    calls: int = Field(ge=0)
    per_s: float = Field(default=1.0, gt=0)


class AccountSection(_Section):
    """One account at one vendor; ``settings`` is validated by its connector."""

    connector: str
    reads: frozenset[Kind] = frozenset()
    updates: frozenset[Kind] = frozenset()
    creates: frozenset[Kind] = frozenset()
    poll_s: float = Field(default=30.0, gt=0)
    timeout_s: float = Field(default=15.0, gt=0)
    rate: RateSection | None = None
    settings: dict[str, Any] = Field(default_factory=dict)


class OwnershipSection(_Section):
    """Rules by field: ``newest``, ``forward``, ``union``, ``manual``, ``owner:<account>``."""

    priority: tuple[AccountName, ...] = ()
    customer: dict[str, RuleText] = Field(default_factory=dict)
    order: dict[str, RuleText] = Field(default_factory=dict)


class Config(_Section):
    """The whole file."""

    data_dir: Path = Path("data")
    http: HttpSection = HttpSection()
    store: StoreSection = StoreSection()
    bus: BusSection = BusSection()
    sync: SyncSection = SyncSection()
    retention: RetentionSection = RetentionSection()
    ownership: OwnershipSection = OwnershipSection()
    accounts: dict[AccountName, AccountSection] = Field(min_length=1)

    def store_url(self) -> str:
        """Return the store's URL; the default is a file in the data folder."""
        if self.store.url is not None:
            return self.store.url.get_secret_value()
        return f"sqlite:///{(self.data_dir / 'gateway.db').resolve()}"

    def shares_store(self) -> bool:
        """Tell whether several processes may work on the store."""
        return not self.store_url().startswith("sqlite")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in the file: where, and what to do."""

    path: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}: {self.text}"


class ConfigProblems(Exception):
    """All that is wrong with the file, so that it can be mended in one go."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(map(str, self.problems)))


def load(path: Path, *, env: Mapping[str, str] = os.environ) -> Config:
    """Read and validate the file. Raises ``ConfigProblems`` naming every error."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigProblems(
            [Problem(str(path), "no such file: give one with --config")]
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigProblems([Problem(str(path), f"not readable as TOML: {error}")]) from error
    problems: list[Problem] = []
    resolved = _resolve(raw, "", path.parent, env, problems)
    if problems:
        raise ConfigProblems(problems)
    return parse(resolved)


def parse(data: Mapping[str, Any]) -> Config:
    """Validate data whose secrets are resolved already."""
    try:
        config = Config.model_validate(data)
    except ValidationError as error:
        raise ConfigProblems(problems_of(error)) from None
    problems = list(_cross_checks(config))
    if problems:
        raise ConfigProblems(problems)
    return config


def problems_of(error: ValidationError, prefix: str = "") -> list[Problem]:
    """Translate pydantic's errors; the refused value itself is never shown."""
    remedies = {
        "extra_forbidden": "unknown key: check the spelling or take it out",
        "missing": "this key is needed: add it",
    }
    return [
        Problem(
            ".".join([*([prefix] if prefix else []), *map(str, one["loc"])]),
            remedies.get(one["type"], one["msg"]),
        )
        for one in error.errors(include_input=False, include_url=False, include_context=False)
    ]


class _Secret(str):
    """A value that came from a reference and not from the file itself."""

    __slots__ = ()


def _resolve(
    value: Any,  # noqa: ANN401 - a TOML value
    path: str,
    folder: Path,
    env: Mapping[str, str],
    problems: list[Problem],
) -> Any:  # noqa: ANN401 - a TOML value
    """Replace secret references by what they name."""
    if isinstance(value, dict):
        if set(value) == {"env"}:
            if value["env"] in env:
                return _Secret(env[value["env"]])
            problems.append(Problem(path, f"the environment has no {value['env']}: set it"))
            return None
        if set(value) == {"file"}:
            return _secret_file(folder / str(value["file"]), path, problems)
        return {
            key: _resolve(inner, f"{path}.{key}" if path else key, folder, env, problems)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_resolve(inner, path, folder, env, problems) for inner in value]
    return value


def _secret_file(file: Path, path: str, problems: list[Problem]) -> _Secret | None:
    try:
        return _Secret(file.read_text(encoding="utf-8").strip())
    except OSError as error:
        problems.append(Problem(path, f"cannot read the secret's file: {error.strerror}"))
        return None


def secrets_in_clear(model: type[BaseModel], data: Mapping[str, Any], path: str) -> list[Problem]:
    """Find secrets that stand in the file itself."""
    return [
        Problem(f"{path}.{name}", 'write { env = "NAME" } or { file = "path" }, never the secret')
        for name, field in model.model_fields.items()
        if SecretStr in (field.annotation, *get_args(field.annotation))
        and isinstance(data.get(name), str)
        and not isinstance(data[name], _Secret)
    ]


def _cross_checks(config: Config) -> Iterable[Problem]:
    names = set(config.accounts)
    for name in config.ownership.priority:
        if name not in names:
            yield Problem("ownership.priority", f"no account is called {name}")
    for kind in ("customer", "order"):
        for field, rule in getattr(config.ownership, kind).items():
            owner = rule.partition(":")[2]
            if owner and owner not in names:
                yield Problem(f"ownership.{kind}.{field}", f"no account is called {owner}")
    for name, account in config.accounts.items():
        if account.creates - account.updates:
            yield Problem(
                f"accounts.{name}.creates", "what is created must also be in updates: add it there"
            )
