#include "swiftlet_cases.h"

static void fill(swl_example *e, swl_pack *p, int by_columns) {
  const ptrdiff_t count = swl_size(e, "count", 70, 300), channels = swl_size(e, "channels", 70, 150);
  const ptrdiff_t stride = channels + swl_pick(e, "spare", 0, 20);
  const ptrdiff_t outer = by_columns ? channels : count, inner = by_columns ? count : channels;
  const ptrdiff_t panels = (outer + 15) / 16, size = panels * ((inner + 3) / 4) * 64;
  *p = (swl_pack){
      .rows = swl_values(e, 1, (count - 1) * stride + channels, -128, 127, swl_slack),
      .stride = stride,
      .index = swl_chance(e, "index", 2) ? swl_values(e, 4, count, 0, count - 1, 0) : NULL,
      .count = (int32_t)count,
      .channels = (int32_t)channels,
      .panels = swl_output(e, 1, 1, size, size, 0),
  };
}

static void fill_rows(swl_example *e, void *arguments) { fill(e, arguments, 0); }
static void fill_columns(swl_example *e, void *arguments) { fill(e, arguments, 1); }

SWL_CASES(pack_rows, fill_rows, NULL, "count=197 channels=64 spare=512", "count=49 channels=32 spare=352 index=1")
SWL_CASES(pack_columns, fill_columns, NULL, "count=197 channels=64 spare=512", "count=49 channels=32 spare=352 index=1")
