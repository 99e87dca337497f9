#!/usr/bin/env bash
# Gives a release its traffic in stages, or takes it all back: `propcast rollout` under its older name.
#
#   bin/deploy/canary_deploy.sh SERVICE --image REF --monitoring-duration S [any option of propcast rollout]
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
propcast="$here/.venv/bin/propcast"
[ -x "$propcast" ] || propcast=propcast
exec "$propcast" rollout --file "$here/deploy/propcast.toml" "$@"
