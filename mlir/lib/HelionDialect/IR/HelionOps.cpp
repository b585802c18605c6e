//===- HelionOps.cpp - Verifiers, folders and assembly of the operations -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "helion/HelionDialect/IR/Helion.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/FunctionImplementation.h"
#include "llvm/ADT/SmallBitVector.h"

using namespace mlir;
using namespace mlir::helion;

#define GET_OP_CLASSES
#include "helion/HelionDialect/IR/HelionOps.cpp.inc"

/// The extents of `type` as attributes: symbols where an encoding names them,
/// numbers elsewhere. Empty for scalars.
static SmallVector<Attribute> getExtents(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return {};
  if (auto dims = dyn_cast_or_null<DimsAttr>(tensor.getEncoding()))
    return SmallVector<Attribute>(dims.getDims());
  Builder builder(type.getContext());
  return llvm::map_to_vector(tensor.getShape(), [&](int64_t extent) {
    return Attribute(builder.getI64IntegerAttr(extent));
  });
}

static bool isUnit(Attribute extent) {
  auto number = dyn_cast<IntegerAttr>(extent);
  return number && number.getInt() == 1;
}

//===----------------------------------------------------------------------===//
// Index lists
//===----------------------------------------------------------------------===//

SmallVector<int64_t>
mlir::helion::resolveIndexDims(ValueRange indices,
                               std::optional<ArrayRef<int64_t>> given) {
  if (given)
    return SmallVector<int64_t>(*given);
  SmallVector<int64_t> dims;
  int64_t next = 0;
  for (Value index : indices)
    dims.push_back(isa<TileType>(index.getType()) ? next++ : -1);
  return dims;
}

SmallVector<int64_t> LoadOp::resolveIndexDims() {
  return helion::resolveIndexDims(getIndices(), getIndexDims());
}
SmallVector<int64_t> StoreOp::resolveIndexDims() {
  return helion::resolveIndexDims(getIndices(), getIndexDims());
}
SmallVector<int64_t> AtomicRmwOp::resolveIndexDims() {
  return helion::resolveIndexDims(getIndices(), getIndexDims());
}
SmallVector<int64_t> AtomicCasOp::resolveIndexDims() {
  return helion::resolveIndexDims(getIndices(), getIndexDims());
}

/// Checks (L1) to (L4) of `helion.load`, which hold for all memory operations.
template <typename OpTy>
static LogicalResult verifyAccess(OpTy op, Type valueType) {
  auto base = cast<MemRefType>(op.getBase().getType());
  if (static_cast<int64_t>(op.getIndices().size()) != base.getRank())
    return op.emitOpError("expects one index per dimension of the base (")
           << base.getRank() << ") but got " << op.getIndices().size();
  if (getElementTypeOrSelf(valueType) != base.getElementType())
    return op.emitOpError("expects the element type of the base (")
           << base.getElementType() << ") but got "
           << getElementTypeOrSelf(valueType);
  SmallVector<Attribute> extents = getExtents(valueType);
  SmallVector<int64_t> dims = op.resolveIndexDims();
  if (dims.size() != op.getIndices().size())
    return op.emitOpError("expects one entry of index_dims per index (")
           << op.getIndices().size() << ") but got " << dims.size();
  auto broadcasts = [&](Type type) {
    SmallVector<Attribute> source = getExtents(type);
    return source.size() == extents.size() &&
           llvm::all_of(llvm::zip_equal(source, extents), [](auto pair) {
             return isUnit(std::get<0>(pair)) ||
                    std::get<0>(pair) == std::get<1>(pair);
           });
  };
  for (auto [position, index, dim] : llvm::enumerate(op.getIndices(), dims)) {
    if (auto tile = dyn_cast<TileType>(index.getType())) {
      if (dim < 0 || dim >= static_cast<int64_t>(extents.size()))
        return op.emitOpError("expects a value with dimension ")
               << dim << " for the tile at index " << position << " but got "
               << valueType;
      if (extents[dim] != tile.getExtent())
        return op.emitOpError("expects extent ")
               << tile.getExtent() << " in dimension " << dim << " but got "
               << extents[dim];
    } else if (isa<RankedTensorType>(index.getType()) &&
               !broadcasts(index.getType())) {
      return op.emitOpError("expects an index tensor that broadcasts to ")
             << valueType << " but got " << index.getType();
    }
  }
  if constexpr (llvm::is_one_of<OpTy, LoadOp, StoreOp>::value)
    if (op.getAddresses() && !broadcasts(op.getAddresses().getType()))
      return op.emitOpError("expects addresses that broadcast to ")
             << valueType << " but got " << op.getAddresses().getType();
  if (op.getMask() && !broadcasts(op.getMask().getType()))
    return op.emitOpError("expects a mask that broadcasts to ")
           << valueType << " but got " << op.getMask().getType();
  return success();
}

