"""The cache of graphs: equal answers, from a file that nobody else can have written."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import EXAMPLES, ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import asngraph
from asngraph.errors import AsnGraphError
from asngraph.questions import collect, graph_cache, stored_collection
from asngraph.questions.graph_cache import collect_cached
from asngraph.questions.stored_collection import StoredCollection
from asngraph.rules.observatory import observatory_rules
from asngraph.rules.rule import RuleSet
from asngraph.simulation import MODES, simulate

RULES = observatory_rules()


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    """Return the folder of the cache, in which small pools are stored, too."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("ASNGRAPH_NO_CACHE", raising=False)
    monkeypatch.setattr(graph_cache, "_SMALLEST", 0)
    return tmp_path / "cache" / "asngraph" / "graphs"


@pytest.fixture
def pool(tmp_path) -> Path:
    path = tmp_path / "pool.csv"
    simulate(60, ["miri-mrs", "nircam-mosaic"], seed=4).write(path)
    return path


def answer(question: str, *arguments: object) -> object:
    try:
        return getattr(asngraph, question)(*arguments)
    except AsnGraphError as error:
        return type(error), str(error)


def check_equal(path: Path, rules: RuleSet, data: st.DataObject) -> None:
    """Compare the answers of a stored collection with those of the pool."""
    whole = collect(path, rules)
    assert isinstance(collect_cached(path, rules), type(whole))
    stored = collect_cached(path, rules)
    assert isinstance(stored, StoredCollection)
    exposures = st.sampled_from([*whole.exposures, *(name.removesuffix("_uncal.fits") for name in whole.exposures)])
    products = [product for record in whole.associations for product in record.products]
    names = st.one_of(exposures, st.sampled_from([*products, "nothing"]))
    associations = st.sampled_from([record.name for record in whole.associations] or ["none_asn.json"])
    one, other, association = data.draw(names), data.draw(exposures), data.draw(associations)
    for question, arguments in (
        ("which", (one,)), ("related", (one,)), ("impact", (one, other)), ("why", (one, other)),
        ("why", (other, association)),
    ):  # fmt: skip
        assert answer(question, stored, *arguments) == answer(question, whole, *arguments), (question, arguments)
    # Of an exposure that is in the association, the edges that lead to it.
    for exposure in (member.exposure for member in whole.associations[0].members if member.exposure >= 0):
        arguments = whole.exposures[exposure], whole.associations[0].name
        assert answer("why", stored, *arguments) == answer("why", whole, *arguments)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(modes=st.lists(st.sampled_from(sorted(MODES)), min_size=1, max_size=3, unique=True), data=st.data())
def test_answers_are_those_of_the_pool(modes, data, tmp_path) -> None:
    path = tmp_path / "pool.csv"
    simulate(20, modes, seed=data.draw(st.integers(0, 99))).write(path)
    check_equal(path, RULES, data)


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_answers_are_those_of_the_pool_in_every_mode(mode, data, tmp_path) -> None:
    path = tmp_path / "pool.csv"
    simulate(40, [mode], seed=data.draw(st.integers(0, 9))).write(path)
    check_equal(path, RULES, data)


def test_why_not_and_stats_are_those_of_the_pool(pool) -> None:
    whole = collect(pool, RULES)
    collect_cached(pool, RULES)
    stored = collect_cached(pool, RULES)
    assert isinstance(stored, StoredCollection)
    assert asngraph.stats(stored) == asngraph.stats(whole)
    arguments = whole.exposures[0], whole.associations[-1].name
    assert answer("why_not", stored, *arguments) == answer("why_not", whole, *arguments)


@pytest.mark.parametrize("change", ["pool", "name", "rules", "delimiter", "support", "excluded", "code"])
def test_what_decides_the_associations_decides_which_file(pool, folder, tmp_path, monkeypatch, change) -> None:
    options: dict[str, object] = {}
    collect_cached(pool, RULES)
    rules = RULES
    if change == "pool":
        pool.write_text(pool.read_text().replace("f770w", "f560w").replace("nrcb1", "nrcb2"))
    elif change == "name":
        pool = pool.rename(tmp_path / "other.csv")
    elif change == "rules":
        rules = RuleSet(*list(RULES)[:-1])
    elif change == "delimiter":
        options["delimiter"] = ","
        pool.write_text(asngraph.Pool.read(pool).text(","))
    elif change == "support":
        table = tmp_path / "support.txt"
        table.write_text(f"file | kind | exposure\nx_jit.fits | jitter | {collect(pool).exposures[0]}\n")
        options["support"] = str(table)
    elif change == "excluded":
        options["excluded"] = {collect(pool).exposures[0]: "tested"}
    else:
        monkeypatch.setattr(graph_cache, "_code", lambda: "changed")
    assert not isinstance(collect_cached(pool, rules, **options), StoredCollection)
    assert isinstance(collect_cached(pool, rules, **options), StoredCollection)
    assert len(list(folder.iterdir())) == 2


def test_only_the_user_can_read_it(pool, folder) -> None:
    collect_cached(pool, RULES)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("what", ["folder", "file"])
def test_what_others_can_write_is_not_read(pool, folder, what) -> None:
    collect_cached(pool, RULES)
    (file,) = folder.iterdir()
    (folder if what == "folder" else file).chmod(0o777)
    assert not isinstance(collect_cached(pool, RULES), StoredCollection)


