# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What kernels may be written with: the list that the coverage page goes through, and that tests are held against.

Functions come from `helion.language` and from the registry of lowerings; what those cannot tell (operations that
decompose, forms of loops and indices, statements) is listed here.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Not covered yet; a test fails when something else is missing, or when one of these has a test.
NOT_YET: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Feature:
    """Something that a kernel may contain.

    Attributes:
        key: what a test names in `@pytest.mark.covers`.
        tokens: what the source of a test shows where it covers this; see `coverage_tests`.
        status: how it is supported.
    """

    key: str
    tokens: frozenset[str]
    status: str = "supported"


def _feature(key: str, *tokens: str, status: str = "supported") -> Feature:
    return Feature(key, frozenset({key, *tokens}), status)


# ---- torch operations

# ATen's name → what a user writes, where the two differ.
_WRITTEN = {
    "_softmax": "softmax", "_log_softmax": "log_softmax", "_to_copy": "to", "native_layer_norm": "layer_norm",
    "log_sigmoid_forward": "logsigmoid", "split_with_sizes": "split", "clamp_max": "clamp_max", "numpy_T": "T",
    "index": "gather from a value", "select": "select", "slice": "narrow", "convert_element_type": "to",
    "bitwise_left_shift": "bitwise_left_shift", "__matmul__": "matmul", "__rmatmul__": "matmul",
}  # fmt: skip
# Operations that torch itself makes of others, or that do nothing to a value.
_INTERNAL = frozenset({
    "__and__", "__or__", "__xor__", "__lshift__", "__rshift__", "_reshape_alias", "_unsafe_view", "alias", "lift_fresh",
    "lift_fresh_copy", "detach", "contiguous", "rsub", "cpu", "cuda", "requires_grad_", "copy", "t", "as_tensor",
    "scalar_tensor", "clone", "rrelu_with_noise",
})  # fmt: skip
# Written with an operator, a method of another name, or through a function that decomposes.
_ALSO = {
    "add": "Add", "sub": "Sub", "mul": "Mult", "div": "Div", "floor_divide": "FloorDiv", "remainder": "Mod",
    "pow": "Pow", "matmul": "MatMult", "neg": "USub", "eq": "Eq", "ne": "NotEq", "lt": "Lt", "le": "LtE", "gt": "Gt",
    "ge": "GtE",
    "bitwise_and": "BitAnd", "bitwise_or": "BitOr", "bitwise_xor": "BitXor", "bitwise_not": "Invert",
    "bitwise_left_shift": "LShift", "bitwise_right_shift": "RShift",
}  # fmt: skip
# What users write and torch decomposes.
_DECOMPOSED = [
    "flatten", "swapaxes", "movedim", "mT", "hstack", "repeat", "repeat_interleave", "tensor_split", "narrow",
    "squeeze", "type", "float", "float_power", "square", "erfinv", "logaddexp", "logaddexp2", "nan_to_num",
    "isfinite", "isneginf", "isposinf", "frac", "sgn", "signbit", "heaviside", "deg2rad", "rad2deg", "sinc", "xlogy",
    "softsign", "mish", "relu6", "selu", "celu", "hardsigmoid", "hardswish", "hardshrink", "softshrink", "threshold",
    "glu", "prelu", "rrelu", "tanhshrink", "softmin", "log_softmax", "normalize", "rms_norm", "std_mean", "aminmax",
    "nansum", "count_nonzero", "vector_norm", "norm", "mse_loss", "l1_loss", "smooth_l1_loss",
    "binary_cross_entropy_with_logits", "einsum", "outer", "addmv", "dot", "linear", "logical_xor", "cumsum",
    "cumprod", "sort", "topk", "gather", "flip", "roll", "rand", "randn", "rand_like", "randn_like", "dropout",
    "view_as", "broadcast_to",
]  # fmt: skip


def torch_features() -> list[Feature]:
    """Torch operations: those with a rule of their own, then those that decompose to them."""
    from helion.frontend.lowering import registry
    from helion.frontend.random_calls import TORCH_RULES

    registry.load()
    packets = {str(op).removeprefix("aten.").removeprefix("prims.").split(".")[0] for op in registry.RULES}
    functions = {function.__name__ for function in (*registry.FUNCTIONS, *TORCH_RULES)}
    ruled = {_WRITTEN.get(name, name) for name in (packets | functions) - _INTERNAL}
    return [
        *(_torch(name, "a rule of its own") for name in sorted(ruled)),
        *(_torch(name, "decomposed") for name in sorted(set(_DECOMPOSED) - ruled)),
    ]


def _torch(name: str, status: str) -> Feature:
    also = [_ALSO[name]] if name in _ALSO else []
    plain = name.removeprefix("special_")
    return _feature(f"torch.{name}", f"torch.{plain}", f".{plain}", *also, status=status)


# ---- the language

_HL_TOKENS = {"Tile": ("for: hl.tile, grid",), "ConstExpr": ("hl.constexpr",)}
_TILE = ("begin", "end", "index", "id", "count", "block_size")


def language_features() -> list[Feature]:
    """Every public name of `helion.language`, and the attributes of tiles."""
    from helion import language
    from helion.language import distributed

    names = [
        _feature(
            f"hl.{name}", *_HL_TOKENS.get(name, ()), status="refused" if name in distributed.__all__ else "supported"
        )
        for name in language.__all__
    ]
    return [*names, *(_feature(f"tile.{name}", f".{name}") for name in _TILE)]


# ---- forms

