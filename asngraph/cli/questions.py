"""``asngraph which``, ``why``, ``why-not``, ``impact``, ``related`` and ``stats``: the commands that ask questions."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from asngraph.cli.options import (
    delimiter_option,
    exclude_option,
    json_option,
    rule_options,
    source_options,
    support_option,
)
from asngraph.cli.output import lines, print_json, table
from asngraph.model.filenames import file_name
from asngraph.util.text import counted

if TYPE_CHECKING:
    from asngraph import questions

F = TypeVar("F", bound=Callable[..., Any])

# The number of neighbours by one relation, and of rows of one kind, that a table shows.
_MOST = 20

EFFECT_COLUMNS = ("association", "rule", "without it", "left", "made from", "product")


def _question(function: F) -> F:
    """Add the options that all questions share."""
    options = (
        source_options(argument=False),
        delimiter_option,
        rule_options(),
        support_option,
        exclude_option,
        json_option,
    )
    function = _with_cache(function)
    for option in reversed(options):
        function = option(function)
    return function


def _with_cache(function: F) -> F:
    """Run a question on a collection of the cache; if that is damaged, on one that replaces it."""

    @functools.wraps(function)
    def command(*arguments: Any, **options: Any) -> None:
        from asngraph.questions.stored_collection import DamagedCollectionError

        try:
            function(*arguments, cached=True, **options)
        except DamagedCollectionError:
            function(*arguments, cached=True, again=True, **options)

    return command  # type: ignore[return-value]


def _collected(**options: Any) -> questions.AssociationCollection:
    """Return the collection that the options describe.

    Imports are in the function, since every command loads this module.
    """
    from asngraph.cli.inputs import collect_source

    return collect_source(**options)


def _full_name(collection: questions.AssociationCollection, name: str, *, or_product: bool = False) -> str:
    served = collection.served_by(name)
    if served:
        return served[0].file
    if or_product and not collection.lookup.is_exposure(name):
        return file_name(name.strip())
    return collection.exposures[collection.exposure(name)]


@click.command(short_help="List the associations that contain exposures, or that make or contain products.")
@click.argument("exposures", nargs=-1, required=True, metavar="EXPOSURE...")
@click.option("--csv", "as_csv", is_flag=True, help="Answer as CSV: a line for each exposure and association.")
@_question
def which(exposures: Sequence[str], as_csv: bool, as_json: bool, **options: Any) -> None:
    """List the associations that contain EXPOSURE, with its role; for a product, those that make or contain it.

    EXPOSURE is named with or without path, suffix (_uncal, _rate, _cal, ...; of any tool) and extension; so is a
    product: PRODUCT, PRODUCT_i2d.fits. Of several, --json answers with an object that has the list of each.
    """
    from asngraph import questions

    collection = _collected(**options)
    found = {name: questions.which(collection, name) for name in exposures}
    if as_csv:
        _print_csv(found)
    elif as_json:
        print_json(found if len(exposures) > 1 else found[exposures[0]])
    else:
        for name, some in found.items():
            _show_which(collection, name, some)


def _print_csv(found: dict[str, list[questions.Belonging]]) -> None:
    """Print a line for each exposure and association; an exposure that is in no association has one with its name."""
    import csv
    import io

    from asngraph.questions.which import Belonging

    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(("exposure", *Belonging._fields))
    for name, some in found.items():
        writer.writerows([(name, *each) for each in some] or [(name, *("" for _ in Belonging._fields))])
    click.echo(buffer.getvalue(), nl=False)


def _show_which(collection: questions.AssociationCollection, exposure: str, found: list[questions.Belonging]) -> None:
    from asngraph.questions.which import MADE

    made = [each for each in found if each.exptype == MADE]
    name = made[0].expname if made else _full_name(collection, exposure, or_product=bool(found))
    if not found:
        lines(f"{name} is in no association; `asngraph why-not {name} --rule RULE` explains why")
        return
    rows = [
        (
            each.association,
            "makes it"
            if each.exptype == MADE
            else each.exptype + (f" (by {each.expname})" if each.indirect and each.expname != name else ""),
            each.rule,
            f"{each.candidate} {each.candidate_type}".strip(),
            each.product,
        )
        for each in found
    ]
    taken = _counted_associations([each for each in found if each.exptype != MADE])
    title = f"{name} is made by {_counted_associations(made)}" if made else f"{name} is in {taken}"
    title += f" and is in {taken}" if 0 < len(made) < len(found) else ""
    table(title, ("association", "role", "rule", "candidate", "product"), rows)


def _counted_associations(found: Sequence[questions.Belonging]) -> str:
    count = len({each.association for each in found})
    return counted(count, "association")


@click.command(short_help="Explain why an exposure is in an association, or how two exposures are connected.")
@click.argument("exposure")
@click.argument("other", metavar="ASSOCIATION|EXPOSURE")
@_question
def why(exposure: str, other: str, as_json: bool, **options: Any) -> None:
    """Explain why EXPOSURE is in an association, or how it is connected to another exposure."""
    from asngraph import questions

    connections = questions.why(_collected(**options), exposure, other)
    if as_json:
        print_json(connections)
        return
    for each in connections:
        shown = each.links[:_MOST]
        lines(each.text, *(f"  {number}. {link.text}" for number, link in enumerate(shown, start=1)))
        if len(shown) < len(each.links):
            lines(f"  and {len(each.links) - len(shown)} more; --json has all")


@click.command(
    name="why-not", short_help="Explain why an exposure is not in an association, and what would change that."
)
@click.argument("exposure")
@click.argument("association", required=False)
@click.option("--rule", metavar="RULE", help="Consider all associations of a rule instead.")
@_question
def why_not(
    exposure: str,
    association: str | None,
    rule: str | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Explain why EXPOSURE is not in ASSOCIATION, or in any association of a rule, and what would change that."""
    from asngraph import questions

    if (association is None) == (rule is None):
        raise click.UsageError("name either an association, or a rule with --rule.")
    answer = questions.why_not(_collected(**options), exposure, association, rule=rule)
    if as_json:
        print_json(answer)
        return
    where = f"{answer.association} ({answer.rule})" if answer.association else f"any association of {answer.rule}"
    if answer.member:
        lines(f"{answer.exposure}: {answer.reasons[0].text}")
        return
    entry = f", as {answer.entry}" if answer.entry and answer.entry != "any exposure" else ""
    lines(f"{answer.exposure} is not in {where}{entry}, because")
    lines(*(f"  - {reason.text}" for reason in answer.reasons))
    if not answer.changes:
        lines("No change of its own row in the pool would make it a member.")
        return
    lines("With these cells in its row")
    table("", ("column", "is", "would be"), answer.changes)
    lines(f"and all associations made again: {answer.outcome}")
    return


