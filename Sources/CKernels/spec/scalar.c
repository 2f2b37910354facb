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

swl_kernels swl_scalar = {.name = "scalar", ALL_KERNELS(scalar)};
