"""What the page shows of readings that differ."""

import re
from itertools import product
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rolecall.annotate.adjudication.case import disputes, open_case
from rolecall.annotate.adjudication.offer import DISPUTED, START, Offer, start, table
from rolecall.annotate.adjudication.page import instructions, page
from rolecall.annotate.labelling import check_page, labelling_config, validate
from rolecall.annotate.reader import read_results
from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Article, normalise, quote
from tests import strategies
from tests.annotate.adjudication.material import AGREED, ANA, BEN, MARCH, RALLY, SCHEME, Files, case_of, reading


def test_the_points_stand_in_a_table_with_who_says_what() -> None:
    case = case_of(ANA, BEN)
    assert table(case, disputes(case)) == {
        "1 role": 'ana: PARTICIPANT "Miners"  ·  ben: ORGANIZER "Miners"',
        "2 bounds": 'ana: AUTHORITY "Riot police"  ·  ben: AUTHORITY "Riot police in helmets"',
        "3 labelled or not": 'ana: nothing  ·  ben: FACILITY "bridge"',
        "4 link": 'ana: PROTEST "marched" → FACILITY "office"  ·  ben: no link',
        "5 link": 'ana: no link  ·  ben: PROTEST "marched" → TIME "Monday"',
        "6 one event or several": 'ana: "walk out" + "marched" + "rally"  ·  '
        'ben: "walk out" + "marched"; "rally" alone',
    }


def test_words_that_stand_there_twice_are_shown_where_they_stand() -> None:
    ana, ben = reading("ana", MARCH, "TIME Monday | PLACE the"), reading("ben", MARCH, "TIME Monday")
    case = case_of(ana, ben)
    assert table(case, disputes(case)) == {
        "1 labelled or not": 'ana: PLACE "marched to [the] office on Monday."  ·  ben: nothing'
    }


def test_the_words_of_several_places_are_told_apart() -> None:
    article = Article.of("They said a strike and then strike followed. " * 2, id="strikes")
    spans = tuple(
        quote(article, found.start(), found.end(), "PROTEST") for found in re.finditer("strike", article.text)
    )
    ana = msgspec.structs.replace(reading("ana", article, ""), spans=spans, events=((0, 1), (2, 3)))
    case = case_of(ana, msgspec.structs.replace(ana, by="ben", events=((0, 2),)), article=article)
    (said,) = table(case, disputes(case)).values()
    assert said.startswith(
        'ana: "They said a [strike] and then strike" (1 of 4) + "a strike and then [strike] followed. They"; "'
    )
    assert said.count("(3 of 4)") == 2


def test_a_link_is_shown_with_each_reader_s_own_ends() -> None:
    ana = reading("ana", MARCH, "ARREST detained | AUTHORITY Riot police", "detained > Riot police")
    ben = reading("ben", MARCH, "ARREST detained six | AUTHORITY police", "detained six > police")
    caro = reading(
        "caro", MARCH, "ARREST detained | AUTHORITY Riot police | PROTEST rally | PLACE dusk", "rally > dusk"
    )
    case = case_of(ana, ben, caro)
    (link,) = [said for name, said in table(case, disputes(case)).items() if name.endswith("link")]
    assert link == (
        'ana: ARREST "detained" → AUTHORITY "Riot police"  ·  ben: ARREST "detained six" → AUTHORITY "police"  ·  '
        "caro: no link"
    )


def test_rows_are_numbered_so_that_the_page_keeps_their_order() -> None:
    words = ["Miners", "walk", "out", "in", "Jarkul", "Hundreds", "to", "office", "on", "Monday"]
    ana = reading("ana", MARCH, " | ".join(f"PLACE {word}" for word in words))
    case = case_of(ana, reading("ben", MARCH, "PROTEST walk out"))
    rows = list(table(case, disputes(case)))
    assert len(rows) == 11
    assert rows == sorted(rows)


