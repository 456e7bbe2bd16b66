"""The GitHub action, run as GitHub runs it: step by step, its expressions replaced and its outputs read."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rolecall.core import jsonl
from rolecall.core.records import Article
from tests.e2e.jobs import ACTION, CHECKOUT, GATE, GITLAB, HOSTILE, LABELS, MADE, Job, bash


def strings(value: Any, *keys: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield each string of a YAML document with the keys that lead to it."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from strings(item, *keys, str(key))
    elif isinstance(value, list):
        for item in value:
            yield from strings(item, *keys)
    elif isinstance(value, str):
        yield keys, value


def evaluate(text: str, contexts: Mapping[str, str]) -> str:
    """Put the values of the simple expressions in their places; what is not set is empty, as on GitHub."""

    def look_up(match: re.Match[str]) -> str:
        assert re.fullmatch(r"inputs\.\w+|steps\.\w+\.outputs\.\w+", match[1]), f"no simple expression: {match[1]}"
        return contexts.get(match[1], "")

    return re.sub(r"\$\{\{\s*(.*?)\s*\}\}", look_up, text)


def read_outputs(text: str) -> dict[str, str]:
    """Read a file of outputs as the runner does: NAME=VALUE, or NAME<<MARK and lines until MARK."""
    found, lines = {}, iter(text.split("\n"))
    for line in lines:
        opening = re.match(r"([^=]*?)<<(.*)", line)
        if opening:
            found[opening[1]] = "\n".join(iter(lines.__next__, opening[2]))
        elif line:
            name, _, found[name] = line.partition("=")
    return found


def act(folder: Path, given: Mapping[str, str], action: Path = CHECKOUT) -> Job:
    """Run the action's steps with these inputs, until one fails."""
    assert given.keys() <= ACTION["inputs"].keys()
    contexts = {f"inputs.{key}": given.get(key, spec.get("default", "")) for key, spec in ACTION["inputs"].items()}
    job, summaries = Job(0, ""), []
    for number, step in enumerate(ACTION["runs"]["steps"]):
        files = {name: folder.parent / f"{name}.{number}" for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for file in files.values():
            file.write_text("")
        variables = {key: evaluate(value, contexts) for key, value in step.get("env", {}).items()}
        service = {"GITHUB_ACTION_PATH": str(action), **{name: str(file) for name, file in files.items()}}
        ran = bash(step["run"], folder, {**service, **variables})
        job = Job(ran.code, job.printed + ran.printed)
        summaries.append(files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8"))
        for key, value in read_outputs(files["GITHUB_OUTPUT"].read_text(encoding="utf-8")).items():
            contexts[f"steps.{step['id']}.outputs.{key}"] = value
        if ran.code != 0:
            break
    outputs = {key: evaluate(spec["value"], contexts) for key, spec in ACTION["outputs"].items()}
    return job._replace(outputs=outputs, summary="".join(summaries))


def test_no_script_holds_an_expression() -> None:
    places = [keys for keys, text in strings(ACTION) if "${{" in text]
    assert len(places) == 12
    assert [keys for keys in places if not {"env", "outputs", "if"} & {*keys}] == []


def test_every_step_runs_in_a_shell_that_stops_at_a_failure() -> None:
    steps = ACTION["runs"]["steps"]
    assert ACTION["runs"]["using"] == "composite"
    assert [step["shell"] for step in steps] == ["bash"] * len(steps)
    assert all(step["run"].startswith("set -euo pipefail\n") for step in steps)


def test_every_input_reaches_the_gate() -> None:
    variables = ACTION["runs"]["steps"][1]["env"]
    assert variables == {f"ROLECALL_{name.upper()}": f"${{{{ inputs.{name} }}}}" for name in ACTION["inputs"]}
    read = set(re.findall(r"\$\{(ROLECALL_\w+):-", GATE.read_text(encoding="utf-8")))
    assert read == variables.keys()
    assert {name for name in GITLAB["variables"] if name not in {"ROLECALL_REPOSITORY", "ROLECALL_REF"}} == read - {
        "ROLECALL_OUT"
    }


def test_github_passes(folder: Path, commands: Path) -> None:
    job = act(folder, {**LABELS, "annotators": "annotators.jsonl"})
    assert job.code == 0, job.printed
    installed = (commands / "pip.arguments").read_text().splitlines()
    assert installed == ["install", "--quiet", "--disable-pip-version-check", str(CHECKOUT)]
    assert job.outputs == {
        "scorecard": "rolecall-report/scorecard.json",
        "report": "rolecall-report/report.html",
        "verdict": "passed",
    }
    assert sorted(path.name for path in (folder / "rolecall-report").iterdir()) == MADE
    report = (folder / "rolecall-report" / "report.md").read_text(encoding="utf-8")
    assert "human F1" in report  # the annotators were read
    assert job.summary.startswith(report)
    assert "\n    pass  micro.f1 " in job.summary.removeprefix(report)
    assert "\npass  micro.f1 " in job.printed


def test_github_fails_with_the_gate_and_still_reports(folder: Path) -> None:
    job = act(folder, {**LABELS, "config": "strict.yaml", "out": "out"})
    assert job.code == 1, job.printed
    assert job.outputs == {"scorecard": "out/scorecard.json", "report": "out/report.html", "verdict": "failed"}
    assert sorted(path.name for path in (folder / "out").iterdir()) == MADE
    report = (folder / "out" / "report.md").read_text(encoding="utf-8")
    assert job.summary.startswith(report)
    assert "\n    FAIL  micro.f1 " in job.summary.removeprefix(report)


def test_what_could_not_be_asked_is_no_verdict_and_shows_no_old_report(folder: Path) -> None:
    (folder / "rolecall-report").mkdir()
    for name in MADE:
        (folder / "rolecall-report" / name).write_text("of an earlier run")
    job = act(folder, {**LABELS, "predictions": "nosuch.jsonl"})
    assert (job.code, job.outputs["verdict"], job.summary) == (2, "error", "")
    assert "nosuch.jsonl: cannot be read" in job.printed
    assert [*(folder / "rolecall-report").iterdir()] == []


def test_github_holds_the_score_against_an_older_one(folder: Path) -> None:
    perfect = act(folder, {**LABELS, "predictions": "gold.jsonl", "config": "regression", "out": "old"})
    assert (perfect.code, perfect.outputs["verdict"]) == (0, "passed"), perfect.printed
    older = {"config": "regression", "baseline": "old/scorecard.json"}
    again = act(folder, {**LABELS, **older, "predictions": "gold.jsonl"})
    assert (again.code, again.outputs["verdict"]) == (0, "passed"), again.printed
    worse = act(folder, {**LABELS, **older})
    assert (worse.code, worse.outputs["verdict"]) == (1, "failed"), worse.printed


def test_github_looks_for_leaks_and_lost_labels(folder: Path) -> None:
    """Training articles that are the scored ones give them away; a ledger without losses passes."""
    balance = {"type": "balance", "stage": "tokens", "unit": "span", "entered": 3, "kept": 3}
    (folder / "ledger.jsonl").write_text(json.dumps(balance) + "\n")
    more = {"config": "regression", "ledger": "ledger.jsonl", "train": "articles.jsonl"}
    leaking = act(folder, {**LABELS, **more})
    assert (leaking.code, leaking.outputs["verdict"]) == (1, "failed"), leaking.printed
    assert "FAIL" in leaking.printed
    jsonl.write(folder / "other.jsonl", [Article.of("A word on cheese, and on nothing else.", id="cheese")])
    clean = act(folder, {**LABELS, **more, "train": "other.jsonl"})
    assert (clean.code, clean.outputs["verdict"]) == (0, "passed"), clean.printed
    assert "0 of 3 spans changed or dropped" in clean.printed


def test_names_are_names_whatever_they_hold(folder: Path, commands: Path) -> None:
    inputs = {}
    for name in ("gold", "predictions", "articles", "annotators"):
        inputs[name] = f"-{name}{HOSTILE}.jsonl"
        (folder / f"{name}.jsonl").rename(folder / inputs[name])
    inputs["config"] = f"{HOSTILE}.yaml"
    (folder / "strict.yaml").rename(folder / inputs["config"])
    inputs["out"] = f"--out{HOSTILE}\nverdict=passed"
    action = folder.parent / f"rolecall{HOSTILE}"
    action.symlink_to(CHECKOUT)
    before = {path.name for path in folder.iterdir()}
    job = act(folder, inputs, action)
    assert job.code == 1, job.printed
    assert job.outputs == {
        "scorecard": f"{inputs['out']}/scorecard.json",
        "report": f"{inputs['out']}/report.html",
        "verdict": "failed",
    }
    assert {path.name for path in folder.iterdir()} == before | {inputs["out"]}
    assert sorted(path.name for path in (folder / inputs["out"]).iterdir()) == MADE
    assert (commands / "pip.arguments").read_text().splitlines()[-1] == str(action)
    assert [*folder.parent.rglob("pwned")] == []


def test_what_is_printed_commands_no_runner(folder: Path, commands: Path) -> None:
    names = {"ana": "::set-output name=verdict::passed", "ben": "::error::ben"}
    text = (folder / "annotators.jsonl").read_text(encoding="utf-8")
    for old, new in names.items():
        text = text.replace(f'"by":"{old}"', f'"by":"{new}"')
    (folder / "annotators.jsonl").write_text(text, encoding="utf-8")
    job = act(folder, {**LABELS, "annotators": "annotators.jsonl"})
    assert job.code == 0, job.printed
    lines = [line.strip() for line in job.printed.splitlines()]
    stop = next(line for line in lines if line.startswith("::stop-commands::"))
    start = lines.index(f"::{stop.removeprefix('::stop-commands::')}::")
    outside = lines[: lines.index(stop)] + lines[start + 1 :]
    assert any(line.startswith("::error::") for line in lines)
    assert [line for line in outside if line.startswith("::")] == []


def test_a_summary_stays_within_what_github_takes(folder: Path) -> None:
    path = folder / "articles.jsonl"
    articles = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for article in articles:
        article["title"] = "é" * 20_000
    path.write_text("".join(json.dumps(article) + "\n" for article in articles), encoding="utf-8")
    job = act(folder, LABELS)
    assert job.code == 0, job.printed
    assert (folder / "rolecall-report" / "report.md").stat().st_size > 1024**2
    assert 800_000 < len(job.summary.encode()) < 1024**2
    assert "The rest is in report.md." in job.summary
    assert "    pass  micro.f1 " in job.summary
