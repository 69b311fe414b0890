"""Combined exposures: the associations, and tables of what they hold."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from asngraph.model.association import Association
from asngraph.util.staging import Staging

if TYPE_CHECKING:
    import pandas as pd


class Combined(NamedTuple):
    """Association of combined exposures.

    Parameters
    ----------
    file : str
        The name of its file.
    asn_type : str
        Its type.
    product : str
        The name of its product.
    by : dict of str to str
        The values of the columns by which exposures were combined.
    observations : str
        The observations of its science exposures, as ``1234:1-3,7``.
    members : dict of str to list of str
        The names of the members, by role.
    missing : list of str
        The files that it needs and that are not there; empty for a source without files.
    """

    file: str
    asn_type: str
    product: str
    by: dict[str, str]
    observations: str
    members: dict[str, list[str]]
    missing: list[str]


@dataclass
class Combination(Sequence[Association]):
    """The associations of combined exposures: a sequence of associations.

    Attributes
    ----------
    associations : list of Association
        The associations; those of stage 3 first, each stage in the order of the first exposures.
    by : tuple of str
        The columns by which exposures were combined.
    values : list of dict of str to str
        The values of these columns, of each association.
    observations : list of str
        The observations of the science exposures of each association, as ``1234:1-3,7``.
    missing : dict of str to list of str
        The files that associations need and that are not there, by the names of the associations' files; empty for a
        source without files.
    notes : list of str
        Warnings.
    """

    associations: list[Association]
    by: tuple[str, ...] = ()
    values: list[dict[str, str]] = field(default_factory=list)
    observations: list[str] = field(default_factory=list)
    missing: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.associations)

    def __getitem__(self, place: Any) -> Any:
        return self.associations[place]

    def __iter__(self) -> Iterator[Association]:
        return iter(self.associations)

    def __repr__(self) -> str:
        types = Counter(str(association["asn_type"]) for association in self)
        return f"<Combination: {', '.join(f'{count} {name}' for name, count in types.items()) or 'no associations'}>"

    def records(self) -> list[dict[str, Any]]:
        """Return what each association holds, as a dict that JSON can represent."""
        return [
            Combined(
                made.file_name,
                made["asn_type"],
                made.products[0]["name"],
                values,
                observations,
                _by_role(made),
                self.missing.get(made.file_name, []),
            )._asdict()
            for made, values, observations in zip(self, self.values, self.observations, strict=True)
        ]

    def to_frame(self) -> pd.DataFrame:
        """Return a table with a row for each association.

        Returns
        -------
        pandas.DataFrame
            The columns are ``file``, ``asn_type``, ``product``, the columns by which exposures were combined, the
            number of members for each role, ``observations``, and ``missing``, the number of files that are not there.
        """
        import pandas as pd

        records = self.records()
        roles = dict.fromkeys(role for record in records for role in record["members"])
        rows = [
            {
                **{name: record[name] for name in ("file", "asn_type", "product")},
                **record["by"],
                **{role: len(record["members"].get(role, ())) for role in roles},
                "observations": record["observations"],
                "missing": len(record["missing"]),
            }
            for record in records
        ]
        names = ["file", "asn_type", "product", *self.by, *roles, "observations", "missing"]
        return pd.DataFrame(rows, columns=list(dict.fromkeys(names)))

    @property
    def members(self) -> pd.DataFrame:
        """The members: a table with the columns ``file``, ``product``, ``expname`` and ``exptype``."""
        import pandas as pd

        rows = [
            (made.file_name, product["name"], member["expname"], member["exptype"])
            for made in self
            for product in made.products
            for member in product["members"]
        ]
        return pd.DataFrame(rows, columns=["file", "product", "expname", "exptype"])

    def write(self, folder: str | os.PathLike[str], *, replace: bool = False) -> list[Path]:
        """Write the association files to a folder: all of them or, if that fails, none.

        Parameters
        ----------
        folder : path
            The folder, for which they were made; it is created if it does not exist.
        replace : bool
            Whether existing files are replaced.

        Returns
        -------
        list of path
            The files.

        Raises
        ------
        OutputExistsError
            When a file exists and may not be replaced.
        UsageError, FileError
            When the files cannot be written.
        """
        with Staging(folder) as staging:
            for made in self:
                staging.add(made.file_name, made.to_json())
            staging.publish(replace=replace)
        return [Path(folder, made.file_name) for made in self]


def _by_role(association: Association) -> dict[str, list[str]]:
    roles: dict[str, list[str]] = {}
    for member in association.members:
        roles.setdefault(member["exptype"], []).append(member["expname"])
    return roles
