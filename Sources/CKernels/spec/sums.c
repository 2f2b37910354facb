// Sums over rows, and the rule on them.
#include "../sets.h"
#include "rule.h"

void swl_scalar_sum_rows8(const swl_sum_rows *s) {
  const int8_t *x = s->x;
  for (ptrdiff_t row = 0; row < s->rows; row++, x += s->stride) {
    for (int32_t i = 0; i < s->channels; i++) s->sums[i] = wrapping_add(s->sums[i], x[i]);
  }
}

void swl_scalar_sum_rows16(const swl_sum_rows *s) {
  const int16_t *x = s->x;
  for (ptrdiff_t row = 0; row < s->rows; row++, x += s->stride) {
    for (int32_t i = 0; i < s->channels; i++) s->sums[i] = wrapping_add(s->sums[i], x[i]);
  }
}

void swl_scalar_requantize_sums(const swl_requantize_sums *r) {
  for (ptrdiff_t i = 0; i < r->channels; i++) {
    epilogue_store(&r->epilogue, &r->rule, rule_scaled(&r->rule, i, r->sums[i]), 0, i);
  }
}
