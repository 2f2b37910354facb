// The multiply-accumulate block of a GEMM whose left operand is four values for all columns at once (generic/gemm.h):
//
//   dot4_low(sums, a, b)   dot4 of a low plane's values, which are never negative
//   fetches_panels         whether a panel of what comes soon goes to the second-level cache

// sums += a x b.
INLINE void accumulate(const swl_gemm *g, const int8_t *a, const int8_t *b, const int8_t *ready, const int8_t *soon,
                       const int is_low, const int rows, const int panels, v32 (*sums)[4]) {
  enum { panel_vectors = 64 / sizeof(v32) };
  (void)ready;
  for (ptrdiff_t k = 0; k < g->depth; k += 4) {
    v8 columns[4];
    if (fetches_panels) __builtin_prefetch(soon + 16 * k, 0, 2);
    UNROLL for (int j = 0; j < panels * panel_vectors; j++) {
      columns[j] = load8(b + j / panel_vectors * g->b_panel_stride + 16 * k + j % panel_vectors * (int)sizeof(v32));
    }
    UNROLL for (int i = 0; i < rows; i++) {
      const v8 value = set_fours(a + i * g->a_stride + k);
      const left_operand left = prepare_left(value);
      UNROLL for (int j = 0; j < panels * panel_vectors; j++) {
        sums[i][j] = is_low ? dot4_low(sums[i][j], value, columns[j]) : dot4(sums[i][j], left, columns[j]);
      }
    }
  }
}
