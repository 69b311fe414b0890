"""The policy for queries: they read the graph, and nothing else.

A query is parsed by rdflib, and every part of its algebra must be on the list here; unknown parts are refused. The
engine parses the query again. Two measures prevent that the two parsers disagree: both get the same text, without
escapes and unusual line ends, and the keywords for external access are also searched in that text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from asngraph.errors import UsageError
from asngraph.rdf.iris import PREFIXES

MAX_LENGTH = 100_000

FORMS = frozenset({"SelectQuery", "AskQuery", "ConstructQuery", "DescribeQuery"})
_PATTERNS = frozenset({
    "AggregateJoin", "BGP", "Distinct", "Extend", "Filter", "Graph", "Group", "Join", "LeftJoin", "Minus", "OrderBy",
    "OrderCondition", "Project", "Reduced", "Slice", "ToMultiSet", "TrueFilter", "Union", "values", "vars",
})  # fmt: skip
# Within (NOT) EXISTS rdflib keeps patterns as they were parsed.
_PARSED = frozenset({
    "Bind", "GraphGraphPattern", "GroupAs", "GroupClause", "GroupGraphPatternSub", "GroupOrUnionGraphPattern",
    "HavingClause", "InlineData", "InversePath", "LimitOffsetClauses", "MinusGraphPattern", "OptionalGraphPattern",
    "OrderClause", "PathAlternative", "PathElt", "PathEltOrInverse", "PathNegatedPropertySet", "PathSequence",
    "SubSelect", "TriplesBlock", "pname",
})  # fmt: skip
_EXPRESSIONS = frozenset({
    "AdditiveExpression", "ConditionalAndExpression", "ConditionalOrExpression", "Function", "MultiplicativeExpression",
    "RelationalExpression", "UnaryMinus", "UnaryNot", "UnaryPlus", "literal",
    *(f"Aggregate_{name}" for name in ("Avg", "Count", "GroupConcat", "Max", "Min", "Sample", "Sum")),
    *(f"Builtin_{name}" for name in (
        "ABS", "BNODE", "BOUND", "CEIL", "COALESCE", "CONCAT", "CONTAINS", "DATATYPE", "DAY", "ENCODE_FOR_URI",
        "EXISTS", "FLOOR", "HOURS", "IF", "IRI", "LANG", "LANGMATCHES", "LCASE", "MD5", "MINUTES", "MONTH", "NOTEXISTS",
        "NOW", "RAND", "REGEX", "REPLACE", "ROUND", "SECONDS", "SHA1", "SHA256", "SHA384", "SHA512", "STR", "STRAFTER",
        "STRBEFORE", "STRDT", "STRENDS", "STRLANG", "STRLEN", "STRSTARTS", "STRUUID", "SUBSTR", "TIMEZONE", "TZ",
        "UCASE", "URI", "UUID", "YEAR", "isBLANK", "isIRI", "isLITERAL", "isNUMERIC", "isURI", "sameTerm",
    )),
})  # fmt: skip
ALLOWED = FORMS | _PATTERNS | _PARSED | _EXPRESSIONS

# Tokens in which a word is not a keyword: strings, IRIs, comments, variables, names with a prefix.
_NO_KEYWORDS = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""' r"|'''(?:[^'\\]|\\.|'(?!''))*'''"
    r'|"(?:[^"\\\n]|\\.)*"' r"|'(?:[^'\\\n]|\\.)*'"
    r"""|<[^<>"{}|^`\\\x00-\x20]*>|\#[^\n]*|[?$]\w+|@[A-Za-z][A-Za-z0-9-]*|(?:\w[\w.-]*)?:(?:[\w.%:-]|\\.)*""",
    re.DOTALL,
)  # fmt: skip
_OUTSIDE = re.compile(
    r"\b(SERVICE|FROM|LOAD|INSERT|DELETE|CLEAR|CREATE|DROP|COPY|MOVE|ADD|WITH|USING|INTO|SILENT)\b", re.IGNORECASE
)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029\ud800-\udfff\ufeff]")
_ESCAPE = re.compile(r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}")


