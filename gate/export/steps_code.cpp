#include "gate/export/steps_code.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "gate/export/selection.hpp"
#include "model/invariants/context.hpp"

namespace sgproof::gate {
namespace {

bool is_map(std::uint64_t code) { return code == SGP_OP_MAP_SG || code == SGP_OP_MAP_SGTABLE; }

/// "sgl[0]"; the second table of a chained list is "more".
std::string entry_text(const sgp_scenario& s, std::uint64_t i) {
  if (s.split == 0 || i < s.split) return fmt::format("sgl[{}]", i);
  return fmt::format("more[{}]", i - s.split);
}

std::string pointer_text(std::uint64_t raw, std::string_view type) {
  return raw == 0 ? "NULL" : fmt::format("({} *){:#x}UL", type, raw);
}

/// A function call in pieces, for wrapping.
struct Call {
  std::string head;
  std::vector<std::string> arguments;
  [[nodiscard]] std::string text() const {
    return fmt::format("{}({})", head, fmt::join(arguments, ", "));
  }
};

class Caller {
 public:
  Caller(const sgp_scenario& s, const Names& names, const Accessors& accessors)
      : s_(s), n_(names), a_(accessors) {}

  [[nodiscard]] std::vector<Call> of(unsigned step) const {
    const sgp_op& op = s_.ops[step];
    const auto entry = "&" + entry_text(s_, op.entry);
    switch (op.code) {
      case SGP_OP_INIT:
        return init();
      case SGP_OP_PRIOR: {
        const sgp_prior& p = s_.world.prior[op.entry];
        return {{"sg_set_page",
                 {entry, n_.page(static_cast<unsigned>(p.page)), c_number(p.length),
                  c_number(p.offset)}}};
      }
      case SGP_OP_SET_PAGE:
        return {{"sg_set_page",
                 {entry, n_.page(static_cast<unsigned>(op.page)), c_number(op.length),
                  c_number(op.offset)}}};
      case SGP_OP_ASSIGN_PAGE:
        return {{"sg_assign_page", {entry, n_.page(static_cast<unsigned>(op.page))}}};
      case SGP_OP_ASSIGN_RAW:
        return {{"sg_assign_page", {entry, pointer_text(op.raw, "struct page")}}};
      case SGP_OP_MARK_END:
        return {{"sg_mark_end", {entry}}};
      case SGP_OP_UNMARK_END:
        return {{"sg_unmark_end", {entry}}};
      case SGP_OP_CHAIN:
        return {{"sg_chain", {entry, "1", pointer_text(op.raw, "struct scatterlist")}}};
      case SGP_OP_MARK_BUS:
        return {{a_.mark_bus, {entry}}};
      case SGP_OP_UNMARK_BUS:
        return {{a_.unmark_bus, {entry}}};
      case SGP_OP_MAP_SGTABLE:
        return {{"dma_map_sgtable",
                 {n_.device(static_cast<unsigned>(op.device)), "&sgt", c_direction(op.dir),
                  c_attributes(op.attrs)}}};
      case SGP_OP_MAP_SG:
        return {on_list("dma_map_sg", op)};
      case SGP_OP_UNMAP:
        return {unmapping(op, map_before(step))};
      case SGP_OP_SYNC_CPU:
        return {on_list("dma_sync_sg_for_cpu", op)};
      case SGP_OP_SYNC_DEVICE:
        return {on_list("dma_sync_sg_for_device", op)};
      case SGP_OP_SYNC_PART_CPU:
        return {on_part("dma_sync_single_range_for_cpu", op)};
      case SGP_OP_SYNC_PART_DEVICE:
        return {on_part("dma_sync_single_range_for_device", op)};
      default:
        return {};
    }
  }

  /// dma_map_sg(), or dma_map_sg_attrs() where there are attributes.
  [[nodiscard]] Call on_list(const std::string& name, const sgp_op& op) const {
    Call call{name,
              {n_.device(static_cast<unsigned>(op.device)), "sgl", fmt::format("{}", s_.nents),
               c_direction(op.dir)}};
    if (op.attrs != 0) {
      call.head += "_attrs";
      call.arguments.push_back(c_attributes(op.attrs));
    }
    return call;
  }

