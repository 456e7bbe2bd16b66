"""What stands already where cleaned articles go: texts that labels may be made on, and records that must not be lost.

An article that was cleaned before keeps the text that it got then, though more articles tell more of what repeats in
its source: a label made on it fits no other. It keeps its story and duplicate_of, too, which are found in the clean
texts.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from rolecall.annotate.cleaning.articles import ORIGIN, Cleaned
from rolecall.annotate.cleaning.cuts import Cut, blank, removals
from rolecall.annotate.cleaning.offsets import OffsetMap
from rolecall.annotate.losses import Losses
from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.jsonl import ArticleFile
from rolecall.core.ledger import read_ledger
from rolecall.core.records import Annotation, Article, text_hash
from rolecall.core.spool import Spool

T = TypeVar("T", bound=msgspec.Struct)
REMEDY = "choose another file; or add --overwrite, which makes all anew"
_encode = msgspec.json.Encoder().encode


class Standing:
    """The outputs of an earlier run, in the order of articles, cuts, offset maps and annotations.

    Raises InputError where one of them holds other records. Memory holds ids and digests; cuts and maps go to `spool`.
    """

    def __init__(self, outputs: Sequence[Path | None], spool: Spool) -> None:
        articles, cuts, maps, _ = outputs
        self.kept = 0
        """Articles that would be cut otherwise now."""
        self._spool = spool
        stands = articles is not None and articles.is_file()
        self._articles: Mapping[str, Article] = ArticleFile(articles) if articles is not None and stands else {}
        self._cuts: dict[str, list[int]] = {}
        for cut in read_made(cuts, Cut):
            self._cuts.setdefault(cut.article, []).append(spool.add(_encode(cut)))
        self._maps = {moved.article: spool.add(_encode(moved)) for moved in read_made(maps, OffsetMap)}
        kinds: tuple[type[msgspec.Struct], ...] = (Article, Cut, OffsetMap, Annotation)
        paired = zip(outputs, kinds, strict=True)
        self._losses = [None if path is None else Losses(path, kind) for path, kind in paired]

    def keep(self, article: Article, fresh: Cleaned) -> Cleaned:
        """Return an article as it stands, where it does and comes from this text; else `fresh`, cleaned just now."""
        old = self._articles.get(article.id)
        if old is None or article.hash not in (old.hash, old.meta.get(ORIGIN)):
            return fresh
        done = fresh
        if fresh.article.hash != old.hash or self._recorded(article, fresh.cuts):
            done = self._before(article, old) or fresh
            self.kept += done.article.hash != fresh.article.hash
        fields = {"story": old.story, "duplicate_of": old.duplicate_of}
        return done._replace(article=msgspec.structs.replace(done.article, **fields))

    def met(self, output: int, record: msgspec.Struct) -> None:
        """Take a record that is to be written to an output off the list of those missing there."""
        losses = self._losses[output]
        if losses is not None:
            losses.met(_encode(record))

    def check(self) -> None:
        """Raise InputError where a record that stands in an output would not come again byte for byte."""
        for losses in self._losses:
            if losses is not None:
                losses.check(remedy=REMEDY)

    def _recorded(self, article: Article, cuts: Sequence[Cut]) -> bool:
        """Whether the list that stands has other words on the cuts of an article."""
        places = self._cuts.get(article.id, [])
        return bool(places) and [self._spool.get(place) for place in places] != [_encode(cut) for cut in cuts]

    def _before(self, article: Article, old: Article) -> Cleaned | None:
        """Make an article again as the earlier run did, or return None where that is not recorded."""
        if article.hash == old.hash:
            return Cleaned(article, [], None)
        decode = msgspec.json.Decoder(Cut).decode
        cuts = [decode(self._spool.get(place)) for place in self._cuts.get(article.id, [])]
        place = self._maps.get(article.id)
        if place is not None:
            moved = msgspec.json.decode(self._spool.get(place), type=OffsetMap)
        else:
            moved = OffsetMap.of(article.id, article.text, removals(article.text, ((c.start, c.end) for c in cuts)))
        text = moved.apply(article.text)
        if not text or text_hash(text) != old.hash:
            return None
        meta = {**article.meta, ORIGIN: article.hash}
        kept = msgspec.structs.replace(article, text=text, hash=old.hash, meta=meta)
        return Cleaned(kept, cuts or list(_unexplained(article, moved)), moved)


def read_made(path: Path | None, kind: type[T]) -> Iterator[T]:
    """Yield the cuts or offset maps that stand in an output; raise InputError where it holds anything else.

    Cuts without a reason are a gold file's.
    """
    if path is None or not path.is_file():
        return
    what = f"is no {'list of cuts' if kind is Cut else 'offset map'} of an earlier run, so it is not replaced"
    records = jsonl.read(path, kind)
    while True:
        try:
            record = next(records, None)
        except InputError as error:
            raise InputError(what, path=path, line=error.line, remedy=REMEDY) from error
        if record is None:
            return
        if isinstance(record, Cut) and not record.reason:
            raise InputError(what, path=path, remedy=REMEDY)
        yield record


def check_ledger(path: Path) -> None:
    """Refuse to replace a file that is no ledger."""
    try:
        read_ledger(path)
    except InputError as error:
        what = "is no ledger of an earlier run, so it is not replaced"
        raise InputError(what, path=path, line=error.line, remedy=REMEDY) from error


def _unexplained(article: Article, moved: OffsetMap) -> Iterator[Cut]:
    """Yield the cuts of an article of which only what was removed is known."""
    for start, end in moved.removed:
        inked = [at for at in range(start, end) if not blank(article.text[at])]
        if inked:
            first, last = inked[0], inked[-1] + 1
            quote, reason = article.text[first:last], "was cut by an earlier run"
            yield Cut(article=article.id, start=first, end=last, text=quote, kind="other", reason=reason)
