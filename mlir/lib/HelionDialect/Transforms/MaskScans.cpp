//===- MaskScans.cpp - Scans that know which lanes are live -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MaskDetail.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::helion;

void mlir::helion::scanLiveLanes(ScanOp op, Value live) {
  OpBuilder builder(op);
  Location loc = op.getLoc();
  size_t count = op.getInputs().size();
  SmallVector<Value> inputs(op.getInputs());
  inputs.push_back(live);
  auto scan = ScanOp::create(builder, loc, ValueRange(inputs).getTypes(),
                             /*kind=*/nullptr, inputs, op.getAxisAttr(),
                             op.getReverseAttr());
  scan.getCombine().takeBody(op.getCombine());
  Block &body = scan.getCombine().front();
  Type i1 = builder.getI1Type();
  Value before = body.insertArgument(count, i1, loc);
  Value next = body.addArgument(i1, loc);
  Operation *yield = body.getTerminator();
  builder.setInsertionPoint(yield);
  for (size_t i = 0; i < count; ++i) {
    Value both = arith::SelectOp::create(
        builder, loc, next, yield->getOperand(i), body.getArgument(i));
    yield->setOperand(i,
                      arith::SelectOp::create(builder, loc, before, both,
                                              body.getArgument(count + 1 + i)));
  }
  Value any = arith::OrIOp::create(builder, loc, before, next);
  yield->insertOperands(count, any);
  op.replaceAllUsesWith(scan.getResults().drop_back());
  op.erase();
}
