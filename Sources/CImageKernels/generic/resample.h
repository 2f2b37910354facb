// Resizing of 8-bit pixels over the width layer.

enum { rounding_of_pixels = 1 << 21, fraction_of_pixels = 22 };

// One row. A pixel's channels lie in the first dwords of a vector; four taps are read at a time.
static void horizontal_rgb(const swl_resample *r, const uint8_t *in, uint8_t *out) {
  for (ptrdiff_t x = 0; x < r->width; x++) {
    const int32_t *weights = r->weights + x * r->taps;
    const uint8_t *first = in + 3 * (ptrdiff_t)r->starts[x];
    v32 sums[2] = {set32(rounding_of_pixels), set32(0)};
    for (ptrdiff_t t = 0; t < r->taps; t += 4) {
      v32 pixels[4];
      load_four_rgb(first + 3 * t, pixels);
      for (int k = 0; k < 4; k++) sums[k % 2] = multiply_add32(sums[k % 2], pixels[k], set32(weights[t + k]));
    }
    int32_t channels[block_channels / 4];
    store32(channels, clamp32(shift_right32(add32(sums[0], sums[1]), fraction_of_pixels), 0, 255));
    for (int c = 0; c < 3; c++) out[3 * x + c] = (uint8_t)channels[c];
  }
}

static void horizontal_grey(const swl_resample *r, const uint8_t *in, uint8_t *out) {
  for (ptrdiff_t x = 0; x < r->width; x++) {
    const int32_t *weights = r->weights + x * r->taps;
    const uint8_t *first = in + r->starts[x];
    v32 sums = set32(0);
    for (ptrdiff_t t = 0; t < r->taps; t += block_channels / 4) {
      sums = multiply_add32(sums, load8_as_32(first + t, r->taps - t), load32_some(weights + t, r->taps - t));
    }
    int32_t sum = (int32_t)((uint32_t)total32(sums) + rounding_of_pixels);
    out[x] = (uint8_t)clamp(sum >> fraction_of_pixels, 0, 255);
  }
}

void KERNEL(resample_horizontal)(const swl_resample *r) {
  for (ptrdiff_t row = 0; row < r->rows; row++) {
    const uint8_t *in = r->in + row * r->in_stride;
    uint8_t *out = r->out + row * r->out_stride;
    if (r->channels == 3) {
      horizontal_rgb(r, in, out);
    } else {
      horizontal_grey(r, in, out);
    }
  }
}

void KERNEL(resample_vertical)(const swl_resample *r) {
  const ptrdiff_t size = (ptrdiff_t)r->width * r->channels;
  for (ptrdiff_t row = 0; row < r->rows; row++) {
    const int32_t *weights = r->weights + row * r->taps;
    const uint8_t *in = r->in + r->starts[row] * r->in_stride;
    for (ptrdiff_t i = 0; i < size; i += block_channels) {
      v32 sums[4];
      v16 words[2];
      for (int k = 0; k < 4; k++) sums[k] = set32(rounding_of_pixels);
      for (ptrdiff_t t = 0; t < r->taps; t++) {
        const v32 weight = set32(weights[t]);
        v32 pixels[4];
        widen_unsigned8(load8(in + t * r->in_stride + i), words);
        for (int k = 0; k < 2; k++) widen16(words[k], pixels + 2 * k);
        for (int k = 0; k < 4; k++) sums[k] = multiply_add32(sums[k], pixels[k], weight);
      }
      for (int k = 0; k < 4; k++) sums[k] = shift_right32(sums[k], fraction_of_pixels);
      for (int k = 0; k < 2; k++) words[k] = narrow32(sums[2 * k], sums[2 * k + 1]);
      store8_some((int8_t *)r->out + row * r->out_stride + i, narrow_unsigned16(words), size - i);
    }
  }
}
