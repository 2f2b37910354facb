// Panels of attention's keys and values.
#include <string.h>

#include "../sets.h"
#include "rule.h"

static const int8_t *row_at(const swl_pack *p, int32_t j) { return p->rows + (p->index ? p->index[j] : j) * p->stride; }

void swl_scalar_pack_rows(const swl_pack *p) {
  int32_t groups = (p->channels + 3) / 4;
  for (int32_t j = 0; j < (p->count + 15) / 16 * 16; j++) {
    const int8_t *row = j < p->count ? row_at(p, j) : NULL;
    for (int32_t group = 0; group < groups; group++) {
      int8_t *four = p->panels + (((ptrdiff_t)(j / 16) * groups + group) * 16 + j % 16) * 4;
      int32_t valid = row ? clamp(p->channels - 4 * group, 0, 4) : 0;
      if (valid == 4) {
        memcpy(four, row + 4 * group, 4);
      } else {
        for (int32_t k = 0; k < 4; k++) four[k] = k < valid ? row[4 * group + k] : 0;
      }
    }
  }
}

void swl_scalar_pack_columns(const swl_pack *p) {
  int32_t groups = (p->count + 3) / 4;
  memset(p->panels, 0, (size_t)((p->channels + 15) / 16) * (size_t)groups * 64);
  for (int32_t j = 0; j < p->count; j++) {
    const int8_t *row = row_at(p, j);
    for (int32_t channel = 0; channel < p->channels; channel++) {
      ptrdiff_t group = (ptrdiff_t)(channel / 16) * groups + j / 4;
      p->panels[(group * 16 + channel % 16) * 4 + j % 4] = row[channel];
    }
  }
}
