// Which sets there are.
#include <string.h>

#include "sets.h"

// A set's base stands behind it.
static swl_image_kernels *const sets[] = {
#if defined(__x86_64__)
    &swl_image_avx512vnni,
    &swl_image_avx2,
#elif defined(__aarch64__)
    &swl_image_neon_dotprod,
    &swl_image_neon,
#endif
#if !defined(__aarch64__)
    &swl_image_portable,
#endif
    &swl_image_scalar,
};
enum { set_count = sizeof sets / sizeof *sets };

__attribute__((constructor)) static void inherit_rows(void) {
  for (int i = set_count - 1; i >= 0; i--) {
    swl_image_kernels *set = sets[i];
    if (!set->base) continue;
    SWL_IMAGE_KERNELS(INHERIT, set)
  }
}

const swl_image_kernels *swl_image_kernels_named(const char *name) {
  for (int i = 0; i < set_count; i++) {
    if (strcmp(sets[i]->name, name) == 0) return sets[i];
  }
  return &swl_image_scalar;
}

const swl_kernel_row *swl_image_kernel_rows(void) {
  static const swl_kernel_row rows[] = {SWL_IMAGE_KERNELS(DESCRIBE, swl_image_kernels){NULL, 0}};
  return rows;
}
