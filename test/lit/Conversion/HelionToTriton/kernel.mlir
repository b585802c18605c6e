// RUN: helion-opt %s --convert-helion-to-triton | FileCheck %s --check-prefixes=CHECK,CUDA
// RUN: helion-opt %s --convert-helion-to-triton='misaligned=2,0' | FileCheck %s --check-prefix=MISALIGNED
// RUN: helion-opt %s --convert-helion-to-triton='target=hip:gfx950' | FileCheck %s --check-prefix=HIP
// RUN: helion-opt %s --convert-helion-to-triton --mlir-print-debuginfo | FileCheck %s --check-prefix=NAMES

// Host tensors become pointers to aligned memory, scalars stay; attributes of Triton's and the
// launch go over, the configuration does not.
// CHECK-LABEL: tt.func public @arguments
// CUDA-SAME:     (%{{[a-z0-9]+}}: !tt.ptr<f32> {tt.divisibility = 16 : i32},
// CUDA-SAME:      %{{[a-z0-9]+}}: i32,
// CUDA-SAME:      %{{[a-z0-9]+}}: !tt.ptr<i8> {tt.divisibility = 16 : i32},
// CUDA-SAME:      %{{[a-z0-9]+}}: i64 {tt.divisibility = 16 : i32},
// CUDA-SAME:      %{{[a-z0-9]+}}: !tt.ptr<bf16> {tt.divisibility = 16 : i32},
// CUDA-SAME:      %{{[a-z0-9]+}}: !tt.ptr<f32> {tt.divisibility = 16 : i32})
// CHECK-SAME:    attributes {helion.grid = [{block = 1 : i64, lower = 0 : i64, upper = 8 : i64}], noinline = false}
// CHECK-NEXT:    tt.return
// CHECK-NEXT:  }
// CHECK-NOT:   helion.kernel

// MISALIGNED-LABEL: tt.func public @arguments
// MISALIGNED-SAME:    (%{{[a-z0-9]+}}: !tt.ptr<f32>,
// MISALIGNED-SAME:     %{{[a-z0-9]+}}: i32,
// MISALIGNED-SAME:     %{{[a-z0-9]+}}: !tt.ptr<i8>,
// MISALIGNED-SAME:     %{{[a-z0-9]+}}: i64 {tt.divisibility = 16 : i32},
// MISALIGNED-SAME:     %{{[a-z0-9]+}}: !tt.ptr<bf16> {tt.divisibility = 16 : i32},

// Buffer instructions reach 2 GiB: not the fifth tensor, nor one of unknown size.
// HIP-LABEL: tt.func public @arguments
// HIP-SAME:    (%{{[a-z0-9]+}}: !tt.ptr<f32> {tt.divisibility = 16 : i32, tt.pointer_range = 32 : i32},
// HIP-SAME:     %{{[a-z0-9]+}}: i32,
// HIP-SAME:     %{{[a-z0-9]+}}: !tt.ptr<i8> {tt.divisibility = 16 : i32, tt.pointer_range = 32 : i32},
// HIP-SAME:     %{{[a-z0-9]+}}: i64 {tt.divisibility = 16 : i32},
// HIP-SAME:     %{{[a-z0-9]+}}: !tt.ptr<bf16> {tt.divisibility = 16 : i32},
// HIP-SAME:     %{{[a-z0-9]+}}: !tt.ptr<f32> {tt.divisibility = 16 : i32})

// NAMES-LABEL: tt.func public @arguments
// NAMES-SAME:    loc("x"(
// NAMES-SAME:    loc("rows"(
helion.kernel @arguments(%x: memref<64x32xf32> {helion.name = "x"}, %n: i32 {helion.name = "rows"},
                         %b: memref<64x32xi1, strided<[1, 64]>>, %m: i64 {tt.divisibility = 16 : i32},
                         %big: memref<32768x32768xbf16>, %d: memref<?xf32>)
    attributes {helion.config = #helion.config<{block_sizes = [1]}>,
                helion.grid = [{block = 1 : i64, lower = 0 : i64, upper = 8 : i64}]} {
  helion.return
}

// Several kernels, functions of other dialects and what is not a kernel's business.
// CHECK-LABEL: tt.func public @second()
helion.kernel @second() {
  helion.return
}
