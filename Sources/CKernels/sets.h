// The kernel sets of this binary. dispatch.c fills the rows that they leave empty, before main.
#ifndef SWIFTLET_SETS_H
#define SWIFTLET_SETS_H

#include "rows.h"
#include "swiftlet_kernels.h"

// What a depthwise call works in by generic/depthwise.h, larger than the stacks of some threads.
enum { swl_blocks_scratch = 192 * 1024 };

// The kernels that a set may have of its own, and the rows of a set that has them all.
#define DECLARE_KERNELS(set)                                             \
  SWL_KERNELS(PROTOTYPE, set)                                            \
  ptrdiff_t swl_##set##_prepare_gemm(const swl_gemm *, void *out);           \
  ptrdiff_t swl_##set##_prepare_depthwise(const swl_depthwise *, void *out); \
  int64_t swl_##set##_peak(int64_t iterations);
#define ALL_KERNELS(set)                                                                                         \
  SWL_KERNELS(OWN, set)                                                                                          \
  .prepare_gemm = swl_##set##_prepare_gemm, .prepare_depthwise = swl_##set##_prepare_depthwise, .peak = swl_##set##_peak

extern swl_kernels swl_scalar;
DECLARE_KERNELS(scalar)

#if defined(__x86_64__)
// What SWL_FEATURE_AVX512_VNNI stands for, as clang names it.
#define AVX512_FEATURES "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512vbmi"

extern swl_kernels swl_avx2, swl_avx512vnni;
DECLARE_KERNELS(avx2)
DECLARE_KERNELS(avx512vnni)
#elif defined(__aarch64__)
extern swl_kernels swl_neon, swl_neon_dotprod, swl_neon_i8mm;
DECLARE_KERNELS(neon)
DECLARE_KERNELS(neon_dotprod)
DECLARE_KERNELS(neon_i8mm)
#endif

#if !defined(__aarch64__)
extern swl_kernels swl_portable;
DECLARE_KERNELS(portable)
#endif

#endif
