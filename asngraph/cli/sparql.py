"""``asngraph sparql``: queries in SPARQL, of a pool or a store."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import click

from asngraph.cli.console import SpaceSeparated, warn, working
from asngraph.cli.options import delimiter_option, rule_options, support_option
from asngraph.cli.output import lines, print_json, table
from asngraph.errors import UsageError
from asngraph.graph.association_graph import AssociationGraph, generate
from asngraph.model.pool import Pool
from asngraph.rdf.iris import PREFIXES
from asngraph.rules.loading import RuleChoice
from asngraph.sparql.client import DEFAULT_LIMITS, Answer, Limits, ask
from asngraph.sparql.named_queries import NamedQuery, named_queries
from asngraph.util.limits import QUERY, is_stream, read_bounded


@click.command(cls=SpaceSeparated)
@click.argument("query", required=False)
@click.option("--pool", metavar="POOL", help="The pool to ask; its associations are made now.")
@click.option("--store", metavar="DIR", help="The store of Oxigraph to ask; it is opened to read only.")
@click.option(
    "--set", "settings", multiple=True, metavar="NAME=VALUE ...", help="A variable of the query, and the text it has."
)
@click.option(
    "-f", "--format", "format_", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True,
    help="How the answer is written; json and csv are those of SPARQL 1.1.",
)  # fmt: skip
@click.option("--seconds", default=DEFAULT_LIMITS.seconds, show_default=True, help="How long the query may take.")
@click.option(
    "--memory", default=DEFAULT_LIMITS.mebibytes, show_default=True, metavar="MIB",
    help="How much memory it may use beside the graph.",
)  # fmt: skip
@click.option("--rows", default=DEFAULT_LIMITS.rows, show_default=True, help="How many rows are shown at most.")
@support_option
@rule_options()
@delimiter_option
@click.option("--list", "list_", is_flag=True, help="List the queries that have a name, and do nothing else.")
def sparql(
    query: str | None,
    pool: str | None,
    store: str | None,
    settings: Sequence[str],
    format_: str,
    seconds: int,
    memory: int,
    rows: int,
    support: str | None,
    rules: RuleChoice,
    delimiter: str,
    list_: bool,
) -> None:
    """Ask a pool or a store in SPARQL: QUERY is a query, a file that has one, or the name of one.

    Queries read and do nothing else: update, LOAD, SERVICE, FROM and FROM NAMED are refused. The prefixes asn, role,
    exp_type, candidate_type, rule, id, rdfs, xsd, skos and prov need not be declared.
    """
    if list_:
        _list()
        return
    if query is None:
        raise UsageError("there is no query; give one, a file that has one, or a name (--list)")
    chosen = query_of(query)
    limits = Limits(seconds, memory, rows)
    bound = dict(_setting(each) for each in settings)
    source = _source(pool, store, support, rules, delimiter)
    with working("asking"):
        answer = ask(chosen, source, bound, limits)
    for name in answer.unknown:
        warn(f"no exposure is called {name}")
    _show(answer, format_)
    if answer.more:
        warn(f"there are more than {rows} rows; --rows shows more")


def query_of(text: str) -> str | NamedQuery:
    """Find a query: by its name, in a file, or as it is.

    Parameters
    ----------
    text : str
        What was given.

    Raises
    ------
    UsageError
        When it is neither.
    """
    found = named_queries().get(text)
    if found is not None:
        return found
    if "{" in text or "\n" in text:
        return text
    path = Path(text)
    if is_stream(text) or _is_file(path):
        try:
            return read_bounded(path, QUERY, streams=is_stream(text)).decode()
        except OSError as error:
            raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
        except UnicodeDecodeError as error:
            raise UsageError(f"{path} is no text in UTF-8: byte {error.start} is no part of a character") from None
    if len(text.split()) > 1:
        return text
    raise UsageError(f"{text} is no query, no file and no name of a query; there are {', '.join(named_queries())}")


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a query can be too long for a name
        return False


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(f"{text!r} sets nothing; write NAME=VALUE")
    return name, value


def _source(
    pool: str | None, store: str | None, support: str | None, rules: RuleChoice, delimiter: str
) -> AssociationGraph | str:
    if (pool is None) == (store is None):
        raise UsageError("name what to ask: --pool POOL or --store DIR, and not both")
    if pool is None:
        if support is not None:
            raise UsageError("--support goes with --pool")
        if rules:
            raise UsageError("rules go with --pool; what is in a store was made by the rules that it was added with")
        return str(store)
    known = rules.load()
    with working(f"deciding {pool}"):
        graph = generate(Pool.read(pool, delimiter), rules=known, support=support)
    for note in graph.notes:
        warn(note)
    return graph


def _list() -> None:
    for each in named_queries().values():
        lines(f"{each.name}: {each.about}")
        for name, about in each.parameters.items():
            lines(f"  --set {name}=...  {about}")


def _show(answer: Answer, format_: str) -> None:
    if format_ == "json":
        print_json(answer.document())
    elif answer.boolean is not None:
        click.echo(str(answer.boolean).lower() if format_ == "csv" else "yes" if answer.boolean else "no")
    elif format_ == "csv":
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\r\n")  # as SPARQL 1.1 has it
        writer.writerow(answer.columns)
        writer.writerows(answer.texts)
        click.echo(buffer.getvalue().encode("utf-8"), nl=False)
    else:
        table("", answer.columns, [[_short(text) for text in row] for row in answer.texts])


def _short(text: str) -> str:
    """Write an IRI short, where it has a prefix."""
    for prefix, namespace in PREFIXES.items():
        if text.startswith(namespace):
            return f"{prefix}:{text.removeprefix(namespace)}"
    return text
