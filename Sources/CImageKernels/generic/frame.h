// Frames of streams over the width layer.

// Two rows at a time.
void KERNEL(frame_rows)(const swl_frame_rows *arguments) {
  const swl_frame_rows f = *arguments;
  for (ptrdiff_t i = 0; i < f.count; i += block_channels) {
    const int8_t *in = (const int8_t *)f.in + i;
    const ptrdiff_t count = f.count - i;
    v32 sums[4];
    v16 first[2], second[2];
    for (int k = 0; k < 4; k++) sums[k] = set32(1 << 7);
    ptrdiff_t t = 0;
    for (; t + 2 <= f.taps; t += 2) {
      widen_unsigned8(load8_some(in + t * f.in_stride, count), first);
      widen_unsigned8(load8_some(in + (t + 1) * f.in_stride, count), second);
      const v16 weights = set_pairs16(f.weights[t], f.weights[t + 1]);
      for (int k = 0; k < 2; k++) multiply_add_two16(first[k], second[k], weights, sums + 2 * k);
    }
    if (t < f.taps) {
      widen_unsigned8(load8_some(in + t * f.in_stride, count), first);
      for (int k = 0; k < 2; k++) multiply_add16(first[k], set16(f.weights[t]), sums + 2 * k, sums + 2 * k);
    }
    for (int k = 0; k < 4; k++) sums[k] = shift_right32(sums[k], 8);
    for (int k = 0; k < 2; k++) first[k] = narrow32(sums[2 * k], sums[2 * k + 1]);
    words_to_natural_order(first, of_lanes);
    for (int k = 0; k < 2; k++) {
      store16_some(f.out + i + block_channels / 2 * k, first[k], count - block_channels / 2 * k);
    }
  }
}

enum { vector_dwords = block_channels / 4 };

// As many columns as a vector has dwords, of which `count` exist.
INLINE void columns_at(const swl_frame_columns *f, ptrdiff_t x, ptrdiff_t count) {
  const int16_t *weights = f->weights + x * f->taps;
  v32 sums[vector_dwords];
  UNROLL for (int k = 0; k < vector_dwords; k++) sums[k] = set32(0);
  for (ptrdiff_t t = 0; t < f->taps; t += block_channels / 2) {
    UNROLL for (int k = 0; k < vector_dwords; k++) {
      if (k >= count) break;
      sums[k] = multiply_add_pairs16(sums[k], load16(f->in + f->starts[x + k] + t), load16(weights + k * f->taps + t));
    }
  }
  const v32 totals = shift_right32(add32(total_of_each(sums), set32(1 << 15)), 16);
  store_low_words_some(f->out + x, clamp32(totals, 0, 255 * 16), count);
}

void KERNEL(frame_columns)(const swl_frame_columns *arguments) {
  const swl_frame_columns f = *arguments;
  ptrdiff_t x = 0;
  for (; x + vector_dwords <= f.count; x += vector_dwords) columns_at(&f, x, vector_dwords);
  if (x < f.count) columns_at(&f, x, f.count - x);
}

// A channel of as many pixels as a vector has dwords, 0...255; `count` of them exist.
INLINE v32 channel_at(const swl_frame_colours *f, ptrdiff_t x, ptrdiff_t count, ptrdiff_t k) {
  v32 sum = set32(f->offsets[k]);
  for (ptrdiff_t c = 0; c < f->components; c++) {
    const v32 values = load16_as_32(f->in + c * f->in_stride + x, count);
    sum = multiply_add32(sum, values, set32(f->weights[k * f->components + c]));
  }
  return clamp32(shift_right32(sum, 18), 0, 255);
}

INLINE void colours_at(const swl_frame_colours *f, ptrdiff_t x, ptrdiff_t count) {
  v32 pixels = channel_at(f, x, count, 0);
  if (f->channels == 3) {
    pixels = or32(pixels, shift_left32(channel_at(f, x, count, 1), 8));
    pixels = or32(pixels, shift_left32(channel_at(f, x, count, 2), 16));
    pixels = xor32(pixels, set32((int32_t)0x80808080));
    store8_some(f->out + 4 * x, bytes_of(pixels), 4 * count);
  } else {
    store_low_bytes_some(f->out + x, xor32(pixels, set32(128)), count);
  }
}

void KERNEL(frame_colours)(const swl_frame_colours *arguments) {
  const swl_frame_colours f = *arguments;
  ptrdiff_t x = 0;
  for (; x + vector_dwords <= f.count; x += vector_dwords) colours_at(&f, x, vector_dwords);
  if (x < f.count) colours_at(&f, x, f.count - x);
}
