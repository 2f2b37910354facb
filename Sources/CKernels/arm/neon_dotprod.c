// The kernel set for NEON with the dot-product extension.
#if defined(__aarch64__)
#include "../width/neon.h"

#include "../generic/rule.h"

#define KERNEL(name) swl_neon_dotprod_##name

#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)

#include "../generic/elementwise.h"
#include "../generic/layer_norm.h"
#include "../generic/pack.h"
#include "../generic/softmax.h"
#include "../generic/sums.h"

// GEMM: 64 bytes of a panel are the operands of four sdot, whose lanes are sixteen columns in order. A tile of four rows by one
// panel holds sixteen registers of sums, one of each row (sixteen values) and four of the panel: 64 sdot for 20 loads.

enum { max_rows = 4 };

// sums += values x columns, on four values of depth: the lane of each row's register, and 64 bytes of the panel.
#define MULTIPLY_ADD(lane)                                                                             \
  do {                                                                                                 \
    int8x16x4_t columns = vld1q_s8_x4(b + 16 * k + 64 * (lane));                                       \
    UNROLL for (int row = 0; row < rows; row++) {                                                      \
      UNROLL for (int i = 0; i < 4; i++) {                                                             \
        sums[row][i] = vdotq_laneq_s32(sums[row][i], columns.val[i], values[row], lane);               \
      }                                                                                                \
    }                                                                                                  \
  } while (0)

// sums += a x b for rows x 16 columns.
INLINE void accumulate(const swl_gemm *g, const int8_t *a, const int8_t *b, const int rows,
                       v32 sums[max_rows][4]) {
  v8 values[max_rows];
  ptrdiff_t k = 0;
  for (; k + 16 <= g->depth; k += 16) {
    UNROLL for (int row = 0; row < rows; row++) values[row] = vld1q_s8(a + row * g->a_stride + k);
    MULTIPLY_ADD(0);
    MULTIPLY_ADD(1);
    MULTIPLY_ADD(2);
    MULTIPLY_ADD(3);
  }
  for (; k < g->depth; k += 4) {
    UNROLL for (int row = 0; row < rows; row++) {
      int32_t four;
      memcpy(&four, a + row * g->a_stride + k, 4);
      values[row] = vreinterpretq_s8_s32(vdupq_n_s32(four));
    }
    MULTIPLY_ADD(0);
  }
}

// The accumulators of a tile, the columns' bias included.
INLINE void multiply(const swl_gemm *g, const block_rule *rule, ptrdiff_t row, ptrdiff_t column, const int rows,
                     v32 products[max_rows][4]) {
  v32 sums[max_rows][4];
  const int8_t *b = g->b + column / 16 * g->b_panel_stride;
  ptrdiff_t a = row * g->a_stride;
  UNROLL for (int i = 0; i < rows; i++) {
    UNROLL for (int j = 0; j < 4; j++) sums[i][j] = g->a_low ? vdupq_n_s32(0) : rule->bias[j];
  }
  accumulate(g, g->a + a, b, rows, sums);
  if (g->a_low) {
    UNROLL for (int i = 0; i < rows; i++) {
      UNROLL for (int j = 0; j < 4; j++) sums[i][j] = vaddq_s32(vshlq_n_s32(sums[i][j], 7), rule->bias[j]);
    }
    accumulate(g, g->a_low + a, b, rows, sums);
  }
  UNROLL for (int i = 0; i < rows; i++) {
    UNROLL for (int j = 0; j < 4; j++) products[i][j] = sums[i][j];
  }
}

// Stores the rows of a tile.
static void store_tile(const swl_gemm *g, const block_epilogue *e, const block_rule *of_columns, ptrdiff_t first, ptrdiff_t column,
                   int rows, v32 products[max_rows][4]) {
  for (int i = 0; i < rows; i++) {
    ptrdiff_t row = first + i;
    block_rule rule = *of_columns;
    if (g->rule_per_row) {
      rule = uniform_rule(g->rule.bias[row], g->rule.shift[row], g->rule.multiplier[row]);
      for (int j = 0; j < 4; j++) products[i][j] = vaddq_s32(products[i][j], rule.bias[j]);
    }
    v16 w[2];
    scale_block(&rule, products[i], w);
    finish_block(e, w, row, column, g->columns - column);
  }
}

INLINE void tile(const swl_gemm *g, const block_epilogue *e, const block_rule *rule, ptrdiff_t row, ptrdiff_t column,
                 const int rows) {
  v32 products[max_rows][4];
  multiply(g, rule, row, column, rows, products);
  store_tile(g, e, rule, row, column, rows, products);
}

void swl_neon_dotprod_gemm(const swl_gemm *g) {
  block_epilogue e;
  prepare_epilogue(&e, &g->rule, &g->epilogue);
  for (ptrdiff_t column = 0; column < g->columns; column += 16) {
    block_rule rule = g->rule_per_row ? uniform_rule(0, 0, 0) : rule_of_channels(&g->rule, column);
    ptrdiff_t row = 0;
    for (; row + max_rows <= g->rows; row += max_rows) tile(g, &e, &rule, row, column, max_rows);
    switch (g->rows - row) {
      case 3: tile(g, &e, &rule, row, column, 3); break;
      case 2: tile(g, &e, &rule, row, column, 2); break;
      case 1: tile(g, &e, &rule, row, column, 1); break;
    }
  }
}

// Depthwise convolution: blocks of four values of sixteen channels, for sdot.

