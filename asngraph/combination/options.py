"""Options of combining exposures, as users write them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from asngraph.combination.grouping import Grouping
from asngraph.combination.product_names import ProductTemplate
from asngraph.errors import UsageError
from asngraph.model.column import Mask
from asngraph.rules.conditions import Condition, parse_condition
from asngraph.rules.predicates import Facts
from asngraph.util.limits import POOL, read_bounded

STAGES = (2, 3)
BY = "target,optics"
# In place of a condition: the exposures whose headers flag them.
FLAG = "flag"
TIME = "expstart"


@dataclass(frozen=True)
class Choice:
    """The exposures that serve others: those that are flagged, or those that meet a condition.

    Parameters
    ----------
    role : str
        Their role.
    condition : Condition, optional
        The condition; without one, the flag of the role counts.
    """

    role: str
    condition: Condition | None = None

    @classmethod
    def parse(cls, role: str, text: str | None) -> Choice | None:
        """Return the choice of a text: ``flag`` or a condition; None without a text.

        Parameters
        ----------
        role : str
            The role of the exposures.
        text : str, optional
            The text.
        """
        if text is None:
            return None
        flagged = text.strip().lower() == FLAG
        return cls(role, None if flagged else parse_condition(text, values_in))

    def mask(self, facts: Facts) -> Mask:
        """Return the mask of the exposures.

        Parameters
        ----------
        facts : mapping of str to Column
            The columns of the exposures.
        """
        if self.condition is not None:
            return self.condition.predicate.mask(facts)
        return facts["role"].where(lambda role: role == self.role)


@dataclass(frozen=True)
class Options:
    """Options of combining exposures (`asngraph.combination.combine`)."""

    grouping: Grouping
    stages: tuple[int, ...] = (3,)
    where: Condition | None = None
    background: Choice | None = None
    psf: Choice | None = None
    nods: bool = False
    imprints: bool = False
    selfcal: bool = False
    direct_images: bool = False
    nearest: int | None = None
    suffix: str | None = None
    template: ProductTemplate | None = None
    asn_id: str | None = "a3001"
    folder: Path = field(default_factory=Path)

    @property
    def conditions(self) -> Iterator[Condition]:
        """The conditions, in the order of the options."""
        chosen = [choice.condition for choice in (self.background, self.psf) if choice is not None]
        yield from (condition for condition in (self.where, *chosen) if condition is not None)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the options mention."""
        names = [*self.grouping.columns, *(self.template.fields if self.template else ())]
        names += [name for condition in self.conditions for name in condition.fields]
        names += [TIME] if self.nearest else []
        names += ["readpatt"] if self.imprints else []
        return tuple(dict.fromkeys(names))


def values_in(path: str) -> list[str]:
    """Return the values in a text file: one on each line; empty lines and those that begin with # are skipped.

    Parameters
    ----------
    path : str
        The file.

    Raises
    ------
    UsageError
        When the file cannot be read, or has no values.
    """
    try:
        text = read_bounded(path, POOL).decode()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or 'is not UTF-8 text'}") from None
    lines = [line.strip() for line in text.splitlines()]
    values = [line for line in lines if line and not line.startswith("#")]
    if not values:
        raise UsageError(f"{path}: has no values; it has one on each line")
    return values


def stages_of(stages: int | Sequence[int]) -> tuple[int, ...]:
    """Return the stages, 3 before 2, since stage 2 uses products of stage 3 (direct images).

    Parameters
    ----------
    stages : int or sequence of int
        2, 3 or both.

    Raises
    ------
    UsageError
        When there are others, or none.
    """
    wanted = {stages} if isinstance(stages, int) else set(stages)
    if not wanted or not wanted <= set(STAGES):
        raise UsageError(f"unknown stage {', '.join(map(str, sorted(wanted - set(STAGES))))}; use 2, 3 or both")
    return tuple(sorted(wanted, reverse=True))


def suffix_of(suffix: str | None) -> str | None:
    """Return a suffix without a leading underscore.

    Parameters
    ----------
    suffix : str, optional
        The suffix, such as ``_jhat``.

    Raises
    ------
    UsageError
        When it cannot be a suffix.
    """
    if suffix is None:
        return None
    plain = suffix.removeprefix("_")
    if not plain.replace("-", "").replace("_", "").isalnum() or not plain.isascii():
        raise UsageError(f"invalid suffix {suffix!r}; use letters, digits, - and _, such as _cal or _jhat")
    return plain
