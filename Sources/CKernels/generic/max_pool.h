// Max pooling over the width layer.

typedef struct {
  ptrdiff_t first, end;
} taps;

// The taps of a window that starts at `start` which lie within 0..<size.
INLINE taps taps_inside(ptrdiff_t start, ptrdiff_t dilation, ptrdiff_t kernel, ptrdiff_t size) {
  const ptrdiff_t first = start < 0 ? (-start + dilation - 1) / dilation : 0;
  const ptrdiff_t end = start < size ? (size - start + dilation - 1) / dilation : 0;
  return (taps){first, end < kernel ? end : kernel};
}

void KERNEL(max_pool)(const swl_max_pool *arguments) {
  const swl_max_pool p = *arguments;
  const ptrdiff_t column_step = p.dilation_x * p.pixel_stride;
  const ptrdiff_t row_step = (ptrdiff_t)p.dilation_y * p.input_width * p.pixel_stride;
  int8_t *out = p.out;
  for (ptrdiff_t y = p.first_row; y < p.first_row + p.rows; y++) {
    const ptrdiff_t top = y * p.stride_y - p.pad_top;
    const taps down = taps_inside(top, p.dilation_y, p.kernel_height, p.input_height);
    for (ptrdiff_t x = 0; x < p.width; x++, out += p.out_stride) {
      const ptrdiff_t left = x * p.stride_x - p.pad_left;
      const taps across = taps_inside(left, p.dilation_x, p.kernel_width, p.input_width);
      const ptrdiff_t corner = (top * p.input_width + left) * p.pixel_stride;
      for (ptrdiff_t c = 0; c < p.channels; c += block_channels) {
        v8 largest = set8(-128);
        for (ptrdiff_t ky = down.first; ky < down.end; ky++) {
          for (ptrdiff_t kx = across.first; kx < across.end; kx++) {
            largest = max8(largest, load8(p.map + corner + ky * row_step + kx * column_step + c));
          }
        }
        store8_some(out + c, largest, p.channels - c);
      }
    }
  }
}
