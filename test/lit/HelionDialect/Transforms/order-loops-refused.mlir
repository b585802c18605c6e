// RUN: helion-opt %s --helion-order-loops --split-input-file --verify-diagnostics

helion.kernel @order_of_wrong_rank(%n: i32) attributes {helion.config = #helion.config<{loop_orders = [[0, 2, 1]]}>} {
  // expected-error @+1 {{expects loop_orders[0] to be a permutation of 2 dimensions but got [0, 2, 1]}}
  helion.grid (%t, %u) = (%n, %n) to (%n, %n) blocks [32, 32] : i32 {
  }
  helion.return
}

// -----

helion.kernel @order_twice(%n: i32) attributes {helion.config = #helion.config<{loop_orders = [[0, 0]]}>} {
  // expected-error @+1 {{expects loop_orders[0] to be a permutation of 2 dimensions but got [0, 0]}}
  helion.grid (%t, %u) = (%n, %n) to (%n, %n) blocks [32, 32] : i32 {
  }
  helion.return
}

// -----

// Entry 1 is that of the device loop: a grid of one dimension has none.
helion.kernel @order_of_a_loop(%n: i32) attributes {helion.config = #helion.config<{loop_orders = [[1, 0], [0, 2]]}>} {
  helion.grid (%t) = (%n) to (%n) blocks [32] : i32 {
  }
  helion.grid (%t, %u) = (%n, %n) to (%n, %n) blocks [32, 32] : i32 {
    // expected-error @+1 {{expects loop_orders[1] to be a permutation of 2 dimensions but got [0, 2]}}
    helion.tile_for (%v, %w) = (%n, %n) to (%n, %n) blocks [32, 32] : i32 {
    } {ordinal = 0 : i64}
  }
  helion.return
}

// -----

// The flag that `break` carries: the order decides what runs.
helion.kernel @order_of_breaks(%n: i32) attributes {helion.config = #helion.config<{loop_orders = [[1, 0]]}>} {
  %go = arith.constant true
  helion.grid (%g) = (%n) to (%n) blocks [32] : i32 {
    // expected-remark @+1 {{the loop keeps its order, not loop_orders[0]: a trip decides whether later ones run}}
    %r = helion.tile_for (%t, %u) = (%n, %n) to (%n, %n) blocks [32, 32] : i32 iter_args(%flag = %go : i1) {
      helion.yield %flag : i1
    } {ordinal = 0 : i64}
  }
  helion.return
}
