"""How the adjudicate commands tell what they did; findings end in exit code 1."""

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import typer

from rolecall.annotate.cli.options import by_whom, print_json, show
from rolecall.core.wording import few

if TYPE_CHECKING:
    from rolecall.annotate.adjudication.form import Written
    from rolecall.annotate.adjudication.outcome import Paths, Result, Undecided
    from rolecall.annotate.adjudication.sending import Sent, Work
    from rolecall.annotate.push import Pushed


def tell(done: "Result", paths: "Paths", *, as_json: bool) -> None:
    """Print what was decided, on stderr what is left to do."""
    if as_json:
        lists = {
            "undecided": [one._asdict() for one in done.undecided],
            "remarks": [one._asdict() for one in done.remarks],
            "books": msgspec.to_builtins(done.books),
        }
        print_json(done._asdict() | lists)
    else:
        where = f": {paths.gold}" if done.written else f", not written: {paths.gold}"
        print(f"{done.articles.total():,} articles decided{by_whom(done.articles)}{where}")
        for unit, outcomes in done.items.items():
            print(f"  {unit}s: {', '.join(f'{count:,} {outcome}' for outcome, count in sorted(outcomes.items()))}")
        if done.written:
            print(f"who decided what, from whose reading: {paths.decisions}")
    for balance in done.books:
        print(balance, file=sys.stderr)
    _tell_left(done)
    if not done.complete:
        raise typer.Exit(1)


def _tell_left(done: "Result") -> None:
    """Print what a person should look at."""
    _list(f"{len(done.aided):,} rest on a reading that started from a model's suggestion", done.aided)
    _list(f"{len(done.unread):,} articles were read by nobody", done.unread)
    if left := [name for name in done.singles if name not in set(done.taken)]:
        _list(f"{len(left):,} articles were read by one person only, and have no gold (--take-single takes them)", left)
    for reason in dict.fromkeys(one.reason for one in done.undecided):
        lines = [_line_of(one) for one in done.undecided if one.reason == reason]
        _list(f"no gold: {reason} ({len(lines):,})", lines)
    for what, count in Counter(remark.what for remark in done.remarks).items():
        found = [remark for remark in done.remarks if remark.what == what]
        _list(f"remark: {what} ({count:,})", [" ".join(filter(None, [r.article, r.where, r.link])) for r in found])
    if done.written:
        _list(f"{len(done.gone):,} articles had gold in the file that was replaced, and have none now", done.gone)
    else:
        _list(
            f"nothing was written, since {len(done.gone):,} articles have gold in the file and have none now: choose "
            "another --out to keep it, or let go of it with --overwrite",
            done.gone,
        )


def _line_of(one: "Undecided") -> str:
    """Name an article, the first of its open points, and where it is."""
    points = "; ".join(few(one.points, 3, more="and {} more"))
    return " ".join(filter(None, [one.article, points, one.link]))


def _list(head: str, lines: Sequence[str]) -> None:
    if lines:
        print(head, file=sys.stderr)
        show(lines)


def _line(pushed: "Pushed", *, dry_run: bool) -> str:
    state = " (to be made)" if pushed.made and dry_run else " (made)" if pushed.made else ""
    number = f"{pushed.project} " if pushed.project else ""
    parts = [f"{pushed.new:,} new", f"{pushed.unchanged:,} there before", f"{len(pushed.refused):,} refused"]
    parts += [f"{pushed.replaced:,} readings brought up to date"] if pushed.replaced else []
    return f"project {number}{pushed.title!r}{state}: {', '.join(parts)}"


def tell_sent(sent: "Sent", work: "Work", *, single: bool, dry_run: bool, as_json: bool) -> None:
    """Print what a push did, and what stays at home."""
    points: Counter[str] = Counter()
    for found in work.points.values():
        points.update(found)
    if as_json:
        pushed = sent.pushed._asdict() | {"refused": [refusal._asdict() for refusal in sent.pushed.refused]}
        print_json({"push": pushed, "dry_run": dry_run, "renewed": sent.renewed, "idle": sent.idle, **work._asdict()})
    else:
        kinds = ", ".join(f"{points[unit]:,} {unit}" for unit in points)
        print(_line(sent.pushed, dry_run=dry_run))
        print(f"{len(work.points):,} articles to decide on{f': {kinds}' if kinds else ''}")
        print(f"{len(work.agreed):,} articles on which all readings agree stay at home")
    if sent.renewed:
        print(f"{sent.renewed:,} tasks show other points now, since readings have changed", file=sys.stderr)
    if work.singles and not single:
        _list(f"{len(work.singles):,} articles were read by one person only (--single sends them)", work.singles)
    _list(f"{len(work.unread):,} articles were read by nobody", work.unread)
    _list(f"{len(sent.idle):,} tasks there are not disputed any more", sent.idle)
    show(f"{refusal.article}: {refusal.reason}" for refusal in sent.pushed.refused)
    if any("another text" in refusal.reason for refusal in sent.pushed.refused):
        print("to adjudicate a changed article beside its older text, add --new-versions", file=sys.stderr)
    if sent.pushed.refused:
        raise typer.Exit(1)


def tell_written(written: "Written", form: Path, *, as_json: bool) -> None:
    """Print what a form holds."""
    if as_json:
        print_json(written._asdict())
    else:
        print(f"{written.points:,} points to decide in {written.articles:,} articles: {form}")
        if written.carried:
            print(f"{written.carried:,} choices made before are kept")
    _list(f"{len(written.lost):,} choices belong to points that are not there any more", written.lost)
