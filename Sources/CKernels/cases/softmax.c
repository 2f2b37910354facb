#include "swiftlet_cases.h"

static void fill(swl_example *e, void *arguments) {
  const ptrdiff_t rows = swl_pick(e, "rows", 1, 4), columns = swl_size(e, "columns", 70, swl_any(e, 1, 8) > 1 ? 300 : 1500);
  const ptrdiff_t padded = columns + swl_pick(e, "padding", 0, e->shape || swl_any(e, 1, 200) > 1 ? 40 : 40000);
  const ptrdiff_t logits_stride = columns + swl_pick(e, "logits_spare", 0, 20);
  const ptrdiff_t plane_stride = padded + swl_pick(e, "plane_spare", 0, 20);
  const int64_t spread = swl_chance(e, "spread", 2) ? 32768 : 500;
  const int planes = swl_pick(e, "planes", 1, 2);
  *(swl_softmax *)arguments = (swl_softmax){
      .logits = swl_values(e, 2, (rows - 1) * logits_stride + columns, -spread, spread - 1, 0),
      .logits_stride = logits_stride,
      .rows = (int32_t)rows,
      .columns = (int32_t)columns,
      .padded_columns = (int32_t)padded,
      .table = swl_values(e, 2, 64, 0, planes == 2 ? (1 << 14) - 1 : 127, 0),
      .low = swl_output(e, 1, rows, plane_stride, padded, 0),
      .high = planes == 2 ? swl_output(e, 1, rows, plane_stride, padded, 0) : NULL,
      .plane_stride = plane_stride,
      .sums = swl_output(e, 4, 1, rows, rows, 0),
  };
}

SWL_CASES(softmax, fill, NULL, "rows=64 columns=197 padding=3 planes=2", "rows=64 columns=197 padding=3",
          "rows=49 columns=49 padding=3 planes=2")
