"""The README's commands, run as they stand."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^```bash\n(.*?)^```", README, flags=re.M | re.S)


def test_every_file_that_the_readme_names_is_there() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    assert len(links) > 5
    assert [link for link in links if not (CHECKOUT / link).exists()] == []


@pytest.fixture
def folder(tmp_path: Path, copy_studio: Callable[[Path], None]) -> Iterator[Path]:
    """A folder with the sample, and a Label Studio whose slow first start is done."""
    (tmp_path / "sample").symlink_to(CHECKOUT / "sample")
    (tmp_path / "work").mkdir()
    copy_studio(tmp_path / "work" / "studio")
    yield tmp_path
    stop = "rolecall annotate studio stop --dir work/studio"
    subprocess.run(["bash", "-c", stop], cwd=tmp_path, env=environment(), capture_output=True, check=False)


def environment() -> dict[str, str]:
    scripts = str(Path(sys.executable).parent)
    return {"PATH": f"{scripts}:/usr/bin:/bin", "HOME": str(Path.home()), "HF_HUB_OFFLINE": "1", "LC_ALL": "C.UTF-8"}


@pytest.mark.train
def test_the_commands_work_as_they_stand(folder: Path) -> None:
    assert len(COMMANDS) == 6
    script = "set -euo pipefail\n" + "\n".join(COMMANDS)
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    assert "1,885" in done.stdout or "1885" in done.stdout
    page = (folder / "work" / "report" / "report.html").read_text(encoding="utf-8")
    assert "Oil workers down tools" in page or "<article" in page
