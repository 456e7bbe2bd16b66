"""How to reach a Label Studio: by the directory of a local one, by address and key, or by two environment variables."""

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from rolecall.annotate.studio import read_state
from rolecall.core.errors import InputError

URL_VARIABLE, KEY_VARIABLE = "LABEL_STUDIO_URL", "LABEL_STUDIO_API_KEY"


@dataclass(frozen=True)
class Access:
    """Where a server is and the key that opens it; the key never shows in messages."""

    url: str
    key: str = field(repr=False)


def access(studio: Path | None = None, url: str | None = None, key_file: Path | None = None) -> Access:
    """Find out how to reach a server: the local one of a directory, or one by URL with a key.

    Without either, the URL is read from LABEL_STUDIO_URL. The key is read from `key_file`, which only its owner may
    read, else from LABEL_STUDIO_API_KEY. Raises InputError.
    """
    if studio is None and url is None:
        url = os.environ.get(URL_VARIABLE, "").strip() or None
    if (studio is None) == (url is None):
        raise InputError(
            "name one Label Studio",
            remedy="--studio DIR for the local one started in DIR, or --url URL for another; the environment variables "
            f"{URL_VARIABLE} and {KEY_VARIABLE} name another, too",
        )
    if studio is not None:
        if key_file is not None:
            raise InputError("--key-file goes with --url: a local Label Studio's key is known", remedy="leave it out")
        state = read_state(studio)
        return Access(state.url, state.token)
    if url is None or not url.startswith(("http://", "https://")):
        raise InputError(f"{url} is no address", remedy="write --url like http://localhost:8080")
    if "@" in url.partition("://")[2].partition("/")[0]:  # addresses are shown in messages
        raise InputError("--url holds a name or a password", remedy="leave them out: the key is all it takes")
    key = os.environ.get(KEY_VARIABLE, "").strip() if key_file is None else _read_key(key_file)
    if not key or not key.isascii() or not key.isprintable():
        raise InputError(
            f"no usable key in {key_file or KEY_VARIABLE}",
            remedy="copy your access token from Label Studio (Account & Settings) into a file that only you can read "
            f"(chmod 600) and name it with --key-file, or set {KEY_VARIABLE}",
        )
    return Access(url.rstrip("/"), key)


def _read_key(path: Path) -> str:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            raise InputError(f"others can read this key (mode {mode:03o})", path=path, remedy=f"chmod 600 {path}")
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path, remedy="check the path of the key") from error
    except UnicodeDecodeError as error:
        raise InputError("holds no key", path=path, remedy="put the access token there, nothing else") from error
