"""SIGINT and SIGTERM while a run trains: the first one asks for an end, a second one makes it at once."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

ECHO = 3.0
"""Seconds in which the same signal comes twice to a process that was launched: from the terminal and its launcher."""
DEFAULT = (signal.SIG_DFL, signal.default_int_handler)


class Stop:
    """What signals ask for: `asked` says that one came while it was `gently` that work was to end."""

    def __init__(self, echo: float) -> None:
        self.gently = self.asked = False
        self._echo, self._since = echo, 0.0

    def __call__(self, number: int, frame: Any) -> None:  # noqa: ARG002
        """Take a signal; raise KeyboardInterrupt where work is to end at once."""
        if self.asked and time.monotonic() - self._since < self._echo:
            return
        if self.asked or not self.gently:
            raise KeyboardInterrupt
        self.asked, self._since = True, time.monotonic()

    @contextmanager
    def gentle(self) -> Iterator[None]:
        """Have the first signal only ask, while a block runs."""
        self.gently = True
        try:
            yield
        finally:
            self.gently = False


@contextmanager
def heard(*, launched: bool) -> Iterator[Stop]:
    """Take SIGINT and SIGTERM while a block runs; who ignores one, or has taken it otherwise, keeps it so.

    Only a process's main thread can take signals; elsewhere nothing is asked for. `launched` says that a launcher has
    started this process.
    """
    stop = Stop(ECHO if launched else 0.0)
    before: dict[signal.Signals, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) in DEFAULT:
                before[number] = signal.signal(number, stop)
    try:
        yield stop
    finally:
        for taken, handler in before.items():
            signal.signal(taken, handler)
