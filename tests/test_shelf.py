"""The Sources tab without a browser: its handlers on a real library with real files."""

import json
from types import SimpleNamespace

import pytest
from docx import Document
from test_pdf import encrypted_pdf
from test_render import HOSTILE, passage

from knowledge import Added, AddReport, Library
from ui import adding, catalogue, handlers, shelf
from ui.workbench import Workbench

BIB = """
@article{okafor2025, title={Lobbying for big science}, author={Okafor, Ada}, journal={Minerva}, year={2025},
  doi={10.1007/s11024-025-1}}
@techreport{centre2023, title={Annual report of a centre}, author={{A Centre}}, year={2023}}
"""


@pytest.fixture
def bench(tmp_path):
    """A workbench on a small library of its own, without a model."""
    with Library.open(tmp_path / "library") as library:
        assistant = SimpleNamespace(
            library=library, settings=SimpleNamespace(dossier="climate"), model_name="none",
            status=lambda: {"sends_to": ""}, warm=lambda: None, close=lambda: None,
        )  # fmt: skip
        bench = Workbench(lambda _progress: assistant).start()
        assert bench.wait(10)
        yield bench
        bench.close()


def written(path, text):
    path.write_text(text, encoding="utf-8")
    return str(path)


def report_docx(path):
    document = Document()
    document.core_properties.title = "Paying for a shared centre"
    document.core_properties.author = "Nilsson, Eva"
    for number in range(12):
        document.add_paragraph(f"In year {number} the member states paid by their national income. " * 6)
    document.save(path)
    return str(path)


def added(bench, *paths, **options):
    """The last view of adding."""
    return list(adding.on_add(bench, list(paths), **options))[-1]


def states(view):
    return [(one.state, one.name) for one in view.outcomes]


def entry(bench, id):
    return next(one for one in shelf.on_shelf(bench).entries if one.id == id)


# --- adding ------------------------------------------------------------------------------------------------


def test_files_end_on_the_shelf_and_what_cannot_be_read_is_named_with_its_reason(bench, tmp_path):
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    views = list(
        adding.on_add(
            bench, [report_docx(tmp_path / "a.docx"), str(picture), written(tmp_path / "r.bib", BIB)]
        )
    )
    assert not any(view.finished for view in views[:-1])
    last = views[-1]
    assert states(last) == [
        ("failed", "picture.png"),
        ("added", "a.docx"),
        ("added", "r.bib"),
        ("added", "r.bib"),
    ]
    assert last.outcomes[0].words.startswith("cannot be read: it is a picture")
    assert "“Paying for a shared centre”" in last.outcomes[1].words
    now = shelf.on_shelf(bench)
    assert [one.title for one in now.entries] == [
        "Paying for a shared centre", "Annual report of a centre", "Lobbying for big science",
    ]  # fmt: skip
    assert (now.total, now.records) == (3, 2)
    article = entry(bench, "okafor2025")
    assert (article.has_text, article.year, article.interest, article.guessed) == (
        False, "2025", "peer_reviewed", True,
    )  # fmt: skip


def test_a_source_is_told_before_the_whole_work_has_ended(bench, tmp_path):
    work = adding._Work(bench.assistant().library, [report_docx(tmp_path / "a.docx")], adding_options())
    work.result()
    assert [one.name for one in work.so_far()] == ["a.docx"]
    assert work.view().percent == 100


def adding_options():
    from knowledge import Options

    return Options()


def test_many_records_take_one_line_and_the_shelf_counts_what_it_does_not_show(bench, tmp_path):
    many = "\n".join(f"@misc{{key{n}, title={{Finding number {n}}}, year={{2020}}}}" for n in range(450))
    file = written(tmp_path / "many.bib", many)
    first = added(bench, file)
    assert [(one.name, one.words) for one in first.outcomes] == [
        ("many.bib", "450 records, without their texts")
    ]
    again = added(bench, file)
    assert [(one.state, one.words) for one in again.outcomes] == [
        ("skipped", "450 records: already in the library")
    ]
    now = shelf.on_shelf(bench)
    assert (len(now.entries), now.matching, now.total) == (shelf.SHOWN, 450, 450)
    assert "450 records without a text; the first 200 are shown" in catalogue.count_html(now)
    assert "<b>450</b>" not in catalogue.outcomes_html(first.outcomes)


@pytest.mark.parametrize(
    "line", ["/etc/hostname", "file:///etc/hostname", "C:\\secret.txt", "not an address"]
)
def test_a_line_that_is_no_web_address_never_reads_a_file_of_this_machine(bench, line):
    last = added(bench, addresses=line)
    assert states(last) == [("failed", line)]
    assert last.addresses == line
    assert shelf.on_shelf(bench).total == 0


