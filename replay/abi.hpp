// What the host and the booted kernel exchange: the scenario ABI and the mailbox around it.
#pragma once

#include "kernel-extract/harness/sgp_abi.h"
#include "replay/runner/mailbox.h"
