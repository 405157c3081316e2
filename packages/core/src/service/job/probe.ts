/** An HTTP request by bash alone, for nodes without curl: prints the status line, then some of the rest unless it is good news. */
const bashRequest = `exec 3<>"/dev/tcp/$1/$2" || exit 7
printf 'GET %s HTTP/1.1\\r\\nHost: %s:%s\\r\\nUser-Agent: drayage\\r\\nAccept: */*\\r\\nConnection: close\\r\\n\\r\\n' "$3" "$1" "$2" >&3
IFS= read -r line <&3 || exit 52
printf '%s\\n' "$line"
case $line in 'HTTP/'*' '[23]*) exit 0 ;; esac
while IFS= read -r line <&3; do case $line in ''|$'\\r') break ;; esac; done
head -c 200 <&3`;

/**
 * Probes from the node, as `check` says (http, tcp, command, none), with the program that `prober` names (curl, bash, or a
 * container on the environment's network). `probe NAME IP` succeeds when the container is healthy; otherwise it leaves
 * the reason in `detail`.
 */
export const probeSteps = `
bash_request='${bashRequest.replaceAll("'", `'\\''`)}'
in_prober() { docker exec "$resource-prober-$id" "$@"; }
start_prober() {
  [ "$prober" = container ] || return 0
  case $check in http | tcp) ;; *) return 0 ;; esac
  docker run --detach --rm --name "$resource-prober-$id" --network "$network" --entrypoint sleep "$prober_image" \\
    "$(( timeout / 1000 + 60 ))" >prober.log 2>&1 ||
    fail PROBER_MISSING "The health check needs curl or bash on this node, or image $prober_image, and has none of them: $(tail -n 1 prober.log)"
}
stop_prober() { [ "$prober" != container ] || docker rm --force "$resource-prober-$id" >/dev/null 2>&1; }

excerpt() { tr -d '\\000-\\010\\013-\\037' <"$1" | tr '\\n' ' ' | cut -c 1-160; }
probe_http() {
  case $prober in
    bash)
      timeout "$probe_timeout" bash -c "$bash_request" probe "$1" "$port" "$path" >probe.out 2>probe.err
      status=$?
      read -r protocol code rest <probe.out || code=
      case $protocol in HTTP/*) ;; *) code= ;; esac
      tail -n +2 probe.out >probe.body ;;
    *)
      run= body=probe.body
      [ "$prober" != container ] || { run=in_prober; body=-; }
      $run curl --silent --max-time "$probe_timeout" --user-agent drayage --output "$body" --write-out '\\n%{http_code}' \\
        "http://$1:$port$path" >probe.out 2>probe.err
      status=$?
      # The last line is curl's; a body comes before it where it was not written to a file.
      while IFS= read -r line || [ -n "$line" ]; do code=$line; done <probe.out
      [ "$body" != - ] || sed '$d' probe.out >probe.body
      [ "$code" != 000 ] || code= ;;
  esac
  case $code in
    2?? | 3??) return 0 ;;
    ???) detail="GET $path on port $port answered $code: $(excerpt probe.body)" ;;
    *) if [ "$status" = 28 ] || [ "$status" = 124 ]; then detail="GET $path on port $port gave no answer within $probe_timeout s"
        else detail="nothing answers on port $port"; fi ;;
  esac
  return 1
}
# curl goes on reading once it is connected, so its status says nothing; the time it took to connect does.
tcp_by_curl() {
  connected=$($1 curl --silent --output /dev/null --connect-timeout "$probe_timeout" --max-time 0.4 --write-out '%{time_connect}' "telnet://$2:$port" </dev/null 2>/dev/null)
  case $connected in '' | 0 | 0.000000) return 1 ;; esac
}
probe_tcp() {
  detail="port $port does not accept connections"
  if [ "$prober" = container ]; then
    in_prober nc -z -w 2 "$1" "$port" 2>/dev/null || tcp_by_curl in_prober "$1"
  elif command -v bash >/dev/null; then
    timeout "$probe_timeout" bash -c 'exec 3<>"/dev/tcp/$1/$2"' probe "$1" "$port" 2>/dev/null
  else
    nc -z -w 2 "$1" "$port" 2>/dev/null || tcp_by_curl '' "$1"
  fi
}
probe() {
  case $check in
    http) probe_http "$2" ;;
    tcp) probe_tcp "$2" ;;
    command)
      timeout "$probe_timeout" docker exec "$1" sh -c "$check_command" >probe.out 2>&1
      status=$?
      detail="the health command ended with status $status: $(excerpt probe.out)"
      return "$status" ;;
    none)
      clock
      detail="it has run for $((now - ready_begun)) ms of $budget ms"
      [ "$((now - ready_begun))" -ge "$budget" ] ;;
  esac
}
`;

/**
 * `await_ready CONTAINER…` returns when all of them have passed one probe. It looks at their state in the same loop, so
 * that one that has died ends the deployment at once. The first probe follows the start immediately; the pauses grow
 * from 30 ms to the interval, and from 250 ms while nothing listens on the port.
 */
