// The normative specification of every kernel: plain integer C that any other set equals bit for bit.
#include <string.h>

#include "rule.h"
#include "sets.h"

static int32_t dot(const int8_t *a, const int8_t *panel, int32_t lane, int32_t depth) {
  uint32_t sum = 0;
  for (int32_t k = 0; k < depth; k++) {
    sum += (uint32_t)(a[k] * panel[(k / 4 * 16 + lane) * 4 + k % 4]);
  }
  return (int32_t)sum;
}

void swl_scalar_gemm(const swl_gemm *g) {
  for (ptrdiff_t row = 0; row < g->rows; row++) {
    for (ptrdiff_t column = 0; column < g->columns; column++) {
      const int8_t *panel = g->b + column / 16 * g->b_panel_stride;
      int32_t lane = column % 16;
      int32_t sum = dot(g->a + row * g->a_stride, panel, lane, g->depth);
      if (g->a_low) {
        int32_t low = dot(g->a_low + row * g->a_stride, panel, lane, g->depth);
        sum = wrapping_add(wrapping_shift_left(sum, 7), low);
      }
      int32_t w = rule_scaled(&g->rule, g->rule_per_row ? row : column, sum);
      epilogue_store(&g->epilogue, &g->rule, w, row, column);
    }
  }
}

// The input's value under a tap, or the padding's.
static int8_t tap_value(const swl_depthwise *d, ptrdiff_t y, ptrdiff_t x, int32_t tap, ptrdiff_t channel) {
  const int8_t *row = d->rows[y * d->kernel_height + tap / d->kernel_width];
  ptrdiff_t column = x * d->stride + tap % d->kernel_width * d->dilation - d->pad_left;
  if (!row || column < 0 || column >= d->input_width) return d->padding[channel];
  return row[column * d->pixel_stride + channel];
}

void swl_scalar_depthwise(const swl_depthwise *d) {
  int32_t taps = d->kernel_height * d->kernel_width;
  ptrdiff_t panel_size = (taps + 3) / 4 * 64;
  for (ptrdiff_t output = 0; output < (ptrdiff_t)d->height * d->width; output++) {
    ptrdiff_t y = output / d->width, x = output % d->width;
    for (ptrdiff_t channel = 0; channel < d->channels; channel++) {
      const int8_t *panel = d->weights + channel / 16 * panel_size;
      uint32_t sum = 0;
      for (int32_t tap = 0; tap < taps; tap++) {
        int32_t weight = panel[(tap / 4 * 16 + channel % 16) * 4 + tap % 4];
        sum += (uint32_t)(tap_value(d, y, x, tap, channel) * weight);
      }
      epilogue_store(&d->epilogue, &d->rule, rule_scaled(&d->rule, channel, (int32_t)sum), output, channel);
    }
  }
}

void swl_scalar_softmax(const swl_softmax *s) {
  for (ptrdiff_t row = 0; row < s->rows; row++) {
    const int16_t *logits = s->logits + row * s->logits_stride;
    int32_t max = INT16_MIN;
    for (int32_t i = 0; i < s->columns; i++) max = logits[i] > max ? logits[i] : max;
    uint32_t sum = 0;
    for (int32_t i = 0; i < s->padded_columns; i++) {
      int32_t e = 0;
      if (i < s->columns) {
        int32_t d = max - logits[i];
        int32_t k = d >> 6 < 15 ? d >> 6 : 15;
        e = (s->table[d & 63] + ((1 << k) >> 1)) >> k;
      }
      if (s->high) s->high[row * s->plane_stride + i] = (int8_t)(e >> 7);
      s->low[row * s->plane_stride + i] = (int8_t)(s->high ? e & 127 : e);
      sum += (uint32_t)e;
    }
    s->sums[row] = sum;
  }
}

void swl_scalar_layer_norm(const swl_layer_norm *l) {
  int64_t n = l->channels;
  for (ptrdiff_t row = 0; row < l->rows; row++) {
    const int16_t *x = l->x + row * l->x_stride;
    int64_t sum = 0;
    uint64_t squares = 0;
    for (int32_t i = 0; i < n; i++) {
      sum += x[i];
      squares += (uint64_t)(x[i] * x[i]);
    }
    uint64_t d = (uint64_t)n * squares - (uint64_t)(sum * sum) + l->epsilon;
    int32_t mean = mean_by_256(sum, n);
    swl_scale scale = swl_normalizer(d, l->mantissa, l->exponent);
    for (int32_t i = 0; i < n; i++) {
      int32_t w = scaled(256 * x[i] - mean + scale.bias, scale.shift, scale.multiplier);
      l->out[row * l->out_stride + i] = rule_int8(&l->rule, i, 256 * w);
    }
  }
}

