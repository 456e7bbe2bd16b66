from rolecall.core.records import Article
from rolecall.evaluate.leaks import Leak, find_leaks

TEXT = "Nine miners were held in the capital on Friday night after a rally outside the ministry of energy"


def article(name: str, text: str, **fields: str) -> Article:
    return Article.of(text, id=name, **fields)


def test_each_reason() -> None:
    test = [
        article("t1", TEXT),
        article("t2", "Teachers marched through the harbour district", story="harbour"),
        article("t3", "Nothing like the others at all"),
    ]
    train = [
        article("a", TEXT),
        article("b", TEXT.replace("Friday", "Thursday")),
        article("c", "Dockers joined the second day of the harbour march", story="harbour"),
        article("d", "A fourth article about cheese"),
        article("e", "It was reprinted from elsewhere", duplicate_of="t3"),
    ]
    assert find_leaks(train, test) == [
        Leak(train="a", test="t1", reason="same text"),
        # One word of 18 changed touches 3 of 16 shingles: 13 of 19 are common.
        Leak(train="b", test="t1", reason="near-duplicate", likeness=0.684),
        Leak(train="c", test="t2", reason="same story"),
        Leak(train="e", test="t3", reason="same story"),
    ]
    assert find_leaks(reversed(train), reversed(test)) == find_leaks(train, test)


def test_no_leak() -> None:
    assert find_leaks([article("a", TEXT)], [article("b", "Something else entirely happened here")]) == []
    assert find_leaks([], []) == []


def test_a_duplicate_gives_away_the_story_of_its_original() -> None:
    test = [article("t", "Teachers marched through the harbour district", story="harbour")]
    train = [
        article("copy", "Dockers joined on the second day, it was said", duplicate_of="first"),
        article("first", "A march of dockers, day two", story="harbour"),
        article("other", "Snow shut the road"),
    ]
    expected = [Leak(train=name, test="t", reason="same story") for name in ("copy", "first")]
    assert find_leaks(train, test) == find_leaks(reversed(train), test) == expected
