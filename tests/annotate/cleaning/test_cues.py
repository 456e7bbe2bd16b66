import time

import pytest

from rolecall.annotate.cleaning.cues import NOTICE, judge_cues


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Dispatch by post | Print | Share", "share"),
        ("Comments: 14 | Add yours", "comment"),
        ("Get the Morning Herald in your inbox", "newsletter"),
        ("Join 12,000 readers of our newsletter", "newsletter"),
        ("Download the app for a better experience", "other"),
        ("Report a typo: select it and press Ctrl+Enter", "other"),
        ("We value your privacy. We and our partners use cookies. Accept / Reject", "cookie"),
        ("Your browser is blocking the player.", "browser"),
        ("Cookie файлдарын пайдалануға келісесіз бе? Иә / Жоқ", "cookie"),
        ("What do you think? Tell us in the comments", "comment"),
    ],
)
def test_several_cues_together_are_furniture(line: str, kind: str) -> None:
    verdict = judge_cues(line)
    assert verdict is not None
    assert (verdict.kind, verdict.weight) == (kind, 3)


@pytest.mark.parametrize(
    "line",
    [
        "Name | Age | Comment",  # one button is known
        "Print / radio / television",
        "Print, and the harbour bell rang | Share",  # more words than a button has
        "Get the Morning Herald",  # no thing of pages
        "Follow the money, not the app",  # one, and nobody is spoken to
        "Get the Morning Herald in your inbox.",  # a sentence
        "Support for the banned newsletter in your inbox",  # a noun
        "We value our privacy and our website, Marat Saqaev knows.",  # a name
        "We lost our inbox and our website in one night.",  # what happened
        "Our inbox and our website are for you, the union said",  # somebody says so
        "Are you with us? Join us!",
        "x " * NOTICE,
    ],
)
def test_one_cue_is_none(line: str) -> None:
    assert judge_cues(line) is None


@pytest.mark.parametrize("part", ["your cookies ", "share | ", "we use the app? ", "[ok] ", "вы и сайт. "])
def test_no_line_takes_long(part: str) -> None:
    line = part * (NOTICE // len(part))
    judge_cues(line)
    start = time.process_time()
    judge_cues(line)
    assert time.process_time() - start < 0.5
