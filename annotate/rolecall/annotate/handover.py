"""Files to carry articles into a Label Studio by hand: tasks.json, and config.xml with the labelling page."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from rolecall.annotate.labelling import labelling_config
from rolecall.annotate.tasks import task_of
from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Article
from rolecall.core.scheme import Scheme

TASKS, PAGE = "tasks.json", "config.xml"


def write_files(articles: Iterable[Article], scheme: Scheme, folder: Path, *, overwrite: bool = False) -> int:
    """Write both files, and return how many tasks; memory does not grow.

    Raises InputError for a file that is there already unless `overwrite` is given.
    """
    for name in (TASKS, PAGE):
        if (folder / name).exists() and not overwrite:
            raise InputError("exists already", path=folder / name, remedy="name another folder, or add --overwrite")
    page = labelling_config(scheme)
    count = 0
    with jsonl.open_atomic(folder / TASKS) as file:
        file.write(b"[")
        for article in articles:
            file.write(b",\n" if count else b"\n")
            file.write(msgspec.json.encode(task_of(article, scheme.fingerprint)))
            count += 1
        file.write(b"\n]\n")
    jsonl.write_text(folder / PAGE, page)
    return count
