"""What can go wrong with a request, whether it may pass, and whether it is certain that nothing was done."""

from typing import Any

import httpx
from label_studio_sdk.core.api_error import ApiError

from rolecall.annotate.access import Access
from rolecall.core.errors import ServiceError

OVERLOADED = frozenset({429, 500, 502, 503, 504})


class NotThereError(ServiceError):
    """The server has nothing at this address."""


class UncertainError(ServiceError):
    """A request that was to change something failed in a way that does not tell whether it did."""


def passing(error: Exception) -> bool:
    """Whether a failure may pass by itself: no answer or half of one, too many requests, a server that is overloaded.

    Label Studio's SDK turns an answer that is no JSON into an ApiError with a text for a body.
    """
    if isinstance(error, ApiError):
        return error.status_code in OVERLOADED or _torn(error)
    return isinstance(error, httpx.TransportError | httpx.DecodingError | ValueError) and not isinstance(
        error, httpx.UnsupportedProtocol
    )


def _torn(error: ApiError) -> bool:
    """Whether an answer is the beginning of one: no JSON, but no web page either."""
    return error.status_code in {200, 201} and isinstance(error.body, str) and not error.body.lstrip().startswith("<")


def unsent(error: Exception) -> bool:
    """Whether it is certain that a request did nothing."""
    if isinstance(error, ApiError):
        return error.status_code == 429
    return isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)


def explain(error: Exception, access: Access, patience: float, *, uncertain: bool = False) -> ServiceError:
    """Put a failure into words that say what to do; `uncertain` asks for an UncertainError."""
    kind = UncertainError if uncertain else ServiceError
    url = access.url
    if isinstance(error, ApiError):
        said = _words(error.body).replace(access.key, "(key)")
        match error.status_code:
            case 401 | 403:
                return ServiceError(
                    f"Label Studio at {url} refuses the key: {said}",
                    remedy="copy your access token again (Account & Settings); an organisation may take personal "
                    "access tokens only, or legacy tokens only",
                )
            case 404:
                return NotThereError(
                    f"{url} has no such thing: {said}", remedy="check that the address is Label Studio's own"
                )
            case status if isinstance(error.body, str) and status == 200 and not _torn(error):
                return ServiceError(f"{url} is not a Label Studio", remedy="check the address")
            case status:
                said = "half of an answer" if _torn(error) else said
                return kind(f"Label Studio at {url} answers {status}: {said}", remedy=_mend(status))
    if isinstance(error, httpx.TimeoutException):
        return kind(f"Label Studio at {url} did not answer in {patience:.0f} s", remedy="see whether it is overloaded")
    return kind(
        f"Label Studio at {url} cannot be reached: {error}",
        remedy="check the address and that it runs; a local one starts with: rolecall annotate studio start",
    )


def _mend(status: int | None) -> str:
    refused = status is not None and 400 <= status < 500
    return "correct it and try again" if refused else "see the server's log; then run it again"


def _words(body: Any) -> str:
    """The server's own words, without page markup."""
    if isinstance(body, dict):
        details = body.get("validation_errors") or {}
        parts = details.items() if isinstance(details, dict) else [("", details)]
        said = [f"{key}: {' '.join(map(str, what)) if isinstance(what, list) else what}" for key, what in parts]
        return "; ".join([str(body.get("detail", "")), *said])[:1000]
    return "a web page" if isinstance(body, str) and "<html" in body[:2000].lower() else str(body)[:300]
