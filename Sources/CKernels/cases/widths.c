// The widths of the width layer whose primitives are tested.
#include "swiftlet_cases.h"

#if defined(__x86_64__)
extern const swl_width swl_width_avx512, swl_width_avx2;
#endif
#if defined(__aarch64__)
extern const swl_width swl_width_neon;
#else
extern const swl_width swl_width_portable;
#endif

const swl_width *const *swl_widths(void) {
  static const swl_width *const widths[] = {
#if defined(__x86_64__)
      &swl_width_avx512, &swl_width_avx2,
#endif
#if defined(__aarch64__)
      &swl_width_neon,
#else
      &swl_width_portable,
#endif
      NULL,
  };
  return widths;
}
