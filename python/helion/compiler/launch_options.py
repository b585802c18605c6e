# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Keys of a configuration that Triton's compiler takes as options, as far as the GPU has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from helion import exc

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helion.backends.triton import Target

_OPTIONS = ("num_warps", "num_stages", "maxnreg", "waves_per_eu", "matrix_instr_nonkdim")
# Those that GPUs of one vendor alone have: the backend, and the vendor's name.
_VENDORS = {
    "maxnreg": ("cuda", "NVIDIA"),
    "waves_per_eu": ("hip", "AMD"),
    "matrix_instr_nonkdim": ("hip", "AMD"),
}
_MOST_THREADS = 1024


def launch_options(config: Mapping[str, Any], target: Target) -> dict[str, Any]:
    """The options that a normalized configuration gives Triton's compiler.

    Raises:
        InvalidConfig: for an option that the target does not have, or more warps than a program can have on it.
    """
    options = {key: value for key in _OPTIONS if (value := config.get(key)) is not None}
    for key, value in options.items():
        backend, vendor = _VENDORS.get(key, (target.backend, ""))
        if backend != target.backend:
            raise exc.InvalidConfig(f"{key} is for {vendor} GPUs, not for {target}", expected="None", found=repr(value))
    most = _MOST_THREADS // target.warp_size
    if (warps := options.get("num_warps", 1)) > most:
        raise exc.InvalidConfig(
            f"num_warps is too large for {target}, whose warps have {target.warp_size} threads",
            expected=f"at most {most}",
            found=repr(warps),
        )
    return options
