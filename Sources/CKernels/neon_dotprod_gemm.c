// GEMM on NEON with the dot-product extension: 64 bytes of a panel are the operands of four sdot, whose lanes are
// sixteen columns in order.
//
// A tile of four rows by one panel holds sixteen registers of sums, one of each row (sixteen values) and four of the
// panel: 64 sdot for 20 loads.
#if defined(__aarch64__)
#include "neon.h"

NEON_DOTPROD_BEGIN

enum { max_rows = 4 };

#define UNROLL _Pragma("clang loop unroll(full)")

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
                       int32x4_t sums[max_rows][4]) {
  int8x16_t values[max_rows];
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
INLINE void multiply(const swl_gemm *g, const rule16 *rule, ptrdiff_t row, ptrdiff_t column, const int rows,
                     int32x4_t products[max_rows][4]) {
  int32x4_t sums[max_rows][4];
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
static void finish(const swl_gemm *g, const epilogue16 *e, const rule16 *of_columns, ptrdiff_t first, ptrdiff_t column,
                   int rows, int32x4_t products[max_rows][4]) {
  for (int i = 0; i < rows; i++) {
    ptrdiff_t row = first + i;
    rule16 rule = *of_columns;
    if (g->rule_per_row) {
      rule = uniform_rule(g->rule.bias[row], g->rule.shift[row], g->rule.multiplier[row]);
      for (int j = 0; j < 4; j++) products[i][j] = vaddq_s32(products[i][j], rule.bias[j]);
    }
    finish16(e, scale16(&rule, products[i]), row, column, (int32_t)(g->columns - column));
  }
}

INLINE void tile(const swl_gemm *g, const epilogue16 *e, const rule16 *rule, ptrdiff_t row, ptrdiff_t column,
                 const int rows) {
  int32x4_t products[max_rows][4];
  multiply(g, rule, row, column, rows, products);
  finish(g, e, rule, row, column, rows, products);
}

void swl_neon_dotprod_gemm(const swl_gemm *g) {
  epilogue16 e = prepare_epilogue(&g->rule, &g->epilogue);
  for (ptrdiff_t column = 0; column < g->columns; column += 16) {
    rule16 rule = g->rule_per_row ? uniform_rule(0, 0, 0) : rule_of_channels(&g->rule, column);
    ptrdiff_t row = 0;
    for (; row + max_rows <= g->rows; row += max_rows) tile(g, &e, &rule, row, column, max_rows);
    switch (g->rows - row) {
      case 3: tile(g, &e, &rule, row, column, 3); break;
      case 2: tile(g, &e, &rule, row, column, 2); break;
      case 1: tile(g, &e, &rule, row, column, 1); break;
    }
  }
}

int64_t swl_neon_dotprod_peak(int64_t iterations) {
  enum { chains = 16 };
  int32x4_t sums[chains];
  int8x16_t value = vdupq_n_s8((int8_t)iterations);
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

NEON_DOTPROD_END
#endif
