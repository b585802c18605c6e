// RUN: helion-opt %s --helion-map-grid="num-xcds=8 num-sms=20" --canonicalize --cse --split-input-file | FileCheck %s

// 10 by 3 tiles on 8 dies: the first 6 get 4 programs, the others 3. Program 8 * i + die is number
// i of its die. The division into tiles comes behind.
// CHECK-LABEL: helion.kernel @flat
// CHECK:         %[[PID:.*]] = helion.program_id 0 : i32
// CHECK:         %[[DIE:.*]] = arith.remsi %[[PID]], %c8_i32 : i32
// CHECK-DAG:     %[[WHOLE:.*]] = arith.muli %[[DIE]], %c3_i32 : i32
// CHECK-DAG:     %[[MORE:.*]] = arith.minsi %[[DIE]], %c6_i32 : i32
// CHECK:         %[[FIRST:.*]] = arith.addi %[[WHOLE]], %[[MORE]] : i32
// CHECK:         %[[OWN:.*]] = arith.divsi %[[PID]], %c8_i32 : i32
// CHECK:         %[[NUMBER:.*]] = arith.addi %[[FIRST]], %[[OWN]] : i32
// CHECK:         arith.divsi %[[NUMBER]], %c12_i32 : i32
helion.kernel @flat(%x: memref<160x48xf32>)
    attributes {helion.config = #helion.config<{l2_groupings = [4], xcd_remap = true}>} {
  %c0 = arith.constant 0 : i32
  %c160 = arith.constant 160 : i32
  %c48 = arith.constant 48 : i32
  helion.grid (%t, %u) = (%c0, %c0) to (%c160, %c48) blocks [16, 16] : i32 {
    %v = helion.load %x[%t, %u] {ordinal = 0 : i64} : memref<160x48xf32>, !helion.tile<16>, !helion.tile<16> -> tensor<16x16xf32>
    helion.store %v, %x[%t, %u] {ordinal = 1 : i64} : tensor<16x16xf32>, memref<160x48xf32>, !helion.tile<16>, !helion.tile<16>
  }
  helion.return
}

// -----

// Of persistent programs there are no more than tiles.
// CHECK-LABEL: helion.kernel @persistent
// CHECK-SAME:    %[[N:[a-z0-9]+]]: i32)
// CHECK:         %[[TILES:.*]] = arith.divsi %{{.*}}, %c32_i32 : i32
// CHECK:         %[[PROGRAMS:.*]] = arith.minsi %[[TILES]], %c20_i32 : i32
// CHECK:         %[[PID:.*]] = helion.program_id 0 : i32
// CHECK-DAG:     %[[DIE:.*]] = arith.remsi %[[PID]], %c8_i32 : i32
// CHECK-DAG:     %[[SHARE:.*]] = arith.divsi %[[PROGRAMS]], %c8_i32 : i32
// CHECK-DAG:     arith.muli %[[DIE]], %[[SHARE]] : i32
// CHECK-DAG:     %[[REST:.*]] = arith.remsi %[[PROGRAMS]], %c8_i32 : i32
// CHECK-DAG:     arith.minsi %[[DIE]], %[[REST]] : i32
// CHECK:         scf.for %{{.*}} = %{{.*}} to %[[TILES]] step %c20_i32
helion.kernel @persistent(%x: memref<?xf32>, %n: i32)
    attributes {helion.config = #helion.config<{pid_type = "persistent_interleaved", xcd_remap = true}>} {
  %c0 = arith.constant 0 : i32
  helion.grid (%t) = (%c0) to (%n) blocks [32] : i32 {
    %v = helion.load %x[%t] {ordinal = 0 : i64} : memref<?xf32>, !helion.tile<32> -> tensor<32xf32>
    helion.store %v, %x[%t] {ordinal = 1 : i64} : tensor<32xf32>, memref<?xf32>, !helion.tile<32>
  }
  helion.return
}

// -----

// The tiles of all grids count: 4 and 5 are 9 programs, 1 per die and one more.
// CHECK-LABEL: helion.kernel @several
// CHECK:         %[[PID:.*]] = helion.program_id 0 : i32
// CHECK:         %[[DIE:.*]] = arith.remsi %[[PID]], %c8_i32 : i32
// CHECK:         %[[MORE:.*]] = arith.minsi %[[DIE]], %c1_i32 : i32
// CHECK:         %[[FIRST:.*]] = arith.addi %[[DIE]], %[[MORE]] : i32
// CHECK:         %[[NUMBER:.*]] = arith.addi %[[FIRST]], %{{.*}} : i32
// CHECK:         arith.cmpi slt, %[[NUMBER]], %c4_i32 : i32
helion.kernel @several(%x: memref<128xf32>) attributes {helion.config = #helion.config<{xcd_remap = true}>} {
  %c0 = arith.constant 0 : i32
  %c128 = arith.constant 128 : i32
  %c80 = arith.constant 80 : i32
  helion.grid (%t) = (%c0) to (%c128) blocks [32] : i32 {
    %v = helion.load %x[%t] {ordinal = 0 : i64} : memref<128xf32>, !helion.tile<32> -> tensor<32xf32>
    helion.store %v, %x[%t] {ordinal = 1 : i64} : tensor<32xf32>, memref<128xf32>, !helion.tile<32>
  }
  helion.grid (%t) = (%c0) to (%c80) blocks [16] : i32 {
    %v = helion.load %x[%t] {ordinal = 2 : i64} : memref<128xf32>, !helion.tile<16> -> tensor<16xf32>
    helion.store %v, %x[%t] {ordinal = 3 : i64} : tensor<16xf32>, memref<128xf32>, !helion.tile<16>
  }
  helion.return
}
