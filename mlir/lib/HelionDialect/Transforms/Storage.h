//===- Storage.h - Which tensors share memory -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HELION_LIB_HELIONDIALECT_TRANSFORMS_STORAGE_H
#define HELION_LIB_HELIONDIALECT_TRANSFORMS_STORAGE_H

#include "helion/HelionDialect/IR/Helion.h"

namespace mlir::helion {

/// Argument attribute: the first argument that lies in the same memory.
inline constexpr llvm::StringLiteral kStorageAttrName = "helion.storage";

/// Memory that may be anywhere.
inline constexpr int64_t kAnyStorage = -1;

/// The memory behind a host tensor: the position of its argument, or that of the
/// first one that lies in the same memory.
inline int64_t getStorage(Value base) {
  if (auto view = base.getDefiningOp<ViewOp>())
    base = view.getSource();
  auto argument = dyn_cast<BlockArgument>(base);
  auto kernel = argument
                    ? dyn_cast<KernelOp>(argument.getOwner()->getParentOp())
                    : KernelOp();
  if (!kernel)
    return kAnyStorage;
  auto shared = kernel.getArgAttrOfType<IntegerAttr>(argument.getArgNumber(),
                                                     kStorageAttrName);
  return shared ? shared.getInt() : argument.getArgNumber();
}

} // namespace mlir::helion

#endif // HELION_LIB_HELIONDIALECT_TRANSFORMS_STORAGE_H
