"""Put the fingerprint of a scheme on labels that were made with another one and mean the same in both."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec

from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation
from rolecall.core.scheme import Scheme


def stamp(path: Path, scheme: Scheme, out: Path, *, overwrite: bool = False) -> Counter[str]:
    """Write the annotations of `path` to `out` as labels of `scheme`; `out` may be `path` itself.

    Returns how many annotations carried which fingerprint before. Raises InputError for a role that the scheme does
    not have, for a file without annotations, and for an `out` that holds something else unless `overwrite` is given.
    """
    if out.exists() and not overwrite and not (path.exists() and out.samefile(path)):
        raise InputError("exists already", path=out, remedy="choose another --out, or add --overwrite")
    before: Counter[str] = Counter()

    def stamped() -> Iterator[Annotation]:
        for annotation in jsonl.read_annotations(path, roles=scheme.roles):
            before[annotation.scheme] += 1
            yield msgspec.structs.replace(annotation, scheme=scheme.fingerprint)
        if not before:
            raise InputError("holds no annotations", path=path, remedy="check the path")

    jsonl.write(out, stamped())
    return before
