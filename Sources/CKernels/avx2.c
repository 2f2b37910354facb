// The kernel set for AVX2.
#if defined(__x86_64__)
#include "avx2.h"

const swl_kernels swl_avx2 = {
    .name = "avx2",
    .features = SWL_FEATURE_AVX2,
    .depthwise_scratch = swl_blocks_scratch,
    .gemm = swl_avx2_gemm,
    .depthwise = swl_avx2_depthwise,
    .softmax = swl_avx2_softmax,
    .layer_norm = swl_avx2_layer_norm,
    .requantize = swl_avx2_requantize,
    .add = swl_avx2_add,
    .multiply = swl_avx2_multiply,
    .lookup = swl_avx2_lookup,
    .sum_rows8 = swl_avx2_sum_rows8,
    .sum_rows16 = swl_avx2_sum_rows16,
    .requantize_sums = swl_avx2_requantize_sums,
    .pack_rows = swl_scalar_pack_rows,
    .pack_columns = swl_avx2_pack_columns,
    .resample_horizontal = swl_avx2_resample_horizontal,
    .resample_vertical = swl_avx2_resample_vertical,
    .frame_rows = swl_avx2_frame_rows,
    .frame_columns = swl_avx2_frame_columns,
    .frame_colours = swl_avx2_frame_colours,
    .peak = swl_avx2_peak,
};
#endif
