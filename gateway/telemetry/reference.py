"""Reference: the log events and the metrics as pages of the documentation.

``python -m gateway.telemetry.reference FOLDER`` writes them; a test compares.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from gateway.telemetry import catalogue
from gateway.telemetry.catalogue import Spec
from gateway.telemetry.vocabulary import COMMON, EVENTS, FAULT

_MADE = "<!-- Made by `make reference`; do not edit. -->"


def pages() -> Mapping[str, str]:
    """Return each page by its file name."""
    return {"log-events.md": _events(), "metrics.md": _metrics()}


def _events() -> str:
    rows = [
        (f"`{name}`", event.level, event.meaning, _keys(event.keys))
        for name, event in sorted(EVENTS.items())
    ]
    return "\n".join(
        [
            "# Log events",
            _MADE,
            "",
            "Each line of the log is one JSON object. Values are ids and numbers, never content;",
            "what happened to one customer or order stands in the journal.",
            "",
            "Any line may have:",
            "",
            *_table(("key", "meaning"), [(f"`{key}`", text) for key, text in COMMON.items()]),
            "",
            f"Keys of a fault (`exc_info`): {_told(FAULT)}.",
            "",
            "## Events",
            "",
            *_table(("event", "level", "meaning", "keys"), rows),
            "",
        ]
    )


def _metrics() -> str:
    groups = (
        ("Flow", catalogue.FLOW),
        ("Backlog", catalogue.BACKLOG),
        ("Tills", catalogue.TILLS),
        ("Parts of a process", catalogue.PARTS),
    )
    lines = [
        "# Metrics",
        _MADE,
        "",
        "Label values come from the configuration and from code, never from records:",
        "",
        *_table(("label", "values"), [(f"`{key}`", text) for key, text in _labels().items()]),
        "",
    ]
    for title, specs in groups:
        lines += [f"## {title}", "", *_table(("metric", "kind", "labels", "meaning"), _rows(specs))]
        lines.append("")
    lines += [
        "Beside them each process has `process_cpu_seconds_total`, `process_open_fds`,",
        "`process_max_fds`, `process_resident_memory_bytes`, `process_virtual_memory_bytes` and",
        "`process_start_time_seconds`.",
        "",
    ]
    return "\n".join(lines)


def _labels() -> Mapping[str, str]:
    return dict(sorted(catalogue.LABELS.items()))


def _rows(specs: Sequence[Spec]) -> list[tuple[str, ...]]:
    return [
        (f"`{_asked(one)}`", one.kind, ", ".join(f"`{name}`" for name in one.labels), one.text)
        for one in specs
    ]


def _asked(spec: Spec) -> str:
    return spec.samples[0] if spec.kind == catalogue.COUNTER else spec.name


def _keys(keys: frozenset[str]) -> str:
    shown = sorted("error, at" if key == "exc_info" else key for key in keys)
    return ", ".join(f"`{key}`" for key in ", ".join(shown).split(", ") if key)


def _told(keys: Mapping[str, str]) -> str:
    return "; ".join(f"`{key}` {text}" for key, text in keys.items())


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [
        f"| {' | '.join(heads)} |",
        f"|{' --- |' * len(heads)}",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, "utf-8")
