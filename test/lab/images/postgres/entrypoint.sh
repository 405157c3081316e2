#!/bin/sh
# Understands the variables of the official image: POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB, each also as _FILE.
set -eu
[ "$1" = postgres ] || exec "$@"

from_file() {
  eval "file=\${$1_FILE:-}"
  if [ -n "$file" ]; then export "$1=$(cat "$file")"; fi
}

if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA"
  chown -R postgres:postgres "$PGDATA"
  chmod 700 "$PGDATA"
  exec setpriv --reuid postgres --regid postgres --init-groups "$0" "$@"
fi

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  for name in POSTGRES_USER POSTGRES_PASSWORD POSTGRES_DB; do from_file $name; done
  user=${POSTGRES_USER:-postgres}
  if [ -z "${POSTGRES_PASSWORD:-}" ] && [ "${POSTGRES_HOST_AUTH_METHOD:-}" != trust ]; then
    echo 'Error: Database is uninitialized and superuser password is not specified.' >&2
    exit 1
  fi
  secret=$(mktemp)
  printf '%s\n' "${POSTGRES_PASSWORD:-unused}" >"$secret"
  initdb --username "$user" --pwfile "$secret" --auth-local trust --auth-host scram-sha-256 >/dev/null
  rm "$secret"
  echo "host all all all ${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >>"$PGDATA/pg_hba.conf"
  pg_ctl --wait --options "-c listen_addresses=''" start >/dev/null
  database=${POSTGRES_DB:-$user}
  if [ "$database" != postgres ]; then
    printf 'CREATE DATABASE :"name";\n' | psql -q -v ON_ERROR_STOP=1 -v name="$database" -U "$user" -d postgres
  fi
  for file in /docker-entrypoint-initdb.d/*; do
    case $file in
      *.sh) . "$file" ;;
      *.sql) psql -q -v ON_ERROR_STOP=1 -U "$user" -d "$database" -f "$file" ;;
    esac
  done
  pg_ctl --wait --mode fast stop >/dev/null
fi
shift
exec postgres -c listen_addresses='*' "$@"
