#include "kernel-extract/hash.hpp"

#include <openssl/evp.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <new>
#include <vector>

#include "kernel-extract/fs.hpp"

namespace sgproof::extract {

struct Hasher::Context {
  EVP_MD_CTX* evp = EVP_MD_CTX_new();
  Context() = default;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() { EVP_MD_CTX_free(evp); }
};

Hasher::Hasher() : context_(std::make_unique<Context>()) {
  // Neither can fail but for lack of memory.
  if (context_->evp == nullptr || EVP_DigestInit_ex(context_->evp, EVP_sha256(), nullptr) != 1)
    throw std::bad_alloc();
}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

Hasher& Hasher::bytes(std::string_view data) {
  EVP_DigestUpdate(context_->evp, data.data(), data.size());
  return *this;
}

Hasher& Hasher::number(std::uint64_t value) {
  std::array<char, 8> raw{};
  for (auto& c : raw) {
    c = static_cast<char>(value & 0xff);
    value >>= 8;
  }
  return bytes({raw.data(), raw.size()});
}

Hasher& Hasher::field(std::string_view data) { return number(data.size()).bytes(data); }

std::string Hasher::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> raw{};
  unsigned size = 0;
  EVP_DigestFinal_ex(context_->evp, raw.data(), &size);
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(2 * std::size_t{size});
  for (unsigned i = 0; i < size; ++i) {
    out += kDigits[raw[i] >> 4];
    out += kDigits[raw[i] & 15];
  }
  return out;
}

std::string sha256(std::string_view data) { return Hasher().bytes(data).hex(); }

std::string sha256_file(const std::filesystem::path& file) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(std::fopen(file.c_str(), "rbe"),
                                                               &std::fclose);
  if (!stream) throw_errno("read", file, errno);
  Hasher hasher;
  std::vector<char> buffer(std::size_t{1} << 20);
  while (std::feof(stream.get()) == 0 && std::ferror(stream.get()) == 0) {
    const auto n = std::fread(buffer.data(), 1, buffer.size(), stream.get());
    hasher.bytes({buffer.data(), n});
  }
  if (std::ferror(stream.get()) != 0) throw_errno("read", file, errno);
  return hasher.hex();
}

}  // namespace sgproof::extract
