// Stands in for a native runner in tests. Every operation of a scenario "returns" with nothing
// observed, unless the `raw` of a NOP says how the process must misbehave.
#include "properties/fake_runner.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "kernel-extract/byte_order.hpp"
#include "kernel-extract/harness/sgp_abi.h"

#ifndef SGP_FAKE_STATUS
#define SGP_FAKE_STATUS SGP_STATUS_COMPLETE
#endif
#ifndef SGP_FAKE_HANGS_ON
#define SGP_FAKE_HANGS_ON SGP_OP_COUNT
#endif

namespace {

#ifdef SGP_FAKE_SWAPS
constexpr std::endian kOrder =
    std::endian::native == std::endian::little ? std::endian::big : std::endian::little;
#else
constexpr std::endian kOrder = std::endian::native;
#endif

bool transfer(int fd, char* data, std::size_t size, bool writing) {
  while (size) {
    const ssize_t n = writing ? write(fd, data, size) : read(fd, data, size);
    if (n <= 0) return false;
    data += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

void misbehave(std::uint64_t how, sgp_report& report) {
  auto* bytes = reinterpret_cast<char*>(&report);
  switch (how) {
    case sgproof::properties::kFakeHang:
      for (;;) pause();
    case sgproof::properties::kFakeAbort:
      (void)raise(SIGABRT);
      break;
    case sgproof::properties::kFakeKilled:
      (void)raise(SIGKILL);
      break;
    case sgproof::properties::kFakeExit:
      _exit(5);
    case sgproof::properties::kFakeGarbage:
      std::memset(&report, 0x5a, sizeof(report));
      transfer(1, bytes, sizeof(report), true);
      break;
    case sgproof::properties::kFakeHalf:
      transfer(1, bytes, sizeof(report) / 2, true);
      _exit(0);
    case sgproof::properties::kFakeHalfHang:
      transfer(1, bytes, sizeof(report) / 2, true);
      for (;;) pause();
    case sgproof::properties::kFakeClose:
      close(0);
      close(1);
      for (;;) pause();
    case sgproof::properties::kFakeUnmodelled:
      (void)std::fputs("unmodelled: pci_read_config_word\n", stderr);
      report.status = SGP_STATUS_UNMODELLED;
      break;
    default:
      break;
  }
}

}  // namespace

int main() {
  using sgproof::in_order;
  static sgp_scenario scenario;
  static sgp_report report;
  while (transfer(0, reinterpret_cast<char*>(&scenario), sizeof(scenario), false)) {
    scenario = in_order(scenario, kOrder);
    if (scenario.magic != SGP_MAGIC_SCENARIO) return 2;  // as native_main.c does
    report = {};
    report.magic = SGP_MAGIC_REPORT;
    report.id = scenario.id;
    report.nents = scenario.nents;
    report.nops = scenario.nops;
    report.world = scenario.world;
    report.status = SGP_FAKE_STATUS;
    report.pages[SGP_MAX_PAGES - 1].pointer = static_cast<sgp_u64>(getpid());
    for (unsigned i = 0; i < scenario.nops; ++i) {
      if (scenario.ops[i].code == SGP_FAKE_HANGS_ON)
        for (;;) pause();
      if (scenario.ops[i].code == SGP_OP_NOP) misbehave(scenario.ops[i].raw, report);
      report.steps[i].done = 1;
    }
    report = in_order(report, kOrder);
    if (!transfer(1, reinterpret_cast<char*>(&report), sizeof(report), true)) return 1;
  }
  return 0;
}
