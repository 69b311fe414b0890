"""What a set of rules is, told by its content: the same in every process, wherever and whenever it was written."""

from __future__ import annotations

import functools
import hashlib
import json
import re
import sys
import types
from collections.abc import Mapping, Set
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from asngraph.rules.observatory import observatory_rules
from asngraph.rules.rule import Rule, RuleSet

_MOST_NAMES = 5
_NOT_OWN = {"asngraph", *sys.stdlib_module_names}
_PLAIN = (str, int, float, bool, type(None))


@functools.lru_cache(maxsize=4)
def fingerprint(rules: RuleSet) -> str:
    """Return what tells a set of rules from others: a digest of what they say.

    All that a rule says counts, with its conditions to the last. Of functions (the facts of a `RuleSet`) their compiled
    code counts, and what they take from around them in their own module; so another version of Python may tell them
    apart from what they were.

    Parameters
    ----------
    rules : RuleSet
        The rules.

    Examples
    --------
    >>> from dataclasses import replace
    >>> rules = observatory_rules()
    >>> other = RuleSet(*(replace(rule, members=2) for rule in rules))
    >>> fingerprint(rules) == fingerprint(observatory_rules()), fingerprint(rules) == fingerprint(other)
    (True, False)
    """
    return _digest([list(rules), rules.facts])


@functools.cache
def observatory_fingerprint() -> str:
    """Return the fingerprint of the observatory's rules."""
    return fingerprint(observatory_rules())


@functools.lru_cache(maxsize=4)
def own_rules(rules: RuleSet) -> tuple[Rule, ...]:
    """Return the rules that are not the observatory's.

    Parameters
    ----------
    rules : RuleSet
        The rules.
    """
    known = {rule.name: _digest(rule) for rule in observatory_rules()}
    return tuple(rule for rule in rules if known.get(rule.name) != _digest(rule))


@functools.lru_cache(maxsize=4)
def summary(rules: RuleSet) -> str:
    """Say in a few words which rules there are.

    Parameters
    ----------
    rules : RuleSet
        The rules.

    Examples
    --------
    >>> summary(observatory_rules())
    "the observatory's"
    """
    own = [rule.name for rule in own_rules(rules)]
    count, known = len(rules) - len(own), len(observatory_rules())
    parts = [] if not count else ["the observatory's" if count == known else f"{count} of the observatory's"]
    parts += own[:_MOST_NAMES] + ([f"{len(own) - _MOST_NAMES} more"] if len(own) > _MOST_NAMES else [])
    return ", ".join(parts) or "none"


def _digest(value: Rule | list[Any]) -> str:
    return hashlib.sha256(json.dumps(_Content().of(value)).encode("ascii")).hexdigest()[:32]


class _Content:
    """What objects hold, as JSON can have it; what holds itself stands there by how deep it is."""

    def __init__(self) -> None:
        self._within: list[int] = []
        self._home = ""  # the module of the function or class that is looked into; others are told by name

    def of(self, value: Any) -> Any:
        if isinstance(value, Enum):
            return ["enum", *self._class(type(value)), value.name]
        if isinstance(value, _PLAIN):
            return [type(value).__name__, repr(value)]
        if isinstance(value, bytes):
            return ["bytes", value.hex()]
        if isinstance(value, list | tuple):
            return ["list", *map(self.of, value)]
        if isinstance(value, Set):
            return ["set", *sorted(map(_digest_apart, value))]
        if id(value) in self._within:
            return ["within", self._within.index(id(value))]
        self._within.append(id(value))
        home = self._home
        try:
            return self._compound(value)
        finally:
            self._home = home
            self._within.pop()

    def _compound(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return ["map", *([self.of(key), self.of(value[key])] for key in sorted(value, key=repr))]
        if isinstance(value, types.MethodType):
            return ["method", self.of(value.__func__), self.of(value.__self__)]
        if isinstance(value, types.FunctionType):
            return ["function", *self._function(value)]
        if isinstance(value, types.CodeType):
            return ["code", *self._code(value)]
        if isinstance(value, functools.partial):
            return ["partial", self.of(value.func), self.of(value.args), self.of(value.keywords)]
        if isinstance(value, types.ModuleType):
            return ["module", value.__name__]
        if isinstance(value, type):
            return ["class", *self._class(value)]
        return ["object", *self._class(type(value)), self._state(value)]

    def _state(self, value: Any) -> Any:
        if is_dataclass(value):
            return [[each.name, self.of(getattr(value, each.name))] for each in fields(value)]
        state = getattr(value, "__dict__", None)
        if state is not None:
            return self.of(state)
        if hasattr(value, "tobytes"):  # an array
            return [str(value.dtype), list(value.shape), value.tobytes().hex()]
        return re.sub(r" at 0x[0-9a-f]+", "", repr(value))

    def _class(self, class_: type) -> list[Any]:
        """Tell a class by its name, and one of somebody's rules by what it does: their file may have any name."""
        if not self._is_own(class_):
            return [class_.__module__, class_.__qualname__]
        own = {name: each for name, each in vars(class_).items() if isinstance(each, types.FunctionType | property)}
        methods = {name: each.fget if isinstance(each, property) else each for name, each in own.items()}
        return [class_.__qualname__, [self._class(each) for each in class_.__bases__], self.of(methods)]

    def _function(self, function: types.FunctionType) -> list[Any]:
        own = self._is_own(function)
        if not own and function.__closure__ is None:
            return [function.__module__, function.__qualname__, self.of(function.__code__)]
        cells = [cell.cell_contents for cell in function.__closure__ or () if cell != types.CellType()]
        around = function.__globals__ if own else {}
        used = {name: around[name] for name in sorted(_names(function.__code__)) if name in around}
        return [
            *map(self.of, (function.__code__, function.__defaults__, function.__kwdefaults__, cells)),
            self.of(used),
        ]

    def _is_own(self, defined: Any) -> bool:
        """Tell whether a class or function is of somebody's rules; the first that is says in which module they are."""
        module = str(defined.__module__)
        if not self._home and module.partition(".")[0] not in _NOT_OWN:
            self._home = module
        return module == self._home

    def _code(self, code: types.CodeType) -> list[Any]:
        names = (code.co_name, code.co_names, code.co_varnames, code.co_freevars)
        return [code.co_code.hex(), *map(self.of, names), self.of(code.co_consts)]


def _digest_apart(value: Any) -> str:
    return json.dumps(_Content().of(value))


def _names(code: types.CodeType) -> set[str]:
    inner = (_names(each) for each in code.co_consts if isinstance(each, types.CodeType))
    return set(code.co_names).union(*inner)
