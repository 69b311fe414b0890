"""``asngraph compat``: the observatory's commands under their names, with their options as argparse reads them.

Exit codes are theirs too: 2 for a wrong command line, 1 for everything else that goes wrong.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import click

from asngraph._version import REFERENCE, __version__
from asngraph.cli import faults, streams
from asngraph.cli.console import say, warn
from asngraph.cli.lazy import LazyGroup
from asngraph.cli.options import overwrite_option
from asngraph.errors import AsnGraphError, UsageError

_HERE = "asngraph.cli.compat"
_COMMANDS = {
    "asn_generate": (_HERE, "Make the associations of a pool, as `asngraph generate` does."),
    "asn_from_list": (_HERE, "Make an association of a list of files, as `asngraph asn create` does."),
    "asn_edit": (_HERE, "Add and remove members, as `asngraph asn edit` does."),
    "asn_gather": (_HERE, "Copy an association and its members, as `asngraph asn gather` does."),
    "asn_make_pool": (_HERE, "Make a pool of FITS files, as `asngraph pool make` does."),
    "install": (_HERE, "Write commands with the observatory's names into a folder."),
}
_REFERENCES = tuple(name for name in _COMMANDS if name.startswith("asn_"))
# The text by which a launcher is known again.
_MARK = "asngraph compat"


@click.group(cls=LazyGroup, where=_COMMANDS)
def compat() -> None:
    """Run the calls of the observatory's commands: their options, arguments and exit codes.

    `asngraph compat install DIR` makes them available under their own names.
    """


class _Parser(argparse.ArgumentParser):
    """A parser whose messages are safe to print on a terminal."""

    def error(self, message: str) -> NoReturn:
        streams.text_message(f"{self.format_usage()}{self.prog}: error: {message}")
        sys.exit(faults.BAD_USAGE)


class _ReferenceCommand(click.Command):
    """A command whose words are parsed by `argparse`, as those of the observatory's commands are."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep the words as they are."""
        ctx.params["words"] = args
        return []

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; bad input ends it with exit code 1, as in the observatory's commands."""
        try:
            return super().invoke(ctx)
        except UsageError as error:
            raise AsnGraphError(faults.message(error)) from None


def _reference(name: str) -> Callable[[Callable[..., None]], click.Command]:
    """Return the decorator of a function that becomes the command of that name."""
    return click.command(name=name, cls=_ReferenceCommand, options_metavar="[ARGUMENTS]...", add_help_option=False)


def _parser(name: str) -> _Parser:
    return _Parser(prog=name, description=_COMMANDS[name][1], epilog=f"A command of asngraph, as in {REFERENCE}.")


@_reference("asn_generate")
def asn_generate(words: Sequence[str]) -> None:
    """Take the options of asn_generate; --help lists them.

    A summary is printed on a terminal, or with -v.
    """
    from asngraph.cli.generate import generate

    parser = _parser("asn_generate")
    parser.add_argument("pool", help="the pool")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("-i", "--ids", nargs="+", metavar="ID", help="the candidates")
    which.add_argument("--discover", action="store_true", help="only search the whole pool")
    which.add_argument("--all-candidates", action="store_true", help="all candidates, without the search")
    parser.add_argument("-p", "--path", metavar="FOLDER", help="the folder to write to")
    parser.add_argument("--save-orphans", nargs="?", const="orphaned.csv", metavar="FILE", help="a pool of the orphans")
    parser.add_argument("--version-id", nargs="?", const=True, metavar="ID", help="a version for file names")
    parser.add_argument("-r", "--rules", action="append", metavar="FILE", help="a rule file of asngraph")
    parser.add_argument("-d", "--delimiter", metavar="CHARACTER", help="the character between cells")
    parser.add_argument("--pool-format", metavar="FORMAT", help="the format of the pool, for astropy")
    parser.add_argument("--format", metavar="FORMAT", help="json or yaml")
    parser.add_argument("-v", "--verbose", action="store_true", help="list associations and orphans")
    parser.add_argument("-D", "--debug", action="store_true", help="also write duplicates")
    flags = ("--ignore-default", "--dry-run", "--DMS", "--no-finalize", "--merge", "--no-merge", "--per-pool-algorithm")
    for flag in flags:
        parser.add_argument(flag, action="store_true", help=f"as of `asngraph generate {flag}`")
    parser.add_argument("--version", action="version", version=f"asn_generate of asngraph {__version__}, {REFERENCE}")
    given = vars(parser.parse_args(words))
    shown = given["verbose"] or given["debug"] or streams.on_terminal()
    with generate.make_context(
        "asn_generate", ["--no-run-file", *([] if shown else ["--quiet"]), *_as_words(given)]
    ) as context:
        generate.invoke(context)


