//===- Plan.cpp - What gets a Python variable, and which -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// First every pure operation with one reader in its own block is inlined into
// it, as long as the statement stays short and the user's own names survive.
// Then the values that a loop carries are merged into one variable, the way a
// person writes it, unless two of them are alive at once. Names come last.
//
//===----------------------------------------------------------------------===//

#include "Plan.h"

#include "helion/Triton/IR/Triton.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Iterators.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::helion;
using namespace mlir::helion::python;

/// How many operations one statement may hold.
static constexpr unsigned kMaxWeight = 6;

StringRef python::locationName(Location loc) {
  if (auto name = dyn_cast<NameLoc>(loc))
    return name.getName().strref();
  if (auto fused = dyn_cast<FusedLoc>(loc))
    for (Location part : fused.getLocations())
      if (StringRef name = locationName(part); !name.empty())
        return name;
  return {};
}

std::string python::asIdentifier(StringRef wish) {
  std::string name;
  for (char c : wish)
    name += llvm::isAlnum(c) || c == '_' ? c : '_';
  if (name.empty() || llvm::isDigit(name.front()))
    name.insert(name.begin(), 'v');
  return name;
}

/// Words that are no variable names in a kernel.
static const llvm::StringSet<> &reservedWords() {
  static const llvm::StringSet<> words = {
      "False",  "None",      "True",  "and",    "as",       "assert",
      "async",  "await",     "break", "class",  "continue", "def",
      "del",    "elif",      "else",  "except", "finally",  "for",
      "from",   "global",    "if",    "import", "in",       "is",
      "lambda", "nonlocal",  "not",   "or",     "pass",     "raise",
      "return", "try",       "while", "with",   "yield",    "tl",
      "triton", "libdevice", "range", "float",  "int",      "bool",
      "min",    "max",       "print", "len",    "_"};
  return words;
}

Plan::Plan(Block &entry, const llvm::StringSet<> &taken) : used(taken) {
  entry.walk<WalkOrder::PostOrder, ReverseIterator>([&](Operation *op) {
    bool isUnused = llvm::all_of(
        op->getUsers(), [&](Operation *user) { return dead.contains(user); });
    if (isUnused && op->getNumResults() > 0 && isPure(op))
      dead.insert(op);
  });
  inlineSingleUses(entry);
  entry.walk([&](Operation *op) { shareNames(op); });
  giveNames(entry);
}

StringRef Plan::name(Value value) const {
  auto found = names.find(root(value));
  return found == names.end() ? StringRef() : StringRef(found->second);
}

//===----------------------------------------------------------------------===//
// Text or statement
//===----------------------------------------------------------------------===//

bool Plan::isFree(Operation *op) {
  if (isa<arith::BitcastOp, tt::BitcastOp>(op))
    return op->getOperand(0).getType() == op->getResult(0).getType();
  return isa<arith::ConstantOp, tt::SplatOp, tt::BroadcastOp, tt::ExpandDimsOp>(
      op);
}

void Plan::readers(Value value, SmallVectorImpl<OpOperand *> &found) const {
  for (OpOperand &use : value.getUses()) {
    if (!isText(use.getOwner())) {
      found.push_back(&use);
      continue;
    }
    for (Value result : use.getOwner()->getResults())
      readers(result, found);
  }
}

/// Operations that a statement of their own reads better, or that must stay
/// where they are.
static bool isStatement(Operation *op) {
  if (op->getNumResults() != 1 || !isPure(op))
    return true;
  // A loop or branch without side effects is a statement all the same.
  return isa<scf::ForOp, scf::IfOp, scf::WhileOp, tt::DotOp, tt::DotScaledOp,
             tt::MakeTensorDescOp, tt::GetProgramIdOp>(op);
}

/// The one side effect of a while loop's condition: it may be text, as nothing
/// else happens there that it could overtake.
static bool isLoneEffectOfCondition(Operation *op) {
  auto loop = dyn_cast<scf::WhileOp>(op->getParentOp());
  if (!loop || op->getBlock() != loop.getBeforeBody() ||
      op->getNumResults() != 1 || op->getNumRegions() != 0)
    return false;
  return llvm::all_of(
      loop.getBeforeBody()->without_terminator(),
      [&](Operation &other) { return &other == op || isPure(&other); });
}

unsigned Plan::weight(Operation *op) const {
  bool isWeightless = isFree(op) && !isa<tt::ExpandDimsOp>(op);
  // Unsigned operations are written with a cast of each operand.
  bool isUnsigned =
      isa<arith::DivUIOp, arith::RemUIOp, arith::ShRUIOp, tt::MulhiUIOp>(op);
  unsigned total = isWeightless ? 0 : isUnsigned ? 3 : 1;
  for (Value operand : op->getOperands())
    if (Operation *def = operand.getDefiningOp(); def && isText(def))
      total += weight(def);
  return total;
}

