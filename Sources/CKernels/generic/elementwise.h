// Sums, products and requantization over the width layer, block by block: whole blocks, whose count is a constant, then
// what is left.

INLINE void requantize_channels(const swl_requantize *r, ptrdiff_t i, ptrdiff_t count) {
  const output_range output = range_of_output(r->rule.zero_point, r->rule.low, r->rule.high);
  const block_rule rule = rule_of_channels(&r->rule, i, count, of_lanes);
  for (ptrdiff_t row = 0; row < r->rows; row++) {
    v16 x[2], w[2];
    load_words(r->x + row * r->x_stride + i, count, x);
    scale_words(&rule, x, w);
    store8_some(r->out + row * r->out_stride + i, block_to_int8(&output, w, of_lanes), count);
  }
}

void KERNEL(requantize)(const swl_requantize *arguments) {
  const swl_requantize r = *arguments;
  ptrdiff_t i = 0;
  for (; i + block_channels <= r.channels; i += block_channels) requantize_channels(&r, i, block_channels);
  if (i < r.channels) requantize_channels(&r, i, r.channels - i);
}

INLINE void add_words(const int16_t *a, const int16_t *b, int16_t *out, ptrdiff_t count) {
  store16_some(out, add16_saturating(load16_some(a, count), load16_some(b, count)), count);
}

static void add_rows16(const swl_add *s) {
  enum { words = block_channels / 2 };
  for (ptrdiff_t row = 0; row < s->rows; row++) {
    const int16_t *a = (const int16_t *)s->a + row * s->a_stride, *b = (const int16_t *)s->b + row * s->b_stride;
    int16_t *out = (int16_t *)s->out + row * s->out_stride;
    ptrdiff_t i = 0;
    for (; i + words <= s->channels; i += words) add_words(a + i, b + i, out + i, words);
    if (i < s->channels) add_words(a + i, b + i, out + i, s->channels - i);
  }
}

typedef struct {
  sum_input a, b;
  output_range output;
} sum_rule;

INLINE void add_block(const sum_rule *s, const int8_t *a, const int8_t *b, int8_t *out, ptrdiff_t count) {
  v16 u[2], v[2];
  block_addend(&s->a, load8(a), u, of_lanes);
  block_addend(&s->b, load8(b), v, of_lanes);
  for (int k = 0; k < 2; k++) u[k] = add16_saturating(u[k], v[k]);
  store8_some(out, block_to_int8(&s->output, u, of_lanes), count);
}

static void add_rows8(const swl_add *s) {
  const sum_rule rule = {
      .a = input_of_sum(s->a_zero_point, s->a_multiplier),
      .b = input_of_sum(s->b_zero_point, s->b_multiplier),
      .output = range_of_output(s->zero_point, s->low, s->high),
  };
  for (ptrdiff_t row = 0; row < s->rows; row++) {
    const int8_t *a = (const int8_t *)s->a + row * s->a_stride, *b = (const int8_t *)s->b + row * s->b_stride;
    int8_t *out = (int8_t *)s->out + row * s->out_stride;
    ptrdiff_t i = 0;
    for (; i + block_channels <= s->channels; i += block_channels) add_block(&rule, a + i, b + i, out + i, block_channels);
    if (i < s->channels) add_block(&rule, a + i, b + i, out + i, s->channels - i);
  }
}

void KERNEL(add)(const swl_add *arguments) {
  const swl_add s = *arguments;
  if (s.is_int16) return add_rows16(&s);
  add_rows8(&s);
}

typedef struct {
  v16 a_zero_point, b_zero_point;
  block_rule rule;
  output_range output;
} product_rule;

INLINE void multiply_block(const product_rule *p, const int8_t *left, const int8_t *right, int8_t *out, ptrdiff_t count) {
  v16 a[2], b[2], w[2];
  v32 products[4];
  widen8(load8(left), a);
  widen8(load8(right), b);
  for (int k = 0; k < 2; k++) {
    const v16 x = subtract16(a[k], p->a_zero_point), y = subtract16(b[k], p->b_zero_point);
    multiply_add16(x, y, p->rule.bias + 2 * k, products + 2 * k);
  }
  scale_block(&p->rule, products, w);
  store8_some(out, block_to_int8(&p->output, w, of_lanes), count);
}

void KERNEL(multiply)(const swl_multiply *arguments) {
  const swl_multiply p = *arguments;
  const product_rule rule = {
      .a_zero_point = set16(p.a_zero_point),
      .b_zero_point = set16(p.b_zero_point),
      .rule = uniform_rule(p.bias, p.shift, p.multiplier),
      .output = range_of_output(p.zero_point, p.low, p.high),
  };
  for (ptrdiff_t row = 0; row < p.rows; row++) {
    const int8_t *a = p.a + row * p.a_stride, *b = p.b + row * p.b_stride;
    int8_t *out = p.out + row * p.out_stride;
    ptrdiff_t i = 0;
    for (; i + block_channels <= p.channels; i += block_channels) multiply_block(&rule, a + i, b + i, out + i, block_channels);
    if (i < p.channels) multiply_block(&rule, a + i, b + i, out + i, p.channels - i);
  }
}
