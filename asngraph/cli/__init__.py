"""The command ``asngraph``: the command line of the library."""

from __future__ import annotations

import gc
import io
import os
import sys
import traceback
from pathlib import Path
from typing import Any

import click

from asngraph._version import __version__
from asngraph.cli import completion, faults, questions, streams
from asngraph.cli.lazy import LazyGroup
from asngraph.cli.options import version_option
from asngraph.errors import AsnGraphError
from asngraph.util.signals import ending

# With this variable in the environment, an internal error is shown with its traceback.
_TRACEBACK = "ASNGRAPH_TRACEBACK"

# The module and the summary of each command; the module is imported only when the command is called.
_COMMANDS = {
    "generate": ("asngraph.cli.generate", "Make the associations of pools of exposures."),
    "combine": ("asngraph.cli.combine", "Combine exposures into associations by columns of your choice."),
    "watch": ("asngraph.cli.watch", "Keep the associations of a pool up to date while it changes."),
    "pool": ("asngraph.cli.pool", "Make, link, check, merge and split pools."),
    "asn": ("asngraph.cli.asn", "Create, edit, validate and gather associations by hand."),
    "list": ("asngraph.cli.listing", "List associations."),
    **{str(command.name): (questions.__name__, command.get_short_help_str(100)) for command in questions.COMMANDS},
    "diff": ("asngraph.cli.diff", "Compare two sets of associations."),
    "plan": ("asngraph.cli.plan", "List the pipelines to run, in order."),
    "status": ("asngraph.cli.plan", "List the associations that have all their files, and those that do not."),
    "view": ("asngraph.cli.view", "Write a page of a pool: one HTML file to view offline."),
    "rdf": ("asngraph.cli.rdf", "Write the graph of a pool as RDF."),
    "sparql": ("asngraph.cli.sparql", "Query a pool or a store in SPARQL."),
    "archive": ("asngraph.cli.archive", "Keep the graphs of many pools in one store, and query them together."),
    "plot": ("asngraph.cli.plot", "Draw a program, an observation or an association."),
    "graph": ("asngraph.cli.graph", "Write the graph of a pool for other programs."),
    "rules": ("asngraph.cli.rules", "List the rules, or describe one in words."),
    "schema": ("asngraph.cli.schema", "Print the JSON Schema of an answer in JSON."),
    "simulate": ("asngraph.cli.simulate", "Make a simulated pool of an invented program."),
    "compat": ("asngraph.cli.compat", "Run calls of the observatory's commands, such as asn_generate."),
    "completion": ("asngraph.cli.completion", "Print the script that completes names with TAB in a shell."),
}


@click.group(
    cls=LazyGroup,
    where=_COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@version_option
def cli() -> None:
    """Work with the associations of the James Webb Space Telescope.

    An association says which exposures are processed together, and in which role. asngraph makes associations from a
    pool of exposures, and explains them.
    """


@ending()
@streams.guarded()
def main(arguments: list[str] | None = None) -> None:
    """Run the command.

    Parameters
    ----------
    arguments : list of str, optional
        The arguments after ``asngraph``; by default those of the process.

    Raises
    ------
    SystemExit
        With exit code 1 when the work failed, 2 on bad usage or bad input, 143 on SIGTERM, 129 on SIGHUP.

    Notes
    -----
    Standard streams may be closed. Where messages cannot be written, the work is done nevertheless.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    try:
        _run(words)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as error:
        streams.text_message(_text_of(error, words))
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        fail("interrupted", 1)
    except AsnGraphError as error:
        fail(faults.message(error), faults.exit_code(error))
    except streams.OutputError as error:
        if error.reader_left:  # the reader closed the pipe: no message
            sys.exit(1)
        fail(str(error), 1)
    except OSError as error:
        fail(_of_system(error), 1)
    except Exception as error:
        _fail_internally(error)


def _run(words: list[str]) -> None:
    if os.environ.get(completion.VARIABLE):  # the shell requests completions
        completion.complete(cli)
        return
    # What a command makes lives until it ends and has few cycles: looking for them often finds nothing.
    gc.set_threshold(200_000, 10, 10)
    # Not cli.main: on any broken pipe it exits silently and replaces the streams of the process.
    with cli.make_context("asngraph", words) as context:
        cli.invoke(context)


class _Terminal(io.StringIO):
    """A text buffer that click takes for a terminal, and in which it keeps escape sequences."""

    def isatty(self) -> bool:
        return True


def _text_of(error: click.ClickException, words: list[str]) -> str:
    """Return click's message for an error, with the user's words made safe to print."""
    buffer = _Terminal()
    error.show(buffer)
    text = buffer.getvalue()
    parts = {part for word in words for part in (word, *word.split("=", 1))}
    for part in sorted(parts, key=len, reverse=True):
        if part.strip() and part != streams.quoted(part):
            text = text.replace(part, streams.quoted(part))
    return text


def _of_system(error: OSError) -> str:
    name = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else ""
    return f"{name}: {error.strerror or error}".removeprefix(": ")


def _fail_internally(error: Exception) -> None:
    """Report an internal error and exit: the handler for unexpected exceptions."""
    if os.environ.get(_TRACEBACK):
        streams.text_message("".join(traceback.format_exception(error)))
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    streams.message(
        f"asngraph: internal error: {type(error).__name__}: {error}{where}; please report it to the maintainers of "
        f"asngraph {__version__}, with the command and its output with {_TRACEBACK}=1 set"
    )
    sys.exit(1)


def fail(message: str, code: int) -> Any:
    """Print an error in one line, and exit."""
    streams.message(f"asngraph: error: {message}")
    sys.exit(code)