LogicalResult LoadOp::verify() { return verifyAccess(*this, getType()); }
LogicalResult StoreOp::verify() {
  return verifyAccess(*this, getValue().getType());
}
LogicalResult AtomicRmwOp::verify() {
  return verifyAccess(*this, getValue().getType());
}
LogicalResult AtomicCasOp::verify() {
  return verifyAccess(*this, getValue().getType());
}

//===----------------------------------------------------------------------===//
// KernelOp, BlockOp, ViewOp
//===----------------------------------------------------------------------===//

ParseResult KernelOp::parse(OpAsmParser &parser, OperationState &result) {
  auto buildFuncType =
      [](Builder &builder, ArrayRef<Type> argTypes, ArrayRef<Type> results,
         function_interface_impl::VariadicFlag,
         std::string &) { return builder.getFunctionType(argTypes, results); };
  return function_interface_impl::parseFunctionOp(
      parser, result, /*allowVariadic=*/false,
      getFunctionTypeAttrName(result.name), buildFuncType,
      getArgAttrsAttrName(result.name), getResAttrsAttrName(result.name));
}

void KernelOp::print(OpAsmPrinter &printer) {
  function_interface_impl::printFunctionOp(
      printer, *this, /*isVariadic=*/false, getFunctionTypeAttrName(),
      getArgAttrsAttrName(), getResAttrsAttrName());
}

LogicalResult KernelOp::verify() {
  if (getFunctionType().getNumResults() != 0)
    return emitOpError("expects no results but got ")
           << getFunctionType().getNumResults();
  for (auto [position, type] : llvm::enumerate(getArgumentTypes()))
    if (!isa<MemRefType>(type) && !type.isIntOrFloat())
      return emitOpError("expects memref or scalar arguments but got ")
             << type << " as argument " << position;
  return success();
}

ConfigAttr KernelOp::getConfig() {
  return (*this)->getAttrOfType<ConfigAttr>(kConfigAttrName);
}

LogicalResult BlockOp::verify() {
  bool fixed = getSize().has_value();
  bool tunable = getOrdinal() && getMin() && getMax();
  bool product = getFactor() && getOf();
  if (fixed + tunable + product != 1)
    return emitOpError("expects either a size, or an ordinal with min and max, "
                       "or a factor with blocks");
  if (product && *getFactor() < 1)
    return emitOpError("expects a factor of 1 or more but got ")
           << static_cast<int64_t>(*getFactor());
  if (tunable && (*getMin() < 1 || *getMax() < *getMin()))
    return emitOpError("expects 1 <= min <= max but got min ")
           << *getMin() << " and max " << *getMax();
  return success();
}

/// Entry `dim` of `numbers`; the dynamic ones stand in `scalars`, in order.
static OpFoldResult getMixed(MLIRContext *context, ArrayRef<int64_t> numbers,
                             ValueRange scalars, unsigned dim) {
  if (!ShapedType::isDynamic(numbers[dim]))
    return Builder(context).getI64IntegerAttr(numbers[dim]);
  size_t position =
      llvm::count_if(numbers.take_front(dim), ShapedType::isDynamic);
  return position < scalars.size() ? OpFoldResult(scalars[position])
                                   : OpFoldResult();
}

OpFoldResult mlir::helion::getHostSize(Value base, unsigned dim) {
  auto view = base.getDefiningOp<ViewOp>();
  return getMixed(base.getContext(),
                  cast<MemRefType>(base.getType()).getShape(),
                  view ? ValueRange(view.getSizes()) : ValueRange(), dim);
}

OpFoldResult mlir::helion::getHostStride(Value base, unsigned dim) {
  SmallVector<int64_t> strides;
  int64_t offset = 0;
  if (failed(cast<MemRefType>(base.getType())
                 .getStridesAndOffset(strides, offset)))
    return {};
  auto view = base.getDefiningOp<ViewOp>();
  return getMixed(base.getContext(), strides,
                  view ? ValueRange(view.getStrides()) : ValueRange(), dim);
}

