// The primitives of one width of the width layer against plain C; included by a file for each width, inside its target
// region and behind its header. Blocks are compared in natural order, whatever the width's pack order is.
#include "../spec/rule.h"
#include "swiftlet_cases.h"

enum { N8 = block_channels, N16 = block_channels / 2, N32 = block_channels / 4 };

static int8_t *bytes(swl_example *e, int count) { return swl_values(e, 1, count, -128, 127, 0); }
static int16_t *words(swl_example *e, int count) { return swl_values(e, 2, count, -32768, 32767, 0); }
static int32_t *dwords(swl_example *e, int count) { return swl_values(e, 4, count, INT32_MIN, INT32_MAX, 0); }

// How many elements of a vector of n are meant; below 0 none, above n all.
static int any_count(swl_example *e, int n) { return (int)swl_any(e, -2, n + 2); }

// A block's words and dwords, from and to natural order.
INLINE void load_words(const int16_t *p, v16 w[2]) {
  for (int k = 0; k < 2; k++) w[k] = load16(p + N16 * k);
  words_to_pack_order(w);
}
INLINE void load_dwords(const int32_t *p, v32 v[4]) {
  for (int k = 0; k < 4; k++) v[k] = load32(p + N32 * k);
  dwords_to_pack_order(v);
}
INLINE void store_words(int16_t *p, v16 w[2]) {
  words_to_natural_order(w);
  for (int k = 0; k < 2; k++) store16_some(p + N16 * k, w[k], N16);
}
INLINE void store_dwords(int32_t *p, v32 v[4]) {
  dwords_to_natural_order(v);
  for (int k = 0; k < 4; k++) store32(p + N32 * k, v[k]);
}

// Returns from a test unless each element i of a vector, or of a block, is as expected.
#define EXPECT(type, count, expected, store, ...)         \
  do {                                                    \
    type found[count];                                    \
    store(found, __VA_ARGS__);                            \
    for (int i = 0; i < (count); i++) {                   \
      if (found[i] != (type)(expected)) return 0;         \
    }                                                     \
  } while (0)
#define EXPECT8(vector, expected) EXPECT(int8_t, N8, expected, store8, vector)
#define EXPECT16(vector, expected) EXPECT(int16_t, N16, expected, store16_some, vector, N16)
#define EXPECT32(vector, expected) EXPECT(int32_t, N32, expected, store32, vector)
#define EXPECT_WORDS(w, expected) EXPECT(int16_t, 2 * N16, expected, store_words, w)
#define EXPECT_DWORDS(v, expected) EXPECT(int32_t, 4 * N32, expected, store_dwords, v)

#define TEST(primitive) static int test_##primitive(swl_example *e)

// Loads, stores and constants.

TEST(load8) { const int8_t *a = bytes(e, N8); EXPECT8(load8(a), a[i]); return 1; }
TEST(load16) { const int16_t *a = words(e, N16); EXPECT16(load16(a), a[i]); return 1; }
TEST(load32) { const int32_t *a = dwords(e, N32); EXPECT32(load32(a), a[i]); return 1; }
TEST(set8) { const int32_t x = *bytes(e, 1); EXPECT8(set8(x), x); return 1; }
TEST(set16) { const int32_t x = *words(e, 1); EXPECT16(set16(x), x); return 1; }
TEST(set32) { const int32_t x = *dwords(e, 1); EXPECT32(set32(x), x); return 1; }
TEST(keep8) { const int8_t *a = bytes(e, N8); EXPECT8(keep8(load8(a)), a[i]); return 1; }

#define TEST_SOME(load, type, values, of, expect)    \
  TEST(load) {                                       \
    const int count = any_count(e, of);              \
    const int n = clamp(count, 0, of);               \
    const type *a = (const type *)values(e, n);      \
    expect(load(a, count), i < n ? a[i] : 0);        \
    return 1;                                        \
  }
TEST_SOME(load8_some, int8_t, bytes, N8, EXPECT8)
TEST_SOME(load16_some, int16_t, words, N16, EXPECT16)
TEST_SOME(load32_some, int32_t, dwords, N32, EXPECT32)
TEST_SOME(load16_as_32, int16_t, words, N32, EXPECT32)
TEST_SOME(load8_as_32, uint8_t, bytes, N32, EXPECT32)

// Stores to memory of just the elements that there are.
#define TEST_STORE(store, load, type, values, of)                                  \
  TEST(store) {                                                                    \
    const int count = any_count(e, of);                                            \
    const int n = clamp(count, 0, of);                                             \
    const type *a = values(e, of);                                                 \
    type *out = values(e, n);                                                      \
    store(out, load(a), count);                                                    \
    return memcmp(out, a, (size_t)n * sizeof *out) == 0;                           \
  }
