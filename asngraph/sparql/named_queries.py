"""Named queries for common questions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

_PARAMETER = re.compile(r"# +\?(\w+): +(.*)")


@dataclass(frozen=True)
class NamedQuery:
    """A named query.

    Parameters
    ----------
    name : str
        Its name.
    about : str
        The question that it answers.
    parameters : dict of str to str
        The variables that can be set, each with its description.
    text : str
        The query in SPARQL.
    """

    name: str
    about: str
    parameters: dict[str, str]
    text: str


@cache
def named_queries() -> dict[str, NamedQuery]:
    """Return the named queries, by their names.

    The first line of a query file is its question; lines ``# ?variable: description`` are its parameters.

    Returns
    -------
    dict of str to NamedQuery
        The queries, in alphabetical order of their names.

    Examples
    --------
    >>> list(named_queries()["programs-using"].parameters)
    ['calibration_name']
    """
    files = resources.files("asngraph.sparql").joinpath("queries").iterdir()
    texts = {file.name.removesuffix(".rq"): file.read_text("utf-8") for file in files if file.name.endswith(".rq")}
    return {name: _named(name, texts[name]) for name in sorted(texts)}


def _named(name: str, text: str) -> NamedQuery:
    first, *rest = text.splitlines()
    found = (_PARAMETER.fullmatch(line) for line in rest)
    return NamedQuery(name, first.lstrip("# "), {each[1]: each[2] for each in found if each}, text)
