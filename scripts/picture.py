"""Make the picture of a report that README shows: the upper table and the opening of an article, from the demo's own.

Run after `make demo`: .venv/bin/python scripts/picture.py demo/report/report.html docs/report.png
"""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
# What is too long for a picture goes: the lower layers, the agreement table, the other articles.
SHORTEN = """() => {
  const away = (elements) => elements.forEach((element) => element.remove());
  away([...document.querySelectorAll(".scores tbody")].slice(2));
  away([...document.querySelectorAll(".small, footer, nav, form, #articles > h2, #articles > .wide")]);
  away([...document.querySelectorAll("#schemas, #parts, #errors, #tokens, #calibration")]);
  const people = [...document.querySelectorAll("section")].find((s) => s.innerText.startsWith("People"));
  if (people) people.remove();
  away([...document.querySelectorAll("article")].slice(1));
  away([...document.querySelectorAll("article > .columns")].slice(6));
}"""


def main(report: Path, picture: Path) -> None:
    """Open the report in a browser, shorten it, and take its picture."""
    with sync_playwright() as playwright:
        path = CHROMIUM if CHROMIUM.exists() else None
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1100, "height": 800})
        page.goto(report.resolve().as_uri())
        page.evaluate(SHORTEN)
        page.screenshot(path=picture, full_page=True)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
