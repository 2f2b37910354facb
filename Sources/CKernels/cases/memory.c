// Random arguments in guarded memory.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "swiftlet_cases.h"

// SplitMix64: the same cases on every machine.
static uint64_t next(swl_example *e) {
  uint64_t z = e->state += 0x9E3779B97F4A7C15;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

int64_t swl_any(swl_example *e, int64_t low, int64_t high) {
  uint64_t range = (uint64_t)high - (uint64_t)low + 1;
  return (int64_t)((uint64_t)low + (range ? next(e) % range : next(e)));
}

// The value of "name=value" in a shape.
static int32_t named(const char *shape, const char *name, int32_t otherwise) {
  size_t length = strlen(name);
  for (const char *at = shape; (at = strstr(at, name)); at += length) {
    if ((at == shape || at[-1] == ' ') && at[length] == '=') return (int32_t)strtol(at + length + 1, NULL, 10);
  }
  return otherwise;
}

static int32_t chosen(swl_example *e, const char *name, int32_t value) {
  size_t used = strlen(e->choices);
  snprintf(e->choices + used, sizeof e->choices - used, "%s%s=%d", used ? " " : "", name, value);
  return value;
}

int32_t swl_pick(swl_example *e, const char *name, int32_t low, int32_t high) {
  if (e->shape) return named(e->shape, name, low);
  return chosen(e, name, (int32_t)swl_any(e, low, high));
}

int32_t swl_size(swl_example *e, const char *name, int32_t usual, int32_t rare) {
  return swl_pick(e, name, 1, swl_any(e, 1, 8) == 1 ? rare : usual);
}

int swl_chance(swl_example *e, const char *name, int32_t times) {
  if (e->shape) return named(e->shape, name, 0);
  return chosen(e, name, swl_any(e, 1, times) == 1);
}

static void fill(swl_example *e, char *p, size_t bytes) {
  for (; bytes >= 8; bytes -= 8, p += 8) memcpy(p, &(uint64_t){next(e)}, 8);
  memcpy(p, &(uint64_t){next(e)}, bytes);
}

static void fail(const char *what) {
  perror(what);
  exit(2);
}

// At least so many bytes between two pages that may not be touched.
static void map(swl_block *b, size_t bytes, size_t page) {
  if (b->mapped) munmap(b->mapping, b->mapped);
  b->mapped = ((bytes > 1 << 16 ? bytes : 1 << 16) + page - 1) / page * page + 2 * page;
  b->mapping = mmap(NULL, b->mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (b->mapping == MAP_FAILED) fail("mmap");
  if (mprotect(b->mapping + page, b->mapped - 2 * page, PROT_READ | PROT_WRITE)) fail("mprotect");
  b->initial = realloc(b->initial, b->mapped);
  b->expected = realloc(b->expected, b->mapped);
  if (!b->initial || !b->expected) fail("realloc");
}

static swl_block *block(swl_example *e, ptrdiff_t size, ptrdiff_t slack, int is_output) {
  enum { canary = 64, steps = 31 };
  const size_t page = (size_t)getpagesize(), bytes = (size_t)size, whole = bytes + (size_t)slack;
  const int number = e->block_count++;
  swl_block *b = e->blocks + number;
  if (b->mapped < whole + 3 * page) map(b, whole + page, page);
  b->bytes = bytes;
  b->slack = is_output ? 0 : (size_t)slack;
  b->rows = 0;
  b->before = 0;
  b->behind = is_output ? (size_t)slack : 0;
  if (e->shape) {
    // Timed as at run time: at multiples of 64, each elsewhere in its page.
    b->base = b->mapping + page + number * 13 % steps * 64;
  } else if (e->at_end) {
    b->base = b->mapping + b->mapped - page - whole;
    if (is_output) b->before = canary;
  } else {
    b->base = b->mapping + page;
    if (is_output) b->behind += canary;
  }
  fill(e, b->base - b->before, b->before + b->bytes + b->behind + b->slack);
  return b;
}

void *swl_input(swl_example *e, ptrdiff_t bytes, ptrdiff_t slack) { return block(e, bytes, slack, 0)->base; }

void *swl_output(swl_example *e, int size, ptrdiff_t rows, ptrdiff_t stride, ptrdiff_t width, ptrdiff_t slack) {
  swl_block *b = block(e, ((rows - 1) * stride + width) * size, slack, 1);
  b->rows = (size_t)rows;
  b->stride = (size_t)(stride * size);
  b->width = (size_t)(width * size);
  if (!e->outputs) e->outputs = rows * width;
  return b->base;
}

void *swl_values(swl_example *e, int size, ptrdiff_t count, int64_t low, int64_t high, ptrdiff_t slack) {
  char *p = swl_input(e, count * size, slack);
  const int kind = e->shape ? 7 : (int)swl_any(e, 0, 7);
  for (ptrdiff_t i = 0; i < count; i++) {
    int64_t value;
    switch (kind) {
      case 0: value = low; break;
      case 1: value = high; break;
      case 2: value = i % 2 ? high : low; break;
      case 3: value = next(e) % 2 ? high : low; break;
      default: value = swl_any(e, low, high);
    }
    // Little-endian, as every machine that the kernels run on.
    memcpy(p + i * size, &value, (size_t)size);
  }
  return p;
}

void swl_begin(swl_example *e, uint64_t seed, const char *shape) {
  e->state = seed;
  e->shape = shape;
  e->choices[0] = 0;
  if (shape) snprintf(e->choices, sizeof e->choices, "%s", shape);
  e->outputs = e->products = 0;
  e->block_count = 0;
  e->is_prepared = 0;
  e->at_end = swl_any(e, 1, 4) > 1;
}

static void seal(const swl_block *b) { memcpy(b->initial, b->base - b->before, b->before + b->bytes + b->behind); }

void swl_seal(swl_example *e) {
  for (swl_block *b = e->blocks; b < e->blocks + e->block_count; b++) seal(b);
}

void swl_seal_last(swl_example *e) { seal(e->blocks + e->block_count - 1); }

void swl_restore(swl_example *e) {
  for (swl_block *b = e->blocks; b < e->blocks + e->block_count; b++) {
    if (b->rows) memcpy(b->base - b->before, b->initial, b->before + b->bytes + b->behind);
    fill(e, b->base + b->bytes, b->slack);
  }
}

// What was changed that is no output's.
static const char *changed(const swl_example *e) {
  for (const swl_block *b = e->blocks; b < e->blocks + e->block_count; b++) {
    if (!b->rows && memcmp(b->base, b->initial, b->bytes)) return "an input is changed";
    if (!b->rows) continue;
    for (size_t i = 0; i < b->before + b->bytes + b->behind; i++) {
      size_t at = i - b->before;
      int is_own = i >= b->before && at < b->bytes && at % b->stride < b->width;
      if (!is_own && b->base[(ptrdiff_t)at] != b->initial[i]) return "bytes around the output are changed";
    }
  }
  return NULL;
}

const char *swl_expect(swl_example *e) {
  for (swl_block *b = e->blocks; b < e->blocks + e->block_count; b++) {
    if (b->rows) memcpy(b->expected, b->base, b->bytes);
  }
  return changed(e);
}

const char *swl_problem(swl_example *e) {
  static char text[160];
  for (const swl_block *b = e->blocks; b < e->blocks + e->block_count; b++) {
    for (size_t i = 0; b->rows && i < b->bytes; i++) {
      if (b->base[i] == b->expected[i] || i % b->stride >= b->width) continue;
      snprintf(text, sizeof text, "byte %zu of row %zu is %d, not %d", i % b->stride, i / b->stride, b->base[i],
               b->expected[i]);
      return text;
    }
  }
  return changed(e);
}
