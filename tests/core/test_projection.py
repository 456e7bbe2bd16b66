import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.core import jsonl, shipped
from rolecall.core.errors import ConfigError, InputError
from rolecall.core.ledger import Ledger
from rolecall.core.projection import STAGE, load_projection, project
from rolecall.core.records import Annotation, Article, quote
from rolecall.core.scheme import load_scheme

SAMPLE = Path(__file__).parents[2] / "sample"
TEXT = "Miners marched and clashed with police at Burgylau head office in Aktobe on Friday."
ARTICLE = Article.of(TEXT, id="a")
CASE = load_projection("protest-to-case")


def reading(*found: tuple[str, str], links: tuple[tuple[int, int], ...] = (), **more: object) -> Annotation:
    spans = tuple(quote(ARTICLE, TEXT.index(words), TEXT.index(words) + len(words), role) for words, role in found)
    fields = {"article": "a", "hash": ARTICLE.hash, "by": "x", "kind": "human"} | more
    return Annotation(**fields, scheme=CASE.source.fingerprint, spans=spans, links=links)  # type: ignore[arg-type]


def told(annotation: Annotation) -> list[tuple[str, str]]:
    return [(span.text, span.role) for span in annotation.spans]


@pytest.mark.parametrize("name", shipped.shipped("projections"))
def test_every_shipped_projection_loads(name: str) -> None:
    assert load_projection(name).roles


def test_roles_are_read_as_their_counterparts() -> None:
    ledger = Ledger()
    found = project(reading(("marched", "PROTEST"), ("police", "AUTHORITY"), ("Aktobe", "PLACE")), CASE, ledger)
    assert told(found) == [("marched", "trigger"), ("Aktobe", "place")]
    assert found.scheme == load_scheme("case").fingerprint
    [spans, _] = ledger.balances()
    assert (spans.kept, spans.dropped) == (2, {"has no counterpart": 1})


def test_what_comes_to_the_same_is_merged_and_links_follow() -> None:
    ledger = Ledger()
    annotation = reading(
        ("marched", "PROTEST"), ("marched", "VIOLENCE"), ("Miners", "PARTICIPANT"), links=((0, 2), (1, 2))
    )
    found = project(annotation, CASE, ledger)
    assert told(found) == [("marched", "trigger"), ("Miners", "participant")]
    assert found.links == ((0, 1),)
    spans, links = ledger.balances()
    assert spans.dropped == {"comes to the same as another": 1}
    assert (links.kept, links.dropped) == (1, {"comes to the same as another": 1})


def test_in_one_layer_the_role_named_first_stays() -> None:
    ledger = Ledger()
    annotation = reading(
        ("Burgylau", "TARGET"), ("Burgylau head office", "FACILITY"), ("marched", "PROTEST"), links=((2, 1),)
    )
    found = project(annotation, CASE, ledger)
    assert told(found) == [("Burgylau", "target"), ("marched", "trigger")]
    assert found.links == ()
    assert [entry.winner for entry in ledger.entries if entry.winner] == ["42:50 target 'Burgylau'"]
    assert ledger.balances()[1].dropped == {"one of its spans was dropped": 1}


def test_events_of_merged_triggers_become_one() -> None:
    annotation = reading(
        ("marched", "PROTEST"),
        ("clashed", "VIOLENCE"),
        ("marched", "VIOLENCE"),
        ("Friday", "TIME"),
        events=((0,), (1, 2)),
    )
    assert project(annotation, CASE, Ledger()).events == ((0, 1),)


def test_another_scheme_is_refused() -> None:
    other = project(reading(("Aktobe", "PLACE")), CASE, Ledger())
    with pytest.raises(InputError, match="this projection reads 'protest:1:"):
        project(other, CASE, Ledger())


def test_a_map_that_does_not_fit_tells_everything(tmp_path: Path) -> None:
    path = tmp_path / "map.yaml"
    text = shipped.find("projections", "protest-to-case").read_text()
    path.write_text(
        text.replace("  JUSTICE: null\n", "")
        .replace("TIME: etime", "TIME: when")
        .replace("[trigger, ", "[trigger, trigger, ")
    )
    with pytest.raises(ConfigError) as error:
        load_projection(path)
    assert "roles.JUSTICE: missing (map it to a role of the target, or to null)" in str(error.value)
    assert "roles.TIME: when is no role of case" in str(error.value)
    assert "precedence.when: missing" in str(error.value)
    assert "precedence.trigger: stands twice" in str(error.value)


def test_the_sample_in_seven_labels() -> None:
    ledger = Ledger()
    for annotation in jsonl.read(SAMPLE / "annotations.jsonl", Annotation):
        found = project(annotation, CASE, ledger)
        roles = {span.role for span in found.spans}
        assert roles <= load_scheme("case").roles.keys()
        ordered = sorted(found.spans, key=lambda span: span.start)
        assert all(one.end <= other.start for one, other in itertools.pairwise(ordered))
    spans, links = ledger.balances()
    assert spans.entered == 5554
    assert links.entered == 1528
    assert {entry.stage for entry in ledger.entries} == {STAGE}


@given(st.lists(st.tuples(st.sampled_from(TEXT.split()), st.sampled_from(sorted(CASE.roles))), max_size=12), st.data())
def test_the_books_always_balance(found: list[tuple[str, str]], data: st.DataObject) -> None:
    pairs = [(a, b) for a in range(len(found)) for b in range(len(found)) if a != b]
    links = tuple(data.draw(st.lists(st.sampled_from(pairs), unique=True, max_size=6))) if pairs else ()
    ledger = Ledger()
    projected = project(reading(*found, links=links), CASE, ledger)
    spans, *_ = ledger.balances()
    assert spans.kept == len(projected.spans)


def test_the_fingerprint_is_of_what_it_says(tmp_path: Path) -> None:
    text = shipped.find("projections", "protest-to-case").read_text()
    (tmp_path / "protest-to-case.yaml").write_text(f"# another comment\n{text}")
    assert load_projection(tmp_path / "protest-to-case.yaml").fingerprint == CASE.fingerprint
    (tmp_path / "protest-to-case.yaml").write_text(text.replace("DEMAND: null", "DEMAND: target"))
    assert load_projection(tmp_path / "protest-to-case.yaml").fingerprint != CASE.fingerprint
    assert CASE.fingerprint.startswith("protest-to-case:")
