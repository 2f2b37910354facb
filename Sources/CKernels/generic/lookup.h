// Look-ups in a table of 256 entries over the width layer.

void KERNEL(lookup)(const swl_lookup *arguments) {
  const swl_lookup l = *arguments;
  const table256 t = load_table256(l.table);
  ptrdiff_t i = 0;
  for (; i + block_channels <= l.count; i += block_channels) store8(l.out + i, look_up256(&t, load8(l.in + i)));
  if (i < l.count) store8_some(l.out + i, look_up256(&t, load8(l.in + i)), l.count - i);
}
