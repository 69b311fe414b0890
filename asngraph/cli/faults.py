"""Library errors on the command line: the exit code of each, and the option or command that resolves it."""

from __future__ import annotations

from asngraph import errors

FAILED, BAD_USAGE = 1, 2

_TO_TYPE: dict[type[BaseException], str] = {
    errors.CandidateIdError: "name it with --id",
    errors.DamageError: "`asngraph archive check --store {folder}` lists all damage, and how to repair it",
    errors.FitsFilesError: "`asngraph pool make {source} -o pool.csv` does that",
    errors.FormatError: "choose one with -f",
    errors.InsecureAddressError: "or give --insecure on a private network",
    errors.NoArchiveError: "`asngraph archive add POOL --store DIR` creates one",
    errors.NoRulesError: "-r FILE or --ruleset NAME is required with --ignore-default",
    errors.OutputExistsError: "choose another name, or replace it with --overwrite",
    errors.OutsideFolderError: "--allow-outside accepts it",
    errors.PageNameError: "`asngraph plot` draws pictures: .svg, .png and .pdf",
    errors.PoolNeededError: "name it with --in",
    errors.ProductNameError: "name it with --product-name NAME",
    errors.TargetNumbersError: "--renumber-targets assigns new numbers to all",
}


def exit_code(error: BaseException) -> int:
    """Return the exit code of a command that ends with an error.

    It is 2 for bad usage or bad input, such as a broken pool, association or rule file, in every command, even where 1
    has another meaning (``diff``: some differ). It is 1 for work that failed.
    """
    return BAD_USAGE if isinstance(error, errors.UsageError) else FAILED


def message(error: BaseException) -> str:
    """Return the message of an error, with the option or command that resolves it."""
    to_type = next((_TO_TYPE[kind] for kind in type(error).__mro__ if kind in _TO_TYPE), None)
    return f"{error}; {to_type.format_map(vars(error))}" if to_type else str(error)
