# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Are two TTIR modules the same program? Compares dataflow graphs, not text.

Two programs are the same when their side effects come in the same order with the same operands, and each operand is
the same expression of arguments, constants and loads. Where a pure operation stands, in which order a loop carries its
values and what nobody uses does not count. Loads count with the number of side effects before them.

What Triton's language cannot say, and the exported source therefore says otherwise, is an *accepted difference*: each
has a name, and a comparison lists those that it met.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ttir_text import Block, Op, Value, parse

ACCEPTED = {
    "bitcast-dialect": "arith.bitcast and tt.bitcast are one operation: Triton's frontend picks by source type",
    "rounded-cast": "arith.truncf and tt.fp_to_fp to nearest even are one operation on standard floats",
    "negation": "arith.negf is x * -1.0: Triton's unary minus is 0.0 - x and loses the sign of zero",
    "true-mask": "an atomic without a mask gets a mask of true from Triton's frontend",
    "scalar-select": "arith.select with a scalar condition gets a splat condition from Triton's frontend",
    "negative-zero": "-0.0 is a bitcast of the sign bit: Triton's frontend makes 0.0 of a literal -0.0",
    "nan-test": "`uno x, x` is `une x, x`, `ord x, x` is `oeq x, x`: Triton's language has no unordered test",
    "descriptor-hints": "a descriptor load has no cache hints in Triton's language",
    "unset-precision": "input precision counts for fp32 operands alone",
}

_EFFECTS = {
    "tt.store", "tt.atomic_rmw", "tt.atomic_cas", "tt.print", "tt.assert", "tt.descriptor_store",
    "tt.descriptor_reduce", "gpu.barrier",
}  # fmt: skip
_LOADS = {"tt.load", "tt.descriptor_load"}
_COMMUTATIVE = {
    "arith.addi", "arith.addf", "arith.muli", "arith.mulf", "arith.andi", "arith.ori", "arith.xori",
    "arith.maxnumf", "arith.minnumf", "arith.maximumf", "arith.minimumf", "arith.maxsi", "arith.minsi",
    "arith.maxui", "arith.minui", "tt.mulhiui",
}  # fmt: skip
_CASTS = {"arith.bitcast", "tt.bitcast"}
_VALUE_HINTS = {"tt.contiguity", "tt.divisibility", "tt.constancy"}
_IGNORED = {"fastmath", "overflowFlags", "operandSegmentSizes", "resultSegmentSizes", "isSigned", "nonNeg", "exact",
            "roundingmode", "nneg", "isExact"}  # fmt: skip
_HINTS = {"cache", "evict", "cachePolicy"}
# The integer of une and oeq among arith's float predicates, and of the tests that Triton lacks.
_NAN_TESTS = {"14": "13", "7": "1"}


@dataclass
class Comparison:
    """Whether two programs are the same; if not, the first place where they part."""

    equal: bool
    mismatch: str = ""
    accepted: set[str] = field(default_factory=set)


def compare(first: str, second: str) -> Comparison:
    """Compares the public functions of two modules given as text, both canonical and with calls inlined."""
    return _Comparer().functions(_kernel(first), _kernel(second))


def _kernel(text: str) -> Op:
    functions = [op for op in parse(text) if op.attrs.get("sym_visibility") != '"private"']
    if len(functions) != 1:
        raise ValueError(f"expects one public function but got {len(functions)}")
    return functions[0]


