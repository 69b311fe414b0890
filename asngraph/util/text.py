"""Texts: plurals, and characters that file formats cannot represent."""

from __future__ import annotations

import re

NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural unless the number is 1.

    Parameters
    ----------
    number : int
        The number.
    noun : str
        The noun in the singular; its plural must end in "s".

    Examples
    --------
    >>> counted(1, "association"), counted(2, "association")
    ('1 association', '2 associations')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
