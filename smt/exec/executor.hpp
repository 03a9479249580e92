// Executes LLVM IR over a domain. The raw output of clang -O1 -disable-llvm-passes is expected, so
// that no clean-up pass hides undefined behaviour.
//
// Usage:
//
//   llvm::LLVMContext context;
//   llvm::SMDiagnostic error;
//   std::unique_ptr<llvm::Module> module = llvm::parseIRFile("scenario.bc", error, context);
//
//   smt::Terms terms;
//   smt::SolverOptions limits;
//   limits.query_timeout_ms = 5000;
//   smt::Solver solver(terms, limits);
//   exec::SymbolicDomain domain(solver);
//   exec::Options options;
//   options.loop_bound = 16;
//   options.policy = [](const llvm::Function& f) {
//     return f.getName() == "_printk" ? exec::CallPolicy::NoEffect : exec::CallPolicy::Havoc;
//   };
//   exec::Executor<exec::SymbolicDomain> ex(*module, domain, options);
//
//   // World: objects before the run. Arbitrary contents are symbols "<name>+<offset>" of 8 bytes.
//   const std::uint64_t scenario = ex.add_object("scenario", 2048, exec::Initial::Arbitrary);
//   const std::uint64_t report = ex.add_object("report", 8192, exec::Initial::Zero);
//   ex.add_page_array("vmemmap", 0xffffea0000000000, 64, std::uint64_t{1} << 34);
//   ex.write(scenario + 8, smt::Term::constant(64, 2));          // in target byte order
//   ex.write(scenario + 16, terms.var("raw", 64));
//   ex.assume(smt::ult(terms.var("raw", 64), smt::Term::constant(64, 100)));
//   ex.write(ex.address_of("vmemmap_base"), smt::Term::constant(64, 0xffffea0000000000));
//
//   auto result = ex.run("sgp_run", {smt::Term::constant(64, scenario),
//                                    smt::Term::constant(64, report)});
//   if (result.returned() == 0) ...                              // vacuous: nothing is shown
//   for (const auto& end : result.ends) {
//     switch (end.kind) {
//       case exec::EndKind::Returned: {
//         auto value = ex.read(end, report + 24, 8);             // 8 bytes as one Term; nullopt if
//                                                                // out of bounds
//         // value->taint is null if every bit is defined.
//         auto r = solver.check(end.path, smt::bv_not(property(value->bits)));
//         break;
//       }
//       case exec::EndKind::Bug:           // end.where, end.text "BUG at file:line"
//       case exec::EndKind::Finding:       // end.finding, invariant_of(end.finding), end.where
//       case exec::EndKind::Inconclusive:  // end.reason, end.where, end.text
//         break;
//     }
//     for (const auto& e : end.events) { /* e->guard, e->kind, e->a ... e->ret */ }
//   }
//
// Every path condition is satisfiable as far as the solver could tell: a Finding and a Bug are
// reported only after the solver answered Sat (Bug: the branch that leads there was Sat or is
// listed in stats().unknown_feasibility); an unknown answer where one is needed gives
// Inconclusive::SolverUnknown. The disjunction of all path conditions equals the assumptions made
// (assume, sgp_assume, llvm.assume, End::assumptions).
//
// A replay: with the smt::Model m of a check and a ConcreteDomain d,
//   for (const auto& [name, value] : replay_values(ex, terms, m)) d.set(name, value);   //
//   replay.hpp
// and run Executor<ConcreteDomain> with the same host set-up; Options::trace gives the source lines
// in result.trace, writer() the last store to a byte.
#pragma once

#include <llvm/IR/DataLayout.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/Operator.h>

#include <chrono>
#include <functional>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "smt/exec/arith.hpp"
#include "smt/exec/asm_table.hpp"
#include "smt/exec/domain_concrete.hpp"
#include "smt/exec/domain_symbolic.hpp"
#include "smt/exec/objects.hpp"
#include "smt/exec/part.hpp"
#include "smt/exec/state.hpp"
#include "smt/solver/widen.hpp"

