from pathlib import Path
from typing import Literal
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.evaluate import junit
from rolecall.evaluate.checks import Check, Rule, Verdict
from rolecall.evaluate.gate import Judgement

# What may stand where: {element: (required attributes, allowed attributes, children)}, after Jenkins' junit-10.xsd.
FORM = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, set(), set()),
    "testcase": (
        {"name"},
        {"time", "classname", "group"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "failure": (set(), {"type", "message"}, set()),
    "skipped": (set(), {"type", "message"}, set()),
    "system-out": (set(), set(), set()),
}


def judgement(*checks: Check, insufficient: Literal["pass", "fail"] = "fail") -> Judgement:
    return Judgement(
        verdict="fail",
        passed=False,
        insufficient=insufficient,
        checks=checks,
        warnings=(),
        signature="match:strict|<&>",
    )


def check(verdict: Verdict, key: str = "micro.f1", reason: str = "0.4 < 0.5", rule: Rule = "minimum") -> Check:
    return Check(rule=rule, key=key, verdict=verdict, reason=reason)


def parse(found: Judgement) -> ET.Element:
    """Parse what is written, and check its form and its counts."""
    root = ET.fromstring(junit.to_junit(found))  # noqa: S314  # we wrote it
    assert root.tag == "testsuites"
    for element in root.iter():
        required, allowed, children = FORM[element.tag]
        assert required <= element.attrib.keys() <= required | allowed, element.tag
        assert {child.tag for child in element} <= children
    [suite] = root
    cases = suite.findall("testcase")
    for tag, attribute in (("failure", "failures"), ("skipped", "skipped")):
        assert suite.get(attribute) == str(sum(case.find(tag) is not None for case in cases))
    assert (suite.get("tests"), root.get("tests")) == (str(len(cases)), str(len(cases)))
    return suite


def test_a_case_a_rule() -> None:
    suite = parse(judgement(check("pass"), check("fail", "leaks", "3 leaks", "leaks"), check("insufficient evidence")))
    assert [suite.get(name) for name in ("name", "tests", "failures", "errors", "skipped")] == [
        "rolecall gate",
        "3",
        "2",
        "0",
        "0",
    ]
    one, two, three = suite.findall("testcase")
    assert (one.attrib, one.findtext("system-out")) == (
        {"classname": "rolecall.gate.minimum", "name": "micro.f1"},
        "0.4 < 0.5",
    )
    assert [child.tag for child in one] == ["system-out"]
    assert two.attrib == {"classname": "rolecall.gate.leaks", "name": "leaks"}
    assert [(child.tag, child.attrib) for child in two] == [("failure", {"type": "fail", "message": "3 leaks"})]
    assert [(child.tag, child.get("type")) for child in three] == [("failure", "insufficient evidence")]
    properties = {each.get("name"): each.get("value") for each in suite.iter("property")}
    assert properties == {"verdict": "fail", "signature": "match:strict|<&>"}


def test_evidence_that_may_lack_is_skipped() -> None:
    suite = parse(judgement(check("insufficient evidence"), check("fail"), insufficient="pass"))
    assert [[child.tag for child in case] for case in suite.findall("testcase")] == [["skipped"], ["failure"]]
    assert (suite.get("failures"), suite.get("skipped")) == ("1", "1")


@pytest.mark.parametrize("verdict", ["pass", "fail", "insufficient evidence"])
def test_hostile_names_are_text(verdict: Verdict) -> None:
    name = "</testcase><script>alert(1)</script>]]>\"'&amp;\x00\x1b[31m\ud800\ufffe\n\t\U0001f600"
    suite = parse(judgement(check(verdict, key=name, reason=name)))
    [case] = suite.findall("testcase")
    kept = "</testcase><script>alert(1)</script>]]>\"'&amp;\ufffd\ufffd[31m\ufffd\ufffd\n\t\U0001f600"
    assert case.get("name") == kept
    assert (case[0].text if verdict == "pass" else case[0].get("message")) == kept


@given(st.text(), st.text(), st.sampled_from(["pass", "fail", "insufficient evidence"]))
def test_any_text_gives_well_formed_xml(key: str, reason: str, verdict: Verdict) -> None:
    parse(judgement(check(verdict, key=key, reason=reason), insufficient="pass"))


def test_the_file_is_the_text(tmp_path: Path) -> None:
    path = tmp_path / "new" / "gate.xml"
    found = judgement(check("fail", reason="–"))
    junit.write(path, found)
    assert path.read_text(encoding="utf-8") == junit.to_junit(found)
    assert path.read_bytes().startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ')
    assert ET.parse(path).getroot().tag == "testsuites"  # noqa: S314  # we wrote it
    assert [each.name for each in path.parent.iterdir()] == ["gate.xml"]
