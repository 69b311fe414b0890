"""The code and the documents are in plain technical English: no phrase of `PHRASES` is in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT

# Each phrase, with what to write instead. The words of a phrase may be on two lines.
PHRASES = {
    r"\bis none\b": "it is undefined; there are none; None",
    r"\bis no [a-z]+\b": "is not a, or: without",
    r"\b(?:is|are) told\b": "is known, printed, reported",
    r"\bthat never was\b": "invented, simulated",
    r"\b[Ww]hether not\b": "whether",
    r"\bhas not,": "lacks",
    r"\bis asked, it has\b": "requires ...; it is ...",
    r"\bgone on with\b": "continues",
    r"\b[Ss]omebody\b": "a program, a user, another process",
    r"\bclass _?(?:Held|Holdings?|Made|Tie|Trial|Way)\b": "a noun of the field",
}
# Texts of other programs that are quoted: the file, and the text.
QUOTED: tuple[tuple[str, str], ...] = ()

_PHRASE = re.compile("|".join(phrase.replace(" ", r"[\s#]+") for phrase in PHRASES))
_TEXTS = ("README.md", "CHANGELOG.md", "docs/*.md", "examples/*.md", "examples/*.py")


def banned(text: str) -> Iterator[tuple[int, str]]:
    """Yield the banned phrases of a text, each with the number of its line.

    Examples
    --------
    >>> list(banned("x is 1\\nwhen the pool is\\n    none"))
    [(2, 'is none')]
    """
    for found in _PHRASE.finditer(text):
        yield text.count("\n", 0, found.start()) + 1, re.sub(r"[\s#]+", " ", found[0])


def advice(phrase: str) -> str:
    """Return what to write instead of a phrase."""
    return next(instead for pattern, instead in PHRASES.items() if re.fullmatch(pattern, phrase))


def faults(path: Path) -> Iterator[str]:
    """Yield a line about each banned phrase of a file: its place, the phrase, and what to write instead."""
    name, text = path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
    for file, quotation in QUOTED:
        if file == name:
            text = text.replace(quotation, "\n" * quotation.count("\n"))
    for line, phrase in banned(text):
        yield f"{name}:{line}: {phrase!r}; write {advice(phrase)}"


def files() -> dict[str, list[Path]]:
    """Return the files that are read: those of each package of asngraph, and the documents."""
    packages: dict[str, list[Path]] = {}
    for path in sorted((ROOT / "asngraph").rglob("*.py")):
        packages.setdefault("/".join(path.relative_to(ROOT).parts[:2]), []).append(path)
    return {**packages, "documents": sorted(path for pattern in _TEXTS for path in ROOT.glob(pattern))}


FILES = files()


@pytest.mark.parametrize("package", FILES)
def test_the_language_is_plain(package: str) -> None:
    found = [fault for path in FILES[package] for fault in faults(path)]
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the pool is none", [(1, "is none")]),
        ("a\n# it is no\n# number here", [(2, "is no number")]),
        ("as users are told;\nand is told", [(1, "are told"), (2, "is told")]),
        ("it is not one, and whether it is", []),
    ],
)
def test_phrases_are_found_where_they_are(text: str, expected: list[tuple[int, str]]) -> None:
    assert list(banned(text)) == expected
    assert all(advice(phrase) for _, phrase in expected)


def test_quotations_are_there() -> None:
    assert [file for file, quotation in QUOTED if quotation not in (ROOT / file).read_text()] == []
