// The kernel set for AVX-512 with VNNI and VBMI: Ice Lake, Zen 4 and their successors.
#if defined(__x86_64__)
#include "sets.h"

const swl_kernels swl_avx512vnni = {
    .name = "avx512vnni",
    .features = SWL_FEATURE_AVX2 | SWL_FEATURE_AVX512_VNNI,
    .depthwise_scratch = swl_blocks_scratch,
    .gemm = swl_avx512vnni_gemm,
    .depthwise = swl_avx512vnni_depthwise,
    .softmax = swl_avx512vnni_softmax,
    .layer_norm = swl_avx512vnni_layer_norm,
    .requantize = swl_avx512vnni_requantize,
    .add = swl_avx512vnni_add,
    .multiply = swl_avx512vnni_multiply,
    .lookup = swl_avx512vnni_lookup,
    .sum_rows8 = swl_avx512vnni_sum_rows8,
    .sum_rows16 = swl_avx512vnni_sum_rows16,
    .requantize_sums = swl_avx512vnni_requantize_sums,
    .pack_rows = swl_avx512vnni_pack_rows,
    .pack_columns = swl_avx512vnni_pack_columns,
    .resample_horizontal = swl_avx2_resample_horizontal,
    .resample_vertical = swl_avx2_resample_vertical,
    .frame_rows = swl_avx2_frame_rows,
    .frame_columns = swl_avx2_frame_columns,
    .frame_colours = swl_avx2_frame_colours,
    .peak = swl_avx512vnni_peak,
};
#endif