/// Gives the longest operands of `op` statements of their own.
void Plan::shortenOperands(Operation *op) {
  while (weight(op) > kMaxWeight) {
    Operation *longest = nullptr;
    unsigned most = 1;
    SmallVector<Value> pending(op->getOperands());
    while (!pending.empty()) {
      Operation *def = pending.pop_back_val().getDefiningOp();
      if (!def || !isText(def))
        continue;
      if (isFree(def))
        llvm::append_range(pending, def->getOperands());
      else if (weight(def) > most) {
        most = weight(def);
        longest = def;
      }
    }
    if (!longest)
      return;
    inlined.erase(longest);
  }
}

void Plan::inlineSingleUses(Block &block) {
  for (Operation &op : block) {
    for (Region &region : op.getRegions())
      for (Block &nested : region)
        inlineSingleUses(nested);
    if (isFree(&op))
      continue;
    shortenOperands(&op);
    if (isStatement(&op) && !isLoneEffectOfCondition(&op))
      continue;
    SmallVector<OpOperand *> found;
    readers(op.getResult(0), found);
    if (found.size() != 1)
      continue;
    Operation *reader = found.front()->getOwner();
    // What a region yields and what a loop starts from become assignments.
    bool isAssigned =
        isa<scf::YieldOp>(reader) || isa<scf::WhileOp>(reader) ||
        (isa<scf::ForOp>(reader) && found.front()->getOperandNumber() > 2);
    if (reader->getBlock() != &block || isAssigned)
      continue;
    StringRef given = locationName(op.getLoc());
    if (!given.empty() && given != locationName(reader->getLoc()))
      continue;
    inlined.insert(&op);
  }
}

//===----------------------------------------------------------------------===//
// Shared names
//===----------------------------------------------------------------------===//

Value Plan::root(Value value) const {
  for (auto found = parents.find(value); found != parents.end();
       found = parents.find(value))
    value = found->second;
  return value;
}

void Plan::unite(Value first, Value second) {
  Value to = root(first), from = root(second);
  if (to == from)
    return;
  auto listOf = [&](Value value) -> SmallVector<Value> & {
    SmallVector<Value> &list = members[value];
    if (list.empty())
      list.push_back(value);
    return list;
  };
  SmallVector<Value> moved = listOf(from);
  llvm::append_range(listOf(to), moved);
  members.erase(from);
  parents[from] = to;
}

/// The block in which a value comes to life.
static Block *homeOf(Value value) { return value.getParentBlock(); }

/// True when `value`, defined before `other`, is still read once the shared
/// variable holds `other`.
bool Plan::isAliveAt(Value value, Value other) const {
  Block *home = homeOf(other);
  Operation *def = other.getDefiningOp();
  if (def) {
    // A value that comes to life after `other`, or in another branch, is the
    // business of the check the other way round.
    Operation *valueDef = value.getDefiningOp();
    Operation *ancestor = homeOf(value)->findAncestorOpInBlock(*def);
    if (!ancestor)
      return false;
    if (valueDef &&
        (valueDef == ancestor || ancestor->isBeforeInBlock(valueDef)))
      return false;
  } else if (homeOf(value) == home) {
    return false;
  }
  SmallVector<OpOperand *> found;
  readers(value, found);
  for (OpOperand *use : found) {
    Operation *place = home->findAncestorOpInBlock(*use->getOwner());
    if (!place)
      continue;
    if (!def)
      return true;
    if (place->isBeforeInBlock(def))
      continue;
    if (place != def)
      return true;
    if (def->getNumRegions() == 0 || isa<tt::ReduceOp, tt::ScanOp>(def))
      continue;
    // A branch assigns at its end; a loop writes while its body still reads,
    // except where it only starts from the value.
    if (isa<scf::IfOp>(def))
      continue;
    auto loop = dyn_cast<scf::ForOp>(def);
    if (loop && use->getOwner() == def && use->getOperandNumber() > 2 &&
        loop.getTiedLoopResult(use) == other)
      continue;
    return true;
  }
  return false;
}

bool Plan::interfere(Value first, Value second) const {
  bool sameOp =
      first.getDefiningOp() && first.getDefiningOp() == second.getDefiningOp();
  bool sameBlock = isa<BlockArgument>(first) && isa<BlockArgument>(second) &&
                   homeOf(first) == homeOf(second);
  return sameOp || sameBlock || isAliveAt(first, second) ||
         isAliveAt(second, first);
}

bool Plan::isVariable(Value value) const {
  if (Operation *def = value.getDefiningOp())
    return !isText(def);
  // An argument of the function keeps its name to itself.
  return isa<scf::ForOp, scf::WhileOp>(homeOf(value)->getParentOp());
}