def test_a_link_is_not_read(pool, folder, tmp_path) -> None:
    collect_cached(pool, RULES)
    (file,) = folder.iterdir()
    file.rename(tmp_path / "elsewhere.zip")
    file.symlink_to(tmp_path / "elsewhere.zip")
    assert not isinstance(collect_cached(pool, RULES), StoredCollection)


def test_nothing_is_pickled(pool, folder) -> None:
    collect_cached(pool, RULES)
    (file,) = folder.iterdir()
    with zipfile.ZipFile(file) as archive:
        assert not any(archive.read(name).startswith((b"\x80", b"\x93NUMPY")) for name in archive.namelist())


def damages(content: bytes) -> dict[str, bytes]:
    middle = len(content) // 3
    return {
        "empty": b"",
        "cut": content[: len(content) // 2],
        "not a zip": b"x" * len(content),
        "a bit": content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :],
        "zeros": content[:middle] + bytes(len(content) - 2 * middle) + content[-middle:],
    }


@pytest.mark.parametrize("damage", damages(b"x"))
def test_a_damaged_file_is_replaced(pool, folder, run, damage) -> None:
    exposure = collect(pool).exposures[7]
    questions = [("which", exposure), ("related", exposure), ("impact", exposure)]
    expected = [run(*question, "--in", pool, "--no-cache", "--json").out for question in questions]
    run("which", exposure, "--in", pool)
    (file,) = folder.iterdir()
    sound = file.read_bytes()
    file.write_bytes(damages(sound)[damage])
    assert [run(*question, "--in", pool, "--json").out for question in questions] == expected
    if damage != "a bit":  # no question may have read the part with the bit
        assert len(file.read_bytes()) == len(sound)


def test_every_byte_of_a_part_is_checked(pool, folder) -> None:
    collect_cached(pool, RULES)
    (file,) = folder.iterdir()
    sound = bytearray(file.read_bytes())
    place = sound.index(b'"science"')
    sound[place + 1] ^= 1
    file.write_bytes(sound)
    stored = collect_cached(pool, RULES)
    with pytest.raises(stored_collection.DamagedCollectionError):
        list(stored.associations)


def test_no_cache(pool, folder, run, monkeypatch) -> None:
    exposure = collect(pool).exposures[0]
    assert run("which", exposure, "--in", pool, "--no-cache").code == 0
    assert not folder.exists()
    monkeypatch.setenv("ASNGRAPH_NO_CACHE", "1")
    assert run("which", exposure, "--in", pool).code == 0
    assert not folder.exists()


def test_what_cannot_be_stored_is_answered(pool, folder, run, tmp_path) -> None:
    exposure = collect(pool).exposures[0]
    (tmp_path / "cache").write_text("a file")
    assert run("which", exposure, "--in", pool).code == 0


def test_small_pools_and_association_files_are_not_stored(pool, folder, run, tmp_path, monkeypatch) -> None:
    associations = tmp_path / "associations"
    run("generate", EXAMPLES / "nircam_mosaic.csv", "-p", associations)
    assert run("stats", "--in", associations).code == 0
    monkeypatch.setattr(graph_cache, "_SMALLEST", 1 << 18)
    assert run("stats", "--in", pool).code == 0
    assert not folder.exists() or not list(folder.iterdir())


def test_the_last_used_are_kept(tmp_path, folder, monkeypatch) -> None:
    paths = []
    for number in range(3):
        paths.append(tmp_path / f"{number}.csv")
        simulate(20, ["nircam-imaging"], seed=number).write(paths[-1])
    files = []
    for place, path in enumerate(paths[:2]):
        collect_cached(path, RULES)
        (file,) = set(folder.iterdir()) - set(files)
        os.utime(file, (place, place))
        files.append(file)
    assert isinstance(collect_cached(paths[0], RULES), StoredCollection)  # now the second is the oldest
    monkeypatch.setattr(graph_cache, "_MOST", 2.5 * files[0].stat().st_size)
    collect_cached(paths[2], RULES)
    assert files[0].exists() and not files[1].exists() and len(list(folder.iterdir())) == 2


def test_a_pool_that_changes_while_it_is_decided_is_not_stored(pool, folder, monkeypatch) -> None:
    def changing(source: Path, *options: object) -> object:
        collection = collect(source, *options)
        source.write_text(source.read_text() + "\n")
        return collection

    monkeypatch.setattr(graph_cache, "collect", changing)
    collect_cached(pool, RULES)
    assert list(folder.iterdir()) == []


def test_processes_share_it(pool, folder) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom asngraph.questions import graph_cache, which\n"
        "from asngraph.rules.observatory import observatory_rules\ngraph_cache._SMALLEST = 0\n"
        "for _ in range(5):\n"
        "    found = graph_cache.collect_cached(Path(sys.argv[1]), observatory_rules(), again=_ % 2 == 0)\n"
        "    print(which(found, sys.argv[2]))"
    )

    def ask(_: int) -> str:
        command = [sys.executable, "-c", code, pool, collect(pool).exposures[5]]
        return subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True, timeout=60).stdout

    with ThreadPoolExecutor() as threads:
        answers = list(threads.map(ask, range(3)))
    assert len({line for each in answers for line in each.splitlines()}) == 1
    assert len(list(folder.iterdir())) == 1
