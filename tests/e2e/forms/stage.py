"""Stage: a gateway with one questionnaire, and the doubles of all systems that it needs.

The doubles stay when the gateway is stopped, killed or started again on its data.
"""

from __future__ import annotations

import asyncio
import io
import re
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import httpx

from gateway.bootstrap.forms import Forms, build_forms
from gateway.bootstrap.foundation import lay_foundation
from gateway.bootstrap.running import Gateway, build_gateway
from gateway.canonical import Customer, Kind
from gateway.cli.http import HttpServer, listen
from gateway.cli.processes import door_of
from gateway.config import Config, HttpSection, load
from gateway.contract import GatewayError
from gateway.demo.doubles import Door, SiteApi
from gateway.ingress.app import build_http
from gateway.ingress.forms.part import FormsPart
from gateway.ports import FormRow, FormStep, JournalRow, Tx
from gateway.sync.pull import end_of
from gateway.telemetry import LogForm, adopt_stdlib
from mocks.bitrix.app import BitrixSettings
from mocks.bitrix.app import build_app as build_site
from mocks.bitrix.app import describe as describe_site
from mocks.loymax.app import LoymaxSettings
from mocks.loymax.app import build_app as build_loyalty
from mocks.loymax.app import describe as describe_loyalty
from mocks.serving import serve
from mocks.smsc.app import SmscSettings
from mocks.smsc.app import build_app as build_sms
from mocks.smsc.app import describe as describe_sms
from mocks.smtp.app import SmtpSettings
from mocks.smtp.app import build_app as build_mail
from mocks.smtp.app import describe as describe_mail
from tests.e2e.forms.settings import CONFIG, HOUSE, LOYMAX
from tests.stores import upgrade

T = TypeVar("T")
Row = dict[str, Any]
NAME, BONUS = "club", Decimal(300)
WITHIN_S = 20.0
_LOOK_S = 0.05
_CODE = re.compile(r"\b(\d{6})\b")


@dataclass(slots=True)
class Running:
    """One life of the gateway."""

    gateway: Gateway
    forms: Forms
    url: str
    close: Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Stage:
    """The doubles, and the gateway while it runs."""

    folder: Path
    processor: str
    config: Path
    env: Mapping[str, str]
    http: httpx.AsyncClient
    site: Door
    site_api: SiteApi
    points: Door | None
    sms: Door
    mail: Door
    log: io.StringIO = field(default_factory=io.StringIO)
    running: Running | None = None

    @property
    def url(self) -> str:
        """Where the gateway listens."""
        assert self.running is not None
        return self.running.url

    async def start(
        self, *, works: bool = True, change: Callable[[Config], Config] | None = None
    ) -> Running:
        """Start the gateway; without ``works`` only its pages are served."""
        config = load(self.config, env=dict(self.env))
        config = change(config) if change is not None else config
        upgrade(config.store_url())
        undo = adopt_stdlib(self.log, form=LogForm.JSON, safe_errors=(GatewayError,))
        foundation = await lay_foundation(
            config, exclusive=True, env=dict(self.env), log_to=self.log
        )
        gateway = build_gateway(foundation)
        forms = build_forms(gateway)
        assert forms is not None
        bound = listen(HttpSection(port=0))
        part = FormsPart(forms.desks, foundation.sealer.derive("forms"), foundation.log)
        server = HttpServer(build_http(replace(door_of(gateway, works=True), forms=part)), bound)
        serving = server.serving()
        _ = await serving.__aenter__()
        duty: asyncio.Task[None] | None = None
        if works:
            await gateway.start()
            duty = asyncio.create_task(forms.duty.run())

        async def close() -> None:
            if duty is not None:
                duty.cancel()
                await asyncio.gather(duty, return_exceptions=True)
            await serving.__aexit__(None, None, None)
            bound.close()
            await forms.codes.close()
            await gateway.stop()
            undo()
            self.running = None

        self.running = Running(gateway, forms, f"http://127.0.0.1:{bound.getsockname()[1]}", close)
        if works:
            await until(self._was_read, what="all that the systems hold was read once")
        return self.running

    async def _was_read(self) -> bool:
        names = [name for name in ("shop", "points") if name in self._accounts]
        return await self.read(
            lambda tx: all(tx.checkpoint(name, end_of(Kind.CUSTOMER)) for name in names)
        )

    @property
    def _accounts(self) -> Mapping[str, object]:
        assert self.running is not None
        return self.running.gateway.foundation.accounts

    async def stop(self) -> None:
        """End the gateway, if it runs."""
        if self.running is not None:
            await self.running.close()

    async def read(self, work: Callable[[Tx], T]) -> T:
        """Read the store."""
        assert self.running is not None
        return await self.running.gateway.foundation.store.read(work)

    async def code(self, where: str, to: str) -> str:
        """Return the newest code that a phone or an address got."""
        if where == "phone":
            rows = (await self._get(self.sms, "messages"))["messages"]
            texts = [one["text"] for one in rows if one["was_sent"] and f"+{one['phone']}" == to]
        else:
            rows = (await self._get(self.mail, "letters"))["letters"]
            texts = [one["text"] for one in rows if to in one["recipients"]]
        found = _CODE.search(texts[-1]) if texts else None
        assert found is not None, f"no code came by {where}"
        return found[1]

    async def sent(self, where: str) -> int:
        """Count messages."""
        door, name = (self.sms, "messages") if where == "phone" else (self.mail, "letters")
        return len((await self._get(door, name))[name])

    async def _get(self, door: Door, name: str) -> Row:
        found: Row = (await self.http.get(f"{door.url}/__mock__/{name}")).json()
        return found

    async def users(self) -> list[Row]:
        """Return the site's buyers."""
        return [one for one in await self.site_api.users() if one.get("mergedInto") is None]

    async def members(self) -> list[Row]:
        """Return the processor's members, at the double or at the house."""
        assert self.points is not None
        rows: list[Row] = (await self.points.inspect(part="customers"))["customers"]
        return [one for one in rows if one.get("state", "Registered") == "Registered"]

    async def forms(self) -> Sequence[FormRow]:
        """Return all questionnaires, the oldest first."""
        with closing(sqlite3.connect(self.folder / "data" / "gateway.db")) as file:
            found = file.execute("SELECT id FROM form_session ORDER BY created_at, id").fetchall()
        ids = [str(row[0]) for row in found]
        rows = await self.read(lambda tx: tx.form_rows(ids))
        return [rows[one] for one in ids if one in rows]

    async def done(self, count: int = 1, *, within_s: float = WITHIN_S) -> FormRow:
        """Wait until so many questionnaires are done; return the last one."""

        async def are_done() -> FormRow | None:
            rows = [one for one in await self.forms() if one.step is FormStep.DONE]
            return rows[-1] if len(rows) >= count else None

        return await until(are_done, what=f"{count} questionnaires are done", within_s=within_s)

    async def customer(self, entity_id: str) -> Customer:
        """Return a customer of ours."""
        found = (await self.read(lambda tx: tx.entities([entity_id])))[entity_id].entity
        assert isinstance(found, Customer)
        return found

    async def story(self, entity_id: str) -> Sequence[JournalRow]:
        """Return a story."""
        return await self.read(lambda tx: tx.story(entity_id, limit=1000))


