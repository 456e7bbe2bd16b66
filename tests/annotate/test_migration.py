"""Migration files: what they may say, and that all that is wrong with one is told at once."""

from pathlib import Path

import pytest
from hypothesis import strategies as st

from rolecall.annotate.migration import Fate, Migration, load_migration
from rolecall.core import config
from rolecall.core.errors import ConfigError
from rolecall.core.scheme import Choice, Layer, Question, Role, Scheme

FATES = """\
  POLICE: AUTHORITY
  COURT: AUTHORITY
  CLASH: VIOLENCE
  PLACE: {split: [PLACE, FACILITY], as: PLACE}
  WHEN: {split: [DATE, HOUR]}
  RUMOUR: null
"""
TEXT = "Clashes in Aqtau: police held ten, a court heard of it on Monday, a rally followed, and rumours."


def scheme(version: int, questions: dict[str, str] | None = None, *, name: str = "news", **layers: str) -> Scheme:
    """Make a scheme of a word for each layer: its roles, triggers with a "!" behind them."""
    words = {layer: roles.split() for layer, roles in layers.items()}
    triggers = tuple(role.strip("!") for roles in words.values() for role in roles if role.endswith("!"))
    made = [
        Layer(
            name=layer,
            roles=tuple(
                Role(
                    name=role.strip("!"),
                    definition="What it is.",
                    example="A [word].",
                    colour="#aabbcc",
                    trigger=role.endswith("!"),
                    attaches_to=() if role.endswith("!") else triggers,
                )
                for role in roles
            ),
        )
        for layer, roles in words.items()
    ]
    asked = [
        Question(name=key, question=key, choices=tuple(Choice(value=value) for value in values.strip("*").split()),
                 several=values.endswith("*"))
        for key, values in (questions or {}).items()
    ]  # fmt: skip
    return Scheme(name=name, version=version, layers=tuple(made), questions=tuple(asked))


OLD = scheme(1, {"tone": "calm angry", "topics": "work rights*"}, event="PROTEST! CLASH!",
             actor="POLICE COURT CROWD", setting="PLACE WHEN RUMOUR")  # fmt: skip
NEW = scheme(2, {"topics": "work"}, event="PROTEST! VIOLENCE!", people="CROWD AUTHORITY",
             setting="PLACE FACILITY DATE HOUR")  # fmt: skip


def write(folder: Path, roles: str = FATES, source: Scheme = OLD, target: Scheme = NEW) -> Path:
    (folder / "old.yaml").write_text(config.dump(source))
    (folder / "new.yaml").write_text(config.dump(target))
    path = folder / "old-to-new.yaml"
    path.write_text(f"source: old.yaml\ntarget: ./new.yaml\nroles:\n{roles}")
    return path


@pytest.fixture
def migration(tmp_path: Path) -> Migration:
    return load_migration(write(tmp_path))


def test_a_file_says_what_becomes_of_every_role(migration: Migration) -> None:
    assert {role: fate.role for role, fate in migration.fates.items()} == {
        "PROTEST": "PROTEST",
        "CLASH": "VIOLENCE",
        "POLICE": "AUTHORITY",
        "COURT": "AUTHORITY",
        "CROWD": "CROWD",
        "PLACE": "PLACE",
        "WHEN": None,
        "RUMOUR": None,
    }
    other = migration._replace(fates=migration.fates | {"RUMOUR": Fate(to="PLACE")})
    assert migration.digest != other.digest


def test_all_that_is_wrong_with_a_file_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_migration(write(tmp_path, "  POLICE: AUTORITY\n  PLACE: {split: [PLACE, SQUARE]}\n  FOO: PLACE\n"))
    said = str(caught.value)
    assert [problem.key for problem in caught.value.problems] == [
        "roles.CLASH", "roles.COURT", "roles.WHEN", "roles.RUMOUR", "roles.POLICE", "roles.PLACE", "roles.FOO"
    ]  # fmt: skip
    assert "roles.CLASH: missing: news 2 has no such role (say what becomes of it)" in said
    assert "roles.POLICE: AUTORITY is no role of news 2 (the target has PROTEST, VIOLENCE, CROWD, AUTHORITY" in said
    assert "roles.PLACE: SQUARE is no role of news 2" in said
    assert "roles.FOO: is no role of news 1" in said


@pytest.mark.parametrize(
    ("fate", "said"),
    [
        ("3", "roles.A: must be a role, null, or {split: [ROLE, ROLE], as: ROLE}"),
        ("{as: X}", "roles.A: must be a role, null, or"),
        ("{split: [X, Y], is: X}", "roles.A: must be a role, null, or"),
        ("{split: [X]}", "roles.A: a split needs two roles or more"),
        ("{split: [X, Y, X]}", "roles.A: a role stands twice in this split"),
        ("{split: [X, Y], as: Z}", "roles.A: as: Z is none of X, Y"),
        ("{split: X}", "roles.A.split: Input should be a valid"),
    ],
)
def test_forms_that_are_none(fate: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_migration(write(tmp_path, f"  A: {fate}\n"))
    assert said in str(caught.value)


def test_a_scheme_does_not_migrate_to_itself(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="target: is the source itself: news:1:"):
        load_migration(write(tmp_path, "  {}\n", target=OLD))


BEFORE = scheme(1, event="PROTEST! ARREST!", other="PARTICIPANT DETAINEE", setting="PLACE TIME")
AFTER = scheme(2, event="HAPPENS! ARREST! TIME!", other="PERSON PLACE FACILITY PROTEST")
THERE = {"PROTEST": "P1", "ARREST": "A1", "PARTICIPANT": "P2", "DETAINEE": "D1", "PLACE": "PLACE", "TIME": "TIME"}


@st.composite
def migrations(draw: st.DrawFn) -> Migration:
    targets = st.sampled_from(sorted(AFTER.roles))
    splits = st.lists(targets, min_size=2, unique=True).flatmap(
        lambda roles: st.sampled_from([None, *roles]).map(
            lambda role: Fate.model_validate({"split": tuple(roles), "as": role})
        )
    )
    fate = st.none().map(lambda _: Fate(to=None)) | targets.map(lambda role: Fate(to=role)) | splits
    return Migration(BEFORE, AFTER, {role: draw(fate) for role in BEFORE.roles})
