// The kernels that every width has from the generic file alone.
#include "elementwise.h"
#include "gather.h"
#include "layer_norm.h"
#include "max_pool.h"
#include "pack.h"
#include "softmax.h"
#include "sums.h"
