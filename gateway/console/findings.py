"""Findings: what is not in order in the viewer's words, each with the page of its cause."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from gateway.console.shown import age, number
from gateway.console.visit import Visit
from gateway.ops.health import HealthReport
from gateway.ops.overview import Finding, Wrong


@dataclass(frozen=True, slots=True)
class Line:
    """One finding in words. ``link`` is a path of the console, ``note`` may be empty."""

    red: bool
    text: str
    link: str
    note: str = ""


def line_of(visit: Visit, one: Finding) -> Line:
    """Put a finding into words."""
    return Line(one.red, _text(visit, one), _link(visit, one), _note(visit, one))


def health_lines(visit: Visit, reports: tuple[HealthReport, ...]) -> list[Line]:
    """Put what this process found wrong with itself into words, each part once."""
    found = {
        name: finding.text
        for report in reports
        for name, finding in report.findings.items()
        if not finding.ok
    }
    text = visit.language.text
    return [
        Line(red=True, text=text("This process: {part}", part=name), link="/", note=said)
        for name, said in sorted(found.items())
    ]


def _text(visit: Visit, one: Finding) -> str:
    text, plural = visit.language.text, visit.language.plural
    name, count = one.account, one.count
    match one.wrong:
        case Wrong.LETTERS:
            return plural(
                "{account}: {n} letter waits for a decision",
                "{account}: {n} letters wait for a decision", count, account=name,
            )  # fmt: skip
        case Wrong.HELD:
            return plural(
                "{account}: {n} change is held, nobody knows whether it arrived",
                "{account}: {n} changes are held, nobody knows whether they arrived", count,
                account=name,
            )  # fmt: skip
        case Wrong.LATE:
            return plural(
                "{account}: {n} change is late", "{account}: {n} changes are late", count,
                account=name,
            )  # fmt: skip
        case Wrong.INBOX_LATE:
            return plural(
                "{account}: {n} received record is not read yet",
                "{account}: {n} received records are not read yet", count, account=name,
            )  # fmt: skip
        case Wrong.ALERT:
            return text("Alert: {text}", text=visit.language.said(one.cause))
        case _:
            return text(_OF_ACCOUNTS[one.wrong], account=name)


def _n(key: str) -> str:
    """Mark a text that is looked up later."""
    return key


N_ = _n
_OF_ACCOUNTS = {
    Wrong.PARKED: N_("{account} refuses our credentials, nothing is sent there"),
    Wrong.CIRCUIT_OPEN: N_("{account} does not answer, it is tried again by itself"),
    Wrong.NOT_PREPARED: N_("{account} is not prepared, nothing is sent there"),
    Wrong.NOT_CONFIGURED: N_("{account} is not configured any more, but something waits for it"),
    Wrong.PAUSED: N_("{account} is paused by an operator"),
    Wrong.SLOWED: N_("{account} is slowed down by an operator"),
    Wrong.AT_LIMIT: N_("{account} is used up to its limit"),
}


def _link(visit: Visit, one: Finding) -> str:
    of_account = {"account": one.account}
    match one.wrong:
        case Wrong.LETTERS if "/dead" in visit.paths:
            return f"/dead?{urlencode({**of_account, 'cause_code': one.cause})}"
        case Wrong.LETTERS:
            return f"/due?{urlencode({**of_account, 'state': 'dead'})}"
        case Wrong.HELD:
            return f"/due?{urlencode({**of_account, 'state': 'held'})}"
        case Wrong.LATE | Wrong.NOT_CONFIGURED:
            return f"/due?{urlencode(of_account)}"
        case Wrong.ALERT:
            return "/alerts"
        case _:
            return f"/accounts/{one.account}"


def _note(visit: Visit, one: Finding) -> str:
    language = visit.language
    match one.wrong:
        case Wrong.LATE | Wrong.INBOX_LATE:
            return language.text("the oldest waits {age}", age=age(one.oldest_s, language))
        case Wrong.AT_LIMIT:
            calls = number(one.count, language.code)
            return language.text("{calls} calls in the last minute", calls=calls)
        case Wrong.ALERT:
            return language.text("for {age}", age=age(one.oldest_s, language))
        case _:
            return language.said(one.cause)
