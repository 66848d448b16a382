#!/bin/sh
# The main job on a real checkout: dry run, apply, verify, status, revert; the checkout ends as it began.
set -eu
version=8.4.190
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
cd "$folder"

if [ -t 1 ]; then bold=$(printf "\033[1m") plain=$(printf "\033[0m"); else bold= plain=; fi
say() { printf "\n%s$ %s%s\n" "$bold" "$*" "$plain"; }
run() { say "$*"; "$@"; }

say "pip download ultralytics==$version   # a wheel, unpacked, is a checkout"
python -m pip download --quiet --disable-pip-version-check --no-deps --ignore-requires-python "ultralytics==$version"
python -m zipfile -e ultralytics-*.whl checkout
cp -R checkout original

run yolo-patcher list
run yolo-patcher apply sae --repo checkout --model yolov8n --position head --dry-run
run yolo-patcher apply sae --repo checkout --model yolov8n --position head
run yolo-patcher verify --repo checkout
run yolo-patcher status --repo checkout
run yolo-patcher revert --repo checkout

say "diff -r --exclude .yolo-patcher original checkout"
diff -r --exclude .yolo-patcher original checkout && echo "The checkout is as it was, byte for byte."
