// The cases of every row of swl_image_kernels.
#include "swiftlet_image_cases.h"
#include "swiftlet_image_kernels.h"

SWL_IMAGE_KERNELS(SWL_DECLARE_CASES, )

const swl_tested_kernel *swl_tested_image_kernels(void) {
  static const swl_tested_kernel kernels[] = {SWL_IMAGE_KERNELS(SWL_TESTED, swl_image_kernels){NULL, 0, 0, NULL}};
  return kernels;
}
