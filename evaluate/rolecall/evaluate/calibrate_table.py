"""The table of a calibration, and what to say beneath it."""

from collections.abc import Iterator

from rich import box
from rich.table import Table

from rolecall.evaluate.calibrate import Calibration
from rolecall.evaluate.table import number


def bins_table(found: Calibration) -> Table:
    """Lay the bins out: what spans of a score promise, and what they keep."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("scores", "spans", "mean score", "correct", "gap"):
        table.add_column(name, justify="left" if name == "scores" else "right", no_wrap=True)
    for each in found.bins:
        table.add_row(
            f"{each.low:.3f} to {each.high:.3f}",
            f"{each.spans:,}",
            number(each.score),
            number(each.correct / each.spans),
            f"{each.gap:+.3f}",
        )
    return table


def lines(found: Calibration) -> Iterator[str]:
    """Yield the error and the threshold in words."""
    yield f"expected calibration error {number(found.error)} over {len(found.bins)} bins of equal {found.binning}"
    yield (
        f"threshold {found.threshold:.4f}: F1 {number(found.f1_before)} with all {found.before.predicted:,} spans, "
        f"{number(found.f1_after)} with the {found.after.predicted:,} from it up, on these articles"
    )
