#include "gate/contract_use.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "kernel-extract/fs.hpp"
#include "kernel-extract/hash.hpp"
#include "kernel-extract/kbuild.hpp"
#include "kernel-extract/source_code.hpp"
#include "kernel-extract/symbol_index.hpp"

namespace sgproof::gate {
namespace {

using extract::Code;
using extract::KernelFunction;

/// The files of a tree as the contracts look at them.
class Files {
 public:
  Files(const extract::Contracts& contracts, const extract::Tree& tree, const std::string& config,
        const extract::Context& context)
      : contracts_(contracts),
        tree_(tree),
        build_(extract::get_build(tree, extract::load_config(config), context)),
        context_(context) {}

  /// Nothing where the tree has no such file, or does not build it in this configuration.
  std::optional<std::string> text(const std::string& file) const {
    if (!file.ends_with(".h")) {
      const auto makefile = extract::read_beneath(
          tree_.path, (std::filesystem::path(file).parent_path() / "Makefile").string());
      if (makefile && extract::is_built(*makefile, file, build_.kconfig) == extract::Built::No)
        return {};
    }
    return extract::read_beneath(tree_.path, file);
  }

  /// Reads these files, several at a time.
  void read(const std::set<std::string>& files) {
    const std::vector<std::string> wanted(files.begin(), files.end());
    std::atomic<std::size_t> next{0};
    std::mutex mutex;
    std::exception_ptr lost;
    const auto work = [&] {
      for (auto i = next++; i < wanted.size(); i = next++) try {
          auto read = extract::read_source(tree_, build_, wanted[i], contracts_.unit_of(wanted[i]),
                                           context_);
          const std::scoped_lock lock(mutex);
          read_[wanted[i]] = std::move(read);
        } catch (...) {
          const std::scoped_lock lock(mutex);
          lost = std::current_exception();
        }
    };
    {
      std::vector<std::jthread> threads;
      for (int t = 1; t < context_.jobs; ++t) threads.emplace_back(work);
      work();
    }
    if (lost) std::rethrow_exception(lost);
  }

  bool is_readable(const std::string& file) const {
    const auto known = read_.find(file);
    return known != read_.end() && known->second;
  }

  /// Of a file that was read. Assembly is taken as a whole.
  std::optional<Code> code(const KernelFunction& f) const {
    if (!is_readable(f.file)) return {};
    auto code = extract::code_of(*read_.at(f.file), f.file.ends_with(".S") ? "" : f.name);
    if (code && f.file.ends_with(".S")) code->parts = {{f.name, code->parts.begin()->second}};
    return code;
  }

 private:
  const extract::Contracts& contracts_;
  const extract::Tree& tree_;
  extract::Build build_;
  const extract::Context& context_;
  std::map<std::string, std::optional<extract::Declarations>> read_;
};

/// Of the contracts that the module uses, or of all.
std::set<KernelFunction> functions_of(const extract::Contracts& contracts, const std::string& arch,
                                      const std::set<std::string>* used) {
  std::set<KernelFunction> out;
  for (const auto& contract : contracts.all)
    for (const auto& [stand_in, functions] : contract.functions)
      for (const KernelFunction& f : functions)
        if ((used == nullptr || used->contains(stand_in)) && extract::is_of_arch(f, arch))
          out.insert(f);
  return out;
}

std::vector<ChangedPart> difference(const extract::Declarations& base,
                                    const extract::Declarations& here) {
  std::vector<ChangedPart> out;
  for (const auto& [name, part] : here)
    if (const auto before = base.find(name);
        before == base.end() || before->second.hash != part.hash)
      out.push_back({name, part.line});
  for (const auto& [name, part] : base)
    if (!here.contains(name)) out.push_back({name, part.line});
  return out;
}

/// What one function of the kernel is in the judged tree and on its base.
class Uses {
 public:
  Uses(const extract::Contracts& contracts, const extract::ComparedCode& compared,
       const extract::Tree& tree, const extract::Tree* base, const extract::Module& module,
       const extract::Context& context)
      : compared_(compared), here_(contracts, tree, module.config, context) {
    if (base != nullptr) base_.emplace(contracts, *base, module.config, context);
    std::set<std::string> ask, ask_base;
    const auto used = extract::stand_ins(module);
    for (const KernelFunction& f : functions_of(contracts, module.arch, &used)) {
      const auto text = here_.text(f.file);
      if (base_ && base_->text(f.file) != text) {
        changed_.insert(f.file);
        ask_base.insert(f.file);
        ask.insert(f.file);
      } else if (text && !compared.has_file(f.file, *text)) {
        ask.insert(f.file);
      }
      if (text) files_.insert(f.file);
    }
    here_.read(ask);
    if (base_) base_->read(ask_base);
  }