def test_lines_are_read_as_addresses_each_once():
    text = " https://example.org/a \n\nexample.org/b\nhttps://example.org/a\n"
    assert adding.web_addresses(text) == (["https://example.org/a", "https://example.org/b"], [])


def test_an_address_that_fails_stays_in_the_form_to_be_tried_again(bench):
    # Nothing listens there, and the port is one that is never asked.
    last = added(bench, addresses="http://127.0.0.1:9/page")
    assert states(last) == [("failed", "http://127.0.0.1:9/page")]
    assert last.addresses == "http://127.0.0.1:9/page"


def test_nothing_chosen_is_told_and_starts_nothing(bench):
    (only,) = adding.on_add(bench, [])
    assert only.finished
    assert "Choose files" in only.notice


def test_an_encrypted_file_stays_in_the_form_until_its_password_is_there(bench, tmp_path):
    file = tmp_path / "locked.pdf"
    content = "BT /F1 12 Tf 50 700 Td (The states agreed on a shared observatory and its budget.) Tj ET"
    file.write_bytes(encrypted_pdf(content, user=b"sesame", owner=b"owner"))
    first = added(bench, str(file))
    assert first.paths == (str(file),)
    assert "under “Password or OCR”" in first.outcomes[0].words
    assert "--" not in first.outcomes[0].words
    assert added(bench, str(file), password="wrong").paths == (str(file),)
    second = added(bench, str(file), password="sesame")
    assert states(second) == [("added", "locked.pdf")]
    assert second.paths == ()


def test_an_error_of_the_library_is_a_sentence_and_the_form_keeps_its_content(bench, tmp_path):
    file = report_docx(tmp_path / "a.docx")
    last = added(bench, file, citekey="nobody", addresses="https://example.org/x")
    assert "one file can be attached" in last.notice
    assert (last.paths, last.addresses, last.finished) == ((file,), "https://example.org/x", True)


def test_advice_for_the_command_line_is_put_into_the_words_of_the_page():
    report = AddReport()
    reason = (
        "the same work is in the library as a2020: add it with `--as a2020` to put it in place of that text"
    )
    report.skipped.append(("/up/1/a.pdf", reason))
    (one,) = adding.outcomes(report, ["/up/1/a.pdf"])
    assert one.name == "a.pdf"
    assert one.words.endswith("open that source and choose “New version”")


def test_records_with_slashes_and_addresses_keep_their_names():
    report = AddReport()
    report.added.append(Added(source_id="x", path="/up/2/r.bib: a/b", title="T", passages=0))
    report.failed.append(
        ("https://example.org/deep/page", "https://example.org/deep/page cannot be fetched: no answer")
    )
    failed, record = adding.outcomes(report, ["/up/2/r.bib", "https://example.org/deep/page"])
    assert (failed.name, failed.words) == ("https://example.org/deep/page", "cannot be fetched: no answer")
    assert record.name == "r.bib"


def test_more_outcomes_than_anyone_reads_are_counted():
    report = AddReport()
    given = [f"/up/{n}.png" for n in range(130)]
    report.failed.extend((path, "it is a picture") for path in given)
    found = adding.outcomes(report, given)
    assert len(found) == adding.LISTED + 1
    assert found[-1].name == "and 30 more"
    assert "<b>130</b> failed" in catalogue.outcomes_html(found)


@pytest.mark.parametrize(
    ("seconds", "done", "rest", "words"),
    [(1, 50, 50, ""), (10, 0, 50, ""), (10, 50, 50, "about 10 s left"), (60, 10, 30, "about 3 min left")],
)
def test_the_time_left_is_told_once_it_can_be_known(seconds, done, rest, words):
    assert adding.time_left(seconds, done, rest) == words


# --- one source --------------------------------------------------------------------------------------------


def test_only_what_was_changed_stops_being_a_guess(bench, tmp_path):
    added(bench, written(tmp_path / "r.bib", BIB))
    before = shelf.on_choose(bench, "okafor2025")
    assert before.author == "Okafor, Ada"
    same = shelf.on_save(bench, before.id, before.title, before.author, before.issued, shelf.GUESS)
    assert same.saved == "Nothing was changed."
    retitled = shelf.on_save(bench, before.id, "Lobbying, again", before.author, "2025-03", shelf.GUESS)
    assert (retitled.title, retitled.issued, retitled.guessed) == (
        "Lobbying, again",
        "2025-03",
        ("interest",),
    )
    confirmed = shelf.on_save(bench, before.id, "Lobbying, again", before.author, "2025-03", "peer_reviewed")
    assert (confirmed.interest, confirmed.guessed) == ("peer_reviewed", ())
    assert not entry(bench, before.id).guessed


