# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from helion.backends.triton.compile_gate import CompileGate


def test_equal_keys_are_inside_together():
    gate = CompileGate()
    both = threading.Barrier(2, timeout=5)

    def work():
        with gate.hold("cuda"):
            both.wait()

    with ThreadPoolExecutor(2) as pool:
        for result in [pool.submit(work), pool.submit(work)]:
            result.result(timeout=10)


def test_different_keys_never_meet():
    gate = CompileGate()
    inside: list[str] = []
    meetings: list[set[str]] = []

    def work(key):
        with gate.hold(key):
            inside.append(key)
            time.sleep(0.002)
            meetings.append(set(inside))
            inside.remove(key)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, ["cuda", "hip", "cuda", "cuda", "hip"] * 10))
    assert len(meetings) == 50
    assert all(len(keys) == 1 for keys in meetings)


def test_alone_means_alone():
    gate = CompileGate()
    inside = 0
    most = 0

    def work(_):
        nonlocal inside, most
        with gate.alone():
            inside += 1
            most = max(most, inside)
            time.sleep(0.001)
            inside -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(20)))
    assert most == 1


def test_an_exception_opens_the_gate_again():
    gate = CompileGate()
    try:
        with gate.hold("cuda"):
            raise KeyError
    except KeyError:
        pass
    with gate.alone():
        pass
