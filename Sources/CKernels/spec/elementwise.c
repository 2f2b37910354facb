// Sums, products and look-ups, element by element.
#include "../sets.h"
#include "rule.h"

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

void swl_scalar_lookup(const swl_lookup *l) {
  for (ptrdiff_t i = 0; i < l->count; i++) l->out[i] = l->table[l->in[i] + 128];
}
