from rolecall.annotate.checks.attachments import misfit_link, missing_link, no_trigger
from rolecall.annotate.checks.reading import Options
from rolecall.core.records import Span
from tests.annotate.checks.marked import reading, relabel


def test_roles_without_a_trigger_are_told_once_a_role() -> None:
    found = reading("{Police|AUTHORITY} {detained|ARREST} {one|VICTIM} and {another|VICTIM} {man|DETAINEE}.")
    (hit,) = no_trigger(found, Options())
    assert hit.span is not None
    assert (hit.span.text, hit.message) == ("one", "has no VIOLENCE in the article to attach to, nor have 1 other")
    (hit,) = no_trigger(reading("{Police|AUTHORITY} came"), Options())
    assert hit.message == "has no PROTEST, VIOLENCE, ARREST or JUSTICE in the article to attach to"
    assert list(no_trigger(reading("{Men|PARTICIPANT} at a {rally|PROTEST}"), Options())) == []


def test_links_that_the_scheme_does_not_know() -> None:
    found = reading("{Men|VICTIM} {detained|ARREST} in {Osh|PLACE}", links=((1, 0), (1, 2)))
    (hit,) = misfit_link(found, Options())
    assert hit.span == found.spans[0]
    assert hit.message == "is linked to 4:12 ARREST 'detained', but attaches to VIOLENCE"


def test_arguments_beside_a_trigger_want_a_link() -> None:
    text = (
        "{Men|PARTICIPANT} {rallied|PROTEST} in {Osh|PLACE}. {Police|AUTHORITY} came. {Two|VICTIM} were {held|ARREST}."
    )
    (hit,) = missing_link(reading(text, links=((1, 0),)), Options())
    assert hit.span is not None
    assert (hit.span.text, hit.message) == ("Osh", "has no link, though 4:11 PROTEST 'rallied' stands in its sentence")
    # Where nothing is linked, linking has not begun.
    assert list(missing_link(reading(text), Options())) == []


def test_a_trigger_inside_an_argument_is_not_its_own() -> None:
    found = reading("They want an {inquiry into the murder|DEMAND}. A {march|PROTEST} in {Osh|PLACE}.", links=((1, 2),))
    inner = Span(30, 36, "VIOLENCE", "murder")
    assert found.article.text[30:36] == "murder"
    assert list(missing_link(relabel(found, *found.spans, inner), Options())) == []
