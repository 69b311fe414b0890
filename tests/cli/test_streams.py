"""Standard streams in any state: closed, full, or left by who reads them."""

from __future__ import annotations

import importlib.util
import io
import json
import multiprocessing
import os
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest
import streamstates
from quick import quick
from streamstates import CLOSED, FULL, LEFT, OPEN

from asngraph import cli
from asngraph.simulation import simulate

_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["asngraph.cli", *streamstates.LOADED])

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs POSIX processes")

EXPOSURE, LEVEL_3 = "jw09050001001_02101_00001_nis", "jw09050-o001_image3_00001"

# Commands that make something, with the extra that they need; it is in the folder `made`.
MAKING = {
    "generate p.csv -p made": "",
    "generate p.csv -p made -v --save-orphans": "",
    "view p.csv -o made/page.html": "",
    "graph p.csv -o made/graph.json": "",
    "graph p.csv -o made/tables --by-program": "pyarrow",
    "rdf p.csv -o made/graph.nt": "",
    "plot p.csv -o made/plot.svg": "matplotlib",
    "plan p.csv -f make -o made/Makefile": "",
    "simulate -n 20 -o made/pool.csv": "",
    "archive add p.csv --store made/store": "pyoxigraph",
    "pool link p.csv 1 2 --type group -o made/pool.csv": "",
    "pool merge p.csv -o made/pool.csv": "",
    "pool split p.csv -p made": "",
    "asn create one_cal.fits two_cal.fits -o made/new_asn.json --product-name new": "",
    "asn edit made/old_asn.json add three_cal.fits": "",
    "asn gather old_asn.json -o made/all": "",
}
# Commands whose product is standard output.
ANSWERING = {
    f"which {EXPOSURE} --in p.csv": "",
    f"why {EXPOSURE} {LEVEL_3} --in out": "",
    f"why-not {EXPOSURE} --rule Asn_Lv3MIRMRS --in p.csv": "",
    f"impact {EXPOSURE} --in out --json": "",
    f"related {EXPOSURE} --in p.csv": "",
    "stats --in out": "",
    "diff p.csv out --no-reasons": "",
    "plan p.csv": "",
    "plan p.csv -f json": "",
    "plan out -f make": "",
    "status out --data data": "",
    "rdf p.csv -f nt": "",
    "sparql --pool p.csv 'ASK {?s ?p ?o}'": "pyoxigraph",
    "rules": "",
    "rules Lv3MIRMRS": "",
    "simulate -n 20": "",
    "simulate --list-modes": "",
    "pool show p.csv": "",
    "pool show p.csv --json": "",
    "pool check p.csv": "",
    "asn files old_asn.json": "",
    "asn validate bad_asn.json": "",
    "asn edit old_asn.json remove one_cal.fits --dry-run": "",
    "--help": "",
    "--version": "",
    "asn edit --help": "",
}
# These run in the quick tests; all commands write and answer in the same ways.
QUICK = {
    "generate p.csv -p made -v --save-orphans", "view p.csv -o made/page.html", "graph p.csv -o made/graph.json",
    "archive add p.csv --store made/store", "asn edit made/old_asn.json add three_cal.fits", "stats --in out",
    f"impact {EXPOSURE} --in out --json", "plan p.csv -f json", "rdf p.csv -f nt", "simulate -n 20",
    "sparql --pool p.csv 'ASK {?s ?p ?o}'", "pool show p.csv", "asn validate bad_asn.json", "--help",
}  # fmt: skip
STATES = {
    "all closed": (CLOSED, CLOSED, CLOSED),
    "standard output closed": (OPEN, CLOSED, OPEN),
    "standard error closed": (OPEN, OPEN, CLOSED),
    "full": (OPEN, FULL, FULL),
    "nobody reads": (OPEN, LEFT, LEFT),
}


class Ended(NamedTuple):
    code: int
    out: str
    err: str