  /// Undoes a map call of that kind; `op` has the arguments.
  [[nodiscard]] Call unmapping(const sgp_op& op, std::uint64_t map_code) const {
    if (map_code != SGP_OP_MAP_SGTABLE) return on_list("dma_unmap_sg", op);
    return {"dma_unmap_sgtable",
            {n_.device(static_cast<unsigned>(op.device)), "&sgt", c_direction(op.dir),
             c_attributes(op.attrs)}};
  }

  [[nodiscard]] Call on_part(const std::string& name, const sgp_op& op) const {
    return {name,
            {n_.device(static_cast<unsigned>(op.device)),
             fmt::format("sg_dma_address(&{})", entry_text(s_, op.entry)), c_number(op.offset),
             c_number(op.length), c_direction(op.dir)}};
  }

 private:
  [[nodiscard]] std::uint64_t map_before(unsigned step) const {
    while (step-- > 0)
      if (is_map(s_.ops[step].code)) return s_.ops[step].code;
    return SGP_OP_NOP;
  }

  [[nodiscard]] std::vector<Call> init() const {
    if (s_.split == 0) return {{"sg_init_table", {"sgl", fmt::format("{}", s_.nents)}}};
    const auto first = fmt::format("{}", s_.split + 1);
    return {{"sg_init_table", {"sgl", first}},
            {"sg_init_table", {"more", fmt::format("{}", s_.nents - s_.split)}},
            {"sg_chain", {"sgl", first, "more"}}};
  }

  const sgp_scenario& s_;
  const Names& n_;
  const Accessors& a_;
};

class StepsWriter {
 public:
  StepsWriter(CText& out, const StepsRequest& request)
      : out_(out),
        q_(request),
        s_(request.trace.scenario),
        n_(request.world),
        caller_(s_, n_, request.accessors) {}

  void write() {
    declare();
    for (unsigned s = 0; s < s_.nops; ++s) step(s);
    leave_unmapped();
  }

 private:
  [[nodiscard]] bool any(auto&& what) const {
    for (unsigned s = 0; s < s_.nops; ++s)
      if (what(s)) return true;
    return false;
  }

  void declare() {
    const auto code = [&](unsigned s) { return s_.ops[s].code; };
    const std::uint64_t first = s_.split != 0 ? s_.split + 1 : s_.nents;
    out_.line(1, fmt::format("struct scatterlist sgl[{}];", first));
    if (s_.split != 0)
      out_.line(1, fmt::format("struct scatterlist more[{}];", s_.nents - s_.split));
    if (any([&](unsigned s) { return code(s) == SGP_OP_MAP_SGTABLE; }))
      out_.line(
          1, fmt::format("struct sg_table sgt = {{ .sgl = sgl, .nents = {0}, .orig_nents = {0} }};",
                         s_.nents));
    const bool keeps = any([&](unsigned s) {
      return is_map(code(s)) && (q_.style == Style::Module || !q_.reference.steps[s].mapped);
    });
    if (keeps) out_.line(1, "int ret;");
    out_.blank();
    out_.comment(1, {"Who allocates a table does not clear it."});
    out_.line(1, "memset(sgl, 0xa5, sizeof(sgl));");
    if (s_.split != 0) out_.line(1, "memset(more, 0xa5, sizeof(more));");
    out_.blank();
  }

