// JSON of scenarios and reports. One description of every structure serves writing and reading.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "model/error.hpp"
#include "model/scenario.hpp"

namespace sgproof::model {
namespace {

using nlohmann::json;

constexpr const char* kSchema = "sgproof-trace/1";

[[noreturn]] void refuse(const std::string& pointer, const std::string& why) {
  throw Error(ErrorKind::Input, "SGP-E0205", "trace", fmt::format("{}: {}", pointer, why));
}

/// Visits the named members of the binary structures. `V` writes or reads one value.
template <class V>
void visit(V& v, sgp_device& x) {
  v("is_pci", x.is_pci), v("dma_mask", x.dma_mask), v("bus_dma_limit", x.bus_dma_limit);
  v("force_bounce", x.force_bounce), v("swiotlb_active", x.swiotlb_active);
  v.optional("port_acs", x.port_acs);
  v.optional("max_segment", x.max_segment);
  v.optional("segment_boundary", x.segment_boundary);
  v.optional("untrusted", x.untrusted), v.optional("min_align", x.min_align);
  v.optional("noncoherent", x.noncoherent);
}
template <class V>
void visit(V& v, sgp_provider& x) {
  v("cpu_start", x.cpu_start), v("size", x.size), v("bus_start", x.bus_start);
  v.list("cached_type", x.cached_type, SGP_MAX_DEVICES);
  v.list("same_switch", x.same_switch, SGP_MAX_DEVICES);
  v.optional("port_acs", x.port_acs);
}
template <class V>
void visit(V& v, sgp_page& x) {
  v("kind", x.kind), v("pfn", x.pfn);
}
template <class V>
void visit(V& v, sgp_prior& x) {
  v("page", x.page), v("offset", x.offset), v("length", x.length);
  v("dma_address", x.dma_address), v("dma_length", x.dma_length);
}
template <class V>
void visit(V& v, sgp_op& x) {
  v.code("code", x.code), v("device", x.device), v("entry", x.entry), v("page", x.page);
  v("offset", x.offset), v("length", x.length), v("dir", x.dir), v("attrs", x.attrs);
  v("raw", x.raw);
}
template <class V>
void visit(V& v, sgp_world& x, std::size_t nents, std::size_t npages) {
  v.list("devices", x.devices, SGP_MAX_DEVICES);
  v.list("providers", x.providers, SGP_MAX_PROVIDERS);
  v.list("pages", x.pages, npages);
  v.list("prior", x.prior, nents);
  v("swiotlb_start", x.swiotlb_start), v("swiotlb_end", x.swiotlb_end);
  v("cpu_forwards_p2p", x.cpu_forwards_p2p);
  v.optional("two_host_bridges", x.two_host_bridges);
  v.optional("host_bridge_0", x.host_bridge[0]), v.optional("host_bridge_1", x.host_bridge[1]);
  v.optional("iommu", x.iommu), v.optional("iommu_granule", x.iommu_granule);
  v.optional("iommu_one_group", x.iommu_one_group);
  v.optional("iova_fails_in", x.iova_fails_in);
  v.optional("iommu_fails_in", x.iommu_fails_in), v.optional("iommu_fails_at", x.iommu_fails_at);
  v.optional("iommu_part", x.iommu_part), v.optional("iommu_part_ok", x.iommu_part_ok);
  v.optional("iommu_unmaps_part", x.iommu_unmaps_part);
  v.optional("real_dma", x.real_dma), v.optional("alloc_fails_at", x.alloc_fails_at);
  v.list("choices", x.choices, SGP_MAX_CHOICES);
  v.optional_list("bounce_slots", x.bounce_slots, SGP_MAX_BOUNCED);
}
template <class V>
void visit(V& v, sgp_entry_obs& x) {
  v("page", x.page), v("chain", x.chain), v("offset", x.offset), v("length", x.length);
  v("dma_address", x.dma_address), v("dma_length", x.dma_length), v("is_bus", x.is_bus);
  v("is_chain", x.is_chain), v("is_last", x.is_last);
}
template <class V>
void visit(V& v, sgp_event& x) {
  v("kind", x.kind), v("step", x.step), v("a", x.a), v("b", x.b), v("c", x.c), v("d", x.d);
  v("ret", x.ret);
}
template <class V>
void visit(V& v, sgp_real_page& x) {
  v("pointer", x.pointer), v("phys", x.phys), v("kind", x.kind);
}

class Writer {
 public:
  json out = json::object();
  void operator()(const char* key, const std::uint64_t& value) { out[key] = number(value); }
  void optional(const char* key, const std::uint64_t& value) {
    if (value != 0) (*this)(key, value);
  }
  void code(const char* key, const std::uint64_t& value) {
    out[key] = std::string(opcode_name(value));
  }
  template <class T>
  void list(const char* key, T* items, std::size_t n) {
    json array = json::array();
    for (std::size_t i = 0; i < n; ++i) array.push_back(write(items[i]));
    out[key] = std::move(array);
  }
  void optional_list(const char* key, const std::uint64_t* items, std::size_t n) {
    if (std::any_of(items, items + n, [](std::uint64_t item) { return item != 0; }))
      list(key, items, n);
  }
  template <class T>
  static json write(T& item) {
    if constexpr (std::is_same_v<std::remove_const_t<T>, std::uint64_t>) {
      return number(item);
    } else {
      Writer w;
      visit(w, item);
      return w.out;
    }
  }

