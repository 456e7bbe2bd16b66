"""The adjudicator's page: the labelling page with the disputed points above the text, and what they are to do."""

from pathlib import Path

from rolecall.annotate.adjudication.offer import DISPUTED, DISPUTES, START
from rolecall.annotate.instructions import instructions as of_scheme
from rolecall.annotate.labelling import labelling_config
from rolecall.annotate.labelstudio import Project
from rolecall.core.errors import InputError
from rolecall.core.scheme import Scheme

# A hyphen: no layer or question can be called so.
_NAME = "rolecall-disputes"
_STYLE = """\
.rolecall-disputes { position: sticky; top: 0; z-index: 5; max-height: 27vh; overflow-y: auto; margin-bottom: 22px; background: var(--color-neutral-background) }
.rolecall-disputes * { background: transparent !important; color: var(--color-neutral-content) !important; border-color: rgba(128, 128, 128, .35) !important }
.rolecall-disputes thead { display: none }
.rolecall-disputes td { padding: 3px 10px !important; font-size: 13px; line-height: 18px; vertical-align: top; overflow-wrap: anywhere }
.rolecall-disputes td:first-child { width: 20% }"""  # noqa: E501  # one rule a line
_PANEL = [
    f'<View className="{_NAME}">',
    f'<Table name="{_NAME}" value="${DISPUTES}"/>',
    "</View>",
    f'<Relations><Relation value="{DISPUTED}"/></Relations>',
]
_GUIDE = """\
<div class="rolecall-guide"><h1>Adjudication</h1>
<p>Several people labelled these articles, each alone. You decide where they differ.</p>
<ul>
<li>Above the text stand the points on which they differ, and who says what.</li>
<li>The text starts with <b>START</b>: what they agree on, and every version of what they do not. In the list of
regions a disputed label carries the share of readers who have it, such as 0.50; select it, and the panel says whose it
is.</li>
<li><b>Delete what is wrong</b>: select it and press Backspace. Where one place has two labels, delete one, or both and
label it anew. What you leave stands, the labels that all agree on too, which you may change as well.</li>
<li>Links and joined triggers that anybody drew are drawn; what only some drew says "DISPUTED" and comes first in the
tab Relations, where the bin deletes it. The links of a label are there whichever version of it you keep.</li>
<li>A label is marked unsure where all who have it marked it so; tick or clear that as you see fit.</li>
<li>To see one person's reading as a whole, open the article from the list of tasks instead of "Label All Tasks": each
reading is a tab under its maker's name. Close the tab without submitting it.</li>
<li>Submit once for each article. To decide later, tick "come back".</li>
</ul></div>""".replace("START", START).replace("DISPUTED", DISPUTED)


def page(scheme: Scheme) -> str:
    """Write the labelling page of an adjudication project."""
    return labelling_config(scheme, panel=_PANEL, style=_STYLE)


def check_adjudication(project: Project) -> None:
    """Refuse a project that is not for adjudication: its annotators would see each other's labels."""
    if _NAME not in project.page:
        raise InputError(
            f"project {project.title!r} is not one for adjudication",
            remedy='give it a title of its own, such as --project "Reports, adjudication"',
        )


def refuse_adjudication(project: Project) -> None:
    """Refuse a project for adjudication where annotators work: its tasks show everybody's labels."""
    if _NAME in project.page:
        raise InputError(
            f"project {project.title!r} is one for adjudication",
            remedy="use rolecall annotate adjudicate push and pull, or name another project",
        )


def instructions(scheme: Scheme, guidelines: Path | None = None) -> str:
    """Write the instructions as HTML: what adjudicators do, then what annotators were told."""
    return f"{_GUIDE}{of_scheme(scheme, guidelines)}"
