// RUN: helion-opt %s --helion-flatten-loops --split-input-file --verify-diagnostics

helion.kernel @reduces(%x: memref<64x64xf32>) attributes {helion.config = #helion.config<{flatten_loops = [true]}>} {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  // expected-remark @+1 {{the loop is not flattened as flatten_loops[0] asks for: helion.reduce does not work on single elements}}
  helion.grid (%t, %u) = (%c0, %c0) to (%c64, %c64) blocks [8, 8] : i32 {
    %a = helion.load %x[%t, %u] {ordinal = 0 : i64} : memref<64x64xf32>, !helion.tile<8>, !helion.tile<8> -> tensor<8x8xf32>
    %s = helion.reduce sum %a dims [1] : (tensor<8x8xf32>) -> tensor<8xf32>
  }
  helion.return
}

// -----

helion.kernel @multiplies(%x: memref<64x64xf32>) attributes {helion.config = #helion.config<{flatten_loops = [true]}>} {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  // expected-remark @+1 {{the loop is not flattened as flatten_loops[0] asks for: helion.dot does not work on single elements}}
  helion.grid (%t, %u) = (%c0, %c0) to (%c64, %c64) blocks [8, 8] : i32 {
    %a = helion.load %x[%t, %u] {ordinal = 0 : i64} : memref<64x64xf32>, !helion.tile<8>, !helion.tile<8> -> tensor<8x8xf32>
    %s = helion.dot %a, %a : tensor<8x8xf32>, tensor<8x8xf32> -> tensor<8x8xf32>
  }
  helion.return
}

// -----

helion.kernel @reshapes(%x: memref<64x64xf32>) attributes {helion.config = #helion.config<{flatten_loops = [true]}>} {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  // expected-remark @+1 {{the loop is not flattened as flatten_loops[0] asks for: helion.reshape combines elements}}
  helion.grid (%t, %u) = (%c0, %c0) to (%c64, %c64) blocks [8, 8] : i32 {
    %a = helion.load %x[%t, %u] {ordinal = 0 : i64} : memref<64x64xf32>, !helion.tile<8>, !helion.tile<8> -> tensor<8x8xf32>
    %s = helion.reshape %a : tensor<8x8xf32> -> tensor<64xf32>
  }
  helion.return
}

// -----

helion.kernel @asks_for_a_number(%x: memref<64x64xf32>) attributes {helion.config = #helion.config<{flatten_loops = [true]}>} {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  // expected-remark @+1 {{the loop is not flattened as flatten_loops[0] asks for: helion.tile_id is a number of a whole tile}}
  helion.grid (%t, %u) = (%c0, %c0) to (%c64, %c64) blocks [8, 8] : i32 {
    %b = helion.tile_id %t : !helion.tile<8> -> i32
  }
  helion.return
}

// -----

helion.kernel @adds_a_number(%x: memref<64x64xf32>) attributes {helion.config = #helion.config<{flatten_loops = [true]}>} {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  // expected-remark @+1 {{the loop is not flattened as flatten_loops[0] asks for: helion.tile_begin is a number of a whole tile}}
  helion.grid (%t, %u) = (%c0, %c0) to (%c64, %c64) blocks [1, 8] : i32 {
    %b = helion.tile_begin %t : !helion.tile<1> -> i32
    %c = arith.addi %b, %c0 : i32
  }
  helion.return
}

// -----

helion.kernel @slices(%x: memref<64x64xf32>) attributes {helion.config = #helion.config<{flatten_loops = [true]}>} {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  // expected-remark @+1 {{the loop is not flattened as flatten_loops[0] asks for: it uses slices or tiles of other loops}}
  helion.grid (%t, %u) = (%c0, %c0) to (%c64, %c64) blocks [8, 8] : i32 {
    %all = helion.slice %c0 : i32 -> !helion.tile<64>
    %a = helion.load %x[%t, %all] {ordinal = 0 : i64} : memref<64x64xf32>, !helion.tile<8>, !helion.tile<64> -> tensor<8x64xf32>
  }
  helion.return
}

// -----

helion.kernel @has_a_loop(%x: memref<64x64xf32>) attributes {helion.config = #helion.config<{flatten_loops = [true]}>} {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  // expected-remark @+1 {{the loop is not flattened as flatten_loops[0] asks for: it has a loop over tiles inside}}
  helion.grid (%t, %u) = (%c0, %c0) to (%c64, %c64) blocks [8, 8] : i32 {
    helion.tile_for (%k) = (%c0) to (%c64) blocks [8] : i32 {
    } {ordinal = 0 : i64}
  }
  helion.return
}

// -----

helion.kernel @diagonal(%x: memref<64x64xf32>) attributes {helion.config = #helion.config<{flatten_loops = [true]}>} {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  // expected-remark @+1 {{the loop is not flattened as flatten_loops[0] asks for: a value has the same tile in two dimensions}}
  helion.grid (%t, %u) = (%c0, %c0) to (%c64, %c64) blocks [8, 8] : i32 {
    %a = helion.load %x[%t, %t] {ordinal = 0 : i64} : memref<64x64xf32>, !helion.tile<8>, !helion.tile<8> -> tensor<8x8xf32>
  }
  helion.return
}

// -----

