// RUN: helion-opt %s --helion-annotate-warp-specialization=target=cuda:90 --split-input-file --verify-diagnostics

helion.kernel @warps(%n: i32)
    attributes {helion.config = #helion.config<{num_warps = 8, range_warp_specializes = [unit, true]}>} {
  %c0 = arith.constant 0 : i32
  %one = arith.constant dense<1.0> : tensor<16x16xf32>
  // expected-remark @+1 {{warps are not specialized: on compute capability 9.0 num_warps must be 4, not 8}}
  %0 = scf.for %i = %c0 to %n step %n iter_args(%a = %one) -> (tensor<16x16xf32>) : i32 {
    %d = helion.dot %a, %a : tensor<16x16xf32>, tensor<16x16xf32> -> tensor<16x16xf32>
    scf.yield %d : tensor<16x16xf32>
  } {helion.loop = 0 : i64}
  helion.return
}

// -----

helion.kernel @no_product(%n: i32, %s: f32)
    attributes {helion.config = #helion.config<{range_warp_specializes = [unit, true]}>} {
  %c0 = arith.constant 0 : i32
  // expected-remark @+1 {{warps are not specialized: the loop has no matrix product}}
  %0 = scf.for %i = %c0 to %n step %n iter_args(%a = %s) -> (f32) : i32 {
    %d = math.exp %a : f32
    scf.yield %d : f32
  } {helion.loop = 0 : i64}
  helion.return
}

// -----

// expected-remark @+1 {{warps are not specialized: no loop has a matrix product}}
helion.kernel @nowhere(%n: i32) attributes {helion.config = #helion.config<{range_warp_specializes = [true]}>} {
  %c0 = arith.constant 0 : i32
  scf.for %i = %c0 to %n step %n : i32 {
  } {helion.loop = -1 : i64}
  helion.return
}

// -----

helion.kernel @stages_inside(%n: i32, %x: memref<16x64xf16>)
    attributes {helion.config = #helion.config<{num_stages = 3, range_warp_specializes = [true]}>} {
  %c0 = arith.constant 0 : i32
  %one = arith.constant dense<1.0> : tensor<16x16xf32>
  %row = helion.make_tile %c0 to %n {exact} : i32 -> <16>
  scf.for %j = %c0 to %n step %n : i32 {
    // expected-remark @+2 {{the warps of this loop are specialized, not those of the loop over tiles: Triton specializes the loop that holds the matrix products}}
    // expected-remark @+1 {{warps are not specialized: on compute capability 9.0 Triton gives NaN for some shapes with more than 2 stages, and num_stages is 3}}
    %1 = scf.for %i = %c0 to %n step %n iter_args(%a = %one) -> (tensor<16x16xf32>) : i32 {
      %t = helion.make_tile %i to %n {exact} : i32 -> <16>
      %v = helion.load %x[%row, %t] {access = 1 : i32, ordinal = 0 : i64} : memref<16x64xf16>, !helion.tile<16>, !helion.tile<16> -> tensor<16x16xf16>
      %d = helion.dot %v, %v : tensor<16x16xf16>, tensor<16x16xf16> -> tensor<16x16xf32>
      scf.yield %d : tensor<16x16xf32>
    } {helion.loop = 0 : i64}
  } {helion.loop = -1 : i64}
  helion.return
}

// -----

helion.kernel @few_rows(%n: i32, %x: memref<64x64xf16>)
    attributes {helion.config = #helion.config<{num_stages = 2, range_warp_specializes = [unit, true]}>} {
  %c0 = arith.constant 0 : i32
  %row = helion.make_tile %c0 to %n {exact} : i32 -> <64>
  // expected-remark @+1 {{warps are not specialized: on compute capability 9.0 Triton gives wrong results for products of fewer than 128 rows, and this has 64}}
  scf.for %i = %c0 to %n step %n : i32 {
    %v = helion.load %x[%row, %row] {access = 1 : i32, ordinal = 0 : i64} : memref<64x64xf16>, !helion.tile<64>, !helion.tile<64> -> tensor<64x64xf16>
    %d = helion.dot %v, %v : tensor<64x64xf16>, tensor<64x64xf16> -> tensor<64x64xf32>
  } {helion.loop = 0 : i64}
  helion.return
}

// -----

helion.kernel @reshaped(%n: i32, %x: memref<128x128xf16>, %out: memref<128x128xf16>)
    attributes {helion.config = #helion.config<{num_stages = 2, range_warp_specializes = [unit, true]}>} {
  %c0 = arith.constant 0 : i32
  %one = arith.constant dense<1.0> : tensor<128x128xf32>
  %row = helion.make_tile %c0 to %n {exact} : i32 -> <128>
  %half = helion.make_tile %c0 to %n {exact} : i32 -> <64>
  // expected-remark @+1 {{warps are not specialized: on compute capability 9.0 Triton fails where what the loop leaves is reshaped or split}}
  %0 = scf.for %i = %c0 to %n step %n iter_args(%a = %one) -> (tensor<128x128xf32>) : i32 {
    %v = helion.load %x[%row, %row] {access = 1 : i32, ordinal = 0 : i64} : memref<128x128xf16>, !helion.tile<128>, !helion.tile<128> -> tensor<128x128xf16>
    %d = helion.dot %v, %v, %a : tensor<128x128xf32> : tensor<128x128xf16>, tensor<128x128xf16> -> tensor<128x128xf32>
    scf.yield %d : tensor<128x128xf32>
  } {helion.loop = 0 : i64}
  %1 = helion.convert %0 : tensor<128x128xf32> -> tensor<128x128xf16>
  %2 = helion.reshape %1 : tensor<128x128xf16> -> tensor<128x2x64xf16>
  %3 = helion.permute %2 {order = array<i64: 0, 2, 1>} : tensor<128x2x64xf16> -> tensor<128x64x2xf16>
  %4, %5 = helion.split %3 : tensor<128x64x2xf16> -> tensor<128x64xf16>
  helion.store %4, %out[%row, %half] {ordinal = 1 : i64} : tensor<128x64xf16>, memref<128x128xf16>, !helion.tile<128>, !helion.tile<64>
  helion.return
}

// -----

// What Triton gets wrong on Hopper alone: trips that differ between programs, and masks.
// CHECK-LABEL: helion.kernel @varying
// CHECK:         } {helion.loop = 0 : i64}
helion.kernel @varying(%n: i32, %x: memref<128x128xf16>)
    attributes {helion.config = #helion.config<{num_warps = 4, num_stages = 2, range_warp_specializes = [unit, true]}>} {
  %c0 = arith.constant 0 : i32
  %c128 = arith.constant 128 : i32
  %row = helion.make_tile %c0 to %c128 {exact} : i32 -> <128>
  // expected-remark @+1 {{warps are not specialized: on compute capability 9.0 Triton gives wrong results for loops with masks, or with bounds that differ between programs}}
  scf.for %i = %c0 to %n step %c128 : i32 {
    %t = helion.make_tile %i to %n {exact} : i32 -> <128>
    %v = helion.load %x[%row, %t] {access = 1 : i32, ordinal = 0 : i64} : memref<128x128xf16>, !helion.tile<128>, !helion.tile<128> -> tensor<128x128xf16>
    %d = helion.dot %v, %v : tensor<128x128xf16>, tensor<128x128xf16> -> tensor<128x128xf16>
    helion.store %d, %x[%row, %t] {ordinal = 1 : i64} : tensor<128x128xf16>, memref<128x128xf16>, !helion.tile<128>, !helion.tile<128>
  } {helion.loop = 0 : i64}
  helion.return
}
