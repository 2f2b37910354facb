// Resizing of 8-bit pixels over the width layer, along the rows.

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
    int32_t sum = (int32_t)(wrapped_total32(sums) + rounding_of_pixels);
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
