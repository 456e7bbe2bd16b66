"""The card of a run: metadata that the Hub's own reader takes, code that runs as it stands, and nothing that breaks."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from huggingface_hub import ModelCard
from markdown_it import MarkdownIt

from rolecall.core import config, jsonl
from rolecall.core.records import Annotation
from rolecall.core.scheme import Layer, Role, Scheme, load_scheme
from rolecall.evaluate import card as cards
from rolecall.evaluate.files import score_files
from rolecall.train import data_card, model_card
from rolecall.train import run as runs
from rolecall.train.fit import Fitted, fit
from rolecall.train.predict import predict
from rolecall.train.settings import FitConfig
from rolecall.train.tagger import Tagger
from tests.train import corpus

pytestmark = pytest.mark.train
EVIL = "evil | cell ```\n---\n# Heading <script>alert(1)</script> [x](javascript:y) 'quote\" \\ \u202e"


def code(card: str, folder: Path) -> str:
    """Return the block of Python in a card, for its folder."""
    [block] = [token.content for token in MarkdownIt().parse(card) if token.type == "fence" and token.info == "python"]
    return str(block).replace('"DIR"', repr(str(folder)))


def body(card: str) -> str:
    return card.split("---\n", 2)[2]


def test_the_hub_reads_its_head(fitted: Fitted) -> None:
    card: Any = ModelCard.load(fitted.path / "README.md")
    data = card.data.to_dict()
    assert (data["language"], data["library_name"]) == (["en"], "transformers")
    assert data["pipeline_tag"] == "token-classification"
    assert "base_model" not in data  # the encoder was a folder
    assert "license" not in data  # the dataset's is not the model's
    results = {result.metric_name: result.metric_value for result in card.data.eval_results or []}
    kept = fitted.epochs[fitted.kept - 1]
    assert results["strict micro F1"] == pytest.approx(kept.f1, abs=1e-4)
    assert results["strict F1 of event"] == pytest.approx(kept.counts["event"].f1, abs=1e-4)
    assert {result.dataset_split for result in card.data.eval_results or []} == {"validation"}


def test_it_tells_what_evaluate_says_of_the_kept_weights(fitted: Fitted, dataset: Path, tmp_path: Path) -> None:
    run, split = runs.open_run(fitted.path), dataset / "validation"
    articles = list(jsonl.ArticleFile(split / "articles.jsonl").values())
    jsonl.write(tmp_path / "found.jsonl", predict(run, runs.load_tagger(run, "cpu"), articles))
    found = cards.derive(score_files(split / "gold.jsonl", tmp_path / "found.jsonl", articles=split / "articles.jsonl"))
    card = (fitted.path / "README.md").read_text()
    assert f"Signature: `{found.signature}`" in card
    micro = found.scores.micro
    assert f"\n| all | {micro.gold} | {micro.predicted} | {micro.correct} | " in card
    for name, line in found.scores.roles.items():
        assert f"\n| {name} | {line.gold} | {line.predicted} | {line.correct} | " in card
    assert "These scores chose the epoch" in card
    assert run.scheme.fingerprint in card
    assert "### Splits" in card
    assert re.search(r"\| machine \| cpu, (float32|bfloat16), 1 process of \d+ threads? \|", card)
    assert f"`{run.info.dataset}`" in card
    gold = [annotation.spans for annotation in jsonl.read(split / "gold.jsonl", Annotation)]
    assert max((span.text for spans in gold for span in spans), key=len) not in card  # no quotes of articles
    assert str(dataset) not in card
    assert str(fitted.path) not in card


def test_its_code_reads_each_layer(layered: Tagger, fitted: Fitted, capsys: pytest.CaptureFixture[str]) -> None:
    """`layered` knows its sentences by heart; the card of another run of the same scheme has the same code."""
    folder = Path(layered.encoder.tokenizer.name_or_path)
    lines = code((folder / "README.md").read_text(), folder)
    assert lines.replace(repr(str(folder)), "") == code((fitted.path / "README.md").read_text(), fitted.path).replace(
        repr(str(fitted.path)), ""
    )
    exec(compile(lines, "README.md", "exec"), {})  # noqa: S102
    told = [line.split() for line in capsys.readouterr().out.splitlines()]
    scheme = load_scheme("protest")
    assert told
    assert all(scheme.layer_of[label[2:]] == layer for layer, label, *_ in told)


def test_its_code_reads_one_layer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = load_scheme("protest")
    scheme = whole.model_copy(update={"layers": tuple(layer for layer in whole.layers if layer.name == "event")})
    marked = ["Nurses held a [rally|PROTEST] outside the court.", "Police [detained|ARREST] two men in Aktobe."]
    made = corpus.dataset(tmp_path, scheme, train=corpus.shuffled(marked, 60))
    settings = FitConfig(
        dataset=made, run=tmp_path / "run", epochs=1, batch_tokens=32, least_steps=0, device="cpu", track=(),
        learning_rate=5e-4, head_learning_rate=5e-3,
    )  # fmt: skip
    folder = fit(settings).path
    card = (folder / "README.md").read_text()
    assert "No validation split was there" in card
    head: Any = ModelCard(card).data
    assert "model-index" not in head.to_dict()
    assert head.base_model == "sentence-transformers/all-MiniLM-L6-v2"
    lines = code(card, folder)
    assert "argmax" not in lines
    exec(compile(lines, "README.md", "exec"), {})  # noqa: S102
    told = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert told
    assert {line[0] for line in told} <= {"PROTEST", "VIOLENCE", "ARREST", "JUSTICE"}


def test_words_of_others_break_nothing(fitted: Fitted, tmp_path: Path) -> None:
    run = runs.open_run(fitted.path)
    role = Role(name="X", definition=EVIL, example=f"[{EVIL.replace('[', '').replace(']', '')}]", colour="#ffffff")
    scheme = Scheme(name="evil", version=1, purpose=EVIL, layers=(Layer(name="one", roles=(role,)),))
    data = data_card.DataCard(EVIL, sections=(("Splits", (f"| {EVIL} | b |", "| --- | --- |", EVIL, EVIL)),))
    settings = config.load(FitConfig, fitted.path / "settings.yaml").model_copy(update={"encoder": EVIL})
    card = model_card.Card(EVIL, scheme, settings, run.info, data, None)
    model_card.write(tmp_path, card)
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    head = yaml.safe_load(text.split("---\n", 2)[1])
    assert head["pipeline_tag"] == "token-classification"
    assert "base_model" not in head
    html = MarkdownIt().enable("table").render(body(text))
    assert re.findall(r"<h1>", html) == ["<h1>"]
    assert "<script" not in html
    assert 'javascript:y"' not in html
    assert "\u202e" not in text
    compile(code(text, tmp_path), "README.md", "exec")
    assert html.count("<pre>") == 2


def test_a_dataset_without_a_card_has_its_name(tmp_path: Path) -> None:
    assert data_card.read(tmp_path) == data_card.DataCard(tmp_path.name)
    (tmp_path / "README.md").write_text("---\n- a list\n---\n")
    assert data_card.read(tmp_path) == data_card.DataCard(tmp_path.name)
    assert "It has no card of its own." in list(data_card.read(tmp_path).lines("abc"))


def test_what_a_dataset_s_card_says_of_licence_and_language(tmp_path: Path) -> None:
    front: dict[str, Any] = {"license": "cc-by-4.0", "language": ["en", "de-x y"], "pretty_name": "news"}
    front["language"].append({"more": "than a word"})
    text = f"---\n{yaml.safe_dump(front)}---\n\n## Splits\n\n| a |\n| --- |\n| 1 |\n\n## Roles\n\n| quotes |\n"
    (tmp_path / "README.md").write_text(text + "\n## Limits of the labels\n\n- The licence is CC-BY.\n- Other.\n")
    found = data_card.read(tmp_path)
    assert (found.name, found.languages) == ("news", ("en",))
    lines = "\n".join(found.lines("abc"))
    assert "| a |\n| --- |\n| 1 |" in lines
    assert "- The licence is CC" in lines
    assert "quotes" not in lines


def test_what_is_no_word_in_a_dataset_s_card_is_not_read(tmp_path: Path) -> None:
    """Written out, the names and languages of this card would have 10 ** 12 words."""
    many = "".join(f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 10)}]\n" for at in range(1, 13))
    head = f"a0: &a0 word\n{many}pretty_name: *a12\nlanguage: [en, *a12]\n"
    (tmp_path / "README.md").write_text(f"---\n{head}---\n")
    assert data_card.read(tmp_path) == data_card.DataCard(tmp_path.name, ("en",))