@click.command(short_help="List what depends on exposures, and what would remain without them.")
@click.argument("exposures", nargs=-1, required=True, metavar="EXPOSURE...")
@_question
def impact(exposures: Sequence[str], as_json: bool, **options: Any) -> None:
    """List what depends on exposures, in order, and what would remain of it without them."""
    from asngraph import questions

    collection = _collected(**options)
    effects = questions.impact(collection, *exposures)
    if as_json:
        print_json(effects)
        return
    names = ", ".join(_full_name(collection, name) for name in exposures)
    if not effects:
        lines(f"nothing depends on {names}")
        return
    rows = [effect_row(each) for each in effects]
    table(
        f"{counted(len(effects), 'association')} {'depends' if len(effects) == 1 else 'depend'} on {names}; in order",
        EFFECT_COLUMNS,
        rows,
    )


def effect_row(effect: questions.Effect) -> tuple[str, ...]:
    """Return the row of a table for an effect."""
    without = {"gone": f"gone: it {effect.reason}", "less": "fewer members", "remade": "same members, made again"}
    return (
        effect.association,
        effect.rule,
        without[effect.state],
        f"{sum(effect.left.values())} of {effect.members}" + _counted(effect.left),
        ", ".join(effect.because_of[:3]) + (", ..." if len(effect.because_of) > 3 else ""),
        ", ".join(effect.products),
    )


def _counted(counts: dict[str, int]) -> str:
    return f" ({', '.join(f'{count} {name}' for name, count in counts.items())})" if counts else ""


@click.command(short_help="List the exposures that are related to an exposure.")
@click.argument("exposure")
@click.option("--relation", metavar="R", help="Only this relation and its subrelations, such as calibration_for.")
@_question
def related(exposure: str, relation: str | None, as_json: bool, **options: Any) -> None:
    """List the exposures that are related to EXPOSURE."""
    from asngraph import questions

    collection = _collected(**options)
    found = questions.related(collection, exposure, relation)
    if as_json:
        print_json(found)
        return
    name = _full_name(collection, exposure)
    if not found:
        lines(f"{name} has no neighbours" + (f" by {relation}" if relation else ""))
        return
    by_relation: dict[tuple[str, str], list[questions.Neighbour]] = {}
    for each in found:
        by_relation.setdefault((each.relation, each.direction), []).append(each)
    rows = []
    for (named, direction), some in by_relation.items():
        shown = some if relation else some[:_MOST]
        rows += [(named, direction, each.exposure, _few(each.groups)) for each in shown]
        if len(shown) < len(some):
            rows.append((named, direction, f"and {len(some) - len(shown)} more; --relation {named} lists all", ""))
    table(f"the neighbours of {name}", ("relation", "which", "exposure", "in"), rows)


def _few(names: Sequence[str], most: int = 3) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


@click.command(short_help="Describe a graph in numbers.")
@source_options()
@delimiter_option
@rule_options()
@support_option
@exclude_option
@json_option
@_with_cache
def stats(as_json: bool, **options: Any) -> None:
    """Describe a graph in numbers: sizes, kinds, degrees, components, orphans."""
    from asngraph import questions

    collection = _collected(**options)
    found = questions.stats(collection)
    if as_json:
        print_json(found)
        return
    least, middle, most = found.members
    rows: list[tuple[str, str]] = [
        ("nodes", ", ".join(f"{count} {kind}" for kind, count in found.nodes.items())),
        ("duplicates set aside", str(found.duplicates)),
        ("members of an association", f"{least} to {most}, the median is {middle:g}"),
        ("exposures by associations", ", ".join(f"{count} in {degree}" for degree, count in found.degrees.items())),
        ("in the most associations", "{}, in {}".format(*found.most_associations)),
        ("connected parts", f"{found.components}; the largest has {found.largest_component} exposures"),
        ("orphans", str(sum(found.orphans.values()))),
    ]
    rows += [(f"  {count}", reason) for reason, count in list(found.orphans.items())[:_MOST]]
    table(collection.source, ("", ""), rows)
    kinds = (
        ("types", found.asn_types),
        ("rules", found.rules),
        ("candidates", found.candidates),
        ("roles", found.exptypes),
        ("relations", found.relations),
    )
    for title, counts in kinds:
        table(title, ("", ""), [(name, str(count)) for name, count in counts.items()])


# The registry of questions: the command line has all of these.
COMMANDS = (which, why, why_not, impact, related, stats)
