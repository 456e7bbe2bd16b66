"""Every rule by name: what it finds, how bad that is, whether it runs unasked, and which options it takes."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from rolecall.annotate.checks import attachments, consistency, edges, empties, layers, wording
from rolecall.annotate.checks.census import RareRoleOptions
from rolecall.annotate.checks.drift import DriftOptions
from rolecall.annotate.checks.findings import Hit, Severity
from rolecall.annotate.checks.reading import Options, Reading

Look = Callable[[Reading, Any], Iterator[Hit]]


class Rule(NamedTuple):
    """A rule; `look` is None for one that needs the whole corpus."""

    name: str
    severity: Severity
    what: str
    look: Look | None
    options: type[Options] = Options
    on: bool = True


_ALL = (
    Rule("half-word", "error", "begins or ends inside a word or number", edges.half_word, edges.HalfWordOptions),
    Rule("edge-space", "error", "has white space at an edge", edges.edge_space),
    Rule("wordless", "error", "holds no word", edges.wordless),
    Rule("across-paragraphs", "warning", "runs from one paragraph into another", edges.across_paragraphs),
    Rule(
        "edge-punctuation",
        "warning",
        "has punctuation at an edge, or quotation marks or brackets that do not pair",
        edges.edge_punctuation,
        edges.PunctuationOptions,
    ),
    Rule("edge-article", "warning", "opens with an article", edges.edge_article, edges.ArticleOptions, on=False),
    Rule(
        "edge-preposition",
        "warning",
        "opens with a preposition",
        wording.edge_preposition,
        wording.LanguageOptions,
        on=False,
    ),
    Rule("pronoun", "warning", "is a pronoun", wording.pronoun, wording.LanguageOptions, on=False),
    Rule("pattern", "hint", "looks as the scheme says it should not", wording.pattern, wording.PatternOptions),
    Rule("overlap", "error", "overlaps another span of its layer", layers.overlap),
    Rule("double-span", "error", "stands twice with the same role", layers.double_span),
    Rule(
        "odd-role",
        "warning",
        "has a role that others hardly give its words",
        consistency.odd_role,
        consistency.OddRoleOptions,
    ),
    Rule("split-form", "warning", "words to which people give different roles", None, consistency.SplitFormOptions),
    Rule("no-trigger", "warning", "role without any trigger it may attach to", attachments.no_trigger),
    Rule("misfit-link", "warning", "linked to a trigger it does not attach to", attachments.misfit_link),
    Rule("missing-link", "hint", "unlinked beside a trigger in its sentence", attachments.missing_link, on=False),
    Rule(
        "no-spans",
        "warning",
        "nothing marked where something is to be marked",
        empties.no_spans,
        empties.NoSpansOptions,
    ),
    Rule("rare-role", "hint", "role with too few spans", None, RareRoleOptions),
    Rule("drift", "warning", "annotator who drifts from the others", None, DriftOptions),
    Rule("unsure", "hint", "still marked unsure", layers.unsure, on=False),
)
RULES = {rule.name: rule for rule in _ALL}
"""In the order in which findings are shown."""
