// GEMM on AVX-512-VNNI: a + 128 as the unsigned operand of vpdpbusd and b as the signed one. 128 times a column's sum of
// b, taken off its accumulators' start, corrects that exactly, so any int8 operand will do. Low planes are never
// negative and need neither.
//
// A dword of A meets 64 columns in four instructions. A tile of 6 rows x 4 panels (24 accumulators) takes ten loads for
// 24 of them, so the multipliers bound the loop. Accumulators go from registers through the epilogue to memory: a store
// takes a multiplier's place in the pipeline (Zen 5), most of the epilogue's other instructions do not.
#if defined(__x86_64__)
#include "avx512.h"

AVX512_BEGIN

enum { max_rows = 6, max_panels = 4 };

// Some panels of a GEMM at work.
typedef struct {
  const swl_gemm *gemm;
  epilogue64 epilogue;
  rule64 rule;         // unless there is one per row
  __m512i starts[max_panels];  // of the accumulators, a row's bias aside
  ptrdiff_t column;
  __mmask64 mask;  // of the columns that exist
} stripe;

// sums += (a ^ flip) x b.
INLINE void accumulate(const swl_gemm *g, const int8_t *a, const int8_t *b, __m512i flip, const int rows,
                       const int panels, __m512i sums[max_rows][max_panels]) {
  for (ptrdiff_t k = 0; k < g->depth; k += 4) {
    __m512i columns[max_panels];
    for (int j = 0; j < panels; j++) columns[j] = load64(b + j * g->b_panel_stride + 16 * k);
    for (int i = 0; i < rows; i++) {
      int32_t four;
      memcpy(&four, a + i * g->a_stride + k, 4);
      __m512i value = _mm512_xor_si512(_mm512_set1_epi32(four), flip);
      for (int j = 0; j < panels; j++) sums[i][j] = _mm512_dpbusd_epi32(sums[i][j], value, columns[j]);
    }
  }
}

// w of a row of accumulators.
INLINE void scale_row(const stripe *s, ptrdiff_t row, int biased, int rule_per_row, const int panels,
                      const __m512i sums[max_panels], __m512i w[2]) {
  const swl_gemm *g = s->gemm;
  __m512i all[max_panels];
  for (int j = 0; j < max_panels; j++) all[j] = j < panels ? sums[j] : _mm512_setzero_si512();
  if (rule_per_row) {
    for (int j = 0; j < panels; j++) all[j] = _mm512_add_epi32(all[j], _mm512_set1_epi32(g->rule.bias[row]));
    scale64_by(g->rule.shift[row], g->rule.multiplier[row], all, w);
  } else {
    if (!biased) {
      for (int j = 0; j < panels; j++) all[j] = _mm512_add_epi32(all[j], s->rule.bias[j]);
    }
    scale64(&s->rule, all, w);
  }
}

// `count` tiles, one below the other.
INLINE void multiply(const stripe *s, ptrdiff_t row, ptrdiff_t count, const int rows, const int panels) {
  const swl_gemm *g = s->gemm;
  const epilogue64 *e = &s->epilogue;
  const int has_low = g->a_low != NULL, rule_per_row = g->rule_per_row;
  const __mmask64 mask = s->mask;
  const __m512i flip = _mm512_set1_epi8(-128);
  const int8_t *b = g->b + s->column / 16 * g->b_panel_stride;
  char *out = (char *)g->epilogue.out + bytes_to(e, row, g->epilogue.out_stride, s->column);
  const char *residual = (const char *)g->epilogue.residual + bytes_to(e, row, g->epilogue.residual_stride, s->column);
  const ptrdiff_t out_step = bytes_to(e, 1, g->epilogue.out_stride, 0);
  const ptrdiff_t residual_step = bytes_to(e, 1, g->epilogue.residual_stride, 0);
  for (; count > 0; count--, row += rows) {
    ptrdiff_t at = row * g->a_stride;
    __m512i sums[max_rows][max_panels];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < panels; j++) sums[i][j] = s->starts[j];
    }
    accumulate(g, g->a + at, b, flip, rows, panels, sums);
    if (has_low) {
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < panels; j++) sums[i][j] = _mm512_slli_epi32(sums[i][j], 7);
      }
      accumulate(g, g->a_low + at, b, _mm512_setzero_si512(), rows, panels, sums);
    }
    _Pragma("clang loop unroll(full)")
    for (int i = 0; i < rows; i++, out += out_step, residual += residual_step) {
      __m512i w[2];
      scale_row(s, row + i, !has_low, rule_per_row, panels, sums[i], w);
      finish64_at(e, w, out, residual, mask, by_register);
    }
  }
}

typedef void tiles_function(const stripe *, ptrdiff_t row, ptrdiff_t count);

#define TILES(rows, panels)                                                                  \
  static void tiles_##rows##x##panels(const stripe *s, ptrdiff_t row, ptrdiff_t count) { \
    multiply(s, row, count, rows, panels);                                                   \
  }
