#include "sets.h"

size_t swiftlet_float_available(const swiftlet_float_kernels *sets[3]) {
  size_t count = 0;
#if defined(__x86_64__)
  __builtin_cpu_init();
  bool fma = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (fma && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw"))
    sets[count++] = &swiftlet_float_avx512;
  if (fma) sets[count++] = &swiftlet_float_avx2;
#endif
  sets[count++] = &swiftlet_float_portable;
  return count;
}