TEST_STORE(store8_some, load8, int8_t, bytes, N8)
TEST_STORE(store16_some, load16, int16_t, words, N16)
TEST_STORE(store32_some, load32, int32_t, dwords, N32)

TEST(first8) {
  const int count = any_count(e, N8);
  const int8_t *a = bytes(e, N8);
  EXPECT8(first8(load8(a), count), i < count ? a[i] : 0);
  return 1;
}
TEST(first16) {
  const int count = any_count(e, N16);
  const int16_t *a = words(e, N16);
  EXPECT16(first16(load16(a), count), i < count ? a[i] : 0);
  return 1;
}

// Element by element.

#define TEST16(primitive, expected)                            \
  TEST(primitive) {                                            \
    const int16_t *a = words(e, N16), *b = words(e, N16);      \
    EXPECT16(primitive(load16(a), load16(b)), expected);       \
    return 1;                                                  \
  }
TEST16(add16, a[i] + b[i])
TEST16(add16_saturating, sat16(a[i] + b[i]))
TEST16(subtract16, a[i] - b[i])
TEST16(maximum16, a[i] > b[i] ? a[i] : b[i])

#define TEST32(primitive, expected)                            \
  TEST(primitive) {                                            \
    const int32_t *a = dwords(e, N32), *b = dwords(e, N32);    \
    EXPECT32(primitive(load32(a), load32(b)), expected);       \
    return 1;                                                  \
  }
TEST32(add32, (uint32_t)a[i] + (uint32_t)b[i])
TEST32(or32, a[i] | b[i])
TEST32(xor32, a[i] ^ b[i])

TEST(and8) {
  const int8_t *a = bytes(e, N8), *b = bytes(e, N8);
  EXPECT8(and8(load8(a), load8(b)), a[i] & b[i]);
  return 1;
}
TEST(clamp8) {
  const int8_t *a = bytes(e, N8), low = (int8_t)swl_any(e, -128, 127), high = (int8_t)swl_any(e, low, 127);
  EXPECT8(clamp8(load8(a), set8(low), set8(high)), clamp(a[i], low, high));
  return 1;
}
TEST(clamp32) {
  const int32_t *a = dwords(e, N32), low = (int32_t)swl_any(e, -70000, 70000), high = (int32_t)swl_any(e, low, 70000);
  EXPECT32(clamp32(load32(a), low, high), clamp(a[i], low, high));
  return 1;
}
TEST(rdmulh) {
  const int16_t *a = words(e, N16), *b = swl_values(e, 2, N16, -32767, 32767, 0);
  EXPECT16(rdmulh(load16(a), load16(b)), rdmulh16(a[i], b[i]));
  return 1;
}
TEST(multiply_add32) {
  const int32_t *a = dwords(e, N32), *b = dwords(e, N32), *c = dwords(e, N32);
  EXPECT32(multiply_add32(load32(c), load32(a), load32(b)), (uint32_t)a[i] * (uint32_t)b[i] + (uint32_t)c[i]);
  return 1;
}
TEST(shift_left16) {
  const int16_t *a = words(e, N16);
  EXPECT16(shift_left16(load16(a), 7), (uint32_t)a[i] << 7);
  return 1;
}
TEST(shift_right16) {
  const int16_t *a = words(e, N16);
  EXPECT16(shift_right16(load16(a), 6), a[i] >> 6);
  return 1;
}
TEST(shift_left32) {
  const int32_t *a = dwords(e, N32);
  EXPECT32(shift_left32(load32(a), 7), (uint32_t)a[i] << 7);
  return 1;
}
TEST(shift_right32) {
  const int32_t *a = dwords(e, N32);
  EXPECT32(shift_right32(load32(a), 18), a[i] >> 18);
  return 1;
}
TEST(shift32) {
  const int32_t *a = dwords(e, N32), *counts = swl_values(e, 4, N32, -8, 24, 0);
  EXPECT32(shift32(load32(a), shifts_right(load32(counts))), shift_right(a[i], counts[i]));
  return 1;
}
TEST(load_shift_counts) {
  const int8_t *a = bytes(e, N8);
  v32 counts[4];
  load_shift_counts(a, counts);
  for (int k = 0; k < 4; k++) EXPECT32(counts[k], a[N32 * k + i]);
  return 1;
}
TEST(shift_right_rounding_by_64ths) {
  const int16_t *a = swl_values(e, 2, N16, 0, (1 << 14) - 1, 0), *d = words(e, N16);
#define STEPS ((uint16_t)d[i] >> 6 < 15 ? (uint16_t)d[i] >> 6 : 15)
  EXPECT16(shift_right_rounding_by_64ths(load16(a), load16(d)), (a[i] + ((1 << STEPS) >> 1)) >> STEPS);
#undef STEPS
  return 1;
}

