"""What the command makes of its options, on the sample and with a real server."""

import json
import re
from collections import Counter
from pathlib import Path

import msgspec
import pytest
import yaml

from rolecall.annotate.checks.findings import Finding
from rolecall.annotate.checks.rules import RULES
from rolecall.annotate.checks.settings import active
from rolecall.annotate.labelstudio import LabelStudio
from rolecall.core import jsonl
from rolecall.core.cli import run
from rolecall.core.records import Annotation, Article, Span
from rolecall.core.scheme import Scheme
from tests.annotate.checks.marked import SCHEME, annotate, parse
from tests.annotate.conftest import SAMPLE

LABELS, TEXTS = SAMPLE / "annotations.jsonl", SAMPLE / "articles.jsonl"
COMMAND = ["annotate", "check", str(LABELS), "--articles", str(TEXTS)]
SLIPS = "Police {detaine|ARREST}d {men,|DETAINEE} at {the rally|PROTEST}."


@pytest.fixture
def slips(tmp_path: Path) -> list[str]:
    """The command on three slips of ana's."""
    jsonl.write(tmp_path / "articles.jsonl", [Article.of(parse(SLIPS)[0], id="1", lang="en")])
    jsonl.write(tmp_path / "labels.jsonl", [annotate(SLIPS)])
    return ["annotate", "check", f"{tmp_path}/labels.jsonl", "--articles", f"{tmp_path}/articles.jsonl"]


