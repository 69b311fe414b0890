"""A problem of an association file, and how values and places are shown in one."""

from __future__ import annotations

from dataclasses import dataclass

ERROR, WARNING = "error", "warning"

MOST_TEXT = 60  # how much of a value a problem shows

Where = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """Something that is wrong with an association.

    Parameters
    ----------
    kind : str
        What sort of problem: ``form`` (the schema), ``json``, ``key-twice``, ``type``, ``member-twice``,
        ``no-science``, ``several-science``, ``no-psf``, ``exptype``, ``stage``, ``folder``, ``name``, ``degraded``,
        ``not-in-pool``, ``product-twice``, ``product-left``.
    text : str
        What is wrong, and what to do.
    path : str
        Where, as a JSON path from ``$``.
    severity : str
        ``error`` for what keeps the pipelines of jwst 3.0.0 from starting, else ``warning``.
    file : str
        The file, where there is one.
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
    """Show a value, as much of it as a line has room for."""
    text = str(value)
    text = text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}..."
    return repr(text) if quoted else text


def path_of(place: Where) -> str:
    """Write a place as a JSON path.

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
