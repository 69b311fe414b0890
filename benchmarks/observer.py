"""What an observer types between a folder of downloads and associations that run, and how long each command takes.

    python benchmarks/observer.py [--copies N]

The folder is that of ``examples/download_folder.py``: 300 files of three programs, or N times as many. Each line is
one command, a process of its own; seconds are of processor time (user and system) and of the clock. ``first`` reads
all headers, ``again`` is the same command with the cache of the first one. ``touch`` stands in for the pipelines.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

EXAMPLES = Path(__file__).parents[1] / "examples"
FILE = "jw09201001001_02101_00001_nrca1_rate.fits"
STANDIN = "--command 'touch {outputs}'"
TASKS = (
    ("the associations that a file is in", f"which {FILE} --in data"),
    ("a stage-3 association of a subset", 'combine data --where "obs_num in 1-2 and filter f200w" -p subset'),
    (
        "with its background",
        'combine data --where "target STAR-ONE or EMPTY-SKY" --background "target EMPTY-SKY" -p star',
    ),
    ("for each filter, over all observations", 'combine data --where "instrument nircam" --by filter -p filters'),
    ("all associations, and what is missing", "generate data -p asns --missing fetch.txt"),
    ("a plan for make", f"plan data -f make {STANDIN} -o asns/Makefile"),
    ("a plan for snakemake", f"plan data -f snakemake {STANDIN} -o Snakefile"),
)
RUNNERS = (
    ("make", "make -j 2 -C asns"),
    ("snakemake", "snakemake -q all -c 2 -s Snakefile -d again"),
)


class Spent(NamedTuple):
    """The seconds of a command."""

    processor: float
    clock: float


def spent(words: list[str], folder: Path) -> Spent:
    """Run a command that has to succeed, and return the seconds that it takes."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    ran = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    if ran.returncode:
        sys.exit(f"{shlex.join(words)} ended with {ran.returncode}:\n{ran.stdout[-1000:]}{ran.stderr[-1000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Spent(processor, time.perf_counter() - began)


def ours(command: str) -> list[str]:
    """Return a command of asngraph as the words of a process."""
    return [sys.executable, "-m", "asngraph", *shlex.split(command)]


def report_tasks(folder: Path) -> None:
    """Run each task with an empty cache and with a full one, and print what it takes."""
    print(f"{'what':<40} {'commands':>8} {'first':>6} {'clock':>6} {'again':>6} {'clock':>6}")
    for number, (what, command) in enumerate(TASKS):
        os.environ["XDG_CACHE_HOME"] = str(folder / f"cache{number}")
        more = " --overwrite" if command.startswith("combine") else ""
        first, again = spent(ours(command + more), folder), spent(ours(command + more), folder)
        seconds = " ".join(f"{value:>6.2f}" for value in (*first, *again))
        print(f"{what:<40} {1:>8} {seconds}", flush=True)


def report_runs(folder: Path) -> None:
    """Run the plans, and check that their runs are those of the plan."""
    runs = json.loads(subprocess.check_output(ours("plan data -f json"), cwd=folder))["runs"]
    subprocess.run(ours("generate data -q -p again"), cwd=folder, check=True)
    markers = {name for run in runs for name in (run["makes"] or [run["marker"]])}
    for runner, command in RUNNERS:
        words = shlex.split(command)
        took = spent([sys.executable, "-m", *words] if runner == "snakemake" else words, folder)
        place = folder / words[-1]
        lacking = [name for name in markers if not (place / name).exists()]
        if lacking:
            sys.exit(f"{runner} did not make {lacking[0]} and {len(lacking) - 1} more")
        print(f"{runner}: {len(runs)} runs of the plan done in {took.clock:.1f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--copies", type=int, default=1, help="how often the three programs are repeated")
    copies = parser.parse_args().copies
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path.cwd()), os.environ.get("PYTHONPATH", "")])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["PYTHONPYCACHEPREFIX"] = str(folder / "compiled")  # as an installed package is
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        example = [sys.executable, str(EXAMPLES / "download_folder.py"), "data", "--copies", str(copies)]
        print(subprocess.check_output(example, cwd=folder, text=True), end="")
        os.environ["XDG_CACHE_HOME"] = str(folder / "compiling")  # compile all modules that they use
        for _, command in TASKS[4:] + TASKS[:2]:
            spent(ours(command), folder)
        report_tasks(folder)
        report_runs(folder)


if __name__ == "__main__":
    main()
