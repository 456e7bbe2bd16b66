"""A finding's link, followed in a browser by the annotator whose label it is about."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from rolecall.annotate.checks.findings import Finding
from rolecall.core import jsonl
from rolecall.core.cli import run
from rolecall.core.records import Annotation, Article, quote
from rolecall.core.scheme import load_scheme
from tests.e2e.page import Desk, Work


def test_a_finding_opens_the_article_with_the_label(work: Work, seat: Callable[[str], Desk], tmp_path: Path) -> None:
    articles = [Article.of(f"{name} police detained men.", id=name, lang="en") for name in ("Osh", "Oral", "Aktau")]
    slip = quote(articles[1], 12, 19, "ARREST")
    assert slip.text == "detaine"
    labels = tmp_path / "labels.jsonl"
    known = {"hash": articles[1].hash, "kind": "human", "scheme": load_scheme("protest").fingerprint}
    jsonl.write(labels, [Annotation(article="Oral", by="ana", spans=(slip,), **known)])  # type: ignore[arg-type]
    work.push(*articles)
    way = ["--project", work.title, "--studio", str(work.studio_dir)]
    assert run(["annotate", "enter", str(labels), *way]) == 0
    work.pull()
    out = tmp_path / "findings.jsonl"
    command = ["annotate", "check", str(tmp_path / "annotations.jsonl"), "--articles", str(work.articles)]
    assert run([*command, *way, "--only", "half-word", "--jsonl", str(out)]) == 1
    (finding,) = jsonl.read(out, Finding)
    assert finding.link is not None
    desk = seat("ana")
    desk.page.goto(finding.link)
    desk.see(articles[1])
    expect(desk.regions).to_have_count(1)
    expect(desk.regions).to_contain_text("detaine")