 private:
  static json number(std::uint64_t value) {
    if (value < 4096) return value;
    return fmt::format("{:#x}", value);
  }
};

class Reader {
 public:
  Reader(const json& in, std::string pointer) : in_(in), pointer_(std::move(pointer)) {
    if (!in.is_object()) refuse(pointer_, "must be an object");
  }
  void operator()(const char* key, std::uint64_t& value) {
    value = number(get(key), pointer_ + "/" + key);
  }
  /// 0 where it is not said.
  void optional(const char* key, std::uint64_t& value) {
    if (in_.contains(key)) (*this)(key, value);
  }
  void code(const char* key, std::uint64_t& value) {
    const json& name = get(key);
    if (!name.is_string()) refuse(pointer_ + "/" + key, "must be the name of an operation");
    value = opcode_of(name.get<std::string>());
  }
  template <class T>
  void list(const char* key, T* items, std::size_t n) {
    const json& array = get(key);
    const std::string where = pointer_ + "/" + key;
    if (!array.is_array() || array.size() != n)
      refuse(where, fmt::format("must be an array of {} items", n));
    for (std::size_t i = 0; i < n; ++i) read(array[i], items[i], fmt::format("{}/{}", where, i));
  }
  /// Zeroes where it is not said.
  void optional_list(const char* key, std::uint64_t* items, std::size_t n) {
    if (in_.contains(key)) list(key, items, n);
  }
  template <class T>
  static void read(const json& in, T& item, const std::string& pointer) {
    if constexpr (std::is_same_v<T, std::uint64_t> || std::is_same_v<T, sgp_u64>) {
      item = number(in, pointer);
    } else {
      Reader r(in, pointer);
      visit(r, item);
      r.finish();
    }
  }
  const json& get(const char* key) {
    seen_.insert(key);
    const auto it = in_.find(key);
    if (it == in_.end()) refuse(pointer_ + "/" + key, "is missing");
    return *it;
  }
  /// Refuses keys that nobody asked for.
  void finish() const {
    for (const auto& [key, value] : in_.items())
      if (!seen_.contains(key)) refuse(pointer_ + "/" + key, "is not a known key");
  }

 private:
  static std::uint64_t number(const json& in, const std::string& pointer) {
    if (in.is_number_unsigned()) return in.get<std::uint64_t>();
    if (in.is_string()) {
      const auto text = in.get<std::string>();
      std::uint64_t value = 0;
      if (text.starts_with("0x")) {
        const auto* end = text.data() + text.size();
        const auto [p, error] = std::from_chars(text.data() + 2, end, value, 16);
        if (error == std::errc() && p == end && text.size() > 2) return value;
      }
    }
    refuse(pointer, "must be a number from 0, or a string \"0x…\" that fits 64 bits");
  }

