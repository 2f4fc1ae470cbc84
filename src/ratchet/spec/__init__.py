"""The Spec: what to learn, from which columns, what "better" means, and how the answers are given.

What is learned has an identity, `Spec.learning_hash`; how it is operated may change at any time.  Where things run is
`ratchet.settings`.
"""

from ratchet.spec.access import Access
from ratchet.spec.file import FILE, load, parse
from ratchet.spec.gate import Gate
from ratchet.spec.learning import CandidateSpec, Ingest, Search, Split
from ratchet.spec.privacy import Privacy
from ratchet.spec.section import Section
from ratchet.spec.serve import Serve
from ratchet.spec.spec import Spec
from ratchet.spec.text import TextSpec
from ratchet.spec.traffic import TrafficSpec

__all__ = [
    "FILE",
    "Access",
    "CandidateSpec",
    "Gate",
    "Ingest",
    "Privacy",
    "Search",
    "Section",
    "Serve",
    "Spec",
    "Split",
    "TextSpec",
    "TrafficSpec",
    "load",
    "parse",
]
