//===- Statements.cpp - Assignments and control flow -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emitter.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace mlir::helion;
using namespace mlir::helion::python;

void Emitter::line(unsigned indent, const llvm::Twine &text) {
  out.append(indent * 4, ' ');
  out += text.str();
  out += '\n';
}

/// Says which source line the statement comes from, once per run of statements.
void Emitter::origin(Operation *op, unsigned indent) {
  if (!module.options.originLines)
    return;
  FileLineColLoc place;
  op->getLoc()->walk([&](Location nested) {
    place = dyn_cast<FileLineColLoc>(nested);
    return place ? WalkResult::interrupt() : WalkResult::advance();
  });
  if (!place || place.getLine() == 0)
    return;
  StringRef file = place.getFilename().strref();
  std::pair<std::string, unsigned> here{file.str(), place.getLine()};
  if (here == lastOrigin)
    return;
  lastOrigin = here;
  std::string code = module.options.readLine
                         ? module.options.readLine(file, place.getLine())
                         : std::string();
  StringRef trimmed = StringRef(code).trim();
  line(indent,
       llvm::formatv("# src[{0}:{1}]{2}{3}", llvm::sys::path::filename(file),
                     place.getLine(), trimmed.empty() ? "" : ": ", trimmed)
           .str());
}

void Emitter::block(Block &block, unsigned indent) {
  unsigned before = lines();
  for (Operation &op : block)
    if (!plan.isText(&op))
      statement(&op, indent);
  if (lines() == before)
    line(indent, "pass");
}

std::string Emitter::targets(Operation *op) const {
  std::string names;
  llvm::interleave(
      op->getResults(), [&](Value result) { names += plan.name(result); },
      [&] { names += ", "; });
  return names;
}

void Emitter::statement(Operation *op, unsigned indent) {
  bool returnsNothing = isa<tt::ReturnOp>(op) && op->getNumOperands() == 0;
  if (isa<scf::YieldOp, scf::ConditionOp>(op) || returnsNothing)
    return;
  origin(op, indent);
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return emitFor(loop, indent);
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return emitIf(branch, indent);
  if (auto loop = dyn_cast<scf::WhileOp>(op))
    return emitWhile(loop, indent);
  if (isa<tt::ReturnOp, tt::ReduceReturnOp, tt::ScanReturnOp>(op)) {
    std::string values;
    llvm::interleave(
        op->getOperands(), [&](Value v) { values += text(v); },
        [&] { values += ", "; });
    line(indent, "return " + values);
    return;
  }
  Expr right = expression(op);
  if (op->getNumResults() == 0 || op->use_empty())
    line(indent, right.text);
  else
    line(indent, targets(op) + " = " + right.text);
}

/// The variables that the text of `value` reads.
void Emitter::reads(Value value, llvm::StringSet<> &names) const {
  if (StringRef name = plan.name(value); !name.empty()) {
    names.insert(name);
    return;
  }
  if (Operation *def = value.getDefiningOp())
    for (Value operand : def->getOperands())
      reads(operand, names);
}

/// Assigns all values at once: none sees the new value of another.
void Emitter::assign(ArrayRef<std::string> targets, ValueRange values,
                     unsigned indent) {
  SmallVector<std::pair<std::string, std::string>> moves;
  llvm::StringSet<> written;
  bool inOrder = true;
  for (auto [target, value] : llvm::zip_equal(targets, values)) {
    if (plan.name(value) == target)
      continue;
    llvm::StringSet<> read;
    reads(value, read);
    for (const auto &name : read)
      inOrder &= !written.contains(name.getKey());
    written.insert(target);
    // A bare literal would be a Python number in the interpreter.
    TypedAttr constant = scalarConstant(value);
    std::optional<Expr> number = constant ? literal(constant) : std::nullopt;
    bool isScalar = number && !isa<RankedTensorType>(value.getType());
    moves.emplace_back(target, isScalar ? "tl.full([], " + number->text + ", " +
                                              dtypeText(value.getType()) + ")"
                                        : text(value));
  }
  if (inOrder) {
    for (auto &[target, source] : moves)
      line(indent, target + " = " + source);
    return;
  }
  std::string left, right;
  for (auto &[target, source] : moves) {
    left += (left.empty() ? "" : ", ") + target;
    right += (right.empty() ? "" : ", ") + source;
  }
  line(indent, left + " = " + right);
}

