"""Find the configuration files that come with rolecall, by name from anywhere.

In a checkout (an editable install) they are the files in configs/; in an ordinary install, the wheel's copy.
"""

from pathlib import Path

from rolecall.core.errors import InputError

_HERE = Path(__file__).resolve()


def configs_dir() -> Path:
    """Return the folder of shipped configs: the checkout's own when this module lies in one."""
    root = _HERE.parents[3]
    return root / "configs" if (root / "pyproject.toml").is_file() else _HERE.parent / "configs"


def shipped(folder: str) -> dict[str, Path]:
    """Return the shipped configs of a folder ("schemes", "train", "evaluate") as {name: path}."""
    return {path.stem: path for path in sorted((configs_dir() / folder).glob("*.yaml"))}


def find(folder: str, name: str | Path) -> Path:
    """Resolve a config named by path or by the name of a shipped one.

    A name is a word without a suffix or slash; anything else is a path. Raises InputError with the names there are.
    """
    path = Path(name)
    if path.suffix or path.name != str(name):
        if path.is_file():
            return path
        raise InputError("no such file", path=path, remedy="give a path, or a name from: rolecall configs")
    known = shipped(folder)
    if str(name) not in known:
        raise InputError(
            f"{str(name)!r} is not among the shipped {folder}: {', '.join(known)}",
            remedy="use one of these names, or the path of a .yaml file",
        )
    return known[str(name)]
