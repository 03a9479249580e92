#!/usr/bin/env bash
# Is all C++ formatted as .clang-format says? With --fix it is made so. C code that is built against
# a kernel (*.c, *.h) follows the kernel's style and is not looked at.
#
# Exit code: 0 formatted, 1 not (clang-format names file and line), 2 clang-format is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

format=${CLANG_FORMAT:-clang-format-19}
if ! command -v "$format" >/dev/null; then
  echo "$0: $format is missing (make deps)" >&2
  exit 2
fi

mapfile -d '' -t files < <(
  if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    git ls-files -z --cached --others --exclude-standard -- '*.cpp' '*.hpp'
  else
    find . -path './build*' -prune -o \( -name '*.cpp' -o -name '*.hpp' \) -print0
  fi)
existing=()
for file in "${files[@]}"; do
  [[ -f $file ]] && existing+=("$file")
done
if (( ${#existing[@]} == 0 )); then
  echo "$0: no C++ files" >&2
  exit 1
fi

if [[ ${1:-} == --fix ]]; then
  "$format" -i "${existing[@]}"
else
  "$format" --dry-run -Werror "${existing[@]}"
fi