void swl_scalar_requantize(const swl_requantize *r) {
  for (ptrdiff_t row = 0; row < r->rows; row++) {
    for (ptrdiff_t i = 0; i < r->channels; i++) {
      r->out[row * r->out_stride + i] = rule_int8(&r->rule, i, 256 * r->x[row * r->x_stride + i]);
    }
  }
}

void swl_scalar_add(const swl_add *s) {
  for (ptrdiff_t row = 0; row < s->rows; row++) {
    for (ptrdiff_t i = 0; i < s->channels; i++) {
      ptrdiff_t a = row * s->a_stride + i;
      ptrdiff_t b = row * s->b_stride + i;
      ptrdiff_t out = row * s->out_stride + i;
      if (s->is_int16) {
        ((int16_t *)s->out)[out] = (int16_t)satadd16(((const int16_t *)s->a)[a], ((const int16_t *)s->b)[b]);
      } else {
        int32_t w = satadd16(addend(((const int8_t *)s->a)[a], s->a_zero_point, s->a_multiplier),
                             addend(((const int8_t *)s->b)[b], s->b_zero_point, s->b_multiplier));
        ((int8_t *)s->out)[out] = (int8_t)to_int8(w, s->zero_point, s->low, s->high);
      }
    }
  }
}

void swl_scalar_multiply(const swl_multiply *p) {
  for (ptrdiff_t row = 0; row < p->rows; row++) {
    for (ptrdiff_t i = 0; i < p->channels; i++) {
      int32_t a = p->a[row * p->a_stride + i] - p->a_zero_point;
      int32_t b = p->b[row * p->b_stride + i] - p->b_zero_point;
      int32_t w = scaled(wrapping_add(a * b, p->bias), p->shift, p->multiplier);
      p->out[row * p->out_stride + i] = (int8_t)to_int8(w, p->zero_point, p->low, p->high);
    }
  }
}

void swl_scalar_lookup(const int8_t *in, const int8_t *table, int8_t *out, ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; i++) out[i] = table[in[i] + 128];
}

void swl_scalar_sum_rows8(const int8_t *x, ptrdiff_t stride, int32_t rows, int32_t channels, int32_t *sums) {
  for (ptrdiff_t row = 0; row < rows; row++) {
    for (int32_t i = 0; i < channels; i++) sums[i] = wrapping_add(sums[i], x[row * stride + i]);
  }
}

void swl_scalar_sum_rows16(const int16_t *x, ptrdiff_t stride, int32_t rows, int32_t channels, int32_t *sums) {
  for (ptrdiff_t row = 0; row < rows; row++) {
    for (int32_t i = 0; i < channels; i++) sums[i] = wrapping_add(sums[i], x[row * stride + i]);
  }
}

void swl_scalar_requantize_sums(const int32_t *sums, int32_t channels, const swl_rule *rule,
                                const swl_epilogue *epilogue) {
  for (ptrdiff_t i = 0; i < channels; i++) epilogue_store(epilogue, rule, rule_scaled(rule, i, sums[i]), 0, i);
}

void swl_scalar_pack_rows(const int8_t *rows, ptrdiff_t stride, const int32_t *index, int32_t count, int32_t depth,
                          int8_t *panels) {
  int32_t groups = (depth + 3) / 4;
  for (int32_t j = 0; j < (count + 15) / 16 * 16; j++) {
    const int8_t *row = j < count ? rows + (index ? index[j] : j) * stride : NULL;
    for (int32_t group = 0; group < groups; group++) {
      int8_t *four = panels + (((ptrdiff_t)(j / 16) * groups + group) * 16 + j % 16) * 4;
      int32_t valid = row ? clamp(depth - 4 * group, 0, 4) : 0;
      if (valid == 4) {
        memcpy(four, row + 4 * group, 4);
      } else {
        for (int32_t k = 0; k < 4; k++) four[k] = k < valid ? row[4 * group + k] : 0;
      }
    }
  }
}

