/**
 * The engine's HTTP API from a shell, through `docker system dial-stdio`: bodies come from files, so that no value is
 * part of a command line. HTTP/1.0, so that answers come unchunked and end with the connection.
 */
export const apiSteps = `
# api METHOD PATH BODY-FILE: sets api_status; the answer's body is in api.body.
api() {
  rm -f api.in
  mkfifo api.in
  docker system dial-stdio <api.in >api.out 2>api.err &
  # Its input stays open until the answer is there: the end of input would cancel the request.
  exec 7>api.in
  { printf '%s %s HTTP/1.0\\r\\nHost: docker\\r\\nContent-Type: application/json\\r\\nContent-Length: %s\\r\\n' "$1" "$2" "$(wc -c <"$3")"
    [ ! -e registry-auth ] || printf 'X-Registry-Auth: %s\\r\\n' "$(cat registry-auth)"
    printf '\\r\\n'
    cat "$3"; } >&7
  wait $!
  exec 7>&-
  api_status=
  read -r protocol api_status rest <api.out || :
  sed '1,/^\\r*$/d' api.out >api.body
}
engine_said() { sed -n 's/.*"message":"\\(.*\\)"}.*/\\1/p' api.body | sed 's/\\\\"/"/g; s/\\\\n/ /g'; }
`;
