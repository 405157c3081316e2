/**
 * The engine's HTTP API from a shell, over one `docker system dial-stdio` that is kept open: a command line client costs
 * more time than the engine's answer. Bodies come from files, so that no value is part of a command line. Descriptors 5
 * and 7 are the connection's; what outlives the job must not have them. Framing as in RFC 9112: Content-Length, or chunks.
 */
export const apiSteps = `
engine=
cr=$(printf '\\r')
connect_engine() {
  rm -f engine.in engine.out
  mkfifo engine.in engine.out || return 1
  docker system dial-stdio <engine.in >engine.out 2>engine.err 6>&- 8>&- &
  exec 7>engine.in 5<engine.out
  engine=$!
  # BusyBox reads more than it was told to.
  case $(readlink -f "$(command -v head)") in *busybox*) bytes() { dd bs=1 count="$1" 2>/dev/null; } ;; *) bytes() { head -c "$1"; } ;; esac
}
disconnect_engine() {
  [ -n "$engine" ] || return 0
  exec 7>&- 5<&-
  engine=
}
# api METHOD PATH [BODY-FILE]: sets api_status, empty where the engine did not answer; the answer's body is in api.body.
api() {
  for try in 1 2; do
    [ -n "$engine" ] || connect_engine || break
    if (trap '' PIPE; request "$@" >&7) 2>/dev/null && answer; then return 0; fi
    disconnect_engine
  done
  api_status=
}
request() {
  printf '%s %s HTTP/1.1\\r\\nHost: docker\\r\\nContent-Type: application/json\\r\\nContent-Length: %s\\r\\n' "$1" "$2" "$(wc -c <"\${3:-/dev/null}")"
  [ ! -e registry-auth ] || printf 'X-Registry-Auth: %s\\r\\n' "$(cat registry-auth)"
  printf '\\r\\n'
  [ -z "$3" ] || cat "$3"
}
answer() {
  length=0
  chunked=
  IFS=' ' read -r protocol api_status reason <&5 || return 1
  while IFS= read -r line <&5; do
    line=\${line%"$cr"}
    case $line in
      '') break ;;
      [Cc]ontent-[Ll]ength:*) length=\${line#*:} ;;
      [Tt]ransfer-[Ee]ncoding:*chunked*) chunked=1 ;;
    esac
  done
  : >api.body
  [ -z "$chunked" ] || length=1
  while [ "$length" -gt 0 ]; do
    if [ -n "$chunked" ]; then
      IFS= read -r line <&5 || return 1
      length=$(( 0x\${line%"$cr"} ))
    fi
    bytes "$length" <&5 >>api.body
    # A line end follows each chunk, also the last, empty one.
    if [ -n "$chunked" ]; then IFS= read -r line <&5 || return 1; else length=0; fi
  done
}
engine_said() {
  if [ -z "$api_status" ]; then echo "it did not answer: $(tail -n 1 engine.err)"
  else sed -n 's/.*"message":"\\(.*\\)"}.*/\\1/p' api.body | sed 's/\\\\"/"/g; s/\\\\n/ /g'; fi
}
`;
