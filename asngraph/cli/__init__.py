"""The command ``asngraph``: a thin shell around the library."""

from __future__ import annotations

import io
import os
import sys
import traceback
from pathlib import Path
from typing import Any

import click

from asngraph._version import __version__
from asngraph.cli import faults, questions, streams
from asngraph.cli.lazy import LazyGroup
from asngraph.cli.options import version_option
from asngraph.errors import AsnGraphError
from asngraph.util.signals import ending

# With this variable in the environment, an error of asngraph itself shows where it comes from.
_TRACEBACK = "ASNGRAPH_TRACEBACK"
_COMPLETION = "_ASNGRAPH_COMPLETE"

# Where each command is, and what it does; its module is loaded only when the command is called.
_COMMANDS = {
    "generate": ("asngraph.cli.generate", "Make associations of pools of exposures."),
    "pool": ("asngraph.cli.pool", "Make, link, check and divide pools."),
    "asn": ("asngraph.cli.asn", "Make, edit, check and gather associations by hand."),
    "list": ("asngraph.cli.listing", "List associations."),
    **{str(command.name): (questions.__name__, command.get_short_help_str(100)) for command in questions.COMMANDS},
    "diff": ("asngraph.cli.diff", "Say in what two sets of associations differ."),
    "plan": ("asngraph.cli.plan", "Say which pipelines to run, and in which order."),
    "status": ("asngraph.cli.plan", "Say which associations have all their files."),
    "view": ("asngraph.cli.view", "Make a page of a pool: one HTML file to look at, offline."),
    "rdf": ("asngraph.cli.rdf", "Write the graph of a pool as RDF."),
    "sparql": ("asngraph.cli.sparql", "Ask a pool or a store in SPARQL."),
    "archive": ("asngraph.cli.archive", "Keep the graphs of many pools in one store, and ask them all at once."),
    "plot": ("asngraph.cli.plot", "Draw a program, an observation or an association."),
    "graph": ("asngraph.cli.graph", "Write the graph of a pool for other programs."),
    "rules": ("asngraph.cli.rules", "List the rules, or print one in words."),
    "simulate": ("asngraph.cli.simulate", "Make a pool of a program that never was."),
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
    pool of exposures, and can say why.
    """


@ending()
@streams.guarded()
def main(arguments: list[str] | None = None) -> None:
    """Run the command.

    Parameters
    ----------
    arguments : list of str, optional
        The words after ``asngraph``; by default those of the process. It ends with exit code 0 when all is done, 1 when
        the work failed and 2 when it was asked for in a way that makes no sense; with 143 on SIGTERM, 129 on SIGHUP.
        Standard streams may be closed; where messages cannot be written, the work is done all the same.
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
        if error.reader_left:  # who needs no more of the answer needs no word about it
            sys.exit(1)
        fail(str(error), 1)
    except OSError as error:
        fail(_of_system(error), 1)
    except Exception as error:
        _fail_internally(error)


def _run(words: list[str]) -> None:
    if os.environ.get(_COMPLETION):
        cli.main(words, prog_name="asngraph")  # the shell asks how a word may go on
    # Not cli.main: for a pipe that breaks, whichever it is, it ends without a word and replaces the process's streams.
    with cli.make_context("asngraph", words) as context:
        cli.invoke(context)


class _Terminal(io.StringIO):
    """A text in which click leaves escape sequences, which are made visible afterwards."""

    def isatty(self) -> bool:
        return True


def _text_of(error: click.ClickException, words: list[str]) -> str:
    """Return what click says of an error, with what was typed made safe to show."""
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
    """Say that asngraph itself is wrong: the last resort, for what nothing else knows."""
    if os.environ.get(_TRACEBACK):
        streams.text_message("".join(traceback.format_exception(error)))
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    streams.message(
        f"asngraph: internal error: {type(error).__name__}: {error}{where}; please report it to those who maintain "
        f"asngraph {__version__}, with the command and what it says when {_TRACEBACK}=1 is set"
    )
    sys.exit(1)


def fail(message: str, code: int) -> Any:
    """Say in one line what is wrong, and end."""
    streams.message(f"asngraph: error: {message}")
    sys.exit(code)
