"""The command: light help, one JSON object, one sentence for an error, exit codes 0, 1 and 2."""

# The stand-ins have the signatures of what they stand in for.
# ruff: noqa: ARG002, ARG005

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner
from test_render import fact, passage

from assistant.answer import Answer
from assistant.errors import ModelError
from assistant.events import Event
from knowledge import Added, AddReport, KnowledgeError, SourceRow, UnknownSource
from knowledge.interest import INTERESTS as INTERESTS_OF_RECORDS
from ui import cli, terminal, workbench
from ui.library_commands import INTERESTS

ANSWER = Answer(
    kind="ask",
    text="Rivals opposed a central site [@s1].",
    sentences=[
        fact("Rivals opposed a central site.", 1),
        fact("It cost 4 billion.", 2, verdict="unsupported", reason="no 4"),
    ],
    passages=[passage(1, title="Lobbying", confidence="high"), passage(2)],
    references=[{"id": key, "type": "webpage", "title": "Lobbying"} for key in ("s1", "s2")],
    model="fake",
)
BRIEF = "title: A shared centre\nsummary: A centre and a network for climate models.\n"


class FakeLibrary:
    """A library of two sources, with the answers that the real one gives."""

    def __init__(self):
        self.report = AddReport(added=[], skipped=[], failed=[("x.pdf", "is empty")])

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        pass

    def add(self, paths, *, options=None, progress=None, told=None):
        for added in self.report.added:
            told(added)
        return self.report

    def sources(self):
        row = {"path": "", "passages": 2, "added_at": ""}
        return [
            SourceRow(id="d", title="D", kind="dossier", **row),
            SourceRow(id="own", title="Mine", kind="user", **row),
        ]

    def source_text(self, source_id, version=None):
        if source_id != "own":
            raise UnknownSource(f"the library has no source {source_id!r}")
        return "All of it."

    remove = source_text

    def reference(self, source_id):
        return None

    def versions(self, source_id):
        return []


class FakeAssistant:
    """Says ANSWER to everything."""

    def __init__(self, error=None):
        self.error = error

    def ask_events(self, question, *, audience="", history=()):
        print("noise of a library on stdout")
        yield Event(kind="stage", text="searching")
        if self.error:
            raise self.error
        yield Event(kind="done", answer=ANSWER)

    def draft_events(self, format, brief, audience, *, words=None, lean="balanced"):
        yield from self.ask_events(brief.title)

    def search(self, query, k=10, *, only=None, quotas=None):
        return ANSWER.passages[:k]

    def close(self):
        pass


@pytest.fixture
def attache(monkeypatch):
    """Runs the command with a fake Assistant and library; `attache.library` is the latter."""

    def run(*args, error=None):
        monkeypatch.setattr(workbench, "open_assistant", lambda *args: FakeAssistant(error))
        monkeypatch.setattr(workbench, "open_library", lambda *args, **options: run.library)
        return CliRunner().invoke(cli.main, [str(arg) for arg in args])

    run.library = FakeLibrary()
    return run


