from rolecall.core.scheme import load_scheme
from rolecall.train.labels import column_names, tag_sets


def test_one_layer_has_plain_tags() -> None:
    sets = tag_sets(load_scheme("ecbplus"))
    assert [each.columns for each in sets] == [slice(0, 11)]
    assert column_names(sets)[:3] == ["O", "B-ACTION", "I-ACTION"]


def test_layers_stand_one_behind_the_other() -> None:
    scheme = load_scheme("protest")
    sets = tag_sets(scheme)
    assert [(each.layer, each.columns.start, each.columns.stop) for each in sets] == [
        ("event", 0, 9),
        ("protest", 9, 20),
        ("response", 20, 35),
        ("setting", 35, 42),
    ]
    names = column_names(sets)
    assert len(names) == len(set(names)) == 42 == 2 * len(scheme.roles) + 4
    assert names[9:12] == ["O:protest", "B-PARTICIPANT", "I-PARTICIPANT"]
