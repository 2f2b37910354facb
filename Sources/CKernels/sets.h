// The kernel sets of this binary, and the functions that sets share.
#ifndef SWIFTLET_SETS_H
#define SWIFTLET_SETS_H

#include "swiftlet_kernels.h"

// What a depthwise call works in by generic/depthwise.h, larger than the stacks of some threads.
enum { swl_blocks_scratch = 192 * 1024 };

// The kernels that a set may have of its own.
#define DECLARE_KERNELS(set)                                                                                           \
  void swl_##set##_gemm(const swl_gemm *);                                                                             \
  void swl_##set##_depthwise(const swl_depthwise *);                                                                   \
  void swl_##set##_softmax(const swl_softmax *);                                                                       \
  void swl_##set##_layer_norm(const swl_layer_norm *);                                                                 \
  void swl_##set##_requantize(const swl_requantize *);                                                                 \
  void swl_##set##_add(const swl_add *);                                                                               \
  void swl_##set##_multiply(const swl_multiply *);                                                                     \
  void swl_##set##_lookup(const int8_t *in, const int8_t *table, int8_t *out, ptrdiff_t count);                        \
  void swl_##set##_sum_rows8(const int8_t *x, ptrdiff_t stride, int32_t rows, int32_t channels, int32_t *sums);        \
  void swl_##set##_sum_rows16(const int16_t *x, ptrdiff_t stride, int32_t rows, int32_t channels, int32_t *sums);      \
  void swl_##set##_requantize_sums(const int32_t *sums, int32_t channels, const swl_rule *rule,                        \
                                   const swl_epilogue *epilogue);                                                      \
  void swl_##set##_pack_rows(const int8_t *rows, ptrdiff_t stride, const int32_t *index, int32_t count, int32_t depth, \
                             int8_t *panels);                                                                          \
  void swl_##set##_pack_columns(const int8_t *rows, ptrdiff_t stride, const int32_t *index, int32_t count,             \
                                int32_t channels, int8_t *panels);                                                     \
  void swl_##set##_resample_horizontal(const swl_resample *);                                                          \
  void swl_##set##_resample_vertical(const swl_resample *);                                                            \
  void swl_##set##_frame_rows(const swl_frame_rows *);                                                                 \
  void swl_##set##_frame_columns(const swl_frame_columns *);                                                           \
  void swl_##set##_frame_colours(const swl_frame_colours *);                                                           \
  int64_t swl_##set##_peak(int64_t iterations);

// A set's rows: those of the network, and those of images.
#define NETWORK_KERNELS(set)                                                                                     \
  .gemm = swl_##set##_gemm, .depthwise = swl_##set##_depthwise, .softmax = swl_##set##_softmax,                  \
  .layer_norm = swl_##set##_layer_norm, .requantize = swl_##set##_requantize, .add = swl_##set##_add,            \
  .multiply = swl_##set##_multiply, .lookup = swl_##set##_lookup, .sum_rows8 = swl_##set##_sum_rows8,            \
  .sum_rows16 = swl_##set##_sum_rows16, .requantize_sums = swl_##set##_requantize_sums,                          \
  .pack_rows = swl_##set##_pack_rows, .pack_columns = swl_##set##_pack_columns, .peak = swl_##set##_peak
#define IMAGE_KERNELS(set)                                                                                       \
  .resample_horizontal = swl_##set##_resample_horizontal, .resample_vertical = swl_##set##_resample_vertical,    \
  .frame_rows = swl_##set##_frame_rows, .frame_columns = swl_##set##_frame_columns,                              \
  .frame_colours = swl_##set##_frame_colours

extern const swl_kernels swl_scalar;
DECLARE_KERNELS(scalar)

#if defined(__x86_64__)
extern const swl_kernels swl_avx2, swl_avx512vnni;
DECLARE_KERNELS(avx2)
DECLARE_KERNELS(avx512vnni)
#elif defined(__aarch64__)
extern const swl_kernels swl_neon, swl_neon_dotprod;
DECLARE_KERNELS(neon)
DECLARE_KERNELS(neon_dotprod)
#endif

#endif
