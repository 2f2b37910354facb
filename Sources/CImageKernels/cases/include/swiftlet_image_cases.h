// The cases of image kernels.
#ifndef SWIFTLET_IMAGE_CASES_H
#define SWIFTLET_IMAGE_CASES_H

#include "swiftlet_cases.h"

// The kernels of swl_image_kernels, ended by one without a name.
const swl_tested_kernel *swl_tested_image_kernels(void);

#endif