enum { block_values = 4, strip_blocks = 320 };
typedef v32 vector;
typedef block_rule rule_of_set;
typedef output_range output_of_set;
typedef block_epilogue epilogue_of_set;

INLINE void interleave(const int8_t *const p[4], const int values, vector out[4]) {
  v8 v[4];
  for (int i = 0; i < 4; i++) v[i] = i < values ? load8(p[i]) : set8(0);
  interleave_bytes(v);
  for (int i = 0; i < 4; i++) out[i] = vreinterpretq_s32_s8(v[i]);
}

INLINE vector multiply_add(vector sum, vector values, vector weights) {
  return vdotq_s32(sum, vreinterpretq_s8_s32(values), vreinterpretq_s8_s32(weights));
}

INLINE vector keep(vector v) { return v; }

INLINE void start_rule(block_rule *r, const swl_rule *rule, ptrdiff_t channel, int32_t count) {
  (void)count;
  *r = rule_of_channels(rule, channel);
}

// A block's weights of sixteen channels: four bytes a channel, one from each tap.
INLINE void weights_of_block(block_rule *rule, const int32_t taps[4], const int8_t *panels, ptrdiff_t panel_size,
                             ptrdiff_t channels, vector out[4]) {
  (void)rule, (void)panel_size, (void)channels;
  for (int q = 0; q < 4; q++) out[q] = set32(0);
  for (int i = 0; i < 4; i++) {
    if (taps[i] < 0) continue;
    const int8_t *four = panels + taps[i] / 4 * 64;
    const uint32x4_t place = vdupq_n_u32(0xFFu << (8 * i));
    for (int q = 0; q < 4; q++) {
      v32 moved = vshlq_s32(vreinterpretq_s32_s8(load8(four + 16 * q)), set32(8 * (i - taps[i] % 4)));
      out[q] = vbslq_s32(place, moved, out[q]);
    }
  }
}

// w of two of the four accumulators of a tile's outputs.
INLINE void scale_half(const block_rule *rule, const int half, vector (*sums)[2], vector (*w)[2], const int outputs) {
  for (int t = 0; t < outputs; t++) w[t][half] = vreinterpretq_s32_s16(scale_half_block(rule, half, sums[t]));
}

// How many channels are stored.
typedef ptrdiff_t store_mask;
INLINE store_mask mask_of_channels(ptrdiff_t channels) { return channels; }

INLINE void words_of(const vector w[2], v16 out[2]) {
  for (int i = 0; i < 2; i++) out[i] = vreinterpretq_s16_s32(w[i]);
}

// Stores an output that has neither table nor residual.
INLINE void store_plain(const output_range *output, const vector w[2], int8_t *out, store_mask channels) {
  v16 words[2];
  words_of(w, words);
  store8_some(out, block_to_int8(output, words), channels);
}

static void finish(const block_epilogue *e, const vector w[2], ptrdiff_t at, ptrdiff_t channel, ptrdiff_t channels) {
  v16 words[2];
  words_of(w, words);
  if (channels > 0) finish_block(e, words, at, channel, channels);
}

#include "../depthwise_blocks.h"

void swl_neon_dotprod_depthwise(const swl_depthwise *d) {
  if (!depthwise_by_blocks(d)) swl_scalar.depthwise(d);
}

int64_t swl_neon_dotprod_peak(int64_t iterations) {
  enum { chains = 16 };
  v32 sums[chains];
  v8 value = vdupq_n_s8((int8_t)iterations);
  for (int i = 0; i < chains; i++) sums[i] = vdupq_n_s32(i);
  for (int64_t n = 0; n < iterations; n++) {
    for (int i = 0; i < chains; i++) {
      // The compiler must not see that the operand stays the same.
      __asm__ volatile("" : "+w"(value));
      sums[i] = vdotq_s32(sums[i], value, value);
    }
  }
  for (int i = 1; i < chains; i++) sums[0] = vaddq_s32(sums[0], sums[i]);
  __asm__ volatile("" : : "w"(sums[0]));
  return iterations * chains * 16;
}

#pragma clang attribute pop

const swl_kernels swl_neon_dotprod = {
    .name = "neon-dotprod",
    .features = SWL_FEATURE_NEON_DOTPROD,
    .depthwise_scratch = swl_blocks_scratch,
    .gemm = swl_neon_dotprod_gemm,
    .depthwise = swl_neon_dotprod_depthwise,
    .softmax = swl_neon_dotprod_softmax,
    .layer_norm = swl_neon_dotprod_layer_norm,
    .requantize = swl_neon_dotprod_requantize,
    .add = swl_neon_dotprod_add,
    .multiply = swl_neon_dotprod_multiply,
    .lookup = swl_neon_dotprod_lookup,
    .sum_rows8 = swl_neon_dotprod_sum_rows8,
    .sum_rows16 = swl_neon_dotprod_sum_rows16,
    .requantize_sums = swl_neon_dotprod_requantize_sums,
    .pack_rows = swl_neon_dotprod_pack_rows,
    .pack_columns = swl_neon_dotprod_pack_columns,
    .resample_horizontal = swl_scalar_resample_horizontal,
    .resample_vertical = swl_scalar_resample_vertical,
    .frame_rows = swl_scalar_frame_rows,
    .frame_columns = swl_scalar_frame_columns,
    .frame_colours = swl_scalar_frame_colours,
    .peak = swl_neon_dotprod_peak,
};
#endif
