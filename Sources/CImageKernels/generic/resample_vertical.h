// Resizing of 8-bit pixels over the width layer, down the columns.
//
// A weight is high * 2^11 + low, so that the products of two taps are multiplied and added in 16 bits, for each part; the sums are
// exact.

// A block of columns, of which `count` exist.
INLINE void vertical_at(const swl_resample *r, const int8_t *in, const int32_t *weights, int8_t *out, ptrdiff_t count) {
  v32 low[4], high[4];
  v16 first[2], second[2];
  for (int k = 0; k < 4; k++) low[k] = set32(1 << 21), high[k] = set32(0);
  for (ptrdiff_t t = 0; t < r->taps; t += 2) {
    widen_unsigned8(load8(in + t * r->in_stride), first);
    widen_unsigned8(load8(in + (t + 1) * r->in_stride), second);
    const v16 low_parts = set_pairs16(weights[t] & 2047, weights[t + 1] & 2047);
    const v16 high_parts = set_pairs16(weights[t] >> 11, weights[t + 1] >> 11);
    for (int k = 0; k < 2; k++) {
      multiply_add_two16(first[k], second[k], low_parts, low + 2 * k);
      multiply_add_two16(first[k], second[k], high_parts, high + 2 * k);
    }
  }
  for (int k = 0; k < 4; k++) low[k] = shift_right32(add32(low[k], shift_left32(high[k], 11)), 22);
  for (int k = 0; k < 2; k++) first[k] = narrow32(low[2 * k], low[2 * k + 1]);
  store8_some(out, narrow_unsigned16(first), count);
}

void KERNEL(resample_vertical)(const swl_resample *arguments) {
  const swl_resample r = *arguments;
  const ptrdiff_t size = (ptrdiff_t)r.width * r.channels;
  for (ptrdiff_t row = 0; row < r.rows; row++) {
    const int32_t *weights = r.weights + row * r.taps;
    const int8_t *in = (const int8_t *)r.in + r.starts[row] * r.in_stride;
    int8_t *out = (int8_t *)r.out + row * r.out_stride;
    for (ptrdiff_t i = 0; i < size; i += block_channels) vertical_at(&r, in + i, weights, out + i, size - i);
  }
}
