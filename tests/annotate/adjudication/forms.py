"""A form, and a hand to fill it in."""

from rolecall.core.cli import run
from rolecall.core.records import Annotation, normalise
from tests.annotate.adjudication.material import Files


class Form:
    """A form of the two readings that differ, at six points."""

    def __init__(self, files: Files) -> None:
        self.files, self.path = files, files.folder / "form.txt"

    def write(self, *options: str) -> int:
        return run(["annotate", "adjudicate", "write", *self.files.inputs, "--out", str(self.path), *options])

    def read(self, *options: str) -> int:
        command = ["annotate", "adjudicate", "read", str(self.path), *self.files.inputs, "--adjudicator", "dora"]
        return run([*command, *self.files.outputs, *options])

    def fill(self, *choices: str) -> None:
        """Write a choice behind each point, in order."""
        parts = self.path.read_text(encoding="utf-8").split("\nchoose:")
        rests = [part.partition("\n")[2] for part in parts[1:]]
        filled = [f"\nchoose: {choice}".rstrip() + f"\n{rest}" for choice, rest in zip(choices, rests, strict=True)]
        self.path.write_text(parts[0] + "".join(filled), encoding="utf-8")

    def line(self, number: int) -> int:
        """The line on which a point is chosen, counted from 1."""
        lines = self.path.read_text(encoding="utf-8").splitlines()
        return [at for at, line in enumerate(lines, 1) if line.startswith("choose:")][number - 1]


def said(annotation: Annotation) -> object:
    plain = normalise(annotation)
    return plain.spans, plain.links, plain.events
