// The image kernels of the sets that have some of their own.
#ifndef SWIFTLET_IMAGE_SETS_H
#define SWIFTLET_IMAGE_SETS_H

#include "../CKernels/rows.h"
#include "swiftlet_image_kernels.h"

#define ALL_IMAGE_KERNELS(set) SWL_IMAGE_KERNELS(OWN, set)

extern const swl_image_kernels swl_image_scalar;
SWL_IMAGE_KERNELS(PROTOTYPE, scalar)

#if defined(__x86_64__)
extern const swl_image_kernels swl_image_avx2;
SWL_IMAGE_KERNELS(PROTOTYPE, avx2)
#endif

#if defined(__aarch64__)
extern const swl_image_kernels swl_image_neon;
SWL_IMAGE_KERNELS(PROTOTYPE, neon)
#else
extern const swl_image_kernels swl_image_portable;
SWL_IMAGE_KERNELS(PROTOTYPE, portable)
#endif

#endif
