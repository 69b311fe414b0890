"""Exceptions of asngraph: the message of each says in one line what is wrong, and where.

The command line adds what to type, and maps each class to an exit code (`asngraph.cli.faults`).
"""

from __future__ import annotations

import os


class AsnGraphError(Exception):
    """Base class of the exceptions of asngraph."""


class UsageError(AsnGraphError):
    """Exception raised when a request or an input is invalid; the command line ends with exit code 2."""


class PoolError(UsageError):
    """Exception raised when a pool is invalid.

    Parameters
    ----------
    problem : str
        What is wrong and what to do, in one line.
    source : str
        The name of the pool's file.
    line : int, optional
        The line of the file, counted from 1.
    column : str, optional
        The name of the column.

    Examples
    --------
    >>> print(PoolError("is empty", "pool.csv", 7, "program"))
    pool.csv, line 7, column program: is empty
    """

    def __init__(self, problem: str, source: str, line: int | None = None, column: str | None = None) -> None:
        place = source
        if line is not None:
            place += f", line {line}"
        if column is not None:
            place += f", column {column}"
        super().__init__(f"{place}: {problem}")
        self.problem, self.source, self.line, self.column = problem, source, line, column


class FitsFilesError(PoolError):
    """Exception raised when FITS files are given where a pool is required."""


class ConditionError(UsageError):
    """Exception raised when a condition that a user wrote is invalid.

    Parameters
    ----------
    problem : str
        What is wrong.
    text : str
        The condition.
    place : int
        The place in the text, counted from 1.
    """

    def __init__(self, problem: str, text: str, place: int) -> None:
        super().__init__(f"{text!r}, column {place}: {problem}")
        self.problem, self.text, self.place = problem, text, place


class AssociationError(UsageError):
    """Exception raised when a file or a text cannot be read as an association."""


class RuleError(AsnGraphError):
    """Exception raised when a rule is invalid."""


class NoRulesError(UsageError):
    """Exception raised when the observatory's rules are excluded and no others are given."""


class HeaderError(AsnGraphError):
    """Exception raised when the header of a file cannot be read."""


class FileError(AsnGraphError, OSError):
    """Exception raised when a file or folder cannot be written."""


class LockedError(AsnGraphError):
    """Exception raised when another process holds the lock of a folder."""


class OutputExistsError(UsageError, FileExistsError):
    """Exception raised when an existing file would be replaced.

    Parameters
    ----------
    path : path
        The file.
    what : str
        The problem, as the message continues after the path.
    """

    def __init__(self, path: str | os.PathLike[str], what: str = "already exists") -> None:
        super().__init__(f"{os.fspath(path)} {what}")
        self.path = os.fspath(path)


class OutsideFolderError(UsageError):
    """Exception raised when a file lies outside the folder of the association.

    Parameters
    ----------
    path : path
        The file.
    problem : str
        The folder in which it should be, and why.
    """

    def __init__(self, path: str | os.PathLike[str], problem: str) -> None:
        super().__init__(f"{os.fspath(path)} lies outside {problem}")
        self.path = os.fspath(path)


class ProductNameError(UsageError):
    """Exception raised when a product has no name, and no name can be derived."""


class PoolNeededError(UsageError):
    """Exception raised when a question needs the pool, and only association files are given."""


class CandidateIdError(UsageError):
    """Exception raised when a pool has no free id for a new candidate."""


class TargetNumbersError(AsnGraphError):
    """Exception raised when pools number their targets differently."""


class FormatError(UsageError):
    """Exception raised when the format of a file cannot be determined from its name."""


class PageNameError(UsageError):
    """Exception raised when a page would be written to a file whose name is that of another format."""


class InsecureAddressError(UsageError):
    """Exception raised when a scheduler's connections are not encrypted."""


class NoArchiveError(UsageError):
    """Exception raised when a folder does not contain an archive.

    Parameters
    ----------
    folder : path
        The folder.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        super().__init__(f"{os.fspath(folder)}: does not contain an archive")


class DamageError(AsnGraphError):
    """Exception raised when an archive is damaged.

    Parameters
    ----------
    folder : path
        The folder of the archive.
    problem : str
        What is damaged.
    """

    def __init__(self, folder: str | os.PathLike[str], problem: str) -> None:
        super().__init__(f"{os.fspath(folder)}: the archive is damaged: {problem}")
        self.folder, self.problem = os.fspath(folder), problem


class MissingExtraError(AsnGraphError):
    """Exception raised when an optional package is not installed.

    Parameters
    ----------
    what : str
        What the package is used for.
    extra : str
        The extra of asngraph that installs it.
    """

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what}: pip install 'asngraph[{extra}]'")
        self.extra = extra
