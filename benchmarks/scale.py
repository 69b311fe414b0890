"""How time and memory grow with the number of exposures.

    python benchmarks/scale.py [SIZE ...]                              # a mixed program, beside the floor
    python benchmarks/scale.py --targets 0.5 [--backgrounds 1] SIZE ...
    python benchmarks/scale.py --rules own|observatory|NAME ... -- SIZE ...

The floor is what no generator can avoid: importing pandas, reading the pool, and writing those same files. Each size
is a mixed program, worked by a process of its own; growth is the exponent between a size and the one before it.
Seconds are of processor time (user and system), on one core. Creating files takes most of the time on a disk, and
varies; TMPDIR=/dev/shm leaves the disk out.

With --targets the pool has MIRI MRS exposures in one group candidate, of so many targets an exposure (0.5: two
exposures of each), and each size is decided with the given number of backgrounds and without; a background belongs to
all targets. With --rules each rule decides a pool that is made to be hard for it (benchmarks/adversarial.py): the
growth is that from the first size to the last. Both take the processor time of deciding only, without start-up,
reading and writing; the best of three.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import adversarial

from asngraph.engine.decide import decide
from asngraph.engine.result import Request
from asngraph.model.pool import Pool
from asngraph.rules.observatory import observatory_rules
from asngraph.rules.rule import RuleSet
from asngraph.simulation import simulate

_RUN = """
import resource, sys
from asngraph.cli import main
try:
    main(["generate", sys.argv[1], "-p", sys.argv[2]])
except SystemExit:
    pass
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""

_FLOOR = """
import json, os, sys
import pandas
pandas.read_csv(sys.argv[1], sep="|", dtype=str, keep_default_na=False)
with open(sys.argv[2]) as file:
    contents = json.load(file)
os.mkdir(sys.argv[3])
for name, text in contents.items():
    with open(os.path.join(sys.argv[3], name), "w") as file:
        file.write(text)
"""


def run(code: str, *arguments: str) -> tuple[float, str]:
    """Return the processor seconds of a program, and what it prints."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-c", code, *arguments], check=True, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def exponent(first: tuple[int, float], last: tuple[int, float]) -> float:
    return math.log(last[1] / first[1]) / math.log(last[0] / first[0])


def mixed(sizes: list[int]) -> None:
    print(f"{'exps':>7} {'asns':>7} {'seconds':>8} {'MB':>6} {'growth':>7} {'floor':>7} {'ratio':>6}")
    before: tuple[int, float] | None = None
    for size in sizes:
        with tempfile.TemporaryDirectory() as name:
            pool, out = Path(name) / "pool.csv", Path(name) / "out"
            simulate(size, seed=size).write(pool)
            seconds, memory = run(_RUN, str(pool), str(out))
            contents = {path.name: path.read_text() for path in out.iterdir()}
            (Path(name) / "contents.json").write_text(json.dumps(contents))
            floor, _ = run(_FLOOR, str(pool), str(Path(name) / "contents.json"), str(Path(name) / "floor"))
        growth = "" if before is None else f"{exponent(before, (size, seconds)):.2f}"
        line = f"{size:>7} {len(contents):>7} {seconds:>8.2f} {int(memory) / 1024:>6.0f} {growth:>7}"
        print(f"{line} {floor:>7.2f} {seconds / floor:>6.2f}", flush=True)
        before = size, seconds


def deciding(pool: Pool, rules: RuleSet) -> float:
    """Return the processor seconds that deciding takes, the least of three."""
    times = []
    for _ in range(3):
        gc.collect()
        start = time.process_time()
        decide(pool, rules, Request())
        times.append(time.process_time() - start)
    return min(times)


def by_targets(sizes: list[int], share: float, backgrounds: int) -> None:
    print(f"{'exps':>7} {'targets':>7} {'without':>8} {'with ' + str(backgrounds):>8} {'ratio':>6}")
    for size in sizes:
        without, with_ = (
            deciding(adversarial.targets(size, share, number), observatory_rules()) for number in (0, backgrounds)
        )
        print(f"{size:>7} {int(size * share):>7} {without:>8.2f} {with_:>8.2f} {with_ / without:>6.2f}", flush=True)


def by_rules(sizes: list[int], names: list[str]) -> None:
    observatory = adversarial.Observatory()
    groups = {"own": [*adversarial.OWN], "observatory": observatory.names()}
    print(f"{'rule':<26}" + "".join(f"{size:>8}" for size in sizes) + "  growth")
    for name in [name for group in names for name in groups.get(group, [group])]:
        made = adversarial.own_pool if name in adversarial.OWN else observatory.pool
        times = [deciding(*made(name, size)) for size in sizes]
        growth = exponent((sizes[0], times[0]), (sizes[-1], times[-1]))
        print(f"{name:<26}" + "".join(f"{seconds:>8.2f}" for seconds in times) + f"{growth:>8.2f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", type=int)
    parser.add_argument("--targets", type=float)
    parser.add_argument("--backgrounds", type=int, default=1)
    parser.add_argument("--rules", nargs="+")
    options = parser.parse_args()
    if options.targets is not None:
        by_targets(options.sizes or [1000, 4000], options.targets, options.backgrounds)
    elif options.rules:
        by_rules(options.sizes or [1000, 4000], options.rules)
    else:
        mixed(options.sizes or [1000, 3000, 10000])


if __name__ == "__main__":
    main()
