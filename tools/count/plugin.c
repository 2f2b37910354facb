// Counts the instructions that a program executes under qemu-user 7.2, by symbol.
//
//   -plugin plugin.so,out=FILE,symbol=NAME      or  syscall=NUMBER
//
// An inference is a call of the function, from its first instruction to its return, or what lies between two of the system call.
// All are counted but the first. FILE gets their number, then a line for each symbol: count, tab, name. Exact for programs of one
// thread; the function is one that a bl instruction calls.

#include <inttypes.h>
#include <search.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The part of qemu's plugin interface, version 1, that is used here; Debian packages no header of it.
typedef uint64_t plugin_id;
struct block;
struct instruction;
enum { ADD = 0, NO_REGISTERS = 0 };
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, void (*)(plugin_id, struct block *));
void qemu_plugin_register_atexit_cb(plugin_id, void (*)(plugin_id, void *), void *);
size_t qemu_plugin_tb_n_insns(const struct block *);
struct instruction *qemu_plugin_tb_get_insn(const struct block *, size_t);
const char *qemu_plugin_insn_symbol(const struct instruction *);
uint64_t qemu_plugin_insn_vaddr(const struct instruction *);
const void *qemu_plugin_insn_data(const struct instruction *);
size_t qemu_plugin_insn_size(const struct instruction *);
void qemu_plugin_register_vcpu_insn_exec_cb(struct instruction *, void (*)(unsigned, void *), int, void *);
void qemu_plugin_register_vcpu_insn_exec_inline(struct instruction *, int, void *, uint64_t);
typedef void system_call(plugin_id, unsigned, int64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);
void qemu_plugin_register_vcpu_syscall_cb(plugin_id, system_call *);

#define EXPORT __attribute__((visibility("default")))
EXPORT int qemu_plugin_version = 1;

struct symbol {
  const char *name;
  uint64_t count, begin, counted; // in all, up to this inference, in the inferences
  struct symbol *next;
};
struct call {
  uint64_t back, target;
};
static struct symbol *symbols;
static const char *path, *function;
static int64_t number = -1;
static uint64_t entry, calls, inferences;

static int by_name(const void *a, const void *b) {
  return strcmp(((const struct symbol *)a)->name, ((const struct symbol *)b)->name);
}

static struct symbol *find(const char *name) {
  static void *tree;
  struct symbol key = {.name = name};
  struct symbol **found = tfind(&key, &tree, by_name);
  if (found) return *found;
  struct symbol *it = calloc(1, sizeof *it);
  if (!it || !(it->name = strdup(name)) || !tsearch(it, &tree, by_name)) abort();
  it->next = symbols;
  return symbols = it;
}

static int by_return(const void *a, const void *b) {
  const uint64_t left = ((const struct call *)a)->back, right = ((const struct call *)b)->back;
  return (left > right) - (left < right);
}

// Whether the instruction behind a call of the function has this address; remembers the call that ends a block.
static bool is_return(uint64_t address, const struct instruction *last) {
  static void *tree;
  const struct call key = {.back = address};
  struct call **found = tfind(&key, &tree, by_return);
  uint32_t code;
  if (qemu_plugin_insn_size(last) == sizeof code) {
    memcpy(&code, qemu_plugin_insn_data(last), sizeof code);
    if (code >> 26 == 0x25) { // bl
      struct call *it = malloc(sizeof *it);
      if (!it) abort();
      it->back = qemu_plugin_insn_vaddr(last) + 4;
      it->target = it->back - 4 + (uint64_t)((int64_t)((uint64_t)code << 38) >> 36);
      if (!tsearch(it, &tree, by_return)) abort();
    }
  }
  return found && entry && (*found)->target == entry;
}

static void begin(unsigned cpu, void *unused) {
  (void)cpu, (void)unused;
  calls++;
  for (struct symbol *it = symbols; it; it = it->next) it->begin = it->count;
}

static void end(unsigned cpu, void *unused) {
  (void)cpu, (void)unused;
  if (calls < 2) return;
  inferences++;
  for (struct symbol *it = symbols; it; it = it->next) it->counted += it->count - it->begin;
}

static void called_system(plugin_id id, unsigned cpu, int64_t it, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
                          uint64_t f, uint64_t g, uint64_t h) {
  (void)id, (void)a, (void)b, (void)c, (void)d, (void)e, (void)f, (void)g, (void)h;
  if (it != number) return;
  end(cpu, NULL);
  begin(cpu, NULL);
}

static const char *name_of(const struct instruction *instruction) {
  const char *name = qemu_plugin_insn_symbol(instruction);
  return name && *name ? name : "?";
}

static void translated(plugin_id id, struct block *block) {
  (void)id;
  const size_t count = qemu_plugin_tb_n_insns(block);
  struct instruction *head = qemu_plugin_tb_get_insn(block, 0), *last = qemu_plugin_tb_get_insn(block, count - 1);
  if (function && is_return(qemu_plugin_insn_vaddr(head), last))
    qemu_plugin_register_vcpu_insn_exec_cb(head, end, NO_REGISTERS, NULL);
  for (size_t start = 0, end; start < count; start = end) {
    struct instruction *first = qemu_plugin_tb_get_insn(block, start);
    const char *name = name_of(first);
    for (end = start + 1; end < count && !strcmp(name_of(qemu_plugin_tb_get_insn(block, end)), name); end++) {}
    if (function && !strcmp(name, function)) {
      const uint64_t address = qemu_plugin_insn_vaddr(first);
      if (!entry) entry = address; // the first instruction of a function is the first to be translated
      if (address == entry) qemu_plugin_register_vcpu_insn_exec_cb(first, begin, NO_REGISTERS, NULL);
    }
    qemu_plugin_register_vcpu_insn_exec_inline(first, ADD, &find(name)->count, end - start);
  }
}

static void finished(plugin_id id, void *unused) {
  (void)id, (void)unused;
  FILE *file = fopen(path, "w");
  if (!file) return perror(path);
  fprintf(file, "%" PRIu64 "\n", inferences);
  for (const struct symbol *it = symbols; it; it = it->next)
    if (it->counted) fprintf(file, "%" PRIu64 "\t%s\n", it->counted, it->name);
  if (fclose(file)) perror(path);
}

EXPORT int qemu_plugin_install(plugin_id id, const void *host, int count, char **arguments) {
  (void)host;
  for (int i = 0; i < count; i++) {
    if (!strncmp(arguments[i], "out=", 4)) path = strdup(arguments[i] + 4);
    if (!strncmp(arguments[i], "symbol=", 7)) function = strdup(arguments[i] + 7);
    if (!strncmp(arguments[i], "syscall=", 8)) number = atoll(arguments[i] + 8);
  }
  if (!path) return fprintf(stderr, "plugin.c: out=FILE is missing\n");
  qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
  if (number >= 0) qemu_plugin_register_vcpu_syscall_cb(id, called_system);
  qemu_plugin_register_atexit_cb(id, finished, NULL);
  return 0;
}
