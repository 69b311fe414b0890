"""Rules of one's own: from files, and from installed packages."""

from __future__ import annotations

import ast
import importlib.util
import sys
import traceback
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from asngraph.errors import UsageError
from asngraph.limits import RULES, read_bounded
from asngraph.rules import Rule, RuleSet

ENTRY_POINTS = "asngraph.rulesets"

_OF_THE_REFERENCE = {"RegistryMarker", "DMS_Level3_Base", "DMSLevel2bBase", "DMSAttrConstraint", "AsnMixin_Science"}


def load_rule_file(path: str | Path) -> RuleSet:
    """Read rules from a Python file.

    Every `Rule` and `RuleSet` that stands in a variable of the file counts, or in a list or tuple of them.

    Parameters
    ----------
    path : path
        The file. It is run, as Python.

    Returns
    -------
    RuleSet

    Raises
    ------
    UsageError
        With file and line, when the file cannot be run, or holds no rule.
    """
    path = Path(path)
    try:
        source = read_bounded(path, RULES).decode()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: is no text in UTF-8") from None
    try:
        tree = ast.parse(source, str(path))
    except SyntaxError as error:
        raise UsageError(f"{path}, line {error.lineno}: {error.msg}") from None
    except ValueError as error:
        raise UsageError(f"{path}: {error}") from None
    _refuse_reference_rules(tree, path)
    rules = _rules_in(_run(path))
    if not len(rules):
        raise UsageError(f"{path}: there is no rule in it; make one with asngraph.Rule(...)")
    return rules


def load_installed(name: str) -> RuleSet:
    """Load the rules that an installed package offers under a name.

    Parameters
    ----------
    name : str
        The name of an entry point in the group ``asngraph.rulesets``: a RuleSet, or a function that returns one.

    Raises
    ------
    UsageError
        When there is none of that name, or it gives no rules.
    """
    found = entry_points(group=ENTRY_POINTS)
    matching = [each for each in found if each.name == name]
    if not matching:
        known = ", ".join(sorted({each.name for each in found})) or "none"
        raise UsageError(f"no installed package offers the rule set {name}; there is {known}")
    try:
        loaded = matching[0].load()
        rules = loaded() if callable(loaded) else loaded
    except Exception as error:
        raise UsageError(f"the rule set {name} ({matching[0].value}) cannot be loaded: {error}") from error
    if not isinstance(rules, RuleSet):
        raise UsageError(f"the rule set {name} ({matching[0].value}) is a {type(rules).__name__}, not a RuleSet")
    return rules


def _run(path: Path) -> ModuleType:
    name = f"asngraph_rules_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"{path}: is no Python file; its name ends with .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
        line = f", line {frames[-1].lineno}" if frames else ""
        raise UsageError(f"{path}{line}: {type(error).__name__}: {error}") from error
    return module


def _rules_in(module: ModuleType) -> RuleSet:
    found = RuleSet()
    for value in list(vars(module).values()):
        for each in value if isinstance(value, list | tuple) else [value]:
            if isinstance(each, RuleSet):
                found = found + each
            elif isinstance(each, Rule):
                found = found + RuleSet(each)
    return found


def _refuse_reference_rules(tree: ast.Module, path: Path) -> None:
    """Recognise a file of the reference's rule classes, which cannot be read here."""
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or "", *(alias.name for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ClassDef):
            names = [each.id for each in ast.walk(node) if isinstance(each, ast.Name)]
        if any(name.startswith("jwst.associations") or name in _OF_THE_REFERENCE for name in names):
            raise UsageError(
                f"{path}, line {getattr(node, 'lineno', 1)}: these are rule classes of the package jwst, whose "
                "conditions are hidden in functions; asngraph takes rules as data: see docs/own_rules.md for how to "
                "write them"
            )
