// The set of the specification: plain integer C, normative for every other set.
#include "../sets.h"

int64_t swl_scalar_peak(int64_t iterations) {
  volatile int8_t source = 1;
  volatile int32_t sink;
  uint32_t sum = 0;
  for (int64_t i = 0; i < iterations; i++) sum += (uint32_t)(source * source);
  sink = (int32_t)sum;
  (void)sink;
  return iterations;
}

ptrdiff_t swl_scalar_prepare_gemm(const swl_gemm *g, void *out) { return (void)g, (void)out, 0; }
ptrdiff_t swl_scalar_prepare_depthwise(const swl_depthwise *d, void *out) { return (void)d, (void)out, 0; }

swl_kernels swl_scalar = {.name = "scalar", ALL_KERNELS(scalar)};
