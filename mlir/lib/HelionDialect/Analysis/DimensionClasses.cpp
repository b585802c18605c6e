//===- DimensionClasses.cpp - Which dimensions run together -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "helion/HelionDialect/Analysis/DimensionClasses.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::helion;

static int64_t rankOf(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type ? type.getRank() : 0;
}

/// A symbol where the type names one, a number elsewhere.
static Attribute extentOf(Value value, int64_t dim) {
  auto type = cast<RankedTensorType>(value.getType());
  if (auto dims = dyn_cast_or_null<DimsAttr>(type.getEncoding()))
    return dims.getDims()[dim];
  return Builder(type.getContext()).getI64IntegerAttr(type.getDimSize(dim));
}

static bool isUnit(Attribute extent) {
  auto number = dyn_cast<IntegerAttr>(extent);
  return number && number.getInt() == 1;
}

static SliceOp getPlainSlice(Value index) {
  auto slice = index.getDefiningOp<SliceOp>();
  return slice && slice.getStep() == 1 ? slice : SliceOp();
}

bool mlir::helion::isMadeForAnyPart(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op || !isa<RankedTensorType>(value.getType()))
    return false;
  if (auto index = dyn_cast<TileIndexOp>(op))
    return static_cast<bool>(getPlainSlice(index.getTile()));
  if (auto constant = dyn_cast<arith::ConstantOp>(op))
    return isa<SplatElementsAttr>(constant.getValue());
  return isa<FullOp, ArangeOp>(op);
}

//===----------------------------------------------------------------------===//
// Numbering
//===----------------------------------------------------------------------===//

DimensionClasses::Key DimensionClasses::keyOf(Value value, int64_t dim) {
  return {value.getAsOpaquePointer(), dim};
}

DimensionClasses::Key DimensionClasses::keyOf(OpOperand &operand, int64_t dim) {
  if (isMadeForAnyPart(operand.get()))
    return {&operand, dim};
  return keyOf(operand.get(), dim);
}

std::optional<unsigned> DimensionClasses::find(Key key) const {
  auto found = numbers.find(key);
  if (found == numbers.end())
    return std::nullopt;
  return classes[found->second];
}

std::optional<unsigned> DimensionClasses::lookup(Value value,
                                                 int64_t dim) const {
  return find(keyOf(value, dim));
}

std::optional<unsigned> DimensionClasses::lookup(OpOperand &operand,
                                                 int64_t dim) const {
  return find(keyOf(operand, dim));
}

int64_t DimensionClasses::dimOf(Value value, unsigned wanted) const {
  for (int64_t dim = 0, rank = rankOf(value); dim < rank; ++dim)
    if (lookup(value, dim) == wanted)
      return dim;
  return -1;
}

int64_t DimensionClasses::dimOf(OpOperand &operand, unsigned wanted) const {
  for (int64_t dim = 0, rank = rankOf(operand.get()); dim < rank; ++dim)
    if (lookup(operand, dim) == wanted)
      return dim;
  return -1;
}

unsigned DimensionClasses::number(Key key, Attribute extent) {
  auto [entry, isNew] = numbers.try_emplace(key, numberedExtents.size());
  if (isNew)
    numberedExtents.push_back(extent);
  return entry->second;
}

void DimensionClasses::join(Key a, Attribute extentA, Key b,
                            Attribute extentB) {
  if (isUnit(extentA) || isUnit(extentB))
    return;
  unsigned first = number(a, extentA), second = number(b, extentB);
  joins.push_back({first, second});
  if (extentA != extentB)
    wholes.push_back({first, "its extents differ"});
}

void DimensionClasses::keepWhole(Key key, Attribute extent, StringRef why) {
  if (!isUnit(extent))
    wholes.push_back({number(key, extent), why});
}

