"""Reading association files as the pipelines do: what is not JSON, jwst 3.0.0 still tries as YAML."""

from __future__ import annotations

import json
from typing import Any, NamedTuple


class Fault(NamedTuple):
    """What keeps a text from being JSON.

    Parameters
    ----------
    text : str
        What it is.
    line, column : int
        Where, counted from 1.
    """

    text: str
    line: int
    column: int


class Read(NamedTuple):
    """What a text holds.

    Parameters
    ----------
    data : object
        The data; None where nothing takes the text.
    faults : list of Fault
        What keeps it from being JSON.
    taken : bool
        Whether pipelines read it all the same.
    plain : str, optional
        The same text as JSON with the same lines, where that can be had.
    """

    data: Any
    faults: list[Fault]
    taken: bool
    plain: str | None = None


def read_text(text: str) -> Read:
    r"""Read a text as the pipelines of jwst 3.0.0 do (``jwst.associations.load_asn``).

    Parameters
    ----------
    text : str
        The text of a file, a byte order mark included.

    Raises
    ------
    ValueError
        When it is JSON that cannot be represented, such as a number of thousands of digits.
    RecursionError
        When it is nested too deeply.

    Examples
    --------
    >>> read = read_text('{"products": [\n1,\n]}')
    >>> read.faults, read.taken
    ([Fault(text='a comma before ]', line=2, column=2)], True)
    """
    plain = text.removeprefix("\ufeff")
    faults = [Fault("a byte order mark before the text", 1, 1)] if plain != text else []
    while True:
        try:
            data = json.loads(plain)
        except json.JSONDecodeError as error:
            place = _comma(plain, error.pos)
            if place is None:
                fault = Fault(error.msg[0].lower() + error.msg[1:], error.lineno, error.colno)
                return _as_yaml(text, [*faults, fault])
            line, column = plain.count("\n", 0, place) + 1, place - plain.rfind("\n", 0, place)
            faults.append(Fault(f"a comma before {plain[place + 1 :].lstrip()[0]}", line, column))
            plain = f"{plain[:place]} {plain[place + 1 :]}"
            continue
        return Read(data, [], True, plain) if not faults else _as_yaml(text, faults, data, plain)


def _comma(text: str, place: int) -> int | None:
    """Find the comma after the last item of a list or object, on which a reader stopped there or behind it."""
    before = place if text[place : place + 1] == "," else len(text[:place].rstrip()) - 1
    if before < 0 or text[before] != ",":
        return None
    last = text[:before].rstrip()[-1:]
    return before if text[before + 1 :].lstrip()[:1] in ("]", "}") and last not in ("", ",", "[", "{", ":") else None


def _as_yaml(text: str, faults: list[Fault], data: Any = None, plain: str | None = None) -> Read:
    try:
        import yaml
    except ImportError:
        # Trailing commas are right in YAML; tabs between values are not.
        taken = plain is not None and "\t" not in plain
        return Read(data if taken else None, faults, taken, plain)
    try:
        return Read(yaml.safe_load(text), faults, True, plain)
    except (yaml.YAMLError, ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError):
        return Read(None, faults, False, plain)
