#include "swiftlet_cases.h"

static void fill_sums(swl_example *e, swl_sum_rows *s, int size) {
  // Many rows now and then: sums of bytes outgrow words.
  const ptrdiff_t rows = swl_size(e, "rows", 20, 600), channels = swl_size(e, "channels", 100, 300);
  const ptrdiff_t stride = channels + swl_pick(e, "spare", 0, 20);
  const int64_t limit = size == 1 ? 1 << 7 : 1 << 15;
  *s = (swl_sum_rows){
      .x = swl_values(e, size, (rows - 1) * stride + channels, -limit, limit - 1, 0),
      .stride = stride,
      .rows = (int32_t)rows,
      .channels = (int32_t)channels,
      .sums = swl_output(e, 4, 1, channels, channels, 0),
  };
  e->outputs = rows * channels;  // what is read is the work
}

static void fill_sums8(swl_example *e, void *arguments) { fill_sums(e, arguments, 1); }
static void fill_sums16(swl_example *e, void *arguments) { fill_sums(e, arguments, 2); }

static void fill_requantize(swl_example *e, void *arguments) {
  const ptrdiff_t channels = swl_size(e, "channels", 100, 300);
  const int64_t limit = INT32_MAX >> (e->shape ? 12 : swl_any(e, 0, 24));
  *(swl_requantize_sums *)arguments = (swl_requantize_sums){
      .sums = swl_values(e, 4, channels, -limit, limit, 0),
      .channels = (int32_t)channels,
      .rule = swl_any_rule(e, (channels + 15) / 16 * 16),
      .epilogue = swl_any_epilogue(e, 1, channels),
  };
}

SWL_CASES(sum_rows8, fill_sums8, NULL, "rows=49 channels=960", "rows=196 channels=384")
SWL_CASES(sum_rows16, fill_sums16, NULL, "rows=49 channels=768", "rows=196 channels=384")
SWL_CASES(requantize_sums, fill_requantize, NULL, "channels=960", "channels=768 int16=1")
