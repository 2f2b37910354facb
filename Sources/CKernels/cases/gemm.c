#include "swiftlet_cases.h"

static void fill(swl_example *e, void *arguments) {
  const ptrdiff_t rows = swl_size(e, "rows", 13, 40), columns = swl_size(e, "columns", 50, 200);
  const ptrdiff_t depth = e->shape ? swl_pick(e, "depth", 4, 4) : 4 * swl_size(e, "depth/4", 12, swl_any(e, 1, 8) > 1 ? 50 : 400);
  const ptrdiff_t stride = depth + swl_pick(e, "a_spare", 0, 30), count = (rows - 1) * stride + depth;
  const ptrdiff_t panels = (columns + 15) / 16, panel_stride = 16 * depth + 64 * swl_pick(e, "b_spare", 0, 2);
  const int per_row = swl_chance(e, "rule_per_row", 3);
  e->is_prepared = e->shape ? !per_row : swl_chance(e, "prepared", 2);
  const ptrdiff_t skipped = e->is_prepared ? swl_pick(e, "skipped", 0, 3) : 0;
  const int planes = 1 + swl_chance(e, "low_plane", 3);
  *(swl_gemm *)arguments = (swl_gemm){
      .a = swl_values(e, 1, count, -128, 127, swl_slack),
      .a_low = planes == 2 ? swl_values(e, 1, count, 0, 127, swl_slack) : NULL,
      .a_stride = stride,
      .rows = (int32_t)rows,
      .depth = (int32_t)depth,
      .b = (int8_t *)swl_values(e, 1, (skipped + panels - 1) * panel_stride + 16 * depth, -127, 127, 0) + skipped * panel_stride,
      .b_panel_stride = panel_stride,
      .columns = (int32_t)columns,
      .prepared_column = 16 * (int32_t)skipped,
      .rule_per_row = per_row,
      .rule = swl_any_rule(e, per_row ? rows : 16 * panels),
      .epilogue = swl_any_epilogue(e, rows, columns),
  };
  e->products = planes * rows * columns * depth;
}

static void prepare(swl_example *e, const swl_kernels *set, void *arguments) {
  swl_gemm *g = arguments, whole = *g;
  whole.b -= g->prepared_column / 16 * g->b_panel_stride;
  whole.columns += g->prepared_column;
  const ptrdiff_t bytes = e->is_prepared ? set->prepare_gemm(&whole, NULL) : 0;
  void *prepared = bytes ? swl_input(e, bytes, 0) : NULL;
  if (prepared) {
    set->prepare_gemm(&whole, prepared);
    swl_seal_last(e);
  }
  g->prepared = prepared;
}

SWL_CASES(gemm, fill, prepare,
          "rows=196 columns=192 depth=192", "rows=196 columns=768 depth=192 table=1",
          "rows=196 columns=192 depth=768 residual=1 int16=1", "rows=196 columns=192 depth=192 low_plane=1",
          "rows=49 columns=384 depth=1536", "rows=3136 columns=32 depth=28",
          "rows=64 columns=197 depth=64 rule_per_row=1 int16=1",
          "rows=64 columns=64 depth=200 rule_per_row=1 low_plane=1", "rows=1 columns=1000 depth=384")
