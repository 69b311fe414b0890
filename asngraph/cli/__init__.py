"""The command ``asngraph``: a thin shell around the library."""

from __future__ import annotations

import sys
from typing import Any

import click

from asngraph._version import __version__
from asngraph.cli.lazy import LazyGroup
from asngraph.errors import AsnGraphError, UsageError

# Where each command is, and what it does; its module is loaded only when the command is called.
_COMMANDS = {
    "generate": ("asngraph.cli.generate", "Make associations of pools of exposures."),
    "pool": ("asngraph.cli.pool", "Make, link, check and divide pools."),
    "asn": ("asngraph.cli.asn", "Make, edit, check and gather associations by hand."),
    "list": ("asngraph.cli.listing", "List associations."),
    "which": ("asngraph.cli.questions", "Say which associations an exposure belongs to, or make a product."),
    "why": ("asngraph.cli.questions", "Say why an exposure is in an association, or what ties two exposures."),
    "why-not": ("asngraph.cli.questions", "Say why an exposure is not in an association, and what would change that."),
    "impact": ("asngraph.cli.questions", "Say what depends on exposures, and what would be left without them."),
    "related": ("asngraph.cli.questions", "Say which exposures stand in a relation to an exposure."),
    "stats": ("asngraph.cli.questions", "Describe a graph in numbers."),
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
@click.version_option(__version__, prog_name="asngraph")
def cli() -> None:
    """Work with the associations of the James Webb Space Telescope.

    An association says which exposures are processed together, and in which role. asngraph makes associations from a
    pool of exposures, and can say why.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command.

    Parameters
    ----------
    arguments : list of str, optional
        The words after ``asngraph``; by default those of the process. It ends with exit code 0 when all is done, 1 when
        the work failed and 2 when it was asked for in a way that makes no sense.
    """
    try:
        cli.main(args=arguments, prog_name="asngraph", standalone_mode=False)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        fail("interrupted", 1)
    except UsageError as error:
        fail(str(error), 2)
    except AsnGraphError as error:
        fail(str(error), 1)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except OSError as error:
        fail(f"{error.filename or ''}: {error.strerror or error}".lstrip(": "), 1)


def fail(message: str, code: int) -> Any:
    """Say in one line what is wrong, and end."""
    click.echo("asngraph: error: " + " ".join(message.split()), err=True)
    sys.exit(code)
