// Frames of streams over the width layer.

void KERNEL(frame_rows)(const swl_frame_rows *f) {
  for (ptrdiff_t i = 0; i < f->count; i += block_channels) {
    const ptrdiff_t count = f->count - i;
    v32 sums[4];
    v16 words[2];
    for (int k = 0; k < 4; k++) sums[k] = set32(1 << 7);
    for (ptrdiff_t t = 0; t < f->taps; t++) {
      const v16 weight = set16(f->weights[t]);
      widen_unsigned8(load8_some((const int8_t *)f->in + t * f->in_stride + i, count), words);
      for (int k = 0; k < 2; k++) multiply_add16(words[k], weight, sums + 2 * k, sums + 2 * k);
    }
    for (int k = 0; k < 4; k++) sums[k] = shift_right32(sums[k], 8);
    for (int k = 0; k < 2; k++) words[k] = narrow32(sums[2 * k], sums[2 * k + 1]);
    words_to_natural_order(words);
    for (int k = 0; k < 2; k++) {
      store16_some(f->out + i + block_channels / 2 * k, words[k], count - block_channels / 2 * k);
    }
  }
}

void KERNEL(frame_columns)(const swl_frame_columns *f) {
  for (ptrdiff_t x = 0; x < f->count; x++) {
    const int16_t *in = f->in + f->starts[x], *weights = f->weights + x * f->taps;
    v32 sums = set32(0);
    for (ptrdiff_t t = 0; t < f->taps; t += block_channels / 2) {
      sums = multiply_add_pairs16(sums, load16_some(in + t, f->taps - t), load16_some(weights + t, f->taps - t));
    }
    f->out[x] = (int16_t)clamp((int32_t)((uint32_t)total32(sums) + (1 << 15)) >> 16, 0, 255 * 16);
  }
}

// A channel of as many pixels as there are dwords in a vector, 0...255.
INLINE v32 channel_of_frame(const swl_frame_colours *f, ptrdiff_t at, ptrdiff_t k) {
  v32 sum = set32(f->offsets[k]);
  for (ptrdiff_t c = 0; c < f->components; c++) {
    const v32 values = load16_as_32(f->in + c * f->in_stride + at, f->count - at);
    sum = multiply_add32(sum, values, set32(f->weights[k * f->components + c]));
  }
  return clamp32(shift_right32(sum, 18), 0, 255);
}

void KERNEL(frame_colours)(const swl_frame_colours *f) {
  enum { pixels_of_vector = block_channels / 4 };
  for (ptrdiff_t at = 0; at < f->count; at += pixels_of_vector) {
    const ptrdiff_t count = f->count - at;
    v32 pixels = channel_of_frame(f, at, 0);
    if (f->channels == 3) {
      pixels = or32(pixels, shift_left32(channel_of_frame(f, at, 1), 8));
      pixels = or32(pixels, shift_left32(channel_of_frame(f, at, 2), 16));
      pixels = xor32(pixels, set32((int32_t)0x80808080));
      store8_some(f->out + 4 * at, bytes_of(pixels), 4 * count);
    } else {
      int32_t values[pixels_of_vector];
      store32(values, pixels);
      for (ptrdiff_t i = 0; i < pixels_of_vector && i < count; i++) f->out[at + i] = (int8_t)(values[i] - 128);
    }
  }
}
