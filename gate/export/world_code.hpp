// C that makes the world of a scenario on the machine it runs on, and undoes it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "gate/export/c_text.hpp"
#include "gate/export/export.hpp"
#include "gate/export/world.hpp"

namespace sgproof::gate {

/// Names of the C variables.
class Names {
 public:
  explicit Names(const World& world);

  [[nodiscard]] std::string page(unsigned page) const;      ///< "ram", "peer1"
  [[nodiscard]] std::string device(unsigned device) const;  ///< "dev"
  [[nodiscard]] std::string client(unsigned device) const;  ///< "client", struct pci_dev *
  [[nodiscard]] std::string peer(std::size_t peer) const;   ///< "provider", struct pci_dev *
  [[nodiscard]] std::string bar(std::size_t peer) const;
  [[nodiscard]] std::string resources(std::size_t peer) const;
  [[nodiscard]] std::string bus_offset(unsigned provider) const;

 private:
  [[nodiscard]] std::string numbered(std::string_view name, bool one, std::size_t index) const;
  const World& world_;
  bool one_device_ = false, one_peer_ = false, one_range_ = false;
};

/// Headers that the world needs.
[[nodiscard]] std::set<std::string> world_headers(const World& world);

/// What the machine must have, for people; empty: nothing.
[[nodiscard]] std::vector<std::string> world_needs(const World& world);

/// Variables, helpers, `static const char *build_world(void)`, which returns why this machine will
/// not do or NULL, and `static void release_world(void)`, which may be called after either.
/// `name` is that of devices that are made.
void write_world(CText& out, const World& world, const std::string& name);

}  // namespace sgproof::gate
