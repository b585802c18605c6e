# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`@helion.kernel` and the `Kernel` that it makes."""

from __future__ import annotations

import functools
import inspect
import os
import threading
import types
import warnings
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast, overload

from helion import exc
from helion._logging import logger
from helion.language import ProcessGroupName, constexpr
from helion.runtime.bound_kernel import BoundKernel
from helion.runtime.config import Config
from helion.runtime.specialization import KeyExtractor
from helion.settings import RefMode, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence
    from pathlib import Path

    AnyConfig = Config | Mapping[str, Any] | str | Path

R = TypeVar("R")


class Kernel(Generic[R]):
    """A Python function as a GPU kernel. Calling it compiles for the kind of its arguments, once, and runs.

    Attributes:
        fn: the function, undecorated.
        name: its name.
        signature: its signature.
        configs: the configurations that the decorator gave; with one, calls use it.
        settings: how it is compiled.
    """

    def __init__(
        self,
        fn: Callable[..., R],
        *,
        configs: Sequence[Config] = (),
        settings: Settings | None = None,
        key: Callable[..., Hashable] | None = None,
    ) -> None:
        self.fn = fn
        self.name: str = fn.__name__
        self.configs = list(configs)
        self.settings = Settings() if settings is None else settings
        self.key = key
        self.signature = inspect.signature(fn)
        _check_signature(self.signature, fn)
        self._arity = len(self.signature.parameters)
        by_value = _constexpr_parameters(fn, self.signature)
        self.extract_key = KeyExtractor(self.settings.static_shapes, by_value, key)
        self._bound: dict[Hashable, list[BoundKernel]] = {}
        self._lock = threading.RLock()
        self._announced = False
        functools.update_wrapper(cast("Any", self), fn)
        if self.settings.ref_mode is RefMode.EAGER and any("block_sizes" in config for config in self.configs):
            self.warn(exc.BlockSizeIgnoredInInterpretMode())

    def __call__(self, *args: Any, **kwargs: Any) -> R:
        """Runs the kernel on its arguments, as the undecorated function would be called."""
        if kwargs or len(args) != self._arity:
            args = self.normalize_args(*args, **kwargs)
        key = self.extract_key(args)
        for bound in self._bound.get(key, ()):
            if not bound.guards or bound.matches(args):
                return bound.run(*args)
        return self._bind_new(key, args).run(*args)

    def bind(self, *args: Any) -> BoundKernel:
        """The specialization for these arguments, given as one tuple (`bind((x, y))`) or one by one (`bind(x, y)`)."""
        values = self._as_arguments(args)
        key = self.extract_key(values)
        for bound in self._bound.get(key, ()):
            if not bound.guards or bound.matches(values):
                return bound
        return self._bind_new(key, values)

    def specialization_key(self, args: Sequence[Any]) -> Hashable:
        """The key of these arguments: calls with equal keys share a `BoundKernel`."""
        return self.extract_key(self.normalize_args(*args))

    def normalize_args(self, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        """The arguments of a call by position, defaults filled in; `IncompatibleArguments` when they do not fit."""
        try:
            bound = self.signature.bind(*args, **kwargs)
        except TypeError as error:
            raise exc.IncompatibleArguments(
                name=self.name, expected=f"{self.name}{self.signature}", found=error
            ) from None
        bound.apply_defaults()
        return tuple(bound.args)

    def reset(self) -> None:
        """Forgets all specializations; compiled binaries stay in Triton's cache on disk."""
        with self._lock:
            self._bound.clear()

    @functools.cached_property
    def kernel_source(self) -> str:
        """The source text of the function."""
        return inspect.getsource(self.fn)

    @property
    def jax_fn(self) -> Any:
        """A function for JAX, which this compiler does not make: raises BackendUnsupported."""
        raise exc.BackendUnsupported(name="functions for JAX", backend="Triton")

    @property
    def device_name(self) -> str:
        """The symbol of the device kernel."""
        return f"_helion_{self.name}" if self.name.isidentifier() else "_helion_kernel"

    def announce_default(self, config: Config) -> None:
        """Says once per kernel that a configuration was made up."""
        if self._announced:
            return
        self._announced = True
        logger.warning(
            "%s: no configuration given, using the default %r (autotune_effort='none' silences this)", self.name, config
        )

    def warn(self, warning: exc.BaseWarning) -> None:
        """Issues a warning unless `settings.ignore_warnings` names its class."""
        if not isinstance(warning, tuple(self.settings.ignore_warnings)):
            warnings.warn(warning, stacklevel=3)

    def _as_arguments(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        if len(args) == 1 and isinstance(args[0], (tuple, list)):
            inner = cast("tuple[Any, ...]", args[0])
            # A kernel of one parameter may take a tuple itself.
            if self._arity != 1 or len(inner) == 1:
                args = tuple(inner)
        return args if len(args) == self._arity else self.normalize_args(*args)

    def _bind_new(self, key: Hashable, args: tuple[Any, ...]) -> BoundKernel:
        with self._lock:
            for bound in self._bound.get(key, ()):
                if not bound.guards or bound.matches(args):
                    return bound
            bound = BoundKernel(self, args)
            # A new list, since other threads may be walking the old one.
            self._bound[key] = [*self._bound.get(key, ()), bound]
            return bound

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    def __repr__(self) -> str:
        return f"<helion kernel {self.name}>"


@overload
def kernel(fn: Callable[..., R], /, **settings: Any) -> Kernel[R]: ...
@overload
def kernel(fn: None = None, /, **settings: Any) -> Callable[[Callable[..., R]], Kernel[R]]: ...
def kernel(
    fn: Callable[..., Any] | None = None,
    /,
    *,
    config: AnyConfig | None = None,
    configs: Sequence[AnyConfig] | None = None,
    key: Callable[..., Hashable] | None = None,
    settings: Settings | Mapping[str, Any] | None = None,
    **keywords: Any,
) -> Any:
    """Makes a function a GPU kernel; to be used as `@helion.kernel()` or `@helion.kernel`.

    Args:
        fn: the function. Its parameters are plain: no `*args`, no `**kwargs`, none keyword-only.
        config: the one configuration to use, as a `Config`, a mapping, or the path of a file that `Config.save` wrote.
        configs: several configurations to choose from.
        key: a function of the kernel's arguments; its result becomes part of the specialization key.
        settings: a `Settings` object, as an alternative to `keywords`.
        keywords: settings, such as `static_shapes=False`; see `helion.Settings`.

    Raises:
        UnknownSetting: for a keyword that is no setting.
        UnsupportedSignature: for a function with a parameter of a kind that kernels do not take.
    """
    if config is not None and configs is not None:
        raise exc.InvalidAPIUsage("config and configs are two forms of the same thing", expected="one of the two")
    chosen = [config] if config is not None else list(configs or ())
    loaded = [_loaded(each) for each in chosen]
    if isinstance(settings, Settings):
        resolved = settings.replaced(keywords) if keywords else settings
    else:
        resolved = Settings(**{**(settings or {}), **keywords})

    def decorate(function: Callable[..., Any]) -> Kernel[Any]:
        return Kernel(_plain_function(function), configs=loaded, settings=resolved, key=key)

    return decorate if fn is None else decorate(fn)


jit = kernel


def _loaded(config: AnyConfig) -> Config:
    if isinstance(config, Config):
        return config
    if hasattr(config, "keys"):
        return Config.from_dict(cast("Mapping[str, Any]", config))
    if not isinstance(config, (str, os.PathLike)):
        raise exc.InvalidConfig(
            "a configuration has a wrong type", expected="a helion.Config, a mapping, or the path of a file",
            found=repr(config),
        )  # fmt: skip
    return Config.load(config)


def _plain_function(function: Any) -> Callable[..., Any]:
    if isinstance(function, Kernel):
        return cast("Kernel[Any]", function).fn
    if not isinstance(function, types.FunctionType):
        raise exc.InvalidAPIUsage(
            "@helion.kernel takes a Python function", expected="a function", found=type(function).__name__
        )
    if inspect.isgeneratorfunction(function) or inspect.iscoroutinefunction(function):
        kind = "a generator" if inspect.isgeneratorfunction(function) else "a coroutine"
        raise exc.InvalidAPIUsage(f"{function.__name__} cannot be a kernel", expected="a plain function", found=kind)
    if hasattr(function, "__wrapped__"):
        raise exc.DecoratorAfterHelionKernelDecorator(found=f"a wrapper around {function.__name__}")
    return function


def _check_signature(signature: inspect.Signature, fn: Callable[..., Any]) -> None:
    kinds = {
        inspect.Parameter.VAR_POSITIONAL: "takes any number of arguments (*)",
        inspect.Parameter.VAR_KEYWORD: "takes any keywords (**)",
        inspect.Parameter.KEYWORD_ONLY: "is keyword-only",
    }
    for parameter in signature.parameters.values():
        annotation = parameter.annotation
        if (annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")).endswith(
            ProcessGroupName.__name__
        ):
            raise exc.BackendUnsupported(
                f"the parameter {parameter.name} of kernel {fn.__name__} names a process group",
                hint="kernels run on one device: communicate with torch.distributed around them",
            )
        if parameter.kind in kinds:
            code = fn.__code__
            raise exc.UnsupportedSignature(
                f"the parameter {parameter.name} of kernel {fn.__name__} {kinds[parameter.kind]}",
                expected="plain positional parameters",
                found=str(parameter),
                location=exc.SourceLocation(code.co_filename, code.co_firstlineno, function=fn.__name__),
            )


def _constexpr_parameters(fn: Callable[..., Any], signature: inspect.Signature) -> tuple[bool, ...]:
    """For each parameter whether it is annotated `hl.constexpr`, also where annotations are strings."""

    def marked(annotation: Any) -> bool:
        if isinstance(annotation, str):
            return annotation.split("[")[0].rpartition(".")[2] in ("constexpr", "ConstExpr")
        return annotation is constexpr

    return tuple(marked(parameter.annotation) for parameter in signature.parameters.values())
