// Stable identifiers of the errors that this room throws (see model/error.hpp, docs/errors.md).
#pragma once

namespace sgproof::replay::id {

inline constexpr const char* kConfigLost =
    "SGP-E0601";  ///< Unsupported: the tree's Kconfig does not give what booting needs
inline constexpr const char* kKernelBuild =
    "SGP-E0602";  ///< Input: the kernel does not compile: file and line
inline constexpr const char* kRunnerBuild =
    "SGP-E0603";  ///< Unsupported: the runner does not build against this tree
inline constexpr const char* kInitramfs =
    "SGP-E0604";  ///< Environment: the initramfs could not be made
inline constexpr const char* kRunnerFiles =
    "SGP-E0605";  ///< Environment: our own runner files are broken or absent
inline constexpr const char* kMailbox = "SGP-E0610";  ///< Environment: no memory for the mailbox
inline constexpr const char* kSpawn = "SGP-E0611";    ///< Environment: QEMU could not be started
inline constexpr const char* kRequest = "SGP-E0612";  ///< Input: a boot request that makes no sense

}  // namespace sgproof::replay::id
