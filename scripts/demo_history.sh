#!/usr/bin/env bash
# Runs real game days on imported history, from import to grade, and shows each command as it runs.
set -euo pipefail
cd "$(dirname "$0")/.."
export PROPCAST_HOME="${PROPCAST_HOME:-$PWD/.propcast/history}"
history_folder="${PROPCAST_HISTORY:-../shared/data}"

if [ ! -f "$history_folder/nba_player_box.parquet" ]; then
    cat >&2 <<TEXT
✗ There is no history at $history_folder.

  This demo runs game days on real box scores and quotes, which PropCast does not ship. Put the Parquet files of the
  history layout (nba_player_box.parquet, mlb_k_lines.parquet, …) into a folder and say where it is:

      PROPCAST_HISTORY=/path/to/history make demo-history

  Without history, \`make test\` still runs everything on a small hand-written league.
TEXT
    exit 1
fi

bold="" plain=""
if [ -t 2 ]; then # what is no terminal would show the codes themselves
    bold=$'\033[1m' plain=$'\033[0m'
fi
show() {
    printf '\n%s$ propcast %s%s\n' "$bold" "$*" "$plain" >&2
    .venv/bin/propcast "$@"
}

printf 'PropCast demo. Home: %s\n' "$PROPCAST_HOME" >&2
show import --from "$history_folder"
show train --sport nba --market points --until 2025-10-01
show train --sport mlb --market pitcher_strikeouts --until 2025-03-01
show day --sport nba --date 2025-10-24
show slate --sport nba --date 2025-10-24 --market points | head -30
show grade --sport nba --date 2025-10-24
show day --sport mlb --date 2025-07-02
show grade --sport mlb --date 2025-07-02
show status

cat >&2 <<TEXT

Done. The home is $PROPCAST_HOME; a second \`make demo\` writes nothing new.
Next:  export PROPCAST_HOME=$PROPCAST_HOME
       .venv/bin/propcast slate --sport nba --date 2025-10-24 --market points --format json | head -60
       .venv/bin/propcast --help
TEXT
