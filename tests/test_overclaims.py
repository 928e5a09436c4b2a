"""Over-claims: what is marked, what is left alone, and that the sober wording reads well in its place.

The first half of each list was written before the table existed, the second half after it had been tuned on the first;
at first sight of the second half, 24 of 44 were marked and 3 of 45 marked in vain.
"""

from __future__ import annotations

from itertools import pairwise

import pytest

from assistant.overclaims import over_claims
from assistant.sentences import split_sentences
from knowledge import Library

# sentence, marked words, the sentence with the sober wording in place
MARKED_BEFORE = [
    ("The centre will create 3,000 jobs in the region.", "will create 3,000 jobs", "The centre could create 3,000 jobs in the region."),
    ("There is no alternative to a European collider.", "no alternative", "There is in our view no better alternative to a European collider."),
    ("Everyone agrees that Europe needs a shared telescope.", "Everyone agrees that", "Many hold that Europe needs a shared telescope."),
    ("Experts agree that the project is feasible.", "Experts agree that", "A number of experts hold that the project is feasible."),
    ("There is a consensus that AI needs a hub.", "There is a consensus that", "Many hold that AI needs a hub."),
    ("It is the only laboratory that can do this work.", "the only", "It is as far as is known the only laboratory that can do this work."),
    ("The facility is unique in Europe.", "unique", "The facility is unusual in Europe."),
    ("It hosts a unique collection of samples.", "a unique", "It hosts an unusual collection of samples."),
    ("Our world-leading institutes deserve a home.", "world-leading", "Our internationally recognised institutes deserve a home."),
    ("A world-leading centre belongs here.", "A world-leading", "An internationally recognised centre belongs here."),
    ("Membership guarantees access for small states.", "guarantees", "Membership can help to secure access for small states."),
    ("The plan will guarantee European sovereignty.", "will guarantee", "The plan could help to secure European sovereignty."),
    ("CERN proves that cooperation works.", "proves that", "CERN suggests that cooperation works."),
    ("The past proved that open science pays.", "proved that", "The past suggested that open science pays."),
    ("This is a revolutionary machine.", "a revolutionary", "This is a new machine."),
    ("The institute will revolutionise medicine.", "will revolutionise", "The institute could change medicine."),
    ("The telescope pays for itself within a decade.", "pays for itself", "The telescope may return part of its cost within a decade."),
    ("Such centres pay for themselves.", "pay for themselves", "Such centres may return part of their cost."),
    ("Every euro invested returns four to the economy.", "Every euro invested returns", "Each euro invested may return four to the economy."),
    ("The hub will ensure that talent stays in Europe.", "will ensure that", "The hub could make it more likely that talent stays in Europe."),
    ("The network will ensure fair access.", "will ensure", "The network could help to secure fair access."),
    ("Shared laboratories always succeed.", "always", "Shared laboratories often succeed."),
    ("Big science never fails.", "never", "Big science rarely fails."),
    ("It will never be overtaken.", "will never", "It may never be overtaken."),
    ("Europe has the best researchers in the world.", "the best", "Europe has as far as is known the best researchers in the world."),
    ("This is the most advanced facility on Earth.", "the most advanced", "This is as far as is known the most advanced facility on Earth."),
    ("It would be the first institute of its kind.", "the first", "It would be as far as is known the first institute of its kind."),
    ("Undoubtedly, the return exceeds the cost.", "Undoubtedly", "Probably, the return exceeds the cost."),
    ("The benefits are undeniable.", "undeniable", "The benefits are likely."),
    ("Nobody disputes that science brings prosperity.", "Nobody disputes that", "Few dispute that science brings prosperity."),
    ("It will cure cancer.", "will cure", "It could help to treat cancer."),
    ("The programme will double private investment.", "will double", "The programme could double private investment."),
    ("The synchrotron will attract the world's talent.", "will attract", "The synchrotron could attract the world's talent."),
    ("An unparalleled opportunity lies before us.", "An unparalleled", "An uncommon opportunity lies before us."),
    ("The centre will solve the shortage of computing power.", "will solve", "The centre could help to reduce the shortage of computing power."),
    ("The reactor is completely safe.", "completely safe", "The reactor is safe as far as is known."),
    ("It is a game-changer for small states.", "a game-changer", "It is an important step for small states."),
    ("The location inevitably draws industry.", "inevitably", "The location often draws industry."),
    ("It will generate growth across the continent.", "will generate growth", "It could generate growth across the continent."),
    ("This ground-breaking project needs your vote.", "ground-breaking", "This new project needs your vote."),
    ("The data are proof that hubs outperform networks.", "proof that", "The data are a sign that hubs outperform networks."),
    ("All experts support the plan.", "All experts", "A number of experts support the plan."),
]  # fmt: skip

