// The set of the specification: plain integer C, normative for every other set.
#include "../sets.h"

const swl_image_kernels swl_image_scalar = {.name = "scalar", ALL_IMAGE_KERNELS(scalar)};
