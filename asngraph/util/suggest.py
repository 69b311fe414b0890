"""Suggestions for names that nobody knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

_MOST = 5
_LONGEST = 200  # of a name that is compared; the time that it takes grows with its square


def closest(name: str, known: Mapping[str, str] | Iterable[str], most: int = 3) -> list[str]:
    """Return the known names that are most like a name, in any case, the closest first.

    Parameters
    ----------
    name : str
        What somebody wrote.
    known : mapping of str to str, or iterable of str
        The known names; of a mapping, its keys are compared and its values returned.
    most : int
        How many at most.

    Examples
    --------
    >>> closest("Sceince", ["science", "psf"]), closest("spec3", {"lv3spec": "Asn_Lv3Spec"})
    (['science'], ['Asn_Lv3Spec'])
    """
    names = known if isinstance(known, Mapping) else {each: each for each in known}
    shown = {key.lower(): value for key, value in names.items()}
    return [shown[each] for each in get_close_matches(name[:_LONGEST].lower(), shown, n=most, cutoff=0.6)]


def did_you_mean(names: Sequence[str], otherwise: str) -> str:
    """Return the question whether a name was meant; where no name is like it, other words.

    Examples
    --------
    >>> did_you_mean(["a1", "a2"], "there are 4"), did_you_mean([], "there are 4")
    ('did you mean a1 or a2?', 'there are 4')
    """
    return f"did you mean {either(names)}?" if names else otherwise


def either(names: Sequence[str]) -> str:
    """Return names as alternatives, the first of many.

    Examples
    --------
    >>> either(["a", "b"]), either("abcdefg")
    ('a or b', 'a or b or c or d or e (or 2 more)')
    """
    shown = " or ".join(names[:_MOST])
    return f"{shown} (or {len(names) - _MOST} more)" if len(names) > _MOST else shown