def test_the_start_holds_all_that_anybody_says_and_tells_whose_it_is() -> None:
    case = case_of(ANA, BEN)
    results = start(case, SCHEME)
    found = read_results(results, MARCH, SCHEME)
    assert {span.key for span in found.spans} == {span.key for span in (*ANA.spans, *BEN.spans)}
    assert {span.text: span.score for span in found.spans if span.score} == {
        "Miners": 0.5, "Riot police": 0.5, "Riot police in helmets": 0.5, "bridge": 0.5,
    }  # fmt: skip
    meta = {item["value"]["text"]: item["meta"]["text"][0] for item in results if "meta" in item}
    assert meta["bridge"] == "only ben; ana: nothing here"
    assert meta["Riot police"] == 'only ana; ben: AUTHORITY "Riot police in helmets"'
    assert found.losses == ()
    assert [[found.spans[index].text for index in event] for event in found.events] == [
        ["walk out", "marched", "rally"]
    ]
    disputed = [item for item in results if item.get("labels") == [DISPUTED]]
    assert len(disputed) == 3  # two links, and a join
    assert [item["type"] for item in results].index("relation") == results.index(disputed[0])


def test_whichever_variant_goes_the_links_of_the_one_that_stays_are_there() -> None:
    ana = reading("ana", MARCH, "AUTHORITY Riot police | ARREST detained", "detained > Riot police")
    ben = reading("ben", MARCH, "AUTHORITY police | ARREST detained six", "detained six > police")
    results = start(case_of(ana, ben), SCHEME)
    found = read_results(results, MARCH, SCHEME)
    words = {(found.spans[one].text, found.spans[other].text) for one, other in found.links}
    assert words == set(product(["detained", "detained six"], ["Riot police", "police"]))


def test_answers_that_differ_are_left_open() -> None:
    said = {"article": ("no event",)}
    ana, ben = (msgspec.structs.replace(each, choices=said) for each in AGREED)
    assert read_results(start(case_of(ana, ben, article=RALLY), SCHEME), RALLY, SCHEME).choices == said
    assert read_results(start(case_of(ana, AGREED[1], article=RALLY), SCHEME), RALLY, SCHEME).choices == {}


def test_each_version_goes_by_its_maker_s_name_without_a_model_s_scores(tmp_path: Path) -> None:
    scored = msgspec.structs.replace(
        AGREED[0], spans=tuple(msgspec.structs.replace(span, score=0.9) for span in AGREED[0].spans)
    )
    files = Files(tmp_path, scored, AGREED[1])
    offer = Offer(files.versions(), jsonl.ArticleFile(files.articles), SCHEME, ["rally"])
    bodies = list(offer.of("rally"))
    assert [body["model_version"] for body in bodies] == ["ana", "ben", START]
    assert (offer.count("rally"), offer.count("march"), offer.offered) == (3, 0, [START])
    assert bodies[0]["result"] == bodies[1]["result"]
    assert all("score" not in item for item in bodies[0]["result"])


def test_nobody_may_be_called_as_the_start_is(tmp_path: Path) -> None:
    files = Files(tmp_path, msgspec.structs.replace(AGREED[0], by=START))
    with pytest.raises(InputError, match=f"an annotator is called '{START}'"):
        Offer(files.versions(), jsonl.ArticleFile(files.articles), SCHEME, [])


def test_the_page_is_the_labelling_page_with_a_panel() -> None:
    made = page(SCHEME)
    validate(made)
    check_page(made, SCHEME, project="Reports, adjudication")
    assert '<Table name="rolecall-disputes" value="$disputes"/>' in made
    assert "rolecall-disputes" not in labelling_config(SCHEME)


def test_the_instructions_say_what_to_do_before_what_annotators_were_told() -> None:
    said = instructions(SCHEME)
    assert said.index("<b>Delete what is wrong</b>") < said.index("<b>DETAINEE</b>")
    assert f"<b>{START}</b>" in said
    assert "START" not in said


@settings(max_examples=30)
@given(st.data())
def test_any_readings_make_a_start_that_the_wire_carries_whole(data: st.DataObject) -> None:
    article = data.draw(strategies.articles())
    versions = {name: normalise(data.draw(strategies.annotations(article))) for name in "abc"}
    found = read_results(start(open_case(article, versions, SCHEME), SCHEME), article, SCHEME)
    there = {span.key for version in versions.values() for span in version.spans}
    bare = {key for key in there if article.text[key[0] : key[1]].strip() == article.text[key[0] : key[1]]}
    assert bare <= {span.key for span in found.spans}
    # White space is no label, and what hangs on it goes with it.
    white = {"nothing but white space", "white space at the edge", "an end was refused", "on no region that was kept"}
    assert {loss.reason for loss in found.losses} <= white
