# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Settings: how a kernel is compiled, tuned and looked at.

Each setting has a default, an environment variable and a parser for it. A keyword of `@helion.kernel` wins over the
environment, the environment over the default. The environment is read when the `Settings` object is made.
"""

from __future__ import annotations

import difflib
import enum
import json
import logging
import os
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, cast, overload

from helion import exc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

T = TypeVar("T")


class RefMode(enum.Enum):
    """Whether kernels run as compiled code or as ordinary eager PyTorch."""

    OFF = "off"
    EAGER = "eager"


class Setting(Generic[T]):
    """One setting: a typed attribute of `Settings` that knows its default, its environment variable and what it takes.

    `parse` makes the value from the text of the environment variable and `check` vets a value given in Python; both
    raise ValueError with a text that says what is allowed.
    """

    name: str

    def __init__(
        self,
        default: T,
        env: str | None,
        parse: Callable[[str], T],
        doc: str,
        check: Callable[[object], T] | None = None,
    ) -> None:
        self.default = default
        self.env = env
        self.parse = parse
        self.check = check
        self.__doc__ = doc

    def __set_name__(self, owner: type[Settings], name: str) -> None:
        self.name = name
        owner.registry[name] = cast("Setting[Any]", self)

    @overload
    def __get__(self, instance: None, owner: type) -> Setting[T]: ...
    @overload
    def __get__(self, instance: Settings, owner: type) -> T: ...
    def __get__(self, instance: Settings | None, owner: type) -> Setting[T] | T:
        if instance is None:
            return self
        return cast("T", instance.values[self.name])

    def __set__(self, instance: Settings, value: T) -> None:
        instance.values[self.name] = self.checked(value)

    def checked(self, value: object) -> T:
        """`value` as this setting keeps it; InvalidSetting when it does not take it."""
        if self.check is None:
            return cast("T", value)
        try:
            return self.check(value)
        except (ValueError, TypeError) as error:
            raise exc.InvalidSetting(name=self.name, expected=error, found=repr(value)) from None

    def initial(self) -> T:
        """The value from the environment, else the default; InvalidSetting when the variable holds nonsense."""
        text = os.environ.get(self.env) if self.env else None
        if text is None or not text.strip():
            return self.default
        try:
            return self.parse(text.strip())
        except ValueError as error:
            raise exc.InvalidSetting(
                f"the environment variable {self.env} has a value that setting {self.name} does not take",
                expected=error,
                found=repr(text),
            ) from None


def _boolean(text: str) -> bool:
    word = text.lower()
    if word in ("1", "true", "yes", "on"):
        return True
    if word in ("0", "false", "no", "off"):
        return False
    raise ValueError("one of 1, 0, true, false, yes, no, on, off")


def _check_boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError("True or False")


def flag(default: bool, env: str | None, doc: str) -> Setting[bool]:
    return Setting(default, env, _boolean, doc, _check_boolean)


def choice(default: str, env: str | None, choices: Sequence[str], doc: str) -> Setting[str]:
    allowed = f"one of {', '.join(choices)}"

    def check(value: object) -> str:
        if isinstance(value, str) and value in choices:
            return value
        raise ValueError(allowed)

    return Setting(default, env, lambda text: check(text.lower()), doc, check)


def _number(kind: type[int] | type[float], minimum: float) -> Callable[[object], Any]:
    article = "an integer" if kind is int else "a number"

    def check(value: object) -> Any:
        wanted = f"{article} of at least {minimum:g}"
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            raise ValueError(wanted)
        try:
            number = kind(value)
        except ValueError:
            raise ValueError(wanted) from None
        if number < minimum or (kind is int and number != float(value)):
            raise ValueError(wanted)
        return number

    return check


def integer(default: int, env: str | None, doc: str, minimum: int = 0) -> Setting[int]:
    check = _number(int, minimum)
    return Setting(default, env, check, doc, check)


def optional_number(
    kind: type[int] | type[float], env: str | None, doc: str, default: float | None = None, minimum: float = 0
) -> Setting[float | None]:
    check = _number(kind, minimum)
    return Setting(default, env, check, doc, lambda value: None if value is None else check(value))


def _json(kind: type, what: str) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        try:
            value = json.loads(text)
        except json.JSONDecodeError:
            raise ValueError(f"JSON text of {what}") from None
        if not isinstance(value, kind):
            raise ValueError(f"JSON text of {what}")
        return value

    return parse


def _no_text(text: str) -> Any:
    raise ValueError("this setting cannot be given by environment variable")


def python_only(doc: str) -> Setting[Any]:
    """A setting that holds a Python object, so that no environment variable can give it."""
    return Setting(None, None, _no_text, doc)


def _warning_classes(text: str) -> list[type[exc.BaseWarning]]:
    found: list[type[exc.BaseWarning]] = []
    for name in filter(None, (part.strip() for part in text.split(","))):
        cls = getattr(exc, name, None)
        if not (isinstance(cls, type) and issubclass(cls, exc.BaseWarning)):
            raise ValueError("names of warning classes of helion.exc, separated by commas")
        found.append(cls)
    return found


def _check_warning_classes(value: object) -> list[type[exc.BaseWarning]]:
    items = list(cast("Sequence[object]", value)) if isinstance(value, (list, tuple)) else [value]
    if not all(isinstance(item, type) and issubclass(item, exc.BaseWarning) for item in items):
        raise ValueError("a list of warning classes of helion.exc")
    return cast("list[type[exc.BaseWarning]]", items)


def _ref_mode(value: object) -> RefMode:
    if isinstance(value, RefMode):
        return value
    if isinstance(value, str):
        word = value.lower()
        if word in ("eager", "off"):
            return RefMode(word)
        return RefMode.EAGER if _boolean(word) else RefMode.OFF
    raise ValueError("helion.RefMode.OFF or helion.RefMode.EAGER")


def _index_dtype(value: object) -> str | None:
    word = "auto" if value is None else str(value).removeprefix("torch.").lower()
    if word == "auto":
        return None
    if word in ("int32", "int64"):
        return word
    raise ValueError("auto, int32 or int64")


_OTHER_BACKENDS: dict[str, type[exc.BackendUnsupported]] = {
    "tileir": exc.MissingEnableTile, "cute": exc.CuteBackendUnavailable,
    "pallas": exc.BackendUnsupported, "metal": exc.BackendUnsupported,
}  # fmt: skip


def _backend(value: object) -> str:
    word = str(value).lower()
    if word in _OTHER_BACKENDS:
        raise _OTHER_BACKENDS[word](f"the backend {word} is not part of this compiler", expected="triton")
    if word != "triton":
        raise ValueError("triton")
    return word


def _distributed(value: object) -> bool:
    if _boolean(value) if isinstance(value, str) else _check_boolean(value):
        raise exc.BackendUnsupported(name="kernels over several devices", backend="Triton")
    return False


_LEVELS = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40, "CRITICAL": 50}


def _log_level(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    word = str(value).upper()
    if word in _LEVELS:
        return _LEVELS[word]
    if word.isdigit():
        return int(word)
    raise ValueError("a level of the logging module, by name or number")


def _path_list(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


class Settings:
    """All settings of one kernel; each keyword is an attribute of the same name.

    Raises:
        UnknownSetting: for a keyword that is no setting, with the closest name that is one.
        InvalidSetting: for a value that a setting does not take.
    """

    registry: ClassVar[dict[str, Setting[Any]]] = {}

    backend: Setting[str] = Setting("triton", "HELION_BACKEND", _backend, "The code generator.", _backend)
    precision = choice(
        "fused", "HELION_PRECISION", ("fused", "strict"),
        "fused keeps low-precision intermediates in fp32 until they are stored, as torch.compile does; strict rounds "
        "after every operation, as eager PyTorch does.",
    )  # fmt: skip
    static_shapes = flag(True, "HELION_STATIC_SHAPES", "Sizes and strides are compile-time constants.")
    index_dtype: Setting[str | None] = Setting(
        None, "HELION_INDEX_DTYPE", _index_dtype, "int32, int64, or None: int64 where a tensor needs it.", _index_dtype
    )
    dot_precision = choice(
        "tf32", "TRITON_F32_DEFAULT", ("tf32", "tf32x3", "ieee"), "How matrix products of fp32 values are computed."
    )
    fast_math = flag(False, "HELION_FAST_MATH", "Approximate intrinsics.")
    online_softmax_fusion = flag(
        True, "HELION_ONLINE_SOFTMAX_FUSION", "Loops that find a maximum and sum up exponentials become one loop."
    )
    ignore_warnings: Setting[list[type[exc.BaseWarning]]] = Setting(
        [], "HELION_IGNORE_WARNINGS", _warning_classes, "Warning classes to silence.", _check_warning_classes
    )
    persistent_reserved_sms = integer(
        0, "HELION_PERSISTENT_RESERVED_SMS", "Multiprocessors that persistent kernels leave free."
    )
    allow_warp_specialize = flag(
        True, "HELION_ALLOW_WARP_SPECIALIZE", "Whether configurations may ask for warp specialization."
    )
    distributed: Setting[bool] = Setting(
        False, "HELION_DISTRIBUTED", _distributed, "Kernels over several devices: not supported, only False is taken.",
        _distributed,
    )  # fmt: skip
    triton_do_not_specialize = flag(
        False, "HELION_TRITON_DO_NOT_SPECIALIZE", "One binary for all values of scalar arguments."
    )
    debug_dtype_asserts = flag(False, "HELION_DEBUG_DTYPE_ASSERTS", "Check the dtype of each value in emitted source.")
    ref_mode: Setting[RefMode] = Setting(
        RefMode.OFF, "HELION_INTERPRET", _ref_mode, "Run kernels as eager PyTorch.", _ref_mode
    )
    print_output_code = flag(False, "HELION_PRINT_OUTPUT_CODE", "Print the Triton source of each compiled kernel.")
    print_repro = flag(False, "HELION_PRINT_REPRO", "Print a script that reproduces each compilation.")
    output_origin_lines = flag(True, "HELION_OUTPUT_ORIGIN_LINES", "Source lines as comments in the Triton source.")
    remarks = flag(False, "HELION_REMARKS", "Log what the compiler could not honour of a configuration, and why.")

    force_autotune = flag(False, "HELION_FORCE_AUTOTUNE", "Tune even where a configuration is given.")
    autotune_effort = choice(
        "full", "HELION_AUTOTUNE_EFFORT", ("none", "quick", "full"), "none takes the default configuration."
    )
    autotuner_fn = python_only("The search to use, in place of the default.")
    autotune_cache: Setting[str] = Setting(
        "LocalAutotuneCache", "HELION_AUTOTUNE_CACHE", str, "The class of the store of tuned configurations."
    )
    autotune_compile_timeout = integer(60, "HELION_AUTOTUNE_COMPILE_TIMEOUT", "Seconds that one compilation may take.")
    autotune_adaptive_timeout = flag(
        True, "HELION_AUTOTUNE_ADAPTIVE_TIMEOUT", "Shrink the timeout to a quantile of the first compile times."
    )
    autotune_benchmark_subprocess = flag(
        True, "HELION_AUTOTUNE_BENCHMARK_SUBPROCESS", "Measure in a child process, which a bad kernel may kill."
    )
    autotune_benchmark_timeout = integer(
        30, "HELION_AUTOTUNE_BENCHMARK_TIMEOUT", "Seconds that one measurement may take."
    )
    autotune_precompile = choice(
        "fork", "HELION_AUTOTUNE_PRECOMPILE", ("fork", "spawn", "off"), "How compile workers are started."
    )
    autotune_precompile_jobs = optional_number(
        int, "HELION_AUTOTUNE_PRECOMPILE_JOBS", "Compile workers; None takes the number of processors.", minimum=1
    )
    autotune_random_seed = optional_number(
        int, "HELION_AUTOTUNE_RANDOM_SEED", "Seed of the search; None takes the time."
    )
    autotune_best_of_k = integer(1, "HELION_AUTOTUNE_BEST_OF_K", "Searches to run; the best result wins.", minimum=1)
    autotune_accuracy_check = flag(
        True, "HELION_AUTOTUNE_ACCURACY_CHECK", "Refuse configurations whose result differs from the baseline's."
    )
    autotune_baseline_fn = python_only("Gives the reference result; the default configuration otherwise.")
    autotune_baseline_atol = python_only("Absolute tolerance of the accuracy check.")
    autotune_baseline_rtol = python_only("Relative tolerance of the accuracy check.")
    autotune_baseline_accuracy_check_fn = python_only("Compares two results, in place of assert_close.")
    autotune_rebenchmark_threshold = optional_number(
        float, "HELION_REBENCHMARK_THRESHOLD", "Measure again what is within this factor of the best."
    )
    autotune_suspicious_rebenchmark_ratio = optional_number(
        float, "HELION_AUTOTUNE_SUSPICIOUS_REBENCHMARK_RATIO", "Measure again what is faster than this.", default=0.9
    )
    autotune_max_generations = optional_number(int, "HELION_AUTOTUNE_MAX_GENERATIONS", "Bound on the search.")
    autotune_budget_seconds = optional_number(float, "HELION_AUTOTUNE_BUDGET_SECONDS", "Time that a search may take.")
    autotune_ignore_errors = flag(False, "HELION_AUTOTUNE_IGNORE_ERRORS", "Skip configurations that fail unexpectedly.")
    autotune_config_overrides: Setting[dict[str, Any]] = Setting(
        {}, "HELION_AUTOTUNE_CONFIG_OVERRIDES", _json(dict, "an object"), "Keys that every tried configuration takes."
    )
    autotune_seed_configs = python_only("Configurations to try first.")
    autotune_config_filter = python_only("Maps a configuration to one to try, or to None to skip it.")
    autotune_benchmark_fn = python_only("Measures a candidate, in place of the built-in benchmark.")
    autotune_force_persistent = flag(False, "HELION_AUTOTUNE_FORCE_PERSISTENT", "Try persistent kernels only.")
    disable_autotuner_heuristics = flag(False, "HELION_DISABLE_AUTOTUNER_HEURISTICS", "No seeds from heuristics.")
    autotune_initial_population_strategy: Setting[str | None] = Setting(
        None, "HELION_AUTOTUNER_INITIAL_POPULATION", str, "from_random, from_best_available, or None for the profile's."
    )
    autotune_best_available_max_configs = integer(
        20, "HELION_BEST_AVAILABLE_MAX_CONFIGS", "Stored seeds to use at most."
    )
    autotune_best_available_max_cache_scan = integer(
        500, "HELION_BEST_AVAILABLE_MAX_CACHE_SCAN", "Stored results to look through at most."
    )
    autotune_search_acf: Setting[list[str]] = Setting(
        [], "HELION_AUTOTUNE_SEARCH_ACF", _path_list, "Advanced controls files for ptxas to try."
    )
    autotune_progress_bar = flag(True, "HELION_AUTOTUNE_PROGRESS_BAR", "Show progress.")
    autotune_log_level: Setting[int] = Setting(
        logging.INFO, "HELION_AUTOTUNE_LOG_LEVEL", _log_level, "Verbosity of the search.", _log_level
    )
    autotune_log: Setting[str | None] = Setting(
        None, "HELION_AUTOTUNE_LOG", str, "Base path of the CSV and text log of a search."
    )
    autotune_log_details = flag(False, "HELION_AUTOTUNE_LOG_DETAILS", "Sources of each candidate beside the log.")
    autotune_log_search_space = flag(False, "HELION_AUTOTUNE_LOG_SEARCH_SPACE", "Report the search space.")

    values: dict[str, object]

    def __init__(self, **settings: Any) -> None:
        unknown = settings.keys() - self.registry.keys()
        if unknown:
            name = min(unknown)
            close = difflib.get_close_matches(name, self.registry, 1)
            raise exc.UnknownSetting(
                name=name, hint=f"did you mean {close[0]}?" if close else "helion.Settings lists all settings"
            )
        # Mutable defaults are copied, so that one kernel's settings never leak into another's.
        self.values = {
            name: setting.checked(settings[name]) if name in settings else _copied(setting.initial())
            for name, setting in self.registry.items()
        }

    def __setattr__(self, name: str, value: object) -> None:
        if name != "values" and name not in self.registry:
            raise exc.UnknownSetting(name=name)
        object.__setattr__(self, name, value)

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Settings) and self.values == other.values

    __hash__ = None  # pyright: ignore[reportAssignmentType]

    def __repr__(self) -> str:
        return f"Settings({', '.join(f'{name}={value!r}' for name, value in self.changed().items())})"

    def to_dict(self) -> dict[str, object]:
        """Every setting and its value."""
        return dict(self.values)

    def changed(self) -> dict[str, object]:
        """The settings that differ from their defaults, whether by keyword or by environment."""
        return {name: value for name, value in self.values.items() if value != self.registry[name].default}

    def replaced(self, changes: Mapping[str, object]) -> Settings:
        """A copy with `changes` applied."""
        return Settings(**{**self.values, **changes})


def _copied(value: object) -> object:
    if isinstance(value, list):
        return list(cast("list[object]", value))
    if isinstance(value, dict):
        return dict(cast("dict[str, object]", value))
    return value


def environment_flag(name: str) -> bool:
    """Whether an on/off environment variable that is no setting (`TRITON_INTERPRET`, …) is on now."""
    return os.environ.get(name, "").strip().lower() in ("1", "true", "yes", "on")
