"""Runs a command and sends it a signal at a call of the system, in a forked process for each call.

    python tests/support/interrupting.py REQUEST

REQUEST is JSON: folder, command (words), signals (names), most (how many calls to try, at most) and whether the set of
files must be all old or all new (together). It prints what was wrong, as JSON, and how often a signal came.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

from asngraph import cli

CALLS = ("mkdir", "open", "write", "fsync", "close", "link", "unlink", "replace", "rmdir", "symlink", "listdir")
Files = dict[str, bytes]


def snapshot(folder: Path) -> Files:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def restore(folder: Path, files: Files) -> None:
    shutil.rmtree(folder)
    folder.mkdir()
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def count_calls(number: int, at: int) -> list[int]:
    """Send this process a signal when a call, counted from 1, is done; return where the calls are counted."""
    done = [0]

    def counted(name: str) -> None:
        call = getattr(os, name)

        def replacement(*arguments: Any, **options: Any) -> Any:
            result = call(*arguments, **options)
            done[0] += 1
            if done[0] == at:
                os.kill(os.getpid(), number)
            return result

        setattr(os, name, replacement)

    for name in CALLS:
        counted(name)
    return done


def in_child(command: list[str], number: int = 0, at: int = 0) -> int:
    """Run a command in a forked process; return its exit code, below 0 for a signal."""
    child = os.fork()
    if not child:
        quiet = os.open(os.devnull, os.O_WRONLY)
        for stream in (1, 2):
            os.dup2(quiet, stream)
        signal.alarm(60)
        count_calls(number, at)
        cli.main(command)
        sys.exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def problem_of(folder: Path, old: Files, new: Files, *, together: bool) -> str:
    left = [str(path) for path in folder.rglob("*") if path.name.endswith(".part") or not path.is_file()]
    left = [path for path in left if path.endswith(".part") or not any(Path(path).iterdir())]
    found = snapshot(folder)
    if left:
        return f"left {left}"
    if together:
        return "" if found in (old, new) else f"neither old nor new: {sorted(found)}"
    mixed = [name for name, content in found.items() if content not in (old.get(name), new.get(name))]
    return f"half written: {mixed}" if mixed else ""


def calls_of(folder: Path, command: list[str], old: Files) -> tuple[int, Files]:
    """Return how many calls a command makes, and the files that it leaves."""
    restore(folder, old)
    before = {name: getattr(os, name) for name in CALLS}
    done = count_calls(0, 0)
    try:
        cli.main(command)
    except SystemExit as ended:
        assert not ended.code, (command, ended.code)
    finally:
        for name, call in before.items():
            setattr(os, name, call)
    return done[0], snapshot(folder)


def interrupt(folder: Path, command: list[str], signals: list[str], most: int, *, together: bool) -> dict[str, Any]:
    old = snapshot(folder)
    calls_of(folder, command, old)  # so that all modules are loaded
    calls, new = calls_of(folder, command, old)
    wrong, came = [], 0
    step = max(1, -(-calls * len(signals) // most))
    for turn in range(0, calls * len(signals), step):
        at, name = turn // len(signals) + 1, signals[turn // step % len(signals)]
        restore(folder, old)
        code = in_child(command, getattr(signal, name), at)
        if name == "SIGKILL":
            expected = -signal.SIGKILL
            again = in_child(command)
            problem = problem_of(folder, new, new, together=True) if again == 0 else f"again: {again}"
        else:
            expected = {"SIGINT": 1, "SIGTERM": 143, "SIGHUP": 129}[name]
            problem = problem_of(folder, old, new, together=together)
        came += code == expected
        if problem or code not in (expected, 0):
            wrong.append(f"{name} after call {at} of {calls}: exit code {code}; {problem}")
    restore(folder, old)
    return {"wrong": wrong, "came": came}


if __name__ == "__main__":
    request = json.loads(sys.argv[1])
    os.chdir(request["folder"])
    said = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(1, 2)
    results = [
        interrupt(Path(folder), command, request["signals"], request["most"], together=together)
        for folder, command, together in request["commands"]
    ]
    os.write(said, json.dumps(results).encode())
