// SPDX-License-Identifier: GPL-2.0
/* Executes scenarios and observes lists. */
#include "main.c"
#include "uses.c"
#include "memory.c"
#include "devices.c"
#include "providers.c"
#include "observe.c"
#include "sg_split.c"
#include "seal.c"
#include "lists.c"
#include "pattern.c"
#include "beside.c"
