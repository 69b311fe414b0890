"""Updates give what deciding everything gives, byte for byte."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import EXAMPLES

import asngraph
from asngraph.execution import update
from asngraph.execution.update import packed_state, unpacked_state
from asngraph.model.column import Column
from asngraph.model.pool import Pool
from asngraph.model.run_file import RUN_FILE
from asngraph.rules.observatory import observatory_rules
from asngraph.simulation import MODES, simulate

EXAMPLE_COUNT = int(os.environ.get("ASNGRAPH_EXAMPLES", "10"))
REQUESTS: list[dict[str, bool]] = [{}, {"all_candidates": True}, {"discover": True}]
MRS = EXAMPLES / "miri_mrs_background.csv"


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def rows_of(pool: Pool) -> list[dict[str, str]]:
    names = list(pool.columns)
    return [dict(zip(names, cells, strict=True)) for cells in zip(*pool.columns.values(), strict=True)]


def pool_of(rows: list[dict[str, str]], name: str = "p.csv") -> Pool:
    return Pool({column: Column.of(row[column] for row in rows) for column in rows[0]}, name)


def check(tmp_path: Path, run: Any, pools: list[Pool], *options: str) -> None:
    """Update a folder pool after pool, and compare it with a folder of the last pool only."""
    file = tmp_path / "p.csv"
    for pool in pools:
        pool.write(file)
        result = run("generate", file, "-p", tmp_path / "updated", "--update", "--prune", *options)
        assert result.code == 0, result.err
    whole = run("generate", file, "-p", tmp_path / "whole", *options)
    assert content(tmp_path / "updated") == content(tmp_path / "whole")
    summary = [line for line in whole.err.splitlines() if "files:" not in line and "written" not in line]
    assert summary == [line for line in result.err.splitlines() if "files:" not in line and "written" not in line]
    shutil.rmtree(tmp_path / "updated")
    shutil.rmtree(tmp_path / "whole")


WAYS = [(), ("--all-candidates",), ("--discover",), ("--merge",), ("--no-finalize",), ("-D",), ("-i", "o001"), ("-v",)]


@pytest.mark.parametrize("options", WAYS, ids=[" ".join(way) or "as usual" for way in WAYS])
def test_each_way_to_work(run, tmp_path, options) -> None:
    pool = simulate(60, seed=8)
    check(tmp_path, run, [pool.take(range(55)), pool, pool.take(range(5, 60))], *options)


@pytest.mark.parametrize("mode", MODES)
def test_each_mode(run, tmp_path, mode) -> None:
    pool = simulate(24, [mode], seed=4)
    middle = [row for row in range(24) if row % 7]
    check(tmp_path, run, [pool.take(range(20)), pool, pool.take(middle), pool])


def associations_of(graph: asngraph.AssociationGraph) -> dict[str, Any]:
    return {name: (each, id_) for name, each, id_ in zip(graph.file_names, graph, graph.uuids, strict=True)}


def updates_are_equal(pools: list[Pool], **options: bool) -> None:
    """Update a state pool after pool, and compare it each time with what is made of the pool alone."""
    rules = observatory_rules()
    graph = asngraph.generate(pools[0], **options)
    known, files = associations_of(graph), graph.file_names
    state = update.state_of(graph.decision, [])
    for pool in pools[1:]:
        found = unpacked_state(packed_state(state, files), pool.name)
        assert found is not None
        state, files = found
        made = update.updated(state, pool, rules, graph.request)
        graph = asngraph.generate(pool, **options)
        if made is None:
            known, files, state = associations_of(graph), graph.file_names, update.state_of(graph.decision, [])
            continue
        decided = asngraph.AssociationGraph(pool, made.decision, graph.request)
        records = list(zip(decided, decided.uuids, strict=True))
        now = {
            each.name: known[files[each.earlier]] if each.earlier >= 0 else records[~each.earlier]
            for each in made.associations
        }
        assert now == associations_of(graph)
        known, files, state = now, [each.name for each in made.associations], made.state
        expected = update.state_of(graph.decision, [])
        assert packed_state(state, files) == packed_state(expected, graph.file_names)


def test_random_changes() -> None:
    strategies = pytest.importorskip("hypothesis.strategies", reason="hypothesis is not installed (extra `test`)")
    from hypothesis import HealthCheck, given, settings

    program = 1234
    base = rows_of(simulate(60, seed=2, program=program))
    other = [row for mode in MODES for row in rows_of(simulate(6, [mode], seed=3, program=program))]
    values = {name: sorted({row[name] for row in (*base, *other)} | {"null"}) for name in base[0]}
    columns = "asn_candidate targetid filter obs_num exp_type bkgdtarg is_psf is_imprt filename pupil".split()  # noqa: SIM905

    @settings(max_examples=EXAMPLE_COUNT, deadline=None, suppress_health_check=list(HealthCheck))
    @given(strategies.data())
    def hold(data: Any) -> None:
        first = data.draw(strategies.integers(0, len(other)))
        rows = [dict(row) for row in (base + other[first:] + other[:first])[:70]]
        pools = [pool_of(rows)]
        for _ in range(data.draw(strategies.integers(1, 3))):
            rows = [dict(row) for row in rows]
            for _ in range(data.draw(strategies.integers(1, 3))):
                place = data.draw(strategies.integers(0, len(rows) - 1))
                what = data.draw(strategies.sampled_from(("add", "append", "remove", "change", "move", "repeat")))
                if what == "remove":
                    del rows[place]
                elif what == "change":
                    name = data.draw(strategies.sampled_from(columns))
                    rows[place][name] = data.draw(strategies.sampled_from(values[name]))
                elif what == "move":
                    rows.append(rows.pop(place))
                elif what == "repeat":
                    rows.insert(place, dict(data.draw(strategies.sampled_from(rows))))
                else:
                    row = dict(data.draw(strategies.sampled_from((*base, *other))))
                    rows.insert(place if what == "add" else len(rows), row)
            pools.append(pool_of(rows))
        updates_are_equal(pools, **data.draw(strategies.sampled_from(REQUESTS)))

    hold()


def test_only_what_is_affected_is_decided(run, tmp_path, monkeypatch) -> None:
    pool, seen = simulate(300, seed=1), []
    decide = update.decide

    def watched(pool: Pool, rules: Any, request: Any) -> Any:
        seen.append(int(np.count_nonzero(request.part)))
        return decide(pool, rules, request)

    monkeypatch.setattr(update, "decide", watched)
    check(tmp_path, run, [pool.take(range(297)), pool])
    assert seen
    assert max(seen) < 60


def test_programs_in_one_pool_do_not_affect_each_other(run, tmp_path, monkeypatch) -> None:
    first, second = simulate(60, seed=1, program=1111), simulate(60, seed=2, program=2222)
    check(tmp_path, run, [Pool.together([first, second.take(range(55))]), Pool.together([first, second])])


def test_nothing_new_touches_nothing(run, tmp_path) -> None:
    assert run("generate", MRS, "-p", tmp_path).code == 0
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    result = run("generate", MRS, "-p", tmp_path, "--update")
    assert "files: 0 new, 0 changed, 16 unchanged, 0 gone" in result.err
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("damage", ["edited", "missing", "no state", "broken state", "other rows", "no run file"])
def test_what_is_damaged_is_decided_again(run, tmp_path, damage) -> None:
    assert run("generate", MRS, "-p", tmp_path).code == 0
    before = content(tmp_path)
    one, record = min(tmp_path.glob("*_asn.json")), tmp_path / RUN_FILE
    data = json.loads(record.read_text())
    entry = data["pools"][MRS.name]
    if damage == "edited":
        one.write_text(one.read_text().replace("science", "scyence"))
    elif damage == "missing":
        one.unlink()
    elif damage == "no run file":
        record.unlink()
    else:
        rows = '{"columns": {}, "files": [], "made": [], "lesser": [], "duplicates": [], "orphans": []}'
        states = {"no state": "", "broken state": entry["state"][:-99], "other rows": rows}
        entry["state"] = states[damage]
        record.write_text(json.dumps(data))
    assert run("generate", MRS, "-p", tmp_path, "--update").code == 0
    assert content(tmp_path) == before


@pytest.mark.parametrize("options", [["--dry-run"], ["--no-clobber"]])
def test_what_excludes_an_update(run, tmp_path, options) -> None:
    assert run("generate", MRS, "-p", tmp_path, "--update", *options).code == 2


def test_a_state_is_read_as_it_was_written() -> None:
    pool = simulate(30, seed=1)
    graph = asngraph.generate(pool)
    state = update.state_of(graph.decision, [(3, "a reason")])
    found = unpacked_state(packed_state(state, graph.file_names), pool.name)
    assert found is not None
    read, files = found
    assert rows_of(read.pool) == rows_of(pool)
    assert sorted(files) == sorted(graph.file_names)
    assert (read.orphans, sorted(read.lesser)) == ([(3, "a reason")], sorted(state.lesser))
    request = graph.request
    again = update.updated(read, pool, observatory_rules(), request)
    assert again is not None
    assert {each.name for each in again.associations} == set(graph.file_names)
    assert not again.only.any()


def test_orphans_and_workers(run, tmp_path) -> None:
    pool, other = simulate(90, seed=5), simulate(20, seed=6)
    other.write(tmp_path / "other.csv")
    for rows in (80, 90):
        pool.take(range(rows)).write(tmp_path / "p.csv")
        words = ("generate", tmp_path / "p.csv", tmp_path / "other.csv", "--save-orphans", "--workers", 2)
        assert run(*words, "-p", tmp_path / "updated", "--update", "--prune").code == 0
    assert run(*words, "-p", tmp_path / "whole").code == 0
    assert content(tmp_path / "updated") == content(tmp_path / "whole")
