// What every run of the executor needs around the scenario: the kernel's `struct page` array.
#pragma once

#include "model/error.hpp"
#include "model/facts.hpp"

namespace sgproof::smt {

/// Declares the array where pfn_to_page() of the configuration looks for it: at vmemmap_base
/// (SPARSEMEM_VMEMMAP) or mem_map (FLATMEM), aligned as the kernel aligns it.
template <class Executor>
void add_page_array(Executor& executor, const model::Facts& facts) {
  using Bv = typename Executor::Bv;
  const unsigned bits = static_cast<unsigned>(facts.at("WORD_BITS"));
  const std::uint64_t element = facts.at("SIZEOF_PAGE");
  const bool vmemmap = executor.address_of("vmemmap_base") != 0;
  const std::uint64_t variable =
      vmemmap ? executor.address_of("vmemmap_base") : executor.address_of("mem_map");
  if (variable == 0) return;  // no function of the module looks at pages
  // __VMEMMAP_BASE_L5 (arch/x86/include/asm/pgtable_64_types.h): room for 2^52 bytes of memory
  // and in low memory that the kernel addresses without translation (KSEG0 on MIPS)
  const bool mips = facts.kconfig.contains("MIPS");
  const std::uint64_t base = bits == 64 ? 0xffd4000000000000ULL
                             : mips     ? 0x88000000ULL
                                        : 0xc8000000ULL;
  const std::uint64_t count = bits == 64 ? std::uint64_t{1} << 40 : std::uint64_t{1} << 20;
  if (base % facts.at("SMP_CACHE_BYTES") != 0)
    throw Error(ErrorKind::Unsupported, "SGP-E0302", "prove", "the page array is misaligned");
  executor.add_page_array("pages", base, element, bits == 64 ? count : 0x400000 / element);
  executor.write(variable, Bv::constant(bits, base));
}

}  // namespace sgproof::smt
