"""Real make has nothing to do after a second generate and plan, and only what changed after more exposures."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

from conftest import ROOT
from needs import needs

from asngraph.simulation import simulate

STANDIN = " ".join(
    [shlex.quote(sys.executable), "-S -E", shlex.quote(str(ROOT / "tests/support/standin.py")), "{pipeline} {input}"]
)


@needs("make")
def test_make_runs_only_what_changed(run, tmp_path: Path) -> None:
    pool, file = simulate(24, ["nircam-imaging"], seed=1), tmp_path / "p.csv"

    def build(rows: int, *options: str) -> list[str]:
        """Make the associations and the plan of the first exposures, run make, and return what it ran."""
        part = pool.take(range(rows))
        part.write(file)
        assert run("generate", file, "-p", tmp_path, "--prune", *options).code == 0
        for name in part["filename"]:
            if not (tmp_path / name).exists():
                (tmp_path / name).write_text("counts")
        words = ("plan", tmp_path, "-f", "make", "--command", STANDIN, "-o", tmp_path / "Makefile", "--overwrite")
        assert run(*words).code == 0
        log = tmp_path / "runs.log"
        log.unlink(missing_ok=True)
        done = subprocess.run(["make", "-C", str(tmp_path)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return log.read_text().splitlines() if log.exists() else []

    whole = build(22)
    assert len(whole) > 44
    assert build(22) == []
    assert build(22, "--update") == []
    more = build(24, "--update")
    assert 4 <= len(more) < len(whole) / 3
