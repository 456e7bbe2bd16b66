"""Templates that escape what they are given: as HTML, or as Markdown; and what the page may run, told by hash."""

import base64
import hashlib
import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

FOLDER = Path(__file__).parent / "templates"


def environment(*, markdown: bool) -> Environment:
    """Make a template environment that escapes everything: as HTML, or as Markdown."""
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=not markdown,  # noqa: S701  # Markdown has an escape of its own
        finalize=escape_markdown if markdown else None,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["visible"] = visible
    return made


TURNING = {
    "\u202a": "LRE",
    "\u202b": "RLE",
    "\u202c": "PDF",
    "\u202d": "LRO",
    "\u202e": "RLO",
    "\u2066": "LRI",
    "\u2067": "RLI",
    "\u2068": "FSI",
    "\u2069": "PDI",
}
"""The marks that turn the direction of what follows, by their short names (Unicode 9, bidirectional formatting)."""
_TURNING = f"[{''.join(TURNING)}]"


def visible(text: str) -> Markup:
    """Escape a text for HTML, with its marks of direction shown by name, each shut in so that it turns nothing.

    The text stays what it is: searched and copied, it has its marks.
    """
    shut = re.sub(
        _TURNING,
        lambda match: f'<bdi class="turning" data-name="{TURNING[match[0]]}">{match[0]}</bdi>',
        str(escape(text)),
    )
    return Markup(shut)  # noqa: S704  # escaped above


def escape_markdown(value: object) -> str:
    """Escape what Markdown or HTML could read as more than text, and keep it on one line, in its direction.

    Marks that turn the direction of what follows would turn our numbers too.
    """
    if isinstance(value, Markup):
        return value
    plain = re.sub(_TURNING, "", " ".join(str(value).split()))
    return re.sub(r"([\\`*_{}\[\]<>|#~$&!])", r"\\\1", plain)


def code(value: str) -> Markup:
    """Write a value as code in Markdown, where nothing but a backtick or a line end has a meaning."""
    return Markup("`" + re.sub(r"[`\s]+", " ", value) + "`")  # noqa: S704  # for Markdown only


def own(text: str) -> Markup:
    """Take a style or script of ours as it is; raise ValueError where it would end its element."""
    if "</" in text:
        raise ValueError("a style or script of the page holds </")
    return Markup(text)  # noqa: S704  # read from our templates


def policy(style: str, script: str) -> str:
    """Write the page's Content-Security-Policy: this very style and script, and nothing from anywhere else.

    A hash allows elements alone: attributes such as style="" and onclick="" are refused.
    """
    allowed = f"style-src {_hash(style)}; script-src {_hash(script)}; img-src data:"
    return f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def ink(colour: str) -> str:
    """Choose black or white, whichever is easier to read on a colour (WCAG 2.2 contrast ratio)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#000" if (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) else "#fff"
