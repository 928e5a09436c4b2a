"""The claim check on the real dossier: every statement, changed in one place each time, and light rewordings by hand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from assistant.check import check_claim
from assistant.quantities import quantities
from assistant.sentences import split_sentences
from assistant.words import fold, likely_name, words

FACTS: dict[str, str] = {
    fact["id"]: fact["statement"]
    for fact in yaml.safe_load(
        (Path(__file__).parent.parent / "knowledge/dossier/facts.yaml").read_text(encoding="utf-8")
    )
}
IDS = list(FACTS)

# Written by hand: the same in other words, and with one subtle change each.

REWORDINGS = [
    (
        "cfa05",
        "In July 2017 Gary Marcus called in the New York Times for a CERN-style laboratory for AI, a year before CLAIRE was launched.",
    ),
    (
        "cfa06",
        "CAIRNE, then called CLAIRE, appeared in public in June 2018 with a vision document that over 550 experts backed.",
    ),
    (
        "cfa09",
        "The CLAIRE network signed up 117 research groups and institutions from 19 countries within a week in late 2018.",
    ),
    (
        "cfa11",
        "Holger Hoos told Times Higher Education in February 2020 about an institute with up to 800 researchers.",
    ),
    (
        "cfa12",
        "CLAIRE and euRobotics requested about €100 billion in public funds over six years in November 2023.",
    ),
    (
        "cfa13",
        "The moonshot plan of 2023 put a hub at the centre of a wide network and aimed for European leadership in trustworthy AI by 2030.",
    ),
    (
        "cfa14",
        "In September 2024 the think tank ICFG proposed a CERN for AI that would cost €30–35 billion over its first three years.",
    ),
    (
        "cfa16",
        "About €25 billion of the €35 billion in the January 2025 blueprint “Building CERN for AI” is assigned to data centres.",
    ),
    (
        "cfa18",
        "The EU’s Scientific Advice Mechanism recommended in April 2024 a distributed European institute for AI in science.",
    ),
    (
        "cfa20",
        "In July 2024 Ursula von der Leyen promised a European AI Research Council, pooling resources in a way she likened to CERN.",
    ),
    (
        "cfa26",
        "The press reported in mid-2023 that Rishi Sunak’s government was discussing a CERN-like body for AI.",
    ),
    ("cfa28", "CAIRNE published a report in December 2025 on the case for a CERN for AI."),
    ("cfa29", "By early 2025 the CERN for AI for which CAIRNE had asked had not been created."),
    (
        "ags01",
        "According to Rüland’s study, CERN for AI reached the informal agenda but not the formal decision agenda of the EU institutions.",
    ),
    (
        "ags04",
        "The parliamentary route paid off: several MEPs took up the idea of a CERN for AI in the AI Act debates.",
    ),
    (
        "ags05",
        "In Rüland’s judgement mobilisation through dedicated events and talks was probably the most important of CAIRNE’s three strategies.",
    ),
    (
        "ags06",
        "CAIRNE argued that the cost would exceed what one member state can carry and that the whole European research community should take part.",
    ),
    (
        "ags12",
        "In March 2020 CLAIRE reported that members of its network coordinated four of five projects chosen in the EU’s €50 million ICT-48 call.",
    ),
    (
        "ags13",
        "ELLIS and CLAIRE, the two rival networks, shared the German AI Prize of €100,000 in 2021 and gave a joint interview.",
    ),
    (
        "ags14",
        "The consultations on the Commission’s AI in Science strategy drew 734 responses from 43 countries.",
    ),
    (
        "ags15",
        "A DG RTD official said in September 2025 that the Commission preferred linking and strengthening existing capacity to building new infrastructure.",
    ),
    (
        "lbl01",
        "Rüland’s interviewees thought that borrowing the name of CERN helps in principle, but partly backfired in the case of AI.",
    ),
    (
        "lbl05",
        "EMBL, the laboratory that ELLIS took as its model, had once been promoted under a CERN-like name itself.",
    ),
    (
        "lbl10",
        "At CERN’s 70th anniversary on 1 October 2024 von der Leyen spoke of 17,000 visiting researchers each year.",
    ),
    ("lbl13", "SESAME in Jordan was presented in 2000 as a small CERN for the Middle East."),
    (
        "lbl17",
        "Plans with this label range from a pilot of about €107 million to a request for €100 billion.",
    ),
    ("lbl19", "Since 2011 Tim Palmer has called for a shared exascale facility for climate science."),
    (
        "cen01",
        "CERN’s documentation of its computing grid concedes that one or two large centres would have been simpler technically.",
    ),
    (
        "cen04",
        "According to a 2020 dataset, 22% of leading AI researchers had studied in Europe, but just 14% worked there.",
    ),
    (
        "cen06",
        "One analysis quoted in 2025 put at 37% the share of Europe’s AI workforce that comes from abroad.",
    ),
    (
        "cen11",
        "Europe’s share of the world’s AI computing capacity is reported to be below 5%, against about 75% for the US and 15% for China.",
    ),
    ("dec01", "ELLIS has argued that AI does not need a unique central facility."),
    (
        "dec04",
        "ELLIS reported 34 units, more than 800 scientists and 157 holders of ERC grants in February 2022.",
    ),
    (
        "dec05",
        "By 2025 ELLIS had 41 units in 17 countries, with a first institute at work in Tübingen since 2023.",
    ),
    (
        "dec06",
        "Each ELLIS unit has to bring at least €1.5 million a year, and an institute is planned at up to €30 million a year.",
    ),
    (
        "dec07",
        "The Tübingen institute of ELLIS started with €100 million over ten years from the Hector Foundation.",
    ),
    ("dec10", "The distributed infrastructure ICOS runs over 170 stations in 16 countries."),
    (
        "dec13",
        "In 2021 full membership of CLARIN would have cost the United Kingdom €225,631 a year, against €14,102 as an observer.",
    ),
    ("dec13", "As an observer of CLARIN the UK would have paid €14,102 a year in 2021."),
    ("dec16", "In September 2024 there were 28 ERICs."),
    ("hub04", "ELIXIR has a hub at Hinxton, 21 member states plus EMBL and some 240 organisations."),
    ("hub07", "EMBL has six sites: Heidelberg, Hamburg, Grenoble, Hinxton, Rome and Barcelona."),
    (
        "hub12",
        "CERN supplies about 20% of the resources of the grid, which links over 170 centres in 42 countries.",
    ),
    (
        "fun01",
        "At €100 billion a CERN for AI would cost more than the whole of Horizon Europe, put at €95.5 billion for seven years.",
    ),
    ("fun02", "RAISE began as a pilot in November 2025 with about €107 million from Horizon Europe."),
    (
        "fun05",
        "Of the €200 billion that InvestAI aims to mobilise, €20 billion is meant for AI gigafactories.",
    ),
    ("fun07", "Up to 35% of the capital cost of an AI gigafactory may be covered by public money."),
    ("fun11", "CERN costs about CHF 1.4 billion a year, and Germany, its largest payer, carries 21%."),
    ("fun13", "In 2013 CERN had a budget of 1.24 billion Swiss francs and 21 member states."),
    (
        "fun14",
        "Slovenia paid an associate fee of about CHF 2.2 million to CERN in 2023 and about CHF 2.4 million in 2024.",
    ),
    ("fun14", "As a full member Slovenia would pay CERN roughly CHF 3.1 million."),
    (
        "fun18",
        "European XFEL had a construction budget of €1,082 million in 2005 prices; Germany paid 54% and Russia 23%.",
    ),
    (
        "fun25",
        "The Commission has proposed €175 billion for FP10, the next research programme, for the years 2028–2034.",
    ),
    (
        "fun30",
        "A cost-benefit study put at about 90% the chance that the benefits of the Large Hadron Collider exceed its costs.",
    ),
    (
        "fun35",
        "In 2023 private AI investment was put at €62.5 billion in the US and at €9 billion in the EU and the UK together.",
    ),
    (
        "gov02",
        "In the CERN Council every member state has one vote, and most decisions need a simple majority.",
    ),
    ("gov03", "The convention of CERN excludes work for military purposes."),
    ("gov10", "Seven states signed the convention of the SKA Observatory on 12 March 2019."),
    (
        "hst01",
        "The choice of a site for ITER took 18 months and ended in a unanimous decision on 28 June 2005 in Moscow.",
    ),
    ("hst15", "Before Texas was chosen, the Superconducting Super Collider drew 43 bids for its site."),
    (
        "pre03",
        "The CERN Convention was opened on 1 July 1953 in Paris and entered into force on 29 September 1954.",
    ),
    ("pre04", "Spain joined CERN in 1961, left in 1969 and returned in 1983."),
    ("pre05", "Slovenia joined CERN on 21 June 2025, which brought it to 25 member states."),
    (
        "pre10",
        "The Open Quantum Institute started at CERN on 1 March 2024 as a pilot of three years, backed by UBS with up to CHF 2 million a year.",
    ),
    (
        "cri06",
        "It is reported that at least 65% of the computing power of a gigafactory is reserved for commercial use.",
    ),
    (
        "cri07",
        "In 2024 the European Court of Auditors found that AI investment had not been coordinated well by the Commission and member states.",
    ),
    (
        "cri11",
        "Swiss observers saw an irony: Switzerland, the host of CERN, might be left out of a “CERN for AI” of the EU.",
    ),
    (
        "obj03",
        "Austria’s science minister announced in 2009 that the country would withdraw from CERN, and the chancellor reversed this on 18 May.",
    ),
    ("obj07", "Data centres used about 415 TWh worldwide in 2024, or 1.5% of demand."),
    (
        "aud03",
        "Widening countries’ share of funding rose from 9% under Horizon 2020 to 13% in the first half of Horizon Europe.",
    ),
    (
        "aud05",
        "In the 2024 Eurobarometer only 55% of Europeans rated the effect of AI as positive, down from 61% in 2021.",
    ),
    ("eup03", "RAISE, launched on 3 November 2025 in Copenhagen, is a virtual institute and not a building."),
    (
        "sdc07",
        "Sixteen institutions from three EU projects formally founded the EU Science Diplomacy Alliance on 10 June 2021.",
    ),
    ("emb02", "The Ravello meeting of 16–17 September 1963 founded EMBO."),
    (
        "emb06",
        "Ten states concluded the EMBL agreement at CERN on 10 May 1973, and it came into force on 4 July 1974.",
    ),
    (
        "cau01",
        "An open letter of 7 July 2014 by hundreds of neuroscientists criticised the narrow approach of the Human Brain Project.",
    ),
    ("cau05", "The US Congress stopped the Superconducting Super Collider in October 1993."),
    (
        "cau05",
        "The estimate for the American collider grew from about $3 billion in 1986 to $8–12 billion in 1990.",
    ),
    ("cau06", "In 1985 a British review advised cutting spending on CERN by a quarter."),
    ("cau07", "CERN ended its cooperation with Russia on 30 November 2024."),
    (
        "cfa02",
        "CAIRNE’s founders began in 2017 to argue that gathering leading researchers in one place would cure fragmentation.",
    ),
    (
        "cfa17",
        "The blueprint of January 2025 would open membership to the United Kingdom, Switzerland and Canada.",
    ),
    (
        "cfa25",
        "In January 2026 CAIRNE described its target as a distributed network with a central hub as focal point.",
    ),
    (
        "ags03",
        "Winning over members of the European Parliament was among the three most useful strategies of CAIRNE.",
    ),
    (
        "ags08",
        "In its White Paper of 19 February 2020 the Commission announced the aim of a “lighthouse” centre.",
    ),
    (
        "ags16",
        "On 23 May 2025 the Council asked the Commission to work out the mission and governance of a European AI Research Council.",
    ),
    (
        "lbl21",
        "A commission of the US Congress asked in November 2024 for a Manhattan Project for advanced AI.",
    ),
    (
        "cen10",
        "The consortium EUROPA, led by Domyn, was named winner of the Frontier AI Grand Challenge on 19 June 2026.",
    ),
    (
        "dec03",
        "In April 2018 about 200 people signed the ELLIS open letter for a European laboratory spread over several sites.",
    ),
    (
        "dec11",
        "Since November 2015 ICOS has been an ERIC, the twelfth of its kind, with its seat in Finland.",
    ),
    (
        "hub14",
        "Under the “antennas” scheme, states without a large machine of their own get access to a supercomputer elsewhere.",
    ),
    (
        "fun12",
        "According to Nature in 2024, Germany gives CERN some €267 million a year, about a fifth of its budget.",
    ),
    ("fun16", "The ESRF in Grenoble has more than 600 staff and costs over €100 million a year."),
    ("fun22", "ESS announced a two-year delay, to 2027, and some €550 million of additional cost."),
    ("fun36", "A coefficient below 0.40 counts at CERN as very poorly balanced."),
    ("gov06", "Three or more member states can propose an EDIC, which a Commission decision then sets up."),
    ("hst07", "The seat of EMBL in Heidelberg was settled in 1971, two years before the treaty."),
    ("hst12", "The Commission received 76 proposals for gigafactories at 60 sites in 16 member states."),
    ("pre11", "The ITER treaty was signed on 21 November 2006 and took effect on 24 October 2007."),
    (
        "cau02",
        "After about €600 million the Human Brain Project ended in September 2023 without having simulated a human brain.",
    ),
    ("cau04", "ITER’s 2024 baseline moved deuterium–tritium operation to 2039 and added about €5 billion."),
    (
        "aud07",
        "Eighty per cent of Europeans want free online access to the results of publicly funded research.",
    ),
    ("eup07", "Seven AI Factories were chosen in December 2024, six in March 2025 and six in October 2025."),
    (
        "sdc06",
        "The Council adopted the EU’s first recommendation on a European framework for science diplomacy on 29 May 2026.",
    ),
    ("emb03", "The first money of EMBO came from the Volkswagen Foundation."),
]
FALSE = [
    ("number bound", "fun14", "Slovenia paid CERN about CHF 3.1 million in 2023."),
    ("number bound", "fun14", "Slovenia’s associate fee was about CHF 2.4 million in 2023."),
    ("number bound", "fun18", "Germany paid 23% and Russia 54% of European XFEL’s construction."),
    (
        "number bound",
        "fun20",
        "The construction cost of ESS stood at €1.84 billion in 2015, with Denmark at 35% and Sweden at 12.5%.",
    ),
    (
        "number bound",
        "fun35",
        "Private AI investment in 2023 was put at €9 billion in the United States and €62.5 billion in the EU and United Kingdom.",
    ),
    ("number bound", "dec13", "A full UK membership of CLARIN would have cost €14,102 a year in 2021."),
    ("number bound", "pre04", "Spain joined CERN in 1969 and left in 1983."),
    ("number bound", "cen04", "22% of leading AI researchers worked in Europe, and 14% had studied there."),
    (
        "number bound",
        "cen11",
        "Europe’s share of AI computing capacity is about 15%, against 75% for the United States.",
    ),
    (
        "number bound",
        "fun06",
        "Of the €200 billion, €50 billion was a pledge by private companies and investors.",
    ),
    ("number bound", "aud05", "In the 2024 Eurobarometer 83% rated the effect of AI as positive."),
    (
        "number bound",
        "aud03",
        "Widening countries’ share of funding fell from 13% under Horizon 2020 to 9% under Horizon Europe.",
    ),
    ("number bound", "obj07", "Data centres used about 945 TWh worldwide in 2024."),
    ("number bound", "dec06", "An ELLIS unit must bring at least €30 million a year."),
    ("number bound", "emb06", "The EMBL agreement came into force on 10 May 1973."),
    (
        "number bound",
        "cau03",
        "The European Institute of Technology started with about €2.4 billion of public money.",
    ),
    ("unit", "fun14", "Slovenia’s associate fee was about €2.2 million in 2023."),
    ("unit", "hst01", "The choice of ITER’s site took 18 years."),
    ("unit", "obj07", "Data centres used about 415 GWh worldwide in 2024."),
    ("unit", "fun11", "CERN’s yearly cost is about CHF 1.4 million."),
    (
        "bound",
        "cri06",
        "At most 65% of a gigafactory’s computing power is reported to be reserved for commercial use.",
    ),
    ("bound", "fun07", "Public money must cover at least 35% of the capital cost of an AI gigafactory."),
    ("bound", "dec10", "ICOS runs fewer than 170 stations in 16 countries."),
    (
        "modality",
        "cfa12",
        "CLAIRE and euRobotics received about €100 billion of public money over six years for a European AI “moonshot”.",
    ),
    (
        "modality",
        "cfa14",
        "ICFG built a CERN for AI costing roughly €30–35 billion in its first three years.",
    ),
    (
        "modality",
        "fun25",
        "The Council adopted €175 billion for the next research programme (FP10, 2028–2034).",
    ),
    (
        "modality",
        "cri04",
        "A CEPS researcher warned in 2026 that gigafactories will become “cathedrals in the desert”.",
    ),
    ("modality", "fun27", "The EU has approved a budget of about €2 trillion for 2028–2034."),
    ("modality", "cfa20", "Ursula von der Leyen created a European AI Research Council in July 2024."),
    ("modality", "cri11", "Switzerland, CERN’s host, will be left out of an EU “CERN for AI”."),
    (
        "modality",
        "fun05",
        "InvestAI has mobilised €200 billion for AI in Europe, of which €20 billion went to AI gigafactories.",
    ),
    ("modality", "cfa13", "The 2023 moonshot plan achieved European leadership in trustworthy AI."),
    ("modality", "dec06", "An ELLIS institute receives €30 million a year."),
    ("direction", "pre05", "Slovenia left CERN on 21 June 2025."),
    (
        "direction",
        "aud05",
        "In the 2024 Eurobarometer 55% rated the effect of AI as positive, up from 61% in 2021.",
    ),
    (
        "direction",
        "fun01",
        "A CERN for AI of €100 billion would cost less than the EU’s whole research programme Horizon Europe.",
    ),
    (
        "direction",
        "obj03",
        "The chancellor confirmed the withdrawal from CERN on 18 May after a petition of about 30,000 names.",
    ),
    ("direction", "dec09", "The EU’s science advisers rejected a distributed institute."),
    (
        "direction",
        "dec09",
        "The EU’s science advisers preferred a centralised institute because it would give researchers open and easy access.",
    ),
    (
        "direction",
        "ags15",
        "The Commission preferred building a new infrastructure over linking and strengthening existing capacity.",
    ),
    (
        "direction",
        "ags10",
        "Interviewees recalled that the public consultation after the White Paper leaned towards a centralised institute.",
    ),
    (
        "direction",
        "cau06",
        "A British review chaired by John Kendrew advised in 1985 an increase of a quarter in spending on CERN.",
    ),
    (
        "direction",
        "cfa05",
        "Gary Marcus made an early call for a CERN-style laboratory for AI a year after CLAIRE was launched.",
    ),
    ("direction", "emb07", "The Parliament gives a binding decision on such acts."),
    (
        "direction",
        "gov05",
        "The ERIC form requires states to negotiate a separate treaty for each new facility.",
    ),
    (
        "direction",
        "hst14",
        "CERN was placed in Switzerland, today inside the EU, partly for that state’s neutrality.",
    ),
    ("direction", "fun22", "ESS came in €550 million below its cost."),
    ("negation", "cfa10", "In CLAIRE’s 2018 vision the hub was meant to keep a permanent research staff."),
    ("negation", "ags01", "CERN for AI moved onto the formal decision agenda of the EU institutions."),
    ("negation", "gov12", "The ITER agreement has a clause for expelling a member."),
    ("negation", "cau02", "The Human Brain Project ended in September 2023 having simulated a human brain."),
    (
        "negation",
        "cri07",
        "The European Court of Auditors found in 2024 that the Commission and member states had coordinated AI investment well.",
    ),
    ("negation", "fun29", "In spring 2026 the member states had agreed on the size of the next EU budget."),
    ("negation", "dec12", "CLARIN carries out and pays for research itself."),
    ("negation", "cfa29", "As of early 2025 the CERN for AI that CAIRNE asked for had been created."),
    ("negation", "lbl03", "Critics held that computing power for AI must be in one place."),
    ("quantifier", "ags04", "All MEPs took up the CERN for AI idea during the debates on the AI Act."),
    ("quantifier", "cri05", "All of the first 13 AI Factories had no research partner."),
    ("quantifier", "dec15", "In its 2018 review the Commission observed that all ERICs were distributed."),
    (
        "quantifier",
        "hst08",
        "Jordan was chosen for SESAME only because it kept relations with all the founders.",
    ),
    ("quantifier", "lbl01", "In the AI case the CERN name backfired completely."),
    (
        "quantifier",
        "sdc08",
        "All scholars agree that science diplomacy rests on romantic stories about science.",
    ),
    (
        "role",
        "lbl01",
        "People who interviewed Rüland thought that borrowing CERN’s name helps in principle to promote a large research infrastructure.",
    ),
    (
        "role",
        "ags16",
        "The Commission asked the Council to work out the mission and governance of a European AI Research Council.",
    ),
    ("role", "lbl05", "EMBL took ELLIS as its model."),
    ("role", "lbl11", "CERN’s convention drew largely on that of the European Southern Observatory."),
    ("role", "fun12", "CERN gives Germany about €267 million a year."),
    (
        "role",
        "fun27",
        "Germany proposed an EU budget of about €2 trillion for 2028–2034, and the Commission objects.",
    ),
    (
        "role",
        "emb02",
        "The meeting in Ravello set up a committee for a laboratory under Adriano Buzzati-Traverso and one for a federal organisation under Kendrew.",
    ),
    (
        "role",
        "emb01",
        "Conrad Waddington proposed an international laboratory (CERB) and John Kendrew an organisation without a central laboratory.",
    ),
    ("role", "hst06", "ECMWF chose Barcelona over Bonn for its third site in 2020."),
    (
        "role",
        "hst01",
        "Japan won the site of ITER at Rokkasho in a unanimous decision in Moscow on 28 June 2005.",
    ),
    (
        "role",
        "cri08",
        "Large technology companies warned in 2024 that the AI Now Institute may entrench European AI industrial policy.",
    ),
    (
        "role",
        "cfa21",
        "CERN compared the Commission President’s plan with AI gigafactories on 11 February 2025 in Paris.",
    ),
    (
        "added",
        "cen08",
        "By CERN’s own account no single country could pay for its machines, which proves that Europe needs a CERN for AI.",
    ),
    ("added", "gov03", "CERN’s convention globally excludes work for military purposes."),
    (
        "added",
        "ags14",
        "The Commission’s consultations on its AI in Science strategy drew 734 responses from 43 countries, most of them hostile.",
    ),
    ("added", "dec02", "ELLIS names EMBL, MIT and Canada’s Vector Institute as its models."),
    (
        "added",
        "hub10",
        "The European Spallation Source has its machine in Lund and its data centre in Copenhagen, which doubled its cost.",
    ),
    (
        "added",
        "cfa28",
        "CAIRNE issued a report on the case for a CERN for AI in December 2025, which the Parliament praised.",
    ),
    ("lost", "fun13", "CERN’s fees are 2.2 million."),
    ("quote", "cri04", "A CEPS researcher warned that gigafactories might become “castles in the desert”."),
    (
        "quote",
        "cfa16",
        "The blueprint “A CERN to build for AI” assigns about €25 billion of a €35 billion total to data centres.",
    ),
    (
        "direction",
        "cfa02",
        "CAIRNE’s founders began to argue for the project in 2017 because Europe had more computing hardware than the United States and China.",
    ),
    ("direction", "cfa17", "The January 2025 blueprint would limit membership to the EU."),
    (
        "negation",
        "cfa22",
        "Morten Irgens and Holger Hoos argued in January 2026 that the EU’s current measures add up to a CERN for AI.",
    ),
    (
        "modality",
        "ags08",
        "The Commission’s White Paper on AI of 19 February 2020 opened a “lighthouse” centre of research and innovation.",
    ),
    (
        "number bound",
        "ags12",
        "CLAIRE’s members coordinated five of the four projects chosen in the EU’s ICT-48 call.",
    ),
    (
        "number bound",
        "lbl19",
        "Tim Palmer has called since 2019 for a shared exascale facility for climate science.",
    ),
    (
        "number bound",
        "lbl22",
        "The UN General Assembly appointed 40 members of a scientific panel on AI in August 2025.",
    ),
    ("number bound", "dec05", "By 2025 ELLIS counted 17 units in 41 countries."),
    ("negation", "dec12", "CLARIN pays for research and links national language-resource centres."),
    (
        "negation",
        "hub06",
        "EMBL’s founders chose a single site, not a main laboratory with specialised outstations.",
    ),
    (
        "role",
        "hub10",
        "The European Spallation Source has its machine in Copenhagen and its data centre in Lund.",
    ),
    (
        "bound",
        "fun08",
        "The EU and the states taking part count less than €2.6 billion for AI Factories and antennas.",
    ),
    (
        "number bound",
        "fun10",
        "The EuroHPC Joint Undertaking was planned with about €3 billion for 2021–2027.",
    ),
    (
        "number bound",
        "fun28",
        "A count of positions in 2025 found seven member states in favour of a larger EU budget and 13 against.",
    ),
    (
        "number bound",
        "fun34",
        "A 1994 British review put the national contribution to ECMWF at £10.936 million.",
    ),
    ("direction", "gov03", "CERN’s convention permits work for military purposes."),
    ("number bound", "gov11", "A unanimity rule in EMBC meant in 2004 that a budget rise of 40% passed."),
    (
        "role",
        "hst03",
        "The headquarters of the SKA Observatory went to Italy in April 2015 after a contest with Britain.",
    ),
    ("direction", "hst07", "EMBL’s seat in Heidelberg was settled two years after the treaty was concluded."),
    ("number bound", "pre05", "Estonia joined CERN as its 25th member state."),
    ("direction", "cri08", "The AI Now Institute welcomed European AI industrial policy in 2024."),
    (
        "negation",
        "cau02",
        "The Human Brain Project ended in September 2023 after about €600 million and had simulated a human brain.",
    ),
    ("number bound", "cau09", "Northvolt went bankrupt in 2017."),
    ("modality", "eup06", "In May 2026 the formal gigafactory call had been opened."),
    ("number bound", "sdc01", "The scheme of 2010 by the Royal Society and AAAS has four parts."),
]


# Perturbations: one changed place each, chosen by the text alone.


def change_number(text: str) -> str | None:
    for quantity in quantities(text):
        digits = re.search(r"\d+(?:[.,]\d+)*", quantity.text)
        if quantity.kind == "number" and quantity.unit != "document" and digits:
            new = _other_digits(digits.group(), text)
            start = quantity.start + digits.start()
            return text[:start] + new + text[start + len(digits.group()) :]
    return None


def _other_digits(digits: str, text: str) -> str:
    for step in (3, 2, 4, 1, 5):
        new = digits[:-1] + str((int(digits[-1]) + step) % 10)
        if new not in text and float(new.replace(",", "")) > 0:
            return new
    raise AssertionError(digits)


WORDS = {"two": "four", "three": "five", "four": "six", "five": "nine", "six": "eight", "seven": "ten", "eight": "eleven", "nine": "six", "ten": "twelve", "eleven": "thirteen", "twelve": "fifteen"}  # fmt: skip


def change_number_word(text: str) -> str | None:
    for quantity in quantities(text):
        new = WORDS.get(quantity.text.lower())
        if quantity.kind == "number" and new and not re.search(rf"\b{new}\b", text):
            return text[: quantity.start] + new + text[quantity.end :]
    return None


def change_year(text: str) -> str | None:
    for year in re.findall(r"\b(?:19|20)\d\d\b", text):
        for step in (-1, 2, 3, -4):
            if str(int(year) + step) not in text and str(int(year) + step)[2:] not in text:
                return text.replace(year, str(int(year) + step), 1)
    return None


def names(text: str) -> list[str]:
    return [
        word.text for word in words(text) if not word.first and likely_name(word, "") and len(word.text) > 2
    ]


ALL_NAMES = sorted({name for text in FACTS.values() for name in names(text)})


def change_name(text: str) -> str | None:
    """The first name becomes another of the dossier's that does not occur in the text."""
    own = [
        name for name in names(text) if not any(q.start <= text.find(name) < q.end for q in quantities(text))
    ]
    if not own:
        return None
    start = (len(text) * 7) % len(ALL_NAMES)
    for other in ALL_NAMES[start:] + ALL_NAMES[:start]:
        if fold(other) not in fold(text) and other not in NOT_SWAPPED:
            return re.sub(rf"\b{re.escape(own[0])}\b", other, text, count=1)
    return None


