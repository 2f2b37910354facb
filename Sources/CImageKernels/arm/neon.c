// The image kernels for NEON, and for the sets above it.
#if defined(__aarch64__)
#include "../../CKernels/width/v128_neon.h"

#include "../../CKernels/spec/rule.h"
#include "../sets.h"

#define KERNEL(name) swl_neon_##name

#include "../generic/frame.h"
#include "../generic/resample_horizontal.h"
#include "../generic/resample_vertical.h"

const swl_image_kernels swl_image_neon = {.name = "neon", ALL_IMAGE_KERNELS(neon)};
#endif
