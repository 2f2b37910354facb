// The 16-bit rule for sixty-four values at once, shared by the AVX-512 files.
//
// Sixty-four int32 accumulators live in four registers, in one of two orders. By register: register i holds the
// channels 16 i to 16 i + 15. By lane: lane l of register i holds the channels 16 l + 4 i to 16 l + 4 i + 3, which
// unpacks give and saturating packs turn back. Their int16 results live in two registers, in the order that the pack
// leaves.
#ifndef SWIFTLET_AVX512_H
#define SWIFTLET_AVX512_H

#include <immintrin.h>
#include <string.h>

#include "../sets.h"

#define AVX512_FEATURES "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512vbmi"
#define AVX512_BEGIN _Pragma("clang attribute push(__attribute__((target(AVX512_FEATURES))), apply_to = function)")
#define AVX512_END _Pragma("clang attribute pop")
#define INLINE static inline __attribute__((always_inline))

AVX512_BEGIN

typedef enum { by_register, by_lane } order;

// The first `count` of 64 bytes, 32 words or 16 dwords; all of them where there are more, none for a count below 1.
INLINE __mmask64 first_bytes(ptrdiff_t count) { return count >= 64 ? ~0ull : count > 0 ? ~0ull >> (64 - count) : 0; }
INLINE __mmask32 first_words(ptrdiff_t count) { return count >= 32 ? ~0u : count > 0 ? ~0u >> (32 - count) : 0; }
INLINE __mmask16 first_dwords(ptrdiff_t count) {
  return (__mmask16)(count >= 16 ? 0xFFFF : count > 0 ? 0xFFFF >> (16 - count) : 0);
}

// Unselected elements are zero, and are not read.
INLINE __m512i load64(const void *p) { return _mm512_loadu_si512(p); }
INLINE __m512i load_bytes(const void *p, __mmask64 mask) { return _mm512_maskz_loadu_epi8(mask, p); }
INLINE __m512i load_words(const void *p, __mmask32 mask) { return _mm512_maskz_loadu_epi16(mask, p); }
INLINE __m512i load_dwords(const void *p, __mmask16 mask) { return _mm512_maskz_loadu_epi32(mask, p); }
INLINE void store64(void *p, __m512i v) { _mm512_storeu_si512(p, v); }
INLINE void store_bytes(void *p, __m512i v, __mmask64 mask) { _mm512_mask_storeu_epi8(p, mask, v); }
INLINE void store_words(void *p, __m512i v, __mmask32 mask) { _mm512_mask_storeu_epi16(p, mask, v); }
INLINE void store_dwords(void *p, __m512i v, __mmask16 mask) { _mm512_mask_storeu_epi32(p, mask, v); }

// Four registers as a 4 x 4 matrix of lanes, transposed.
INLINE void transpose_lanes(__m512i v[4]) {
  __m512i a = _mm512_shuffle_i32x4(v[0], v[1], 0x44), b = _mm512_shuffle_i32x4(v[0], v[1], 0xEE);
  __m512i c = _mm512_shuffle_i32x4(v[2], v[3], 0x44), d = _mm512_shuffle_i32x4(v[2], v[3], 0xEE);
  v[0] = _mm512_shuffle_i32x4(a, c, 0x88);
  v[1] = _mm512_shuffle_i32x4(a, c, 0xDD);
  v[2] = _mm512_shuffle_i32x4(b, d, 0x88);
  v[3] = _mm512_shuffle_i32x4(b, d, 0xDD);
}

// Sixty-four channels' bytes in four registers, interleaved: each channel's four side by side, by lane.
INLINE void interleave_bytes(__m512i v[4]) {
  __m512i low[2] = {_mm512_unpacklo_epi8(v[0], v[1]), _mm512_unpacklo_epi8(v[2], v[3])};
  __m512i high[2] = {_mm512_unpackhi_epi8(v[0], v[1]), _mm512_unpackhi_epi8(v[2], v[3])};
  v[0] = _mm512_unpacklo_epi16(low[0], low[1]);
  v[1] = _mm512_unpackhi_epi16(low[0], low[1]);
  v[2] = _mm512_unpacklo_epi16(high[0], high[1]);
  v[3] = _mm512_unpackhi_epi16(high[0], high[1]);
}

