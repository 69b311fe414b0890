"""The registry of outputs: the module and function that make each form of a graph or of an association.

These modules import the graph, so the graph finds them here by name and loads them when they are used.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

OUTPUTS = {
    "exposures": ("asngraph.graph.tables", "exposures_table"),
    "associations": ("asngraph.graph.tables", "associations_table"),
    "membership": ("asngraph.graph.tables", "membership_table"),
    "edges": ("asngraph.graph.tables", "edges_table"),
    "sets": ("asngraph.graph.tables", "sets_table"),
    "support": ("asngraph.graph.tables", "support_table"),
    "set_aside": ("asngraph.graph.tables", "set_aside_table"),
    "networkx": ("asngraph.graph.networkx_view", "to_networkx"),
    "rdf": ("asngraph.rdf.write", "to_rdf"),
    "export": ("asngraph.exports", "export"),
    "figure": ("asngraph.plots", "plot_program"),
    "figure_of_association": ("asngraph.plots", "plot_association"),
    "figure_of_observation": ("asngraph.plots", "plot_observation"),
    "render": ("asngraph.plots", "render"),
    "graph_html": ("asngraph.page.notebook", "graph_html"),
    "association_html": ("asngraph.page.notebook", "association_html"),
    "archive_collection": ("asngraph.archive.reader", "collect_archive"),
    "page": ("asngraph.page.notebook", "Page"),
    "which": ("asngraph.questions", "which"),
    "why": ("asngraph.questions", "why"),
    "why_not": ("asngraph.questions", "why_not"),
    "impact": ("asngraph.questions", "impact"),
    "related": ("asngraph.questions", "related"),
    "stats": ("asngraph.questions", "stats"),
    "combine": ("asngraph.combination", "combine"),
}

# The file by which the folder of an archive is known.
ARCHIVE_MARKER = "archive.json"


def output(name: str) -> Callable[..., Any]:
    """Return the function that makes an output.

    Parameters
    ----------
    name : str
        A key of `OUTPUTS`.

    Returns
    -------
    callable

    Raises
    ------
    KeyError
        When there are no outputs of that name.

    Examples
    --------
    >>> output("rdf").__module__
    'asngraph.rdf.write'
    """
    module, function = OUTPUTS[name]
    result: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return result
