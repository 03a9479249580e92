// What the traces of all engines have in common: the part that the scenario fixes.
#pragma once

#include <cstddef>

#include "model/trace.hpp"

namespace sgproof::model {

/// Index of a member of struct sgp_scenario in units of its 64-bit words.
#define SGP_WORD_OF(member) (offsetof(sgp_scenario, member) / sizeof(std::uint64_t))

/// The trace of `scenario` without observations and events. `words.word(i)` gives the i-th 64-bit
/// word of the scenario in domain D; the shape (codes, indices, counts) is taken from `scenario`.
template <class D, class Words>
Trace<D> trace_skeleton(const D& domain, const Facts& facts, const sgp_scenario& scenario,
                        const Words& words) {
  Trace<D> trace{
      &domain,
      &facts,
      static_cast<unsigned>(scenario.nents),
      static_cast<unsigned>(scenario.split),
      static_cast<unsigned>(scenario.nproviders),
      scenario.world.iommu != 0,
      scenario.world.real_dma != 0,
      {},
      {},
      {},
      {},
      words.word(SGP_WORD_OF(world.swiotlb_start)),
      words.word(SGP_WORD_OF(world.swiotlb_end)),
      words.word(SGP_WORD_OF(world.cpu_forwards_p2p)),
      words.word(SGP_WORD_OF(world.two_host_bridges)),
      {words.word(SGP_WORD_OF(world.host_bridge)), words.word(SGP_WORD_OF(world.host_bridge) + 1)},
      words.word(SGP_WORD_OF(world.iommu_granule)),
      words.word(SGP_WORD_OF(world.iommu_one_group)),
      domain.word(0),
      {},
      {}};
  const auto at = [&](std::size_t base, std::size_t member) {
    return words.word(base + member / sizeof(std::uint64_t));
  };
  for (std::size_t d = 0; d < SGP_MAX_DEVICES; ++d) {
    const std::size_t base = SGP_WORD_OF(world.devices) + d * sizeof(sgp_device) / 8;
    trace.devices.push_back(
        {at(base, offsetof(sgp_device, is_pci)), at(base, offsetof(sgp_device, dma_mask)),
         at(base, offsetof(sgp_device, bus_dma_limit)),
         at(base, offsetof(sgp_device, force_bounce)),
         at(base, offsetof(sgp_device, swiotlb_active)), at(base, offsetof(sgp_device, port_acs)),
         at(base, offsetof(sgp_device, max_segment)),
         at(base, offsetof(sgp_device, segment_boundary)),
         at(base, offsetof(sgp_device, untrusted)), at(base, offsetof(sgp_device, min_align)),
         at(base, offsetof(sgp_device, noncoherent))});
  }
  for (std::size_t k = 0; k < SGP_MAX_PROVIDERS; ++k) {
    const std::size_t base = SGP_WORD_OF(world.providers) + k * sizeof(sgp_provider) / 8;
    Provider<D> provider{at(base, offsetof(sgp_provider, cpu_start)),
                         at(base, offsetof(sgp_provider, size)),
                         at(base, offsetof(sgp_provider, bus_start)),
                         at(base, offsetof(sgp_provider, port_acs)),
                         {},
                         {}};
    for (std::size_t d = 0; d < SGP_MAX_DEVICES; ++d) {
      provider.cached_type.push_back(at(base, offsetof(sgp_provider, cached_type) + 8 * d));
      provider.same_switch.push_back(at(base, offsetof(sgp_provider, same_switch) + 8 * d));
    }
    trace.providers.push_back(std::move(provider));
  }
  for (std::size_t i = 0; i < scenario.nents; ++i) {
    const std::size_t base = SGP_WORD_OF(world.prior) + i * sizeof(sgp_prior) / 8;
    trace.priors.push_back({static_cast<unsigned>(scenario.world.prior[i].page),
                            at(base, offsetof(sgp_prior, offset)),
                            at(base, offsetof(sgp_prior, length))});
  }
  for (std::size_t j = 0; j < scenario.npages; ++j)
    trace.pages.push_back({domain.word(0), domain.word(0), domain.word(0)});
  for (std::size_t s = 0; s < scenario.nops; ++s) {
    const sgp_op& op = scenario.ops[s];
    const std::size_t base = SGP_WORD_OF(ops) + s * sizeof(sgp_op) / 8;
    trace.steps.push_back({static_cast<sgp_opcode>(op.code),
                           static_cast<unsigned>(op.device),
                           static_cast<unsigned>(op.entry),
                           static_cast<unsigned>(op.page),
                           at(base, offsetof(sgp_op, offset)),
                           at(base, offsetof(sgp_op, length)),
                           at(base, offsetof(sgp_op, dir)),
                           at(base, offsetof(sgp_op, attrs)),
                           at(base, offsetof(sgp_op, raw)),
                           domain.boolean(false),
                           domain.word(0),
                           domain.word(0),
                           {}});
  }
  return trace;
}

}  // namespace sgproof::model
