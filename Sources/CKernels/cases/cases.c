// The cases of every row of swl_kernels.
#include "swiftlet_cases.h"

SWL_KERNELS(SWL_DECLARE_CASES, )

const swl_tested_kernel *swl_tested_kernels(void) {
  static const swl_tested_kernel kernels[] = {SWL_KERNELS(SWL_TESTED, swl_kernels){NULL, 0, 0, NULL}};
  return kernels;
}