DimensionClasses::DimensionClasses(Block &block) {
  for (Operation &op : block)
    visit(&op);
  classes.grow(numberedExtents.size());
  for (auto [a, b] : joins)
    classes.join(a, b);
  classes.compress();
  whole.resize(classes.getNumClasses());
  extents.resize(classes.getNumClasses());
  for (auto [number, extent] : llvm::enumerate(numberedExtents))
    extents[classes[number]] = extent;
  for (auto [number, why] : wholes)
    whole[classes[number]] = why;
  // A value that has two dimensions of one class meets itself across.
  llvm::DenseMap<std::pair<void *, unsigned>, int64_t> seen;
  for (auto [key, number] : numbers) {
    auto [entry, isNew] =
        seen.try_emplace({key.first, classes[number]}, key.second);
    if (!isNew && entry->second != key.second)
      whole[classes[number]] = "a value has two dimensions along it";
  }
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

void DimensionClasses::keepAllWhole(Operation *op, StringRef why) {
  for (OpOperand &operand : op->getOpOperands())
    for (int64_t dim = 0, rank = rankOf(operand.get()); dim < rank; ++dim)
      keepWhole(keyOf(operand, dim), ::extentOf(operand.get(), dim), why);
  for (Value result : op->getResults())
    for (int64_t dim = 0, rank = rankOf(result); dim < rank; ++dim)
      keepWhole(keyOf(result, dim), ::extentOf(result, dim), why);
}

/// Operands and results of one rank run together, but for the dims in `except`.
void DimensionClasses::joinAll(Operation *op, ArrayRef<int64_t> except) {
  std::optional<std::pair<Key, Attribute>> first;
  int64_t rank = 0;
  for (Value value : op->getOperands())
    rank = std::max(rank, rankOf(value));
  for (int64_t dim = 0; dim < rank; ++dim) {
    if (llvm::is_contained(except, dim))
      continue;
    first.reset();
    auto add = [&](Key key, Attribute extent) {
      if (isUnit(extent))
        return;
      if (first)
        join(first->first, first->second, key, extent);
      else
        first = {key, extent};
    };
    for (OpOperand &operand : op->getOpOperands())
      if (rankOf(operand.get()) == rank)
        add(keyOf(operand, dim), ::extentOf(operand.get(), dim));
    for (Value result : op->getResults())
      if (rankOf(result) == rank)
        add(keyOf(result, dim), ::extentOf(result, dim));
  }
}

void DimensionClasses::visitAccess(Operation *op, ValueRange indices,
                                   ArrayRef<int64_t> dims) {
  // Values, index tensors and masks all have the rank of what is accessed.
  joinAll(op);
  Value value;
  for (Value result : op->getResults())
    value = result;
  if (!value)
    value = cast<StoreOp>(op).getValue();
  OpOperand *stored = isa<StoreOp>(op) ? &op->getOpOperand(0) : nullptr;
  for (auto [index, dim] : llvm::zip_equal(indices, dims)) {
    if (dim < 0 || getPlainSlice(index))
      continue;
    Key key = stored ? keyOf(*stored, dim) : keyOf(value, dim);
    keepWhole(key, ::extentOf(value, dim), "it belongs to a tile");
  }
}

void DimensionClasses::visit(Operation *op) {
  // What other blocks make is not ours to walk.
  for (OpOperand &operand : op->getOpOperands()) {
    Operation *maker = operand.get().getDefiningOp();
    if (!maker || maker->getBlock() != op->getBlock())
      for (int64_t dim = 0, rank = rankOf(operand.get()); dim < rank; ++dim)
        if (!isMadeForAnyPart(operand.get()))
          keepWhole(keyOf(operand, dim), ::extentOf(operand.get(), dim),
                    "a value comes from outside of the loop body");
  }
  auto operand = [&](unsigned position, int64_t dim) -> Key {
    return keyOf(op->getOpOperand(position), dim);
  };
  auto extent = [&](unsigned position, int64_t dim) {
    return ::extentOf(op->getOperand(position), dim);
  };
  auto withResult = [&](unsigned position, int64_t dim, int64_t resultDim) {
    for (Value result : op->getResults())
      join(operand(position, dim), extent(position, dim),
           keyOf(result, resultDim), ::extentOf(result, resultDim));
  };
  llvm::TypeSwitch<Operation *>(op)
      .Case<LoadOp, StoreOp, AtomicRmwOp, AtomicCasOp>([&](auto access) {
        visitAccess(op, access.getIndices(), access.resolveIndexDims());
      })
      .Case<ExpandDimsOp>([&](ExpandDimsOp expand) {
        int64_t axis = expand.getAxis();
        for (int64_t dim = 0, rank = rankOf(expand.getSource()); dim < rank;
             ++dim)
          withResult(0, dim, dim < axis ? dim : dim + 1);
      })
      .Case<BroadcastOp>([&](BroadcastOp broadcast) {
        for (int64_t dim = 0, rank = rankOf(broadcast.getSource()); dim < rank;
             ++dim)
          withResult(0, dim, dim);
      })
      .Case<PermuteOp>([&](PermuteOp permute) {
        for (auto [dim, source] : llvm::enumerate(permute.getOrder()))
          withResult(0, source, dim);
      })
      .Case<ReshapeOp>([&](ReshapeOp reshape) {
        SmallVector<int64_t> before, after;
        Value source = reshape.getSource(), result = reshape.getResult();
        for (int64_t dim = 0, rank = rankOf(source); dim < rank; ++dim)
          if (!isUnit(::extentOf(source, dim)))
            before.push_back(dim);
        for (int64_t dim = 0, rank = rankOf(result); dim < rank; ++dim)
          if (!isUnit(::extentOf(result, dim)))
            after.push_back(dim);
        bool same = before.size() == after.size() &&
                    llvm::all_of(llvm::zip_equal(before, after), [&](auto p) {
                      return ::extentOf(source, std::get<0>(p)) ==
                             ::extentOf(result, std::get<1>(p));
                    });
        if (!same)
          return keepAllWhole(op, "a reshape merges or splits it");
        for (auto [from, to] : llvm::zip_equal(before, after))
          withResult(0, from, to);
      })
      .Case<DotOp>([&](DotOp dot) {
        int64_t rank = rankOf(dot.getLhs());
        for (int64_t dim = 0; dim < rank - 2; ++dim) {
          withResult(0, dim, dim);
          withResult(1, dim, dim);
        }
        withResult(0, rank - 2, rank - 2);
        withResult(1, rank - 1, rank - 1);
        join(operand(0, rank - 1), extent(0, rank - 1), operand(1, rank - 2),
             extent(1, rank - 2));
        if (dot.getAcc())
          for (int64_t dim = 0; dim < rank; ++dim)
            withResult(2, dim, dim);
      })
      .Case<ReduceOp>([&](ReduceOp reduce) {
        ArrayRef<int64_t> dims = reduce.getDims();
        bool foreign =
            !reduce.getKind() || reduce.getInputs().size() != 1 ||
            (llvm::is_contained({ReductionKind::ArgMax, ReductionKind::ArgMin},
                                *reduce.getKind()));
        for (unsigned input = 0; input < reduce.getInputs().size(); ++input) {
          int64_t kept = 0;
          for (int64_t dim = 0, rank = rankOf(op->getOperand(input));
               dim < rank; ++dim) {
            if (!llvm::is_contained(dims, dim)) {
              withResult(input, dim, kept++);
              continue;
            }
            if (isUnit(extent(input, dim)))
              continue;
            number(operand(input, dim), extent(input, dim));
            if (foreign)
              keepWhole(operand(input, dim), extent(input, dim),
                        "its reduction has no partial results");
          }
        }
      })
      .Case<ScanOp>([&](ScanOp scan) {
        int64_t axis = scan.getAxis();
        joinAll(op, {axis});
        for (unsigned input = 0; input < scan.getInputs().size(); ++input)
          keepWhole(operand(input, axis), extent(input, axis),
                    "a scan runs along it");
        for (Value result : op->getResults())
          keepWhole(keyOf(result, axis), ::extentOf(result, axis),
                    "a scan runs along it");
      })
      .Default([&](Operation *) {
        bool isPlain = op->getNumRegions() == 0 &&
                       (op->hasTrait<OpTrait::Elementwise>() ||
                        (isa<InlineAsmOp>(op) && isMemoryEffectFree(op)));
        if (isPlain)
          return joinAll(op);
        if (op->getNumResults() == 1 && isMadeForAnyPart(op->getResult(0)))
          return;
        keepAllWhole(op, "an operation needs all of it");
        op->walk([&](Operation *inner) {
          for (OpOperand &used : inner->getOpOperands())
            if (Operation *maker = used.get().getDefiningOp();
                maker && maker->getBlock() == op->getBlock())
              for (int64_t dim = 0, rank = rankOf(used.get()); dim < rank;
                   ++dim)
                keepWhole(keyOf(used.get(), dim), ::extentOf(used.get(), dim),
                          "a loop or branch inside uses it");
        });
      });
}

std::optional<unsigned> DimensionClasses::reducedClass(Operation *op) const {
  if (auto dot = dyn_cast<DotOp>(op))
    return lookup(op->getOpOperand(0), rankOf(dot.getLhs()) - 1);
  auto reduce = dyn_cast<ReduceOp>(op);
  if (!reduce)
    return std::nullopt;
  std::optional<unsigned> found;
  for (int64_t dim : reduce.getDims()) {
    std::optional<unsigned> group = lookup(op->getOpOperand(0), dim);
    // Classes that stay whole may be reduced along with one that does not.
    if (group && whyWhole(*group).empty()) {
      if (found && *found != *group)
        return std::nullopt;
      found = group;
    }
  }
  return found;
}
