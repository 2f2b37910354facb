// A kernel set: the including file defines SET, SET_NAME, TILE_ROWS and TILE_VECTORS and opens its
// target region.
#include "vector.h"
#include "products.h"
#include "rows.h"

const swiftlet_float_kernels SET = {
    .name = SET_NAME,
    .gemm = gemm,
    .window = window,
    .unary = unary,
    .binary = binary,
    .affine = affine,
    .reduce = reduce,
    .accumulate = accumulate,
    .softmax = softmax,
    .layer_norm = layer_norm,
};
