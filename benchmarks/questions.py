"""Questions as whole processes: deciding the pool, and with its graph in the cache.

    python benchmarks/questions.py [1 1000 10000 ...]

The pools are mixed programs. Seconds are of processor time (user and system), on one core, medians of five. The floors
are importing click and numpy, and reading the pool and deciding it (`asngraph generate --dry-run`). `decided` is with
`--no-cache`, `cached` a question after another one about the same pool; pools of less than 256 KiB are always decided.
The last column is the ratio of `cached` to the import of click and numpy.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from asngraph.questions import collect
from asngraph.simulation import simulate


def run(*arguments: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def median(*arguments: str, times: int = 5) -> float:
    return statistics.median(run(*arguments) for _ in range(times))


def main() -> None:
    sizes = [int(each) for each in sys.argv[1:]] or [1, 1000, 10000]
    compiled = tempfile.TemporaryDirectory()  # as an installed package is
    os.environ["PYTHONPYCACHEPREFIX"] = compiled.name
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    run("-m", "asngraph", "stats", "--in", "examples/nircam_mosaic.csv")
    imports = median("-c", "import click, numpy")
    print(f"{'question':<10} {'exps':>7} {'decided':>8} {'cached':>7} {'ratio':>6}")
    print(f"{'(imports)':<10} {'':>7} {imports:>8.2f} {imports:>7.2f} {1:>6.2f}", flush=True)
    for size in sizes:
        pool = simulate(size, seed=size)
        collection = collect(pool)
        exposure = collection.exposures[size // 2]
        inside, outside = collection.of_exposure[size // 2][0].name, collection.associations[0].name
        del collection
        with tempfile.TemporaryDirectory() as name:
            os.environ["XDG_CACHE_HOME"] = str(Path(name) / "cache")
            path = Path(name) / "pool.csv"
            pool.write(path)
            print(f"{'(generate)':<10} {size:>7} {run('-m', 'asngraph', 'generate', str(path), '--dry-run'):>8.2f}")
            questions = [("which", exposure), ("why", exposure, inside), ("impact", exposure), ("related", exposure)]
            if inside != outside:
                questions.append(("why-not", exposure, outside))
            for question in (*questions, ("stats",)):
                command = ("-m", "asngraph", *question, "--in", str(path))
                decided = median(*command, "--no-cache", times=1 if size > 10000 else 5)
                run(*command)
                cached = median(*command)
                print(
                    f"{question[0]:<10} {size:>7} {decided:>8.2f} {cached:>7.2f} {cached / imports:>6.2f}", flush=True
                )


if __name__ == "__main__":
    main()
