"""Which language a text is in, with the real model, on paragraphs written for these tests."""

from __future__ import annotations

import threading

import pytest

from knowledge.languages import CHARACTERS_READ, language_name, language_of

PARAGRAPHS = {
    "en": "A shared laboratory is rarely built because scientists ask for it. It is built when several governments "
    "find, for different reasons and in the same year, that they would rather pay together than be left out.",
    "de": "Ein gemeinsames Labor entsteht selten, weil die Forschung danach ruft. Es entsteht, wenn mehrere "
    "Regierungen im selben Jahr und aus verschiedenen Gründen lieber gemeinsam zahlen, als außen vor zu bleiben.",
    "fr": "Un laboratoire commun naît rarement parce que les chercheurs le demandent. Il naît quand plusieurs "
    "gouvernements, pour des raisons différentes, préfèrent payer ensemble plutôt que de rester à l’écart.",
    "es": "Un laboratorio común rara vez nace porque los científicos lo pidan. Nace cuando varios gobiernos, por "
    "motivos distintos y en el mismo año, prefieren pagar juntos antes que quedarse fuera.",
    "it": "Un laboratorio comune nasce di rado perché lo chiedono gli scienziati. Nasce quando diversi governi, per "
    "ragioni differenti e nello stesso anno, preferiscono pagare insieme piuttosto che restare esclusi.",
    "pl": "Wspólne laboratorium rzadko powstaje dlatego, że proszą o nie naukowcy. Powstaje wtedy, gdy kilka rządów, "
    "z różnych powodów i w tym samym roku, woli płacić razem, niż pozostać na uboczu.",
    "el": "Ένα κοινό εργαστήριο σπάνια ιδρύεται επειδή το ζητούν οι επιστήμονες. Ιδρύεται όταν πολλές κυβερνήσεις, "
    "για διαφορετικούς λόγους, προτιμούν να πληρώσουν μαζί παρά να μείνουν απ’ έξω.",
    "ru": "Общая лаборатория редко возникает потому, что её просят учёные. Она возникает тогда, когда несколько "
    "правительств по разным причинам предпочитают платить вместе, а не оставаться в стороне.",
    "zh": "共同实验室很少因为科学家的请求而建立。只有当几个国家的政府出于不同的原因，在同一年里宁愿一起出资，也不愿被排除在外的时候，它才会建立起来。",
    "ar": "نادرا ما ينشأ مختبر مشترك لأن العلماء يطلبونه. إنه ينشأ عندما تفضل عدة حكومات، لأسباب مختلفة وفي العام نفسه، "
    "أن تدفع معا بدلا من أن تبقى خارج المشروع.",
    "no": "Et felles laboratorium blir sjelden til fordi forskerne ber om det. Det blir til når flere regjeringer, av "
    "ulike grunner og i samme år, heller vil betale sammen enn å bli stående utenfor.",
    "uk": "Спільна лабораторія рідко виникає тому, що про неї просять науковці. Вона виникає тоді, коли кілька урядів "
    "з різних причин воліють платити разом, а не залишатися осторонь.",
    "ja": "共同研究所は、科学者が求めるから生まれることはめったにありません。複数の政府が異なる理由から、取り残されるよりも一緒に資金を出すことを選ぶときに生まれるのです。",
}


@pytest.mark.parametrize("code", PARAGRAPHS)
def test_a_paragraph_is_told_by_its_language(code: str) -> None:
    assert language_of(PARAGRAPHS[code]) == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Research policy",
        "Une phrase courte, sans plus.",
        "| Year | Budget | Share |\n| --- | --- | --- |\n"
        + "| 2019 | 480.2 | 20.1 % |\n| 2020 | 495.7 | 20.6 % |\n" * 30,
        "Anna Müller, John Smith, Pierre Dupont, Marco Rossi, Jan Kowalski, Carlos García, Sven Larsson, Li Wei, "
        "Elena Papadopoulou, Yuki Tanaka, Ferenc Nagy, Aoife Murphy",
        "- https://www.example.org/the/house/of/the/people/and/of/the/state\n- anna.miller@university.example\n"
        * 5,
        "- Smith J., Müller K. (2019). Nature 571, 12–15.\n- García C., Rossi M. (2020). Science 368, 44–49.\n"
        * 3,
        "qwrt zxcv plkj mnbv qwzx rtyp lkjh gfds zxqw vbnm pqrs xzvw jklm qwop zmxn cbvl aksj dhfg qpwo eiru",
        "0123456789 % € + − × = ≤ ≥ ±\n" * 200,
        "\ud800" * 100,
    ],
    ids=["empty", "title", "short", "numbers", "names", "links", "references", "noise", "signs", "broken"],
)
def test_what_is_no_clear_prose_has_no_language(text: str) -> None:
    assert language_of(text) == ""


def test_a_table_of_sentences_and_a_text_in_capitals_have_a_language() -> None:
    row = "| Germany | The government supports the proposal but wants the states to pay a larger share of it. |\n"
    assert language_of("| Country | Position |\n| --- | --- |\n" + row) == "en"
    assert language_of(PARAGRAPHS["de"].upper()) == "de"


def test_only_the_beginning_of_a_long_text_counts() -> None:
    english = PARAGRAPHS["en"] + " "
    start = english * (CHARACTERS_READ // len(english) + 1)
    assert language_of(start + PARAGRAPHS["ru"] * 100) == "en"


def test_a_language_with_a_twin_gets_the_code_of_one_of_the_two() -> None:
    croatian = (
        "Zajednički laboratorij rijetko nastaje zato što ga znanstvenici traže. Nastaje kada nekoliko vlada, iz "
        "različitih razloga i iste godine, radije plaća zajedno nego da ostane po strani."
    )
    assert language_of(croatian) in {"hr", "bs"}


def test_many_threads_get_the_same_answers() -> None:
    codes = [*PARAGRAPHS] * 4
    found: dict[int, str] = {}

    def ask(number: int) -> None:
        found[number] = language_of(PARAGRAPHS[codes[number]])

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(codes))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[number] for number in range(len(codes))] == codes


@pytest.mark.parametrize(("code", "name"), [("de", "German"), ("zh", "Chinese"), ("yo", "yo"), ("", "")])
def test_a_language_is_named_in_english_or_by_its_code(code: str, name: str) -> None:
    assert language_name(code) == name


def test_every_language_of_these_tests_has_a_name() -> None:
    assert all(language_name(code) != code for code in PARAGRAPHS)
