# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Back ends: what turns the compiler's output into something that runs."""
