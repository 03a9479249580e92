// Plays QEMU and the booted kernel for tests: reads the mailbox and the bell from the arguments
// that the real one would get, and misbehaves as the word "fake=MODE[:ID]" on the kernel's command
// line says when it comes to the scenario with that id.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "replay/abi.hpp"
#include "replay/record.hpp"

namespace {

using sgproof::replay::seal_of;

/// The text after `key` up to the next comma or blank, from any argument.
std::string find(int argc, char** argv, std::string_view key) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view arg = argv[i];
    const auto at = arg.find(key);
    if (at == std::string_view::npos) continue;
    const auto rest = arg.substr(at + key.size());
    return std::string(rest.substr(0, rest.find_first_of(", ")));
  }
  return {};
}

struct Fake {
  std::string mode;
  std::uint64_t id = ~0ULL;
  int bell = -1;
  std::byte* memory = nullptr;
  sgp_mbox_header* header = nullptr;

  void ring(char c) const {
    if (::write(bell, &c, 1) != 1) std::exit(9);
  }
  sgp_record* record(std::uint64_t i) const {
    return reinterpret_cast<sgp_record*>(memory + header->records_off + i * sizeof(sgp_record));
  }
  const sgp_scenario* scenario(std::uint64_t i) const {
    return reinterpret_cast<const sgp_scenario*>(memory + header->scenarios_off +
                                                 i * sizeof(sgp_scenario));
  }

  [[noreturn]] static void wait_for_ever() {
    for (;;) ::pause();
  }

  void begin(std::uint64_t i) const {
    auto* r = record(i);
    const auto* s = scenario(i);
    r->nonce = header->nonce;
    r->index = i;
    r->state = SGP_RECORD_STARTED;
    r->report.magic = SGP_MAGIC_REPORT;
    r->report.id = s->id;
    r->report.nents = s->nents;
    r->report.nops = s->nops;
    r->report.steps[0].done = 1;
    r->step_seal[0] = seal_of(std::as_bytes(std::span(&r->report.steps[0], 1)));
    r->report.steps[1].done = 1;  // not sealed
    r->magic = SGP_RECORD_MAGIC;
  }

  void end(std::uint64_t i, sgp_status status = SGP_STATUS_COMPLETE) const {
    auto* r = record(i);
    r->report.status = status;
    r->report.steps[1] = {};
    r->state = SGP_RECORD_COMPLETE;
    r->seal = seal_of(*r);
    ++header->next;
  }

  void misbehave(std::uint64_t i) const {
    if (mode == "hang") wait_for_ever();
    if (mode == "die") (void)::raise(SIGKILL);
    if (mode == "panic") {
      (void)std::printf("[    1.0] \033[2JKernel panic - not syncing: because\n");
      (void)std::fflush(stdout);
      std::_Exit(0);
    }
    if (mode == "bug") {
      end(i, SGP_STATUS_STOPPED);
      std::_Exit(0);
    }
    if (mode == "scribble") {
      std::memset(reinterpret_cast<std::byte*>(header), 0xff, 256);
      std::_Exit(0);
    }
    if (mode == "bad-seal") {
      end(i);
      record(i)->report.steps[2].ret ^= 1;
      --header->next;
    }
  }

  int boot() {
    if (mode == "refuse") {
      (void)std::fprintf(stderr, "qemu-system-x86_64: no such device\n");
      return 1;
    }
    if (mode == "never-ready") {
      if (id != 0) wait_for_ever();
      for (;;) ring('?');  // noise on the bell is no sign of life
    }
    header->guest_magic = SGP_GUEST_MAGIC;
    header->word_bits = 64;
    ring(SGP_BELL_READY);
    if (mode == "lie") return (SGP_EXIT_DONE << 1) | 1;
    while (header->next < header->count) {
      const auto i = header->next;
      begin(i);
      if (scenario(i)->id == id) misbehave(i);
      if (mode == "bad-seal" && scenario(i)->id == id)
        ++header->next;
      else
        end(i);
      if (i % 2 == 0) ring(SGP_BELL_SCENARIO);  // not for each, as the runner
    }
    header->state = SGP_MBOX_FINISHED;
    ring(SGP_BELL_DONE);
    return (SGP_EXIT_DONE << 1) | 1;
  }
};

}  // namespace

int main(int argc, char** argv) {
  Fake fake;
  fake.mode = find(argc, argv, "fake=");
  if (const auto colon = fake.mode.find(':'); colon != std::string::npos) {
    std::from_chars(fake.mode.data() + colon + 1, fake.mode.data() + fake.mode.size(), fake.id);
    fake.mode.resize(colon);
  }
  fake.bell = ::open(find(argc, argv, "id=bell,path=").c_str(), O_WRONLY);
  const int memory = ::open(find(argc, argv, "mem-path=").c_str(), O_RDWR);
  if (memory < 0) return 8;
  const auto bytes = static_cast<std::size_t>(::lseek(memory, 0, SEEK_END));
  void* mapped = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
  if (fake.bell < 0 || mapped == MAP_FAILED) return 8;
  fake.memory = static_cast<std::byte*>(mapped);
  fake.header = static_cast<sgp_mbox_header*>(mapped);
  return fake.boot();
}
