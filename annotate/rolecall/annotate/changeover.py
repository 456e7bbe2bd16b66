"""The page of a project that is being carried over: it knows the labels of both schemes, and asks people to wait.

Label Studio takes no page that lacks a control in use, and an editor that opens a label without its control is lost; so
this page stands from before the first label changes until after the last has.
"""

import xml.etree.ElementTree as ET

from rolecall.annotate.labelling import Moving, labelling_config
from rolecall.core.scheme import Scheme

NOTICE = "This project is being moved to another scheme. Please do not label until this line is gone."
_VALUES = {"Labels": "Label", "Choices": "Choice"}


def passing_page(page: str, target: Scheme, between: Moving) -> str:
    """Write the page to stand between a project's old `page` and the target's, stamped with what goes on."""
    old = ET.fromstring(page)  # noqa: S314  # it has been read as a scheme's page before
    new = ET.fromstring(labelling_config(target))  # noqa: S314  # our own
    panel = old.find("View")
    for kind, value in _VALUES.items():
        known = {control.get("name"): control for control in old.iter(kind)}
        for control in new.iter(kind):
            for child in control:
                child.attrib.pop("hotkey", None)  # the old page's hold
            mine = known.get(control.get("name"))
            if mine is None:
                (old if panel is None else panel).append(control)
            else:
                there = {child.get("value") for child in mine.iter(value)}
                mine.extend([child for child in control.iter(value) if child.get("value") not in there])
    root = ET.Element("View")
    root.append(ET.Comment(str(between).removeprefix("<!--").removesuffix("-->")))
    ET.SubElement(root, "Header", value=NOTICE, size="4")
    root.append(old)
    return ET.tostring(root, encoding="unicode")
