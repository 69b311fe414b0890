"""RDF documents that are written statement by statement: Turtle, TriG, RDF/XML and JSON-LD.

Statements about one subject that follow each other are written together. A subject may return later in the document,
as in all of these formats.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from xml.sax.saxutils import escape, quoteattr

from asngraph.errors import AsnGraphError
from asngraph.rdf import iris
from asngraph.rdf.ontology import context
from asngraph.rdf.statements import Statement
from asngraph.util.text import NOT_IN_XML

# The prefixes of the terms that statements have.
_PREFIXES = ("asn", "candidate_type", "exp_type", "rdf", "rdfs", "role", "rule", "xsd")
_PREFIX_OF = {iris.PREFIXES[prefix]: prefix for prefix in _PREFIXES}
_LOCAL = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")  # a local name that needs no escapes, in Turtle and in XML
_TYPE = "rdf:type"


def turtle(statements: Iterable[Statement], named: str | None = None) -> Iterator[str]:
    """Yield statements as Turtle; within a named graph, as TriG.

    Parameters
    ----------
    statements : iterable of (str, str, str)
        The statements, in the syntax of N-Triples.
    named : str, optional
        The IRI of the named graph.

    Yields
    ------
    str

    Examples
    --------
    >>> said = [("<a:b>", f"<{iris.term('rule')}>", "<a:c>"), ("<a:b>", f"<{iris.term('rule')}>", '"d"')]
    >>> "".join(turtle(said)).splitlines()[-2:]
    ['<a:b>', '    asn:rule <a:c>, "d" .']
    """
    for prefix in _PREFIXES:
        yield f"@prefix {prefix}: <{iris.PREFIXES[prefix]}> .\n"
    if named is not None:
        yield f"\n<{named}> {{\n"
    for subject, about in groupby(statements, itemgetter(0)):
        lines = [f"    {_verb(verb)} {_objects(some)}" for verb, some in groupby(about, itemgetter(1))]
        yield f"\n{_short(subject)}\n" + " ;\n".join(lines) + " .\n"
    if named is not None:
        yield "}\n"


def rdf_xml(statements: Iterable[Statement]) -> Iterator[str]:
    """Yield statements as RDF/XML.

    Parameters
    ----------
    statements : iterable of (str, str, str)
        The statements, in the syntax of N-Triples.

    Yields
    ------
    str

    Raises
    ------
    AsnGraphError
        When a text has a character that XML does not allow.
    """
    yield '<?xml version="1.0" encoding="utf-8"?>\n<rdf:RDF'
    for prefix in _PREFIXES:
        yield f"\n    xmlns:{prefix}={quoteattr(iris.PREFIXES[prefix])}"
    yield ">\n"
    for subject, about in groupby(statements, itemgetter(0)):
        lines = [_property(_short(verb), object_) for _, verb, object_ in about]
        yield f"<rdf:Description rdf:about={_iri(subject)}>\n{''.join(lines)}</rdf:Description>\n"
    yield "</rdf:RDF>\n"


def json_ld(statements: Iterable[Statement]) -> Iterator[str]:
    """Yield statements as JSON-LD, with the context in the document, so that readers need no network.

    Parameters
    ----------
    statements : iterable of (str, str, str)
        The statements, in the syntax of N-Triples.

    Yields
    ------
    str
    """
    terms = context()
    yield f'{{"@context": {json.dumps(terms)},\n"@graph": ['
    between = "\n"
    for subject, about in groupby(statements, itemgetter(0)):
        values: dict[str, list[str]] = {}
        for _, verb, object_ in about:
            key = _short(verb).partition(":")[2] if _short(verb) != _TYPE else "@type"
            values.setdefault(key, []).append(_value(object_, typed=key == "@type"))
        node = {key: some[0] if len(some) == 1 else some for key, some in values.items()}
        yield between + json.dumps({"@id": subject[1:-1]} | node)
        between = ",\n"
    yield "]}\n"


def _value(object_: str, *, typed: bool) -> str:
    """Return an object in JSON-LD; the context says whether it is a node."""
    if object_[0] == "<":
        return _short(object_).partition(":")[2] if typed else object_[1:-1]
    return _text(object_)[0]


@lru_cache(maxsize=65536)
def _property(verb: str, object_: str) -> str:
    if object_[0] == "<":
        return f"  <{verb} rdf:resource={_iri(object_)}/>\n"
    text, datatype = _text(object_)
    found = NOT_IN_XML.search(text)
    if found:
        raise AsnGraphError(
            f"xml cannot hold the character U+{ord(found[0]):04X} in {text!a}; take it out of the pool, or choose "
            "another format"
        )
    typed = f" rdf:datatype={quoteattr(datatype)}" if datatype else ""
    return f"  <{verb}{typed}>{escape(text, {chr(13): '&#13;'})}</{verb}>\n"


@lru_cache(maxsize=65536)
def _iri(written: str) -> str:
    return quoteattr(written[1:-1])


@lru_cache(maxsize=65536)
def _text(literal: str) -> tuple[str, str]:
    """Return the text and the datatype of a literal."""
    value, _, datatype = literal.rpartition('"')
    return json.loads(f'{value}"'), datatype[3:-1]


def _objects(some: Iterable[Statement]) -> str:
    return ", ".join([_short(object_) for *_, object_ in some])


def _verb(written: str) -> str:
    name = _short(written)
    return "a" if name == _TYPE else name


@lru_cache(maxsize=65536)
def _short(term: str) -> str:
    """Return a term with prefixes instead of namespaces, if its local name needs no escapes."""
    if term[-1] != ">":
        return term
    before, _, iri = term[:-1].rpartition("<")
    place = max(iri.rfind("#"), iri.rfind("/")) + 1
    prefix = _PREFIX_OF.get(iri[:place])
    if prefix is None or not _LOCAL.fullmatch(iri, place):
        return term
    return f"{before}{prefix}:{iri[place:]}"
