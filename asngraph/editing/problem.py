"""Problems of association files, and the display of values and places in them."""

from __future__ import annotations

from dataclasses import dataclass

ERROR, WARNING = "error", "warning"

MOST_TEXT = 60  # the number of characters of a value to show

Where = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """Problem of an association.

    Parameters
    ----------
    kind : str
        The kind of problem: ``form`` (the schema), ``json``, ``key-twice``, ``type``, ``member-twice``,
        ``no-science``, ``several-science``, ``no-psf``, ``exptype``, ``stage``, ``folder``, ``name``, ``degraded``,
        ``not-in-pool``, ``product-twice``, ``product-left``.
    text : str
        The problem, and what to do.
    path : str
        Its place, as a JSON path from ``$``.
    severity : str
        ``error`` if it keeps the pipelines of jwst 3.0.0 from starting, otherwise ``warning``.
    file : str
        The file; empty if unknown.
    line : int, optional
        Its line, counted from 1.
    """

    kind: str
    text: str
    path: str = "$"
    severity: str = ERROR
    file: str = ""
    line: int | None = None


def shown(value: object, *, quoted: bool = True) -> str:
    """Return a value as text, shortened to fit into a line.

    Parameters
    ----------
    value : object
        The value.
    quoted : bool
        Whether to put quotes around it.

    Returns
    -------
    str
        The text.
    """
    text = str(value)
    text = text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}..."
    return repr(text) if quoted else text


def path_of(place: Where) -> str:
    """Return a place as a JSON path.

    Parameters
    ----------
    place : tuple of str and int
        The keys and indices that lead to it.

    Returns
    -------
    str
        The path.

    Examples
    --------
    >>> path_of(("products", 0, "odd key"))
    "$.products[0]['odd key']"
    """
    parts = [
        f"[{each}]" if isinstance(each, int) else f".{each}" if each.isidentifier() else f"[{shown(each)}]"
        for each in place
    ]
    return "$" + "".join(parts)
