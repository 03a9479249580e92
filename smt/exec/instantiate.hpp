// All member definitions of Executor, for the two explicit instantiations.
#pragma once

#include "smt/exec/exec_access.hpp"
#include "smt/exec/exec_bits.hpp"
#include "smt/exec/exec_calls.hpp"
#include "smt/exec/exec_cases.hpp"
#include "smt/exec/exec_compare.hpp"
#include "smt/exec/exec_control.hpp"
#include "smt/exec/exec_inst.hpp"
#include "smt/exec/exec_intrinsics.hpp"
#include "smt/exec/exec_loops.hpp"
#include "smt/exec/exec_memory_inst.hpp"
#include "smt/exec/exec_merge.hpp"
#include "smt/exec/exec_page.hpp"
#include "smt/exec/exec_path.hpp"
#include "smt/exec/exec_resolve.hpp"
#include "smt/exec/exec_run.hpp"
#include "smt/exec/exec_setup.hpp"