LogicalResult ViewOp::verify() {
  auto type = cast<MemRefType>(getType());
  SmallVector<int64_t> strides;
  int64_t offset = 0;
  if (failed(type.getStridesAndOffset(strides, offset)))
    return emitOpError("expects a strided layout but got ") << type;
  int64_t dynamicSizes = type.getNumDynamicDims();
  int64_t dynamicStrides = llvm::count_if(strides, ShapedType::isDynamic);
  if (static_cast<int64_t>(getSizes().size()) != dynamicSizes)
    return emitOpError("expects one size per dynamic extent (")
           << dynamicSizes << ") but got " << getSizes().size();
  if (static_cast<int64_t>(getStrides().size()) != dynamicStrides)
    return emitOpError("expects one stride per dynamic stride (")
           << dynamicStrides << ") but got " << getStrides().size();
  return success();
}

//===----------------------------------------------------------------------===//
// GridOp, TileForOp
//===----------------------------------------------------------------------===//

/// Parses `(%i, ...) = (lbs) to (ubs) blocks [...] : type`.
static ParseResult
parseLoopHeader(OpAsmParser &parser, OperationState &result,
                SmallVectorImpl<OpAsmParser::Argument> &tiles,
                ArrayAttr &blocks, int &numDims) {
  SmallVector<OpAsmParser::UnresolvedOperand> lower, upper;
  Type boundType;
  Builder &builder = parser.getBuilder();
  if (parser.parseArgumentList(tiles, OpAsmParser::Delimiter::Paren) ||
      parser.parseEqual() ||
      parser.parseOperandList(lower, OpAsmParser::Delimiter::Paren) ||
      parser.parseKeyword("to") ||
      parser.parseOperandList(upper, OpAsmParser::Delimiter::Paren) ||
      parser.parseKeyword("blocks") || parser.parseAttribute(blocks) ||
      parser.parseColonType(boundType) ||
      parser.resolveOperands(lower, boundType, result.operands) ||
      parser.resolveOperands(upper, boundType, result.operands))
    return failure();
  if (blocks.size() != tiles.size() || lower.size() != tiles.size() ||
      upper.size() != tiles.size())
    return parser.emitError(parser.getCurrentLocation())
           << "expects one tile, one block and two bounds per dimension";
  for (auto [tile, block] : llvm::zip_equal(tiles, blocks))
    tile.type = TileType::get(builder.getContext(), block);
  numDims = tiles.size();
  return success();
}

static void printLoopHeader(OpAsmPrinter &printer, ValueRange tiles,
                            ValueRange lower, ValueRange upper,
                            ArrayAttr blocks) {
  printer << " (";
  llvm::interleaveComma(tiles, printer);
  printer << ") = (" << lower << ") to (" << upper << ") blocks " << blocks
          << " : " << lower.front().getType();
}

template <typename OpTy>
static LogicalResult verifyTiles(OpTy op, unsigned numTiles) {
  unsigned dims = op.getLowerBounds().size();
  if (op.getUpperBounds().size() != dims || op.getBlocks().size() != dims ||
      numTiles < dims || dims == 0)
    return op.emitOpError("expects one block, one tile and two bounds per "
                          "dimension but got ")
           << dims << " lower bounds, " << op.getUpperBounds().size()
           << " upper bounds, " << op.getBlocks().size() << " blocks, "
           << numTiles << " region arguments";
  for (auto [position, block] : llvm::enumerate(op.getBlocks())) {
    Type type = op.getBody().getArgument(position).getType();
    auto tile = dyn_cast<TileType>(type);
    if (!tile || tile.getExtent() != block)
      return op.emitOpError("expects region argument ")
             << position << " to be a tile of " << block << " but got " << type;
  }
  return success();
}

ParseResult GridOp::parse(OpAsmParser &parser, OperationState &result) {
  SmallVector<OpAsmParser::Argument> tiles;
  ArrayAttr blocks;
  int numDims = 0;
  if (parseLoopHeader(parser, result, tiles, blocks, numDims))
    return failure();
  result.addAttribute(getBlocksAttrName(result.name), blocks);
  return failure(parser.parseRegion(*result.addRegion(), tiles) ||
                 parser.parseOptionalAttrDict(result.attributes));
}