// Sixty-four bytes between channel order and the order that packs leave; its own inverse.
INLINE __m512i transpose_dwords(__m512i v) {
  return _mm512_permutexvar_epi32(_mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), v);
}

// Sixty-four words in channel order, to the order that packs leave, and back.
INLINE void words_to_pack_order(__m512i w[2], const order order) {
  if (order == by_register) {
    const __m512i quads = _mm512_setr_epi64(0, 4, 1, 5, 2, 6, 3, 7);
    w[0] = _mm512_permutexvar_epi64(quads, w[0]);
    w[1] = _mm512_permutexvar_epi64(quads, w[1]);
  } else {
    __m512i even = _mm512_shuffle_i32x4(w[0], w[1], 0x88);
    w[1] = _mm512_shuffle_i32x4(w[0], w[1], 0xDD);
    w[0] = even;
  }
}
INLINE void words_to_channel_order(__m512i w[2], const order order) {
  if (order == by_register) {
    const __m512i quads = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
    w[0] = _mm512_permutexvar_epi64(quads, w[0]);
    w[1] = _mm512_permutexvar_epi64(quads, w[1]);
  } else {
    const __m512i low = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
    const __m512i high = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
    __m512i first = _mm512_permutex2var_epi64(w[0], low, w[1]);
    w[1] = _mm512_permutex2var_epi64(w[0], high, w[1]);
    w[0] = first;
  }
}

// Sixty-four bytes in channel order, widened to words that hold 256 times their value, in pack order.
INLINE void widen_bytes(__m512i bytes, __m512i w[2], const order order) {
  if (order == by_register) bytes = transpose_dwords(bytes);
  w[0] = _mm512_unpacklo_epi8(_mm512_setzero_si512(), bytes);
  w[1] = _mm512_unpackhi_epi8(_mm512_setzero_si512(), bytes);
}

// The rule's arguments of sixty-four channels. A shift has one of left and right, the other is zero.
typedef struct {
  __m512i bias[4], left[4], right[4];
  __m512i multiplier[2];
  int shifts_left;  // whether any does
} rule64;

INLINE void set_shift(rule64 *r, int i, __m512i shift) {
  r->right[i] = _mm512_max_epi32(shift, _mm512_setzero_si512());
  r->left[i] = _mm512_sub_epi32(r->right[i], shift);
}

// The first `count` channels from `channel` on, rounded up to a multiple of 16; the others have zeros.
INLINE rule64 rule_of_channels(const swl_rule *rule, ptrdiff_t channel, ptrdiff_t count, const order order) {
  rule64 r;
  ptrdiff_t padded = (count + 15) & -16;
  __m512i shifts = load_bytes(rule->shift + channel, first_bytes(padded));
  r.shifts_left = _mm512_movepi8_mask(shifts) != 0;
  for (int i = 0; i < 4; i++) r.bias[i] = load_dwords(rule->bias + channel + 16 * i, first_dwords(padded - 16 * i));
  set_shift(&r, 0, _mm512_cvtepi8_epi32(_mm512_castsi512_si128(shifts)));
  set_shift(&r, 1, _mm512_cvtepi8_epi32(_mm512_extracti32x4_epi32(shifts, 1)));
  set_shift(&r, 2, _mm512_cvtepi8_epi32(_mm512_extracti32x4_epi32(shifts, 2)));
  set_shift(&r, 3, _mm512_cvtepi8_epi32(_mm512_extracti32x4_epi32(shifts, 3)));
  for (int i = 0; i < 2; i++) {
    r.multiplier[i] = load_words(rule->multiplier + channel + 32 * i, first_words(padded - 32 * i));
  }
  if (order == by_lane) {
    transpose_lanes(r.bias);
    transpose_lanes(r.left);
    transpose_lanes(r.right);
  }
  words_to_pack_order(r.multiplier, order);
  return r;
}

