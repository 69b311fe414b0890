"""Errors that people see: each says what is wrong, where, and what to do."""

from __future__ import annotations


class AsnGraphError(Exception):
    """Anything that asngraph refuses, in one line that can be shown as it is."""


class UsageError(AsnGraphError):
    """What was asked for makes no sense; the command ends with exit code 2."""


class PoolError(UsageError):
    """A pool that cannot be trusted.

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


class FileError(AsnGraphError, OSError):
    """A file or folder that cannot be written."""


class AssociationError(AsnGraphError):
    """A text that is no association."""