def checked(query: str) -> str:
    """Return a query after checking that it only reads.

    Parameters
    ----------
    query : str
        A query in SPARQL 1.1; the prefixes of `asngraph.rdf.iris.PREFIXES` need not be declared.

    Returns
    -------
    str
        The query in the form that is safe to give to an engine.

    Raises
    ------
    UsageError
        When the text is not a SPARQL query, or a part of the query is not allowed.

    Examples
    --------
    >>> checked("SELECT ?e { ?e a asn:Exposure }")
    'SELECT ?e { ?e a asn:Exposure }'
    >>> checked("SELECT * { SERVICE <http://localhost/> { ?s ?p ?o } }")
    Traceback (most recent call last):
    asngraph.errors.UsageError: SERVICE is not allowed: queries can only read the graph
    """
    text = _plain(query)
    found = _OUTSIDE.search(_NO_KEYWORDS.sub(" ", text))
    if found:
        raise _refused(found[1].upper())
    algebra = _parsed(text)
    if algebra.name not in FORMS:
        raise _refused(algebra.name)
    for part in _parts(algebra):
        _check_part(part)
    return text


def terms(query: str) -> list[str]:
    """Return the names of the vocabulary that a query uses: classes, properties and relations, without prefix.

    Parameters
    ----------
    query : str
        A query that is valid (`checked`).

    Returns
    -------
    list of str
        In alphabetical order.

    Examples
    --------
    >>> terms("SELECT ?e { ?e a asn:Exposure ; asn:same_target ?f }")
    ['Exposure', 'same_target']
    """
    named = {str(part) for part in _parts(_parsed(_plain(query))) if isinstance(part, str)}
    namespace = PREFIXES["asn"]
    return sorted(name.removeprefix(namespace) for name in named if name.startswith(namespace))


def _refused(what: str) -> UsageError:
    return UsageError(f"{what} is not allowed: queries can only read the graph")


def _plain(query: str) -> str:
    """Return a query with plain line ends; refuse escapes and control characters, on which parsers may disagree."""
    if len(query) > MAX_LENGTH:
        raise UsageError(f"the query has {len(query):,} characters; the limit is {MAX_LENGTH:,}")
    text = query.replace("\r\n", "\n")
    found = _CONTROL.search(text)
    if found:
        raise UsageError(f"the query has the character U+{ord(found[0]):04X}; remove it")
    if _ESCAPE.search(text):
        raise UsageError(r"the query has an escape such as \u0041; write the character itself")
    return text


def _parsed(text: str) -> Any:
    from pyparsing import ParseException
    from rdflib.plugins.sparql import prepareQuery

    try:
        return prepareQuery(text, initNs=PREFIXES).algebra
    except ParseException as error:
        line = " ".join(error.line.split())[:80]
        raise UsageError(f"invalid SPARQL: line {error.lineno}, column {error.column}: {line}") from None
    except RecursionError:
        raise UsageError("the query is nested too deeply") from None
    except Exception as error:  # rdflib raises bare exceptions for queries that it cannot translate
        raise UsageError(f"invalid SPARQL: {error}") from None


def _parts(part: Any) -> Iterator[Any]:
    """Yield every part of an algebra."""
    from rdflib.paths import Path

    pending = [part]
    while pending:
        each = pending.pop()
        if isinstance(each, dict):  # a named part is a dict too
            yield each
            pending.extend(each.values())
        elif isinstance(each, list | tuple | set | frozenset):
            pending.extend(each)
        elif isinstance(each, Path):
            pending.extend(vars(each).values())
        else:
            yield each


def _check_part(part: Any) -> None:
    from rdflib.namespace import XSD
    from rdflib.plugins.sparql.parserutils import CompValue
    from rdflib.term import Identifier

    if isinstance(part, CompValue):
        if part.name not in ALLOWED:
            raise _refused(part.name)
        if dict.get(part, "datasetClause"):
            raise _refused("FROM")
        if part.name == "Function" and not str(part.iri).startswith(str(XSD)):
            raise _refused(f"the function {part.iri}")
    elif not (part is None or isinstance(part, dict | str | int | Identifier)):
        raise _refused(type(part).__name__)
