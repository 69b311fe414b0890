"""TAB in a shell."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from conftest import EXAMPLES, ROOT

import asngraph
from asngraph.simulation import MODES

MRS = EXAMPLES / "miri_mrs_background.csv"


@pytest.fixture
def complete(run, monkeypatch):
    """Complete the last of some words, as the script of bash does."""

    def completed(*words: object) -> set[str]:
        with monkeypatch.context() as shell:
            shell.setenv("_ASNGRAPH_COMPLETE", "bash_complete")
            shell.setenv("COMP_WORDS", " ".join(map(str, ("asngraph", *words))))
            shell.setenv("COMP_CWORD", str(len(words)))
            result = run()
        assert (result.code, result.err) == (0, "")
        return {line.removeprefix("plain,") for line in result.out.splitlines() if line}

    return completed


def test_commands_and_options(complete) -> None:
    assert complete("gen") == {"generate"}
    assert complete("asn", "va") == {"validate"}
    assert complete("generate", "--verb") == {"--verbose"}
    assert complete("completion", "") == {"bash", "zsh", "fish"}


def test_names_are_those_of_the_source(complete, run, tmp_path) -> None:
    graph = asngraph.generate(MRS)
    associations = set(graph.associations["association"])
    exposures = {name.removesuffix("_uncal.fits") for name in graph.exposures.index}
    assert complete("plot", MRS, "-a", "jw") == associations
    assert complete("which", "--in", MRS, "jw") == exposures
    assert complete("why", "--in", MRS, min(exposures), "jw") == associations | exposures
    assert complete("generate", MRS, "-i", "") == {"o001", "o002", "c1000"}
    assert complete("generate", MRS, "-i", "O") == {"o001", "o002"}
    run("generate", MRS, "-p", tmp_path)
    assert complete("why-not", "--in", tmp_path, min(exposures), "jw") == associations
    assert complete("which", "--in", tmp_path, "jw") == exposures
    one = tmp_path / "jw04322-o001_spec3_00001_asn.json"
    assert complete("asn", "edit", one, "set-ex") == {"set-exptype"}
    members = {member["expname"].split("_cal")[0] for member in graph[one.name].members}
    assert complete("asn", "edit", one, "remove", "jw") == members


def test_files_of_a_download(complete, tmp_path, monkeypatch) -> None:
    folder = tmp_path / "mastDownload" / "JWST" / "a"
    folder.mkdir(parents=True)
    (folder / "jw01234001001_02101_00001_nis_cal.fits").touch()
    (folder / "jw01234-o001_image3_00001_asn.json").write_text("{")
    monkeypatch.chdir(tmp_path)
    assert complete("which", "jw") == {"jw01234001001_02101_00001_nis"}
    assert complete("why-not", "jw01234001001_02101_00001_nis", "") == {"jw01234-o001_image3_00001"}


def test_rules_modes_relations_and_files(complete) -> None:
    assert complete("rules", "Asn_Lv3MIRM") == {"Asn_Lv3MIRMRS", "Asn_Lv3MIRMRSBackground"}
    assert complete("simulate", "-m", "") == set(MODES)
    assert complete("related", "--relation", "msa") == {"msa_plan_for"}
    assert complete("generate", "ex") == {"file,ex"}
    assert complete("asn", "edit", "ex") == {"file,ex"}


@pytest.mark.parametrize(
    "words", [("plot", "{p}", "-a", "j"), ("which", "--in", "{p}", "j"), ("asn", "edit", "{p}", "")]
)
def test_nothing_is_printed_when_the_source_is_broken(complete, tmp_path, words: tuple[str, ...]) -> None:
    (tmp_path / "p.csv").write_bytes(b"\xff\x00|'")
    found = complete(*(word.format(p=tmp_path / "p.csv") for word in words))
    assert not [line for line in found if "error" in line.lower() or "Traceback" in line]
    assert complete("which", "--in", tmp_path / "missing", "j") == set()


def test_pandas_and_other_large_packages_are_not_imported() -> None:
    environment = os.environ | {
        "_ASNGRAPH_COMPLETE": "bash_complete", "COMP_WORDS": f"asngraph plot {MRS} -a jw", "COMP_CWORD": "4",
        "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    code = (
        "import sys; from asngraph.cli import main; main();"
        "print({'pandas', 'networkx', 'rdflib', 'astropy', 'rich'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "set()"
    assert len(done.stdout.splitlines()) > 10


def test_bash_runs_the_script(tmp_path) -> None:
    command = tmp_path / "asngraph"
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m asngraph "$@"\n')
    command.chmod(0o755)
    text = 'eval "$(asngraph completion bash)"; COMP_WORDS=(asngraph gen); COMP_CWORD=1; '
    text += '_asngraph_completion asngraph; echo "${COMPREPLY[@]}"; '
    text += "PATH=/usr/bin; COMPREPLY=(); _asngraph_completion asngraph; echo gone ${COMPREPLY[@]}"
    environment = os.environ | {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", text], env=environment, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("generate\ngone\n", "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_scripts_call_the_command_and_drop_its_messages(run, shell: str) -> None:
    result = run("completion", shell)
    assert result.code == 0
    (call,) = [line for line in result.out.splitlines() if f"_ASNGRAPH_COMPLETE={shell}_complete" in line]
    assert "2>/dev/null" in call
