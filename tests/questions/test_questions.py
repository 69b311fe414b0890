"""Questions, through the library and the command: every answer is checked against the graph, or by trying it."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from conftest import EXAMPLES

import asngraph
from asngraph.errors import AsnGraphError, UsageError
from asngraph.model.relations import RELATIONS
from asngraph.questions import AssociationCollection, collect, impact, related, stats, which, why, why_not
from asngraph.simulation import MODES, simulate

MOSAIC = EXAMPLES / "nircam_mosaic.csv"
EXPOSURE = "jw04321001001_02101_00001_nrca1"


@pytest.fixture(scope="module")
def mosaic() -> AssociationCollection:
    return collect(MOSAIC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("associations")
    for association in asngraph.generate(MOSAIC):
        association.write(path)
    return path


def pools() -> list[Any]:
    return [*sorted(EXAMPLES.glob("*.csv")), *(simulate(24, [mode], seed=place) for place, mode in enumerate(MODES))]


# --- Names --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ending", ["", "_uncal.fits", "_rate.fits", "_cal", "_calints.fits", "_UNCAL.FITS", "_x1d.fits"]
)
def test_an_exposure_goes_by_any_of_its_names(mosaic: AssociationCollection, ending: str) -> None:
    assert mosaic.exposures[mosaic.exposure(f"/some/folder/{EXPOSURE}{ending}")] == f"{EXPOSURE}_uncal.fits"


@pytest.mark.parametrize("ending", ["", "_asn.json", "_asn", "_ASN.JSON"])
def test_an_association_goes_by_any_of_its_names(mosaic: AssociationCollection, ending: str) -> None:
    assert mosaic.association(f"out/jw04321-o001_image3_00001{ending}").name == "jw04321-o001_image3_00001"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("jw04321001001_02101_00001_nrca9", "did you mean jw04321001001_02101_00001_nrca"),
        ("jw04321001001_02101_00001", "incomplete name of an exposure"),
        ("", "such as"),
        ("quite another thing", "there are 20, such as"),
    ],
)
def test_what_is_unknown_gets_suggestions(mosaic: AssociationCollection, name: str, said: str) -> None:
    with pytest.raises(UsageError, match="exposure") as raised:
        which(mosaic, name)
    assert said in str(raised.value)


def test_a_file_name_that_comes_twice_is_ambiguous() -> None:
    pool = simulate(3, ["nircam-imaging"], seed=1)
    twice = asngraph.Pool.together([pool, pool])
    name = pool["filename"][0]
    with pytest.raises(UsageError, match=f"{name} or {name}#2"):
        which(twice, name.removesuffix("_uncal.fits"))
    assert which(twice, f"{name}#2") == []


# --- Which --------------------------------------------------------------------------------------------------------


def test_which_is_what_the_files_say(mosaic: AssociationCollection) -> None:
    written: Counter[tuple[str, str, str]] = Counter()
    for association in asngraph.generate(MOSAIC):
        name = association.file_name.removesuffix("_asn.json")
        written.update((name, member["expname"], member["exptype"]) for member in association.members)
    told = Counter((x.association, x.expname, x.exptype) for each in mosaic.exposures for x in which(mosaic, each))
    assert told == written


def test_a_folder_answers_as_the_pool_does(mosaic: AssociationCollection, folder: Path) -> None:
    of_files = collect(folder)
    for name in mosaic.exposures:
        assert set(which(of_files, name)) == set(which(mosaic, name))
        for each in which(of_files, name):
            [there], [here] = (why(source, name, each.association) for source in (of_files, mosaic))
            assert [link.relation for link in there.links] == [link.relation for link in here.links]
    assert {each.association for each in impact(of_files, EXPOSURE)} == {
        each.association for each in impact(mosaic, EXPOSURE)
    }
    assert stats(of_files).asn_types == stats(mosaic).asn_types


def test_a_direct_image_belongs_by_its_level3_image() -> None:
    pool = simulate(12, ["niriss-wfss"], seed=3)
    by_image = [each for each in which(pool, pool["filename"][0]) if each.indirect]
    assert by_image
    assert all(each.expname.endswith("_i2d.fits") and each.exptype == "direct_image" for each in by_image)


# --- Why ----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_every_edge_that_why_names_is_in_the_graph() -> None:
    asked = 0
    for pool in pools():
        graph = asngraph.generate(pool)
        holdings = collect(graph)
        edges = set(
            graph.edges[["source", "target", "relation", "rule", "candidate", "group"]].itertuples(
                index=False, name=None
            )
        )
        grouped = set(graph.sets[["exposure", "group"]].itertuples(index=False, name=None))
        membership = set(graph.membership[["exposure", "association"]].itertuples(index=False, name=None))
        for held in holdings.associations:
            for exposure in {member.exposure for member in held.members} - {-1}:
                [tie] = why(holdings, holdings.exposures[exposure], held.name)
                *chain, last = tie.links
                assert (last.source, last.target) in membership
                assert last.relation == "member_of"
                for link in chain:
                    if link.relation == "grouped_with":
                        assert {(link.source, held.name), (link.target, held.name)} <= grouped
                    elif link.relation == "carried_in":
                        assert (link.source, link.target) in membership
                    else:
                        assert tuple(link) in edges
                assert chain or exposure in held.anchors
                asked += 1
    assert asked > 1000


def test_two_exposures_are_tied_by_what_they_share_or_by_a_chain() -> None:
    pool = simulate(40, ["nircam-imaging", "miri-mrs", "niriss-wfss"], seed=8)
    graph = asngraph.generate(pool)
    holdings = collect(graph)
    edges = {
        (ends[at], ends[1 - at], data["relation"])
        for *ends, data in graph.to_networkx("exposures").edges(data=True)
        for at in ((0, 1) if data.get("symmetric") else (0,))
    }
    rng = random.Random(1)
    for _ in range(60):
        one, other = rng.sample(holdings.exposures, 2)
        try:
            ties = why(holdings, one, other)
        except AsnGraphError as error:
            assert "not connected" in str(error)
            continue
        for tie in ties:
            assert {link[:3] for link in tie.links if link.relation != "member_of"} <= edges
            if not tie.association:
                here = one
                for link in tie.links:
                    assert here in (link.source, link.target)
                    here = link.target if here == link.source else link.source
                assert here == other


def test_why_says_where_to_ask_when_it_is_not_so(mosaic: AssociationCollection) -> None:
    with pytest.raises(AsnGraphError, match="why-not"):
        why(mosaic, EXPOSURE, "jw04321-o002_image3_00001")
    with pytest.raises(AsnGraphError, match="one exposure"):
        why(mosaic, EXPOSURE, EXPOSURE)


# --- Why not ------------------------------------------------------------------------------------------------------


def asked_at_random(seed: int) -> tuple[Any, AssociationCollection, str, str | None, str | None]:
    """Draw a pool, an exposure, and an association or a rule, all rules as often."""
    rng = random.Random(seed)
    modes = rng.sample(list(MODES), rng.randint(1, 3))
    pool = simulate(rng.randint(6, 30), modes, seed=seed, undefined=rng.choice([0, 0, 0.05]))
    holdings = collect(pool)
    exposure = rng.choice(holdings.exposures)
    if rng.random() < 0.5 and holdings.associations:
        rule = rng.choice(sorted({held.rule for held in holdings.associations}))
        return pool, holdings, exposure, rng.choice([h.name for h in holdings.associations if h.rule == rule]), None
    return pool, holdings, exposure, None, rng.choice([each.name for each in holdings.rules if not each.hands_on])


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, 600, 50))
def test_why_not_by_counterfactual(start: int) -> None:
    """What is named is changed, and all is made again: it is a member then, or something else is in the way."""
    named = 0
    for seed in range(start, start + 50):
        pool, holdings, exposure, association, rule = asked_at_random(seed)
        answer = why_not(holdings, exposure, association, rule=rule)
        assert answer.reasons
        assert all(reason.text for reason in answer.reasons)
        if answer.member or not answer.changes:
            kinds = {reason.kind for reason in answer.reasons}
            assert answer.member or kinds & {"taken", "duplicate", "invalid", "order", "dropped"}, (seed, answer)
            continue
        named += 1
        frame = pool.to_frame()
        row = holdings.exposure(exposure)
        for column, value, to in answer.changes:
            assert pool[column][row] == value != to
            frame.loc[row, column] = to
        again = collect(asngraph.Pool.from_frame(frame, pool.name))
        if association is None:
            after = why_not(again, exposure, rule=rule)
            assert after.member or after.reasons[0].text != answer.reasons[0].text, (seed, answer)
            continue
        anchor = holdings.association(association).anchors[0]
        together = [
            held
            for held in again.of_exposure.get(row, [])
            if held.rule == answer.rule and held in again.of_exposure.get(anchor, [])
        ]
        assert together or answer.outcome != "; ".join(reason.text for reason in answer.reasons), (seed, answer)
    assert named > 25


def test_why_not_names_what_binds_and_who(mosaic: AssociationCollection) -> None:
    answer = why_not(mosaic, EXPOSURE, "jw04321-o002_image3_00001")
    by_field = {reason.field: reason for reason in answer.reasons}
    assert by_field["filter"].value == "f200w"
    assert by_field["filter"].kind == "binding"
    assert mosaic.graph is not None
    binder = mosaic.graph.exposures.loc[by_field["filter"].bound_by]
    assert f"the same filter, {binder['filter']}" in by_field["filter"].needed
    assert answer.outcome.startswith("it is in jw04321-o002_image3_")


def test_why_not_tells_what_was_set_aside_and_for_what(mosaic: AssociationCollection) -> None:
    assert mosaic.graph is not None
    aside = mosaic.graph.set_aside
    pool = simulate(30, ["nircam-mosaic-of-observations"], seed=4)
    graph = asngraph.generate(pool)
    found = 0
    for each in graph.decision.aside:
        row = each.draft.members[0].exposure
        answer = why_not(graph, graph.exposure_names[row], rule=each.draft.rule.name)
        if answer.member:
            continue
        found += 1
        assert {reason.kind for reason in answer.reasons} <= {"duplicate", "invalid"}
        for reason in answer.reasons:
            assert reason.kind == "invalid" or f"{reason.bound_by}_asn.json" in graph.file_names
    assert found
    assert len(aside)


def test_why_not_of_what_was_left_out_says_why(run: Any, tmp_path: Path) -> None:
    name = f"{EXPOSURE}_uncal.fits"
    graph = asngraph.generate(MOSAIC, excluded={name: "a cosmic ray shower"})
    answer = why_not(graph, EXPOSURE, graph.file_names[-1])
    assert [reason.text for reason in answer.reasons] == ["it is left out of all associations: a cosmic ray shower"]
    table = tmp_path / "left_out.txt"
    table.write_text(f"filename | reason\n{name} | a cosmic ray shower\n")
    answered = run("why-not", EXPOSURE, "--rule", "Lv3Image", "--in", MOSAIC, "--exclude", table)
    assert "left out of all associations: a cosmic ray shower" in answered.out


def test_why_not_of_a_folder_needs_the_pool(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"put nircam_mosaic\.csv beside them"):
        why_not(folder, EXPOSURE, "jw04321-o002_image3_00001")
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / MOSAIC.name).write_bytes(MOSAIC.read_bytes())
    assert why_not(tmp_path, EXPOSURE, "jw04321-o002_image3_00001").outcome


def test_why_not_wants_a_rule_that_there_is(mosaic: AssociationCollection) -> None:
    with pytest.raises(UsageError, match="did you mean Asn_Lv3Image"):
        why_not(mosaic, EXPOSURE, rule="Asn_Lv3Imag")
    with pytest.raises(UsageError, match="either"):
        why_not(mosaic, EXPOSURE)


# --- Impact -------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(24))
def test_impact_says_what_is_left_when_the_exposure_is_taken_away(seed: int) -> None:
    """What an association is said to have left is what it has when all is made again without the exposure."""
    pool = simulate(20, random.Random(seed).sample(list(MODES), 2), seed=seed)
    holdings = collect(pool)
    exposure = random.Random(seed).choice(holdings.exposures)
    row = holdings.exposure(exposure)
    effects = {each.association: each for each in impact(holdings, exposure)}
    assert set(effects) >= {held.name for held in holdings.of_exposure.get(row, [])}
    order = list(effects)
    for each in effects.values():
        assert all(order.index(before) < order.index(each.association) for before in each.because_of)
    again = asngraph.generate(pool, excluded={pool["filename"][row]: "taken away"}).decision
    # What is the same as another candidate's now is set aside for it.
    parts = [part for made in again.made for part in made.merged] + [each.draft for each in again.aside]
    made = {
        (part.rule.name, part.candidate.id, frozenset((each.exposure, each.exptype) for each in part.members))
        for part in parts
    }
    for held in holdings.associations:
        effect = effects.get(held.name)
        if effect is not None and effect.state == "gone":
            continue
        lost = effect.loses if effect else ()
        left = frozenset((m.exposure, m.exptype) for m in held.members if m.expname not in lost)
        assert row not in {exposure for exposure, _ in left}
        assert (held.rule, held.candidate, left) in made, (held.name, effect)


def test_impact_goes_from_an_image_by_its_catalog_to_the_spectra() -> None:
    holdings = collect(simulate(20, ["niriss-wfss"], seed=3))
    effects = impact(holdings, holdings.exposures[0])
    states = {(each.rule, each.state) for each in effects}
    assert ("Asn_Lv3Image", "less") in states
    assert ("Asn_Lv2WFSSNIS", "remade") in states
    assert ("Asn_Lv3WFSSNIS", "remade") in states
    image = next(each for each in effects if each.rule == "Asn_Lv3Image")
    images = {m.exposure for m in holdings.association(image.association).members}
    without = impact(holdings, *(holdings.exposures[each] for each in images))
    spectra = [each for each in without if each.rule == "Asn_Lv2WFSSNIS"]
    assert {each.reason for each in spectra} >= {"has no direct image"}


def test_associations_that_are_made_of_each_other_are_refused(tmp_path: Path) -> None:
    for name, other in (("a", "b"), ("b", "a")):
        members = [{"expname": f"jw1_{other}_i2d.fits", "exptype": "science"}]
        text = json.dumps({"asn_type": "image3", "products": [{"name": f"jw1_{name}", "members": members}]})
        (tmp_path / f"{name}_asn.json").write_text(text)
    (tmp_path / "c_asn.json").write_text(
        json.dumps({"products": [{"name": "x", "members": [{"expname": "e_cal.fits", "exptype": "science"}]}]})
    )
    with pytest.raises(AsnGraphError, match="depend on each other in a cycle"):
        impact(tmp_path, "e")


# --- Related and stats --------------------------------------------------------------------------------------------


def test_relations_hold_both_ways(mosaic: AssociationCollection) -> None:
    other_way = {"both": "both", "serves": "is served by", "is served by": "serves"}
    for source in (mosaic, collect(simulate(30, ["miri-mrs", "nirspec-ifu"], seed=2))):
        told = {name: related(source, name) for name in source.exposures}
        pairs = {(name, each.relation, each.direction, each.exposure) for name, some in told.items() for each in some}
        assert pairs
        for name, relation, direction, other in pairs:
            assert (other, relation, other_way[direction], name) in pairs


def test_a_relation_has_its_cases(mosaic: AssociationCollection) -> None:
    source = collect(EXAMPLES / "miri_mrs_background.csv")
    found = {each.relation for name in source.exposures for each in related(source, name, "calibration_for")}
    assert "background_for" in found
    assert all(each in RELATIONS for each in found)
    assert "grouped_with" not in found
    with pytest.raises(UsageError, match="same_target"):
        related(mosaic, EXPOSURE, "same_traget")


def test_stats_add_up() -> None:
    pool = simulate(60, seed=5)
    graph = asngraph.generate(pool)
    told = stats(graph)
    assert told.nodes["exposure"] == len(pool) == sum(told.degrees.values())
    assert told.nodes["association"] == len(graph) == sum(told.rules.values()) == sum(told.asn_types.values())
    kinds = Counter(kind for _, kind in graph.to_networkx().nodes(data="kind"))
    assert told.nodes["observation"] == kinds["observation"]
    assert told.nodes["target"] == kinds["target"]
    assert sum(told.exptypes.values()) == len(graph.membership)
    pairs = graph.to_networkx("exposures").number_of_edges()
    assert sum(told.relations.values()) == pairs
    assert told.duplicates == graph.set_aside["duplicate_of"].notna().sum()
    assert told.degrees.get(0, 0) >= sum(told.orphans.values())


# --- Support files ------------------------------------------------------------------------------------------------


def test_a_support_file_is_asked_as_an_exposure_is() -> None:
    pool = simulate(20, ["nirspec-msa"], seed=2)
    plan = next(text for text in pool["msametfl"] if text != "null")
    served = {name for name, text in zip(pool["filename"], pool["msametfl"], strict=True) if text == plan}
    assert {each.exposure for each in related(pool, plan)} == served
    holdings = collect(pool)
    associations = {each.association for name in served for each in which(holdings, name)}
    assert {each.association for each in which(holdings, f"/data/{plan.upper()}")} == associations
    effects = impact(holdings, plan)
    assert {each.association for each in effects} >= associations
    assert {each.state for each in effects} == {"remade"}
    for association in associations:
        for tie in why(holdings, plan, association):
            assert tie.links[0].relation == "msa_plan_for"
            assert tie.links[0].target == tie.links[-1].source
    exposure = min(served)
    assert [each.exposure for each in related(holdings, exposure, "support-for")] == [plan]


def test_a_support_table_is_asked_too(run: Any) -> None:
    source = ["--in", EXAMPLES / "miri_mrs_background.csv"]
    table = EXAMPLES / "miri_mrs_background_support.txt"
    answered = run("related", "jw04322001001_02102_00001_jit.fits", *source, "--support", table)
    assert answered.code == 0
    assert "jitter_for" in answered.out
    assert run("related", "jw04322001001_02102_00001_jit.fits", *source).code == 2


# --- The command --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (["which", EXPOSURE], "is in 3 associations"),
        (["why", EXPOSURE, "jw04321-o001_image3_00002_asn.json"], "as science"),
        (["why", EXPOSURE, "jw04321002001_02101_00001_nrca1"], "grouped_with"),
        (["why-not", EXPOSURE, "jw04321-o002_image3_00001"], "the same filter, f444w; it has filter f200w"),
        (["why-not", EXPOSURE, "--rule", "Lv3MIRMRS"], "exp_type is mir_mrs; it has exp_type nrc_image"),
        (["impact", EXPOSURE], "gone: it is built around it"),
        (["related", EXPOSURE, "--relation", "grouped_with"], "grouped_with"),
        (["stats"], "20 in 3"),
    ],
)
def test_the_command_answers(run: Any, question: list[str], said: str) -> None:
    answered = run(*question, "--in", MOSAIC)
    assert answered.code == 0
    assert said in answered.out
    assert not answered.err
    as_json = run(*question, "--in", MOSAIC, "--json")
    assert json.loads(as_json.out)


def test_the_command_asks_the_folder_it_is_in(run: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert "is in 3 associations" in run("which", EXPOSURE).out


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (["which", "nothing"], "unknown exposure 'nothing'"),
        (["why-not", EXPOSURE], "name either"),
        (["why-not", EXPOSURE, "no_asn.json"], "unknown association"),
        (["related", EXPOSURE, "--relation", "loves"], "unknown relation"),
    ],
)
def test_what_makes_no_sense_is_refused(run: Any, question: list[str], said: str) -> None:
    answered = run(*question, "--in", MOSAIC)
    assert answered.code == 2
    assert said in answered.err


def test_an_empty_folder_is_refused(run: Any, tmp_path: Path) -> None:
    answered = run("which", EXPOSURE, "--in", tmp_path)
    assert answered.code == 2
    assert "name a pool" in answered.err


def test_text_of_a_pool_is_shown_and_not_acted_on(run: Any, tmp_path: Path) -> None:
    name = "jw1_<img src=x onerror=alert(1)>\u202e[bold]_uncal.fits"
    (tmp_path / "pool.csv").write_text(f"filename|program|exp_type\n{name}|1|nrc_image\n", encoding="utf-8")
    answered = run("which", name, "--in", tmp_path / "pool.csv")
    assert answered.code == 0
    assert "jw1_<img src=x onerror=alert(1)>\\u202e[bold]_uncal.fits" in answered.out
