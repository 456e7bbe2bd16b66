"""A reading, one annotator's labels of one article, with what a rule may look at beside them."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from rolecall.annotate.checks.expectation import Expectation
from rolecall.annotate.checks.findings import Severity
from rolecall.annotate.checks.forms import Forms, Split
from rolecall.annotate.checks.sentences import sentence_starts
from rolecall.core.config import Config
from rolecall.core.records import Annotation, Article, Span
from rolecall.core.scheme import Scheme


class Options(Config):
    """What a scheme may say about any rule."""

    severity: Severity | None = None
    """Severity of all that the rule finds, in place of its own: error, warning or hint."""

    def problems(self, scheme: Scheme) -> Iterable[str]:  # noqa: ARG002  # for those that name roles
        """Return what does not fit the scheme."""
        return ()


@dataclass(frozen=True)
class Facts:
    """What the whole corpus tells about a reading's labels."""

    forms: Forms
    splits: dict[tuple[str, str], Split]
    expectation: Expectation | None = None


@dataclass(frozen=True)
class Reading:
    """An annotation that is checked; `others` are the other readings of its article."""

    article: Article
    annotation: Annotation
    scheme: Scheme
    facts: Facts
    others: tuple[Annotation, ...] = ()

    @property
    def spans(self) -> tuple[Span, ...]:
        """The labels."""
        return self.annotation.spans

    @cached_property
    def sentences(self) -> list[int]:
        """Where the article's sentences begin."""
        return sentence_starts(self.article.text)


def finished(annotation: Annotation) -> bool:
    """Tell whether a reading is somebody's last word: neither a model's, nor unsaved work, nor passed over."""
    return annotation.kind != "model" and annotation.status in (None, "submitted")
