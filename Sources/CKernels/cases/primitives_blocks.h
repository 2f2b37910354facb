// The primitives of blocks, reductions and look-ups (primitives.h).

// Blocks, wider and narrower.

TEST(bytes_to_pack_order) {
  const int8_t *a = bytes(e, N8);
  for (int o = 0; o < 2; o++) {
    v16 w[2];
    widen8(bytes_to_pack_order(load8(a), o ? of_panels : of_lanes), w);
    EXPECT_WORDS(w, (o ? of_panels : of_lanes), a[i]);
    EXPECT8(bytes_to_natural_order(bytes_to_pack_order(load8(a), o ? of_panels : of_lanes), o ? of_panels : of_lanes), a[i]);
  }
  return 1;
}
TEST(words_to_pack_order) {
  const int16_t *a = words(e, 2 * N16);
  for (int o = 0; o < 2; o++) {
    v16 w[2];
    load_words(a, w, o ? of_panels : of_lanes);
    EXPECT_WORDS(w, (o ? of_panels : of_lanes), a[i]);
  }
  return 1;
}
TEST(dwords_to_pack_order) {
  const int32_t *a = dwords(e, 4 * N32);
  for (int o = 0; o < 2; o++) {
    v32 v[4];
    load_dwords(a, v, o ? of_panels : of_lanes);
    EXPECT_DWORDS(v, (o ? of_panels : of_lanes), a[i]);
  }
  return 1;
}
TEST(widen8) {
  const int8_t *a = bytes(e, N8);
  v16 w[2];
  widen8(load8(a), w);
  EXPECT_WORDS(w, of_lanes, a[i]);
  return 1;
}
TEST(widen8_by_128) {
  const int8_t *a = bytes(e, N8);
  v16 w[2];
  widen8_by_128(load8(a), w);
  EXPECT_WORDS(w, of_lanes, a[i] * 128);
  return 1;
}
#ifdef FRAMES
TEST(widen_unsigned8) {
  const int8_t *a = bytes(e, N8);
  v16 w[2];
  widen_unsigned8(load8(a), w);
  EXPECT_WORDS(w, of_lanes, (uint8_t)a[i]);
  return 1;
}
TEST(narrow_unsigned16) {
  const int16_t *a = words(e, 2 * N16);
  v16 w[2];
  load_words(a, w, of_lanes);
  EXPECT8(narrow_unsigned16(w), clamp(a[i], 0, 255));
  return 1;
}
#endif
TEST(narrow16) {
  const int16_t *a = words(e, 2 * N16);
  v16 w[2];
  load_words(a, w, of_lanes);
  EXPECT8(narrow16(w), clamp(a[i], -128, 127));
  return 1;
}
TEST(narrow32) {
  const int32_t *a = dwords(e, 4 * N32);
  v16 w[2];
  v32 v[4];
  load_dwords(a, v, of_panels);
  for (int k = 0; k < 2; k++) w[k] = narrow32(v[2 * k], v[2 * k + 1]);
  EXPECT_WORDS(w, of_panels, sat16(a[i]));
  load_dwords(a, v, of_lanes);
  for (int k = 0; k < 2; k++) w[k] = narrow32(v[2 * k], v[2 * k + 1]);
  EXPECT_WORDS(w, of_lanes, sat16(a[i]));
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
  load_words(a, x, of_lanes);
  load_words(b, y, of_lanes);
  load_dwords(c, sums, of_lanes);
  for (int k = 0; k < 2; k++) multiply_add16(x[k], y[k], sums + 2 * k, out + 2 * k);
  EXPECT_DWORDS(out, of_lanes, (uint32_t)(a[i] * b[i]) + (uint32_t)c[i]);
  return 1;
}
TEST(multiply_add_two16) {
  const int16_t *a = words(e, 2 * N16), *b = words(e, 2 * N16), *f = swl_values(e, 2, 2, -32767, 32767, 0);
  const int32_t *c = dwords(e, 4 * N32);
  v16 x[2], y[2];
  v32 sums[4];
  load_words(a, x, of_lanes);
  load_words(b, y, of_lanes);
  load_dwords(c, sums, of_lanes);
  for (int k = 0; k < 2; k++) multiply_add_two16(x[k], y[k], set_pairs16(f[0], f[1]), sums + 2 * k);
  EXPECT_DWORDS(sums, of_lanes, (uint32_t)c[i] + (uint32_t)(a[i] * f[0]) + (uint32_t)(b[i] * f[1]));
  return 1;
}
TEST(add_four8) {
  const int8_t *a = bytes(e, 4 * N8);
  const int32_t *c = dwords(e, 4 * N32);
  v8 v[4];
  v32 sums[4];
  for (int k = 0; k < 4; k++) v[k] = load8(a + N8 * k);
  load_dwords(c, sums, of_lanes);
  add_four8(v, sums);
  EXPECT_DWORDS(sums, of_lanes, (uint32_t)c[i] + (uint32_t)(a[i] + a[N8 + i] + a[2 * N8 + i] + a[3 * N8 + i]));
  return 1;
}
// A vector of words in natural order, widened.
TEST(widened_to_natural_order) {
  const int16_t *a = words(e, N16);
  const v32 zero[2] = {set32(0), set32(0)};
  v32 v[2];
  multiply_add16(load16(a), set16(1), zero, v);
  widened_to_natural_order(v);
  for (int k = 0; k < 2; k++) EXPECT32(v[k], a[N32 * k + i]);
  return 1;
}

