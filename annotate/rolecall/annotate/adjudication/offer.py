"""What an adjudicator is shown of a case: each version by its maker's name, and all of them together to start from.

The start holds what all agree on and every variant of what they do not, so that a decision is to delete what is wrong:
one key, with nobody's reading in the lead. A disputed region has the share of readers who have it for its score, which
the list of regions shows, and says whose it is. Links run between all variants of their ends, so whichever variant
goes, those of the one that stays are there.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import pairwise, product

import msgspec

from rolecall.annotate.adjudication.case import Case, Disputes, Option, Pair, disputes
from rolecall.annotate.adjudication.composition import doubts, drawn, may_link
from rolecall.annotate.adjudication.merge import case_of
from rolecall.annotate.adjudication.versions import Versions
from rolecall.annotate.adjudication.wording import of_groups, of_key, of_variant, what_differs
from rolecall.annotate.results import results_of
from rolecall.annotate.wire import Json
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation, Article, Span
from rolecall.core.scheme import Scheme

START = "all readings"
"""The name under which the page offers all versions together."""
DISPUTED = "disputed"
"""What a relation says that not all drew who labelled its ends."""
DISPUTES = "disputes"
"""The key of the disputed points in a task's data."""


class Offer:
    """The versions of some articles as suggestions, for `push`, each under its annotator's name.

    Raises InputError for an annotator whose name the start has.
    """

    def __init__(self, versions: Versions, articles: Mapping[str, Article], scheme: Scheme, ids: Iterable[str]) -> None:
        if START in versions.people:
            raise InputError(
                f"an annotator is called {START!r}, as the page's own start is", path=versions.path,
                remedy="give that annotator another name",
            )  # fmt: skip
        self._versions, self._articles, self._scheme = versions, articles, scheme
        self._ids = frozenset(ids)

    @property
    def offered(self) -> list[str]:
        """The version that the page lets people start from."""
        return [START]

    def __contains__(self, article: str) -> bool:
        return article in self._ids

    def count(self, article: str) -> int:
        """Return how many suggestions there are for an article."""
        return len(self._versions.names(article)) + 1 if article in self._ids else 0

    def of(self, article: str) -> Iterator[Json]:
        """Yield the versions of an article as Label Studio takes them, the start last: its tab comes first."""
        if article in self._ids:
            case = self._case(article)
            for name, version in case.versions.items():
                yield {"model_version": name, "result": results_of(bare(version), self._scheme)}
            yield {"model_version": START, "result": start(case, self._scheme)}

    def data(self, article: str) -> Json:
        """Return what the page shows beside the text."""
        case = self._case(article)
        return {DISPUTES: table(case, disputes(case))}

    def _case(self, article: str) -> Case:
        return case_of(self._versions, self._articles[article], self._scheme)


def bare(version: Annotation) -> Annotation:
    """Leave out the scores that a model's suggestion left on spans."""
    spans = tuple(msgspec.structs.replace(span, score=None) for span in version.spans)
    return msgspec.structs.replace(version, spans=spans, status=None)


def start(case: Case, scheme: Scheme) -> list[Json]:
    """Write all versions together as results."""
    found = disputes(case)
    spans, at = _variants(case, {dispute.at[0] for dispute in found.spans})
    together = Annotation(
        article=case.article.id,
        hash=case.article.hash,
        by=START,
        kind="human",
        scheme=scheme.fingerprint,
        spans=tuple(spans),
        choices={name: next(iter(said)) for name, says in case.answers.items() if len(said := set(says.values())) == 1},
    )
    results = results_of(together, scheme)
    for item in results:
        if "score" in item:
            span = spans[int(item["id"].removeprefix("span-"))]
            place = next(index for index, place in enumerate(case.places) if span.key in place.keys)
            item["meta"] = {"text": [_whose(case, place, case.places[place].variants[span.key])]}
    relations = [*_links(case, found, at, spans, scheme), *_joins(case, at, spans, scheme)]
    for (one, other), disputed in sorted(relations, key=lambda relation: not relation[1]):
        item = {"type": "relation", "from_id": f"span-{one}", "to_id": f"span-{other}", "direction": "right"}
        results.append(item | {"labels": [DISPUTED]} if disputed else item)
    return results


