// Which sets there are.
#include <string.h>

#include "sets.h"

static const swl_image_kernels *const sets[] = {
#if defined(__x86_64__)
    &swl_image_avx2,
#endif
#if defined(__aarch64__)
    &swl_image_neon,
#else
    &swl_image_portable,
#endif
    &swl_image_scalar,
};

const swl_image_kernels *swl_image_kernels_of(const swl_kernels *set) {
  for (; set; set = set->base) {
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
      if (strcmp(sets[i]->name, set->name) == 0) return sets[i];
    }
  }
  return &swl_image_scalar;
}

const swl_kernel_row *swl_image_kernel_rows(void) {
  static const swl_kernel_row rows[] = {SWL_IMAGE_KERNELS(DESCRIBE, swl_image_kernels){NULL, 0}};
  return rows;
}
