// The widths of the width layer whose primitives are tested.
#include "swiftlet_cases.h"

#if defined(__aarch64__)
extern const swl_width swl_width_neon;
#endif

const swl_width *const *swl_widths(void) {
  static const swl_width *const widths[] = {
#if defined(__aarch64__)
      &swl_width_neon,
#endif
      NULL,
  };
  return widths;
}
