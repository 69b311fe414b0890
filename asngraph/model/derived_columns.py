"""Derived columns: the roles of exposures, and the properties of their optical paths."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping
from enum import Enum

import numpy as np

from asngraph.errors import AsnGraphError, UsageError
from asngraph.model.column import Codes, Column, Mask, is_defined
from asngraph.model.exposure_types import (
    ACQUISITIONS,
    ALWAYS_TIME_SERIES,
    CORONAGRAPHY,
    DIRECT_IMAGES,
    INTERFEROMETRY,
    ROLE_OF_EXP_TYPE,
)
from asngraph.model.optical_paths import OPTICAL_FACTS
from asngraph.model.pool import Pool
from asngraph.model.roles import Role

# A flag changes the role of a science exposure; the first flag that is set decides (SPECIAL_EXPOSURE_MODIFIERS).
ROLE_OF_FLAG = {"is_psf": "psf", "is_imprt": "imprint", "bkgdtarg": "background"}

# The pool's columns from which each derived column is computed.
INPUTS_OF_FACTS = {
    **dict.fromkeys(("role", "exptype"), ("exp_type", "pntgtype", *ROLE_OF_FLAG)),
    **{name: fact.fields for name, fact in OPTICAL_FACTS.items()},
}


class Roles(Enum):
    """How a rule maps an exposure's role to ``exptype`` in its associations."""

    PLAIN = "as it is"
    LEVEL2 = "a psf is science"
    WFSS = "a psf is science, and a science image is a direct image"
    SCIENCE = "everything is science"
    AUXILIARY = "everything but a target acquisition is science"


class Facts(Mapping[str, Column]):
    r"""The columns of a pool and the columns derived from them; each is computed on first use.

    The derived columns are

    role
        The role of the exposure: science, background, psf, imprint, target_acquisition, ...
    exptype
        The role as a rule maps it (`for_roles`).
    slit_path, ifu_path, lamp_path, out_of_view, occulted, calibrated_soss
        Properties of the optical path, ``t`` or ``f`` (`asngraph.model.optical_paths`).

    Parameters
    ----------
    pool : Pool
        The exposures.
    more : mapping of str to callable, optional
        Derived columns of custom rules, by name: each callable takes the `Facts` and returns a `Column`.

    Raises
    ------
    UsageError
        On access to a column of custom rules whose callable fails; the message has its file and line.

    Examples
    --------
    >>> import io
    >>> text = "filename|pntgtype|exp_type|bkgdtarg\na_uncal.fits|science|mir_mrs|t\nb_uncal.fits|science|mir_tacq|f"
    >>> list(Facts(Pool.read(io.StringIO(text)))["role"])
    ['background', 'target_acquisition']
    """

    def __init__(self, pool: Pool, more: Mapping[str, Derivation] | None = None) -> None:
        self.pool = pool
        self._own: Mapping[str, Derivation] = more or {}
        self._known: dict[str, Column] = {}

    def __getitem__(self, name: str) -> Column:
        column = self._known.get(name)
        if column is None:
            column = self._known[name] = self._derived(name)
        return column

    def _derived(self, name: str) -> Column:
        if name in self._own:
            return _of_own_rules(name, self._own[name], self)
        derive = _DERIVED.get(name)
        return derive(self) if derive else self.pool[name]

    def __len__(self) -> int:
        return len({*self.pool.columns, *_DERIVED, *self._own})

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*self.pool.columns, *_DERIVED, *self._own)))

    def exptype(self, roles: Roles) -> Column:
        """Return the roles of the exposures as a rule maps them.

        Parameters
        ----------
        roles : Roles
            The rule's mapping.
        """
        name = f"exptype {roles.name}"
        column = self._known.get(name)
        if column is None:
            column = self._known[name] = self._exptype(roles)
        return column

    def _exptype(self, roles: Roles) -> Column:
        role = self["role"]
        if roles is Roles.PLAIN:
            return role
        if roles is Roles.SCIENCE:
            return _renamed(role, lambda _: "science")
        if roles is Roles.AUXILIARY:
            return _renamed(role, lambda name: name if name == Role.TARGET_ACQUISITION else "science")
        level2 = _renamed(role, lambda name: "science" if name == Role.PSF else name)
        if roles is Roles.LEVEL2:
            return level2
        image = self["exp_type"].where(lambda exp_type: exp_type in DIRECT_IMAGES)
        return _chosen(image & level2.where(lambda name: name == Role.SCIENCE), "direct_image", level2)

    def for_roles(self, roles: Roles) -> Mapping[str, Column]:
        """Return the columns for a rule, with its ``exptype``.

        Parameters
        ----------
        roles : Roles
            The rule's mapping of roles.
        """
        return _FactsOfRule(self, roles)


Derivation = Callable[[Facts], Column]