@pytest.fixture
def there(slips: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The same command, in the folder of the labels."""
    monkeypatch.chdir(tmp_path)
    return slips


def test_what_the_sample_s_annotators_did_against_the_guidelines(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*COMMAND, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["articles"], said["readings"]) == (40, {"ana": 40, "ben": 40, "gold": 40})
    assert said["severities"] == {"error": 0, "warning": 6, "hint": 33}
    assert [(one["rule"], one["severity"], one["by"]) for one in said["findings"]] == [
        ("edge-preposition", "warning", {"ben": 5}),  # "in custody", where gold has "custody"
        ("odd-role", "warning", {"ben": 1}),
        ("pattern", "hint", {"ana": 14, "ben": 13, "gold": 6}),  # "Sunday at noon", "all seven"
    ]
    assert run([*COMMAND, "--fail-on", "warning"]) == 1
    assert "'house arrest' is JUSTICE in 11 of 12 readings" in capsys.readouterr().out
    assert run([*COMMAND, "--fail-on", "warning", "--by", "ana"]) == 0
    assert "0 errors, 0 warnings, 14 hints" in capsys.readouterr().out


def test_slips_are_found_shown_and_written(
    slips: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "findings.jsonl"
    assert run([*slips, "--without", "rare-role", "--jsonl", str(out)]) == 1
    said = capsys.readouterr()
    assert "error half-word: 1 (begins or ends inside a word or number)" in said.out
    assert "7:14 ARREST 'detaine' ends inside 'detained'" in said.out
    assert "1 article, 1 reading: 1 error, 2 warnings, 0 hints" in said.out
    assert f"all findings: {out}" in said.err
    assert [(f.rule, f.text) for f in jsonl.read(out, Finding)] == [
        ("half-word", "detaine"),
        ("edge-punctuation", "men,"),
        ("edge-article", "the rally"),
    ]
    before = out.read_bytes()
    assert run([*slips, "--jsonl", str(out)]) == 2
    assert "exists already\n  remedy: choose another --jsonl, or replace it with --overwrite" in capsys.readouterr().err
    assert out.read_bytes() == before
    assert run([*slips, "--jsonl", str(out), "--overwrite", "--only", "overlap"]) == 0
    assert out.read_bytes() == b""


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ((), 1),
        (("--fail-on", "never"), 0),
        (("--only", "edge-punctuation"), 0),
        (("--only", "edge-punctuation", "--fail-on", "warning"), 1),
        (("--without", "half-word"), 0),
        (("--without", "half-word", "--fail-on", "hint"), 1),
    ],
)
def test_the_exit_code_follows_the_worst_finding(slips: list[str], options: tuple[str, ...], code: int) -> None:
    assert run([*slips, *options]) == code


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--only", "spelling"), "--only: no rule is called spelling\n  remedy: rules: half-word, "),
        (("--by", "dora"), "--by: no reading by dora\n  remedy: people: ana"),
        (("--jsonl", "labels.jsonl"), "would be replaced by the findings"),
        (("--fail-on", "nothing"), "Invalid value for '--fail-on'"),
        (("--from-file", "x.json"), "where are the tasks of --from-file?"),
        (("--from-file", "x.json", "--url", "studio"), "studio is no address"),
        (("--from-file", "x.json", "--project", "P"), "--from-file and --project name two places"),
        (("--url", "http://localhost:1"), "which project?"),
        (("--scheme", "case"), "labelled with scheme 'protest:1:"),
    ],
)
def test_misuse_is_two(
    there: list[str], capsys: pytest.CaptureFixture[str], options: tuple[str, ...], says: str
) -> None:
    before = Path("labels.jsonl").read_bytes()
    assert run([*there, *options]) == 2
    assert says in capsys.readouterr().err
    assert Path("labels.jsonl").read_bytes() == before


def test_a_scheme_beside_the_labels_switches_rules(
    slips: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shipped = Path(__file__).parents[3] / "configs" / "schemes" / "protest.yaml"
    text = shipped.read_text().partition("\nchecks:")[0]
    (tmp_path / "scheme.yaml").write_text(
        f"{text}\nchecks: {{half-word: off, rare-role: off, edge-punctuation: hint}}\n"
    )
    assert run([*slips, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["findings"]
    assert [(one["rule"], one["severity"]) for one in found] == [("edge-punctuation", "hint")]
    (tmp_path / "scheme.yaml").write_text(f"{text}\nchecks: {{half-words: off, drift: {{alpha: 2}}}}\n")
    assert run(slips) == 2
    said = capsys.readouterr().err
    assert run(["annotate", "scheme", "check", f"{tmp_path}/scheme.yaml"]) == 2
    assert capsys.readouterr().err == said
    assert "scheme protest: 2 problems\n  checks.half-words: no such rule (rules: half-word, " in said
    assert "checks.drift.alpha: Input should be less than 1; found 2" in said


def test_skipped_readings_and_models_are_counted_not_checked(
    tmp_path: Path, slips: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    model = annotate(SLIPS, by="tagger", kind="model")
    jsonl.write(tmp_path / "labels.jsonl", [model, annotate(SLIPS, by="ben", status="skipped")])
    assert run(slips) == 0
    said = capsys.readouterr().err
    assert "1 reading skipped by annotators: not checked" in said
    assert "1 reading by models: not checked; name one with --by" in said
    assert run([*slips, "--by", "tagger"]) == 1


def test_findings_open_their_tasks(
    server: LabelStudio, studio_dir: Path, title: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    slip = msgspec.structs.replace(annotate(SLIPS), by="ana")
    jsonl.write(tmp_path / "articles.jsonl", [Article.of(parse(SLIPS)[0], id="1", lang="en")])
    jsonl.write(tmp_path / "labels.jsonl", [slip])
    way = ["--project", title, "--studio", str(studio_dir)]
    articles = str(tmp_path / "articles.jsonl")
    assert run(["annotate", "push", articles, "--scheme", "protest", *way]) == 0
    assert run(["annotate", "enter", f"{tmp_path}/labels.jsonl", *way]) == 0
    pulled = f"{tmp_path}/pulled.jsonl"
    pull = ["annotate", "pull", articles, "--scheme", "protest", *way, "--out", pulled, "--incremental"]
    assert run(pull) == 0
    project = server.get_project(title)
    (task,) = server.tasks(project.id)
    link = f"{server.access.url}/projects/{project.id}/data?task={task['id']}"
    out = tmp_path / "findings.jsonl"
    command = ["annotate", "check", pulled, "--articles", articles, "--jsonl", str(out), "--overwrite"]
    # From the mirror beside the labels, without a server; then from the server.
    for options in ([], way):
        assert run([*command, *options]) == 1
        found = [finding for finding in jsonl.read(out, Finding) if finding.article]
        assert {finding.link for finding in found} == {link}
        assert len(found) == 3
    capsys.readouterr()
    assert run(command) == 1
    assert link in capsys.readouterr().out


def test_every_finding_of_the_sample_s_mutations_is_the_one_that_was_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One character more or less at the end of every tenth label of ana's is found, and nothing else is."""
    articles = {article.id: article for article in jsonl.read(TEXTS, Article)}
    made: Counter[str] = Counter()
    changed = []
    for annotation in jsonl.read(LABELS, Annotation):
        if annotation.by != "ana":
            continue
        text = articles[annotation.article].text
        spans = list(annotation.spans)
        for at in range(0, len(spans), 10):
            span, following = spans[at], text[spans[at].end]
            rule = {" ": "edge-space", ",": "edge-punctuation", "\n": "edge-space"}.get(following)
            if rule is not None:
                spans[at] = Span(span.start, span.end + 1, span.role, text[span.start : span.end + 1])
            elif span.text[-2:].isalpha():
                rule = "half-word"
                spans[at] = Span(span.start, span.end - 1, span.role, span.text[:-1])
            made.update([rule] if rule else [])
        changed.append(msgspec.structs.replace(annotation, spans=tuple(spans)))
    jsonl.write(tmp_path / "labels.jsonl", changed)
    command = ["annotate", "check", f"{tmp_path}/labels.jsonl", "--articles", str(TEXTS), "--json"]
    # What is odd before is odd after.
    assert run([*command, "--without", "odd-role,pattern"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert made.total() > 150
    assert {one["rule"]: one["count"] for one in said["findings"]} == dict(made)


def test_the_rules_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["annotate", "check", "--rules"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [*RULES]
    assert lines[0] == "half-word         error    on   begins or ends inside a word or number"


DOCS = (Path(__file__).parents[3] / "docs" / "checks.md").read_text(encoding="utf-8")


def test_the_settings_of_the_docs_are_read_and_their_finding_is_one() -> None:
    blocks = [yaml.safe_load(block) for block in re.findall(r"^```yaml\n(.*?)^```", DOCS, flags=re.M | re.S)]
    assert len(blocks) == 2
    for block in blocks:
        rules = active(Scheme.model_validate_json(json.dumps(SCHEME.model_dump() | block)))
        assert block["checks"].keys() <= rules.keys()
    (example,) = re.findall(r"^```json\n(.*?)^```", DOCS, flags=re.M | re.S)
    finding = msgspec.json.decode(example, type=Finding)
    assert (finding.rule, len(finding.text or "")) == ("half-word", 7)


def test_every_rule_is_documented() -> None:
    heads = [line.removeprefix("### ") for line in DOCS.splitlines() if line.startswith("### ")]
    assert heads == [*RULES]
    for rule in RULES.values():
        part = DOCS.partition(f"\n### {rule.name}\n")[2].partition("\n##")[0]
        default = f"{rule.severity}, {'on' if rule.on else 'off'}"
        assert part.strip().splitlines()[0].startswith(f"*{default}"), rule.name
        for option in rule.options.model_fields.keys() - {"severity"}:
            assert f"`{option}" in part, (rule.name, option)