namespace sgproof::exec {

/// What a call of a function without body does.
enum class CallPolicy : std::uint8_t {
  Havoc,     ///< result and everything reachable through pointer arguments become arbitrary
  NoEffect,  ///< result arbitrary, memory untouched
  Refuse,    ///< path ends as Inconclusive::MissingFunction
};

enum class PlaceKind : std::uint8_t;  // exec_loops.hpp

/// Another version of a function, of the variant of the program with that number.
struct Alternative {
  const llvm::Function* function = nullptr;
  std::size_t variant = 0;
};

struct Options {
  bool merge = true;                      ///< merge states at joins
  unsigned loop_bound = 64;               ///< iterations of one loop within one activation
  unsigned recursion_limit = 64;          ///< frames
  std::uint64_t step_limit = 50'000'000;  ///< instructions of the whole run
  std::uint64_t max_states = 100'000;     ///< waiting states
  unsigned max_targets = 64;              ///< distinct offsets or functions of one symbolic pointer
  std::uint64_t max_length = 4096;        ///< bytes of a memset/memcpy of symbolic length
  bool check_noundef = true;  ///< an undefined `noundef` argument or result is a finding
  std::optional<std::chrono::steady_clock::time_point> deadline;
  std::function<CallPolicy(const llvm::Function&)> policy;  ///< default: Havoc
  Part part;                                                ///< of the run, that is followed
  bool trace = false;  ///< keep executed lines in order (single-path runs)
  /// Functions that are compared with other versions of them at each call, see exec_compare.hpp.
  std::map<const llvm::Function*, std::vector<Alternative>> alternatives;
  std::size_t variants = 0;                       ///< numbers of variants are smaller
  std::chrono::milliseconds compare_limit{5000};  ///< for one version at one call
};

template <class Domain>
struct Result {
  using Bv = typename Domain::Bv;
  std::vector<End<Bv>> ends;
  Coverage coverage;
  RunStats stats;
  std::vector<Location> trace;  ///< with Options::trace
  /// One per variant: where it was not shown to do the same; empty: it was, at every call.
  std::vector<std::string> differences;
  [[nodiscard]] std::size_t count(EndKind k) const {
    return static_cast<std::size_t>(
        std::count_if(ends.begin(), ends.end(), [&](const End<Bv>& e) { return e.kind == k; }));
  }
  /// Ended states that returned; 0 means that nothing can be concluded.
  [[nodiscard]] std::size_t returned() const { return count(EndKind::Returned); }
};

template <class Domain>
class Executor {
 public:
  using Bv = typename Domain::Bv;
  using V = Value<Bv>;
  using S = State<Bv>;

  /// The module must outlive the executor.
  Executor(const llvm::Module& module, Domain& domain, Options options = {});
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  /// An object that exists before the run; returns its address. Aligned to at least 16.
  std::uint64_t add_object(const std::string& name, std::uint64_t size, Initial initial,
                           bool read_only = false, std::uint64_t align = 64,
                           std::optional<std::uint64_t> address = std::nullopt);
  /// An array of `count` elements of which any may be named symbolically (struct page). Initial
  /// contents are an arbitrary function of index and offset.
  std::uint64_t add_page_array(const std::string& name, std::uint64_t base, std::uint64_t element,
                               std::uint64_t count);
  /// Stores a value (whole bytes) before the run; the address must lie in one object. For page
  /// arrays use write_page.
  void write(std::uint64_t address, const Bv& value);
  /// Contents of element `index` (width of a pointer) at byte `offset` before the run.
  void write_page(std::uint64_t array_base, const Bv& index, std::uint64_t offset, const Bv& value);
  /// Adds a condition to the start of every path.
  void assume(const Bv& condition);
  /// Address of a global variable or function of the module; 0 if there is none.
  [[nodiscard]] std::uint64_t address_of(const std::string& name) const;
  [[nodiscard]] const llvm::DataLayout& layout() const { return layout_; }

  /// Runs the function on the arguments (integers and pointers in their IR width).
  Result<Domain> run(const std::string& function, const std::vector<Bv>& arguments);

  /// Memory at the end of a path: `bytes` (1..16) in target byte order; nullopt if that is not
  /// inside one object, or the object is dead or a page array.
  [[nodiscard]] std::optional<V> read(const End<Bv>& end, std::uint64_t address, unsigned bytes);
  /// A field of a page array at the end of a path.
  [[nodiscard]] std::optional<V> read_page(const End<Bv>& end, std::uint64_t array_base,
                                           const Bv& index, std::uint64_t offset, unsigned bytes);
  /// Names of the functions that runs so far have entered.
  [[nodiscard]] std::set<std::string> entered() const {
    std::set<std::string> names;
    for (const auto& [function, info] : infos_)
      if (info) names.insert(function->getName().str());
    return names;
  }

