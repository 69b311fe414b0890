"""GraphML and GEXF, as networkx writes them."""

from __future__ import annotations

from typing import IO

import networkx as nx


def write_graphml(network: nx.MultiDiGraph, file: IO[bytes]) -> None:
    """Write GraphML.

    Parameters
    ----------
    network : networkx.MultiDiGraph
        The graph.
    file : open binary file
        Where to.
    """
    nx.write_graphml_xml(network, file, prettyprint=False)


def write_gexf(network: nx.MultiDiGraph, file: IO[bytes]) -> None:
    """Write GEXF 1.2; the label of a node is what Gephi shows.

    Parameters
    ----------
    network : networkx.MultiDiGraph
        The graph.
    file : open binary file
        Where to.
    """
    nx.write_gexf(network, file, prettyprint=False)