LEFT_ALONE_BEFORE = [
    "The centre could create 3,000 jobs in the region.",
    "The minister said the centre will create 3,000 jobs.",
    "According to the applicants, it will create 3,000 jobs.",
    "The project will not guarantee access for everyone.",
    "There is no guarantee that the site will be chosen.",
    "The brochure calls it “the only laboratory of its kind”.",
    "Critics doubt that it is the only option.",
    "It is not the only laboratory that can do this work.",
    "He was only twenty when he joined.",
    "The first phase ends in 2031.",
    "The first beam circulated in 2008.",
    "For the first time, twelve states met.",
    "The first of the two tunnels is finished.",
    "The facility will open in 2030.",
    "The upgrade will cost EUR 1.2 billion.",
    "The tunnel will be built in two stages.",
    "The plan has not always been popular.",
    "Almost always the host pays more.",
    "Never before had so many states signed.",
    "Britain never joined the programme.",
    "There is no consensus on the site.",
    "Experts disagree about the cost.",
    "The experts agreed on a budget of EUR 40 million.",
    "The European Consensus on Development was signed in 2017.",
    "Unanimity, not consensus, is required by the statute.",
    "It has yet to prove its worth.",
    "The reform proved difficult.",
    "The idea has proven to be costly.",
    "The burden of proof lies with the applicant.",
    "The loan guarantees were withdrawn.",
    "The best-known case is CERN.",
    "At best, the return takes decades.",
    "The largest share is paid by Germany, 20 per cent.",
    "Each sample has a unique identifier.",
    "The industrial revolution began in Britain.",
    "The French revolutionary calendar had ten-day weeks.",
    "Alternatives were studied in 2019.",
    "The council rejected the alternative site.",
    "Is it the only way?",
    "Could it revolutionise medicine?",
    "Supporters argue that there is no alternative.",
    "Last but not least, the staff must be paid.",
    "The review asks whether it will ensure fair access.",
]

MARKED_AFTER = [
    ("The laboratory will bring thousands of high-quality jobs to Silesia.", "will bring thousands of high-quality jobs", "The laboratory could bring thousands of high-quality jobs to Silesia."),
    ("Joining will boost our universities.", "will boost", "Joining could boost our universities."),
    ("A single European hub will put the continent back in the lead.", "will put", "A single European hub could help to put the continent back in the lead."),
    ("The scheme is certain to attract investors.", "is certain to", "The scheme may well attract investors."),
    ("This investment will secure our prosperity for generations.", "will secure", "This investment could help to secure our prosperity for generations."),
    ("It will finally end our dependence on American chips.", "will finally end", "It could help to reduce our dependence on American chips."),
    ("The treaty ensures that no member is left behind.", "ensures that", "The treaty makes it more likely that no member is left behind."),
    ("Scientists universally agree that the detector is needed.", "Scientists universally agree that", "A number of experts hold that the detector is needed."),
    ("No serious economist doubts the return.", "No serious economist doubts", "Few economists dispute the return."),
    ("The scientific community is united behind the proposal.", "is united behind", "The scientific community largely supports the proposal."),
    ("It is widely known and beyond dispute that talent leaves.", "beyond dispute", "It is widely known and likely that talent leaves."),
    ("The only way to keep talent is a shared laboratory.", "The only way", "One way to keep talent is a shared laboratory."),
    ("Europe’s sole centre for this research is in Grenoble.", "sole", "Europe’s only known centre for this research is in Grenoble."),
    ("Nothing like it exists anywhere in the world.", "Nothing like it", "Little like it exists anywhere in the world."),
    ("The proposal has no rival.", "no rival", "The proposal has few rivals."),
    ("The archive is truly unique.", "truly unique", "The archive is unusual."),
    ("With its uniquely qualified staff the institute leads.", "uniquely", "With its unusually qualified staff the institute leads."),
    ("We run a world class facility.", "a world class", "We run an internationally recognised facility."),
    ("The best minds of the continent would gather there.", "The best", "Leading minds of the continent would gather there."),
    ("It is the most powerful microscope ever built.", "the most powerful", "It is as far as is known the most powerful microscope ever built."),
    ("The greatest opportunity of our time is artificial intelligence.", "The greatest", "A great opportunity of our time is artificial intelligence."),
    ("Its unrivalled record speaks for itself.", "unrivalled", "Its uncommon record speaks for itself."),
    ("This is a once-in-a-lifetime chance.", "a once-in-a-lifetime", "This is a rare chance."),
    ("The results were nothing short of miraculous.", "nothing short of miraculous", "The results were notable."),
    ("CERN is living proof that borders do not matter.", "living proof that", "CERN is a sign that borders do not matter."),
    ("The figures prove beyond doubt that members gain.", "prove beyond doubt that", "The figures suggest that members gain."),
    ("The web alone has repaid the whole of CERN many times over.", "many times over", "The web alone has repaid the whole of CERN in some measure."),
    ("The entry fee will be recouped within five years.", "will be recouped", "The entry fee may be recouped within five years."),
    ("Every pound spent generates seven pounds of value.", "Every pound spent generates", "Each pound spent may return seven pounds of value."),
    ("Members get back far more than they pay in.", "get back far more", "Members may get back more than they pay in."),
    ("The network will cost taxpayers nothing.", "will cost taxpayers nothing", "The network will have costs that are still to be named."),
    ("A hub always outperforms a network.", "always", "A hub often outperforms a network."),
    ("Good science can never be bought.", "can never", "Good science can hardly be bought."),
    ("Small states never lose by joining.", "never", "Small states rarely lose by joining."),
    ("Every country benefits from membership.", "Every country benefits", "A country typically benefits from membership."),
    ("The technology is one hundred per cent safe.", "one hundred per cent safe", "The technology is safe as far as is known."),
    ("It is impossible to do this research elsewhere.", "impossible", "It is very hard to do this research elsewhere."),
    ("The transformative power of the instrument is obvious.", "transformative", "The notable power of the instrument is obvious."),
    ("The accelerator has revolutionised medicine.", "revolutionised", "The accelerator has changed medicine."),
    ("The computer will solve climate change.", "will solve", "The computer could help to reduce climate change."),
    ("Without doubt this is the right site.", "Without doubt", "Probably this is the right site."),
    ("It would be the first open laboratory in history to share all its data.", "the first", "It would be as far as is known the first open laboratory in history to share all its data."),
    ("A European hub would inevitably lead to faster progress.", "inevitably", "A European hub would often lead to faster progress."),
    ("The new institute will lead the world in safe AI.", "will lead the world", "The new institute could be among the leaders in safe AI."),
]  # fmt: skip