async def until(
    condition: Callable[[], Awaitable[T | None]], *, what: str, within_s: float = WITHIN_S
) -> T:
    """Return the first true answer; fail with ``what`` when none comes in time."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within_s
    while True:
        answer = await condition()
        if answer:
            return answer
        if loop.time() > deadline:
            msg = f"not within {within_s} s: {what}"
            raise AssertionError(msg)
        await asyncio.sleep(_LOOK_S)


@asynccontextmanager
async def open_stage(
    folder: Path, *, processor: str = "points", form: str = "", codes: str = ""
) -> AsyncIterator[Stage]:
    """Serve the doubles and write the configuration; the gateway is started by the test."""
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=20.0, trust_env=False))
        site_settings, sms_settings = BitrixSettings(change_hold_s=0.1), SmscSettings()
        mail_settings, points_settings = SmtpSettings(), LoymaxSettings(deposit_delay_s=0)
        site_url = await stack.enter_async_context(serve(build_site(site_settings)))
        sms_url = await stack.enter_async_context(serve(build_sms(sms_settings)))
        mail_url = await stack.enter_async_context(serve(build_mail(mail_settings)))
        site, sms = describe_site(site_settings, site_url), describe_sms(sms_settings, sms_url)
        mail = describe_mail(mail_settings, mail_url)
        env = {
            "SHOP_URL": site["webhook_url"],
            "SMS_PASSWORD": sms["password"],
            "MAIL_PASSWORD": mail["password"],
        }
        points, text = None, HOUSE
        if processor != "house":
            url = await stack.enter_async_context(serve(build_loyalty(points_settings)))
            about = describe_loyalty(points_settings, url)
            env["POINTS_PASSWORD"] = about["operator_password"]
            points, text = Door(url, http), LOYMAX.format(**about)
        told = {
            "sms_url": sms["url"], "sms_login": sms["login"], "mail_host": mail["host"],
            "mail_port": mail["port"], "mail_security": mail["security"], "mail_user": mail["user"],
        }  # fmt: skip
        path = folder / "gateway.toml"
        told |= {"processor": processor, "form": form, "codes": codes}
        whole = CONFIG.format(data_dir=folder / "data", port=0, **told)
        path.write_text(whole + text, encoding="utf-8")
        made = Stage(
            folder, processor, path, env, http, Door(site_url, http),
            SiteApi(site["webhook_url"], http), points, Door(sms_url, http), Door(mail_url, http),
        )  # fmt: skip
        try:
            yield made
        finally:
            await made.stop()
