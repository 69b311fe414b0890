"""Questions as whole processes, beside the floor.

    python benchmarks/questions.py [1000 10000 ...]

The pools are mixed programs. The floor is reading the pool and deciding it (`asngraph generate --dry-run`), which
every question does first. Seconds are of processor time (user and system), on one core; the ratio is to the floor.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from asngraph.questions import collect
from asngraph.simulation import simulate


def run(*arguments: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "asngraph", *arguments], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    sizes = [int(each) for each in sys.argv[1:]] or [1000, 10000]
    print(f"{'question':<12} {'exps':>7} {'seconds':>8} {'ratio':>6}")
    for size in sizes:
        pool = simulate(size, seed=size)
        holdings = collect(pool)
        exposure = holdings.exposures[size // 2]
        inside, outside = holdings.of_exposure[size // 2][0].name, holdings.associations[0].name
        with tempfile.TemporaryDirectory() as name:
            path = Path(name) / "pool.csv"
            pool.write(path)
            floor = run("generate", str(path), "--dry-run")
            print(f"{'(floor)':<12} {size:>7} {floor:>8.2f}")
            for question in (
                ("which", exposure),
                ("why", exposure, inside),
                ("why-not", exposure, outside),
                ("impact", exposure),
                ("related", exposure),
                ("stats",),
            ):
                seconds = min(run(*question, "--in", str(path)) for _ in range(3))
                print(f"{question[0]:<12} {size:>7} {seconds:>8.2f} {seconds / floor:>6.2f}")


if __name__ == "__main__":
    main()