LEFT_ALONE_AFTER = [
    "The ministry estimates that the site will bring 400 jobs.",
    "A 2019 study predicted that the upgrade would double output.",
    "The fee will double in 2027 under the new key.",
    "The council will produce a report in March.",
    "The tunnel will end at the border.",
    "The agreement does not ensure that every member has a vote.",
    "Whether it will secure funding is open.",
    "No study has shown that it pays for itself.",
    "The centre cannot guarantee results.",
    "The statute guarantees each member one seat, the lawyers said.",
    "The bank guarantee expires in May.",
    "States must guarantee free movement of staff.",
    "“World-leading” is a word that grant applications like.",
    "The programme is called ‘the best of Europe’.",
    "The Group of Twenty reached a consensus on the text.",
    "Decisions are taken by consensus.",
    "Experts from nine countries agreed to meet in Vienna.",
    "Everyone at the site wears a badge.",
    "Everybody in the room voted.",
    "The only woman on the panel was the chair.",
    "Only three states have paid.",
    "The first director was Felix Bloch.",
    "The first collisions took place in 2010.",
    "In the first year the fee is waived.",
    "It was the best result of the series.",
    "The staff do their best.",
    "The most recent review dates from 2022.",
    "The most expensive part is the tunnel.",
    "The largest detector weighs 14,000 tonnes.",
    "Each user gets a unique number.",
    "Most members always pay late, the auditor wrote.",
    "The line is not always open.",
    "The machine has never run at full energy.",
    "The treaty was never ratified.",
    "The committee never met in 2021.",
    "Newton proved the theorem in 1687.",
    "The offer proved too small.",
    "The prototype proves difficult to cool.",
    "Members may choose an alternative date.",
    "The project has two alternatives, a ring and a line.",
    "The plan would, its authors hope, transform the region.",
    "Critics call the promise of a revolutionary machine empty.",
    "Is there really no alternative?",
    "In the view of the union, it will solve nothing.",
    "If it ensures that data stay open, we shall sign.",
]

