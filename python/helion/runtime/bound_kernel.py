# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`BoundKernel`: a kernel specialized to one kind of arguments."""

from __future__ import annotations

import functools
import sys
import textwrap
import threading
from typing import TYPE_CHECKING, Any

from helion import exc
from helion._logging import logger
from helion.language import constexpr
from helion.language import context as contexts
from helion.runtime.config import Config
from helion.runtime.output_code import decorator_text, example_of, repro_script, without_origins
from helion.runtime.specialization import first_device
from helion.settings import RefMode, environment_flag

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import torch

    from helion.backends.triton import CompiledTTIR, Target
    from helion.frontend.host import HostProgram
    from helion.runtime.compilation import Compilation
    from helion.runtime.config_spec import ConfigSpec
    from helion.runtime.kernel import Kernel
    from helion.runtime.output_code import OutputCodeOptions
    from helion.settings import Settings


class BoundKernel:
    """One specialization of a kernel; `Kernel.bind` makes it.

    Binding needs no GPU: every stage can be looked at, and code compiled for any target, on any machine. A call runs on
    the device of its tensors: CUDA (or ROCm) tensors launch the compiled kernel, CPU tensors (or `TRITON_INTERPRET=1`)
    run the emitted source in Triton's interpreter.
    """

    run: Callable[..., Any]
    """Runs the kernel on its arguments; after the first call the host function itself, with nothing in between."""

    def __init__(self, kernel: Kernel[Any], args: tuple[Any, ...]) -> None:
        if contexts.current() is not None:
            raise exc.NestedKernelCallsNotSupported(name=kernel.name)
        self.kernel = kernel
        self.settings: Settings = kernel.settings
        self.device = _device_of(kernel.name, args)
        self.run = self._configure_and_run
        self._wrapped = tuple(index for index, arg in enumerate(args) if isinstance(arg, constexpr))
        self._examples = tuple(example_of(arg) for arg in args)
        self._config: Config | None = None
        self._host: Callable[..., Any] | None = None
        self._hosts: dict[Config, Callable[..., Any]] = {}
        self._lock = threading.RLock()
        if self.settings.ref_mode is RefMode.EAGER:
            if environment_flag("TRITON_INTERPRET"):
                raise exc.IncompatibleInterpretModes()
            self.run = self.run_ref
            self._compilation = None
            self.guards: tuple[Callable[[tuple[Any, ...]], bool], ...] = ()
            return
        from helion.runtime.compilation import Compilation

        self._compilation = Compilation(kernel.fn, self._unwrapped(args), self.settings, kernel.device_name)
        self.guards = tuple(self._compilation.traced.guards)

    def __call__(self, *args: Any) -> Any:
        """Runs the kernel; the arguments must be of the kind that it was bound for."""
        return self.run(*args)

    def matches(self, args: tuple[Any, ...]) -> bool:
        """Whether the facts that tracing relied on, beyond the specialization key, hold for these arguments."""
        unwrapped = self._unwrapped(args)
        return all(guard(unwrapped) for guard in self.guards)

    @property
    def configs(self) -> Sequence[Config]:
        """The configurations that the decorator gave."""
        return self.kernel.configs

    @property
    def env(self) -> Compilation:
        """The compilation: what was traced, the facts about it, each stage of the compiler."""
        return self.compilation

    @property
    def host_function(self) -> HostProgram:
        """The host part, with launches in place of the device loops; its `source` is Python."""
        return self.compilation.traced.host

    @property
    def compilation(self) -> Compilation:
        """Access to the layers below; `RefEagerModeCodePrintError` in eager reference mode, where there are none."""
        if self._compilation is None:
            raise exc.RefEagerModeCodePrintError()
        return self._compilation

    @functools.cached_property
    def config_spec(self) -> ConfigSpec:
        """The configuration space of this specialization."""
        from helion.runtime.config_spec import ConfigSpec

        return ConfigSpec(self.compilation.facts, self.target.max_shared_bytes, self.target.capability)

    @property
    def target(self) -> Target:
        """The GPU that the arguments live on, or a stand-in for arguments on the CPU."""
        from helion.backends.triton import Target, current_target
        from helion.runtime.compilation import FALLBACK_TARGET

        return current_target(self.device) if self.device.type == "cuda" else Target.parse(FALLBACK_TARGET)

    @property
    def host_function_source(self) -> str:
        """The Python that runs on the host: the kernel's own, with a launch in place of the device loops."""
        return self.compilation.traced.host_source

    @property
    def remarks(self) -> list[str]:
        """What the compiler could not honour of the current configuration, and why."""
        config = self.config_spec.normalize(self._chosen(None))
        return [str(remark) for remark in self.compilation.lower(config, self.target).remarks]

    def to_mlir(self, config: Mapping[str, Any] | None = None, stage: str = "helion") -> str:
        """The kernel in MLIR.

        Args:
            config: the configuration; by default the one that a call would use for the stages that need one. The
                stages before carry it as an attribute, so that `helion-opt` can go on from their text.
            stage: "helion" (as traced), "prepared" (simplified, block sizes still symbols), "scheduled" (with a
                configuration) or "ttir" (Triton's input).
        """
        from helion.runtime.compilation import STAGES

        if stage not in STAGES:
            raise exc.InvalidAPIUsage(
                f"there is no stage {stage!r}", expected=f"one of {', '.join(STAGES)}", found=repr(stage)
            )
        configured = config is not None or stage in ("scheduled", "ttir")
        normal = self.config_spec.normalize(self._chosen(config)) if configured else None
        return self.compilation.mlir(stage, normal, self.target)

    def to_code(
        self,
        config: Mapping[str, Any] | None = None,
        *,
        options: OutputCodeOptions | None = None,
        emit_repro_caller: bool = False,
        output_origin_lines: bool | None = None,
    ) -> str:
        """The kernel as readable Triton source.

        Args:
            config: by default the one that a call would use.
            options: how the source is written; it never imports helion.
            emit_repro_caller: adds a script that calls the kernel, as a comment.
            output_origin_lines: whether comments say where each statement comes from; by default the setting.
        """
        normal = self.config_spec.normalize(self._chosen(config))
        source = self.compilation.triton_source(normal, self.target)
        origins = self.settings.output_origin_lines if output_origin_lines is None else output_origin_lines
        if not origins:
            source = without_origins(source)
        if emit_repro_caller:
            source += "\n" + textwrap.indent(self.repro(config), "# ", lambda line: True)
        return source

    to_triton_code = to_code

    def format_kernel_decorator(self, config: Mapping[str, Any] | None = None, settings: Settings | None = None) -> str:
        """The decorator that gives the kernel `config`, by default the one that a call would use."""
        return decorator_text(self._chosen(config), self.settings if settings is None else settings)

    def repro(self, config: Mapping[str, Any] | None = None) -> str:
        """A script with the kernel, its configuration, and a call with arguments like those that it was bound for."""
        return repro_script(self.kernel.fn, self.format_kernel_decorator(config), self._examples)

    def maybe_log_repro(self, config: Mapping[str, Any] | None = None) -> None:
        """Prints the script of `repro` to stderr, if the setting `print_repro` is on."""
        if self.settings.print_repro:
            print(self.repro(config), file=sys.stderr)

    def compile(self, config: Mapping[str, Any] | None = None, target: str | Target | None = None) -> CompiledTTIR:
        """Compiles for a target without launching; needs no GPU.

        Args:
            config: by default the one that a call would use.
            target: "sm_90", "sm_100", "gfx942", …; by default the GPU of the arguments.

        Returns:
            An object whose `asm` holds the text or bytes of each stage (ttir, ttgir, llir, ptx and cubin, or amdgcn and
            hsaco) and whose `metadata` has num_warps, shared (bytes) and more.

        Raises:
            UnknownTarget: for a target that does not exist.
            InvalidConfig: for a configuration that the kernel does not take.
            TritonError: when Triton refuses the kernel.
        """
        from helion.backends.triton import Target

        parsed = self.target if target is None else Target.parse(target)
        if config is None and self._config is None and not self.configs:
            config = self.config_spec.default_config(parsed.max_shared_bytes, parsed.capability)
        return self.compilation.compile(self.config_spec.normalize(self._chosen(config)), parsed)

    def compile_config(self, config: Mapping[str, Any] | None = None) -> Callable[..., Any]:
        """The kernel with one configuration, as a function of the kernel's arguments; compiled once."""
        chosen = self._chosen(config)
        with self._lock:
            found = self._hosts.get(chosen)
            if found is None:
                found = self._hosts[chosen] = self._compiled(chosen)
            return found

    def set_config(self, config: Mapping[str, Any]) -> None:
        """Makes `config` the one that calls use, and compiles it."""
        chosen = Config.from_dict(config)
        self.run = self.compile_config(chosen)
        self._config = chosen

    def ensure_config_exists(self, args: tuple[Any, ...]) -> None:
        """Chooses a configuration, unless there is one already, and compiles it."""
        if self._config is None:
            self.set_config(self._chosen(None, announce=True))

    def run_ref(self, *args: Any) -> Any:
        """Runs the kernel's Python eagerly, as a reference."""
        from helion.language import reference

        return reference.run(self.kernel.fn, self._unwrapped(args), self.device)

    def _configure_and_run(self, *args: Any) -> Any:
        with self._lock:
            self.ensure_config_exists(args)
        return self.run(*args)

    def _chosen(self, config: Mapping[str, Any] | None, announce: bool = False) -> Config:
        """`config`, else the current one, else the first of the decorator, else the default."""
        if config is not None:
            return Config.from_dict(config)
        if self._config is not None:
            return self._config
        if self.configs:
            if announce and len(self.configs) > 1:
                logger.info("%s: the first of %d configurations is used", self.kernel.name, len(self.configs))
            return self.configs[0]
        default = self.config_spec.default_config()
        if announce and self.settings.autotune_effort != "none":
            self.kernel.announce_default(default)
        return default

    def _compiled(self, config: Config) -> Callable[..., Any]:
        from helion.runtime.launching import device_launch, interpreter_launch

        normal = self.config_spec.normalize(config)
        compilation = self.compilation.variant(normal)
        self.maybe_log_repro(config)
        if self.settings.print_output_code:
            print(compilation.triton_source(normal, self.target), file=sys.stderr)
        if self.device.type == "cuda" and not environment_flag("TRITON_INTERPRET"):
            launch = device_launch(compilation, normal, self.target, self.device)
        elif self.device.type in ("cpu", "cuda"):
            launch = interpreter_launch(compilation, normal, self.target)
        else:
            raise exc.UnsupportedDevice(name=self.device)
        return self._with_context(compilation.traced.make_host_function(launch), normal)

    def _with_context(self, host: Callable[..., Any], config: Mapping[str, Any]) -> Callable[..., Any]:
        """The host function as users call it: `hl.*` of the host part works, constexpr arguments are unwrapped."""
        enter, leave = contexts.enter, contexts.leave
        sizes = config.get("block_sizes", ())
        compilation = self.compilation
        fixed = dict(compilation.facts.fixed)
        ordinals = {block.name: block.ordinal for block in self.config_spec.block_sizes}
        # The host part runs up to the device loop, so the blocks that it registers come first.
        registered = [fixed[b.name] if b.name in fixed else sizes[ordinals[b.name]] for b in compilation.traced.blocks]
        tunables = {name: config[name] for name, _ in compilation.facts.tunables}

        def run(*args: Any) -> Any:
            # One per call, since it counts the block sizes that were asked for.
            token = enter(contexts.HostContext(registered, tunables))
            try:
                return host(*args)
            finally:
                leave(token)

        if not self._wrapped:
            return run

        def run_unwrapped(*args: Any) -> Any:
            return run(*self._unwrapped(args))

        return run_unwrapped

    def _unwrapped(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        if not self._wrapped:
            return args
        return tuple(arg.value if isinstance(arg, constexpr) else arg for arg in args)


def _device_of(name: str, args: tuple[Any, ...]) -> torch.device:
    device = first_device(args)
    if device is None:
        raise exc.NoTensorArgs(name=name)
    return device
