// GEMM on AVX-512-VNNI: a + 128 as the unsigned operand of vpdpbusd and b as the signed one. 128 times a column's sum
// of b, taken off where its accumulators start, corrects that exactly. Low planes are never negative and need neither.
//
// Columns are worked on in stripes of four panels, each over all rows; a stripe's tiles fetch the next one.
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
  rule64 rule;                 // unless there is one per row
  __m512i starts[max_panels];  // of the accumulators: the correction, and the bias where no other step comes first
  ptrdiff_t column;
  __mmask64 mask;  // of the columns that exist
} stripe;

// sums += (a ^ flip) x b, while a panel of what comes soon goes to the second-level cache.
INLINE void accumulate(const swl_gemm *g, const int8_t *a, const int8_t *b, const int8_t *soon, __m512i flip,
                       const int rows, const int panels, __m512i sums[max_rows][max_panels]) {
  for (ptrdiff_t k = 0; k < g->depth; k += 4) {
    __m512i columns[max_panels];
    _mm_prefetch((const char *)soon + 16 * k, _MM_HINT_T1);
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

// Brings the residual of the next tile to the first-level cache: rows lie too far apart for the processor to guess it.
INLINE void fetch_rows(const char *first, ptrdiff_t step, const int rows, ptrdiff_t bytes) {
  for (int i = 0; i < rows; i++) {
    _mm_prefetch(first + i * step, _MM_HINT_T0);
    _mm_prefetch(first + i * step + bytes - 1, _MM_HINT_T0);
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
  char *out = output_at(e, row, s->column);
  const char *residual = residual_at(e, row, s->column);
  const ptrdiff_t out_bytes = output_step(e), residual_bytes = residual_step(e);
  for (; count > 0; count--, row += rows) {
    const int8_t *soon = b + (panels + count % max_panels) * g->b_panel_stride;
    ptrdiff_t at = row * g->a_stride;
    __m512i sums[max_rows][max_panels];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < panels; j++) sums[i][j] = s->starts[j];
    }
    if (residual) fetch_rows(residual + rows * residual_bytes, residual_bytes, rows, (16 * panels) << e->is_int16);
    accumulate(g, g->a + at, b, soon, flip, rows, panels, sums);
    if (has_low) {
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < panels; j++) sums[i][j] = _mm512_slli_epi32(sums[i][j], 7);
      }
      accumulate(g, g->a_low + at, b, soon, _mm512_setzero_si512(), rows, panels, sums);
    }
    _Pragma("clang loop unroll(full)")
    for (int i = 0; i < rows; i++, out += out_bytes, residual += residual_bytes) {
      __m512i w[2];
      scale_row(s, row + i, !has_low, rule_per_row, panels, sums[i], w);
      finish64_at(e, w, out, residual, mask, by_register);
    }
  }
}

typedef void tiles_function(const stripe *, ptrdiff_t row, ptrdiff_t count);

#define TILES(rows, panels)                                                              \
  static void tiles_##rows##x##panels(const stripe *s, ptrdiff_t row, ptrdiff_t count) { \
    multiply(s, row, count, rows, panels);                                               \
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

static void prepare_starts(stripe *s, int32_t panels) {
  const swl_gemm *g = s->gemm;
  const __m512i flip = _mm512_set1_epi8(-128);
  const int8_t *b[max_panels];
  __m512i sums[max_panels][2];
  for (int j = 0; j < max_panels; j++) {
    b[j] = g->b + (s->column / 16 + (j < panels ? j : 0)) * g->b_panel_stride;
    sums[j][0] = sums[j][1] = _mm512_setzero_si512();
  }
  ptrdiff_t end = 16 * (ptrdiff_t)g->depth, k = 0;
  for (; k + 128 <= end; k += 128) {
    for (int j = 0; j < max_panels; j++) {
      sums[j][0] = _mm512_dpbusd_epi32(sums[j][0], flip, load64(b[j] + k));
      sums[j][1] = _mm512_dpbusd_epi32(sums[j][1], flip, load64(b[j] + k + 64));
    }
  }
  for (int j = 0; j < max_panels; j++) {
    if (k < end) sums[j][0] = _mm512_dpbusd_epi32(sums[j][0], flip, load64(b[j] + k));
    __m512i start = g->rule_per_row || g->a_low ? _mm512_setzero_si512() : s->rule.bias[j];
    s->starts[j] = _mm512_sub_epi32(_mm512_sub_epi32(start, sums[j][0]), sums[j][1]);
  }
}

void swl_avx512vnni_gemm(const swl_gemm *g) {
  if (g->rows < 1) return;
  stripe s;
  s.gemm = g;
  prepare_epilogue(&s.epilogue, &g->rule, &g->epilogue);
  // Four panels at a time, but rather three than leave one or two.
  int32_t left = (g->columns + 15) / 16;
  for (s.column = 0; left > 0;) {
    int32_t panels = left < 4 ? left : left > 9 || left % 4 == 0 || left % 4 == 3 ? 4 : 3;
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

void swl_avx512vnni_requantize_sums(const swl_requantize_sums *s) {
  epilogue64 e;
  prepare_epilogue(&e, &s->rule, &s->epilogue);
  for (ptrdiff_t i = 0; i < s->channels; i += 64) {
    const ptrdiff_t count = s->channels - i;
    const rule64 r = rule_of_channels(&s->rule, i, count < 64 ? count : 64, by_register);
    __m512i all[4], w[2];
    for (int j = 0; j < 4; j++) {
      all[j] = _mm512_add_epi32(load_dwords(s->sums + i + 16 * j, first_dwords(count - 16 * j)), r.bias[j]);
    }
    scale64(&r, all, w);
    finish64(&e, w, 0, i, count, by_register);
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
