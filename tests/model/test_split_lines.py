"""Text without quotation marks is split; a quotation mark in a comment makes the csv module read it."""

import pytest

from asngraph.errors import PoolError
from asngraph.model.pool_text import read_table

pytest.importorskip("hypothesis")
from hypothesis import given
from hypothesis import strategies as st

CELLS = st.sampled_from(["", " ", "a", " A b ", "\t", "n/a", "'", "\\", "#", "\0", "\x0b", " x"])
LINES = st.lists(CELLS, min_size=1, max_size=3)


def outcome(text: str, delimiter: str) -> object:
    try:
        table = read_table(text, delimiter, "p")
    except PoolError as error:
        return str(error)
    return {name: list(column) for name, column in table.columns.items()}, table.lines.tolist()


@given(st.lists(LINES, max_size=4), st.sampled_from("|,;\t"))
def test_splitting_reads_what_the_csv_module_reads(lines: list[list[str]], delimiter: str) -> None:
    text = "\n".join(delimiter.join(cells) for cells in [["filename", "filter"], *lines])
    assert outcome(text, delimiter) == outcome(f'{text}\n# "', delimiter)


def test_a_cell_that_is_too_long_is_an_error_as_before() -> None:
    with pytest.raises(PoolError, match="a cell has more than"):
        read_table("filename|filter\na|" + 200_000 * "x", "|", "p")
