// Products of rows and panels: convolution, linear layers, attention.
#include "../sets.h"
#include "rule.h"

static int32_t dot(const int8_t *a, const int8_t *panel, int32_t lane, int32_t depth) {
  uint32_t sum = 0;
  for (int32_t k = 0; k < depth; k++) {
    sum += (uint32_t)(a[k] * panel[(k / 4 * 16 + lane) * 4 + k % 4]);
  }
  return (int32_t)sum;
}

void swl_scalar_gemm(const swl_gemm *g) {
  for (ptrdiff_t row = 0; row < g->rows; row++) {
    for (ptrdiff_t column = 0; column < g->columns; column++) {
      const int8_t *panel = g->b + column / 16 * g->b_panel_stride;
      int32_t lane = column % 16;
      int32_t sum = dot(g->a + row * g->a_stride, panel, lane, g->depth);
      if (g->a_low) {
        int32_t low = dot(g->a_low + row * g->a_stride, panel, lane, g->depth);
        sum = wrapping_add(wrapping_shift_left(sum, 7), low);
      }
      int32_t w = rule_scaled(&g->rule, g->rule_per_row ? row : column, sum);
      epilogue_store(&g->epilogue, &g->rule, w, row, column);
    }
  }
}
