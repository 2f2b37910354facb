// The kernel set for AVX-512 with VNNI and VBMI: Ice Lake, Zen 4 and their successors.
#if defined(__x86_64__)
#include "../sets.h"

swl_kernels swl_avx512vnni = {
    .name = "avx512vnni",
    .base = &swl_avx2,
    .features = SWL_FEATURE_AVX2 | SWL_FEATURE_AVX512_VNNI,
    .depthwise_scratch = swl_blocks_scratch,
    ALL_KERNELS(avx512vnni),
};
#endif
