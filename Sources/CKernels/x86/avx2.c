// The kernel set for AVX2.
#if defined(__x86_64__)
#include "../sets.h"

#define swl_avx2_pack_rows NULL  // the specification's

swl_kernels swl_avx2 = {
    .name = "avx2",
    .base = &swl_scalar,
    .features = SWL_FEATURE_AVX2,
    .depthwise_scratch = swl_blocks_scratch,
    ALL_KERNELS(avx2),
};
#endif
