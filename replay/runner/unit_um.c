// SPDX-License-Identifier: GPL-2.0
/* What is different on User Mode Linux, which has no kprobes. */
#include "link_um.c"
#include "um_symbols.c"
#include "um_probes.c"
#include "table_watch.c"
#include "um_hooks.c"
