"""Accounts: names, addresses, and what a server says to them."""

import re
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.annotate import accounts
from rolecall.annotate.accounts import Account
from rolecall.annotate.studio import Studio
from rolecall.core.errors import InputError, ServiceError


@pytest.mark.parametrize("name", ["ana", "b2", "7", "mary-jane", "o.brien_3", "x" * 30])
def test_names_that_can_be_accounts(name: str) -> None:
    accounts.check_names([name])
    assert accounts.new(name).email == f"{name}@studio.invalid"


@pytest.mark.parametrize("name", ["", "Ana", "admin", "a@b", "a..b", ".a", "a.", "-", "x" * 31, "Әсел", "a b", "ana\n"])
def test_names_that_cannot(name: str) -> None:
    with pytest.raises(InputError, match=r"cannot be an annotator's name\n  remedy: use lower-case letters"):
        accounts.check_names(["ben", name])


@given(st.from_regex(r"[a-z0-9]([a-z0-9_-]{0,28}[a-z0-9])?", fullmatch=True).filter(lambda name: name != "admin"))
def test_an_address_leads_back_to_its_name(name: str) -> None:
    accounts.check_names([name])
    assert accounts.person(accounts.new(name).email) == name


def test_an_address_from_elsewhere_stays_whole() -> None:
    assert accounts.person("ana@example.org") == "ana@example.org"
    assert accounts.person("studio.invalid") == "studio.invalid"


def test_passwords_are_made_up_anew() -> None:
    passwords = {accounts.new("ana").password for _ in range(20)}
    assert len(passwords) == 20
    assert min(map(len, passwords)) >= 16


def test_a_good_token_is_left_alone(studio: Studio) -> None:
    ana = studio.accounts["ana"]
    assert accounts.admit(studio.url, ana) is ana


def test_a_lost_token_is_found_again_by_password(studio: Studio) -> None:
    ana = studio.accounts["ana"]
    assert accounts.admit(studio.url, Account(ana.email, ana.password, "no-such-token")) == ana
    assert accounts.admit(studio.url, Account(ana.email, ana.password)) == ana


def test_a_wrong_password_is_refused(studio: Studio) -> None:
    stranger = Account(studio.accounts["ana"].email, "not her password")
    with pytest.raises(ServiceError, match=r"does not let ana@studio\.invalid in\n  remedy: .*studio\.json"):
        accounts.admit(studio.url, stranger, admin=Account("admin@studio.invalid", "", studio.token))


def test_an_invitation_is_void_once_it_stood_in_the_log(studio_dir: Path, studio: Studio) -> None:
    admin = Account("admin@studio.invalid", "", studio.token)
    made = accounts.admit(studio.url, accounts.new("late"), admin)
    assert made.token
    log = (studio_dir / "studio.log").read_text(encoding="utf-8")
    used = set(re.findall(r"/user/signup/\?token=(\w+)", log))
    assert used
    for token in used:
        form = {"email": "thief@example.org", "password": "long enough"}
        assert httpx.post(f"{studio.url}/user/signup/?token={token}", data=form).status_code == 403
    answer = httpx.get(f"{studio.url}/api/invite", headers={"Authorization": f"Token {studio.token}"}).json()
    assert answer["token"] not in used


def test_a_refusal_does_not_tell_the_invitation() -> None:
    request = httpx.Request("GET", "http://127.0.0.1:9/user/signup/?token=secret")
    error = httpx.HTTPStatusError("for url token=secret", request=request, response=httpx.Response(403))
    assert accounts._reason(error) == "HTTP 403 from GET /user/signup/"


def test_no_account_without_an_invitation(studio: Studio) -> None:
    with pytest.raises(ServiceError, match=r"does not let nobody@studio\.invalid in"):
        accounts.admit(studio.url, accounts.new("nobody"))


def test_no_server() -> None:
    with pytest.raises(ServiceError, match=r"Label Studio at http://127\.0\.0\.1:9 failed: .*\n  remedy: "):
        accounts.admit("http://127.0.0.1:9", accounts.new("ana"))
