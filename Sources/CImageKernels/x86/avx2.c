// The image kernels for AVX2, and for the sets above it.
#if defined(__x86_64__)
#include "../sets.h"

swl_image_kernels swl_image_avx2 = {.name = "avx2", .base = &swl_image_scalar, ALL_IMAGE_KERNELS(avx2)};
swl_image_kernels swl_image_avx512vnni = {.name = "avx512vnni", .base = &swl_image_avx2};
#endif
