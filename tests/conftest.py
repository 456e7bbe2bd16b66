"""Real parts for tests: a Label Studio server started by rolecall itself, and a Chromium.

The server's first start costs a minute, so its data directory is built once for each version of Label Studio and of
our own starter, kept outside the checkout, and copied for every session. ROLECALL_TEST_CACHE names the place;
without it, it is the user's cache directory. Where a part is missing, tests that need it skip; with CI=true they fail.
"""

import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import msgspec
import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from rolecall.annotate.studio import Studio

ANNOTATORS = ("ana", "ben", "gold")
CHROMIUM = Path("/usr/bin/chromium")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# Workers share the cores, before anything loads torch: threads that outnumber them wait for each other by spinning.
if workers := int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "0")):
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // workers)))

# No deadlines: machines are shared, and speed is the benchmarks' business. CI repeats the same examples, `make soak`
# looks for new ones.
settings.register_profile("tests", deadline=None, derandomize="CI" in os.environ)
settings.register_profile("soak", deadline=None, max_examples=3000)
settings.load_profile("tests")


def pytest_configure() -> None:
    """Take Ctrl-C as usual: what a shell starts in the background ignores it, and passes that on to its children."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by the parts they ask for."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "copy_studio" in fixtures:
            item.add_marker("studio")
        if "chromium" in fixtures:
            item.add_marker("browser")


def _missing(reason: str) -> NoReturn:
    if os.environ.get("CI", "").lower() in {"1", "true"}:
        pytest.fail(f"{reason}, and nothing may be skipped with CI=true")
    pytest.skip(reason)


@contextmanager
def _template() -> Iterator[Path]:
    """Hold the data directory of a server that has run, with accounts for the annotators; build it where it lacks."""
    from rolecall.annotate import studio
    from rolecall.core.errors import RolecallError

    package = Path(studio.__file__).parent
    sources = b"".join((package / f"{name}.py").read_bytes() for name in ("accounts", "database", "server", "studio"))
    key = f"studio-{importlib.metadata.version('label-studio')}-{hashlib.sha256(sources).hexdigest()[:8]}"
    user = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    cache = Path(os.environ.get("ROLECALL_TEST_CACHE") or user / "rolecall-tests")
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another session may be building or copying
        if not (cache / key).is_dir():
            for old in cache.glob("studio-*"):
                shutil.rmtree(old)
            part = cache / f"part-{key}"  # where an earlier session was cut off, this one goes on
            try:
                studio.start(part, ANNOTATORS)
                studio.stop(part)
            except RolecallError:
                shutil.rmtree(part, ignore_errors=True)
                raise
            part.rename(cache / key)
        yield cache / key


@pytest.fixture(scope="session")
def copy_studio() -> Callable[[Path], None]:
    """Copies the directory of a server that is not running, with accounts for ana, ben and gold, to a new place.

    The copy takes a free port: one remembered from the original would be everybody's, who start side by side.
    """
    if importlib.util.find_spec("label_studio") is None:
        _missing("Label Studio is not installed (pip install 'rolecall[studio]')")

    from rolecall.annotate import studio

    def copy(directory: Path) -> None:
        with _template() as template:
            shutil.copytree(template, directory)
        studio.save(directory, msgspec.structs.replace(studio.known(directory), url=""))

    return copy


@pytest.fixture(scope="session")
def studio_dir(copy_studio: Callable[[Path], None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The directory of a running server of this session, with accounts for ana, ben and gold."""
    from rolecall.annotate import studio
    from rolecall.core.errors import RolecallError

    directory = tmp_path_factory.mktemp("session") / "studio"
    copy_studio(directory)
    try:
        studio.start(directory)
    except RolecallError:
        with _template() as template:  # whatever is wrong with it, the next session builds anew
            shutil.rmtree(template)
        raise
    try:
        yield directory
    finally:
        studio.stop(directory)


@pytest.fixture(scope="session")
def studio(studio_dir: Path) -> "Studio":
    """The running server of this session."""
    from rolecall.annotate.studio import read_state

    return read_state(studio_dir)


@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    """A Chromium without a window; one for each module, since Playwright keeps an event loop running meanwhile."""
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        _missing("Playwright is not installed (pip install playwright)")
    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
        found = next((path for path in (CHROMIUM, own) if path.exists()), None)
        if found is None:
            _missing(f"there is no Chromium at {CHROMIUM} and none of Playwright's own (playwright install chromium)")
        # A page answers a click after it: on a busy machine, what is asked at once is of before. Milliseconds to wait.
        browser = playwright.chromium.launch(executable_path=found, args=CHROMIUM_FLAGS, slow_mo=30)
        yield browser
        browser.close()
