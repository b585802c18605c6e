// RUN: helion-opt %s --helion-map-grid=num-sms=10 --canonicalize --cse --split-input-file | FileCheck %s

// One launch axis per dimension, the fastest along x.
// CHECK-LABEL: helion.kernel @axes
// CHECK-SAME:    helion.grid = {axes = [2, 1, 0], dims = [{block = 32 : i64, lower = 0 : i64, upper = {arg = 1 : i64}}, {block = 16 : i64, lower = 0 : i64, upper = {arg = 2 : i64}}, {block = 1 : i64, lower = 0 : i64, upper = 8 : i64}]}
// CHECK-DAG:     %[[X:.*]] = helion.program_id 0 : i32
// CHECK-DAG:     %[[Y:.*]] = helion.program_id 1 : i32
// CHECK-DAG:     %[[Z:.*]] = helion.program_id 2 : i32
// CHECK-NOT:     arith.divsi
// CHECK-DAG:     %[[A:.*]] = arith.muli %[[Z]], %c32_i32 : i32
// CHECK-DAG:     %[[T:.*]] = helion.make_tile %[[A]] to %{{.*}} : i32 -> <32>
// CHECK-DAG:     %[[B:.*]] = arith.muli %[[Y]], %c16_i32 : i32
// CHECK-DAG:     %[[U:.*]] = helion.make_tile %[[B]] to %{{.*}} : i32 -> <16>
// CHECK-DAG:     %[[V:.*]] = helion.make_tile %[[X]] to %c8_i32 {exact} : i32 -> <1>
// CHECK:         helion.load %{{.*}}[%[[T]], %[[U]], %[[V]]]
helion.kernel @axes(%x: memref<?x?x8xf32>, %m: i32, %n: i32)
    attributes {helion.config = #helion.config<{pid_type = "xyz"}>} {
  %c0 = arith.constant 0 : i32
  %c8 = arith.constant 8 : i32
  helion.grid (%t, %u, %v) = (%c0, %c0, %c0) to (%m, %n, %c8) blocks [32, 16, 1] : i32 {
    %a = helion.load %x[%t, %u, %v] {ordinal = 0 : i64} : memref<?x?x8xf32>, !helion.tile<32>, !helion.tile<16>, !helion.tile<1> -> tensor<32x16x1xf32>
    helion.store %a, %x[%t, %u, %v] {ordinal = 1 : i64} : tensor<32x16x1xf32>, memref<?x?x8xf32>, !helion.tile<32>, !helion.tile<16>, !helion.tile<1>
  }
  helion.return
}

// -----

// With one dimension xyz is the flat mapping.
// CHECK-LABEL: helion.kernel @one_axis
// CHECK-SAME:    helion.grid = [{block = 32 : i64, lower = 0 : i64, upper = 128 : i64}]
helion.kernel @one_axis(%x: memref<128xf32>) attributes {helion.config = #helion.config<{pid_type = "xyz"}>} {
  %c0 = arith.constant 0 : i32
  %c128 = arith.constant 128 : i32
  helion.grid (%t) = (%c0) to (%c128) blocks [32] : i32 {
    %v = helion.load %x[%t] {ordinal = 0 : i64} : memref<128xf32>, !helion.tile<32> -> tensor<32xf32>
    helion.store %v, %x[%t] {ordinal = 1 : i64} : tensor<32xf32>, memref<128xf32>, !helion.tile<32>
  }
  helion.return
}

// -----

// 10 multiprocessors with 2 programs each go through 64 by 3 tiles, every 20th of them; inside the
// loop the tile's number is decomposed as the program id of the flat mapping is. Its entries in the
// lists of loop options are those in front of the device loops'.
// CHECK-LABEL: helion.kernel @interleaved
// CHECK-SAME:    helion.grid = {dims = [{{.*}}], programs = 20 : i64}
// CHECK-DAG:     %[[TOTAL:.*]] = arith.constant 192 : i32
// CHECK-DAG:     %[[PROGRAMS:.*]] = arith.constant 20 : i32
// CHECK-DAG:     %[[THREE:.*]] = arith.constant 3 : i32
// CHECK:         %[[PID:.*]] = helion.program_id 0 : i32
// CHECK:         scf.for %[[I:.*]] = %[[PID]] to %[[TOTAL]] step %[[PROGRAMS]] : i32 {
// CHECK-DAG:       %[[FAST:.*]] = arith.remsi %[[I]], %[[THREE]] : i32
// CHECK-DAG:       %[[SLOW:.*]] = arith.divsi %[[I]], %[[THREE]] : i32
// CHECK:           helion.load
// CHECK:           helion.store
// CHECK-NEXT:    } {helion.loop = -1 : i64}
// CHECK-NEXT:    helion.return
helion.kernel @interleaved(%x: memref<1024x48xf32>)
    attributes {helion.config = #helion.config<{num_sm_multiplier = 2, pid_type = "persistent_interleaved"}>} {
  %c0 = arith.constant 0 : i32
  %c1024 = arith.constant 1024 : i32
  %c48 = arith.constant 48 : i32
  helion.grid (%t, %u) = (%c0, %c0) to (%c1024, %c48) blocks [16, 16] : i32 {
    %v = helion.load %x[%t, %u] {ordinal = 0 : i64} : memref<1024x48xf32>, !helion.tile<16>, !helion.tile<16> -> tensor<16x16xf32>
    helion.store %v, %x[%t, %u] {ordinal = 1 : i64} : tensor<16x16xf32>, memref<1024x48xf32>, !helion.tile<16>, !helion.tile<16>
  }
  helion.return
}

// -----

// 64 tiles for 10 programs: 7 each in a row, the last one has what is left.
// CHECK-LABEL: helion.kernel @blocked
// CHECK-SAME:    helion.grid = {dims = [{{.*}}], programs = 10 : i64}
// CHECK-DAG:     %[[TOTAL:.*]] = arith.constant 64 : i32
// CHECK-DAG:     %[[SHARE:.*]] = arith.constant 7 : i32
// CHECK-DAG:     %[[ONE:.*]] = arith.constant 1 : i32
// CHECK:         %[[PID:.*]] = helion.program_id 0 : i32
// CHECK:         %[[FIRST:.*]] = arith.muli %[[PID]], %[[SHARE]] : i32
// CHECK:         %[[NEXT:.*]] = arith.addi %[[FIRST]], %[[SHARE]] : i32
// CHECK:         %[[END:.*]] = arith.minsi %[[NEXT]], %[[TOTAL]] : i32
// CHECK:         scf.for %[[I:.*]] = %[[FIRST]] to %[[END]] step %[[ONE]] : i32 {
// CHECK-NEXT:      arith.muli %[[I]]
// CHECK:         } {helion.loop = -1 : i64}
helion.kernel @blocked(%x: memref<1024xf32>)
    attributes {helion.config = #helion.config<{pid_type = "persistent_blocked"}>} {
  %c0 = arith.constant 0 : i32
  %c1024 = arith.constant 1024 : i32
  helion.grid (%t) = (%c0) to (%c1024) blocks [16] : i32 {
    %v = helion.load %x[%t] {ordinal = 0 : i64} : memref<1024xf32>, !helion.tile<16> -> tensor<16xf32>
    helion.store %v, %x[%t] {ordinal = 1 : i64} : tensor<16xf32>, memref<1024xf32>, !helion.tile<16>
  }
  helion.return
}
