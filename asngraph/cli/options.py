"""Options that several commands have, in the same words."""

from __future__ import annotations

import click

from asngraph._version import REFERENCE, __version__

# Scripts read the first line.
version_option = click.version_option(
    __version__, prog_name="asngraph", message=f"%(prog)s, version %(version)s\nrules of {REFERENCE}"
)
delimiter_option = click.option(
    "-d", "--delimiter", default="|", show_default=True, help="The character between the cells of a pool."
)
rules_option = click.option(
    "-r", "--rules", multiple=True, metavar="FILE", help="Rules of your own, beside those of the observatory."
)
support_option = click.option(
    "--support", metavar="TABLE", help="A table of files that serve exposures: file | kind | exposure."
)
exclude_option = click.option(
    "--exclude", metavar="FILE", help="A table of exposures that are left out: filename | reason."
)
