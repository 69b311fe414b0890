"""The graph of a pool: its nodes and edges, and the views of them."""

from asngraph.graph.association_graph import AssociationGraph, generate

__all__ = ["AssociationGraph", "generate"]
