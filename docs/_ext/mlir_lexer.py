# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Colours for MLIR text in code blocks."""

from __future__ import annotations

from typing import ClassVar

from pygments.lexer import RegexLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, String, Text


class MlirLexer(RegexLexer):
    """MLIR's generic shape: values, symbols, attributes, types, operation names."""

    name = "MLIR"
    aliases: ClassVar = ["mlir"]
    filenames: ClassVar = ["*.mlir"]
    tokens: ClassVar = {
        "root": [
            (r"\s+", Text),
            (r"//.*$", Comment.Single),
            (r'"[^"\n]*"', String),
            (r"%[\w$.-]+(?:#\d+)?", Name.Variable),
            (r"@[\w$.-]+", Name.Function),
            (r"\^\w+", Name.Label),
            (r"#[A-Za-z_][\w$.]*", Name.Decorator),
            (r"![A-Za-z_][\w$.]*", Keyword.Type),
            (r"\b(?:tensor|memref|vector|index|none)\b", Keyword.Type),
            (r"\b(?:bf16|tf32|f\d+\w*|[su]?i\d+)\b", Keyword.Type),
            (r"-?(?:0x[0-9a-fA-F]+|\d+\.\d*(?:[eE][-+]?\d+)?|\d+)", Number),
            (r"\b[a-z_]+(?:\.[a-z_]\w*)+\b", Keyword),
            (r"[A-Za-z_]\w*", Name),
            (r"->|::|==>|[=:?*+\-/|]", Operator),
            (r"[()\[\]{}<>,.]", Punctuation),
            (r".", Text),
        ]
    }
