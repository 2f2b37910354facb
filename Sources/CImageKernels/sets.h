// The image kernels of each set of this binary. dispatch.c fills the rows that they leave empty, before main.
#ifndef SWIFTLET_IMAGE_SETS_H
#define SWIFTLET_IMAGE_SETS_H

#include "../CKernels/rows.h"
#include "swiftlet_image_kernels.h"

#define ALL_IMAGE_KERNELS(set) SWL_IMAGE_KERNELS(OWN, set)

extern swl_image_kernels swl_image_scalar;
SWL_IMAGE_KERNELS(PROTOTYPE, scalar)

#if defined(__x86_64__)
extern swl_image_kernels swl_image_avx2, swl_image_avx512vnni;
SWL_IMAGE_KERNELS(PROTOTYPE, avx2)
#elif defined(__aarch64__)
extern swl_image_kernels swl_image_neon, swl_image_neon_dotprod;
SWL_IMAGE_KERNELS(PROTOTYPE, neon)
#endif

#if !defined(__aarch64__)
extern swl_image_kernels swl_image_portable;
SWL_IMAGE_KERNELS(PROTOTYPE, portable)
#endif

#endif
