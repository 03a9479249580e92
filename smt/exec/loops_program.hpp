// A small program around a loop over a list of any length, for tests: the harness's any_list.c with
// what it needs of a kernel.
#pragma once

#include <string>

namespace sgproof::exec {

/// Bitcode of f(offset of the other entry, offset of the observed one): builds the list, calls
/// `subject`, which defines `static long subject(struct scatterlist *sgl, int nents)`, and tells an
/// event: what the observed entry then has as dma_length and offset, the result, the entry's
/// position, the number of entries. Throws std::runtime_error with what clang says.
std::string program_with(const std::string& subject);

}  // namespace sgproof::exec
