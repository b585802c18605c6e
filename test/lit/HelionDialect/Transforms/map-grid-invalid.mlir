// RUN: helion-opt %s --helion-map-grid --split-input-file --verify-diagnostics

// expected-error @+1 {{expects a grid but got none}}
helion.kernel @none() {
  helion.return
}

// -----

helion.kernel @several_axes(%n: i32) attributes {helion.config = #helion.config<{pid_type = "xyz"}>} {
  // expected-remark @+1 {{launched flat, not as xyz: the kernel has several grids}}
  helion.grid (%t) = (%n) to (%n) blocks [32] : i32 {
  }
  helion.grid (%t) = (%n) to (%n) blocks [32] : i32 {
  }
  helion.return
}

// -----

helion.kernel @not_bound(%n: i32) {
  helion.block @b0 {ordinal = 0 : i64, min = 1 : i64, max = 64 : i64}
  // expected-error @+1 {{expects bound block sizes but got @b0}}
  helion.grid (%t) = (%n) to (%n) blocks [@b0] : i32 {
  }
  helion.return
}

// -----

// expected-error @+1 {{expects a persistent pid_type, since the programs wait for each other}}
helion.kernel @barrier(%n: i32) {
  helion.grid (%t) = (%n) to (%n) blocks [32] : i32 {
  }
  helion.barrier
  helion.grid (%t) = (%n) to (%n) blocks [32] : i32 {
  }
  helion.return
}

// -----

// The host must know the bounds before the launch.
helion.kernel @computed_bound(%x: memref<1xi32>) {
  %c0 = arith.constant 0 : i32
  %n = helion.load %x[%c0] {ordinal = 0 : i64} : memref<1xi32>, i32 -> i32
  // expected-error @+1 {{expects a persistent pid_type, since the bounds of the grid are computed on the device}}
  helion.grid (%t) = (%c0) to (%n) blocks [32] : i32 {
  }
  helion.return
}

// -----

helion.kernel @four_axes(%n: i32) attributes {helion.config = #helion.config<{pid_type = "xyz"}>} {
  // expected-remark @+1 {{launched flat, not as xyz: there are three launch axes, but the grid has 4 dimensions}}
  helion.grid (%t, %u, %v, %w) = (%n, %n, %n, %n) to (%n, %n, %n, %n) blocks [32, 32, 32, 32] : i32 {
  }
  helion.return
}

// -----

helion.kernel @axes_in_groups(%n: i32)
    attributes {helion.config = #helion.config<{l2_groupings = [4], pid_type = "xyz"}>} {
  // expected-remark @+1 {{tiles are not grouped: the launch axes of xyz are the dimensions of the grid}}
  helion.grid (%t, %u) = (%n, %n) to (%n, %n) blocks [32, 32] : i32 {
  }
  helion.return
}

// -----

helion.kernel @no_programs(%n: i32)
    attributes {helion.config = #helion.config<{num_sm_multiplier = 0, pid_type = "persistent_blocked"}>} {
  // expected-error @+1 {{expects a positive number of programs but got 0}}
  helion.grid (%t) = (%n) to (%n) blocks [32] : i32 {
  }
  helion.return
}

// -----

helion.kernel @nothing_to_group(%n: i32) attributes {helion.config = #helion.config<{l2_groupings = [4], pid_type = "flat"}>} {
  // expected-remark @+1 {{tiles are not grouped: this takes a grid of two dimensions}}
  helion.grid (%t) = (%n) to (%n) blocks [32] : i32 {
  }
  helion.return
}

// -----

// The default is a single die.
helion.kernel @one_die(%n: i32) attributes {helion.config = #helion.config<{xcd_remap = true}>} {
  // expected-remark @+1 {{programs are not renumbered as xcd_remap asks for: the GPU has a single die}}
  helion.grid (%t) = (%n) to (%n) blocks [32] : i32 {
  }
  helion.return
}

// -----

// The grid was one of two dimensions, and has their entry.
helion.kernel @flattened(%n: i32) attributes {helion.config = #helion.config<{l2_groupings = [1, 4]}>} {
  helion.grid (%t, %u) = (%n, %n) to (%n, %n) blocks [32, 32] : i32 {
  }
  // expected-remark @+1 {{tiles are not grouped: this takes a grid of two dimensions}}
  helion.grid (%t) = (%n) to (%n) blocks [32] : i32 {
  } {helion.flattened}
  helion.return
}
