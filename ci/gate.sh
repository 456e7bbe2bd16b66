#!/usr/bin/env bash
# Score predictions against gold, write the report, and ask the gate: the steps that every CI takes. action.yml and
# ci/gitlab.yml run this file; where rolecall is installed, so can any other CI:
#   ROLECALL_GOLD=gold.jsonl ROLECALL_PREDICTIONS=predictions.jsonl ROLECALL_ARTICLES=articles.jsonl bash ci/gate.sh
# May be set as well; empty is the same as not set:
#   ROLECALL_ANNOTATORS  people's annotations of the same articles: their agreement stands beside the score
#   ROLECALL_CONFIG      the thresholds, by name or path (default)
#   ROLECALL_BASELINE    an earlier scorecard.json, for the gate to hold the new one against
#   ROLECALL_LEDGER      a ledger.jsonl: for a gate that limits the loss of labels
#   ROLECALL_TRAIN       the training articles.jsonl: for a gate that looks for leaks
#   ROLECALL_OUT         the folder for scorecard.json, junit.xml and what `report` writes (rolecall-report)
# On GitHub the report and the gate's checks are appended to the job's summary.
# Exit code: 0 the gate is passed, 1 it is not, 2 it could not be asked.
set -euo pipefail
trap 'exit 2' ERR # whatever else fails is not the gate's verdict, which is 1

gold=${ROLECALL_GOLD:-}
predictions=${ROLECALL_PREDICTIONS:-}
articles=${ROLECALL_ARTICLES:-}
annotators=${ROLECALL_ANNOTATORS:-}
config=${ROLECALL_CONFIG:-default}
baseline=${ROLECALL_BASELINE:-}
ledger=${ROLECALL_LEDGER:-}
train=${ROLECALL_TRAIN:-}
out=${ROLECALL_OUT:-rolecall-report}
card=$out/scorecard.json

stop() {
  printf 'error: %s\n  remedy: %s\n' "$1" "$2" >&2
  exit 2
}

# GitHub refuses a summary above 1 MiB whole, and a corpus of many articles has a long report.
summarise() {
  LC_ALL=C awk '(bytes += length($0) + 1) > 900000 { print "\nThe rest is in report.md."; exit } 1'
}

for name in ROLECALL_GOLD ROLECALL_PREDICTIONS ROLECALL_ARTICLES; do
  [ -n "${!name:-}" ] || stop "$name is not set" "name a file in it (on GitHub, in the action's input of that name)"
done
# Everything made here goes first, so that what lies there afterwards is of this run; unless it is read here.
made=("$card" "$out"/{report.html,report.md,scores.csv,errors.jsonl,junit.xml})
for file in "${made[@]}"; do
  for input in "$gold" "$predictions" "$articles" "$annotators" "$config" "$baseline" "$ledger" "$train"; do
    [[ ! $input -ef $file ]] || stop "$input would be replaced by what is made from it" "choose another folder than $out"
  done
done
mkdir -p -- "$out"
rm -f -- "${made[@]}"

rolecall evaluate score --articles="$articles" ${annotators:+--annotators="$annotators"} --out="$card" \
  -- "$gold" "$predictions"
rolecall evaluate report --gold="$gold" --predictions="$predictions" --articles="$articles" \
  ${annotators:+--annotators="$annotators"} --out="$out" -- "$card"
[ -z "${GITHUB_STEP_SUMMARY:-}" ] || summarise <"$out/report.md" >>"$GITHUB_STEP_SUMMARY"

code=0
checks=$(rolecall evaluate gate --config="$config" ${baseline:+--baseline="$baseline"} ${ledger:+--ledger="$ledger"} \
  ${train:+--train="$train" --articles="$articles"} --junit="$out/junit.xml" -- "$card") || code=$?
printf '%s\n' "$checks"
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
  { printf '\nGate:\n\n' && printf '%s\n' "$checks" | sed 's/^/    /'; } >>"$GITHUB_STEP_SUMMARY"
fi
[ "$code" != 1 ] || [ -s "$out/junit.xml" ] || code=2 # without its file it broke before it could judge
exit "$code"
