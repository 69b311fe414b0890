"""``asngraph asn edit``: changing associations."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from asngraph.cli import streams
from asngraph.cli.console import progress, say, warn
from asngraph.cli.options import delimiter_option, json_option, rule_options
from asngraph.cli.output import lines, print_json
from asngraph.editing import apply
from asngraph.editing.documents import association_files, read_document
from asngraph.editing.edit import Addition
from asngraph.rules.loading import RuleChoice

F = TypeVar("F", bound=Callable[..., Any])


class FilesFirst(click.Group):
    """A group of commands before whose names the files stand: ``edit FILE... add NAME``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the files that stand before the command's name."""
        first = next((place for place, word in enumerate(args) if word in self.commands), len(args))
        files, rest = args[:first], args[first:]
        options = [word for word in files if word.startswith("-") and len(word) > 1]
        if rest and options and not set(options) & set(self.get_help_option_names(ctx)):
            raise click.UsageError(f"{options[0]} stands before {rest[0]}; options stand behind it.", ctx)
        if files and not rest and not options:
            raise click.UsageError(f"say what to do: {', '.join(self.commands)}.", ctx)
        asks_help = set(rest) & set(self.get_help_option_names(ctx))
        if rest and not files and not asks_help:
            raise click.UsageError(f"name the association before {rest[0]}: edit FILE {rest[0]} ...", ctx)
        ctx.obj = [Path(word) for word in files]
        if rest:
            ctx.info_name = f"{ctx.info_name} FILE..."  # as it stands in the usage of the command
        return super().parse_args(ctx, rest if rest else options)


@click.group(cls=FilesFirst, subcommand_metavar="FILE... COMMAND [ARGS]...", no_args_is_help=True)
def edit() -> None:
    """Change associations: FILE is one, or a folder of them, and there may be several.

    A file is always the whole old one or the whole new one, also when the change is interrupted; what the change is
    not about stays as it is. Afterwards it is said which associations cannot be processed as they are.
    """


def _changes(function: F) -> F:
    """Add the options that all changes have."""
    for option in (
        click.option("--keep", is_flag=True, help="Keep the old file, with .bak behind its name."),
        click.option("--dry-run", is_flag=True, help="Show the change as a diff, and write nothing."),
        click.option("--asn-type", metavar="TYPE", help="Change only associations of this type, such as spec2."),
    ):
        function = option(function)
    return function


_of_product = click.option("--product", metavar="NAME", help="Change only the product of this name.")


@edit.command()
@click.argument("names", nargs=-1, required=True, metavar="FILE[,EXPTYPE]...")
@click.option("-t", "--exptype", metavar="EXPTYPE", help="The role of what is added.  [default: as its name says]")
@click.option("--pool", type=click.Path(path_type=Path), help="A pool that tells errors of the exposures (exposerr).")
@delimiter_option
@click.option("--allow-outside", is_flag=True, help="Add files outside the association's folder.")
@_of_product
@_changes
@click.pass_obj
def add(
    paths: list[Path], /, names: Sequence[str], exptype: str | None, pool: Path | None, delimiter: str, **how: Any
) -> None:
    """Add members, to all products or to one.

    A file for which no role is given is science, unless its name says that it is a catalog (.ecsv), a segmentation map
    (_segm.fits), a direct image (_i2d.fits, level 2) or the extracted spectrum of a background (_x1d.fits, level 3).
    """
    from asngraph.editing.create import Item

    items = [Item.parse(name) for name in names]
    additions = [Addition(item.path, item.exptype or exptype) for item in items]
    if pool is not None:
        additions = _with_errors(additions, pool, delimiter)
    _report(apply.add(paths, additions, _how(**how)), **how)


def _how(**how: Any) -> apply.EditOptions:
    return apply.EditOptions(**how, watch=lambda documents: progress(documents, "writing", len(documents)))


def _with_errors(additions: Sequence[Addition], pool: Path, delimiter: str) -> list[Addition]:
    """Have the errors that a pool tells of exposures in what is added."""
    from asngraph.model.filenames import exposure_root
    from asngraph.model.pool import Pool

    read = Pool.read(pool, delimiter)
    errors = {exposure_root(name): error for name, error in zip(read["filename"], read["exposerr"], strict=True)}
    roots = [exposure_root(each.expname) for each in additions]
    unknown = [root for root in roots if root not in errors]
    if unknown:
        warn(f"{pool} does not have {', '.join(unknown)}")
    return [
        each._replace(more={"exposerr": errors[root]}) if root in errors else each
        for each, root in zip(additions, roots, strict=True)
    ]


