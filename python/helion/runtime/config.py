# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`Config`: one schedule of a kernel."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast, overload

from helion import exc

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helion.runtime.config_spec import ConfigSpec

T = TypeVar("T")


class Key(Generic[T]):
    """A configuration key as a read-only attribute of `Config`; `default` is what stands for an absent key."""

    name: str

    def __init__(self, default: T) -> None:
        self.default = default

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Key[T]: ...
    @overload
    def __get__(self, instance: Config, owner: type) -> T: ...
    def __get__(self, instance: Config | None, owner: type) -> Key[T] | T:
        if instance is None:
            return self
        return cast(T, instance.config.get(self.name, self.default))


class Config(Mapping[str, Any]):
    """Block sizes, warps, access forms and the other choices of one schedule. Immutable and hashable.

    Keys that Helion does not know are kept: they are values of the kernel's own tunables. What a key means to a given
    kernel, and whether its value is legal, is decided when the configuration is bound (`ConfigSpec.normalize`).

    Example::

        helion.Config(block_sizes=[128, 128, 64], num_warps=8, num_stages=3, indexing="tensor_descriptor")
    """

    block_sizes: Key[list[int]] = Key([])
    loop_orders: Key[list[list[int]]] = Key([])
    flatten_loops: Key[list[bool]] = Key([])
    l2_groupings: Key[list[int]] = Key([])
    reduction_loops: Key[list[int | None]] = Key([])
    range_unroll_factors: Key[list[int]] = Key([])
    range_num_stages: Key[list[int]] = Key([])
    range_multi_buffers: Key[list[bool | None]] = Key([])
    range_flattens: Key[list[bool | None]] = Key([])
    range_warp_specializes: Key[list[bool | None]] = Key([])
    static_ranges: Key[list[bool]] = Key([])
    data_partition_factors: Key[list[int]] = Key([])
    num_warps: Key[int] = Key(4)
    num_stages: Key[int] = Key(1)
    pid_type: Key[str] = Key("flat")
    num_sm_multiplier: Key[int] = Key(1)
    maxnreg: Key[int | None] = Key(None)
    indexing: Key[str | list[str]] = Key("pointer")
    atomic_indexing: Key[str | list[str]] = Key("pointer")
    load_eviction_policies: Key[list[str]] = Key([])
    load_cache_modifiers: Key[list[str]] = Key([])
    store_cache_modifiers: Key[list[str]] = Key([])
    epilogue_subtile: Key[int | None] = Key(None)
    advanced_controls_file: Key[str] = Key("")

    config: dict[str, Any]
    _hash: int | None

    def __init__(self, config: Mapping[str, Any] | None = None, /, **keys: Any) -> None:
        self.config = {**(config or {}), **keys}
        self._hash = None

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Config:
        """A configuration from a plain mapping; a `Config` is returned as it is."""
        return values if isinstance(values, cls) else cls(values)

    @classmethod
    def from_json(cls, text: str) -> Config:
        """A configuration from JSON text; `InvalidConfig` when the text is no JSON object."""
        try:
            values = json.loads(text)
        except json.JSONDecodeError as error:
            raise exc.InvalidConfig(
                "the text of the configuration is no JSON", expected="a JSON object", found=str(error)
            ) from None
        if not isinstance(values, dict):
            raise exc.InvalidConfig(
                "the text of the configuration is no JSON object", expected="an object", found=type(values).__name__
            )
        return cls(cast("dict[str, Any]", values))

    def to_json(self) -> str:
        """JSON text that `from_json` reads back."""
        return json.dumps(self.config, indent=2)

    @classmethod
    def load(cls, path: str | Path) -> Config:
        """The configuration in a file that `save` wrote."""
        return cls.from_json(Path(path).read_text())

    def save(self, path: str | Path) -> None:
        """Writes the configuration to a file, as JSON."""
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.to_json() + "\n")

    def minimize(self, spec: ConfigSpec) -> Config:
        """The same schedule without the keys that have the value which `spec` would give them anyway."""
        return spec.minimize(self)

    def __getitem__(self, key: str) -> Any:
        return self.config[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.config)

    def __len__(self) -> int:
        return len(self.config)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Config) and self.config == other.config

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(_frozen(self.config))
        return self._hash

    def __reduce__(self) -> tuple[object, ...]:
        return Config, (self.config,)

    def __repr__(self) -> str:
        return f"helion.Config({', '.join(f'{key}={value!r}' for key, value in self.config.items())})"


def _frozen(value: Any) -> Any:
    """A hashable stand-in for nested lists and mappings."""
    if isinstance(value, Mapping):
        entries = cast("Mapping[str, Any]", value)
        return frozenset((key, _frozen(each)) for key, each in entries.items())
    if isinstance(value, (list, tuple)):
        return tuple(_frozen(each) for each in cast("list[Any]", value))
    return value