void Plan::tryUnite(Value first, Value second) {
  if (!isVariable(first) || !isVariable(second) ||
      root(first) == root(second) || first.getType() != second.getType())
    return;
  auto membersOf = [&](Value value) {
    auto found = members.find(root(value));
    return found == members.end() ? SmallVector<Value>{value} : found->second;
  };
  for (Value one : membersOf(first))
    for (Value other : membersOf(second))
      if (interfere(one, other))
        return;
  unite(first, second);
}

void Plan::shareNames(Operation *op) {
  if (auto loop = dyn_cast<scf::ForOp>(op)) {
    auto yield = cast<scf::YieldOp>(loop.getBody()->getTerminator());
    for (auto [index, result] : llvm::enumerate(loop.getResults()))
      unite(result, loop.getRegionIterArg(index));
    for (auto [index, result] : llvm::enumerate(loop.getResults())) {
      if (yield.getOperand(index).getParentBlock() == loop.getBody())
        tryUnite(result, yield.getOperand(index));
      if (loop.getInitArgs()[index].getParentBlock() == loop->getBlock())
        tryUnite(result, loop.getInitArgs()[index]);
    }
    return;
  }
  if (auto branch = dyn_cast<scf::IfOp>(op)) {
    for (Region &region : branch->getRegions()) {
      if (region.empty())
        continue;
      auto yield = cast<scf::YieldOp>(region.front().getTerminator());
      for (auto [result, value] :
           llvm::zip_equal(branch.getResults(), yield.getOperands()))
        tryUnite(result, value);
    }
    return;
  }
  if (auto loop = dyn_cast<scf::WhileOp>(op)) {
    // The statement form asks that the condition passes on nothing but its
    // arguments; what does not is refused when it is written.
    for (auto [index, value] :
         llvm::enumerate(loop.getConditionOp().getArgs())) {
      unite(loop.getAfterArguments()[index], loop.getResult(index));
      if (auto arg = dyn_cast<BlockArgument>(value);
          arg && arg.getOwner() == loop.getBeforeBody())
        unite(arg, loop.getAfterArguments()[index]);
    }
    for (auto [argument, value] : llvm::zip_equal(
             loop.getBeforeArguments(), loop.getYieldOp().getOperands()))
      if (value.getParentBlock() == loop.getAfterBody())
        tryUnite(argument, value);
  }
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

std::string Plan::unique(StringRef wish) {
  std::string base = asIdentifier(wish);
  if (reservedWords().contains(base))
    base += '_';
  std::string name = base;
  for (unsigned n = 1; !used.insert(name).second; ++n)
    name = base + "_" + std::to_string(n);
  return name;
}

/// A name for what has none of its own.
static std::string defaultName(Value value, unsigned &counter) {
  Operation *def = value.getDefiningOp();
  if (auto pid = dyn_cast_or_null<tt::GetProgramIdOp>(def))
    return ("pid_" + tt::stringifyProgramIDDim(pid.getAxis())).str();
  if (auto range = dyn_cast_or_null<tt::MakeRangeOp>(def))
    return "range_" + std::to_string(range.getEnd() - range.getStart());
  if (auto argument = dyn_cast<BlockArgument>(value))
    if (isa<tt::FuncOp>(argument.getOwner()->getParentOp()))
      return "arg" + std::to_string(argument.getArgNumber());
  return "v" + std::to_string(counter++);
}

void Plan::giveName(Value value) {
  Value key = root(value);
  if (names.count(key))
    return;
  auto found = members.find(key);
  SmallVector<Value> group =
      found == members.end() ? SmallVector<Value>{value} : found->second;
  StringRef wish;
  for (Value member : group) {
    // The name of an operation with several results is none of theirs.
    Operation *def = member.getDefiningOp();
    if (wish.empty() && !(def && def->getNumResults() > 1))
      wish = locationName(member.getLoc());
  }
  names[key] = unique(wish.empty() ? defaultName(value, counter) : wish.str());
}

void Plan::giveNames(Block &block) {
  auto parent = dyn_cast_or_null<scf::ForOp>(block.getParentOp());
  for (BlockArgument argument : block.getArguments()) {
    if (isa<tt::ReduceOp, tt::ScanOp>(block.getParentOp())) {
      unsigned half = block.getNumArguments() / 2,
               number = argument.getArgNumber();
      std::string side = number < half ? "a" : "b";
      names[argument] =
          unique(half == 1 ? side : side + std::to_string(number % half));
    } else if (parent && argument == parent.getInductionVar() &&
               locationName(argument.getLoc()).empty()) {
      names[argument] = unique("i");
    } else {
      giveName(argument);
    }
  }
  for (Operation &op : block) {
    if (!isText(&op))
      for (Value result : op.getResults())
        giveName(result);
    // A combine region becomes a function with names of its own.
    if (isa<tt::ReduceOp, tt::ScanOp>(op))
      continue;
    for (Region &region : op.getRegions())
      for (Block &nested : region)
        giveNames(nested);
  }
}
