// RUN: helion-opt %s --helion-map-grid=num-xcds=8 --split-input-file --verify-diagnostics

helion.kernel @axes(%n: i32) attributes {helion.config = #helion.config<{pid_type = "xyz", xcd_remap = true}>} {
  // expected-remark @+1 {{programs are not renumbered as xcd_remap asks for: the launch axes of xyz are the dimensions of the grid}}
  helion.grid (%t, %u) = (%n, %n) to (%n, %n) blocks [32, 32] : i32 {
  }
  helion.return
}

// -----

helion.kernel @persistent_grids(%n: i32)
    attributes {helion.config = #helion.config<{pid_type = "persistent_blocked", xcd_remap = true}>} {
  // expected-remark @+1 {{programs are not renumbered as xcd_remap asks for: persistent programs walk several grids}}
  helion.grid (%t) = (%n) to (%n) blocks [32] : i32 {
  }
  helion.grid (%t) = (%n) to (%n) blocks [32] : i32 {
  }
  helion.return
}
