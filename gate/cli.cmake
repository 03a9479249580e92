# The program: orchestration of the engines and the command line.
sgproof_library(sgproof_gate
  alarms.cpp
  claim_words.cpp
  commands_contracts.cpp
  commands_export.cpp
  commands_light.cpp
  commands_steps.cpp
  beyond_contract.cpp
  coverage.cpp
  coverage_stage.cpp
  without_peers.cpp
  debug_stage.cpp
  equivalence.cpp
  executor_check.cpp
  family_json.cpp
  consequences.cpp
  contract_steps.cpp
  contract_use.cpp
  findings.cpp
  known.cpp
  obligations.cpp
  proof_order.cpp
  proof_parts.cpp
  prove_stage.cpp
  replay_stage.cpp
  run_gate.cpp
  same_code.cpp
  session.cpp
  stale_contracts.cpp
  test_stage.cpp
  tests_enter.cpp
  translated.cpp
  translated_findings.cpp
  version.cpp
  write_trace.cpp)
# Made anew with every build, rewritten only when a source has changed.
set(sgproof_source_id
  ${CMAKE_COMMAND} -DROOT=${CMAKE_SOURCE_DIR}
  -DOUTPUT=${CMAKE_CURRENT_BINARY_DIR}/generated/source_id.hpp
  "-DTOOLS=${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION} ${CMAKE_CXX_FLAGS} ${CMAKE_BUILD_TYPE} ${CMAKE_CXX_FLAGS_RELEASE} sanitize=${SGPROOF_SANITIZE} ${CMAKE_SYSTEM_PROCESSOR}")
add_custom_target(sgproof_source_id
  COMMAND ${sgproof_source_id} -P ${CMAKE_SOURCE_DIR}/cmake/SourceId.cmake
  BYPRODUCTS ${CMAKE_CURRENT_BINARY_DIR}/generated/source_id.hpp
  VERBATIM)
add_dependencies(sgproof_gate sgproof_source_id)
target_include_directories(sgproof_gate PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/generated)
target_link_libraries(sgproof_gate PUBLIC sgproof_export sgproof_history sgproof_report sgproof_extract
                                          sgproof_obligations sgproof_properties sgproof_replay)
target_include_directories(sgproof_gate SYSTEM PRIVATE ${SGPROOF_Z3_INCLUDE})
target_compile_definitions(sgproof_gate
  PRIVATE SGPROOF_MANIFEST_FILE="${CMAKE_SOURCE_DIR}/model/manifest.json"
          SGPROOF_CORPUS_DIR="${CMAKE_SOURCE_DIR}/corpus")

add_executable(sgproof main.cpp)
target_link_libraries(sgproof PRIVATE sgproof_gate sgproof_score CLI11::CLI11)
set_target_properties(sgproof PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
add_custom_command(TARGET sgproof POST_BUILD
  COMMAND ${sgproof_source_id} -DVERIFY=ON -P ${CMAKE_SOURCE_DIR}/cmake/SourceId.cmake VERBATIM)
sgproof_test(coverage_test claim_words_test.cpp coverage_test.cpp without_peers_test.cpp LIBS sgproof_gate)
target_compile_definitions(coverage_test PRIVATE SGPROOF_MANIFEST_FILE="${CMAKE_SOURCE_DIR}/model/manifest.json")
sgproof_test(alarms_test alarms_test.cpp LIBS sgproof_gate)
sgproof_test(consequences_test consequences_test.cpp LIBS sgproof_gate)
sgproof_test(known_test known_test.cpp known_aligned_test.cpp known_append_test.cpp
             known_high_page_test.cpp
             known_marks_test.cpp known_padding_test.cpp known_peer_test.cpp
             known_window_test.cpp LIBS sgproof_gate)
sgproof_test(speed_table_test speed_table_test.cpp speed_table.cpp LIBS sgproof_gate)
sgproof_test(proof_order_test proof_order_test.cpp LIBS sgproof_gate)
sgproof_test(proof_parts_test proof_parts_test.cpp LIBS sgproof_gate)
sgproof_test(obligations_test obligations_test.cpp LIBS sgproof_gate)
sgproof_test(same_code_test same_code_test.cpp LIBS sgproof_gate)
sgproof_test(stale_contracts_test stale_contracts_test.cpp LIBS sgproof_gate)
sgproof_test(tests_enter_test tests_enter_test.cpp LIBS sgproof_gate)
add_dependencies(tests_enter_test fake_runner)
target_compile_definitions(tests_enter_test PRIVATE
                           SGPROOF_FAKE_RUNNER="$<TARGET_FILE:fake_runner>")
sgproof_test(transfers_test transfers_test.cpp LIBS sgproof_gate)
target_compile_definitions(known_test PRIVATE SGPROOF_CORPUS_DIR="${CMAKE_SOURCE_DIR}/corpus")
sgproof_test(no_machine_test no_machine_test.cpp LIBS sgproof_gate)

# On real kernels: minutes the first time; shares its cache with sgproof_extract_kernel_test.
add_executable(executor_check_test executor_check_test.cpp)
target_link_libraries(executor_check_test PRIVATE sgproof_gate GTest::gtest GTest::gtest_main)
target_compile_definitions(executor_check_test PRIVATE SGPROOF_TEST_CACHE="${CMAKE_BINARY_DIR}/test-cache")
gtest_discover_tests(executor_check_test DISCOVERY_MODE PRE_TEST PROPERTIES LABELS kernel RUN_SERIAL TRUE TIMEOUT 1800)

add_executable(contract_use_test contract_use_test.cpp)
target_link_libraries(contract_use_test PRIVATE sgproof_gate GTest::gtest GTest::gmock GTest::gtest_main)
gtest_discover_tests(contract_use_test DISCOVERY_MODE PRE_TEST PROPERTIES LABELS kernel RUN_SERIAL TRUE TIMEOUT 1800)

# Boots kernels: minutes on a cold cache. ctest -L boot
add_executable(um_boot_test um_boot_test.cpp)
target_link_libraries(um_boot_test PRIVATE sgproof_gate GTest::gtest GTest::gmock GTest::gtest_main)
gtest_discover_tests(um_boot_test DISCOVERY_MODE PRE_TEST PROPERTIES LABELS boot RUN_SERIAL TRUE TIMEOUT 3600)

foreach(bench gate_bench speed_bench)
  add_executable(${bench} ${bench}.cpp)
  target_link_libraries(${bench} PRIVATE sgproof_gate benchmark::benchmark)
  target_include_directories(${bench} SYSTEM PRIVATE ${LLVM_INCLUDE_DIRS})
endforeach()
target_sources(speed_bench PRIVATE speed_table.cpp)
