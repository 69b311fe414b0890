"""Pools: what is read, what is refused, and what is said about it."""

from __future__ import annotations

import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asngraph import PoolError
from asngraph.model.candidate import CandidateColumn
from asngraph.model.pool import Pool

HEADER = "filename|program|exp_type|asn_candidate\n"
ROW = "a_uncal.fits|1234|nrc_image|[('o001', 'observation')]\n"


def read(text: str | bytes, **options: str) -> Pool:
    return Pool.read(io.BytesIO(text) if isinstance(text, bytes) else io.StringIO(text), **options)


@pytest.mark.parametrize(
    "text",
    [
        HEADER + ROW,
        HEADER.upper() + ROW.upper(),
        "# a comment\n\n" + HEADER + "   \n# another\n" + ROW + "\n",
        (HEADER + ROW).replace("\n", "\r\n"),
        (HEADER + ROW).replace("\n", "\r"),
        "\ufeff" + HEADER + ROW,
        (HEADER + ROW).replace("|", " | "),
        HEADER + "a_uncal.fits|\"1234\"|nrc_image|\"[('o001', 'observation')]\"\n",
    ],
    ids=["plain", "upper case", "comments", "crlf", "cr", "bom", "white space", "quoted"],
)
def test_ways_to_write_the_same_pool(text: str) -> None:
    pool = read(text)
    assert {name: list(column) for name, column in pool.columns.items()} == {
        "filename": ["a_uncal.fits"],
        "program": ["1234"],
        "exp_type": ["nrc_image"],
        "asn_candidate": ["[('o001', 'observation')]"],
    }


def test_bytes_with_a_byte_order_mark() -> None:
    assert read(b"\xef\xbb\xbf" + (HEADER + ROW).encode())["program"][0] == "1234"


def test_another_delimiter() -> None:
    assert read("filename;filter\na_uncal.fits;F200W\n", delimiter=";")["filter"][0] == "f200w"


def test_an_empty_cell_is_null_and_a_missing_column_undefined() -> None:
    pool = read("filename|filter|pupil\na_uncal.fits||clear\nb_uncal.fits|f200w|\n")
    assert list(pool["filter"]) == ["null", "f200w"]
    assert pool["grating"].defined.tolist() == [False, False]
    assert "grating" not in pool


def test_null_is_cut_where_all_values_are_shorter_as_in_the_reference() -> None:
    pool = read("filename|targetid|act_id\na_uncal.fits||\nb_uncal.fits|1|02\n")
    assert list(pool["targetid"]) == ["n", "1"]
    assert list(pool["act_id"]) == ["nu", "02"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty"),
        ("# only a comment\n\n", "the file is empty"),
        (HEADER, "has a header line, but no exposures"),
        ("program|exp_type\n1|x\n", "column filename: the column is missing"),
        ("filename|program|Program\na|1|2\n", "column program: the column appears twice"),
        (HEADER + ROW + ROW.replace("\n", "|more\n"), "line 3: the row has 1 cell too many"),
        ("# c\n" + HEADER + "\na_uncal.fits|1\n", "line 4: the row has 2 cells too few"),
        (HEADER + ROW.replace("1234", '"1234'), "line 2: unexpected end of data"),
        (HEADER + ROW + ROW.replace("nrc", "n\x07rc"), "line 3, column exp_type"),
        (HEADER + ROW.replace("nrc", "n\ud800rc"), "line 2, column exp_type"),
        ("file\x00name|a\n1|2\n", "column filename: the column is missing"),
        (HEADER + ROW.replace("1234", "../../x"), "line 2, column program"),
        (HEADER + ROW.replace("o001", "../x"), "line 2, column asn_candidate"),
        (HEADER + "a|1|x|" + "[" * 10_000 + "\n", "line 2, column asn_candidate"),
        (HEADER + "a|1|x|" + "[" * 10_000 + "]" * 10_000 + "\n", "is not a candidate"),
        (HEADER + "a|1|x|[('o001', 'observation') ('c1000', 'mosaic')]\n", "a comma is missing"),
        (HEADER + "a|1|x|o001\n", "is not a list of candidates"),
        (HEADER + "a|1|x|[('o001', 'observation', 'x')]\n", "is not a candidate"),
        (HEADER + "a|1|x|[1, 2]\n", "is not a candidate"),
        (HEADER + "a|1|x|__import__('os').system('true')\n", "is not a list of candidates"),
    ],
)
def test_what_is_refused_and_where(text: str, said: str) -> None:
    with pytest.raises(PoolError, match=r"^[^\n]*$") as refused:
        read(text, name="pool.csv")
    assert said in str(refused.value)
    assert str(refused.value).startswith("pool.csv")


