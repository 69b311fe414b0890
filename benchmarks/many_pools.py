"""Many pools over processes, and over a Dask cluster of processes on this machine, in turn in the same run.

    python benchmarks/many_pools.py [POOLS [EXPOSURES [WORKERS]]]

Both decide the same simulated pools, and what comes back must be the same; files are not written. Seconds are of the
clock and of the processor (this process and all workers, user and system). The cluster runs before it is timed, the
processes are started within their time, as `asngraph generate` does. Ratios are the cluster's to the processes'; where
other work is running, that of the processor is the steadier one.
"""

from __future__ import annotations

import hashlib
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import psutil
from distributed import LocalCluster

from asngraph.execution import generate_many
from asngraph.simulation import simulate

ROUNDS = 3


def processor_seconds() -> float:
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    running = [psutil.Process(), *psutil.Process().children(recursive=True)]
    return ended.ru_utime + ended.ru_stime + sum(sum(each.cpu_times()[:2]) for each in running)


def timed(pools: Sequence[str], **how: object) -> tuple[float, float, str]:
    clock, processor = time.perf_counter(), processor_seconds()
    digests = {
        outcome.position: hashlib.sha256("".join(outcome.texts).encode()).hexdigest()
        for outcome in generate_many(pools, **how)  # type: ignore[arg-type]
    }
    clock, processor = time.perf_counter() - clock, processor_seconds() - processor
    assert len(digests) == len(pools)
    return clock, processor, str(sorted(digests.items()))


def main() -> None:
    count, exposures, workers = [*map(int, sys.argv[1:]), *(200, 200, 2)[len(sys.argv) - 1 :]]
    with tempfile.TemporaryDirectory() as name, LocalCluster(
        n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as cluster:  # fmt: skip
        pools = [str(Path(name) / f"{number:05}.csv") for number in range(count)]
        for number, pool in enumerate(pools):
            simulate(exposures, seed=number, program=number + 1).write(pool)
        there = {"scheduler": cluster.scheduler_address, "insecure": True}
        ways: dict[str, dict[str, object]] = {"processes": {"workers": workers}, "cluster": there}
        timed(pools[: 2 * workers], **there)  # its workers load asngraph
        print(f"{count} pools of {exposures} exposures, {workers} workers")
        print(f"{'round':<6} {'way':<10} {'clock s':>8} {'processor s':>12}")
        ratios = []
        for number in range(1, ROUNDS + 1):
            taken = {way: timed(pools, **how) for way, how in ways.items()}
            for way, (clock, processor, _) in taken.items():
                print(f"{number:<6} {way:<10} {clock:>8.2f} {processor:>12.2f}", flush=True)
            (clock, processor, made), (clock_there, processor_there, made_there) = taken.values()
            assert made == made_there
            ratios.append((clock_there / clock, processor_there / processor))
        by_clock, by_processor = (median(each) for each in zip(*ratios, strict=True))
        print(f"median ratio: {by_clock:.2f} of the clock, {by_processor:.2f} of the processor; same associations")


if __name__ == "__main__":
    main()
