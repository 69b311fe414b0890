"""Gather an association and its members in one folder."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from asngraph.editing.checks import is_data, known_exptype, leads_outside
from asngraph.editing.documents import Document, read_document
from asngraph.editing.edit import update_degraded_status
from asngraph.editing.required_files import plans_of
from asngraph.errors import AsnGraphError, OutputExistsError, OutsideFolderError, UsageError
from asngraph.graph.association_graph import AssociationGraph
from asngraph.model.association import association_bytes
from asngraph.model.filenames import file_name
from asngraph.model.roles import role_of
from asngraph.util.atomic import write_durably
from asngraph.util.limits import open_input, real_path
from asngraph.util.locking import locked
from asngraph.util.staging import Staging, make_folder
from asngraph.util.temporary_folders import sweep

_AT_ONCE = 1 << 20  # the number of bytes to copy at once


@dataclass
class Gathered:
    """Result of gathering an association.

    Attributes
    ----------
    path : path
        The association in the new folder; it is written when all of its files are present.
    copied, there : list of str
        The files that were copied or linked, and those that were already present and identical.
    missing : list of path
        The files that were not found.
    flattened : int
        The number of member names from which the folder was removed.
    """

    path: Path
    copied: list[str] = field(default_factory=list)
    there: list[str] = field(default_factory=list)
    missing: list[Path] = field(default_factory=list)
    flattened: int = 0


@dataclass(frozen=True)
class Choice:
    """Options of gathering.

    Parameters
    ----------
    only, without : collection of str
        The roles of members to gather (all if empty), and the roles to leave out.
    link : bool
        Whether to link files instead of copying them.
    overwrite : bool
        Whether to replace files in the new folder that differ.
    allow_outside : bool
        Whether links may lead outside the source folder, and whether files outside may be other than data.
    copy : callable, optional
        Function that copies a file to a new path, instead of copying and comparing it here.
    """

    only: Collection[str] = ()
    without: Collection[str] = ()
    link: bool = False
    overwrite: bool = False
    allow_outside: bool = False
    copy: Callable[[Path, Path], None] | None = None

    def takes(self, exptype: str) -> bool:
        """Return whether to gather members of a role.

        Parameters
        ----------
        exptype : str
            The role.

        Returns
        -------
        bool
        """
        names = {exptype, role_of(exptype)}
        return (not self.only or not names.isdisjoint(self.only)) and names.isdisjoint(self.without)


def gather(
    path: str | os.PathLike[str],
    destination: str | os.PathLike[str],
    *,
    source: str | os.PathLike[str] | None = None,
    choice: Choice | None = None,
    graph: AssociationGraph | None = None,
    watch: Callable[[Sequence[Path]], Iterable[Path]] = iter,
) -> Gathered:
    """Copy or link an association and its members into one folder, and remove folders from the members' names.

    Files are copied under temporary names, compared with the source by size and SHA-256, and then renamed. After an
    interruption, or if files are missing, the call can be repeated: files that are present are only compared. The
    association is written last.

    Parameters
    ----------
    path : path
        The association.
    destination : path
        The new folder; it is created if it does not exist.
    source : path, optional
        The folder of the members; by default that of the association.
    choice : Choice, optional
        The options.
    graph : AssociationGraph, optional
        The graph of the pool, to gather its MSA metadata files, too.
    watch : callable, optional
        Function that yields the files, to show progress.

    Returns
    -------
    Gathered

    Raises
    ------
    UsageError
        When nothing is left to gather, two files have the same name, or the folder is that of the association.
    AsnGraphError
        When a link leads outside the source folder, a file outside is not data, or an existing file differs.
    """
    choice = choice or Choice()
    document = read_document(path, allow_outside=choice.allow_outside)
    there = {member["exptype"] for member in document.association.members}
    only, without = ([known_exptype(name, also=there) for name in names] for names in (choice.only, choice.without))
    choice = replace(choice, only=only, without=without)
    origin, folder = Path(source or document.path.parent), Path(destination)
    if not origin.is_dir():
        raise UsageError(f"{origin}: the folder does not exist")
    if folder.exists() and real_path(folder) in (real_path(origin), real_path(document.path).parent):
        raise UsageError(f"{folder} is the folder of the association or its members; name another folder")
    wanted = _rewrite(document, choice)
    for plan in plans_of(wanted, graph) if graph is not None else []:
        wanted.setdefault(plan, plan)
    sources = {name: _inside(origin, expname, choice) for name, expname in wanted.items()}
    make_folder(folder)
    sweep(folder)  # where all files are present, nothing is staged
    with locked(folder):
        flattened = sum(name != expname for name, expname in wanted.items())
        return _gather(document, sources, folder, choice, watch, flattened)


def _gather(
    document: Document,
    sources: dict[str, Path],
    folder: Path,
    choice: Choice,
    watch: Callable[[Sequence[Path]], Iterable[Path]],
    flattened: int,
) -> Gathered:
    result = Gathered(folder / document.path.name, flattened=flattened)
    names = {place: name for name, place in sources.items()}
    for place in watch(list(sources.values())):
        name = names[place]
        if not place.is_file():
            result.missing.append(place)
        elif _take(place, folder / name, choice):
            result.copied.append(name)
        else:
            result.there.append(name)
    if not result.missing:
        _write(document, result.path, overwrite=choice.overwrite)
    return result


def _write(document: Document, path: Path, *, overwrite: bool) -> None:
    content = document.text.encode()
    if path.exists() and association_bytes(path) == content:
        return
    try:
        write_durably(path, content, replace=overwrite)
    except FileExistsError:
        raise OutputExistsError(path, "already exists and differs from what was to be written") from None


def _rewrite(document: Document, choice: Choice) -> dict[str, str]:
    """Remove members that are not gathered, and the folders of names; return the old name of each new name."""
    association = document.association
    before = association.members
    wanted: dict[str, str] = {}
    for product in association.products:
        product["members"][:] = [member for member in product["members"] if choice.takes(member["exptype"])]
        for member in product["members"]:
            expname = member["expname"]
            name = file_name(expname)
            other = wanted.setdefault(name, expname)
            if PurePosixPath(other) != PurePosixPath(expname):
                raise UsageError(f"{document.path}: {other} and {expname} would get the same name; rename one of them")
            member["expname"] = name
    association["products"][:] = [product for product in association.products if product["members"]]
    if document.path.name in wanted:
        raise UsageError(f"{document.path}: a member has the name of the association; rename one of them")
    if not wanted:
        raise UsageError(f"{document.path}: the chosen exptypes exclude all members; choose others")
    update_degraded_status(association, before)
    return wanted


def _inside(origin: Path, expname: str, choice: Choice) -> Path:
    """Return the path of a member; one outside the source folder must be named by its path, and be data."""
    place = origin / expname.replace("\\", "/")
    there = real_path(place)
    if choice.allow_outside or there.is_relative_to(real_path(origin)):
        return place
    if leads_outside(expname) and is_data(there.name):
        return place
    raise OutsideFolderError(place, f"{origin}, at {there}")


def _take(place: Path, target: Path, choice: Choice) -> bool:
    """Copy or link a file unless it is present; return whether it was done."""
    if choice.copy is not None:
        choice.copy(place, target)
        return True
    if target.is_symlink() and real_path(target) == real_path(place):
        return False
    if target.exists() and not target.is_symlink():
        if _same(place, target):
            return False
        if not choice.overwrite:
            raise OutputExistsError(target, f"already exists and differs from {place}")
    elif target.is_symlink() and not choice.overwrite:
        raise OutputExistsError(target, f"already exists, as a link to another file than {place}")
    with Staging(target.parent, output=target) as staging:
        if choice.link:
            staging.add_link(target.name, real_path(place))
        else:
            with staging.open(target.name) as file, place.open("rb") as source:
                shutil.copyfileobj(source, file, _AT_ONCE)
            shutil.copystat(place, file.name)
            if not _same(place, Path(file.name)):
                raise AsnGraphError(
                    f"{target}: the copy differs from {place}; the disk may be failing, or it is being written"
                )
        staging.publish(replace=choice.overwrite)
    return True


def _same(one: Path, other: Path) -> bool:
    """Return whether two files are identical, by size and SHA-256."""
    return one.stat().st_size == other.stat().st_size and _digest(one) == _digest(other)


def _digest(path: Path) -> bytes:
    with open_input(path) as file:
        return hashlib.file_digest(file, "sha256").digest()
