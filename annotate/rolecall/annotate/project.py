"""A new project: made once, whatever becomes of the request and its answer."""

import stamina

from rolecall.annotate.failures import UncertainError
from rolecall.annotate.labelstudio import LabelStudio, Project

TRIES = 8


def make(server: LabelStudio, title: str, page: str, instructions: str = "") -> Project:
    """Make a project of this title where there is none, and return the one that there is then.

    Where a request was done twice, or somebody else had the same idea, the oldest one stays.
    """
    for attempt in stamina.retry_context(on=UncertainError, attempts=TRIES, timeout=None, wait_initial=0.5, wait_max=8):
        with attempt:
            if attempt.num == 1 or not server.called(title):
                server.create_project(title, page, instructions)
            return _oldest(server, title, page)
    raise AssertionError  # pragma: no cover  # the attempts end by return or by raising


def _oldest(server: LabelStudio, title: str, page: str) -> Project:
    """Delete all but the oldest of the projects of a title, as far as there is nothing in them."""
    found = sorted(server.called(title), key=lambda project: project.id)
    if not found:
        raise UncertainError(f"project {title!r} is not there after it was made", remedy="run it again")
    for spare in found[1:]:
        if not spare.tasks and spare.page.strip() == page.strip():
            server.delete_project(spare.id)
    return found[0]
