"""The page in a real Chromium: once with a stand-in for the Assistant, once as the whole application."""

# The stand-ins have the signatures of what they stand in for.
# ruff: noqa: ARG001, ARG002, ARG005

import gc
import os
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import pytest
from test_render import HOSTILE, fact, passage
from test_shelf import BIB, report_docx, written

from assistant.answer import Answer, OverClaim, Sentence
from assistant.errors import ModelBusy
from assistant.events import Event
from knowledge import Library, LibraryLocked, Reference
from ui import handlers
from ui.app import PageError, keep_private, launch, page
from ui.workbench import Workbench

pytestmark = [
    # Gradio and what it brings warn at import and when their event loop is torn down.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
CHROMIUM = "/usr/bin/chromium"
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync")  # fmt: skip
QUESTION = "Why did the CERN label partly backfire for AI?"
PASSAGES = (
    passage(1, HOSTILE, "A hostile page", confidence="medium", needs_original=True),
    passage(
        2, "Rivals modelled on EMBL opposed a central site.", "Lobbying", confidence="high", as_of="2025"
    ),
)
SENTENCES = [
    fact("Rivals opposed a central site.", 2),
    fact(HOSTILE, 1, verdict="partly", reason=HOSTILE),
    Sentence(text="So the name cut both ways.", kind="opinion"),
]
ANSWER = Answer(kind="ask", text="x", sentences=SENTENCES, passages=list(PASSAGES))


class StandIn:
    """Answers like the Assistant, without a model; waits for `go` before it writes."""

    model_name = "stand-in"

    def __init__(self):
        self.go = threading.Event()
        self.go.set()
        self.settings = SimpleNamespace(dossier="")
        reference = Reference(
            id="s2", title="Lobbying", issued="2025", URL="https://example.org/paper", interest="peer_reviewed",
            guessed=("interest",),
        )  # fmt: skip
        self.library = SimpleNamespace(
            status=lambda: {"passages": 2},
            sources=list,
            reference=lambda key: reference if key == "s2" else None,
        )

    def status(self):
        return {"sends_to": ""}

    def warm(self):
        pass

    def close(self):
        pass

    def ask_events(self, question, *, audience="", history=()):
        yield Event(kind="stage", text="looking in the library")
        self.go.wait(20)
        if "fail" in question:
            raise ModelBusy("the model did not answer in time: try again")
        yield Event(kind="evidence", passages=PASSAGES)
        for sentence in SENTENCES:
            yield Event(kind="token", text=sentence.text)
            yield Event(kind="sentence", sentence=sentence)
        yield Event(kind="done", answer=ANSWER)


# --- handlers, called as they are --------------------------------------------------------------------------


def bench_of(opener):
    bench = Workbench(opener).start()
    assert bench.wait(10)
    return bench


def test_a_question_goes_back_into_the_box_when_the_answer_fails():
    bench = bench_of(lambda progress: StandIn())
    views = list(handlers.on_ask(bench, handlers.on_post(handlers.Talk(), "please fail"), ""))
    assert views[-1].question == "please fail"
    assert "try again" in views[-1].notice
    assert views[-1].turns == ()
    bench.close()


def test_a_second_question_waits_in_the_box_while_the_first_is_open():
    talk = handlers.on_post(handlers.Talk(), "one")
    again = handlers.on_post(talk, "two")
    assert (len(again.turns), again.question) == (1, "two")
    assert "wait" in again.notice


def test_asking_again_opens_again_what_failed_before():
    tries = []

    def opener(progress):
        tries.append(1)
        if len(tries) == 1:
            raise LibraryLocked("another process has the library: close it")
        return StandIn()

    bench = bench_of(opener)
    state = handlers.on_state(bench)
    assert "another process has the library" in state.parts[0][2]
    views = list(handlers.on_ask(bench, handlers.on_post(handlers.Talk(), "now?"), ""))
    assert views[-1].turns[-1].answer == ANSWER
    bench.close()


def test_an_incomplete_form_is_told_and_nothing_is_started():
    views = list(
        handlers.on_draft(Workbench(StandIn), {"title": "A centre"}, "rectors", words=600, lean="hub")
    )
    assert len(views) == 1
    assert "summary" in views[0].notice


def test_the_example_brief_is_a_brief():
    assert handlers.brief_of(handlers.example_brief()).title


# --- the page ----------------------------------------------------------------------------------------------


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def tab(tmp_path):
    """A page of a fresh Chromium; `tab.foreign` collects requests that leave the machine."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        options = {
            "executable_path": CHROMIUM,
            "args": list(QUIET),
            "viewport": {"width": 1440, "height": 900},
        }
        context = play.chromium.launch_persistent_context(str(tmp_path / "chromium"), **options)
        tab = context.new_page()
        foreign = []
        tab.on(
            "request",
            lambda r: None if re.match(r"http://127\.0\.0\.1|data:|blob:", r.url) else foreign.append(r.url),
        )
        tab.foreign = foreign
        yield tab
        context.close()


@pytest.fixture
def served(tmp_path):
    """The stand-in and the address of a page that shows it."""
    keep_private(tmp_path)
    stand_in = StandIn()
    bench = Workbench(lambda progress: stand_in)
    blocks = page(bench)
    url = launch(blocks, host="127.0.0.1", port=free_port())
    bench.start()
    yield SimpleNamespace(assistant=stand_in, url=url, bench=bench)
    blocks.close(verbose=False)
    bench.close()


@pytest.fixture(autouse=True)
def gradio_swept():
    """Gradio leaves loops and sockets to the garbage collector; collected here, they do not fail a later test."""
    yield
    gc.collect()


@pytest.mark.browser
def test_asking_shows_stages_then_sentences_whose_numbers_lead_to_their_passages(served, tab):
    served.assistant.go.clear()
    tab.goto(served.url)
    tab.get_by_role("button", name=QUESTION).click()
    tab.get_by_text("looking in the library").wait_for()
    served.assistant.go.set()
    tab.locator(".sa-answer .sa-legend").wait_for()
    assert tab.locator(".sa-answer .sa-supported").inner_text() == "Rivals opposed a central site."
    tab.locator("a.sa-cite").first.click()
    card = tab.locator("#evidence-1")
    assert "sa-target" in card.get_attribute("class")
    assert "Rivals modelled on EMBL" in card.inner_text()
    assert "Lobbying (2025)" in card.inner_text()
    assert "confidence: high · Peer-reviewed guess · as of 2025" in card.inner_text()
    assert "example.org/paper" in card.inner_text()
    assert tab.url == served.url + "/"
    assert "Open the original first" in tab.locator("#evidence-2").inner_text()
    assert "2 passages" in tab.locator("#sa-state").inner_text()
    assert tab.foreign == []


@pytest.mark.browser
def test_hostile_text_of_user_model_and_source_stays_text(served, tab):
    tab.goto(served.url)
    tab.locator("#sa-question textarea").fill(HOSTILE)
    tab.locator("#sa-ask").click()
    tab.locator(".sa-answer .sa-legend").wait_for()
    assert "<script>window.hacked=1</script>" in tab.locator("#sa-chat").inner_text()
    assert "<script>window.hacked=1</script>" in tab.locator("#sa-evidence").inner_text()
    assert tab.locator("#sa-chat img, #sa-evidence img, #sa-chat script, #sa-evidence script").count() == 0
    assert tab.evaluate("window.hacked") is None


def doubtful():
    """A sentence that its passage contradicts, with wrong words and an over-claim."""
    sentence = fact("Fourteen rivals opposed the unique site.", 2, verdict="unsupported", reason="fourteen")
    sentence.finding.outcome, sentence.finding.wrong = "contradicted", ["Fourteen"]
    sentence.citations[0].support = "no"
    sentence.over_claims = [OverClaim(words="the unique", why="praise", sober="an unusual", start=24, end=34)]
    return sentence


@pytest.mark.browser
def test_what_is_written_and_what_is_wrong_is_said_in_words(served, tab, monkeypatch):
    def ask_events(question, **_):
        yield Event(kind="evidence", passages=PASSAGES)
        yield Event(kind="token", text="In 2031 ")
        yield Event(kind="stage", text="writing")
        served.assistant.go.wait(20)
        yield Event(kind="sentence", sentence=doubtful())
        answer = Answer(kind="ask", text="x", sentences=[doubtful()], passages=list(PASSAGES))
        yield Event(kind="done", answer=answer)

    monkeypatch.setattr(served.assistant, "ask_events", ask_events)
    served.assistant.go.clear()
    tab.goto(served.url)
    tab.get_by_role("button", name=QUESTION).click()
    tab.locator(".sa-pending").wait_for()
    assert tab.locator(".sa-pending").inner_text() == "Being written, not checked yet: In 2031"
    served.assistant.go.set()
    tab.locator(".sa-answer .sa-legend").wait_for()
    said = tab.locator(".sa-answer p").first.inner_text()
    assert "2031" not in said
    assert "contradicted" in said and "over-claim: write “an unusual”" in said
    wrong, over = tab.locator("u.sa-wrong"), tab.locator("u.sa-over")
    assert (wrong.inner_text(), over.inner_text()) == ("Fourteen", "the unique")
    assert wrong.get_attribute("title") == "not borne out by the passages"
    assert "wavy" in wrong.evaluate("one => getComputedStyle(one).textDecoration")
    assert "Does not support its sentence" in tab.locator("#evidence-1").inner_text()


@pytest.mark.browser
def test_a_failed_question_is_explained_and_kept(served, tab):
    tab.goto(served.url)
    box = tab.locator("#sa-question textarea")
    box.fill("please fail")
    box.press("Enter")
    tab.locator(".sa-notice").wait_for()
    assert "did not answer in time" in tab.locator(".sa-notice").inner_text()
    assert box.input_value() == "please fail"


@pytest.fixture
def shelved(tmp_path):
    """The address of a page on a real library of its own, without a model."""
    keep_private(tmp_path)
    with Library.open(tmp_path / "library") as library:
        stand_in = StandIn()
        stand_in.library = library
        bench = Workbench(lambda progress: stand_in)
        blocks = page(bench)
        url = launch(blocks, host="127.0.0.1", port=free_port())
        bench.start()
        yield SimpleNamespace(url=url, library=library)
        blocks.close(verbose=False)
        bench.close()


@pytest.mark.browser
def test_sources_are_uploaded_seen_relabelled_and_removed(shelved, tab, tmp_path):
    paths = [report_docx(tmp_path / "a.docx"), written(tmp_path / "refs.bib", BIB)]
    tab.goto(shelved.url)
    tab.get_by_role("tab", name="Sources").click()
    tab.get_by_text("Nothing here yet").wait_for()
    tab.locator("#sa-upload input[type=file]").set_input_files(paths)
    tab.locator("#sa-upload").get_by_text("refs").wait_for()
    tab.locator("#sa-addresses textarea").fill("/etc/hostname")
    tab.locator("#sa-add").click()
    tab.locator(".sa-shelf").wait_for()
    assert "3 added · 1 failed" in tab.locator(".sa-total").inner_text()
    assert "1 document, 2 records without a text" in tab.locator(".sa-count").inner_text()
    row = tab.locator(".sa-shelf tr", has_text="Lobbying for big science")
    assert "Peer-reviewed guess" in row.inner_text()

    row.get_by_role("button").click()
    editor = tab.locator("#sa-editor")
    editor.get_by_text("key okafor2025").wait_for()
    assert tab.locator("#sa-author textarea").input_value() == "Okafor, Ada"
    tab.locator("#sa-interest input").click()
    tab.get_by_role("option", name="Press or other third party").click()
    editor.get_by_text("nobody reviewed it").wait_for()
    tab.locator("#sa-save").click()
    editor.get_by_text("Saved.").wait_for()
    row.get_by_text("Press or other third party").wait_for()
    assert "guess" not in row.inner_text()
    assert shelved.library.reference("okafor2025").interest == "press"

    tab.locator(".sa-shelf").get_by_role("button", name="Paying for a shared centre").click()
    editor.get_by_text("added ").wait_for()
    tab.locator("#sa-remove").click()
    editor.get_by_text("This cannot be undone here").wait_for()
    tab.locator("#sa-sure").click()
    tab.locator("#sa-outcome .sa-removed").wait_for()
    assert "Paying for a shared centre" not in tab.locator(".sa-shelf").inner_text()
    assert not editor.is_visible()
    assert [row.id for row in shelved.library.sources()] == ["okafor2025", "centre2023"]
    assert tab.foreign == []


def test_a_port_that_is_taken_is_one_sentence(tmp_path):
    keep_private(tmp_path)
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(PageError, match=f"port {port}.*--port"):
            launch(page(Workbench(lambda progress: StandIn())), host="127.0.0.1", port=port)


# --- the whole application ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def application(tmp_path_factory):
    """The address of `attache chat`, started as a user would start it; ends it with SIGTERM and expects a clean end."""
    home = tmp_path_factory.mktemp("home")
    port = free_port()
    command = [sys.executable, "-m", "ui", "chat", "--no-browser", "--port", str(port)]
    env = {**os.environ, "ATTACHE_HOME": str(home)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=env, text=True) as process:
        try:
            readable, _, _ = select.select([process.stdout], [], [], 120)
            assert readable, "no address within two minutes"
            assert process.stdout.readline().strip() == f"Science Attaché is open at http://127.0.0.1:{port}"
            yield f"http://127.0.0.1:{port}"
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        finally:
            process.kill()


@pytest.mark.browser
@pytest.mark.model
def test_the_application_answers_with_sentences_that_lead_to_passages(application, tab):
    started = time.monotonic()
    tab.goto(application)
    tab.locator("#sa-question textarea").fill(QUESTION)
    tab.locator("#sa-ask").click()
    tab.locator(".sa-stage").wait_for(timeout=10_000)
    tab.locator(".sa-answer .sa-legend").wait_for(timeout=400_000)
    facts = tab.locator(".sa-answer .sa-supported")
    links = tab.locator(".sa-answer a.sa-cite")
    assert facts.count() >= 1, f"after {time.monotonic() - started:.0f} s"
    assert links.count() >= facts.count()
    for number in range(links.count()):
        target = links.nth(number).get_attribute("href")
        assert tab.locator(target).count() == 1
    links.first.click()
    assert "sa-target" in tab.locator(links.first.get_attribute("href")).get_attribute("class")
    assert "CERN" in tab.locator("#sa-evidence").inner_text()
    assert re.search(r"[\d,]+ passages", tab.locator("#sa-state").inner_text())
    assert tab.foreign == []