void swl_scalar_pack_columns(const int8_t *rows, ptrdiff_t stride, const int32_t *index, int32_t count,
                             int32_t channels, int8_t *panels) {
  int32_t groups = (count + 3) / 4;
  memset(panels, 0, (size_t)((channels + 15) / 16) * (size_t)groups * 64);
  for (int32_t j = 0; j < count; j++) {
    const int8_t *row = rows + (index ? index[j] : j) * stride;
    for (int32_t channel = 0; channel < channels; channel++) {
      ptrdiff_t group = (ptrdiff_t)(channel / 16) * groups + j / 4;
      panels[(group * 16 + channel % 16) * 4 + j % 4] = row[channel];
    }
  }
}

// `step`: bytes between taps.
static uint8_t resampled(const uint8_t *in, ptrdiff_t step, const int32_t *weights, int32_t taps) {
  uint32_t sum = 1 << 21;
  for (int32_t t = 0; t < taps; t++) sum += (uint32_t)weights[t] * in[t * step];
  return (uint8_t)clamp((int32_t)sum >> 22, 0, 255);
}

void swl_scalar_resample_horizontal(const swl_resample *r) {
  for (ptrdiff_t row = 0; row < r->rows; row++) {
    for (ptrdiff_t i = 0; i < (ptrdiff_t)r->width * r->channels; i++) {
      ptrdiff_t x = i / r->channels;
      const uint8_t *in = r->in + row * r->in_stride + (ptrdiff_t)r->starts[x] * r->channels + i % r->channels;
      r->out[row * r->out_stride + i] = resampled(in, r->channels, r->weights + x * r->taps, r->taps);
    }
  }
}

void swl_scalar_resample_vertical(const swl_resample *r) {
  for (ptrdiff_t row = 0; row < r->rows; row++) {
    for (ptrdiff_t i = 0; i < (ptrdiff_t)r->width * r->channels; i++) {
      const uint8_t *in = r->in + r->starts[row] * r->in_stride + i;
      r->out[row * r->out_stride + i] = resampled(in, r->in_stride, r->weights + row * r->taps, r->taps);
    }
  }
}

void swl_scalar_frame_rows(const swl_frame_rows *f) {
  enum { BLOCK = 64 };
  for (ptrdiff_t first = 0; first < f->count; first += BLOCK) {
    ptrdiff_t count = f->count - first < BLOCK ? f->count - first : BLOCK;
    uint32_t sums[BLOCK];
    for (ptrdiff_t x = 0; x < count; x++) sums[x] = 1 << 7;
    for (int32_t t = 0; t < f->taps; t++) {
      const uint8_t *in = f->in + t * f->in_stride + first;
      int16_t weight = f->weights[t];
      for (ptrdiff_t x = 0; x < count; x++) sums[x] += (uint32_t)((int16_t)in[x] * weight);
    }
    for (ptrdiff_t x = 0; x < count; x++) f->out[first + x] = (int16_t)clamp((int32_t)sums[x] >> 8, -32768, 32767);
  }
}

void swl_scalar_frame_columns(const swl_frame_columns *f) {
  for (ptrdiff_t x = 0; x < f->count; x++) {
    const int16_t *in = f->in + f->starts[x], *weights = f->weights + x * f->taps;
    uint32_t sum = 1 << 15;
    for (int32_t t = 0; t < f->taps; t++) sum += (uint32_t)(weights[t] * in[t]);
    f->out[x] = (int16_t)clamp((int32_t)sum >> 16, 0, 255 * 16);
  }
}

void swl_scalar_frame_colours(const swl_frame_colours *f) {
  for (ptrdiff_t x = 0; x < f->count; x++) {
    int8_t *out = f->out + (f->channels == 1 ? x : 4 * x);
    for (ptrdiff_t k = 0; k < f->channels; k++) {
      uint32_t sum = (uint32_t)f->offsets[k];
      for (ptrdiff_t c = 0; c < f->components; c++) {
        sum += (uint32_t)f->weights[k * f->components + c] * (uint32_t)f->in[c * f->in_stride + x];
      }
      out[k] = (int8_t)(clamp((int32_t)sum >> 18, 0, 255) - 128);
    }
    if (f->channels == 3) out[3] = -128;
  }
}

int64_t swl_scalar_peak(int64_t iterations) {
  volatile int8_t source = 1;
  volatile int32_t sink;
  uint32_t sum = 0;
  for (int64_t i = 0; i < iterations; i++) sum += (uint32_t)(source * source);
  sink = (int32_t)sum;
  (void)sink;
  return iterations;
}

const swl_kernels swl_scalar = {
    .name = "scalar",
    .features = 0,
    NETWORK_KERNELS(scalar),
    IMAGE_KERNELS(scalar),
};
