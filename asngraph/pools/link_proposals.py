"""Proposals of links that a pool lacks."""

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
    """A proposed link.

    Parameters
    ----------
    type : str
        The type of the link (`asngraph.pools.link.TYPES`).
    observations : tuple of str
        The observations, as `asngraph.pools.link.link` accepts them.
    reason : str
        The reason for the proposal.
    """

    type: str
    observations: tuple[str, ...]
    reason: str

    def command(self, pool: str) -> str:
        """Return the command that adds the link to a pool.

        Parameters
        ----------
        pool : str
            The file of the pool.
        """
        words = ["asngraph", "pool", "link", pool, "--in-place", "--type", self.type, *self.observations]
        return shlex.join(words)


def propose(pool: Pool) -> list[Proposal]:
    """Return proposals of links that a pool lacks.

    Links are proposed between a science target and observations flagged as background or PSF reference, between several
    observations of one target with the same set-up, and between parallel grism spectra and their direct images.

    Parameters
    ----------
    pool : Pool
        The exposures.

    Returns
    -------
    list of Proposal
        Links that the pool does not have. They need a decision: one program combines observations as a mosaic that
        another keeps separate.

    Examples
    --------
    >>> from asngraph.simulation import simulate
    >>> from asngraph.model.pool import changed
    >>> pool = simulate(12, ["imaging-with-background"], seed=2)
    >>> propose(pool)
    []
    >>> unlinked = changed(pool, {(row, "asn_candidate"): f"[('o00{number}', 'observation')]"
    ...                           for row, number in enumerate(pool["obs_num"])})
    >>> propose(unlinked)[0].command("pool.csv")
    'asngraph pool link pool.csv --in-place --type background 1 2'
    """
    programs: defaultdict[str, list[Observation]] = defaultdict(list)
    several = len({*pool["program"]}) > 1
    for observation in observations_of(pool):
        if observation.number.isdecimal():
            programs[observation.program].append(observation)
    return [
        Proposal(type_, tuple(f"{found.program}:{found.name}" if several else found.name for found in chosen), reason)
        for own in programs.values()
        for find in (_backgrounds, _references, _same_target, _parallels)
        for type_, chosen, reason in find(own)
        if not _linked(chosen, type_)
    ]


_Found = tuple[str, list[Observation], str]


def _linked(observations: Sequence[Observation], type_: str) -> bool:
    """Return whether observations share a candidate of a type, or of a type with the same effect."""
    types = {type_, "mosaic", "group"} if type_ in ("mosaic", "group") else {type_}
    common = set(observations[0].candidates).intersection(*(other.candidates for other in observations[1:]))
    return any(candidate.type in types for candidate in common)


def _by_target(observations: Sequence[Observation]) -> list[list[Observation]]:
    """Return the science observations grouped by target, or by targets when they have several."""
    targets: defaultdict[tuple[str, ...], list[Observation]] = defaultdict(list)
    for observation in observations:
        serves = observation.is_background or observation.is_psf or observation.is_parallel
        if observation.targets and observation.science and not serves:
            targets[observation.targets].append(observation)
    return list(targets.values())


def _with(served: Sequence[Observation], serving: Sequence[Observation], kind: str) -> Iterator[_Found]:
    """Yield links of calibrating observations with the targets whose set-ups they share."""
    for own in _by_target(served):
        type_ = "background" if kind == "background" else str(own[0].set_type)
        free = [other for other in serving if type_ not in (candidate.type for candidate in other.candidates)]
        setups = frozenset[tuple[str, ...]]().union(*(science.setups for science in own))
        fits = [other for other in free if other.setups & setups and other.targets != own[0].targets]
        sharing = [science for science in own if any(science.setups & other.setups for other in fits)]
        if fits:
            names = ", ".join(other.name for other in fits)
            verb = "is" if len(fits) == 1 else "are"
            with_setup = ", ".join(science.name for science in sharing)
            reason = f"{names} {verb} flagged as {kind}, with the set-up of {with_setup}"
            yield type_, [*sharing, *fits], reason + _of_targets(sharing)


def _backgrounds(observations: Sequence[Observation]) -> Iterator[_Found]:
    yield from _with(observations, [other for other in observations if other.is_background], "background")


def _references(observations: Sequence[Observation]) -> Iterator[_Found]:
    sets = [observation for observation in observations if observation.set_type]
    yield from _with(sets, [other for other in sets if other.is_psf], "PSF reference")


def _same_target(observations: Sequence[Observation]) -> Iterator[_Found]:
    for own in _by_target(observations):
        for some in _sharing(own, lambda one, other: bool(one.setups & other.setups)):
            images = any(setup[1] in _IMAGES for observation in some for setup in observation.setups)
            names = " and ".join(observation.name for observation in some)
            reason = f"{names} have the same target and a set-up in common" + _of_targets(some)
            yield "mosaic" if images else "group", some, reason


def _parallels(observations: Sequence[Observation]) -> Iterator[_Found]:
    parallel = [observation for observation in observations if observation.is_parallel]
    grisms = [other for other in parallel if GRISMS & set(other.modes)]
    images = [other for other in parallel if _IMAGES & set(other.modes) and not GRISMS & set(other.modes)]
    for image in images:
        fits = [grism for grism in grisms if set(grism.instruments) & set(image.instruments)]
        if fits and len(images) == 1:
            names = ", ".join(grism.name for grism in fits)
            yield "direct_image", [image, *fits], f"{image.name} has direct images, parallel like the grisms of {names}"


def _sharing(
    observations: Sequence[Observation], share: Callable[[Observation, Observation], bool]
) -> list[list[Observation]]:
    """Return groups of at least two observations, connected by pairs that share something."""
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
    names = list(dict.fromkeys(name for observation in observations for name in observation.target_names))
    return f" ({', '.join(names[:3])}{', ...' if len(names) > 3 else ''})" if names else ""
