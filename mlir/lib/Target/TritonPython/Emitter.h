//===- Emitter.h - Writing one function of Triton Python -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HELION_LIB_TARGET_TRITONPYTHON_EMITTER_H
#define HELION_LIB_TARGET_TRITONPYTHON_EMITTER_H

#include "Plan.h"

#include "helion/Target/TritonPython/TritonPython.h"
#include "helion/Triton/IR/Triton.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/StringMap.h"

namespace mlir::helion::python {

/// How tightly Python binds an expression, loosest first.
enum Precedence {
  Compare,
  BitOr,
  BitXor,
  BitAnd,
  Shift,
  Sum,
  Product,
  Unary,
  Primary
};

struct Expr {
  std::string text;
  Precedence precedence = Primary;

  /// The text, in parentheses unless it binds at least as tightly as `least`.
  std::string wrapped(Precedence least) const {
    return precedence >= least ? text : "(" + text + ")";
  }
};

//===----------------------------------------------------------------------===//
// Types and literals (Literals.cpp)
//===----------------------------------------------------------------------===//

/// `tl.float32` and the like; empty for a type that Triton's language lacks.
std::string dtypeText(Type type);
/// `[64, 32]`; `[]` for a scalar.
std::string shapeText(Type type);
/// `text` as a Python string literal.
std::string stringText(StringRef text);
/// The number of a scalar or splat constant.
TypedAttr scalarConstant(Value value);
/// A Python literal that Triton turns into exactly `constant` when the type
/// comes from elsewhere; none for -0.0, which Triton reads as 0.0.
std::optional<Expr> literal(TypedAttr constant);
/// An expression of exactly the constant's type.
Expr typedConstant(TypedAttr constant);

//===----------------------------------------------------------------------===//
// Modules
//===----------------------------------------------------------------------===//

/// What the functions of one module share: helper functions and imports.
struct ModuleState {
  explicit ModuleState(const TritonPythonOptions &options) : options(options) {}

  const TritonPythonOptions &options;
  llvm::StringSet<> names;
  /// Text of a helper with its name left out, to the name it got.
  llvm::StringMap<std::string> helpers;
  std::string helperText;
  llvm::DenseMap<Operation *, std::string> functions;
  bool usesLibdevice = false;
  bool failed = false;

  /// Adds a module-level function, once; `text` has `{0}` where its name goes.
  std::string addHelper(StringRef wish, StringRef text);
};

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

class Emitter {
public:
  Emitter(ModuleState &module, Block &entry)
      : module(module), plan(entry, module.names) {}

  /// Writes the statements of `block` and of the regions below.
  void block(Block &block, unsigned indent);
  std::string take() { return std::move(out); }
  StringRef nameOf(Value value) const { return plan.name(value); }
  unsigned lines() const { return llvm::count(out, '\n'); }

private:
  // Statements.cpp
  void line(unsigned indent, const llvm::Twine &text);
  void origin(Operation *op, unsigned indent);
  void statement(Operation *op, unsigned indent);
  void assign(ArrayRef<std::string> targets, ValueRange values,
              unsigned indent);
  void reads(Value value, llvm::StringSet<> &names) const;
  void emitFor(scf::ForOp op, unsigned indent);
  void emitIf(scf::IfOp op, unsigned indent);
  void emitWhile(scf::WhileOp op, unsigned indent);
  std::string targets(Operation *op) const;

  // Expressions.cpp
  /// `value` in its full shape and type.
  Expr value(Value value);
  std::string text(Value v) { return value(v).text; }
  /// The operation as text; its operands are text or names.
  Expr expression(Operation *op);
  Expr newAxes(tt::ExpandDimsOp op);
  Expr arithmetic(Operation *op);
  Expr mathematics(Operation *op);
  Expr shapes(Operation *op);
  Expr conversion(Operation *op);
  Expr integerCast(Operation *op, bool isUnsigned);
  Expr comparison(Operation *op);
  Expr binary(Operation *op, StringRef symbol, Precedence precedence,
              bool isUnsigned = false);
  Expr call(Operation *op, StringRef function, StringRef extra = "",
            bool isUnsigned = false);
  Expr select(arith::SelectOp op);
  Expr unsupported(Operation *op, StringRef why = "");
  Expr withHints(Operation *op, Expr expr);

  enum class Literals {
    /// Arithmetic: a literal takes the type of the other side.
    Weak,
    /// Comparisons and functions: a literal is a tensor of i32, i64 or f32.
    Typed,
  };
  /// The operands of an element-wise operation of type `result`, without the
  /// splats and broadcasts that Triton puts back itself.
  SmallVector<Expr> elementwise(ValueRange operands, Type result,
                                Literals literals, bool isUnsigned = false);
  /// `value` where Triton broadcasts to a known shape and casts to a known
  /// type.
  std::string adapted(Value value);
  Expr castTo(Expr expr, bool isScalar, Type element, bool bitcast);
  Expr asUnsigned(Expr expr, bool isScalar, Type element);
  /// An operand without splats and broadcasts.
  static Value peel(Value value);

  // Memory.cpp
  Expr memory(Operation *op);
  std::string hints(tt::CacheModifier cache, tt::EvictionPolicy evict);
  Expr atomic(tt::AtomicRMWOp op);
  std::string list(ValueRange values);

  // Combine.cpp
  Expr reduce(tt::ReduceOp op);
  Expr scan(tt::ScanOp op);
  std::string combineFunction(Operation *op);
  std::string inputs(ValueRange values);

  // Foreign.cpp
  Expr foreign(tt::ExternElementwiseOp op);
  Expr assembly(tt::ElementwiseInlineAsmOp op);
  Expr contraction(Operation *op);

  ModuleState &module;
  Plan plan;
  std::string out;
  std::pair<std::string, unsigned> lastOrigin;
};

} // namespace mlir::helion::python

#endif // HELION_LIB_TARGET_TRITONPYTHON_EMITTER_H