// Blocks, wider and narrower.

TEST(words_to_pack_order) {
  const int16_t *a = words(e, 2 * N16);
  v16 w[2];
  load_words(a, w);
  EXPECT_WORDS(w, a[i]);
  return 1;
}
TEST(dwords_to_pack_order) {
  const int32_t *a = dwords(e, 4 * N32);
  v32 v[4];
  load_dwords(a, v);
  EXPECT_DWORDS(v, a[i]);
  return 1;
}
TEST(widen8) {
  const int8_t *a = bytes(e, N8);
  v16 w[2];
  widen8(load8(a), w);
  EXPECT_WORDS(w, a[i]);
  return 1;
}
TEST(widen_unsigned8) {
  const int8_t *a = bytes(e, N8);
  v16 w[2];
  widen_unsigned8(load8(a), w);
  EXPECT_WORDS(w, (uint8_t)a[i]);
  return 1;
}
TEST(widen16) {
  const int16_t *a = words(e, 2 * N16);
  v16 w[2];
  v32 v[4];
  load_words(a, w);
  for (int k = 0; k < 2; k++) widen16(w[k], v + 2 * k);
  EXPECT_DWORDS(v, a[i]);
  return 1;
}
TEST(narrow16) {
  const int16_t *a = words(e, 2 * N16);
  v16 w[2];
  load_words(a, w);
  EXPECT8(narrow16(w), clamp(a[i], -128, 127));
  return 1;
}
TEST(narrow_unsigned16) {
  const int16_t *a = words(e, 2 * N16);
  v16 w[2];
  load_words(a, w);
  EXPECT8(narrow_unsigned16(w), clamp(a[i], 0, 255));
  return 1;
}
TEST(narrow32) {
  const int32_t *a = dwords(e, 4 * N32);
  v16 w[2];
  v32 v[4];
  load_dwords(a, v);
  for (int k = 0; k < 2; k++) w[k] = narrow32(v[2 * k], v[2 * k + 1]);
  EXPECT_WORDS(w, sat16(a[i]));
  return 1;
}
TEST(low_bytes) {
  const int16_t *a = words(e, 2 * N16);
  const v16 w[2] = {load16(a), load16(a + N16)};
  EXPECT8(low_bytes(w), a[i]);
  return 1;
}
TEST(multiply_add16) {
  const int16_t *a = words(e, 2 * N16), *b = words(e, 2 * N16);
  const int32_t *c = dwords(e, 4 * N32);
  v16 x[2], y[2];
  v32 sums[4], out[4];
  load_words(a, x);
  load_words(b, y);
  load_dwords(c, sums);
  for (int k = 0; k < 2; k++) multiply_add16(x[k], y[k], sums + 2 * k, out + 2 * k);
  EXPECT_DWORDS(out, (uint32_t)(a[i] * b[i]) + (uint32_t)c[i]);
  return 1;
}

// Reductions. Sums of dwords are compared as they wrap around.

TEST(multiply_add_pairs16) {
  const int16_t *a = words(e, N16), *b = words(e, N16);
  const int32_t *c = dwords(e, N32);
  uint32_t expected = 0;
  for (int i = 0; i < N32; i++) expected += (uint32_t)c[i];
  for (int i = 0; i < N16; i++) expected += (uint32_t)(a[i] * b[i]);
  return (uint32_t)total32(multiply_add_pairs16(load32(c), load16(a), load16(b))) == expected;
}
TEST(add_pairs16) {
  const int16_t *a = words(e, N16);
  const int32_t *c = dwords(e, N32);
  uint32_t expected = 0;
  for (int i = 0; i < N32; i++) expected += (uint32_t)c[i];
  for (int i = 0; i < N16; i++) expected += (uint32_t)a[i];
  return (uint32_t)total32(add_pairs16(load32(c), load16(a))) == expected;
}
TEST(total32) {
  const int32_t *a = dwords(e, N32);
  int64_t expected = 0;
  for (int i = 0; i < N32; i++) expected += a[i];
  return total32(load32(a)) == expected;
}
TEST(add_squares16) {
  const int16_t *a = words(e, 2 * N16);
  uint64_t expected = 0;
  for (int i = 0; i < 2 * N16; i++) expected += (uint64_t)(a[i] * a[i]);
  return total64(add_squares16(add_squares16(set64(0), load16(a)), load16(a + N16))) == expected;
}
TEST(largest16) {
  const int16_t *a = words(e, N16);
  int16_t expected = a[0];
  for (int i = 1; i < N16; i++) expected = a[i] > expected ? a[i] : expected;
  return largest16(load16(a)) == expected;
}

