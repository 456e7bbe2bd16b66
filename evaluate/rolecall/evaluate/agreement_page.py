"""The page of an agreement: how much annotators agree, what they differ about, what to settle, and every article.

Texts, titles, ids, annotators' names and guidelines come from outside and are escaped wherever they are written.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Article
from rolecall.evaluate import table
from rolecall.evaluate.agreement_files import Opened
from rolecall.evaluate.card import AgreementCard, DerivedAgreement, Pair
from rolecall.evaluate.counts import Counts
from rolecall.evaluate.disagreements import KINDS, Disagreement, Kind
from rolecall.evaluate.dissent import Dissent, Group
from rolecall.evaluate.page import DEPTH, said
from rolecall.evaluate.side_by_side import ArticleSides, Names, place
from rolecall.evaluate.summary import Estimate, Line, Mean
from rolecall.evaluate.table import TableLine
from rolecall.evaluate.templating import environment, ink, own, policy
from rolecall.evaluate.tokenwise import Kappa, Kappas

SHOWN = 200
"""How many articles are shown with their texts, unless another number is asked for."""
COLUMNS = 6
"""How many pairs have a column of their own in a table."""
SHADES = 6
"""How many shades a cell can have."""
OPEN = 12
"""How many pieces of advice are open; the others fold."""

KIND_WORDS: dict[Kind, str] = {
    "boundary": "the same role in the same place, other bounds",
    "role": "the same bounds, another role of the layer",
    "role and boundary": "an overlap in one layer, and no more",
    "layer": "roles of two layers for overlapping words",
    "missed": "only one of the two has it",
    "split": "one span to one, several to the other",
    "link": "an argument of both, on other triggers",
    "event": "triggers of both, joined by one only",
}


class Entry(NamedTuple):
    """An article in the order of the page: how many disagreements, and the counts of all its pairs together."""

    id: str
    number: int
    counts: Counts


class Page(NamedTuple):
    """All that the page is made from; entries are the articles that are compared, the most disputed first."""

    opened: Opened
    card: AgreementCard
    derived: DerivedAgreement
    found: Mapping[str, list[Disagreement]]
    entries: list[Entry]
    names: Names
    texts: Mapping[str, Article]
    shown: int

    @property
    def sided(self) -> int:
        """How many articles are shown with their texts: of those with a disagreement, as many as the page holds."""
        return min(self.shown, sum(entry.number > 0 for entry in self.entries))

    @property
    def in_reach(self) -> dict[str, dict[str, int]]:
        """How many disagreements of each "kind", and about each "role", are in the articles that are shown."""
        shown = [each for entry in self.entries[: self.sided] for each in self.found[entry.id]]
        kinds = Counter(str(each.kind) for each in shown)
        return {"kind": dict(kinds), "role": dict(Counter(role for each in shown for role in each.roles))}

    def articles(self) -> Iterator[ArticleSides]:
        """Lay out the articles that are shown, the most disputed first."""
        readings = self.opened.own
        for entry in islice(self.entries, self.sided):
            yield place(
                self.texts[entry.id],
                readings.get(entry.id, {}),
                self.opened.gold.get(entry.id),
                self.found[entry.id],
                counts=entry.counts,
                scheme=self.opened.scheme,
                names=self.names,
            )


def make_page(
    opened: Opened,
    card: AgreementCard,
    derived: DerivedAgreement,
    found: Sequence[Disagreement],
    *,
    shown: int = SHOWN,
) -> Page:
    """Put together what the page shows; raise InputError where there are no texts to show."""
    if opened.texts is None:
        raise InputError("the page shows the articles", remedy="add --articles articles.jsonl")
    by_article: dict[str, list[Disagreement]] = {}
    for each in found:
        by_article.setdefault(each.article, []).append(each)
    counts: dict[str, Counts] = {}
    for tally in card.agreement.between or card.agreement.with_gold:
        for row in tally.rows:
            counts[row.article] = counts.get(row.article, Counts()) + row.whole
    entries = [Entry(name, len(by_article.get(name, ())), total) for name, total in counts.items()]
    entries.sort(key=lambda entry: (-entry.number, 1.0 if entry.counts.f1 is None else entry.counts.f1, entry.id))
    pairs = sorted({(each.first, each.second) for each in found})
    readers = sorted({name for by in opened.own.values() for name in by})
    names = Names(
        readers={name: number for number, name in enumerate(readers)},
        pairs={pair: number for number, pair in enumerate(pairs)},
        roles={name: number for number, name in enumerate(opened.scheme.roles)},
    )
    in_order = {
        name: sorted(each, key=lambda one: (one.place, KINDS.index(one.kind))) for name, each in by_article.items()
    }
    return Page(opened, card, derived, in_order, entries, names, opened.texts, shown)


def write_page(path: Path, page: Page, articles: Iterable[ArticleSides] | None = None) -> None:
    """Write the page, atomically; `articles` are `page.articles()`."""
    environ = environment(markdown=False)
    named = _context(page)
    style = environ.get_template("agreement.css").render(named)
    script = environ.get_template("agreement.js").render()
    parts = {
        "style": own(style),
        "script": own(script),
        "policy": policy(style, script),
        "articles": page.articles() if articles is None else articles,
    }
    with jsonl.open_atomic(path) as file:
        for part in environ.get_template("agreement.html").generate(named, **parts):
            file.write(part.encode())


def heat(dissent: Dissent, roles: Iterable[str]) -> list[tuple[str, list[tuple[int, int]]]]:
    """Count the disagreements that a role has a part in, by kind, with a shade from 0 to 6; only roles with any."""
    found: dict[str, Counter[Kind]] = {role: Counter() for role in roles}
    for group in dissent.groups:
        for role in group.roles:
            found[role][group.kind] += group.number
    most = max((number for kinds in found.values() for number in kinds.values()), default=0)
    return [
        (role, [(kinds[kind], -(-SHADES * kinds[kind] // most)) for kind in dissent.kinds])
        for role, kinds in found.items()
        if kinds
    ]


def taken(dissent: Dissent) -> list[Group]:
    """Return the groups in which the readers gave two roles, the largest first."""
    return [group for group in dissent.groups if group.kind in {"role", "role and boundary", "layer"}]


def kappa_lines(kappas: Mapping[str, Kappas]) -> list[tuple[str, tuple[Kappa, ...]]]:
    """Return a line for each pair, for Fleiss' kappa of three or more, and for alpha, with a value for each layer."""
    layers = [each for each in kappas.values() if each.cohen]  # none of them where there is one annotator only
    found = [
        (f"{' and '.join(row[0].annotators)} (Cohen)", row)
        for row in zip(*(each.cohen for each in layers), strict=True)
        if row[0].articles
    ][:COLUMNS]
    if layers and len(layers[0].fleiss.annotators) > 2:
        found.append(("all (Fleiss)", tuple(each.fleiss for each in layers)))
    alphas = tuple(each.alpha for each in layers if each.alpha is not None)
    return [*found, ("all (Krippendorff’s alpha)", alphas)] if alphas else found


