"""Change association files, one or a whole folder, atomically: a file has either its old or its new content."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from asngraph.editing import edit
from asngraph.editing.checks import known_exptype, problems
from asngraph.editing.documents import Document, association_files, json_associations, opened
from asngraph.errors import AsnGraphError, FileError, UsageError
from asngraph.model.association import Association
from asngraph.util.signals import deferred

Change = Callable[[Document], edit.Outcome]


@dataclass(frozen=True)
class Edited:
    """Result of editing a file.

    Attributes
    ----------
    path : path
        The file.
    association : Association
        Its new content.
    changed : list of str
        The changes, one line each; empty if there are none.
    left : list of str
        The requested changes that were already in place.
    refused : list of str
        The requested changes that contradict the association, and were not made.
    problems : list of str
        The problems that keep pipelines from processing the association.
    diff : str
        The change, as a unified diff, for a dry run.
    kept : path, optional
        The backup of the old file, if one was kept.
    """

    path: Path
    association: Association
    changed: list[str]
    left: list[str]
    refused: list[str]
    problems: list[str]
    diff: str
    kept: Path | None = None


@dataclass(frozen=True)
class EditOptions:
    """Options of changing files.

    Parameters
    ----------
    product : str, optional
        The only product to change; files without it are not changed, and it is an error if all lack it.
    asn_type : str, optional
        The only type of association to change.
    dry_run : bool
        Whether to write nothing.
    keep : bool
        Whether to keep the old files, with ``.bak`` after their names.
    allow_outside : bool
        Whether added files may be outside the association's folder.
    watch : callable
        Function that yields the files to write, to show progress.
    """

    product: str | None = None
    asn_type: str | None = None
    dry_run: bool = False
    keep: bool = False
    allow_outside: bool = False
    watch: Callable[[Sequence[Document]], Iterable[Document]] = iter


_DEFAULTS = EditOptions()


def add(
    paths: Sequence[str | os.PathLike[str]], additions: Iterable[edit.Addition], how: EditOptions = _DEFAULTS
) -> list[Edited]:
    """Add members to associations (`asngraph.editing.edit.add`).

    Parameters
    ----------
    paths : sequence of path
        Files of associations, or folders of them.
    additions : iterable of Addition
        The members to add; file names with a folder are relative to the working folder.
    how : EditOptions
        The options.

    Returns
    -------
    list of Edited
        One for each file.

    Raises
    ------
    UsageError
        When the product or an exptype is unknown, or a file is in another folder.
    """
    wanted = list(additions)

    def change(document: Document) -> edit.Outcome:
        folder = document.path.parent
        named = [
            each._replace(expname=edit.as_member(each.expname, folder, allow_outside=how.allow_outside))
            for each in wanted
        ]
        return edit.add(document.association, named, how.product)

    return _apply(paths, change, how)


def remove(
    paths: Sequence[str | os.PathLike[str]],
    names: Sequence[str],
    exptype: str | None = None,
    how: EditOptions = _DEFAULTS,
    *,
    exact: bool = False,
) -> list[Edited]:
    """Remove members from associations (`asngraph.editing.edit.remove`).

    Parameters
    ----------
    paths : sequence of path
        Files of associations, or folders of them.
    names : sequence of str
        The members; if empty, all in the role.
    exptype : str, optional
        The role.
    how : EditOptions
        The options.
    exact : bool
        Whether names match only members that are written in the same way.

    Returns
    -------
    list of Edited
        One for each file.

    Raises
    ------
    UsageError
        When a member or the exptype is unknown; then nothing is written.
    """
    roles: set[str] = set()

    def change(document: Document) -> edit.Outcome:
        roles.update(member["exptype"] for member in document.association.members)
        return edit.remove(document.association, names, exptype, how.product, exact=exact)

    def check() -> None:
        if exptype is not None:
            known_exptype(exptype, also=roles)

    return _apply(paths, change, how, names, check)


def set_exptype(
    paths: Sequence[str | os.PathLike[str]], exptype: str, names: Sequence[str], how: EditOptions = _DEFAULTS
) -> list[Edited]:
    """Set the role of members of associations (`asngraph.editing.edit.set_exptype`).

    Parameters
    ----------
    paths : sequence of path
        Files of associations, or folders of them.
    exptype : str
        The role.
    names : sequence of str
        The members.
    how : EditOptions
        The options.

    Returns
    -------
    list of Edited
        One for each file.

    Raises
    ------
    UsageError
        When a member is unknown; then nothing is written.
    """
    return _apply(paths, lambda each: edit.set_exptype(each.association, exptype, names, how.product), how, names)


def set_suffix(
    paths: Sequence[str | os.PathLike[str]],
    old: str,
    new: str,
    exptype: str | None = None,
    how: EditOptions = _DEFAULTS,
) -> list[Edited]:
    """Replace the suffix of members of associations (`asngraph.editing.edit.set_suffix`).

    Parameters
    ----------
    paths : sequence of path
        Files of associations, or folders of them.
    old, new : str
        The suffixes, such as ``_cal`` and ``_jhat``.
    exptype : str, optional
        The only role whose members are changed.
    how : EditOptions
        The options.

    Returns
    -------
    list of Edited
        One for each file.

    Raises
    ------
    UsageError
        When no member has the old suffix; then nothing is written.
    """
    changes: list[str] = []

    def change(document: Document) -> edit.Outcome:
        done = edit.set_suffix(document.association, old, new, exptype, how.product)
        changes.extend(done.changed)
        return done

    def check() -> None:
        if not changes:
            raise UsageError(f"no member has the suffix {old}; nothing was changed")

    return _apply(paths, change, how, check=check)


def set_type(paths: Sequence[str | os.PathLike[str]], asn_type: str, how: EditOptions = _DEFAULTS) -> list[Edited]:
    """Set the type of associations (`asngraph.editing.edit.set_type`).

    Parameters
    ----------
    paths : sequence of path
        Files of associations, or folders of them.
    asn_type : str
        The type, such as ``image2``.
    how : EditOptions
        The options.

    Returns
    -------
    list of Edited
        One for each file.

    Raises
    ------
    UsageError
        When the type is unknown.
    """
    return _apply(paths, lambda each: edit.set_type(each.association, asn_type), how)


def rename_product(
    paths: Sequence[str | os.PathLike[str]], old: str, new: str, how: EditOptions = _DEFAULTS
) -> list[Edited]:
    """Rename a product, and its files among the members of the other associations in the same folders.

    Parameters
    ----------
    paths : sequence of path
        Files of associations, or folders of them, of which at least one has the product.
    old, new : str
        The names, without suffix.
    how : EditOptions
        The options.

    Returns
    -------
    list of Edited
        One for each file that was named or changed.

    Raises
    ------
    UsageError
        When no association has the product.
    """
    named = association_files(paths)
    beside = [file for folder in dict.fromkeys(file.parent for file in named) for file in json_associations(folder)]
    having: list[Path] = []

    def change(document: Document) -> edit.Outcome:
        names = [product.get("name") for product in document.association.products]
        if document.path in named and old in names:
            having.append(document.path)
        return edit.rename_product(document.association, old, new, members_only=document.path not in named)

    def check() -> None:
        if not having:
            raise UsageError(f"unknown product {old} in {', '.join(map(str, named[:5]))}; name one that they have")

    # The associations that use the product are written first: an interrupted call can then be repeated.
    edited = _apply([*named, *sorted(beside)], change, how, check=check, last=having)
    return [each for each in edited if each.changed or each.path in named]


def _apply(
    paths: Sequence[str | os.PathLike[str]],
    change: Change,
    how: EditOptions,
    names: Sequence[str] = (),
    check: Callable[[], None] | None = None,
    last: Sequence[Path] = (),
) -> list[Edited]:
    """Change all files in memory, and write them only if there was no error."""
    with opened(association_files(paths)) as documents:
        work = [each for each in documents if _concerned(each, how)]
        if not work:
            raise UsageError(_nothing_to_do(documents, how))
        done = [change(each) for each in work]
        if check is not None:
            check()
        missing = [name for name in names if not any(name in each.matched for each in done)]
        if missing:
            where = str(work[0].path) if len(work) == 1 else f"any of {len(work)} associations"
            raise UsageError(f"{', '.join(missing)}: no member of {where}; nothing was changed")
        results = [_result(document, each, how) for document, each in zip(work, done, strict=True)]
        if how.dry_run:
            return results
        kept: dict[Path, Path | None] = {}
        with deferred():
            for document in how.watch(sorted(work, key=lambda each: each.path in last)):
                try:
                    kept[document.path] = document.save(keep=how.keep)
                except FileError as error:
                    raise AsnGraphError(f"{error}; {len(kept)} of {len(work)} files were done before") from None
        return [replace(each, kept=kept[each.path]) for each in results]


def _result(document: Document, done: edit.Outcome, how: EditOptions) -> Edited:
    asn, diff = document.association, document.diff if how.dry_run else ""
    return Edited(document.path, asn, done.changed, done.left, list(done.refused), problems(asn), diff)


def _concerned(document: Document, how: EditOptions) -> bool:
    asn = document.association
    named = how.product is None or any(product.get("name") == how.product for product in asn.products)
    return named and (how.asn_type is None or asn.get("asn_type") == how.asn_type)


def _nothing_to_do(documents: Sequence[Document], how: EditOptions) -> str:
    if how.product is not None:
        known = {str(product.get("name")) for each in documents for product in each.association.products}
        what = f"unknown product {how.product}; "
        what += f"use one of {', '.join(sorted(known)[:5])}" if known else "there are no products"
    else:
        types = sorted({str(each.association.get("asn_type")) for each in documents})
        what = f"no association of type {how.asn_type}; use one of {', '.join(types)}"
    where = str(documents[0].path) if len(documents) == 1 else f"{len(documents)} associations"
    return f"{where}: {what}"