_LOOPS = [
    ("hl.tile, one dimension", "for: hl.tile, grid"), ("hl.tile, nested", "for: hl.tile, nested"),
    ("hl.tile, several dimensions", "for: hl.tile of several dimensions"),
    ("hl.tile with begin and end", "for: hl.tile with begin and end"),
    ("hl.tile with block_size", "for: hl.tile with block_size"),
    ("hl.tile with a list of block sizes", "for: hl.tile with a list of block_size"),
    ("hl.tile with bounds that depend on data",), ("hl.tile shared with hl.register_block_size",),
    ("hl.grid", "for: hl.grid, grid"), ("hl.grid, nested", "for: hl.grid, nested"),
    ("hl.grid, several dimensions", "for: hl.grid of several dimensions"),
    ("hl.grid with step", "for: hl.grid with step"), ("range", "for: range, nested"),
    ("range with step", "for: range with step"), ("hl.static_range", "for: hl.static_range, nested"),
    ("hl.jagged_tile", "for: hl.jagged_tile, nested"), ("several top-level loops",), ("hl.barrier between loops",),
    ("a grid whose bounds depend on data",),
]  # fmt: skip

_INDICES = [
    ("int", "index: int"), ("negative int", "index: negative int"), ("None", "index: None"), ("...", "index: ..."),
    (":", "index: :"), ("a:b", "index: a:b"), ("a:b:step", "index: a:b:step"), ("i:i + n", "index: i:i + n"),
    ("[tile]", "index: [tile]"), ("tile + n", "index: sum"), ("tile.index", "index: .index"),
    ("tile.begin", "index: .begin"), ("a tensor of indices, to load", "index: gathered"),
    ("a tensor of indices, to store",), ("index tensors of several dimensions",), ("two index tensors, broadcast",),
    ("two vectors of indices, every pair",), ("left out dimensions",), ("a scalar tensor",), ("hl.arange",),
    ("x[tile] += value",), ("a value smaller than its place",), ("offsets of 64 bits",), ("a stack tensor",),
    ("a value, by None and slices",),
]  # fmt: skip

_PYTHON = [
    ("if, elif, else", "python: If"), ("if on a block size",), ("if on a constant",), ("if on a scalar tensor",),
    ("a if b else c", "python: IfExp"), ("and, or", "python: BoolOp"), ("not", "python: Not"),
    ("chained comparisons",), ("while", "python: While"), ("break",), ("continue",),
    ("augmented assignment", "python: AugAssign"), ("annotated assignment", "python: AnnAssign"),
    ("tuple unpacking", "python: unpacking"), ("starred unpacking", "python: starred"), (":=", "python: NamedExpr"),
    ("list comprehension", "python: ListComp"), ("generator expression", "python: GeneratorExp"),
    ("dict comprehension", "python: DictComp"), ("dict", "python: Dict"), ("list", "python: List"),
    ("lambda", "python: Lambda"), ("nested function",), ("helper function",), ("imported function",), ("closure",),
    ("functools.partial",), ("function argument",), ("graph module argument",), ("list argument",), ("tuple argument",),
    ("dict argument",), ("namedtuple argument",), ("dataclass argument",), ("scalar arguments",), ("string argument",),
    ("None argument",), ("dtype argument",), ("global tensor",), ("global number",), ("len", "python: len()"),
    ("min, max", "python: min()", "python: max()"), ("zip", "python: zip()"), ("enumerate", "python: enumerate()"),
    ("sum", "python: sum()"), ("abs", "python: abs()"), ("print", "python: print()"), ("isinstance",),
    ("assert in the loop", "python: Assert"), ("assert on the host",), ("f-string", "python: JoinedStr"),
    ("early return of the host part",), ("work of the host part after the loop",), ("in-place methods",),
    ("hl.constexpr as annotation",), ("hl.constexpr around an argument",), ("hl.constexpr in the body",),
]  # fmt: skip

_SHAPES = [
    "static shapes", "dynamic shapes", "hl.specialize of one size", "mark_static", "zero-size tensors", "0-d tensors",
    "transposed inputs", "expanded inputs", "aliasing inputs", "ragged last tiles", "extents that are no power of two",
]  # fmt: skip


def loop_features() -> list[Feature]:
    """Forms of loops."""
    return [_feature(f"loop: {name}", *tokens) for name, *tokens in _LOOPS]


def index_features() -> list[Feature]:
    """Forms of indices of loads and stores."""
    return [_feature(f"index: {name}", *tokens) for name, *tokens in _INDICES]


def python_features() -> list[Feature]:
    """Statements and expressions of Python."""
    return [_feature(f"python: {name}", *tokens) for name, *tokens in _PYTHON]


def shape_features() -> list[Feature]:
    """Kinds of shapes."""
    return [_feature(f"shape: {name}") for name in _SHAPES]


def dtype_features() -> list[Feature]:
    """Every dtype that a tensor of a kernel may have, and the packed ones."""
    from helion.frontend.builder import ELEMENT_TYPES

    found = [_feature(str(dtype), f".{str(dtype).split('.')[1]}") for dtype in ELEMENT_TYPES]
    return [*found, _feature("float4 e2m1, two in a byte"), _feature("int4, two in a byte")]


@functools.cache
def sections() -> dict[str, list[Feature]]:
    """All features, by the headings of the page."""
    return {
        "Functions of `helion.language`": language_features(),
        "Torch operations": torch_features(),
        "Loops": loop_features(),
        "Indices of loads and stores": index_features(),
        "Python in device code": python_features(),
        "Dtypes": dtype_features(),
        "Shapes": shape_features(),
    }


def keys(features: Iterable[Feature]) -> list[str]:
    """The keys of features."""
    return [feature.key for feature in features]
