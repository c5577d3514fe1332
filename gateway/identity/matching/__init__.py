"""Matching: are two records one person?

``profile`` is the identifier graph, ``decide`` the rules, ``texts`` what people read about them.
"""

from gateway.identity.matching.decide import Decider, Decision, Outcome
from gateway.identity.matching.evidence import Finding
from gateway.identity.matching.names import Likeness, Names, likeness, names_of
from gateway.identity.matching.profile import Held, Profile, Proof

__all__ = [
    "Decider",
    "Decision",
    "Finding",
    "Held",
    "Likeness",
    "Names",
    "Outcome",
    "Profile",
    "Proof",
    "likeness",
    "names_of",
]
