//===- HelionEnums.td - Enumerations of the helion dialect -*- tablegen -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HELION_ENUMS_TD
#define HELION_ENUMS_TD

include "mlir/IR/EnumAttr.td"

def Helion_EvictionPolicy : I32EnumAttr<"EvictionPolicy", "L2 eviction hint", [
  I32EnumAttrCase<"Normal", 0, "normal">,
  I32EnumAttrCase<"First", 1, "first">,
  I32EnumAttrCase<"Last", 2, "last">
]> { let cppNamespace = "::mlir::helion"; }

def Helion_CacheModifier : I32EnumAttr<"CacheModifier", "cache operator", [
  I32EnumAttrCase<"None", 0, "none">,
  I32EnumAttrCase<"CA", 1, "ca">,
  I32EnumAttrCase<"CG", 2, "cg">,
  I32EnumAttrCase<"WB", 3, "wb">,
  I32EnumAttrCase<"CS", 4, "cs">,
  I32EnumAttrCase<"WT", 5, "wt">,
  I32EnumAttrCase<"CV", 6, "cv">
]> { let cppNamespace = "::mlir::helion"; }

def Helion_AccessKind : I32EnumAttr<"AccessKind", "how a memory op is addressed", [
  I32EnumAttrCase<"Pointer", 0, "pointer">,
  I32EnumAttrCase<"Descriptor", 1, "descriptor">
]> { let cppNamespace = "::mlir::helion"; }

def Helion_ReductionKind : I32EnumAttr<"ReductionKind", "combine function of a reduction or scan", [
  I32EnumAttrCase<"Sum", 0, "sum">,
  I32EnumAttrCase<"Prod", 1, "prod">,
  I32EnumAttrCase<"Max", 2, "max">,
  I32EnumAttrCase<"Min", 3, "min">,
  I32EnumAttrCase<"ArgMax", 4, "argmax">,
  I32EnumAttrCase<"ArgMin", 5, "argmin">,
  I32EnumAttrCase<"And", 6, "and">,
  I32EnumAttrCase<"Or", 7, "or">,
  I32EnumAttrCase<"Xor", 8, "xor">
]> { let cppNamespace = "::mlir::helion"; }

def Helion_DotPrecision : I32EnumAttr<"DotPrecision", "precision of an fp32 dot", [
  I32EnumAttrCase<"IEEE", 0, "ieee">,
  I32EnumAttrCase<"TF32", 1, "tf32">,
  I32EnumAttrCase<"TF32x3", 2, "tf32x3">
]> { let cppNamespace = "::mlir::helion"; }

def Helion_ScaledFormat : I32EnumAttr<"ScaledFormat", "element format of a scaled dot", [
  I32EnumAttrCase<"E4M3", 0, "e4m3">,
  I32EnumAttrCase<"E5M2", 1, "e5m2">,
  I32EnumAttrCase<"E2M1", 2, "e2m1">,
  I32EnumAttrCase<"BF16", 3, "bf16">,
  I32EnumAttrCase<"FP16", 4, "fp16">
]> { let cppNamespace = "::mlir::helion"; }

def Helion_AtomicKind : I32EnumAttr<"AtomicKind", "read-modify-write operation", [
  I32EnumAttrCase<"Add", 0, "add">,
  I32EnumAttrCase<"And", 1, "and">,
  I32EnumAttrCase<"Or", 2, "or">,
  I32EnumAttrCase<"Xor", 3, "xor">,
  I32EnumAttrCase<"Max", 4, "max">,
  I32EnumAttrCase<"Min", 5, "min">,
  I32EnumAttrCase<"Xchg", 6, "xchg">,
  I32EnumAttrCase<"UMax", 7, "umax">,
  I32EnumAttrCase<"UMin", 8, "umin">
]> { let cppNamespace = "::mlir::helion"; }

def Helion_MemSemantic : I32EnumAttr<"MemSemantic", "memory ordering of an atomic", [
  I32EnumAttrCase<"Relaxed", 0, "relaxed">,
  I32EnumAttrCase<"Acquire", 1, "acquire">,
  I32EnumAttrCase<"Release", 2, "release">,
  I32EnumAttrCase<"AcqRel", 3, "acq_rel">
]> { let cppNamespace = "::mlir::helion"; }

#endif // HELION_ENUMS_TD
