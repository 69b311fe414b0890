"""``asngraph completion``: completion of words in bash, zsh and fish.

The scripts are those of click, which call the command itself with `VARIABLE` in the environment. Whatever goes wrong
then, nothing is printed: an error text would end up in the command line that is being typed.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click
from click.shell_completion import CompletionItem, get_completion_class, shell_complete

if TYPE_CHECKING:
    from asngraph.model.pool import Pool

VARIABLE = "_ASNGRAPH_COMPLETE"
_NAME = "asngraph"

# Larger pools give no names, or only those of their exposures, since an answer has to come at once.
_MOST_BYTES, _MOST_EXPOSURES = 20_000_000, 2_000
# The number of files of a folder that are looked at, and of association files that are read.
_MOST_FILES, _MOST_READ = 5_000, 100

_ASSOCIATION, _FITS = "_asn.json", (".fits", ".fits.gz")

# Where the scripts of click call the command, and what is called instead: its messages are not for the shell.
_CALLS = {
    "bash": ("_complete $1)", "_complete $1 2>/dev/null)"),
    "zsh": (f"_complete {_NAME})", f"_complete {_NAME} 2>/dev/null)"),
    "fish": (f"{_NAME});", f"{_NAME} 2>/dev/null);"),
}
_MODERN_BASH = "(( BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 404 ))"


@click.command()
@click.argument("shell", type=click.Choice(list(_CALLS)))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that completes commands, options and names with TAB in a shell.

    bash: eval "$(asngraph completion bash)" in ~/.bashrc; zsh: the same with zsh in ~/.zshrc; fish: asngraph completion
    fish > ~/.config/fish/completions/asngraph.fish. Names of exposures, associations and candidates are those of the
    pool or folder that the command line names.
    """
    click.echo(script(context.find_root().command, shell), nl=False)


def script(command: click.Command, shell: str) -> str:
    """Return the script that completes words in a shell.

    Parameters
    ----------
    command : click.Command
        The command line.
    shell : str
        ``bash``, ``zsh`` or ``fish``.

    Returns
    -------
    str
    """
    kind = get_completion_class(shell)
    assert kind is not None  # click has all three
    made = kind(command, {}, _NAME, VARIABLE)
    text = (made.source_template % made.source_vars()).replace(*_CALLS[shell])
    return f"if {_MODERN_BASH}; then\n{text}\nfi\n" if shell == "bash" else text.rstrip("\n") + "\n"


def complete(command: click.Command) -> None:
    """Print the words that complete the command line in the environment; nothing when anything goes wrong.

    Parameters
    ----------
    command : click.Command
        The command line.
    """
    with contextlib.suppress(Exception), contextlib.redirect_stderr(io.StringIO()):
        shell_complete(command, {}, _NAME, VARIABLE, os.environ[VARIABLE])


def attach(command: click.Command) -> None:
    """Let the parameters of a command complete names: of exposures, associations, rules and others, by `_WORDS`.

    Parameters
    ----------
    command : click.Command
        The command.
    """
    for parameter in command.params:
        words = _WORDS.get(parameter.name or "")
        if words is not None:
            parameter.shell_complete = partial(_completed, words)  # type: ignore[method-assign]
    for inner in getattr(command, "commands", {}).values():
        attach(inner)


def _completed(
    words: Callable[[click.Context], Iterable[str]], context: click.Context, incomplete: str
) -> list[CompletionItem]:
    if words is _files:
        return [CompletionItem(incomplete, type="file")]
    begun = incomplete.lower()
    return [CompletionItem(word) for word in dict.fromkeys(words(context)) if word.lower().startswith(begun)]


class _Names(NamedTuple):
    """Names in a source."""

    exposures: Iterable[str] = ()
    associations: Iterable[str] = ()
    candidates: Iterable[str] = ()
    columns: Iterable[str] = ()


def _names(context: click.Context) -> _Names:
    """Return the names in the source that the words before name, or in the current folder."""
    named = (context.params.get(name) for name in ("source", "pool", "pools", "named", "given"))
    first = next((value[0] if isinstance(value, tuple) else value for value in named if value), None)
    # click leaves arguments unparsed when the last word is an option that lacks its value.
    words = [first] if first else [*context.args, *(context.obj or ()), "."]
    source = Path(words[0])
    if source.is_dir():
        return _of_folder(source)
    if source.name.endswith(_ASSOCIATION):
        return _Names(_members([source]), [source.name.removesuffix(_ASSOCIATION)])
    if not source.is_file() or source.stat().st_size > _MOST_BYTES:
        return _Names()
    from asngraph.model.pool import Pool

    return _of_pool(Pool.read(source, context.params.get("delimiter") or "|"))


