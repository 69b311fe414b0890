"""``asngraph asn``: associations by hand."""

from __future__ import annotations

import click

from asngraph.cli.lazy import LazyGroup

_COMMANDS = {
    "create": ("asngraph.cli.asn_create", "Create an association from a list of files."),
    "edit": ("asngraph.cli.asn_edit", "Add, remove and rename members and products; suggest members."),
    "files": ("asngraph.cli.asn_files", "List every file that is needed to process associations."),
    "gather": ("asngraph.cli.asn_files", "Copy or link an association and its members into one folder."),
    "validate": ("asngraph.cli.validate", "List the errors of association files."),
}


@click.group(cls=LazyGroup, where=_COMMANDS)
def asn() -> None:
    """Work with associations by hand: create, edit and validate them, and gather their files."""
