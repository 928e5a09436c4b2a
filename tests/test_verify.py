"""A saved answer against the library of today: what moved, changed or went, and what got worse by it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from assistant import Assistant, Settings
from assistant.answer import Answer, Citation, Finding, PassageView, Sentence
from assistant.errors import AssistantError
from assistant.retrieval import view_of
from assistant.verifying import read_answer, verify
from assistant.writing import cite, own_wording
from knowledge import Library
from ui import cli, workbench

RING = "The ring opened in 1931 with two telescopes. It was paid for by nine towns."


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Library]:
    """A library with one text of a user's."""
    with Library.open(tmp_path / "own") as library:
        library.add_texts([("ring", "On the ring", RING)])
        yield library


def answer_on(library: Library, text: str = "The ring opened in 1931.") -> Answer:
    passage = library.search(text, 1)[0].passage
    sentence = Sentence(
        text=text,
        kind="fact",
        citations=[Citation(passage_id=passage.id, source_id=passage.source_id, quote=passage.text)],
        finding=Finding(verdict="supported", score=0.9),
        written_by="model",
    )
    return Answer(kind="ask", text=text, sentences=[sentence], passages=[view_of(passage, 1)])


def test_nothing_is_worse_where_nothing_changed(own: Library) -> None:
    found = verify(answer_on(own), own)
    assert found.holds and found.changed == []
    assert found.summary == "all 1 cited sentences stand as they did"
    assert found.sentences[0].citations[0].state == "same"


def test_all_wordings_of_the_built_in_library_stand(library: Library) -> None:
    sentences = []
    for passage in library.passages():
        sentence = own_wording(passage)
        sentence.citations = cite(passage, passage.text, lambda _: True)
        sentences.append(sentence)
    views = [view_of(passage, 1) for passage in library.passages()]
    found = verify(Answer(kind="draft", text="", sentences=sentences, passages=views), library)
    assert found.holds, [one.text for one in found.sentences if one.worse]


def test_a_source_that_was_removed_makes_it_worse(own: Library) -> None:
    answer = answer_on(own)
    own.remove("ring")
    found = verify(answer, own)
    assert found.worse == [1] and found.sentences[0].citations[0].state == "source_gone"
    assert found.sentences[0].now.verdict == "unsupported"
    assert "sentence 1" in found.summary


def test_words_that_moved_to_a_new_version_still_bear_it_out(own: Library) -> None:
    answer = answer_on(own)
    own.add_texts([("ring", "On the ring", f"A new preface on the history of the place. {RING}")])
    found = verify(answer, own)
    assert found.holds and found.sentences[0].citations[0].state == "moved"


def test_a_new_version_that_says_otherwise_makes_it_worse(own: Library) -> None:
    answer = answer_on(own)
    own.add_texts([("ring", "On the ring", RING.replace("1931", "1934"))])
    found = verify(answer, own)
    assert found.sentences[0].citations[0].state == "changed"
    assert found.worse == found.changed == [1]
    assert "1931" in found.sentences[0].now.reason


def test_a_new_version_that_says_it_in_other_words_is_named_and_not_worse(own: Library) -> None:
    answer = answer_on(own)
    own.add_texts([("ring", "On the ring", "The ring opened in 1931. Nine towns paid for its telescopes.")])
    found = verify(answer, own)
    assert found.holds and found.sentences[0].citations[0].state == "changed"


def test_a_record_marked_as_retracted_makes_it_worse(own: Library) -> None:
    answer = answer_on(own)
    own.edit("ring", title="RETRACTED: On the ring")
    found = verify(answer, own)
    assert found.worse == [1] and found.sentences[0].citations[0].state == "withdrawn"
    assert "“RETRACTED”" in found.sentences[0].citations[0].note


def test_a_note_of_ours_that_was_written_anew_is_found_again(library: Library) -> None:
    note = library.passages(kind="fact")[0]
    sentence = own_wording(note)
    old = f"{note.id[:-12]}000000000000"
    sentence.citations = [Citation(passage_id=old, source_id=note.source_id, quote="Older words.")]
    view = PassageView(
        rank=1, score=1, passage_id=old, source_id=note.source_id, title="", text="Older words."
    )
    found = verify(Answer(kind="ask", text="", sentences=[sentence], passages=[view]), library)
    assert found.sentences[0].citations[0].state == "changed" and found.holds


def test_a_quotation_is_compared_with_its_words_alone(own: Library) -> None:
    passage = own.search("ring", 1)[0].passage
    sentence = own_wording(passage, "When did the ring open?")
    sentence.citations = cite(passage, passage.text, lambda _: True)
    answer = Answer(kind="ask", text="", sentences=[sentence], passages=[view_of(passage, 1)])
    assert verify(answer, own).holds
    own.add_texts([("ring", "On the ring", RING.replace("opened", "closed"))])
    assert not verify(answer, own).holds


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "cannot be read"), ("no json", "is no JSON file"), ("[1]", "holds no answer"), ('{"hits": []}', "does not fit")],
)  # fmt: skip
def test_a_file_that_is_no_answer_says_how_to_make_one(
    content: str | None, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "draft.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(AssistantError, match=message):
        read_answer(path)


def test_the_command_says_it_in_its_exit_code(
    own: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings.load({}, home=tmp_path / "home")
    monkeypatch.setattr(workbench, "open_assistant", lambda *_: Assistant(own, settings=settings))
    path = tmp_path / "draft.json"
    # As `attache draft --json` prints it.
    path.write_text(
        json.dumps({**answer_on(own).model_dump(mode="json"), "files": ["a.md"]}), encoding="utf-8"
    )
    done = CliRunner().invoke(cli.main, ["verify", str(path)])
    assert (done.exit_code, done.stdout) == (0, "All 1 cited sentences stand as they did.\n")
    own.remove("ring")
    done = CliRunner().invoke(cli.main, ["verify", str(path), "--json"])
    assert done.exit_code == 1
    assert json.loads(done.stdout)["worse"] == [1]
    assert done.stderr.splitlines()[-1].startswith("Error: 1 of 1 cited sentences got worse (sentence 1)")
