"""Scenes that may hang, each in a process of its own:

    python scenes.py PATIENCE TIMES gc|- SCENE NAME...

plays the scene TIMES times with one thing of `gil_hazards`, then with the next, and prints the name of each
thing with which the scene ended. If a play takes longer than PATIENCE seconds, faulthandler's watchdog, a
C thread that needs no GIL, prints where every thread is stuck and ends the process.
With `gc` another thread collects garbage meanwhile.
"""

import contextlib
import faulthandler
import gc
import sys
import threading
import time

import gil_hazards

MS = 150  # that whoever has what the others wait for stays away


class SlowRepr:
    def __repr__(self):
        time.sleep(MS / 1e3)
        return "slow"


def join(function):
    function(MS)


def lock(function):
    at_once(lambda: function(MS), lambda: function(MS))


def once(cell_type):
    cell, values = cell_type(), []

    def ask():
        # A new object each time: the first is everybody's.
        values.append(cell.get(lambda: time.sleep(MS / 1e3) or object()))

    at_once(ask, ask)
    assert values[0] is values[1]


def show(function):
    at_once(lambda: function(SlowRepr()), lambda: function(SlowRepr()))


def at_once(*actions):
    threads = [threading.Thread(target=action, daemon=True) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@contextlib.contextmanager
def collecting():
    stop = threading.Event()

    def collect():
        while not stop.wait(0.001):
            gc.collect()

    thread = threading.Thread(target=collect, daemon=True)
    thread.start()
    yield
    stop.set()
    thread.join()


def main(patience, times, collections, scene, *functions):
    play = {"join": join, "lock": lock, "once": once, "print": show}[scene]
    with collecting() if collections == "gc" else contextlib.nullcontext():
        for name in functions:
            for _ in range(int(times)):
                faulthandler.dump_traceback_later(float(patience), exit=True)
                play(getattr(gil_hazards, name))
            faulthandler.cancel_dump_traceback_later()
            print(name, flush=True)


main(*sys.argv[1:])