@pytest.mark.parametrize(
    ("title", "issued", "said"), [("", "2024", "needs a title"), ("T", "May 2024", "2024-10-16"), ("T", "2024-13", "2024-10-16")]
)  # fmt: skip
def test_a_value_that_cannot_be_is_told_and_what_was_typed_stays(bench, tmp_path, title, issued, said):
    added(bench, written(tmp_path / "r.bib", BIB))
    now = shelf.on_save(bench, "okafor2025", title, "Else, A.", issued, "press")
    assert said in now.notice
    assert (now.title, now.author, now.issued, now.interest) == (title, "Else, A.", issued, "press")
    assert bench.assistant().library.reference("okafor2025").issued == "2025"


def test_a_date_can_be_taken_away(bench, tmp_path):
    added(bench, written(tmp_path / "r.bib", BIB))
    now = shelf.on_save(bench, "okafor2025", "Lobbying for big science", "Okafor, Ada", "", shelf.GUESS)
    assert (now.issued, entry(bench, "okafor2025").year) == ("", "")


def test_a_record_gets_its_text_and_then_a_new_version(bench, tmp_path):
    added(bench, written(tmp_path / "r.bib", BIB))
    text = "The centre reported its spending and named its partners.\n\n"
    first = added(bench, written(tmp_path / "one.txt", text * 4), citekey="centre2023")
    assert states(first) == [("attached", "one.txt")]
    second = added(bench, written(tmp_path / "two.txt", text * 8 + "It grew."), citekey="centre2023")
    assert states(second) == [("new version", "two.txt")]
    now = entry(bench, "centre2023")
    assert (now.has_text, now.version, now.title) == (True, 2, "Annual report of a centre")
    assert "version 2" in catalogue.shelf_html(shelf.on_shelf(bench))


def test_a_removed_source_is_gone_and_removing_it_again_says_so(bench, tmp_path):
    added(bench, report_docx(tmp_path / "a.docx"))
    (only,) = shelf.on_shelf(bench).entries
    gone = shelf.on_remove(bench, only.id)
    assert (gone.state, gone.name) == ("removed", "Paying for a shared centre")
    assert shelf.on_shelf(bench).total == 0
    assert shelf.on_remove(bench, only.id).state == "failed"


def test_the_filter_finds_words_of_title_year_and_voice(bench, tmp_path):
    added(bench, written(tmp_path / "r.bib", BIB))
    for wanted, found in (("lobby 2025", 1), ("peer-reviewed", 1), ("record", 2), ("nothing like it", 0)):
        now = shelf.on_shelf(bench, wanted)
        assert (now.matching, now.total) == (found, 2), wanted


def test_records_go_out_in_three_formats_and_come_in_again(bench, tmp_path):
    assert "no records" in shelf.on_export_records(bench).notice
    added(bench, written(tmp_path / "r.bib", BIB))
    bib, ris, csl = map(open, shelf.on_export_records(bench).paths)
    with bib, ris, csl:
        assert "@article{okafor2025" in bib.read()
        assert "TI  - Lobbying for big science" in ris.read()
        assert {one["id"] for one in json.load(csl)} == {"okafor2025", "centre2023"}


# --- what the rest of the page shows -----------------------------------------------------------------------


def test_the_state_line_names_the_dossier_in_use(bench):
    assert "dossier climate" in handlers.on_state(bench).parts[0][2]


def test_evidence_says_whose_voice_it_is_and_whether_that_is_a_guess(bench, tmp_path):
    added(bench, written(tmp_path / "r.bib", BIB))
    view = passage(1).model_copy(update={"source_id": "okafor2025"})
    (card,) = handlers.cards(bench, [view])
    assert (card.interest, card.guessed, card.year) == ("peer_reviewed", True, "2025")


def test_hostile_records_stay_text_on_the_shelf(bench, tmp_path):
    hostile = [{"id": "bad", "type": "book", "title": HOSTILE, "author": [{"literal": HOSTILE}]}]
    added(bench, written(tmp_path / "h.json", json.dumps(hostile)))
    one = shelf.on_shelf(bench).entries[0]
    html = catalogue.shelf_html(shelf.on_shelf(bench)) + catalogue.chosen_html(shelf.on_choose(bench, one.id))
    assert "&lt;script&gt;" in html
    assert "<script" not in html
    assert "<img" not in html
