// Attention's panels on AVX-512.
#if defined(__x86_64__)
#include "avx512.h"

AVX512_BEGIN

// Row j, NULL behind the last.
INLINE const int8_t *row_at(const swl_pack *p, int32_t j) {
  return j < p->count ? p->rows + (p->index ? p->index[j] : j) * p->stride : NULL;
}

// A 4 x 4 matrix of dwords in each lane, transposed.
INLINE void transpose_dwords_of_lanes(__m512i v[4]) {
  __m512i a = _mm512_unpacklo_epi32(v[0], v[1]), b = _mm512_unpackhi_epi32(v[0], v[1]);
  __m512i c = _mm512_unpacklo_epi32(v[2], v[3]), d = _mm512_unpackhi_epi32(v[2], v[3]);
  v[0] = _mm512_unpacklo_epi64(a, c);
  v[1] = _mm512_unpackhi_epi64(a, c);
  v[2] = _mm512_unpacklo_epi64(b, d);
  v[3] = _mm512_unpackhi_epi64(b, d);
}

// Sixteen rows of sixteen fours at a time. v[4 * i + k] holds, in lane l, the four 4 * l + k of the rows 4 * i to
// 4 * i + 3.
void swl_avx512vnni_pack_rows(const swl_pack *p) {
  const int32_t depth = p->channels, fours = (depth + 3) / 4;
  int8_t *panels = p->panels;
  for (int32_t first = 0; first < p->count; first += 16, panels += (ptrdiff_t)fours * 64) {
    const int8_t *row[16];
#pragma clang loop vectorize(disable) unroll(disable)
    for (int32_t j = 0; j < 16; j++) row[j] = row_at(p, first + j);
    for (int32_t k = 0; k < depth; k += 64) {
      const __mmask64 mask = first_bytes(depth - k);
      __m512i v[16];
#pragma clang loop unroll(full)
      for (int32_t j = 0; j < 16; j++) v[j] = row[j] ? load_bytes(row[j] + k, mask) : _mm512_setzero_si512();
#pragma clang loop unroll(full)
      for (int32_t j = 0; j < 16; j += 4) transpose_dwords_of_lanes(v + j);
#pragma clang loop unroll(full)
      for (int32_t i = 0; i < 4; i++) {
        __m512i four[4] = {v[i], v[4 + i], v[8 + i], v[12 + i]};
        transpose_lanes(four);
#pragma clang loop unroll(full)
        for (int32_t lane = 0; lane < 4; lane++) {
          int32_t at = k / 4 + 4 * lane + i;
          if (at < fours) store64(panels + (ptrdiff_t)at * 64, four[lane]);
        }
      }
    }
  }
}

// Four rows of sixty-four channels at a time.
void swl_avx512vnni_pack_columns(const swl_pack *p) {
  const int32_t channels = p->channels;
  const ptrdiff_t groups = (p->count + 3) / 4;
  int8_t *panels = p->panels;
  for (ptrdiff_t group = 0; group < groups; group++) {
    const int8_t *row[4];
    for (int32_t j = 0; j < 4; j++) row[j] = row_at(p, (int32_t)group * 4 + j);
    for (int32_t channel = 0; channel < channels; channel += 64) {
      const __mmask64 mask = first_bytes(channels - channel);
      __m512i v[4];
      for (int j = 0; j < 4; j++) v[j] = row[j] ? load_bytes(row[j] + channel, mask) : _mm512_setzero_si512();
      interleave_bytes(v);
      transpose_lanes(v);
      for (int panel = 0; panel < 4 && channel + 16 * panel < channels; panel++) {
        store64(panels + ((channel / 16 + panel) * groups + group) * 64, v[panel]);
      }
    }
  }
}

AVX512_END
#endif