def of_pair(pair: Pair, line: TableLine) -> Estimate:
    """Find a pair's F1 for a line of the table."""
    scores = pair.scores
    if line.level == "all":
        means: dict[str, Line | Mean] = {"micro": scores.micro, "macro": scores.macro, "weighted": scores.weighted}
        return means[line.name].f1
    return (scores.layers if line.level == "layer" else scores.roles)[line.name].f1


def _lines(page: Page) -> list[tuple[TableLine, TableLine | None]]:
    """Pair the lines of agreement among annotators with those of agreement with gold."""
    human = page.derived.human
    main, beside = (human.between, human.with_gold) if human.between else (human.with_gold, None)
    if main is None:
        return []
    lines = [*table.lines(main, page.card.layers)]
    gold = [*table.lines(beside, page.card.layers)] if beside else [None] * len(lines)
    return list(zip(lines, gold, strict=True))


def _context(page: Page) -> dict[str, Any]:
    """Name what the template writes, but for the articles."""
    human, scheme = page.derived.human, page.opened.scheme
    dissent = page.card.dissent or Dissent(kinds={}, pairs=(), groups=())
    main = human.between or human.with_gold
    between = {(each.gold, each.predicted) for each in page.card.agreement.between}
    pairs = [pair for pair in human.pairs if (pair.gold, pair.predicted) in between] or [*human.pairs]
    return {
        "page": page,
        "card": page.card,
        "derived": page.derived,
        "scheme": scheme,
        "scores": main,
        "among": human.between is not None,
        "with_gold": human.with_gold if human.between else None,
        "pairs": pairs,
        "by_pair": len(pairs) > 1,
        "of_pair": of_pair,
        "columns": COLUMNS,
        "lines": _lines(page),
        "footnote": table.FOOTNOTE if main and table.any_doubtful(main) else "",
        "dissent": dissent,
        "heat": heat(dissent, scheme.roles),
        "taken": taken(dissent),
        "total": sum(dissent.kinds.values()),
        "kinds": {kind: KIND_WORDS[kind] for kind in KINDS if kind in dissent.kinds},
        "in_reach": page.in_reach,
        "kind_number": {kind: number for number, kind in enumerate(KINDS)},
        "kappas": kappa_lines(page.card.kappa),
        "open": OPEN,
        "place": {entry.id: number for number, entry in enumerate(page.entries[: page.sided], 1)},
        "rest": page.entries[page.sided :],
        "titles": {entry.id: page.texts[entry.id].title for entry in page.entries[page.sided :][: 5 * SHOWN]},
        "css_class": {role: f"r{number}" for role, number in page.names.roles.items()},
        "colours": [(f"r{at}", role.colour, ink(role.colour)) for at, role in enumerate(scheme.roles.values())],
        "gold": bool(page.opened.gold),
        "depth": DEPTH,
        "said": said,
        "some": table.some,
        "number": table.number,
        "interval": table.interval,
    }