void GridOp::print(OpAsmPrinter &printer) {
  printLoopHeader(printer, getBody().getArguments(), getLowerBounds(),
                  getUpperBounds(), getBlocks());
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
  printer.printOptionalAttrDict((*this)->getAttrs(), {getBlocksAttrName()});
}

LogicalResult GridOp::verify() {
  return verifyTiles(*this, getBody().getNumArguments());
}

ParseResult TileForOp::parse(OpAsmParser &parser, OperationState &result) {
  SmallVector<OpAsmParser::Argument> arguments;
  ArrayAttr blocks;
  int numDims = 0;
  if (parseLoopHeader(parser, result, arguments, blocks, numDims))
    return failure();
  result.addAttribute(getBlocksAttrName(result.name), blocks);
  int numInits = 0;
  if (succeeded(parser.parseOptionalKeyword("iter_args"))) {
    auto parseOne = [&]() -> ParseResult {
      OpAsmParser::Argument argument;
      OpAsmParser::UnresolvedOperand init;
      if (parser.parseArgument(argument) || parser.parseEqual() ||
          parser.parseOperand(init) || parser.parseColonType(argument.type) ||
          parser.resolveOperand(init, argument.type, result.operands))
        return failure();
      result.addTypes(argument.type);
      arguments.push_back(argument);
      ++numInits;
      return success();
    };
    if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Paren, parseOne))
      return failure();
  }
  Region *body = result.addRegion();
  if (parser.parseRegion(*body, arguments) ||
      parser.parseOptionalAttrDict(result.attributes))
    return failure();
  ensureTerminator(*body, parser.getBuilder(), result.location);
  result.addAttribute(
      getOperandSegmentSizesAttrName(result.name),
      parser.getBuilder().getDenseI32ArrayAttr({numDims, numDims, numInits}));
  return success();
}

void TileForOp::print(OpAsmPrinter &printer) {
  printLoopHeader(printer, getTiles(), getLowerBounds(), getUpperBounds(),
                  getBlocks());
  if (!getInits().empty()) {
    printer << " iter_args(";
    llvm::interleaveComma(
        llvm::zip(getCarried(), getInits()), printer, [&](auto pair) {
          printer << std::get<0>(pair) << " = " << std::get<1>(pair) << " : "
                  << std::get<1>(pair).getType();
        });
    printer << ')';
  }
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false,
                      /*printBlockTerminators=*/!getInits().empty());
  printer.printOptionalAttrDict(
      (*this)->getAttrs(),
      {getBlocksAttrName(), getOperandSegmentSizesAttrName()});
}

// The implicit terminator of a loop that carries nothing.
void YieldOp::build(OpBuilder &, OperationState &) {}

LogicalResult TileForOp::verify() {
  if (failed(verifyTiles(*this, getBody().getNumArguments())))
    return failure();
  auto yield = cast<YieldOp>(getBody().front().getTerminator());
  if (getCarried().size() != getInits().size() ||
      yield.getValues().size() != getInits().size() ||
      getResults().size() != getInits().size())
    return emitOpError("expects as many carried values, yielded values and "
                       "results as inits (")
           << getInits().size() << ") but got " << getCarried().size() << ", "
           << yield.getValues().size() << " and " << getResults().size();
  for (auto [position, init, carried, yielded, last] : llvm::enumerate(
           getInits(), getCarried(), yield.getValues(), getResults()))
    if (init.getType() != carried.getType() ||
        init.getType() != yielded.getType() || init.getType() != last.getType())
      return emitOpError("expects one type for carried value ")
             << position << " but got " << init.getType() << ", "
             << carried.getType() << ", " << yielded.getType() << " and "
             << last.getType();
  return success();
}

OperandRange TileForOp::getEntrySuccessorOperands(RegionSuccessor) {
  return getInits();
}

void TileForOp::getSuccessorRegions(RegionBranchPoint,
                                    SmallVectorImpl<RegionSuccessor> &regions) {
  regions.push_back(RegionSuccessor(&getBody(), getCarried()));
  regions.push_back(RegionSuccessor(getOperation(), getResults()));
}

//===----------------------------------------------------------------------===//
// Folders
//===----------------------------------------------------------------------===//

OpFoldResult TileBeginOp::fold(FoldAdaptor) {
  if (auto tile = getTile().getDefiningOp<MakeTileOp>();
      tile && tile.getBegin().getType() == getType())
    return tile.getBegin();
  return {};
}