  void step(unsigned s) {
    const sgp_op& op = s_.ops[s];
    if (op.code == SGP_OP_NOP) return;
    const StepState& state = q_.reference.steps[s];
    if (undoes_or_syncs(op.code) && !state.mapped) return;  // the map call had to fail
    if (gap_) out_.blank();
    if (is_map(op.code)) {
      map(s, state);
    } else {
      if (op.code == SGP_OP_PRIOR) out_.comment(1, {"What an earlier use of the entry left."});
      for (const Call& call : caller_.of(s)) out_.call(1, call.head, call.arguments);
      if (op.code == SGP_OP_PRIOR) prior(op);
    }
    if (op.code == SGP_OP_UNMAP) mapped_by_.reset();
    gap_ = false;
    for (const Assertion& a : q_.assertions)
      if (a.step == s && a.field != "return value") gap_ |= assert_one(a, state);
    if (is_map(op.code) && !state.mapped) {
      undo(op);
      gap_ = true;
    }
  }

  void prior(const sgp_op& op) {
    const sgp_prior& p = s_.world.prior[op.entry];
    const auto entry = "&" + entry_text(s_, op.entry);
    if (p.dma_address != 0)
      out_.line(1, fmt::format("sg_dma_address({}) = {};", entry, c_wide(p.dma_address)));
    if (p.dma_length == 0) return;
    out_.line(0, "#ifdef CONFIG_NEED_SG_DMA_LENGTH");
    out_.line(1, fmt::format("sg_dma_len({}) = {};", entry, c_number(p.dma_length)));
    out_.line(0, "#endif");
  }

  [[nodiscard]] const Assertion* of_return(unsigned s) const {
    for (const Assertion& a : q_.assertions)
      if (a.step == s && a.field == "return value") return &a;
    return nullptr;
  }

  void map(unsigned s, const StepState& state) {
    const Call call = caller_.of(s).front();
    const auto expected = c_errno(state.ret);
    if (q_.style == Style::KUnit && state.mapped) {
      // what comes after it needs the mapping
      out_.call(1, "KUNIT_ASSERT_EQ", {"test", call.text(), expected});
    } else {
      out_.call(1, "ret = " + call.head, call.arguments);
      const Assertion* a = of_return(s);
      equal("ret", expected, a != nullptr ? label(*a) : fmt::format("step {}: return value", s));
    }
    if (q_.style == Style::Module && state.mapped) {
      out_.line(1, fmt::format("if (ret != {})", expected));
      out_.line(2, "return; /* the rest needs the mapping */");
    }
    if (state.mapped) mapped_by_ = s;
  }

  /// A kernel that maps what it must refuse leaves a mapping behind.
  void undo(const sgp_op& op) {
    out_.line(1, op.code == SGP_OP_MAP_SGTABLE ? "if (!ret)" : "if (ret > 0)");
    const Call call = caller_.unmapping(op, op.code);
    out_.call(2, call.head, call.arguments);
  }

  void leave_unmapped() {
    if (!mapped_by_) return;
    if (gap_) out_.blank();
    const Call call = caller_.unmapping(s_.ops[*mapped_by_], s_.ops[*mapped_by_].code);
    out_.call(1, call.head, call.arguments);
  }

  [[nodiscard]] std::string label(const Assertion& a) const {
    std::string out = fmt::format("step {}", a.step);
    if (a.entry) out += fmt::format(", entry {}", *a.entry);
    const About& about = q_.trace.about;
    const auto claim = shows_claim(a, about) ? fmt::format("{} {}", about.invariant, about.clause)
                                             : a.claims.front();
    return fmt::format("{}: {} ({})", out, a.field, claim);
  }

  void equal(const std::string& left, const std::string& right, const std::string& words) {
    if (q_.style == Style::KUnit)
      out_.call(1, "KUNIT_EXPECT_EQ", {"test", left, right});
    else
      out_.call(1, "check_equal", {left, right, "\"" + words + "\""});
  }

  void pointers(const std::string& left, const std::string& right, const std::string& words) {
    if (q_.style == Style::KUnit)
      out_.call(1, "KUNIT_EXPECT_PTR_EQ", {"test", left, right});
    else
      equal(fmt::format("(unsigned long){}", left), fmt::format("(unsigned long){}", right), words);
  }

  void truth(const std::string& what, bool wanted, const std::string& words) {
    if (q_.style == Style::KUnit)
      out_.call(1, wanted ? "KUNIT_EXPECT_TRUE" : "KUNIT_EXPECT_FALSE", {"test", what});
    else
      equal(what, wanted ? "true" : "false", words);
  }

