"""Fingerprints of rule sets: digests of their content, equal in all processes and independent of file names."""

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
    """Return the fingerprint of a set of rules: a digest of their content.

    It covers all attributes of the rules, including all conditions. Of functions (the derived columns of a `RuleSet`)
    it covers the compiled code and the names of their own module that they use; the same functions may therefore have
    another fingerprint under another version of Python.

    Parameters
    ----------
    rules : RuleSet
        The rules.

    Returns
    -------
    str
        32 hexadecimal digits.

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
    """Return the fingerprint of the observatory's rules; it is computed once."""
    return fingerprint(observatory_rules())


@functools.lru_cache(maxsize=4)
def own_rules(rules: RuleSet) -> tuple[Rule, ...]:
    """Return the rules that differ from the observatory's.

    Parameters
    ----------
    rules : RuleSet
        The rules.

    Returns
    -------
    tuple of Rule
    """
    known = {rule.name: _digest(rule) for rule in observatory_rules()}
    return tuple(rule for rule in rules if known.get(rule.name) != _digest(rule))


@functools.lru_cache(maxsize=4)
def summary(rules: RuleSet) -> str:
    """Return a short list of the rules in words.

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
    """The content of objects as JSON data; an object within itself is represented by its depth."""

    def __init__(self) -> None:
        self._within: list[int] = []
        self._home = ""  # the module of the current function or class; those of other modules count by name

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
            return [[attribute.name, self.of(getattr(value, attribute.name))] for attribute in fields(value)]
        state = getattr(value, "__dict__", None)
        if state is not None:
            return self.of(state)
        if hasattr(value, "tobytes"):  # an array
            return [str(value.dtype), list(value.shape), value.tobytes().hex()]
        return re.sub(r" at 0x[0-9a-f]+", "", repr(value))

    def _class(self, class_: type) -> list[Any]:
        """Return the name of a class; for a class of custom rules its content, since their file may have any name."""
        if not self._is_own(class_):
            return [class_.__module__, class_.__qualname__]
        own = {name: value for name, value in vars(class_).items() if isinstance(value, types.FunctionType | property)}
        methods = {name: value.fget if isinstance(value, property) else value for name, value in own.items()}
        return [class_.__qualname__, [self._class(base) for base in class_.__bases__], self.of(methods)]

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
        """Return whether a class or function belongs to custom rules, whose module is that of the first which does."""
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
    inner = (_names(constant) for constant in code.co_consts if isinstance(constant, types.CodeType))
    return set(code.co_names).union(*inner)
