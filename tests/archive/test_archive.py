"""The archive: what is in it is whole, whatever happens, and its answers are those of the pools."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import EXAMPLES, ROOT
from hostile import INJECTED, hostile_graph
from quick import quick

import asngraph
from asngraph.archive.catalogue import CATALOGUE, CURRENT, Catalogue
from asngraph.archive.reader import reading
from asngraph.archive.snapshot import opened
from asngraph.archive.storage import Folder
from asngraph.archive.writer import writing
from asngraph.errors import AsnGraphError, UsageError
from asngraph.questions import collect, impact, which
from asngraph.rdf.write import lines
from asngraph.simulation import MODES, simulate
from asngraph.sparql.client import ask

MRS = EXAMPLES / "miri_mrs_background.csv"
Contents = dict[str, set[str]]


def contents(folder: Path) -> Contents:
    """Read what readers see: for each pool its statements, as N-Triples."""
    if not any(each.name.isdigit() for each in (folder / "published").glob("*")):
        return {}
    store, _, held = opened(folder)
    catalogue = Catalogue(store)
    found = {}
    for graph in catalogue.graphs:
        quads = store.quads_for_pattern(None, None, None, graph)
        found[catalogue.pool_of(graph)] = {f"{quad.triple} ." for quad in quads}
    held.close()
    return found


def expected(*files: Path) -> Contents:
    """Say what the archive is to hold of pools."""
    said = {file.name: b"".join(lines(asngraph.generate(file))).decode().splitlines() for file in files}
    return {name: set(some) for name, some in said.items()}


def add(folder: Path, *files: Path, **options: Any) -> list[str]:
    with writing(folder, create=True) as archive:
        return [outcome.state for outcome in archive.add(files, **options)]


def pools(folder: Path, count: int, exposures: int = 6, seed: int = 0, modes: Any = ("nircam-imaging",)) -> list[Path]:
    folder.mkdir(exist_ok=True)
    files = [folder / f"p{number}.csv" for number in range(count)]
    for number, file in enumerate(files):
        simulate(exposures, modes, seed=seed + number, program=1000 + number).write(file)
    return files


# --- Answers -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Path]]:
    """Make an archive of pools of all modes."""
    folder, names = tmp_path_factory.mktemp("many"), list(MODES)
    files = [folder / f"{number}.csv" for number in range(4)]
    for number, file in enumerate(files):
        simulate(80, names[number::4], seed=number, program=2000 + number).write(file)
    add(folder / "archive", *files)
    return folder / "archive", files


@pytest.mark.slow
def test_which_answers_as_the_pool_does(many: tuple[Path, list[Path]]) -> None:
    folder, files = many
    indirect = 0
    with reading(folder) as view:
        for file in files:
            holdings = collect(file)
            for name in holdings.exposures:
                of_pool = which(holdings, name)
                indirect += sum(each.indirect for each in of_pool)
                wanted = [(file.name, each) for each in of_pool]
                assert [tuple(each) for each in view.which(name)] == wanted
    assert indirect


@pytest.mark.slow
def test_impact_answers_as_the_pool_does(many: tuple[Path, list[Path]]) -> None:
    def told(effect: Any) -> tuple[Any, ...]:
        left = tuple(sorted(effect.left.items()))
        because = tuple(sorted(effect.because_of))
        return (
            effect.association,
            effect.rule,
            effect.products,
            effect.state,
            effect.reason,
            because,
            left,
            effect.members,
        )

    folder, files = many
    states = set()
    with reading(folder) as view:
        for file in files:
            holdings = collect(file)
            for name in holdings.exposures[::3]:
                found = view.impact(name)
                assert {pool for pool, _ in found} <= {file.name}
                assert sorted(told(each) for _, each in found) == sorted(map(told, impact(holdings, name)))
                states.update(effect.state for _, effect in found)
    assert states == {"gone", "less", "remade"}


def test_support_files_belong_where_what_they_serve_does(tmp_path: Path) -> None:
    table = EXAMPLES / "miri_mrs_background_support.txt"
    add(tmp_path / "a", MRS, support=str(table))
    graph = asngraph.generate(MRS, support=table)
    with reading(tmp_path / "a") as view:
        for file in {each.file for each in graph.serving}:
            wanted = [(MRS.name, each) for each in which(graph, file)]
            assert wanted
            assert [tuple(each) for each in view.which(file.upper())] == wanted


def test_names_are_those_that_people_have(tmp_path: Path) -> None:
    (file,) = pools(tmp_path / "in", 1)
    name = asngraph.Pool.read(file)["filename"][0]
    add(tmp_path / "a", file)
    with reading(tmp_path / "a") as view:
        root = name.removesuffix("_uncal.fits")
        for each in (name, root, f"some/{root.upper()}_rate.fits", f"{root}_cal.fits"):
            assert view.which(each) == view.which(name) != []
        with pytest.raises(UsageError, match="incomplete name of an exposure"):
            view.which(root[:-1])


# --- Adding --------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("answered_here")
def test_what_is_unchanged_is_skipped_and_what_changed_replaced(tmp_path: Path) -> None:
    files = pools(tmp_path / "in", 3)
    folder = tmp_path / "a"
    assert add(folder, *files[:2]) == ["added", "added"]
    assert contents(folder) == expected(*files[:2])
    simulate(9, ["miri-mrs"], seed=9).write(files[1])
    assert add(folder, *files) == ["unchanged", "replaced", "added"]
    assert contents(folder) == expected(*files)
    with reading(folder) as view:
        assert view.stats().old == 1
    count = "SELECT (COUNT(*) AS ?n) { ?e a asn:Exposure }"
    assert ask(count, folder).texts == [("21",)]
    assert add(folder, *files) == ["unchanged"] * 3
    with reading(folder) as view:
        assert view.stats().old == 0
    assert ask(count, folder).texts == [("21",)]


def test_removing_and_collecting(tmp_path: Path, run: Callable[..., Any]) -> None:
    files = pools(tmp_path / "in", 2)
    folder = tmp_path / "a"
    add(folder, *files)
    assert "unknown pool x.csv" in run("archive", "remove", files[0], "x.csv", "--store", folder).err
    assert contents(folder) == expected(*files)
    assert run("archive", "remove", files[0].name, "--store", folder).code == 0
    assert contents(folder) == expected(files[1])
    before = Folder(folder).path
    assert "collected: 1" in run("archive", "collect", "--store", folder).err
    assert contents(folder) == expected(files[1])
    store, _, held = opened(before)
    assert len(list(store.named_graphs())) == 2
    assert not [quad for quad in store if files[0].name in str(quad)]
    del store
    held.close()
    assert add(folder, *files) == ["unchanged", "added"]
    assert contents(folder) == expected(*files)


@pytest.mark.slow
def test_workers_do_the_same(tmp_path: Path) -> None:
    files = pools(tmp_path / "in", 4)
    assert add(tmp_path / "a", *files, workers=2) == ["added"] * 4
    assert contents(tmp_path / "a") == expected(*files)
    assert not list((tmp_path / "a" / "incoming").iterdir())


@pytest.mark.parametrize("workers", quick([0, 1], 0))
def test_a_pool_that_fails_does_not_stop_the_others(tmp_path: Path, run: Callable[..., Any], workers: int) -> None:
    first, second = pools(tmp_path / "in", 2)
    bad = tmp_path / "bad.csv"
    bad.write_text("filename|program\na|b|c\n")
    told = run(
        "archive", "add", first, bad, tmp_path / "none.csv", second, "--store", tmp_path / "a", "--workers", workers
    )
    assert told.code == 1
    assert "bad.csv, line 2" in told.err
    assert "none.csv: No such file" in told.err
    assert "2 added, 2 failed" in told.err
    assert contents(tmp_path / "a") == expected(first, second)


@pytest.mark.usefixtures("answered_here")
def test_where_it_came_from(tmp_path: Path) -> None:
    add(tmp_path / "a", MRS)
    query = """SELECT ?pool ?file ?sum ?time ?by ?n {
        ?v prov:wasDerivedFrom ?f ; prov:wasGeneratedBy ?run ; <http://rdfs.org/ns/void#triples> ?n .
        ?pool <http://www.w3.org/ns/dcat#hasCurrentVersion> ?v .
        ?f rdfs:label ?file ; <http://spdx.org/rdf/terms#checksumValue> ?sum .
        ?run prov:endedAtTime ?time ; prov:wasAssociatedWith/rdfs:label ?by }"""
    ((pool, file, checksum, when, by, quads),) = ask(query, tmp_path / "a").texts
    assert pool.endswith(f"/pool/{MRS.name}")
    assert file == MRS.as_posix()
    assert len(checksum) == 64
    assert when.startswith("20")
    assert by == f"asngraph {asngraph.__version__}"
    assert int(quads) == len(expected(MRS)[MRS.name])


# --- Killed in the middle --------------------------------------------------------------------------------------------

# What the process does when it is to be killed at a certain point: the function is replaced by one that kills.
KILLER = """
import os, signal, sys
from pathlib import Path
from asngraph.archive import catalogue, ingest, storage, writer
from asngraph.archive.writer import writing as open_archive

