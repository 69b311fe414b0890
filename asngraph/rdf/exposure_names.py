"""Find exposures of a store by name, in any of the spellings in use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any

from asngraph.graph.lookup import ambiguous_name, exposure_key, plain_name, possible_exposures, unknown_name
from asngraph.model.filenames import exposure_root
from asngraph.rdf import iris
from asngraph.rdf.store import Opened, oxigraph

_MOST = 2000  # names that are compared; the time to compare them is what an unknown name costs
_OBSERVATION = re.compile(r"jw(\d{5})(\d{3})", re.IGNORECASE)


def exposure_named(opened: Opened, name: str, source: str) -> str:
    """Return the full name of an exposure of a store.

    Parameters
    ----------
    opened : Opened
        The store.
    name : str
        The name, with or without path, suffix and extension.
    source : str
        The name of the store, for error messages.

    Returns
    -------
    str

    Raises
    ------
    UsageError
        When the name is unknown or ambiguous, with suggestions.

    Notes
    -----
    A known name costs a search for each of its spellings. For an unknown one, at most 2,000 names are compared: those
    of its observation, of the other observations of its program, and of others.
    """
    for whole in (name, plain_name(name)):
        if _is_exposure(opened, whole):
            return whole
    spellings = (spelling for possible in possible_exposures(name) for spelling in (possible, f"{possible}#2"))
    found = [spelling for spelling in spellings if _is_exposure(opened, spelling)]
    if not found:
        near = sorted(set(islice(_near(opened, plain_name(name)), _MOST)))
        known = {exposure_key(full): full for full in near}
        otherwise = f"it has exposures such as {near[0]}" if near else "it has no exposures"
        raise unknown_name("exposure", exposure_root(plain_name(name)), name, source, known, otherwise)
    if len(found) > 1:
        raise ambiguous_name(name, source, found)
    return found[0]


def _is_exposure(opened: Opened, name: str) -> bool:
    """Return whether an exposure has exactly this name."""
    ox = oxigraph()
    type_, class_ = ox.NamedNode(f"{iris.PREFIXES['rdf']}type"), ox.NamedNode(iris.term("Exposure"))
    return any(_quads(opened, ox.NamedNode(iris.exposure(name)), type_, class_))


def _near(opened: Opened, name: str) -> Iterator[str]:
    """Yield the names of exposures, those of the observation and of the program of a name first."""
    ox = oxigraph()
    relation = ox.NamedNode(iris.term("in_observation"))
    parts: Iterable[str] = ()
    if match := _OBSERVATION.match(name):
        program, own = match[1], int(match[2])
        numbers = sorted(range(1, 1000), key=lambda number: abs(number - own))
        parts = (iris.in_program(program, "observation", text) for n in numbers for text in (str(n), f"{n:03}"))
    members = (_quads(opened, None, relation, ox.NamedNode(part)) for part in parts)
    type_, class_ = ox.NamedNode(f"{iris.PREFIXES['rdf']}type"), ox.NamedNode(iris.term("Exposure"))
    for quad in chain(chain.from_iterable(members), _quads(opened, None, type_, class_)):
        yield iris.name_of(quad.subject.value)


def _quads(opened: Opened, subject: Any, predicate: Any, object_: Any) -> Iterator[Any]:
    for quad in opened.store.quads_for_pattern(subject, predicate, object_, None):
        if opened.graphs is None or quad.graph_name in opened.graphs:
            yield quad
