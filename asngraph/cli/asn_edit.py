"""``asngraph asn edit``: changing associations."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from asngraph.cli import streams
from asngraph.cli.console import progress, say, warn
from asngraph.cli.lazy import SuggestingGroup
from asngraph.cli.options import delimiter_option, json_option, rule_options, source_options
from asngraph.cli.output import lines, print_json
from asngraph.editing import apply
from asngraph.editing.documents import association_files, read_document
from asngraph.editing.edit import Addition
from asngraph.rules.loading import RuleChoice
from asngraph.util.limits import is_stream
from asngraph.util.suggest import did_you_mean

F = TypeVar("F", bound=Callable[..., Any])


class FilesFirst(SuggestingGroup):
    """A group of commands whose files come before the command's name: ``edit FILE... add NAME``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the files before the command's name."""
        first = next((place for place, word in enumerate(args) if word in self.commands), len(args))
        files, rest = args[:first], args[first:]
        options = [word for word in files if word.startswith("-") and len(word) > 1]
        if ctx.resilient_parsing:
            return self._to_complete(ctx, files, rest)
        if rest and options and not set(options) & set(self.get_help_option_names(ctx)):
            raise click.UsageError(f"{options[0]} comes before {rest[0]}; put options behind it.", ctx)
        if files and not rest and not options:
            raise click.UsageError(self._without_command(ctx, files), ctx)
        asks_help = set(rest) & set(self.get_help_option_names(ctx))
        if rest and not files and not asks_help:
            raise click.UsageError(f"name the association before {rest[0]}: edit FILE {rest[0]} ...", ctx)
        ctx.obj = [Path(word) for word in files]
        if rest:
            ctx.info_name = f"{ctx.info_name} FILE..."  # as the usage of the command shows it
        return super().parse_args(ctx, rest if rest else options)

    def _to_complete(self, ctx: click.Context, files: list[str], rest: list[str]) -> list[str]:
        ctx.obj = [Path(word) for word in files if not word.startswith("-")]
        return super().parse_args(ctx, rest)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the names of files, and those of the commands behind them."""
        commands = super().shell_complete(ctx, incomplete) if ctx.obj else []
        return commands or [CompletionItem(incomplete, type="file")]

    def _without_command(self, ctx: click.Context, files: list[str]) -> str:
        mistyped = [(word, near) for word in files if not Path(word).exists() and (near := self.near(ctx, word))]
        if mistyped:
            return f"unknown command {mistyped[0][0]}; {did_you_mean(mistyped[0][1], '')}"
        return f"name a command: {', '.join(self.commands)}."


@click.group(cls=FilesFirst, subcommand_metavar="FILE... COMMAND [ARGS]...", no_args_is_help=True)
def edit() -> None:
    """Change associations: each FILE is an association file or a folder of them.

    Files are replaced atomically, and everything else in them is preserved. Associations that are invalid after the
    change are reported.
    """


def _changes(function: F) -> F:
    """Add the options that all changes have."""
    for option in (
        click.option("--keep", is_flag=True, help="Keep the old file, with .bak appended to its name."),
        click.option("--dry-run", is_flag=True, help="Show the change as a diff, without writing it."),
        click.option("--asn-type", metavar="TYPE", help="Change only associations of this type, such as spec2."),
    ):
        function = option(function)
    return function


_of_product = click.option("--product", metavar="NAME", help="Change only the product of this name.")


@edit.command()
@click.argument("names", nargs=-1, required=True, metavar="FILE[,EXPTYPE]...")
@click.option(
    "-t", "--exptype", metavar="EXPTYPE", help="The role of the added members.  [default: from the file name]"
)
@source_options("--pool", argument=False, default="", purpose="The exposures, with their errors (exposerr)")
@delimiter_option
@click.option("--allow-missing", is_flag=True, help="Add files that do not exist.")
@click.option("--allow-outside", is_flag=True, help="Add files outside the association's folder.")
@_of_product
@_changes
@click.pass_obj
def add(
    paths: list[Path],
    /,
    names: Sequence[str],
    exptype: str | None,
    source: Sequence[Path],
    delimiter: str,
    allow_missing: bool,
    **how: Any,
) -> None:
    """Add members to all products or to one.

    Without --exptype a file is science, unless its name is that of a catalog (.ecsv), a segmentation map (_segm.fits),
    a direct image (_i2d.fits, stage 2) or the extracted spectrum of a background (_x1d.fits, stage 3).
    """
    from asngraph.editing.create import Item

    items = [Item.parse(name) for name in names]
    if not allow_missing:
        _refuse_absent([item.path for item in items], paths)
    additions = [Addition(item.path, item.exptype or exptype) for item in items]
    if source:
        additions = _with_errors(additions, source, delimiter)
    _report(apply.add(paths, additions, _how(**how)), **how)


def _refuse_absent(names: Sequence[str], paths: Sequence[Path]) -> None:
    """Refuse files that were named by mistake: they do not exist, and members of the association do."""
    from asngraph.cli.asn_create import refuse_absent

    if any(is_stream(path) for path in paths):
        return  # refused by what edits it
    for path in association_files(paths):
        refuse_absent(names, path.parent, [member["expname"] for member in read_document(path).association.members])


def _how(**how: Any) -> apply.EditOptions:
    return apply.EditOptions(**how, watch=lambda documents: progress(documents, "writing", len(documents)))