def kill(*arguments, **options):
    os.kill(os.getpid(), signal.SIGKILL)

def then_kill(function):
    def call(*arguments, **options):
        function(*arguments, **options)
        kill()
    return call

def half_then_kill(self, made):
    content = Path(made.file).read_bytes().splitlines(keepends=True)
    import pyoxigraph
    half = b"".join(content[: len(content) // 2])
    self._store.bulk_load(half, format=pyoxigraph.RdfFormat.N_QUADS)
    kill()

point, folder, *files = sys.argv[1:]
match point:
    case "while it is prepared":
        ingest.prepare = kill
    case "half loaded":
        writer.Archive.load = half_then_kill
    case "loaded, before the pointer turns":
        catalogue.Catalogue.set_current = kill
    case "after the pointer turned":
        catalogue.Catalogue.set_current = then_kill(catalogue.Catalogue.set_current)
    case "before it is published":
        storage.Folder.publish = kill
    case "while it is published":
        Path.rename = kill
    case "after it is published":
        storage.Folder._clear = kill
    case "old versions half collected":
        catalogue.Catalogue.forget = kill
with open_archive(folder, create=True) as archive:
    for _ in archive.add(files):
        pass
"""
POINTS = [
    "while it is prepared", "half loaded", "loaded, before the pointer turns", "after the pointer turned",
    "before it is published", "while it is published", "after it is published", "old versions half collected",
]  # fmt: skip
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT)}


def whole(folder: Path, old: Contents, new: Contents) -> None:
    """See that each pool is wholly in its old or its new form, for readers and in the store itself."""
    for name, some in contents(folder).items():
        assert some in (old.get(name), new.get(name))


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("fresh", [True, False], ids=["new", "there"])
def test_killed_at_a_point(tmp_path: Path, point: str, fresh: bool) -> None:
    files, folder = pools(tmp_path / "in", 2), tmp_path / "a"
    old: Contents = {}
    if not fresh:
        add(folder, *files)
        simulate(7, ["miri-mrs"], seed=8).write(files[0])
        add(folder, *files)
        old = expected(*files)
        for number, file in enumerate(files):
            simulate(5, ["niriss-imaging"], seed=20 + number, program=1000 + number).write(file)
    new = expected(*files)
    done = subprocess.run([sys.executable, "-c", KILLER, point, folder, *files], env=ENVIRONMENT, check=False)
    survives = fresh and point == "old versions half collected"  # there are none
    assert done.returncode == (0 if survives else -signal.SIGKILL)
    whole(folder, old, new)
    if not fresh:
        assert contents(folder).keys() == new.keys()
    assert set(add(folder, *files)) <= {"added", "replaced", "unchanged"}
    assert contents(folder) == new
    with reading(folder) as view:
        assert not view.stats().old or not fresh
    assert [each.name for each in (folder / "published").iterdir() if not each.name.isdigit()] == []


def kill_at_random(folder: Path, files: list[Path], kills: int, seed: int, most: float) -> None:
    """Kill the process that adds, at any time, and see each time what is there."""
    dice = random.Random(seed)
    command = [sys.executable, "-m", "asngraph", "archive", "add", *files, "--store", folder, "--workers", "1"]
    seen: dict[str, list[set[str]]] = {file.name: [] for file in files}
    killed = turn = 0
    while killed < kills:
        turn += 1
        for number, file in enumerate(files):  # new versions, while old ones may be half there
            if dice.random() < 0.4 or not file.exists():
                simulate(dice.randint(20, 40), seed=100 * turn + number, program=1000 + number).write(file)
                seen[file.name] += expected(file).values()
        with subprocess.Popen(command, env=ENVIRONMENT, stderr=subprocess.DEVNULL) as process:
            try:
                assert process.wait(dice.uniform(0.2, most)) == 0
            except subprocess.TimeoutExpired:
                process.kill()
                killed += 1
        for name, some in contents(folder).items():
            assert some in seen[name]
    assert "failed" not in add(folder, *files)
    assert contents(folder) == {name: some[-1] for name, some in seen.items()}


@pytest.mark.slow
def test_killed_at_random(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    kill_at_random(tmp_path / "a", [tmp_path / "in" / f"p{n}.csv" for n in range(4)], 4, seed=1, most=2.5)


# --- Readers and writers -----------------------------------------------------------------------------------------


def test_a_reader_sees_what_was_there_when_it_came(tmp_path: Path) -> None:
    (file,) = pools(tmp_path / "in", 1)
    folder = tmp_path / "a"
    add(folder, file)
    name = asngraph.Pool.read(file)["filename"][0]
    with reading(folder) as view:
        before = view.which(name)
        for seed in (5, 6):
            simulate(8, ["miri-mrs"], seed=seed, program=1000).write(file)
            add(folder, file)
        with writing(folder) as archive:
            archive.collect()
        assert view.which(name) == before != []
        with reading(folder) as later, pytest.raises(UsageError):
            later.which(name)
        assert len(list((folder / "published").iterdir())) == 2
    with writing(folder):
        pass
    assert len(list((folder / "published").iterdir())) == 1


@pytest.mark.slow
def test_readers_come_and_go_while_a_process_writes(tmp_path: Path) -> None:
    first, *files = pools(tmp_path / "in", 12)
    folder = tmp_path / "a"
    add(folder, first)
    name = asngraph.Pool.read(first)["filename"][0]
    code = """
import sys
from asngraph.archive import writer
writer._PUBLISHED_EVERY = 0
with writer.writing(sys.argv[1]) as archive:
    for _ in archive.add(sys.argv[2:]):
        pass
"""
    counts = []
    with subprocess.Popen([sys.executable, "-c", code, folder, *files], env=ENVIRONMENT) as process:
        while process.poll() is None:
            with reading(folder) as view:
                assert view.which(name)
                counts.append(len(view.stats().pools))
            time.sleep(0.005)
    assert process.returncode == 0
    assert counts == sorted(counts)
    assert len(set(counts)) > 3


def test_one_process_writes_at_a_time(tmp_path: Path, run: Callable[..., Any]) -> None:
    add(tmp_path / "a", MRS)
    with writing(tmp_path / "a"):
        told = run("archive", "add", MRS, "--store", tmp_path / "a")
        assert told.code == 1
        assert f"another process (process {os.getpid()}) is writing" in told.err
        assert run("archive", "which", "jw04322002001_02101_00001_mirifulong", "--store", tmp_path / "a").code == 0
    assert run("archive", "add", MRS, "--store", tmp_path / "a").code == 0


# --- Hostile text ----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("answered_here")
@pytest.mark.parametrize("count", quick([2, 4], 2))
def test_hostile_names(tmp_path: Path, count: int) -> None:
    pool = hostile_graph().pool
    names = [INJECTED.replace("/", "-").replace("\n", " ") + ".csv", "..%2F..csv", "a b#?é\N{GRINNING FACE}.csv", "~"]
    names = names[:count]
    for name in names:
        pool.write(tmp_path / name, "\t")
    files = [tmp_path / name for name in names]
    assert add(tmp_path / "a", *files, delimiter="\t") == ["added"] * len(names)
    holdings = collect(asngraph.Pool.read(files[0], "\t"))
    with reading(tmp_path / "a") as view:
        stats = view.stats()
        assert [each.pool for each in stats.pools] == sorted(names)
        for number, name in enumerate(holdings.exposures):
            there = {held.name for held in holdings.of_exposure.get(number, [])}
            found = view.which(name)
            assert {each.pool for each in found} == (set(names) if there else set())
            assert {each.answer.association for each in found} == there
    predicates = ask("SELECT DISTINCT ?p { ?s ?p ?o }", tmp_path / "a").texts
    assert not [p for (p,) in predicates if "evil" in p]
    with writing(tmp_path / "a") as archive:
        archive.remove(names[: count // 2])
        assert archive.collect() == count // 2
    with reading(tmp_path / "a") as view:
        assert [each.pool for each in view.stats().pools] == sorted(names[count // 2 :])


@pytest.mark.parametrize(
    "text",
    quick(
        ['" } } ; DROP ALL #', "> ?p ?o } ; CLEAR ALL #", INJECTED, "", "..", "?exposure", "a\0b"],
        "> ?p ?o } ; CLEAR ALL #", INJECTED, "",
    ),
)  # fmt: skip
def test_arguments_are_names_and_no_queries(tmp_path: Path, text: str, run: Callable[..., Any]) -> None:
    add(tmp_path / "a", MRS)
    before = contents(tmp_path / "a")
    for command in ("which", "impact", "remove"):
        assert run("archive", command, text, "--store", tmp_path / "a").code == 2
    assert contents(tmp_path / "a") == before


# --- What is refused ---------------------------------------------------------------------------------------------


def test_folders_that_are_no_archive(tmp_path: Path, run: Callable[..., Any]) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    for command in (("which", "x"), ("impact", "x"), ("stats",), ("remove", "x"), ("collect",)):
        for folder in ("mine", "none"):
            told = run("archive", *command, "--store", tmp_path / folder)
            assert told.code == 2
            assert "does not contain an archive" in told.err
    told = run("archive", "add", MRS, "--store", tmp_path / "mine")
    assert told.code == 2
    assert "not empty" in told.err
    assert [each.name for each in (tmp_path / "mine").iterdir()] == ["notes.txt"]
    assert run("archive", "add", MRS, "--store", tmp_path / "mine" / "notes.txt").code == 2
    assert not (tmp_path / "none").exists()


@pytest.mark.usefixtures("answered_here")
@pytest.mark.parametrize(
    ("marker", "said"),
    [
        ({"format": "asngraph archive", "layout": 99}, "update asngraph"),
        ({"format": "other", "layout": 1}, "not the marker of an archive"),
        ([], "not the marker of an archive"),
    ],
)
def test_an_archive_of_another_layout(tmp_path: Path, run: Callable[..., Any], marker: Any, said: str) -> None:
    add(tmp_path / "a", MRS)
    (tmp_path / "a" / "archive.json").write_text(json.dumps(marker))
    for command in (("stats",), ("add", MRS), ("which", "x")):
        told = run("archive", *command, "--store", tmp_path / "a")
        assert told.code == 1
        assert said in told.err
    told = run("sparql", "ASK { ?s ?p ?o }", "--store", tmp_path / "a")
    assert told.code == 1
    assert said in told.err


def test_a_store_that_is_broken(tmp_path: Path, run: Callable[..., Any]) -> None:
    add(tmp_path / "a", MRS)
    for file in (tmp_path / "a").rglob("MANIFEST*"):
        file.write_bytes(b"nonsense")
    for command in (("stats",), ("add", MRS)):
        told = run("archive", *command, "--store", tmp_path / "a")
        assert told.code == 1
        assert "is damaged" in told.err


def test_two_pools_of_one_name(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    other = tmp_path / "in" / MRS.name
    other.write_bytes(MRS.read_bytes())
    with pytest.raises(UsageError, match="the same name"):
        add(tmp_path / "a", MRS, other)
    with pytest.raises(UsageError, match="No such file"):
        add(tmp_path / "a", MRS, EXAMPLES / "nircam_mosaic.csv", support="x")
    with pytest.raises(AsnGraphError, match="unknown pool"), writing(tmp_path / "a") as archive:
        archive.remove(["x"])


def test_the_pointer_turns_in_one_transaction(tmp_path: Path) -> None:
    """An update of which the second half fails leaves nothing of the first."""
    import pyoxigraph

    store = pyoxigraph.Store(str(tmp_path / "s"))
    statement = f"GRAPH {CATALOGUE} {{ {CATALOGUE} {CURRENT} {CATALOGUE} }}"
    with pytest.raises(OSError, match=r".*"):
        store.update(f"INSERT DATA {{ {statement} }} ; LOAD <http://[::1]:1/none>")
    assert not list(store)
