#include "swiftlet_cases.h"
#include "swiftlet_image_kernels.h"

static void fill_rows(swl_example *e, void *arguments) {
  const ptrdiff_t taps = swl_pick(e, "taps", 1, 9), count = swl_size(e, "count", 150, 700);
  // Rows may overlap.
  const ptrdiff_t stride = swl_chance(e, "overlap", 4) ? swl_pick(e, "stride", 1, (int32_t)count)
                                                       : count + swl_pick(e, "spare", 0, 20);
  const int is_any = swl_chance(e, "any_weight", 2);
  *(swl_frame_rows *)arguments = (swl_frame_rows){
      .in = swl_values(e, 1, (taps - 1) * stride + count, 0, 255, 0),
      .in_stride = stride,
      .weights = swl_values(e, 2, taps, is_any ? -32768 : -2000, is_any ? 32767 : 8000, 0),
      .taps = (int32_t)taps,
      .count = (int32_t)count,
      .out = swl_output(e, 2, 1, count, count, 0),
  };
}

static void fill_columns(swl_example *e, void *arguments) {
  const ptrdiff_t taps = 16 * swl_pick(e, "taps/16", 1, 4), count = swl_size(e, "count", 70, 300);
  const ptrdiff_t spare = swl_pick(e, "spare", 0, 60);
  const int is_any = swl_chance(e, "any", 2), any_weight = swl_chance(e, "any_weight", 3);
  *(swl_frame_columns *)arguments = (swl_frame_columns){
      .in = swl_values(e, 2, taps + spare, is_any ? -32768 : 0, is_any ? 32767 : 255 << 6, 0),
      .starts = swl_values(e, 4, count, 0, spare, 0),
      .weights = swl_values(e, 2, count * taps, any_weight ? -32768 : -1000, any_weight ? 32767 : 2000, 0),
      .taps = (int32_t)taps,
      .count = (int32_t)count,
      .out = swl_output(e, 2, 1, count, count, 0),
  };
}

static void fill_colours(swl_example *e, void *arguments) {
  const ptrdiff_t components = swl_pick(e, "components", 1, 3), channels = swl_chance(e, "grey", 3) ? 1 : 3;
  const ptrdiff_t count = swl_size(e, "count", 70, 300), stride = count + swl_pick(e, "spare", 0, 20);
  const ptrdiff_t width = channels == 1 ? count : 4 * count;
  const int is_any = swl_chance(e, "any", 4);
  const int64_t limit = is_any ? INT32_MAX : 40000;
  *(swl_frame_colours *)arguments = (swl_frame_colours){
      .in = swl_values(e, 2, (components - 1) * stride + count, is_any ? -32768 : 0, is_any ? 32767 : 4080, 0),
      .in_stride = stride,
      .weights = swl_values(e, 4, channels * components, -limit, limit, 0),
      .offsets = swl_values(e, 4, channels, -limit, limit, 0),
      .components = (int32_t)components,
      .channels = (int32_t)channels,
      .count = (int32_t)count,
      .out = swl_output(e, 1, 1, width, width, 0),
  };
  e->outputs = count;
}

SWL_CASES(frame_rows, fill_rows, NULL, "taps=4 count=1280")
SWL_CASES(frame_columns, fill_columns, NULL, "taps/16=1 count=224 spare=1264", "taps/16=2 count=224 spare=1264")
SWL_CASES(frame_colours, fill_colours, NULL, "components=3 count=224", "components=1 grey=1 count=224")