/// The keyword arguments of `tl.range` that a loop's attributes ask for.
static std::string rangeOptions(scf::ForOp op) {
  std::string text;
  for (auto [attribute, keyword] :
       {std::pair{"tt.num_stages", "num_stages"},
        {"tt.loop_unroll_factor", "loop_unroll_factor"}})
    if (auto number = op->getAttrOfType<IntegerAttr>(attribute))
      text += llvm::formatv(", {0}={1}", keyword, number.getInt()).str();
  for (auto [attribute, keyword] :
       {std::pair{"tt.disallow_acc_multi_buffer", "disallow_acc_multi_buffer"},
        {"tt.flatten", "flatten"},
        {"tt.warp_specialize", "warp_specialize"}}) {
    Attribute flag = op->getAttr(attribute);
    auto boolean = dyn_cast_or_null<BoolAttr>(flag);
    if (flag && (!boolean || boolean.getValue()))
      text += llvm::formatv(", {0}=True", keyword).str();
  }
  return text;
}

void Emitter::emitFor(scf::ForOp op, unsigned indent) {
  if (op.getUnsignedCmp()) {
    unsupported(op, ": its bounds are unsigned");
    return;
  }
  SmallVector<std::string> carried;
  for (Value result : op.getResults())
    carried.push_back(plan.name(result).str());
  assign(carried, op.getInitArgs(), indent);

  std::string options = rangeOptions(op);
  Type type = op.getInductionVar().getType();
  bool typed = type.isInteger(32);
  for (Value bound : {op.getLowerBound(), op.getUpperBound(), op.getStep()})
    typed |= !scalarConstant(bound);
  // Literals alone would make an i32 of the induction variable.
  Expr lower = typed && scalarConstant(op.getLowerBound())
                   ? *literal(scalarConstant(op.getLowerBound()))
                   : value(op.getLowerBound());
  auto bound = [&](Value v) {
    TypedAttr constant = scalarConstant(v);
    return constant ? literal(constant)->text : text(v);
  };
  std::string range = lower.text + ", " + bound(op.getUpperBound());
  auto step = scalarConstant(op.getStep());
  if (!step || cast<IntegerAttr>(step).getInt() != 1)
    range += ", " + bound(op.getStep());
  line(indent, llvm::formatv("for {0} in {1}range({2}{3}):",
                             plan.name(op.getInductionVar()),
                             options.empty() ? "" : "tl.", range, options)
                   .str());

  Block *body = op.getBody();
  unsigned before = lines();
  for (Operation &nested : *body)
    if (!plan.isText(&nested))
      statement(&nested, indent + 1);
  assign(carried, body->getTerminator()->getOperands(), indent + 1);
  if (lines() == before)
    line(indent + 1, "pass");
}

void Emitter::emitIf(scf::IfOp op, unsigned indent) {
  SmallVector<std::string> results;
  for (Value result : op.getResults())
    results.push_back(plan.name(result).str());
  line(indent, "if " + text(op.getCondition()) + ":");
  for (Region &region : op->getRegions()) {
    if (region.empty())
      continue;
    size_t start = out.size();
    unsigned before = lines();
    bool isElse = &region == &op.getElseRegion();
    if (isElse)
      line(indent, "else:");
    for (Operation &nested : region.front())
      if (!plan.isText(&nested))
        statement(&nested, indent + 1);
    assign(results, region.front().getTerminator()->getOperands(), indent + 1);
    if (isElse && lines() == before + 1)
      out.resize(start);
    else if (lines() == before)
      line(indent + 1, "pass");
  }
}

void Emitter::emitWhile(scf::WhileOp op, unsigned indent) {
  SmallVector<std::string> carried;
  for (auto [index, argument] : llvm::enumerate(op.getBeforeArguments()))
    carried.push_back(plan.name(argument).str());
  // What the body does not read, the condition need not pass on.
  llvm::SmallPtrSet<Value, 8> passed;
  bool isOwn = llvm::all_of(op.getConditionOp().getArgs(), [&](Value value) {
    auto argument = dyn_cast<BlockArgument>(value);
    return argument && argument.getOwner() == op.getBeforeBody() &&
           passed.insert(value).second;
  });
  if (!isOwn) {
    unsupported(op, ": its condition passes on other values than it takes");
    return;
  }
  // A condition of several statements runs ahead of each test of it.
  auto emitCondition = [&](unsigned indent) {
    for (Operation &nested : op.getBeforeBody()->without_terminator())
      if (!plan.isText(&nested))
        statement(&nested, indent);
  };
  assign(carried, op.getInits(), indent);
  emitCondition(indent);
  line(indent, "while " + text(op.getConditionOp().getCondition()) + ":");
  unsigned before = lines();
  for (Operation &nested : *op.getAfterBody())
    if (!plan.isText(&nested))
      statement(&nested, indent + 1);
  assign(carried, op.getYieldOp().getOperands(), indent + 1);
  emitCondition(indent + 1);
  if (lines() == before)
    line(indent + 1, "pass");
}
