"""Combined exposures: the associations, and tables of what they hold."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asngraph.model.association import Association
from asngraph.util.staging import Staging

if TYPE_CHECKING:
    import pandas as pd


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
            {
                "file": made.file_name,
                "asn_type": made["asn_type"],
                "product": made.products[0]["name"],
                "by": values,
                "observations": observations,
                "members": _by_role(made),
                "missing": self.missing.get(made.file_name, []),
            }
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