  const json& in_;
  std::string pointer_;
  std::set<std::string> seen_;
};

std::uint64_t bounded(std::uint64_t value, std::uint64_t low, std::uint64_t high,
                      const std::string& pointer) {
  if (value < low || value > high) refuse(pointer, fmt::format("must be {} to {}", low, high));
  return value;
}

}  // namespace

json to_json(const sgp_scenario& scenario) {
  sgp_scenario s = scenario;
  Writer w;
  w.out["schema"] = kSchema;
  w("id", s.id), w("nents", s.nents), w("npages", s.npages), w("nproviders", s.nproviders);
  w("split", s.split);
  Writer world;
  visit(world, s.world, s.nents, s.npages);
  w.out["world"] = std::move(world.out);
  w.list("ops", s.ops, s.nops);
  return w.out;
}

json to_json(const sgp_report& report) {
  sgp_report r = report;
  Writer w;
  w("status", r.status);
  json steps = json::array();
  for (std::size_t s = 0; s < std::min<std::size_t>(r.nops, SGP_MAX_OPS); ++s) {
    Writer step;
    step("done", r.steps[s].done), step("ret", r.steps[s].ret);
    step("out_nents", r.steps[s].out_nents);
    step.list("entries", r.steps[s].entries, std::min<std::size_t>(r.nents, SGP_MAX_NENTS));
    steps.push_back(std::move(step.out));
  }
  w.out["steps"] = std::move(steps);
  w.list("events", r.events, std::min<std::size_t>(r.nevents, SGP_MAX_EVENTS));
  w.list("pages", r.pages, SGP_MAX_PAGES);
  Writer world;
  visit(world, r.world, std::min<std::size_t>(r.nents, SGP_MAX_NENTS), SGP_MAX_PAGES);
  w.out["world"] = std::move(world.out);
  return w.out;
}

sgp_scenario scenario_from_json(const json& in) {
  sgp_scenario s{};
  s.magic = SGP_MAGIC_SCENARIO;
  Reader r(in, "");
  const json& schema = r.get("schema");
  if (schema != kSchema) refuse("/schema", fmt::format("must be \"{}\"", kSchema));
  r("id", s.id), r("nents", s.nents), r("npages", s.npages), r("nproviders", s.nproviders);
  r("split", s.split);
  bounded(s.nents, 1, SGP_MAX_NENTS, "/nents");
  bounded(s.npages, 0, SGP_MAX_PAGES, "/npages");
  bounded(s.nproviders, 0, SGP_MAX_PROVIDERS, "/nproviders");
  bounded(s.split, 0, s.nents - 1, "/split");
  Reader world(r.get("world"), "/world");
  visit(world, s.world, s.nents, s.npages);
  world.finish();
  // SGP_IOMMU_CALLS is of proofs: an execution without page tables would be judged by none
  bounded(s.world.iommu, SGP_IOMMU_NONE, SGP_IOMMU_TABLES, "/world/iommu");
  const json& ops = r.get("ops");
  if (!ops.is_array() || ops.size() > SGP_MAX_OPS)
    refuse("/ops", fmt::format("must be an array of at most {} items", SGP_MAX_OPS));
  s.nops = ops.size();
  r.list("ops", s.ops, s.nops);
  const std::uint64_t last_page = s.npages == 0 ? 0 : s.npages - 1;
  for (std::size_t i = 0; i < s.nops; ++i) {
    const std::string where = fmt::format("/ops/{}", i);
    bounded(s.ops[i].device, 0, SGP_MAX_DEVICES - 1, where + "/device");
    bounded(s.ops[i].entry, 0, s.nents - 1, where + "/entry");
    bounded(s.ops[i].page, 0, last_page, where + "/page");
  }
  for (std::size_t i = 0; i < s.nents; ++i)
    bounded(s.world.prior[i].page, 0, last_page, fmt::format("/world/prior/{}/page", i));
  // where the scenario was run, the same file holds what was observed
  if (in.contains("observed")) r.get("observed");
  if (in.contains("about")) r.get("about");
  r.finish();
  return s;
}

}  // namespace sgproof::model
