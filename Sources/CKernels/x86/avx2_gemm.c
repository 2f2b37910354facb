// GEMM on AVX2: |a| as the unsigned operand of pmaddubsw, and b with a's sign as the signed one. With b >= -127 no pair
// of products leaves int16.
//
// A dword of A meets sixteen columns in two times four instructions (psignb, pmaddubsw, pmaddwd, paddd); they, not the
// loads, bound the loop. A tile of two panels shares each pabsb among four of them.
#if defined(__x86_64__)
#include "avx2.h"

AVX2_BEGIN

enum { max_rows = 4, max_panels = 2 };

INLINE __m256i four(const int8_t *a) {
  int32_t value;
  memcpy(&value, a, 4);
  return _mm256_set1_epi32(value);
}

INLINE __m256i multiply_add(__m256i sum, __m256i magnitude, __m256i with_sign) {
  __m256i pairs = _mm256_maddubs_epi16(magnitude, with_sign);
  return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

// sums += a x b for a tile of rows x 16 * panels. Values of A that are never negative need no signs.
INLINE void accumulate(const swl_gemm *g, const int8_t *a, const int8_t *b, const int rows, const int panels,
                       const int is_unsigned, __m256i sums[max_rows][2 * max_panels]) {
  for (ptrdiff_t k = 0; k < g->depth; k += 4) {
    __m256i columns[2 * max_panels];
    for (int i = 0; i < 2 * panels; i++) columns[i] = load32(b + i / 2 * g->b_panel_stride + 16 * k + i % 2 * 32);
    for (int row = 0; row < rows; row++) {
      __m256i value = four(a + row * g->a_stride + k);
      __m256i magnitude = is_unsigned ? value : _mm256_abs_epi8(value);
      for (int i = 0; i < 2 * panels; i++) {
        __m256i factor = is_unsigned ? columns[i] : _mm256_sign_epi8(columns[i], value);
        sums[row][i] = multiply_add(sums[row][i], magnitude, factor);
      }
    }
  }
}

INLINE void tile(const swl_gemm *g, const epilogue16 *e, const rule16 *rules, ptrdiff_t row, ptrdiff_t column,
                 const int rows, const int panels) {
  __m256i sums[max_rows][2 * max_panels];
  const int8_t *b = g->b + column / 16 * g->b_panel_stride;
  ptrdiff_t a = row * g->a_stride;
  for (int i = 0; i < rows; i++) {
    for (int j = 0; j < 2 * panels; j++) {
      sums[i][j] = g->a_low ? _mm256_setzero_si256() : rules[j / 2].bias[j % 2];
    }
  }
  accumulate(g, g->a + a, b, rows, panels, 0, sums);
  if (g->a_low) {
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < 2 * panels; j++) {
        sums[i][j] = _mm256_add_epi32(_mm256_slli_epi32(sums[i][j], 7), rules[j / 2].bias[j % 2]);
      }
    }
    accumulate(g, g->a_low + a, b, rows, panels, 1, sums);
  }
  _Pragma("clang loop unroll(full)")
  for (int i = 0; i < rows; i++) {
    _Pragma("clang loop unroll(full)")
    for (int panel = 0; panel < panels; panel++) {
      rule16 rule = rules[panel];
      ptrdiff_t first = column + 16 * panel;
      if (g->rule_per_row) {
        rule = uniform_rule(g->rule.bias[row + i], g->rule.shift[row + i], g->rule.multiplier[row + i]);
        for (int half = 0; half < 2; half++) {
          sums[i][2 * panel + half] = _mm256_add_epi32(sums[i][2 * panel + half], rule.bias[half]);
        }
      }
      __m256i w = scale_natural(&rule, sums[i][2 * panel], sums[i][2 * panel + 1]);
      finish16(e, w, row + i, first, (int32_t)(g->columns - first));
    }
  }
}

INLINE void stripe(const swl_gemm *g, const epilogue16 *e, ptrdiff_t column, const int panels, const int height) {
  rule16 rules[max_panels];
  for (int panel = 0; panel < panels; panel++) {
    rules[panel] = g->rule_per_row ? uniform_rule(0, 0, 0) : rule_of_channels(&g->rule, column + 16 * panel);
  }
  ptrdiff_t row = 0;
  for (; row + height <= g->rows; row += height) tile(g, e, rules, row, column, height, panels);
  for (; row < g->rows; row++) tile(g, e, rules, row, column, 1, panels);
}

void swl_avx2_gemm(const swl_gemm *g) {
  epilogue16 e;
  prepare_epilogue(&e, &g->rule, &g->epilogue);
  ptrdiff_t column = 0;
  for (; column + 16 < g->columns; column += 32) stripe(g, &e, column, 2, 2);
  if (column < g->columns) stripe(g, &e, column, 1, 4);
}

int64_t swl_avx2_peak(int64_t iterations) {
  enum { chains = 12 };
  __m256i sums[chains];
  __m256i value = _mm256_set1_epi8((int8_t)iterations);
  __m256i magnitude = _mm256_abs_epi8(value);
  for (int i = 0; i < chains; i++) sums[i] = _mm256_set1_epi8((int8_t)i);
  for (int64_t n = 0; n < iterations; n++) {
    for (int i = 0; i < chains; i++) {
      // The compiler must not see that the operands stay the same.
      __m256i column = value;
      __asm__ volatile("" : "+x"(column));
      sums[i] = multiply_add(sums[i], magnitude, _mm256_sign_epi8(column, value));
    }
  }
  for (int i = 1; i < chains; i++) sums[0] = _mm256_add_epi32(sums[0], sums[i]);
  __asm__ volatile("" : : "x"(sums[0]));
  return iterations * chains * 32;
}

AVX2_END
#endif
