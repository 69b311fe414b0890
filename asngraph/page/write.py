"""Writing the page: template, style, script and data in one file that makes no network requests."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asngraph.errors import OutputExistsError, PageNameError
from asngraph.page.data import page_data
from asngraph.util.atomic import check_place, write_text
from asngraph.util.limits import open_input

if TYPE_CHECKING:
    from asngraph.graph.association_graph import AssociationGraph

# The mark of pages of asngraph; files without it are not replaced.
GENERATOR = '<meta name="generator" content="asngraph">'
_HEAD_LENGTH = 2_000
_EXTENSIONS = (".html", ".htm", ".xhtml", "")


def page_text(graph: AssociationGraph) -> str:
    """Return the page of a graph.

    Parameters
    ----------
    graph : AssociationGraph
        The graph.

    Returns
    -------
    str
        HTML. Its Content-Security-Policy allows only its own script and style, by their hashes, and no requests. Text
        of the pool is only in the JSON data, never in markup or code.
    """
    style, script = _asset("page.css"), _asset("page.js")
    parts = {
        "generator": GENERATOR,
        "policy": content_security_policy(style, script),
        "title": html.escape(_as_text(graph.pool.name)),
        "style": style,
        "script": script,
        "data": json_for_html(page_data(graph)),
    }
    text, *pieces = _asset("template.html").split("{{")
    for piece in pieces:
        name, after = piece.split("}}", 1)
        text += parts[name] + after
    return text


def _as_text(name: str) -> str:
    r"""Return a file name with escapes, as in JSON, for bytes that are not UTF-8.

    Examples
    --------
    >>> _as_text(os.fsdecode(b"p\xff.csv"))
    'p\\udcff.csv'
    """
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def write_page(graph: AssociationGraph, path: str | os.PathLike[str], *, replace: bool = False) -> int:
    """Write the page of a graph, and return its size.

    Parameters
    ----------
    graph : AssociationGraph
        The graph.
    path : path
        The file to write; an existing page of asngraph is replaced.
    replace : bool
        Whether to replace any other file too.

    Returns
    -------
    int
        The size of the file, in bytes.

    Raises
    ------
    OutputExistsError
        When the file exists, is not a page of asngraph, and `replace` is false.
    """
    refuse_other_files(path, replace=replace)
    text = page_text(graph)
    write_text(path, text)
    return len(text.encode("utf-8"))


def refuse_other_files(path: str | os.PathLike[str], *, replace: bool = False) -> None:
    """Check that a page can be written to a path.

    Parameters
    ----------
    path : path
        The file to write.
    replace : bool
        Whether to replace any other file too.

    Raises
    ------
    OutputExistsError
        When the file exists, is not a page of asngraph, and `replace` is false.
    UsageError
        When its folder is missing, or its extension is that of another format.
    """
    target = Path(path)
    if target.suffix.lower() not in _EXTENSIONS:
        raise PageNameError(f"{target}: a page is HTML; name a file {target.stem}.html")
    check_place(target)
    if replace or not target.exists():
        return
    with open_input(target) as file:
        head = file.read(_HEAD_LENGTH)
    if GENERATOR.encode() not in head:
        raise OutputExistsError(target, "already exists and is not a page of asngraph")


def content_security_policy(style: str, script: str) -> str:
    """Return a Content-Security-Policy that allows only a style and a script.

    Parameters
    ----------
    style, script : str
        Their content.

    Returns
    -------
    str
        The policy, with their hashes.
    """
    return (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "connect-src 'none'; base-uri 'none'; form-action 'none'"
    )


def json_for_html(data: Any) -> str:
    r"""Return JSON in ASCII that is safe to embed in HTML.

    Parameters
    ----------
    data : object
        Values that can be written as JSON.

    Returns
    -------
    str

    Examples
    --------
    >>> print(json_for_html({"name": "</script>&"}))
    {"name":"\u003c/script\u003e\u0026"}
    """
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _asset(name: str) -> str:
    return files("asngraph.page").joinpath("assets", name).read_text(encoding="utf-8")