  /// Whether anything was written.
  bool assert_one(const Assertion& a, const StepState& state) {
    const auto words = label(a);
    if (a.field == "sgt->nents") {
      equal("sgt.nents", fmt::format("{}", s_.nents), words);
      return true;
    }
    if (!a.entry) return false;
    const EntryState& e = state.entries[*a.entry];
    const auto name = entry_text(s_, *a.entry), entry = "&" + name;
    if (a.field == "page" || (a.field == "page_link" && !e.is_chain)) {
      pointers(fmt::format("sg_page({})", entry),
               e.page ? n_.page(*e.page) : pointer_text(e.raw, "struct page"), words);
    } else if (a.field == "page_link" || a.field == "chain pointer") {
      pointers(fmt::format("sg_chain_ptr({})", entry), pointer_text(e.raw, "struct scatterlist"),
               words);
    } else if (a.field == "pointer bits") {
      equal(fmt::format("(unsigned long){} & SG_PAGE_LINK_MASK",
                        e.page       ? n_.page(*e.page)
                        : e.is_chain ? pointer_text(e.raw, "struct scatterlist")
                                     : pointer_text(e.raw, "struct page")),
            "0UL", words);
    } else if (a.field == "offset" || a.field == "length") {
      equal(fmt::format("{}.{}", name, a.field),
            c_number(a.field == "offset" ? e.offset : e.length), words);
    } else if (a.field == "dma_length") {
      equal(fmt::format("sg_dma_len({})", entry), c_number(e.length), words);
    } else if (a.field == "dma_address") {
      address(entry, e, s_.ops[a.step], words);
    } else if (a.field == "bus-address mark") {
      const auto read = fmt::format("{}({})", q_.accessors.is_bus, entry);
      if (e.by_hand)
        equal(read, "IS_ENABLED(CONFIG_PCI_P2PDMA)", words);
      else
        truth(read, e.is_bus, words);
    } else if (a.field == "END mark") {
      truth(fmt::format("sg_is_last({})", entry), e.is_last, words);
    } else {
      truth(fmt::format("sg_is_chain({})", entry), e.is_chain, words);
    }
    return true;
  }

  void address(const std::string& entry, const EntryState& e, const sgp_op& op,
               const std::string& words) {
    const auto dev = n_.device(static_cast<unsigned>(op.device));
    const auto read = fmt::format("sg_dma_address({})", entry);
    if (e.place == Place::Slot)
      return truth(fmt::format("is_swiotlb_buffer({}, {})", dev, read), true, words);
    auto phys = fmt::format("page_to_phys({})", n_.page(*e.page));
    if (e.offset != 0) phys += " + " + c_number(e.offset);
    if (e.place == Place::Bus)
      equal(read, fmt::format("{} + {}", phys, n_.bus_offset(*q_.world.pages[*e.page].provider)),
            words);
    else
      equal(read, fmt::format("phys_to_dma({}, {})", dev, phys), words);
  }

  CText& out_;
  const StepsRequest& q_;
  const sgp_scenario& s_;
  Names n_;
  Caller caller_;
  std::optional<unsigned> mapped_by_;  ///< step of a map call that is not undone yet
  bool gap_ = false;                   ///< what was asserted of a step stands apart from the next
};

}  // namespace

void write_steps(CText& out, const StepsRequest& request) { StepsWriter(out, request).write(); }

bool undoes_or_syncs(std::uint64_t code) {
  return code == SGP_OP_UNMAP || model::is_sync(static_cast<sgp_opcode>(code));
}

std::vector<std::string> calls_of(const TraceFile& trace, unsigned step, const Names& names,
                                  const Accessors& accessors) {
  std::vector<std::string> out;
  for (const Call& call : Caller(trace.scenario, names, accessors).of(step))
    out.push_back(call.text());
  return out;
}

}  // namespace sgproof::gate
