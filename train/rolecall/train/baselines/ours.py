"""Our own training, as `rolecall train fit` does it."""

from collections.abc import Iterable, Iterator

from rolecall.core.records import Article, Span
from rolecall.train.baselines.task import Label, Task
from rolecall.train.fit import Watch, fit
from rolecall.train.predict import predict
from rolecall.train.run import load_tagger, open_run


def train(task: Task) -> Label:
    """Train a run on the task's dataset."""
    own = {"dataset": task.dataset, "run": task.folder / "run", "track": ()}
    settings = task.settings.model_copy(update=own)
    opened = open_run(fit(settings, watch=Watch(step=task.step)).path)
    tagger = load_tagger(opened, settings.device)

    def label(articles: Iterable[Article]) -> Iterator[tuple[Span, ...]]:
        return (annotation.spans for annotation in predict(opened, tagger, articles))

    return label
