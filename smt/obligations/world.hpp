// What every run of the executor needs around the scenario: the kernel's `struct page` array.
#pragma once

#include <optional>

#include "model/error.hpp"
#include "model/facts.hpp"

namespace sgproof::smt {

/// Declares the array where pfn_to_page() of the configuration looks for it: at vmemmap_base
/// (SPARSEMEM_VMEMMAP of x86), sgp_page_array (of others, kernel-extract/harness/env_pages.c) or
/// mem_map (FLATMEM), aligned as the kernel aligns it; at `where` if given.
template <class Executor>
void add_page_array(Executor& executor, const model::Facts& facts,
                    std::optional<std::uint64_t> where = std::nullopt) {
  using Bv = typename Executor::Bv;
  const unsigned bits = static_cast<unsigned>(facts.at("WORD_BITS"));
  const std::uint64_t element = facts.at("SIZEOF_PAGE");
  std::uint64_t variable = 0;
  for (const char* name : {"vmemmap_base", "sgp_page_array", "mem_map"})
    if (variable == 0) variable = executor.address_of(name);
  if (variable == 0) return;  // no function of the module looks at pages
  // __VMEMMAP_BASE_L5 (arch/x86/include/asm/pgtable_64_types.h): room for 2^52 bytes of memory
  // and in low memory that the kernel addresses without translation (KSEG0 on MIPS). On ARM64 RAM
  // begins where the array then is at a multiple of 2^42: sums of such a number and an index are
  // disjoint bits, and the last 2 GiB have the executor's functions
  const bool mips = facts.kconfig.contains("MIPS");
  const std::uint64_t usual = facts.values.contains("VMEMMAP_START")
                                  ? facts.at("VMEMMAP_START") & ~((1ULL << 42) - 1)
                              : bits == 64 ? 0xffd4000000000000ULL
                              : mips       ? 0x88000000ULL
                                           : 0xc8000000ULL;
  const std::uint64_t base = where.value_or(usual);
  if (base % facts.at("SMP_CACHE_BYTES") != 0)
    throw Error(ErrorKind::Unsupported, "SGP-E0302", "prove", "the page array is misaligned");
  executor.add_page_array("pages", base, element, bits == 64 ? facts.frames() : 0x400000 / element);
  executor.write(variable, Bv::constant(bits, base));
}

/// Declares the array that lists of any length are in (kernel-extract/harness/any_list.c).
template <class Executor>
void add_list_array(Executor& executor, const model::Facts& facts) {
  const std::uint64_t variable = executor.address_of("sgp_list_array");
  if (variable == 0) return;
  constexpr std::uint64_t kBase = 0xffff900000000000ULL, kSlots = std::uint64_t{1} << 33;
  executor.add_page_array("list", kBase, facts.at("SIZEOF_SCATTERLIST"), kSlots);
  executor.write(variable, Executor::Bv::constant(64, kBase));
}

}  // namespace sgproof::smt
