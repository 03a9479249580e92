// What a run of sgproof found out: the content of result.json, schema "sgproof-result/1".
// docs/result-format.md describes every field. Defaults of enums are the ones that fail safe.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "gate/report/enum_names.hpp"
#include "gate/report/table.hpp"
#include "model/error.hpp"

namespace sgproof::gate {

enum class Verdict : std::uint8_t { Inconclusive, Pass, Fail, Error };

/// Exit codes of the program. Precedence is in verdict.hpp.
enum class ExitCode : std::uint8_t { Pass = 0, Fail = 1, Error = 2, Inconclusive = 3 };

enum class FindingStatus : std::uint8_t { New, Preexisting, Fixed, Waived };
enum class Engine : std::uint8_t { Smt, Properties, Replay, Audit };
enum class ReplayStatus : std::uint8_t { NotRun, Confirmed, Refuted, NotReplayable };

/// Whether the violation was seen again by concrete execution of the extracted code (for an audit:
/// by evaluating its witness), independently of the engine that found it.
enum class Reexecution : std::uint8_t { NotRun, Violates, Holds };

enum class Outcome : std::uint8_t { Inconclusive, Proved, Tested, Audited, Refuted };

/// Why an obligation is inconclusive; `None` for all other outcomes.
enum class Reason : std::uint8_t {
  None,
  UnknownOpcode,     ///< an instruction that the executor has no semantics for
  InlineAssembly,    ///< assembly that no model covers
  UnknownIntrinsic,  ///< an LLVM intrinsic without semantics
  MissingBody,       ///< a function found nowhere in the tree, and the obligation then fails
  Poison,            ///< an undefined or poison value could not be excluded
  StepLimit,         ///< the bound on executed instructions
  TimeLimit,         ///< the bound on time
  MemoryLimit,       ///< the bound on memory
  NoCompletedPath,   ///< no path reached the end of the scenario
  Vacuous,           ///< no path or run reached the property
  LoopNotUnrolled,   ///< a loop can run longer than the bound
  SolverUnknown,     ///< the solver gave up
  SolversDisagree,   ///< the second solver answered differently
  MissingAccessor,   ///< the tree lacks an accessor that the harness needs
  StaleContract,     ///< the series changes code that an environment contract stands for
  NotReexecuted,     ///< a counterexample that concrete execution did not show
  RefutedByReplay,   ///< a counterexample that a booted kernel contradicts
  LostProof,         ///< the base has it, the patched tree does not
  Vanished,          ///< the base has this obligation, the patched tree does not
  NotRun,            ///< the run ended before it was tried
  ExtractionFailed,  ///< the configuration could not be extracted
  Environment,       ///< a tool died, the disk is full
  Other,             ///< only `detail` says
};

/// Kinds of soundness alarm: two parts of sgproof contradict each other.
enum class AlarmKind : std::uint8_t {
  ProvedButViolated,    ///< a native or booted run violates what was proved: exit code 1
  ReplayRefuted,        ///< a booted kernel contradicts a counterexample
  SolversDisagree,      ///< two solvers answer the same query differently
  CertificateRejected,  ///< an answer did not survive its independent check
  ExecutorMismatch,     ///< symbolic and native execution differ on a concrete input
  BootDisagrees,        ///< the booted kernel and the extracted code, run natively, differ
};

/// What is known about a line of code that the series changes.
enum class CoverageState : std::uint8_t {
  NotReached,        ///< makes the run inconclusive
  Reached,           ///< by a completed path or run
  BitcodeUnchanged,  ///< its function compiles to the same bitcode as on the base
  Unreachable,       ///< from every scenario, with the reason
  OutsideScope,      ///< not code that this configuration compiles or the invariants speak of
};

/// A function of the kernel that an environment contract stands for, against the code that the
/// contract was compared with.
enum class ContractCode : std::uint8_t {
  Unknown,  ///< clang cannot read the file in this configuration
  Same,
  Differs,
  Absent,  ///< the configuration has none of the functions
};

enum class Stage : std::uint8_t { Extract, Prove, Test, Audit, Replay, Compare, Report, Total };

/// A place in the kernel tree; line 0 means the whole file.
struct SourceLine {
  std::string file;
  int line = 0;
};

struct Finding {
  std::string id;  ///< stable: invariant, clause, function and the inputs that are not neutral
  std::string invariant, clause;
  FindingStatus status = FindingStatus::New;
  std::string function, file;  ///< kernel function and source file
  int line = 0;
  std::string config;
  Engine engine = Engine::Smt;
  std::string message;
  std::string counterexample;  ///< path of the trace, relative to the directory of result.json
  ReplayStatus replay = ReplayStatus::NotRun;
  std::string replay_reason;
  Reexecution reexecution = Reexecution::NotRun;
  std::string subject;                   ///< what was looked at: "step 3, entry 0, dma_address"
  std::optional<std::string> expected;   ///< value, hexadecimal
  std::optional<std::string> observed;   ///< value, hexadecimal
  std::vector<std::string> input;        ///< the input in words, a line each
  std::vector<std::string> non_neutral;  ///< smallest set of inputs that are not neutral
  std::vector<SourceLine> source_lines;  ///< kernel lines that the run went through
  std::vector<std::string> call_chain;   ///< where replay is impossible: how callers get there
  std::string waiver;                    ///< id of the waiver of a waived finding
};

/// Why something is inconclusive. `subject` names what it is about (an instruction, a function, an
/// accessor) without line numbers, so that base and patched tree can be compared; `detail` is for
/// people.
struct Why {
  Reason reason = Reason::None;
  std::string subject;
  std::string detail;
};

/// What the base had for the same obligation.
struct BaseOutcome {
  Outcome outcome = Outcome::Inconclusive;
  Why why;
  unsigned nents = 0;
};

struct Obligation {
  std::string invariant, clause, function, config;
  std::string family;  ///< scenario family; with the four above the key of an obligation
  std::string scope;   ///< in words, with the bound on nents
  unsigned nents = 0;  ///< that bound; UINT_MAX: for every nents (shown by induction or by audit)
  Outcome outcome = Outcome::Inconclusive;
  Why why;
  std::vector<std::string> assumptions;  ///< names, listed in Result::assumptions
  std::uint64_t paths = 0;               ///< completed paths or runs
  double seconds = 0;
  std::string smt2;  ///< path of the query, relative to the directory of result.json, or empty
  bool cached = false;
  bool repeats =
      false;  ///< refuted only on inputs on which another finding already shows a violation
  std::optional<BaseOutcome> base;  ///< absent without a series, or if the base has no such thing
};

struct Assumption {
  std::string name, text;
};

struct Alarm {
  AlarmKind kind = AlarmKind::ProvedButViolated;
  std::string invariant, clause, function, config;
  std::string text;
};

/// A changed line of the series, in one configuration.
struct CoverageLine {
  std::string file;
  int line = 0;
  std::string function, config;
  CoverageState state = CoverageState::NotReached;
  std::string reason;  ///< required for Unreachable and OutsideScope
};

/// A declaration of a file of the kernel that the series changes.
struct ChangedPart {
  std::string name;
  int line = 0;  ///< in the patched tree; of what is gone, in the base
};

struct ContractFunction {
  std::string stands_in;       ///< function of the harness
  std::string function, file;  ///< of the kernel
  int line = 0;                ///< 0: it was not looked for, since the file is known
  ContractCode code = ContractCode::Unknown;
  bool changed = false;            ///< by the series, itself or what it names in its file
  std::vector<ChangedPart> parts;  ///< that changed; none: clang cannot read one of the files
  std::string shown_by;  ///< invariants that show the changed code to be as the contract says
};

/// An environment contract that the module of a configuration uses.
struct ContractUse {
  std::string contract, config, file;  ///< file of the harness
  std::string subject, assumes, because;
  std::vector<ContractFunction> functions;
};

struct ReplaySummary {
  unsigned boots = 0, vectors = 0, confirmed = 0, refuted = 0, not_replayable = 0;
  double seconds = 0;
  unsigned compared = 0;  ///< vectors whose booted run was compared with a native one
};

struct ErrorInfo {
  ErrorKind kind = ErrorKind::Environment;
  std::string id, stage, file;
  int line = 0;
  std::string message, hint;
};

/// Why the verdict is not better (or that it is a pass); filled by verdict.hpp.
enum class CauseKind : std::uint8_t {
  InputError,
  NewViolation,
  SoundnessAlarm,
  UnsupportedError,
  NothingShown,
  ManifestEmpty,
  ManifestLine,
  InconclusiveObligation,
  LostProof,
  ScopeShrank,
  UnexplainedRefutation,
  FindingNotReexecuted,
  FindingRefutedByReplay,
  ChangedLineNotReached,
  CoverageWithoutReason,
};

/// A configuration that `--config all` means and this tree's Kconfig does not give.
struct LeftOut {
  std::string config, reason;
};

struct Cause {
  CauseKind kind = CauseKind::NothingShown;
  std::string text;
};

struct Result {
  Verdict verdict = Verdict::Inconclusive;
  ExitCode exit_code = ExitCode::Inconclusive;
  std::vector<Cause> causes;
  std::string kernel;          ///< as given on the command line
  std::string kernel_version;  ///< as the tree's Makefile says
  std::string series;          ///< as given, or empty: the tree itself is judged
  std::vector<std::string> patches;
  std::vector<std::string> configs;
  std::vector<LeftOut> left_out;
  bool strict = false;
  std::vector<Finding> findings;
  std::vector<Obligation> obligations;
  std::map<Stage, double> timings;  ///< seconds
  std::vector<Assumption> assumptions;
  std::vector<std::string> trusted;  ///< what is trusted: front end, passes, contracts, solver
  std::vector<ContractUse> contracts;
  std::vector<Alarm> soundness_alarms;
  std::vector<CoverageLine> coverage;
  ReplaySummary replay_summary;
  std::string sgproof_version, solver_version, second_solver_version;
  std::optional<ErrorInfo> error;  ///< the gravest
  Table table;                     ///< filled by verdict.hpp
};

/// The error as results show it.
ErrorInfo error_info(const Error& error);

/// Records an error; an Input error replaces any other, else the first one stays.
void add_error(Result& result, const Error& error);

/// JSON, schema "sgproof-result/1". Bytes that are not UTF-8 become U+FFFD.
nlohmann::json to_json(const Result& result);

/// The reverse. Throws sgproof::Error(Input, SGP-E0602) naming the JSON pointer for unknown or
/// missing keys, wrong types and words outside a closed set.
Result result_from_json(const nlohmann::json& json);

/// Parses the text of a result.json; syntax errors are SGP-E0602 too.
Result parse_result(const std::string& text);

#define SGPROOF_NAMES(E, N, ...)                                           \
  template <>                                                              \
  struct EnumNames<E> {                                                    \
    static constexpr std::array<std::string_view, N> list = {__VA_ARGS__}; \
  };
SGPROOF_NAMES(Verdict, 4, "inconclusive", "pass", "fail", "error")
SGPROOF_NAMES(FindingStatus, 4, "new", "preexisting", "fixed", "waived")
SGPROOF_NAMES(Engine, 4, "smt", "properties", "replay", "audit")
SGPROOF_NAMES(ReplayStatus, 4, "not-run", "confirmed", "refuted", "not-replayable")
SGPROOF_NAMES(Reexecution, 3, "not-run", "violates", "holds")
SGPROOF_NAMES(Outcome, 5, "inconclusive", "proved", "tested", "audited", "refuted")
SGPROOF_NAMES(Reason, 24, "none", "unknown-opcode", "inline-assembly", "unknown-intrinsic",
              "missing-body", "poison", "step-limit", "time-limit", "memory-limit",
              "no-completed-path", "vacuous", "loop-not-unrolled", "solver-unknown",
              "solvers-disagree", "missing-accessor", "stale-contract", "not-reexecuted",
              "refuted-by-replay", "lost-proof", "vanished", "not-run", "extraction-failed",
              "environment", "other")
SGPROOF_NAMES(AlarmKind, 6, "proved-but-violated", "replay-refuted", "solvers-disagree",
              "certificate-rejected", "executor-mismatch", "boot-disagrees")
SGPROOF_NAMES(CoverageState, 5, "not-reached", "reached", "bitcode-unchanged", "unreachable",
              "outside-scope")
SGPROOF_NAMES(ContractCode, 4, "unknown", "same", "differs", "absent")
SGPROOF_NAMES(Stage, 8, "extract", "prove", "test", "audit", "replay", "compare", "report", "total")
SGPROOF_NAMES(CauseKind, 15, "input-error", "new-violation", "soundness-alarm", "unsupported-error",
              "nothing-shown", "manifest-empty", "manifest-line", "inconclusive-obligation",
              "lost-proof", "scope-shrank", "unexplained-refutation", "finding-not-reexecuted",
              "finding-refuted-by-replay", "changed-line-not-reached", "coverage-without-reason")
SGPROOF_NAMES(ErrorKind, 3, "input", "unsupported", "environment")
#undef SGPROOF_NAMES

}  // namespace sgproof::gate
