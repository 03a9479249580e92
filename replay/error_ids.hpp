// Stable identifiers of the errors that this room throws (see model/error.hpp, docs/errors.md).
#pragma once

namespace sgproof::replay::id {

inline constexpr const char* kConfigLost =
    "SGP-E0501";  ///< Unsupported: booting and extraction would have different configurations
inline constexpr const char* kKernelBuild =
    "SGP-E0502";  ///< Input: the kernel does not compile: file and line
inline constexpr const char* kRunnerBuild =
    "SGP-E0503";  ///< Unsupported: the runner does not build against this tree
inline constexpr const char* kInitramfs =
    "SGP-E0504";  ///< Environment: the initramfs could not be made
inline constexpr const char* kRunnerFiles =
    "SGP-E0505";  ///< Environment: our own runner files are broken or absent
inline constexpr const char* kModuleBuild =
    "SGP-E0506";  ///< Unsupported: an exported test does not build against this tree
inline constexpr const char* kNoMachine =
    "SGP-E0514";  ///< Unsupported: no machine for this configuration is booted
inline constexpr const char* kMailbox = "SGP-E0510";  ///< Environment: no memory for the mailbox
inline constexpr const char* kSpawn = "SGP-E0511";    ///< Environment: QEMU could not be started
inline constexpr const char* kRequest = "SGP-E0512";  ///< Input: a boot request that makes no sense

}  // namespace sgproof::replay::id
