"""What is the same for all commands: files that are there already, broken association files, faults, extras."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from asnfiles import member, product, put
from commandtree import commands
from conftest import ROOT
from needs import needs
from sources import trees

import asngraph
from asngraph import errors
from asngraph.cli import faults
from asngraph.cli.options import json_option
from asngraph.editing.create import Item, create
from asngraph.util.extras import needed

SOURCES = sorted((ROOT / "asngraph").rglob("*.py"))


# --- Files that are there already ----------------------------------------------------------------------------------

# Each writing command, with the file that it writes; POOL and DATA are made by the fixture.
WRITING = {
    "combine": ("combine POOL --by instrument -p out", "out/miri_image3_asn.json", []),
    "pool make": ("pool make DATA -o new.csv", "new.csv", ["astropy"]),
    "pool merge": ("pool merge POOL -o new.csv", "new.csv", []),
    "pool split": ("pool split POOL -p parts", "parts/p_t1.csv", []),
    "pool link": ("pool link POOL 1 2 --type group -o new.csv", "new.csv", []),
    "asn create": ("asn create a_cal.fits --product-name a --asn-type image3 -o new.json", "new.json", []),
    "asn gather": ("asn gather whole_asn.json -s data -o out", "out/whole_asn.json", []),
    "generate": ("generate POOL -o all.jsonl", "all.jsonl", []),
    "compat install": ("compat install bin", "bin/asn_gather", []),
    "plan": ("plan POOL -f make -o Makefile", "Makefile", []),
    "view": ("view POOL -o page.html", "page.html", []),
    "rdf": ("rdf POOL -o graph.nt", "graph.nt", []),
    "plot": ("plot POOL -o new.svg", "new.svg", ["matplotlib"]),
    "graph": ("graph POOL -o graph.graphml", "graph.graphml", []),
    "simulate": ("simulate -n 4 -s 1 -o new.csv", "new.csv", []),
}
RENAMED = ("pool make", "pool merge", "pool split", "pool link")
OLD = b"mine"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    monkeypatch.chdir(tmp_path)
    asngraph.simulate(24, ["niriss-imaging", "miri-imaging"], seed=1).write(tmp_path / "p.csv")
    put(tmp_path / "whole_asn.json", product("a", member("a_cal.fits")), asn_type="image3")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a_cal.fits").write_bytes(b"data")
    return tmp_path


def words(command: str, place: Path) -> tuple[list[str], Path]:
    line, name, packages = WRITING[command]
    if "astropy" in packages:
        pytest.importorskip("astropy", reason="needs the extra `fits`")
        from fitsfiles import write_files

        (place / "exposures").mkdir()
        write_files(asngraph.simulate(4, ["nircam-imaging"], seed=1), place / "exposures")
    if "matplotlib" in packages:
        pytest.importorskip("matplotlib", reason="needs the extra `plot`")
    return line.replace("POOL", "p.csv").replace("DATA", "exposures").split(), place / name


def test_every_command_that_writes_a_file_can_be_told_to_replace_it() -> None:
    found = set()
    for name, command in commands():
        options = {option for parameter in command.params for option in parameter.opts}
        if options & {"-o", "--output", "--output-file", "--overwrite"}:
            assert "--overwrite" in options, name
            found.add(name)
        if "--json" in options:
            (shared,) = (each for each in command.params if "--json" in each.opts)
            assert isinstance(shared, click.Option)
            assert (shared.name, shared.help) == ("as_json", "Answer in JSON."), name
    assert found == set(WRITING)
    assert json_option is not None


@pytest.mark.parametrize("command", WRITING)
def test_a_file_that_is_there_is_replaced_on_request_only(run, place, command) -> None:
    arguments, file = words(command, place)
    if command == "pool split":  # its names are those of the targets
        assert run(*arguments).code == 0
        file = min(file.parent.iterdir())
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(OLD)
    result = run(*arguments)
    assert (result.code, result.err.count("\n"), result.out) == (2, 1, "")
    assert f"{file.name} already exists" in result.err
    assert "--overwrite" in result.err
    assert file.read_bytes() == OLD
    assert run(*arguments, "--overwrite").code == 0
    assert file.read_bytes() != OLD
    if command in RENAMED:
        file.write_bytes(OLD)
        assert run(*arguments, "--replace").code == 0
        assert file.read_bytes() != OLD
        assert "--replace" not in run(*command.split(), "--help").out


@pytest.mark.parametrize("command", ["view", "plan"])
def test_what_a_command_wrote_itself_it_replaces(run, place, command) -> None:
    arguments, _ = words(command, place)
    assert [run(*arguments).code, run(*arguments).code] == [0, 0]


@needs("pyarrow")
def test_parts_of_tables_are_replaced_on_request_only(run, place) -> None:
    arguments = ["graph", "p.csv", "--by-program", "-o", "tables"]
    assert run(*arguments).code == 0
    result = run(*arguments)
    assert (result.code, "part-0.parquet already exists; choose another name, or" in result.err) == (2, True)
    assert run(*arguments, "--overwrite").code == 0


def test_generate_replaces(run, place) -> None:
    assert [run("generate", "p.csv", "-p", "out").code for _ in range(2)] == [0, 0]
    result = run("generate", "p.csv", "-p", "out", "--no-clobber")
    assert (result.code, "--no-clobber forbids replacing it" in result.err) == (1, True)


def test_a_link_that_leads_nowhere_is_there(run, place) -> None:
    (place / "new.csv").symlink_to("nowhere")
    assert run("simulate", "-n", "4", "-o", "new.csv").code == 2
    assert (place / "new.csv").is_symlink()


def test_a_file_that_is_read_is_not_replaced(run, place) -> None:
    for command in (["graph", "p.csv", "-f", "graphml"], ["rdf", "p.csv", "-f", "nt"]):
        result = run(*command, "-o", "p.csv")
        assert (result.code, "--overwrite" in result.err) == (2, False)
        assert "is an input of this command" in result.err


def test_files_are_written_in_one_place() -> None:
    # The second writes within the archive, beside what readers see; the third into files that the first opens.
    own = {"util/staging.py", "archive/ingest.py", "util/bundles.py"}
    for path, tree in trees().items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or path in own:
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name == "open":
                strings = {each.value for each in ast.walk(node) if isinstance(each, ast.Constant)}
                assert not strings & {"w", "wb", "x", "xb"}, f"{path}:{node.lineno}"
            if name in ("write_text", "write_bytes"):
                assert isinstance(node.func, ast.Name), f"{path}:{node.lineno}"


# --- Broken association files --------------------------------------------------------------------------------------

READING = {
    "list": "list FILE",
    "which": "which a_cal --in FILE",
    "why": "why a_cal a --in FILE",
    "why-not": "why-not a_cal a --in FILE",
    "impact": "impact a_cal --in FILE",
    "related": "related a_cal --in FILE",
    "stats": "stats --in FILE",
    "diff": "diff FILE whole_asn.json",
    "diff, the other": "diff whole_asn.json FILE",
    "plan": "plan FILE",
    "status": "status FILE",
    "asn files": "asn files FILE",
    "asn gather": "asn gather FILE -o out",
    "asn edit add": "asn edit FILE add b_cal.fits",
    "asn edit remove": "asn edit FILE remove a_cal",
    "asn edit set-type": "asn edit FILE set-type image2",
    "asn edit suggest": "asn edit FILE suggest --pool p.csv",
}
BROKEN = {
    "text": b"not JSON",
    "cut": b'{"asn_type": "image3", "products": [{"name": "a", "members": [',
    "list": b"[]",
    "products": b'{"asn_type": "image3", "products": 3}',
    "latin": b'{"asn_type": "image3", "products": [], "x": "\xff"}',
    "empty": b"",
}


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("command", READING)
def test_a_broken_association_file_ends_every_command_alike(run, place, command, broken) -> None:
    (place / "b_asn.json").write_bytes(BROKEN[broken])
    result = run(*READING[command].replace("FILE", "b_asn.json").split())
    assert (result.code, result.out, result.err.count("\n")) == (2, "", 1)
    assert result.err.startswith("asngraph: error: b_asn.json: ")


@pytest.mark.parametrize("command", READING)
def test_one_that_is_not_there(run, place, command) -> None:
    assert run(*READING[command].replace("FILE", "b_asn.json").split()).code == 2


def test_to_validate_it_is_the_answer(run, place) -> None:
    (place / "b_asn.json").write_bytes(BROKEN["cut"])
    result = run("asn", "validate", "b_asn.json")
    assert (result.code, "b_asn.json" in result.out) == (1, True)


# --- Faults --------------------------------------------------------------------------------------------------------

# These make commands to type, which is what they are asked for.
MAKING_COMMANDS = {"pools/link_proposals.py", "archive/checking.py", "planning/commands.py"}


def texts(tree: ast.Module) -> Iterator[ast.Constant]:
    """Yield the texts of a module, without those that document it."""
    documented = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
            yield node


def test_the_library_names_no_options() -> None:
    for name, tree in trees().items():
        if name.startswith("cli/") or name in MAKING_COMMANDS:
            continue
        for text in texts(tree):
            assert not re.search(r"(?<![\w-])--[a-z]|with -[a-z]\b", text.value), f"{name}:{text.lineno}: {text.value}"


def test_an_error_in_python_says_what_is_wrong_and_the_command_what_to_type(run, place) -> None:
    with pytest.raises(errors.ProductNameError, match=r"^a stage-3 product requires a name$"):
        create([Item("a_cal.fits", None)], place)
    result = run("asn", "create", "a_cal.fits", "-o", "x.json")
    assert (result.code, "requires a name; name it with --product-name NAME" in result.err) == (2, True)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("asn create ../x/a_cal.fits --product-name a -o x.json", "; --allow-outside accepts it"),
        ("list p.csv --ignore-default", "; -r FILE or --ruleset NAME is required with --ignore-default"),
        ("why-not a_cal a --in whole_asn.json", "; name it with --in"),
        ("graph p.csv -o graph.what", "; choose one with -f"),
        ("generate p.csv --scheduler tcp://localhost:1", "; or give --insecure on a private network"),
    ],
)
def test_what_to_type(run, place, line, said) -> None:
    result = run(*line.split())
    assert (result.code, said in result.err) == (2, True)


def test_a_fault_has_the_exit_code_of_its_kind() -> None:
    found = {name: kind for name, kind in vars(errors).items() if isinstance(kind, type)}
    assert all(issubclass(kind, errors.AsnGraphError) for kind in found.values())
    for name, kind in found.items():
        assert re.match(r"Exception raised when |Base class ", kind.__doc__ or ""), name
    assert faults.exit_code(errors.AssociationError("x")) == faults.exit_code(errors.PoolError("x", "y")) == 2
    assert faults.exit_code(errors.MissingExtraError("x", "fits")) == faults.exit_code(errors.FileError("x")) == 1
    assert faults.message(errors.DamageError("a {b}", "c")).count("a {b}") == 2


# --- Extras --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "extra", "line"),
    [
        ("yaml", "yaml", "generate p.csv --format yaml"),
        ("astropy", "fits", "pool make data -o new.csv"),
        ("astropy", "formats", "generate p.csv --pool-format ascii.csv"),
        ("pyarrow", "parquet", "graph p.csv -o g.parquet"),
        ("graphviz", "exports", "graph p.csv -o g.dot"),
        ("watchdog", "watch", "status p.csv --watch"),
        ("distributed", "dask", "generate p.csv --scheduler tls://localhost:1"),
    ],
)
def test_a_missing_extra_is_named(run, place, monkeypatch, module, extra, line) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == module]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    result = run(*line.split())
    assert (result.code, f": pip install 'asngraph[{extra}]'" in result.err) == (1, True)
    assert "internal" not in result.err


def test_the_error_of_a_missing_extra_has_the_extra() -> None:
    with pytest.raises(errors.MissingExtraError) as raised, needed("fits", "FITS files are read by astropy"):
        raise ModuleNotFoundError
    assert raised.value.extra == "fits"
    assert str(raised.value) == "FITS files are read by astropy: pip install 'asngraph[fits]'"


def test_only_one_place_says_how_to_install() -> None:
    naming = [path.name for path in SOURCES if "pip install 'asngraph[{" in path.read_text()]
    others = [path.name for path in SOURCES if re.search(r"pip install 'asngraph\[\w", path.read_text())]
    assert (naming, others) == (["errors.py"], ["extras.py"])
