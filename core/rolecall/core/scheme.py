"""A labelling scheme: layers of roles, and the fingerprint that travels with every label made under it."""

import hashlib
import json
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import pydantic
from pydantic import Field

from rolecall.core import config, shipped
from rolecall.core.config import Config
from rolecall.core.errors import InputError, SchemeMismatchError

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=40)]

# Names that the labelling page and the dataset use for other things.
RESERVED = {"text", "article", "unsure", "id", "story", "spans", "links", "events", "choices", "tokens", "offsets"}

Hotkey = Annotated[str, Field(pattern=r"^((shift|alt)\+)?[a-z0-9]$")]

# The rules belong to the annotate stage, which knows their names and options.
Setting = bool | str | dict[str, Any]


class Role(Config):
    """What a span can be: its definition and example teach people, colour and hotkey make the labelling page."""

    name: Name
    """The label, as it stands in every file."""
    definition: str = Field(min_length=1)
    """One sentence that an annotator can apply."""
    example: str = Field(pattern=r"\[[^\]]+\]")
    """A sentence with the span in [brackets]."""
    colour: str = Field(pattern=r"^#[0-9a-f]{6}$")
    """Background on the labelling page and in reports, #rrggbb."""
    hotkey: Hotkey | None = None
    """Key that chooses this role on the labelling page: a letter or digit, with shift+ or alt+ before it if need be."""
    trigger: bool = False
    """Whether the span names an event."""
    value: Literal["none", "count", "time"] = "none"
    """What the span's text can be normalised to."""
    attaches_to: tuple[Name, ...] = Field(default=())
    """Trigger roles whose events this role can be an argument of."""

    @pydantic.model_validator(mode="after")
    def _check(self) -> Self:
        if self.trigger and self.attaches_to:
            raise ValueError(f"{self.name}: a trigger attaches to nothing: remove attaches_to or trigger")
        return self


class Layer(Config):
    """Roles that exclude each other: inside a layer spans should not overlap, across layers they may."""

    name: Name
    """The layer's name; the dataset's column is tags_NAME."""
    roles: tuple[Role, ...] = Field(min_length=1)
    """Roles in the order in which people see them."""


class Choice(Config):
    """One answer to a question."""

    value: str = Field(min_length=1, max_length=60)
    """The answer, as people read it and as it stands in every file."""
    hotkey: Hotkey | None = None
    """Key that chooses it on the labelling page; without one Label Studio gives it a digit that is free."""


class Question(Config):
    """A question about the article as a whole, answered by ticking choices beside the text."""

    name: Name
    """The key of the answers in every file."""
    question: str = Field(min_length=1)
    """What people read."""
    choices: tuple[Choice, ...] = Field(min_length=1)
    """The answers, in the order in which people see them."""
    several: bool = False
    """Whether more than one answer may be ticked."""


class Scheme(Config):
    """A labelling scheme. Every role name stands once in the whole scheme."""

    name: Name
    """Name under which people speak of it."""
    version: int = Field(ge=1)
    """Raised whenever the guidelines change what gets which label."""
    purpose: str = ""
    """What the scheme is for, in a sentence or two."""
    layers: tuple[Layer, ...] = Field(min_length=1)
    """Layers in the order in which people see them."""
    questions: tuple[Question, ...] = ()
    """Questions about the article as a whole."""
    checks: dict[str, Setting] = Field(default={})
    """What `rolecall annotate check` does for this scheme: a rule's name, and on, off, a severity or its options."""

    @pydantic.model_validator(mode="after")
    def _check(self) -> Self:
        problems: list[str] = []
        parts = [layer.name for layer in self.layers] + [each.name for each in self.questions]
        keys = [role.hotkey for layer in self.layers for role in layer.roles]
        keys += [choice.hotkey for each in self.questions for choice in each.choices]
        for what, names in (
            ("layer or question", parts),
            ("role", [role.name for layer in self.layers for role in layer.roles]),
            ("hotkey", [key for key in keys if key]),
            *((f"choice of {each.name}", [choice.value for choice in each.choices]) for each in self.questions),
        ):
            problems += [f"{what} {name} stands twice" for name in sorted({n for n in names if names.count(n) > 1})]
        problems += [f"layer name {layer.name} is taken" for layer in self.layers if layer.name in RESERVED]
        problems += [f"question name {each.name} is taken" for each in self.questions if each.name in RESERVED]
        triggers = {role.name for layer in self.layers for role in layer.roles if role.trigger}
        problems += [
            f"{role.name} attaches to {target}, which is no trigger role"
            for layer in self.layers
            for role in layer.roles
            for target in role.attaches_to
            if target not in triggers
        ]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @cached_property
    def roles(self) -> dict[str, Role]:
        """Roles by name, in the scheme's order."""
        return {role.name: role for layer in self.layers for role in layer.roles}

    @cached_property
    def layer_of(self) -> dict[str, str]:
        """The layer name of each role."""
        return {role.name: layer.name for layer in self.layers for role in layer.roles}

    @cached_property
    def layer_roles(self) -> dict[str, tuple[str, ...]]:
        """The role names of each layer, in the scheme's order."""
        return {layer.name: tuple(role.name for role in layer.roles) for layer in self.layers}

    @cached_property
    def triggers(self) -> frozenset[str]:
        """Names of the trigger roles."""
        return frozenset(name for name, role in self.roles.items() if role.trigger)

    @cached_property
    def fingerprint(self) -> str:
        """`NAME:VERSION:HASH`, where the hash covers what affects labels and nothing else.

        That is the name, version, layers, roles, trigger, value and attaches_to, and the questions with their choices;
        not colours, hotkeys, wording, checks.
        """
        essence: dict[str, Any] = {
            "name": self.name,
            "version": self.version,
            "layers": [
                [layer.name, [[r.name, r.trigger, r.value, sorted(r.attaches_to)] for r in layer.roles]]
                for layer in self.layers
            ],
        }
        if self.questions:
            essence["questions"] = [[q.name, q.several, [choice.value for choice in q.choices]] for q in self.questions]
        digest = hashlib.sha256(json.dumps(essence, separators=(",", ":"), sort_keys=True).encode()).hexdigest()
        return f"{self.name}:{self.version}:{digest[:12]}"


def load_scheme(name: str | Path) -> Scheme:
    """Read a scheme by the name of a shipped one or by path; raises InputError or ConfigError."""
    return config.load(Scheme, shipped.find("schemes", name))


def scheme_for(fingerprint: str, *, given: str | Path | None = None, beside: Path | None = None) -> Scheme:
    """Find the scheme that labels were made with.

    It is the one `given`, else `scheme.yaml` beside the labels' file or one folder up (as in a dataset), else the
    shipped one of the same name. Raises SchemeMismatchError where that scheme has another fingerprint, InputError where
    there is none.
    """
    candidates = [] if beside is None else [beside.parent / "scheme.yaml", beside.parent.parent / "scheme.yaml"]
    name = fingerprint.partition(":")[0]
    if given is not None:
        scheme = load_scheme(given)
    elif found := next((path for path in candidates if path.is_file()), None):
        scheme = config.load(Scheme, found)
    elif name in shipped.shipped("schemes"):
        scheme = load_scheme(name)
    else:
        raise InputError(
            f"no scheme found for labels made with {fingerprint!r}", path=beside, remedy="name it with --scheme"
        )
    if scheme.fingerprint != fingerprint:
        raise SchemeMismatchError(fingerprint, scheme.fingerprint, path=beside)
    return scheme
