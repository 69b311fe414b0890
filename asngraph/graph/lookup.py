"""Find exposures and associations by name, in any of the spellings in use."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TypeAlias

from asngraph.errors import UsageError
from asngraph.model.filenames import SUFFIXES, association_name, exposure_root, file_name
from asngraph.util.suggest import closest, did_you_mean, either

# The beginning of the names of associations that a generator makes: program and candidate.
_ASSOCIATION = re.compile(r"[^_]*-[oca]\d")


def plain_name(name: str) -> str:
    """Return a name without path, in lower case, for comparison.

    Parameters
    ----------
    name : str
        The name or path.

    Returns
    -------
    str
        The name.
    """
    return file_name(name.strip()).lower()


def association_root(name: str) -> str:
    """Return the name of an association without path, ``_asn`` and extension, in lower case.

    Parameters
    ----------
    name : str
        The name or path.

    Returns
    -------
    str
        The name.
    """
    return association_name(plain_name(name))


def exposure_key(name: str) -> str:
    """Return the root of an exposure's file name, by which other spellings are compared with it.

    Parameters
    ----------
    name : str
        The file name; a repeated one ends in ``#2``, ``#3``, ...

    Returns
    -------
    str
    """
    return exposure_root(plain_name(name).partition("#")[0])


# The numbers of the exposures or associations with each name.
Index: TypeAlias = Mapping[str, list[int]]

# The spellings by which names are found, each with what is spelled.
SPELLINGS: dict[str, Callable[[str], str]] = {
    "exposure_names": str,
    "exposure_files": plain_name,
    "exposure_roots": exposure_key,
    "association_files": plain_name,
    "association_roots": association_root,
}


class Lookup:
    """Index of exposures and associations by name.

    Parameters
    ----------
    source : str
        The origin of the names, such as the name of the pool; for error messages.
    exposures : sequence of str
        File names of exposures; repeated ones end in ``#2``, ``#3``, ...
    associations : sequence of str
        Names of associations, without ``_asn.json``.
    index : callable, optional
        Function that returns the numbers of the exposures or associations with each name in one of `SPELLINGS`, if an
        index is known; by default they are computed.

    Examples
    --------
    >>> names = Lookup("pool.csv", ["jw1_02101_00001_nis_uncal.fits"], ["jw1-o001_image2_00001"])
    >>> names.exposure("folder/JW1_02101_00001_nis_cal.fits"), names.association("jw1-o001_image2_00001_asn.json")
    (0, 0)
    """

    def __init__(
        self,
        source: str,
        exposures: Sequence[str],
        associations: Sequence[str],
        index: Callable[[str], Index] | None = None,
    ) -> None:
        self._source, self._exposures, self._associations = source, exposures, associations
        self._index = index or self._computed

    def spelled(self, spelling: str) -> list[str]:
        """Return the names of all exposures or associations in a spelling.

        Parameters
        ----------
        spelling : str
            One of `SPELLINGS`.

        Returns
        -------
        list of str
        """
        names = self._associations if spelling.startswith("association") else self._exposures
        return list(map(SPELLINGS[spelling], names))

    def _computed(self, spelling: str) -> Index:
        found: dict[str, list[int]] = {}
        for number, name in enumerate(self.spelled(spelling)):
            found.setdefault(name, []).append(number)
        return found

    def exposure(self, name: str, what: str = "exposure") -> int:
        """Return the number of an exposure.

        Parameters
        ----------
        name : str
            Its name, with or without path, suffix (``_uncal``, ``_rate`` or any other of the pipelines) and extension.
        what : str
            What the name may be, for the error message.

        Returns
        -------
        int
            Its index in `exposures`.

        Raises
        ------
        UsageError
            When the name is unknown or ambiguous, with suggestions.
        """
        root = exposure_root(plain_name(name))
        return self._only(self.exposures_of(name), name, what, self._exposure_roots, self._exposures, root)

    def is_exposure(self, name: str) -> bool:
        """Return whether a name is that of at least one exposure.

        Parameters
        ----------
        name : str
            The name.

        Returns
        -------
        bool
        """
        return bool(self.exposures_of(name))

    def exposures_of(self, name: str) -> list[int]:
        """Return the numbers of the exposures with a name; several where the pool repeats it.

        Parameters
        ----------
        name : str
            The name, as for `exposure`.

        Returns
        -------
        list of int
            Indices in `exposures`; empty if the name is unknown.
        """
        found = self._exposure_names.get(name)
        if found:
            return found
        plain = plain_name(name)
        return self._exposure_files.get(plain) or self._exposure_roots.get(exposure_root(plain), [])

    def association(self, name: str) -> int:
        """Return the number of an association.

        Parameters
        ----------
        name : str
            Its name, with or without path, ``_asn`` and extension.

        Returns
        -------
        int
            Its index in `associations`.

        Raises
        ------
        UsageError
            When the name is unknown or ambiguous, with suggestions.
        """
        root = association_root(name)
        found = self._association_files.get(plain_name(name)) or self._association_names.get(root, [])
        return self._only(found, name, "association", self._association_names, self._associations, root)

    def is_association(self, name: str) -> bool:
        """Return whether a name is that of an association, known or not, rather than of an exposure.

        Parameters
        ----------
        name : str
            The name.

        Returns
        -------
        bool
        """
        root = association_root(name)
        if root in self._association_names or re.search(r"(_asn|\.json|\.ya?ml)$", name.lower()):
            return True
        return not self.is_exposure(name) and _ASSOCIATION.match(root) is not None

    @cached_property
    def _exposure_names(self) -> Index:
        return self._index("exposure_names")

    @cached_property
    def _exposure_files(self) -> Index:
        return self._index("exposure_files")

    @cached_property
    def _exposure_roots(self) -> Index:
        return self._index("exposure_roots")

    @cached_property
    def _association_files(self) -> Index:
        return self._index("association_files")

    @cached_property
    def _association_names(self) -> Index:
        return self._index("association_roots")

    def _only(
        self,
        found: list[int],
        name: str,
        what: str,
        known: Index,
        names: Sequence[str],
        root: str,
    ) -> int:
        if len(found) == 1:
            return found[0]
        if found:
            raise ambiguous_name(name, self._source, [names[number] for number in found])
        otherwise = f"there are {len(names)}, such as {names[0]}" if names else f"it has no {what}s"
        full = {key: names[numbers[0]] for key, numbers in known.items()}
        raise unknown_name(what, root, name, self._source, full, otherwise)


def ambiguous_name(name: str, source: str, found: Sequence[str]) -> UsageError:
    """Return the error of a name that several things have.

    Parameters
    ----------
    name, source : str
        The name, and the origin of the names.
    found : sequence of str
        The full names of the things.

    Returns
    -------
    UsageError
    """
    return UsageError(f"{name!r} is ambiguous in {source}: {either(found)}")


def unknown_name(what: str, root: str, name: str, source: str, known: Mapping[str, str], otherwise: str) -> UsageError:
    """Return the error of a name that nothing has, with suggestions.

    Parameters
    ----------
    what : str
        ``exposure`` or ``association``.
    root, name : str
        The name as the known names are compared with it, and as it was given.
    source : str
        The origin of the names.
    known : mapping of str to str
        The known names: as they are compared, and in full.
    otherwise : str
        The text where no known name is similar.

    Returns
    -------
    UsageError

    Examples
    --------
    >>> print(unknown_name("exposure", "a_nis", "a_nis.fits", "p.csv", {"b_nis": "b_nis_uncal.fits"}, "there is 1"))
    unknown exposure 'a_nis.fits' in p.csv; did you mean b_nis_uncal.fits?
    """
    parts = [full for key, full in known.items() if root and root in key]
    if parts:
        return UsageError(f"incomplete name of an {what} in {source}: {name!r}; it may be {either(parts)}")
    return UsageError(f"unknown {what} {name!r} in {source}; {did_you_mean(closest(root, known), otherwise)}")


def possible_exposures(name: str) -> Iterator[str]:
    """Yield the possible spellings of an exposure's name, for sources that cannot list their names.

    Parameters
    ----------
    name : str
        Its name, as for `Lookup.exposure`.

    Yields
    ------
    str
        The name as given, then its root with each suffix.

    Examples
    --------
    >>> list(possible_exposures("in/MINE_cal.fits"))[:4]
    ['in/MINE_cal.fits', 'mine_cal.fits', 'mine_uncal.fits', 'mine']
    """
    plain = plain_name(name)
    root = exposure_root(plain)
    suffixes = sorted(SUFFIXES - {"uncal"})
    yield from dict.fromkeys((name, plain, f"{root}_uncal.fits", root, f"{root}.fits"))
    yield from (f"{root}_{suffix}.fits" for suffix in suffixes)
