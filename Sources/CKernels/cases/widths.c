// The vector widths whose primitives are tested.
#include "swiftlet_cases.h"

const swl_width *const *swl_widths(void) {
  static const swl_width *const widths[] = {NULL};
  return widths;
}
