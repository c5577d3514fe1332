"""Dashboard and alert rules: each name in them exists, or they would watch nothing in silence."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from gateway.telemetry import Metrics
from gateway.telemetry.catalogue import CATALOGUE, LABELS
from tests.architecture.sources import REPOSITORY
from tests.deploy.promql import FUNCTIONS, read

RULES = REPOSITORY / "deploy/prometheus/gateway.rules.yml"
DASHBOARD = REPOSITORY / "deploy/grafana/gateway.json"
OPERATE = "docs/how-to/operate.md"
PROMETHEUS_OWN = {"job", "instance"}
SEVERITIES = {"info", "warning", "critical"}
WIDTH = 24


def rules() -> list[Mapping[str, Any]]:
    """Return all alert rules."""
    document = yaml.safe_load(RULES.read_text("utf-8"))
    return [rule for group in document["groups"] for rule in group["rules"]]


def panels() -> list[Mapping[str, Any]]:
    """Return all panels of the dashboard."""
    found: list[Mapping[str, Any]] = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    return found


def expressions() -> Iterator[tuple[str, str]]:
    """Yield every expression with where it stands."""
    for rule in rules():
        yield rule["alert"], rule["expr"]
    for panel in panels():
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]
    dashboard = json.loads(DASHBOARD.read_text("utf-8"))
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["name"], variable["definition"]


def samples() -> dict[str, set[str]]:
    """Return what the gateway exposes: sample name → its labels."""
    found: dict[str, set[str]] = {"up": set()}
    for spec in CATALOGUE:
        for name in spec.samples:
            found[name] = {*spec.labels, *({"le"} if name.endswith("_bucket") else ())}
    for line in Metrics().exposition().decode().splitlines():
        if line.startswith("process_"):
            found[line.split(" ")[0]] = set()
    return found


def anchors(path: str) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    text = (REPOSITORY / path).read_text("utf-8")
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_the_catalogue_is_what_the_registry_holds() -> None:
    """A metric beside the catalogue is in no reference and checked by no test."""
    registry = Metrics().registry
    names = {family.name for family in registry.collect()}
    assert {name for name in names if name.startswith("gateway_")} == {
        spec.name for spec in CATALOGUE
    }
    assert {label for spec in CATALOGUE for label in spec.labels} == set(LABELS)


def test_every_metric_and_label_exists() -> None:
    """A panel would stay empty and an alert silent for ever."""
    known = samples()
    wrong = []
    for where, expression in expressions():
        found = read(expression.replace("$__rate_interval", "5m").replace("$__range", "5m"))
        wrong += [f"{where}: {name}" for name in found.functions - FUNCTIONS]
        allowed: set[str] = set(PROMETHEUS_OWN)
        for metric, matched in found.matched.items():
            if metric in LABELS and "label_values" in found.functions:
                continue
            if metric not in known:
                wrong.append(f"{where}: {metric}")
                continue
            allowed |= known[metric]
            unknown = matched - known[metric] - PROMETHEUS_OWN
            wrong += [f"{where}: {metric}{{{label}}}" for label in unknown]
        wrong += [f"{where}: by {label}" for label in found.grouped - allowed]
    assert wrong == []


@pytest.mark.parametrize(
    "expression", ["sum by (account (gateway_due)", "gateway_due}", 'rate(x["5m])', "1 + 2", "§"]
)
def test_what_is_no_expression_is_refused(expression: str) -> None:
    """The test above would pass over it."""
    with pytest.raises((ValueError, IndexError)):
        read(expression)


def test_what_an_expression_names_is_found() -> None:
    """The same: a name that is overlooked is not checked."""
    found = read('sum by (a, b) (rate(m_total{c="x,y",d!~"z"}[5m])) / on (a) n offset 1d > 0.5')
    assert found.matched == {"m_total": {"c", "d"}, "n": set()}
    assert found.grouped == {"a", "b"}
    assert found.functions == {"sum", "rate"}


def test_each_rule_names_a_runbook_that_is_there() -> None:
    """At night nobody looks for what to do."""
    there = anchors(OPERATE)
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names)) >= 15
    for rule in rules():
        page, _, anchor = rule["annotations"]["runbook"].partition("#")
        assert (page, anchor in there) == (OPERATE, True), rule["alert"]
        assert rule["labels"]["severity"] in SEVERITIES
        assert rule["annotations"]["summary"]
        shown = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
        assert shown <= read(rule["expr"]).grouped | PROMETHEUS_OWN, rule["alert"]
        assert re.fullmatch(r"\d+[mh]", rule.get("for", "0m"))


@pytest.mark.parametrize("name", ["observe.md", "operate.md"])
def test_the_guides_lead_to_places_that_exist(name: str) -> None:
    """A dead link in a runbook costs minutes in the night."""
    folder = REPOSITORY / "docs/how-to"
    text = (folder / name).read_text("utf-8")
    for target in re.findall(r"\]\((?!http)([^)]+)\)", text):
        page, _, anchor = target.partition("#")
        path = (folder / (page or name)).resolve()
        assert path.is_file(), target
        if anchor:
            assert anchor in anchors(str(path.relative_to(REPOSITORY))), target


def test_the_dashboard_can_be_loaded() -> None:
    """Grafana shows an empty page for what it cannot place."""
    dashboard = json.loads(DASHBOARD.read_text("utf-8"))
    assert (dashboard["uid"], dashboard["schemaVersion"]) == ("retail-gateway", 39)
    variables = {one["name"] for one in dashboard["templating"]["list"]}
    text = DASHBOARD.read_text("utf-8")
    used = set(re.findall(r"\$\{?([a-z]+)\}?", text))
    assert used <= variables
    found = panels()
    ids = [panel["id"] for panel in found]
    assert len(ids) == len(set(ids))
    for panel in found:
        assert panel["title"]
        if panel["type"] == "row":
            continue
        refs = [target["refId"] for target in panel["targets"]]
        assert refs
        assert len(refs) == len(set(refs))
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        assert all(target["datasource"] == panel["datasource"] for target in panel["targets"])


def test_no_panel_hides_another() -> None:
    """What lies under another panel is not seen."""
    places = [panel["gridPos"] for panel in panels()]
    assert all(place["x"] + place["w"] <= WIDTH for place in places)
    taken: set[tuple[int, int]] = set()
    for place in places:
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken
        taken |= cells
    tops = [place["y"] for place in places]
    assert all(first <= second for first, second in pairwise(tops))


def test_every_metric_is_shown_or_watched() -> None:
    """A figure that is on no page is looked for in the middle of an outage."""
    asked = {name for _, expression in expressions() for name in read(
        expression.replace("$__rate_interval", "5m").replace("$__range", "5m")
    ).matched}  # fmt: skip
    assert [spec.name for spec in CATALOGUE if not asked & set(spec.samples)] == []