def _as_words(given: dict[str, Any]) -> list[str]:
    """Return the words of `asngraph generate` for parsed options."""
    found = ["--", given.pop("pool")]
    for name, value in given.items():
        option = f"--{name.replace('_', '-')}"
        if value is True:
            found = [option, *found]
        elif value is not None and value is not False:
            values = value if isinstance(value, list) else [value]
            found = [*(f"{option}={each}" for each in values), *found]
    return found


@_reference("asn_from_list")
def asn_from_list(words: Sequence[str]) -> None:
    """Take the options of asn_from_list; --help lists them.

    All files are science. They need not exist, and a file that is there already is replaced.
    """
    from asngraph.editing.create import Item, create, write
    from asngraph.rules.loading import RuleChoice

    parser = _parser("asn_from_list")
    parser.add_argument("-o", "--output-file", required=True, type=Path, metavar="FILE", help="the file to write")
    parser.add_argument("-f", "--format", default="json", choices=("json", "yaml"), help="the format")
    parser.add_argument("--product-name", metavar="NAME", help="the name of the stage-3 product")
    parser.add_argument("-r", "--rule", default="DMS_Level3_Base", help="DMS_Level3_Base, DMSLevel2bBase or a rule")
    parser.add_argument("--ruledefs", action="append", default=[], metavar="FILE", help="a rule file of asngraph")
    parser.add_argument("-i", "--id", metavar="ID", help="the candidate's id")
    parser.add_argument("filelist", nargs="+", metavar="FILE", help="the files")
    given = parser.parse_args(words)
    files = list(dict.fromkeys(given.filelist))
    if len(files) < len(given.filelist):
        warn("a file that is given more than once is one member")
    made = create(
        [Item(file) for file in files],
        given.output_file.parent,
        product_name=given.product_name,
        rule=given.rule,
        rules=RuleChoice.of(given.ruledefs, (), ignore_default=False).load(),
        asn_id=given.id,
        tell="none",
        allow_outside=True,
    )
    write(made, given.output_file, given.format, replace=True)


@_reference("asn_edit")
def asn_edit(words: Sequence[str]) -> None:
    """Take the options of asn_edit; --help lists them.

    A file that is not in the association is reported, with exit code 0.
    """
    parser = _parser("asn_edit")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("-a", "--add", action="store_true", help="add the files")
    what.add_argument("-r", "--remove", action="store_true", help="remove the files")
    parser.add_argument("-t", "--type", default="science", metavar="EXPTYPE", help="the role of added files")
    parser.add_argument("-i", "--ignore", action="store_true", help="ignore the suffix of files to remove")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="the file to write, if not the association")
    parser.add_argument("association", type=Path, help="the association")
    parser.add_argument("filenames", nargs="+", metavar="FILE", help="the files")
    given = parser.parse_args(words)
    _edit(given)


def _edit(given: argparse.Namespace) -> None:
    from asngraph.editing.documents import opened
    from asngraph.editing.edit import Addition, add, as_member
    from asngraph.util.atomic import write_durably

    with opened([given.association]) as documents:
        document = documents[0]
        association = document.association
        if given.add:
            names = [as_member(name, document.path.parent, allow_outside=True) for name in given.filenames]
            done = add(association, [Addition(name, given.type) for name in names])
            for problem in (*done.left, *done.refused):
                warn(problem)
        elif given.remove:
            _remove(association, given.filenames, by_root=given.ignore)
        if given.output is None:
            document.save()
        else:
            write_durably(given.output, document.text.encode())


def _remove(association: Any, files: Sequence[str], *, by_root: bool) -> None:
    """Remove members by their names, or by those of their exposures, and the products that have none then."""
    from asngraph.editing.edit import remove
    from asngraph.model.filenames import exposure_root, file_name

    key = exposure_root if by_root else file_name
    wanted = {key(file_name(file)): file for file in files}
    found = [member["expname"] for member in association.members if key(file_name(member["expname"])) in wanted]
    if found:
        remove(association, found)
        association["products"][:] = [product for product in association.products if product["members"]]
    missing = set(wanted) - {key(file_name(name)) for name in found}
    if missing:
        warn(f"not found: {', '.join(file for name, file in wanted.items() if name in missing)}")


