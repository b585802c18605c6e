# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks every example on this machine, and times it where there is a GPU.

    python -m examples [-k WORD]

One line for each: how far its results lie from PyTorch's, its time and PyTorch's, what that comes to, and how long it
took to bind. Exits with 1 if one of them failed.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from typing import TYPE_CHECKING

import torch

from examples import TOPICS
from examples.add import add, arguments
from examples.harness import machine, run
from helion.testing import default_device

if TYPE_CHECKING:
    from examples.harness import Example


def all_examples() -> list[Example]:
    """Those of every topic."""
    return [example for topic in TOPICS for example in importlib.import_module(f"examples.{topic}").EXAMPLES]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m examples", description=__doc__.splitlines()[0])
    parser.add_argument("-k", default="", metavar="WORD", help="only examples with this in their names")
    word = parser.parse_args().k
    chosen = [example for example in all_examples() if word in example.title]
    if not chosen:
        parser.error(f"no example has {word!r} in its name")
    device = default_device()
    # The first kernel of a process pays for what it loads; the others show what binding costs.
    add.bind(arguments(torch.device("cpu"), small=True))
    print(machine(device))
    return run(chosen, device)


if __name__ == "__main__":
    sys.exit(main())