// Groups of four bytes, pixels.

TEST(same_bits) {
  const int8_t *a = bytes(e, N8);
  EXPECT8(bytes_of(dwords_of(load8(a))), a[i]);
  EXPECT16(words_of(dwords_of(load8(a))), (uint8_t)a[2 * i] | a[2 * i + 1] * 256);
  return 1;
}
TEST(set_fours) {
  const int8_t *a = bytes(e, 4);
  EXPECT8(set_fours(a), a[i % 4]);
  return 1;
}
TEST(broadcast_fours) {
  const int8_t *a = bytes(e, N8);
  for (int group = 0; group < N32; group++) EXPECT8(broadcast_fours(load8(a), group), a[4 * group + i % 4]);
  return 1;
}
TEST(interleave_bytes) {
  const int8_t *a = bytes(e, 4 * N8);
  v8 v[4];
  v32 fours[4];
  for (int k = 0; k < 4; k++) v[k] = load8(a + N8 * k);
  interleave_bytes(v);
  for (int k = 0; k < 4; k++) fours[k] = dwords_of(v[k]);
#define BYTE(row) ((uint32_t)(uint8_t)a[N8 * (row) + i] << (8 * (row)))
  EXPECT_DWORDS(fours, BYTE(0) | BYTE(1) | BYTE(2) | BYTE(3));
#undef BYTE
  return 1;
}
// Each sixteen bytes by themselves.
TEST(transpose_fours) {
  const int8_t *a = bytes(e, 4 * N8);
  v8 v[4];
  for (int k = 0; k < 4; k++) v[k] = load8(a + N8 * k);
  transpose_fours(v);
  for (int k = 0; k < 4; k++) EXPECT8(v[k], a[i / 4 % 4 * N8 + i / 16 * 16 + 4 * k + i % 4]);
  return 1;
}
TEST(load_four_rgb) {
  const uint8_t *a = (const uint8_t *)bytes(e, 16);
  v32 pixels[4];
  load_four_rgb(a, pixels);
  for (int k = 0; k < 4; k++) {
    int32_t found[N32];
    store32(found, pixels[k]);
    for (int c = 0; c < 3; c++) if (found[c] != a[3 * k + c]) return 0;
  }
  return 1;
}

// Look-ups.

TEST(look_up256) {
  const int8_t *table = bytes(e, 256), *a = bytes(e, N8);
  const table256 t = load_table256(table);
  EXPECT8(look_up256(&t, load8(a)), table[a[i] + 128]);
  return 1;
}
TEST(look_up64) {
  const uint16_t *table = (const uint16_t *)words(e, 64);
  const int16_t *a = words(e, 2 * N16);
  const table64 t = load_table64(table);
  const v16 index[2] = {load16(a), load16(a + N16)};
  v16 out[2];
  look_up64(&t, index, out);
  for (int k = 0; k < 2; k++) EXPECT16(out[k], table[a[N16 * k + i] & 63]);
  return 1;
}

#define ROW(primitive) {#primitive, test_##primitive}
static const swl_primitive primitives[] = {
    ROW(load8), ROW(load16), ROW(load32), ROW(set8), ROW(set16), ROW(set32), ROW(keep8), ROW(load8_some),
    ROW(load16_some), ROW(load32_some), ROW(load16_as_32), ROW(load8_as_32), ROW(store8_some), ROW(store16_some),
    ROW(store32_some), ROW(first8), ROW(first16), ROW(add16), ROW(add16_saturating), ROW(subtract16), ROW(maximum16),
    ROW(add32), ROW(or32), ROW(xor32), ROW(and8), ROW(clamp8), ROW(clamp32), ROW(rdmulh), ROW(multiply_add32),
    ROW(shift_left16), ROW(shift_right16), ROW(shift_left32), ROW(shift_right32), ROW(shift32),
    ROW(load_shift_counts), ROW(shift_right_rounding_by_64ths), ROW(words_to_pack_order), ROW(dwords_to_pack_order),
    ROW(widen8), ROW(widen_unsigned8), ROW(widen16), ROW(narrow16), ROW(narrow_unsigned16), ROW(narrow32),
    ROW(low_bytes), ROW(multiply_add16), ROW(multiply_add_pairs16), ROW(add_pairs16), ROW(total32),
    ROW(add_squares16), ROW(largest16), ROW(same_bits), ROW(set_fours), ROW(broadcast_fours), ROW(interleave_bytes),
    ROW(transpose_fours), ROW(load_four_rgb), ROW(look_up256), ROW(look_up64), {NULL, NULL},
};
#undef ROW
