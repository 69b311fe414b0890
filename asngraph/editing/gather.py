"""Gathering an association and its members in one folder."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from asngraph.editing.checks import is_data, known_exptype, leads_outside
from asngraph.editing.documents import Document, read_document
from asngraph.editing.edit import tell_degraded
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

_AT_ONCE = 1 << 20  # bytes that are copied


@dataclass
class Gathered:
    """What became of it.

    Attributes
    ----------
    path : path
        The association in the new folder; it is written once all of its files are there.
    copied, there : list of str
        The files that were copied or linked, and those that were there already, and are the same.
    missing : list of path
        The files that are nowhere.
    flattened : int
        How many names of members lost their folder.
    """

    path: Path
    copied: list[str] = field(default_factory=list)
    there: list[str] = field(default_factory=list)
    missing: list[Path] = field(default_factory=list)
    flattened: int = 0


@dataclass(frozen=True)
class Choice:
    """What is gathered, and how.

    Parameters
    ----------
    only, without : collection of str
        The roles of the members that are gathered, all if there are none; and those that are left out.
    link : bool
        Whether files are linked instead of copied.
    overwrite : bool
        Whether files in the new folder that differ are replaced.
    allow_outside : bool
        Whether links may lead outside the source folder, and names to files there that are no data.
    """

    only: Collection[str] = ()
    without: Collection[str] = ()
    link: bool = False
    overwrite: bool = False
    allow_outside: bool = False

    def takes(self, exptype: str) -> bool:
        """Tell whether members of a role are gathered."""
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
    """Copy or link an association and its members into one folder, where members have no folder in their names.

    Files are copied beside their places and moved there once they are the same as the source, by size and SHA-256.
    When this is interrupted, or files are missing, it can be asked for again: what is there already is compared and
    left. The association comes last.

    Parameters
    ----------
    path : path
        The association.
    destination : path
        The folder; it is made if there is none.
    source : path, optional
        The folder where the members are; by default that of the association.
    choice : Choice, optional
        What is gathered, and how.
    graph : AssociationGraph, optional
        The graph of the pool: its MSA metadata files come too.
    watch : callable, optional
        Goes through the files and shows how far the work has come.

    Returns
    -------
    Gathered

    Raises
    ------
    UsageError
        When nothing is left to gather, two files have one name, or the folder is that of the association.
    AsnGraphError
        When a link leads outside the source folder, a name to a file there that is no data, or a file that is there
        differs.
    """
    choice = choice or Choice()
    document = read_document(path, allow_outside=choice.allow_outside)
    there = {member["exptype"] for member in document.association.members}
    only, without = ([known_exptype(name, also=there) for name in names] for names in (choice.only, choice.without))
    choice = replace(choice, only=only, without=without)
    origin, folder = Path(source or document.path.parent), Path(destination)
    if not origin.is_dir():
        raise UsageError(f"{origin}: there is no such folder")
    if folder.exists() and real_path(folder) in (real_path(origin), real_path(document.path).parent):
        raise UsageError(f"{folder} is where the association or its members are; name another folder")
    wanted = _rewrite(document, choice)
    for plan in plans_of(wanted, graph) if graph is not None else []:
        wanted.setdefault(plan, plan)
    sources = {name: _inside(origin, expname, choice) for name, expname in wanted.items()}
    make_folder(folder)
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
        raise OutputExistsError(path, "is there already and differs from what was to be written") from None


def _rewrite(document: Document, choice: Choice) -> dict[str, str]:
    """Leave out what is not gathered, and take the folders from the names; return each name with what it was."""
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
                raise UsageError(f"{document.path}: {other} and {expname} would have one name in one folder")
            member["expname"] = name
    association["products"][:] = [product for product in association.products if product["members"]]
    if document.path.name in wanted:
        raise UsageError(f"{document.path}: a member has the name of the association itself")
    if not wanted:
        raise UsageError(f"{document.path}: none of its members is to be gathered, by their exptypes")
    tell_degraded(association, before)
    return wanted


def _inside(origin: Path, expname: str, choice: Choice) -> Path:
    """Find a member's file; one outside the source folder has to be named as such, and to be data."""
    place = origin / expname.replace("\\", "/")
    there = real_path(place)
    if choice.allow_outside or there.is_relative_to(real_path(origin)):
        return place
    if leads_outside(expname) and is_data(there.name):
        return place
    raise OutsideFolderError(place, f"{origin}, at {there}")


def _take(place: Path, target: Path, choice: Choice) -> bool:
    """Copy or link a file, unless it is there; return whether there was anything to do."""
    if target.is_symlink() and real_path(target) == real_path(place):
        return False
    if target.exists() and not target.is_symlink():
        if _same(place, target):
            return False
        if not choice.overwrite:
            raise OutputExistsError(target, f"is there already and differs from {place}")
    elif target.is_symlink() and not choice.overwrite:
        raise OutputExistsError(target, f"is there already, as a link to another file than {place}")
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
    """Compare two files by size, and then by their SHA-256."""
    return one.stat().st_size == other.stat().st_size and _digest(one) == _digest(other)


def _digest(path: Path) -> bytes:
    with open_input(path) as file:
        return hashlib.file_digest(file, "sha256").digest()
