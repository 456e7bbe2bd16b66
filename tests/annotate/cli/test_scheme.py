import json
from pathlib import Path

import pytest

from rolecall.annotate.labelling import labelling_config
from rolecall.core.cli import run
from rolecall.core.scheme import Scheme, load_scheme

BROKEN = """\
name: who
version: 0
layers:
  - name: people
    roles:
      - {name: WHO, definition: A person., example: "[Ana] came.", colour: red}
      - {name: WHAT, definition: A thing., example: no brackets, colour: "#a60000"}
"""


@pytest.mark.parametrize("name", ["protest", "case", "ecbplus"])
def test_check_prints_the_fingerprint(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["annotate", "scheme", "check", name]) == 0
    assert capsys.readouterr().out == f"{load_scheme(name).fingerprint}\n"
    assert run(["annotate", "scheme", "check", name, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["fingerprint"], shown["roles"]) == (load_scheme(name).fingerprint, len(load_scheme(name).roles))


def test_check_names_everything_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "who.yaml"
    path.write_text(BROKEN)
    assert run(["annotate", "scheme", "check", str(path)]) == 2
    said = capsys.readouterr().err
    assert f"{path}: 3 problems" in said
    assert "version:" in said
    assert "layers.0.roles.0.colour:" in said
    assert "found 'no brackets' (A sentence with the span in [brackets])" in said


def test_check_finds_keys_that_the_page_needs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "who.yaml"
    role = 'name: WHO, definition: A person., example: "[Ana] came.", colour: "#a60000", hotkey: u'
    path.write_text(f"name: who\nversion: 1\nlayers: [{{name: people, roles: [{{{role}}}]}}]\n")
    assert run(["annotate", "scheme", "check", str(path)]) == 2
    assert "WHO.hotkey: u is Label Studio's 'unselect'" in capsys.readouterr().err


def test_show_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["annotate", "scheme", "show", "protest"]) == 0
    said = capsys.readouterr().out
    for layer in load_scheme("protest").layers:
        assert f"layer {layer.name}" in said
        for role in layer.roles:
            assert f" {role.name} " in said
    assert "held a [rally] outside" in said  # brackets are no markup
    assert "trigger" in said
    assert "count" in said


def test_show_as_json_is_the_scheme(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["annotate", "scheme", "show", "protest", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    fingerprint = shown.pop("fingerprint")
    assert Scheme.model_validate_json(json.dumps(shown)) == load_scheme("protest")
    assert fingerprint == load_scheme("protest").fingerprint


def test_xml_is_the_labelling_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["annotate", "scheme", "xml", "case"]) == 0
    assert capsys.readouterr().out == labelling_config(load_scheme("case"))


def test_an_unknown_scheme_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["annotate", "scheme", "show", "protests"]) == 2
    said = capsys.readouterr().err
    assert "'protests' is not among the shipped schemes: case, ecbplus, protest" in said
    assert "remedy:" in said
