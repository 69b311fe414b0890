"""Associations that are made and changed by hand."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from typing import Any

import pytest
from asnfiles import MRS, SKY, got, member, product, put
from hypothesis import given
from hypothesis import strategies as st
from needs import needs

from asngraph.editing import apply
from asngraph.editing.documents import Document, read_document
from asngraph.editing.edit import Addition
from asngraph.errors import AsnGraphError, AssociationError
from asngraph.graph.records import DEGRADED, GOOD


def test_add_and_remove(run, spec2) -> None:
    assert run("asn", "edit", spec2, "add", "b_rate.fits", "c_rate.fits,imprint", "-t", "background").code == 0
    assert got(spec2) == [("a_rate.fits", "science"), ("b_rate.fits", "background"), ("c_rate.fits", "imprint")]
    assert run("asn", "edit", spec2, "remove", "b", "c_uncal.fits").code == 0
    assert got(spec2) == [("a_rate.fits", "science")]


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("a", ["b_cal.fits"]),
        ("a_x1d.fits", ["a_cal.fits", "b_cal.fits"]),
        ("a_cal.fits", ["b_cal.fits", "a_x1d.fits"]),
        ("some/where/a_rate.fits", ["b_cal.fits"]),
    ],
)
def test_names_match_with_or_without_suffix(run, tmp_path, name, left) -> None:
    asn = put(tmp_path / "a_asn.json", product("p", *map(member, ["a_cal.fits", "b_cal.fits", "a_x1d.fits"])))
    assert run("asn", "edit", asn, "remove", name).code == 0
    assert [expname for expname, _ in got(asn)] == left


def test_a_name_with_its_folder_is_that_member_alone(run, tmp_path) -> None:
    asn = put(tmp_path / "a_asn.json", product("p", *map(member, ["x/a_cal.fits", "y/a_cal.fits", "b_cal.fits"])))
    assert run("asn", "edit", asn, "remove", "y/a_cal.fits").code == 0
    assert [expname for expname, _ in got(asn)] == ["x/a_cal.fits", "b_cal.fits"]


def test_a_name_that_is_nowhere_changes_nothing(run, spec2) -> None:
    before = spec2.read_bytes()
    result = run("asn", "edit", spec2, "remove", "a", "nowhere_rate.fits")
    assert (result.code, spec2.read_bytes()) == (2, before)
    assert "nowhere_rate.fits: no member of" in result.err


def test_removing_a_role(run, spec2) -> None:
    run("asn", "edit", spec2, "add", "b_rate.fits", "c_rate.fits", "-t", "selfcal")
    assert ("c_rate.fits", "selfcal") in got(spec2)
    assert run("asn", "edit", spec2, "remove", "-t", "selfcal").code == 0
    assert got(spec2) == [("a_rate.fits", "science")]
    assert run("asn", "edit", spec2, "remove").code == 2
    assert "did you mean background" in run("asn", "edit", spec2, "remove", "-t", "backgrund").err
    odd = put(spec2.with_name("b_asn.json"), product("a", member("a_rate.fits"), member("a_jit.fits", "jitter")))
    assert run("asn", "edit", odd, "remove", "-t", "jitter").code == 0
    assert got(odd) == [("a_rate.fits", "science")]


def test_the_product_is_chosen(run, tmp_path) -> None:
    asn = put(tmp_path / "a_asn.json", *(product(name, member(f"{name}_rate.fits")) for name in "ab"))
    assert run("asn", "edit", asn, "add", "s_rate.fits", "-t", "background", "--product", "b").code == 0
    assert [len(got(asn, number)) for number in (0, 1)] == [1, 2]
    result = run("asn", "edit", asn, "add", "s_rate.fits", "--product", "x")
    assert (result.code, "unknown product x; use one of a, b" in result.err) == (2, True)
    # each exposure becomes the background of the others
    assert run("asn", "edit", asn, "add", "a_rate.fits", "b_rate.fits", "-t", "background").code == 0
    assert [len(got(asn, number)) for number in (0, 1)] == [2, 3]


def test_what_contradicts_is_refused_and_what_is_so_already_is_said(run, spec2) -> None:
    before = spec2.read_bytes()
    result = run("asn", "edit", spec2, "add", "a_rate.fits", "-t", "background")
    assert (result.code, "is there already, as science; `set-exptype`" in result.err) == (1, True)
    result = run("asn", "edit", spec2, "add", "a_rate.fits")
    assert (result.code, "nothing was changed" in result.err) == (0, True)
    result = run("asn", "edit", spec2, "add", "b_rate.fits", "-t", "backgrund")
    assert (result.code, "did you mean background?" in result.err) == (2, True)
    assert spec2.read_bytes() == before


def test_set_exptype_reports_what_is_left_invalid(run, spec2) -> None:
    result = run("asn", "edit", spec2, "set-exptype", "background", "a")
    assert result.code == 0
    assert "is invalid now: $.products[0].members: no member is science" in result.err
    assert got(spec2) == [("a_rate.fits", "background")]


def test_two_science_exposures_are_too_many_in_level_2_alone(run, spec2, tmp_path) -> None:
    assert "2 members are science" in run("asn", "edit", spec2, "add", "b_rate.fits").err
    level3 = put(tmp_path / "c_asn.json", product("p", member("a_cal.fits")), asn_type="image3")
    assert "invalid" not in run("asn", "edit", level3, "add", "b_cal.fits").err


def test_whole_folders(run, tmp_path) -> None:
    run("generate", MRS, "-p", tmp_path / "o", "-i", "o001", "o002")
    result = run("asn", "edit", tmp_path / "o", "add", f"{SKY}_rate.fits,background", "--asn-type", "spec2")
    assert result.code == 0
    # it is the science of one of the twelve
    assert "11 of 12 associations changed" in result.err
    result = run("asn", "edit", tmp_path / "o", "remove", SKY, "--asn-type", "spec3")
    assert (result.code, "1 of 2 associations changed" in result.err) == (0, True)
    result = run("asn", "edit", tmp_path / "o", "remove", SKY)
    assert (result.code, "12 of 15 associations changed" in result.err) == (0, True)
    assert "is invalid now: $.products[0].members: is empty" in result.err


def test_the_pool_tells_errors_of_what_is_added(run, tmp_path) -> None:
    pool = tmp_path / "pool.csv"
    pool.write_text("filename|exposerr\na_uncal.fits|null\nb_uncal.fits|bad guiding\n")
    asn = put(tmp_path / "a_asn.json", product("p", member("z_cal.fits", exposerr=None)), degraded_status=GOOD)
    run("asn", "edit", asn, "add", "a_cal.fits", "--pool", pool)
    assert json.loads(asn.read_text())["degraded_status"] == GOOD
    run("asn", "edit", asn, "add", "b_cal.fits", "--pool", pool)
    assert json.loads(asn.read_text())["degraded_status"] == DEGRADED
    assert json.loads(asn.read_text())["products"][0]["members"][2]["exposerr"] == "bad guiding"
    assert "does not have c" in run("asn", "edit", asn, "add", "c_cal.fits", "--pool", pool).err


def test_degraded_status_is_kept_true(run, tmp_path) -> None:
    asn = put(
        tmp_path / "a_asn.json",
        product("p", member("a_cal.fits", exposerr="null"), member("b_cal.fits", exposerr="bad guiding")),
        degraded_status=DEGRADED,
    )
    run("asn", "edit", asn, "remove", "b")
    assert json.loads(asn.read_text())["degraded_status"] == GOOD
    apply.add([asn], [Addition("b_cal.fits", "science", {"exposerr": "bad guiding"})])
    assert json.loads(asn.read_text())["degraded_status"] == DEGRADED
    mine = put(tmp_path / "b_asn.json", product("p", member("a_cal.fits", exposerr="x")), degraded_status="mine")
    run("asn", "edit", mine, "add", "b_cal.fits")
    assert json.loads(mine.read_text())["degraded_status"] == "mine"
    silent = put(tmp_path / "c_asn.json", product("p", *map(member, "ab")), degraded_status=DEGRADED)
    run("asn", "edit", silent, "remove", "b")
    assert json.loads(silent.read_text())["degraded_status"] == DEGRADED


def test_a_renamed_image_is_renamed_where_spectra_use_its_catalog(run, tmp_path) -> None:
    image = put(tmp_path / "i_asn.json", product("field", member("field_rate.fits"), member("b_cal.fits")))
    more = [("sourcecat", "cat.ecsv"), ("segmap", "segm.fits"), ("direct_image", "i2d.fits")]
    used = [member(f"field_{end}", role) for role, end in more]
    spectra = put(tmp_path / "s_asn.json", product("s", member("s_rate.fits"), *used))
    other = put(tmp_path / "o_asn.json", product("o", member("fieldwork_cat.ecsv", "sourcecat")))
    before = other.read_bytes()
    shown = run("asn", "edit", image, "rename-product", "field", "deep", "--dry-run")
    assert '+            "name": "deep"' in shown.out
    assert '+                    "expname": "deep_cat.ecsv"' in shown.out
    assert "field" in image.read_text()
    assert run("asn", "edit", image, "rename-product", "field", "deep").code == 0
    assert json.loads(image.read_text())["products"][0]["name"] == "deep"
    # an exposure is named after itself
    assert got(image)[0] == ("field_rate.fits", "science")
    assert [name for name, _ in got(spectra)] == ["s_rate.fits", "deep_cat.ecsv", "deep_segm.fits", "deep_i2d.fits"]
    assert other.read_bytes() == before


@pytest.mark.parametrize("new", ["../x", "a/b", "x_cal", "x.fits", "", "x\ny", "b"])
def test_what_is_no_name_of_a_product(run, tmp_path, new) -> None:
    asn = put(tmp_path / "a_asn.json", product("a", member("a_cal.fits")), product("b", member("b_cal.fits")))
    before = asn.read_bytes()
    result = run("asn", "edit", asn, "rename-product", "a", new)
    assert (result.code, asn.read_bytes()) == (2, before)


def test_a_product_that_is_not_there_is_renamed_nowhere(run, tmp_path) -> None:
    asn = put(tmp_path / "a_asn.json", product("a", member("field_cat.ecsv")))
    put(tmp_path / "b_asn.json", product("field", member("b_cal.fits")))
    assert run("asn", "edit", asn, "rename-product", "field", "deep").code == 2
    assert got(asn) == [("field_cat.ecsv", "science")]


@needs("patch")
@pytest.mark.parametrize("end", ["", "\n"])
def test_dry_run_shows_a_diff_that_patch_takes(run, spec2, tmp_path, end) -> None:
    before = spec2.read_text() + end
    spec2.write_text(before)
    result = run("asn", "edit", spec2, "remove", "a", "--dry-run")
    assert spec2.read_text() == before
    run("asn", "edit", spec2, "remove", "a")
    after = spec2.read_text()
    spec2.write_text(before)
    subprocess.run(["patch", "-s", spec2], input=result.out.encode(), check=True)
    assert spec2.read_text() == after


def test_the_old_file_is_kept_when_asked_and_no_older_one_replaced(run, spec2) -> None:
    texts = [spec2.read_bytes()]
    for name in "bcd":
        result = run("asn", "edit", spec2, "add", f"{name}_rate.fits,background", "--keep")
        texts.append(spec2.read_bytes())
    assert "the old file is a_asn.json.bak3" in result.err
    assert [spec2.with_name(f"a_asn.json{end}").read_bytes() for end in (".bak", ".bak2", ".bak3", "")] == texts


def test_a_file_keeps_its_mode_and_a_link_stays_one(run, spec2, tmp_path) -> None:
    spec2.chmod(0o600)
    link = tmp_path / "elsewhere" / "l_asn.json"
    link.parent.mkdir()
    link.symlink_to(spec2)
    assert run("asn", "edit", link, "add", "b_rate.fits,background", "--keep").code == 0
    assert link.is_symlink()
    assert {path.stat().st_mode & 0o777 for path in (spec2, spec2.with_name("a_asn.json.bak"))} == {0o600}
    assert len(got(spec2)) == 2


def test_files_stand_in_the_folder_of_the_association(run, spec2, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("asn", "edit", spec2.name, "add", "data/b_rate.fits,background", "./c_rate.fits,background").code == 0
    assert [name for name, _ in got(spec2)][1:] == ["data/b_rate.fits", "c_rate.fits"]
    for outside in ("../d_rate.fits", "/d_rate.fits", "data/../../d_rate.fits"):
        result = run("asn", "edit", spec2, "add", outside, "-t", "background")
        assert (result.code, "--allow-outside" in result.err) == (2, True)
    assert run("asn", "edit", spec2, "add", "../d_rate.fits,background", "--allow-outside").code == 0
    assert got(spec2)[-1][0] == str(tmp_path.parent / "d_rate.fits")
    assert run("asn", "edit", spec2, "remove", "c").code == 0
    assert run("asn", "edit", spec2, "remove", "d").code == 0


# What is in a file and no business of the change.

ODD = """{
  "zeta": [1, 2.50, 1E400, -0.0, 12345678901234567890.123456789, true, null, {}, []],
  "asn_type": "spec2",
  "mine": {"b": 1, "a": "Zoë"},
  "products": [
    {
      "members": [
        {"weight": 1.10, "exptype": "science", "expname": "a_rate.fits", "note": "first"}
      ],
      "colour": "#fff",
      "name": "a"
    }
  ],
  "alpha": "last"
}
"""


def order(value: Any) -> Any:
    if isinstance(value, dict):
        return [(key, order(item)) for key, item in value.items()]
    return [order(item) for item in value] if isinstance(value, list) else value


def test_unknown_keys_come_out_as_they_went_in(run, tmp_path) -> None:
    asn = tmp_path / "a_asn.json"
    asn.write_text(ODD)
    run("asn", "edit", asn, "add", "b_rate.fits,background")
    text = asn.read_text()
    for number in ("2.50", "1E400", "-0.0", "12345678901234567890.123456789", "1.10", "Zoë"):
        assert number in text
    assert text.startswith('{\n  "zeta"')
    assert text.endswith('"last"\n}\n')
    run("asn", "edit", asn, "remove", "b")
    assert order(json.loads(asn.read_text())) == order(json.loads(ODD))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.text().filter(lambda key: key not in ("products", "asn_type")), json_values, max_size=4),
    st.sampled_from([None, 1, 2, 4, "\t"]),
    st.booleans(),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", "\n", "\n \n"]),
)
def test_a_change_and_back_gives_the_very_bytes(tmp_path_factory, more, indent, ascii_only, newline, end) -> None:
    path = tmp_path_factory.mktemp("a") / "a_asn.json"
    text = json.dumps({**more, "products": [product("a", member("a"))]}, indent=indent, ensure_ascii=ascii_only) + end
    try:
        content = text.replace("\n", newline).encode()
    except UnicodeEncodeError:
        return
    path.write_bytes(content)
    apply.add([path], [Addition("b", "background")])
    assert b'"b"' in path.read_bytes()
    apply.remove([path], ["b"])
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not valid JSON"),
        ("[]", "is not an association"),
        ("{", "is not valid JSON"),
        ("[" * 100_000, "is nested more than"),
        ('{"products": [], "x": ' + "[" * 200 + "]" * 200 + "}", "is nested more than"),
        ('{"products": 3}', "no list of products"),
        ('{"products": [{"members": [3]}]}', "has no expname"),
        ('{"products": [{"members": [{"expname": "a"}]}]}', "exptype must be text, not None"),
        (
            '{"products": [{"members": [{"expname": "a", "exptype": ["science"]}]}]}',
            "exptype must be text, not ['science']",
        ),
        ('{"products": [{"name": 7, "members": []}]}', "product 1: its name must be text, not 7"),
        ('{"products": [{"name": "../x", "members": []}]}', "leads out of"),
        ('{"products": [{"members": [{"expname": "../../etc/passwd", "exptype": "science"}]}]}', "leads out of"),
        ('{"products": [{"members": [{"expname": "/etc/passwd", "exptype": "science"}]}]}', "leads out of"),
        ('{"products": [{"members": [{"expname": "C:\\\\x", "exptype": "science"}]}]}', "leads out of"),
        ('{"products": [{"members": [{"expname": "a\\u0000b", "exptype": "science"}]}]}', "control character"),
        ('{"products": [{"members": [{"expname": "", "exptype": "science"}]}]}', "is not a file name"),
        ('{"products": [], "a": 1, "a": 2}', "'a' is repeated"),
        ('{"products": [], "a": ' + "9" * 5000 + "}", "is not valid JSON"),
    ],
)
@pytest.mark.parametrize("command", [["edit", "add", "b"], ["files"], ["gather", "-o", "out"]])
def test_hostile_associations_are_refused_in_one_line(run, tmp_path, monkeypatch, text, said, command) -> None:
    monkeypatch.chdir(tmp_path)
    asn = tmp_path / "a_asn.json"
    asn.write_text(text)
    result = run("asn", command[0], asn, *command[1:])
    assert result.code == 2
    assert said in result.err
    assert result.err.count("\n") == 1
    assert len(result.err) < 400
    assert asn.read_text() == text
    assert [path.name for path in tmp_path.iterdir()] == ["a_asn.json"]


def test_usage(run, spec2, tmp_path) -> None:
    assert "FILE... COMMAND" in run("asn", "edit", "--help").out
    assert "asn edit FILE... add [OPTIONS]" in run("asn", "edit", "add", "--help").out
    for words in (["add", "b"], [spec2], ["--dry-run", spec2, "add", "b"], [spec2, "frob", "b"]):
        assert run("asn", "edit", *words).code == 2
    assert "the file does not exist" in run("asn", "edit", tmp_path / "x_asn.json", "add", "b").err
    (tmp_path / "empty").mkdir()
    assert "no association files" in run("asn", "edit", tmp_path / "empty", "add", "b").err


# Interruptions, and two at once.

EDIT = """
import os, sys
from asngraph.editing import apply
from asngraph.editing.edit import Addition