@edit.command()
@click.argument("names", nargs=-1, metavar="NAME...")
@click.option("-t", "--exptype", help="Remove members in this role only; all of them if none are named.")
@_of_product
@_changes
@click.pass_obj
def remove(paths: list[Path], /, names: Sequence[str], exptype: str | None, **how: Any) -> None:
    """Remove members. A name may lack its suffix; with suffix, the member that has it goes if there is one."""
    if not names and exptype is None:
        raise click.UsageError("name the members that go, or their role with --exptype.")
    _report(apply.remove(paths, names, exptype, _how(**how)), **how)


@edit.command(name="set-exptype")
@click.argument("exptype")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@_of_product
@_changes
@click.pass_obj
def set_exptype(paths: list[Path], /, exptype: str, names: Sequence[str], **how: Any) -> None:
    """Give members another role: science, background, imprint, psf, selfcal, ..."""
    _report(apply.set_exptype(paths, exptype, names, _how(**how)), **how)


@edit.command(name="set-suffix")
@click.argument("old")
@click.argument("new")
@click.option("-t", "--exptype", help="Only members in this role.")
@_of_product
@_changes
@click.pass_obj
def set_suffix(paths: list[Path], /, old: str, new: str, exptype: str | None, **how: Any) -> None:
    """Give all members with the suffix OLD the suffix NEW, such as _cal and _jhat; others stay as they are."""
    _report(apply.set_suffix(paths, old, new, exptype, _how(**how)), **how)


@edit.command(name="set-type")
@click.argument("type_", metavar="TYPE")
@_changes
@click.pass_obj
def set_type(paths: list[Path], /, type_: str, **how: Any) -> None:
    """Set the type, by which the pipeline is known: image2, spec2, image3, spec3, ..."""
    _report(apply.set_type(paths, type_, _how(**how)), **how)


@edit.command(name="rename-product")
@click.argument("old")
@click.argument("new")
@_changes
@click.pass_obj
def rename_product(paths: list[Path], /, old: str, new: str, **how: Any) -> None:
    """Give product OLD the name NEW, also among the members of other associations in the same folder."""
    _report(apply.rename_product(paths, old, new, _how(**how)), **how)


@edit.command()
@click.option("--pool", required=True, type=click.Path(path_type=Path), help="The pool of its program.")
@rule_options()
@delimiter_option
@json_option
@click.pass_obj
def suggest(paths: list[Path], /, pool: Path, rules: RuleChoice, delimiter: str, as_json: bool) -> None:
    """Say what would fit into an association, and what does not belong there, by the graph of its pool."""
    from asngraph.editing.suggest import FITS
    from asngraph.editing.suggest import suggest as ask
    from asngraph.questions import collect

    collection = collect(pool, rules.load(), delimiter)
    answers = {}
    for path in association_files(paths):
        found = ask(read_document(path).association, collection)
        answers[str(path)] = found
        if as_json:
            continue
        lines(f"{path}:" if found else f"{path}: nothing is missing, and all belongs there")
        for each in found:
            sign = "+" if each.verdict == FITS else "-"
            lines(f"  {sign} {each.verdict}: {each.expname} ({each.exptype})", *(f"      {r}" for r in each.reasons))
        fitting = " ".join(shlex.quote(f"{each.expname},{each.exptype}") for each in found if each.verdict == FITS)
        if fitting:
            lines(f"  to add what fits: asngraph asn edit {shlex.quote(str(path))} add {fitting}")
    if as_json:
        print_json(answers)


def _report(edited: Sequence[apply.Edited], dry_run: bool, **_: Any) -> None:
    """Show what was changed, and what is wrong with it now."""
    changed = [each for each in edited if each.changed]
    for each in edited:
        if dry_run:
            click.echo(_shown(each.diff), nl=False)
        else:
            _tell(each)
    if not changed or len(edited) == 1:
        _say_of(edited, "left")
    for each in edited:
        for what in each.refused:
            warn(f"{each.path}: {what}; `set-exptype` gives it another role")
    _tell_invalid(changed, "would be" if dry_run else "is")
    if len(edited) > 1:
        say(f"{len(changed)} of {len(edited)} associations {'would change' if dry_run else 'changed'}")
    elif not changed:
        say("nothing was changed")
    if any(each.refused for each in edited) and not changed:
        sys.exit(1)


def _tell(each: apply.Edited) -> None:
    _say_of([each], "changed")
    if each.kept is not None:
        say(f"{each.path}: the old file is {each.kept.name}")


def _say_of(edited: Sequence[apply.Edited], which: str) -> None:
    for each in edited:
        for what in getattr(each, which):
            say(f"{each.path}: {what}")


def _tell_invalid(edited: Sequence[apply.Edited], verb: str) -> None:
    invalid = [each for each in edited if each.problems]
    for each in invalid:
        warn(f"{each.path}: {verb} invalid now: {'; '.join(each.problems)}")


def _shown(text: str) -> str:
    """Show a text on a terminal without letting it act on it; in a pipe it stays as it is."""
    if not streams.output().isatty():
        return text
    return "".join(f"{streams.visible(line.expandtabs())}\n" for line in text.splitlines())
