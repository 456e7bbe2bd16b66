"""The page of a project that is being carried over."""

import pytest

from rolecall.annotate.changeover import NOTICE, passing_page
from rolecall.annotate.labelling import Moving, check_page, labelling_config, labels_on, moving
from rolecall.core.errors import InputError
from tests.annotate.test_migration import NEW, OLD


def test_the_page_between_knows_both_schemes() -> None:
    between = Moving(OLD.fingerprint, NEW.fingerprint, "0123456789ab", "fedcba")
    page = passing_page(labelling_config(OLD), NEW, between)
    assert moving(page) == between
    assert moving(labelling_config(OLD)) is None
    old, new = labels_on(labelling_config(OLD)), labels_on(labelling_config(NEW))
    assert labels_on(page) == {
        name: list(dict.fromkeys([*old.get(name, []), *new.get(name, [])])) for name in {**old, **new}
    }
    assert NOTICE in page
    for scheme in (OLD, NEW):
        with pytest.raises(
            InputError, match=r"is being carried over from news:1:.* to news:2:.*not finished\n  remedy"
        ):
            check_page(page, scheme, project="Reports")
