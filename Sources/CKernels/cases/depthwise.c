#include "swiftlet_cases.h"

// Rows of one map, or any of them, for every output row; some are rows of padding.
static const int8_t *const *rows_of(swl_example *e, const swl_depthwise *d, int is_padded) {
  const ptrdiff_t row_bytes = (d->input_width - 1) * d->pixel_stride + d->channels;
  const ptrdiff_t last = (d->height - 1) * d->stride + d->kernel_height - 1;
  const ptrdiff_t map_rows = e->shape ? last + 1 : swl_any(e, 1, 4), count = d->height * d->kernel_height;
  const int8_t *map = swl_values(e, 1, map_rows * row_bytes, -128, 127, swl_slack);
  const int8_t **rows = swl_input(e, count * (ptrdiff_t)sizeof *rows, 0);
  for (ptrdiff_t i = 0; i < count; i++) {
    ptrdiff_t row = i / d->kernel_height * d->stride + i % d->kernel_height;
    if (!e->shape) row = swl_any(e, 0, map_rows - 1);
    rows[i] = is_padded && !e->shape && swl_any(e, 1, 4) == 1 ? NULL : map + row * row_bytes;
  }
  return rows;
}

static const int8_t *weights_of(swl_example *e, ptrdiff_t channels, ptrdiff_t taps) {
  const ptrdiff_t groups = (taps + 3) / 4, count = (channels + 15) / 16 * groups * 64;
  int8_t *weights = swl_values(e, 1, count, -127, 127, 0);
  for (ptrdiff_t i = 0; i < count; i++) {
    if (i / 64 % groups * 4 + i % 4 >= taps) weights[i] = 0;
  }
  return weights;
}

static void fill(swl_example *e, void *arguments) {
  swl_depthwise *d = arguments;
  if (e->shape || swl_chance(e, "usual", 2)) {
    d->kernel_width = d->kernel_height = e->shape ? swl_pick(e, "kernel", 3, 3) : 2 * swl_pick(e, "kernel/2", 1, 3) + 1;
    d->stride = swl_pick(e, "stride", 1, 2);
    d->dilation = 1;
  } else {
    d->kernel_height = swl_size(e, "kernel_height", 8, 35);
    d->kernel_width = swl_size(e, "kernel_width", 8, 29);
    d->stride = swl_size(e, "stride", 3, 40);
    d->dilation = swl_size(e, "dilation", 3, 40);
  }
  d->height = swl_pick(e, "height", 1, 3);
  d->width = swl_size(e, "width", 12, 120);
  d->channels = swl_size(e, "channels", 70, 200);
  d->pixel_stride = d->channels + swl_pick(e, "spare", 0, 20);
  const int32_t span = (d->kernel_width - 1) * d->dilation, reach = (d->width - 1) * d->stride + span + 1;
  const int is_padded = swl_chance(e, "padded", 2);
  d->pad_left = e->shape ? span / 2 : is_padded ? swl_pick(e, "pad_left", 0, span) : 0;
  d->input_width = is_padded ? swl_pick(e, "input_width", 1, reach + 3) : reach + swl_pick(e, "beyond", 0, 3);
  if (e->shape) d->input_width = reach - span;
  d->rows = rows_of(e, d, is_padded);
  d->padding = is_padded || e->shape ? swl_values(e, 1, d->channels, -128, 127, 0) : NULL;
  const ptrdiff_t taps = d->kernel_height * d->kernel_width;
  e->is_prepared = e->shape || swl_chance(e, "prepared", 2);
  d->prepared_channel = e->is_prepared ? 64 * swl_pick(e, "skipped", 0, 2) : 0;
  d->weights = weights_of(e, d->prepared_channel + d->channels, taps) + d->prepared_channel * ((taps + 3) / 4 * 4);
  d->scratch = swl_input(e, 0, e->depthwise_scratch);
  d->rule = swl_any_rule(e, (d->channels + 15) / 16 * 16);
  d->epilogue = swl_any_epilogue(e, (ptrdiff_t)d->height * d->width, d->channels);
  e->products = (int64_t)d->height * d->width * d->channels * d->kernel_height * d->kernel_width;
}

static void prepare(swl_example *e, const swl_kernels *set, void *arguments) {
  swl_depthwise *d = arguments, whole = *d;
  whole.weights -= d->prepared_channel * ((d->kernel_height * d->kernel_width + 3) / 4 * 4);
  whole.channels += d->prepared_channel;
  const ptrdiff_t bytes = e->is_prepared ? set->prepare_depthwise(&whole, NULL) : 0;
  void *prepared = bytes ? swl_input(e, bytes, 0) : NULL;
  if (prepared) {
    set->prepare_depthwise(&whole, prepared);
    swl_seal_last(e);
  }
  d->prepared = prepared;
}

SWL_CASES(depthwise, fill, prepare,
          "kernel=3 stride=1 height=16 width=56 channels=96", "kernel=3 stride=2 height=14 width=28 channels=192",
          "kernel=3 stride=1 height=7 width=7 channels=960 table=1", "kernel=5 stride=1 height=14 width=14 channels=240",
          "kernel=7 stride=1 height=14 width=14 channels=384 int16=1")
