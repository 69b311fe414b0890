"""asngraph watch: it updates as exposures arrive, says what changed and why, and calls a command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from conftest import EXAMPLES, ROOT
from needs import needs

import asngraph
from asngraph.simulation import simulate

MRS = EXAMPLES / "miri_mrs_background.csv"


def until(true: Callable[[], object], seconds: float = 60) -> None:
    latest = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < latest
        time.sleep(0.05)


@needs("watchdog")
def test_associations_follow_the_pool(tmp_path: Path) -> None:
    pool, file, out, log = (
        simulate(24, ["nircam-imaging"], seed=1),
        tmp_path / "p.csv",
        tmp_path / "out",
        tmp_path / "log",
    )
    pool.take(range(20)).write(file)
    script = f"open({str(log)!r}, 'a').write('called;')"
    words = ["watch", str(file), "-p", str(out), "--json", "--exec", f'{sys.executable} -c "{script}"']
    answers = tmp_path / "answers"
    with answers.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "asngraph", *words],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=output,
            stderr=subprocess.DEVNULL,
        )
        try:
            until(lambda: log.exists() and log.read_text() == "called;")
            file.write_text("filename|broken")
            time.sleep(0.3)
            pool.write(file)
            until(lambda: log.read_text() == "called;called;")
        finally:
            process.terminate()
            process.wait(timeout=30)
    first, second = map(json.loads, answers.read_text().splitlines())
    graph = asngraph.generate(file)
    assert {path.name for path in out.glob("*_asn.json")} == set(graph.file_names)
    assert len(first["new"]) > 20
    late = list(pool["filename"])[20:]
    assert (second["new_exposures"], second["gone_exposures"], second["changed_exposures"]) == (late, [], [])
    assert second["new"]
    assert {name for why in (*second["new"].values(), *second["changed"].values()) for name in why} <= set(late)
    assert all(second["changed"].values())


@needs("watchdog")
def test_one_update_in_words(run, tmp_path) -> None:
    first = run("watch", MRS, "-p", tmp_path, "--once")
    assert (first.code, first.out.count("association new: ")) == (0, 16)
    pool = asngraph.Pool.read(MRS)
    pool.take(range(12)).write(tmp_path / MRS.name)
    second = run("watch", tmp_path, "-p", tmp_path, "--once", "--exec", "false")
    assert second.code == 0
    assert "association gone: " in second.out
    assert "false ended with exit code 1" in second.err


@needs("watchdog")
def test_bad_usage(run, tmp_path) -> None:
    assert run("watch", tmp_path, "-p", tmp_path, "--once").code == 2
    assert run("watch", tmp_path / "none.csv", "-p", tmp_path, "--once").code == 2
    result = run("watch", MRS, "-p", tmp_path, "--once", "--exec", "'")
    assert (result.code, "check the quotation marks" in result.err) == (2, True)
