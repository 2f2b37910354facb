// The kernel sets for NEON.
#if defined(__aarch64__)
#include "sets.h"

const swl_kernels swl_neon_dotprod = {
    .name = "neon-dotprod",
    .features = SWL_FEATURE_NEON_DOTPROD,
    .gemm = swl_neon_dotprod_gemm,
    .depthwise = swl_scalar_depthwise,
    .softmax = swl_scalar_softmax,
    .layer_norm = swl_scalar_layer_norm,
    .requantize = swl_scalar_requantize,
    .add = swl_scalar_add,
    .multiply = swl_scalar_multiply,
    .lookup = swl_scalar_lookup,
    .sum_rows8 = swl_scalar_sum_rows8,
    .sum_rows16 = swl_scalar_sum_rows16,
    .requantize_sums = swl_scalar_requantize_sums,
    .pack_rows = swl_scalar_pack_rows,
    .pack_columns = swl_scalar_pack_columns,
    .resample_horizontal = swl_scalar_resample_horizontal,
    .resample_vertical = swl_scalar_resample_vertical,
    .frame_rows = swl_scalar_frame_rows,
    .frame_columns = swl_scalar_frame_columns,
    .frame_colours = swl_scalar_frame_colours,
    .peak = swl_neon_dotprod_peak,
};
#endif
