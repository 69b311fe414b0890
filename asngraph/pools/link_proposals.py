"""Links that a pool suggests and does not have."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from asngraph.model.exposure_types import DIRECT_IMAGES, GRISMS
from asngraph.model.pool import Pool
from asngraph.pools.observations import Observation, observations_of

_IMAGES = frozenset({*DIRECT_IMAGES, "fgs_image"})


class Proposal(NamedTuple):
    """A link that could be made.

    Parameters
    ----------
    type : str
        What it would be for (`asngraph.pools.link.TYPES`).
    observations : tuple of str
        The observations, as `asngraph.pools.link.link` takes them.
    reason : str
        What suggests it.
    """

    type: str
    observations: tuple[str, ...]
    reason: str

    def command(self, pool: str) -> str:
        """Write the command that would make it.

        Parameters
        ----------
        pool : str
            The file of the pool.
        """
        words = ["asngraph", "pool", "link", pool, "--in-place", "--type", self.type, *self.observations]
        return shlex.join(words)


def propose(pool: Pool) -> list[Proposal]:
    """Find links that a pool suggests: of a science target with what is flagged as its background or PSF reference, of
    several observations of one target with the same set-up, and of parallel grism spectra with their direct images.

    Parameters
    ----------
    pool : Pool
        The exposures.

    Returns
    -------
    list of Proposal
        None of them is there already. They are suggestions: what one program calls a mosaic another keeps apart.

    Examples
    --------
    >>> from asngraph.simulation import simulate
    >>> from asngraph.model.pool import changed
    >>> pool = simulate(12, ["imaging-with-background"], seed=2)
    >>> propose(pool)
    []
    >>> alone = changed(pool, {(row, "asn_candidate"): f"[('o00{number}', 'observation')]"
    ...                        for row, number in enumerate(pool["obs_num"])})
    >>> propose(alone)[0].command("pool.csv")
    'asngraph pool link pool.csv --in-place --type background 1 2'
    """  # noqa: D205
    programs: defaultdict[str, list[Observation]] = defaultdict(list)
    several = len({*pool["program"]}) > 1
    for each in observations_of(pool):
        if each.number.isdecimal():
            programs[each.program].append(each)
    return [
        Proposal(type_, tuple(f"{each.program}:{each.name}" if several else each.name for each in chosen), reason)
        for own in programs.values()
        for find in (_backgrounds, _references, _same_target, _parallels)
        for type_, chosen, reason in find(own)
        if not _linked(chosen, type_)
    ]


_Found = tuple[str, list[Observation], str]


def _linked(observations: Sequence[Observation], type_: str) -> bool:
    """Tell whether observations are under a common candidate of a type, or of one that does the same."""
    types = {type_, "mosaic", "group"} if type_ in ("mosaic", "group") else {type_}
    common = set(observations[0].candidates).intersection(*(each.candidates for each in observations[1:]))
    return any(each.type in types for each in common)


def _by_target(observations: Sequence[Observation]) -> list[list[Observation]]:
    """Put science observations of one target together; of several targets, those of the same ones."""
    targets: defaultdict[tuple[str, ...], list[Observation]] = defaultdict(list)
    for each in observations:
        if each.targets and each.science and not each.is_background and not each.is_psf and not each.is_parallel:
            targets[each.targets].append(each)
    return list(targets.values())


def _with(served: Sequence[Observation], serving: Sequence[Observation], kind: str) -> Iterator[_Found]:
    """Join what serves to each target whose set-ups it shares."""
    for own in _by_target(served):
        type_ = "background" if kind == "background" else str(own[0].set_type)
        free = [each for each in serving if type_ not in (candidate.type for candidate in each.candidates)]
        setups = frozenset[tuple[str, ...]]().union(*(each.setups for each in own))
        fits = [each for each in free if each.setups & setups and each.targets != own[0].targets]
        sharing = [each for each in own if any(each.setups & other.setups for other in fits)]
        if fits:
            names = ", ".join(each.name for each in fits)
            verb = "is" if len(fits) == 1 else "are"
            reason = f"{names} {verb} flagged as {kind}, with the set-up of {', '.join(each.name for each in sharing)}"
            yield type_, [*sharing, *fits], reason + _of_targets(sharing)


def _backgrounds(observations: Sequence[Observation]) -> Iterator[_Found]:
    yield from _with(observations, [each for each in observations if each.is_background], "background")


def _references(observations: Sequence[Observation]) -> Iterator[_Found]:
    sets = [each for each in observations if each.set_type]
    yield from _with(sets, [each for each in sets if each.is_psf], "PSF reference")


def _same_target(observations: Sequence[Observation]) -> Iterator[_Found]:
    for own in _by_target(observations):
        for some in _sharing(own, lambda one, other: bool(one.setups & other.setups)):
            images = any(setup[1] in _IMAGES for each in some for setup in each.setups)
            names = " and ".join(each.name for each in some)
            reason = f"{names} have the same target and a set-up in common" + _of_targets(some)
            yield "mosaic" if images else "group", some, reason


def _parallels(observations: Sequence[Observation]) -> Iterator[_Found]:
    parallel = [each for each in observations if each.is_parallel]
    grisms = [each for each in parallel if GRISMS & set(each.modes)]
    images = [each for each in parallel if _IMAGES & set(each.modes) and not GRISMS & set(each.modes)]
    for image in images:
        fits = [each for each in grisms if set(each.instruments) & set(image.instruments)]
        if fits and len(images) == 1:
            names = ", ".join(each.name for each in fits)
            yield "direct_image", [image, *fits], f"{image.name} has direct images, parallel like the grisms of {names}"


def _sharing(
    observations: Sequence[Observation], share: Callable[[Observation, Observation], bool]
) -> list[list[Observation]]:
    """Put observations together that share something, two by two; only what is not alone."""
    import networkx as nx

    graph = nx.Graph()
    graph.add_nodes_from(range(len(observations)))
    graph.add_edges_from(
        (one, other)
        for one in range(len(observations))
        for other in range(one)
        if share(observations[one], observations[other])
    )
    parts = (sorted(part) for part in nx.connected_components(graph) if len(part) > 1)
    return [[observations[number] for number in part] for part in parts]


def _of_targets(observations: Sequence[Observation]) -> str:
    names = list(dict.fromkeys(name for each in observations for name in each.target_names))
    return f" ({', '.join(names[:3])}{', ...' if len(names) > 3 else ''})" if names else ""