  /// Where the byte was last stored; empty function name: initial contents.
  [[nodiscard]] Location writer(const End<Bv>& end, std::uint64_t address);
  /// An initial read of a page array: what `symbol` stands for in a model.
  struct PageSymbol {
    std::string array;       ///< with the generation, if it became arbitrary during the run
    std::uint64_t word = 0;  ///< offset in the element / 8
    Bv index;
    Bv symbol;  ///< the word's value (equal for equal indices)
  };
  [[nodiscard]] std::vector<PageSymbol> page_symbols() const;
  /// Symbols that runs created so far.
  [[nodiscard]] const std::vector<Symbol>& symbols() const { return symbols_; }
  [[nodiscard]] const ObjectTable<Bv>& objects() const { return objects_; }
  [[nodiscard]] Pool<Bv>& pool() { return pool_; }

 private:
  struct Stop {  // thrown: the path ends as inconclusive
    Inconclusive reason;
    std::string text;
  };
  struct Dead {};  // thrown: nothing is left of this path
  /// One place that an access may mean, under a guard; alternatives exclude each other.
  struct Target {
    Bv guard;
    ObjectId object = 0;
    std::uint64_t offset = 0;
    Bv index;  // page arrays: element; offset is then inside the element
  };
  using Key = std::vector<std::uint32_t>;

  // exec_setup.hpp: globals and constants
  void create_globals();
  V constant(const llvm::Constant* c);
  V constant_expression(const llvm::ConstantExpr* e);
  void initialise(std::vector<Cell<Bv>>& bytes, std::uint64_t at, const llvm::Constant* c);
  std::uint64_t global_address(const llvm::GlobalValue* g);

  // exec_run.hpp: scheduling
  void start(S state);
  void drive();
  void advance(S state);
  bool step(S& state, const llvm::Instruction& inst);
  bool terminator(S& state, const llvm::Instruction& inst);
  void enqueue(S state);
  [[nodiscard]] Key position(const S& state) const;
  void end_inconclusive(S& state, Inconclusive reason, const std::string& text);
  End<Bv>& end_state(S& state, EndKind kind, const std::string& text);
  [[nodiscard]] Location locate(const llvm::Instruction* inst) const;
  [[nodiscard]] Location here(const S& state) const;
  void note_executed(FunctionInfo& fn, const llvm::Instruction& inst);
  void note_side(const llvm::Instruction& inst, unsigned side, bool feasible);
  FunctionInfo& info(const llvm::Function& fn);

  // exec_path.hpp: conditions
  bool add_condition(S& state, const Bv& c);
  /// `briefly`: where an unknown answer costs nothing but a state that may be impossible.
  Feasible feasible(const S& state, const Bv& c, bool briefly = false);
  void require(S& state, const Bv& ok, FindingKind kind, const std::string& text);
  void learn(S& state, const Bv& c);
  void restrict_to(S& state, const Bv& c);
  Bv observe(S& state, const V& v, const std::string& what);
  void observe_all(S& state, const V& v, const std::string& what);
  Bv fresh(S& state, const std::string& kind, const std::string& name, unsigned width,
           std::uint64_t id = 0);
  [[nodiscard]] std::string place(const S& state) const;

  // exec_control.hpp
  bool branch(S& state, const llvm::BranchInst& br);
  bool switch_on(S& state, const llvm::SwitchInst& sw);
  bool split(S& state, const llvm::Instruction& inst,
             const std::vector<std::pair<Bv, const llvm::BasicBlock*>>& sides);
  bool go(S& state, const llvm::BasicBlock* to);
  bool return_from(S& state, const llvm::ReturnInst& ret);

  // exec_inst.hpp
  V operand(const S& state, const llvm::Value* v);
  void assign(S& state, const llvm::Instruction& inst, const V& v);
  V cast(S& state, const llvm::CastInst& inst);
  Bv without_wrap(S& state, const Bv& narrow, const Bv& wide);
  V gep(S& state, const llvm::GEPOperator& op, const std::function<V(const llvm::Value*)>& get);
  V select(S& state, const llvm::SelectInst& inst);
  V extract_value(const V& agg, llvm::ArrayRef<unsigned> path);
  V insert_value(const V& agg, const V& v, llvm::ArrayRef<unsigned> path);
  V freeze(S& state, const V& v);
  [[nodiscard]] unsigned width_of(const llvm::Type* type) const;
  V fill(const llvm::Type* type, const std::function<V(unsigned)>& scalar);

