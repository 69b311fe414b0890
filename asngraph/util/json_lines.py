"""The line of each value of a JSON text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

# Strings, structural characters, and anything else up to the next of these.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')

Path = tuple[str | int, ...]


@dataclass
class Positions:
    """The line of each value of a JSON text, by the value's path: keys of objects and indices of lists.

    Attributes
    ----------
    lines : dict of tuple to int
        The line of each value, counted from 1.
    twice : list of (tuple, int)
        The path and line of each key that repeats an earlier one of its object; JSON readers use the last.
    """

    lines: dict[Path, int] = field(default_factory=dict)
    twice: list[tuple[Path, int]] = field(default_factory=list)

    def line(self, path: Path) -> int | None:
        """Return the line of a value, or of the innermost known value that contains it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)


def positions(text: str) -> Positions:
    r"""Return the lines of all values of a JSON text.

    Parameters
    ----------
    text : str
        The text; it must be valid JSON.

    Returns
    -------
    Positions

    Examples
    --------
    >>> positions('{"a":\n [1,\n {"b": 2}]}').lines[("a", 1, "b")]
    3
    """
    import json

    found = Positions()
    path: list[str | int] = []
    inside: list[str] = []  # for each enclosing object or list: "{" before a key, ":" after one, "[" in a list
    line, end = 1, 0
    for match in _TOKEN.finditer(text):
        line += text.count("\n", end, match.start())
        end, sign = match.start(), match[0]
        if sign in "}]":
            inside.pop()
            path.pop()
        elif sign == ",":
            if inside[-1] == "[":
                path[-1] = int(path[-1]) + 1
            else:
                inside[-1] = "{"
        elif sign == ":":
            inside[-1] = ":"
        elif inside and inside[-1] == "{":
            path[-1] = json.loads(sign)
            if tuple(path) in found.lines:
                found.twice.append((tuple(path), line))
            found.lines[tuple(path)] = line
        else:
            found.lines.setdefault(tuple(path), line)
            if sign in "{[":
                inside.append(sign)
                path.append(0 if sign == "[" else "")
    return found
