import itertools
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import yaml

from rolecall.core import config
from rolecall.core.errors import ConfigError, InputError, SchemeMismatchError
from rolecall.core.scheme import Scheme, load_scheme, scheme_for
from rolecall.core.shipped import shipped

SHIPPED = sorted(shipped("schemes"))


def written(tmp_path: Path, **changes: object) -> Path:
    role = {"name": "RALLY", "definition": "A rally.", "example": "A [rally].", "colour": "#112233", "trigger": True}
    place = {
        "name": "PLACE",
        "definition": "Where.",
        "example": "In [Oral].",
        "colour": "#445566",
        "attaches_to": ["RALLY"],
    }
    data: dict[str, object] = {"name": "tiny", "version": 1, "layers": [{"name": "one", "roles": [role, place]}]}
    path = tmp_path / "tiny.yaml"
    path.write_text(yaml.safe_dump(data | changes))
    return path


@pytest.mark.parametrize(("name", "layers", "roles"), [("protest", 4, 19), ("case", 1, 7), ("ecbplus", 1, 5)])
def test_shipped_schemes(name: str, layers: int, roles: int) -> None:
    scheme = load_scheme(name)
    assert (len(scheme.layers), len(scheme.roles), scheme.name) == (layers, roles, name)
    assert scheme.triggers


def test_every_shipped_scheme_is_tested() -> None:
    assert SHIPPED == ["case", "ecbplus", "protest"]


def test_case_has_the_labels_of_the_shared_tasks() -> None:
    assert set(load_scheme("case").roles) == {
        "trigger", "participant", "organizer", "target", "place", "fname", "etime"
    }  # fmt: skip


@pytest.mark.parametrize("name", SHIPPED)
def test_every_role_can_be_taught(name: str) -> None:
    for role in load_scheme(name).roles.values():
        assert role.definition.endswith(".")
        assert role.hotkey
        assert role.trigger or role.attaches_to


# Colour vision deficiency, linear RGB, severity 1 (Machado, Oliveira and Fernandes 2009, table 1).
VISIONS = {
    "full": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
TO_XYZ = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]]


def lab(colour: str, vision: str) -> npt.NDArray[np.float64]:
    """CIE L*a*b* (D65) of an sRGB colour as someone with this vision sees it."""
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(VISIONS[vision]) @ linear, 0, 1)
    x, y, z = np.cbrt(np.array(TO_XYZ) @ seen / np.array([0.95047, 1, 1.08883]))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("vision", VISIONS)
def test_colours_of_a_layer_are_told_apart_by_everyone(name: str, vision: str) -> None:
    for layer in load_scheme(name).layers:
        for one, other in itertools.combinations(layer.roles, 2):
            distance = float(np.linalg.norm(lab(one.colour, vision) - lab(other.colour, vision)))
            assert distance > 20, (one.name, other.name, vision)  # 2.3 is just noticeable


def test_fingerprint_covers_what_affects_labels_and_nothing_else(tmp_path: Path) -> None:
    base = load_scheme(written(tmp_path))
    assert base.fingerprint.startswith("tiny:1:")
    assert load_scheme(written(tmp_path, purpose="Other words.")).fingerprint == base.fingerprint
    data = base.model_dump()
    for key, value in (("colour", "#000000"), ("definition", "Other."), ("hotkey", "q")):
        data["layers"][0]["roles"][0][key] = value
        assert Scheme.model_validate(data).fingerprint == base.fingerprint
    data["layers"][0]["roles"][1]["value"] = "count"
    assert Scheme.model_validate(data).fingerprint != base.fingerprint
    assert load_scheme(written(tmp_path, version=2)).fingerprint != base.fingerprint


def test_a_dump_is_the_same_scheme(tmp_path: Path) -> None:
    scheme = load_scheme("protest")
    path = tmp_path / "again.yaml"
    path.write_text(config.dump(scheme))
    assert load_scheme(path) == scheme