def test_help_loads_nothing_heavy():
    code = (
        "import sys\nfrom ui.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit as exc: assert exc.code == 0\n"
        "heavy = {'torch', 'gradio', 'chromadb', 'langchain_core', 'numpy', 'transformers'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Commands:" in done.stdout


def test_python_m_ui_is_the_same_command():
    done = subprocess.run(
        [sys.executable, "-m", "ui", "--help"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: attache")


def test_ask_prints_sources_and_verdicts(attache):
    done = attache("ask", "Who opposed it?")
    assert done.exit_code == 0
    assert "Rivals opposed a central site. [1] It cost 4 billion. [2] (UNSUPPORTED)" in done.stdout
    assert "[1] Lobbying (s1, confidence high)" in done.stdout
    assert "Checked: 1 of 2 factual sentences supported." in done.stdout
    assert "(no 4)" in done.stdout


def test_json_is_one_object_on_stdout_and_notes_are_on_stderr(attache):
    done = attache("ask", "Who?", "--json")
    assert Answer(**json.loads(done.stdout)) == ANSWER
    assert "searching" in done.stderr
    assert "noise of a library" in done.stderr


def test_search_hits_have_the_published_shape(attache):
    data = json.loads(attache("search", "hub", "-k", 1, "--json").stdout)
    published = {
        "rank",
        "score",
        "passage_id",
        "source_id",
        "title",
        "text",
        "start",
        "end",
        "page",
        "confidence",
        "as_of",
    }
    assert data["schema_version"] == 1
    assert len(data["hits"]) == 1
    assert published <= set(data["hits"][0])


@pytest.mark.parametrize(
    "error", [ModelError("the model is down: start it"), KnowledgeError("the library is locked")]
)
def test_an_error_of_ours_is_one_sentence_and_exit_1(attache, error):
    done = attache("ask", "Who?", error=error)
    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr.splitlines()[-1] == f"Error: {error}"


def test_debug_lets_the_traceback_through(attache):
    done = attache("--debug", "ask", "Who?", error=ModelError("down"))
    assert isinstance(done.exception, ModelError)


@pytest.mark.parametrize(
    "args",
    [
        ["nonsense"],
        ["ask"],
        ["search", "x", "-k", "0"],
        ["draft", "op-ed"],
        ["sources", "add"],
        ["chat", "--auth", "nocolon"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_exit_2(attache, args):
    assert attache(*args).exit_code == 2


def test_a_brief_that_is_not_there_is_exit_1_before_anything_is_loaded(attache, tmp_path):
    done = attache("draft", "op-ed", "--brief", tmp_path / "none.yaml", "--audience", "rectors")
    assert done.exit_code == 1
    assert "none.yaml cannot be read" in done.stderr


def test_draft_writes_the_files_and_names_them(attache, tmp_path):
    (tmp_path / "b.yaml").write_text(BRIEF, encoding="utf-8")
    out = tmp_path / "text.md"
    written = [out, tmp_path / "text.factcheck.md"]
    done = attache("draft", "op-ed", "--brief", tmp_path / "b.yaml", "--audience", "rectors", "--out", out)
    assert done.exit_code == 0
    assert done.stdout.split() == [str(path) for path in written]
    assert "Rivals opposed a central site" in out.read_text(encoding="utf-8")


def test_sources_add_fails_only_if_nothing_is_there_afterwards(attache):
    done = attache("sources", "add", "x.pdf", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["failed"] == [{"path": "x.pdf", "reason": "is empty"}]
    attache.library.report = AddReport(
        added=[], skipped=[("x.pdf", "already in the library as x")], failed=[]
    )
    assert attache("sources", "add", "x.pdf").exit_code == 0
    new = Added(source_id="y", path="y.pdf", title="Y", passages=3)
    attache.library.report = AddReport(added=[new], skipped=[], failed=[("x.pdf", "is empty")])
    done = attache("sources", "add", "x.pdf", "y.pdf")
    assert done.exit_code == 0
    assert "added y.pdf as y, 3 passages" in done.stdout
    assert "failed x.pdf: is empty" in done.stderr


def test_sources_are_listed_shown_and_removed(attache):
    assert [
        row["source_id"] for row in json.loads(attache("sources", "list", "--json").stdout)["sources"]
    ] == ["own"]
    assert len(json.loads(attache("sources", "list", "--all", "--json").stdout)["sources"]) == 2
    assert json.loads(attache("sources", "show", "own", "--json").stdout)["text"] == "All of it."
    assert json.loads(attache("sources", "remove", "own", "--json").stdout)["removed"] == "own"
    assert attache("sources", "remove", "other").exit_code == 1


def test_models_and_prompts_are_listed(attache):
    models = json.loads(attache("models", "list", "--json").stdout)
    assert "local" in [row["spec"] for row in models["models"]]
    prompts = json.loads(attache("prompts", "list", "--json").stdout)["prompts"]
    assert set(prompts[0]) == {"ref", "task", "version", "released", "purpose", "digest"}
    shown = json.loads(attache("prompts", "show", prompts[0]["ref"], "--json").stdout)
    assert shown["digest"] == prompts[0]["digest"]
    assert attache("prompts", "show", "nothing@9").exit_code == 1


def test_progress_without_a_terminal_is_one_line_a_stage(capsys):
    progress = terminal.Progress()
    for done in range(3):
        progress("embedding", done, 3)
    progress("loading", 0, 0)
    assert capsys.readouterr().err == "embedding ...\nloading ...\n"


def test_the_interests_offered_are_those_of_the_library():
    # Named twice, since help must not load the library.
    assert INTERESTS == INTERESTS_OF_RECORDS
