#!/bin/sh
# As in the official image: options alone are options of the server, which answers on every address.
set -eu
case $1 in -* | *.conf) set -- redis-server "$@" ;; esac
[ "$1" = redis-server ] || exec "$@"
shift
if [ "$(id -u)" = 0 ]; then
  chown redis:redis .
  exec setpriv --reuid redis --regid redis --init-groups redis-server --protected-mode no "$@"
fi
exec redis-server --protected-mode no "$@"
