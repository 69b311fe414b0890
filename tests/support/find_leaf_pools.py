"""Find small pools that tell each mutant of a rule from the rule, and record what jwst makes of them.

    python tests/support/find_leaf_pools.py [RULE ...]

Needs the extra `parity`. It rewrites leaf_pools.jsonl, or the pools of some rules in it, and lists the mutants that
nothing was found for. It takes about an hour for all rules.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from handmade_pools import HANDMADE
from leafpools import FILE, LeafPool, digest, load, made
from mutants import mutants, rules_with
from mutations import UNDEFINED, VALUES
from reference import reference

from asngraph.model.pool import Pool
from asngraph.rules import Rule, RuleSet, observatory_rules
from asngraph.rules.rule import all_conditions, fields_of
from asngraph.simulation import MODES, simulate

TRIES = 4000
ALWAYS = ("filename", "program", "asn_candidate", "pntgtype", "exp_type", "obs_num", "targetid", "exposerr")
ACQUISITIONS = next(rule for rule in observatory_rules() if rule.hands_on)
OTHER_VALUES = {
    "detector": ["nirspec", "nrcblong", "nrca1", "nrs1", "nrs2"],
    "program": ["1", "2"],
    "instrume": ["nircam", "nirspec"],
    "exp_type": [
        "nrc_image",
        "nrs_ifu",
        "mir_tacq",
        "nrs_autowave",
        "nis_soss",
        "nrc_tsgrism",
        "nrs_brightobj",
        "mir_mrs",
    ],
    "band": ["short", "long"],
    "mostilno": ["1", "2"],
    "lamp": ["line1", "nolamp"],
    "obs_id": ["v1", "v2"],
    "act_id": ["01", "02"],
    "expspcin": ["1", "2"],
    "numdthpt": ["2", "4"],
    "msametfl": ["a_msa.fits", "b_msa.fits"],
    "grating": ["prism", "g395h", "g395m", "mirror"],
    "subpxpns": ["1", "2"],
    "filter": ["f070lp", "f100lp", "f290lp", "null"],
    "dms_note": ["wfsc_los_jitter"],
    "channel": ["short", "long", "12"],
    "tsovisit": ["true", "yes"],
    "bkgdtarg": ["t", "yes"],
    "is_imprt": ["t", "yes"],
    "nints": ["1"],
    "targetid": ["1", "2"],
    "pupil": ["clear", "gdhs0", "grismr"],
}
CANDIDATES = ["o001", "o002", "c1000"]


def bases(rule: Rule) -> list[list[dict[str, str]]]:
    """Make small pools in which a rule has something to say."""
    found = []
    for mode in MODES:
        for seed in range(4):
            pool = simulate(24, [mode], seed=seed, errors=0)
            if rule.name in _set_aside(pool) | _rules_of(pool):
                found.append(pool.to_frame().to_dict("records"))
    return found


def _rules_of(pool: Pool) -> set[str]:
    return {each["asn_rule"].split("_", 1)[1] for each in made(pool).values()}


def _set_aside(pool: Pool) -> set[str]:
    import asngraph

    return set(asngraph.generate(pool).set_aside["rule"])


def changed(
    rows: list[dict[str, str]], columns: list[str], likely: list[str], rng: random.Random
) -> list[dict[str, str]]:
    """Take a few exposures, repeat one with a few cells changed, and maybe change more."""
    rows = [dict(row) for row in rng.sample(rows, rng.randint(1, min(len(rows), 6)))]
    if rng.random() < 0.6:
        copy = dict(rng.choice(rows)) | {"filename": f"jw_copy{rng.randrange(100)}_uncal.fits"}
        rows.insert(rng.randrange(len(rows) + 1), copy)
        for column in rng.sample(likely, min(len(likely), rng.choice([1, 1, 2]))):
            copy[column] = rng.choice(_values(column, rows, rng))
    for _ in range(rng.choice([0, 0, 1, 1, 2, 3, 4, 5])):
        column = rng.choice(likely) if likely and rng.random() < 0.6 else rng.choice(columns)
        value = rng.choice(_values(column, rows, rng))
        for row in rows if rng.random() < 0.3 else [rng.choice(rows)]:
            row[column] = value
    return rows


def _values(column: str, rows: list[dict[str, str]], rng: random.Random) -> list[str]:
    if column == "asn_candidate":
        types = {"o": "observation", "c": rng.choice(["group", "background", "mosaic", "direct_image", "coronagraphy"])}
        names = rng.sample(CANDIDATES, rng.randint(1, 2))
        return [str([(name, types[name[0]]) for name in names])]
    known = [row.get(column, "null") for row in rows]
    values = [*VALUES.get(column, []), *OTHER_VALUES.get(column, []), *known, rng.choice(UNDEFINED) or "null"]
    return [value.lower() for value in values]


def smaller(rows: list[dict[str, str]], original: RuleSet, mutant: RuleSet) -> list[dict[str, str]]:
    """Leave out the exposures without which the mutant still shows."""
    place = 0
    while place < len(rows) and len(rows) > 1:
        fewer = rows[:place] + rows[place + 1 :]
        if differ(fewer, original, mutant):
            rows = fewer
        else:
            place += 1
    return rows


def differ(rows: list[dict[str, str]], original: RuleSet, mutant: RuleSet, options: tuple[str, ...] = ()) -> bool:
    pool = LeafPool(rows, []).pool
    return made(pool, original, options) != made(pool, mutant, options)


def decided_by_reference(pool: LeafPool) -> bool:
    """Record what jwst makes of a pool, if it can decide it as ours does."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "leaf_pool.csv"
        pool.pool.write(path)
        try:
            wanted = reference(path, pool.options)
        except (LookupError, TypeError, ValueError):
            return False
    pool.digest = digest(wanted)
    if pool.digest != digest(made(pool.pool, options=pool.options)):
        print("DISAGREE", pool.to_json(), flush=True)
        return False
    return True