  /// Nothing where neither tree has it.
  std::optional<ContractFunction> look_at(const KernelFunction& f) const {
    ContractFunction out;
    out.function = f.name;
    out.file = f.file;
    const auto code = here_.code(f);
    if (changed_.contains(f.file)) return changed(f, code, std::move(out));
    if (!files_.contains(f.file)) return {};
    if (here_.is_readable(f.file)) {
      if (!code) return {};
      return described(f, *code, std::move(out));
    }
    out.code = is_known(f) ? ContractCode::Same : ContractCode::Unknown;
    return out;
  }

  /// Whether the record has the function of a file that was not read; where it has the file and
  /// not the function, there is none.
  bool is_missing(const KernelFunction& f) const {
    return files_.contains(f.file) && !changed_.contains(f.file) && !here_.is_readable(f.file) &&
           file_is_known(f.file) && !is_known(f);
  }

 private:
  bool file_is_known(const std::string& file) const {
    const auto text = here_.text(file);
    return text && compared_.has_file(file, *text);
  }

  /// The record of a tree with this file has the function.
  bool is_known(const KernelFunction& f) const {
    const auto text = here_.text(f.file);
    if (!text) return false;
    return std::ranges::any_of(compared_.trees, [&](const auto& tree) {
      const auto file = tree.second.files.find(f.file);
      return file != tree.second.files.end() && file->second == extract::sha256(*text) &&
             tree.second.functions.contains(f);
    });
  }

  ContractFunction described(const KernelFunction& f, const Code& code,
                             ContractFunction out) const {
    out.line = code.line;
    out.code = compared_.has(f, code.hash) ? ContractCode::Same : ContractCode::Differs;
    return out;
  }

  std::optional<ContractFunction> changed(const KernelFunction& f, const std::optional<Code>& code,
                                          ContractFunction out) const {
    const auto before = base_->code(f);
    const bool lost = (here_.text(f.file) && !here_.is_readable(f.file)) ||
                      (base_->text(f.file) && !base_->is_readable(f.file));
    if (!lost && !code && !before) return {};
    if (code) out = described(f, *code, std::move(out));
    if (!code) out.line = before ? before->line : 0;
    if (!code && !lost) out.code = ContractCode::Absent;
    if (code && before && code->hash == before->hash) return out;
    out.changed = true;
    if (!lost)
      out.parts = difference(before ? before->parts : extract::Declarations{},
                             code ? code->parts : extract::Declarations{});
    return out;
  }

  const extract::ComparedCode& compared_;
  Files here_;
  std::optional<Files> base_;
  std::set<std::string> files_, changed_;
};

}  // namespace

std::vector<ContractUse> contract_uses(const extract::Contracts& contracts,
                                       const extract::ComparedCode& compared,
                                       const extract::Tree& tree, const extract::Tree* base,
                                       const extract::Module& module,
                                       const extract::Context& context) {
  const Uses uses(contracts, compared, tree, base, module, context);
  const auto used = extract::stand_ins(module);
  std::vector<ContractUse> out;
  for (const auto& contract : contracts.all) {
    ContractUse use{contract.name,
                    module.config,
                    contract.file,
                    contract.subject,
                    contract.assumes,
                    contract.because,
                    {}};
    for (const auto& [stand_in, functions] : contract.functions) {
      if (!used.contains(stand_in) || functions.empty()) continue;
      bool any = false;
      for (const KernelFunction& f : functions) {
        if (!extract::is_of_arch(f, module.arch) || uses.is_missing(f)) continue;
        auto found = uses.look_at(f);
        if (!found) continue;
        found->stands_in = stand_in;
        use.functions.push_back(std::move(*found));
        any = true;
      }
      if (any) continue;
      ContractFunction none;
      none.stands_in = stand_in;
      none.code = ContractCode::Absent;
      use.functions.push_back(std::move(none));
    }
    if (!use.functions.empty()) out.push_back(std::move(use));
  }
  return out;
}

extract::ComparedCode::OfTree code_of_contracts(const extract::Contracts& contracts,
                                                const extract::Tree& tree,
                                                const std::string& config,
                                                const extract::Context& context) {
  Files files(contracts, tree, config, context);
  const auto functions =
      functions_of(contracts, extract::load_config(config).arch, /*used=*/nullptr);
  std::set<std::string> names;
  for (const KernelFunction& f : functions)
    if (files.text(f.file)) names.insert(f.file);
  files.read(names);
  extract::ComparedCode::OfTree out;
  for (const auto& file : names)
    if (files.is_readable(file)) out.files[file] = extract::sha256(files.text(file).value_or(""));
  for (const KernelFunction& f : functions)
    if (const auto code = files.code(f)) out.functions[f].insert(code->hash);
  return out;
}

}  // namespace sgproof::gate
