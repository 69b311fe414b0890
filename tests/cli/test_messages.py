"""What the command says of what is wrong: safe to show, of bounded length, and never a traceback."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest
from conftest import EXAMPLES

import asngraph
from asngraph.cli import console, streams
from asngraph.errors import UsageError
from asngraph.rules.loading import load_rule_file
from asngraph.simulation import simulate

HOSTILE = ["\x1b[31mred", "\x1b]0;title\x07", "\u202e", "\u2028", "\x9b2J", "\x7f", "\udcff"]
LONG = 5_000 * "x"
POOL = EXAMPLES / "miri_mrs_background.csv"


def safe(text: str) -> bool:
    return all(line.isprintable() for line in text.split("\n"))


@pytest.fixture
def pool(tmp_path) -> Path:
    path = tmp_path / "p.csv"
    simulate(8, ["nircam-imaging"], seed=1, errors=0).write(path)
    return path


# What is named on the command line; {} is where the hostile text goes.
ASKED = [
    "stats --in {}.csv",
    "generate POOL -i o001 {} -p FOLDER/out",
    "generate {} POOL -p FOLDER/out",
    "generate POOL -r {}.py",
    "generate POOL --version-id {}",
    "generate POOL --workers {}",
    "which {} --in POOL",
    "why {} {} --in POOL",
    "why-not jw1 --rule {} --in POOL",
    "related x --relation {} --in POOL",
    "plan POOL -f {}",
    "plan POOL -f make --command {}",
    "view POOL -o {}/page.html",
    "view POOL -o FOLDER/{}.html",
    "graph POOL -o {}",
    "rdf POOL -o {}.unknown",
    "sparql {} --pool POOL",
    "sparql --pool POOL --set {} ASK{}",
    "archive stats --store {}",
    "rules {}",
    "simulate -m {}",
    "simulate -n {}",
    "pool merge POOL {} -o out.csv",
    "asn edit {}.json add x",
    "asn create x_cal.fits,{} -o FOLDER/new_asn.json --product-name {}",
    "plot POOL -a {}",
    "{}",
    "pool {}",
    "stats --{}",
    "stats --in={}",
]


@pytest.mark.usefixtures("answered_here")
@pytest.mark.parametrize("command", ASKED)
def test_what_was_typed_is_shown_and_not_acted_on(run, pool, tmp_path, monkeypatch, command) -> None:
    monkeypatch.chdir(tmp_path)
    for hostile in [*HOSTILE[:4], LONG]:
        line = command.replace("POOL", str(pool)).replace("FOLDER", str(tmp_path))
        result = run(*(word.replace("{}", f"a{hostile}b") for word in line.split()))
        assert safe(result.err)
        assert "internal error" not in result.err
        assert max(map(len, result.err.splitlines()), default=0) < 1_500
        assert LONG[:400] not in result.err
        if LONG[:50] in result.err:
            assert " characters]..." in result.err


@pytest.mark.parametrize("hostile", HOSTILE)
def test_names_in_files(run, tmp_path, hostile) -> None:
    rows = {
        "header": (f"filename|program|pro{hostile}", "a_uncal.fits|1|2"),
        "cell": ("filename|program|targetid", f"a{hostile}_uncal.fits|1|2"),
        "row": ("filename|program", f"a_uncal.fits|1|{hostile}"),
        "program": ("filename|program", f"a_uncal.fits|../{hostile}"),
        "candidate": ("filename|program|asn_candidate", f"a_uncal.fits|1|[('{hostile}', 'observation')]"),
    }
    for name, (head, row) in rows.items():
        file = tmp_path / f"{name}.csv"
        file.write_text(f"{head}\n{row}\n", encoding="utf-8", errors="surrogateescape")
        for command in (
            ["stats", "--in", file],
            ["pool", "show", file],
            ["generate", file, "-p", tmp_path / "out", "-v"],
        ):
            result = run(*command)
            assert safe(result.err), name
            assert safe(result.out), name
    members = [{"expname": f"a{hostile}_cal.fits", "exptype": f"sci{hostile}"}, {"expname": LONG, "exptype": LONG}]
    document = {"asn_type": f"image3{hostile}", "products": [{"name": hostile, "members": members}]}
    (tmp_path / "x_asn.json").write_text(json.dumps(document))
    for command in (["asn", "validate"], ["asn", "files"], ["asn", "edit"], ["stats", "--in"]):
        more = ["remove", "nothing"] if command[-1] == "edit" else []
        result = run(*command, tmp_path / "x_asn.json", *more)
        assert safe(result.err)
        assert max(map(len, result.err.splitlines()), default=0) < 3_500


def test_warnings_of_other_libraries(run, pool, tmp_path) -> None:
    rules = tmp_path / "rules.py"
    rules.write_text(
        "import logging, sys, warnings\n"
        "warnings.warn('\\x1b[2J\\u202e' + 5000 * 'x')\n"
        "logging.getLogger('other').warning('\\x1b[2J\\u2028')\n"
        "print('\\x1b[2J', file=sys.stderr)\n"
        "from asngraph import Rule\n"
    )
    with pytest.warns(UserWarning):  # pytest takes it; what is shown is tested below
        result = run("generate", pool, "-r", rules, "-p", tmp_path / "out")
    assert result.code == 2
    assert safe(result.err)
    assert "\\x1b[2J" in result.err


def test_streams_of_messages_are_safe_whoever_writes(capsys) -> None:
    import warnings

    with streams.guarded(), warnings.catch_warnings():
        warnings.simplefilter("always")
        sys.stderr.write(warnings.formatwarning("\x1b[2J\u202e\n" + LONG, UserWarning, "a.py", 3, "x = 1"))
        print("\x00one\ttwo", file=sys.stderr)
    said = capsys.readouterr().err
    assert safe(said)
    assert "[5,000 characters]" in said
    assert "\\x00one" in said


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a terminal of POSIX")
def test_what_moves_on_a_terminal(monkeypatch) -> None:
    """Square brackets in a name are no markup, escape sequences are shown, and messages come before what moves."""
    try:
        leader, follower = os.openpty()
    except OSError:
        pytest.skip("needs /dev/pts")
    monkeypatch.setenv("TERM", "xterm")
    with open(follower, "w") as errors, streams.guarded():  # noqa: PTH123
        monkeypatch.setattr(sys, "stderr", errors)
        with streams.guarded():
            before = sys.stderr
            with console.working("deciding [red]\x1b[31m.csv"):
                print("a library says \x1b[2J\u202e", file=sys.stderr)
                console.warn("[bold] \x1b[3J")
            for _ in console.progress([1, 2], "adding [red]\x1b[31m"):
                console.say("one more \x1b[4J")
            assert sys.stderr is before
        errors.flush()
        said = os.read(leader, 1 << 16).decode()
    os.close(leader)
    for shown in (
        "deciding [red]\\x1b[31m.csv",
        "adding [red]\\x1b[31m",
        "a library says \\x1b[2J\\u202e\r\n",
        "\\x1b[4J\r\n",
    ):
        assert shown in said
    assert "asngraph: warning: [bold] \\x1b[3J\r\n" in said
    assert not [raw for raw in ("\x1b[31m", "\x1b[2J", "\x1b[3J", "\x1b[4J", "\u202e") if raw in said]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain words, é and 文", "plain words, é and 文"),
        ("  indented", "  indented"),
        ("two\n  lines\r\n", "two lines"),
        ("a\tb\x00", "a\\tb\\x00"),
        ("\u2028\u202e\x1b", "\\u2028\\u202e\\x1b"),
        ("x" * 300, "x" * 300),
    ],
)
def test_legible(text, shown) -> None:
    assert streams.legible(text) == shown
    assert streams.legible(shown) == shown


@pytest.mark.parametrize("text", [LONG, f"'{LONG}'", f"no {LONG}, so", f"({LONG})."])
def test_the_true_length_of_what_is_shortened_is_said(text) -> None:
    shown = streams.legible(text)
    assert "xx...[5,000 characters]...xx" in shown
    assert len(shown) < 330
    assert streams.legible(shown) == shown


def test_long_messages_are_bounded() -> None:
    assert len(streams.legible("a word " * 5_000)) <= 3_000
    assert len(streams.legible("\x1b" * 5_000)) <= 300
    assert len(streams.legible("'" * 5_000)) <= 1_000


RULES = {
    "raise SystemExit(0)": (1, "ends the program (SystemExit: 0)"),
    "import sys\n\nsys.exit()": (3, "ends the program (SystemExit: None)"),
    "import sys\ndef end():\n    sys.exit('\\x1b')\nend()": (3, "ends the program"),
    "import os\nos._exit(0)": (2, "os._exit(0) ends the program"),
    "\nraise KeyboardInterrupt": (2, "KeyboardInterrupt"),
    "raise GeneratorExit": (1, "GeneratorExit"),
    "class End(BaseException): pass\nraise End('now')": (2, "End: now"),
    "def again():\n    return again()\nagain()": (2, "RecursionError"),
    "class Odd:\n    @property\n    def __class__(self):\n        raise SystemExit(0)\nodd = Odd()": (
        4,
        "ends the program",
    ),
    "x = " + "-" * 100_000 + "1": (None, "nested too deeply"),
    "x = y" + ".a" * 30_000: (None, "nested too deeply"),
    "x = " + "(" * 1_000 + ")" * 1_000: (1, "parentheses"),
}


@pytest.mark.parametrize("text", RULES, ids=lambda text: text[:40])
def test_rules_that_do_not_let_the_program_go_on(run, pool, tmp_path, text) -> None:
    file = tmp_path / "rules.py"
    file.write_text(text + "\n")
    line, problem = RULES[text]
    result = run("generate", pool, "-r", file, "-p", tmp_path / "out")
    assert result.code == 2
    assert result.err.startswith(f"asngraph: error: {file}" + (f", line {line}: " if line else ""))
    assert problem in result.err
    assert len(result.err.splitlines()) == 1
    assert not (tmp_path / "out").exists()
    with pytest.raises(UsageError):
        load_rule_file(file)


def test_who_interrupts_rules_interrupts(tmp_path) -> None:
    """Control-C while a rule file is read is no error of the file."""
    file = tmp_path / "rules.py"
    file.write_text("import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(5)\n")
    with pytest.raises(KeyboardInterrupt):
        load_rule_file(file)


def test_the_last_resort(run, monkeypatch) -> None:
    def fail() -> None:
        raise ZeroDivisionError("by \x1b nothing\nat all")

    monkeypatch.setattr("asngraph.rules.loading.observatory_rules", fail)
    monkeypatch.delenv("ASNGRAPH_TRACEBACK", raising=False)
    result = run("rules")
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith(
        "asngraph: internal error: ZeroDivisionError: by \\x1b nothing at all (test_messages.py"
    )
    assert "please report it" in result.err
    assert len(result.err.splitlines()) == 1
    monkeypatch.setenv("ASNGRAPH_TRACEBACK", "1")
    result = run("rules")
    assert result.code == 1
    assert result.err.startswith("Traceback (most recent call last):\n  File ")
    assert result.err.splitlines()[-1].startswith("asngraph: internal error: ")


def test_a_broken_pipe_that_is_not_standard_output_is_said(run, monkeypatch) -> None:
    def fail() -> None:
        raise BrokenPipeError(32, "Broken pipe", "somewhere")

    monkeypatch.setattr("asngraph.rules.loading.observatory_rules", fail)
    result = run("rules")
    assert (result.code, result.err) == (1, "asngraph: error: somewhere: Broken pipe\n")


BYTES = [
    "generate P -p out{}",
    "stats --in P",
    "stats --in out{} --json",
    "plan P -f json",
    "plan out{} -f make -o Makefile{}",
    "status out{}",
    "diff P out{}",
    "view P",
    "view P -o page.html",
    "view p.csv -o page{}.html",
    "rdf P -f nt",
    "rdf p.csv -o graph{}.nt",
    "graph P -o graph.json",
    "graph p.csv -o graph{}.json",
    "simulate -n 5 -o new{}.csv",
    "pool show P",
    "pool show P --json",
    "pool check P",
    "pool merge P -o new{}.csv --replace",
    "pool split P -p split{}",
    "pool link P 1 2 --type group -o link{}.csv",
    "asn validate out{}",
    "asn files out{}",
    "asn create a{}_cal.fits -o new{}_asn.json --product-name new",
    "generate P -r rules{}.py",
    "generate nothing{}.csv",
]


@pytest.mark.parametrize("command", BYTES)
def test_file_names_that_are_no_text(run, pool, tmp_path, monkeypatch, command) -> None:
    monkeypatch.chdir(tmp_path)
    odd = os.fsdecode(b"\xff")
    try:
        shutil.copy(pool, f"p{odd}.csv")
    except OSError:
        pytest.skip("the file system takes only text as names")
    graph = asngraph.generate(pool)
    os.mkdir(f"out{odd}")  # noqa: PTH102
    for association in graph:
        Path(f"out{odd}", association.file_name).write_text(json.dumps(association))
    result = run(*(word.replace("{}", odd) for word in command.replace("P", f"p{odd}.csv").split()))
    assert safe(result.err)
    assert "internal error" not in result.err
    if result.code and "status" not in command and "diff" not in command:
        assert "asngraph: error: " in result.err
        assert "\\udcff" in result.err
    if command.startswith("view"):
        assert result.code == 0
        assert all("p" in path.read_text("utf-8") for path in tmp_path.glob("*.html"))
