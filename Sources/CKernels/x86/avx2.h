// The 16-bit rule for sixteen values at once, shared by the AVX2 files.
//
// Sixteen int32 accumulators live in two registers, in one of two orders. Natural: 0-7 and 8-15. Interleaved: 0-3, 8-11
// and 4-7, 12-15, which a 16-bit unpack gives and a saturating pack turns back.
#ifndef SWIFTLET_AVX2_H
#define SWIFTLET_AVX2_H

#include <immintrin.h>
#include <string.h>

#include "../sets.h"

#define AVX2_BEGIN _Pragma("clang attribute push(__attribute__((target(\"avx2\"))), apply_to = function)")
#define AVX2_END _Pragma("clang attribute pop")
#define INLINE static inline __attribute__((always_inline))

AVX2_BEGIN

INLINE __m128i load16(const void *p) { return _mm_loadu_si128(p); }
INLINE __m256i load32(const void *p) { return _mm256_loadu_si256(p); }
INLINE void store16(void *p, __m128i v) { _mm_storeu_si128(p, v); }
INLINE void store32(void *p, __m256i v) { _mm256_storeu_si256(p, v); }

// The first count of sixteen int8 or int16 values; the others are zero. Reads nothing else.
INLINE __m128i load_int8(const int8_t *p, int32_t count) {
  if (count >= 16) return load16(p);
  _Alignas(16) int8_t buffer[16] = {0};
  memcpy(buffer, p, (size_t)count);
  return load16(buffer);
}
INLINE __m256i load_int16(const int16_t *p, int32_t count) {
  if (count >= 16) return load32(p);
  _Alignas(32) int16_t buffer[16] = {0};
  memcpy(buffer, p, (size_t)count * 2);
  return load32(buffer);
}
INLINE void store_int8(int8_t *p, __m128i v, int32_t count) {
  if (count >= 16) return store16(p, v);
  _Alignas(16) int8_t buffer[16];
  store16(buffer, v);
  memcpy(p, buffer, (size_t)count);
}
INLINE void store_int16(int16_t *p, __m256i v, int32_t count) {
  if (count >= 16) return store32(p, v);
  _Alignas(32) int16_t buffer[16];
  store32(buffer, v);
  memcpy(p, buffer, (size_t)count * 2);
}

// The rule's arguments of sixteen channels.
typedef struct {
  __m256i bias[2], left[2], right[2];
  __m256i multiplier;
} rule16;

INLINE void set_shifts(rule16 *r, int half, __m256i shift) {
  r->right[half] = _mm256_max_epi32(shift, _mm256_setzero_si256());
  r->left[half] = _mm256_sub_epi32(r->right[half], shift);
}

// Sixteen channels from `channel` on, in natural order.
INLINE rule16 rule_of_channels(const swl_rule *rule, ptrdiff_t channel) {
  rule16 r;
  for (int half = 0; half < 2; half++) {
    r.bias[half] = load32(rule->bias + channel + 8 * half);
    set_shifts(&r, half, _mm256_cvtepi8_epi32(_mm_loadl_epi64((const void *)(rule->shift + channel + 8 * half))));
  }
  r.multiplier = load32(rule->multiplier + channel);
  return r;
}

// One set of arguments for all channels.
INLINE rule16 uniform_rule(int32_t bias, int32_t shift, int32_t multiplier) {
  rule16 r;
  for (int half = 0; half < 2; half++) {
    r.bias[half] = _mm256_set1_epi32(bias);
    set_shifts(&r, half, _mm256_set1_epi32(shift));
  }
  r.multiplier = _mm256_set1_epi16((int16_t)multiplier);
  return r;
}

INLINE void interleave_halves(__m256i v[2]) {
  __m256i low = _mm256_permute2x128_si256(v[0], v[1], 0x20);
  v[1] = _mm256_permute2x128_si256(v[0], v[1], 0x31);
  v[0] = low;
}

INLINE rule16 interleaved(rule16 r) {
  interleave_halves(r.bias);
  interleave_halves(r.left);
  interleave_halves(r.right);
  return r;
}

INLINE __m256i shift16(const rule16 *r, int half, __m256i a) {
  return _mm256_srav_epi32(_mm256_sllv_epi32(a, r->left[half]), r->right[half]);
}

// w, sixteen int16 in natural order, of accumulators that hold the bias already.
INLINE __m256i scale_interleaved(const rule16 *r, __m256i a0, __m256i a1) {
  return _mm256_mulhrs_epi16(_mm256_packs_epi32(shift16(r, 0, a0), shift16(r, 1, a1)), r->multiplier);
}
INLINE __m256i scale_natural(const rule16 *r, __m256i a0, __m256i a1) {
  __m256i packed = _mm256_packs_epi32(shift16(r, 0, a0), shift16(r, 1, a1));
  return _mm256_mulhrs_epi16(_mm256_permute4x64_epi64(packed, 0xD8), r->multiplier);
}

