#include "smt/exec/instantiate.hpp"

namespace sgproof::exec {
template class Executor<ConcreteDomain>;
}
