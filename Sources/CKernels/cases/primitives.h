// The primitives of one width of the width layer against plain C; included by a file for each width, inside its target
// region and behind its header, that defines FRAMES where the width has what only frames and resizing need, and PIXELS where it
// has what only resizing along rows needs. Blocks are compared in natural order, whatever the width's pack orders are.
#include "../spec/rule.h"
#include "swiftlet_cases.h"

enum { N8 = block_channels, N16 = block_channels / 2, N32 = block_channels / 4 };

static int8_t *bytes(swl_example *e, int count) { return swl_values(e, 1, count, -128, 127, 0); }
static int16_t *words(swl_example *e, int count) { return swl_values(e, 2, count, -32768, 32767, 0); }
static int32_t *dwords(swl_example *e, int count) { return swl_values(e, 4, count, INT32_MIN, INT32_MAX, 0); }

// How many elements of a vector of n are meant; below 0 none, above n all.
static int any_count(swl_example *e, int n) { return swl_any(e, 1, 8) > 1 ? (int)swl_any(e, -2, n + 2) : (int)swl_any(e, -70000, n); }

// Vectors of dwords, and a block's words and dwords, from and to natural order.
INLINE v32 load32_all(const int32_t *p) { return load32_some(p, N32); }
INLINE void load_words(const int16_t *p, v16 w[2], const order order) {
  for (int k = 0; k < 2; k++) w[k] = load16(p + N16 * k);
  words_to_pack_order(w, order);
}
INLINE void load_dwords(const int32_t *p, v32 v[4], const order order) {
  for (int k = 0; k < 4; k++) v[k] = load32_all(p + N32 * k);
  dwords_to_pack_order(v, order);
}
INLINE void store_words(int16_t *p, v16 w[2], const order order) {
  words_to_natural_order(w, order);
  for (int k = 0; k < 2; k++) store16_some(p + N16 * k, w[k], N16);
}
INLINE void store_dwords(int32_t *p, v32 v[4], const order order) {
  dwords_to_natural_order(v, order);
  for (int k = 0; k < 4; k++) store32_some(p + N32 * k, v[k], N32);
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
#define EXPECT32(vector, expected) EXPECT(int32_t, N32, expected, store32_some, vector, N32)
#define EXPECT_WORDS(w, order, expected) EXPECT(int16_t, 2 * N16, expected, store_words, w, order)
#define EXPECT_DWORDS(v, order, expected) EXPECT(int32_t, 4 * N32, expected, store_dwords, v, order)

#define TEST(primitive) static int test_##primitive(swl_example *e)

// Loads, stores and constants.

TEST(load8) { const int8_t *a = bytes(e, N8); EXPECT8(load8(a), a[i]); return 1; }
TEST(load16) { const int16_t *a = words(e, N16); EXPECT16(load16(a), a[i]); return 1; }
TEST(set8) { const int32_t x = *bytes(e, 1); EXPECT8(set8(x), x); return 1; }
TEST(set16) { const int32_t x = *words(e, 1); EXPECT16(set16(x), x); return 1; }
TEST(set32) { const int32_t x = *dwords(e, 1); EXPECT32(set32(x), x); return 1; }
TEST(keep32) { const int32_t *a = dwords(e, N32); EXPECT32(keep32(load32_all(a)), a[i]); return 1; }
TEST(set_pairs16) {
  const int16_t *a = words(e, 2);
  v16 pairs = set_pairs16(a[0], a[1]);
  EXPECT16(pairs, a[i % 2]);
  return 1;
}

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
#ifdef FRAMES
TEST_SOME(load16_as_32, int16_t, words, N32, EXPECT32)
#endif
#ifdef PIXELS
TEST_SOME(load8_as_32, uint8_t, bytes, N32, EXPECT32)
#endif

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
TEST_STORE(store32_some, load32_all, int32_t, dwords, N32)

TEST(first8) {
  const int count = any_count(e, N8);
  const int8_t *a = bytes(e, N8);
  EXPECT8(first8(load8(a), count), i < count ? a[i] : 0);
  return 1;
}
TEST(first16) {
  const int count = any_count(e, N16);
  const int16_t *a = words(e, N16), *b = words(e, N16);
  EXPECT16(first16(load16(a), load16(b), count), i < count ? a[i] : b[i]);
  return 1;
}
TEST(store_lane) {
  const int8_t *a = bytes(e, N8);
  int8_t *out = bytes(e, 16);
  for (int lane = 0; lane < N8 / 16; lane++) {
    store_lane(out, load8(a), lane);
    if (memcmp(out, a + 16 * lane, 16) != 0) return 0;
  }
  return 1;
}
#ifdef FRAMES
TEST(store_low_words_some) {
  const int count = any_count(e, N32), n = clamp(count, 1, N32);
  const int32_t *a = swl_values(e, 4, N32, 0, 32767, 0);
  int16_t *out = words(e, n);
  store_low_words_some(out, load32_all(a), n);
  for (int i = 0; i < n; i++) if (out[i] != a[i]) return 0;
  return 1;
}
TEST(store_low_bytes_some) {
  const int count = any_count(e, N32), n = clamp(count, 1, N32);
  const int32_t *a = swl_values(e, 4, N32, 0, 255, 0);
  uint8_t *out = (uint8_t *)bytes(e, n);
  store_low_bytes_some((int8_t *)out, load32_all(a), n);
  for (int i = 0; i < n; i++) if (out[i] != a[i]) return 0;
  return 1;
}
#endif

// Element by element.

#define TEST16(primitive, expected)                            \
  TEST(primitive) {                                            \
    const int16_t *a = words(e, N16), *b = words(e, N16);      \
    EXPECT16(primitive(load16(a), load16(b)), expected);       \
    return 1;                                                  \
  }
TEST16(add16_saturating, sat16(a[i] + b[i]))
TEST16(subtract16, a[i] - b[i])
TEST16(maximum16, a[i] > b[i] ? a[i] : b[i])

#define TEST32(primitive, expected)                            \
  TEST(primitive) {                                            \
    const int32_t *a = dwords(e, N32), *b = dwords(e, N32);    \
    EXPECT32(primitive(load32_all(a), load32_all(b)), expected);       \
    return 1;                                                  \
  }
TEST32(add32, (uint32_t)a[i] + (uint32_t)b[i])
TEST32(subtract32, (uint32_t)a[i] - (uint32_t)b[i])
TEST32(and32, a[i] & b[i])
TEST32(or32, a[i] | b[i])
#ifdef FRAMES
TEST32(xor32, a[i] ^ b[i])
#endif

TEST(and8) {
  const int8_t *a = bytes(e, N8), *b = bytes(e, N8);
  EXPECT8(and8(load8(a), load8(b)), a[i] & b[i]);
  return 1;
}
TEST(max8) {
  const int8_t *a = bytes(e, N8), *b = bytes(e, N8);
  EXPECT8(max8(load8(a), load8(b)), a[i] > b[i] ? a[i] : b[i]);
  return 1;
}
TEST(clamp8) {
  const int8_t *a = bytes(e, N8), low = (int8_t)swl_any(e, -128, 127), high = (int8_t)swl_any(e, low, 127);
  EXPECT8(clamp8(load8(a), set8(low), set8(high)), clamp(a[i], low, high));
  return 1;
}
#ifdef FRAMES
TEST(clamp32) {
  const int32_t *a = dwords(e, N32), low = (int32_t)swl_any(e, -70000, 70000), high = (int32_t)swl_any(e, low, 70000);
  EXPECT32(clamp32(load32_all(a), low, high), clamp(a[i], low, high));
  return 1;
}
TEST(multiply_add32) {
  const int32_t *a = dwords(e, N32), *b = dwords(e, N32), *c = dwords(e, N32);
  EXPECT32(multiply_add32(load32_all(c), load32_all(a), load32_all(b)), (uint32_t)a[i] * (uint32_t)b[i] + (uint32_t)c[i]);
  return 1;
}
#endif
TEST(rdmulh) {
  const int16_t *a = words(e, N16), *b = swl_values(e, 2, N16, -32767, 32767, 0);
  EXPECT16(rdmulh(load16(a), load16(b)), rdmulh16(a[i], b[i]));
  return 1;
}
TEST(shift_right16) {
  const int16_t *a = words(e, N16);
  EXPECT16(shift_right16(load16(a), 6), a[i] >> 6);
  return 1;
}
TEST(shift_left32) {
  const int32_t *a = dwords(e, N32);
  EXPECT32(shift_left32(load32_all(a), 7), (uint32_t)a[i] << 7);
  return 1;
}
TEST(shift_right32) {
  const int32_t *a = dwords(e, N32);
  EXPECT32(shift_right32(load32_all(a), 18), a[i] >> 18);
  return 1;
}
TEST(left_part) {
  const int32_t *a = dwords(e, N32);
  const int8_t *counts = swl_values(e, 1, N8, -8, 24, 0);
  int32_t wide[N32];
  int left = 0;
  for (int i = 0; i < N32; i++) wide[i] = counts[i];
  for (int i = 0; i < N8; i++) left |= counts[i] < 0;
  const shifts by = shifts_right(load32_all(wide));
  v32 v = load32_all(a);
  if (any_left(counts, N8)) {
    if (!left) return 0;
    v = left_part(v, by);
  }
  EXPECT32(right_part(v, by), shift_right(a[i], counts[i]));
  return 1;
}
TEST(load_shift_counts) {
  const int count = 16 * (int)swl_any(e, 1, N8 / 16);
  const int8_t *a = bytes(e, count);
  v32 counts[4];
  load_shift_counts(a, count, counts);
  for (int k = 0; k < 4; k++) EXPECT32(counts[k], N32 * k + i < count ? a[N32 * k + i] : 0);
  return 1;
}

#include "primitives_blocks.h"

#define ROW(primitive) {#primitive, test_##primitive}
static const swl_primitive primitives[] = {
    ROW(load8), ROW(load16), ROW(set8), ROW(set16), ROW(set_pairs16), ROW(set32), ROW(keep32), ROW(load8_some),
    ROW(load16_some), ROW(load32_some), ROW(store8_some), ROW(store16_some), ROW(store32_some), ROW(first8), ROW(first16),
    ROW(store_lane), ROW(add16_saturating), ROW(subtract16), ROW(maximum16), ROW(add32), ROW(subtract32), ROW(and32),
    ROW(or32), ROW(and8), ROW(max8), ROW(clamp8), ROW(rdmulh), ROW(shift_right16), ROW(shift_left32), ROW(shift_right32),
    ROW(left_part), ROW(load_shift_counts), ROW(bytes_to_pack_order), ROW(words_to_pack_order), ROW(dwords_to_pack_order),
    ROW(widen8), ROW(widen8_by_128), ROW(narrow16), ROW(narrow32), ROW(low_bytes), ROW(multiply_add16),
    ROW(multiply_add_two16), ROW(add_four8), ROW(widened_to_natural_order), ROW(add_pairs16), ROW(total32),
    ROW(add_squares16), ROW(largest16), ROW(same_bits), ROW(set_fours), ROW(interleave_bytes), ROW(transpose_fours),
    ROW(look_up256), ROW(exponentials),
#ifdef FRAMES
    ROW(load16_as_32), ROW(store_low_words_some), ROW(store_low_bytes_some), ROW(xor32), ROW(clamp32),
    ROW(multiply_add32), ROW(widen_unsigned8), ROW(narrow_unsigned16), ROW(total_of_each), ROW(multiply_add_pairs16),
#endif
#ifdef PIXELS
    ROW(load8_as_32), ROW(load_four_rgb),
#endif
    {NULL, NULL},
};
#undef ROW
