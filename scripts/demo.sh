#!/usr/bin/env bash
# A whole PropCast on this machine: a simulated world, two trained models, six services, yesterday and today, the console.
set -euo pipefail
cd "$(dirname "$0")/.."
export PROPCAST_HOME="${PROPCAST_HOME:-$PWD/.propcast/demo}"
first_day="2026-04-09"   # basketball and baseball both play; the world's clock starts at its noon
base_port="${PROPCAST_BASE_PORT:-8080}"

propcast() { .venv/bin/propcast "$@"; }
bold="" plain=""
if [ -t 2 ]; then # what is no terminal would show the codes themselves
    bold=$'\033[1m' plain=$'\033[0m'
fi
show() {
    printf '\n%s$ propcast %s%s\n' "$bold" "$*" "$plain" >&2
    propcast "$@"
}

stop() {
    trap - INT TERM EXIT
    printf '\n' >&2
    propcast down >&2 || true
    printf 'Run `make demo` again to go on: this world keeps its days, its models and its record.\n' >&2
    exit 0
}

printf 'PropCast demo: a SIMULATED world of fictional players. Home: %s\n' "$PROPCAST_HOME" >&2
if [ -f "$PROPCAST_HOME/world-clock.json" ]; then
    show simulate --sport both --seasons 2
else
    show simulate --sport both --seasons 2 --until "$first_day" --clock
fi
today=$(propcast simulate --today)
yesterday=$(python3 -c "import datetime, sys; print(datetime.date.fromisoformat(sys.argv[1]) - datetime.timedelta(days=1))" "$today")

if [ ! -f "$PROPCAST_HOME/.trained" ]; then
    show train --sport nba --market points --until "$yesterday"
    show train --sport mlb --market pitcher_strikeouts --until "$yesterday"
    touch "$PROPCAST_HOME/.trained"
fi

trap stop INT TERM EXIT
show up --detach --base-port "$base_port"
for sport in nba mlb; do
    for day in "$yesterday" "$today"; do
        show announce --sport "$sport" --date "$day"
    done
done
show smoke || true
show scorecard --sport nba --from "$yesterday" --to "$yesterday" || true

cat >&2 <<TEXT

The console is open:   http://127.0.0.1:$base_port
Sign in as             admin
with the password in   $PROPCAST_HOME/secrets/PROPCAST_ADMIN_PASSWORD

What to look at:
  Today    each game from scheduled to graded, yesterday and today; which of the six services is well
  Slate    every quoted line: probability, fair price, best price, the decision and why
  Then     kill a service ( .venv/bin/propcast status shows its pid ) and watch it come back

Ctrl-C ends everything.
TEXT
if [ -n "${DEMO_ONCE:-}" ]; then
    exit 0
fi
while :; do sleep 3600 & wait $! || true; done
