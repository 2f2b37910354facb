// The portable image kernels.
#if !defined(__aarch64__)
#include "../../CKernels/width/v128_portable.h"

#include "../../CKernels/spec/rule.h"
#include "../sets.h"

#define KERNEL(name) swl_portable_##name

#include "../generic/frame.h"
#include "../generic/resample_horizontal.h"
#include "../generic/resample_vertical.h"

const swl_image_kernels swl_image_portable = {.name = "portable", ALL_IMAGE_KERNELS(portable)};
#endif
