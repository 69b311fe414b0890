"""Representations in notebooks: tables of graphs and associations, without scripts, and pages in a sandbox."""

from __future__ import annotations

import os
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asngraph.errors import AsnGraphError
from asngraph.graph.orphans import unused
from asngraph.outputs import output
from asngraph.page.write import page_text, write_page
from asngraph.util.text import counted

if TYPE_CHECKING:
    from asngraph.graph.association_graph import AssociationGraph
    from asngraph.model.association import Association

# Pools with more exposures are shown without a figure, which would take long; longer lists of members are cut.
MOST_DRAWN, MOST_MEMBERS = 500, 60
_CELL = "padding:0.15em 0.8em;text-align:left;border:0;background:transparent"
# Colours are those of the notebook, light or dark.
_LINE = "border:0;border-bottom:1px solid currentColor"


class Page:
    """The page of a graph: a notebook shows it; elsewhere, `write` it and open the file.

    Parameters
    ----------
    graph : AssociationGraph
        The graph.
    """

    def __init__(self, graph: AssociationGraph) -> None:
        self._graph = graph

    def __repr__(self) -> str:
        return f"<Page of {self._graph.pool.name}: a notebook shows it; .write(FILE) makes a file for a browser>"

    def _repr_html_(self) -> str:
        """Return a frame that may run the page's own script, and has no access to the notebook."""
        # Not srcdoc: such a page has no address of its own, at which it could keep what is chosen.
        source = b64encode(self.text.encode("utf-8")).decode("ascii")
        title = escape(f"{self._graph.pool.name}, page", quote=True)
        style = "width:100%;height:75vh;min-height:420px;border:0"
        return (
            f'<iframe sandbox="allow-scripts" title="{title}" style="{style}" src="data:text/html;base64,{source}">'
            "</iframe>"
        )

    @cached_property
    def text(self) -> str:
        """The HTML of the page."""
        return page_text(self._graph)

    def write(self, path: str | os.PathLike[str], *, replace: bool = False) -> Path:
        """Write the page to a file, and return its path.

        Parameters
        ----------
        path : path
            The file to write; an existing page of asngraph is replaced.
        replace : bool
            Whether to replace any other file too.

        Returns
        -------
        path
        """
        write_page(self._graph, path, replace=replace)
        return Path(path)


def graph_html(graph: AssociationGraph) -> str:
    """Return a summary table of a graph, with its figure if the pool is small and matplotlib is installed.

    Parameters
    ----------
    graph : AssociationGraph
        The graph.

    Returns
    -------
    str
        HTML.

    Examples
    --------
    >>> import asngraph
    >>> "20 image2, 6 image3" in graph_html(asngraph.generate("examples/nircam_mosaic.csv"))
    True
    """
    decision, facts = graph.decision, graph.decision.facts
    types = Counter(made.draft.rule.asn_type for made in decision.made)
    candidates = Counter(each.type for each in {made.draft.candidate for made in decision.made})
    duplicates = sum(each.duplicate_of is not None for each in decision.aside)
    numbers = facts["obs_num"].keys.tolist()
    observations = len({each for each in zip(facts["program"], numbers, strict=True) if each[1] >= 0})
    programs = list(dict.fromkeys(facts["program"]))
    rows = [
        ("program", ", ".join(programs[:5]) + (f" and {len(programs) - 5} more" if programs[5:] else "")),
        (
            "exposures",
            f"{len(graph.pool)} of {counted(observations, 'observation')}; {len(unused(graph))} in no association",
        ),
        ("associations", f"{len(graph)}: {_counts(types)}" if len(graph) else "0"),
        ("candidates", _counts(candidates) or "none"),
        ("set aside", f"{counted(duplicates, 'duplicate')}, {len(decision.aside) - duplicates} not valid"),
        *(("note", note) for note in graph.notes),
    ]
    return _framed(f"AssociationGraph of {graph.pool.name}", _table((), rows) + _picture(graph))


def association_html(association: Association) -> str:
    """Return a table of an association's members, with its name, rule and product.

    Parameters
    ----------
    association : Association
        The association.

    Returns
    -------
    str
        HTML.

    Examples
    --------
    >>> import asngraph
    >>> text = association_html(asngraph.generate("examples/nircam_mosaic.csv")["jw04321-o001_image2_00001"])
    >>> "nrcalong_rate.fits" in text, "Asn_Lv2Image" in text
    (True, True)
    """
    known = ("asn_type", "asn_rule", "program", "target", "asn_id", "asn_pool")
    about = [(key, association[key]) for key in known if association.get(key) is not None]
    parts = [_table((), about)]
    for product in association.products:
        members = product["members"]
        rows = [(member.get("exptype", ""), member["expname"]) for member in members[:MOST_MEMBERS]]
        if members[MOST_MEMBERS:]:
            rows.append(("", f"and {len(members) - MOST_MEMBERS} more"))
        parts.append(_heading(f"product {product.get('name', '')}, {counted(len(members), 'member')}"))
        parts.append(_table(("exptype", "expname"), rows))
    return _framed(association.file_name or "Association", "".join(parts))


def _counts(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))


def _heading(text: str) -> str:
    return f'<div style="margin:0.6em 0 0.2em">{_text(text)}</div>'


def _framed(title: str, content: str) -> str:
    return f'<div style="font-size:90%"><div style="font-weight:bold">{_text(title)}</div>{content}</div>'


def _table(header: Sequence[str], rows: Iterable[tuple[Any, Any]]) -> str:
    head = "".join(f'<th style="{_CELL};{_LINE}">{_text(cell)}</th>' for cell in header)
    body = "".join(
        f'<tr style="background:transparent"><td style="{_CELL};opacity:0.75">{_text(key)}</td>'
        f'<td style="{_CELL}">{_text(value)}</td></tr>'
        for key, value in rows
    )
    top = f"<tr>{head}</tr>" if head else ""
    return f'<table style="border-collapse:collapse;font-size:inherit;margin:0.3em 0">{top}{body}</table>'


def _text(value: Any) -> str:
    """Return an escaped text, isolated from the direction of the surrounding text."""
    return f"<bdi>{escape(str(value))}</bdi>"


def _picture(graph: AssociationGraph) -> str:
    """Return the figure of the program as an image, which cannot run scripts."""
    if len(graph.pool) > MOST_DRAWN:
        return ""
    try:
        draw, render = output("figure"), output("render")
    except AsnGraphError:  # without matplotlib
        return ""
    figure = draw(graph)
    source = b64encode(render(figure)).decode("ascii")
    style = f"width:{figure.get_figwidth():.1f}in;max-width:100%;height:auto"
    return f'<img alt="figure of the program" style="{style}" src="data:image/svg+xml;base64,{source}">'
