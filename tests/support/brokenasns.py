"""Associations as people have them: simulated, edited and broken at random, each from its seed."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from functools import cache
from typing import Any

import asngraph
from asngraph.simulation import MODES, simulate

Data = dict[str, Any]

ROLES = (
    "science", "background", "psf", "imprint", "selfcal", "target_acquisition", "sourcecat", "segmap", "direct_image",
    "SCIENCE", "Background", "PSF", "target_acquistion", "catalog", "sceince", "dark", "msa_plan", "sci", "", "(", "[a",
)  # fmt: skip
SUFFIXES = ("uncal", "rate", "rateints", "cal", "calints", "crf", "x1d", "i2d", "align", "jhat", "segm")
NAMES = (
    "m51", "m51.fits", "field.v1.2", "m51_cal", "m51-i2d", "a/b", "", "x{source_id}", "x{suffix}", "x{", "a b", "M51",
    ".hidden", "dark",
)  # fmt: skip
TYPES = (
    "image2", "spec2", "image3", "spec3", "tso3", "coron3", "ami3", "wfs-image3", "tso-image2", "IMAGE3", "None",
    "spec4",
)  # fmt: skip
VALUES: tuple[Any, ...] = (None, 3, 1.5, True, [], {}, "", "text", [1], {"a": 1})
KEYS = (
    "asn_id", "asn_pool", "asn_type", "asn_rule", "program", "target", "constraints", "version_id", "code_version",
    "degraded_status", "products", "more",
)  # fmt: skip


def association(seed: int) -> tuple[str, Data]:
    """Make an association, and the text of its file."""
    draw = random.Random(seed)
    data = copy.deepcopy(draw.choice(_simulated(draw.choice(sorted(MODES)))))
    for _ in range(draw.choice((0, 1, 1, 1, 2, 2, 3, 4))):
        draw.choice(_CHANGES)(data, draw)
    return _text(data, draw), data


@cache
def _simulated(mode: str) -> list[Data]:
    made = list(asngraph.generate(simulate(14, [mode], seed=5, errors=0.1)))
    of_types: dict[str, list[Data]] = {}
    for each in made:
        of_types.setdefault(each["asn_type"], []).append(json.loads(each.to_json()))
    return [each for some in of_types.values() for each in some[:2]]


def _product(data: Data, draw: random.Random) -> Data | None:
    products = data.get("products")
    if not isinstance(products, list) or not products:
        return None
    product = draw.choice(products)
    return product if isinstance(product, dict) and isinstance(product.get("members"), list) else None


def _member(data: Data, draw: random.Random) -> Data | None:
    product = _product(data, draw)
    members = [each for each in product["members"] if isinstance(each, dict)] if product else []
    return draw.choice(members) if members else None


def _of_member(change: Callable[[Data, random.Random], None]) -> Callable[[Data, random.Random], None]:
    def changed(data: Data, draw: random.Random) -> None:
        member = _member(data, draw)
        if member is not None:
            change(member, draw)

    return changed


def _of_product(change: Callable[[Data, random.Random], None]) -> Callable[[Data, random.Random], None]:
    def changed(data: Data, draw: random.Random) -> None:
        product = _product(data, draw)
        if product is not None:
            change(product, draw)

    return changed


def _another_stage(member: Data, draw: random.Random) -> None:
    name = str(member.get("expname", ""))
    if name:
        member["expname"] = f"{name.rpartition('_')[0] or 'a'}_{draw.choice(SUFFIXES)}.fits"


def _in_a_folder(member: Data, draw: random.Random) -> None:
    member["expname"] = f"{draw.choice(('a/', '/d/', '../'))}{member.get('expname')}"


def _no_text(member: Data, draw: random.Random) -> None:
    member[draw.choice(("expname", "exptype"))] = draw.choice((None, 3, [], {}))


def _respelled(product: Data, draw: random.Random) -> None:
    way = draw.choice((str.upper, str.title, str.lower))
    for member in product["members"]:
        if isinstance(member, dict) and isinstance(member.get("exptype"), str):
            member["exptype"] = way(member["exptype"])


def _member_again(product: Data, draw: random.Random) -> None:
    some = [each for each in product["members"] if isinstance(each, dict)]
    if some:
        again = dict(draw.choice(some))
        if draw.random() < 0.6:
            again["exptype"] = draw.choice(ROLES[:9])
        product["members"].append(again)


def _without_role(product: Data, draw: random.Random) -> None:
    role = draw.choice(("science", "science", "psf", "background"))
    product["members"][:] = [
        each for each in product["members"] if not isinstance(each, dict) or each.get("exptype") != role
    ]


def _product_again(data: Data, draw: random.Random) -> None:
    product = _product(data, draw)
    if product is not None:
        again = copy.deepcopy(product)
        if draw.random() < 0.6:
            again["name"] = f"{again.get('name')}{draw.choice(('.fits', '_cal', '-b', '.2'))}"
        data["products"].append(again)


def _broken_value(data: Data, draw: random.Random) -> None:
    data[draw.choice(KEYS)] = draw.choice(VALUES)


def _lost(data: Data, draw: random.Random) -> None:
    data.pop(draw.choice(KEYS), None)


def _asked_for_lost(data: Data, draw: random.Random) -> None:
    data.pop(draw.choice(("asn_id", "asn_pool", "asn_type")), None)


_CHANGES: tuple[Callable[[Data, random.Random], None], ...] = (
    _of_member(lambda member, draw: member.update(exptype=draw.choice(ROLES))),
    _of_member(lambda member, draw: member.update(exptype=draw.choice(ROLES))),
    _of_member(_another_stage),
    _of_member(_in_a_folder),
    _of_member(lambda member, draw: member.update(exposerr=draw.choice(("lost", None, 1, [])))),
    _of_member(lambda member, draw: member.pop(draw.choice(("expname", "exptype", "exposerr", "asn_candidate")), None)),
    _of_member(_no_text),
    _of_product(_respelled),
    _of_product(_respelled),
    _of_product(_member_again),
    _of_product(_member_again),
    _of_product(_without_role),
    _of_product(lambda product, draw: product.update(name=draw.choice(NAMES))),
    _of_product(lambda product, draw: product.update(name=draw.choice(NAMES))),
    _of_product(lambda product, draw: product.pop(draw.choice(("name", "name", "members")), None)),
    _of_product(lambda product, draw: product.update({draw.choice(("name", "members")): draw.choice(VALUES[:6])})),
    _of_product(lambda product, draw: product["members"].append(draw.choice(VALUES))),
    lambda data, draw: data.update(asn_type=draw.choice(TYPES)),
    lambda data, draw: data.update(asn_type=draw.choice(TYPES)),
    lambda data, draw: data.update(asn_type="None", asn_rule=draw.choice(("DMSLevel2bBase", "DMS_Level3_Base", "x"))),
    _product_again,
    _broken_value,
    _lost,
    _asked_for_lost,
    _asked_for_lost,
)  # fmt: skip


def _text(data: Data, draw: random.Random) -> str:
    """Write an association, now and then as no JSON, or as what only YAML takes."""
    indent = draw.choice((None, 1, 4, "\t"))
    text = json.dumps(data, indent=indent, ensure_ascii=draw.random() < 0.9)
    place = draw.randrange(len(text))
    ways: tuple[Callable[[], str], ...] = (
        lambda: text.replace("]", ",]", 1),
        lambda: text.replace("}", ",}", 1),
        lambda: text.replace("]", ",]").replace("}", ",}"),
        lambda: "\ufeff" + text,
        lambda: f"# made by hand\n{text}",
        lambda: text.replace('"asn_type"', "asn_type", 1),
        lambda: text.replace('"', "'"),
        lambda: text.replace("]", ",,]", 1),
        lambda: text[:place] + text[place + 1 :],
        lambda: text[:place],
        lambda: text[:place] + draw.choice(',:"]}[{') + text[place:],
    )
    return draw.choice(ways)() if draw.random() < 0.2 else text
