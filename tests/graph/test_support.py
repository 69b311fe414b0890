"""Files that serve exposures: in the graph always, members only when asked."""

from __future__ import annotations

import io
import json

import pandas as pd
import pytest
from conftest import EXAMPLES, make_pool

import asngraph
from asngraph.errors import PoolError
from asngraph.graph.support_files import Support, read_support, read_support_of
from asngraph.simulation import simulate

MRS, TABLE = EXAMPLES / "miri_mrs_background.csv", EXAMPLES / "miri_mrs_background_support.txt"
HEADER = "file|kind|exposure\n"


@pytest.fixture
def pool():
    return make_pool({}, {}, exp_type="nrs_msaspec", instrume="nirspec")


def table(tmp_path, text: str):
    path = tmp_path / "support.txt"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    "name",
    [
        "jw01234001001_02101_00002_det_uncal.fits",
        "JW01234001001_02101_00002_det_rate.fits",
        "jw01234001001_02101_00002_det_x1d.fits.gz",
        "jw01234001001_02101_00002_det",
        "/data/jwst/jw01234001001_02101_00002_det_cal.fits",
        r"C:\data\jw01234001001_02101_00002_det_uncal.fits",
    ],
)
def test_an_exposure_is_named_in_many_ways(tmp_path, pool, name) -> None:
    assert read_support(table(tmp_path, f"{HEADER}a_jit.fits|jitter|{name}\n"), pool) == [
        Support("a_jit.fits", "jitter", 1)
    ]


EXPOSURE = "jw01234001001_02101_00001_det"
WRONG = {
    "an unknown exposure": (
        f"{HEADER}a.fits|jitter|{EXPOSURE}\nb.fits|jitter|jw9_x\n",
        3,
        "exposure",
        "unknown exposure",
    ),
    "no exposure": (f"{HEADER}a.fits|jitter|\n", 2, "exposure", "is empty"),
    "no file": (f"{HEADER}|jitter|{EXPOSURE}\n", 2, "file", "is empty"),
    "a path": (f"{HEADER}../a.fits|jitter|{EXPOSURE}\n", 2, "file", "leads to another folder"),
    "a folder": (f"{HEADER}..|jitter|{EXPOSURE}\n", 2, "file", "leads to another folder"),
    "a path of Windows": (f"{HEADER}..\\a.fits|jitter|{EXPOSURE}\n", 2, "file", "leads to another folder"),
    "a control character": (f"{HEADER}a\x1b.fits|jitter|{EXPOSURE}\n", 2, "file", "control character"),
    "no kind, among short ones": (f"{HEADER}a|gs|{EXPOSURE}\nb||{EXPOSURE}\n", 3, "kind", "invalid kind"),
    "a kind of two words": (f"{HEADER}a.fits|guide star|{EXPOSURE}\n", 2, "kind", "invalid kind"),
    "the kind of an exposure": (f"{HEADER}a.fits|science|{EXPOSURE}\n", 2, "kind", "role of an exposure"),
    "two kinds": (f"{HEADER}a|jitter|{EXPOSURE}\na|other|{EXPOSURE}\n", 3, "kind", "of kind jitter in line 2"),
    "a missing column": ("file|kind\na|jitter\n", None, "exposure", "the column is missing"),
    "a row too short": (f"{HEADER}a|jitter\n", 2, None, "too few"),
}


@pytest.mark.parametrize(("text", "line", "column", "problem"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_table_is_refused_with_its_place(run, tmp_path, pool, text, line, column, problem) -> None:
    path = table(tmp_path, text)
    with pytest.raises(PoolError, match=problem) as error:
        read_support(path, pool)
    assert (error.value.source, error.value.line, error.value.column) == ("support.txt", line, column)
    pool.write(tmp_path / "pool.csv")
    for arguments in (["generate", "--dry-run"], ["graph", "-o", tmp_path / "out.json"]):
        result = run(*arguments, tmp_path / "pool.csv", "--support", path)
        assert (result.code, result.err.count("\n")) == (2, 1)
    assert not (tmp_path / "out.json").exists()


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (Support("a", "jitter", 2), "row 2 is not in"),
        (Support("a/b", "jitter", 0), "another folder"),
        (Support("a", "X", 0), "invalid kind"),
    ],
)
def test_wrong_rows_are_refused(pool, row, problem) -> None:
    with pytest.raises(PoolError, match=problem):
        asngraph.generate(pool, support=[row])


def test_a_table_for_several_pools(pool) -> None:
    other = simulate(5, ["nircam-imaging"], seed=3)
    rows = "".join(
        f"{n}_jit.fits|jitter|{name}\n" for n, name in enumerate([pool["filename"][0], other["filename"][4]])
    )
    assert read_support_of(io.StringIO(HEADER + rows), [pool, other]) == [
        [Support("0_jit.fits", "jitter", 0)],
        [Support("1_jit.fits", "jitter", 4)],
    ]