class _Comparer:
    def __init__(self) -> None:
        self.pairs: dict[tuple[int, int], bool] = {}
        # What was assumed or concluded, in order: a failed attempt takes all of it back.
        self.trail: list[tuple[int, int]] = []
        self.op_pairs: dict[tuple[int, int], bool] = {}
        self.blocks: dict[int, int] = {}
        self.accepted: set[str] = set()
        self.mismatch = ""

    def functions(self, first: Op, second: Op) -> Comparison:
        one, other = first.body(), second.body()
        assert one is not None
        assert other is not None
        for a, b in zip(one.args, other.args):
            if a.type != b.type:
                return Comparison(False, f"arguments {a.type} and {b.type}")
            self.pairs[id(a), id(b)] = True
        equal = len(one.args) == len(other.args) and self.effects(one, other)
        return Comparison(equal, "" if equal else self.mismatch or "arguments differ", self.accepted)

    def fail(self, first: object, second: object) -> bool:
        if not self.mismatch:
            self.mismatch = f"{_show(first)}\n    against\n{_show(second)}"
        return False

    def effects(self, first: Block, second: Block) -> bool:
        """Pairs two blocks: the same side effects in the same order."""
        self.blocks[id(first)] = id(second)
        ours = [op for op in first.ops if _has_effects(op)]
        theirs = [op for op in second.ops if _has_effects(op)]
        for a, b in zip(ours, theirs):
            if not self.ops(a, b):
                return self.fail(a, b)
        if len(ours) != len(theirs):
            return self.fail((ours + theirs)[min(len(ours), len(theirs))], "nothing")
        return True

    def ops(self, first: Op, second: Op) -> bool:
        """Pairs two operations, all but what their regions carry from one turn to the next."""
        key = (id(first), id(second))
        if key in self.op_pairs:
            return self.op_pairs[key]
        self.op_pairs[key] = True
        self.trail.append(key)
        self.op_pairs[key] = self._ops(first, second)
        return self.op_pairs[key]

    def _ops(self, first: Op, second: Op) -> bool:
        if first.name != second.name or not self.attributes(first, second):
            return False
        if first.name in {"scf.for", "scf.if", "scf.while"}:
            counted = {"scf.for": 3, "scf.if": 1, "scf.while": 0}[first.name]
            if not all(self.values(a, b) for a, b in zip(first.operands[:counted], second.operands[:counted])):
                return False
            if first.name == "scf.for":
                self.assume(_argument(first, 0), _argument(second, 0))
            for region in range(len(first.regions)):
                one, other = first.body(region), second.body(region)
                if (one is None or not any(map(_has_effects, one.ops))) and (
                    other is None or not any(map(_has_effects, other.ops))
                ):
                    if one is not None and other is not None:
                        self.blocks[id(one)] = id(other)
                    continue
                if one is None or other is None or not self.effects(one, other):
                    return False
            if first.name == "scf.while":
                return self.values(_terminator(first, 0).operands[0], _terminator(second, 0).operands[0])
            return True
        ours, theirs = self.operands(first), self.operands(second)
        if len(ours) != len(theirs):
            return False
        if not self.same_operands(first, ours, theirs):
            return False
        for region in range(len(first.regions)):
            one, other = first.body(region), second.body(region)
            assert one is not None
            assert other is not None
            for a, b in zip(one.args, other.args):
                self.assume(a, b)
            returned = zip(one.ops[-1].operands, other.ops[-1].operands)
            if not all(self.values(a, b) for a, b in returned):
                return False
        return True

    def same_operands(self, op: Op, ours: list[Value], theirs: list[Value]) -> bool:
        mark = len(self.trail)
        if all(self.values(a, b) for a, b in zip(ours, theirs)):
            return True
        if op.name not in _COMMUTATIVE:
            return False
        self.forget(mark)
        return self.values(ours[0], theirs[1]) and self.values(ours[1], theirs[0])

    def operands(self, op: Op) -> list[Value]:
        """The operands that count, without masks of true."""
        if op.name == "tt.atomic_rmw" and len(op.operands) == 3 and _is_constant(op.operands[2], "true"):
            self.accepted.add("true-mask")
            return op.operands[:2]
        return op.operands

    def attributes(self, first: Op, second: Op) -> bool:
        ours, theirs = _counted_attributes(first), _counted_attributes(second)
        if ours == theirs:
            return True
        differing = {key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key)}
        if first.name == "tt.descriptor_load" and differing <= _HINTS:
            self.accepted.add("descriptor-hints")
            return True
        if first.name == "tt.dot" and differing == {"inputPrecision"} and "xf32>" not in first.operands[0].type:
            self.accepted.add("unset-precision")
            return True
        if first.name == "arith.cmpf" and differing == {"predicate"} and first.operands[0] is first.operands[1]:
            plain = [_NAN_TESTS.get(attrs["predicate"].split()[0], attrs["predicate"].split()[0])
                     for attrs in (ours, theirs)]  # fmt: skip
            if plain[0] == plain[1]:
                self.accepted.add("nan-test")
                return True
        return False

    # Values

    def assume(self, first: Value, second: Value) -> None:
        self.pairs[id(first), id(second)] = True
        self.trail.append((id(first), id(second)))

    def forget(self, mark: int) -> None:
        """Takes back what was assumed since `mark`, for another attempt."""
        for key in self.trail[mark:]:
            self.pairs.pop(key, None)
            self.op_pairs.pop(key, None)
        del self.trail[mark:]

    def values(self, first: Value, second: Value) -> bool:
        first, second = self.look_through(first), self.look_through(second)
        key = (id(first), id(second))
        if key in self.pairs:
            return self.pairs[key]
        # A loop's values may depend on themselves: equal unless a difference turns up.
        self.assume(first, second)
        if first.type == second.type and self._values(first, second):
            return True
        self.pairs[key] = False
        return self.fail(first, second)

    def _values(self, first: Value, second: Value) -> bool:
        if first.block is not None or second.block is not None:
            return first.block is not None and second.block is not None and self.carried(first, second)
        one, other = first.op, second.op
        assert one is not None
        assert other is not None
        if one.name == "scf.if" and other.name == "scf.if":
            ours = [_terminator(one, side).operands[first.index] for side in range(2)]
            theirs = [_terminator(other, side).operands[second.index] for side in range(2)]
            return self.ops(one, other) and all(self.values(a, b) for a, b in zip(ours, theirs))
        if one.name == "scf.for" and other.name == "scf.for":
            carried = _argument(one, first.index + 1), _argument(other, second.index + 1)
            return self.ops(one, other) and self.values(*carried)
        if one.name == "scf.while" and other.name == "scf.while":
            passed = _terminator(one, 0).operands[first.index + 1], _terminator(other, 0).operands[second.index + 1]
            return self.ops(one, other) and self.values(*passed)
        if one.name in _LOADS and one.name == other.name and not self.same_moment(one, other):
            return False
        if one.name == other.name and first.index == second.index and self.ops(one, other):
            return True
        return self.equivalent(one, other) or self.equivalent(other, one)

    def carried(self, first: Value, second: Value) -> bool:
        """Values that a loop carries: they start alike and go on alike."""
        assert first.block is not None
        assert second.block is not None
        one, other = first.block.parent, second.block.parent
        if one is None or other is None or one.name != other.name or not self.ops(one, other):
            return False
        if one.name == "scf.for" and first.index and second.index:
            starts = one.operands[first.index + 2], other.operands[second.index + 2]
            turns = _terminator(one, 0).operands[first.index - 1], _terminator(other, 0).operands[second.index - 1]
            return self.values(*starts) and self.values(*turns)
        if one.name == "scf.while":
            if first.block is one.body(1) and second.block is other.body(1):
                passed = _terminator(one, 0).operands[first.index + 1], _terminator(other, 0).operands[second.index + 1]
                return self.values(*passed)
            starts = one.operands[first.index], other.operands[second.index]
            turns = _terminator(one, 1).operands[first.index], _terminator(other, 1).operands[second.index]
            return self.values(*starts) and self.values(*turns)
        return False

    def same_moment(self, one: Op, other: Op) -> bool:
        assert one.block is not None
        assert other.block is not None
        return self.blocks.get(id(one.block)) == id(other.block) and _moment(one) == _moment(other)

    def look_through(self, value: Value) -> Value:
        while value.op is not None and value.op.name in _CASTS and value.type == value.op.operands[0].type:
            value = value.op.operands[0]
        return value

    def equivalent(self, one: Op, other: Op) -> bool:
        """Accepted differences: `one` is how the source's program says `other`."""
        if {one.name, other.name} == _CASTS and self.values(one.operands[0], other.operands[0]):
            self.accepted.add("bitcast-dialect")
            return True
        to_nearest = other.name == "tt.fp_to_fp" and other.attrs.get("rounding", "").startswith("1")
        if one.name == "arith.truncf" and to_nearest and self.values(one.operands[0], other.operands[0]):
            self.accepted.add("rounded-cast")
            return True
        if one.name == "arith.mulf" and other.name == "arith.negf":
            for factor, rest in (one.operands, reversed(one.operands)):
                if _is_constant(factor, "-1.000000e+00") and self.values(rest, other.operands[0]):
                    self.accepted.add("negation")
                    return True
        if other.name == "arith.constant" and "-0.000000e+00" in other.attrs["value"]:
            # The scalar is spread over a tile that the constant has from the start.
            bits = one.operands[0].op if one.name == "tt.splat" else one
            if bits is None or bits.name != "tt.bitcast":
                return False
            is_sign_bit = _is_constant(bits.operands[0], "-2147483648") or _is_constant(bits.operands[0], "-32768")
            self.accepted |= {"negative-zero"} if is_sign_bit else set()
            return is_sign_bit
        if one.name == other.name == "arith.select" and one.operands[0].type != other.operands[0].type:
            splat = one.operands[0].op
            if splat is not None and splat.name == "tt.splat" and self.values(splat.operands[0], other.operands[0]):
                same = all(self.values(a, b) for a, b in zip(one.operands[1:], other.operands[1:]))
                self.accepted |= {"scalar-select"} if same else set()
                return same
        return False


