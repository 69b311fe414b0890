"""``asngraph sparql``: SPARQL queries of a pool or a store."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import click

from asngraph.cli.console import SpaceSeparated, warn, working
from asngraph.cli.inputs import read_pool
from asngraph.cli.options import delimiter_option, rule_options, source_options, support_option
from asngraph.cli.output import lines, print_json, table
from asngraph.errors import UsageError
from asngraph.graph.association_graph import AssociationGraph, generate
from asngraph.rdf.iris import PREFIXES
from asngraph.rules.loading import RuleChoice
from asngraph.sparql.client import DEFAULT_LIMITS, Answer, Limits, ask
from asngraph.sparql.named_queries import NamedQuery, named_queries
from asngraph.sparql.policy import checked, terms
from asngraph.sparql.stores import is_store
from asngraph.util.limits import QUERY, is_stream, read_bounded
from asngraph.util.suggest import closest, did_you_mean


@click.command(cls=SpaceSeparated)
@click.argument("query", required=False)
@source_options("--pool", argument=False, default="")
@click.option("--store", metavar="DIR", hidden=True, help="The Oxigraph store to query; it is opened read-only.")
@click.option(
    "--set", "settings", multiple=True, metavar="NAME=VALUE ...", help="A variable of the query, and its value."
)
@click.option(
    "-f", "--format", "format_", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True,
    help="The format of the answer; json and csv are the SPARQL 1.1 result formats.",
)  # fmt: skip
@click.option("--seconds", default=DEFAULT_LIMITS.seconds, show_default=True, help="The time limit of the query.")
@click.option(
    "--memory", default=DEFAULT_LIMITS.mebibytes, show_default=True, metavar="MIB",
    help="The memory limit of the query, in addition to the graph.",
)  # fmt: skip
@click.option("--rows", default=DEFAULT_LIMITS.rows, show_default=True, help="The maximum number of rows.")
@support_option
@rule_options()
@delimiter_option
@click.option("--list", "list_", is_flag=True, help="List the named queries and exit.")
def sparql(
    query: str | None,
    source: Sequence[Path],
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
    """Query a source in SPARQL: QUERY is a query, a file with a query, or the name of a query.

    The associations of a pool or of FITS files are made now; an archive or an Oxigraph store is opened read-only.

    Queries are read-only: update, LOAD, SERVICE, FROM and FROM NAMED are refused. The prefixes asn, role, exp_type,
    candidate_type, rule, id, rdfs, xsd, skos and prov need not be declared.
    """
    if list_:
        _list()
        return
    if query is None:
        raise UsageError("no query given; give a query, a file with a query, or the name of a query (--list)")
    chosen = query_of(query)
    limits = Limits(seconds, memory, rows)
    bound = dict(_setting(each) for each in settings)
    if isinstance(chosen, str):
        _warn_of_unknown_terms(checked(chosen))
    queried = _source(source, store, support, rules, delimiter)
    with working("querying"):
        answer = ask(chosen, queried, bound, limits)
    for message in answer.unknown.values():
        warn(message)
    _show(answer, format_)
    if answer.more:
        warn(f"there are more than {rows} rows; raise the limit with --rows")


def _warn_of_unknown_terms(query: str) -> None:
    """Warn of classes and properties that the vocabulary does not have: nothing matches them."""
    from asngraph.rdf.ontology import context

    known = [name for name in context() if name not in PREFIXES]
    for name in terms(query):
        if name not in known:
            near = did_you_mean([f"asn:{each}" for each in closest(name, known)], "docs/rdf.md lists all")
            warn(f"the vocabulary does not have asn:{name}, and nothing matches it; {near}")


def query_of(text: str) -> str | NamedQuery:
    """Return a query, given by its name, as a file, or as text.

    Parameters
    ----------
    text : str
        The name, the file or the query.

    Raises
    ------
    UsageError
        When the text is neither, or the file cannot be read.
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
            raise UsageError(f"{path} is not a UTF-8 text: byte {error.start} is not part of a character") from None
    if len(text.split()) > 1:
        return text
    raise UsageError(
        f"{text} is neither a query, nor a file, nor one of the named queries {', '.join(named_queries())}"
    )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a query can be too long for a name
        return False


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(f"{text!r} is not of the form NAME=VALUE")
    return name, value


def _source(
    source: Sequence[Path], store: str | None, support: str | None, rules: RuleChoice, delimiter: str
) -> AssociationGraph | str:
    if bool(source) == (store is not None):
        raise UsageError("give one source with --in: a pool, FITS files, an archive or an Oxigraph store")
    if store is None and len(source) == 1 and is_store(source[0]):
        store = str(source[0])
    if store is not None:
        if support is not None:
            raise UsageError("--support requires a pool; a store has the support files of its pools")
        if rules:
            raise UsageError(
                "options for rules require a pool; the associations of a store were made when its pools were added"
            )
        return store
    known = rules.load()
    pool = read_pool(source, delimiter)
    with working(f"deciding {pool.name}"):
        graph = generate(pool, rules=known, support=support)
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
        writer = csv.writer(buffer, lineterminator="\r\n")  # as SPARQL 1.1 requires
        writer.writerow(answer.columns)
        writer.writerows(answer.texts)
        click.echo(buffer.getvalue().encode("utf-8"), nl=False)
    else:
        table("", answer.columns, [[_short(text) for text in row] for row in answer.texts])


def _short(text: str) -> str:
    """Return an IRI with its prefix, if it has one."""
    for prefix, namespace in PREFIXES.items():
        if text.startswith(namespace):
            return f"{prefix}:{text.removeprefix(namespace)}"
    return text