NOT_SWAPPED = {"May", "March", "April", "June", "July", "August", "September", "October", "November", "December", "January", "February", "CHF", "Swiss", "States", "United", "Europeans"}  # fmt: skip
AUXILIARY = re.compile(
    r"\b(is|are|was|were|has|have|had|can|could|may|might|would|should|must|will)\b(?! not\b| no\b)"
)
PAST = {
    "changed": "change", "asked": "ask", "proposed": "propose", "recommended": "recommend", "issued": "issue", "said": "say",
    "argued": "argue", "made": "make", "gave": "give", "paid": "pay", "took": "take", "went": "go", "left": "leave", "drew": "draw",
    "reported": "report", "found": "find", "chose": "choose", "adopted": "adopt", "set": "set", "began": "begin", "led": "lead",
    "ended": "end", "warned": "warn", "became": "become", "put": "put", "held": "hold", "published": "publish", "noted": "note",
    "announced": "announce", "praised": "praise", "called": "call", "thought": "think", "received": "receive", "met": "meet",
}  # fmt: skip
PRESENT = {"costs": "cost", "pays": "pay", "runs": "run", "works": "work", "gives": "give", "shows": "show", "finds": "find", "combines": "combine", "counts": "count", "pairs": "pair", "aims": "aim"}  # fmt: skip


