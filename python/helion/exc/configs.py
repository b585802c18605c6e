# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Mistakes in configurations and tunables, and failures of tuning."""

from __future__ import annotations

from helion.exc.base import BaseError


class RegisterTunableArgTypes(BaseError):
    """`hl.register_tunable` was given wrong arguments."""

    template = "hl.register_tunable takes a literal name and a fragment"


class TunableTypeNotSupported(BaseError):
    """A tunable has values that are no int, float or bool."""

    template = "a tunable holds values of type {name}; int, float and bool are supported"


class TunableNameConflict(BaseError):
    """Two tunables, or a tunable and a configuration key, share a name."""

    template = "the tunable name {name} is taken already"


class InvalidConfig(BaseError):
    """A configuration has a key or value that the kernel does not take."""

    template = "the configuration is not valid for this kernel"


class NotEnoughConfigs(BaseError):
    """A search was given too few configurations."""

    template = "at least two configurations are needed to search, got {count}"


class NoConfigFound(BaseError):
    """No configuration of the search space works."""

    template = "no configuration works for this kernel"


class AutotuneError(BaseError):
    """Tuning failed."""

    template = "tuning failed"


class AutotuningDisallowedInEnvironment(BaseError):
    """Tuning is forbidden by the environment."""

    template = "tuning is needed but HELION_DISALLOW_AUTOTUNING forbids it"
    default_hint = "give a configuration: @helion.kernel(config=helion.Config(…))"


class CacheAssertionError(BaseError):
    """A cache hit was demanded and missed."""

    template = "HELION_ASSERT_CACHE_HIT is set, but no tuned configuration is cached for {name}"


class InconsistantConfigsAcrossRanks(BaseError):
    """Ranks of a distributed run chose different configurations: not raised, kernels run on one device."""

    template = "the ranks of this run use different configurations"
