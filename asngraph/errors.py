"""Faults, each with a class: what is wrong and where, in one line that can be shown as it is.

The command line adds what to type, and ends with an exit code (`asngraph.cli.faults`).
"""

from __future__ import annotations

import os


class AsnGraphError(Exception):
    """Base class of the faults of asngraph."""


class UsageError(AsnGraphError):
    """Exception raised when a request or an input makes no sense; the command line ends with exit code 2."""


class PoolError(UsageError):
    """Exception raised when a pool cannot be trusted.

    Parameters
    ----------
    problem : str
        What is wrong and what to do, in one line.
    source : str
        The pool's file name.
    line : int, optional
        The line of the file, counted from 1.
    column : str, optional
        The column's name.

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


class AssociationError(UsageError):
    """Exception raised when a file or a text cannot be read as an association."""


class RuleError(AsnGraphError):
    """Exception raised when a rule makes no sense."""


class NoRulesError(UsageError):
    """Exception raised when the observatory's rules are left out, and there are no others."""


class HeaderError(AsnGraphError):
    """Exception raised when the header of a file cannot be read."""


class FileError(AsnGraphError, OSError):
    """Exception raised when a file or folder cannot be written."""


class LockedError(AsnGraphError):
    """Exception raised when another process writes where this one is to."""


class OutputExistsError(UsageError, FileExistsError):
    """Exception raised when a file that is there would be replaced.

    Parameters
    ----------
    path : path
        The file.
    what : str
        What it is that is there.
    """

    def __init__(self, path: str | os.PathLike[str], what: str = "is there already") -> None:
        super().__init__(f"{os.fspath(path)} {what}")
        self.path = os.fspath(path)


class OutsideFolderError(UsageError):
    """Exception raised when a file lies outside the folder of the association.

    Parameters
    ----------
    path : path
        The file.
    problem : str
        Where it is, and where it was to be.
    """

    def __init__(self, path: str | os.PathLike[str], problem: str) -> None:
        super().__init__(f"{os.fspath(path)} lies outside {problem}")
        self.path = os.fspath(path)


class ProductNameError(UsageError):
    """Exception raised when a product has no name, and cannot have one of its own."""


class PoolNeededError(UsageError):
    """Exception raised when association files are asked what only their pool knows."""


class CandidateIdError(UsageError):
    """Exception raised when a pool has no free id left for a new candidate."""


class TargetNumbersError(AsnGraphError):
    """Exception raised when pools number their targets differently."""


class FormatError(UsageError):
    """Exception raised when the name of a file does not tell its format."""


class InsecureAddressError(UsageError):
    """Exception raised when a scheduler's connections are not encrypted."""


class NoArchiveError(UsageError):
    """Exception raised when a folder holds no archive.

    Parameters
    ----------
    folder : path
        The folder.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        super().__init__(f"{os.fspath(folder)}: there is no archive")


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
        What the package does.
    extra : str
        The extra of asngraph that brings it.
    """

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what}: pip install 'asngraph[{extra}]'")
        self.extra = extra
