"""What a query may do: read what is there, and nothing else.

A query is parsed by rdflib, and every part of its algebra must be on the list here; what is not known is refused. The
engine that answers parses it anew, so two things keep the two from reading different queries: both get the same text,
in which no escape or odd line end is left, and the words that reach outside are looked for in that text as well.
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
# Within (NOT) EXISTS rdflib leaves patterns as it parsed them.
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

# Text and names in which a word is no keyword: strings, IRIs, comments, variables, names with a prefix.
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
    """Hold a query against what is allowed.

    Parameters
    ----------
    query : str
        A query in SPARQL 1.1; the prefixes of `asngraph.rdf.iris.PREFIXES` need not be declared.

    Returns
    -------
    str
        The query as it is to be given to an engine, and no other text.

    Raises
    ------
    UsageError
        When it is no query, or asks for what is not allowed.

    Examples
    --------
    >>> checked("SELECT ?e { ?e a asn:Exposure }")
    'SELECT ?e { ?e a asn:Exposure }'
    >>> checked("SELECT * { SERVICE <http://localhost/> { ?s ?p ?o } }")
    Traceback (most recent call last):
    asngraph.errors.UsageError: SERVICE is not allowed: queries read what is there, and nothing else
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


def _refused(what: str) -> UsageError:
    return UsageError(f"{what} is not allowed: queries read what is there, and nothing else")


def _plain(query: str) -> str:
    """Take out what parsers may read differently: escapes outside of strings, and line ends of other systems."""
    if len(query) > MAX_LENGTH:
        raise UsageError(f"the query has {len(query)} characters; {MAX_LENGTH} are allowed")
    text = query.replace("\r\n", "\n")
    found = _CONTROL.search(text)
    if found:
        raise UsageError(f"the query has the character U+{ord(found[0]):04X}; take it out")
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
        raise UsageError(f"this is no SPARQL query: line {error.lineno}, column {error.column}: {line}") from None
    except RecursionError:
        raise UsageError("the query is nested too deeply") from None
    except Exception as error:  # rdflib raises bare exceptions for what it cannot translate
        raise UsageError(f"this is no SPARQL query: {error}") from None


def _parts(part: Any) -> Iterator[Any]:
    """Yield every part of an algebra."""
    from rdflib.paths import Path

    pending = [part]
    while pending:
        each = pending.pop()
        if isinstance(each, dict):  # a part with a name is one
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