  // exec_resolve.hpp, exec_access.hpp, exec_page.hpp
  std::vector<Target> resolve(S& state, const Bv& address, std::uint64_t size, bool write,
                              const std::string& what);
  void resolve_leaf(S& state, const Bv& guard, const Bv& leaf, std::uint64_t size, bool write,
                    const std::string& what, std::vector<Target>& out);
  std::optional<Target> concrete_target(std::uint64_t address, std::uint64_t size, bool write,
                                        FindingKind& kind, std::string& why);
  std::optional<Target> page_target(S& state, const Bv& guard, const Bv& leaf,
                                    const Object<Bv>& array, std::uint64_t size);
  Bv inside(const Object<Bv>& o, const Bv& address, std::uint64_t size) const;
  void check_alignment(S& state, const Bv& address, std::uint64_t align, const std::string& what);
  V load(S& state, const V& address, const llvm::Type* type, std::uint64_t align, bool check,
         const std::string& what);
  void store(S& state, const V& address, const V& value, const llvm::Type* type,
             std::uint64_t align, bool check, const std::string& what);
  V load_scalar(S& state, const Bv& address, unsigned bytes, const std::string& what);
  void store_scalar(S& state, const Bv& address, const V& value, const std::string& what);
  V load_target(const Memory<Bv>& memory, const Target& t, unsigned bytes);
  void store_target(S& state, const Target& t, const V& value);
  Bv alive(const Memory<Bv>& memory, ObjectId id) const;
  Cell<Bv> cell(const Memory<Bv>& memory, ObjectId id, std::uint64_t offset);
  const std::shared_ptr<const Chunk<Bv>>& first_chunk(ObjectId id, std::size_t k);
  V gather(const std::vector<Cell<Bv>>& cells);
  void put_cells(S& state, ObjectId id, std::uint64_t offset, const std::vector<Cell<Bv>>& cells);
  void put_cells(Contents<Bv>& contents, ObjectId id, std::uint64_t offset,
                 const std::vector<Cell<Bv>>& cells);
  std::vector<Cell<Bv>> cells_of(const V& value, const llvm::Instruction* writer);
  void make_arbitrary(S& state, ObjectId id, std::uint64_t offset, std::uint64_t size,
                      const std::string& name, const std::string& kind);
  V page_initial(const Object<Bv>& array, std::uint32_t generation, const Bv& index,
                 std::uint64_t offset, unsigned bytes);
  V page_load(const Memory<Bv>& memory, const Object<Bv>& array, const Bv& index,
              std::uint64_t offset, unsigned bytes);
  [[nodiscard]] bool little() const { return layout_.isLittleEndian(); }

  // exec_calls.hpp
  bool call(S& state, const llvm::CallBase& call);
  bool push_frame(S& state, const llvm::CallBase& call, const llvm::Function& fn,
                  std::vector<V> args);
  bool environment(S& state, const llvm::CallBase& call, const llvm::Function& fn);
  // exec_cases.hpp
  bool each_case(S& state, const llvm::CallBase& call, const Bv& value);
  void give_memory(S& state, const llvm::CallBase& call, const Bv& bytes);
  void take_memory(S& state, const Bv& address);
  void external(S& state, const llvm::CallBase& call, const llvm::Function& fn,
                const std::vector<V>& args);
  void havoc_reachable(S& state, const llvm::CallBase& call, const std::vector<V>& args);
  bool inline_asm(S& state, const llvm::CallBase& call, const llvm::InlineAsm& code);
  bool bug(S& state, const llvm::CallBase& call, const AsmEntry& entry);
  void push_event(S& state, const Bv& kind, const std::array<Bv, 5>& payload,
                  const std::string& text);
  std::vector<V> arguments(S& state, const llvm::CallBase& call, const llvm::Function* fn);

