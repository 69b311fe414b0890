"""Faults of the library on the command line: with what exit code each ends a command, and what to type against it."""

from __future__ import annotations

from asngraph import errors

FAILED, BAD_USAGE = 1, 2

_TO_TYPE: dict[type[BaseException], str] = {
    errors.CandidateIdError: "name it with --id",
    errors.DamageError: "`asngraph archive check --store {folder}` says what else is, and how to mend it",
    errors.FormatError: "choose one with -f",
    errors.InsecureAddressError: "or say --insecure where the network is yours alone",
    errors.NoArchiveError: "`asngraph archive add POOL --store DIR` makes one",
    errors.NoRulesError: "-r FILE or --ruleset NAME goes with --ignore-default",
    errors.OutputExistsError: "choose another name, or replace it with --overwrite",
    errors.OutsideFolderError: "--allow-outside takes it all the same",
    errors.PoolNeededError: "name it with --in",
    errors.ProductNameError: "--product-name NAME",
    errors.TargetNumbersError: "--renumber-targets numbers all anew",
}


def exit_code(error: BaseException) -> int:
    """Return the exit code of a command that ends with a fault.

    It is 2 for a request or an input that makes no sense: a pool, an association or a rule file that is broken is the
    same fault in every command, whatever 1 means there (``diff``: something differs). It is 1 for work that failed.
    """
    return BAD_USAGE if isinstance(error, errors.UsageError) else FAILED


def message(error: BaseException) -> str:
    """Return what to say of a fault, with what to type against it."""
    to_type = next((_TO_TYPE[kind] for kind in type(error).__mro__ if kind in _TO_TYPE), None)
    return f"{error}; {to_type.format_map(vars(error))}" if to_type else str(error)
