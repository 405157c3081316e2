/**
 * The engine's HTTP API from a shell, over one `docker system dial-stdio` that is kept open: a command line client costs
 * more time than the engine's answer. Bodies come from files, so that no value is part of a command line. Descriptors 5
 * and 7 are the connection's; what outlives the job must not have them. Framing as in RFC 9112: Content-Length, or chunks.
 */
export const apiSteps = `
engine=
errors_only=
cr=$(printf '\\r')
connect_engine() {
  [ ! -e engine.in ] || rm -f engine.in engine.out
  mkfifo engine.in engine.out || return 1
  # No answer is waited for longer than the job may last; taking back has half a minute at least.
  clock
  limit=$(( (end - now) / 1000 + 1 ))
  [ "$limit" -ge 30 ] || limit=30
  timeout "$limit" docker system dial-stdio <engine.in >engine.out 2>engine.err 6>&- 8>&- &
  exec 7>engine.in 5<engine.out
  engine=$!
  credentials=
  [ ! -e registry-auth ] || { IFS= read -r credentials <registry-auth || :; }
  bytes() { head -c "$1"; }
  # BusyBox, whose programs are links, reads more than it was told to.
  [ ! -L "$(command -v head)" ] || bytes() { dd bs=1 count="$1" 2>/dev/null; }
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
  body=
  [ -z "$3" ] || body=$(cat "$3")
  printf '%s %s HTTP/1.1\\r\\nHost: docker\\r\\nContent-Type: application/json\\r\\nContent-Length: %s\\r\\n' "$1" "$2" "\${#body}"
  [ -z "$credentials" ] || printf 'X-Registry-Auth: %s\\r\\n' "$credentials"
  printf '\\r\\n%s' "$body"
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
  if [ -z "$chunked" ]; then
    [ "$length" -eq 0 ] || bytes "$length" <&5 >>api.body
    return 0
  fi
  while IFS= read -r line <&5; do
    line=\${line%"$cr"}
    # What an image's pull prints is lines of progress; errors are all that is kept of them.
    if [ "$errors_only,$api_status" = 1,200 ]; then
      case $line in 0) ;; *'"error":'*) printf '%s\\n' "$line" >>api.body; continue ;; *) on_progress "$line"; continue ;; esac
    fi
    # A line end follows each chunk, also the last, empty one.
    length=$(( 0x$line ))
    [ "$length" -eq 0 ] || bytes "$length" <&5 >>api.body
    IFS= read -r line <&5 || return 1
    [ "$length" -ne 0 ] || return 0
  done
  return 1
}
engine_said() {
  if [ -z "$api_status" ]; then echo "it did not answer: $(tail -n 1 engine.err)"
  else sed -n 's/.*"message":"\\(.*\\)"}.*/\\1/p' api.body | sed 's/\\\\"/"/g; s/\\\\n/ /g'; fi
}
`;
