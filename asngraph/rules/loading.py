"""Loading of custom rules from files and from installed packages."""

from __future__ import annotations

import ast
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import NoReturn

from asngraph.errors import NoRulesError, UsageError
from asngraph.rules.observatory import observatory_rules
from asngraph.rules.rule import Rule, RuleSet
from asngraph.util.limits import RULES, read_bounded

ENTRY_POINTS = "asngraph.rulesets"

_ONLY_DEFINED = "a file of rules only defines them"
_PACKAGE = Path(__file__).parent
_OF_THE_REFERENCE = {"RegistryMarker", "DMS_Level3_Base", "DMSLevel2bBase", "DMSAttrConstraint", "AsnMixin_Science"}


@dataclass(frozen=True)
class RuleChoice:
    """A choice of rules that are not loaded yet, so that it can be sent to other processes and loaded there.

    Parameters
    ----------
    files : tuple of str
        Rule files.
    packages : tuple of str
        Names of the rule sets of installed packages (entry points).
    ignore_default : bool
        Whether the observatory's rules are excluded.

    Raises
    ------
    NoRulesError
        When no rules remain.

    Examples
    --------
    >>> len(RuleChoice().load()), len(RuleChoice(("examples/higher_level_products.py",)).load())
    (44, 46)
    """

    files: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    ignore_default: bool = False

    def __post_init__(self) -> None:
        if self.ignore_default and not (self.files or self.packages):
            raise NoRulesError("no rules remain without the observatory's; name a rule file or a package with rules")

    @classmethod
    def of(cls, files: Sequence[str], packages: Sequence[str] = (), *, ignore_default: bool = False) -> RuleChoice:
        """Return a choice of rules with absolute paths of files, so that it is valid in other folders, too.

        Parameters
        ----------
        files, packages : sequence of str
            Rule files, and names of the rule sets of installed packages.
        ignore_default : bool
            Whether the observatory's rules are excluded.
        """
        return cls(tuple(str(Path(file).absolute()) for file in files), tuple(packages), ignore_default)

    def __bool__(self) -> bool:
        return bool(self.files or self.packages)

    def load(self) -> RuleSet:
        """Return the rules.

        Of rules with the same name those of files have precedence over those of packages, and these over the
        observatory's.

        Returns
        -------
        RuleSet

        Raises
        ------
        UsageError
            When a file cannot be run (the message has the file and line), or a package cannot be loaded.
        """
        rules = RuleSet() if self.ignore_default else observatory_rules()
        for name in self.packages:
            rules = rules + load_installed(name)
        for file in self.files:
            rules = rules + load_rule_file(file)
        return rules


def load_rule_file(path: str | Path) -> RuleSet:
    """Return the rules of a Python file.

    These are all values of its variables that are a `Rule` or a `RuleSet`, or a list or tuple of them.

    Parameters
    ----------
    path : path
        The file. Its code is run; no compiled copy of it is saved or used.

    Returns
    -------
    RuleSet

    Raises
    ------
    UsageError
        When the file cannot be run, or defines no rules; the message has the file and line.
    """
    path = Path(path)
    try:
        source = read_bounded(path, RULES).decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: is not UTF-8 text") from None
    try:
        tree = ast.parse(source, str(path))
    except SyntaxError as error:
        raise UsageError(f"{path}, line {error.lineno}: {error.msg}") from None
    except ValueError as error:
        raise UsageError(f"{path}: {error}") from None
    except (RecursionError, MemoryError):  # Python 3.13 has a text of its own for them
        raise UsageError(f"{path}: nested too deeply") from None
    _refuse_reference_rules(tree, path)
    rules = _run(tree, path)
    if not len(rules):
        raise UsageError(f"{path}: defines no rules; create one with asngraph.Rule(...)")
    return rules


