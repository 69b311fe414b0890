"""``asngraph asn``: associations by hand."""

from __future__ import annotations

import click

from asngraph.cli.lazy import LazyGroup

_COMMANDS = {
    "create": ("asngraph.cli.asn_create", "Make an association of a list of files."),
    "edit": ("asngraph.cli.asn_edit", "Add, remove and rename members and products; suggest some."),
    "files": ("asngraph.cli.asn_files", "Name every file that one must have to process associations."),
    "gather": ("asngraph.cli.asn_files", "Copy or link an association and its members into one folder."),
    "validate": ("asngraph.cli.validate", "Say what is wrong with association files."),
}


@click.group(cls=LazyGroup, where=_COMMANDS)
def asn() -> None:
    """Work with associations by hand: make them, edit them, and gather what they need."""