def _commands(commands: dict[str, str]) -> list[object]:
    missing = {name for name in commands.values() if name and importlib.util.find_spec(name) is None}
    skipped = {extra: pytest.mark.skipif(extra in missing, reason=f"needs {extra}") for extra in commands.values()}
    return [
        pytest.param(text, marks=[skipped[extra], *([] if text in QUICK else [pytest.mark.slow])])
        for text, extra in commands.items()
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with a pool, its associations, and some made by hand."""
    place = tmp_path_factory.mktemp("streams")
    simulate(16, ["niriss-wfss"], seed=9, program=9050, errors=0).write(place / "p.csv")
    simulate(4, ["fgs-imaging"], seed=9, program=9051, errors=0).write(place / "other.csv")
    (place / "data").mkdir()
    for name in ("one", "two", "three"):
        (place / f"{name}_cal.fits").write_bytes(b"")
    members = [{"expname": f"{name}_cal.fits", "exptype": "science"} for name in ("one", "two")]
    document = {"asn_type": "image3", "asn_id": "a3001", "asn_rule": "DMS_Level3_Base", "asn_pool": "none",
                "program": "noprogram", "products": [{"name": "old", "members": members}]}  # fmt: skip
    (place / "old_asn.json").write_text(json.dumps(document, indent=4))
    (place / "bad_asn.json").write_text("{}")
    with pytest.raises(SystemExit):
        cli.main(["generate", str(place / "p.csv"), "-p", str(place / "out")])
        raise SystemExit
    return place


def in_state(folder: Path, words: list[str], *states: str) -> Ended:
    """Run a command in a process of its own, which begins as Python does, with streams in the given states.

    It is forked from a server that has loaded everything and has no threads, as this process may have.
    """
    process = _SERVER.Process(target=streamstates.run, args=(folder, words, states))
    process.start()
    process.join()
    crash = folder / "crash"
    assert not crash.exists(), crash.read_text()
    assert process.exitcode is not None
    return Ended(process.exitcode, (folder / "stdout").read_text(), (folder / "stderr").read_text())


def _made(folder: Path, name: str) -> dict[str, bytes]:
    """Return the content of every file that a command made; of a store the names do."""
    found = sorted(path for path in (folder / name).rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder / name)): path.read_bytes()
        for path in found
        if "store" not in path.parts and "made" in path.parts
    }


def _make(folder: Path, command: str, *states: str) -> tuple[Ended, dict[str, bytes], bool]:
    shutil.rmtree(folder / "made", ignore_errors=True)
    (folder / "made").mkdir()
    shutil.copy(folder / "old_asn.json", folder / "made")
    ended = in_state(folder, shlex.split(command), *states)
    return ended, _made(folder, "made"), (folder / "made/store").exists()


@pytest.mark.parametrize("command", _commands(MAKING))
def test_what_is_made_is_made_whoever_reads_the_messages(folder, command) -> None:
    before = {"old_asn.json": (folder / "old_asn.json").read_bytes()}
    ended, made, store = _make(folder, command, OPEN, OPEN, OPEN)
    assert ended.code == 0, ended.err
    assert store or made != before
    for name, states in STATES.items():
        again = _make(folder, command, *states)
        assert (name, again[0].code) == (name, 0)
        assert again[1:] == (made, store), name
        assert "Traceback" not in again[0].err


@pytest.mark.parametrize("command", _commands(ANSWERING))
def test_answers_that_nobody_reads(folder, command) -> None:
    words = shlex.split(command)
    whole = in_state(folder, words, OPEN, OPEN, OPEN)
    assert whole.out
    assert whole.code in (0, 1)
    closed = in_state(folder, words, OPEN, CLOSED, OPEN)
    assert closed == whole._replace(out="")
    left = in_state(folder, words, OPEN, LEFT, OPEN)
    assert left.code == 1
    assert [line for line in left.err.splitlines() if "error" in line or "Traceback" in line] == []
    full = in_state(folder, words, OPEN, FULL, OPEN)
    assert full.code == 1
    assert full.err.splitlines()[-1] == "asngraph: error: standard output: No space left on device"
    assert "Traceback" not in full.err


@pytest.mark.parametrize("state", [CLOSED, FULL, LEFT])
def test_errors_keep_their_exit_code(folder, state) -> None:
    for words in (["stats", "--in", "nowhere.csv"], ["stats", "--no-such-option"], ["generate", "old_asn.json"], []):
        plain = in_state(folder, words, OPEN, OPEN, OPEN)
        assert plain.code == 2
        assert in_state(folder, words, OPEN, OPEN, state).code == 2


def _shell(command: str, folder: Path, **environment: str) -> subprocess.Popen[str]:
    program = f"{shlex.quote(sys.executable)} -m asngraph"
    text = command.replace("asngraph", program)
    known = os.environ | {"PYTHONPATH": str(Path(cli.__file__).parents[2])} | environment
    return subprocess.Popen(
        ["bash", "-c", text], cwd=folder, env=known, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


SHELLS: dict[str, tuple[int, Callable[[str, str], bool]]] = {
    "asngraph generate p.csv -p shell 2>&1 | grep -q associations; echo ${PIPESTATUS[0]}":
        (0, lambda out, err: (out, err) == ("0\n", "")),
    "asngraph generate p.csv -p shell <&- >&- 2>&-": (0, lambda out, err: (out, err) == ("", "")),
    "asngraph generate p.csv other.csv --workers 2 -p shell 2>&-": (0, lambda out, err: out == ""),
    "asngraph rdf p.csv -f nt | head -1 | wc -l; echo ${PIPESTATUS[0]}":
        (0, lambda out, err: (out, err) == ("1\n1\n", "")),
    "asngraph rules > /dev/full":
        (1, lambda out, err: err == "asngraph: error: standard output: No space left on device\n"),
    "asngraph --version >&-": (0, lambda out, err: (out, err) == ("", "")),
}  # fmt: skip


@pytest.mark.parametrize("text", quick(SHELLS, *list(SHELLS)[1::3]))
def test_real_shells(folder, text) -> None:
    """The same with processes that begin anew."""
    code, right = SHELLS[text]
    shutil.rmtree(folder / "shell", ignore_errors=True)
    process = _shell(text, folder)
    out, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    assert right(out, err), (out, err)
    if "-p shell" in text:
        made = {path.name for path in (folder / "shell").iterdir()}
        names = {path.name for path in (folder / "out").glob("*_asn.json")}
        assert {name for name in made if name.startswith("jw09050")} == names


@pytest.mark.parametrize("in_thread", [False, True])
def test_a_caller_keeps_its_streams(tmp_path, monkeypatch, in_thread) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    broken, errors = open(writer, "w"), io.StringIO()  # noqa: SIM115, PTH123
    monkeypatch.setattr(sys, "stdout", broken)
    monkeypatch.setattr(sys, "stderr", errors)
    codes = []

    def call() -> None:
        for words in (["rules"], ["rules", "nothing"], ["simulate", "-n", "20", "-o", str(tmp_path / "p.csv")]):
            try:
                cli.main(words)
                codes.append(0)
            except SystemExit as ended:
                codes.append(ended.code)

    if in_thread:
        thread = threading.Thread(target=call)
        thread.start()
        thread.join()
    else:
        call()
    assert codes == [1, 2, 0]
    assert (sys.stdout, sys.stderr) == (broken, errors)
    assert "unknown rule nothing" in errors.getvalue()
    with suppress(BrokenPipeError):
        broken.close()


def test_a_caller_without_streams(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    for words in (["rules"], ["simulate", "-n", "20"], ["simulate", "-n", "20", "-o", str(tmp_path / "p.csv")]):
        cli.main(words)
    assert sys.stdout is sys.stderr is None


def test_letters_that_the_terminal_lacks(folder) -> None:
    (folder / "\N{GREEK SMALL LETTER ALPHA}.csv").write_bytes((folder / "p.csv").read_bytes())
    process = _shell("asngraph pool show \N{GREEK SMALL LETTER ALPHA}.csv", folder, PYTHONIOENCODING="latin-1")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert out.startswith("\\u03b1.csv: ")
