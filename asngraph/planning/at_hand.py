"""The associations that have to be processed, given the files that exist."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from asngraph.model.filenames import file_name, uncalibrated
from asngraph.planning.data_files import DataFiles
from asngraph.questions.collection import AssociationRecord

Ordered = tuple[AssociationRecord, Sequence[AssociationRecord]]


class AtHand:
    """The associations that have to be processed, given the files that exist.

    Parameters
    ----------
    order : sequence of (AssociationRecord, sequence of AssociationRecord)
        The associations in processing order, each with those whose products it uses.
    makes : callable
        Returns the files that the run of an association always makes.
    maker : callable
        Returns the name of the association that makes a file, or an empty text.
    files : DataFiles
        The files that exist.

    Attributes
    ----------
    done : list of str
        Associations whose products exist.
    left_out : dict of str to str
        Associations that cannot be processed, with the reasons.
    missing : dict of str to None
        Files that do not exist and that no run can make.
    """

    def __init__(
        self,
        order: Sequence[Ordered],
        makes: Callable[[AssociationRecord], list[str]],
        maker: Callable[[str], str],
        files: DataFiles,
    ) -> None:
        self._order, self._makes, self._maker, self._files = order, makes, maker, files
        self.done: list[str] = []
        self.left_out: dict[str, str] = {}
        self.missing: dict[str, None] = {}
        self._lacking: dict[str, str] = {}  # associations that cannot be processed, with a file that each lacks

    def chosen(self) -> list[Ordered]:
        """Return the associations to process, in order."""
        for each in self._order:
            self._find_lacking(*each)
        wanted: set[str] = set()  # associations that make a file which another one needs
        found = []
        for record, takes in reversed(self._order):
            made = self._makes(record)
            marker = f"{record.name}.done"
            if record.name not in wanted and (self._files.has(marker) or (made and all(map(self._files.has, made)))):
                self.done.append(record.name)
            elif record.name in self._lacking:
                self._leave_out(record, takes)
            else:
                found.append((record, takes))
                wanted.update(self._maker(name) for name in self._needed(record))
        self.done.reverse()
        return found[::-1]

    def _needed(self, record: AssociationRecord) -> dict[str, None]:
        """Return the members that do not exist."""
        return dict.fromkeys(member.expname for member in record.members if not self._files.has(member.expname))

    def _can_be_made(self, file: str, takes: Sequence[AssociationRecord]) -> bool:
        maker = self._maker(file)
        if maker in {other.name for other in takes}:
            return maker not in self._lacking and file_name(file) == file
        stage0 = uncalibrated(file)
        return stage0 is not None and file_name(file) == file and self._files.has(stage0)

    def _find_lacking(self, record: AssociationRecord, takes: Sequence[AssociationRecord]) -> None:
        lacks = next((file for file in self._needed(record) if not self._can_be_made(file, takes)), None)
        if lacks is not None:
            self._lacking[record.name] = lacks

    def _leave_out(self, record: AssociationRecord, takes: Sequence[AssociationRecord]) -> None:
        lacks = [file for file in self._needed(record) if not self._can_be_made(file, takes)]
        makers = {other.name for other in takes}
        self.missing.update(dict.fromkeys(file for file in lacks if self._maker(file) not in makers))
        more = f" and {len(lacks) - 1} more" if len(lacks) > 1 else ""
        self.left_out[record.name] = f"it needs {lacks[0]}{more}, which does not exist and cannot be made"