// The last step to int8: 64 * zero point + 32, and the clamp.
typedef struct {
  __m256i offset;
  __m128i low, high;
} output16;

INLINE output16 output_range(int32_t zero_point, int32_t low, int32_t high) {
  return (output16){
      .offset = _mm256_set1_epi16((int16_t)(64 * zero_point + 32)),
      .low = _mm_set1_epi8((int8_t)low),
      .high = _mm_set1_epi8((int8_t)high),
  };
}

INLINE __m128i to_int8x16(const output16 *o, __m256i w) {
  __m256i q = _mm256_srai_epi16(_mm256_adds_epi16(w, o->offset), 6);
  __m128i packed = _mm_packs_epi16(_mm256_castsi256_si128(q), _mm256_extracti128_si256(q, 1));
  return _mm_min_epi8(_mm_max_epi8(packed, o->low), o->high);
}

// 256 * v of sixteen int16, in interleaved order.
INLINE void widen_by_256(__m256i v, __m256i out[2]) {
  __m256i zero = _mm256_setzero_si256();
  out[0] = _mm256_srai_epi32(_mm256_unpacklo_epi16(zero, v), 8);
  out[1] = _mm256_srai_epi32(_mm256_unpackhi_epi16(zero, v), 8);
}

// A 256-entry table as the differences of its sixteenths: a pshufb gives zero for negative indices, so subtracting 16
// from an index at every step, and combining while it is not negative, leaves the entry of its sixteenth. The lower
// lane serves the non-negative values, the upper lane the negative ones.
typedef struct {
  __m256i differences[8];
} table256;

INLINE table256 load_table(const int8_t *table) {
  table256 t;
  __m256i previous = _mm256_setzero_si256();
  for (int i = 0; i < 8; i++) {
    __m256i entries = _mm256_inserti128_si256(_mm256_castsi128_si256(load16(table + 128 + 16 * i)),
                                              load16(table + 16 * i), 1);
    t.differences[i] = _mm256_xor_si256(entries, previous);
    previous = entries;
  }
  return t;
}

INLINE __m128i look_up16(const table256 *t, __m128i v) {
  const __m256i sign = _mm256_inserti128_si256(_mm256_setzero_si256(), _mm_set1_epi8(-128), 1);
  const __m256i step = _mm256_set1_epi8(16);
  __m256i index = _mm256_xor_si256(_mm256_broadcastsi128_si256(v), sign);
  __m256i found = _mm256_shuffle_epi8(t->differences[0], index);
  for (int i = 1; i < 8; i++) {
    index = _mm256_subs_epi8(index, step);
    found = _mm256_xor_si256(found, _mm256_shuffle_epi8(t->differences[i], index));
  }
  return _mm_xor_si128(_mm256_castsi256_si128(found), _mm256_extracti128_si256(found, 1));
}

// An epilogue made ready for rows of sixteen values.
typedef struct {
  const swl_epilogue *epilogue;
  output16 output;
  __m256i residual_zero_point, residual_multiplier;
  table256 table;
} epilogue16;

INLINE void prepare_epilogue(epilogue16 *e, const swl_rule *rule, const swl_epilogue *epilogue) {
  e->epilogue = epilogue;
  e->output = output_range(rule->zero_point, rule->low, rule->high);
  e->residual_zero_point = _mm256_set1_epi16((int16_t)epilogue->residual_zero_point);
  e->residual_multiplier = _mm256_set1_epi16((int16_t)epilogue->residual_multiplier);
  if (epilogue->table) e->table = load_table(epilogue->table);
}

INLINE __m256i addend16(__m128i v, __m256i zero_point, __m256i multiplier) {
  __m256i centred = _mm256_sub_epi16(_mm256_cvtepi8_epi16(v), zero_point);
  return _mm256_mulhrs_epi16(_mm256_slli_epi16(centred, 7), multiplier);
}

// Stores the epilogue of sixteen w, of which `count` exist, at [row][column].
INLINE void finish16(const epilogue16 *e, __m256i w, ptrdiff_t row, ptrdiff_t column, int32_t count) {
  const swl_epilogue *epilogue = e->epilogue;
  ptrdiff_t at = row * epilogue->out_stride + column;
  ptrdiff_t residual_at = row * epilogue->residual_stride + column;
  if (epilogue->out_is_int16) {
    if (epilogue->residual) {
      w = _mm256_adds_epi16(w, load_int16((const int16_t *)epilogue->residual + residual_at, count));
    }
    store_int16((int16_t *)epilogue->out + at, w, count);
    return;
  }
  if (epilogue->residual) {
    __m128i u = load_int8((const int8_t *)epilogue->residual + residual_at, count);
    w = _mm256_adds_epi16(w, addend16(u, e->residual_zero_point, e->residual_multiplier));
  }
  __m128i q = to_int8x16(&e->output, w);
  if (epilogue->table) q = look_up16(&e->table, q);
  store_int8((int8_t *)epilogue->out + at, q, count);
}

AVX2_END

#endif
