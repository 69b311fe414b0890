"""Texts: plurals, and characters that file formats cannot represent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_AT_ONCE = 1 << 20  # characters

NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun in the singular or plural.

    Parameters
    ----------
    number : int
        The number.
    noun : str
        The noun in the singular.
    plural : str
        The plural, if it is not the noun with an s.

    Examples
    --------
    >>> counted(1, "association"), counted(2, "association")
    ('1 association', '2 associations')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def encoded(texts: Iterable[str]) -> Iterator[bytes]:
    """Yield texts as UTF-8, in blocks of limited size, for files to which many small texts are written.

    Parameters
    ----------
    texts : iterable of str
        The texts, in order.

    Yields
    ------
    bytes

    Examples
    --------
    >>> list(encoded(["a", "b"]))
    [b'ab']
    """
    block: list[str] = []
    size = 0
    for text in texts:
        block.append(text)
        size += len(text)
        if size >= _AT_ONCE:
            yield "".join(block).encode("utf-8")
            block, size = [], 0
    if block:
        yield "".join(block).encode("utf-8")