def find(rule: Rule, wanted: dict[str, Rule], rng: random.Random) -> list[LeafPool]:
    """Find pools for the mutants of one rule; those found leave `wanted`."""
    columns = sorted({name for each in all_conditions(rule) for name in fields_of(each)} | {"role", "exptype"})
    columns = [name for name in columns if name not in ("role", "exptype", "direct_candidate")]
    columns += [
        "pntgtype",
        "asn_candidate",
        "bkgdtarg",
        "is_psf",
        "is_imprt",
        "obs_num",
        "detector",
        "filter",
        "grating",
    ]
    starts, found = bases(rule), []
    others = [simulate(16, [mode], seed=7, errors=0).to_frame().to_dict("records") for mode in MODES]
    alone = RuleSet(rule, ACQUISITIONS)
    for name, options, rows in HANDMADE:
        if name == rule.name:
            found += handmade(rule, rows, options, wanted)
    for name in list(wanted):
        if name not in wanted:
            continue
        likely = [column for column in columns if column in name]
        for _ in range(TRIES):
            rows = changed(rng.choice(starts if rng.random() < 0.75 else others), columns, likely, rng)
            if not differ(rows, alone, RuleSet(wanted[name], ACQUISITIONS)):
                continue
            if not differ(rows, observatory_rules(), rules_with(wanted[name])):
                continue
            rows = smaller(rows, observatory_rules(), rules_with(wanted[name]))
            pool = LeafPool(_numbered(rows, columns), [])
            if not differ(pool.rows, observatory_rules(), rules_with(wanted[name])) or not decided_by_reference(pool):
                continue
            killed = [other for other in wanted if differ(pool.rows, observatory_rules(), rules_with(wanted[other]))]
            pool.kills = [f"{rule.name} without {other}" for other in killed]
            for other in killed:
                del wanted[other]
            found.append(pool)
            break
    return found


def handmade(
    rule: Rule, rows: list[dict[str, str]], options: tuple[str, ...], wanted: dict[str, Rule]
) -> list[LeafPool]:
    """Take a pool that was made by hand, if it shows anything."""
    killed = [each for each in wanted if differ(rows, observatory_rules(), rules_with(wanted[each]), options)]
    pool = LeafPool(rows, [f"{rule.name} without {each}" for each in killed], options=options)
    if not killed or not decided_by_reference(pool):
        print(f"{rule.name}: a pool by hand shows nothing more: {list(rows[-1].items())[4:]}")
        return []
    for each in killed:
        del wanted[each]
    return [pool]


def _numbered(rows: list[dict[str, str]], columns: list[str]) -> list[dict[str, str]]:
    """Keep the cells that matter, and give each exposure a short name, as long as names do not matter."""
    kept = dict.fromkeys(
        [*ALWAYS, *columns, "subarray", "pupil", "tsovisit", "dithptin", "patttype", "channel", "band"]
    )
    kept |= dict.fromkeys(
        ["patt_num", "numdthpt", "subpxpts", "fxd_slit", "expspcin", "mostilno", "instrume", "act_id"]
    )
    names = {name: f"e{number}_{'long_' * ('long' in name)}uncal.fits" for number, name in enumerate(
        dict.fromkeys(row["filename"] for row in rows), start=1)}  # fmt: skip
    return [
        {name: row[name] for name in kept if (name in row and row[name] != "null") or name in ALWAYS}
        | {"filename": names[row["filename"]]}
        for row in rows
    ]


def main() -> None:
    chosen = set(sys.argv[1:])
    by_rule: dict[str, dict[str, Rule]] = defaultdict(dict)
    for name, what, mutant in mutants(observatory_rules()):
        by_rule[name][what] = mutant
    pools = [pool for pool in load() if pool.kills[0].split()[0] not in chosen] if chosen and FILE.exists() else []
    for rule in observatory_rules():
        if (chosen and rule.name not in chosen) or rule.hands_on:
            continue
        wanted = dict(by_rule[rule.name])
        total = len(wanted)
        pools += find(rule, wanted, random.Random(rule.name))
        print(f"{rule.name}: {total - len(wanted)} of {total}; nothing for {sorted(wanted)}", flush=True)
        FILE.write_text("".join(pool.to_json() + "\n" for pool in pools))


if __name__ == "__main__":
    main()
