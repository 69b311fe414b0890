"""The graph of a pool: its nodes and edges, and the views of them."""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asngraph.graph.association_graph import AssociationGraph, generate

__all__ = ["AssociationGraph", "generate"]

# Loaded on first use: the process that answers a SPARQL query needs only the names here (`lookup`), not the engine.
if not TYPE_CHECKING:  # a type checker would accept any name

    def __getattr__(name):
        if name not in __all__:
            raise AttributeError(f"module 'asngraph.graph' has no attribute {name!r}")
        return getattr(importlib.import_module("asngraph.graph.association_graph"), name)