def test_the_graph_has_plans_and_what_the_table_names() -> None:
    pool = simulate(40, ["nirspec-msa"], seed=1)
    rows = [Support("a_jit.fits", "jitter", 0), Support("a_jit.fits", "jitter", 1), Support("b.fits", "odd", 0)]
    graph = asngraph.generate(pool, support=rows)
    assert set(graph.support["relation"]) == {"msa_plan_for", "jitter_for", "support_for"}
    assert len(graph.support) == 3 + int(pool["msametfl"].defined.sum())
    network = graph.to_networkx()
    assert network.nodes["support:a_jit.fits"] == {
        "kind": "support", "label": "a_jit.fits", "file": "a_jit.fits", "support_kind": "jitter",
    }  # fmt: skip
    served = [(target, data["relation"]) for _, target, data in network.out_edges("support:a_jit.fits", data=True)]
    assert served == [(pool["filename"][0], "jitter_for"), (pool["filename"][1], "jitter_for")]


def test_a_plan_that_the_table_names_too_is_one() -> None:
    pool = make_pool({"msametfl": "p_msa.fits"}, exp_type="nrs_msaspec")
    once = asngraph.generate(pool, support=[Support("p_msa.fits", "msa_plan", 0)]).support
    assert once[["file", "kind"]].values.tolist() == [["p_msa.fits", "msa_plan"]]
    with pytest.raises(PoolError, match="as an MSA plan"):
        asngraph.generate(pool, support=[Support("p_msa.fits", "jitter", 0)])


def test_members_only_when_asked_and_only_where_the_exposure_is_one() -> None:
    rows = read_support(TABLE, asngraph.Pool.read(MRS))
    plain, known = asngraph.generate(MRS), asngraph.generate(MRS, support=TABLE)
    assert [a.to_json() for a in known] == [a.to_json() for a in plain]
    graph = asngraph.generate(MRS, support=rows, with_support=True)
    assert graph.file_names == plain.file_names
    files = pd.Series(graph.exposure_names)
    added = 0
    for association, before in zip(graph, plain, strict=True):
        count = len(before.members)
        assert association.members[:count] == before.members
        name = association.file_name.removesuffix("_asn.json")
        own = set(plain.membership.set_index("association").loc[[name], "exposure"])
        wanted = {row.file: row.kind for row in rows if files[row.exposure] in own}
        after = association.members[count:]
        assert {each["expname"]: each["exptype"] for each in after} == wanted
        assert len(after) == len(wanted)
        added += len(after)
    assert added > 5


def test_merged_associations_have_files_in_each_product() -> None:
    graph = asngraph.generate(MRS, support=TABLE, with_support=True, merge=True)
    jitter = graph.membership.query("expname == 'jw04322001001_02102_00001_jit.fits'")
    per_product = jitter.groupby(["association", "product"]).size()
    assert set(per_product) == {1}
    assert len(jitter[jitter["association"].str.contains("c1000_spec2")]) == 2


def test_on_the_command_line(run, tmp_path) -> None:
    pool = simulate(40, ["nirspec-msa"], seed=1)
    pool.write(tmp_path / "pool.csv")
    for folder, options in {"plain": [], "with": ["--with-support"]}.items():
        assert run("generate", tmp_path / "pool.csv", "-p", tmp_path / folder, *options).code == 0
    kinds = {}
    for folder in ("plain", "with"):
        found = [json.loads(path.read_text()) for path in (tmp_path / folder).glob("*_asn.json")]
        members = [each for asn in found for product in asn["products"] for each in product["members"]]
        kinds[folder] = {each["exptype"] for each in members}
    assert kinds["with"] - kinds["plain"] == {"msa_plan"}
    assert run("generate", MRS, "-p", tmp_path / "mrs", "--support", TABLE, "--with-support").code == 0
    text = (tmp_path / "mrs" / "jw04322-o001_spec3_00001_asn.json").read_text()
    assert '"exptype": "guide_star"' in text


def test_a_plan_with_a_path_never_becomes_a_member() -> None:
    pool = make_pool({"msametfl": "../../p_msa.fits"}, exp_type="nrs_msaspec")
    assert len(asngraph.generate(pool).support) == 1
    with pytest.raises(PoolError, match=r"column msametfl: .* leads to another folder"):
        asngraph.generate(pool, with_support=True)


def test_files_that_are_members_are_so_in_the_network() -> None:
    network = asngraph.generate(MRS, support=TABLE, with_support=True).to_networkx("associations")
    found = [(u, d["exptype"]) for u, _, d in network.edges(data=True) if d["relation"] == "support_member_of"]
    assert {kind for _, kind in found} == {"jitter", "guide_star"}
    assert not any(kind == "product" for _, kind in network.nodes(data="kind"))