def negate(text: str) -> str | None:
    found = AUXILIARY.search(text)
    if found:
        return text[: found.end()] + " not" + text[found.end() :]
    for table, helper in ((PAST, "did not"), (PRESENT, "does not")):
        verb = re.search(rf"\b({'|'.join(table)})\b", text)
        if verb:
            return text[: verb.start()] + f"{helper} {table[verb.group()]}" + text[verb.end() :]
    return None


def verdicts(change, *, strict):
    """(fact id, changed claim, finding) for every fact that the change applies to."""
    return [
        (key, changed, check_claim(changed, [text], strict=strict))
        for key, text in FACTS.items()
        if (changed := change(text))
    ]


@pytest.mark.parametrize("strict", [False, True], ids=["advisory", "strict"])
@pytest.mark.parametrize(
    ("change", "floor"),
    [(change_number, 0.98), (change_number_word, 0.97), (change_year, 0.98), (change_name, 0.95)],
    ids=["number", "number word", "year", "name"],
)
def test_a_changed_number_year_or_name_is_unsupported(change, floor, strict):
    rows = verdicts(change, strict=strict)
    missed = [(key, claim) for key, claim, finding in rows if finding.verdict != "unsupported"]
    assert len(rows) >= 40
    assert 1 - len(missed) / len(rows) >= floor, missed


