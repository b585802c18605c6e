// RUN: helion-opt %s --helion-annotate-loops --split-input-file | FileCheck %s

// The first entries of the lists are the grid's. Loop 1 has stages of its own, which win over the
// kernel's; those are for loops with a dot alone.
// CHECK-LABEL: helion.kernel @stages
// CHECK:           helion.dot
// CHECK:         } {tt.num_stages = 3 : i32}
// CHECK:           helion.dot
// CHECK:         } {tt.num_stages = 5 : i32}
// CHECK:           math.exp
// CHECK-NEXT:      scf.yield
// CHECK-NEXT:    }{{$}}
// CHECK:           math.sqrt
// CHECK-NEXT:      scf.yield
// CHECK-NEXT:    } {tt.num_stages = 4 : i32}
// CHECK-NOT:     helion.loop
helion.kernel @stages(%n: i32)
    attributes {helion.config = #helion.config<{num_stages = 3 : i64, range_num_stages = [7, 0, 5, 0, 4]}>} {
  %c0 = arith.constant 0 : i32
  %one = arith.constant dense<1.0> : tensor<16x16xf32>
  %0 = scf.for %i = %c0 to %n step %n iter_args(%x = %one) -> (tensor<16x16xf32>) : i32 {
    %d = helion.dot %x, %x : tensor<16x16xf32>, tensor<16x16xf32> -> tensor<16x16xf32>
    scf.yield %d : tensor<16x16xf32>
  } {helion.loop = 0 : i64}
  %1 = scf.for %i = %c0 to %n step %n iter_args(%x = %one) -> (tensor<16x16xf32>) : i32 {
    %d = helion.dot %x, %x : tensor<16x16xf32>, tensor<16x16xf32> -> tensor<16x16xf32>
    scf.yield %d : tensor<16x16xf32>
  } {helion.loop = 1 : i64}
  %2 = scf.for %i = %c0 to %n step %n iter_args(%x = %one) -> (tensor<16x16xf32>) : i32 {
    %d = math.exp %x : tensor<16x16xf32>
    scf.yield %d : tensor<16x16xf32>
  } {helion.loop = 2 : i64}
  %3 = scf.for %i = %c0 to %n step %n iter_args(%x = %one) -> (tensor<16x16xf32>) : i32 {
    %d = math.sqrt %x : tensor<16x16xf32>
    scf.yield %d : tensor<16x16xf32>
  } {helion.loop = 3 : i64}
  helion.return
}

// -----

// The dot of an inner loop does not make the outer one a loop with a dot.
// CHECK-LABEL: helion.kernel @nested
// CHECK:           helion.dot
// CHECK:           } {tt.num_stages = 2 : i32}
// CHECK-NEXT:    }{{$}}
helion.kernel @nested(%n: i32) attributes {helion.config = #helion.config<{num_stages = 2 : i64}>} {
  %c0 = arith.constant 0 : i32
  %one = arith.constant dense<1.0> : tensor<16x16xf32>
  scf.for %i = %c0 to %n step %n : i32 {
    %r = scf.for %j = %c0 to %n step %n iter_args(%x = %one) -> (tensor<16x16xf32>) : i32 {
      %d = helion.dot %x, %x : tensor<16x16xf32>, tensor<16x16xf32> -> tensor<16x16xf32>
      scf.yield %d : tensor<16x16xf32>
    } {helion.loop = 1 : i64}
  } {helion.loop = 0 : i64}
  helion.return
}

// -----

// None, false for flattening and true for buffers are what Triton does on its own; a factor of 1
// is no unrolling. A loop behind the lists' ends keeps Triton's defaults.
// CHECK-LABEL: helion.kernel @flags
// CHECK:           math.sin
// CHECK-NEXT:      scf.yield
// CHECK-NEXT:    } {tt.disallow_acc_multi_buffer, tt.flatten, tt.loop_unroll_factor = 2 : i32}
// CHECK:           math.cos
// CHECK-NEXT:      scf.yield
// CHECK-NEXT:    }{{$}}
// CHECK:           math.exp
// CHECK-NEXT:      scf.yield
// CHECK-NEXT:    }{{$}}
// CHECK:           math.tan
// CHECK-NEXT:      scf.yield
// CHECK-NEXT:    }{{$}}
helion.kernel @flags(%n: i32, %s: f32)
    attributes {helion.config = #helion.config<{
      range_unroll_factors = [4, 2, 1, 0], range_flattens = [true, true, false, unit],
      range_multi_buffers = [false, false, true, unit]}>} {
  %c0 = arith.constant 0 : i32
  %0 = scf.for %i = %c0 to %n step %n iter_args(%x = %s) -> (f32) : i32 {
    %d = math.sin %x : f32
    scf.yield %d : f32
  } {helion.loop = 0 : i64}
  %1 = scf.for %i = %c0 to %n step %n iter_args(%x = %s) -> (f32) : i32 {
    %d = math.cos %x : f32
    scf.yield %d : f32
  } {helion.loop = 1 : i64}
  %2 = scf.for %i = %c0 to %n step %n iter_args(%x = %s) -> (f32) : i32 {
    %d = math.exp %x : f32
    scf.yield %d : f32
  } {helion.loop = 2 : i64}
  %3 = scf.for %i = %c0 to %n step %n iter_args(%x = %s) -> (f32) : i32 {
    %d = math.tan %x : f32
    scf.yield %d : f32
  } {helion.loop = 3 : i64}
  helion.return
}

// -----

// Loops that no loop of the kernel became (no ordinal), and kernels without a configuration.
// CHECK-LABEL: helion.kernel @no_ordinal
// CHECK:         scf.for
// CHECK-NEXT:    }{{$}}
// CHECK-LABEL: helion.kernel @no_configuration
// CHECK:         scf.for
// CHECK-NEXT:    }{{$}}
helion.kernel @no_ordinal(%n: i32) attributes {helion.config = #helion.config<{range_num_stages = [2, 2]}>} {
  %c0 = arith.constant 0 : i32
  scf.for %i = %c0 to %n step %n : i32 {
  }
  helion.return
}
helion.kernel @no_configuration(%n: i32) {
  %c0 = arith.constant 0 : i32
  scf.for %i = %c0 to %n step %n : i32 {
  } {helion.loop = 0 : i64}
  helion.return
}
