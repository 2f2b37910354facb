// Sums, products, requantization and look-ups, for blocks of channels over the width layer.

void KERNEL(requantize)(const swl_requantize *r) {
  const output_range output = range_of_output(r->rule.zero_point, r->rule.low, r->rule.high);
  for (ptrdiff_t i = 0; i < r->channels; i += block_channels) {
    const block_rule rule = rule_of_channels(&r->rule, i);
    for (ptrdiff_t row = 0; row < r->rows; row++) {
      v16 x[2], w[2];
      v32 a[4];
      load_words(r->x + row * r->x_stride + i, r->channels - i, x);
      for (int k = 0; k < 2; k++) multiply_add16(x[k], set16(256), rule.bias + 2 * k, a + 2 * k);
      scale_block(&rule, a, w);
      store8_some(r->out + row * r->out_stride + i, block_to_int8(&output, w), r->channels - i);
    }
  }
}

static void add_words(const int16_t *a, const int16_t *b, int16_t *out, ptrdiff_t count) {
  for (; count > 0; count -= block_channels / 2) {
    store16_some(out, add16_saturating(load16_some(a, count), load16_some(b, count)), count);
    a += block_channels / 2;
    b += block_channels / 2;
    out += block_channels / 2;
  }
}

void KERNEL(add)(const swl_add *s) {
  const output_range output = range_of_output(s->zero_point, s->low, s->high);
  const sum_input first = input_of_sum(s->a_zero_point, s->a_multiplier);
  const sum_input second = input_of_sum(s->b_zero_point, s->b_multiplier);
  for (ptrdiff_t row = 0; row < s->rows; row++) {
    ptrdiff_t a = row * s->a_stride, b = row * s->b_stride, out = row * s->out_stride;
    if (s->is_int16) {
      add_words((const int16_t *)s->a + a, (const int16_t *)s->b + b, (int16_t *)s->out + out, s->channels);
      continue;
    }
    for (ptrdiff_t i = 0; i < s->channels; i += block_channels) {
      v16 u[2], v[2];
      block_addend(&first, load8((const int8_t *)s->a + a + i), u);
      block_addend(&second, load8((const int8_t *)s->b + b + i), v);
      for (int k = 0; k < 2; k++) u[k] = add16_saturating(u[k], v[k]);
      store8_some((int8_t *)s->out + out + i, block_to_int8(&output, u), s->channels - i);
    }
  }
}

void KERNEL(multiply)(const swl_multiply *p) {
  const output_range output = range_of_output(p->zero_point, p->low, p->high);
  const block_rule rule = uniform_rule(p->bias, p->shift, p->multiplier);
  const v16 first = set16(p->a_zero_point), second = set16(p->b_zero_point);
  for (ptrdiff_t row = 0; row < p->rows; row++) {
    const int8_t *left = p->a + row * p->a_stride, *right = p->b + row * p->b_stride;
    for (ptrdiff_t i = 0; i < p->channels; i += block_channels) {
      v16 a[2], b[2], w[2];
      v32 products[4];
      widen8(load8(left + i), a);
      widen8(load8(right + i), b);
      for (int k = 0; k < 2; k++) {
        multiply_add16(subtract16(a[k], first), subtract16(b[k], second), rule.bias + 2 * k, products + 2 * k);
      }
      scale_block(&rule, products, w);
      store8_some(p->out + row * p->out_stride + i, block_to_int8(&output, w), p->channels - i);
    }
  }
}

void KERNEL(lookup)(const swl_lookup *l) {
  const table256 t = load_table256(l->table);
  const int8_t *in = l->in;
  int8_t *out = l->out;
  const ptrdiff_t count = l->count;
  for (ptrdiff_t i = 0; i < count; i += block_channels) {
    store8_some(out + i, look_up256(&t, load8(in + i)), count - i);
  }
}
