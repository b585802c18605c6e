# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A configuration as the text of a `#helion.config` attribute."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def config_text(config: Mapping[str, Any]) -> str:
    """The attribute for a normalized configuration; keys without a value are left out.

    >>> config_text({"block_sizes": [64], "num_warps": 4, "maxnreg": None})
    '#helion.config<{block_sizes = [64], num_warps = 4}>'
    """
    entries = [f"{_key(key)} = {_attribute(value)}" for key, value in sorted(config.items()) if value is not None]
    return f"#helion.config<{{{', '.join(entries)}}}>"


def _key(key: str) -> str:
    return key if key.isidentifier() else json.dumps(key)


def _attribute(value: Any) -> str:
    if value is None:
        return "unit"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, float):
        return repr(value) if "." in repr(value) else f"{value:.1f}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_attribute, cast('Sequence[Any]', value)))}]"
    return str(value)
