"""What a graph answers, draws and writes: each method is a function of another package, named in `asngraph.outputs`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from asngraph.errors import UsageError
from asngraph.model.association import Association
from asngraph.outputs import output
from asngraph.util.staging import Staging, check_folder


class Answers:
    """The questions to a graph, and its page, figures and files."""

    def __iter__(self) -> Iterator[Association]:
        raise NotImplementedError

    def which(self, exposure: str) -> list[Any]:
        """Return the associations that contain an exposure (`asngraph.questions.which`).

        Parameters
        ----------
        exposure : str
            The exposure, with or without folder, suffix and extension; or a product.

        Returns
        -------
        list of asngraph.questions.Belonging
        """
        found: list[Any] = output("which")(self, exposure)
        return found

    def why(self, exposure: str, other: str) -> list[Any]:
        """Return why an exposure is in an association, or connected to another exposure (`asngraph.questions.why`).

        Parameters
        ----------
        exposure : str
            The exposure.
        other : str
            The association, or another exposure.

        Returns
        -------
        list of asngraph.questions.Connection
        """
        found: list[Any] = output("why")(self, exposure, other)
        return found

    def why_not(
        self, exposure: str, association: str | None = None, *, rule: str | None = None, follow: bool = True
    ) -> Any:
        """Return why an exposure is not in an association, or in any of a rule (`asngraph.questions.why_not`).

        Parameters
        ----------
        exposure : str
            The exposure.
        association : str, optional
            The association.
        rule : str, optional
            The rule, instead of an association.
        follow : bool
            Whether to make the changes, and report what follows from them.

        Returns
        -------
        asngraph.questions.Refused
        """
        return output("why_not")(self, exposure, association, rule=rule, follow=follow)

    def impact(self, *exposures: str) -> list[Any]:
        """Return what depends on exposures, and what would remain without them (`asngraph.questions.impact`).

        Parameters
        ----------
        *exposures : str
            The exposures.

        Returns
        -------
        list of asngraph.questions.Effect
        """
        found: list[Any] = output("impact")(self, *exposures)
        return found

    def related(self, exposure: str, relation: str | None = None) -> list[Any]:
        """Return the neighbours of an exposure (`asngraph.questions.related`).

        Parameters
        ----------
        exposure : str
            The exposure.
        relation : str, optional
            The only relation, with its subrelations.

        Returns
        -------
        list of asngraph.questions.Neighbour
        """
        found: list[Any] = output("related")(self, exposure, relation)
        return found

    def stats(self) -> Any:
        """Return the graph in numbers (`asngraph.questions.stats`).

        Returns
        -------
        asngraph.questions.Stats
        """
        return output("stats")(self)

    def combine(self, by: str | Sequence[str] | None = None, **options: Any) -> Any:
        """Return associations of the exposures that agree in some columns (`asngraph.combine`).

        Parameters
        ----------
        by : str or sequence of str, optional
            The columns; by default the target and the optical elements.
        **options
            Other options of `asngraph.combine`, such as ``where="filter is f200w"``.

        Returns
        -------
        asngraph.Combination
        """
        return output("combine")(self, *([] if by is None else [by]), **options)

    def view(self, path: str | os.PathLike[str] | None = None, *, replace: bool = False) -> Any:
        """Return the page of the graph, which a notebook shows; with a path, write it too.

        Parameters
        ----------
        path : path, optional
            The file to write; an existing page of asngraph is replaced.
        replace : bool
            Whether to replace any other file too.

        Returns
        -------
        asngraph.page.notebook.Page
        """
        page = output("page")(self)
        if path is not None:
            page.write(path, replace=replace)
        return page

    def plot(self, association: str | None = None, *, observation: str | int | None = None) -> Any:
        """Return a figure of the program, or of one of its associations or observations; needs the extra ``plot``.

        Parameters
        ----------
        association : str, optional
            The association.
        observation : str or int, optional
            The observation, such as 1 or ``o001``.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        UsageError
            When both are given, or the name is unknown.
        """
        if association is not None and observation is not None:
            raise UsageError("`association` and `observation` exclude each other")
        if association is not None:
            return output("figure_of_association")(self, association)
        if observation is not None:
            return output("figure_of_observation")(self, str(observation))
        return output("figure")(self)

    def write(self, folder: str | os.PathLike[str] = ".", *, format_: str = "json", replace: bool = True) -> list[Path]:
        """Write the association files, all or none, as `asngraph generate` does, and return their paths.

        Parameters
        ----------
        folder : path
            The folder; it is created if it does not exist.
        format_ : str
            ``json`` or ``yaml``.
        replace : bool
            Whether to replace files of the same names.

        Returns
        -------
        list of path

        Raises
        ------
        OutputExistsError
            When a file exists and `replace` is false.
        """
        if format_ not in ("json", "yaml"):
            raise UsageError(f"unknown format {format_!r}; use json or yaml")
        folder = Path(folder)
        check_folder(folder)
        paths = []
        with Staging(folder) as staging:
            for association in self:
                name = association.file_name.removesuffix("json") + format_
                staging.add(name, association.text(format_))
                paths.append(folder / name)
            staging.publish(replace=replace)
        return paths