helion.kernel @transposes(%x: memref<64x64xf32>) attributes {helion.config = #helion.config<{flatten_loops = [true]}>} {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  // expected-remark @+1 {{the loop is not flattened as flatten_loops[0] asks for: one dimension meets two tiles}}
  helion.grid (%t, %u) = (%c0, %c0) to (%c64, %c64) blocks [8, 8] : i32 {
    %a = helion.load %x[%t, %u] {ordinal = 0 : i64} : memref<64x64xf32>, !helion.tile<8>, !helion.tile<8> -> tensor<8x8xf32>
    %b = helion.permute %a {order = array<i64: 1, 0>} : tensor<8x8xf32> -> tensor<8x8xf32>
    %c = arith.addf %a, %b : tensor<8x8xf32>
  }
  helion.return
}

// -----

helion.kernel @several_writers(%x: memref<64x64xf32>) attributes {helion.config = #helion.config<{flatten_loops = [true]}>} {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  // expected-remark @+1 {{the loop is not flattened as flatten_loops[0] asks for: helion.store writes an element from several lanes}}
  helion.grid (%t, %u) = (%c0, %c0) to (%c64, %c64) blocks [8, 8] : i32 {
    %y = helion.load %x[%c0, %t] {ordinal = 0 : i64} : memref<64x64xf32>, i32, !helion.tile<8> -> tensor<8xf32>
    helion.store %y, %x[%c0, %t] {ordinal = 1 : i64} : tensor<8xf32>, memref<64x64xf32>, i32, !helion.tile<8>
  }
  helion.return
}

// -----

helion.kernel @moves_one(%x: memref<64x64xf32>) attributes {helion.config = #helion.config<{flatten_loops = [true]}>} {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  // expected-remark @+1 {{the loop is not flattened as flatten_loops[0] asks for: helion.load moves one element for each tile}}
  helion.grid (%t, %u) = (%c0, %c0) to (%c64, %c64) blocks [1, 8] : i32 {
    %b = helion.tile_begin %t : !helion.tile<1> -> i32
    %y = helion.load %x[%b, %c0] {ordinal = 0 : i64} : memref<64x64xf32>, i32, i32 -> f32
  }
  helion.return
}

// -----

helion.kernel @single(%x: memref<64x64xf32>) attributes {helion.config = #helion.config<{flatten_loops = [true]}>} {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  // expected-remark @+1 {{the loop is not flattened as flatten_loops[0] asks for: a tile has a single element}}
  helion.grid (%t, %u) = (%c0, %c0) to (%c64, %c64) blocks [1, 1] : i32 {
  }
  helion.return
}

// -----

helion.kernel @offset(%m: i32) attributes {helion.config = #helion.config<{flatten_loops = [true]}>} {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  // expected-remark @+1 {{the loop is not flattened as flatten_loops[0] asks for: dimension 1 does not start at 0, and its end is no constant}}
  helion.grid (%t, %u) = (%c0, %c64) to (%c64, %m) blocks [8, 8] : i32 {
  }
  helion.return
}

// -----

helion.kernel @many(%x: memref<64x64xf32>) attributes {helion.config = #helion.config<{flatten_loops = [true]}>} {
  %c0 = arith.constant 0 : i32
  %large = arith.constant 40000000 : i32
  %c64 = arith.constant 64 : i32
  // expected-remark @+1 {{the loop is not flattened as flatten_loops[0] asks for: 32 bits cannot number its elements}}
  helion.grid (%t, %u) = (%c0, %c0) to (%c64, %large) blocks [8, 8] : i32 {
  }
  helion.return
}

// -----

helion.kernel @carries(%n: i32) attributes {helion.config = #helion.config<{flatten_loops = [true]}>} {
  %zero = arith.constant 0.0 : f32
  helion.grid (%g) = (%n) to (%n) blocks [32] : i32 {
    // expected-remark @+1 {{the loop is not flattened as flatten_loops[0] asks for: it carries values from tile to tile}}
    %r = helion.tile_for (%t, %u) = (%n, %n) to (%n, %n) blocks [32, 32] : i32 iter_args(%s = %zero : f32) {
      helion.yield %s : f32
    } {ordinal = 0 : i64}
  }
  helion.return
}

// -----

helion.kernel @jagged(%n: i32) attributes {helion.config = #helion.config<{flatten_loops = [true]}>} {
  helion.grid (%g) = (%n) to (%n) blocks [32] : i32 {
    // expected-remark @+1 {{the loop is not flattened as flatten_loops[0] asks for: its tiles are jagged}}
    helion.tile_for (%t, %u) = (%n, %n) to (%n, %n) blocks [32, 32] : i32 {
    } {helion.lanes_masked, ordinal = 0 : i64}
  }
  helion.return
}

// -----

helion.kernel @outer_value(%x: memref<64xf32>, %n: i32) attributes {helion.config = #helion.config<{flatten_loops = [true]}>} {
  %c0 = arith.constant 0 : i32
  helion.grid (%g) = (%c0) to (%n) blocks [32] : i32 {
    %a = helion.load %x[%g] {ordinal = 0 : i64} : memref<64xf32>, !helion.tile<32> -> tensor<32xf32>
    // expected-remark @+1 {{the loop is not flattened as flatten_loops[0] asks for: a value of several elements comes from outside}}
    helion.tile_for (%t, %u) = (%c0, %c0) to (%n, %n) blocks [32, 32] : i32 {
      %b = arith.addf %a, %a : tensor<32xf32>
    } {ordinal = 0 : i64}
  }
  helion.return
}