OpFoldResult ConvertOp::fold(FoldAdaptor) {
  if (getSource().getType() == getType() &&
      getUnsignedSource() == getUnsignedResult())
    return getSource();
  return {};
}

//===----------------------------------------------------------------------===//
// Contractions, reductions, scans
//===----------------------------------------------------------------------===//

LogicalResult DotOp::verify() {
  SmallVector<Attribute> lhs = getExtents(getLhs().getType());
  SmallVector<Attribute> rhs = getExtents(getRhs().getType());
  SmallVector<Attribute> result = getExtents(getType());
  size_t rank = result.size();
  if ((rank != 2 && rank != 3) || lhs.size() != rank || rhs.size() != rank)
    return emitOpError("expects rank 2 or 3, the same for all, but got ")
           << getLhs().getType() << ", " << getRhs().getType() << " and "
           << getType();
  bool agree = lhs[rank - 1] == rhs[rank - 2] &&
               lhs[rank - 2] == result[rank - 2] &&
               rhs[rank - 1] == result[rank - 1] &&
               (rank == 2 || (lhs[0] == rhs[0] && lhs[0] == result[0]));
  if (!agree)
    return emitOpError("expects [B,] M x K, [B,] K x N and [B,] M x N but got ")
           << getLhs().getType() << ", " << getRhs().getType() << " and "
           << getType();
  if (getAcc() && getAcc().getType() != getType())
    return emitOpError("expects an accumulator of the result's type ")
           << getType() << " but got " << getAcc().getType();
  return success();
}

LogicalResult DotScaledOp::verify() {
  if (getAcc() && getAcc().getType() != getType())
    return emitOpError("expects an accumulator of the result's type ")
           << getType() << " but got " << getAcc().getType();
  return success();
}

LogicalResult ScanOp::verify() {
  if (getKind().has_value() == !getCombine().empty())
    return emitOpError("expects either a kind or a combine region");
  if (getInputs().empty() || getInputs().getTypes() != getResultTypes())
    return emitOpError("expects results of the inputs' types, at least one, "
                       "but got (")
           << getResultTypes() << ") for (" << getInputs().getTypes() << ")";
  int64_t rank =
      cast<RankedTensorType>(getInputs().front().getType()).getRank();
  int64_t axis = getAxis();
  if (axis < 0 || axis >= rank)
    return emitOpError("expects an axis below ") << rank << " but got " << axis;
  return success();
}

LogicalResult SortOp::verify() {
  auto source = getSource().getType();
  auto sorted = getSorted().getType();
  SmallVector<Attribute> from = getExtents(source), to = getExtents(sorted);
  bool agrees = source.getElementType() == sorted.getElementType() &&
                !from.empty() && from.size() == to.size() &&
                ArrayRef(from).drop_back() == ArrayRef(to).drop_back();
  if (!agrees)
    return emitOpError("expects the source's type but for the last extent, but "
                       "got ")
           << sorted << " for " << source;
  int64_t available = source.getShape().back(),
          wanted = sorted.getShape().back();
  if (ShapedType::isStatic(available) && wanted > available)
    return emitOpError("expects at most ")
           << available << " elements in order but got " << wanted;
  if (getExtents(getPositions().getType()) != to)
    return emitOpError("expects positions of the shape of ")
           << sorted << " but got " << getPositions().getType();
  return success();
}

LogicalResult ReduceOp::verify() {
  if (getKind().has_value() == !getCombine().empty())
    return emitOpError("expects either a kind or a combine region");
  if (getInputs().empty())
    return emitOpError("expects at least one input");
  SmallVector<Attribute> extents = getExtents(getInputs().front().getType());
  int64_t previous = -1;
  for (int64_t dim : getDims()) {
    if (dim <= previous || dim >= static_cast<int64_t>(extents.size()))
      return emitOpError("expects distinct ascending dims below ")
             << extents.size() << " but got [" << getDims() << "]";
    previous = dim;
  }
  SmallVector<Attribute> kept;
  for (auto [dim, extent] : llvm::enumerate(extents))
    if (!llvm::is_contained(getDims(), static_cast<int64_t>(dim)))
      kept.push_back(extent);
  for (Type type : getResultTypes())
    if (getExtents(type) != kept)
      return emitOpError("expects results with the extents that stay, but got ")
             << type << " from " << getInputs().front().getType();
  bool isArg =
      getKind() == ReductionKind::ArgMax || getKind() == ReductionKind::ArgMin;
  if (isArg && (getDims().size() != 1 || getInputs().size() != 1 ||
                !getElementTypeOrSelf(getResultTypes().front()).isInteger()))
    return emitOpError(
        "expects one input, one dim and an integer result of an arg reduction");
  return success();
}