// One set of arguments for all channels, in any order.
INLINE rule64 uniform_rule(int32_t bias, int32_t shift, int32_t multiplier) {
  rule64 r;
  for (int i = 0; i < 4; i++) {
    r.bias[i] = _mm512_set1_epi32(bias);
    set_shift(&r, i, _mm512_set1_epi32(shift));
  }
  r.multiplier[0] = r.multiplier[1] = _mm512_set1_epi16((int16_t)multiplier);
  r.shifts_left = shift < 0;
  return r;
}

// w of accumulators that hold the bias already, in the order of the rule's arguments: of two registers, and of four.
INLINE __m512i scale32(const rule64 *r, int half, const __m512i a[2]) {
  __m512i s[2] = {a[0], a[1]};
  if (r->shifts_left) {
    for (int i = 0; i < 2; i++) s[i] = _mm512_sllv_epi32(s[i], r->left[2 * half + i]);
  }
  for (int i = 0; i < 2; i++) s[i] = _mm512_srav_epi32(s[i], r->right[2 * half + i]);
  return _mm512_mulhrs_epi16(_mm512_packs_epi32(s[0], s[1]), r->multiplier[half]);
}
INLINE void scale64(const rule64 *r, const __m512i a[4], __m512i w[2]) {
  w[0] = scale32(r, 0, a);
  w[1] = scale32(r, 1, a + 2);
}

// The same with one shift and one multiplier for all.
INLINE void scale64_by(int32_t shift, int32_t multiplier, const __m512i a[4], __m512i w[2]) {
  const __m128i left = _mm_cvtsi32_si128(-shift), right = _mm_cvtsi32_si128(shift);
  __m512i s[4];
  for (int i = 0; i < 4; i++) s[i] = shift < 0 ? _mm512_sll_epi32(a[i], left) : _mm512_sra_epi32(a[i], right);
  for (int i = 0; i < 2; i++) {
    w[i] = _mm512_mulhrs_epi16(_mm512_packs_epi32(s[2 * i], s[2 * i + 1]), _mm512_set1_epi16((int16_t)multiplier));
  }
}

// The last step to int8: 64 * zero point + 32, and the clamp.
typedef struct {
  __m512i offset, low, high;
  int clamps;  // unless the range is all of int8
} output64;

INLINE output64 output_range(int32_t zero_point, int32_t low, int32_t high) {
  return (output64){
      .offset = _mm512_set1_epi16((int16_t)(64 * zero_point + 32)),
      .low = _mm512_set1_epi8((int8_t)low),
      .high = _mm512_set1_epi8((int8_t)high),
      .clamps = low > INT8_MIN || high < INT8_MAX,
  };
}

// Sixty-four int8 in channel order.
INLINE __m512i to_int8x64(const output64 *o, const __m512i w[2], const order order) {
  __m512i packed = _mm512_packs_epi16(_mm512_srai_epi16(_mm512_adds_epi16(w[0], o->offset), 6),
                                      _mm512_srai_epi16(_mm512_adds_epi16(w[1], o->offset), 6));
  if (o->clamps) packed = _mm512_min_epi8(_mm512_max_epi8(packed, o->low), o->high);
  return order == by_register ? transpose_dwords(packed) : packed;
}

// A table of 256 int8.
typedef struct {
  __m512i quarters[4];
} table256;

INLINE table256 load_table(const int8_t *table) {
  table256 t;
  for (int i = 0; i < 4; i++) t.quarters[i] = load64(table + 64 * i);
  return t;
}

// table[v + 128].
INLINE __m512i look_up64(const table256 *t, __m512i v) {
  __m512i negative = _mm512_permutex2var_epi8(t->quarters[0], v, t->quarters[1]);
  __m512i positive = _mm512_permutex2var_epi8(t->quarters[2], v, t->quarters[3]);
  return _mm512_mask_mov_epi8(positive, _mm512_movepi8_mask(v), negative);
}

