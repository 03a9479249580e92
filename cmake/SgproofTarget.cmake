# How every library, program and test of the project is built: warnings are errors, sanitizers on
# demand, headers found as "room/file.hpp" from the project root.

find_package(Threads REQUIRED)

add_library(sgproof_options INTERFACE)
target_include_directories(sgproof_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(sgproof_options INTERFACE -Wall -Wextra -Wpedantic -Werror -Wshadow
                                                 -Wnon-virtual-dtor -Woverloaded-virtual
                                                 # GCC bug 105651: false alarms in std::string
                                                 -Wno-restrict)
target_link_libraries(sgproof_options INTERFACE fmt::fmt Threads::Threads)
if(SGPROOF_SANITIZE)
  target_compile_options(sgproof_options INTERFACE -fsanitize=address,undefined
                                                   -fno-sanitize-recover=all
                                                   -fno-omit-frame-pointer
                                                   # GCC bug 105562: false alarms in std::regex
                                                   -Wno-maybe-uninitialized)
  target_link_options(sgproof_options INTERFACE -fsanitize=address,undefined)
endif()

# LLVM's and Z3's headers are system headers: their warnings are not ours.
add_library(sgproof_llvm INTERFACE)
target_include_directories(sgproof_llvm SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS})
target_link_libraries(sgproof_llvm INTERFACE LLVM-19)
target_link_directories(sgproof_llvm INTERFACE ${LLVM_LIBRARY_DIRS})

# Headers that most files include are compiled once for libraries and once for tests: about two seconds
# less for each file that includes nlohmann's. Every file still includes what it uses (SGPROOF_PRECOMPILE=OFF).
option(SGPROOF_PRECOMPILE "Compile common headers once" ON)
set(SGPROOF_COMMON_HEADERS <algorithm> <chrono> <filesystem> <fstream> <map> <memory> <optional> <set>
    <span> <string> <string_view> <vector> <fmt/format.h> <nlohmann/json.hpp>)

# Tests are compiled far more often than they are run, and what they test is in libraries.
set(SGPROOF_TEST_OPTIONS -O0)

# sgproof_headers(name headers... LIBS libraries... OPTIONS options...): where to take precompiled
# headers from.
function(sgproof_headers name)
  cmake_parse_arguments(arg "" "" "LIBS;OPTIONS" ${ARGN})
  file(CONFIGURE OUTPUT ${name}.cpp CONTENT "// The headers are all there is.\n")
  add_library(${name} OBJECT ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
  target_link_libraries(${name} PRIVATE sgproof_options ${arg_LIBS})
  target_compile_options(${name} PRIVATE ${arg_OPTIONS})
  target_precompile_headers(${name} PRIVATE ${arg_UNPARSED_ARGUMENTS})
endfunction()
if(SGPROOF_PRECOMPILE)
  sgproof_headers(sgproof_library_headers ${SGPROOF_COMMON_HEADERS})
  sgproof_headers(sgproof_test_headers ${SGPROOF_COMMON_HEADERS} <gmock/gmock.h> <gtest/gtest.h>
                  LIBS GTest::gtest GTest::gmock OPTIONS ${SGPROOF_TEST_OPTIONS})
endif()

# sgproof_library(name sources...): a static library.
function(sgproof_library name)
  add_library(${name} STATIC ${ARGN})
  target_link_libraries(${name} PUBLIC sgproof_options)
  if(SGPROOF_PRECOMPILE)
    target_precompile_headers(${name} REUSE_FROM sgproof_library_headers)
  endif()
endfunction()

# sgproof_test(name sources... LIBS libraries...): a GoogleTest program registered with CTest.
function(sgproof_test name)
  cmake_parse_arguments(arg "" "" "LIBS" ${ARGN})
  add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ${arg_LIBS} sgproof_options GTest::gtest GTest::gmock GTest::gtest_main)
  target_compile_options(${name} PRIVATE ${SGPROOF_TEST_OPTIONS})
  if(SGPROOF_PRECOMPILE)
    target_precompile_headers(${name} REUSE_FROM sgproof_test_headers)
  endif()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST PROPERTIES LABELS unit)
endfunction()
