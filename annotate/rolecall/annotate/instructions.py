"""What annotators read when they ask for the instructions: the guidelines, and every role with its key and meaning."""

from html import escape
from pathlib import Path

from markdown_it import MarkdownIt

from rolecall.core.errors import InputError
from rolecall.core.scheme import Scheme


def instructions(scheme: Scheme, guidelines: Path | None = None) -> str:
    """Write the instructions as HTML: guidelines in Markdown, whose own HTML is shown as text, then the roles.

    Raises InputError for guidelines that cannot be read.
    """
    said = "" if guidelines is None else _rendered(guidelines)
    roles = "".join(_layer(scheme, layer) for layer in scheme.layer_roles)
    return f"{said}<h2>{escape(scheme.name)}, version {scheme.version}</h2><p>{escape(scheme.purpose)}</p>{roles}"


def _rendered(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path, remedy="check the path") from error
    except UnicodeDecodeError as error:
        raise InputError(f"is not UTF-8 at byte {error.start}", path=path, remedy="save the file as UTF-8") from error
    return str(MarkdownIt("commonmark", {"html": False}).enable("table").render(text))


def _layer(scheme: Scheme, layer: str) -> str:
    rows = []
    for name in scheme.layer_roles[layer]:
        role = scheme.roles[name]
        example = escape(role.example).replace("[", "<b>").replace("]", "</b>")
        cells = (f"<b>{escape(name)}</b>", escape(role.hotkey or ""), escape(role.definition), example)
        rows.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    heads = "".join(f"<th>{head}</th>" for head in ("role", "key", "is", "example"))
    return f"<h3>{escape(layer)}</h3><table><tr>{heads}</tr>{''.join(rows)}</table>"