# Written last, when the table was tuned on all above: at first sight 16 of 24 were marked, and 1 of 24 in vain.
MARKED_LAST = [
    "A shared centre will generate billions in economic returns.",
    "Our researchers are the envy of the world.",
    "There simply is no alternative to acting together.",
    "The new supercomputer will transform every industry.",
    "Nobody can deny that CERN changed Europe.",
    "The telescope is the only one of its kind.",
    "This laboratory guarantees jobs for decades.",
    "It goes without saying that members benefit.",
    "The consensus is that small states need a hub.",
    "This unprecedented effort deserves support.",
    "All scientists agree that open data are best.",
    "The machine will unlock the secrets of the universe.",
    "The investment will be repaid within ten years.",
    "Europe’s most ambitious project is ready.",
    "The network always delivers on time.",
    "History proves that shared science brings peace.",
    "The plan will ensure that no talent leaves.",
    "It is a truly revolutionary approach to learning.",
    "Every single member wins.",
    "Without the collider Europe will lose its leadership.",
    "The hub will create thousands of well-paid jobs.",
    "Our track record is second to none.",
    "Such facilities never go out of date.",
    "The fund pays for itself.",
]

LEFT_ALONE_LAST = [
    "The centre is expected to generate about EUR 40 million a year.",
    "Members will pay in three instalments.",
    "The audit did not prove that money was lost.",
    "Five of the six experts agreed.",
    "The only building left is the library.",
    "The treaty was the first to be signed in Rome.",
    "Each detector has its own unique design number.",
    "The best estimate is 12 per cent.",
    "Participants never exceeded forty.",
    "A bank guarantee covers the loan.",
    "The ministry claims the plan will create 900 jobs.",
    "The site will be closed in August.",
    "Doors are always locked at night, the rules say.",
    "The largest contributor pays a fifth.",
    "The laboratory has won four prizes.",
    "It is uncertain whether the scheme will attract firms.",
    "The alternative would be a network of nodes.",
    "The word “revolutionary” occurs twice in the report.",
    "No one voted against the motion.",
    "The council proved unable to agree.",
    "All experts on the panel come from Europe.",
    "The machine reached its full energy in 2015.",
    "Every member has one vote.",
    "Supporters promised that it would pay for itself.",
]


def in_place(sentence: str) -> str:
    """The sentence with every sober wording in its place."""
    for mark in reversed(over_claims(sentence)):
        sentence = sentence[: mark.start] + mark.sober + sentence[mark.end :]
    return sentence


@pytest.mark.parametrize(("sentence", "words", "sober"), MARKED_BEFORE + MARKED_AFTER)
def test_an_over_claim_is_marked_with_a_wording_that_can_stand_there(
    sentence: str, words: str, sober: str
) -> None:
    marks = over_claims(sentence)
    assert [mark.words for mark in marks] == [words]
    assert sentence[marks[0].start : marks[0].end] == words
    assert marks[0].why
    assert in_place(sentence) == sober


@pytest.mark.parametrize("sentence", LEFT_ALONE_BEFORE + LEFT_ALONE_AFTER + LEFT_ALONE_LAST)
def test_what_is_quoted_attributed_denied_or_plain_is_left_alone(sentence: str) -> None:
    assert over_claims(sentence) == []


def test_what_the_cited_passage_says_too_is_left_alone() -> None:
    sentence = "It is the only laboratory in Europe with such a source."
    assert over_claims(sentence)
    assert not over_claims(
        sentence, ["The institute runs the only laboratory in Europe with a source of this kind."]
    )
    # The same words about something else, or denied, bear nothing out.
    assert over_claims(sentence, ["It was the only place where members could vote."])
    assert over_claims(sentence, ["This is not the only laboratory in Europe with such a source."])


def test_the_note_of_a_hedge_or_a_speaker_counts_only_on_its_side() -> None:
    assert not over_claims("It is one of the most powerful machines in the world.")
    assert over_claims("The minister said yes, but we know that the centre will create 3,000 jobs.") == []
    marks = over_claims("The centre will create 3,000 jobs, and members said yes.")
    assert [mark.words for mark in marks] == ["will create 3,000 jobs"]
    assert over_claims("We promise that the centre will create 3,000 jobs.")


def test_several_in_one_sentence_stand_in_order_without_overlap() -> None:
    marks = over_claims("**Undoubtedly** this unique centre will create 3,000 jobs [@key].")
    assert [mark.words for mark in marks] == ["Undoubtedly", "unique", "will create 3,000 jobs"]
    assert all(one.end <= other.start for one, other in pairwise(marks))


def test_the_built_in_notes_are_nearly_free_of_them(library: Library) -> None:
    """Our own notes are written soberly, so marks on them are false alarms."""
    notes = {text for passage in library.passages() for text in (passage.text, passage.wording) if text}
    marked = [text for text in notes if any(over_claims(one) for one in split_sentences(text))]
    assert len(marked) <= 4, marked


def test_of_the_last_sentences_nearly_all_are_marked() -> None:
    missed = [sentence for sentence in MARKED_LAST if not over_claims(sentence)]
    # "never go" is as often a plain fact, and "without" before the words counts as a denial.
    assert len(missed) <= 2, missed