def _of_own_rules(name: str, derive: Derivation, facts: Facts) -> Column:
    """Return a column that a function of custom rules derives; errors name its file and line."""
    try:
        column = derive(facts)
    except AsnGraphError:
        raise
    except Exception as error:
        problem = f"{type(error).__name__}: {error}"
        raise UsageError(f"{_place(derive, error)}the derived column {name}: {problem}") from error
    if not isinstance(column, Column):
        problem = f"returns a {type(column).__name__}; it must return an asngraph.model.column.Column"
    elif len(column) != len(facts.pool):
        problem = f"has length {len(column)}; it must have one value for each of {len(facts.pool)} exposures"
    else:
        return column
    raise UsageError(f"{_place(derive)}the derived column {name} {problem}")


def _place(function: Derivation, error: Exception | None = None) -> str:
    """Return the file and line of a function, or of an error in it, as the beginning of a message."""
    code = getattr(function, "__code__", None)
    if code is None:
        return ""
    frames = traceback.extract_tb(error.__traceback__) if error is not None else []
    lines = [frame.lineno for frame in frames if frame.filename == code.co_filename]
    return f"{code.co_filename}, line {lines[-1] if lines else code.co_firstlineno}: "


class _FactsOfRule(Mapping[str, Column]):
    def __init__(self, facts: Facts, roles: Roles) -> None:
        self._facts, self._roles = facts, roles

    def __getitem__(self, name: str) -> Column:
        return self._facts.exptype(self._roles) if name == "exptype" else self._facts[name]

    def __len__(self) -> int:
        return len(self._facts) + 1

    def __iter__(self) -> Iterator[str]:
        return iter([*self._facts, "exptype"])


def in_integrations(facts: Facts, *, coronagraphy: bool = True) -> Mask:
    """Return the mask of the exposures whose products keep their integrations (``rateints``, ``calints``).

    Parameters
    ----------
    facts : Facts
        The exposures.
    coronagraphy : bool
        Whether this includes coronagraphic exposures; some rules treat them as ordinary images.

    Returns
    -------
    array of bool
    """
    exp_type = facts["exp_type"]
    kept = facts["tsovisit"].where(lambda text: text == "t")
    kept = kept | exp_type.where(lambda text: text in (*ALWAYS_TIME_SERIES, INTERFEROMETRY))
    if coronagraphy:
        empty = exp_type.where(lambda text: text == "nrc_coron") & facts["out_of_view"].defined
        kept = kept | (exp_type.where(lambda text: text in CORONAGRAPHY) & ~empty)
    return kept & can_be_time_series(facts)


def can_be_time_series(facts: Facts) -> Mask:
    """Return the mask of the exposures for which time-series flags count: science pointings without acquisitions.

    Parameters
    ----------
    facts : Facts
        The exposures.

    Returns
    -------
    array of bool
    """
    return facts["pntgtype"].where(lambda text: text == Role.SCIENCE) & ~facts["exp_type"].where(
        lambda text: text in ACQUISITIONS
    )


def _role(facts: Facts) -> Column:
    """Return the role of each exposure (``get_exposure_type`` of jwst.associations.lib.dms_base)."""
    role = _renamed(
        facts["exp_type"], lambda text: ROLE_OF_EXP_TYPE.get(text, "science") if is_defined(text) else "null"
    )
    science = role.where(lambda text: text == Role.SCIENCE)
    for flag, name in reversed(ROLE_OF_FLAG.items()):
        role = _chosen(science & facts[flag].defined, name, role)
    pointing = facts["pntgtype"]
    return _either(pointing.defined & pointing.where(lambda text: text != Role.SCIENCE), pointing, role)


def _optical(name: str) -> Derivation:
    fields, holds, _ = OPTICAL_FACTS[name]

    def derive(facts: Facts) -> Column:
        columns = [facts[field] for field in fields]
        answers: dict[tuple[int, ...], int] = {}
        codes = []
        for key in zip(*(column.keys.tolist() for column in columns), strict=True):
            answer = answers.get(key)
            if answer is None:
                texts = (column.values[code] if code >= 0 else "" for column, code in zip(columns, key, strict=True))
                answer = answers[key] = int(holds(*texts))
            codes.append(answer)
        return Column(["f", "t"], np.array(codes, dtype=np.int32))

    return derive


_DERIVED: dict[str, Derivation] = {"role": _role, **{name: _optical(name) for name in OPTICAL_FACTS}}


def _renamed(column: Column, name_of: Callable[[str], str]) -> Column:
    names = Column.of(map(name_of, column.values))
    return Column(names.values, names.codes[column.codes])


def _chosen(mask: Mask, name: str, otherwise: Column) -> Column:
    return _either(mask, Column.constant(name, len(otherwise)), otherwise)


def _either(mask: Mask, one: Column, other: Column) -> Column:
    """Return the rows of one column where a mask is set, and of another elsewhere."""
    values = list(dict.fromkeys([*one.values, *other.values]))
    number = {value: code for code, value in enumerate(values)}
    ones: Codes = np.array([number[value] for value in one.values], dtype=np.int32)
    others: Codes = np.array([number[value] for value in other.values], dtype=np.int32)
    return Column(values, np.where(mask, ones[one.codes], others[other.codes]).astype(np.int32))
