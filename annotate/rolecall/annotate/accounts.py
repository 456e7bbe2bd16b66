"""Accounts of a local Label Studio: made over HTTP, as a person would, each with a token of its own.

What is entered with an account's token belongs to that person. Label Studio Community makes members by sign-up only:
its users API takes no password.
"""

import re
import secrets
from collections.abc import Iterable

import httpx
import msgspec

from rolecall.core.errors import InputError, ServiceError

ACCOUNT_DOMAIN = "studio.invalid"
"""The domain of every account's e-mail address; RFC 2606 keeps it from ever reaching a mailbox."""
ADMIN = "admin"

_NAME = re.compile(r"[a-z0-9]([a-z0-9._-]{0,28}[a-z0-9])?")


class Account(msgspec.Struct, frozen=True):
    """One person's way in: e-mail and password for the browser, token for the API ("" until it is known)."""

    email: str
    password: str
    token: str = ""


def new(name: str) -> Account:
    """Make up an account that no server knows yet."""
    return Account(email=f"{name}@{ACCOUNT_DOMAIN}", password=secrets.token_urlsafe(12))


def person(email: str) -> str:
    """Return the name an e-mail address stands for: "ana" for ana@studio.invalid, any other address as it is."""
    return email.removesuffix(f"@{ACCOUNT_DOMAIN}")


def check_names(names: Iterable[str]) -> None:
    """Raise InputError for a name that cannot be an account's."""
    for name in names:
        if not _NAME.fullmatch(name) or ".." in name or name == ADMIN:
            raise InputError(
                f"{name!r} cannot be an annotator's name",
                remedy=f"use lower-case letters a to z, digits, dot, dash or underscore, at most 30, and not {ADMIN!r}",
            )


def admit(url: str, account: Account, admin: Account | None = None) -> Account:
    """Return the account with a token that the server accepts; sign it up with the admin's invitation if it is new.

    Without `admin` the account must exist. Raises ServiceError when the server does not know or take it.
    """
    try:
        if account.token and _accepts(url, account.token):
            return account
        with httpx.Client(base_url=url, timeout=60) as client:
            if not _submit(client, "/user/login/", account) and not (admin and _sign_up(client, account, admin)):
                raise ServiceError(
                    f"Label Studio at {url} does not let {account.email} in",
                    remedy="the password kept in studio.json is not the one the server knows: "
                    "put it right there, or start in a new --dir",
                )
            token = client.get("/api/current-user/token").raise_for_status().json()["token"]
    except httpx.HTTPError as error:
        raise ServiceError(
            f"Label Studio at {url} failed: {_reason(error)}", remedy="look into studio.log in the --dir of the server"
        ) from error
    return msgspec.structs.replace(account, token=token)


def _accepts(url: str, token: str) -> bool:
    """Whether the server takes this token."""
    answer = httpx.get(f"{url}/api/current-user/whoami", headers={"Authorization": f"Token {token}"}, timeout=60)
    return answer.is_success


def _reason(error: httpx.HTTPError) -> str:
    """Say what failed, without the query of an address: an invitation is a key."""
    if isinstance(error, httpx.HTTPStatusError):
        return f"HTTP {error.response.status_code} from {error.request.method} {error.request.url.path}"
    return str(error)


def _sign_up(client: httpx.Client, account: Account, admin: Account) -> bool:
    """Sign an account up with the organisation's invitation, and tell whether that worked.

    The address of the sign-up page holds the invitation, and the server's log holds the address. So a new invitation
    takes its place afterwards; what was handed out by hand is void then, too.
    """
    with httpx.Client(base_url=client.base_url, headers={"Authorization": f"Token {admin.token}"}, timeout=60) as own:
        path = str(own.get("/api/invite").raise_for_status().json()["invite_url"])
        try:
            return _submit(client, path, account)
        finally:
            own.post("/api/invite/reset-token", json={}).raise_for_status()


def _submit(client: httpx.Client, path: str, account: Account) -> bool:
    """Send a log-in or sign-up form, and tell whether this session now belongs to the account."""
    client.get(path).raise_for_status()
    form = {"email": account.email, "password": account.password, "csrfmiddlewaretoken": client.cookies["csrftoken"]}
    if not client.post(path, data=form, headers={"Referer": str(client.base_url)}).is_redirect:
        return False
    answer = client.get("/api/current-user/whoami")
    return answer.is_success and answer.json().get("email") == account.email