@pytest.mark.parametrize("strict", [False, True], ids=["advisory", "strict"])
def test_a_negated_statement_is_not_supported(strict):
    rows = verdicts(negate, strict=strict)
    missed = [(key, claim) for key, claim, finding in rows if finding.verdict == "supported"]
    assert len(rows) >= 150
    assert 1 - len(missed) / len(rows) >= 0.95, missed


@pytest.mark.parametrize("strict", [False, True], ids=["advisory", "strict"])
@pytest.mark.parametrize("step", [1, 60], ids=["neighbour", "another topic"])
def test_a_statement_with_the_citation_of_another_is_unsupported(step, strict):
    pairs = [(FACTS[key], FACTS[IDS[(place + step) % len(IDS)]]) for place, key in enumerate(IDS)]
    missed = [
        claim
        for claim, passage in pairs
        if check_claim(claim, [passage], strict=strict).verdict != "unsupported"
    ]
    assert 1 - len(missed) / len(pairs) >= 0.98, missed


@pytest.mark.parametrize("strict", [False, True], ids=["advisory", "strict"])
def test_every_statement_and_every_whole_sentence_of_it_is_supported_by_itself(strict):
    for text in FACTS.values():
        for claim in [text, *split_sentences(text)]:
            finding = check_claim(claim, [text], strict=strict)
            assert (finding.verdict, finding.score) == ("supported", 1.0), claim