def test_all_that_is_wrong_with_a_scheme_is_told(tmp_path: Path) -> None:
    role = {"name": "BAD NAME", "definition": "", "example": "none", "colour": "red", "hotkey": "ctrl+x"}
    path = written(tmp_path, layers=[{"name": "text", "roles": [role]}], versions=1)
    with pytest.raises(ConfigError) as caught:
        load_scheme(path)
    keys = [problem.key for problem in caught.value.problems]
    assert keys == ["layers.0.roles.0.name", "layers.0.roles.0.definition", "layers.0.roles.0.example",
                    "layers.0.roles.0.colour", "layers.0.roles.0.hotkey", "versions"]  # fmt: skip
    assert "found 'none' (A sentence with the span in [brackets])" in str(caught.value)


def test_names_and_attachments_must_hold_together(tmp_path: Path) -> None:
    one = {"name": "A", "definition": "x", "example": "[x]", "colour": "#112233", "hotkey": "q", "attaches_to": ["B"]}
    two = {**one, "attaches_to": ["C"]}
    path = written(tmp_path, layers=[{"name": "spans", "roles": [one, two]}])
    with pytest.raises(ConfigError) as caught:
        load_scheme(path)
    says = str(caught.value)
    for part in ("role A stands twice", "hotkey q stands twice", "layer name spans is taken", "B, which is no trigger"):
        assert part in says


def test_an_unknown_name_lists_the_shipped_ones() -> None:
    with pytest.raises(InputError, match="'protst' is not among the shipped schemes: case, ecbplus, protest"):
        load_scheme("protst")
    with pytest.raises(InputError, match="no such file"):
        load_scheme("nowhere/protest.yaml")


def test_the_scheme_of_labels_is_found(tmp_path: Path) -> None:
    shipped_one = load_scheme("protest")
    assert scheme_for(shipped_one.fingerprint) == shipped_one
    labels = tmp_path / "test" / "gold.jsonl"
    labels.parent.mkdir()
    tiny = load_scheme(written(tmp_path))
    (tmp_path / "scheme.yaml").write_text(config.dump(tiny))
    assert scheme_for(tiny.fingerprint, beside=labels) == tiny
    with pytest.raises(SchemeMismatchError, match="rolecall annotate scheme stamp"):
        scheme_for("protest:1:000000000000")
    with pytest.raises(InputError, match="name it with --scheme"):
        scheme_for("unheard:1:000000000000")


QUESTIONS = """
questions:
  - name: tone
    question: What is the tone?
    choices:
      - value: angry
        hotkey: j
      - value: calm
"""


def test_questions_about_the_article_are_part_of_the_fingerprint(tmp_path: Path) -> None:
    plain = shipped("schemes")["case"].read_text(encoding="utf-8")
    path = tmp_path / "asked.yaml"
    path.write_text(plain + QUESTIONS, encoding="utf-8")
    asked = load_scheme(path)
    assert [choice.value for choice in asked.questions[0].choices] == ["angry", "calm"]
    assert asked.fingerprint != load_scheme("case").fingerprint
    path.write_text(
        plain + QUESTIONS.replace("hotkey: j", "hotkey: k").replace("the tone", "its tone"), encoding="utf-8"
    )
    assert load_scheme(path).fingerprint == asked.fingerprint
    path.write_text(plain + QUESTIONS.replace("calm", "mild"), encoding="utf-8")
    assert load_scheme(path).fingerprint != asked.fingerprint


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("value: calm", "value: angry", "choice of tone angry stands twice"),
        ("hotkey: j", 'hotkey: "1"', "hotkey 1 stands twice"),
        ("name: tone", "name: role", "layer or question role stands twice"),
        ("name: tone", "name: text", "question name text is taken"),
    ],
)
def test_questions_that_clash(old: str, new: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "asked.yaml"
    plain = shipped("schemes")["case"].read_text(encoding="utf-8")
    path.write_text(plain + QUESTIONS.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        load_scheme(path)


def test_settings_of_checks_are_read_and_leave_the_fingerprint_alone(tmp_path: Path) -> None:
    checks = {"overlap": False, "drift": "hint", "rare-role": {"minimum": 10}}
    scheme = load_scheme(written(tmp_path, checks=checks))
    assert scheme.checks == checks
    assert scheme.fingerprint == load_scheme(written(tmp_path)).fingerprint
    with pytest.raises(ConfigError, match=r"checks\.overlap"):
        load_scheme(written(tmp_path, checks={"overlap": 1}))
