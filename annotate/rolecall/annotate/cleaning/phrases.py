"""The phrases of page furniture, read from phrases.yaml: patterns over folded lines, by kind and by what they prove."""

from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import regex
import yaml

from rolecall.annotate.cleaning.cuts import Kind

_SHORT = {
    "ITS": "(?:this|the) (?:story|article|page|post|report|news|video|piece|link)",
    # A verb so soon makes a sentence of a phrase: "Join our channel was all that it said".
    "REST": r"(?!(?:\s[\p{L}'-]+)?\s(?:was|were|is|are|had|has|have|did|would|became|был\p{L}?|стал\p{L}?)(?!\p{L}))"
    '[^.!?|"“”«»]{0,160}',
    "TAIL": r"(?:[\s,:;–—-]+(?:"
    r"to|for|and|or|the|an?|of|on|in|by|at|with|via|your?|our|us|all|every|each|more|now|today|here|below|first|free|daily"
    r"|weekly|day|morning|week|month|inbox|e-?mail|address|phone|get|receive|never|miss|stay|up|date|informed|join|follow"
    r"|latest|breaking|top|best|news|headlines|stor(?:y|ies)|articles?|updates?|alerts|analysis|newsletters?|channels?"
    r"|pages?|groups?|account|app|store|google|play|apple|telegram|facebook|twitter|x|instagram|youtube|whatsapp|viber"
    r"|tiktok|linkedin|vk|alive|going|independent|months?|content|access|subscribers?|readers|is|it|this|be|know|delivered|straight"
    r"|на|в|и|или|с|по|за|наш\p{L}*|нас|вас|ваш\p{L}*|сайт\p{L}*|новост\p{L}*|канал\p{L}*|рассылк\p{L}*|почт\p{L}*|газет\p{L}*"
    r"|телеграм\p{L}*|месяц\p{L}*|журнал\p{L}*|@[\w.]+|(?:https?://|www\.)\S+|t\.me\S*|[\w.-]+@[\w.-]+|\d+)(?![\p{L}\d]))*",
}
_WORDS = (
    *("reports", "readers", "commands", "things", "plain_things", "places", "brands"),
    *("page_words", "plain_words", "small_words", "leads_on", "orders"),
)
_FLAGS = regex.POSIX  # the longest phrase counts, whatever the order of the file


class Phrase(NamedTuple):
    """The phrases of one kind and weight, as one pattern."""

    kind: Kind
    weight: int
    pattern: "regex.Pattern[str]"


class Phrases(NamedTuple):
    """All phrases: `tiles` make up a line, `labels` stand before a title, `headings` are labels with nothing after."""

    tiles: tuple[Phrase, ...]
    labels: tuple[Phrase, ...]
    headings: "regex.Pattern[str]"
    first: "regex.Pattern[str]"
    """Matches wherever one of the tiles may begin, to pass over other lines at once."""
    reports: "regex.Pattern[str]"
    readers: "regex.Pattern[str]"
    pictures: str
    """What a credit is about, as a pattern to be part of another."""
    commands: "regex.Pattern[str]"
    things: "regex.Pattern[str]"
    plain_things: "regex.Pattern[str]"
    places: "regex.Pattern[str]"
    brands: "regex.Pattern[str]"
    page_words: "regex.Pattern[str]"
    plain_words: "regex.Pattern[str]"
    small_words: "regex.Pattern[str]"
    leads_on: "regex.Pattern[str]"
    orders: "regex.Pattern[str]"
    themes: "tuple[tuple[Kind, regex.Pattern[str]], ...]"


@cache
def phrases() -> Phrases:
    """Read and compile the phrases, once."""
    text = resources.files(__package__).joinpath("phrases.yaml").read_text(encoding="utf-8")
    read: dict[str, Any] = yaml.safe_load(text)
    tiles = [
        (kind, weight, _written_out(lines)) for kind, by in read["phrases"].items() for weight, lines in by.items()
    ]
    labels = [
        (kind, weight, _written_out(lines)) for kind, by in read["labels"].items() for weight, lines in by.items()
    ]
    headings = "|".join(words for kind, weight, words in labels if weight == 3 and kind != "other")
    return Phrases(
        tiles=tuple(Phrase(kind, weight, _compiled(rf"(?:{words})(?!\p{{L}})")) for kind, weight, words in tiles),
        labels=tuple(
            Phrase(kind, weight, _compiled(rf"[^\p{{L}}\d]*(?:{words})\s*[:：→»|>–—]\s*(?P<tail>.*\p{{L}}.*)"))
            for kind, weight, words in labels
        ),
        headings=_compiled(rf"[^\p{{L}}\d]*(?:{headings})\s*:?\W*"),
        first=regex.compile("|".join(words for _, _, words in tiles)),
        pictures=f"(?:{_written_out(read['pictures'])})",
        **{name: _word(read[name]) for name in _WORDS},
        themes=tuple((kind, _compiled(_written_out(words))) for kind, words in read["themes"].items()),
    )


def _word(lines: str) -> "regex.Pattern[str]":
    """Compile words that stand between letters of nothing else."""
    return _compiled(rf"(?<!\p{{L}})(?:{_written_out(lines)})(?!\p{{L}})")


def _compiled(pattern: str) -> "regex.Pattern[str]":
    return regex.compile(pattern, _FLAGS | regex.DOTALL)


def _written_out(lines: str) -> str:
    joined = "|".join(phrase.strip() for line in lines.splitlines() for phrase in line.split(" | "))
    for short, long in _SHORT.items():
        joined = joined.replace(short, long)
    return joined