#define ALL_TILES(panels) \
  TILES(1, panels) TILES(2, panels) TILES(3, panels) TILES(4, panels) TILES(5, panels) TILES(6, panels)
ALL_TILES(1)
ALL_TILES(2)
ALL_TILES(3)
ALL_TILES(4)

static tiles_function *const tiles[max_panels][max_rows] = {
    {tiles_1x1, tiles_2x1, tiles_3x1, tiles_4x1, tiles_5x1, tiles_6x1},
    {tiles_1x2, tiles_2x2, tiles_3x2, tiles_4x2, tiles_5x2, tiles_6x2},
    {tiles_1x3, tiles_2x3, tiles_3x3, tiles_4x3, tiles_5x3, tiles_6x3},
    {tiles_1x4, tiles_2x4, tiles_3x4, tiles_4x4, tiles_5x4, tiles_6x4},
};

// What the accumulators of some panels start at: the correction, and the bias where it needs no second step.
static void prepare_starts(stripe *s, int32_t panels) {
  const swl_gemm *g = s->gemm;
  const __m512i flip = _mm512_set1_epi8(-128);
  const int8_t *b = g->b + s->column / 16 * g->b_panel_stride;
  __m512i sums[max_panels];
  for (int j = 0; j < panels; j++) {
    __m512i even = _mm512_setzero_si512(), odd = even;
    const int8_t *panel = b + j * g->b_panel_stride;
    ptrdiff_t k = 0;
    for (; k + 8 <= g->depth; k += 8) {
      even = _mm512_dpbusd_epi32(even, flip, load64(panel + 16 * k));
      odd = _mm512_dpbusd_epi32(odd, flip, load64(panel + 16 * k + 64));
    }
    if (k < g->depth) even = _mm512_dpbusd_epi32(even, flip, load64(panel + 16 * k));
    sums[j] = _mm512_add_epi32(even, odd);
  }
  for (int j = 0; j < panels; j++) {
    __m512i start = g->rule_per_row || g->a_low ? _mm512_setzero_si512() : s->rule.bias[j];
    s->starts[j] = _mm512_sub_epi32(start, sums[j]);
  }
}

void swl_avx512vnni_gemm(const swl_gemm *g) {
  stripe s = {.gemm = g};
  prepare_epilogue(&s.epilogue, &g->rule, &g->epilogue);
  // Four panels at a time, but rather three than leave one or two.
  int32_t left = (g->columns + 15) / 16;
  for (s.column = 0; left > 0;) {
    int32_t panels = left % 4 == 0 || left > 9 ? 4 : left == 5 || left == 6 || left == 9 ? 3 : left < 4 ? left : 4;
    ptrdiff_t count = g->columns - s.column < 16 * panels ? g->columns - s.column : 16 * panels;
    s.mask = first_bytes(count);
    if (!g->rule_per_row) s.rule = rule_of_channels(&g->rule, s.column, count, by_register);
    prepare_starts(&s, panels);
    // As few tiles as there can be, of heights that differ by at most one.
    ptrdiff_t parts = (g->rows + max_rows - 1) / max_rows, height = g->rows / parts;
    ptrdiff_t higher = g->rows - parts * height;
    if (higher) tiles[panels - 1][height](&s, 0, higher);
    tiles[panels - 1][height - 1](&s, higher * (height + 1), parts - higher);
    s.column += 16 * panels;
    left -= panels;
  }
}

void swl_avx512vnni_requantize_sums(const int32_t *sums, int32_t channels, const swl_rule *rule,
                                    const swl_epilogue *epilogue) {
  epilogue64 e;
  prepare_epilogue(&e, rule, epilogue);
  for (ptrdiff_t i = 0; i < channels; i += 64) {
    const rule64 r = rule_of_channels(rule, i, channels - i < 64 ? channels - i : 64, by_register);
    __m512i all[4], w[2];
    for (int j = 0; j < 4; j++) {
      all[j] = _mm512_add_epi32(load_dwords(sums + i + 16 * j, first_dwords(channels - i - 16 * j)), r.bias[j]);
    }
    scale64(&r, all, w);
    finish64(&e, w, 0, i, channels - i, by_register);
  }
}

int64_t swl_avx512vnni_peak(int64_t iterations) {
  enum { chains = 24 };
  __m512i sums[chains];
  __m512i value = _mm512_set1_epi8((int8_t)iterations);
  for (int i = 0; i < chains; i++) sums[i] = _mm512_set1_epi8((int8_t)i);
  for (int64_t n = 0; n < iterations; n++) {
    _Pragma("clang loop unroll(full)")
    for (int i = 0; i < chains; i++) {
      // The compiler must not see that the operands stay the same.
      sums[i] = _mm512_dpbusd_epi32(sums[i], value, value);
      __asm__ volatile("" : "+v"(sums[i]));
    }
  }
  for (int i = 1; i < chains; i++) sums[0] = _mm512_add_epi32(sums[0], sums[i]);
  __asm__ volatile("" : : "v"(sums[0]));
  return iterations * chains * 64;
}

AVX512_END
#endif
