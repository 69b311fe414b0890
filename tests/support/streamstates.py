"""Runs a command with standard streams in a given state, in a process that was forked for it."""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from asngraph import cli

# What takes long to load.
LOADED = (
    "matplotlib.backends.backend_svg", "networkx", "pandas", "pyarrow.parquet", "pyoxigraph", "rdflib", "rich.table",
    "asngraph.archive.writer", "asngraph.page", "asngraph.plots", "asngraph.rdf.write", "asngraph.sparql.client",
    "asngraph.cli.generate", "asngraph.cli.questions", "asngraph.planning.plan", "asngraph.editing.gather",
)  # fmt: skip
# What standard input, output and error are.
OPEN, CLOSED, FULL, LEFT = "open", "closed", "full", "left"


def run(folder: Path, words: list[str], states: Sequence[str]) -> None:
    """Run a command in a folder and end this process with its exit code; its output is in the folder's files."""
    files = [folder / name for name in ("stdin", "stdout", "stderr")]
    for file in files:
        file.write_text("")
    code = 99
    try:
        os.chdir(folder)
        code = _as_process(words, files, tuple(states))
    except BaseException:
        (folder / "crash").write_text(traceback.format_exc())
    finally:
        os._exit(code)


def _as_process(words: list[str], files: list[Path], states: tuple[str, ...]) -> int:
    """Set streams up as Python does for a new process, run a command, and end as Python does."""
    os.dup2(os.open(os.devnull, os.O_RDWR), 2)
    # The descriptors of the test run itself would take numbers that are free in a new process.
    os.closerange(3, 64)
    for descriptor, (file, state) in enumerate(zip(files, states, strict=True)):
        os.close(descriptor)
        if state == OPEN:
            assert os.open(file, os.O_RDWR) == descriptor
        elif state == FULL:
            assert os.open("/dev/full", os.O_RDWR) == descriptor
        elif state == LEFT:
            reader, writer = os.pipe()
            os.dup2(writer, descriptor)
            for each in {reader, writer} - {descriptor}:
                os.close(each)
        else:
            os.dup2(os.open(os.devnull, os.O_RDWR), descriptor)  # kept until all are set up
    for descriptor, state in enumerate(states):
        if state == CLOSED:
            os.close(descriptor)
    sys.stdin, sys.stdout, sys.stderr = (
        None if state == CLOSED else io.TextIOWrapper(open(number, mode + "b", closefd=False), "utf-8", line_buffering=number == 2)  # noqa: E501, SIM115
        for number, (state, mode) in enumerate(zip(states, "rww", strict=True))
    )  # fmt: skip
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr  # type: ignore[misc]
    code = 0
    try:
        cli.main(words)
    except SystemExit as ended:
        code = int(ended.code or 0)
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            code = 120  # and a word about an exception that is ignored
    return code