// Reductions. Sums of dwords are compared as they wrap around.

#ifdef FRAMES
TEST(total_of_each) {
  const int32_t *a = dwords(e, N32 * N32);
  v32 v[N32];
  int32_t expected[N32];
  for (int k = 0; k < N32; k++) {
    v[k] = load32_all(a + N32 * k);
    expected[k] = (int32_t)(uint32_t)total32(v[k]);
  }
  EXPECT32(total_of_each(v), expected[i]);
  return 1;
}
TEST(multiply_add_pairs16) {
  const int16_t *a = words(e, N16), *b = words(e, N16);
  const int32_t *c = dwords(e, N32);
  uint32_t expected = 0;
  for (int i = 0; i < N32; i++) expected += (uint32_t)c[i];
  for (int i = 0; i < N16; i++) expected += (uint32_t)(a[i] * b[i]);
  return (uint32_t)total32(multiply_add_pairs16(load32_all(c), load16(a), load16(b))) == expected;
}
#endif
TEST(add_pairs16) {
  const int16_t *a = words(e, N16);
  const int32_t *c = dwords(e, N32);
  uint32_t expected = 0;
  for (int i = 0; i < N32; i++) expected += (uint32_t)c[i];
  for (int i = 0; i < N16; i++) expected += (uint32_t)a[i];
  return (uint32_t)total32(add_pairs16(load32_all(c), load16(a))) == expected;
}
TEST(total32) {
  const int32_t *a = dwords(e, N32);
  int64_t expected = 0;
  for (int i = 0; i < N32; i++) expected += a[i];
  return total32(load32_all(a)) == expected && wrapped_total32(load32_all(a)) == (uint32_t)expected;
}
TEST(add_squares16) {
  const int16_t *a = words(e, 2 * N16);
  uint64_t expected = 0;
  for (int i = 0; i < 2 * N16; i++) expected += (uint64_t)(a[i] * a[i]);
  return total64(add_squares16(add_squares16(no_sums64(), load16(a)), load16(a + N16))) == expected;
}
TEST(largest16) {
  const int16_t *a = words(e, N16);
  int16_t expected = a[0];
  for (int i = 1; i < N16; i++) expected = a[i] > expected ? a[i] : expected;
  EXPECT16(largest16(load16(a)), expected);
  return 1;
}

// Groups of four bytes, pixels.

TEST(same_bits) {
  const int8_t *a = bytes(e, N8);
  EXPECT8(bytes_of(dwords_of(load8(a))), a[i]);
  return 1;
}
TEST(set_fours) {
  const int8_t *a = bytes(e, 4);
  EXPECT8(set_fours(a), a[i % 4]);
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
  EXPECT_DWORDS(fours, of_lanes, BYTE(0) | BYTE(1) | BYTE(2) | BYTE(3));
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
#ifdef PIXELS
TEST(load_four_rgb) {
  const uint8_t *a = (const uint8_t *)bytes(e, 16);
  v32 pixels[4];
  load_four_rgb(a, pixels);
  for (int k = 0; k < 4; k++) {
    int32_t found[N32];
    store32_some(found, pixels[k], N32);
    for (int c = 0; c < 3; c++) if (found[c] != a[3 * k + c]) return 0;
  }
  return 1;
}
#endif

// Look-ups.

TEST(look_up256) {
  const int8_t *table = bytes(e, 256), *a = bytes(e, N8);
  const table256 t = load_table256(table);
  EXPECT8(look_up256(&t, load8(a)), table[a[i] + 128]);
  return 1;
}
TEST(exponentials) {
  const uint16_t *table = swl_values(e, 2, 64, 0, (1 << 14) - 1, 0);
  const int16_t *a = words(e, 2 * N16);
  const exponential_table t = load_exponentials(table);
  const v16 d[2] = {load16(a), load16(a + N16)};
  v16 out[2];
  exponentials(&t, d, out);
#define DISTANCE ((uint16_t)a[N16 * k + i])
#define STEPS (DISTANCE >> 6 < 15 ? DISTANCE >> 6 : 15)
  for (int k = 0; k < 2; k++) EXPECT16(out[k], (table[DISTANCE & 63] + ((1 << STEPS) >> 1)) >> STEPS);
#undef STEPS
#undef DISTANCE
  return 1;
}
