// SPDX-License-Identifier: GPL-2.0
/* What kprobes observe and change. */
#include "link_pc.c"
#include "kallsyms.c"
#include "guard.c"
#include "probes.c"
#include "debug_probes.c"
#include "table_watch.c"
#include "table_probes.c"
#include "references.c"
