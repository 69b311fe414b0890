"""One notion of a source: every command takes a pool, FITS or association files, a folder of them, or an archive."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from fitsfiles import write_files
from needs import needs

import asngraph
from asngraph.questions import collect
from asngraph.simulation import simulate

pytestmark = needs("astropy")

POOL = simulate(20, ["imaging-with-background"], seed=2, errors=0, program=4321)
EXPOSURE = POOL["filename"][0]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """FITS files, each in a folder of its own, as download tools leave them."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "data"
    for row, name in enumerate(POOL["filename"]):
        own = folder / "mastDownload" / "JWST" / name.removesuffix("_uncal.fits")
        own.mkdir(parents=True)
        write_files(POOL, own, "rate", rows=[row])
    return folder


@pytest.fixture
def sources(data: Path, tmp_path: Path) -> dict[str, Path]:
    """The same program as each kind of source."""
    graph = asngraph.generate(data)
    graph.pool.write(tmp_path / "pool.csv")
    nested = tmp_path / "nested" / "deep" / "down"
    nested.mkdir(parents=True)
    for association in graph:
        association.write(nested)
    return {"fits": data, "pool": tmp_path / "pool.csv", "associations": tmp_path / "nested"}


@pytest.mark.parametrize("kind", ["fits", "pool", "associations"])
def test_every_question_takes_every_source(sources: dict[str, Path], run: Any, kind: str) -> None:
    source = sources[kind]
    names = {record.name for record in collect(sources["pool"]).associations}
    assert {record.name for record in collect(source).associations} == names
    which = run("which", EXPOSURE, "--in", source, "--json")
    assert (which.code, which.out) == (0, run("which", EXPOSURE, "--in", sources["pool"], "--json").out) or (
        kind == "associations" and which.code == 0  # these do not have the anchors
    )
    for command in ("list", "stats", "plan", "status"):
        by_place, by_option = run(command, source), run(command, "--in", source)
        assert by_place.code in (0, 1)
        assert (by_place.code, by_place.out) == (by_option.code, by_option.out)
        assert "Traceback" not in by_place.err


@pytest.mark.parametrize("command", ["view", "rdf", "graph", "plot"])
def test_what_shows_a_graph_takes_fits_files(data: Path, run: Any, tmp_path: Path, command: str) -> None:
    if command == "plot":
        pytest.importorskip("matplotlib")
    ending = {"view": "html", "rdf": "nt", "graph": "graphml", "plot": "svg"}[command]
    result = run(command, data, "-o", tmp_path / f"x.{ending}")
    assert (result.code, (tmp_path / f"x.{ending}").stat().st_size > 100) == (0, True), result.err


@needs("pyoxigraph")
def test_an_archive_is_a_source(sources: dict[str, Path], run: Any, tmp_path: Path) -> None:
    store = tmp_path / "store"
    assert run("archive", "add", sources["pool"], "--store", store).code == 0
    names = {record.name for record in collect(sources["pool"]).associations}
    assert {record.name for record in collect(store).associations} == names
    assert run("which", EXPOSURE, "--in", store).code == 0
    query = "SELECT (COUNT(?a) AS ?n) { ?a a asn:Association }"
    answers = {run("sparql", query, "--in", place, "-f", "csv").out for place in (store, sources["fits"])}
    assert answers == {f"n\r\n{len(names)}\r\n"}
    shutil.copy(sources["pool"], tmp_path / "other.csv")
    assert run("archive", "add", tmp_path / "other.csv", "--store", store).code == 0
    refused = run("list", store)
    assert (refused.code, "has 2 pools" in refused.err) == (2, True)


def test_a_list_of_files_is_one_source(data: Path, run: Any) -> None:
    files = sorted(data.rglob("*.fits"))
    assert run("list", *files).out.splitlines()[1:] == run("list", data).out.splitlines()[1:]
    assert len(asngraph.generate(files[:3]).pool) == 3
    mixed = run("list", files[0], __file__)
    assert (mixed.code, "not both" in mixed.err) == (2, True)
    assert run("stats", data, "--in", data).code == 2


def test_flags_link_backgrounds(data: Path) -> None:
    made = {association["asn_id"] for association in asngraph.generate(data)}
    assert "c1000" in made


def test_hostile_folders_are_searched_within_limits(data: Path, run: Any, tmp_path: Path) -> None:
    (data / "loop").symlink_to(data, target_is_directory=True)
    (data / "self_rate.fits").symlink_to(data / "self_rate.fits")
    os.mkfifo(data / "pipe_rate.fits")
    os.mkfifo(data / "pipe_asn.json")
    (data / "empty_rate.fits").touch()
    (data / "broken_rate.fits").write_bytes(b"SIMPLE  =" + b"x" * 5000)
    (data / "._hidden_rate.fits").write_bytes(b"junk")
    with (data / "huge_rate.fits").open("wb") as file:
        file.truncate(1 << 40)  # sparse
    result = run("which", EXPOSURE, "--in", data)
    assert result.code == 0
    assert "broken_rate.fits" in result.err
    assert "more file" in result.err
    assert "Traceback" not in result.err
    assert len(asngraph.generate(data).pool) == len(POOL)


def test_too_many_files_are_refused(data: Path, monkeypatch: pytest.MonkeyPatch, run: Any) -> None:
    monkeypatch.setattr("asngraph.util.walking.MOST_ENTRIES", 10)
    result = run("list", data)
    assert (result.code, "name a smaller folder" in result.err) == (2, True)


def test_a_folder_without_anything_says_what_it_wants(tmp_path: Path, run: Any) -> None:
    result = run("list", tmp_path)
    assert result.code == 2
    assert "no FITS files, and no pool" in result.err
