"""The association pool: a table with one row for each exposure."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol, cast

import numpy as np

from asngraph.errors import PoolError, UsageError
from asngraph.model.candidate import parse_candidates
from asngraph.model.column import Codes, Column, is_defined
from asngraph.model.pool_text import NO_TEXT, read_table, source_text, text_problem
from asngraph.util.atomic import write_text
from asngraph.util.extras import needed
from asngraph.util.limits import POOL, STDIN_NAME, check_size
from asngraph.util.text import counted

if TYPE_CHECKING:
    import pandas as pd

REQUIRED = ("filename",)
# Columns that all or nearly all rules require; old pools may lack them.
EXPECTED = ("program", "instrume", "exp_type", "pntgtype", "asn_candidate")

_PATH_LIKE = re.compile(r"[/\\]")


class Frame(Protocol):
    """A table in memory: a pandas.DataFrame or an astropy.table.Table."""

    @property
    def columns(self) -> Any:
        """The columns."""

    def __getitem__(self, label: Any, /) -> Any:
        """Return a column."""

    def __len__(self) -> int:
        """Return the number of rows."""


class Pool:
    r"""An association pool.

    Names of columns and values are in lower case, and empty cells are ``null``. A missing column is undefined for every
    exposure. Use `Pool.read` or `Pool.from_frame` to create a pool.

    Parameters
    ----------
    columns : mapping of str to Column
        The columns, all of one length. Only ``filename`` is required.
    name : str
        The name of the pool, for messages and for ``asn_pool`` of its associations.
    lines : array of int, optional
        The line of the file for each row.

    Attributes
    ----------
    notes : list of str
        Warnings about the pool.

    Raises
    ------
    PoolError
        When a required column is missing, or a cell is invalid; the message has the line and the column.

    Examples
    --------
    >>> import io
    >>> pool = Pool.read(io.StringIO("filename|program|exp_type\njw1_uncal.fits|01234|nrc_image\n"), name="p.csv")
    >>> len(pool), pool["exp_type"][0], pool["filter"][0]
    (1, 'nrc_image', 'null')
    """

    def __init__(self, columns: Mapping[str, Column], name: str = "in-memory", lines: Codes | None = None) -> None:
        self.columns = dict(columns)
        self.name = name
        self._lines = lines
        self.notes: list[str] = []
        self._check()

    @classmethod
    def read(
        cls, source: str | os.PathLike[str] | IO[Any] | Frame, delimiter: str = "|", name: str | None = None
    ) -> Pool:
        """Return the pool of a file or of a table in memory.

        Parameters
        ----------
        source : path, open file, pandas.DataFrame or astropy.table.Table
            The source; ``-`` is standard input.
        delimiter : str
            The character between cells, for a file.
        name : str, optional
            The name of the pool; by default that of the file.

        Returns
        -------
        Pool

        Raises
        ------
        PoolError
            When the source is not a valid pool; the message has the file, the line and the column.
        """
        if hasattr(source, "columns"):
            return cls.from_frame(cast(Frame, source), name or "in-memory")
        name, text = source_text(source, name)
        table = read_table(text, delimiter, name)
        return cls(table.columns, name, table.lines)

    @classmethod
    def from_frame(cls, frame: Frame, name: str = "in-memory") -> Pool:
        """Return the pool of a table in memory.

        Parameters
        ----------
        frame : pandas.DataFrame or astropy.table.Table
            One row for each exposure, and at least the column ``filename``; case of column names is ignored. Cells of
            any dtype are converted to lower-case text; missing and masked cells become ``null``.
        name : str
            The name of the pool.

        Returns
        -------
        Pool

        Raises
        ------
        PoolError
            When the table is not a valid pool.

        Examples
        --------
        >>> import pandas as pd
        >>> Pool.from_frame(pd.DataFrame({"FILENAME": ["A_uncal.fits"], "OBS_NUM": [1]}))["obs_num"][0]
        '1'
        """
        labels = list(getattr(frame, "colnames", frame.columns))
        columns: dict[str, Column] = {}
        for label in labels:
            key = str(label).strip().lower()
            if key in columns:
                raise PoolError("the column appears twice; remove one of them", name, column=key)
            columns[key] = Column.of(_cell_text(cell) for cell in _cells(frame, label))
        if not labels or not len(frame):
            raise PoolError("the table is empty; a pool has one row for each exposure", name)
        return cls(columns, name)

    @classmethod
    def read_as(cls, path: str | os.PathLike[str], format_: str) -> Pool:
        """Return the pool of a file in a format of astropy.

        Parameters
        ----------
        path : path
            The file.
        format_ : str
            The format, by its name in `astropy.table.Table.read`.

        Returns
        -------
        Pool

        Raises
        ------
        UsageError
            When the file cannot be read in this format.
        PoolError
            When its table is not a valid pool.
        MissingExtraError
            When astropy is not installed.
        """
        with needed("formats", f"the format {format_} is read by astropy"):
            from astropy.table import Table
        try:
            check_size(path, POOL)
            table = Table.read(path, format=format_)
        except OSError as error:
            raise UsageError(f"{path}: cannot be read as {format_}: {error.strerror or error}") from error
        except Exception as error:
            raise UsageError(f"{path}: cannot be read as {format_}: {error}") from error
        return cls.from_frame(table, Path(path).name)

    @classmethod
    def together(cls, pools: Sequence[Pool]) -> Pool:
        """Return the concatenation of several pools; a column that a pool lacks is undefined for its exposures.

        Parameters
        ----------
        pools : sequence of Pool
            The pools.

        See Also
        --------
        asngraph.pools.merging.merge : the same with checks, and one row for each exposure.
        """
        names = dict.fromkeys(name for pool in pools for name in pool.columns)
        columns = {name: Column.of(text for pool in pools for text in pool[name]) for name in names}
        return cls(columns, "+".join(pool.name for pool in pools))

    @classmethod
    def unchecked(cls, columns: dict[str, Column], name: str) -> Pool:
        """Return a pool of columns that come from pools, and therefore need no checks.

        Parameters
        ----------
        columns : dict of str to Column
            The columns.
        name : str
            The name of the pool.
        """
        pool = object.__new__(cls)
        pool.columns, pool.name, pool.notes, pool._lines = columns, name, [], None
        return pool

    def take(self, rows: Sequence[int]) -> Pool:
        """Return a pool of some of the exposures; it may be empty.

        Parameters
        ----------
        rows : sequence of int
            The rows of the exposures, in the order of the new pool.
        """
        part = object.__new__(Pool)
        part.columns = {name: column.take(np.asarray(rows, dtype=int)) for name, column in self.columns.items()}
        part.name, part.notes = self.name, []
        part._lines = None if self._lines is None else self._lines[np.asarray(rows, dtype=int)]
        return part

    def write(self, target: str | os.PathLike[str] | IO[str], delimiter: str = "|") -> None:
        """Write the pool as text that `Pool.read` reads.

        Parameters
        ----------
        target : path or open text file
            The file to write. A path is written atomically, and an existing file is replaced.
        delimiter : str
            The character between cells.

        Raises
        ------
        UsageError, FileError
            When the file cannot be written.
        """
        if isinstance(target, str | os.PathLike):
            write_text(target, self.text(delimiter))
        else:
            target.write(self.text(delimiter))

    def text(self, delimiter: str = "|") -> str:
        """Return the pool as text: a header line, and one line for each exposure.

        Parameters
        ----------
        delimiter : str
            The character between cells.
        """
        import csv

        buffer = io.StringIO()
        writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows(zip(*self.columns.values(), strict=True))
        return buffer.getvalue()

    def to_frame(self) -> pd.DataFrame:
        """Return the pool as a table.

        Returns
        -------
        pandas.DataFrame
            One row for each exposure, and the columns of the pool, all of text.
        """
        import pandas as pd

        return pd.DataFrame({name: list(column) for name, column in self.columns.items()})

    def __len__(self) -> int:
        return len(self.columns["filename"])

    def __getitem__(self, name: str) -> Column:
        """Return a column; a column that the pool lacks is ``null`` in every row."""
        column = self.columns.get(name)
        return Column.constant("null", len(self)) if column is None else column

    def __contains__(self, name: object) -> bool:
        return name in self.columns

    def __repr__(self) -> str:
        return f"<Pool {self.name}: {counted(len(self), 'exposure')}, {counted(len(self.columns), 'column')}>"

    @property
    def file_name(self) -> str:
        """The name for ``asn_pool`` of associations; ``none`` for a pool that was read from standard input."""
        return self.name.replace(STDIN_NAME, "none")

    def line(self, row: int) -> int | None:
        """Return the line of a row in the pool's file; None for a pool that was not read from a file.

        Parameters
        ----------
        row : int
            The row.
        """
        return None if self._lines is None else int(self._lines[row])

    def _check(self) -> None:
        for name in REQUIRED:
            if name not in self.columns:
                raise PoolError(
                    "the column is missing; check the header line and the delimiter", self.name, column=name
                )
        for name, column in self.columns.items():
            if NO_TEXT.search(name):
                raise PoolError(f"the header has a control character in {name!r}; is this a pool?", self.name)
            if NO_TEXT.search(" ".join(column.values)):
                self._check_values(name, text_problem)
        self._check_values("program", _program_problem)
        self._check_values("asn_candidate", _candidate_problem)
        self.notes += [f"{self.name} has no column {name}" for name in EXPECTED if name not in self.columns]
        files = self["filename"]
        if not files.defined.all():
            unnamed = counted(int((~files.defined).sum()), "exposure")
            self.notes.append(f"{self.name} has {unnamed} without a file name")
        if len(files.values) < len(self):
            counts = np.bincount(files.codes, minlength=len(files.values))
            twice = [files.values[code] for code in np.flatnonzero(counts > 1)]
            shown = ", ".join(twice[:3]) + (", ..." if len(twice) > 3 else "")
            self.notes.append(f"{self.name} has {counted(len(twice), 'file name')} more than once: {shown}")

    def _check_values(self, name: str, problem_of: Any) -> None:
        if name not in self.columns:
            return
        column = self.columns[name]
        for code, value in enumerate(column.values):
            problem = problem_of(value)
            if problem is not None:
                rows = np.flatnonzero(column.codes == code)
                if len(rows):
                    raise PoolError(problem, self.name, self.line(rows[0]), name)


def _cells(frame: Any, label: Any) -> list[Any]:
    column = frame[label]
    if hasattr(column, "filled"):
        return [None if masked else cell for cell, masked in zip(column.tolist(), column.mask.tolist(), strict=True)]
    return list(column.tolist())


def _cell_text(cell: Any) -> str:
    if cell is None or cell != cell or str(cell) in ("<NA>", "NaT"):
        return "null"
    text = cell.decode("utf-8", "surrogateescape") if isinstance(cell, bytes) else str(cell)
    return text.strip().lower() or "null"


def _program_problem(text: str) -> str | None:
    if is_defined(text) and (_PATH_LIKE.search(text) or len(text) > 64):
        return f"{text[:64]!r} cannot be a program's number, or a part of a file name"
    return None


def _candidate_problem(text: str) -> str | None:
    try:
        parse_candidates(text)
    except ValueError as error:
        return str(error)
    return None


def changed(pool: Pool, cells: Mapping[tuple[int, str], str]) -> Pool:
    """Return a copy of a pool with some cells changed.

    Parameters
    ----------
    pool : Pool
        The pool.
    cells : mapping of (int, str) to str
        The new values, by row and column.

    Raises
    ------
    PoolError
        When a new value is invalid.
    """
    columns = dict(pool.columns)
    for name in dict.fromkeys(column for _, column in cells):
        texts = list(pool[name])
        for (row, column), value in cells.items():
            if column == name:
                texts[row] = value
        columns[name] = Column.of(texts)
    return Pool(columns, pool.name)