//===----------------------------------------------------------------------===//
// Creation, shape
//===----------------------------------------------------------------------===//

LogicalResult FullOp::verify() {
  Type element = cast<RankedTensorType>(getType()).getElementType();
  if (getValue().getType() != element)
    return emitOpError("expects a value of the element type ")
           << element << " but got " << getValue().getType();
  return success();
}

LogicalResult ExpandDimsOp::verify() {
  SmallVector<Attribute> expected = getExtents(getSource().getType());
  int64_t axis = getAxis();
  if (axis < 0 || axis > static_cast<int64_t>(expected.size()))
    return emitOpError("expects an axis from 0 to ")
           << expected.size() << " but got " << axis;
  expected.insert(expected.begin() + axis,
                  Builder(getContext()).getI64IntegerAttr(1));
  if (getExtents(getType()) != expected)
    return emitOpError("expects the source with a 1 at axis ")
           << axis << " but got " << getType() << " from "
           << getSource().getType();
  return success();
}

LogicalResult BroadcastOp::verify() {
  SmallVector<Attribute> source = getExtents(getSource().getType());
  SmallVector<Attribute> result = getExtents(getType());
  bool fits = source.size() == result.size();
  for (size_t dim = 0; fits && dim < source.size(); ++dim)
    fits = source[dim] == result[dim] || isUnit(source[dim]);
  if (!fits)
    return emitOpError(
               "expects extents that are equal or 1 in the source but got ")
           << getSource().getType() << " and " << getType();
  return success();
}

LogicalResult ReshapeOp::verify() {
  auto count = [](Type type) -> int64_t {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor)
      return 1;
    return tensor.hasStaticShape() ? tensor.getNumElements()
                                   : ShapedType::kDynamic;
  };
  int64_t before = count(getSource().getType()), after = count(getType());
  if (!ShapedType::isDynamic(before) && !ShapedType::isDynamic(after) &&
      before != after)
    return emitOpError("expects as many elements as the source (")
           << before << ") but got " << after;
  return success();
}

LogicalResult PermuteOp::verify() {
  SmallVector<Attribute> source = getExtents(getSource().getType());
  ArrayRef<int64_t> order = getOrder();
  llvm::SmallBitVector seen(source.size());
  for (int64_t dim : order)
    if (dim >= 0 && dim < static_cast<int64_t>(source.size()))
      seen.set(dim);
  if (order.size() != source.size() || !seen.all())
    return emitOpError("expects a permutation of ")
           << source.size() << " dimensions but got [" << order << "]";
  SmallVector<Attribute> expected =
      llvm::map_to_vector(order, [&](int64_t dim) { return source[dim]; });
  if (getExtents(getType()) != expected)
    return emitOpError("expects extents that follow the order but got ")
           << getType() << " from " << getSource().getType();
  return success();
}

LogicalResult GatherOp::verify() {
  SmallVector<Attribute> source = getExtents(getSource().getType());
  SmallVector<Attribute> indices = getExtents(getIndices().getType());
  int64_t axis = getAxis();
  bool fits = source.size() == indices.size() && axis >= 0 &&
              axis < static_cast<int64_t>(source.size());
  for (size_t dim = 0; fits && dim < source.size(); ++dim)
    fits = static_cast<int64_t>(dim) == axis || source[dim] == indices[dim];
  if (!fits)
    return emitOpError("expects equal extents but along axis ")
           << axis << " but got " << getSource().getType() << " and "
           << getIndices().getType();
  if (getExtents(getType()) != indices)
    return emitOpError("expects the shape of the indices but got ")
           << getType() << " for " << getIndices().getType();
  return success();
}

//===----------------------------------------------------------------------===//
// Foreign code
//===----------------------------------------------------------------------===//

/// Foreign code that is not pure reads and writes what it likes.
static void addForeignEffects(
    bool isPure,
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  if (isPure)
    return;
  effects.emplace_back(MemoryEffects::Read::get());
  effects.emplace_back(MemoryEffects::Write::get());
}

void InlineAsmOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  addForeignEffects(getPure(), effects);
}

void CallOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  addForeignEffects(getPure(), effects);
}
