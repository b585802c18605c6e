# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reads the generic form of TTIR into operations, blocks and values, without any MLIR binding."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[3]


def tool(name: str) -> str:
    """The path of one of helion's tools; raises FileNotFoundError where there is none."""
    folders = [os.environ.get("HELION_TOOLS_DIR", ""), str(_ROOT / "build" / "dev" / "bin")]
    for folder in folders:
        if folder and (Path(folder) / name).is_file():
            return str(Path(folder) / name)
    if found := shutil.which(name):
        return found
    raise FileNotFoundError(f"{name} is neither in HELION_TOOLS_DIR, build/dev/bin nor on PATH")


@dataclass(eq=False)
class Value:
    """A result of an operation, or an argument of a block."""

    type: str
    index: int
    op: Op | None = None
    block: Block | None = None


@dataclass(eq=False)
class Block:
    parent: Op | None
    number: int
    args: list[Value] = field(default_factory=list)
    ops: list[Op] = field(default_factory=list)


@dataclass(eq=False)
class Op:
    name: str
    operands: list[Value]
    attrs: dict[str, str]
    block: Block | None
    results: list[Value] = field(default_factory=list)
    regions: list[list[Block]] = field(default_factory=list)
    line: str = ""

    def body(self, region: int = 0) -> Block | None:
        """The first block of a region; None where the region is empty."""
        blocks = self.regions[region] if region < len(self.regions) else []
        return blocks[0] if blocks else None


_OP = re.compile(r'^(?:(?P<res>%[\w]+)(?::\d+)? = )?"(?P<name>[\w.]+)"\((?P<args>[^)]*)\)(?P<rest>.*)$')
_BLOCK = re.compile(r"^\^bb\d+(?:\((?P<args>.*)\))?:")


def parse(text: str) -> list[Op]:
    """The functions of a module, through `helion-opt`, which also checks them; raises on text it refuses."""
    command = [tool("helion-opt"), "--mlir-print-op-generic", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ValueError(done.stderr)
    module = _Reader(done.stdout.splitlines()).module()
    body = module.body()
    assert body is not None
    return [op for op in body.ops if op.name == "tt.func"]


class _Reader:
    def __init__(self, lines: list[str]) -> None:
        self.lines = [line.strip() for line in lines if line.strip()]
        self.position = 0
        self.values: dict[str, Value] = {}

    def module(self) -> Op:
        while not self.lines[self.position].startswith('"builtin.module"'):
            self.position += 1
        return self.op(None)

    def op(self, block: Block | None) -> Op:
        line = self.lines[self.position]
        match = _OP.match(line)
        if not match:
            raise ValueError(f"cannot read {line!r}")
        self.position += 1
        rest = match["rest"]
        names = [name.strip() for name in match["args"].split(",") if name.strip()]
        op = Op(match["name"], [self.values[name] for name in names], {}, block, line=line)
        if rest.endswith("({"):
            attrs = rest[:-2]
            outer = dict(self.values)
            while True:
                op.regions.append(self.region(op))
                closing = self.lines[self.position]
                self.position += 1
                if closing != "}, {":
                    break
            self.values = outer
            rest = attrs + closing.removeprefix("})")
        head, _, types = rest.rpartition(" : (")
        op.attrs = _attributes(head)
        result_types = _split(types.partition(") -> ")[2].removeprefix("(").removesuffix(")"))
        op.results = [Value(kind, index, op=op) for index, kind in enumerate(result_types)]
        if name := match["res"]:
            self.values[name] = op.results[0]
            for index, value in enumerate(op.results):
                self.values[f"{name}#{index}"] = value
        return op

    def region(self, parent: Op) -> list[Block]:
        blocks: list[Block] = []
        while not self.lines[self.position].startswith("}"):
            line = self.lines[self.position]
            if match := _BLOCK.match(line):
                self.position += 1
                block = Block(parent, len(blocks))
                for index, item in enumerate(_split(match["args"] or "")):
                    name, _, kind = item.partition(": ")
                    value = Value(kind, index, block=block)
                    block.args.append(value)
                    self.values[name] = value
                blocks.append(block)
                continue
            if not blocks:
                blocks.append(Block(parent, 0))
            blocks[-1].ops.append(self.op(blocks[-1]))
        return blocks


def _split(text: str) -> list[str]:
    """Splits at the commas that stand in no bracket and no string."""
    parts, depth, start, quoted = [], 0, 0, False
    for index, char in enumerate(text):
        if char == '"' and text[index - 1 : index] != "\\":
            quoted = not quoted
        if quoted:
            continue
        # The arrow of a function type closes nothing.
        if char in "([{<":
            depth += 1
        elif char in ")]}" or (char == ">" and text[index - 1 : index] != "-"):
            depth -= 1
        elif char == "," and depth == 0:
            parts.append(text[start:index].strip())
            start = index + 1
    last = text[start:].strip()
    return [*parts, last] if last else parts


def _attributes(text: str) -> dict[str, str]:
    """Properties and attributes, of which no key occurs twice, as text."""
    found: dict[str, str] = {}
    text = text.strip()
    groups = []
    if text.startswith("<{"):
        inside, _, text = text[2:].partition("}>")
        groups.append(inside)
    text = text.strip()
    if text.startswith("{"):
        groups.append(text[1:].removesuffix("}"))
    for group in groups:
        for item in _split(group):
            key, _, value = item.partition(" = ")
            found[key.strip('"')] = value
    return found
