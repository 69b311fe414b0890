"""``asngraph generate -o``: all association files as one stream."""

from __future__ import annotations

import pickle
import shutil
import tempfile
from collections.abc import Generator, Iterable
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, cast

import click

from asngraph.cli.streams import binary_output
from asngraph.errors import UsageError
from asngraph.execution import Outcome
from asngraph.util.atomic import check_place, refuse_inputs
from asngraph.util.bundles import BUNDLES
from asngraph.util.limits import STDIN
from asngraph.util.staging import Staging

STDOUT = Path(STDIN)


def check_stream(output: Path, format_: str, *, overwrite: bool, inputs: Iterable[str | Path | None]) -> None:
    """Check that association files can be written to a stream.

    Parameters
    ----------
    output : path
        The file; ``-`` is standard output.
    format_ : str
        The format of the association files.
    overwrite : bool
        Whether an existing file may be replaced.
    inputs : iterable of path
        The files that the command reads.

    Raises
    ------
    UsageError
        When the name has no known ending, or the file is an input or cannot be written.
    OutputExistsError
        When the file exists and may not be replaced.
    click.UsageError
        When JSON lines are to hold YAML.
    """
    ending = _ending(output)
    if ending not in BUNDLES:
        raise UsageError(f"-o {output}: the ending is not one of {', '.join(BUNDLES)}")
    if ending == ".jsonl" and format_ != "json":
        raise click.UsageError("--format yaml requires a .tar or .zip file; JSON lines hold JSON only.")
    if output != STDOUT:
        refuse_inputs(output, *inputs)
        check_place(output, replace=overwrite)


class AssociationStream:
    """Association files in one file, which appears when it is complete; in place of `asngraph.util.staging.Staging`.

    Parameters
    ----------
    output : path
        The file; its ending is its format. ``-`` is standard output, as JSON lines, which are printed when all are
        made: an error prints nothing.
    """

    def __init__(self, output: Path) -> None:
        self._output, self._stack = output, ExitStack()
        self._staging: Staging | None = None

    def __enter__(self) -> AssociationStream:
        if self._output == STDOUT:
            self._file = cast(BinaryIO, self._stack.enter_context(tempfile.TemporaryFile()))
        else:
            self._staging = self._stack.enter_context(Staging(self._output.parent, output=self._output))
            self._file = self._staging.open(self._output.name)
        self._bundle = BUNDLES[_ending(self._output)](self._file)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):  # after an error there may be no space for the end
            self._bundle.close()
        self._stack.__exit__(kind, error, trace)

    def __str__(self) -> str:
        return "standard output" if self._output == STDOUT else str(self._output)

    def add_bytes(self, name: str, content: bytes) -> None:
        """Add an association file to the stream.

        Parameters
        ----------
        name : str
            Its name.
        content : bytes
            Its content.
        """
        self._bundle.add_bytes(name, content)

    def publish(self, orphans: str | None, pool: str, *, replace: bool) -> None:
        """End the stream, and move it to its path or print it.

        Parameters
        ----------
        orphans : str, optional
            The name of the orphans' file, which is written beside it.
        pool : str
            The content of that file.
        replace : bool
            Whether an existing file may be replaced.
        """
        self._bundle.close()
        if self._staging is None:
            self._file.seek(0)
            with binary_output() as stdout:
                shutil.copyfileobj(self._file, stdout)
            return
        if orphans is not None:
            self._staging.add(orphans, pool)
        self._staging.publish(replace=replace)

    @staticmethod
    def in_order(outcomes: Iterable[Outcome]) -> Generator[Outcome]:
        """Yield the outcomes of pools in the order of the pools.

        An outcome that comes too early waits in a temporary file, so that memory does not grow with the associations.

        Parameters
        ----------
        outcomes : iterable of Outcome
            The outcomes, in any order.
        """
        places: dict[int, int] = {}
        following = 0
        with tempfile.TemporaryFile() as file:
            for outcome in outcomes:
                if outcome.position != following:
                    places[outcome.position] = file.seek(0, 2)
                    pickle.dump(replace(outcome, texts=list(outcome.texts)), file)
                    continue
                yield outcome
                following += 1
                while following in places:
                    file.seek(places.pop(following))
                    yield pickle.load(file)  # noqa: S301 (written above)
                    following += 1


def _ending(output: Path) -> str:
    return ".jsonl" if output == STDOUT else output.suffix.lower()
