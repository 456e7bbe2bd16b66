"""The errors of rolecall, each of which says where, what, and what to do.

RolecallError                 the command stops with exit code 2
├── InputError                a file, line or field that cannot be used
│   └── SchemeMismatchError   labels made with another scheme than the one in hand
├── ConfigError               every problem of one configuration at once
├── LedgerError               a conversion that does not account for every span: a defect of ours
└── ServiceError              another program (Label Studio) refused, failed or did not answer
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple


class RolecallError(Exception):
    """Base of every error that rolecall raises on purpose."""


class InputError(RolecallError):
    """Refuse a file, line or field; `where` is a path, or a path and a line."""

    def __init__(self, what: str, *, path: Path | str | None = None, line: int | None = None, remedy: str = "") -> None:
        self.what, self.path, self.line, self.remedy = what, path, line, remedy
        where = "" if path is None else f"{path}: " if line is None else f"{path}:{line}: "
        super().__init__(f"{where}{what}" + (f"\n  remedy: {remedy}" if remedy else ""))


class SchemeMismatchError(InputError):
    """Refuse labels whose scheme fingerprint is not the expected one."""

    def __init__(self, found: str, expected: str, *, path: Path | str | None = None, line: int | None = None) -> None:
        super().__init__(
            f"labelled with scheme {found!r}, but the scheme in hand is {expected!r}",
            path=path,
            line=line,
            remedy="name the scheme the labels were made with (--scheme); or, if every label means the same in both, "
            "restamp the file: rolecall annotate scheme stamp; or carry them over: rolecall annotate scheme migrate "
            "(a file), rolecall annotate migrate (a project)",
        )


class Problem(NamedTuple):
    """One thing that is wrong with a configuration."""

    key: str
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.key}: {self.what}" + (f" ({self.remedy})" if self.remedy else "")


class ConfigError(RolecallError):
    """Report every problem of a configuration file and its overrides together."""

    def __init__(self, path: Path | str, problems: Sequence[Problem]) -> None:
        self.path, self.problems = path, tuple(problems)
        lines = "".join(f"\n  {problem}" for problem in problems)
        super().__init__(f"{path}: {len(problems)} problem{'s' * (len(problems) != 1)}{lines}")


class LedgerError(RolecallError):
    """A ledger whose books do not balance: in != kept + changed + dropped."""


class ServiceError(RolecallError):
    """Another program refused, failed or did not answer."""

    def __init__(self, what: str, *, remedy: str = "") -> None:
        super().__init__(what + (f"\n  remedy: {remedy}" if remedy else ""))
