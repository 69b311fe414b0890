"""One large pool on one process and on two workers, in turn in the same run.

    python benchmarks/workers.py [EXPOSURES [PROGRAMS [ROUNDS]]]

Both make the same simulated pool, of one program or of several of equal size, and write the same bytes as one stream
(`-o`, JSON lines). Seconds are of the clock, and need two cores that nothing else keeps busy; the best round of each
counts. Beside them are processor seconds (user and system): of one process; and, with workers, of the main process and
of the workers by their number, which is the clock of two quiet cores if the parts are equal and nothing else waits.
TMPDIR=/dev/shm leaves the disk out.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from asngraph.model.pool import Pool
from asngraph.simulation import simulate

_RUN = """
import json, resource, sys, time
started = time.perf_counter()
from asngraph.cli import main
try:
    main(["generate", sys.argv[1], "-o", sys.argv[2], "--overwrite", "--workers", sys.argv[3]])
except SystemExit as ended:
    assert not ended.code
used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
print(json.dumps([time.perf_counter() - started, *(some.ru_utime + some.ru_stime for some in used)]))
"""


def run(pool: Path, output: Path, workers: int) -> tuple[float, float, float]:
    """Return the seconds of the clock, and those of the processor: of the main process, and of its workers."""
    command = [sys.executable, "-c", _RUN, str(pool), str(output), str(workers)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    clock, own, children = json.loads(done.stdout)
    return clock, own, children


def main() -> None:
    exposures, programs, rounds = [*map(int, sys.argv[1:]), *(100_000, 1, 3)[len(sys.argv) - 1 :]]
    with tempfile.TemporaryDirectory() as name:
        pool, one, two = (Path(name) / file for file in ("pool.csv", "one.jsonl", "two.jsonl"))
        share = exposures // programs
        Pool.together([simulate(share, seed=number, program=number) for number in range(1, programs + 1)]).write(pool)
        taken = []
        for _ in range(rounds):
            taken.append((run(pool, one, 1), run(pool, two, 2)))
            assert one.read_bytes() == two.read_bytes()
        print(f"{exposures} exposures of {programs} programs, best of {rounds} rounds")
        print(f"{'':<10} {'one':>7} {'two':>7} {'ratio':>6}")
        clocks = [min(some[which][0] for some in taken) for which in (0, 1)]
        used = min(sum(alone[1:]) for alone, _ in taken), min(own + others / 2 for _, (_, own, others) in taken)
        for what, (alone, divided) in {"clock": clocks, "processor": used}.items():
            print(f"{what:<10} {alone:>7.2f} {divided:>7.2f} {alone / divided:>6.2f}")
        parts = [f"{own:.2f} + {others:.2f}" for _, (_, own, others) in taken]
        print(f"processor seconds of the main process and of all workers: {', '.join(parts)}; same bytes")


if __name__ == "__main__":
    main()
