"""Results as they stand on the wire, around one article."""

from typing import Any

from rolecall.annotate.reader import Reading
from rolecall.annotate.wire import Json
from rolecall.core.ledger import Unit
from rolecall.core.records import Article
from rolecall.core.scheme import load_scheme

SCHEME = load_scheme("protest")


#          0         1         2         3         4
#          0123456789012345678901234567890123456789012
ARTICLE = Article.of("Police detained 🎉 people at a  rally\r\nin Aqtau", id="a")


LAYER_OF = SCHEME.layer_of


def region(name: str, start: Any, end: Any, *labels: str, **changes: Any) -> Json:
    control = LAYER_OF.get(labels[0], "event") if labels else "event"
    value = {"start": start, "end": end, "labels": list(labels)}
    return {"id": name, "type": "labels", "from_name": control, "to_name": "text", "value": value} | changes


def mark(name: str) -> Json:
    return {"id": name, "type": "choices", "from_name": "unsure", "to_name": "text", "value": {"choices": ["unsure"]}}


def relation(one: str, other: str, direction: str = "right") -> Json:
    return {"type": "relation", "from_id": one, "to_id": other, "direction": direction}


POLICE, DETAINED, PEOPLE = region("p", 0, 6, "AUTHORITY"), region("d", 7, 15, "ARREST"), region("o", 18, 24, "DETAINEE")


RALLY = region("r", 31, 36, "PROTEST")


def check_books(reading: Reading) -> None:
    units: tuple[Unit, ...] = ("span", "link", "event", "choice")
    for unit in units:
        lost = sum(loss.unit == unit for loss in reading.losses)
        assert reading.entered[unit] == reading.kept[unit] + lost, unit
