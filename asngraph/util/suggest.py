"""Suggestions for unknown names: "did you mean ...?"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

_MOST = 5
_LONGEST = 200  # characters of a name that are compared; the time grows with their square


def closest(name: str, known: Mapping[str, str] | Iterable[str], most: int = 3) -> list[str]:
    """Return the known names that are most similar to a name, ignoring case, the closest first.

    Parameters
    ----------
    name : str
        The unknown name.
    known : mapping of str to str, or iterable of str
        The known names; of a mapping, the keys are compared and the values returned.
    most : int
        The largest number of names to return.

    Returns
    -------
    list of str

    Examples
    --------
    >>> closest("Sceince", ["science", "psf"]), closest("spec3", {"lv3spec": "Asn_Lv3Spec"})
    (['science'], ['Asn_Lv3Spec'])
    """
    names = known if isinstance(known, Mapping) else {key: key for key in known}
    shown = {key.lower(): value for key, value in names.items()}
    return [shown[key] for key in get_close_matches(name[:_LONGEST].lower(), shown, n=most, cutoff=0.6)]


def did_you_mean(names: Sequence[str], otherwise: str) -> str:
    """Return the question "did you mean ...?" for some names; without names, another text.

    Parameters
    ----------
    names : sequence of str
        The suggestions (`closest`).
    otherwise : str
        The text to return when there are no suggestions.

    Examples
    --------
    >>> did_you_mean(["a1", "a2"], "there are 4"), did_you_mean([], "there are 4")
    ('did you mean a1 or a2?', 'there are 4')
    """
    return f"did you mean {either(names)}?" if names else otherwise


def either(names: Sequence[str]) -> str:
    """Return names as alternatives joined by "or", at most five of them.

    Parameters
    ----------
    names : sequence of str
        The names.

    Examples
    --------
    >>> either(["a", "b"]), either("abcdefg")
    ('a or b', 'a or b or c or d or e (or 2 more)')
    """
    shown = " or ".join(names[:_MOST])
    return f"{shown} (or {len(names) - _MOST} more)" if len(names) > _MOST else shown


def unknown_column(name: str, known: Iterable[str]) -> str:
    """Return what is wrong with an unknown column, with suggestions or, without similar ones, the known columns.

    Parameters
    ----------
    name : str
        The unknown column.
    known : iterable of str
        The known columns.

    Examples
    --------
    >>> unknown_column("filtr", ["filter", "pupil"])
    'unknown column filtr; did you mean filter?'
    """
    names = list(known)
    return f"unknown column {name}; {did_you_mean(closest(name, names), f'there are {either(sorted(names))}')}"
