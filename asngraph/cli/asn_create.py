"""``asngraph asn create``: associations from a list of files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from asngraph.cli.console import SpaceSeparated, say, warn
from asngraph.cli.options import overwrite_option, rule_options
from asngraph.editing.create import BASES, Item, write
from asngraph.editing.create import create as make
from asngraph.editing.infer_type import absent, infer_type
from asngraph.errors import UsageError
from asngraph.model.association import Association
from asngraph.rules.loading import RuleChoice
from asngraph.util.text import counted

# Options that name files of one role.
_ROLES = {
    "background": "Background exposures (stage 3: their extracted spectra, _x1d).",
    "imprint": "Imprint (leakcal) exposures, for stage 2.",
    "psf": "Exposures of the PSF star, for stage-3 coronagraphy.",
    "selfcal": "Exposures for the self-calibration of bad pixels, for stage 2.",
    "direct-image": "The combined direct image (_i2d) for WFSS; its _cat.ecsv and _segm.fits are added with it.",
    "sourcecat": "The source catalog for WFSS, if not the direct image's.",
    "segmap": "The segmentation map for WFSS, if not the direct image's.",
    "target-acquisition": "Target acquisitions.",
}


def _role_options(command: click.Command) -> click.Command:
    command.params += [
        click.Option([f"--{name}"], multiple=True, metavar="FILE...", help=about) for name, about in _ROLES.items()
    ]
    return command


@_role_options
@click.command(cls=SpaceSeparated)
@click.argument("items", nargs=-1, metavar="FILE[,EXPTYPE]...")
@click.option("-o", "--output-file", required=True, type=click.Path(path_type=Path), help="The file to write.")
@click.option(
    "-f",
    "--format",
    "format_",
    type=click.Choice(["json", "yaml"]),
    default="json",
    show_default=True,
    help="The format of the file; yaml is for jwst 3.0 and older.",
)
@click.option("--product-name", metavar="NAME", help="The product's name; required in stage 3.")
@click.option(
    "-r",
    "--rule",
    default="DMS_Level3_Base",
    show_default=True,
    help="The rule: DMS_Level3_Base, DMSLevel2bBase, or a rule of the observatory, such as Asn_Lv3MIRMRS.",
)
@rule_options("--ruledefs")
@click.option("-i", "--id", "asn_id", metavar="ID", help="The candidate's id, such as o001.")
@click.option(
    "--asn-type", metavar="TYPE", help="The type, such as image3.  [default: that of the rule, or of the members]"
)
@click.option(
    "--tell",
    type=click.Choice(["name", "header", "none"]),
    default="name",
    show_default=True,
    help="Where the exptype of a file comes from when it is not given; `none` takes all as science. With `header`, "
    "exposures calibrate only science of their own set-up, and those that calibrate none "
    "are left out, with the reason.",
)
@overwrite_option()
@click.option("--allow-missing", is_flag=True, help="Accept files that do not exist.")
@click.option("--allow-outside", is_flag=True, help="Accept files outside the folder of the association.")
def create(
    items: Sequence[str],
    output_file: Path,
    format_: str,
    product_name: str | None,
    rule: str,
    rules: RuleChoice,
    asn_id: str | None,
    asn_type: str | None,
    tell: str,
    overwrite: bool,
    allow_missing: bool,
    allow_outside: bool,
    **roles: Sequence[str],
) -> None:
    """Create an association from a list of files.

    In stage 3 (the default) all become members of one product. In stage 2 (-r DMSLevel2bBase) each science exposure
    gets a product of its own, with all files of other roles as its members; files that are given both as science and as
    --background are each other's background.
    """
    known = rules.load()
    wanted = [Item.parse(text) for text in items]
    wanted += [Item(file, role) for role, some in roles.items() for file in some]
    if not wanted:
        raise click.UsageError("name the files of the association.")
    if not allow_missing:
        refuse_absent([item.path for item in wanted], output_file.parent)
    made = make(
        wanted,
        output_file.parent,
        product_name=product_name,
        rule=rule,
        rules=known,
        asn_id=asn_id,
        asn_type=asn_type,
        tell=tell,
        allow_outside=allow_outside,
        notify=warn,
    )
    if asn_type is None and rule in BASES:
        _set_type(made, BASES[rule], output_file.parent)
    write(made, output_file, format_, replace=overwrite)
    if product_name is not None and all(product["name"] != product_name for product in made.products):
        warn(f"--product-name {product_name} was ignored: each science exposure has a stage-2 product of its own")
    counts: dict[str, int] = {}
    for member in made.members:
        counts[member["exptype"]] = counts.get(member["exptype"], 0) + 1
    listed = ", ".join(f"{count} {exptype}" for exptype, count in counts.items())
    say(f"{output_file}: {counted(len(made.products), 'product')}, members: {listed}")


def refuse_absent(names: Sequence[str], folder: Path, beside: Sequence[str] = ()) -> None:
    """Check that files were not named by mistake.

    Raises
    ------
    UsageError
        When some of them do not exist beside others that do, or a pattern matched nothing.
    """
    lacking = [name for name in absent([*names, *beside], folder) if name in names]
    if lacking:
        more = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
        raise UsageError(f"{lacking[0]}{more}: the file does not exist; correct the name, or use --allow-missing")


def _set_type(made: Association, level: int, folder: Path) -> None:
    """Set the type of an association by its members, and say how sure it is."""
    likely = infer_type(made, level, folder)
    if likely is None:
        warn(
            f"its members do not show its type, which selects the pipeline; give --asn-type image{level} or spec{level}"
        )
        return
    made["asn_type"] = likely.asn_type
    if likely.otherwise:
        warn(f"its type is {likely.asn_type} ({likely.reason}); --asn-type {likely.otherwise}, if they are spectra")