// rdmulh16((v - zero point) << 7, multiplier) of sixty-four int8 in channel order, in pack order.
INLINE void addend64(__m512i bytes, __m512i zero_point_by_128, __m512i multiplier, __m512i w[2], const order order) {
  widen_bytes(bytes, w, order);
  for (int i = 0; i < 2; i++) {
    __m512i centred = _mm512_sub_epi16(_mm512_srai_epi16(w[i], 1), zero_point_by_128);
    w[i] = _mm512_mulhrs_epi16(centred, multiplier);
  }
}

// An epilogue made ready for rows of sixty-four values.
typedef struct {
  const swl_epilogue *epilogue;
  int is_int16, has_residual, has_table;
  output64 output;
  __m512i residual_zero_point, residual_multiplier;  // the zero point times 128
  table256 table;
} epilogue64;

INLINE void prepare_epilogue(epilogue64 *e, const swl_rule *rule, const swl_epilogue *epilogue) {
  e->epilogue = epilogue;
  e->is_int16 = epilogue->out_is_int16 != 0;
  e->has_residual = epilogue->residual != NULL;
  e->has_table = epilogue->table != NULL;
  e->output = output_range(rule->zero_point, rule->low, rule->high);
  e->residual_zero_point = _mm512_set1_epi16((int16_t)(128 * epilogue->residual_zero_point));
  e->residual_multiplier = _mm512_set1_epi16((int16_t)epilogue->residual_multiplier);
  if (e->has_table) e->table = load_table(epilogue->table);
}

// Stores the epilogue of sixty-four w in pack order, of which those in the mask exist.
INLINE void finish64_at(const epilogue64 *e, __m512i w[2], void *out, const void *residual, __mmask64 mask,
                        const order order) {
  if (e->is_int16) {
    words_to_channel_order(w, order);
    for (int i = 0; i < 2; i++) {
      __mmask32 half = (__mmask32)(mask >> (32 * i));
      if (e->has_residual) w[i] = _mm512_adds_epi16(w[i], load_words((const int16_t *)residual + 32 * i, half));
      store_words((int16_t *)out + 32 * i, w[i], half);
    }
    return;
  }
  if (e->has_residual) {
    __m512i u[2];
    addend64(load_bytes(residual, mask), e->residual_zero_point, e->residual_multiplier, u, order);
    for (int i = 0; i < 2; i++) w[i] = _mm512_adds_epi16(w[i], u[i]);
  }
  __m512i q = to_int8x64(&e->output, w, order);
  if (e->has_table) q = look_up64(&e->table, q);
  store_bytes(out, q, mask);
}

// The address of an epilogue's output, or of its residual, at [row][column]; and the bytes from row to row.
INLINE char *output_at(const epilogue64 *e, ptrdiff_t row, ptrdiff_t column) {
  return (char *)e->epilogue->out + (row * e->epilogue->out_stride + column) * (1 + e->is_int16);
}
INLINE const char *residual_at(const epilogue64 *e, ptrdiff_t row, ptrdiff_t column) {
  if (!e->has_residual) return NULL;
  return (const char *)e->epilogue->residual + (row * e->epilogue->residual_stride + column) * (1 + e->is_int16);
}
INLINE ptrdiff_t output_step(const epilogue64 *e) { return e->epilogue->out_stride * (1 + e->is_int16); }
INLINE ptrdiff_t residual_step(const epilogue64 *e) {
  return e->has_residual ? e->epilogue->residual_stride * (1 + e->is_int16) : 0;
}

// The same of `count` channels from [row][column] on.
INLINE void finish64(const epilogue64 *e, __m512i w[2], ptrdiff_t row, ptrdiff_t column, ptrdiff_t count,
                     const order order) {
  finish64_at(e, w, output_at(e, row, column), residual_at(e, row, column), first_bytes(count), order);
}

AVX512_END

#endif
