#include "gate/report/result.hpp"

namespace sgproof::gate {

ErrorInfo error_info(const Error& error) {
  return {error.kind(), error.id(),   error.stage(),    error.file(),
          error.line(), error.what(), error.hint_text()};
}

void add_error(Result& result, const Error& error) {
  const bool graver =
      result.error && result.error->kind != ErrorKind::Input && error.kind() == ErrorKind::Input;
  if (!result.error || graver) result.error = error_info(error);
}

}  // namespace sgproof::gate
