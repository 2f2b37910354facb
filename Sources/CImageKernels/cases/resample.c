#include "swiftlet_cases.h"
#include "swiftlet_image_kernels.h"

// Outputs, each of taps among `inputs` pixels or rows; in order where they are timed.
static const int32_t *starts_of(swl_example *e, ptrdiff_t outputs, ptrdiff_t inputs, ptrdiff_t taps) {
  int32_t *starts = swl_input(e, 4 * outputs, 0);
  for (ptrdiff_t i = 0; i < outputs; i++) {
    starts[i] = (int32_t)(e->shape ? i * (inputs - taps) / outputs : swl_any(e, 0, inputs - taps));
  }
  return starts;
}

static void fill(swl_example *e, swl_resample *r, int is_vertical) {
  const ptrdiff_t channels = swl_chance(e, "rgb", 2) ? 3 : 1, taps = 4 * swl_pick(e, "taps/4", 1, 5);
  const ptrdiff_t rows = swl_pick(e, "rows", 1, 20), width = swl_pick(e, "width", 1, 80);
  const ptrdiff_t outputs = is_vertical ? rows : width, inputs = taps + swl_pick(e, "inputs", 0, 50);
  const ptrdiff_t in_rows = is_vertical ? inputs : rows, in_width = (is_vertical ? width : inputs) * channels;
  const ptrdiff_t in_stride = in_width + swl_pick(e, "spare", 0, 20);
  const ptrdiff_t out_stride = width * channels + swl_pick(e, "out_spare", 0, 20);
  const int64_t limit = swl_chance(e, "any_weight", 3) ? 3 << 21 : (3 << 21) / taps;
  *r = (swl_resample){
      .in = swl_values(e, 1, (in_rows - 1) * in_stride + in_width, 0, 255, swl_slack),
      .in_stride = in_stride,
      .starts = starts_of(e, outputs, inputs, taps),
      .weights = swl_values(e, 4, outputs * taps, -limit, limit, 0),
      .taps = (int32_t)taps,
      .channels = (int32_t)channels,
      .rows = (int32_t)rows,
      .width = (int32_t)width,
      .out = swl_output(e, 1, rows, out_stride, width * channels, 0),
      .out_stride = out_stride,
  };
}

static void fill_horizontal(swl_example *e, void *arguments) { fill(e, arguments, 0); }
static void fill_vertical(swl_example *e, void *arguments) { fill(e, arguments, 1); }

SWL_CASES(resample_horizontal, fill_horizontal, NULL, "rgb=1 rows=64 width=256 inputs=620 taps/4=3",
          "rows=64 width=256 inputs=620 taps/4=3")
SWL_CASES(resample_vertical, fill_vertical, NULL, "rgb=1 rows=64 width=256 inputs=160 taps/4=3",
          "rows=64 width=256 inputs=160 taps/4=3")
