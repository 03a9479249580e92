#include "smt/exec/native_ops.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <stdexcept>

#include "kernel-extract/harness.hpp"
#include "kernel-extract/native_target.hpp"
#include "kernel-extract/process.hpp"

namespace sgproof::exec {
namespace {

constexpr std::size_t kOperand = 16;  ///< bytes, in the order of the target

std::string function_of(const Opcode& op, std::size_t index) {
  const auto widen = [](const char* to, const char* from, unsigned width) {
    return width == 128 ? fmt::format(" %{} = or i128 %{}, 0\n", to, from)
                        : fmt::format(" %{} = zext i{} %{} to i128\n", to, width, from);
  };
  const auto narrow = [&](const char* name, std::size_t offset) {
    const auto load = fmt::format(
        " %{0}p = getelementptr i8, ptr %in, i32 {1}\n %{0}w = load i128, ptr %{0}p, align 1\n",
        name, offset);
    return load + (op.width == 128
                       ? fmt::format(" %{0} = or i128 %{0}w, 0\n", name)
                       : fmt::format(" %{0} = trunc i128 %{0}w to i{1}\n", name, op.width));
  };
  return fmt::format("define void @op{}(ptr %in, ptr %out) {{\n", index) + narrow("a", 0) +
         narrow("b", kOperand) + " " + op.body + "\n" + widen("result", "r", op.result) +
         " store i128 %result, ptr %out, align 1\n ret void\n}\n";
}

/// Calls the function that each record names; results go out in the same order.
std::string main_of(std::size_t count) {
  std::string text = "#include <unistd.h>\n";
  for (std::size_t i = 0; i < count; ++i)
    text += fmt::format("void op{}(const void *, void *);\n", i);
  text += "static void (*const all[])(const void *, void *) = {\n";
  for (std::size_t i = 0; i < count; ++i) text += fmt::format("op{},\n", i);
  return text + R"(};
static int transfer(unsigned char *p, size_t size, int fd) {
  ssize_t n = 0;
  for (; size; p += n, size -= n)
    if ((n = fd ? write(fd, p, size) : read(fd, p, size)) <= 0)
      return 0;
  return 1;
}
int main(void) {
  unsigned char record[4 + 32], result[16];
  while (transfer(record, sizeof(record), 0)) {
    unsigned index = record[0] | record[1] << 8 | record[2] << 16;
    all[index](record + 4, result);
    if (!transfer(result, sizeof(result), 1))
      return 1;
  }
  return 0;
}
)";
}

void put(std::string& out, smt::u128 value, std::endian order) {
  std::string bytes;
  for (std::size_t i = 0; i < kOperand; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
  if (order == std::endian::big) std::ranges::reverse(bytes);
  out += bytes;
}

smt::u128 get(std::string bytes, std::endian order) {
  if (order == std::endian::little) std::ranges::reverse(bytes);
  smt::u128 value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

std::string record_of(const NativeCall& call, std::endian order) {
  std::string record;
  for (unsigned i = 0; i < 4; ++i) record += static_cast<char>(call.opcode >> (8 * i));
  put(record, call.a, order);
  put(record, call.b, order);
  return record;
}

}  // namespace

NativeOps::NativeOps(const std::string& arch, const std::vector<Opcode>& opcodes) : arch_(arch) {
  std::set<std::string> declarations;
  std::string code;
  for (std::size_t i = 0; i < opcodes.size(); ++i) {
    declarations.insert(opcodes[i].declarations);
    code += function_of(opcodes[i], i);
  }
  for (const std::string& line : declarations) code += line;
  const auto& target = extract::native_target(arch);
  std::string pattern = std::filesystem::temp_directory_path() / "sgproof-opcode-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
  dir_ = pattern;
  std::ofstream(dir_ / "ops.ll") << code;
  std::ofstream(dir_ / "main.c") << main_of(opcodes.size());
  extract::Command command{.argv = {"clang-19", "-O0", "-w", "-o", (dir_ / "ops").string(),
                                    (dir_ / "main.c").string(), "-x", "ir",
                                    (dir_ / "ops.ll").string()}};
  const auto own = extract::compiler_arguments(target, extract::harness_dir());
  command.argv.insert(command.argv.begin() + 1, own.begin(), own.end());
  const auto built = extract::run_process(command);
  if (!built.ok()) throw std::runtime_error(built.err.substr(0, 2000));
}

NativeOps::~NativeOps() { std::filesystem::remove_all(dir_); }

std::vector<smt::u128> NativeOps::run(const std::vector<NativeCall>& calls) {
  const auto& target = extract::native_target(arch_);
  extract::Command command{.argv = {(dir_ / "ops").string()}};
  if (!target.emulator.empty()) command.argv.insert(command.argv.begin(), target.emulator);
  for (const NativeCall& call : calls) command.input += record_of(call, target.order);
  const auto ran = extract::run_process(command);
  if (!ran.ok() || ran.out.size() != calls.size() * kOperand)
    throw std::runtime_error(
        fmt::format("ended with code {}, signal {}, after {} of {} results: {}", ran.exit_code,
                    ran.signal, ran.out.size() / kOperand, calls.size(), ran.err));
  std::vector<smt::u128> results;
  for (std::size_t at = 0; at < ran.out.size(); at += kOperand)
    results.push_back(get(ran.out.substr(at, kOperand), target.order));
  return results;
}

std::string lacking_for(const std::string& arch) {
  return extract::lacking(extract::native_target(arch));
}

bool is_native(const Opcode& op, const std::string& arch) {
  const auto has = [&](const char* text) { return op.body.find(text) != std::string::npos; };
  if (arch == "x86_64") return true;
  return !(op.width == 128 && (has("div") || has("rem"))) && !(op.width == 64 && has("smul.with"));
}

}  // namespace sgproof::exec
