"""Lines of page furniture as news sites and blogs have them, in English, Russian and Kazakh."""

from pathlib import Path

_FOLDER = Path(__file__).parent

ANYWHERE = (_FOLDER / "anywhere.txt").read_text(encoding="utf-8").splitlines()
"""Furniture wherever they stand."""
OUTSIDE = (_FOLDER / "outside.txt").read_text(encoding="utf-8").splitlines()
"""Furniture before and after the story; within it they may be a heading."""
