"""Texts whose characters are hard to count, with phrases to label in them."""

from typing import NamedTuple


class Story(NamedTuple):
    """A text, and the phrases in it that are labelled, each there once."""

    text: str
    rally: str
    people: str
    place: str
    police: str
    arrest: str


def long_story() -> Story:
    """10,000 characters, with labels at both ends and letters of several widths between."""
    head, tail = "Students march on.\n\n", "Riot police in Qızıl Ayla detained"
    filler = "Nobody \U0001f469\u200d\U0001f692 knew  why; мұнай\r\nflowed, cafe\u0301s stayed shut. " * 200
    text = head + filler[: 10_000 - len(head) - len(tail)] + tail
    assert len(text) == 10_000
    return Story(text, "march", "Students", "Qızıl Ayla", "Riot police", "detained")


STORIES = {
    # Astral characters before spans and in them; joiners, skin tones and variation selectors at their edges.
    "emoji": Story(
        "\U0001f389\U0001f389 Nurses \U0001f469\U0001f3fd\u200d\u2695\ufe0f rally \U0001f3f3\ufe0f\u200d\U0001f308 in "
        "Port \U0001f6a2 Ayla.\n\U0001f46e Police \U0001f46e\u200d\u2642\ufe0f took \U0001f697 them.",
        rally="rally \U0001f3f3\ufe0f\u200d\U0001f308",
        people="Nurses \U0001f469\U0001f3fd\u200d\u2695\ufe0f",
        place="Port \U0001f6a2 Ayla",
        police="Police \U0001f46e\u200d\u2642\ufe0f",
        arrest="took \U0001f697",
    ),
    "combining": Story(
        "O\u0308g\u0306renciler\u0323\u0302 yu\u0308ru\u0308du\u0308 in C\u0327es\u0327me\u0301. "
        "Polis\u0323 tutukladi\u0307 them all.",
        rally="yu\u0308ru\u0308du\u0308",
        people="O\u0308g\u0306renciler\u0323\u0302",
        place="C\u0327es\u0327me\u0301",
        police="Polis\u0323",
        arrest="tutukladi\u0307",
    ),
    "Kazakh": Story(
        "Жаңаөзенде мұнайшылар ереуілге шықты.\n\nҮкімет үнсіз: полиция он екі адамды ұстады, – дейді көргендер.",
        rally="ереуілге шықты",
        people="мұнайшылар",
        place="Жаңаөзенде",
        police="полиция",
        arrest="ұстады",
    ),
    "CRLF": Story(
        "Drivers\r\nof the north depot struck in\r\nOld\r\n\r\nPort.\r\n\r\nRiot\r\npolice held them.\r\n",
        rally="struck",
        people="Drivers\r\nof the north depot",
        place="Old\r\n\r\nPort",
        police="Riot\r\npolice",
        arrest="held",
    ),
    "spaces": Story(
        "Two  hundred   miners  walked  out  in  Old   Port.  Riot  police   led  away  them .",
        rally="walked  out",
        people="Two  hundred   miners",
        place="Old   Port",
        police="Riot  police",
        arrest="led  away",
    ),
    "long": long_story(),
}
