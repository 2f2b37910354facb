#include "sets.h"

#define SET swiftlet_float_portable
#define SET_NAME "portable"
#define TILE_ROWS 6
#define TILE_VECTORS 1
#include "set.h"