  // exec_compare.hpp
  /// What a call came to: the states in which it has returned, and what ended on the way.
  struct CallOutcome {
    std::vector<S> returned;
    std::vector<End<Bv>> ends;
  };
  struct Aside;
  bool enter(S& state, const llvm::CallBase& call, const llvm::Function& fn, std::vector<V> args);
  CallOutcome run_call(S state, const llvm::CallBase& call, const llvm::Function& fn,
                       const std::vector<V>& args);
  std::string difference(const Alternative& version, const S& state, const CallOutcome& original,
                         const llvm::CallBase& call, const std::vector<V>& args);
  std::string compare_outcomes(const S& state, const CallOutcome& a, const CallOutcome& b,
                               const llvm::CallBase& call);
  Bv memory_differs(const S& state, const Memory<Bv>& a, const Memory<Bv>& b);

  // exec_loops.hpp
  static constexpr const char* kListArray = "list";  ///< page array of a list of any length
  /// Numbers in the place of the iteration, so that what each creates is told apart.
  enum Stage : unsigned {
    kStageEarlier = 1,
    kStageObserved,
    kStageEnd,
    kStageOthers,
    kStages = 32
  };
  struct Place;
  struct AnyList;
  struct Cut;
  struct Loop;
  struct At;
  struct Attempt;
  /// Where an exploration within a loop ended.
  struct Iteration {
    std::vector<S> arrived, left, entered;  ///< at the header again; outside; behind the header
    std::vector<End<Bv>> ends;
  };
  bool begins_list_loop(const S& state, const BlockInfo& from, const BlockInfo& to);
  bool captured(S& state, const BlockInfo& from, const BlockInfo& to);
  Iteration iterate(S state, const Loop& loop, bool header_only);
  AnyList read_list(const S& state);
  void note_apart(const S& state, const AnyList& list);
  [[nodiscard]] bool are_apart(const Bv& a, const Bv& b) const;
  static bool repeats(const PageWrite<Bv>& later, const PageWrite<Bv>& earlier);
  void note_repeats(S& state);
  bool never(const S& state, const Bv& c);
  V read_place(const S& state, const Place& p);
  void forget_list(S& state, const AnyList& list);
  S at_header(const Loop& loop, const S& base, const At& at);
  [[nodiscard]] Bv follows_observed(const Loop& loop, const Bv& position) const;
  [[nodiscard]] Bv beyond(const S& base, const S& s) const;
  Bv went_on(const Loop& loop, const S& base, const Bv& position, unsigned stage);
  void check_memory(const Loop& loop, const S& before, const S& after, Attempt& out);
  void check_arrays(const Loop& loop, const S& before, const S& after, const Bv& slot,
                    Attempt& out);
  void check_places(const Loop& loop, const S& before, const S& after,
                    const std::vector<V>& carried, const Bv& done, const Bv& next,
                    const Iteration& from_first, Attempt& out);
  void check_events(const S& before, const S& after, Attempt& out);
  Bv carry(const Loop& loop, const S& base, const Iteration& it, std::vector<V>& values);
  bool run_earlier(Loop& loop, Attempt& out);
  [[nodiscard]] Bv address_of_slot(const AnyList& list, const Bv& slot) const;
  std::vector<S> run_entry(const Loop& loop, const S& base, unsigned name, unsigned stage,
                           std::vector<Bv> conditions, bool behind, Attempt& out);
  void run_end(const Loop& loop, const S& base, std::vector<Bv> conditions, Attempt& out);
  Attempt attempt(Loop& loop);
  [[nodiscard]] PlaceKind kind_of(const Place& p) const;
  static void clear_more(Place& p, const Place& seen);
  [[nodiscard]] Bv only_cleared(const S& before, const S& after, const Place& p);
  void guess(Loop& loop);
  bool weaken(Loop& loop, const std::vector<Place>& broken);
  Loop loop_at(S state);
  void leave_loop(Attempt a);
  void cut_loop(S state);

  // exec_pieces.hpp
  struct Work;
  V gone_along(const Place& p, const Bv& done);
  bool begins_work(const S& state, const BlockInfo& from, const BlockInfo& to);
  [[nodiscard]] Bv done_in(const Work& work, const S& state);
  bool defined_at_first(const Loop& loop, const Place& p);
  void nothing_carried(Loop& loop);
  void guess_work(Loop& loop, Work& work);
  void check_work(const Loop& loop, Work& work, const S& header, const S& after, const Bv& before,
                  Attempt& out);
  Attempt attempt_work(const Loop& loop, Work& work);
  void cut_work(S state);