def _of_pool(pool: Pool) -> _Names:
    from asngraph.graph.association_graph import generate
    from asngraph.model.candidate import CandidateColumn

    names: Iterable[str] = ()
    if len(pool) <= _MOST_EXPOSURES:
        names = [name.removesuffix(_ASSOCIATION) for name in generate(pool).file_names]
    candidates = [candidate.id for candidate in CandidateColumn(pool["asn_candidate"]).all]
    return _Names(_roots(pool["filename"]), names, sorted(candidates), pool.columns)


def _of_folder(folder: Path) -> _Names:
    from asngraph.model.association_files import pools_in
    from asngraph.model.pool import Pool

    paths = list(_files_of(folder))
    associations = [path for path in paths if path.name.endswith(_ASSOCIATION)]
    exposures = [path.name for path in paths if path.name.endswith(_FITS)]
    if not associations and not exposures and len(pools := pools_in(folder)) == 1:
        return _of_pool(Pool.read(pools[0]))
    members = _members(associations[:_MOST_READ])
    names = [path.name.removesuffix(_ASSOCIATION) for path in associations]
    candidates = {name.split("-")[1].split("_")[0] for name in names if "-" in name}
    return _Names([*_roots(exposures), *members], names, sorted(candidates))


def _files_of(folder: Path) -> Iterator[Path]:
    from itertools import islice

    found = (Path(place, name) for place, _, names in os.walk(folder) for name in sorted(names))
    return islice(found, _MOST_FILES)


def _members(paths: Iterable[Path]) -> list[str]:
    from asngraph.model.association import load_asn

    names: list[str] = []
    for path in paths:
        with contextlib.suppress(Exception):  # a file that is broken has no names to offer
            names += [member["expname"] for member in load_asn(path).members]
    return _roots(names)


def _roots(names: Iterable[str]) -> list[str]:
    from asngraph.model.filenames import exposure_root

    return list(dict.fromkeys(exposure_root(name) for name in names))


def _files(context: click.Context) -> list[str]:
    raise AssertionError  # the shell itself completes names of files


def _exposures(context: click.Context) -> Iterable[str]:
    return _names(context).exposures


def _associations(context: click.Context) -> Iterable[str]:
    return _names(context).associations


def _either(context: click.Context) -> Iterable[str]:
    names = _names(context)
    return [*names.associations, *names.exposures]


def _candidates(context: click.Context) -> Iterable[str]:
    return _names(context).candidates


def _columns(context: click.Context) -> Iterable[str]:
    from asngraph.pools.keywords import KEYWORDS

    return _names(context).columns or [keyword.column for keyword in KEYWORDS]


def _rules(context: click.Context) -> Iterable[str]:
    from asngraph.rules.observatory import observatory_rules

    return [rule.name for rule in observatory_rules()]


def _modes(context: click.Context) -> Iterable[str]:
    from asngraph.simulation import MODES

    return MODES


def _relations(context: click.Context) -> Iterable[str]:
    from asngraph.model.relations import RELATIONS

    return RELATIONS


def _roles(context: click.Context) -> Iterable[str]:
    from asngraph.model.roles import EXPTYPES

    return sorted(EXPTYPES)


def _queries(context: click.Context) -> Iterable[str]:
    from asngraph.sparql.named_queries import named_queries

    return named_queries()


# What completes a parameter, by its name; other parameters complete as their type does.
_WORDS: dict[str, Callable[[click.Context], Iterable[str]]] = {
    "after": _files,
    "association": _associations,
    "before": _files,
    "by": _columns,
    "exclude": _files,
    "exp_types": _roles,
    "exclude_types": _roles,
    "exposure": _exposures,
    "exposures": _exposures,
    "exptype": _roles,
    "files": _files,
    "ids": _candidates,
    "items": _files,
    "modes": _modes,
    "name": _rules,
    "names": _exposures,
    "other": _either,
    "path": _files,
    "paths": _files,
    "pool": _files,
    "pools": _files,
    "query": _queries,
    "relation": _relations,
    "rule": _rules,
    "rule_files": _files,
    "source": _files,
    "store": _files,
    "support": _files,
}
