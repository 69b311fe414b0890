"""On which line of a JSON text each value is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

# Strings, the signs that matter, and everything else up to the next of them.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')

Path = tuple[str | int, ...]


@dataclass
class Positions:
    """Lines, by the path of a value from the top: keys of objects and places in lists.

    Attributes
    ----------
    lines : dict of tuple to int
        The line of each value, counted from 1.
    twice : list of tuple
        The paths of keys that an object has more than once; JSON readers take the last.
    """

    lines: dict[Path, int] = field(default_factory=dict)
    twice: list[tuple[Path, int]] = field(default_factory=list)

    def line(self, path: Path) -> int | None:
        """Return the line of a value, or of the nearest value around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)


def positions(text: str) -> Positions:
    r"""Find the lines of all values of a text that is JSON.

    Examples
    --------
    >>> positions('{"a":\n [1,\n {"b": 2}]}').lines[("a", 1, "b")]
    3
    """
    import json

    found = Positions()
    path: list[str | int] = []
    inside: list[str] = []  # of each object or list around: "{" before a key, ":" after one, "[" in a list
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
