// SHA-256 of bytes and files; the keys of every cache are made with it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace sgproof::extract {

/// Incremental SHA-256. `field()` prefixes the length, so that ("ab","c") and ("a","bc") differ.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  Hasher& bytes(std::string_view data);
  Hasher& field(std::string_view data);
  Hasher& number(std::uint64_t value);

  /// The digest as 64 lower-case hexadecimal digits; the object must not be used afterwards.
  [[nodiscard]] std::string hex();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// SHA-256 of the bytes, in lower-case hexadecimal.
[[nodiscard]] std::string sha256(std::string_view data);

/// SHA-256 of the content of a regular file. Throws Error(Environment) where it cannot be read.
[[nodiscard]] std::string sha256_file(const std::filesystem::path& file);

}  // namespace sgproof::extract