left = int(sys.argv[2])
def counted(name):
    call = getattr(os, name)
    def replacement(*arguments, **options):
        global left
        left -= 1
        if left == 0:
            if name == "write":
                call(arguments[0], bytes(arguments[1])[: len(arguments[1]) // 2])
            os._exit(9)
        return call(*arguments, **options)
    setattr(os, name, replacement)
for name in ("open", "mkdir", "chmod", "write", "fsync", "close", "link", "unlink", "replace", "rmdir"):
    counted(name)
apply.add([sys.argv[1]], [Addition("b_rate.fits", "background")], apply.EditOptions(keep=True))
os._exit(0)
"""


@pytest.mark.slow
def test_an_interrupted_edit_leaves_the_old_file_or_the_new_one(spec2, tmp_path) -> None:
    old = spec2.read_bytes()
    seen = []
    for number in range(1, 60):
        spec2.write_bytes(old)
        code = subprocess.run([sys.executable, "-c", EDIT, str(spec2), str(number)], check=False).returncode
        now = spec2.read_bytes()
        assert code in (0, 9)
        assert now == old or ("b_rate.fits", "background") in got(spec2)
        for kept in tmp_path.glob("*.bak*"):
            assert kept.read_bytes() == old
            kept.unlink()
        seen.append((code, now != old))
        # what was left behind keeps nobody from trying again
        if code == 0:
            break
        if now == old:
            apply.add([spec2], [Addition("c_rate.fits", "background")])
            assert ("c_rate.fits", "background") in got(spec2)
    assert seen[-1] == (0, True)
    assert {path.name for path in tmp_path.iterdir()} == {"a_asn.json"}  # what was killed is swept by the next
    assert seen.count((9, False)) > 8  # before the file is replaced
    assert (9, True) in seen  # and after


@pytest.mark.slow
@needs("strace")
@pytest.mark.parametrize("call", ["write", "fsync", "/^link", "/^rename", "/^unlink", "flock", "/chmod"])
def test_an_edit_that_the_system_kills_at_a_call_leaves_the_old_file_or_the_new_one(spec2, tmp_path, call) -> None:
    program = "import sys; sys.argv[0] = 'asngraph'; from asngraph.cli import main; main()"
    edit = [sys.executable, "-c", program, "asn", "edit", str(spec2), "add", "b_rate.fits,background", "--keep"]
    old = spec2.read_bytes()
    seen = []
    for number in range(1, 12):
        spec2.write_bytes(old)
        inject = f"inject={call}:signal=KILL:when={number}"
        words = ["strace", "-o", str(tmp_path / "trace"), "-e", f"trace={call}", "-e", inject, *edit]
        code = subprocess.run(words, check=False, capture_output=True).returncode
        if code == 1:
            pytest.skip("needs strace to be allowed to trace (ptrace)")
        now = spec2.read_bytes()
        assert now == old or ("b_rate.fits", "background") in got(spec2)
        for kept in tmp_path.glob("*.bak*"):
            kept.unlink()
        seen.append((code, now != old))
        if code == 0:
            break
    assert seen[-1] == (0, True)
    assert len(seen) > 1 or call == "/^unlink"


@pytest.mark.slow
def test_edits_at_once_do_not_mix(spec2, tmp_path) -> None:
    program = textwrap.dedent("""
        import sys
        from asngraph.editing import apply
        from asngraph.editing.edit import Addition
        for number in range(25):
            apply.add([sys.argv[1]], [Addition(f"{sys.argv[2]}{number}_rate.fits", "background")])
    """)
    running = [subprocess.Popen([sys.executable, "-c", program, str(spec2), who]) for who in "xyz"]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    names = [name for name, _ in got(spec2)]
    assert sorted(names[1:]) == sorted(f"{who}{number}_rate.fits" for who in "xyz" for number in range(25))
    assert [path.name for path in tmp_path.iterdir()] == ["a_asn.json"]


def test_a_change_by_somebody_who_locks_nothing_is_not_lost(spec2) -> None:
    document: Document = read_document(spec2)
    document.association["products"][0]["members"].append(member("b", "background"))
    spec2.write_text(spec2.read_text().replace("a_rate", "z_rate"))
    with pytest.raises(AsnGraphError, match="another process has changed it"):
        document.save()
    assert got(spec2) == [("z_rate.fits", "science")]


def test_a_text_that_is_no_utf8(tmp_path) -> None:
    (tmp_path / "a_asn.json").write_bytes(b'{"products": [], "x": "\xff"}')
    with pytest.raises(AssociationError, match="UTF-8"):
        read_document(tmp_path / "a_asn.json")
