// RUN: helion-opt %s --helion-bind-blocks --split-input-file --verify-diagnostics

// expected-error @+1 {{expects 2 block sizes in the configuration but got 1}}
helion.kernel @too_few() attributes {helion.config = #helion.config<{block_sizes = [16]}>} {
  helion.block @b0 {ordinal = 0 : i64, min = 1 : i64, max = 64 : i64}
  helion.block @b1 {ordinal = 1 : i64, min = 1 : i64, max = 64 : i64}
  helion.return
}

// -----

// A fixed block takes no entry.
// expected-error @+1 {{expects 0 block sizes in the configuration but got 1}}
helion.kernel @too_many() attributes {helion.config = #helion.config<{block_sizes = [16]}>} {
  helion.block @b0 {size = 32 : i64}
  helion.return
}

// -----

// expected-error @+1 {{expects 1 block sizes in the configuration but got 0}}
helion.kernel @no_configuration() {
  helion.block @b0 {ordinal = 0 : i64, min = 1 : i64, max = 64 : i64}
  helion.return
}

// -----

helion.kernel @not_positive() attributes {helion.config = #helion.config<{block_sizes = [0]}>} {
  // expected-error @+1 {{expects a positive block size but got 0}}
  helion.block @b0 {ordinal = 0 : i64, min = 1 : i64, max = 64 : i64}
  helion.return
}

// -----

helion.kernel @ordinal() attributes {helion.config = #helion.config<{block_sizes = [16]}>} {
  // expected-error @+1 {{expects an ordinal below 1 but got 5}}
  helion.block @b0 {ordinal = 5 : i64, min = 1 : i64, max = 64 : i64}
  helion.return
}

// -----

// expected-error @+1 {{expects blocks that the kernel declares but got @b7}}
helion.kernel @undeclared_in_type(%n: i32) attributes {helion.config = #helion.config<{}>} {
  helion.grid (%t) = (%n) to (%n) blocks [@b7] : i32 {
  }
  helion.return
}

// -----

// expected-error @+1 {{expects blocks that the kernel declares but got @b7}}
helion.kernel @undeclared_in_size(%n: i32) attributes {helion.config = #helion.config<{}>} {
  %0 = helion.block_size @b7 : i32
  helion.return
}

// -----

helion.kernel @product_of_a_product() attributes {helion.config = #helion.config<{block_sizes = [16]}>} {
  helion.block @b0 {ordinal = 0 : i64, min = 1 : i64, max = 64 : i64}
  helion.block @p0 {factor = 2 : i64, of = [@b0]}
  // expected-error @+1 {{expects blocks that are no products but got @p0}}
  helion.block @p1 {factor = 2 : i64, of = [@p0]}
  helion.return
}