def test_faithful_light_rewordings_are_seldom_turned_down():
    findings = [check_claim(text, [FACTS[key]]) for key, text in REWORDINGS]
    kept = sum(finding.verdict != "unsupported" for finding in findings)
    assert len(REWORDINGS) >= 100
    assert kept / len(findings) >= 0.88
    assert sum(finding.verdict == "supported" for finding in findings) / len(findings) >= 0.33


@pytest.mark.parametrize(("strict", "most"), [(False, 0.08), (True, 0.04)], ids=["advisory", "strict"])
def test_a_subtle_change_is_seldom_supported(strict, most):
    findings = [check_claim(text, [FACTS[key]], strict=strict) for _, key, text in FALSE]
    passed = [
        text for (_, _, text), finding in zip(FALSE, findings, strict=True) if finding.verdict == "supported"
    ]
    assert len(FALSE) >= 100
    assert len(passed) / len(FALSE) <= most, passed


def test_true_rewordings_score_above_false_ones():
    good = [check_claim(text, [FACTS[key]]).score for key, text in REWORDINGS]
    bad = [check_claim(text, [FACTS[key]]).score for _, key, text in FALSE]
    wins = sum((one > other) + 0.5 * (one == other) for one in good for other in bad)
    assert wins / (len(good) * len(bad)) >= 0.9


