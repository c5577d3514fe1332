"""Bootstrap: the one composition root. Everything is put together here and nowhere else."""

from gateway.bootstrap.applying import ownership
from gateway.bootstrap.backstage import build_backstage, build_journal
from gateway.bootstrap.counting import counting
from gateway.bootstrap.erasing import go_on_with_erasures
from gateway.bootstrap.facts import facts_of
from gateway.bootstrap.forms import Forms, build_forms, form_problems
from gateway.bootstrap.foundation import Foundation, lay_foundation, validated
from gateway.bootstrap.house import house_keeping
from gateway.bootstrap.merging import (
    ask_about_merges,
    build_answering,
    build_asker,
    go_on_with_merges,
    merge_problems,
)
from gateway.bootstrap.reports import build_builder, build_reports
from gateway.bootstrap.running import Gateway, build_gateway
from gateway.bootstrap.till_extras import Extras
from gateway.bootstrap.tills import Tills, open_tills, till_problems

__all__ = [
    "Extras",
    "Forms",
    "Foundation",
    "Gateway",
    "Tills",
    "ask_about_merges",
    "build_answering",
    "build_asker",
    "build_backstage",
    "build_builder",
    "build_forms",
    "build_gateway",
    "build_journal",
    "build_reports",
    "counting",
    "facts_of",
    "form_problems",
    "go_on_with_erasures",
    "go_on_with_merges",
    "house_keeping",
    "lay_foundation",
    "merge_problems",
    "open_tills",
    "ownership",
    "till_problems",
    "validated",
]
