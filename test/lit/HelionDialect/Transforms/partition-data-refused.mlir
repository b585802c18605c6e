// RUN: helion-opt %s --helion-partition-data=target=cuda:90 --split-input-file --verify-diagnostics | FileCheck %s

// CHECK-LABEL: helion.kernel @small_parts
// CHECK:         helion.dot {{.*}} -> tensor<64x64xf32>
helion.kernel @small_parts(%n: i32)
    attributes {helion.config = #helion.config<{data_partition_factors = [1, 2]}>} {
  %c0 = arith.constant 0 : i32
  %one = arith.constant dense<1.0> : tensor<64x64xf32>
  // expected-remark @+1 {{rows are not split as data_partition_factors[1] = 2 asks for: 32 rows are less than the 64 that the matrix unit takes at once}}
  %0 = scf.for %i = %c0 to %n step %n iter_args(%a = %one) -> (tensor<64x64xf32>) : i32 {
    %d = helion.dot %a, %one : tensor<64x64xf32>, tensor<64x64xf32> -> tensor<64x64xf32>
    scf.yield %d : tensor<64x64xf32>
  } {helion.loop = 0 : i64}
  helion.return
}

// -----

// CHECK-LABEL: helion.kernel @no_product
helion.kernel @no_product(%n: i32)
    attributes {helion.config = #helion.config<{data_partition_factors = [1, 2]}>} {
  %c0 = arith.constant 0 : i32
  %one = arith.constant dense<1.0> : tensor<128xf32>
  // expected-remark @+1 {{rows are not split as data_partition_factors[1] = 2 asks for: the loop sums up no matrix products}}
  %0 = scf.for %i = %c0 to %n step %n iter_args(%a = %one) -> (tensor<128xf32>) : i32 {
    %d = math.exp %a : tensor<128xf32>
    scf.yield %d : tensor<128xf32>
  } {helion.loop = 0 : i64}
  helion.return
}

// -----

// CHECK-LABEL: helion.kernel @no_loop
// expected-remark @+1 {{rows are not split as data_partition_factors[2] = 2 asks for: there is no such loop, or it has a single trip}}
helion.kernel @no_loop() attributes {helion.config = #helion.config<{data_partition_factors = [1, 1, 2]}>} {
  helion.return
}

// -----

// CHECK-LABEL: helion.kernel @summed_up
// CHECK:         helion.dot {{.*}} -> tensor<128x64xf32>
helion.kernel @summed_up(%n: i32, %x: memref<64xf32>)
    attributes {helion.config = #helion.config<{data_partition_factors = [1, 2]}>} {
  %c0 = arith.constant 0 : i32
  %zero = arith.constant dense<0.0> : tensor<128x64xf32>
  %a = arith.constant dense<1.0> : tensor<128x32xf16>
  %b = arith.constant dense<1.0> : tensor<32x64xf16>
  %columns = helion.slice %c0 : i32 -> <64>
  // expected-remark @+1 {{rows are not split as data_partition_factors[1] = 2 asks for: helion.reduce needs all rows at once}}
  %0 = scf.for %i = %c0 to %n step %n iter_args(%acc = %zero) -> (tensor<128x64xf32>) : i32 {
    %d = helion.dot %a, %b, %acc : tensor<128x64xf32> : tensor<128x32xf16>, tensor<32x64xf16> -> tensor<128x64xf32>
    scf.yield %d : tensor<128x64xf32>
  } {helion.loop = 0 : i64}
  %sum = helion.reduce sum %0 dims [0] : (tensor<128x64xf32>) -> tensor<64xf32>
  helion.store %sum, %x[%columns] {ordinal = 0 : i64} : tensor<64xf32>, memref<64xf32>, !helion.tile<64>
  helion.return
}

// -----

// The sums are multiplied with themselves.
// CHECK-LABEL: helion.kernel @two_roles
helion.kernel @two_roles(%n: i32)
    attributes {helion.config = #helion.config<{data_partition_factors = [2]}>} {
  %c0 = arith.constant 0 : i32
  %one = arith.constant dense<1.0> : tensor<128x128xf32>
  // expected-remark @-4 {{rows are not split as data_partition_factors[0] = 2 asks for: helion.dot needs all rows at once}}
  %0 = scf.for %i = %c0 to %n step %n iter_args(%a = %one) -> (tensor<128x128xf32>) : i32 {
    %d = helion.dot %one, %a : tensor<128x128xf32>, tensor<128x128xf32> -> tensor<128x128xf32>
    scf.yield %d : tensor<128x128xf32>
  } {helion.loop = 0 : i64}
  helion.return
}

// -----

// CHECK-LABEL: helion.kernel @mixed_constant
helion.kernel @mixed_constant(%n: i32)
    attributes {helion.config = #helion.config<{data_partition_factors = [1, 4]}>} {
  %c0 = arith.constant 0 : i32
  %init = arith.constant dense<0.0> : tensor<256x1xf32>
  %a = arith.constant dense<1.0> : tensor<256x16xf32>
  %b = arith.constant dense<1.0> : tensor<16x1xf32>
  // expected-remark @+1 {{rows are not split as data_partition_factors[1] = 4 asks for: helion.print needs all rows at once}}
  %0 = scf.for %i = %c0 to %n step %n iter_args(%acc = %init) -> (tensor<256x1xf32>) : i32 {
    %d = helion.dot %a, %b, %acc : tensor<256x1xf32> : tensor<256x16xf32>, tensor<16x1xf32> -> tensor<256x1xf32>
    scf.yield %d : tensor<256x1xf32>
  } {helion.loop = 0 : i64}
  helion.print "sums: " %0 : tensor<256x1xf32>
  helion.return
}
