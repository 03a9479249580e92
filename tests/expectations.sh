# For scripts of expectations (sourced): a directory of their own, counters, and `says`.
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
passed=0
failed=0

# says TEXT COMMAND...: one expectation, met if the command succeeds; its output is not of interest
says() {
  local text=$1
  shift
  if "$@" >/dev/null; then
    echo "ok   $text"
    passed=$((passed + 1))
  else
    echo "FAIL $text"
    failed=$((failed + 1))
    return 1
  fi
}

# counted: the last line, and the exit code of the script
counted() {
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ]
}
