// RUN: helion-opt %s --convert-helion-to-triton --split-input-file | FileCheck %s
// RUN: helion-opt %s --convert-helion-to-triton="target=hip:gfx942" --split-input-file | FileCheck %s --check-prefix=HIP

// The first program adds what the others leave of the top bit; all wait for it to flip.
// CHECK-LABEL: tt.func public @grid_barrier(
// CHECK-SAME:    %[[WORD:.*]]: !tt.ptr<i32>
// CHECK:         gpu.barrier
// CHECK:         %[[COUNT:.*]] = tt.get_num_programs x : i32
// CHECK:         %[[OTHERS:.*]] = arith.subi %[[COUNT]], %c1_i32 : i32
// CHECK:         %[[REST:.*]] = arith.subi %c-2147483648_i32, %[[OTHERS]] : i32
// CHECK:         %[[PID:.*]] = tt.get_program_id x : i32
// CHECK:         %[[FIRST:.*]] = arith.cmpi eq, %[[PID]], %c0_i32 : i32
// CHECK:         %[[SHARE:.*]] = arith.select %[[FIRST]], %[[REST]], %c1_i32 : i32
// CHECK:         %[[OLD:.*]] = tt.atomic_rmw add, release, gpu, %[[WORD]], %[[SHARE]], %true
// CHECK:         scf.while (%[[SEEN:.*]] = %[[OLD]]) : (i32) -> i32 {
// CHECK:           %[[FLIPPED:.*]] = arith.xori %[[SEEN]], %[[OLD]] : i32
// CHECK:           %[[WAIT:.*]] = arith.cmpi sge, %[[FLIPPED]], %c0_i32 : i32
// CHECK:           scf.condition(%[[WAIT]]) %[[SEEN]] : i32
// CHECK:         } do {
// CHECK:           %[[NEW:.*]] = tt.atomic_rmw add, acquire, gpu, %[[WORD]], %c0_i32, %true
// CHECK:           scf.yield %[[NEW]] : i32
// CHECK:         }
// CHECK:         gpu.barrier
// CHECK-NEXT:    tt.return
helion.kernel @grid_barrier(%word: memref<1xi32> {helion.semaphore}) {
  helion.barrier
  helion.return
}

// -----

// The barrier of AMD GPUs does not wait for what is on its way to memory.
// CHECK-LABEL: tt.func public @threads(
// CHECK-NOT:     inline_asm
// CHECK:         gpu.barrier
// HIP-LABEL:   tt.func public @threads(
// HIP:           tt.elementwise_inline_asm "s_waitcnt vmcnt(0)
// HIP-NEXT:      gpu.barrier
helion.kernel @threads() {
  gpu.barrier
  helion.return
}
