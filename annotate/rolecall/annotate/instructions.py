"""What annotators read when they ask for the instructions: the guidelines, every role with its key, every question.

Label Studio opens them when somebody begins to label, and at its button "Instructions". It takes HTML, of which it
strips `style=` and keeps `<style>`; its own style leaves lists without bullets and headings without space.
"""

from html import escape
from pathlib import Path

from markdown_it import MarkdownIt

from rolecall.core.errors import InputError
from rolecall.core.scheme import Question, Scheme

# Greys that can be seen through do for the light and the dark theme.
_STYLE = """\
.rolecall-guide { line-height: 1.5 }
.rolecall-guide h1, .rolecall-guide h2, .rolecall-guide h3 { line-height: 1.25; margin: 1.1em 0 .4em }
.rolecall-guide h1 { font-size: 22px; margin-top: 0 }
.rolecall-guide h2 { font-size: 18px }
.rolecall-guide h3 { font-size: 16px }
.rolecall-guide p, .rolecall-guide ul, .rolecall-guide ol, .rolecall-guide pre, .rolecall-guide table { margin: 0 0 .7em }
.rolecall-guide ul { list-style: disc; padding-left: 1.3em }
.rolecall-guide ol { list-style: decimal; padding-left: 1.6em }
.rolecall-guide li { margin: .15em 0 }
.rolecall-guide blockquote { border-left: 3px solid rgba(128, 128, 128, .5); padding-left: 10px; margin: 0 0 .7em }
.rolecall-guide code { font-size: .9em; padding: 1px 4px; border-radius: 3px; background: rgba(128, 128, 128, .2) }
.rolecall-guide table { border-collapse: collapse }
.rolecall-guide td, .rolecall-guide th { text-align: left; vertical-align: top; padding: 3px 14px 3px 0; border-bottom: 1px solid rgba(128, 128, 128, .35) }
.rolecall-guide .layer { padding-top: 12px; letter-spacing: .04em; text-transform: uppercase; font-size: 12px }"""  # noqa: E501  # one rule a line


def instructions(scheme: Scheme, guidelines: Path | None = None) -> str:
    """Write the instructions as HTML: guidelines in Markdown, their own HTML shown as text, then roles and questions.

    Raises InputError for guidelines that cannot be read.
    """
    said = "" if guidelines is None else _rendered(guidelines)
    title = f"<h2>{escape(scheme.name)}, version {scheme.version}</h2><p>{escape(scheme.purpose)}</p>"
    heads = "".join(f"<th>{head}</th>" for head in ("role", "key", "meaning", "example"))
    rows = "".join(_layer(scheme, layer) for layer in scheme.layer_roles)
    table = f"<table><tr>{heads}</tr>{rows}</table>"
    asked = "".join(map(_question, scheme.questions))
    return f'<style>\n{_STYLE}\n</style><div class="rolecall-guide">{said}{title}{table}{asked}</div>'


def _rendered(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8-sig")  # some editors begin a file with a byte order mark
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path, remedy="check the path") from error
    except UnicodeDecodeError as error:
        raise InputError(f"is not UTF-8 at byte {error.start}", path=path, remedy="save the file as UTF-8") from error
    return str(MarkdownIt("commonmark", {"html": False}).enable("table").render(text))


def _layer(scheme: Scheme, layer: str) -> str:
    rows = [f'<tr><th class="layer" colspan="4">{escape(layer)}</th></tr>']
    for name in scheme.layer_roles[layer]:
        role = scheme.roles[name]
        example = escape(role.example).replace("[", "<b>").replace("]", "</b>")
        cells = (f"<b>{escape(name)}</b>", escape(role.hotkey or ""), escape(role.definition), example)
        rows.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    return "".join(rows)


def _question(question: Question) -> str:
    keys = [f" ({escape(choice.hotkey)})" if choice.hotkey else "" for choice in question.choices]
    items = [f"<li>{escape(choice.value)}{key}</li>" for choice, key in zip(question.choices, keys, strict=True)]
    how = "several may be ticked" if question.several else "one may be ticked"
    return f"<h3>{escape(question.question)}</h3><p>{how}:</p><ul>{''.join(items)}</ul>"
