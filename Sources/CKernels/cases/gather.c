#include "swiftlet_cases.h"

static void fill(swl_example *e, void *arguments) {
  const ptrdiff_t runs = swl_size(e, "runs", 30, 300), element = swl_pick(e, "element", 1, 4);
  const ptrdiff_t run = swl_size(e, "run", 40, 300), elements = run + swl_pick(e, "beyond", 0, 500);
  const int32_t source_count = swl_pick(e, "sources", 1, 3);
  const void **sources = swl_input(e, source_count * (ptrdiff_t)sizeof *sources, 0);
  for (int32_t i = 0; i < source_count; i++) sources[i] = swl_values(e, 1, elements * element, -128, 127, swl_slack);
  *(swl_gather *)arguments = (swl_gather){
      .sources = sources,
      .source_of_run = source_count > 1 ? swl_values(e, 4, runs, 0, source_count - 1, 0) : NULL,
      .offsets = swl_values(e, 4, runs, 0, elements - run, 0),
      .element_size = (int32_t)element,
      .run_bytes = run * element,
      .runs = runs,
      .out = swl_output(e, 1, runs, run * element, run * element, 0),
  };
}

SWL_CASES(gather, fill, NULL, "runs=784 run=96 beyond=75000", "runs=784 run=32 element=2 beyond=25000",
          "runs=3136 run=1 beyond=3000", "runs=1568 run=48 sources=2 beyond=37000", "runs=196 run=20 beyond=4000")
