//===- BarrierPatterns.cpp - Programs and threads that wait for each other -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Programs meet at one word of memory. Each adds to it what makes the sum of all
// the top bit alone, so that the bit flips when the last one has come and the
// others are as they were: ready for the next barrier, of any launch of any
// number of programs.
//
//===----------------------------------------------------------------------===//

#include "PatternDetail.h"

#include "helion/Triton/IR/GPU.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::helion;

/// The barrier instruction of AMD GPUs does not wait for writes to memory.
static void createWriteWait(OpBuilder &builder, Location loc) {
  Value zero =
      arith::ConstantOp::create(builder, loc, builder.getI32IntegerAttr(0));
  tt::ElementwiseInlineAsmOp::create(
      builder, loc, TypeRange(builder.getI32Type()),
      builder.getStringAttr("s_waitcnt vmcnt(0)\nv_mov_b32 $0, $1"),
      builder.getStringAttr("=v,v,~{memory}"), builder.getBoolAttr(false),
      builder.getI32IntegerAttr(1), ValueRange(zero));
}

/// Waits for the programs of the whole launch, at the word behind `semaphore`.
static void createGridBarrier(OpBuilder &builder, Location loc,
                              Value semaphore) {
  Type i32 = builder.getI32Type();
  auto constant = [&](int32_t value) -> Value {
    return arith::ConstantOp::create(builder, loc,
                                     builder.getI32IntegerAttr(value));
  };
  Value always =
      arith::ConstantOp::create(builder, loc, builder.getBoolAttr(true));
  Value zero = constant(0), one = constant(1);
  auto atomicAdd = [&](Value value, tt::MemSemantic semantic) -> Value {
    return tt::AtomicRMWOp::create(builder, loc, i32, tt::RMWOp::ADD, semaphore,
                                   value, always, semantic,
                                   tt::MemSyncScope::GPU);
  };

  gpu::BarrierOp::create(builder, loc);
  Value count = tt::GetNumProgramsOp::create(builder, loc, 0);
  Value topBit = constant(std::numeric_limits<int32_t>::min());
  Value others = arith::SubIOp::create(builder, loc, count, one);
  Value rest = arith::SubIOp::create(builder, loc, topBit, others);
  Value program = tt::GetProgramIdOp::create(builder, loc, 0);
  Value isFirst = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq,
                                        program, zero);
  Value share = arith::SelectOp::create(builder, loc, isFirst, rest, one);
  Value arrived = atomicAdd(share, tt::MemSemantic::RELEASE);
  auto loop = scf::WhileOp::create(builder, loc, TypeRange(i32), arrived);
  OpBuilder::InsertionGuard guard(builder);
  Block *before = builder.createBlock(&loop.getBefore(), {}, i32, loc);
  Value seen = before->getArgument(0);
  Value changed = arith::XOrIOp::create(builder, loc, seen, arrived);
  Value waits = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sge,
                                      changed, zero);
  scf::ConditionOp::create(builder, loc, waits, seen);
  builder.createBlock(&loop.getAfter(), {}, i32, loc);
  scf::YieldOp::create(builder, loc, atomicAdd(zero, tt::MemSemantic::ACQUIRE));
  builder.setInsertionPointAfter(loop);
  gpu::BarrierOp::create(builder, loc);
}

LogicalResult mlir::helion::convertBarriers(tt::FuncOp function,
                                            std::optional<unsigned> semaphore,
                                            const TritonTarget &target) {
  OpBuilder builder(function.getContext());
  SmallVector<BarrierOp> barriers;
  function.walk([&](BarrierOp barrier) { barriers.push_back(barrier); });
  for (BarrierOp barrier : barriers) {
    if (!semaphore)
      return barrier.emitError("expects a kernel argument marked as semaphore "
                               "but got none");
    builder.setInsertionPoint(barrier);
    createGridBarrier(builder, barrier.getLoc(),
                      function.getBody().getArgument(*semaphore));
    barrier.erase();
  }
  if (target.isHip)
    function.walk([&](gpu::BarrierOp barrier) {
      builder.setInsertionPoint(barrier);
      createWriteWait(builder, barrier.getLoc());
    });
  return success();
}