@_reference("asn_gather")
def asn_gather(words: Sequence[str]) -> None:
    """Take the options of asn_gather; --help lists them.

    Without -c, files are copied and compared with their sources.
    """
    parser = _parser("asn_gather")
    parser.add_argument("association", type=Path, help="the association")
    parser.add_argument("destination", type=Path, help="the folder")
    parser.add_argument("-s", "--source", type=Path, metavar="FOLDER", help="where the members are")
    parser.add_argument("-t", "--exp-types", action="append", default=[], metavar="EXPTYPE", help="only these roles")
    parser.add_argument("-x", "--exclude-types", action="append", default=[], metavar="EXPTYPE", help="not these roles")
    parser.add_argument("-v", "--verbose", action="count", default=0, help="report the files; twice: the commands")
    parser.add_argument("-c", "--cmd", metavar="COMMAND", help="the command that copies a file to another name")
    given = parser.parse_args(words)
    _gather(given)


def _gather(given: argparse.Namespace) -> None:
    from asngraph.editing.gather import Choice, gather

    def run(place: Path, target: Path) -> None:
        command = [*given.cmd.split(), str(place), str(target)]
        if given.verbose > 1:
            say(shlex.join(command))
        try:
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)  # noqa: S603
        except OSError as error:
            raise AsnGraphError(f"{command[0]}: cannot be run: {error.strerror or error}") from None
        except subprocess.CalledProcessError as error:
            raise AsnGraphError(f"{shlex.join(command)}: ended with exit code {error.returncode}") from None

    choice = Choice(
        given.exp_types, given.exclude_types, overwrite=True, allow_outside=True, copy=run if given.cmd else None
    )
    done = gather(given.association, given.destination, source=given.source, choice=choice)
    for name in done.copied if given.verbose else ():
        say(f"{name} copied to {given.destination}")
    if done.missing:
        raise AsnGraphError(f"missing: {', '.join(map(str, done.missing))}")


@_reference("asn_make_pool")
def asn_make_pool(words: Sequence[str]) -> None:
    """Take the options of asn_make_pool; --help lists them.

    A pool that is there already is replaced.
    """
    from asngraph.pools.from_headers import fits_files, pool_from_headers

    parser = _parser("asn_make_pool")
    parser.add_argument("pool", type=Path, help="the pool to write")
    parser.add_argument("data", nargs="+", metavar="FILE", help="the FITS files")
    for option in ("--asn-candidate", "--dms-note", "--is-imprt", "--pntgtype"):
        parser.add_argument(option, metavar="VALUE", help=f"as of `asngraph pool make {option}`")
    parser.add_argument("-v", "--verbose", action="count", default=0, help="report what is doubtful")
    given = vars(parser.parse_args(words))
    path, files, verbose = given.pop("pool"), given.pop("data"), given.pop("verbose")
    result = pool_from_headers(fits_files(files), name=path.name, **given)
    for note in result.notes if verbose else ():
        warn(note)
    if result.problems or result.pool is None:
        problems = [f"{file}: {problem}" for file, problem in result.problems]
        raise AsnGraphError("; ".join(problems) or "no file gave an exposure")
    result.pool.write(path)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@overwrite_option(what="files of other programs")
def install(folder: Path, overwrite: bool) -> None:
    """Write asn_generate, asn_from_list, asn_edit, asn_gather and asn_make_pool into DIR; they run asngraph.

    A script uses them when DIR comes first in its PATH. The commands of the package jwst stay as they are; without DIR
    in PATH, they are used again.
    """
    from asngraph.errors import OutputExistsError
    from asngraph.util.atomic import write_bytes
    from asngraph.util.limits import open_input
    from asngraph.util.staging import make_folder

    paths = {name: folder / (f"{name}.cmd" if os.name == "nt" else name) for name in _REFERENCES}
    make_folder(folder)
    for path in paths.values():
        if path.exists() and not overwrite:
            with open_input(path) as file:
                if _MARK.encode() not in file.read():
                    raise OutputExistsError(path, "already exists, and was not written by asngraph")
    for name, path in paths.items():
        write_bytes(path, launcher(name).encode())
        path.chmod(0o755)
    say(f"{', '.join(paths)} written to {folder}; put it first in PATH")


def launcher(name: str, *, windows: bool = os.name == "nt") -> str:
    """Return the text of a program that runs a command of `asngraph compat`.

    Parameters
    ----------
    name : str
        The command.
    windows : bool
        Whether it is for Windows.

    Returns
    -------
    str

    Examples
    --------
    >>> print(launcher("asn_edit", windows=False).splitlines()[0])
    #!/bin/sh
    """
    # -P: modules in the current folder are not those of asngraph.
    if windows:
        return f'@rem {_MARK}\r\n@"{sys.executable}" -P -m asngraph compat {name} %*\r\n'
    return f'#!/bin/sh\n# {_MARK}\nexec {shlex.quote(sys.executable)} -P -m asngraph compat {name} "$@"\n'
