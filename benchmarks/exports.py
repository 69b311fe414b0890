"""Exports of one pool as whole processes: processor time and memory of each format.

    python benchmarks/exports.py [5000 20000 ...] [--formats graphml,nt,...]

The pools are mixed programs. Seconds are of processor time (user and system), megabytes the largest resident size of
the process; the ratio is to the time of N-Triples for the same pool. The floor is making the associations
(`asngraph generate --dry-run`), which every export does first.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from asngraph.exports import FORMATS as GRAPH_FORMATS
from asngraph.rdf.write import FORMATS as RDF_FORMATS
from asngraph.simulation import simulate


def run(*arguments: str) -> tuple[float, float]:
    """Return the seconds and megabytes of a command."""
    process = subprocess.Popen([sys.executable, "-m", "asngraph", *arguments], stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"asngraph {' '.join(arguments)}: failed")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)


def size_of(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.iterdir()) / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", type=int, default=[5000, 20000])
    parser.add_argument("--formats", default="", help="only these, separated by commas; N-Triples in any case")
    arguments = parser.parse_args()
    wanted = {"nt", *arguments.formats.split(",")} if arguments.formats else {*RDF_FORMATS, *GRAPH_FORMATS}
    print(f"{'format':<10} {'exps':>7} {'seconds':>8} {'ratio':>6} {'MB':>6} {'file MB':>8}")
    for size in arguments.sizes:
        with tempfile.TemporaryDirectory() as name:
            pool = Path(name) / "pool.csv"
            simulate(size, seed=size).write(pool)
            seconds, memory = run("generate", str(pool), "--dry-run")
            base = seconds
            print(f"{'(floor)':<10} {size:>7} {seconds:>8.2f} {'':>6} {memory:>6.0f}", flush=True)
            for command, formats in (("rdf", sorted(RDF_FORMATS, key="nt".__ne__)), ("graph", GRAPH_FORMATS)):
                for format_ in formats:
                    if format_ not in wanted:
                        continue
                    with tempfile.TemporaryDirectory(dir=name) as folder:
                        seconds, memory = run(command, str(pool), "-f", format_, "-o", f"{folder}/graph")
                        base = seconds if format_ == "nt" else base
                        print(
                            f"{format_:<10} {size:>7} {seconds:>8.2f} {seconds / base:>6.2f} {memory:>6.0f} "
                            f"{size_of(Path(folder)):>8.1f}",
                            flush=True,
                        )


if __name__ == "__main__":
    main()