def load_installed(name: str) -> RuleSet:
    """Return the rules of an installed package.

    Parameters
    ----------
    name : str
        The name of an entry point in the group ``asngraph.rulesets``: a RuleSet, or a function that returns one.

    Returns
    -------
    RuleSet

    Raises
    ------
    UsageError
        When no entry point has that name, or it cannot be loaded, or it is not a RuleSet.
    """
    from importlib.metadata import entry_points  # few use it, and its import takes long

    found = entry_points(group=ENTRY_POINTS)
    matching = [point for point in found if point.name == name]
    if not matching:
        known = ", ".join(sorted({point.name for point in found})) or "none"
        raise UsageError(f"no installed package has the rule set {name}; available: {known}")
    try:
        with _staying():
            loaded = matching[0].load()
            rules = loaded() if callable(loaded) else loaded
    except BaseException as error:
        if not _is_of_rules(error):
            raise
        raise UsageError(f"the rule set {name} ({matching[0].value}) cannot be loaded: {_named(error)}") from error
    if not isinstance(rules, RuleSet):
        raise UsageError(f"the rule set {name} ({matching[0].value}) is a {type(rules).__name__}, not a RuleSet")
    return rules


def _run(tree: ast.Module, path: Path) -> RuleSet:
    name = f"asngraph_rules_{path.stem}"
    module = ModuleType(name)
    module.__file__ = str(path.absolute())
    sys.modules[name] = module  # where dataclasses and pickles look for it
    try:
        with _staying():
            exec(compile(tree, str(path), "exec"), vars(module))  # noqa: S102 (a rule file is a program)
            return _rules_in(module)
    except BaseException as error:
        if not _is_of_rules(error):
            raise
        raise UsageError(f"{_place(path, error)}: {_named(error)}") from error


@contextmanager
def _staying() -> Iterator[None]:
    """Turn `os._exit` of this process into an exception, since it would end the process without a message."""
    end, process = os._exit, os.getpid()

    def stay(status: int) -> NoReturn:
        if os.getpid() != process:
            end(status)
        raise RuntimeError(f"os._exit({status}) ends the program; {_ONLY_DEFINED}")

    os._exit = stay
    try:
        yield
    finally:
        os._exit = end


def _place(path: Path, error: BaseException) -> str:
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == str(path)]
    return f"{path}, line {lines[-1]}" if lines else str(path)


def _named(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return f"ends the program (SystemExit: {error.code}); {_ONLY_DEFINED}"
    return f"{type(error).__name__}: {error}".removesuffix(": ")


def _is_of_rules(error: BaseException) -> bool:
    """Return whether the rules raised an exception, rather than the user or the system that ends the program."""
    if isinstance(error, Exception):
        return True
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    if Path(frame.f_code.co_filename).is_relative_to(_PACKAGE):  # the handler of signals
        return False
    return isinstance(error, SystemExit) or _raises(error)


def _raises(error: BaseException) -> bool:
    """Return whether a statement ``raise`` raised an exception: Python raises KeyboardInterrupt anywhere."""
    import dis  # only for rules that fail

    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    return place is not None and place.tb_frame.f_code.co_code[place.tb_lasti] == dis.opmap["RAISE_VARARGS"]


def _rules_in(module: ModuleType) -> RuleSet:
    found = RuleSet()
    for value in list(vars(module).values()):
        for item in value if isinstance(value, list | tuple) else [value]:
            if isinstance(item, RuleSet):
                found = found + item
            elif isinstance(item, Rule):
                found = found + RuleSet(item)
    return found


def _refuse_reference_rules(tree: ast.Module, path: Path) -> None:
    """Check that a file does not contain rule classes of the reference, which cannot be used here."""
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or "", *(alias.name for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ClassDef):
            names = [inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)]
        if any(name.startswith("jwst.associations") or name in _OF_THE_REFERENCE for name in names):
            raise UsageError(
                f"{path}, line {getattr(node, 'lineno', 1)}: these are rule classes of the package jwst, whose "
                "conditions are hidden in functions; asngraph needs rules as data: see docs/own_rules.md for how to "
                "write them"
            )