def _with_errors(additions: Sequence[Addition], source: Sequence[Path], delimiter: str) -> list[Addition]:
    """Return the additions with the errors that a pool has for their exposures."""
    from asngraph.cli.inputs import read_pool
    from asngraph.model.filenames import exposure_root

    read = read_pool(source, delimiter)
    errors = {exposure_root(name): error for name, error in zip(read["filename"], read["exposerr"], strict=True)}
    roots = [exposure_root(each.expname) for each in additions]
    unknown = [root for root in roots if root not in errors]
    if unknown:
        warn(f"{source[0]} does not have {', '.join(unknown)}")
    return [
        each._replace(more={"exposerr": errors[root]}) if root in errors else each
        for each, root in zip(additions, roots, strict=True)
    ]


@edit.command()
@click.argument("names", nargs=-1, metavar="NAME...")
@click.option("-t", "--exptype", help="Remove members in this role only; all of them if none are named.")
@click.option("--exact", is_flag=True, help="Only members whose names are written in the same way, suffix and all.")
@_of_product
@_changes
@click.pass_obj
def remove(paths: list[Path], /, names: Sequence[str], exptype: str | None, exact: bool, **how: Any) -> None:
    """Remove members, named with or without suffix; a name with suffix means that member, if it is there."""
    if not names and exptype is None:
        raise click.UsageError("name the members to remove, or their role with --exptype.")
    _report(apply.remove(paths, names, exptype, _how(**how), exact=exact), **how)


@edit.command(name="set-exptype")
@click.argument("exptype")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@_of_product
@_changes
@click.pass_obj
def set_exptype(paths: list[Path], /, exptype: str, names: Sequence[str], **how: Any) -> None:
    """Set the role of members: science, background, imprint, psf, selfcal, ..."""
    _report(apply.set_exptype(paths, exptype, names, _how(**how)), **how)


@edit.command(name="set-suffix")
@click.argument("old")
@click.argument("new")
@click.option("-t", "--exptype", help="Only members in this role.")
@_of_product
@_changes
@click.pass_obj
def set_suffix(paths: list[Path], /, old: str, new: str, exptype: str | None, **how: Any) -> None:
    """Change the suffix OLD of members to NEW, such as _cal to _jhat."""
    _report(apply.set_suffix(paths, old, new, exptype, _how(**how)), **how)


@edit.command(name="set-type")
@click.argument("type_", metavar="TYPE")
@_changes
@click.pass_obj
def set_type(paths: list[Path], /, type_: str, **how: Any) -> None:
    """Set the type, which selects the pipeline: image2, spec2, image3, spec3, ..."""
    _report(apply.set_type(paths, type_, _how(**how)), **how)


@edit.command(name="rename-product")
@click.argument("old")
@click.argument("new")
@_changes
@click.pass_obj
def rename_product(paths: list[Path], /, old: str, new: str, **how: Any) -> None:
    """Rename product OLD to NEW, also where it is a member of other associations in the same folder."""
    _report(apply.rename_product(paths, old, new, _how(**how)), **how)


@edit.command()
@source_options("--pool", argument=False, purpose="The exposures of its program")
@rule_options()
@delimiter_option
@json_option
@click.pass_obj
def suggest(paths: list[Path], /, source: Sequence[Path], rules: RuleChoice, delimiter: str, as_json: bool) -> None:
    """List exposures that would fit into an association, and members that do not belong, by the graph of its pool."""
    from asngraph.editing.suggest import FITS
    from asngraph.editing.suggest import suggest as ask
    from asngraph.questions import collect

    collection = collect(source, rules.load(), delimiter)
    answers = {}
    for path in association_files(paths):
        found = ask(read_document(path).association, collection)
        answers[str(path)] = found
        if as_json:
            continue
        lines(f"{path}:" if found else f"{path}: no member is missing, and all members belong there")
        for each in found:
            sign = "+" if each.verdict == FITS else "-"
            lines(f"  {sign} {each.verdict}: {each.expname} ({each.exptype})", *(f"      {r}" for r in each.reasons))
        fitting = " ".join(shlex.quote(f"{each.expname},{each.exptype}") for each in found if each.verdict == FITS)
        if fitting:
            lines(f"  to add the exposures that fit: asngraph asn edit {shlex.quote(str(path))} add {fitting}")
    if as_json:
        print_json(answers)


def _report(edited: Sequence[apply.Edited], dry_run: bool, **_: Any) -> None:
    """Show the changes, and the associations that are invalid after them."""
    changed = [each for each in edited if each.changed]
    for each in edited:
        if dry_run:
            click.echo(_shown(each.diff), nl=False)
        else:
            _show(each)
    if not changed or len(edited) == 1:
        _say_of(edited, "left")
    for each in edited:
        for what in each.refused:
            warn(f"{each.path}: {what}; `set-exptype` gives it another role")
    _warn_of_invalid(changed, "would be" if dry_run else "is")
    if len(edited) > 1:
        say(f"{len(changed)} of {len(edited)} associations {'would change' if dry_run else 'changed'}")
    elif not changed:
        say("nothing was changed")
    if any(each.refused for each in edited) and not changed:
        sys.exit(1)


def _show(each: apply.Edited) -> None:
    _say_of([each], "changed")
    if each.kept is not None:
        say(f"{each.path}: the old file is {each.kept.name}")


def _say_of(edited: Sequence[apply.Edited], which: str) -> None:
    for each in edited:
        for what in getattr(each, which):
            say(f"{each.path}: {what}")


def _warn_of_invalid(edited: Sequence[apply.Edited], verb: str) -> None:
    invalid = [each for each in edited if each.problems]
    for each in invalid:
        warn(f"{each.path}: {verb} invalid now: {'; '.join(each.problems)}")


def _shown(text: str) -> str:
    """Return a text made safe for a terminal; unchanged for a pipe."""
    if not streams.output().isatty():
        return text
    return "".join(f"{streams.visible(line.expandtabs())}\n" for line in text.splitlines())
