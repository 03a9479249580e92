#!/usr/bin/env bash
# Do the error identifiers of the code and the table in docs/errors.md agree?
#
#   tools/check-error-ids.sh [ROOT]
#
# Every SGP-E… in the code must have a row, and every row must be in the code. The first two digits
# are the room: 01 kernel-extract, 02 model, 03 smt, 04 properties, 05 replay, 06 gate, 07 score. An
# identifier occurs only in the code of its room; the gate, which hands all of them on, may name any.
#
# Exit code: 0 they agree, 1 they differ (each difference is a line).
set -euo pipefail
cd "${1:-"$(dirname "${BASH_SOURCE[0]}")/.."}"

declare -A room=([01]=kernel-extract [02]=model [03]=smt [04]=properties [05]=replay [06]=gate [07]=score)
rooms=()
for folder in "${room[@]}"; do
  [[ -d $folder ]] && rooms+=("$folder")
done

if [[ ! -f docs/errors.md ]]; then
  echo "docs/errors.md is missing"
  exit 1
fi
# "folder id" for every identifier in code that is not a test, sorted, once each.
used=$(grep -rHoE 'SGP-E[0-9]{4}' --include='*.cpp' --include='*.hpp' --include='*.c' \
  --include='*.h' "${rooms[@]}" | grep -vE '^[^:]*(_test|test_[a-z_]*)\.[ch]pp:' |
  sed -E 's,^([^/]*)/[^:]*:(.*)$,\1 \2,' | sort -u || true)
table=$(sed -nE 's/^\| *`?(SGP-E[0-9]{4})`? *\|.*$/\1/p' docs/errors.md | sort)

status=0
complain() {
  echo "$1"
  status=1
}

if [[ -z $used || -z $table ]]; then
  complain "no identifiers found in the code or in docs/errors.md"
fi
for id in $(uniq -d <<<"$table"); do
  complain "$id: has two rows in docs/errors.md"
done
for id in $(cut -d' ' -f2 <<<"$used" | sort -u); do
  grep -qxF "$id" <<<"$table" || complain "$id: in the code, not in docs/errors.md"
  home=${room[${id:5:2}]:-}
  if [[ -z $home ]]; then
    complain "$id: no room has these numbers"
    continue
  fi
  while read -r folder; do
    [[ $folder == "$home" || $folder == gate ]] || complain "$id: belongs to $home/, but is used in $folder/"
  done < <(awk -v id="$id" '$2 == id { print $1 }' <<<"$used")
done
for id in $(sort -u <<<"$table"); do
  cut -d' ' -f2 <<<"$used" | grep -qxF "$id" || complain "$id: in docs/errors.md, not in the code"
done
exit "$status"