FEES = FACTS["fun14"]


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        (
            "Slovenia paid CERN about CHF 4.1 million in 2023.",
            "the number CHF 4.1 million is not in the passage",
        ),
        ("Slovenia paid CERN about CHF 2.2 million in 2019.", "the year 2019 is not in the passage"),
        (
            "Slovenia paid CERN about CHF 3.1 million in 2023.",
            "the passage ties CHF 3.1 million to something else",
        ),
        ("Austria paid about CHF 2.2 million in 2023.", "‘Austria’ is not in the passage"),
        ("Slovenia’s associate fee was “at the very limit of what it could pay”.", "quotation"),
    ],
    ids=["number", "year", "swapped numbers", "name", "quotation"],
)
def test_the_reason_names_what_was_not_found(claim, reason):
    finding = check_claim(claim, [FEES])
    assert finding.verdict == "unsupported"
    assert reason in finding.reason


def test_strict_turns_down_what_adds_a_point():
    claim = f"{FEES.rstrip('.')}, which strengthens the network."
    assert check_claim(FEES, [FEES], strict=True).verdict == "supported"
    assert check_claim(claim, [FEES], strict=True).verdict != "supported"


@pytest.mark.parametrize(
    ("key", "claim"),
    [
        (
            "dec15",
            "In its 2018 review the Commission observed that nearly all ERICs were distributed, rather than single-site.",
        ),
        (
            "hub07",
            "EMBL works at the six sites of Heidelberg, Hamburg, Grenoble, Hinxton, Rome and Barcelona.",
        ),
        (
            "hst09",
            "EuroHPC spread its first supercomputers in June 2019 over eight sites in eight countries.",
        ),
        ("fun15", "ESO runs on about €216 million a year, with some 700 staff and 16 member states."),
    ],
)
def test_strict_lets_a_plain_rewording_pass(key, claim):
    assert check_claim(claim, [FACTS[key]], strict=True).verdict == "supported"


