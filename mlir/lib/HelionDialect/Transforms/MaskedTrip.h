//===- MaskedTrip.h - What masked blocks of a loop do -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HELION_LIB_HELIONDIALECT_TRANSFORMS_MASKEDTRIP_H
#define HELION_LIB_HELIONDIALECT_TRANSFORMS_MASKEDTRIP_H

#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::helion {

/// What trips of a loop in which a mask is false everywhere mean for the values
/// that the loop carries.
enum class MaskedTrips {
  /// They change something, as far as can be told.
  Needed,
  /// All but the first trip of the loop change nothing.
  NeededOnce,
  /// They change nothing.
  Skippable
};

/// Classifies the trips where `failing`, an operation of the loop's body, is
/// false everywhere. Where they are needed, `reason` says why.
MaskedTrips classifyMaskedTrips(scf::ForOp loop, Operation *failing,
                                std::string &reason);

} // namespace mlir::helion

#endif // HELION_LIB_HELIONDIALECT_TRANSFORMS_MASKEDTRIP_H
