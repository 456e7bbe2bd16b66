"""Configuration files: YAML that a person types, checked in one go.

Every problem of a file and its `key=value` overrides is reported together, each with its key, what is wrong, and
what to do. An override must name a key that exists and keep its type.
"""

import difflib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pydantic
import yaml
from pydantic.fields import FieldInfo

from rolecall.core.errors import ConfigError, InputError, Problem


class Config(pydantic.BaseModel):
    """Base of configuration models: unknown keys are refused, types are kept, values do not change."""

    model_config = pydantic.ConfigDict(extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True)


C = TypeVar("C", bound=pydantic.BaseModel)


def load(model: type[C], path: Path, overrides: Sequence[str] = ()) -> C:
    """Read a YAML file into a config model, with `key=value` overrides (dotted for nested keys).

    Raises InputError for a file that is not YAML with a mapping at the top, ConfigError for all else that is wrong.
    """
    data = read_yaml(path)
    problems = [problem for item in overrides if (problem := _override(model, data, item))]
    try:
        config = model.model_validate_json(_to_json(data, path))
    except pydantic.ValidationError as error:
        details = error.errors()
        problems += [_problem(model, detail) for detail in details if not _echo(detail, details)]
    if problems:
        raise ConfigError(path, problems)
    return config


def _to_json(data: dict[str, Any], path: Path) -> str:
    """Write it as JSON, where strict typing takes a string for a path and a list for a tuple, but no "2" for a 2."""
    try:
        return json.dumps(data, default=str)
    except ValueError as error:
        raise InputError("an alias (*name) stands inside what it names", path=path, remedy="write it out") from error


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML mapping; raise InputError naming the line where it is none."""
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506  # a SafeLoader
    except OSError as error:
        raise InputError(
            f"cannot be read: {error.strerror}", path=path, remedy="check the path and its permissions"
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(f"is not UTF-8 at byte {error.start}", path=path, remedy="save the file as UTF-8") from error
    except RecursionError as error:
        raise InputError("is nested too deeply", path=path, remedy="check its brackets") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = None if mark is None else mark.line + 1
        raise InputError(
            f"is not valid YAML: {getattr(error, 'problem', error)}",
            path=path,
            line=line,
            remedy="mend this line or the one before: look at indents, quotes, brackets, and for a key written twice",
        ) from error
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise InputError("must hold keys and values at the top", path=path, remedy="write lines of the form key: value")
    return data


class _Loader(yaml.SafeLoader):
    """yaml.SafeLoader that refuses a key written twice and reads 2e-4 as the number it is (YAML 1.2)."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str) or key in seen:
                what = "stands twice" if isinstance(key, str) else "is no word"
                raise yaml.constructor.ConstructorError(None, None, f"key {key!r} {what}", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(\d[\d_]*(\.[\d_]*)?|\.\d+)[eE][-+]?\d+$"),
    list("-+0123456789."),
)


def dump(config: pydantic.BaseModel) -> str:
    """Write every value of a config as YAML that `load` reads back."""
    return yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False, allow_unicode=True)


def _override(model: type[pydantic.BaseModel], data: dict[str, Any], item: str) -> Problem | None:
    """Set one `key=value` in `data`, or say what is wrong with it."""
    key, equals, value = item.partition("=")
    if not equals:
        return Problem(item, "is no override", "write key=value")
    names = key.split(".")
    fields: Mapping[str, Any] = model.model_fields
    for depth, name in enumerate(names):
        if name not in fields:
            return Problem(key, "is not a key of this config", _nearest(name, fields))
        inner = fields[name].annotation
        fields = inner.model_fields if isinstance(inner, type) and issubclass(inner, pydantic.BaseModel) else {}
        if depth + 1 < len(names):
            below = data.setdefault(name, {})
            if not isinstance(below, dict):
                return Problem(key, f"{name} holds a single value")
            data = below
    try:
        data[names[-1]] = yaml.load(value, Loader=_Loader)  # noqa: S506  # a SafeLoader
    except yaml.YAMLError:
        return Problem(key, f"{value!r} is not a YAML value", "quote it")
    return None


def _nearest(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"did you mean {close[0]}?" if close else f"keys: {', '.join(known)}"


def _problem(model: type[pydantic.BaseModel], detail: Any) -> Problem:
    """Put one pydantic error into words: the key as a path, what is wrong, and the remedy."""
    key = ".".join(str(part) for part in detail["loc"]) or "(top)"
    match detail["type"]:
        case "extra_forbidden":
            return Problem(key, "unknown key", _nearest(str(detail["loc"][-1]), _fields_at(model, detail["loc"][:-1])))
        case "missing":
            return Problem(key, "missing", "add it")
        case "value_error":
            return Problem(key, str(detail["ctx"]["error"]))
        case _:
            return Problem(key, f"{detail['msg']}; found {detail['input']!r}", _meaning(model, detail["loc"]))


def _echo(detail: Any, details: Sequence[Any]) -> bool:
    """Tell whether an error only repeats that something inside it is wrong."""
    loc = detail["loc"]
    return any(len(other["loc"]) > len(loc) and other["loc"][: len(loc)] == loc for other in details)


def _meaning(model: Any, loc: Sequence[int | str]) -> str:
    """What the model says about the field at an error location."""
    names = [part for part in loc if isinstance(part, str)]
    field = _fields_at(model, names[:-1]).get(names[-1]) if names else None
    return " ".join((field.description or "").split()).removesuffix(".") if field else ""


def _fields_at(model: Any, loc: Sequence[int | str]) -> Mapping[str, FieldInfo]:
    """The fields of the model that an error location lies in."""
    for part in loc:
        if isinstance(part, str) and isinstance(model, type) and issubclass(model, pydantic.BaseModel):
            field = model.model_fields.get(part)
            model = field.annotation if field else None
            for inner in getattr(model, "__args__", ()):
                if isinstance(inner, type) and issubclass(inner, pydantic.BaseModel):
                    model = inner
    return model.model_fields if isinstance(model, type) and issubclass(model, pydantic.BaseModel) else {}
