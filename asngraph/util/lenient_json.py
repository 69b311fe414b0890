"""Reading association files as the pipelines do: jwst 3.0.0 tries a text that is not JSON as YAML."""

from __future__ import annotations

import json
from typing import Any, NamedTuple


class Fault(NamedTuple):
    """A syntax error of a JSON text.

    Parameters
    ----------
    text : str
        What is wrong.
    line, column : int
        Where, counted from 1.
    """

    text: str
    line: int
    column: int


class Read(NamedTuple):
    """The content of a text.

    Parameters
    ----------
    data : object
        The data; None where neither JSON nor YAML can read the text.
    faults : list of Fault
        The errors of the text as JSON.
    taken : bool
        Whether the pipelines read the text, errors included.
    plain : str, optional
        The text as valid JSON with the same lines, where the errors can be corrected.
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
        The text of a file, including a byte order mark.

    Returns
    -------
    Read

    Raises
    ------
    ValueError
        When the text is JSON that Python cannot represent, such as a number of thousands of digits.
    RecursionError
        When the text is nested too deeply.

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
            faults.append(_trailing(plain, place))
            plain = f"{plain[:place]} {plain[place + 1 :]}"
            continue
        return Read(data, [], True, plain) if not faults else _as_yaml(text, faults, data, plain)


def described(error: ValueError | RecursionError) -> str:
    r"""Return what is wrong with a JSON text; a trailing comma is named at its place, not where a reader stops.

    Parameters
    ----------
    error : ValueError or RecursionError
        What Python's reader raised.

    Examples
    --------
    >>> try:
    ...     json.loads('{"products": [\n1,\n]}')
    ... except ValueError as error:
    ...     print(described(error))
    a comma before ], in line 2, column 2; remove it
    """
    place = _comma(error.doc, error.pos) if isinstance(error, json.JSONDecodeError) else None
    if place is None:
        return str(error)
    fault = _trailing(error.doc, place)  # type: ignore[union-attr]
    return f"{fault.text}, in line {fault.line}, column {fault.column}; remove it"


def _trailing(text: str, place: int) -> Fault:
    line, column = text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place)
    return Fault(f"a comma before {text[place + 1 :].lstrip()[0]}", line, column)


def _comma(text: str, place: int) -> int | None:
    """Return the position of a trailing comma in a list or object, at or after which a reader stopped."""
    before = place if text[place : place + 1] == "," else len(text[:place].rstrip()) - 1
    if before < 0 or text[before] != ",":
        return None
    last = text[:before].rstrip()[-1:]
    return before if text[before + 1 :].lstrip()[:1] in ("]", "}") and last not in ("", ",", "[", "{", ":") else None


def _as_yaml(text: str, faults: list[Fault], data: Any = None, plain: str | None = None) -> Read:
    try:
        import yaml
    except ImportError:
        # YAML allows trailing commas, and no tabs between values.
        taken = plain is not None and "\t" not in plain
        return Read(data if taken else None, faults, taken, plain)
    try:
        return Read(yaml.safe_load(text), faults, True, plain)
    except (yaml.YAMLError, ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError):
        return Read(None, faults, False, plain)
