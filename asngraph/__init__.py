"""asngraph: the graph-based association modeler for the James Webb Space Telescope.

>>> import asngraph
>>> graph = asngraph.generate("examples/nircam_mosaic.csv")  # doctest: +SKIP
>>> graph.edges  # doctest: +SKIP
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from asngraph._moved import install
from asngraph._version import __version__

if TYPE_CHECKING:
    from asngraph.combination import Combination, combine
    from asngraph.errors import AsnGraphError, AssociationError, PoolError
    from asngraph.graph.association_graph import AssociationGraph, generate
    from asngraph.model.association import Association, load_asn
    from asngraph.model.pool import Pool
    from asngraph.questions import impact, related, stats, which, why, why_not
    from asngraph.rules.observatory import observatory_rules
    from asngraph.rules.rule import Rule, RuleSet
    from asngraph.simulation import simulate

__all__ = [
    "AsnGraphError",
    "Association",
    "AssociationError",
    "AssociationGraph",
    "Combination",
    "Pool",
    "PoolError",
    "Rule",
    "RuleSet",
    "__version__",
    "combine",
    "generate",
    "impact",
    "load_asn",
    "observatory_rules",
    "related",
    "simulate",
    "stats",
    "which",
    "why",
    "why_not",
]

# The module of each public name; it is loaded on first use, so that `import asngraph` costs nothing.
_MODULES = {
    "AsnGraphError": "errors",
    "Association": "model.association",
    "AssociationError": "errors",
    "AssociationGraph": "graph",
    "Combination": "combination",
    "Pool": "model.pool",
    "PoolError": "errors",
    "Rule": "rules",
    "RuleSet": "rules",
    "combine": "combination",
    "generate": "graph",
    "impact": "questions",
    "load_asn": "model.association",
    "observatory_rules": "rules",
    "related": "questions",
    "simulate": "simulation",
    "stats": "questions",
    "which": "questions",
    "why": "questions",
    "why_not": "questions",
}


install()


def __dir__() -> list[str]:
    """Return the public names, which TAB shows."""
    return sorted(__all__)


if not TYPE_CHECKING:  # a type checker would accept any name

    def __getattr__(name):
        if name not in _MODULES:
            raise AttributeError(f"module 'asngraph' has no attribute {name!r}")
        return getattr(importlib.import_module(f"asngraph.{_MODULES[name]}"), name)
