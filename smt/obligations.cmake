# Claims of the model on symbolic runs.
sgproof_library(sgproof_obligations
  obligations/concrete_report.cpp
  obligations/concrete_run.cpp
  obligations/endless.cpp
  obligations/equivalence.cpp
  obligations/family_run.cpp
  obligations/lemmas.cpp
  obligations/local_equivalence.cpp
  obligations/minimal_sets.cpp
  obligations/obligation.cpp
  obligations/prover.cpp
  obligations/symbolic_trace.cpp)
target_link_libraries(sgproof_obligations PUBLIC sgproof_exec sgproof_solver sgproof_model)
sgproof_test(smt_obligations_test
  obligations/endless_test.cpp
  obligations/equivalence_test.cpp
  obligations/lemmas_test.cpp
  obligations/local_equivalence_test.cpp
  obligations/minimal_sets_test.cpp
  obligations/concrete_run_test.cpp
  obligations/prover_test.cpp
  LIBS sgproof_obligations)
