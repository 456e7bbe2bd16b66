#!/usr/bin/env bash
# Build the wheel, install it into an empty environment beside Hugging Face's `evaluate`, and use it from another
# folder: all four packages import, shipped configs are found by name, scoring works without torch or Label Studio,
# and the other `evaluate` is untouched. Run by `make wheel`.
set -euo pipefail
checkout=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python -m build --wheel --outdir "$work/dist" "$checkout" >"$work/build.log" 2>&1 || { cat "$work/build.log"; exit 1; }
python -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --disable-pip-version-check -q -c "$checkout/constraints.txt" "$work"/dist/rolecall-*.whl
cd "$work"
rolecall=$work/venv/bin/rolecall

"$rolecall" --help >help.txt
"$rolecall" configs >configs.txt
grep -q "$work/venv/.*/protest.yaml" configs.txt
for package in torch transformers datasets label_studio_sdk; do
  if "$work/venv/bin/python" -c "import $package" 2>/dev/null; then
    echo "the base install brings $package"; exit 1
  fi
done
# The base install scores: annotator against adjudicated gold.
"$rolecall" evaluate score "$checkout/sample/annotations.jsonl" "$checkout/sample/annotations.jsonl" \
  --gold-by gold --predictions-by ana --articles "$checkout/sample/articles.jsonl" --scheme protest --out card.json >score.txt
"$rolecall" evaluate gate card.json --min micro.f1=0.9
# A stage whose extra is not installed says how to get it.
code=0; "$rolecall" train predict nowhere "$checkout/sample/articles.jsonl" --out p.jsonl 2>missing.txt || code=$?
[ "$code" = 2 ] && grep -q "rolecall\[train\]" missing.txt || { echo "expected the way to the train extra:"; cat missing.txt; exit 1; }

# The onnx extra brings all that an exported run is read with, and neither torch nor transformers.
"$work/venv/bin/python" -m pip install --disable-pip-version-check -q -c "$checkout/constraints.txt" \
  "$(echo "$work"/dist/rolecall-*.whl)[onnx]"
"$work/venv/bin/python" - <<'P'
from importlib.util import find_spec

import onnxruntime, pyarrow.parquet
import rolecall.train.articles, rolecall.train.exported, rolecall.train.labelling, rolecall.train.threads

assert not any(map(find_spec, ("torch", "transformers", "datasets", "accelerate"))), "the onnx extra brings torch's kin"
P

"$work/venv/bin/python" -m pip install --disable-pip-version-check -q -c "$checkout/constraints.txt" evaluate
"$work/venv/bin/python" - <<'P'
import evaluate
import rolecall.annotate, rolecall.core, rolecall.evaluate, rolecall.train

assert hasattr(evaluate, "load"), "Hugging Face's evaluate was overwritten"
assert "site-packages" in rolecall.core.__file__, rolecall.core.__file__
P
echo "wheel: installed and used from another folder, beside Hugging Face's evaluate"