def _counted_attributes(op: Op) -> dict[str, str]:
    counted = {key: value for key, value in op.attrs.items() if key not in _IGNORED}
    if op.name == "scf.for":
        return {key: value for key, value in counted.items() if key.startswith("tt.")}
    if op.name in {"tt.load", "tt.store", "tt.descriptor_load"}:
        # Defaults are spelled by some releases alone.
        defaults = {"cache": "1 : i32", "evict": "1 : i32", "isVolatile": "false", "padding": "1 : i32"}
        return {key: value for key, value in counted.items() if defaults.get(key) != value}
    if op.name in {"scf.if", "scf.while"}:
        return {}
    return {key: value for key, value in counted.items() if key not in _VALUE_HINTS}


def _has_effects(op: Op) -> bool:
    if op.name in _EFFECTS or op.attrs.get("isVolatile") == "true":
        return True
    if op.name in {"tt.elementwise_inline_asm", "tt.extern_elementwise"}:
        return op.attrs.get("pure") == "false"
    if op.name == "scf.while":
        return True
    return any(_has_effects(nested) for blocks in op.regions for block in blocks for nested in block.ops)


def _moment(op: Op) -> int:
    """How many side effects come before an operation in its block."""
    assert op.block is not None
    count = 0
    for before in op.block.ops:
        if before is op:
            break
        count += _has_effects(before)
    return count


def _argument(op: Op, index: int) -> Value:
    body = op.body()
    assert body is not None
    return body.args[index]


def _terminator(op: Op, region: int) -> Op:
    body = op.body(region)
    assert body is not None
    return body.ops[-1]


def _is_constant(value: Value, text: str) -> bool:
    return value.op is not None and value.op.name == "arith.constant" and text in value.op.attrs["value"]


def _show(thing: object) -> str:
    if isinstance(thing, Op):
        return thing.line
    if isinstance(thing, Value):
        if thing.op is not None:
            return f"result {thing.index} of {thing.op.line}"
        parent = thing.block.parent if thing.block else None
        return f"argument {thing.index} ({thing.type}) of {parent.line if parent else 'a block'}"
    return str(thing)
