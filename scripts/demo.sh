#!/usr/bin/env bash
# The whole road on the sample corpus: Label Studio, two annotators and gold, dataset, model, score, report.
# Run by `make demo`. Everything lands in one folder; run again, it takes up the same Label Studio, enters nothing
# twice, and makes the rest anew. Every step is the command that you would type.
set -euo pipefail
cd "$(dirname "$0")/.."
demo=${1:-demo}
project="Sample reports"

step() { printf '\n\033[1m%s\033[0m\n' "$1"; }
run() { printf '$ rolecall'; printf ' %q' "$@"; printf '\n'; rolecall "$@"; }

mkdir -p "$demo"
trap 'rolecall annotate studio stop --dir "$demo/studio" >/dev/null 2>&1 || true' EXIT

step "1. Start a Label Studio of one's own, with accounts for two annotators and an adjudicator"
run annotate studio start --dir "$demo/studio" --annotators ana,ben,gold

step "2. Ingest the articles, and send them to the server"
run annotate ingest sample/articles.jsonl --out "$demo/articles.jsonl"
run annotate push "$demo/articles.jsonl" --scheme protest --project "$project" --studio "$demo/studio" \
  --guidelines annotate/guidelines/protest.md

step "3. Enter what the annotators labelled, each under their own account"
run annotate enter sample/annotations.jsonl --project "$project" --studio "$demo/studio"

step "4. Pull everything back, and see that not one span, link or event was lost or changed"
run annotate pull "$demo/articles.jsonl" --scheme protest --project "$project" --studio "$demo/studio" \
  --out "$demo/annotations.jsonl"
run annotate verify sample/annotations.jsonl "$demo/annotations.jsonl"
run annotate studio stop --dir "$demo/studio"

step "5. Build the dataset, split by story, with its loss ledger"
run annotate dataset "$demo/articles.jsonl" "$demo/annotations.jsonl" --scheme protest --out "$demo/dataset" --overwrite

step "6. Train, and predict the test split"
run train fit quick dataset="$demo/dataset" run="$demo/runs/sample" --overwrite
run train predict "$demo/runs/sample" "$demo/dataset/test/articles.jsonl" --out "$demo/predictions.jsonl"

step "7. Score beside human agreement, write the report, pass the gate"
run evaluate score "$demo/dataset/test/gold.jsonl" "$demo/predictions.jsonl" \
  --articles "$demo/dataset/test/articles.jsonl" --annotators "$demo/dataset/test/annotators.jsonl" \
  --out "$demo/scorecard.json"
run evaluate report "$demo/scorecard.json" --gold "$demo/dataset/test/gold.jsonl" \
  --predictions "$demo/predictions.jsonl" --articles "$demo/dataset/test/articles.jsonl" \
  --annotators "$demo/dataset/test/annotators.jsonl" --out "$demo/report"
run evaluate gate "$demo/scorecard.json" --config default

printf '\nDone. The report: %s\n' "$(cd "$demo" && pwd)/report/report.html"
