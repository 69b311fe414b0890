"""Queries with a name: for the questions that people have."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

_PARAMETER = re.compile(r"# +\?(\w+): +(.*)")


@dataclass(frozen=True)
class NamedQuery:
    """A query with a name.

    Parameters
    ----------
    name : str
        Its name.
    about : str
        The question that it answers.
    parameters : dict of str to str
        The variables that may be set, each with what it stands for.
    text : str
        The query in SPARQL.
    """

    name: str
    about: str
    parameters: dict[str, str]
    text: str


@cache
def named_queries() -> dict[str, NamedQuery]:
    """Return the queries with a name.

    The first line of each says what it answers; lines ``# ?variable: what it is`` say what may be set.

    Returns
    -------
    dict of str to NamedQuery
        By their names.

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
