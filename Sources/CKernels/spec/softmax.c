// The unnormalised softmax.
#include "../sets.h"
#include "rule.h"

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