def _variants(case: Case, disputed: Collection[int]) -> tuple[list[Span], dict[int, list[int]]]:
    """Return every variant as a span, with its share of readers where disputed for a score; and where they are."""
    text, doubted = case.article.text, doubts(case.versions)
    spans: list[Span] = []
    at: dict[int, list[int]] = {}
    for index, place in enumerate(case.places):
        for key, who in place.variants.items():
            at.setdefault(index, []).append(len(spans))
            share = round(len(who) / len(case.versions), 2) if index in disputed else None
            spans.append(Span(*key, text[key[0] : key[1]], share, unsure=key in doubted))
    return spans, at


def _links(
    case: Case, found: Disputes, at: Mapping[int, list[int]], spans: list[Span], scheme: Scheme
) -> Iterator[tuple[Pair, bool]]:
    """Yield every link, between all variants of its ends as far as the scheme allows, and whether it is disputed."""
    drew = drawn(case)
    torn = {dispute.at for dispute in found.links}
    for pair in case.links:
        for link in product(at[pair[0]], at[pair[1]]):
            if may_link((spans[link[0]].key, spans[link[1]].key), drew, scheme):
                yield link, pair in torn


def _joins(case: Case, at: Mapping[int, list[int]], spans: list[Span], scheme: Scheme) -> Iterator[tuple[Pair, bool]]:
    """Yield which triggers to join, each version's events as chains between all variants, and what is disputed."""
    chains: set[Pair] = set()
    for name, version in case.versions.items():
        place_of = {key: index for index, place in enumerate(case.places) if (key := place.spans.get(name))}
        for event in version.events:
            chains |= set(pairwise(sorted({place_of[version.spans[index].key] for index in event})))
    for chain in sorted(chains):
        disputed = len(set(case.says_of_pair(chain, case.joins[chain]).values())) > 1
        for pair in product(at[chain[0]], at[chain[1]]):
            if all(spans[index].role in scheme.triggers for index in pair):
                yield pair, disputed


def _whose(case: Case, place: int, who: tuple[str, ...]) -> str:
    """Say who has a variant, and what the others have."""
    others = [
        f"{name}: {'nothing here' if key is None else of_key(case, key, placed=False)}"
        for name, key in case.says_of_place(place).items()
        if name not in who
    ]
    return "; ".join([f"only {', '.join(who)}" if len(who) == 1 else ", ".join(who), *others])


def table(case: Case, found: Disputes) -> dict[str, str]:
    """Return the disputed points as rows: number and kind, then who says what; the page orders rows by their key."""
    rows = [
        (what_differs(each), [(o.who, of_variant(case, each.at[0], o.what)) for o in each.options])
        for each in found.spans
    ]
    for link in found.links:
        rows.append(("link", [side for option in link.options for side in _sides(case, link.at, option)]))
    rows += [("one event or several", [(o.who, of_groups(case, o.what)) for o in it.options]) for it in found.events]
    rows += [(it.question, [(o.who, ", ".join(o.what) or "no answer") for o in it.options]) for it in found.choices]
    width = len(str(len(rows)))
    return {
        f"{number:0{width}} {what}": "  ·  ".join(f"{', '.join(who)}: {said}" for who, said in sides)
        for number, (what, sides) in enumerate(rows, 1)
    }


def _sides(case: Case, pair: tuple[int, ...], option: Option[bool]) -> list[tuple[tuple[str, ...], str]]:
    """Say who drew a link, as each has its ends, or who drew none."""
    if not option.what:
        return [(option.who, "no link")]
    said = {
        name: " → ".join(of_key(case, case.places[place].spans[name]) for place in pair) for name in option.who
    }  # fmt: skip
    return [(tuple(who for who in said if said[who] == words), words) for words in dict.fromkeys(said.values())]