def test_quotation_marks_need_the_words_of_a_passage():
    passage = FACTS["cri04"]
    assert (
        check_claim(
            "In 2026 a CEPS researcher warned that gigafactories might become “Cathedrals in  the desert”.",
            [passage],
        ).verdict
        != "unsupported"
    )
    assert (
        check_claim(
            "In 2026 a CEPS researcher warned that gigafactories might become “castles in the desert”.",
            [passage],
        ).verdict
        == "unsupported"
    )


def test_a_claim_may_rest_on_two_passages():
    claim = "ESO runs on about €216 million a year, and the ESRF costs more than €100 million a year."
    both, one = (
        check_claim(claim, [FACTS[key] for key in keys]) for keys in (("fun15", "fun16"), ("fun15",))
    )
    assert both.verdict != "unsupported"
    assert both.score > one.score + 0.3
    assert check_claim(claim, [FACTS["fun15"]]).verdict == "unsupported"


def test_a_claim_of_several_sentences_is_as_good_as_its_worst():
    good, bad = "ESO has 16 member states.", "ESO has 900 staff."
    assert check_claim(f"{good} {bad}", [FACTS["fun15"]]) == check_claim(bad, [FACTS["fun15"]])


def test_nothing_to_check_and_nothing_to_check_against():
    assert check_claim("…", ["Some text."]).verdict == "not_checked"
    assert check_claim("ESO has 16 member states.", []).verdict == "unsupported"
    assert check_claim("ESO has 16 member states.", ["", " "]).score == 0.0


def test_citation_marks_and_markdown_do_not_matter():
    text = FACTS["fun15"].rstrip(".")
    assert check_claim(f"- **{text}** [@eso2025; @x, p. 3].", [FACTS["fun15"]]).score == 1.0


def test_the_same_claim_gets_the_same_finding():
    first = [check_claim(text, [FACTS[key]]) for key, text in REWORDINGS[:20]]
    assert first == [check_claim(text, [FACTS[key]]) for key, text in REWORDINGS[:20]]


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize(
    "text",
    [
        "Please send the bill for the dinner to my sister.",
        "Nobody had fed the cat that evening.",
    ],
)
def test_what_shares_neither_words_nor_meaning_is_not_found(text: str, strict: bool) -> None:
    note = "Many molecular biologists feared that a central laboratory would drain the universities."
    finding = check_claim(text, [note], strict=strict)
    assert finding.verdict == "unsupported", finding
