# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
from __future__ import annotations

import os
import sys
import threading

from helion.backends.triton.stderr_capture import captured_stderr


def write(text):
    os.write(2, text.encode())


def test_what_a_section_writes_is_caught_and_passed_on(capfd):
    with captured_stderr() as section:
        write("dump\n")
        assert capfd.readouterr().err == ""
    assert section.text == "dump\n"
    assert section.alone
    assert capfd.readouterr().err == "dump\n"


def test_a_swallowed_section_leaves_nothing(capfd):
    with captured_stderr() as section:
        write("noise")
        section.swallow = True
    write("after")
    assert capfd.readouterr().err == "after"


def test_python_output_is_not_lost(capfd):
    with captured_stderr():
        print("from Python", file=sys.stderr)
    assert capfd.readouterr().err == "from Python\n"


def test_overlapping_sections_know_that_they_are_not_alone(capfd):
    with captured_stderr() as outer:
        write("a")
        with captured_stderr() as inner:
            write("b")
            inner.swallow = True
        write("c")
    assert (outer.text, inner.text) == ("abc", "b")
    assert not outer.alone
    assert not inner.alone
    assert capfd.readouterr().err == "ac"


def test_the_descriptor_is_restored_after_an_exception(capfd):
    try:
        with captured_stderr():
            raise KeyError
    except KeyError:
        write("visible")
    assert capfd.readouterr().err == "visible"


def test_many_threads_leave_the_descriptor_as_it_was(capfd):
    before = os.fstat(2).st_ino

    def work():
        for _ in range(50):
            with captured_stderr() as section:
                write("x")
                section.swallow = True

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert os.fstat(2).st_ino == before
    assert capfd.readouterr().err == ""


def test_a_forked_child_writes_to_the_real_standard_error(capfd):
    with captured_stderr():
        child = os.fork()
        if child == 0:
            write("child")
            os._exit(0)
        os.waitpid(child, 0)
        assert capfd.readouterr().err == "child"


def test_capturing_can_be_switched_off(capfd, monkeypatch):
    monkeypatch.setenv("HELION_TRITON_STDERR", "1")
    with captured_stderr() as section:
        write("last words")
        assert capfd.readouterr().err == "last words"
    assert section.text == ""
