"""Signals: the first one asks, a second one ends at once, and what was there before comes back."""

import os
import signal
import threading
import time

import pytest

from rolecall.train.interrupts import Stop, heard


def send(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)
    time.sleep(0)  # the handler runs between two instructions


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_asks_and_the_second_ends_at_once(number: signal.Signals) -> None:
    with heard(launched=False) as stop, stop.gentle():
        send(number)
        assert stop.asked
        with pytest.raises(KeyboardInterrupt):
            send(number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_outside_of_training_the_first_ends_at_once(number: signal.Signals) -> None:
    with heard(launched=False) as stop:
        with pytest.raises(KeyboardInterrupt):
            send(number)
        assert not stop.asked


def test_the_launcher_s_echo_of_a_signal_is_none() -> None:
    with heard(launched=True) as stop, stop.gentle():
        send(signal.SIGINT)
        send(signal.SIGTERM)
        assert stop.asked
    late = Stop(echo=0.01)
    with late.gentle():
        late(signal.SIGTERM, None)
        time.sleep(0.02)
        with pytest.raises(KeyboardInterrupt):
            late(signal.SIGTERM, None)


def test_what_others_have_set_stays() -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with heard(launched=False):
            assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
            assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGTERM, before)


def test_other_threads_take_none() -> None:
    seen: list[bool] = []

    def work() -> None:
        with heard(launched=False) as stop:
            seen.append(stop.asked)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [False]
