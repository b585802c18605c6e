# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Launches a compiled kernel with as little Python per call as can be.

A launch is one call of Triton's C launcher, made from a closure that holds everything which does not change between
calls. The argument list is Triton's: tensors (or integer addresses), numbers, ``TensorDescriptor`` objects.
"""

from __future__ import annotations

import contextvars
import copy
from typing import TYPE_CHECKING, Any

from helion import exc

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

    from helion.backends.triton.compile import CompiledTTIR

    Grid = tuple[int, int, int]
    GridFunction = Callable[..., Grid]
    Launch = Callable[..., None]

# CUDA and HIP agree on these.
_GRID_LIMITS = (2**31 - 1, 65535, 65535)


class Launcher:
    """A kernel on one device, ready to be called with its arguments.

    ``launch`` is the function to call in a hot loop; calling the object does the same with one more Python frame.
    Loading the binary onto the device happens here, once.

    Args:
        compiled: the kernel.
        grid: the three extents, or a function from the kernel's arguments to them.
        device: the GPU that holds the tensors of every call; torch's current one unless given.

    Launches run on torch's current stream of that device, whichever device is current. Triton's launch hooks are not
    called.

    Raises:
        helion.exc.OutOfResources: when this GPU is too small for the kernel.
        helion.exc.TritonError: when the binary cannot be loaded, or the grid is beyond the hardware's limits.
    """

    launch: Launch

    def __init__(
        self, compiled: CompiledTTIR, grid: Grid | GridFunction, device: torch.device | int | None = None
    ) -> None:
        import torch

        index = device if isinstance(device, int) else device.index if device is not None else None
        self.compiled = compiled
        self.device_index = torch.cuda.current_device() if index is None else index
        self.kernel = _load(compiled, self.device_index)
        from triton.runtime.driver import driver

        active: Any = driver.active
        launch = make_launch(
            self.kernel,
            grid,
            lambda get=active.get_current_stream, device=self.device_index: get(device),
            allocate=_scratch_allocator(self.device_index) if compiled.metadata.global_scratch_size else None,
        )
        if torch.cuda.device_count() > 1:
            launch = _on_device(launch, self.device_index)
        self.launch = launch

    def __call__(self, *args: object) -> None:
        """Launches the kernel; returns before it has run."""
        self.launch(*args)


def make_launch(
    kernel: Any,
    grid: Grid | GridFunction,
    stream: Callable[[], int],
    *,
    allocate: Callable[[int, int, int | None], Any] | None = None,
) -> Launch:
    """The closure that launches ``kernel``.

    Args:
        kernel: a Triton ``CompiledKernel`` of which ``run`` may be touched now: that loads the binary.
        grid: as for :class:`Launcher`. Nothing is launched when an extent is 0.
        stream: gives the stream's handle.
        allocate: scratch allocator ``(bytes, alignment, stream) -> buffer`` of a kernel that needs scratch memory.
    """
    # Loading sets `function`, so `run` has to come first.
    run = kernel.run
    function = kernel.function
    packed = kernel.packed_metadata
    limit = _GRID_LIMITS[0]
    if callable(grid):
        extents = grid

        def launch(*args: object) -> None:
            x, y, z = extents(*args)
            if 0 < x * y * z <= limit:
                run(x, y, z, stream(), function, packed, None, None, None, *args)
            else:
                check_grid((x, y, z))

    else:
        x, y, z = grid
        check_grid(grid)

        def launch(*args: object) -> None:
            run(x, y, z, stream(), function, packed, None, None, None, *args)

        if 0 in grid:
            return _launch_nothing
    return launch if allocate is None else _with_scratch(launch, allocate)


def check_grid(grid: Grid) -> None:
    """Refuses a grid that the hardware cannot launch (Triton would launch nothing, or fail without a reason).

    Raises:
        helion.exc.TritonError: when an extent is negative or too large.
    """
    for axis, extent, limit in zip("xyz", grid, _GRID_LIMITS, strict=True):
        if not 0 <= extent <= limit:
            raise exc.TritonError(
                f"a grid of {grid} programs cannot be launched",
                expected=f"between 0 and {limit} programs along {axis}",
                found=str(extent),
                hint="use larger block sizes, or pid_type='flat'",
            )
    x, y, z = grid
    if x * y * z > _GRID_LIMITS[0]:
        # Triton's launcher multiplies the extents as 32-bit integers and launches nothing when the product wraps.
        raise exc.TritonError(
            f"a grid of {grid} programs cannot be launched",
            expected=f"at most {_GRID_LIMITS[0]} programs in all",
            found=str(x * y * z),
            hint="use larger block sizes",
        )


def _launch_nothing(*_args: object) -> None:
    return None


def _with_scratch(launch: Launch, allocate: Callable[[int, int, int | None], Any]) -> Launch:
    import triton

    set_allocator: Any = triton.set_allocator

    def call(args: tuple[object, ...]) -> None:
        set_allocator(allocate)
        launch(*args)

    def launch_with_scratch(*args: object) -> None:
        # The allocator is a context variable: in a copy of the context the user's own Triton kernels keep theirs.
        contextvars.copy_context().run(call, args)

    return launch_with_scratch


def _scratch_allocator(device_index: int) -> Callable[[int, int, int | None], Any]:
    import torch

    def allocate(size: int, alignment: int, stream: int | None) -> torch.Tensor:
        # Taken on the launching stream, so torch reuses the memory only after the kernel has run; aligned to 512 bytes.
        return torch.empty(size, dtype=torch.int8, device=torch.device("cuda", device_index))

    return allocate


def _on_device(launch: Launch, device_index: int) -> Launch:
    import torch

    current_device = torch.cuda.current_device
    on_device = torch.cuda.device

    def launch_on_device(*args: object) -> None:
        if current_device() == device_index:
            launch(*args)
            return
        with on_device(device_index):
            launch(*args)

    return launch_on_device


def _load(compiled: CompiledTTIR, device_index: int) -> Any:
    """A copy of Triton's kernel whose handles belong to the device: Triton loads onto the current one, once per
    object."""
    import torch
    from triton.runtime.errors import OutOfResources

    kernel = copy.copy(compiled.kernel)
    try:
        with torch.cuda.device(device_index):
            _ = kernel.run
    except OutOfResources as error:
        raise exc.OutOfResources(
            f"kernel '{compiled.name}' needs more {error.name} than cuda:{device_index} has",
            expected=f"at most {error.limit}",
            found=str(error.required),
        ) from error
    except RuntimeError as error:
        raise exc.TritonError(
            f"kernel '{compiled.name}' for {compiled.target} cannot be loaded onto cuda:{device_index}: {error}",
            hint="is it compiled for this GPU? helion.backends.triton.current_target() names it",
        ) from error
    return kernel
