from dataclasses import replace

from rolecall.annotate.checks.consistency import OddRoleOptions, SplitFormOptions, odd_role, split_form
from rolecall.annotate.checks.forms import Forms, form_of
from rolecall.annotate.checks.reading import Facts, Reading
from rolecall.core.records import Annotation, Article
from rolecall.core.scheme import Scheme
from tests.annotate.checks.marked import SCHEME, annotate, facts, parse

DETAINED = "Police {detained|ARREST} him"
SLIP = "Police {Detained|JUSTICE} him"


def many(marked: str, count: int, by: str = "ana") -> list[Annotation]:
    return [annotate(marked, by=by, article=f"{by}-{number}") for number in range(count)]


def look(known: Facts, marked: str, *others: Annotation) -> Reading:
    return Reading(Article.of(parse(marked)[0], id="1", lang="en"), annotate(marked), SCHEME, known, others)


def test_a_form_has_no_case_and_single_spaces() -> None:
    assert form_of("Riot \n Police") == "riot police"


def test_a_role_that_others_hardly_give_is_told_with_the_evidence() -> None:
    known = facts(*many(DETAINED, 4), *many(DETAINED, 2, "ben"), annotate(SLIP))
    (hit,) = odd_role(look(known, SLIP), OddRoleOptions())
    assert hit.message == "is ARREST in 6 of 7 readings (ana 4, ben 2), JUSTICE in 1 (ana 1)"
    assert hit.severity == "hint"
    (hit,) = odd_role(look(known, SLIP), OddRoleOptions(sure=6))
    assert hit.severity is None
    # The usual role is no finding.
    assert list(odd_role(look(known, DETAINED), OddRoleOptions())) == []


def test_little_evidence_is_none() -> None:
    four = facts(*many(DETAINED, 4), annotate(SLIP))
    assert list(odd_role(look(four, SLIP), OddRoleOptions())) == []
    assert len(list(odd_role(look(four, SLIP), OddRoleOptions(minimum=4, share=0.2)))) == 1
    # Two of eight are no slip but a use.
    use = facts(*many(DETAINED, 6), *many(SLIP, 2))
    assert list(odd_role(look(use, SLIP), OddRoleOptions())) == []


def test_what_another_reader_says_of_the_same_place_is_no_slip() -> None:
    known = facts(*many(DETAINED, 12), annotate(SLIP), annotate(SLIP, by="ben"))
    assert len(list(odd_role(look(known, SLIP), OddRoleOptions()))) == 1
    assert list(odd_role(look(known, SLIP, annotate(SLIP, by="ben")), OddRoleOptions())) == []
    assert len(list(odd_role(look(known, SLIP, annotate(DETAINED, by="ben")), OddRoleOptions()))) == 1


def test_roles_of_people_take_more_evidence_and_are_hints() -> None:
    slip = "a {student|VICTIM} fell"
    known = facts(*many("a {student|DETAINEE} fell", 20), annotate(slip))
    (hit,) = odd_role(look(known, slip), OddRoleOptions())
    assert hit.severity == "hint"
    assert list(odd_role(look(known, slip), OddRoleOptions(arguments=21))) == []


def test_a_word_that_is_a_verb_here_and_a_noun_there_is_not_odd() -> None:
    flat = SCHEME.model_dump()
    roles = tuple(role for layer in flat["layers"] for role in layer["roles"])
    scheme = Scheme.model_validate(flat | {"layers": ({"name": "all", "roles": roles},)})
    known = facts(*many("the {fire|VIOLENCE}", 40), annotate("{fire|AUTHORITY} units"), scheme=scheme)
    found = replace(look(known, "{fire|AUTHORITY} units"), scheme=scheme)
    assert list(odd_role(found, OddRoleOptions())) == []


def test_roles_of_other_layers_and_quantities_are_never_odd() -> None:
    known = facts(
        *many("{five|DETAINED_COUNT} {men|DETAINEE}", 20), annotate("{five|CASUALTY_COUNT} {men|PARTICIPANT}")
    )
    assert list(odd_role(look(known, "{five|CASUALTY_COUNT} {men|PARTICIPANT}"), OddRoleOptions())) == []


def test_a_form_counts_once_a_reading_and_not_when_it_is_long() -> None:
    forms = Forms(SCHEME)
    forms.add(annotate("{Orta|DETAINEE} and {orta|DETAINEE}, {Orta|VICTIM}"))
    forms.add(annotate(f"{{{'a' * 61}|DETAINEE}}", by="ben"))
    (split,) = forms.splits()
    assert (split.layer, split.form, split.roles) == ("response", "orta", {"DETAINEE": 1, "VICTIM": 1})
    assert split.majority == "DETAINEE"
    assert forms.trigger_words() == frozenset()


def test_people_who_differ_are_told_once_a_form() -> None:
    ana, ben = many("the {unrest|VIOLENCE}", 9), many("the {unrest|PROTEST}", 8, "ben")
    caro = many("the {unrest|VIOLENCE}", 2, "caro")
    ((by, hit),) = split_form(facts(*ana, *ben, *caro), SplitFormOptions())
    assert (by, hit.role) == ("ben", "VIOLENCE")
    assert hit.message == "'unrest' is labelled differently: PROTEST: ben 8; VIOLENCE: ana 9, caro 2"


def test_people_who_differ_little_or_seldom_are_not_told_of() -> None:
    # Fisher: 5 of 5 against 3 of 5 has p = 0.44.
    mixed = facts(
        *many("{unrest|VIOLENCE}", 5), *many("{unrest|VIOLENCE}", 3, "ben"), *many("{unrest|PROTEST}", 2, "ben")
    )
    assert list(split_form(mixed, SplitFormOptions())) == []
    few = facts(*many("{unrest|VIOLENCE}", 4), *many("{unrest|PROTEST}", 4, "ben"))
    assert list(split_form(few, SplitFormOptions())) == []
    assert list(split_form(facts(), SplitFormOptions())) == []
