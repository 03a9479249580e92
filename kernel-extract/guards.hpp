// Which calls of a function are made only where another function has said yes.
#pragma once

#include <llvm/IR/Function.h>

#include <map>
#include <set>
#include <string>

namespace sgproof::extract {

/// For each function that `f` calls directly, the functions of which one returned something else
/// than 0 wherever it is called: `if (ask(x)) callee(x);`. Only what a branch asks of a call itself
/// counts, not a result that was kept in a variable. Without an entry where there is none.
[[nodiscard]] std::map<std::string, std::set<std::string>> guards_of(const llvm::Function& f);

}  // namespace sgproof::extract
