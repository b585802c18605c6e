# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which distribution this package came from, and whether another one claims the same import name.

`importlib.metadata` would parse every installed distribution; listing one directory is enough and takes microseconds.
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path

from helion import exc

_PACKAGE = Path(__file__).resolve().parent
_UNINSTALLED = "0.0.0+source"


def _metadata_directories(site: Path, distribution: str) -> list[str]:
    """The `*.dist-info` directories of `distribution` in `site`; the names are normalized as PEP 503 says."""
    try:
        names = os.listdir(site)  # noqa: PTH208 - the names alone, without a Path each: this runs at import
    except OSError:
        return []
    wanted = distribution.replace("-", "_")
    return [
        name
        for name in names
        if name.endswith(".dist-info") and name.split("-", 1)[0].lower().replace(".", "_") == wanted
    ]


def installed_version(site: Path = _PACKAGE.parent) -> str:
    """The version of the installed distribution `helion-mlir`, or a local version when run from a source tree."""
    for name in _metadata_directories(site, "helion-mlir"):
        return name[: -len(".dist-info")].split("-", 1)[1]
    from importlib import metadata

    try:
        return metadata.version("helion-mlir")
    except metadata.PackageNotFoundError:
        return _UNINSTALLED


def conflicting_distribution(site: Path = _PACKAGE.parent) -> str | None:
    """The metadata directory of the other distribution that installs a `helion` package beside this one, if any."""
    return next(iter(_metadata_directories(site, "helion")), None)


def check_single_distribution(site: Path = _PACKAGE.parent) -> None:
    """Warns when two distributions have written into this package's directory: files of either may be gone.

    A warning and not an error, so that the user can still run whichever of the two came last.
    """
    other = conflicting_distribution(site)
    if other is None:
        return
    error = exc.PackageConflict(
        f"the distribution {other.removesuffix('.dist-info')} provides the package helion as well as helion-mlir does",
        found=f"both in {site}",
    )
    warnings.warn(str(error), RuntimeWarning, stacklevel=3)