  // exec_intrinsics.hpp
  bool intrinsic(S& state, const llvm::CallBase& call, const llvm::Function& fn);
  /// Index of the highest (`reverse`) or lowest bit that is set, as a choice of constants.
  Bv bit_scan(const Bv& v, bool reverse, const Bv& of_zero);
  V count_bits(const V& v, llvm::Intrinsic::ID id, bool zero_is_poison);
  void lifetime(S& state, const llvm::CallBase& call, bool begins);
  void memory_set(S& state, const llvm::CallBase& call);
  void memory_copy(S& state, const llvm::CallBase& call, bool may_overlap);
  std::uint64_t bounded_length(S& state, const V& length, Bv& out, const std::string& what);

  // exec_memory_inst.hpp
  void allocate(S& state, const llvm::AllocaInst& inst);
  ObjectId stack_object(S& state, const llvm::Value* site, const std::string& name,
                        std::uint64_t size, std::uint64_t align);
  void load_inst(S& state, const llvm::LoadInst& inst);
  void store_inst(S& state, const llvm::StoreInst& inst);
  void atomic_rmw(S& state, const llvm::AtomicRMWInst& inst);
  void compare_exchange(S& state, const llvm::AtomicCmpXchgInst& inst);

  // exec_merge.hpp
  bool merge(S& into, S& from);
  std::optional<Bv> merge_paths(S& into, const S& from) const;
  void merge_registers(S& into, const S& from, const Bv& guard);
  void merge_records(S& into, const S& from, const Bv& guard);
  void merge_memory(S& into, const S& from, const Bv& guard);
  void merge_contents(Contents<Bv>& into, const Contents<Bv>& a, const Contents<Bv>& b, ObjectId id,
                      const Bv& guard);
  void merge_logs(S& into, const S& from, const Bv& guard);

  const llvm::Module& module_;
  const llvm::DataLayout layout_;
  Domain& domain_;
  Options options_;
  unsigned pointer_bits_;
  Pool<Bv> pool_;
  ObjectTable<Bv> objects_;
  S start_;
  llvm::DenseMap<const llvm::GlobalValue*, std::uint64_t> addresses_;
  std::unordered_map<std::uint64_t, const llvm::Function*> functions_;
  llvm::DenseMap<const llvm::Constant*, V> constants_;
  llvm::DenseMap<const llvm::Function*, std::unique_ptr<FunctionInfo>> infos_;
  llvm::DenseMap<const llvm::Function*, unsigned> numbers_;
  std::map<std::pair<Key, const llvm::Value*>, ObjectId> stack_objects_;
  std::map<std::pair<Key, std::uint64_t>, ObjectId> heap_objects_;  // by place and size
  std::vector<Symbol> symbols_;
  std::unordered_map<std::string, std::size_t> symbol_index_;
  std::unordered_set<std::uint32_t> undecided_sums_;  ///< numbers with sums that may wrap or not
  const Stored<Bv>* uninit_ = nullptr;
  const Stored<Bv>* zero_ = nullptr;
  // Initial reads of page arrays: (array, generation, word) -> (index, symbol).
  std::map<std::array<std::uint64_t, 3>, std::vector<std::pair<Bv, Bv>>> page_reads_;
  std::vector<PageSymbol> page_symbols_;
  std::uint32_t page_generation_ = 0;
  std::vector<std::string> generation_names_;
  std::vector<ObjectId> page_arrays_;

  // Per run.
  /// By cases, then by place: one case is followed to its end before the next begins, so that what
  /// the solver has learned of it serves the whole case.
  using Waiting = std::multimap<std::pair<std::vector<std::uint64_t>, Key>, S>;
  Waiting waiting_;
  Result<Domain> result_;
  const llvm::Instruction* current_ = nullptr;
  std::map<std::pair<const llvm::Instruction*, unsigned>, BranchSide> sides_;
  bool out_of_time_ = false;
  std::size_t floor_ = 0;                 // states with so few frames have returned from the call
  std::optional<std::size_t> variant_;    // whose version is being executed
  std::vector<std::pair<Bv, Bv>> apart_;  // slots of named entries, which are never the same
  Cut* cut_ = nullptr;                    // the loop that is being explored by itself
  std::string symbols_from_;              // where the outermost call is that is compared
};

extern template class Executor<ConcreteDomain>;
extern template class Executor<SymbolicDomain>;

}  // namespace sgproof::exec