def test_binary_data_is_refused() -> None:
    with pytest.raises(PoolError, match="line 2: the byte 0xff is not UTF-8 text"):
        read(b"filename\n\xff\xfe\x00")


def test_a_file_that_is_not_there(tmp_path) -> None:
    with pytest.raises(PoolError, match="the file does not exist"):
        Pool.read(tmp_path / "none.csv")
    with pytest.raises(PoolError, match="this is a folder"):
        Pool.read(tmp_path)


def test_undefined_candidates_are_none() -> None:
    pool = read(HEADER + ROW + "b_uncal.fits|1|x|null\nc_uncal.fits|1|x|\n")
    assert [candidate.id for candidate in CandidateColumn(pool["asn_candidate"]).all] == ["o001"]


def test_a_repeated_file_name_is_a_warning() -> None:
    assert any("more than once: a_uncal.fits" in note for note in read(HEADER + ROW + ROW).notes)


def test_frames_of_pandas_and_astropy() -> None:
    from astropy import table

    frame = pd.DataFrame({"FILENAME": ["A_uncal.fits", "b_uncal.fits"], "OBS_NUM": [1, 2], "FILTER": [None, "F200W"]})
    masked = table.Table(
        {"FILENAME": ["A_uncal.fits", "b_uncal.fits"], "OBS_NUM": [1, 2], "FILTER": ["x", "F200W"]}, masked=True
    )
    masked["FILTER"].mask[0] = True
    for source in (frame, masked):
        pool = Pool.read(source, name="memory")
        assert [list(pool[name]) for name in ("filename", "obs_num", "filter")] == [
            ["a_uncal.fits", "b_uncal.fits"],
            ["1", "2"],
            ["null", "f200w"],
        ]


def test_pools_together() -> None:
    both = Pool.together([read("filename|filter\na|f1\n", name="a.csv"), read("filename|pupil\nb|p1\n", name="b.csv")])
    assert (list(both["filter"]), list(both["pupil"]), both.name) == (["f1", "null"], ["null", "p1"], "a.csv+b.csv")


cell = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=12)


@given(st.lists(st.tuples(cell, cell), min_size=1, max_size=8), st.sampled_from("|,;\t"))
def test_what_is_written_is_read_again(cells: list[tuple[str, str]], delimiter: str) -> None:
    frame = pd.DataFrame(
        {"filename": [f"f{n}" for n in range(len(cells))], "a": [c[0] for c in cells], "b": [c[1] for c in cells]}
    )
    pool = Pool.from_frame(frame)
    buffer = io.StringIO()
    pool.write(buffer, delimiter)
    again = read(buffer.getvalue(), delimiter=delimiter)
    assert {name: list(column) for name, column in again.columns.items()} == {
        name: list(column) for name, column in pool.columns.items()
    }


def test_a_pool_is_written_whole(tmp_path) -> None:
    pool = read(HEADER + ROW)
    pool.write(tmp_path / "pool.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["pool.csv"]
    assert list(Pool.read(tmp_path / "pool.csv")["filename"]) == ["a_uncal.fits"]
