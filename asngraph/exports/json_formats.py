"""Exports to JSON: for Cytoscape, and the node-link form of networkx and D3."""

from __future__ import annotations

import json
from typing import IO, Any

import networkx as nx


def write_cytoscape(network: nx.MultiDiGraph, file: IO[bytes]) -> None:
    """Write the JSON of Cytoscape and cytoscape.js; a node has its name as ``id`` and its label as ``name``.

    Parameters
    ----------
    network : networkx.MultiDiGraph
        The graph.
    file : open binary file
        Where to.
    """
    _write(nx.cytoscape_data(network, name="label"), file)


def write_node_link(network: nx.MultiDiGraph, file: IO[bytes]) -> None:
    """Write the node-link form, which ``networkx.node_link_graph(..., edges="edges")`` reads.

    Parameters
    ----------
    network : networkx.MultiDiGraph
        The graph.
    file : open binary file
        Where to.
    """
    _write(nx.node_link_data(network, edges="edges"), file)


def _write(document: dict[str, Any], file: IO[bytes]) -> None:
    file.write(json.dumps(document).encode("ascii"))
