"""A migration file: what becomes of the roles of one scheme in another.

    # Police and courts become one role; from now on squares and buildings are told apart from towns.
    # Use it:  rolecall annotate scheme migrate annotations.jsonl --migration protest-1-to-2.yaml --out new.jsonl
    source: protest-1.yaml           # a path, from this file's folder, or a shipped scheme's name
    target: protest-2.yaml
    roles:
      PROTESTER: PARTICIPANT         # renamed
      POLICE: AUTHORITY              # merged: several roles lead to one
      COURT: AUTHORITY
      PLACE: {split: [PLACE, FACILITY], as: PLACE}    # goes on as PLACE, marked unsure: a person has to look at it
      WHEN: {split: [DATE, HOUR]}    # without `as` a person has to label it anew: it is dropped and listed
      RUMOUR: null                   # dropped and listed

A role that is not named here keeps its name, whatever its layer; one that the target does not have must be named.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, Self

import pydantic
from pydantic import Field

from rolecall.core import config
from rolecall.core.config import Config
from rolecall.core.errors import ConfigError, Problem
from rolecall.core.scheme import Scheme, load_scheme


class Fate(Config):
    """What becomes of a role: `to` another, or split, or dropped where nothing stands here."""

    to: str | None = None
    """The one role that it goes on as."""
    split: tuple[str, ...] = ()
    """Roles that it falls into, of which only a person can choose."""
    as_: str | None = Field(default=None, alias="as")
    """The one of these that it goes on as until then, marked unsure."""

    @pydantic.model_validator(mode="before")
    @classmethod
    def _spell_out(cls, value: Any) -> Any:
        if value is None or isinstance(value, str):
            return {"to": value}
        if not isinstance(value, dict) or value.keys() not in ({"to"}, {"split"}, {"split", "as"}):
            raise ValueError("must be a role, null, or {split: [ROLE, ROLE], as: ROLE}")
        # After a function has seen it, strict typing takes no list for a tuple.
        return {key: tuple(part) if isinstance(part, list) else part for key, part in value.items()}

    @pydantic.model_validator(mode="after")
    def _check(self) -> Self:
        if "split" in self.model_fields_set and len(self.split) < 2:
            raise ValueError("a split needs two roles or more")
        if len(set(self.split)) < len(self.split):
            raise ValueError("a role stands twice in this split")
        if self.as_ is not None and self.as_ not in self.split:
            raise ValueError(f"as: {self.as_} is none of {', '.join(self.split)}")
        return self

    @property
    def role(self) -> str | None:
        """The role that a span goes on with, or None where it is dropped."""
        return self.as_ if self.split else self.to


class MigrationConfig(Config):
    """A migration as it is written."""

    source: str
    """The scheme that labels were made with: a path from the migration's folder, or a shipped one's name."""
    target: str
    """The scheme that they go on under."""
    roles: dict[str, Fate] = Field(default={})
    """For every role of the source that changes: ROLE: OTHER, or null, or {split: [ROLE, ROLE], as: ROLE}."""


class Migration(NamedTuple):
    """A migration whose schemes were found and fit it; `fates` has every role of the source."""

    source: Scheme
    target: Scheme
    fates: dict[str, Fate]

    @property
    def digest(self) -> str:
        """A hash of both schemes and of what becomes of each role."""
        fates = sorted((role, fate.to, fate.split, fate.as_) for role, fate in self.fates.items())
        essence = json.dumps([self.source.fingerprint, self.target.fingerprint, fates])
        return hashlib.sha256(essence.encode()).hexdigest()[:12]


def load_migration(path: Path) -> Migration:
    """Read a migration and both its schemes.

    Raises ConfigError with every role that is unknown, or that goes without a word of what becomes of it.
    """
    read = config.load(MigrationConfig, path)
    source, target = (load_scheme(_beside(name, path)) for name in (read.source, read.target))
    problems = list(_problems(read, source, target))
    if problems:
        raise ConfigError(path, problems)
    return Migration(source, target, {role: read.roles.get(role) or Fate(to=role) for role in source.roles})


def _beside(name: str, path: Path) -> str | Path:
    """Find a path from the folder of the file that names it; the bare name of a shipped scheme stays one."""
    return path.parent / name if Path(name).suffix or Path(name).name != name else name


def _problems(read: MigrationConfig, source: Scheme, target: Scheme) -> Iterator[Problem]:
    if source.fingerprint == target.fingerprint:
        yield Problem("target", f"is the source itself: {source.fingerprint}", "name the scheme to go to")
    for role in source.roles:
        if role not in read.roles and role not in target.roles:
            yield Problem(
                f"roles.{role}", f"missing: {target.name} {target.version} has no such role", "say what becomes of it"
            )
    for role, fate in read.roles.items():
        if role not in source.roles:
            there = f"the source has {', '.join(source.roles)}"
            yield Problem(f"roles.{role}", f"is no role of {source.name} {source.version}", there)
        for other in fate.split or (fate.to,):
            if other is not None and other not in target.roles:
                there = f"the target has {', '.join(target.roles)}"
                yield Problem(f"roles.{role}", f"{other} is no role of {target.name} {target.version}", there)
