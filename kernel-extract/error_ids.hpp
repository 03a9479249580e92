// Stable identifiers of the errors that this room throws (see model/error.hpp, docs/errors.md).
#pragma once

namespace sgproof::extract::id {

// The tree.
inline constexpr const char* kTreeMissing =
    "SGP-E0101";  ///< Input: no such directory, tarball or package
inline constexpr const char* kNotAKernel =
    "SGP-E0102";  ///< Input: names the file that a kernel tree must have
inline constexpr const char* kBadTarball = "SGP-E0103";  ///< Input: the archive cannot be unpacked
inline constexpr const char* kTreeFile =
    "SGP-E0104";  ///< Input: a file of the tree cannot be read (or leaves the tree)

// The series.
inline constexpr const char* kSeriesMissing =
    "SGP-E0110";  ///< Input: no such file, directory or range
inline constexpr const char* kSeriesEmpty = "SGP-E0111";  ///< Input: nothing to apply
inline constexpr const char* kPatchCorrupt =
    "SGP-E0112";  ///< Input: cut or malformed patch, names its line
inline constexpr const char* kPathEscape = "SGP-E0113";  ///< Input: a patch writes outside the tree
inline constexpr const char* kBinaryPatch = "SGP-E0114";  ///< Input: binary patches are not read
inline constexpr const char* kGitRange =
    "SGP-E0115";  ///< Input: git cannot resolve the range, or it has merges
inline constexpr const char* kApply =
    "SGP-E0116";  ///< Input: a patch does not apply: patch, file and line

// The configuration and the build.
inline constexpr const char* kConfigUnknown =
    "SGP-E0120";  ///< Input: no configuration of that name
inline constexpr const char* kSymbolLost =
    "SGP-E0121";  ///< Input: a Kconfig symbol did not get its value
inline constexpr const char* kConfigure = "SGP-E0122";  ///< Input: make of the configuration failed
inline constexpr const char* kPrepare = "SGP-E0123";    ///< Input: make prepare failed
inline constexpr const char* kCompile =
    "SGP-E0130";  ///< Input: the tree does not compile: file and line
inline constexpr const char* kAccessor =
    "SGP-E0131";  ///< Unsupported: the tree lacks an accessor that we need
inline constexpr const char* kHarness =
    "SGP-E0132";  ///< Environment: our own harness files are broken or absent
inline constexpr const char* kLink =
    "SGP-E0133";  ///< Unsupported: translation units cannot be linked
inline constexpr const char* kNative =
    "SGP-E0134";  ///< Unsupported: no native program from this module

// The machine.
inline constexpr const char* kSandbox =
    "SGP-E0140";  ///< Environment: bubblewrap does not work here
inline constexpr const char* kTool =
    "SGP-E0141";  ///< Environment: a program is missing or cannot be started
inline constexpr const char* kTimeLimit =
    "SGP-E0142";  ///< Environment: a step took longer than allowed
inline constexpr const char* kCancelled = "SGP-E0143";   ///< Environment: stopped by the user
inline constexpr const char* kDiskFull = "SGP-E0144";    ///< Environment: no space or quota left
inline constexpr const char* kFileSystem = "SGP-E0145";  ///< Environment: a file operation failed

}  // namespace sgproof::extract::id