export const readySteps = `
address_format='{{range $name, $net := .NetworkSettings.Networks}}{{if eq $name "'$network'"}}{{$net.IPAddress}}{{end}}{{end}}'
died() {
  tail_of "$1"
  case $3 in true) fail DEPLOY_EXITED "Container $1 was killed because it used more memory than it may (exit status $2)." ;; esac
  fail DEPLOY_EXITED "Container $1 exited with status $2 before it was healthy."
}
# Sets the container's address. Ends the deployment when it does not run. While its process is there it is not asked for
# again: that would take from the application the time it needs to start.
require_running() {
  if [ -e "seen.$1" ] && [ "$((now - ready_begun))" -lt 3000 ]; then
    read -r pid ip <"seen.$1"
    [ ! -e "/proc/$pid/stat" ] || return 0
  fi
  api GET "/containers/$1/json"
  [ "$api_status" = 200 ] || fail DEPLOY_EXITED "Container $1 of the new version is gone: $(engine_said)"
  body=$(cat api.body)
  state=\${body#*'"State":{'}
  state=\${state#*'"Status":"'}
  ip=\${body#*'"Networks":{'}
  ip=\${ip#*'"'"$network"'":{'}
  ip=\${ip#*'"IPAddress":"'}
  ip=\${ip%%'"'*}
  pid=\${state#*'"Pid":'}
  echo "\${pid%%[!0-9]*} $ip" >"seen.$1"
  [ "\${state%%'"'*}" = running ] || died "$1" $(docker inspect --format '{{.State.ExitCode}} {{.State.OOMKilled}}' "$1")
}
# Whether something listens on the port in the container's network, by the kernel's table (0A: LISTEN); no program is
# needed for that. Succeeds also where it cannot be told. To print the table the kernel goes through all connections of
# the host, some milliseconds of work, so it is read only when the number of the container's sockets has changed.
listens() {
  read -r pid ip <"seen.$1"
  [ -r "/proc/$pid/net/tcp" ] || return 0
  count_sockets "$pid"
  counted= answer=
  [ ! -e "sockets.$1" ] || IFS=/ read -r counted answer <"sockets.$1"
  if [ -z "$sockets" ] || [ "$sockets" != "$counted" ]; then
    answer=1
    ! in_table "$pid" || answer=0
    echo "$sockets/$answer" >"sockets.$1"
  fi
  return "$answer"
}
in_table() {
  for table in tcp6 tcp; do
    [ -r "/proc/$1/net/$table" ] || continue
    while read -r entry here there status rest; do
      case $here,$status in *":$hex_port,0A") return 0 ;; esac
    done <"/proc/$1/net/$table"
  done
  return 1
}
# "TCP: inuse 1 …" and "TCP6: inuse 1"; the other figures are the whole host's.
count_sockets() {
  sockets=
  for table in sockstat sockstat6; do
    [ -r "/proc/$1/net/$table" ] || continue
    while read -r kind field figure rest; do
      case $kind in TCP: | TCP6:) sockets="$sockets $figure"; break ;; esac
    done <"/proc/$1/net/$table"
  done
  [ -z "$sockets" ] || sockets="$1$sockets"
}
# Waits until the next probe. As long as nothing listens, probes are few, for they would take from the application the
# time it needs to start; but the moment something does, one follows. They are not left out: some runtimes do not show
# what listens.
await_port() {
  if [ -z "$hex_port" ] || listens "$culprit"; then
    nap "$pause"
    pause=$(( pause + pause / 4 ))
    [ "$pause" -le "$interval" ] || pause=$interval
    return
  fi
  patience=$(( now + blind ))
  blind=$(( blind + blind / 4 ))
  [ "$blind" -le "$interval" ] || blind=$(( interval > 250 ? interval : 250 ))
  while nap "$(( now - ready_begun < 3000 ? 20 : 100 ))"; clock; [ "$now" -lt "$patience" ]; do
    for name in $pending; do
      if listens "$name"; then return; fi
    done
  done
}
await_ready() {
  case $check in http | tcp) hex_port=$(printf '%04X' "$port") ;; *) hex_port= ;; esac
  pending=$*
  clock
  ready_begun=$now
  pause=30
  blind=250
  last_told=
  while :; do
    waiting=$pending
    pending=
    for name in $waiting; do
      require_running "$name"
      if probe "$name" "$ip"; then
        event healthy ",\\"container\\":\\"$name\\""
      else
        pending="$pending $name"
        if [ "$last_told" != "$detail" ] && [ "$check" != none ]; then
          last_told=$detail
          event waiting ",\\"container\\":\\"$name\\",\\"detail\\":\\"$(json "$detail")\\""
        fi
        last=$detail
        culprit=$name
      fi
    done
    [ -n "$pending" ] || return 0
    clock
    if [ "$check" != none ] && [ "$((now - ready_begun))" -ge "$budget" ]; then
      tail_of "$culprit"
      fail DEPLOY_UNHEALTHY "Container $culprit did not become healthy within $(( budget / 1000 )) s: $last."
    fi
    if [ "$now" -ge "$end" ]; then
      tail_of "$culprit"
      fail DEPLOY_TIMEOUT "The deployment took longer than $(( timeout / 1000 )) s: $culprit: $last."
    fi
    await_port
  done
}
`;
