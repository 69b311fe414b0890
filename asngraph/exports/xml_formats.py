"""Exports to GraphML and GEXF, with networkx."""

from __future__ import annotations

from typing import IO

import networkx as nx


def write_graphml(network: nx.MultiDiGraph, file: IO[bytes]) -> None:
    """Write a graph as GraphML.

    Parameters
    ----------
    network : networkx.MultiDiGraph
        The graph.
    file : open binary file
        Where to.
    """
    nx.write_graphml_xml(network, file, prettyprint=False)


def write_gexf(network: nx.MultiDiGraph, file: IO[bytes]) -> None:
    """Write a graph as GEXF 1.2; Gephi shows the labels of nodes.

    Parameters
    ----------
    network : networkx.MultiDiGraph
        The graph.
    file : open binary file
        Where to.
    """
    nx.write_gexf(network, file, prettyprint=False)
