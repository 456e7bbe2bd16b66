"""A gate's verdict as JUnit XML, which CI servers show as tests: a test case a rule.

Elements and attributes are those of Jenkins' junit-10.xsd, which GitLab, GitHub's actions and Azure read as well.
"""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

from rolecall.core import jsonl
from rolecall.evaluate.checks import Check
from rolecall.evaluate.gate import Judgement

NAME = "rolecall gate"
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # https://www.w3.org/TR/xml/#charsets


def write(path: Path, judgement: Judgement) -> None:
    """Write a verdict as JUnit XML, atomically."""
    jsonl.write_text(path, to_junit(judgement))


def to_junit(judgement: Judgement) -> str:
    """Write a verdict as JUnit XML; lack of evidence is a failure or a skipped test, as the rules have it count.

    Characters that XML cannot hold, escaped or not, become U+FFFD.
    """
    cases = [_case(check, lacking_fails=judgement.insufficient == "fail") for check in judgement.checks]
    failures = str(sum(case.find("failure") is not None for case in cases))
    skipped = str(sum(case.find("skipped") is not None for case in cases))
    counts = {"name": NAME, "tests": str(len(cases)), "failures": failures, "errors": "0"}
    root = ET.Element("testsuites", counts)
    suite = ET.SubElement(root, "testsuite", counts | {"skipped": skipped})
    properties = ET.SubElement(suite, "properties")
    for name, value in (("verdict", judgement.verdict), ("signature", judgement.signature)):
        ET.SubElement(properties, "property", name=name, value=_legal(value))
    suite.extend(cases)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _case(check: Check, *, lacking_fails: bool) -> ET.Element:
    """Make the test case of one rule; what passes says so in its output."""
    case = ET.Element("testcase", classname=f"rolecall.gate.{check.rule}", name=_legal(check.key))
    reason = _legal(check.reason)
    if check.verdict == "pass":
        ET.SubElement(case, "system-out").text = reason
    elif check.verdict == "fail" or lacking_fails:
        ET.SubElement(case, "failure", type=check.verdict, message=reason)
    else:
        ET.SubElement(case, "skipped", type=check.verdict, message=reason)
    return case


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text)
