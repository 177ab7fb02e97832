#!/bin/sh
# Write requirements/*.txt anew: exact versions with the hashes of every file of a release, so one lock serves
# Linux and macOS. Resolved on Python 3.11, the oldest we support. Pass --upgrade to move to the newest releases.
set -eu

python=${1:?usage: tools/lock.sh PYTHON [pip-compile options]}
shift

compile() {
    CUSTOM_COMPILE_COMMAND="make lock" "$python" -m piptools compile --quiet --generate-hashes --strip-extras \
        --allow-unsafe --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options \
        "$@" pyproject.toml
}

echo "Locking the build tool, the runtime and the development tools into requirements/ ..."
compile --output-file requirements/build.txt --only-build-deps --all-build-deps "$@"
compile --output-file requirements/runtime.txt "$@"
compile --output-file requirements/dynamodb.txt --extra dynamodb --constraint requirements/runtime.txt "$@"
compile --output-file requirements/dev.txt --extra dev --constraint requirements/dynamodb.txt "$@"
