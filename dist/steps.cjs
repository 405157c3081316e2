"use strict";var Wr=Object.defineProperty;var a=(e,t)=>Wr(e,"name",{value:t,configurable:!0});const f=require("./base.cjs"),$=require("./transport.cjs"),M=require("node:timers/promises"),h=require("./config.cjs"),Kr=require("node:http"),mt=require("node:net"),Oe=require("node:tls"),T=require("node:crypto"),Vr=require("node:url"),Xr=require("node:dns/promises"),D=require("node:path"),$t=require("node:stream"),j=require("node:fs"),De=require("node:fs/promises"),gt=require("node:stream/promises"),Zr=require("node:zlib"),wt=require("./archive.cjs"),Te=a(e=>e==="blue"?"green":"blue","otherSlot"),ce=a((e,t)=>`${e}-${t}`,"slotName");function B(e){const t=`${e}/proxy`;return{root:t,active:`${t}/active`,dynamic:`${t}/dynamic`,slots:`${t}/slots`}}a(B,"proxyPaths");const q="/drayage",R={active:`${q}/active`,dynamic:`${q}/dynamic`,certificates:`${q}/certificates`,authorities:`${q}/authorities`,caddyConfig:`${q}/caddy.json`,traefikConfig:`${q}/traefik.yml`,adminSocket:"/run/drayage/admin.sock",data:"/data"},A="drayage-proxy",Qr="drayage-proxy-data",X="0--drayage-proxy",Ae=`${f.labelPrefix}.proxy`,Ie=`${f.labelPrefix}.proxy-spec`;function Y(e){const{root:t}=B(e);return{routes:`${t}/routes`,certificates:`${t}/certificates`,authorities:`${t}/authorities`,caddyConfig:`${t}/caddy.json`,traefikConfig:`${t}/traefik.yml`,dynamic:B(e).dynamic,lock:`${t}/lock`}}a(Y,"proxyFiles");const eo={caddy:"caddy:2",traefik:"traefik:v3.6"};function to(e,{stateDir:t,image:n=eo[e]}){const r=["--restart","unless-stopped","--stop-timeout","30","--publish","80:80/tcp","--publish","443:443/tcp","--publish","443:443/udp","--volume",`${B(t).root}:${q}`,"--volume",`${Qr}:${R.data}`,"--tmpfs","/run/drayage:mode=700","--log-driver","json-file","--log-opt","max-size=10m","--log-opt","max-file=3"],o=e==="caddy"?["caddy","run","--config",R.caddyConfig]:["traefik",`--configFile=${R.traefikConfig}`],s=T.createHash("sha256").update(JSON.stringify([n,X,r,o])).digest("hex").slice(0,12);return{kind:e,image:n,options:r,command:o,hash:s}}a(to,"proxyContainerSpec");const de="drayage-proxy-guard",xe=`${f.labelPrefix}.proxy-guard`,Re="1",Ne="drayage-empty:1",no=`trap 'exit 0' TERM INT
while :; do
  case $(docker inspect -f '{{.State.Status}} {{.State.Error}}' ${A} 2>/dev/null) in
    running*) docker wait ${A} >/dev/null 2>&1 & wait $! ;;
    exited*network* | created*network*) docker start ${A} & wait $! ;;
  esac
  sleep 3 & wait $!
done`;function ro(){const e=["docker","run","--detach","--name",de,"--label",`${xe}=${Re}`],t=["--restart","unless-stopped","--network","none","--security-opt","label=disable"],n=["--mount","type=bind,source=/var/run/docker.sock,target=/var/run/docker.sock"];return`if [ "$(docker inspect -f '{{index .Config.Labels "${xe}"}} {{.State.Running}}' ${de} 2>/dev/null)" != '${Re} true' ]; then
  docker rm -f ${de} >/dev/null 2>&1 || true
  docker image inspect ${Ne} >/dev/null 2>&1 || head -c 1024 /dev/zero | docker import - ${Ne} >/dev/null
  set --
  for folder in /bin /lib /lib64 /usr; do
    [ -d $folder ] && set -- "$@" --mount type=bind,source=$folder,target=$folder,readonly
  done
  ${$.quoteArgv([...e,...t,...n])} "$@" ${$.quoteArgv([Ne,"/bin/sh","-c",no])} >/dev/null
fi
`}a(ro,"startGuardScript");function oo(e){return typeof e=="object"&&e!==null&&e[xe]===Re}a(oo,"isGuard");const so=h.discriminatedUnion("kind",[h.strictObject({kind:h.literal("letsencrypt")}),h.strictObject({kind:h.literal("none")}),h.strictObject({kind:h.literal("custom"),name:h.string().regex(/^[a-z0-9-]+$/)})]),io=h.strictObject({host:h.string().min(1),path:h.string().startsWith("/"),port:h.int().min(1).max(65535),https:h.boolean(),certificate:so}),yt=h.strictObject({version:h.literal(1),resource:h.string().regex(/^[a-z0-9][a-z0-9.-]*$/),network:h.string().min(1),owner:h.record(h.string(),h.string()),acme:h.strictObject({directory:h.url(),email:h.string().optional(),authority:h.string().regex(/^[a-z0-9-]+\.pem$/).optional()}).optional(),domains:h.array(io)}),le="https://acme-v02.api.letsencrypt.org/directory";function je(e){return`${JSON.stringify(yt.parse(e),null,2)}
`}a(je,"printRoute");function ao(e){try{return yt.parse(JSON.parse(e))}catch{return}}a(ao,"parseRoute");const co=/^(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/;function ue(e){const t=e.startsWith("*."),n=Vr.domainToASCII(t?e.slice(2):e).toLowerCase();return co.test(n)?t?`*.${n}`:n:""}a(ue,"asciiHost");function lo(e,t){return Number(e.host.startsWith("*"))-Number(t.host.startsWith("*"))||vt(e.host,t.host)||z(t.path).length-z(e.path).length||vt(e.path,t.path)}a(lo,"byPrecedence");const z=a(e=>e.replace(/\/+$/,""),"trimmed"),vt=a((e,t)=>e<t?-1:e>t?1:0,"compare");function uo(e){const t=new Map,n=new Set;for(const{route:o,domain:s}of e)s.certificate.kind==="custom"&&n.add(s.certificate.name),!(s.certificate.kind!=="letsencrypt"||t.has(s.host))&&t.set(s.host,o.acme??{directory:le});const r=[...n].sort().map(o=>({certificate:`${R.certificates}/${o}.crt`,key:`${R.certificates}/${o}.key`}));return{certificates:{...t.size===0?{}:{automate:[...t.keys()].sort()},...r.length===0?{}:{load_files:r}},automation:{policies:fo(t)}}}a(uo,"tlsApp");function fo(e){const t=new Map;for(const[n,r]of e){const o=JSON.stringify([r.directory,r.email,r.authority]),s=t.get(o)??{acme:r,subjects:[]};s.subjects.push(n),t.set(o,s)}return[...t.values()].map(({acme:n,subjects:r})=>({subjects:r.sort(),issuers:[ho(n)]}))}a(fo,"policies");function ho(e){return{module:"acme",ca:e.directory,...e.email===void 0?{}:{email:e.email},...e.authority===void 0?{}:{trusted_roots_pem_files:[`${R.authorities}/${e.authority}`]},challenges:{"tls-alpn":{disabled:!0}}}}a(ho,"issuer");const po="5s",mo="50ms",$o="3s";function kt(e,t){return{handler:"reverse_proxy",upstreams:[{dial:`${e}:${t}`}],load_balancing:{try_duration:po,try_interval:mo},transport:{protocol:"http",dial_timeout:"2s",keep_alive:{idle_timeout:$o,max_idle_conns_per_host:128}}}}a(kt,"reverseProxy");function go(e,t){return[{file:{root:`${R.active}/${e}`,try_files:[`/${t}`]}}]}a(go,"whenActive");function wo(e,t){const n=a(o=>({match:go(e,o),handle:[kt(ce(e,o),t)],terminal:!0}),"toSlot");return[{handler:"subroute",routes:[n("green"),n("blue"),n("green"),{handle:[kt(e,t)]}]}]}a(wo,"toService");function yo(e){return e.flatMap(t=>t.domains.map(n=>({route:t,domain:n}))).sort((t,n)=>lo(t.domain,n.domain))}a(yo,"entriesOf");function bt(e){const t=yo(e),n=t.filter(({domain:o})=>o.https),r=t.map(o=>o.domain.https?ko(o):Et(o));return{admin:{listen:`unix/${R.adminSocket}`,config:{persist:!1}},logging:{logs:{default:{level:"INFO",writer:{output:"stderr"},encoder:{format:"json"}}}},storage:{module:"file_system",root:`${R.data}/caddy`},apps:{http:{grace_period:"10m",servers:{http:_t(":80",r),...n.length===0?{}:{https:{..._t(":443",n.map(Et)),...vo}}}},tls:uo(n)}}}a(bt,"caddyConfig");const vo={tls_connection_policies:[{}]};function _t(e,t){const n={handle:[{handler:"static_response",status_code:404,body:`No such domain on this server.
`}]};return{listen:[e],automatic_https:{disable:!0},routes:[...t,n]}}a(_t,"server");function Et({route:e,domain:t}){return{match:[St(t)],handle:wo(e.resource,t.port),terminal:!0}}a(Et,"forward");function ko({domain:e}){const t={Location:["https://{http.request.host}{http.request.uri}"],Connection:["close"]};return{match:[St(e)],handle:[{handler:"static_response",status_code:308,headers:t}],terminal:!0}}a(ko,"redirect");function St(e){const t=z(e.path);return{host:[e.host],...t===""?{}:{path:[t,`${t}/*`]}}}a(St,"matcher");function Pe(e={directory:le}){const t=JSON.stringify([e.directory,e.email??"",e.authority??""]);return`acme-${T.createHash("sha256").update(t).digest("hex").slice(0,8)}`}a(Pe,"resolverName");function Ot(e){const t=new Map(e.map(r=>[Pe(r),r])),n={respondingTimeouts:{readTimeout:"600s",idleTimeout:"180s"}};return h.distExports.stringify({global:{checkNewVersion:!1,sendAnonymousUsage:!1},log:{level:"INFO",format:"json"},entryPoints:{web:{address:":80",transport:n},websecure:{address:":443",http3:{},transport:n}},providers:{file:{directory:R.dynamic,watch:!0}},...t.size===0?{}:{certificatesResolvers:Object.fromEntries([...t].map(([r,o])=>[r,bo(r,o)]))}},{lineWidth:0,aliasDuplicateObjects:!1})}a(Ot,"traefikStatic");function bo(e,t){return{acme:{caServer:t.directory,...t.email===void 0?{}:{email:t.email},...t.authority===void 0?{}:{caCertificates:[`${R.authorities}/${t.authority}`]},storage:`${R.data}/${e}.json`,httpChallenge:{entryPoint:"web"}}}}a(bo,"resolver");function _o(e,t){const n=B(t),r=Y(t),[o,s]=e.kind==="caddy"?[r.caddyConfig,JSON.stringify(bt([]),null,2)]:[r.traefikConfig,Ot([])],i=[n.root,n.active,n.dynamic,n.slots,r.routes,r.authorities],d=["docker","create","--name",A,"--network",X,"--label",`${Ae}=${e.kind}`,"--label",`${Ie}=${e.hash}`,...e.options,e.image,...e.command];return`umask 022
mkdir -p ${$.quoteArgv(i)}
mkdir -p -m 700 ${$.quote(r.certificates)}
if [ ! -s ${$.quote(o)} ]; then
  cat >${$.quote(`${o}.next`)} <<'END_OF_CONFIG'
${s.trimEnd()}
END_OF_CONFIG
  mv -f ${$.quote(`${o}.next`)} ${$.quote(o)}
fi
docker network inspect ${X} >/dev/null 2>&1 || docker network create ${X} >/dev/null
if [ "$(docker inspect -f '{{index .Config.Labels "${Ie}"}}' ${A} 2>/dev/null)" != ${e.hash} ]; then
  tries=1
  until docker image inspect ${$.quote(e.image)} >/dev/null 2>&1 || docker pull --quiet ${$.quote(e.image)} >/dev/null; do
    [ $tries -lt 3 ] || exit 1
    tries=$((tries + 1)); sleep 3
  done
  networks=$(docker inspect -f '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}' ${A} 2>/dev/null) || networks=
  [ -z "$networks" ] || docker rm -f ${A} >/dev/null
  ${$.quoteArgv(d)} >/dev/null
  for name in $networks; do
    [ "$name" = ${X} ] || docker network connect "$name" ${A}
  done
fi
docker start ${A} >/dev/null
sleep 1
if [ "$(docker inspect -f '{{.State.Running}} {{.RestartCount}}' ${A})" != 'true 0' ]; then
  docker logs --tail 20 ${A}
  echo 'The proxy does not stay up.'
  exit 1
fi
`}a(_o,"startProxyScript");const Eo=`export DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a
apt_options='-qq -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold'
# Once for all steps.
apt_update() {
  [ ! -e "$DRAYAGE_JOB/updated" ] || return 0
  tries=0
  until apt-get $apt_options update >"$DRAYAGE_JOB/apt" 2>&1; do
    if [ $tries -ge 120 ] || ! grep -q 'Could not get lock' "$DRAYAGE_JOB/apt"; then cat "$DRAYAGE_JOB/apt"; return 1; fi
    [ $((tries % 6)) != 0 ] || echo "Waiting for another package manager: $(grep -m1 'Could not get lock' "$DRAYAGE_JOB/apt")"
    tries=$((tries + 1)); sleep 5
  done
  : >"$DRAYAGE_JOB/updated"
}
await_lock() {
  tries=0
  while held=$(apt-get -qq check 2>&1 | grep -m1 'Could not get lock'); do
    [ $tries -lt 300 ] || return 1
    [ $((tries % 15)) != 0 ] || echo "Waiting for another package manager: $held"
    tries=$((tries + 1)); sleep 2
  done
}
# A line for each package; all of what apt said only where it failed. Not through a pipe: a daemon that a package starts may
# keep it open for good.
apt_install() {
  await_lock
  if apt-get $apt_options install --no-install-recommends "$@" >"$DRAYAGE_JOB/apt" 2>&1; then
    sed -n 's/^Setting up \\([^:( ]*\\)[^(]*\\((.*)\\) .*/installed \\1 \\2/p' "$DRAYAGE_JOB/apt"
  else
    cat "$DRAYAGE_JOB/apt"
    return 1
  fi
}
`,Le="25.0",So=`apt_update
candidate=$(apt-cache policy docker.io | sed -n 's/^ *Candidate: //p')
release=
if [ -z "$candidate" ] || [ "$candidate" = '(none)' ]; then echo 'This distribution has no package docker.io.'; exit 1; fi
if dpkg --compare-versions "$candidate" lt ${Le}; then
  release=$(apt-cache madison docker.io | while IFS='|' read -r _ version source; do
    version=$(echo $version)
    if dpkg --compare-versions "$version" ge ${Le}; then echo "$source" | awk '{ sub("/.*", "", $2); print $2 }'; break; fi
  done)
  if [ -z "$release" ]; then
    echo "The newest docker.io here is $candidate; ${Le} or newer is needed. Use docker-source: official for this server."
    exit 1
  fi
fi
set -- docker.io docker-buildx iptables ca-certificates
if apt-cache show docker-cli >/dev/null 2>&1; then set -- "$@" docker-cli; fi
[ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" != Y ] || set -- "$@" apparmor
apt_install \${release:+-t "$release"} "$@"
`;function Oo(e){return e.startsWith("docker-ce")?"docker-buildx-plugin":"docker-buildx"}a(Oo,"buildxPackage");const Do={"max-size":"10m","max-file":"3"};function To(e,t){const n=Ao(e??"");if(typeof n=="string")return n;const r=[];let o=!0,s=!1;const i={...n};(n["log-driver"]??"json-file")==="json-file"&&n["log-opts"]===void 0&&(Object.assign(i,{"log-driver":"json-file","log-opts":Do}),r.push("rotate container logs at 10 MB, 3 files"),o=!1),(t.swarm?n["live-restore"]===!0:n["live-restore"]===void 0)&&(i["live-restore"]=!t.swarm,s||=t.swarm,r.push(t.swarm?"turn live restore off, which Swarm excludes":"keep containers running while Docker restarts"));const c=Array.isArray(n["insecure-registries"])?n["insecure-registries"]:[],l=t.insecure.filter(u=>!c.includes(u));if(l.length>0&&(i["insecure-registries"]=[...c,...l],s=!0,r.push(`allow plain HTTP to ${l.join(", ")}`)),r.length!==0)return{text:`${JSON.stringify(i,null,2)}
`,what:r,reloadable:o,required:s}}a(To,"mergeDaemonConfig");function Ao(e){if(e.trim()==="")return{};try{const t=JSON.parse(e);return typeof t=="object"&&t!==null&&!Array.isArray(t)?t:"/etc/docker/daemon.json holds no JSON object"}catch(t){return`/etc/docker/daemon.json is not valid JSON (${t.message})`}}a(Ao,"parse$2");const Io=`docker_answers() { docker version --format '{{.Server.APIVersion}}' >/dev/null 2>&1; }
await_docker() {
  tries=0
  until docker_answers; do
    tries=$((tries + 1))
    [ $tries -lt 120 ] || return 1
    sleep 0.5
  done
}
docker_service() {
  if [ -d /run/systemd/system ]; then systemctl "$1" docker
  else service docker "$1"; fi
}
start_docker() {
  [ ! -d /run/systemd/system ] || systemctl -q enable docker
  docker_answers || docker_service start || true
  if ! await_docker; then
    echo 'Docker does not answer after its start. Its last lines:'
    if [ -d /run/systemd/system ]; then journalctl -u docker -n 20 --no-pager; else tail -n 20 /var/log/docker.log; fi
    return 1
  fi
}
`;function xo(e,t){return`file=/etc/docker/daemon.json
mkdir -p /etc/docker
cat >$file.next <<'END_OF_JSON'
${e.trimEnd()}
END_OF_JSON
if command -v dockerd >/dev/null && dockerd --help 2>/dev/null | grep -q -- --validate; then
  dockerd --validate --config-file $file.next || { rm -f $file.next; exit 1; }
fi
rm -f $file.before
[ ! -e $file ] || cp -p $file $file.before
mv -f $file.next $file
${t==="none"?"":Ro(t)}rm -f $file.before
`}a(xo,"applyDaemonConfig");function Ro(e){return`${e==="reload"?'kill -HUP "$(cat /run/docker.pid 2>/dev/null || pidof dockerd)"':"docker_service restart"} || true
sleep 1
if ! await_docker; then
  echo 'Docker does not come up with the new settings; the old ones are put back.'
  rm -f $file
  [ ! -e $file.before ] || mv -f $file.before $file
  docker_service restart
  exit 1
fi
`}a(Ro,"activate");const No={base:"https://download.docker.com/linux",fingerprint:"9DC858229FC7DD38854AE2D88D81803C0EBFCD88",versions:["28.5.2","28.5.1","29.4.2"]};function jo(e,t=No){const n=$.quote(`${t.base}/${e.id}`);return`apt_update
apt_install ca-certificates curl gnupg
if ! grep -rqsF ${n} /etc/apt/sources.list /etc/apt/sources.list.d; then
  key=$DRAYAGE_JOB/docker.asc
  curl -fsSL --retry 5 --retry-connrefused --connect-timeout 20 -o "$key" ${n}/gpg
  found=$(gpg --batch --homedir "$DRAYAGE_JOB" --show-keys --with-colons "$key" | awk -F: '$1 == "pub" { next_is_primary = 1 } $1 == "fpr" && next_is_primary { print $10; next_is_primary = 0 }')
  if [ "$found" != ${t.fingerprint} ]; then
    echo "The key of ${t.base} has the fingerprint '$found'; expected was ${t.fingerprint}. Nothing was installed."
    exit 1
  fi
  install -D -m 0644 "$key" /etc/apt/keyrings/docker.asc
  printf 'deb [arch=%s signed-by=/etc/apt/keyrings/docker.asc] %s %s stable\\n' "$(dpkg --print-architecture)" ${n} ${$.quote(e.codename)} >/etc/apt/sources.list.d/docker.list
  rm -f "$DRAYAGE_JOB/updated"
  apt_update
fi
version=
for wanted in ${t.versions.map($.quote).join(" ")}; do
  version=$(apt-cache madison docker-ce | awk -F' *[|] *' -v wanted=":$wanted-" 'index($2, wanted) { print $2; exit }')
  [ -z "$version" ] || break
done
if [ -z "$version" ]; then
  echo "Docker's package source has none of the versions ${t.versions.join(", ")} for ${e.id} ${e.codename}. It has: $(apt-cache madison docker-ce | awk '{ print $3 }' | tr '\\n' ' ')"
  exit 1
fi
apt_install "docker-ce=$version" "docker-ce-cli=$version" containerd.io docker-buildx-plugin docker-compose-plugin
`}a(jo,"officialDocker");const Ce="1.44";function Dt(e){const[t=0,n=0]=e.split(".").map(Number),[r=0,o=0]=Ce.split(".").map(Number);return t<r||t===r&&n<o}a(Dt,"isTooOld");const Po={least:2*1024**3,comfortable:10*1024**3},Lo={least:512*1024**2,comfortable:1024**3},Tt=60,Co=`${Eo}${Io}`;function Mo(e){const t=[];return{steps:[...Fo(e),...Ho(e,t),...Uo(e),...Go(e),...Bo(e,t)],advice:t}}a(Mo,"planSetup");function Fo({facts:e,stateDir:t}){if(e.stateFolder&&(e.runFolderKept||!e.systemd))return[];const r=`mkdir -p ${$.quote(t)}
${e.systemd?`[ "$(id -u)" != 0 ] || printf 'd /run/drayage 0711 root root -\\nd /run/drayage/0 0700 root root -\\n' >/etc/tmpfiles.d/drayage.conf
`:""}`;return[{title:"Make the folders for state",why:`${t} keeps what outlives a run`,needsRoot:!1,script:r}]}a(Fo,"folderSteps");function Ho({facts:e,wish:t,mode:n,server:r,mayBeRoot:o},s){const i=[],d=t.swarm||(e.docker?.swarm.state??"inactive")!=="inactive",c=To(e.daemonJson,{...t.daemon,swarm:d});if(typeof c=="string")throw new f.DrayageError("SETUP_INCOMPLETE",`${r}: ${c}.`,{hint:"Mend the file by hand, then run setup again."});const l=e.docker?.engine!==void 0;if(c!==void 0&&l&&!c.required&&(n==="auto"||!o))s.push(`${c.what.join("; ")}${c.reloadable?"":" (restarts Docker)"}`);else if(c!==void 0){const u=c.reloadable||n==="auto"?"reload":"restart";i.push({title:"Configure Docker",why:c.what.join("; "),needsRoot:!0,script:xo(c.text,l?u:"none")})}for(const{registry:u,pem:m,sha256:p}of t.authorities){if(e.authorities[u]===p)continue;const g=$.quote(`/etc/docker/certs.d/${u}/ca.crt`),k=`mkdir -p "$(dirname ${g})"
cat >${g} <<'END_OF_PEM'
${m.trimEnd()}
END_OF_PEM
`;i.push({title:`Store the authority of ${u}`,why:"its certificate is signed by it",needsRoot:!0,script:k})}return i}a(Ho,"engineConfigSteps");function Uo({facts:e,wish:t,server:n}){const{docker:r}=e;if(r?.origin==="snap")throw new f.DrayageError("SERVER_UNSUPPORTED",`${n} has Docker from snap, which cannot read files outside its own folders.`,{hint:"Remove it (snap remove docker), then run setup again."});if(r===void 0){Me(e,n);const i=`${t.dockerSource==="official"?jo(e.os):So}start_docker
`;return[{title:"Install Docker",why:`there is none (source: ${t.dockerSource})`,needsRoot:!0,script:i}]}const o=[];if(r.buildx===void 0){Me(e,n);const s=`apt_update
apt_install ${Oo(r.origin)}
`;o.push({title:"Install buildx",why:"images are built with it",needsRoot:!0,script:s})}if(r.engine===void 0)o.push({title:"Start Docker",why:r.error||"it does not answer",needsRoot:!0,script:`start_docker
`});else if(Dt(r.engine.api))throw new f.DrayageError("SETUP_INCOMPLETE",`${n} runs Docker ${r.engine.version} (API ${r.engine.api}); API ${Ce} or newer is needed.`,{hint:"Upgrade Docker to 25 or newer; a running engine is never upgraded without being asked."});return o}a(Uo,"dockerSteps");function Go({facts:e,wish:t,server:n}){const r=[...t.builds&&!e.tools.has("git")?["git"]:[],...e.needsAppArmor?["apparmor"]:[],...e.tools.has("flock")?[]:["util-linux"]];if(r.length===0)return[];Me(e,n);const o=`apt_update
apt_install ${r.join(" ")} ca-certificates
`;return[{title:`Install ${r.join(", ")}`,why:"needed for builds, locks or containers",needsRoot:!0,script:o}]}a(Go,"packageSteps");function Bo({facts:e,wish:t,mode:n,server:r,stateDir:o},s){const i=t.proxy;if(i===void 0)return[];if(e.proxy!==void 0&&e.proxy.kind===void 0)throw new f.DrayageError("SETUP_INCOMPLETE",`${r} has a container named ${A} that is not Drayage's.`,{hint:`Rename or remove it: docker rename ${A} old-proxy`});const d=e.proxy?.running?[]:Object.entries(e.listeners);if(d.length>0){const l=d.map(([u,m])=>`port ${u} is used by ${m||"another program"}`).join(", ");throw new f.DrayageError("PROXY_PORT_TAKEN",`${r}: ${l}, but the proxy needs 80 and 443.`,{hint:"Stop it, or set proxy.type to external to keep it."})}const c=_o(i,o);return e.proxy===void 0?[{title:`Start the proxy (${i.image})`,why:"domains are served by it",needsRoot:!1,script:c}]:e.proxy.spec!==i.hash?n!=="always"&&(s.push(`make the proxy again with other settings (${i.image}; its domains do not answer for some seconds)`),e.proxy.running)?[]:[{title:`Make the proxy again (${i.image})`,why:"its settings changed",needsRoot:!1,script:c}]:e.proxy.running?[]:[{title:"Start the proxy",why:"it does not run",needsRoot:!1,script:c}]}a(Bo,"proxySteps");function Me(e,t){if(!(e.tools.has("apt-get")&&["debian","ubuntu"].includes(e.os.id)))throw new f.DrayageError("SERVER_UNSUPPORTED",`${t} runs ${e.os.name||"an unknown system"}; packages are installed on Debian and Ubuntu only.`,{hint:"Install Docker 25 or newer, docker-buildx and git by hand, then run setup again."})}a(Me,"requireApt");const At=40,qo=30*6e4;async function Yo(e,t,n,r){Jo(t,n);let o="";const s=zo(n),{exitCode:i}=await t.job({id:`${e.run.id}-setup-${T.createHash("sha256").update(s).digest("hex").slice(0,12)}`,script:s,timeout:qo,signal:e.signal,onOutput:a(u=>{o=`${o}${u}`.slice(-64e3),r.output(u,t.name)},"onOutput")});if(i===0)return;const d=n[i-At],c=d===void 0?o:o.slice(Math.max(0,o.lastIndexOf(It(d)))),l=c.trim().split(`
`).at(-1)??"";throw new f.DrayageError("SETUP_FAILED",`${t.name}: the step "${d?.title??"setup"}" failed: ${l||`exit status ${i}`}`,{output:c,hint:"Mend the cause and run setup again; what was done before stands."})}a(Yo,"applySteps");function zo(e){const t=e.map((n,r)=>`cat <<'END_OF_HEADING'
${It(n)}
END_OF_HEADING
(
set -eu
${n.script})
status=$?
[ $status = 0 ] || exit ${At+r}
`);return`exec </dev/null
${Co}${t.join("")}`}a(zo,"jobScript");const It=a(e=>`--- ${e.title}: ${e.why}`,"heading");function Jo(e,t){const{privilege:n,user:r,dockerSocket:o}=e.account;if(n==="root"||n==="sudo")return;const s=n==="none"&&o===void 0?t:t.filter(i=>i.needsRoot);if(s.length!==0)throw new f.DrayageError("SETUP_NO_PRIVILEGE",`${e.name}: ${r} is neither root nor has sudo without a password, and this has to be done: ${s.map(({title:i})=>i).join("; ")}.`,{hint:`Allow it there: echo '${r} ALL=(ALL) NOPASSWD: ALL' | sudo tee /etc/sudoers.d/${r}`})}a(Jo,"requirePrivilege");function Fe(e){const t=e.map(({path:n,headers:r},o)=>{const s=o===e.length-1;return`${[...[`GET ${n} HTTP/1.1`,"Host: docker",...Object.entries(r??{}).map(([d,c])=>`${d}: ${c}`)],...s?["Connection: close"]:[]].join(`\r
`)}\r
\r
`});return`batch=$DRAYAGE_RUN/batch.$$
[ ! -e "$batch" ] || rm -f "$batch"
mkfifo -m 600 "$batch" || exit 1
docker system dial-stdio <"$batch" &
exec 7>"$batch"
printf %s ${$.quote(t.join(""))} >&7
wait $!
exec 7>&-
rm -f "$batch"
`}a(Fe,"batchScript");function He(e){const t=[];let n=Buffer.from(e,"utf8");for(;;){const r=n.indexOf(`\r
\r
`);if(r<0)return t;const[o="",...s]=n.subarray(0,r).toString("latin1").split(`\r
`),i=new Map(s.map(l=>Wo(l))),{body:d,length:c}=Ko(n.subarray(r+4),i);t.push({status:Number(o.split(" ")[1]),body:Vo(d)}),n=n.subarray(r+4+c)}}a(He,"parseBatch");function Wo(e){const t=e.indexOf(":");return[e.slice(0,t).trim().toLowerCase(),e.slice(t+1).trim()]}a(Wo,"headerOf");function Ko(e,t){if(t.get("transfer-encoding")!=="chunked"){const o=Number(t.get("content-length")??0);return{body:e.subarray(0,o).toString("utf8"),length:o}}const n=[];let r=0;for(;;){const o=e.indexOf(`\r
`,r),s=o<0?0:Number.parseInt(e.subarray(r,o).toString("latin1"),16);if(!(s>0))return{body:Buffer.concat(n).toString("utf8"),length:o<0?e.length:o+4};n.push(e.subarray(o+2,o+2+s)),r=o+2+s+2}}a(Ko,"readBody");function Vo(e){try{return JSON.parse(e)}catch{return}}a(Vo,"parseJson$1");const Xo=["/version","/info",`/containers/${A}/json`,`/containers/${de}/json`].map(e=>({path:e}));function Zo({registries:e}){return`say() { printf '%s\\t%s\\n' "$1" "$2"; }
encoded() { printf '%s\\t' "$1"; base64 | tr -d '\\n'; echo; }
has() { command -v "$1" >/dev/null 2>&1; }
say clock "$(date +%s)"
# The engine takes as long to answer as all the rest together, so it is asked meanwhile.
answers=$DRAYAGE_RUN/facts.$$ asking=
if has docker; then
  { ${Fe(Xo)} } >"$answers" 2>"$answers.error" </dev/null &
  asking=$!
fi
for file in /etc/os-release /usr/lib/os-release; do
  if [ -r $file ]; then encoded os-release <$file; break; fi
done
say machine "$(uname -m)"
while read -r key value unit; do [ "$key" != MemTotal: ] || { say memory "$value"; break; }; done </proc/meminfo
say cpus "$(grep -c ^processor /proc/cpuinfo)"
if [ -d /run/systemd/system ]; then say init systemd; else say init other; fi
for tool in apt-get curl git flock systemctl docker; do has $tool && say tool $tool; done
enabled=
[ ! -r /sys/module/apparmor/parameters/enabled ] || read -r enabled </sys/module/apparmor/parameters/enabled
[ "$enabled" = Y ] && ! has apparmor_parser && say apparmor missing
[ -r /etc/docker/daemon.json ] && encoded daemon-json </etc/docker/daemon.json
for registry in ${e.map($.quote).join(" ")}; do
  file=/etc/docker/certs.d/$registry/ca.crt
  [ -r "$file" ] && say authority "$registry $(sha256sum <"$file" | cut -d' ' -f1)"
done
[ -d "$DRAYAGE_STATE" ] && say state-folder yes
[ "$(id -u)" != 0 ] || [ -e /etc/tmpfiles.d/drayage.conf ] && say tmpfiles yes
${Qo}
address=\${SSH_CONNECTION#* * }
say address "\${address%% *}"
[ -z "$SSH_CONNECTION" ] && has ip && say route "$(ip -4 route get 192.0.2.1 2>/dev/null | sed -n 's/.* src \\([^ ]*\\).*/\\1/p')"
if [ -n "$asking" ]; then
  case $(readlink -f "$(command -v docker)") in
    /snap/* | /usr/bin/snap) say docker-origin snap ;;
    *) [ -e /var/lib/dpkg/info/docker-ce-cli.list ] && say docker-origin docker-ce-cli ;;
  esac
  for folder in ~/.docker /usr/local/libexec/docker /usr/local/lib/docker /usr/libexec/docker /usr/lib/docker; do
    if [ -x "$folder/cli-plugins/docker-buildx" ]; then say buildx "$folder/cli-plugins/docker-buildx"; break; fi
  done
fi
folder=/var/lib/docker; [ -d $folder ] || folder=/var/lib
df -Pk $folder 2>/dev/null | { read -r header; read -r system total used free rest; say disk "$free $total"; }
df -Pi $folder 2>/dev/null | { read -r header; read -r system total used free rest; say inodes "$free"; }
if [ -n "$asking" ]; then
  wait "$asking"
  encoded engine <"$answers"
  encoded docker-error <"$answers.error"
  rm -f "$answers" "$answers.error"
fi
:
`}a(Zo,"factsScript$1");const Qo=`if has ss; then
  ss -Hltnp '( sport = :80 or sport = :443 )' 2>/dev/null | while read -r state received sent local peer users; do
    name=\${users#*'(("'}
    say listener "\${local##*:} \${name%%'"'*}"
  done
else
  for port in 80:0050 443:01BB; do
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -qE "^ *[0-9]+: [0-9A-F]+:\${port#*:} [0-9A-F:]+ 0A " && say listener "\${port%:*} "
  done
fi`;async function Ue(e,t){const n=Date.now(),{stdout:r}=await e.script(Zo(t),{purpose:"Reading the facts of the server",repeatable:!0});return es(r,(n+Date.now())/2e3,e.name)}a(Ue,"readFacts");function es(e,t,n){const r=e.split(`
`).flatMap(p=>{const g=p.indexOf("	");return g<0?[]:[[p.slice(0,g),p.slice(g+1)]]}),o=a(p=>r.filter(([g])=>g===p).map(([,g])=>g),"all"),s=a(p=>o(p)[0],"one"),i=a(p=>Buffer.from(s(p)??"","base64").toString("utf8").trim(),"decoded");if(s("machine")===void 0)throw new f.DrayageError("SETUP_FAILED",`${n} did not say what kind of machine it is.`,{output:e});const d=a(p=>o(p).map(g=>[g.split(" ")[0]??"",g.split(" ").slice(1).join(" ")]),"pairs"),c=new Set(o("tool")),l=He(i("engine")).map(({status:p,body:g})=>p===200?g:void 0),[u="0",m="0"]=(s("disk")??"").split(" ");return{os:rs(i("os-release")),platform:os(s("machine")??""),cpus:Number(s("cpus")??0),memory:Number(s("memory")??0)*1024,disk:{free:Number(u)*1024,total:Number(m)*1024},freeInodes:s("inodes")===void 0||s("inodes")===""?void 0:Number(s("inodes")),clockSkew:Math.round(Number(s("clock"))+.5-t),systemd:s("init")==="systemd",tools:c,needsAppArmor:s("apparmor")==="missing",daemonJson:s("daemon-json")===void 0?void 0:i("daemon-json"),authorities:Object.fromEntries(d("authority")),stateFolder:s("state-folder")==="yes",runFolderKept:s("tmpfiles")==="yes",listeners:Object.fromEntries(d("listener").map(([p,g])=>[Number(p),g])),address:s("address")||s("route")||"",docker:c.has("docker")?ts(l,{origin:s("docker-origin")??"",error:i("docker-error"),buildx:s("buildx")}):void 0,proxy:ns(C(l[2])),guard:oo(C(C(l[3]).Config).Labels)}}a(es,"parseFacts$1");function ts(e,t){const n=C(e[0]),r=C(e[1]),o=C(r.Swarm);return{...t,engine:typeof n.Version=="string"?{version:n.Version,api:String(n.ApiVersion)}:void 0,swarm:{state:typeof o.LocalNodeState=="string"?o.LocalNodeState:"inactive",nodeId:String(o.NodeID??""),cluster:String(C(o.Cluster).ID??""),manager:o.ControlAvailable===!0,address:String(o.NodeAddr??"")},liveRestore:r.LiveRestoreEnabled===!0}}a(ts,"parseDocker");function ns(e){if(Object.keys(e).length===0)return;const t=C(C(e.Config).Labels),n=t[Ae];return{kind:n==="caddy"||n==="traefik"?n:void 0,spec:String(t[Ie]??""),running:C(e.State).Running===!0}}a(ns,"parseProxy");function rs(e){const t=new Map(e.split(`
`).map(r=>{const[o="",...s]=r.split("=");return[o,s.join("=").replace(/^["'](.*)["']$/,"$1")]})),n=a(r=>t.get(r)??"","get");return{id:n("ID"),version:n("VERSION_ID"),codename:n("VERSION_CODENAME"),name:n("PRETTY_NAME")||n("ID")}}a(rs,"parseOsRelease");function os(e){return`linux/${{x86_64:"amd64",aarch64:"arm64",armv7l:"arm/v7",armv6l:"arm/v6",i686:"386"}[e]??e}`}a(os,"platformOf");function C(e){return typeof e=="object"&&e!==null?e:{}}a(C,"record$1");function ss(e,t){const{docker:n}=e,r=[is(e),xt("disk",e.disk.free,Po,"Free space, or enlarge the disk."),xt("memory",e.memory,Lo,"Add memory or swap."),{item:"clock",ok:Math.abs(e.clockSkew)<=Tt,detail:Math.abs(e.clockSkew)<2?"in step":`${Math.abs(e.clockSkew)} s ${e.clockSkew>0?"ahead":"behind"}`,cure:Math.abs(e.clockSkew)<=Tt?void 0:"Turn time synchronisation on: timedatectl set-ntp true"}];if(t.builds&&r.push(fe("buildx",n?.buildx,"Run setup-build-server: it installs the plugin."),fe("git",e.tools.has("git")?"installed":void 0,"Run setup-build-server: it installs git."),as(e,t)),t.proxy!==void 0){const o=e.proxy?.running===!0&&e.proxy.kind===t.proxy.kind;r.push(fe("proxy",o?`${t.proxy.kind} runs`:void 0,"Run setup-deploy-node: it starts the proxy."))}if(t.swarm){const o=n?.swarm.state??"inactive";r.push(fe("swarm",o==="active"?`active as ${n?.swarm.manager?"manager":"worker"}`:void 0,"Run setup-deploy-node: it makes the Swarm."))}return r}a(ss,"itemsOfFacts");function is({docker:e}){const t="engine";if(e===void 0)return{item:t,ok:!1,detail:"Docker is not installed",cure:"Run setup: it installs Docker."};if(e.engine===void 0)return{item:t,ok:!1,detail:e.error||"Docker does not answer",cure:"Start it: systemctl start docker"};const{version:n,api:r}=e.engine;return Dt(r)?{item:t,ok:!1,detail:`Docker ${n} has API ${r}, needed is ${Ce}`,cure:"Upgrade Docker to 25 or newer."}:{item:t,ok:!0,detail:`Docker ${n}, API ${r}`}}a(is,"engineItem");function xt(e,t,n,r){const o=`${(t/1073741824).toFixed(1)} GB${e==="disk"?" free":""}`;return{item:e,ok:t>=n.least,detail:o,cure:t>=n.comfortable?void 0:r}}a(xt,"room");function as(e,{platforms:t}){const n=t.filter(r=>r!==e.platform);return{item:"platform",ok:n.length===0,detail:n.length===0?e.platform:`it is ${e.platform}, drayage.yml says ${t.join(", ")}`,cure:n.length===0?void 0:"Name the platforms the server builds natively."}}a(as,"platformItem");function fe(e,t,n){return t===void 0?{item:e,ok:!1,detail:"missing",cure:n}:{item:e,ok:!0,detail:t}}a(fe,"present");function cs(e){const t=Math.max(...e.map(({item:n})=>n.length));return e.map(({item:n,ok:r,detail:o,cure:s})=>{const i=s===void 0?"":`
    ${r?"advice":"cure"}: ${s}`;return`${r?"ok    ":"FAILED"} ${n.padEnd(t)}  ${o}${i}`})}a(cs,"printItems");function Rt(e,t){const n=t.filter(({ok:o})=>!o);if(n.length===0)return;const r=n.map(({item:o,detail:s})=>`${o} (${s})`).join("; ");return new f.DrayageError("SETUP_INCOMPLETE",`${e} is not ready: ${r}.`,{hint:n[0]?.cure})}a(Rt,"incomplete");const Ge=2377;function ds(e){const t=a(({facts:c})=>c.docker?.swarm,"swarmOf"),n=e.filter(c=>t(c)?.manager);if(new Set(n.map(c=>t(c)?.cluster)).size>1)throw new f.DrayageError("SWARM_FAILED",`${Be(n)} belong to different Swarms.`,{hint:"Decide which one stays, and run `docker swarm leave --force` on the others."});const o=e.filter(c=>t(c)?.state==="active"),[s]=n.length>0?n:e;if(s===void 0)return;if(n.length===0&&o.length>0)throw new f.DrayageError("SWARM_FAILED",`${Be(o)} belong to a Swarm whose manager is not among the deploy servers.`,{hint:"Add the manager to deploy.servers, or run `docker swarm leave` there."});const i=e.filter(c=>c!==s&&t(c)?.state!=="active"),d=n.length===0;return d||i.length>0?{leader:s,start:d,joining:i}:void 0}a(ds,"planSwarm$1");async function ls(e,{leader:t,start:n,joining:r}){const{engineOn:o}=await Promise.resolve().then(()=>require("./engine.cjs")),s=o(t.server),i=[s];try{const d=t.facts.docker?.swarm.address||t.facts.address;if(n){const u={AdvertiseAddr:t.facts.address,ListenAddr:`0.0.0.0:${Ge}`,ForceNewCluster:!1};await s.call("Starting the Swarm",m=>m.swarmInit(u))}if(r.length===0)return[t.server.name];const l=(await s.call("Reading the join token",u=>u.swarmInspect())).JoinTokens.Worker;return e.report.mask(l),await Promise.all(r.map(async({server:u,facts:m})=>{const p=o(u);i.push(p);const g={RemoteAddrs:[`${d}:${Ge}`],JoinToken:l,AdvertiseAddr:m.address,ListenAddr:`0.0.0.0:${Ge}`};await us(p,g,t.server.name)})),await fs(e,s,r),[...n?[t.server.name]:[],...r.map(({server:u})=>u.name)]}finally{for(const d of i)d.close()}}a(ls,"applySwarm");async function us(e,t,n){try{await e.call("Joining the Swarm",r=>r.swarmJoin(t))}catch(r){const o=r instanceof Error?r.message:String(r);throw new f.DrayageError("SWARM_FAILED",`${e.server.name} could not join the Swarm of ${n}: ${o}`,{hint:`Open 2377/tcp, 7946/tcp, 7946/udp and 4789/udp from ${e.server.name} to ${n}.`,cause:r})}}a(us,"join");async function fs(e,t,n){const r=Date.now()+3e4,o=await Promise.all(n.map(({server:s})=>hs(s)));for(;;){const s=await t.call("Listing the nodes",c=>c.listNodes()),i=new Set(s.flatMap(c=>ps(c)?[c.ID]:[])),d=n.filter((c,l)=>!i.has(o[l]??""));if(d.length===0)return;if(Date.now()>r)throw new f.DrayageError("SWARM_FAILED",`${Be(d)} joined the Swarm but did not become ready within 30 s.`,{hint:"Open 7946/tcp, 7946/udp and 4789/udp between the servers."});await M.setTimeout(200,void 0,{signal:e.signal})}}a(fs,"awaitReady");async function hs(e){const{stdout:t}=await e.run(["docker","info","--format","{{.Swarm.NodeID}}"]);return t.trim()}a(hs,"nodeIdOf");function ps(e){const{ID:t,Status:n}=e;return typeof t=="string"&&n?.State==="ready"}a(ps,"isReady");const Be=a(e=>e.map(({server:t})=>t.name).join(" and "),"namesOf");function ms(e){const{id:t,builds:n,registries:r}=e;return`exec </dev/null
export DOCKER_CONFIG=$DRAYAGE_JOB/docker
mkdir -m 700 "$DOCKER_CONFIG"
image=drayage-trial:${t}
name=drayage-trial-${t}
failed=0
try() {
  item=$1; shift
  if "$@" >"$DRAYAGE_JOB/output" 2>&1; then verdict=ok; else verdict=failed; failed=1; fi
  printf 'item\\t%s\\t%s\\t%s\\n' "$item" $verdict "$(tail -n 12 "$DRAYAGE_JOB/output" | base64 | tr -d '\\n')"
}
remove() {
  docker network rm "$name" >/dev/null 2>&1
  docker image rm -f "$image" >/dev/null 2>&1
}
trap remove EXIT
copy_shell() {
  shell=$(readlink -f /bin/sh)
  mkdir -p "$1/bin"
  cp "$shell" "$1/bin/sh"
  ldd "$shell" 2>/dev/null | grep -o '/[^ )]*' | while read -r library; do
    mkdir -p "$1$(dirname "$library")"
    cp -L "$library" "$1$library"
  done
}
trial_build() {
  context=$DRAYAGE_JOB/context
  copy_shell "$context/root"
  printf 'FROM scratch\\nCOPY root /\\nRUN ["/bin/sh", "-c", "echo ${t} >/result"]\\n' >"$context/Dockerfile"
  timeout 300 docker buildx build --progress plain --load --tag "$image" "$context" || return 1
  echo "built and loaded"
}
trial_image() {
  copy_shell "$DRAYAGE_JOB/root"
  echo ${t} >"$DRAYAGE_JOB/root/result"
  tar -C "$DRAYAGE_JOB/root" -c . | docker import - "$image" || return 1
  echo "imported"
}
trial_run() {
  # By its exit status: what a short-lived container prints can be lost on its way through \`docker run\`.
  timeout 120 docker run --rm --network none "$image" /bin/sh -c 'read -r line </result && [ "$line" = ${t} ]' ||
    { echo "the container ended with status $?"; return 1; }
  echo "a container ran"
}
trial_network() {
  docker network create "$name" || return 1
  timeout 120 docker run --rm --network "$name" "$image" /bin/sh -c : || return 1
  echo "a network was made and used"
}
trial_login() {
  timeout 60 docker login --username "$2" --password-stdin "$1" <"$DRAYAGE_JOB/$3" || return 1
  echo "logged in as $2"
}
trial_registry() {
  docker tag "$image" "$1" || return 1
  timeout 300 docker push "$1" || return 1
  pinned=$(docker image inspect -f '{{range .RepoDigests}}{{println .}}{{end}}' "$1" | grep -F "\${1%:*}@" | head -n 1)
  docker image rm "$1" "$image" >/dev/null 2>&1
  timeout 300 docker pull "$pinned" || return 1
  docker tag "$pinned" "$image"
  docker image rm "$pinned" >/dev/null
  echo "pushed and pulled back $pinned"
}
${n?"try build trial_build":"try image trial_image"}
if docker image inspect "$image" >/dev/null 2>&1; then
  try run trial_run
  try network trial_network
${r.map($s).join("")}fi
rm -rf "$DOCKER_CONFIG"
exit $failed
`}a(ms,"trialScript");function $s({host:e,username:t,passwordFile:n,image:r}){const o=$.quote(`registry ${e}`),s=t===void 0||n===void 0?void 0:`trial_login ${$.quote(e)} ${$.quote(t)} ${$.quote(n)}`,i=r===void 0?void 0:`trial_registry ${$.quote(r)}`,d=[s,i].filter(l=>l!==void 0);if(d.length===0)return"";const c=`registry_${e.replace(/[^a-z0-9]/g,"_")}`;return`  ${c}() { ${d.join(" && ")}; }
  try ${o} ${c}
`}a($s,"registryTrial");const gs="drayage-trial";async function ws(e,t,{project:n,builds:r}){const o=Object.values(n.registries),s=new Map,i=o.map((u,m)=>{const p=u.password===void 0?void 0:`password-${m}`;p!==void 0&&s.set(p,u.password?.reveal()??"");const g=r?`${ys(n,u)}:${gs}`:void 0;return{host:u.host,username:u.username,passwordFile:p,image:g}}),d=`${Date.now().toString(36)}${Math.random().toString(36).slice(2,8)}`;let c="";await t.job({id:`trial-${d}`,script:ms({id:d,builds:r,registries:i}),files:Object.fromEntries(s),timeout:20*6e4,signal:e.signal,onOutput:a(u=>{c+=u},"onOutput")});const l=vs(c);if(l.length>0)return l;throw new f.DrayageError("SETUP_FAILED",`${t.name}: the server could not be tried.`,{output:c})}a(ws,"tryServer");function ys(e,t){const n=e.services.find(({image:r})=>r!==void 0&&f.parseImage(r)?.registry===t.host);return n?.image!==void 0?n.image:[t.host,t.username?.toLowerCase(),"drayage-trial"].filter(Boolean).join("/")}a(ys,"trialRepository");function vs(e){return e.split(`
`).flatMap(t=>{const[n,r,o,s=""]=t.split("	");if(n!=="item"||r===void 0)return[];const i=Buffer.from(s,"base64").toString("utf8").trim(),d=i.split(`
`).at(-1)??"";return o==="ok"?[{item:r,ok:!0,detail:d}]:[{item:r,ok:!1,detail:ks(i)||d||"it failed without a word",cure:_s(i)}]})}a(vs,"parseTrials");function ks(e){return e.split(`
`).findLast(t=>/error|denied|unauthorized|cannot|refused|no space|no such/i.test(t))?.trim()}a(ks,"reasonIn");const bs=[[/unauthorized|incorrect username or password|authentication required/i,"Check username and password of the registry in drayage.yml."],[/denied/i,"Give the account the right to push to this repository."],[/server gave HTTP response to HTTPS client/i,"Set insecure: true for this registry in drayage.yml, if plain HTTP is meant, and run setup again."],[/x509|certificate signed by unknown authority/i,"Give the certificate authority of the registry as registries.<host>.ca."],[/no such host|lookup .* on|server misbehaving/i,"Mend name resolution on the server: /etc/resolv.conf."],[/connection refused|i\/o timeout|no route to host/i,"Open the way from the server to the registry."],[/no space left/i,"Free space on the server: docker system df"]];function _s(e){return bs.find(([t])=>t.test(e))?.[1]}a(_s,"cureFor");function Es(e,t,n){const r=e.services.filter(({deploy:s})=>s.mode==="swarm").flatMap(({deploy:s})=>s.servers),o=new Set(t?n:r);if(o.size>0)for(const s of e.proxy?.servers??[])o.add(s);return[...o]}a(Es,"swarmServers");function Ss(e,t,{role:n,swarm:r,stateDir:o}){const{proxy:s}=e,i=n!=="build",d=i&&s?.servers.includes(t.name)&&s.type!=="external"?s.type:void 0,c=Object.values(e.registries);return{builds:n!=="deploy",deploys:i,swarm:i&&r,dockerSource:t.dockerSource,platforms:t.platforms,daemon:{swarm:i&&r,insecure:c.filter(({insecure:l})=>l).map(({host:l})=>l)},authorities:c.flatMap(({host:l,ca:u})=>u===void 0?[]:[Os(l,u)]),proxy:d===void 0?void 0:to(d,{stateDir:o})}}a(Ss,"wishFor$1");function Os(e,t){const n=`${t.trim()}
`;return{registry:e,pem:n,sha256:T.createHash("sha256").update(n).digest("hex")}}a(Os,"authority");async function Nt(e,t){const{project:n,mode:r}=t,o=As(t),s=o.filter(u=>Pt(t,u)!=="build").map(({name:u})=>u),i=Es(n,t.swarm===!0,s),d=r!=="never"&&t.dryRun!==!0,c=await he(o,async u=>{const m=await jt(e,t,u,i.includes(u.name));return!d||m.plan.steps.length===0?m:(await t.reachable,e.report.phase(`Set up ${u.name}`,async p=>(await Yo(e,m.server,m.plan.steps,p),{...m,facts:await Ue(m.server,qe(n))})))});await t.reachable;const l=d?await Ds(e,t,c,i):[];return he(c,u=>Ts(e,t,u,l.includes(u.server.name)))}a(Nt,"setupServers");async function jt(e,t,n,r){const o=await e.connect(n.name),{stateDir:s,privilege:i}=o.account,d=i==="root"||i==="sudo",c=Ss(t.project,n,{role:Pt(t,n),swarm:r,stateDir:s}),l=await Ue(o,qe(t.project));return{server:o,wish:c,facts:l,plan:Mo({facts:l,wish:c,mode:t.mode,server:n.name,stateDir:s,mayBeRoot:d})}}a(jt,"look");async function Ds(e,t,n,r){const o=n.filter(({wish:d})=>d.swarm);let s=[];if(o.some(({facts:d})=>d.docker?.swarm.state!=="active")){const d=Object.values(t.project.servers).filter(({name:u})=>r.includes(u)&&!n.some(({server:m})=>m.name===u)),c=[...o,...await he(d,u=>jt(e,t,u,!0))];c.sort((u,m)=>r.indexOf(u.server.name)-r.indexOf(m.server.name));const l=ds(c);l!==void 0&&(s=await e.report.phase("Form the Swarm",()=>ls(e,l)))}const i=o.filter(({wish:d,facts:c})=>d.proxy!==void 0&&!c.guard);return await he(i,({server:d})=>d.script(ro(),{purpose:"Starting the guard of the proxy"})),s}a(Ds,"formSwarm");async function Ts(e,t,n,r){const{server:o,wish:s,plan:i}=n,{project:d,mode:c}=t,l=c!=="never"&&t.dryRun!==!0,u=[...i.steps.map(({title:v})=>v),...r?["Join the Swarm"]:[]],m=r?await Ue(o,qe(d)):n.facts,p=ss(m,s),g=l&&(c==="always"||u.length>0)&&Rt(o.name,p)===void 0,k=a((v,w)=>{for(const b of cs(v))w.note(b);for(const b of i.advice)w.note(`advice: ${b}`)},"tell"),y=g?await e.report.phase(`Try ${o.name}`,async v=>{const w=[...p,...await ws(e,o,{project:d,builds:s.builds})];return k(w,v),w}):p;return l&&u.length===0&&e.report.note(`${o.name}: set up already, nothing to do.`),(l||c==="never")&&f.throwAll([Rt(o.name,y)].filter(v=>v!==void 0)),{server:o.name,changed:c==="never"?[]:u,advice:i.advice,items:y}}a(Ts,"conclude$1");function As({project:e,servers:t,role:n}){if(t===void 0){const r=a(o=>n===void 0||n==="both"||o.role===n||o.role==="both","has");return Object.values(e.servers).filter(r)}return[...h.pickServers(e,t)]}a(As,"chosenServers");const Pt=a((e,t)=>e.role??t.role,"roleOf"),qe=a(e=>({registries:Object.values(e.registries).flatMap(({host:t,ca:n})=>n===void 0?[]:[t])}),"questionFor");async function he(e,t){const n=await Promise.allSettled(e.map(t)),o=n.flatMap(i=>i.status==="rejected"?[i.reason]:[]).flatMap(i=>i instanceof f.ManyErrors?[...i.errors]:[i]),s=o.find(i=>!(i instanceof f.DrayageError));if(s!==void 0)throw s;return f.throwAll(o.filter(i=>i instanceof f.DrayageError)),n.flatMap(i=>i.status==="fulfilled"?[i.value]:[])}a(he,"all");const Is=Object.freeze(Object.defineProperty({__proto__:null,setupServers:Nt},Symbol.toStringTag,{value:"Module"}));function J(e){return`mkdir -p "$DRAYAGE_STATE" && { [ -d "$DRAYAGE_STATE/${e}" ] || mkdir -m 700 "$DRAYAGE_STATE/${e}"; } || exit 1`}a(J,"privateFolder");function Lt({dockerSocket:e,home:t}){return e!==void 0?`export DOCKER_HOST=${$.quote(`unix://${e}`)}`:`if grep -qs currentContext ${$.quote(`${t}/.docker/config.json`)}; then
  DOCKER_HOST=$(docker context inspect --format '{{.Endpoints.docker.Host}}') && export DOCKER_HOST
fi`}a(Lt,"engineLines");function Ye(e){return`${J("buildx")}
${Lt(e)}
unset BUILDX_BUILDER DOCKER_CONTEXT
# The build context is no repository; buildx need not look for one.
export DOCKER_CONFIG="$DRAYAGE_JOB" BUILDX_CONFIG="$DRAYAGE_STATE/buildx" BUILDX_GIT_INFO=false
${xs(e)}`}a(Ye,"cliLines");function xs(e){const t=["/usr/local/lib","/usr/local/libexec","/usr/lib","/usr/libexec"];return`buildx() { docker buildx "$@"; }
for folder in ${[...pe(e),...t.map(r=>`${r}/docker/cli-plugins`)].map($.quote).join(" ")}; do
  if [ -x "$folder/docker-buildx" ]; then
    buildx_program=$folder/docker-buildx
    buildx() { "$buildx_program" "$@"; }
    break
  fi
done`}a(xs,"buildxLines");function pe({home:e,privilege:t}){const n=t==="root"||t==="sudo";return[...new Set([e,...n?["/root"]:[]])].map(r=>`${r}/.docker/cli-plugins`)}a(pe,"pluginFolders");function Ct(e,t){const n=f.normalizeRegistryHost(t);return Object.values(e).find(r=>f.normalizeRegistryHost(r.host)===n)}a(Ct,"registryOf");function Mt(e,t){const n=f.parseImage(t)?.registry??"docker.io";return Ct(e,n)??{host:n,insecure:!1}}a(Mt,"registryOfImage");function ze(e){if(!(e.username===void 0||e.password===void 0))return{username:e.username,password:e.password.reveal()}}a(ze,"credentialsOf");const Ft="docker.io";function Rs(e){return e===Ft?"registry-1.docker.io":e}a(Rs,"apiHost");function Ht(e){return e===Ft?"https://index.docker.io/v1/":e}a(Ht,"configKey");function Ut(e,t){const[n,r]=[f.parseImage(e),f.parseImage(t)];return n!==void 0&&n.registry===r?.registry&&n.repository===r.repository}a(Ut,"isSameRepository");function Gt(e,t=[]){const n=e.flatMap(r=>{const o=ze(r);if(o===void 0)return[];const s=Buffer.from(`${o.username}:${o.password}`).toString("base64");return[[Ht(r.host),{auth:s}]]});return JSON.stringify({auths:Object.fromEntries(n),...t.length===0?{}:{cliPluginsExtraDirs:t}})}a(Gt,"dockerConfig");function Bt(e){const t=ze(e);if(t===void 0)return;const n=Ht(e.host);return Buffer.from(JSON.stringify({...t,serveraddress:n})).toString("base64url")}a(Bt,"registryAuthHeader");const Z={environment:"environment",metadata:"metadata.json",dockerConfig:"config.json"};function qt(e){const{project:t,service:n,build:r,commit:o}=e;Ls(n,r);const s=Ns(t,n,o,e.uniqueTag),i=Object.entries(r.args).filter(([,c])=>f.isSecret(c)),d=Object.entries(r.secrets).map(([c,l])=>[`secret-${c}`,f.reveal(l)]);return{names:s,argv:["build","--progress=plain","--provenance=false",`--metadata-file=${Z.metadata}`,...s.map(c=>`--tag=${c}`),`--file=${e.dockerfile}`,...Object.entries(js(e)).map(([c,l])=>`--label=${c}=${l}`),...Object.entries(r.args).map(([c,l])=>`--build-arg=${f.isSecret(l)?c:`${c}=${l}`}`),...Object.keys(r.secrets).map(c=>`--secret=id=${c},src=secret-${c}`),...r.target===void 0?[]:[`--target=${r.target}`],...r.noCache?["--no-cache"]:[],...r.platforms.map(c=>`--platform=${c}`),e.context],files:{[Z.dockerConfig]:Gt(Object.values(t.registries),e.plugins),[Z.environment]:$.exportLines(Object.fromEntries(i.map(([c,l])=>[c,f.reveal(l)]))),...Object.fromEntries(d)}}}a(qt,"planBuild");function Ns(e,t,n,r){const o=t.image===void 0?void 0:f.parseImage(t.image),s=f.expandTags(t.tags,n,r),i=a((d,c)=>{const[l=r,...u]=new Set(c);return[`${d}:${l}`,...u.map(m=>`${d}:${m}`)]},"name");return o===void 0?i(f.resourceName(f.ownerOf(e,t)),[...s,r]):i(f.familiarImage({registry:o.registry,repository:o.repository}),s)}a(Ns,"imageNames");function js({project:e,service:t,build:n,commit:r}){const o=t.source.kind==="git"?t.source.url:r.remote,s={"org.opencontainers.image.revision":r.sha,"org.opencontainers.image.source":o?.replace(/\/\/[^@/]*@/,"//"),"org.opencontainers.image.created":r.committedAt},i=Object.entries(s).flatMap(([d,c])=>c===void 0?[]:[[d,c]]);return{...f.ownerLabels(f.ownerOf(e,t)),...Object.fromEntries(i),...n.labels}}a(js,"labelsOf");const Ps=/^(?:PATH|HOME|LD_.*|DOCKER_.*|BUILDX_.*|BUILDKIT_(?:HOST|PROGRESS))$/;function Ls(e,t){const n=`services.${e.name}.build`;if(t.platforms.length>1){const o=`${n}.platforms names ${t.platforms.join(" and ")}; the engine's own builder makes images of one platform.`;throw new f.DrayageError("BUILD_IMPOSSIBLE",o,{at:e.at})}const r=Object.entries(t.args).find(([o,s])=>f.isSecret(s)&&Ps.test(o));if(r!==void 0){const o=`${n}.args.${r[0]} carries a secret, and a variable of that name would steer the Docker client.`;throw new f.DrayageError("BUILD_IMPOSSIBLE",o,{hint:"Use build.secrets, or another name.",at:e.at})}}a(Ls,"checkPossible$2");function Yt(e,t,...n){const r=T.hash("sha256",n.join(`
`)).slice(0,10),o={organization:t.organization,project:t.name,environment:""};return D.posix.join(e,"sources",f.resourceName(o,r))}a(Yt,"sourceFolder");function zt(e){return`${J("slots")}
waited=
while :; do
  slot=1
  while [ "$slot" -le ${e} ]; do
    exec 8<>"$DRAYAGE_STATE/slots/$slot"
    flock -n 8 && break 2
    slot=$((slot + 1))
  done
  [ -n "$waited" ] || echo 'waiting: other builds use all build slots (${e}) of this server'
  waited=1
  sleep 0.2
done`}a(zt,"slotLines");const Cs=`echo "@drayage gate $DRAYAGE_JOB"
turns=0
until [ -e "$DRAYAGE_JOB/go" ]; do
  if [ "$turns" -lt 100 ]; then sleep 0.02; else sleep 0.5; fi
  turns=$((turns + 1))
done
`;function Jt(e){return`. "$DRAYAGE_JOB/${Z.environment}"
buildx ${$.quoteArgv(e)} || exit 1
id=$(sed -n 's/.*"containerimage.digest": *"\\(sha256:[0-9a-f]*\\)".*/\\1/p' ${Z.metadata})
echo "@drayage image $id"
docker image inspect --format '{{.Os}}/{{.Architecture}}{{with .Variant}}/{{.}}{{end}} {{.Config.User}}' "$id" >about 2>&1 &
inspecting=$!`}a(Jt,"buildLines");const Ms=`
wait "$inspecting" || { cat about; exit 1; }
echo "@drayage about $(cat about)"`,Wt="0".repeat(64),me=2;function $e(e){const{mode:t,content:n,path:r}=e;return{...e,key:T.hash("sha256",`${Xt(t)} ${n} ${r}`).slice(0,12)}}a($e,"entry");function Fs(e){const t=[...e].sort((r,o)=>r.key<o.key?-1:r.key>o.key?1:0),n=new Map;for(const{key:r}of t){const o=r.slice(0,me),s=n.get(o);s===void 0?n.set(o,[r]):s.push(r)}return{entries:t,root:T.hash("sha256",t.map(Kt).join("")),groups:new Map([...n].map(([r,o])=>[r,T.hash("sha256",o.join("")).slice(0,12)]))}}a(Fs,"treeOf");function Kt({key:e,mode:t,content:n,path:r}){return`${e} ${Xt(t)} ${n} ${r}
`}a(Kt,"manifestLine");const Je=86;function Vt(e){return[...e.groups].map(([t,n])=>`${t} ${n}
`).join("")}a(Vt,"groupLines");function Hs(e,t){const n=new Set(t.filter(i=>i.length>me)),r=new Set(t.map(i=>i.slice(0,me))),o=e.entries.filter(({key:i})=>r.has(i.slice(0,me))),s=new Set(o.map(({key:i})=>i));return{add:o.filter(({key:i})=>!n.has(i)),remove:[...n].filter(i=>!s.has(i))}}a(Hs,"difference");function Xt(e){return e.toString(8).padStart(6,"0")}a(Xt,"octal");const Q=75,ee=65;function Us(e,t,n){return`exec 9<>${$.quote(`${e}/lock`)}
flock ${t} -n 9 || { echo ${$.quote(n)}; flock ${t} 9; }`}a(Us,"lockLines");function Gs(e,t){return`cd ${$.quote(e)} 2>/dev/null && [ -f root ] || { echo none; exit 0; }
root=$(cat root)
[ "$root" != ${t.root} ] || { echo same; exit 0; }
echo "$root"
awk 'part == 1 { ours[$1] = $2; next }
  part == 2 { if (ours[$1] == $2) same[$1] = 1; next }
  !(substr($1, 1, 2) in same) { print $1 }
  END { for (group in ours) if (!(group in same)) print group }' part=1 - part=2 groups part=3 manifest <<'END'
${Vt(t)}END`}a(Gs,"compareScript");const Zt="delta";function Bs(e,t,n){return`base64 -d ${Zt} | (
${Qt(e,t,n)}
)
applied=$?
[ "$applied" = 0 ] || exit "$applied"`}a(Bs,"applyLines");const F={add:"add",remove:"remove",groups:"groups"};function Qt(e,t,n){const r=$.quote(D.basename(e));return`set -e
umask 077
mkdir -p ${$.quote(e)}
cd ${$.quote(e)}
exec 9<>lock
flock -x -n 9 || { echo 'waiting for a build that reads these sources' >&2; flock -x 9; }
have=none
[ ! -s root ] || read -r have < root
if [ "$have" = ${n.root} ]; then cat > /dev/null; exit 0; fi
${t==="none"?"":`[ "$have" = ${$.quote(t)} ] || { cat > /dev/null; exit ${Q}; }`}
rm -rf incoming
mkdir incoming
trap 'rm -rf incoming manifest.new' EXIT
tar -xzpmof - -C incoming
[ -d incoming/tree ] || mkdir incoming/tree
chmod 755 incoming/tree
awk '$2 ~ /^10/ { print $3 "  " substr($0, ${Je}) }' incoming/${F.add} > incoming/sums
if [ -s incoming/sums ]; then
  (cd incoming/tree && sha256sum -c ../sums) > incoming/checked 2>&1 || { grep -v ': OK$' incoming/checked >&2; exit ${ee}; }
fi
${t==="none"?qs(r):Ys(r)}
sum=$(sha256sum < manifest.new)
[ "\${sum%% *}" = ${n.root} ] || { echo 'the manifests differ' >&2; exit ${ee}; }
mv -f manifest.new manifest
mv -f incoming/${F.groups} groups
echo ${n.root} > root.new
mv -f root.new root`}a(Qt,"applyScript");const qs=a(e=>`LC_ALL=C sort incoming/${F.add} > manifest.new
rm -rf root ${e}
mv incoming/tree ${e}`,"replaceTree"),Ys=a(e=>`: > incoming/kept
awk 'part == 1 { gone[$1] = 1; next }
  !($1 in gone) { print > "incoming/kept"; next }
  $2 ~ /^04/ { print substr($0, ${Je}) > "incoming/gone-folders"; next }
  { print substr($0, ${Je}) > "incoming/gone-files" }' part=1 incoming/${F.remove} part=2 manifest
LC_ALL=C sort incoming/kept incoming/${F.add} > manifest.new
rm -f root
cd ${e}
if [ -s ../incoming/gone-files ]; then tr '\\n' '\\0' < ../incoming/gone-files | xargs -0 rm -f -- || true; fi
if [ -s ../incoming/gone-folders ]; then
  LC_ALL=C sort -r ../incoming/gone-folders | tr '\\n' '\\0' | xargs -0 rmdir -- 2>/dev/null || true
fi
cp -al ../incoming/tree/. .
cd ..`,"changeTree");async function en(e,t,n,r){const{followUp:o,gate:s}=n,i=new AbortController,d=new f.Stages(e.report),c=[...n.titles,...o===void 0?[]:[o.title]];let l=-1,u="",m;const p=a(()=>{l+=1,u="",d.next(c[l]??"")},"advance"),g=a(y=>{s?.then(()=>(p(),Js(t,y)))?.catch(w=>i.abort(w))},"pass"),k=f.markedLines(y=>{const[v,w="",b=""]=y;v==="stage"?p():v==="gate"&&l<0?g(w):v==="image"?m={imageId:w,platform:"",user:""}:v==="about"&&m!==void 0?m={...m,platform:w,user:b}:m!==void 0?o?.onWords(y):u+=`@drayage ${y.join(" ")}
`},y=>{u=`${u}${y}`.slice(-65536),d.output(y)});s===void 0&&p();try{const{exitCode:y}=await t.job({id:`${n.name}-${T.randomBytes(4).toString("hex")}`,script:`${n.script}${o===void 0?"":`
echo '@drayage stage'
${o.script}`}${Ms}`,files:n.files,onOutput:k.push,signal:AbortSignal.any([e.signal,i.signal]),timeout:n.timeout});if(k.finish(),y===Q&&m===void 0){await d.end();return}if(m===void 0)throw l<0&&p(),r(u,l,y);if(m.platform==="")throw zs(m,t,u);return await d.end(),m}catch(y){const v=y instanceof f.DrayageError&&y.code==="JOB_TIMEOUT",w=i.signal.aborted?i.signal.reason:v?Ws(n,t):y;throw await d.end(w),w}}a(en,"runBuild");function zs({imageId:e},t,n){const r=n.trim().split(`
`).at(-1)??"";return new f.DrayageError("IMAGE_NOT_FOUND",`${t.name} built ${e}, but does not have it any more${r===""?"":`: ${r}`}.`,{hint:"Something removes images there (docker image prune) while builds run. Run again."})}a(zs,"vanished");async function Js(e,t){t.startsWith(`${e.account.runDir}/jobs/`)&&await e.script(`: >${$.quote(`${t}/go`)}`,{purpose:"Allowing the build to begin"})}a(Js,"allow");function Ws({timeout:e,titles:t},n){const r=Math.round(e/6e3)/10;return new f.DrayageError("BUILD_FAILED",`"${t.at(-1)}" took longer than ${r} min on ${n.name} and was ended.`,{hint:"Raise build.timeout."})}a(Ws,"timedOut");function Ks(e,t){const{ref:n,url:r}=e;if(n!==void 0&&/^[0-9a-f]{40}$/.test(n))return{kind:"commit",sha:n};const o=t.remote!==void 0&&tn(t.remote)===tn(r),s=n===void 0||n===t.branch||n===t.tag;return o&&s&&t.sha!==void 0?{kind:"commit",sha:t.sha,branch:t.branch,tag:t.tag}:{kind:"ref",ref:n??"HEAD"}}a(Ks,"wantedCommit");function tn(e){const[,t,n]=/^(?:[^@/]+@)?([^:/]+):(?!\/\/)(.+)$/.exec(e)??[];if(t!==void 0&&n!==void 0)return nn(`${t}/${n}`);const[,r="",o=e]=/^[a-z+]+:\/\/(?:[^@/]+@)?([^/:]*)(?::\d+)?\/(.*)$/i.exec(e)??[];return nn(`${r}/${o}`)}a(tn,"repositoryOf");function nn(e){return e.replace(/\/+/g,"/").replace(/\/$/,"").replace(/\.git$/,"").toLowerCase()}a(nn,"clean");function Vs(e){const t=e.trimEnd().split(`
`).map(i=>i.replace(/\r$/,"")),n=t.flatMap(i=>{const[,d,c]=/^\s*(\d+) \| >>> (.*)$/.exec(i)??[];return d===void 0||c===void 0?[]:[{number:Number(d),text:c.trim()}]}),r=t.findLast(i=>/^ERROR: /.test(i))??t.findLast(i=>i.trim()!=="")??"",o=t.indexOf("------"),s=o===-1?t.findIndex(i=>/^\S+:\d+$/.test(i)):o;return{instruction:n.length===0?void 0:n.map(({text:i})=>i.replace(/\s*\\$/,"")).join(" "),line:n[0]?.number,reason:r.replace(/^ERROR: (?:failed to solve: |failed to build: )*/,"").replace(/^(?:failed to compute cache key: )/,"").replace(/failed to calculate checksum of ref \S+: /,"").trim(),excerpt:t.slice(s===-1?-20:s).join(`
`)}}a(Vs,"readFailure");const rn=[{pattern:/no space left on device|Wrote only \d+ of \d+ bytes/i,code:"DISK_FULL",hint:"Look with `docker system df` on the server; `docker builder prune` empties the build cache."},{pattern:/toomanyrequests|429 Too Many Requests|pull rate limit/i,code:"REGISTRY_RATE_LIMITED",hint:"Declare credentials of that registry under `registries`: known users have higher limits."},{pattern:/pull access denied|insufficient_scope|authorization failed|no basic auth credentials|401 Unauthorized|403 Forbidden/i,code:"REGISTRY_AUTH",hint:"Check the name of the base image; if it is private, declare its registry with credentials under `registries`."},{pattern:/failed to resolve source metadata for [^\n]*(?:not found|manifest unknown)/i,code:"IMAGE_NOT_FOUND",hint:"Check name and tag of the base image."},{pattern:/(?:failed to do request|failed to resolve source metadata)[^\n]*(?:no such host|connection refused|i\/o timeout|network is unreachable|TLS handshake|server misbehaving)/i,code:"REGISTRY_UNREACHABLE",hint:"The build server cannot reach the registry of the base image: check the name, DNS and the firewall there."},{pattern:/x509: |certificate signed by unknown authority/i,code:"REGISTRY_UNREACHABLE",hint:"Declare the registry's authority under registries.<host>.ca and run `drayage setup-build-server`."},{pattern:/server gave HTTP response to HTTPS client/i,code:"REGISTRY_UNREACHABLE",hint:"The registry speaks plain HTTP: set registries.<host>.insecure and run `drayage setup-build-server`."},{pattern:/exec format error/i,hint:"The image is for another processor: name build.platforms, or build on a server of that kind."},{pattern:/exit code: 137|signal: killed|cannot allocate memory/i,hint:"The step was killed, most likely for lack of memory on the build server."},{pattern:/secret ([\w.-]+): not found/i,hint:"Give the secret under build.secrets, with this name."},{pattern:/"\/[^"]*": not found/i,hint:"The file is not in the build context: check build.context, .dockerignore, and that it is committed."},{pattern:/target stage "[^"]*" could not be found/i,hint:"build.target must be the name of a stage of the Dockerfile (FROM \u2026 AS <name>)."},{pattern:/failed to read dockerfile/i,hint:"Name the Dockerfile under build.dockerfile, relative to the source."},{pattern:/npm (?:ERR!|error) code EUSAGE|can only install packages when your package\.json and package-lock\.json/i,hint:"package.json and package-lock.json differ: run `npm install` and commit both."},{pattern:/npm (?:ERR!|error) code E(?:401|403)|npm (?:ERR!|error) code ENEEDAUTH/i,hint:"The package registry asks for a token: give it under build.secrets and mount it in the RUN line."},{pattern:/npm (?:ERR!|error) code (?:ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNRESET)|getaddrinfo (?:ENOTFOUND|EAI_AGAIN)|Temporary failure (?:in name resolution|resolving)|Could not resolve host/i,hint:"The build has no way to that host: check DNS and the network of containers on the build server."},{pattern:/Cannot connect to the Docker daemon|permission denied while trying to connect to the Docker daemon/i,code:"DOCKER_UNREACHABLE",hint:"Run `drayage doctor`: Docker does not run on the build server, or this account may not use it."},{pattern:/docker: (?:command )?not found|'buildx' is not a docker command|unknown command: docker buildx|unknown flag: --(?:progress|metadata-file)/i,code:"DOCKER_MISSING",hint:"Run `drayage setup-build-server`: Docker or its buildx plugin is missing on the build server."}];function on(e,{service:t,server:n,dockerfile:r}){const o=Vs(e),s=rn.find(({pattern:l})=>l.test(o.reason))??rn.find(({pattern:l})=>l.test(o.excerpt)),i=o.line===void 0?void 0:{file:r,line:o.line},d=i===void 0?"":` at ${r}:${i.line}, \`${sn(o.instruction??"")}\``,c=`The build of ${t} on ${n} failed${d}: ${sn(Xs(o.reason))}.`;return new f.DrayageError(s?.code??"BUILD_FAILED",c,{hint:s?.hint,at:i,output:o.excerpt})}a(on,"diagnoseBuild");function Xs(e){const[,t]=/^process "(?:.|\n)*" did not complete successfully: exit code: (\d+)$/.exec(e)??[];return e===""?"it said nothing":(t===void 0?e:`it ended with exit status ${t}`).replace(/\.$/,"")}a(Xs,"plain");function sn(e){return e.length<=300?e:`${e.slice(0,299)}\u2026`}a(sn,"shorten$1");const Zs=20;function Qs(e,t,n,{git:r}){const o=`${r} --git-dir=${$.quote(e)}`;return`mkdir -p ${$.quote(e)}
exec 7<>${$.quote(`${e}.lock`)}
flock -n 7 || { echo 'waiting for another fetch of this repository'; flock 7; }
[ -f ${$.quote(`${e}/HEAD`)} ] || git init -q --bare --template= ${$.quote(e)} || exit 1
have() { ${o} cat-file -e ${n}'^{tree}' 2>/dev/null; }
if have; then
  echo 'commit ${n} is here already'
else
  ${o} fetch --no-tags --force --depth 1 ${$.quote(t)} ${n}:refs/drayage/${n} 2>"$DRAYAGE_JOB/fetch.log" || {
    grep -qE 'not our ref|unadvertised object|remote ref|shallow|not allowed' "$DRAYAGE_JOB/fetch.log" || { cat "$DRAYAGE_JOB/fetch.log"; exit 1; }
    echo 'the git server gives no single commits; fetching branches and tags'
    ${o} fetch --no-tags --force ${$.quote(t)} '+refs/heads/*:refs/drayage/heads/*' '+refs/tags/*:refs/drayage/tags/*' || exit 1
  }
  have || { echo '@drayage no-commit'; exit 1; }
  ${o} for-each-ref --sort=-creatordate --format='%(refname)' refs/drayage | sed 1,${Zs}d |
    while read -r old; do ${o} update-ref -d "$old"; done
  ${o} -c gc.auto=6700 -c gc.autoDetach=false gc --auto --quiet
fi
flock -u 7`}a(Qs,"fetchLines");function ei(e,t,n){const r=`${e}/${D.basename(e)}`,o=`GIT_INDEX_FILE=${$.quote(`${e}/index`)} git -c core.hooksPath=/dev/null -c core.autocrlf=false --git-dir=${$.quote(t)} --work-tree=${$.quote(r)}`;return`mkdir -p ${$.quote(r)}
exec 9<>${$.quote(`${e}/lock`)}
checked_out() { [ "$(cat ${$.quote(`${e}/commit`)} 2>/dev/null)" = ${n} ]; }
flock -s 9
until checked_out; do
  flock -x -n 9 || { echo 'waiting for a build that reads these sources'; flock -x 9; }
  checked_out || {
    rm -f ${$.quote(`${e}/commit`)}
    ${o} read-tree --reset -u ${n} && ${o} clean -ffdxq || exit 1
    echo ${n} > ${$.quote(`${e}/commit`)}
  }
  flock -s 9
done`}a(ei,"checkoutLines");const ti=["github.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl","gitlab.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAfuCHKVTjquxvt6CM6tdG4SLp1Btn/nOeHHE5UOzRdf","bitbucket.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIazEu89wgQZ4bqs3d63QSMzYVa0MuJ2e2gKTKqu+UUO"];function ni(e,t){return{files:{"git-ssh":si(t,e.key!==void 0),...e.key===void 0?{}:{"git-key":ii(e.key.reveal())},...e.token===void 0?{}:{"git-token":e.token.reveal(),"git-credential":oi(e.url)}},setup:`export GIT_TERMINAL_PROMPT=0 GIT_LFS_SKIP_SMUDGE=1 GIT_SSH_VARIANT=ssh GIT_SSH_COMMAND='sh "$DRAYAGE_JOB/git-ssh"'
command -v git > /dev/null || { echo '@drayage missing git'; exit 1; }
[ -s ${$.quote(t)} ] || printf '%s\\n' ${$.quoteArgv(ti)} > ${$.quote(t)}`,git:$.quoteArgv(["git","-c","core.hooksPath=/dev/null","-c","gc.auto=0",...ri(e)])}}a(ni,"gitAccess");function ri({url:e,token:t}){if(t===void 0)return[];const{origin:n}=new URL(e);return["-c","credential.helper=","-c",`credential.${n}.helper=!sh "$DRAYAGE_JOB/git-credential"`]}a(ri,"credentialOptions");function oi(e){return`[ "$1" = get ] || exit 0
grep -q '^username=' || echo username=${new URL(e).hostname==="bitbucket.org"?"x-token-auth":"x-access-token"}
printf 'password=%s\\n' "$(cat "$DRAYAGE_JOB/git-token")"
`}a(oi,"credentialScript");function si(e,t){const n="-o BatchMode=yes -o ConnectTimeout=20 -o StrictHostKeyChecking=accept-new",r=`-o UserKnownHostsFile=${$.quote(`${e} ~/.ssh/known_hosts`)}`;return`exec ssh ${n} ${r} ${t?'-F /dev/null -o IdentitiesOnly=yes -o IdentityAgent=none -i "$DRAYAGE_JOB/git-key"':""} "$@"
`}a(si,"sshScript");function ii(e){const t=$.tidy(e);if(t!==void 0)return t;throw new f.DrayageError("SSH_KEY_INVALID","The deploy key in source.key cannot be read: it has no BEGIN and END line.",{hint:'Paste the whole file, from "-----BEGIN" to "-----END \u2026 PRIVATE KEY-----", with its line breaks.'})}a(ii,"keyText");function ai(e,t){return D.posix.join(e,"git",T.hash("sha256",t).slice(0,16))}a(ai,"mirrorFolder");function an(e,t){return ni(t,D.posix.join(e.account.stateDir,"git","known_hosts"))}a(an,"accessTo");async function ci(e,t,n,r,o){const s=an(e,t),i=n==="HEAD"?["HEAD"]:[`refs/heads/${n}`,`refs/tags/${n}`,`refs/tags/${n}^{}`,n];let d="";const{exitCode:c}=await e.job({id:`resolve-${T.randomBytes(6).toString("hex")}`,files:s.files,script:`${J("git")}
${s.setup}
exec ${s.git} ls-remote --symref ${$.quote(t.url)} ${i.map($.quote).join(" ")}`,timeout:12e4,signal:o,onOutput:a(u=>{d+=u},"onOutput")});for(const[u]of d.matchAll(/^Warning: Permanently added.*$/gm))r.note(u);if(c!==0)throw cn(d,t,e.name,n);const l=di(d,n);if(l!==void 0)return r.note(`${n} of ${t.url} is ${l.sha}`),l;throw new f.DrayageError("GIT_REF_NOT_FOUND",`${t.url} has no branch or tag "${n}".`,{hint:/^[0-9a-f]{7,39}$/.test(n)?"Write a commit with all 40 digits.":`List them: git ls-remote ${t.url}`})}a(ci,"resolveRef");function di(e,t){const n=e.split(`
`).flatMap(d=>{const[,c,l]=/^([0-9a-f]{40})\t(\S+)$/.exec(d)??[];return c===void 0||l===void 0?[]:[{sha:c,name:l}]}),r=a(d=>n.find(c=>c.name===d)?.sha,"find");if(t==="HEAD"){const[,d]=/^ref: refs\/heads\/(\S+)\tHEAD$/m.exec(e)??[],c=r("HEAD");return c===void 0?void 0:{sha:c,branch:d}}const o=r(`refs/heads/${t}`);if(o!==void 0)return{sha:o,branch:t};const s=r(`refs/tags/${t}^{}`)??r(`refs/tags/${t}`);if(s!==void 0)return{sha:s,tag:t};const i=r(t);return i===void 0?void 0:{sha:i}}a(di,"readRefs");function cn(e,t,n,r){const o=e.trim().split(`
`),s=o.findLast(d=>/^(?:fatal|remote|error|ssh|ERROR): |Permission denied|Host key/.test(d))??o.at(-1)??"",i=`${n} cannot fetch ${r} from ${t.url}`;if(e.includes("@drayage missing git"))return new f.DrayageError("GIT_MISSING",`${n} has no git, which is needed for source.git.`,{hint:"drayage setup-build-server"});if(/Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/.test(e))return new f.DrayageError("GIT_FETCH_FAILED",`${i}: the git server's SSH key is not the one seen before.`,{hint:`If it was changed on purpose, remove its line from the file "git/known_hosts" in Drayage's state folder on ${n}.`,output:e});if(/Authentication failed|could not read Username|Permission denied|Repository not found|repository .* not found|HTTP 40[134]|requested URL returned error: 40[134]|access denied|not allowed/i.test(e)){const d=t.token??t.key,c=d===void 0?"without credentials":`with source.${t.token===void 0?"key":"token"}`;return new f.DrayageError("GIT_ACCESS_DENIED",`${i} ${c}: ${s}.`,{hint:d===void 0?"For a private repository give source.token (https) or source.key (ssh).":void 0,output:e})}return/No space left on device/i.test(e)?new f.DrayageError("DISK_FULL",`${i}: its disk is full.`,{output:e}):/not our ref|couldn't find remote ref|did not contain|@drayage no-commit/.test(e)?new f.DrayageError("GIT_REF_NOT_FOUND",`${t.url} has no ${r}.`,{hint:"If it is a new commit, push it first.",output:e}):new f.DrayageError("GIT_FETCH_FAILED",`${i}: ${s}.`,{output:e})}a(cn,"diagnoseGit");async function li(e,t){const{project:n,service:r,build:o,source:s}=t,i=await e.connect(t.server);await t.ready;const d=await ui(e,i,t),{sha:c=""}=d,{stateDir:l}=i.account,u=ai(l,s.url),m=Yt(l,n,"git",s.url),p=D.posix.join(m,D.basename(m),s.path),g=qt({project:n,service:r,build:o,commit:d,uniqueTag:c.slice(0,12),context:D.posix.join(p,o.context),dockerfile:D.posix.join(p,o.dockerfile),plugins:pe(i.account)}),k=an(i,s),y={service:r.name,server:i.name,dockerfile:D.posix.join(s.path.replace(/^\//,""),o.dockerfile)},v=await en(e,i,{name:`build-${f.resourceName(f.ownerOf(n,r))}`,titles:[`Fetch ${c.slice(0,12)} of ${s.url} on ${i.name}`,`Build ${r.name} on ${i.name}`],script:`${J("git")}
${J("sources")}
${k.setup}
${Qs(u,s.url,c,k)}
${ei(m,u,c)}
echo '@drayage stage'
${Ye(i.account)}
${zt(n.servers[t.server]?.slots??1)}
${Jt(g.argv)}`,files:{...k.files,...g.files},timeout:o.timeout,followUp:t.followUp?.(g.names)},(S,E)=>E===0?cn(S,s,i.name,`commit ${c}`):on(S,y));if(v===void 0)throw new f.DrayageError("INTERNAL_BUG","A git checkout was replaced while it was locked.");const{imageId:w,platform:b,user:_}=v;return{image:g.names[0],names:g.names,imageId:w,sourceCommit:c,platforms:[b],user:_,server:i.name}}a(li,"buildFromGit");async function ui(e,t,{source:n,git:r,service:o}){const s=Ks(n,r);if(s.kind==="commit"){const{sha:i,branch:d,tag:c}=s;return i===r.sha?r:{sha:i,branch:d,tag:c}}return e.report.phase(`Look up ${s.ref} of ${o.name}'s repository`,i=>ci(t,n,s.ref,i,e.signal))}a(ui,"pinned");const fi=1<<20;function hi(e,t,n,r){let o=0;const s=wt.tarStreamExports.pack(),i=new $t.Transform({transform(d,c,l){o+=d.length,l(null,d)}});return pi(s,e,t,n,r).then(()=>s.finalize(),d=>s.destroy(d)),gt.pipeline(s,Zr.createGzip({level:1}),i).catch(d=>i.destroy(d)),{stream:i,bytes:a(()=>o,"bytes")}}a(hi,"packEntries");async function pi(e,t,n,r,o){for(const{name:i,text:d}of o)await ge(e,{name:i,mode:384},Buffer.from(d));const s=[...r].sort((i,d)=>i.path<d.path?-1:1);for(const{path:i,mode:d,kind:c,size:l}of s){const u={name:`${n}/${i}`,mode:d&4095},m=D.join(t,i);c==="folder"?await ge(e,{...u,type:"directory"}):c==="link"?await ge(e,{...u,type:"symlink",linkname:await De.readlink(m)}):l<=fi?await ge(e,{...u,type:"file"},j.readFileSync(m)):await mi(e,{...u,type:"file",size:l},m)}}a(pi,"writeAll");function ge(e,t,n){return new Promise((r,o)=>{const s=a(i=>i==null?r():o(i),"done");n===void 0?e.entry(t,s):e.entry(t,n,s)})}a(ge,"write");async function mi(e,t,n){await gt.pipeline(j.createReadStream(n,{end:(t.size??1)-1}),e.entry(t))}a(mi,"writeStream");const $i=128*1024,dn=5;async function ln(e,t,n,r,o){for(let s=1;s<=dn;s+=1){const i=await e.script(Gs(t,n.tree),{purpose:"Comparing the sources",repeatable:!0,signal:o}),[d="none",...c]=i.stdout.split(`
`).filter(l=>l!=="");if(d==="same")return{added:0,removed:0,bytes:0,script:"",files:{}};try{const l=await gi(e,{remote:t,source:n,base:d,theirs:c,phase:r,signal:o});if(l!==void 0)return l}catch(l){if(!(l instanceof f.DrayageError)||l.code!=="SSH_CONNECTION_LOST"||s===dn)throw l;r.note(`${l.message} Sending again.`)}await M.setTimeout(100*s)}throw new f.DrayageError("SOURCE_CHANGED",`Other runs keep changing ${t} on ${e.name}.`,{hint:un})}a(ln,"sendContext");const un="Let runs for one project wait for each other (`concurrency` on GitHub, `resource_group` on GitLab).";async function gi(e,t){const{remote:n,source:r,base:o,theirs:s,phase:i,signal:d}=t,{tree:c,folder:l}=r,{add:u,remove:m}=o==="none"?{add:c.entries,remove:[]}:Hs(c,s),p=hi(l,"tree",ki(u,c),[{name:F.add,text:u.map(Kt).join("")},{name:F.remove,text:m.map(S=>`${S}
`).join("")},{name:F.groups,text:Vt(c)}]),g={added:u.length,removed:m.length},[k,y]=await wi(p);if(y){const S={[Zt]:k.toString("base64")};return{...g,bytes:k.length,script:Bs(n,o,c),files:S}}let v;const b={purpose:"Sending the sources",stdin:$t.Readable.from(vi(k,p,S=>{v=S}),{objectMode:!1}),accept:[0,Q,ee],signal:d,onOutput:a(S=>i.output(S),"onOutput")},_=await e.script(Qt(n,o,c),b).catch(S=>{throw v!==void 0?te(v instanceof Error?v.message:String(v),v):bi(S)?new f.DrayageError("DISK_FULL",`The sources do not fit on the disk of ${e.name}.`,{cause:S}):S});if(_.exitCode!==Q){if(_.exitCode===ee)throw te(_.stderr);return{...g,bytes:p.bytes(),script:"",files:{}}}}a(gi,"sendDifference");async function wi({stream:e}){const t=[];let n=0;for(;n<=$i;){const r=e.read();if(r!==null)t.push(r),n+=r.length;else{if(e.errored)throw te(e.errored.message,e.errored);if(e.readableEnded)return[Buffer.concat(t),!0];await yi(e)}}return[Buffer.concat(t),!1]}a(wi,"firstBytes");function yi(e){return new Promise((t,n)=>{const r=a(o=>{e.off("readable",r).off("end",r).off("error",r),o===void 0?t():n(te(o.message,o))},"settle");e.once("readable",r).once("end",r).once("error",r)})}a(yi,"readableOrEnded");async function*vi(e,{stream:t},n){yield e;try{yield*t}catch(r){throw n(r),r}}a(vi,"followedBy");function ki(e,t){if(e.length===t.entries.length)return e;const n=new Set(e.map(({path:r})=>r));for(const{path:r}of e)for(let o=r.lastIndexOf("/");o>0;o=r.lastIndexOf("/",o-1))n.add(r.slice(0,o));return t.entries.filter(({path:r})=>n.has(r))}a(ki,"withFolders");function te(e,t){const n=e.trim().split(`
`).slice(0,3).join("; ");return new f.DrayageError("SOURCE_CHANGED",`The sources changed while they were being sent: ${n}.`,{cause:t})}a(te,"changedWhileSent");function bi(e){return e instanceof f.DrayageError&&/No space left on device|Wrote only \d+ of \d+ bytes/.test(e.output??"")}a(bi,"isDiskFull");const _i=new Set([".git",".drayage"]);function Ei(e){const n=e.replace(/^\uFEFF/,"").split(/\r?\n/).map(s=>Si(s.trimEnd())).filter(s=>s.trim()!==""),r=n.length===0?void 0:wt.dockerignore.default({ignorecase:!1}).add(n),o=n.filter(s=>s.startsWith("!")).map(s=>Oi(s.slice(1)));return{isIgnored:a(s=>fn(s)||r?.ignores(s)===!0,"isIgnored"),isClosed:a(s=>fn(s)||!o.some(i=>Di(i,s.split("/"))),"isClosed")}}a(Ei,"ignoreRules");function fn(e){return _i.has(e.slice(e.lastIndexOf("/")+1))}a(fn,"isOwn");function Si(e){return e.replace(/\\.|[+(){}|]|(?<!\[)\^/g,t=>t.startsWith("\\")?t:`\\${t}`)}a(Si,"escapeRegExp");function Oi(e){return e.trim().split("/").filter(t=>t!==""&&t!==".")}a(Oi,"partsOf");function Di(e,t){for(const[n,r]of t.entries()){const o=e[n];if(o===void 0||o.includes("**"))return!0;if(!/[*?[\\]/.test(o)&&o!==r)return!1}return!0}a(Di,"mayMatchBelow");const Ti=12;async function Ai(e,t,n){const r=Buffer.allocUnsafe(1048576),o=[],s=[""];let i=performance.now();for(let d=s.pop();d!==void 0;d=s.pop())for(const c of Ii(e,d)){performance.now()-i>Ti&&(await M.setImmediate(),n?.throwIfAborted(),i=performance.now());const l=d===""?c.name:`${d}/${c.name}`,u=t.isIgnored(l);if(c.isDirectory()&&!(u&&t.isClosed(l))&&s.push(l),u)continue;const m=xi(e,l,c,r);m!==void 0&&o.push(m)}return Ni(e,o)}a(Ai,"readContext");function Ii(e,t){try{return j.readdirSync(D.join(e,t),{withFileTypes:!0})}catch(n){throw hn(t===""?e:t,n)}}a(Ii,"listFolder");function xi(e,t,n,r){if(/[\n\uFFFD]/.test(t)){const s=`The file name ${JSON.stringify(t)} holds a line break or is not UTF-8; such names cannot be sent.`;throw new f.DrayageError("SOURCE_INVALID",s,{hint:"Rename the file, or exclude it in .dockerignore."})}const o=D.join(e,t);try{if(n.isDirectory())return $e({path:t,mode:j.lstatSync(o).mode,kind:"folder",content:Wt,size:0});if(n.isSymbolicLink())return $e({path:t,mode:41471,kind:"link",content:T.hash("sha256",j.readlinkSync(o)),size:0});if(!n.isFile())return;const{mode:s,size:i}=j.lstatSync(o);return $e({path:t,mode:s,kind:"file",content:Ri(o,i,r),size:i})}catch(s){throw hn(t,s)}}a(xi,"readEntry");function Ri(e,t,n){const r=j.openSync(e,"r");try{if(t<n.length){const s=j.readSync(r,n,0,n.length,null);return T.hash("sha256",n.subarray(0,s))}const o=T.createHash("sha256");for(let s=j.readSync(r,n);s>0;s=j.readSync(r,n))o.update(n.subarray(0,s));return o.digest("hex")}finally{j.closeSync(r)}}a(Ri,"hashFile");function Ni(e,t){const n=new Set(t.filter(({kind:s})=>s==="folder").map(({path:s})=>s)),r=new Set;for(const{path:s}of t)for(let i=s.lastIndexOf("/");i>0;i=s.lastIndexOf("/",i-1)){const d=s.slice(0,i);if(n.has(d)||r.has(d))break;r.add(d)}const o=[...r].map(s=>$e({path:s,mode:j.lstatSync(D.join(e,s)).mode,kind:"folder",content:Wt,size:0}));return[...t,...o]}a(Ni,"withParents");function hn(e,t){const n=t instanceof Error?t.message:String(t);return new f.DrayageError("SOURCE_INVALID",`The source ${e} cannot be read: ${n}.`,{cause:t})}a(hn,"unreadable");async function ji({root:e,context:t,dockerfile:n,signal:r}){const o=D.join(e,t);if(!(await De.stat(o).catch(()=>{}))?.isDirectory())throw new f.DrayageError("SOURCE_INVALID",`The build context ${o} is not a folder.`,{hint:"On CI, check the repository out before this step."});const s=await we(D.join(e,n));if(s===void 0)throw await Pi(e,t,n);const i=await we(D.join(e,`${n}.dockerignore`)),d=Ei(i??await we(D.join(o,".dockerignore"))??"");return{folder:o,tree:Fs(await Ai(o,d,r)),dockerfile:s,ownIgnore:i}}a(ji,"readLocalSource");async function Pi(e,t,n){const r=D.posix.join(t,n),o=r!==n&&await we(D.join(e,r))!==void 0;return new f.DrayageError("SOURCE_INVALID",`There is no ${n} in ${e}.`,{hint:o?`build.dockerfile is relative to the source, not to the context: write \`dockerfile: ${r}\`.`:"Name it under build.dockerfile, relative to the source."})}a(Pi,"noDockerfile");async function we(e){return De.readFile(e,"utf8").catch(t=>{if(!(t.code==="ENOENT"||t.code==="ENOTDIR"||t.code==="EISDIR"))throw new f.DrayageError("SOURCE_INVALID",`${e} cannot be read: ${t.message}.`,{cause:t})})}a(we,"readText");const Li=4;async function Ci(e,t){const{project:n,service:r,build:o,git:s}=t,i=D.join(D.dirname(n.file??"drayage.yml"),t.source.path),d=ji({root:i,context:o.context,dockerfile:o.dockerfile,signal:e.signal});d.catch(()=>{}),await t.reachable;const c=`Send the sources of ${r.name} to ${t.server}`,l=e.connect(t.server),[u,m,p]=await e.report.phase(c,async _=>{const[S,E]=await Promise.all([l,d]),x=await ln(S,pn(S,t,E),E,_,e.signal);return _.note(Ui(E,x)),[S,E,x]}),g=await Hi(t.ready),k=pn(u,t,m),y=D.posix.basename(o.dockerfile),v=qt({project:n,service:r,build:o,commit:s,uniqueTag:`tree-${m.tree.root.slice(0,12)}`,context:D.posix.join(k,D.posix.basename(k)),dockerfile:`dockerfile/${y}`,plugins:pe(u.account)}),w={service:r.name,server:u.name,dockerfile:D.posix.join(t.source.path,o.dockerfile)};for(let _=1,S=p;_<=Li;_+=1){const E=await en(e,u,{name:`build-${f.resourceName(f.ownerOf(n,r))}`,titles:[`Build ${r.name} on ${u.name}`],script:Fi(u,t,{folder:k,source:m,file:y,argv:v.argv,delta:S,isReady:g}),gate:g?void 0:t.ready,files:{...v.files,...Mi(m),...S.files},timeout:o.timeout,followUp:t.followUp?.(v.names)},(x,O,G)=>G===ee?te(x):on(x,w));if(E!==void 0)return{image:v.names[0],names:v.names,imageId:E.imageId,sourceCommit:s.sha,platforms:[E.platform],user:E.user,server:u.name};S=await e.report.phase(`${c} again`,x=>(x.note("Another run replaced them in between."),ln(u,k,m,x,e.signal)))}const b=`Other runs keep replacing the sources of ${r.name} on ${u.name}.`;throw new f.DrayageError("SOURCE_CHANGED",b,{hint:un})}a(Ci,"buildFromPath");function pn(e,{project:t,source:n,build:r},{ownIgnore:o}){const s=o===void 0?[]:[r.dockerfile];return Yt(e.account.stateDir,t,"path",n.path,r.context,...s)}a(pn,"folderOf");function Mi({dockerfile:e,ownIgnore:t}){return{"the-dockerfile":e,...t===void 0?{}:{"the-dockerignore":t}}}a(Mi,"steeringFiles");function Fi(e,t,{folder:n,source:r,file:o,argv:s,delta:i,isReady:d}){const c=t.project.servers[t.server]?.slots??1,l=r.ownIgnore===void 0?"":`mv the-dockerignore dockerfile/${$.quote(`${o}.dockerignore`)}`;return`${J("sources")}
${Ye(e.account)}
mkdir dockerfile && mv the-dockerfile dockerfile/${$.quote(o)} || exit 1
${l}
${i.script}
${d?"":Cs}${zt(c)}
${Us(n,"-s","waiting for sources that another run is sending")}
[ "$(cat ${$.quote(`${n}/root`)} 2>/dev/null)" = ${r.tree.root} ] || exit ${Q}
${Jt(s)}`}a(Fi,"pathScript");async function Hi(e){return e===void 0?!0:Promise.race([e.then(()=>!0),M.setImmediate(!1)])}a(Hi,"settled");function Ui({tree:e},{added:t,removed:n,bytes:r}){const o=e.entries.filter(({kind:d})=>d!=="folder"),s=o.reduce((d,{size:c})=>d+c,0),i=`${o.length} files, ${mn(s)}`;return t+n===0?`${i}: nothing changed`:`${i}: ${t} new or changed, ${n} replaced or gone, ${mn(r)} to send`}a(Ui,"describe$2");function mn(e){return e<1e3?`${e} bytes`:e<1e6?`${(e/1e3).toFixed(1)} kB`:`${(e/1e6).toFixed(1)} MB`}a(mn,"inUnits");async function We(e,t){const n=h.pickService(t.project,t.service),{build:r,source:o}=n;if(r===void 0||o.kind==="image")throw new f.DrayageError("BUILD_IMPOSSIBLE",`Service ${n.name} runs a prebuilt image; there is nothing to build.`,{at:n.at});const[s]=r.servers;if(s===void 0)throw new f.DrayageError("BUILD_IMPOSSIBLE",`Service ${n.name} names no build server.`,{hint:"Declare a server with role: build, or name one under build.servers.",at:n.at});const i={...t,service:n,build:r,server:s},d=o.kind==="git"?await li(e,{...i,source:o}):await Ci(e,{...i,source:o});return n.image===void 0&&e.report.note(`${n.name}: no registry is named, so the image stays on ${s} as ${d.image} (${d.imageId}).`),d}a(We,"buildService");const Gi=Object.freeze(Object.defineProperty({__proto__:null,buildService:We},Symbol.toStringTag,{value:"Module"})),Bi=/(?:^|,)\s*(bearer|basic)\s+/gi,qi=/([a-z_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/gi;function Yi(e){const t=typeof e=="string"?e:(e??[]).join(", "),n=[...t.matchAll(Bi)],r=n.map((i,d)=>{const c=zi(t.slice(i.index+i[0].length,n[d+1]?.index));return{scheme:i[1]?.toLowerCase(),parameters:c}}),o=r.find(({scheme:i,parameters:d})=>i==="bearer"&&d.has("realm"));if(o!==void 0){const{parameters:i}=o;return{scheme:"bearer",realm:i.get("realm")??"",service:i.get("service"),scope:i.get("scope")}}const s=r.find(({scheme:i})=>i==="basic");return s&&{scheme:"basic",realm:s.parameters.get("realm")??""}}a(Yi,"parseChallenge");function zi(e){const t=[...e.matchAll(qi)].map(([,n="",r,o])=>[n.toLowerCase(),r?.replace(/\\(.)/g,"$1")??o??""]);return new Map(t)}a(zi,"readParameters");class H extends Error{static{a(this,"TransientFailure")}name="TransientFailure";verdict;wait;constructor(t,n){super(t.message,{cause:t.cause}),this.verdict=t,this.wait=n}}const $n=6e4;async function gn(e,t){const{signal:n}=t;try{return await $.pRetry(e,{retries:t.retries,minTimeout:t.firstDelay,factor:2,randomize:!0,signal:n,shouldRetry:a(({error:r})=>r instanceof H&&(r.wait??0)<=$n,"shouldRetry"),onFailedAttempt:a(async({error:r,attemptNumber:o,retriesLeft:s})=>{if(!(r instanceof H)||s===0)return;const i=r.wait??0;i>$n||(t.onRetry?.(r.verdict.message,o),i>0&&await M.setTimeout(i,void 0,{signal:n}))},"onFailedAttempt")})}catch(r){throw n?.aborted===!0?new f.DrayageError("CANCELLED","The run was cancelled.",{cause:r}):r instanceof H?r.verdict:r}}a(gn,"retryTransient");function wn(e,t=Date.now()){const n=typeof e=="string"?e.trim():e?.[0]?.trim();if(n===void 0||n==="")return;if(/^\d+$/.test(n))return Number(n)*1e3;const r=Date.parse(n);return Number.isNaN(r)?void 0:Math.max(0,r-t)}a(wn,"retryAfter");function yn(e,t,n){const{host:r}=e,o=Zi(n.body),s=`HTTP ${n.status}${o===""?"":`, "${o}"`}`;switch(!0){case(n.status===401&&(e.username===void 0||!Ji(n))):return ye(e,s);case(n.status===401||n.status===403):return vn(e,t,s);case n.status===429:return new H(new f.DrayageError("REGISTRY_RATE_LIMITED",`Registry ${r} limits how often it may be asked (${s}, for ${t}).`,{hint:Ki(e)}),wn(n.headers["retry-after"]));case(n.status>=500||n.status===408):return new H(new f.DrayageError("REGISTRY_UNREACHABLE",`Registry ${r} failed with ${s} when asked for ${t}.`),wn(n.headers["retry-after"]));default:return new f.DrayageError("REGISTRY_UNREACHABLE",`Registry ${r} answered ${s} when asked for ${t}; expected the OCI distribution API.`,{hint:Xi(e,n.body)})}}a(yn,"verdictOn");function ye(e,t){const{host:n,username:r}=e;return r===void 0?new f.DrayageError("REGISTRY_AUTH",`Registry ${n} asks for credentials (${t}), and none are declared for it.`,{hint:`Declare username and password under registries."${n}" in drayage.yml.`}):new f.DrayageError("REGISTRY_AUTH",`Registry ${n} refused the password of user ${r} (${t}).`,{hint:`Check registries."${n}" in drayage.yml, and the secret its password comes from.`})}a(ye,"refused");function vn(e,t,n){const r=`Registry ${e.host} denies ${bn(e)} access to ${t} (${n}).`,o=`Check that the repository exists and that ${bn(e)} may use it, or declare other credentials under registries."${e.host}".`;return new f.DrayageError("REGISTRY_DENIED",r,{hint:o})}a(vn,"denied");function Ji(e){return/^bearer/i.test(String(e.headers["www-authenticate"]??""))}a(Ji,"usesTokens");const Wi=new Set(["ECONNRESET","ECONNREFUSED","EPIPE","ETIMEDOUT","EAI_AGAIN","EHOSTUNREACH","ENETUNREACH","UND_ERR_CONNECT_TIMEOUT","UND_ERR_HEADERS_TIMEOUT","UND_ERR_BODY_TIMEOUT","UND_ERR_SOCKET"]);function kn(e,t){const n=_n(t),r=t instanceof Error?t.message:String(t),o=new f.DrayageError("REGISTRY_UNREACHABLE",`Registry ${e.host} cannot be reached: ${r}.`,{hint:Vi(e,n,r),cause:t});return Wi.has(n)?new H(o):o}a(kn,"unreachable");function bn(e){return e.username===void 0?"anonymous users":`user ${e.username}`}a(bn,"who");function Ki(e){return e.username===void 0?`Declare credentials under registries."${e.host}": limits for known users are higher.`:"Wait until the limit is lifted, or use a mirror."}a(Ki,"rateHint");function _n(e){return e instanceof Error?"code"in e&&typeof e.code=="string"?e.code:e.cause===void 0?"":_n(e.cause):""}a(_n,"codeOf");function Vi(e,t,n){const r=`registries."${e.host}"`;if(/CERT|SELF_SIGNED|UNABLE_TO_/.test(t))return`Put the PEM of the authority that signed its certificate under ${r}.ca.`;if(/WRONG_VERSION_NUMBER|EPROTO/.test(`${t} ${n}`))return`If it speaks plain HTTP, say so: ${r}.insecure: true.`;if(t==="ENOTFOUND")return`Check the spelling of ${e.host}.`}a(Vi,"faultHint");function Xi(e,t){if(/HTTP request (?:was sent )?to (?:an )?HTTPS/i.test(t))return`It speaks TLS: remove registries."${e.host}".insecure.`}a(Xi,"speechHint");function Zi(e){const[,t]=/"(?:message|details)"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(e)??[];return(t??(e.startsWith("<")?"":e)).replace(/\s+/g," ").trim().slice(0,200)}a(Zi,"messageOf");class Qi{static{a(this,"Authorization")}#e;#t;#r=new Map;#n=new Map;#o=new Map;constructor(t,n){this.#e=t,this.#t=n}wants(t,n){(this.#n.get(t)??"pull")===n||n==="pull"||(this.#n.set(t,n),this.#r.delete(t))}header(t){return this.#r.get(t)}async answer(t,n,r){if(this.#r.get(t)!==r)return!0;const o=Yi(n);if(o===void 0)return!1;const s=this.#o.get(t)??this.#i(t,o);this.#o.set(t,s);try{const i=await s;return this.#r.set(t,i),i!==r}finally{this.#o.delete(t)}}async#i(t,n){const r=ze(this.#e),o=r&&`Basic ${Buffer.from(`${r.username}:${r.password}`).toString("base64")}`;if(n.scheme==="basic"){if(o===void 0)throw ye(this.#e,"HTTP 401");return o}return`Bearer ${await this.#s(t,n,o)}`}async#s(t,n,r){const o=this.#a(t,n),s=r===void 0?{}:{authorization:r},d=await(await this.#t()).request({origin:o.origin,path:`${o.pathname}${o.search}`,method:"GET",headers:s}).catch(u=>{throw kn(this.#e,u)}),c=await d.body.text();if(d.statusCode===401||d.statusCode===403)throw ye(this.#e,`HTTP ${d.statusCode} from ${o.host}`);if(d.statusCode!==200){const u={status:d.statusCode,headers:d.headers,body:c};throw yn(this.#e,`a token from ${o.host}`,u)}const l=ea(c);if(l!==void 0)return l;throw new f.DrayageError("REGISTRY_UNREACHABLE",`${o.host} answered without a token for registry ${this.#e.host}.`)}#a(t,n){if(!URL.canParse(n.realm)){const o=`Registry ${this.#e.host} sends clients to "${n.realm}" for tokens; expected a URL.`;throw new f.DrayageError("REGISTRY_UNREACHABLE",o)}const r=new URL(n.realm);if(r.protocol!=="https:"&&!this.#e.insecure){const o=`Registry ${this.#e.host} sends clients to ${r.origin} for tokens; expected https.`;throw new f.DrayageError("REGISTRY_UNREACHABLE",o)}return n.service!==void 0&&r.searchParams.set("service",n.service),r.searchParams.set("scope",`repository:${t}:${this.#n.get(t)??"pull"}`),this.#e.username!==void 0&&r.searchParams.set("account",this.#e.username),r}}function ea(e){const t=ta(e);if(!(typeof t!="object"||t===null))return"token"in t&&typeof t.token=="string"?t.token:"access_token"in t&&typeof t.access_token=="string"?t.access_token:void 0}a(ea,"tokenIn");function ta(e){try{return JSON.parse(e)}catch{return}}a(ta,"parseJson");const na=["application/vnd.oci.image.index.v1+json","application/vnd.oci.image.manifest.v1+json","application/vnd.docker.distribution.manifest.list.v2+json","application/vnd.docker.distribution.manifest.v2+json"];class ra{static{a(this,"RegistryClient")}#e;#t;#r;#n;#o;#i=a(()=>{this.#r?.then(t=>t.destroy()).catch(()=>{})},"#abort");constructor(t,n={}){this.#e=t,this.#t=n,this.#n=new Qi(t,()=>this.#s()),this.#o=`${t.insecure?"http":"https"}://${Rs(t.host)}`,n.signal?.addEventListener("abort",this.#i,{once:!0})}async prepare(t,n="pull"){this.#n.wants(t,n),await this.#c("GET","/v2/",t,`repository ${t}`,{})}async digest(t,n){if(this.#e.host==="docker.io"){const r=await this.#a("HEAD",t,n),o=ne(r?.headers["docker-content-digest"]);if(r===void 0||o!==void 0)return o}return(await this.manifest(t,n))?.digest}async manifest(t,n){const r=await this.#a("GET",t,n);if(r===void 0)return;const o=`sha256:${T.createHash("sha256").update(r.bytes).digest("hex")}`,s=n.startsWith("sha256:")?n:ne(r.headers["docker-content-digest"]);if(s?.startsWith("sha256:")===!0&&s!==o){const i=`Registry ${this.#e.host} sent a manifest of ${t} with digest ${o}; expected ${s}.`;throw new f.DrayageError("DIGEST_MISMATCH",i)}return{digest:o,mediaType:ne(r.headers["content-type"])??"",bytes:r.bytes}}async tags(t){const n=[];let r=`/v2/${t}/tags/list?n=1000`;for(;r!==void 0;){const o=await this.#c("GET",r,t,`the tags of ${t}`,{},[404]);if(o.status===404)return[];const s=JSON.parse(o.bytes.toString("utf8"));typeof s=="object"&&s!==null&&"tags"in s&&Array.isArray(s.tags)&&n.push(...s.tags.map(String)),r=oa(ne(o.headers.link))}return n}async tagsOf(t,n,r){const o=r??await this.tags(t),s=await Promise.all(o.map(i=>this.digest(t,i)));return o.filter((i,d)=>s[d]===n)}async tag(t,n,r){this.#n.wants(t,"pull,push");const o={body:n.bytes,headers:{"content-type":n.mediaType}};await this.#c("PUT",`/v2/${t}/manifests/${r}`,t,`tag ${t}:${r}`,o)}async[Symbol.asyncDispose](){this.#t.signal?.removeEventListener("abort",this.#i),this.#i()}#s(){const{ca:t}=this.#e,{dial:n}=this.#t;return this.#r??=Promise.resolve().then(()=>require("./undici.cjs")).then(r=>r.connection).then(({connections:r})=>r({ca:t,dial:n})),this.#r}async#a(t,n,r){const o=`${n}${r.includes(":")?"@":":"}${r}`,s={accept:na.join(", ")},i=await this.#c(t,`/v2/${n}/manifests/${r}`,n,o,{headers:s},[404]);return i.status===404?void 0:i}async#c(t,n,r,o,s,i=[]){const{signal:d,retries:c=4,onRetry:l}=this.#t;return gn(a(async()=>{const m=this.#n.header(r);let p=await this.#d(t,n,r,s);const g=ne(p.headers["www-authenticate"]);if(p.status===401&&await this.#n.answer(r,g,m)&&(p=await this.#d(t,n,r,s)),p.status>=200&&p.status<300||i.includes(p.status))return p;const k={...p,body:p.bytes.toString("utf8")};throw yn(this.#e,o,k)},"attempt"),{retries:c,firstDelay:300,signal:d,onRetry:l})}async#d(t,n,r,o){const s=this.#n.header(r),i={...o.headers,...s===void 0?{}:{authorization:s}};try{const{signal:d}=this.#t,l=await(await this.#s()).request({origin:this.#o,path:n,method:t,headers:i,body:o.body,signal:d}),u=Buffer.from(await l.body.arrayBuffer());return await M.setImmediate(),{status:l.statusCode,headers:l.headers,bytes:u}}catch(d){throw kn(this.#e,d)}}}function ne(e){return typeof e=="string"?e:e?.join(", ")}a(ne,"header");function oa(e){const[,t]=/<([^>]+)>\s*;\s*rel="?next"?/.exec(e??"")??[];return t?.startsWith("/v2/")===!0?t:void 0}a(oa,"nextPage");function sa(e,{registry:t,server:n,image:r}){const o=aa(e),{host:s}=t,i=a((c,l,u)=>new f.DrayageError(c,`${l}: ${o}.`,{hint:u,output:e}),"error"),d=a(c=>i("REGISTRY_UNREACHABLE",`${n} cannot push to registry ${s}`,c),"unreachable");switch(!0){case/image does not exist locally|No such image|tag does not exist/i.test(e):return i("IMAGE_NOT_FOUND",`${n} has no image ${r}`,"Build it first: drayage build-remote");case/toomanyrequests|429 Too Many/i.test(e):return new H(i("REGISTRY_RATE_LIMITED",`Registry ${s} limits pushes`));case/unauthorized|no basic auth credentials|authentication required|incorrect username or password/i.test(o):return ye(t,o);case/denied|insufficient_scope|forbidden/i.test(o):return vn(t,r,o);case/x509: |certificate/i.test(o):return d(`Declare its authority under registries."${s}".ca and run: drayage setup-build-server`);case/HTTP response to HTTPS client/i.test(o):return d(`Say that it speaks plain HTTP (registries."${s}".insecure: true) and run: drayage setup-build-server`);case/no such host/i.test(o):return d(`Check the spelling of ${s}, and DNS on ${n}.`);case/no space left/i.test(o):return i("DISK_FULL",`The push to ${s} found a full disk`);case ia(o):return new H(d());default:return i("PUSH_FAILED",`${n} cannot push ${r}`)}}a(sa,"diagnosePush");function ia(e){return/connection (?:refused|reset|timed out)|broken pipe|EOF|timeout|deadline exceeded|temporary failure|network is unreachable|no route to host|server misbehaving|use of closed network|unexpected (?:HTTP )?status(?: code)?[^\n]*5\d\d|50[0234] |Bad Gateway|Service Unavailable|Internal Server Error/i.test(e)}a(ia,"isTransport");function aa(e){return(e.split(`
`).map(r=>r.trim()).filter(r=>r!==""&&!/^(?:[0-9a-f]{12}: |The push refers to)/.test(r)).at(-1)??"it said nothing").replace(/^(?:Error response from daemon|error parsing HTTP \d+ response body): /i,"").replace(/\.$/,"").slice(0,400)}a(aa,"lastError");function ca(e,t){const n=t.image===void 0?void 0:f.parseImage(t.image);if(n===void 0)throw new f.DrayageError("INPUT_INVALID",`Service ${t.name} has no "image", so there is no registry to push to.`,{hint:`Add the repository: services.${t.name}.image: ghcr.io/<owner>/<name>`,at:t.at});const{registry:r,repository:o}=n;return{registry:Ct(e.registries,r)??{host:r,insecure:!1},path:o,repository:f.familiarImage({registry:r,repository:o})}}a(ca,"destinationOf");function da(e,t,n,r){const o=f.parseImage(t)?.tag??"latest",s=r!==void 0&&r!==n.sha,i=e.source.kind==="git"?e.source.ref:void 0,d=s?{sha:r,branch:i,tag:i}:n,c=f.expandTags(e.tags,d,o);return e.image!==void 0&&Ut(t,e.image)?[...new Set([o,...c])]:c}a(da,"tagsToPush");function En(e,t){const[n=e,...r]=t;return`push() {
  docker push "$1" 2>&1 | while IFS= read -r line; do
    case $line in *': Preparing' | *': Waiting') continue ;; esac
    printf '%s\\n' "$line"
    case $line in *': digest: sha256:'*) set -- $line; echo "@drayage pushed \${1%:} $3" ;; esac
  done
}
${t.filter(s=>s!==e).map(s=>`docker tag ${$.quote(e)} ${$.quote(s)} || exit 1`).join(`
`)}
push ${$.quote(n)}
${r.map(s=>`push ${$.quote(s)} &`).join(`
`)}
wait`}a(En,"pushScript");const Sn=3;async function la({server:e,destination:t,image:n,tags:r,pushed:o,name:s,phase:i,signal:d}){const{registry:c,repository:l}=t;await gn(a(async()=>{let p="";const g=f.markedLines(([y,v="",w=""])=>{y==="pushed"&&o.set(v,w)},y=>{p+=y,i.output(y)}),k=r.filter(y=>!o.has(y)).map(y=>`${l}:${y}`);if(await e.job({id:`${s}-${T.randomBytes(4).toString("hex")}`,script:`${Ye(e.account)}
${En(n,k)}`,files:{"config.json":Gt([c],pe(e.account))},onOutput:g.push,signal:d}),g.finish(),r.some(y=>!o.has(y)))throw sa(p,{registry:c,server:e.name,image:n})},"attempt"),{retries:Sn,firstDelay:1e3,signal:d,onRetry:a((p,g)=>i.note(`${p} Trying again (attempt ${g+1} of ${Sn+1}).`),"onRetry")})}a(la,"pushTags");var On=a((e,t)=>(t=Symbol[e])?t:Symbol.for("Symbol."+e),"__knownSymbol$3"),Dn=a(e=>{throw TypeError(e)},"__typeError$3"),ua=a((e,t,n)=>{if(t!=null){typeof t!="object"&&typeof t!="function"&&Dn("Object expected");var r,o;r=t[On("asyncDispose")],r===void 0&&(r=t[On("dispose")],o=r),typeof r!="function"&&Dn("Object not disposable"),o&&(r=a(function(){try{o.call(this)}catch(s){return Promise.reject(s)}},"dispose")),e.push([n,r,t])}else e.push([n]);return t},"__using$3"),fa=a((e,t,n)=>{var r=typeof SuppressedError=="function"?SuppressedError:function(i,d,c,l){return l=Error(c),l.name="SuppressedError",l.error=i,l.suppressed=d,l},o=a(i=>t=n?new r(i,t,"An error was suppressed during disposal"):(n=!0,i),"fail"),s=a(i=>{for(;i=e.pop();)try{var d=i[1]&&i[1].call(i[2]);if(i[0])return Promise.resolve(d).then(s,c=>(o(c),s()))}catch(c){o(c)}if(n)throw t},"next");return s()},"__callDispose$3");async function ha(e,t){var n=[];try{return await ua(n,new Ke(e,t),!0).finish(t)}catch(i){var r=i,o=!0}finally{var s=fa(n,r,o);s&&await s}}a(ha,"pushImage");class Ke{static{a(this,"Push")}#e;#t;#r;#n;#o;#i;#s=new Map;constructor(t,n){const r=h.pickService(n.project,n.service);this.#e=t,this.#t=n,this.#r=r,this.#n=ca(n.project,r),this.#o=new ra(this.#n.registry,{signal:t.signal,dial:a(async(o,s)=>(await t.connect(n.server)).dial(o,s),"dial")})}#a(){return this.#i??=this.#o.prepare(this.#n.path,"pull,push"),this.#i}followUp(t){return setImmediate(()=>{this.#a().catch(()=>{})}),{title:this.#c,script:En(t[0]??"",t),onWords:a(([n,r="",o=""])=>{n==="pushed"&&this.#s.set(r,o)},"onWords")}}async finish({image:t,sourceCommit:n}){const{report:r}=this.#e,o=da(this.#r,t,this.#t.git,n),s=o.every(d=>this.#s.has(d)),i=s?`Check ${this.#r.name} in ${this.#n.registry.host}`:this.#c;return r.phase(i,async d=>{const c=s?await this.#l(o):await this.#d(t,o)??await this.#u(t,o,d),{repository:l}=this.#n,u={image:`${l}:${o[0]}`,digest:c,pinnedImage:`${this.#r.image}@${c}`,tags:o};return d.note(`${this.#s.size===0?"nothing to push: the registry has":"the registry has"} ${o.map(m=>`${l}:${m}`).join(", ")} as ${c}`),u})}async[Symbol.asyncDispose](){await this.#o[Symbol.asyncDispose]()}get#c(){return`Push ${this.#r.name} to ${this.#n.registry.host}`}async#d(t,n){const r=await this.#e.connect(this.#t.server),o=`${Lt(r.account)}
docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' ${$.quote(t)}`,s=`Looking for image ${t}`,i=await r.script(o,{purpose:s,accept:"any",signal:this.#e.signal});if(/No such (?:image|object)/i.test(i.stderr))throw new f.DrayageError("IMAGE_NOT_FOUND",`${r.name} has no image ${t}.`,{hint:`Build it first: drayage build-remote --service ${this.#r.name}`});const{repository:d,path:c}=this.#n,l=i.stdout.split(`
`).filter(p=>p.includes("@")&&Ut(p,d)).map(p=>p.slice(p.indexOf("@")+1));if(l.length===0)return;await this.#a();const u=[];for(const p of n)u.push(await this.#o.digest(c,p));const[m]=u;return m!==void 0&&l.includes(m)&&u.every(p=>p===m)?m:void 0}async#u(t,n,r){const o=await this.#e.connect(this.#t.server);return await la({server:o,destination:this.#n,image:t,tags:n,pushed:this.#s,name:`push-${this.#t.project.name}-${this.#r.name}`,phase:r,signal:this.#e.signal}),this.#l(n)}async#l(t){await this.#a();const{registry:n,repository:r,path:o}=this.#n,s=this.#s.get(t[0]??"");for(const i of t){const d=await this.#o.digest(o,i),c=this.#s.get(i);if(d!==void 0&&d===c&&c===s)continue;const l=`Registry ${n.host} has ${d??"nothing"} as ${r}:${i}; ${c??"nothing"} was pushed.`;throw new f.DrayageError("DIGEST_MISMATCH",l,{hint:"Another run may have pushed the same tag at the same time. Run this step again."})}return s??""}}const pa=Object.freeze(Object.defineProperty({__proto__:null,Push:Ke,pushImage:ha},Symbol.toStringTag,{value:"Module"})),Tn=/^sha256:[0-9a-f]{64}$/;function ma(e){if(!(Tn.test(e)||f.parseImage(e)!==void 0))throw new f.DrayageError("IMAGE_NOT_FOUND",`'${e}' is not the name of an image.`,{hint:"Expected `repository:tag`, `repository@sha256:\u2026` or the `sha256:\u2026` of an image on the node."})}a(ma,"checkImage");function $a(e){const t=f.parseImage(e);return t?.digest===void 0?e:`${f.familiarImage({...t,tag:void 0,digest:void 0})}@${t.digest}`}a($a,"lookupName");function ga(e,t,n){if(Tn.test(e)){if(n.image!==void 0)return e;throw new f.DrayageError("IMAGE_NOT_FOUND",`${t} has no image ${e}, and it has no registry to come from.`,{hint:"Name a repository under `image`, or build on the server that deploys."})}const r=f.parseImage(e);if(r===void 0)throw new f.DrayageError("IMAGE_NOT_FOUND",`'${e}' is not the name of an image.`);const{registry:o}=n,s=f.familiarImage({...r,tag:void 0,digest:void 0});if(r.digest!==void 0){if(n.image===void 0&&"error"in o&&wa(o))throw An(e,r.registry,t,o);return`${s}@${r.digest}`}if("digest"in o)return`${s}@${o.digest}`;throw An(e,r.registry,t,o)}a(ga,"pinImage");function An(e,t,n,r){const o=r.error===""?"no reason given":r.error;return/unauthorized|authentication required|no basic auth|denied/i.test(o)&&!/not exist/i.test(o)?new f.DrayageError("REGISTRY_AUTH",`Registry ${t} refused ${n} the image ${e}: ${o}.`,{hint:`Check \`registries: ${t}:\` in drayage.yml: user name, and the secret its password comes from.`}):/toomanyrequests|rate limit/i.test(o)?new f.DrayageError("REGISTRY_RATE_LIMITED",`Registry ${t} limits requests of ${n}: ${o}.`):r.status===404||/manifest unknown|not found|name unknown|not exist/i.test(o)?new f.DrayageError("IMAGE_NOT_FOUND",`Image ${e} does not exist in registry ${t}: ${o}.`,{hint:"Check its spelling, and that the step that builds and pushes it has run."}):new f.DrayageError("REGISTRY_UNREACHABLE",`${n} could not ask registry ${t} for ${e}: ${o}.`)}a(An,"registryRefusal");function wa({status:e,error:t}){return e===401||e===403||/manifest unknown|name unknown|unauthorized|denied/i.test(t)}a(wa,"isFinal");const ya=h.object({id:h.string(),title:h.string(),status:h._enum(["running","done","error","cancelled"]),startedAt:h.string(),pinnedImage:h.string(),resource:h.string(),service:h.string(),mode:h._enum(["swarm","standalone"]),logPath:h.string(),specHash:h.string(),spec:h.looseObject({image:h.string(),replicas:h.number()})});function va(e=new Date,t=T.randomBytes(3).toString("hex")){return`${e.toISOString().replace(/[-:]/g,"").replace(/\.\d+Z$/,"z").toLowerCase()}-${t}`}a(va,"newDeploymentId");function In(e){return JSON.stringify(e).slice(0,-1)}a(In,"recordHead");function xn(e){let t;try{t=JSON.parse(e)}catch{return}return ya.safeParse(t).success?t:void 0}a(xn,"parseRecord");function ka(e){return{who:e.who,run:e.id,...e.url===void 0?{}:{runUrl:e.url}}}a(ka,"runFields");function re(e,t){const n=`${e}/deployments/${t}`;return{folder:n,record:a(r=>`${n}/${r}.json`,"record"),log:a(r=>`${n}/${r}.log`,"log"),current:`${n}/current`,secrets:`${e}/secrets`}}a(re,"deploymentPaths");function Ve(e,t){return`${e}/images/${t.slice(t.lastIndexOf("sha256:")+7)}`}a(Ve,"toolsFile");const ve="@@facts ",W=ve;function ke(e){const t=re(e.stateDir,e.resource),n=`${B(e.stateDir).active}/${e.resource}`;return`for program in curl wget bash nc; do command -v "$program" >/dev/null 2>&1 && echo "${W}program $program"; done
for slot in blue green; do [ -e ${$.quote(n)}/$slot ] && echo "${W}slot $slot"; done
if [ -s ${$.quote(t.current)} ]; then printf '${W}current '; cat ${$.quote(t.folder)}/"$(cat ${$.quote(t.current)})".json; echo; fi
if command -v ss >/dev/null 2>&1; then ss -Hltunp 2>/dev/null | sed 's/^/${W}socket /'; fi
${e.image===void 0?"":`[ -e ${$.quote(Ve(e.stateDir,e.image))} ] && echo "${W}tools $(cat ${$.quote(Ve(e.stateDir,e.image))})"`}
echo '${W}api'
${Fe(ba(e))}`}a(ke,"factsScript");function ba({owner:e,image:t,registryAuth:n}){const r=Object.entries(f.ownerLabels(e)).map(([i,d])=>`${i}=${d}`),o=encodeURIComponent(JSON.stringify({label:r})),s=n===void 0?{}:{"X-Registry-Auth":n};return[{path:"/info"},{path:"/containers/json?all=1"},{path:`/services?status=true&filters=${o}`},{path:`/networks/${encodeURIComponent(f.networkName(e))}`},...t===void 0?[]:[{path:`/images/${t}/json`}],...t===void 0||t.startsWith("sha256:")?[]:[{path:`/distribution/${t}/json`,headers:s}]]}a(ba,"requests");function _a(e,t){const n=new Map;for(const{name:r,own:o,ports:s}of t)for(const{PublicPort:i,Type:d}of s)i===void 0||d!=="tcp"&&d!=="udp"||n.set(`${i}/${d}`,{port:i,protocol:d,holder:`container ${r}`,own:o});for(const r of e){const[o,,,,s=""]=r.trim().split(/\s+/),i=Number(s.slice(s.lastIndexOf(":")+1));if(o!=="tcp"&&o!=="udp"||!Number.isInteger(i)||n.has(`${i}/${o}`))continue;const d=/users:\(\("([^"]+)",pid=(\d+)/.exec(r),c=d===null?"a process of the node":`process ${d[1]} (pid ${d[2]})`;n.set(`${i}/${o}`,{port:i,protocol:o,holder:c,own:!1})}return[...n.values()]}a(_a,"parsePortHolders");const Ea=h.looseObject({ServerVersion:h.string(),OSType:h.string(),Architecture:h.string(),SecurityOptions:h.array(h.string()).nullish(),Swarm:h.looseObject({NodeID:h.string(),LocalNodeState:h.string(),ControlAvailable:h.boolean()})}),Sa=h.array(h.looseObject({Id:h.string(),Names:h.array(h.string()),State:h.string(),Image:h.string(),Labels:h.record(h.string(),h.string()).nullish(),Ports:h.array(h.looseObject({PublicPort:h.number().optional(),Type:h.string()})).nullish()})),Oa=h.array(h.looseObject({Spec:h.looseObject({Name:h.string(),Labels:h.record(h.string(),h.string()).nullish()}),ServiceStatus:h.looseObject({RunningTasks:h.number(),DesiredTasks:h.number()}).partial().nullish()})),Da=h.looseObject({Driver:h.string(),Attachable:h.boolean(),Labels:h.record(h.string(),h.string()).nullish()}),Ta=h.looseObject({Id:h.string(),Os:h.string(),Architecture:h.string(),Config:h.looseObject({User:h.string().nullish()}).nullish()}),Aa=h.looseObject({Descriptor:h.looseObject({digest:h.string()}),Platforms:h.array(h.looseObject({os:h.string().optional(),architecture:h.string().optional()})).nullish()}),Ia=h.looseObject({message:h.string()});function be(e,t,n,r){const[o="",s=""]=Na(e,`${ve}api
`),i=o.split(`
`).filter(O=>O.startsWith(ve)).map(O=>O.slice(ve.length)),d=a(O=>i.filter(G=>G.startsWith(`${O} `)).map(G=>G.slice(O.length+1)),"valuesOf"),[c,l,u,m,p,g]=He(s),k=Ea.safeParse(c?.body),y=Sa.safeParse(l?.body);if(!k.success||!y.success)throw new f.DrayageError("DOCKER_UNREACHABLE",`The Docker engine on ${r} did not answer: ${ja(t)}.`,{hint:`drayage doctor --server ${r}`,cause:k.error??y.error});const v=Oa.safeParse(u?.body),w=Da.safeParse(m?.body),b=Ta.safeParse(p?.body),_=d("slot")[0],S=d("current")[0],E=d("tools")[0],x=`${k.data.OSType}/${Ra(k.data.Architecture)}`;return{engine:{version:k.data.ServerVersion,platform:x,rootless:(k.data.SecurityOptions??[]).some(O=>O.includes("rootless"))},swarm:{active:k.data.Swarm.LocalNodeState==="active",manager:k.data.Swarm.ControlAvailable,nodeId:k.data.Swarm.NodeID},programs:new Set(d("program")),containers:y.data.filter(O=>f.isOwnedBy(n.owner,O.Labels??{})).map(O=>({id:O.Id,name:(O.Names[0]??O.Id).replace(/^\//,""),state:O.State,image:O.Image,...Rn(O.Labels??{})})),services:(v.data??[]).map(O=>{const{deployment:G,specHash:Yr}=Rn(O.Spec.Labels??{}),{RunningTasks:zr=0,DesiredTasks:Jr=0}=O.ServiceStatus??{};return{name:O.Spec.Name,deployment:G,specHash:Yr,running:zr,desired:Jr}}),network:w.success?{driver:w.data.Driver,attachable:w.data.Attachable,owned:f.isOwnedBy({...n.owner,service:void 0},w.data.Labels??{})}:void 0,activeSlot:_==="blue"||_==="green"?_:void 0,image:b.success?{platform:`${b.data.Os}/${b.data.Architecture}`,id:b.data.Id,user:b.data.Config?.User??""}:void 0,registry:xa(g),current:S===void 0?void 0:xn(S),tools:E===void 0?void 0:new Set(E.split(" ").filter(O=>O!=="")),portHolders:_a(d("socket"),y.data.map(O=>({name:(O.Names[0]??O.Id).replace(/^\//,""),own:f.isOwnedBy(n.owner,O.Labels??{}),ports:O.Ports??[]})))}}a(be,"parseFacts");function Rn(e){const t=e[`${f.labelPrefix}.slot`];return{deployment:e[`${f.labelPrefix}.deployment`]??"",specHash:e[`${f.labelPrefix}.spec`]??"",slot:t==="blue"||t==="green"?t:void 0}}a(Rn,"ownFields");function xa(e){const t=Aa.safeParse(e?.body);if(t.success&&e?.status===200){const r=(t.data.Platforms??[]).map(({os:o,architecture:s})=>`${o}/${s}`);return{digest:t.data.Descriptor.digest,platforms:r}}return{error:Ia.safeParse(e?.body).data?.message??"",status:e?.status??0}}a(xa,"registryFacts");function Ra(e){return{x86_64:"amd64",aarch64:"arm64",armv7l:"arm",armv6l:"arm",i686:"386"}[e]??e}a(Ra,"goArchitecture");function Na(e,t){const n=e.indexOf(t);return n<0?[e,""]:[e.slice(0,n),e.slice(n+t.length)]}a(Na,"splitOnce");function ja(e){return e.trim().split(`
`).at(-1)?.trim()||"it gave no reason"}a(ja,"lastLine");async function Pa(e,t,n){return Promise.all(t.map(async r=>{const o={...n,stateDir:r.account.stateDir},{stdout:s,stderr:i}=await r.script(ke(o),{purpose:"Looking at the node",repeatable:!0,accept:"any",signal:e.signal});return{server:r,facts:be(s,i,o,r.name)}}))}a(Pa,"lookAtNodes");async function La(e,t,n,r,o){const s=a(c=>({...r,stateDir:c.account.stateDir}),"requestOn"),i=new Map,d=await $.acquireAll(o.places,o.resource,e.run,{signal:e.signal,wait:o.wait,onWait:a(({serverName:c,who:l,since:u})=>t.note(`waiting for the lock of ${o.resource} on ${c}, which ${l} holds since ${u}`),"onWait"),look:a(c=>n.includes(c)?ke(s(c)):":","look"),onLooked:a((c,l)=>i.set(c,l),"onLooked")});try{const c=n.map(l=>{const u=i.get(l);if(u===void 0)throw new f.DrayageError("INTERNAL_BUG",`${l.name} was locked but not looked at.`);return{server:l,facts:be(u.stdout,u.stderr,s(l),l.name)}});return{lease:d,nodes:c}}catch(c){throw await d.release(),c}}a(La,"lockAndLook");const Xe="@drayage ",I=h.number(),Ca=h.discriminatedUnion("event",[h.object({event:h.literal("begun"),at:I,folder:h.string()}),h.object({event:h.literal("pulling"),at:I}),h.object({event:h.literal("pulled"),at:I}),h.object({event:h.literal("tools"),at:I,tools:h.string()}),h.object({event:h.literal("started"),at:I,container:h.string()}),h.object({event:h.literal("waiting"),at:I,container:h.string(),detail:h.string()}),h.object({event:h.literal("healthy"),at:I,container:h.string()}),h.object({event:h.literal("staged"),at:I}),h.object({event:h.literal("stopped"),at:I}),h.object({event:h.literal("gap"),at:I,milliseconds:h.number()}),h.object({event:h.literal("restored"),at:I,milliseconds:h.number()}),h.object({event:h.literal("switched"),at:I}),h.object({event:h.literal("committed"),at:I}),h.object({event:h.literal("progress"),at:I,detail:h.string()}),h.object({event:h.literal("tail"),at:I,container:h.string(),text:h.base64()}),h.object({event:h.literal("done"),at:I}),h.object({event:h.literal("cancelled"),at:I}),h.object({event:h.literal("failed"),at:I,code:h._enum(f.errorCodes),message:h.string()})]);function Ma(e,t){let n="";return r=>{const o=(n+r).split(`
`);n=o.pop()??"";for(const s of o){const i=s.startsWith(Xe)?Fa(s.slice(Xe.length)):void 0;i!==void 0?e(i):t(s)}}}a(Ma,"eventReader");function Fa(e){try{return Ca.safeParse(JSON.parse(e)).data}catch{return}}a(Fa,"parseEvent");function Ha(e,t,n){const r=t.find(s=>s.event==="failed");if(r===void 0)return;const o=t.filter(s=>s.event==="tail").map(({container:s,text:i})=>({container:s,text:Buffer.from(i,"base64").toString("utf8")}));return{server:e,code:r.code,message:r.message,tails:o,servesOn:n}}a(Ha,"failureOf");function Ua(e){const{server:t,code:n,message:r,tails:o,servesOn:s}=e,i=/[.!?]$/.test(r.trimEnd())?r.trimEnd():`${r.trimEnd()}.`,d=s?" The version before it serves on.":"",c=o.map(({container:l,text:u})=>`Last lines of ${l}:
${u.trimEnd()===""?"(it printed nothing)":u.trimEnd()}`).join(`

`);return new f.DrayageError(n,`${t}: ${i}${d}`,{hint:Ba(e),output:c===""?void 0:c})}a(Ua,"deployError");const Ga=[[/exec format error/i,"The image is made for another processor: set `build.platforms` to the platform of the node."],[/EADDRINUSE|address already in use/i,"The program finds its port taken inside the container: check that it starts once only."],[/Cannot find module|ModuleNotFoundError|no such file or directory/i,"Something the program needs is not in the image: check the COPY lines and .dockerignore."],[/permission denied/i,"The program may not read or run something: check modes in the image and `deploy.user`."],[/ECONNREFUSED|connection refused|could not connect|getaddrinfo|no such host/i,"The program could not reach another service: check its address in `deploy.env` and that it runs in this environment."]];function Ba({code:e,message:t,tails:n}){if(e==="DEPLOY_EXITED"||e==="DEPLOY_ROLLED_BACK"){if(t.includes("more memory than"))return"Raise `resources.memory`, or find what needs so much.";const r=`${t}
${n.map(i=>i.text).join(`
`)}`,o=Ga.find(([i])=>i.test(r));if(o!==void 0)return o[1];const s=/status (\d+)/.exec(t)?.[1];return s==="0"?"The program ended as if its work was done: a service has to stay in the foreground.":s==="127"?"Its command does not exist in the image: check `deploy.command` and the ENTRYPOINT.":s==="137"?"It was killed (SIGKILL): look for the memory limit and the kernel log (`dmesg`).":"Its last lines, above, say why. `docker run --rm -it IMAGE` with the same variables shows the same."}if(e==="DISK_FULL")return"See what takes the space on that node: docker system df; df -h";if(!(e!=="DEPLOY_UNHEALTHY"&&e!=="DEPLOY_TIMEOUT"))return t.includes("nothing answers")||t.includes("does not accept")?"Check `health.port`, and that the program listens on 0.0.0.0 and not on 127.0.0.1; a slow start needs a longer `start-period`.":/answered 404/.test(t)?"Check `health.http`: the program does not know this path.":/answered 5\d\d/.test(t)?"The program runs but reports an error: its last lines, above, may say why.":/answered 40[13]/.test(t)?"The health path must answer without a login.":"A slow start needs a longer `start-period` or more `retries`."}a(Ba,"adviceOn");class Ze extends Error{static{a(this,"NotTaken")}name="NotTaken"}async function Qe(e,t,n,r){const o=n.map(i=>za({context:e,phase:t,lease:r},i,n.length>1)),s=Promise.all(o.map(i=>i.outcome));if(o.length===1)return s;try{for(const[i,d]of[["staged","go"],["committed","commit"]])await Promise.race([s,Promise.all(o.map(c=>c.reached(i)))]),await Promise.all(o.map(async c=>Ya(c,d)));return await s}catch(i){const d=`Taken back, because another node failed: ${i instanceof Error?i.message:String(i)}`;throw await Promise.all(o.map(c=>c.abort(d))),qa(i,o)??i}}a(Qe,"runJobs");function qa(e,t){const n=a(i=>i.map(({job:d})=>d.server.name).join(", "),"names"),r=t.filter(i=>i.isDone());if(r.length===0||r.length===t.length)return;const o=t.filter(i=>!i.isDone()),s=e instanceof Error?e.message:String(e);return new f.DrayageError("DEPLOY_SPLIT",`The new version serves on ${n(r)}, but not on ${n(o)}, which kept or took back the one before: ${s}`,{hint:"Run again: it brings all nodes to the same version. drayage status shows what runs where.",cause:e})}a(qa,"splitBy");async function Ya({job:e,folder:t},n){const r=`: >${$.quote(`${await t}/${n}`)}`;await e.server.script(r,{purpose:"Going on with the deployment",repeatable:!0})}a(Ya,"send");function za({context:e,phase:t,lease:n},r,o){const{server:s}=r,i=[],d=[],c=new AbortController;let l=a(()=>{},"tellFolder");const u=new Promise(w=>{l=w}),m=a(w=>{i.push(w),w.event==="begun"&&(n?.confirm?.(),l(w.folder));const b=Wa(w);b!==void 0&&t.output(`${b}
`,s.name);for(const _ of d)_.event===w.event&&_.resolve()},"onEvent"),p=a(w=>i.some(b=>b.event===w)?Promise.resolve():new Promise(b=>d.push({event:w,resolve:b})),"reached"),g=Ma(m,w=>t.output(`${w}
`,s.name)),y=s.job({id:r.id,script:r.script,files:r.files,onOutput:g,signal:AbortSignal.any([e.signal,c.signal]),timeout:r.timeout+12e4,lease:o?30:60}).then(async({exitCode:w})=>{if(w===$.notTaken&&i.length===0)throw new Ze;if(w===$.overtaken&&i.length===0&&n!==void 0)throw await n.lostOn(s.name);return Ja(r,i,w)},async w=>{throw(w instanceof f.DrayageError&&w.code==="JOB_LOST"&&i.length>0?await n?.overtakenOn(s.name):void 0)??w}),v=Promise.race([p("done").then(()=>({server:s.name,events:i})),y]);return y.catch(()=>{}),v.catch(()=>{}),{job:r,folder:u,outcome:v,reached:p,isDone:a(()=>i.some(({event:w})=>w==="done"),"isDone"),abort:a(async w=>{if(!i.some(b=>["failed","done","cancelled"].includes(b.event))){const b=`${await Promise.race([u,v.then(()=>"",()=>"")])}`;if(b!==""){const _=`printf %s ${$.quote(w)} >${$.quote(`${b}/abort`)}`;await s.script(_,{purpose:"Taking the deployment back",accept:"any"}).catch(()=>{})}c.abort()}await v.catch(()=>{})},"abort")}}a(za,"start");function Ja({server:e,servesOn:t},n,r){if(n.some(s=>s.event==="done"))return{server:e.name,events:n};const o=Ha(e.name,n,t);throw o!==void 0?Ua(o):n.some(s=>s.event==="cancelled")?new f.DrayageError("CANCELLED",`The deployment on ${e.name} was cancelled and taken back.`):new f.DrayageError("JOB_LOST",`The deployment on ${e.name} ended without a result (exit status ${r}).`,{hint:`drayage status --server ${e.name}`})}a(Ja,"conclude");function Wa(e){const t=`${(e.at/1e3).toFixed(1)} s`;switch(e.event){case"pulling":return"pulling the image";case"pulled":return`image pulled (${t})`;case"started":return`${e.container} started (${t})`;case"waiting":return`${e.container}: ${e.detail}`;case"healthy":return`${e.container} is healthy (${t})`;case"stopped":return"the previous version has stopped";case"gap":return`gap without service: ${(e.milliseconds/1e3).toFixed(1)} s`;case"restored":return`the previous version serves again; gap without service: ${(e.milliseconds/1e3).toFixed(1)} s`;case"switched":return`switched to the new version (${t})`;case"progress":return e.detail;default:return}}a(Wa,"describe$1");function _e(e){return typeof e!="string"}a(_e,"isReference");function Nn(e,t){const n=e===void 0?{}:jn(e),r=jn(t);return[...new Set([...Object.keys(r),...Object.keys(n)])].filter(o=>n[o]!==r[o]).map(o=>({field:o,before:n[o],after:r[o]}))}a(Nn,"diffSpecs");function Ka({field:e,before:t,after:n}){return t===void 0?`+ ${e}: ${n}`:n===void 0?`- ${e}: ${t}`:`~ ${e}: ${t} \u2192 ${n}`}a(Ka,"formatChange");function jn(e){const t=[["image",e.image],["kind",e.kind],["replicas",e.kind==="global"?void 0:String(e.replicas)],["command",oe(e.command)],["args",oe(e.args)],["user",e.user],...Object.entries(e.env).map(([n,r])=>K(`env.${n}`,et(r))),...Object.entries(e.secrets).map(([n,r])=>K(`secrets.${n}`,et(r))),["resources.cpus",Ln(e.resources.nanoCpus)],["resources.memory",Cn(e.resources.memory)],["resources.reserve-cpus",Ln(e.resources.reserveNanoCpus)],["resources.reserve-memory",Cn(e.resources.reserveMemory)],...e.ports.map(n=>K(`ports.${n.published}/${n.protocol}`,`${n.target} (${n.mode})`)),...e.mounts.map(n=>K(`mounts.${n.target}`,Va(n))),["health",Xa(e)],["restart",Za(e)],["update",Pn(e.update)],["rollback",Pn(e.rollback)],["placement.constraints",oe(e.placement.constraints)],["placement.preferences",oe(e.placement.preferences)],["placement.max-replicas",e.placement.maxReplicas?.toString()],["networks",oe(e.networks)],...Object.entries(e.labels).map(([n,r])=>K(`labels.${n}`,r)),["endpoint-mode",e.endpointMode],...Object.entries(e.ulimits).map(([n,r])=>K(`ulimits.${n}`,`${r.soft}:${r.hard}`)),["drain",f.formatDuration(e.drain)],["stop-grace-period",f.formatDuration(e.stopGracePeriod)],["timeout",f.formatDuration(e.timeout)],["keep",String(e.keep)]];return Object.fromEntries(t.filter(n=>n[1]!==void 0))}a(jn,"flatten");function K(e,t){return[e,t]}a(K,"field");function oe(e){return e===void 0||e.length===0?void 0:e.map(t=>JSON.stringify(t)).join(" ")}a(oe,"words");function et(e){return _e(e)?`secret ${e.secretRef.slice(-12)}`:JSON.stringify(e)}a(et,"shown");function Va(e){const t=e.type==="file"?et(e.content):e.source;return`${e.type} ${t}${e.readOnly?", read-only":""}`}a(Va,"mountText");function Xa({readiness:e}){if(e.source==="running")return`runs for ${f.formatDuration(e.window)}`;if(e.source==="port")return`port ${e.port} opens within ${f.formatDuration(e.window)}`;const{probe:t,interval:n,timeout:r,retries:o,startPeriod:s}=e;return`${t.kind==="http"?`http ${t.path} on ${t.port}`:t.kind==="tcp"?`tcp ${t.port}`:`command ${JSON.stringify(t.command)}`}, every ${f.formatDuration(n)}, timeout ${f.formatDuration(r)}, ${o} retries after ${f.formatDuration(s)}`}a(Xa,"readinessText");function Za({restart:e}){return[e.condition,e.delay===void 0?void 0:`delay ${f.formatDuration(e.delay)}`,e.maxAttempts===void 0?void 0:`max-attempts ${e.maxAttempts}`,e.window===void 0?void 0:`window ${f.formatDuration(e.window)}`].filter(n=>n!==void 0).join(", ")}a(Za,"restartText");function Pn(e){const{order:t,parallelism:n,delay:r,monitor:o,failure:s,maxFailureRatio:i}=e;return`${t}, ${n} at a time, delay ${f.formatDuration(r)}, monitor ${f.formatDuration(o)}, on failure ${s}, ratio ${i}`}a(Pn,"updateText");const Ln=a(e=>e===void 0?void 0:f.formatCpus(e),"cpus"),Cn=a(e=>e===void 0?void 0:f.formatSize(e),"bytes");function tt(e){return Array.isArray(e)?`[${e.map(tt).join(",")}]`:e!==null&&typeof e=="object"?`{${Object.entries(e).filter(([,n])=>n!==void 0).sort(([n],[r])=>n<r?-1:1).map(([n,r])=>`${JSON.stringify(n)}:${tt(r)}`).join(",")}}`:JSON.stringify(e)??"null"}a(tt,"canonicalJson");function se(e){const{update:t,rollback:n,drain:r,timeout:o,keep:s,...i}=e;return T.createHash("sha256").update(tt(i)).digest("hex").slice(0,16)}a(se,"specHash");function Qa(e,t,n,r=!1){nc(e,t,n);const o=n.containers.filter(u=>u.state==="running"),s=o.filter(u=>u.deployment===n.current?.id),i=n.activeSlot??s[0]?.slot,d=se(t),c=n.current?.mode==="standalone"&&s.length===t.replicas&&s.every(u=>u.specHash===d&&u.slot===n.activeSlot),l=ec(t,n,o.length);return{server:e,mode:"standalone",action:c&&!r?"none":"deploy",strategy:l,slot:Te(i),previousSlot:i,prober:tc(n),previousImage:n.current?.pinnedImage,changes:[...Fn(n,"standalone"),...Nn(n.current?.spec,t)],notes:oc(e,t,l,o.length)}}a(Qa,"planStandalone");function ec(e,t,n){return n>0&&e.update.order==="stop-first"?"stop-first":t.portHolders.some(r=>r.own&&Mn(e,r))?"swap-port":"blue-green"}a(ec,"strategyFor$1");function Mn(e,t){return e.ports.some(n=>n.published===t.port&&n.protocol===t.protocol)}a(Mn,"isWanted");function tc(e){return e.engine.rootless?"container":e.programs.has("curl")?"curl":e.programs.has("bash")?"bash":"container"}a(tc,"proberFor");function Fn(e,t){const n=e.current?.mode;return n===void 0||n===t?[]:[{field:"mode",before:n,after:t}]}a(Fn,"modeChange");function nc(e,t,n){const[r]=t.ports;if(r!==void 0&&t.replicas>1)throw new f.DrayageError("DEPLOY_IMPOSSIBLE",`Port ${r.published} of ${e} can be published by one container only, but \`replicas\` is ${t.replicas}.`,{hint:"Remove `ports` and give the service a domain, or set `replicas: 1`."});const o=n.portHolders.find(s=>!s.own&&Mn(t,s));if(o!==void 0)throw new f.DrayageError("PORT_TAKEN",`Port ${o.port}/${o.protocol} of ${e} is taken by ${o.holder}; nothing was changed.`,{hint:`Choose another \`published\` port, or free it: ss -ltnp 'sport = :${o.port}'`});if(n.network!==void 0&&!n.network.owned)throw new f.DrayageError("NOT_OWNED",`A network with the name of this environment exists on ${e}, but Drayage did not make it.`,{hint:"docker network inspect shows what uses it; rename it, or choose another project or environment name."});Hn(e,t,n)}a(nc,"checkPossible$1");function Hn(e,t,{image:n,registry:r,engine:o}){const i=(n!==void 0?[n.platform]:"platforms"in r?r.platforms:[]).filter(c=>!c.includes("unknown")&&!c.includes("undefined")),d=i.some(c=>rc(o.platform,c));if(!(i.length===0||d))throw new f.DrayageError("IMAGE_PLATFORM",`Image ${t.image} is made for ${i.join(", ")}, but ${e} is ${o.platform}; nothing was changed.`,{hint:`Build it for that platform too: \`build.platforms: [${o.platform}]\`.`})}a(Hn,"checkPlatform");function rc(e,t){return e===t?!0:e==="linux/amd64"&&t==="linux/386"||e==="linux/arm64"&&t==="linux/arm"}a(rc,"runsOn");function oc(e,t,n,r){const o=[];if(n==="swap-port"){const i=t.ports.map(d=>d.published).join(", ");o.push(`Port ${i} of ${e} can have one owner: the new container is proven healthy without it first, then takes it over. Expect a gap of about a second.`)}n==="stop-first"&&o.push(`\`update.order\` is stop-first: on ${e} nothing serves from the stop of the old version until the new one is healthy.`);const s=t.mounts.filter(i=>i.type==="volume"&&!i.readOnly);if(n!=="stop-first"&&r>0&&s.length>0){const i=s.map(d=>d.target).join(", ");o.push(`The old and the new version both have ${i} mounted until the old one has stopped. If only one may write, set \`update.order: stop-first\`.`)}return o.push(...Un(t)),t.readiness.source==="running"&&o.push(`No health check, domain or port is given, so a container counts as healthy after running for ${f.formatDuration(t.readiness.window)}.`),o}a(oc,"notesOn$1");function Un(e){const t=Object.entries(e.env).flatMap(([n,r])=>typeof r=="string"?[]:[n]);return t.length===0?[]:[`Secrets under \`deploy.env\` (${t.join(", ")}) can be seen with docker inspect; \`deploy.secrets\` keeps them in files.`]}a(Un,"secretNotes");function sc(e){const{owner:t,spec:n}=e,{readiness:r}=n,o=f.networkName(t);return JSON.stringify({Image:n.image,Entrypoint:n.command,Cmd:n.args,User:n.user,Env:Gn(n,e.reveal),Labels:{...n.labels,...e.labels,...f.ownerLabels(t)},StopTimeout:nt(n.stopGracePeriod),ExposedPorts:Object.fromEntries(n.ports.map(s=>[`${s.target}/${s.protocol}`,{}])),Healthcheck:r.source==="health"&&r.probe.kind==="command"?{Test:["CMD-SHELL",r.probe.command],Interval:N(r.interval),Timeout:N(r.timeout),StartPeriod:N(r.startPeriod),Retries:r.retries}:void 0,HostConfig:{NetworkMode:o,RestartPolicy:{Name:"no"},NanoCpus:n.resources.nanoCpus,Memory:n.resources.memory,MemoryReservation:n.resources.reserveMemory,PortBindings:e.publish?ac(n):void 0,Mounts:[...cc(n,e.secretFolder),...n.mounts.map(s=>dc(s,e))],Ulimits:Object.entries(n.ulimits).map(([s,i])=>({Name:s,Soft:i.soft,Hard:i.hard}))},NetworkingConfig:{EndpointsConfig:{[o]:{Aliases:e.aliases}}}})}a(sc,"containerSpec");function Gn(e,t){return Object.entries(e.env).map(([n,r])=>`${n}=${_e(r)?t(r.secretRef):r}`)}a(Gn,"envList");function ic({restart:e}){return e.condition==="none"?{Name:"no"}:e.condition==="any"?{Name:"unless-stopped"}:{Name:"on-failure",MaximumRetryCount:e.maxAttempts}}a(ic,"restartPolicy");function Bn(e,t){return f.resourceName({...e,service:t})}a(Bn,"volumeName");function ac(e){const t={};for(const n of e.ports){const r=`${n.target}/${n.protocol}`;t[r]=[...t[r]??[],{HostPort:String(n.published)}]}return t}a(ac,"portBindings");function cc(e,t){return Object.entries(e.secrets).map(([n,{secretRef:r}])=>({Type:"bind",Source:`${t}/${r}`,Target:`/run/secrets/${n}`,ReadOnly:!0}))}a(cc,"secretMounts");function dc(e,{owner:t,secretFolder:n}){const r={Target:e.target,ReadOnly:e.readOnly};if(e.type==="bind")return{Type:"bind",Source:e.source,...r};if(e.type==="file")return{Type:"bind",Source:`${n}/${e.content.secretRef}`,...r};const o=f.ownerLabels({...t,service:void 0});return{Type:"volume",Source:Bn(t,e.source),...r,VolumeOptions:{Labels:o}}}a(dc,"mountSpec$1");const N=a(e=>e*1e6,"nanoseconds"),nt=a(e=>Math.ceil(e/1e3),"seconds");function V({stateDir:e,resource:t,slot:n}){const r=B(e),o=$.quote(`${r.active}/${t}`),s=a(l=>$.quote(`${r.slots}/${t}.${l}.yml`),"file"),i=s(n===void 0?"plain":n),d=$.quote(`${r.dynamic}/${t}.yml`),c=$.quote(`${r.dynamic}/.${t}.next`);return`${n===void 0?uc(o):lc(o,n)}
if [ -e ${i} ]; then
  cp ${i} ${c} && mv -f ${c} ${d} || exit 1
fi
`}a(V,"switchScript");function lc(e,t){const n=Te(t);return`umask 022
mkdir -p ${e} || exit 1
if [ -e ${e}/${n} ]; then
  mv -f ${e}/${n} ${e}/${t} || exit 1
elif [ ! -e ${e}/${t} ]; then
  : >${e}/${t} || exit 1
fi
# Nobody waits for the disk: until it has written, a power cut brings the old version back, which has yet to drain.
(sync ${e} &) >/dev/null 2>&1 </dev/null 6>&- 8>&-`}a(lc,"enterSlot");function uc(e){return`rm -rf ${e} || exit 1`}a(uc,"leaveSlots");const qn=`
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
      case $line in 0) ;; *'"error":'*) printf '%s\\n' "$line" >>api.body; continue ;; *) continue ;; esac
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
`,Yn=`
# An engine's message \u2192 our code and sentence.
pull_failed() {
  clock
  [ "$now" -lt "$end" ] || fail DEPLOY_TIMEOUT "Image $image was not pulled within $(( timeout / 1000 )) s."
  reason=$(tail -n 1 pull.log)
  case $reason in
    *'manifest unknown'* | *'not found'* | *'name unknown'* | *'repository does not exist'*)
      fail IMAGE_NOT_FOUND "Image $image does not exist in its registry. The engine said: $reason" ;;
    *'no matching manifest'*)
      fail IMAGE_PLATFORM "Image $image has no variant for $platform. The engine said: $reason" ;;
    *toomanyrequests* | *'rate limit'*)
      fail REGISTRY_RATE_LIMITED "The registry limits pulls of $image. The engine said: $reason" ;;
    *'no basic auth'* | *unauthorized* | *'authentication required'* | *'access denied'* | *'access to the resource is denied'*)
      fail REGISTRY_AUTH "The registry refused this node image $image. The engine said: $reason" ;;
    *'no space left'*)
      fail DISK_FULL "The disk is full; image $image could not be pulled. The engine said: $reason" ;;
    *)
      fail PULL_FAILED "Image $image could not be pulled. The engine said: $reason" ;;
  esac
}
look_at_image() { docker image inspect --format '{{.Os}}/{{.Architecture}} {{.Config.User}}' "$image" 2>/dev/null; }
# The answer is a stream of JSON lines, one of which may be an error.
pull_by_engine() {
  errors_only=1
  api POST "/images/create?fromImage=\${image%@*}&tag=\${image#*@}"
  errors_only=
  if [ "$api_status" != 200 ]; then
    engine_said >pull.log
    return 1
  fi
  sed -n 's/.*"error":"\\(.*\\)"}.*/\\1/p' api.body >pull.log
  [ ! -s pull.log ]
}
pull_by_client() {
  clock
  timeout "$(( (end - now) / 1000 + 1 ))" docker pull --quiet "$image" >pull.log 2>&1
}
pull() { if [ -e registry-auth ]; then pull_by_engine; else pull_by_client; fi; }
# image_known: platform and user, from the look at the node just before; empty where the image was not there.
# image_expected: the same from the build server, of an image that was made just now.
pull_image() {
  found=$image_known
  if [ -z "$found" ] && { [ -n "$image_expected" ] || ! found=$(look_at_image); }; then
    case $image in sha256:*) fail IMAGE_NOT_FOUND "Image $image is not on this node, and has no registry to come from." ;; esac
    event pulling ''
    pull || { [ -n "$image_expected" ] && look_at_image >/dev/null; } || pull_failed
    found=\${image_expected:-$(look_at_image)} || fail PULL_FAILED "Image $image was pulled, but the engine does not have it."
    event pulled ''
  fi
  image_user=\${found#* }
  case $platform,\${found%% *} in
    linux/amd64,linux/386 | linux/arm64,linux/arm) ;;
    *) [ "$platform" = "\${found%% *}" ] || fail IMAGE_PLATFORM "Image $image is made for \${found%% *}, this node is $platform." ;;
  esac
}
`,fc=`
look_for_tools() {
  one=$(docker create --network none --entrypoint /none "$image" 2>create.log) || return 1
  mkfifo tools.in
  docker system dial-stdio <tools.in >tools.out 2>/dev/null &
  exec 7>tools.in
  places=
  for tool in sh bash curl wget nc; do
    for place in /bin /usr/bin /usr/local/bin; do
      places="$places $tool"
      printf 'HEAD /containers/%s/archive?path=%s/%s HTTP/1.1\\r\\nHost: docker\\r\\n\\r\\n' "$one" "$place" "$tool" >&7
    done
  done
  printf 'HEAD /_ping HTTP/1.1\\r\\nHost: docker\\r\\nConnection: close\\r\\n\\r\\n' >&7
  wait $!
  exec 7>&-
  docker rm --volumes "$one" >/dev/null 2>&1
  set -- $places
  tools=
  while read -r protocol code rest; do
    case $protocol,$code in
      HTTP/*,200) case " $tools " in *" $1 "*) ;; *) tools="$tools \${1:-}" ;; esac; [ $# = 0 ] || shift ;;
      HTTP/*) [ $# = 0 ] || shift ;;
    esac
  done <tools.out
  [ $# = 0 ] || return 1
  [ "$(docker image inspect --format '{{with .Config.Healthcheck}}{{index .Test 0}}{{end}}' "$image" 2>/dev/null)" = '' ] || tools="$tools healthcheck"
}
# Where the image could not be looked into nothing is remembered, and it is tried again the next time.
tell_tools() {
  if ! tools=$(cat "$tools_file" 2>/dev/null) && look_for_tools; then
    mkdir -p "\${tools_file%/*}" && printf '%s' "$tools" >"$tools_file.part" && mv -f "$tools_file.part" "$tools_file"
  fi
  event tools ",\\"tools\\":\\"$(json "$tools")\\""
}
`,hc=`
new_secrets=
place() {
  [ -e "$secrets/$2" ] && return 0
  cp "$1" "$secrets/.$2.part" && chmod "$3" "$secrets/.$2.part" && mv -f "$secrets/.$2.part" "$secrets/$2" ||
    fail REMOTE_FILE_FAILED "Secret $2 could not be written to $secrets."
  new_secrets="$new_secrets $2"
}
place_secrets() {
  mode=444
  case \${user:-$image_user} in '' | 0 | root | 0:* | root:*) mode=600 ;; esac
  for file in secret.* mount.*; do
    case $file in
      'secret.*' | 'mount.*') ;;
      secret.*) place "$file" "\${file#secret.}" 600 ;;
      mount.*) place "$file" "\${file#mount.}" "$mode" ;;
    esac
  done
}
drop_secrets() {
  for name in $new_secrets; do rm -f "$secrets/$name"; done
}
`,zn=`# Milliseconds since the node's boot: a change of the clock moves no deadline.
clock() {
  read -r uptime rest </proc/uptime
  now=$(( \${uptime%.*} * 1000 + (1\${uptime#*.} - 100) * 10 ))
}
say() { printf '%s\\n' "$1"; printf '%s\\n' "$1" >&8; }
event() { clock; say "${Xe}{\\"event\\":\\"$1\\",\\"at\\":$((now - begun))$2}"; }
json() { printf %s "$1" | tr '\\n\\t\\r' '   ' | tr -d '\\000-\\037\\177' | sed 's/\\\\/\\\\\\\\/g; s/"/\\\\"/g'; }
nap() { rest=$(( $1 % 1000 + 1000 )); sleep "$(( $1 / 1000 )).\${rest#1}"; }
announce_failure() {
  event failed ",\\"code\\":\\"$1\\",\\"message\\":\\"$(json "$2")\\""
}
`,Jn=`umask 077
exec 8>/dev/null
cd "$DRAYAGE_JOB" || exit 1
${zn}
fail() { announce_failure "$1" "$2"; exit 1; }
clock
begun=$now
end=$(( now + timeout ))
event begun ",\\"folder\\":\\"$DRAYAGE_JOB\\""
`,pc=`umask 077
[ -d "$folder" ] && [ -d "$secrets" ] || mkdir -p "$folder" "$secrets" || exit 1
exec 8>>"$log"
flock -n 8 || exit 75
cd "$DRAYAGE_JOB" || exit 1
started=$(date -u +%Y-%m-%dT%H:%M:%SZ)
outcome=
hurry=

${zn}
write_record() {
  { cat record; printf ',"status":"%s","startedAt":"%s"%s}\\n' "$1" "$started" "$2"; } >"$folder/.$id.json.part" &&
    mv -f "$folder/.$id.json.part" "$folder/$id.json"
}
close_record() {
  outcome=$1
  write_record "$1" ",\\"finishedAt\\":\\"$(date -u +%Y-%m-%dT%H:%M:%SZ)\\"$2"
}
finish() {
  printf '%s\\n' "$id" >"$folder/.current.part" && mv -f "$folder/.current.part" "$folder/current"
  close_record done ''
  event done ''
}
# fail CODE MESSAGE
fail() {
  trap '' TERM INT HUP
  disconnect_engine
  undo
  close_record error ",\\"errorCode\\":\\"$1\\",\\"errorMessage\\":\\"$(json "$2")\\""
  announce_failure "$1" "$2"
  free_lock >/dev/null 2>&1
  trap - EXIT
  exit 1
}
cancelled() {
  trap '' TERM INT HUP
  # Who cancels has three seconds of patience.
  hurry=1
  disconnect_engine
  undo
  if [ -s abort ]; then close_record error ",\\"errorMessage\\":\\"$(json "$(cat abort)")\\""
  else close_record cancelled ',"errorMessage":"The run was cancelled."'; fi
  event cancelled ''
  free_lock >/dev/null 2>&1
  trap - EXIT
  exit 143
}
crashed() {
  status=$?
  [ -n "$outcome" ] || fail INTERNAL_BUG "The job ended without a result (exit status $status)."
  free_lock >/dev/null 2>&1
}
# tail_of CONTAINER: its last lines, for the reader, byte for byte.
tail_of() {
  docker logs --tail 20 "$1" >tail 2>&1
  event tail ",\\"container\\":\\"$1\\",\\"text\\":\\"$(base64 <tail | tr -d '\\n')\\""
}
clock
begun=$now
end=$(( now + timeout ))
undo() { :; }
trap cancelled TERM INT HUP
trap crashed EXIT
# Its client starts while the rest begins.
connect_engine
write_record running '' || exit 1
event begun ",\\"folder\\":\\"$DRAYAGE_JOB\\""
`,mc=`exec 3<>"/dev/tcp/$1/$2" || exit 7
printf 'GET %s HTTP/1.1\\r\\nHost: %s:%s\\r\\nUser-Agent: drayage\\r\\nAccept: */*\\r\\nConnection: close\\r\\n\\r\\n' "$3" "$1" "$2" >&3
IFS= read -r line <&3 || exit 52
printf '%s\\n' "$line"
case $line in 'HTTP/'*' '[23]*) exit 0 ;; esac
while IFS= read -r line <&3; do case $line in ''|$'\\r') break ;; esac; done
head -c 200 <&3`,$c=`
bash_request='${mc.replaceAll("'","'\\''")}'
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
`,gc=`
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
await_ready() {
  pending=$*
  clock
  ready_begun=$now
  pause=30
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
    nap "$pause"
    pause=$(( pause + pause / 4 ))
    [ "$pause" -le "$interval" ] || pause=$interval
  done
}
`,wc=`done_kept=0
others_kept=0
for record in $(ls -r "$folder"/*.json); do
  if grep -qF '"status":"done"' "$record"; then
    done_kept=$(( done_kept + 1 ))
    [ "$done_kept" -gt "$keep" ] || continue
  else
    others_kept=$(( others_kept + 1 ))
    [ "$others_kept" -gt "$keep" ] || continue
  fi
  unused=$(sed -n 's/.*"pinnedImage":"\\([^"]*\\)".*/\\1/p' "$record")
  forgotten=\${record##*/}
  rm -f "$record" "\${record%.json}.log"
  docker image rm "$keeper:\${forgotten%.json}" >/dev/null 2>&1
  case $unused in '' | sha256:*) ;; *)
    grep -rqF --include='*.json' "\\"$unused\\"" "\${folder%/*}" || docker image rm "$unused" >/dev/null 2>&1 ;;
  esac
done
for secret in "$secrets/$resource".*; do
  [ -e "$secret" ] || continue
  grep -qF "\\"\${secret##*/}\\"" "$folder"/*.json || rm -f "$secret"
done
`,yc=`umask 077
exec 9>"$folder/drain.lock"
flock 9
docker tag "$image" "$keeper:$id" >/dev/null 2>&1
retire_old
`,vc=`retire_old() {
  [ -n "$old_containers$old_services" ] || return 0
  [ "$strategy" = stop-first ] || sleep "$(( drain / 1000 ))"
  [ -z "$old_services" ] || docker service rm $old_services >/dev/null
  [ -z "$old_containers" ] || docker stop --time "$grace" $old_containers >/dev/null
  [ -z "$old_containers" ] || docker rm --force --volumes $old_containers >/dev/null
}
`,kc=`
list_old() {
  new=" $(docker inspect --format '{{.Id}}' $names | tr '\\n' ' ') "
  old_containers=
  for one in $(docker ps --all --quiet --no-trunc $own_filters); do
    case $new in *" $one "*) ;; *) old_containers="$old_containers $one" ;; esac
  done
  old_services=
  [ "$manager" != 1 ] || old_services=$(docker service ls --quiet $own_filters | tr '\\n' ' ')
}
`;function Wn(e,t=""){return`${e}
retire() {
  list_old
  export folder secrets resource drain grace keep own_filters strategy old_containers old_services id image
  export keeper="drayage.local/$resource"
  setsid sh -c ${$.quote(vc+yc+wc+t)} drayage-retirement </dev/null >/dev/null 2>>"$log" 5<&- 6>&- 7>&- 8>&- &
}
`}a(Wn,"retirementSteps");const bc=`
candidates=
stopped=
switched=
exchanged=
undo() {
  case $strategy in
    # Only the container with the port has to make way: the one that was proven without it answers the proxy meanwhile.
    swap-port) [ -z "$exchanged" ] || docker rm --force --volumes "$exchanged" >/dev/null 2>&1 ;;
    stop-first) remove_candidates ;;
  esac
  [ -z "$stopped" ] || restore
  [ -z "$switched" ] || switch_to_previous
  remove_candidates
  stop_prober
  drop_secrets
}
remove_candidates() {
  [ -z "$candidates" ] || docker rm --force --volumes $candidates >/dev/null 2>&1
}
# The previous version again, after the new one had to have its place. It is waited for as long as a health check may take.
restore() {
  if ! docker start $stopped >restart.log 2>&1; then
    say "The previous version could not be started again: $(tail -n 1 restart.log)"
    return 0
  fi
  clock
  patience=$(( now + (\${hurry:-0} ? 1000 : 10000) ))
  for one in $stopped; do
    ip=$(docker inspect --format "$address_format" "$one")
    while [ "$check" != none ] && [ "$now" -lt "$patience" ] && ! probe "$one" "$ip"; do nap 100; clock; done
  done
  event restored ",\\"milliseconds\\":$((now - gap_begun))"
}

ensure_network() {
  [ "$network_known" != 1 ] || return 0
  docker network inspect "$network" >/dev/null 2>&1 && return 0
  docker network create $network_labels "$network" >network.log 2>&1 ||
    docker network inspect "$network" >/dev/null 2>&1 ||
    fail NETWORK_FAILED "Network $network could not be created: $(tail -n 1 network.log)"
}
# The slot's name may still be held by what an earlier run left.
clear_name() {
  docker container inspect --format '{{.State.Running}}' "$1" >leftover 2>/dev/null || return 0
  case $(cat leftover) in
    true) docker rename "$1" "$1-left-$id" ;;
    *) docker rm --force --volumes "$1" >/dev/null 2>&1 ;;
  esac
}
# create NAME BODY-FILE
create() {
  for name in $names_taken; do [ "$name" != "$1" ] || clear_name "$1"; done
  api POST "/containers/create?name=$1" "$2"
  if [ "$api_status" != 201 ]; then
    # Image or network may have gone, or the name may be taken, since the node was looked at.
    image_known=
    network_known=
    clear_name "$1"
    pull_image
    ensure_network
    api POST "/containers/create?name=$1" "$2"
  fi
  case $api_status in
    201) candidates="$candidates $1" ;;
    *) fail CONTAINER_REFUSED "The engine refused to create container $1: $(engine_said)" ;;
  esac
  for extra in $networks; do
    docker network connect --alias "$alias" "$extra" "$1" 2>connect.log ||
      fail NETWORK_FAILED "Container $1 could not join network $extra: $(tail -n 1 connect.log)"
  done
}
start() {
  for name in "$@"; do
    # A name passes from the container that was proven to the one with the port.
    [ ! -e "seen.$name" ] || rm -f "seen.$name"
    api POST "/containers/$name/start"
    case $api_status in 204 | 304) event started ",\\"container\\":\\"$name\\"" ;; *) not_started "$name" "$(engine_said)" ;; esac
  done
}
not_started() {
  case $2 in
    *'port is already allocated'* | *'address already in use'*) fail PORT_TAKEN "A published port is taken: $2" ;;
    *'no such file or directory'* | *'executable file not found'* | *'permission denied'* | *'exec format error'*)
      fail DEPLOY_EXITED "Container $1 could not start its program: \${2##*container process: }" ;;
    *) fail DEPLOY_EXITED "Container $1 could not be started: $2" ;;
  esac
}
stop_old() {
  [ -n "$old" ] || return 0
  clock
  gap_begun=$now
  stopped=$old
  docker stop --time "$grace" $old >/dev/null 2>&1
  event stopped ''
}
tell_gap() {
  [ -n "$stopped" ] || return 0
  clock
  event gap ",\\"milliseconds\\":$((now - gap_begun))"
}
stage() {
  names=
  number=1
  [ "$strategy" != stop-first ] || stop_old
  while [ "$number" -le "$replicas" ]; do
    create "$alias-$number" "create-$number.json"
    names="$names $alias-$number"
    number=$(( number + 1 ))
  done
  start $names
  await_ready $names
  [ "$strategy" != stop-first ] || tell_gap
}

# A port of the node has one owner: the container without it has proven healthy, now the one with it takes its place. The
# proxy is switched before, so that who comes through it notices nothing.
swap_port() {
  [ "$strategy" = swap-port ] || return 0
  docker rename "$alias-1" "$alias-proof"
  candidates="$alias-proof"
  create "$alias-1" publish-1.json
  exchanged=$alias-1
  switched=1
  switch_slot || fail SWITCH_FAILED "The proxy could not be switched to $alias."
  stop_old
  start "$alias-1"
  await_ready "$alias-1"
  tell_gap
  docker rm --force --volumes "$alias-proof" >/dev/null 2>&1
  candidates="$alias-1"
  names=$alias-1
}
# Of the slot that is about to be active, nothing may answer but the new version: what still drains there is waited for.
await_drained() {
  [ -n "$leftovers" ] || return 0
  [ -z "$(docker ps --quiet --no-trunc | grep -F "$(printf '%s\\n' $leftovers)")" ] ||
    event progress ',"detail":"waiting until the version before the previous one has drained"'
  flock -w "$(( drain / 1000 + grace + 5 ))" "$folder/drain.lock" true
  docker rm --force --volumes $leftovers >/dev/null 2>&1
}
commit() {
  switched=1
  switch_slot || fail SWITCH_FAILED "The proxy could not be switched to $alias."
  event switched ''
  for name in $names; do
    api POST "/containers/$name/update" restart.json
    case $api_status in 200) ;; *) fail CONTAINER_REFUSED "The engine refused restart policy $(cat restart.json): $(engine_said)" ;; esac
  done
}
`,_c=`
# Writes one line per task of this deployment: id, state, desired state, address on the network, exit status, error.
list_tasks() {
  ids=$(docker service ps --quiet --no-trunc "$target" 2>/dev/null)
  : >tasks
  [ -n "$ids" ] || return 0
  docker inspect --type task --format '{{if eq (index .Spec.ContainerSpec.Labels "dev.drayage.deployment") "'"$id"'"}}{{.ID}} {{.Status.State}} {{.DesiredState}} {{range .NetworksAttachments}}{{if eq .Network.Spec.Name "'"$network"'"}}{{index .Addresses 0}}{{end}}{{end}} |{{with .Status.ContainerStatus}}{{.ExitCode}}{{end}}|{{.Status.Err}}{{end}}' $ids 2>/dev/null |
    grep . >tasks
}
# The last word of a task's HEALTHCHECK, where the task was on this node.
health_of() {
  one=$(docker ps --all --quiet --filter "label=com.docker.swarm.task.id=$1" | head -n 1)
  [ -n "$one" ] || return 1
  docker inspect --format '{{with .State.Health}}{{.Status}} {{range .Log}}{{println .ExitCode .Output}}{{end}}{{end}}' "$one" >health 2>/dev/null
  case $(cat health) in 'unhealthy '[0-9]*) ;; *) return 1 ;; esac
  grep . health | tail -n 1 | sed 's/^unhealthy //; s/ *$//' | cut -c 1-160
}
task_died() {
  docker service logs --raw --no-task-ids --tail 20 "$1" >tail 2>&1
  event tail ",\\"container\\":\\"$target\\",\\"text\\":\\"$(base64 <tail | tr -d '\\n')\\""
  case $3 in
    *'No such image'* | *'invalid reference'* | *'manifest unknown'*) fail IMAGE_NOT_FOUND "A node could not pull image $image: $3." ;;
    *'exec format error'*) fail IMAGE_PLATFORM "Image $image does not run on a node's processor: $3." ;;
    *unhealthy*) fail DEPLOY_UNHEALTHY "A task of $target did not become healthy within $(( budget / 1000 )) s." ;;
    *OOM* | *'out of memory'*) fail DEPLOY_EXITED "A task of $target was killed because it used more memory than it may." ;;
  esac
  # Swarm stops a task whose health check failed, and what it then exits with says nothing.
  case $has_healthcheck,$2 in
    1, | 1,0 | 1,137 | 1,143)
      clock
      if said=$(health_of "$1"); then
        fail DEPLOY_UNHEALTHY "A task of $target did not become healthy within $(( budget / 1000 )) s: its health check ended with status $said."
      fi
      [ "$(( now - ready_begun ))" -lt "$budget" ] ||
        fail DEPLOY_UNHEALTHY "A task of $target did not become healthy within $(( budget / 1000 )) s." ;;
  esac
  case $2 in
    '' | 0) fail DEPLOY_EXITED "A task of $target ended before it was healthy: \${3:-exited with status 0}." ;;
    *) fail DEPLOY_EXITED "A task of $target exited with status $2 before it was healthy." ;;
  esac
}
# Sets state to that of the update, running to the number of tasks that run, and wanted to the number of those of this
# deployment that must: for a global service the number of nodes that may run it.
look_at_service() {
  api GET "/services?status=true&filters=%7B%22id%22%3A%5B%22$service_id%22%5D%7D"
  body=$(cat api.body)
  wanted=1
  case $body in *'"DesiredTasks":'*) wanted=\${body##*'"DesiredTasks":'}; wanted=\${wanted%%[!0-9]*} ;; esac
  running=
  case $body in *'"RunningTasks":'*) running=\${body##*'"RunningTasks":'}; running=\${running%%[!0-9]*} ;; esac
  state=
  case $body in *'"UpdateStatus":{"State":"'*) state=\${body##*'"UpdateStatus":{"State":"'}; state=\${state%%'"'*} ;; esac
}
# To list the tasks costs the node ten times what the look at the service does; it is due where that has shown a change.
follow_tasks() {
  look_at_service
  clock
  [ "$running,$state" != "$listed" ] || [ "$(( now - listed_at ))" -ge 500 ] || return 0
  listed=$running,$state
  listed_at=$now
  list_tasks
}
# Tasks that are up can still fail while Swarm watches them; it is the first to know. It cannot be done before its time
# to watch is over, and looks are frequent only then.
watch_update() {
  up_since=\${up_since:-$now}
  until=$(( now + 1000 ))
  while [ "$state" = updating ] && [ "$now" -lt "$until" ]; do
    if [ "$(( now - up_since ))" -lt "$(( monitor - 400 ))" ]; then nap 200; else nap 40; fi
    look_at_service
    clock
  done
}
judge_update() {
  case $state in
    paused) fail DEPLOY_ROLLED_BACK "Swarm paused the update of $target, because tasks of the new version failed." ;;
    rollback_*) swarm_rolled_back ;;
  esac
}

tell_progress() {
  progress="$up of \${wanted:-?} tasks are up"
  [ "$shown" != "$progress" ] || return 0
  shown=$progress
  event progress ",\\"detail\\":\\"$progress\\""
}

# await_tasks: until the wanted number of tasks of this deployment run and are healthy, and Swarm calls the update complete.
await_tasks() {
  clock
  ready_begun=$now
  pause=50
  # New tasks start beside old ones, and every look takes time from them.
  [ -z "$updated" ] || { pause=200; nap 300; }
  up_since=
  unschedulable_since=
  shown=
  listed=
  listed_at=-500
  while :; do
    follow_tasks
    up=0
    last='no task has started yet'
    culprit=$target
    blocked=
    while read -r task task_state desired ip rest; do
      case $ip in '|'*) rest=$ip; ip= ;; esac
      error=\${rest#|}
      exit=\${error%%|*}
      error=\${error#*|}
      case $task_state in
        failed | rejected) [ "$on_failure" = continue ] || task_died "$task" "$exit" "$error" ;;
        complete | shutdown) [ "$on_failure" = continue ] || task_died "$task" "$exit" "$error" ;;
        orphaned | remove) ;;
        running)
          if [ "$desired" != running ]; then continue; fi
          if [ "$strategy" != blue-green ] || probe "$task" "\${ip%/*}"; then up=$(( up + 1 )); else last=$detail; culprit=$task; fi ;;
        pending)
          [ -z "$error" ] || { last=$error; blocked=$error; } ;;
        *) last="a task is $task_state" ;;
      esac
    done <tasks
    judge_update
    if [ "$up" -ge 1 ] && [ "$up" -ge "\${wanted:-1}" ]; then
      tell_progress
      watch_update
      judge_update
      case $state in
        '' | completed)
          clock
          # The first update of a service has no monitor of Swarm's to wait for.
          if [ "$check" != none ] || [ -n "$updated" ]; then break; fi
          [ "$(( now - ready_begun ))" -lt "$budget" ] || break ;;
      esac
      last="Swarm watches the new tasks (update.monitor)"
      # The tasks are looked at again at once: between two looks at the update nobody should have to wait.
      pause=50
    else
      up_since=
    fi
    clock
    if [ -n "$blocked" ]; then
      unschedulable_since=\${unschedulable_since:-$now}
      # An old task has its port until it has stopped, and the scheduler takes its time to notice.
      patience=$schedule_patience
      case $updated,$blocked in 1,*'port already in use'*) patience=$(( grace * 1000 + 20000 )) ;; esac
      [ "$(( now - unschedulable_since ))" -lt "$patience" ] ||
        fail DEPLOY_UNSCHEDULABLE "No node can run a task of $target: $blocked."
    else
      unschedulable_since=
    fi
    tell_progress
    if [ "$strategy" = blue-green ] && [ "$check" != none ] && [ "$((now - ready_begun))" -ge "$budget" ]; then
      docker service logs --raw --tail 20 "$target" >tail 2>&1
      event tail ",\\"container\\":\\"$target\\",\\"text\\":\\"$(base64 <tail | tr -d '\\n')\\""
      fail DEPLOY_UNHEALTHY "Service $target did not become healthy within $(( budget / 1000 )) s: $last."
    fi
    [ "$now" -lt "$end" ] || fail DEPLOY_TIMEOUT "The deployment took longer than $(( timeout / 1000 )) s: $last."
    nap "$pause"
    pause=$(( pause + pause / 8 ))
    [ "$pause" -le 500 ] || pause=500
  done
  event healthy ",\\"container\\":\\"$target\\""
}
`,Ec=`${_c}
deployment_of_service='{{index .Spec.Labels "dev.drayage.deployment"}}'
created=
updated=
switched=
new_swarm_secrets=
undo() {
  [ -z "$switched" ] || switch_to_previous
  if [ -n "$created" ]; then docker service rm "$target" >/dev/null 2>&1; fi
  if [ -n "$updated" ]; then roll_back; fi
  stop_prober
  # A secret is in use until the tasks that have it are gone.
  if [ -n "$new_swarm_secrets" ]; then
    for try in 1 2 3 4 5 6 7 8; do docker secret rm $new_swarm_secrets >/dev/null 2>&1 && break; nap 250; done
  fi
  drop_secrets
}
update_state() { docker service inspect --format '{{with .UpdateStatus}}{{.State}}{{end}}' "$target" 2>/dev/null; }
# Sets service_id, service_version and the deployment that the service is of, and keeps its specification. Fails where there is
# none. Quotes within JSON's strings are escaped, so that no value can look like these keys.
read_service() {
  api GET "/services/$target"
  [ "$api_status" = 200 ] || return 1
  known=$(cat api.body)
  service_id=\${known#*'"ID":"'}
  service_id=\${service_id%%'"'*}
  service_version=\${known#*'"Version":{"Index":'}
  service_version=\${service_version%%[!0-9]*}
  known=\${known#*',"Spec":'}
  known=\${known%%',"PreviousSpec":{'*}
  known=\${known%%',"Endpoint":{'*}
  printf %s "$known" >previous.json
  case $known in
    *'"dev.drayage.deployment":"'*) previous_deployment=\${known#*'"dev.drayage.deployment":"'}; previous_deployment=\${previous_deployment%%'"'*} ;;
    *) previous_deployment= ;;
  esac
}
# Puts the service back to what it was, from our own copy: what Swarm calls the previous version is the broken one as soon
# as Swarm has gone back by itself. The version number makes the engine refuse us where Swarm was faster. It is done also
# where Swarm goes back already: a task that failed is restarted by then, as the previous version and beside the one that
# still runs. Seen anew before that one has started, the one that runs is kept; afterwards either of them may go.
roll_back() {
  for try in 1 2 3 4 5; do
    found=$(docker service inspect --format '{{.ID}} {{.Version.Index}}' "$target" 2>/dev/null) || return 0
    set -- $found
    api POST "/services/$1/update?version=$2&registryAuthFrom=previous-spec" previous.json
    [ "$api_status" != 200 ] || break
    nap 200
  done
  # Swarm goes on by itself.
  [ -z "$hurry" ] || return 0
  clock
  # It may wait a minute for a task that never ran.
  patience=$(( now + 90000 ))
  idle=0
  while [ "$now" -lt "$patience" ]; do
    state=$(update_state)
    case $state in '') idle=$(( idle + 1 )) ;; *) idle=0 ;; esac
    # Where no task had to change, Swarm has nothing to tell.
    [ "$idle" -lt 4 ] || state=completed
    case $state in
      completed | rollback_completed)
        if is_previous; then event progress ',"detail":"the service is what it was"'; return 0; fi
        roll_back_again ;;
      paused | rollback_paused) say 'Swarm could not bring the previous version back on all nodes.'; return 0 ;;
    esac
    nap 250
    clock
  done
}
is_previous() { [ "$(docker service inspect --format "$deployment_of_service" "$target" 2>/dev/null)" = "$previous_deployment" ]; }
roll_back_again() {
  api POST "/services/$(docker service inspect --format '{{.ID}}/update?version={{.Version.Index}}' "$target")&registryAuthFrom=previous-spec" previous.json
}
ensure_network() {
  api GET "/networks/$network"
  [ "$api_status" != 200 ] || return 0
  docker network create --driver overlay --attachable $network_labels "$network" >network.log 2>&1 ||
    docker network inspect "$network" >/dev/null 2>&1 ||
    fail NETWORK_FAILED "Network $network could not be created: $(tail -n 1 network.log)"
}
# Swarm secrets cannot change; a new content has a new name.
place_swarm_secrets() {
  for file in mount.*; do
    [ -e "$file" ] || continue
    name=\${file#mount.}
    if ! secret_id=$(docker secret inspect --format '{{.ID}}' "$name" 2>/dev/null); then
      secret_id=$(docker secret create $secret_labels "$name" "$file" 2>secret.log) ||
        fail REMOTE_FILE_FAILED "Swarm did not take secret $name: $(tail -n 1 secret.log)"
      new_swarm_secrets="$new_swarm_secrets $name"
    fi
    rm -f "$file"
    printf 's/@ID:%s@/%s/g\\n' "$name" "$secret_id" >>ids.sed
  done
  # Those of an earlier deployment are there already.
  for name in $known_secrets; do
    [ ! -e ids.sed ] || ! grep -qF "@ID:$name@" ids.sed || continue
    secret_id=$(docker secret inspect --format '{{.ID}}' "$name" 2>/dev/null) ||
      fail SECRET_MISSING "Swarm has no secret $name any more."
    printf 's/@ID:%s@/%s/g\\n' "$name" "$secret_id" >>ids.sed
  done
  [ -e ids.sed ] || return 0
  for body in service.json proof.json; do
    [ ! -e "$body" ] || { sed -f ids.sed "$body" >body.new && mv -f body.new "$body"; }
  done
}
# Where old and new task cannot run beside each other, the new version is proven by one task without the port first.
prove() {
  [ -e proof.json ] || return 0
  event progress ',"detail":"proving the new version healthy without its port"'
  final=$target
  final_strategy=$strategy
  target=$final-proof
  [ "$has_healthcheck" = 1 ] || { strategy=blue-green; start_prober; }
  docker service rm "$target" >/dev/null 2>&1
  create_service proof.json
  await_tasks
  docker service rm "$target" >/dev/null 2>&1
  created=
  target=$final
  strategy=$final_strategy
}
apply_service() {
  if read_service; then
    api POST "/services/$service_id/update?version=$service_version" service.json
    updated=1
    case $api_status in 200) ;; *) updated=; refused ;; esac
  else
    create_service service.json
  fi
}
create_service() {
  api POST /services/create "$1"
  created=1
  case $api_status in 201) ;; *) created=; refused ;; esac
  service_id=$(sed 's/.*"ID":"\\([^"]*\\)".*/\\1/' api.body)
}
refused() {
  reason=$(engine_said)
  case $reason in
    *'already in use by service'*) fail PORT_TAKEN "Swarm refused service $target: $reason." ;;
  esac
  fail CONTAINER_REFUSED "Swarm refused service $target: $reason."
}

# Swarm may have been faster than our look at the tasks: what made it go back is in them.
swarm_rolled_back() {
  list_tasks
  while read -r task task_state desired rest; do
    case $task_state in
      failed | rejected)
        error=\${rest#*|}
        [ "$on_failure" = continue ] || task_died "$task" "\${error%%|*}" "\${error#*|}" ;;
    esac
  done <tasks
  task=$(cut -d ' ' -f 1 tasks | head -n 1)
  [ -z "$task" ] || docker service logs --raw --no-task-ids --tail 20 "$task" >tail 2>&1
  [ ! -s tail ] || event tail ",\\"container\\":\\"$target\\",\\"text\\":\\"$(base64 <tail | tr -d '\\n')\\""
  error=$(cut -d '|' -f 3 tasks | grep -m 1 .)
  fail DEPLOY_ROLLED_BACK "Swarm rolled $target back to the previous version\${error:+: $error}."
}
await_drained() {
  [ "$strategy" = blue-green ] || return 0
  docker service inspect "$target" >/dev/null 2>&1 || return 0
  event progress ',"detail":"waiting until the version before the previous one has drained"'
  flock -w "$(( drain / 1000 + grace + 5 ))" "$folder/drain.lock" true
  docker service rm "$target" >/dev/null 2>&1
  for try in 1 2 3 4 5 6 7 8 9 10; do docker service inspect "$target" >/dev/null 2>&1 || break; nap 200; done
}
commit() {
  switched=1
  switch_slot || fail SWITCH_FAILED "The proxy could not be switched to $target."
  event switched ''
}
`,Sc=`
list_old() {
  old_services=$(docker service ls --format '{{.Name}}' $own_filters | grep -vxF "$target" | tr '\\n' ' ')
  old_containers=$(docker ps --all --quiet $own_filters --filter label=dev.drayage.slot | tr '\\n' ' ')
}
`,Oc=`for secret in $(docker secret ls --format '{{.Name}}' $own_filters); do
  grep -qF "\\"$secret\\"" "$folder"/*.json || docker secret rm "$secret" >/dev/null 2>&1
done
`;function Dc(e){return`${Vn(e)}${bc}${Wn(kc)}
pull_image
place_secrets
ensure_network
start_prober
stage
await_drained
${e.together?ie("staged","go"):""}
fence
swap_port
${Xn(e)}`}a(Dc,"standaloneProgram");function Tc(e){return`${Vn(e)}${Ec}${Wn(Sc,Oc)}
names=
[ "$pulls" != 1 ] || pull_image
place_swarm_secrets
place_secrets
ensure_network
await_drained
[ "$strategy" != blue-green ] || start_prober
prove
apply_service
await_tasks
${e.together?ie("staged","go"):""}
fence
${Xn(e)}`}a(Tc,"swarmProgram");function Ac(e){return`${Zn(e)}
${qn}${Jn}${Yn}${fc}
pull_image
[ "$wants_tools" != 1 ] || tell_tools
event done ''
`}a(Ac,"pullProgram");function Ic(e){return`${e.guard}timeout=${e.timeout}
${Kn(e.guard)}${Jn}
back() { (
${e.switchBack}
) }
trap 'trap "" TERM; [ -z "$switched" ] || back; event cancelled ""; exit 143' TERM INT HUP
switched=
${ie("staged","go")}
fence
switched=1
(
${e.switchTo}
) || { back; fail SWITCH_FAILED 'The proxy could not be switched.'; }
${ie("committed","commit")}
event done ''
`}a(Ic,"proxyProgram");function Kn(e){return`fence() { (
${e}
) || fail LOCK_LOST 'Another run has taken the lock over.'; }
`}a(Kn,"fence");function Vn(e){return`${e.taking}${e.guard}${Zn({...e.variables,...xc(e.readiness)})}
switch_slot() { (
${e.switchTo}
) }
switch_to_previous() { (
${e.switchBack}
) }
free_lock() {
${e.freeing}
:
}
${Kn(e.guard)}${qn}${pc}${Yn}${hc}${$c}${gc}`}a(Vn,"opening");function Xn(e){return`commit
${e.together?ie("committed","commit"):""}
finish
retire
# Nothing of this is waited for, and none of it may hold the lock.
stop_prober >/dev/null 2>&1 5<&- 6>&- 7>&- 8>&- &
`}a(Xn,"closing");function ie(e,t){return`event ${e} ''
while [ ! -e ${t} ]; do
  nap 100
  clock
  [ "$now" -lt "$end" ] || fail DEPLOY_TIMEOUT "The other nodes were not ready within $(( timeout / 1000 )) s."
done`}a(ie,"awaitWord");function Zn(e){return Object.entries(e).map(([t,n])=>`${t}=${$.quote(String(n))}`).join(`
`)}a(Zn,"assignments");function xc(e){const t={check_command:"",path:"",port:"",probe_timeout:"2",interval:1e3};if(e.source==="running")return{...t,check:"none",budget:e.window};if(e.source==="port")return{...t,check:"tcp",port:e.port,budget:e.window};const{probe:n,interval:r,timeout:o,retries:s,startPeriod:i}=e,d={...t,check:n.kind,interval:Math.max(100,r),probe_timeout:String(Math.max(o,100)/1e3),budget:i+Math.max(1,s)*r};return n.kind==="command"?{...d,check_command:n.command}:n.kind==="http"?{...d,path:n.path,port:n.port}:{...d,port:n.port}}a(xc,"checkVariables");function Qn(e,t,n,r){const o=new Map,s=a((m,p)=>{const g=Rc(e,m,p);return o.set(g,p),{secretRef:g}},"keep"),{mode:i,servers:d,health:c,...l}=t;return{spec:{...l,image:r,env:er(t.env,(m,p)=>Pc(m,()=>s(`env-${p}`,rt(m)))),secrets:er(t.secrets,(m,p)=>s(p,rt(m))),mounts:t.mounts.map(m=>jc(m,s)),readiness:Nc(t,n)},secrets:o}}a(Qn,"runSpec");function Rc(e,t,n){const r=T.createHash("sha256").update(`${e}\0${t}\0${n}`).digest("hex").slice(0,12);return`${`${e}.${t}`.replace(/[^A-Za-z0-9_.-]/g,"-").slice(0,64-r.length-1).replace(/[-.]+$/,"")}-${r}`}a(Rc,"secretName");function Nc(e,t){if(e.health!==void 0)return{source:"health",...e.health};const n=t[0]?.port??e.ports.find(r=>r.protocol==="tcp")?.target;return n!==void 0?{source:"port",port:n,window:Math.min(3e4,e.timeout)}:{source:"running",window:e.update.monitor}}a(Nc,"readiness");function jc(e,t){if(e.type!=="file")return e;const{content:n,...r}=e;return{...r,content:t(`file-${e.target}`,rt(n))}}a(jc,"specMount");function Pc(e,t){return typeof e=="string"?e:t()}a(Pc,"specValue");function rt(e){return typeof e=="string"?e:e.reveal()}a(rt,"revealed");function er(e,t){return Object.fromEntries(Object.entries(e).map(([n,r])=>[n,t(r,n)]))}a(er,"mapValues");function ot(e){const t=Object.values(e.env).filter(_e),n=e.mounts.flatMap(r=>r.type==="file"?[r.content]:[]);return[...t,...Object.values(e.secrets),...n].map(r=>r.secretRef)}a(ot,"referencesIn");const tr="curlimages/curl:8.11.1";function Lc(e,t){const{server:n,owner:r,resource:o,run:s,facts:i,head:d}=t,{spec:c}=s,{stateDir:l}=n.account,u=re(l,o),m=r.service??"",p=Object.entries(f.ownerLabels(r)).flatMap(([E,x])=>["--filter",`label=${E}=${x}`]),g=ce(o,e.slot),k=i.containers.filter(E=>E.state==="running"),y=nr(s,n.name);ot(c).forEach(y);const v=Dc({variables:{id:d.id,resource:o,folder:u.folder,secrets:u.secrets,log:u.log(d.id),image:c.image,image_known:i.image===void 0?"":`${i.image.platform} ${i.image.user}`,image_expected:t.fresh===void 0?"":`${t.fresh.platform} ${t.fresh.user}`,platform:i.engine.platform,network:f.networkName(r),network_labels:Object.entries(f.ownerLabels({...r,service:void 0})).map(([E,x])=>`--label ${E}=${x}`).join(" "),user:c.user??"",replicas:c.replicas,timeout:c.timeout,grace:nt(c.stopGracePeriod),drain:c.drain,keep:c.keep,own_filters:p.join(" "),prober:e.prober,prober_image:tr,manager:i.swarm.manager?1:0,slot:e.slot,alias:g,strategy:e.strategy,networks:c.networks.join(" "),old:rr(k),leftovers:rr(k.filter(E=>E.slot===e.slot)),names_taken:i.containers.map(E=>E.name).join(" "),network_known:i.network===void 0?0:1},readiness:c.readiness,switchTo:V({stateDir:l,resource:o,slot:e.slot}),switchBack:V({stateDir:l,resource:o,slot:e.previousSlot}),taking:t.taking,guard:t.guard,freeing:t.freeing,together:t.together}),w={[`${f.labelPrefix}.deployment`]:d.id,[`${f.labelPrefix}.slot`]:e.slot,[`${f.labelPrefix}.spec`]:se(c)},b=a(E=>sc({owner:r,spec:c,reveal:y,secretFolder:u.secrets,aliases:[g,m],labels:w,publish:E}),"container"),_=e.strategy==="swap-port",S=Array.from({length:c.replicas},(E,x)=>[`create-${x+1}.json`,b(!_)]);return{server:n,id:`deploy-${d.id}`,script:v,servesOn:i.current!==void 0,timeout:c.timeout,files:{record:In({...d,strategy:e.strategy,slot:e.slot,previousImage:e.previousImage,logPath:u.log(d.id)}),...Object.fromEntries(S),"restart.json":JSON.stringify({RestartPolicy:ic(c)}),..._?{"publish-1.json":b(!0)}:{},...t.registryAuth===void 0?{}:{"registry-auth":t.registryAuth},...or(s)}}}a(Lc,"standaloneJob");function nr({secrets:e},t){return n=>{const r=e.get(n);if(r!==void 0)return r;throw new f.DrayageError("SECRET_MISSING",`Secret ${n} is neither given nor stored on ${t}.`,{hint:"Run again with --refresh-secrets and the secrets of drayage.yml."})}}a(nr,"revealFrom");const rr=a(e=>e.map(t=>t.id).join(" "),"idsOf");function or({spec:e,secrets:t}){const n=new Set([...Object.values(e.secrets).map(r=>r.secretRef),...e.mounts.flatMap(r=>r.type==="file"?[r.content.secretRef]:[])]);return Object.fromEntries([...t].map(([r,o])=>[`${n.has(r)?"mount":"secret"}.${r}`,o]))}a(or,"secretFiles$1");function st(e,t){if(t.action==="none"){e.note(`${t.server}: runs as wanted; nothing to do`);return}const n=t.slot===void 0?"":`, slot ${t.slot}`;e.note(`${t.server}: ${t.mode}, ${t.strategy}${n}`);for(const r of t.changes)e.note(`  ${Ka(r)}`);for(const r of t.notes)e.note(`  Note: ${r}`)}a(st,"tellPlan");async function Cc(e,t){const{owner:n,resource:r,run:o,head:s,lease:i}=t,d=t.nodes.map(u=>({...u,plan:Qa(u.server.name,o.spec,u.facts,t.force)})),c=d.map(u=>u.plan),l=d.filter(u=>u.plan.action!=="none");return l.length===0?(e.report.note(`${s.service}: ${s.pinnedImage} runs as wanted; nothing to do.`),{status:"unchanged",plans:c}):e.report.phase(`${s.service}: deploy`,async u=>{for(const p of c)st(u,p);if(i===void 0)return{status:"planned",plans:c};const m=l.map(({server:p,facts:g,plan:k})=>Lc(k,{server:p,facts:g,owner:n,resource:r,run:o,head:{...s,mode:"standalone"},registryAuth:t.registryAuth,fresh:t.fresh,taking:i.taking??"",guard:i.guard(p.name),freeing:t.ownsLease?i.freeing(p.name):"",together:l.length>1}));try{await Qe(e,u,m,i)}catch(p){if(p instanceof Ze)return{status:"overtaken",plans:c};throw p}return{status:"done",plans:c}})}a(Cc,"rollStandalone");function it(e){return e.source==="port"||e.source==="health"&&e.probe.kind!=="command"}a(it,"needsTools");function Mc(e,t){if(e.source==="running")return;if(e.source==="health"&&e.probe.kind==="command")return["CMD-SHELL",e.probe.command];if(!t.has("sh"))return;if(e.source==="port")return at(sr(e.port,2,t));const{probe:n,timeout:r}=e,o=Math.max(1,Math.ceil(r/1e3));return n.kind==="tcp"?at(sr(n.port,o,t)):n.kind==="http"?at(Fc(n,o,t)):void 0}a(Mc,"healthcheckTest");const at=a(e=>e===void 0?void 0:["CMD-SHELL",e],"shell");function Fc(e,t,n){const{path:r,port:o}=e,s=$.quote(`http://127.0.0.1:${o}${r}`);if(n.has("curl"))return`curl -fsS -o /dev/null --max-time ${t} ${s}`;if(n.has("wget"))return`wget -q -T ${t} -O /dev/null ${s}`;const i=`printf 'GET %s HTTP/1.0\\r\\nHost: 127.0.0.1\\r\\n\\r\\n' ${$.quote(r)}`,d="read -r _ code _ && case $code in 2*|3*) ;; *) exit 1 ;; esac";if(n.has("nc"))return`${i} | nc -w ${t} 127.0.0.1 ${o} | { ${d}; }`;if(n.has("bash"))return`bash -c ${$.quote(`exec 3<>/dev/tcp/127.0.0.1/${o} || exit 1; ${i} >&3; { ${d.replace("read -r",`read -t ${t} -r`)}; } <&3`)}`}a(Fc,"httpCheck");function sr(e,t,n){return n.has("nc")?`nc -z -w ${t} 127.0.0.1 ${e}`:n.has("bash")?`bash -c 'exec 3<>/dev/tcp/127.0.0.1/${e}'`:void 0}a(sr,"tcpCheck");function Hc(e){const{owner:t,spec:n}=e;return JSON.stringify({Name:e.name,Labels:{...e.labels,...f.ownerLabels(t)},TaskTemplate:{ContainerSpec:{Image:n.image,Command:n.command,Args:n.args,User:n.user,Env:Gn(n,e.reveal),Labels:{...n.labels,...e.containerLabels,...f.ownerLabels(t)},StopGracePeriod:N(n.stopGracePeriod),Mounts:n.mounts.filter(r=>r.type!=="file").map(r=>Bc(r,t)),Secrets:Uc(e),Healthcheck:Gc(e),Ulimits:Object.entries(n.ulimits).map(([r,o])=>({Name:r,Soft:o.soft,Hard:o.hard}))},Resources:{Limits:{NanoCPUs:n.resources.nanoCpus,MemoryBytes:n.resources.memory},Reservations:{NanoCPUs:n.resources.reserveNanoCpus,MemoryBytes:n.resources.reserveMemory}},RestartPolicy:{Condition:n.restart.condition,Delay:ar(n.restart.delay),MaxAttempts:n.restart.maxAttempts,Window:ar(n.restart.window)},Placement:{Constraints:n.placement.constraints,Preferences:n.placement.preferences.map(r=>({Spread:{SpreadDescriptor:r}})),MaxReplicas:n.placement.maxReplicas},Networks:[{Target:f.networkName(t),Aliases:e.aliases},...n.networks.map(r=>({Target:r,Aliases:e.aliases}))]},Mode:n.kind==="global"?{Global:{}}:{Replicated:{Replicas:n.replicas}},UpdateConfig:ir(n.update),RollbackConfig:ir(n.rollback),EndpointSpec:{Mode:n.endpointMode,Ports:n.ports.map(r=>({Protocol:r.protocol,TargetPort:r.target,PublishedPort:r.published,PublishMode:r.mode}))}})}a(Hc,"serviceSpec");function ir(e){return{Parallelism:e.parallelism,Delay:N(e.delay),FailureAction:e.failure,Monitor:N(e.monitor),MaxFailureRatio:e.maxFailureRatio,Order:e.order}}a(ir,"updateConfig");function Uc({spec:e}){return[...Object.entries(e.secrets).map(([n,{secretRef:r}])=>({secretRef:r,target:n})),...e.mounts.flatMap(n=>n.type==="file"?[{secretRef:n.content.secretRef,target:n.target}]:[])].map(({secretRef:n,target:r})=>({SecretID:`@ID:${n}@`,SecretName:n,File:{Name:r,UID:"0",GID:"0",Mode:292}}))}a(Uc,"secretFiles");function Gc({healthcheck:e,spec:{readiness:t}}){if(!(e===void 0||t.source==="running")){if(t.source==="port"){const n=N(1e3),r=N(t.window);return{Test:e,Interval:5*n,Timeout:3*n,StartPeriod:r,StartInterval:n/10,Retries:3}}return{Test:e,Interval:N(t.interval),Timeout:N(t.timeout),StartPeriod:N(Math.max(t.startPeriod,t.interval)),StartInterval:N(Math.min(t.interval,100)),Retries:t.retries}}}a(Gc,"healthcheck");function Bc(e,t){const n={Target:e.target,ReadOnly:e.readOnly};if(e.type==="bind")return{Type:"bind",Source:e.source,...n};const r=f.ownerLabels({...t,service:void 0});return{Type:"volume",Source:Bn(t,e.source),...n,VolumeOptions:{Labels:r}}}a(Bc,"mountSpec");const ar=a(e=>e===void 0?void 0:N(e),"optionalNanoseconds"),qc=3e3;function Yc(e,t){const{server:n,owner:r,resource:o,run:s,facts:i,head:d}=t,{spec:c}=s,{stateDir:l}=n.account,u=re(l,o),m=Object.entries(f.ownerLabels(r)).map(([w,b])=>`${w}=${b}`),p=ot({...c,env:{}}),g={[`${f.labelPrefix}.deployment`]:d.id,[`${f.labelPrefix}.spec`]:se(c)},k=e.stopFirst?"stop-first":void 0,y=Tc({variables:{id:d.id,resource:o,folder:u.folder,secrets:u.secrets,log:u.log(d.id),image:c.image,image_known:i.image===void 0?"":`${i.image.platform} ${i.image.user}`,image_expected:t.fresh===void 0?"":`${t.fresh.platform} ${t.fresh.user}`,platform:i.engine.platform,network:f.networkName(r),network_labels:Object.entries(f.ownerLabels({...r,service:void 0})).map(([w,b])=>`--label ${w}=${b}`).join(" "),user:c.user??"",replicas:c.replicas,timeout:c.timeout,grace:nt(c.stopGracePeriod),drain:c.drain,keep:c.keep,own_filters:m.map(w=>`--filter label=${w}`).join(" "),prober:"container",prober_image:tr,manager:1,target:e.target,strategy:e.strategy,on_failure:c.update.failure,has_healthcheck:e.healthcheck===void 0?0:1,secret_labels:m.map(w=>`--label ${w}`).join(" "),known_secrets:p.join(" "),schedule_patience:qc,monitor:c.update.monitor,pulls:t.pulls?1:0},readiness:c.readiness,switchTo:V({stateDir:l,resource:o,slot:e.slot}),switchBack:V({stateDir:l,resource:o,slot:e.previousSlot}),taking:t.taking,guard:t.guard,freeing:t.freeing,together:t.together}),v=a((w,b)=>Hc({name:w,owner:r,spec:{...c,update:{...c.update,order:k??c.update.order},rollback:{...c.rollback,order:k??c.rollback.order},...b},reveal:nr(s,n.name),aliases:w===e.target?[w,r.service??""]:[w],labels:g,containerLabels:g,healthcheck:e.healthcheck}),"service");return{server:n,id:`deploy-${d.id}`,script:y,servesOn:i.current!==void 0,timeout:c.timeout,files:{record:In({...d,strategy:e.strategy,slot:e.slot,previousImage:e.previousImage,logPath:u.log(d.id)}),"service.json":v(e.target,{}),...e.proof?{"proof.json":v(`${e.target}-proof`,{ports:[],kind:"replicated",replicas:1})}:{},...t.registryAuth===void 0?{}:{"registry-auth":t.registryAuth},...or(s)}}}a(Yc,"swarmJob");function zc(e){const{server:t,id:n,image:r,platform:o,timeout:s,registryAuth:i,wantsTools:d,fresh:c}=e;return{server:t,id:`pull-${n}`,script:Ac({image:r,image_known:"",image_expected:c===void 0?"":`${c.platform} ${c.user}`,platform:o,timeout:s,wants_tools:d?1:0,tools_file:Ve(t.account.stateDir,r)}),files:i===void 0?{}:{"registry-auth":i},servesOn:!1,timeout:s}}a(zc,"pullJob");function Jc(e,t){const{server:n,id:r,resource:o,guard:s,timeout:i}=t,{stateDir:d}=n.account;return{server:n,id:`switch-${r}`,script:Ic({switchTo:V({stateDir:d,resource:o,slot:e.slot}),switchBack:V({stateDir:d,resource:o,slot:e.previousSlot}),guard:s,timeout:i}),files:{},servesOn:!0,timeout:i}}a(Jc,"proxyJob");function Wc({server:e,resource:t,spec:n,facts:r,tools:o,force:s=!1}){Vc(e,n,r);const{current:i}=r,d=r.activeSlot,c=se(n),l=i?.mode==="swarm"&&r.services.some(k=>k.deployment===i.id&&k.specHash===c&&k.running>0&&k.running>=k.desired),u=o===void 0&&it(n.readiness)?void 0:Mc(n.readiness,o??new Set),m=Kc(n,o,u),p=m==="blue-green"?Te(d):void 0,g=cr(n)||n.update.order==="stop-first";return{server:e,mode:"swarm",action:l&&!s?"none":"deploy",strategy:m,target:p===void 0?t:ce(t,p),slot:p,previousSlot:d,healthcheck:u,stopFirst:g,proof:i!==void 0&&n.readiness.source!=="running"&&cr(n),previousImage:i?.pinnedImage,changes:[...Fn(r,"swarm"),...Nn(i?.spec,n)],notes:[...Xc(n,m,o,u,i!==void 0),...Un(n)]}}a(Wc,"planSwarm");const cr=a(e=>e.ports.some(t=>t.mode==="host"),"hasHostPort");function Kc(e,t,n){const{readiness:r}=e;return r.source==="running"||n!==void 0||e.ports.length>0||r.source==="port"&&t?.has("healthcheck")===!0?"rolling":"blue-green"}a(Kc,"strategyFor");function Vc(e,t,n){const{network:r}=n;if(r!==void 0&&!r.owned)throw new f.DrayageError("NOT_OWNED",`A network with the name of this environment exists on ${e}, but Drayage did not make it.`,{hint:"docker network inspect shows what uses it; rename it, or choose another project or environment name."});if(r!==void 0&&(r.driver!=="overlay"||!r.attachable))throw new f.DrayageError("DEPLOY_IMPOSSIBLE",`The environment's network on ${e} is a ${r.driver} network from deployments without Swarm; Swarm services need an attachable overlay network.`,{hint:"Remove the services of the environment and the network first, or set `deploy.mode: standalone`."});if(t.image.startsWith("sha256:"))throw new f.DrayageError("DEPLOY_IMPOSSIBLE",`Image ${t.image} exists on ${e} only, and Swarm may run it on any node.`,{hint:"Name a repository under `image`, so that every node can pull it."});Hn(e,t,n)}a(Vc,"checkPossible");function Xc(e,t,n,r,o){const{readiness:s}=e;if(s.source==="running")return["No health check, domain or port is given, so Swarm counts a task as healthy when it runs."];if(n===void 0&&it(s))return["Rolling if the image has a shell and curl, wget, nc or bash for the health check, else blue/green: known once it is pulled."];if(t==="blue-green")return["The image has no shell or nothing that can check its health, so a second service is probed from the network and then takes over."];const i=r===void 0?[]:["The health check runs inside the container (HEALTHCHECK); Swarm keeps an old task until the new one is healthy."];return r===void 0&&s.source==="health"&&i.push("The image has nothing that can check its health, and published ports allow no second service beside it: Swarm counts a task as healthy when it runs."),o&&e.ports.some(d=>d.mode==="host")&&i.push("A port of a node (mode host) has one owner: there, the old task stops before the new one starts, with a gap."),i}a(Xc,"notesOn");async function Zc(e,t){const{resource:n,run:r,head:o,lease:s,force:i}=t,d=t.nodes.find(p=>p.facts.swarm.manager);if(d===void 0)throw new f.DrayageError("INTERNAL_BUG","A Swarm deployment has no manager.");const{server:c,facts:l}=d,u=a(p=>Wc({server:c.name,resource:n,spec:r.spec,facts:l,tools:p,force:i}),"decide"),m=u(l.tools);return m.action==="none"?(e.report.note(`${o.service}: ${o.pinnedImage} runs as wanted; nothing to do.`),{status:"unchanged",plans:[m]}):e.report.phase(`${o.service}: deploy`,async p=>{if(s===void 0)return st(p,m),{status:"planned",plans:[m]};const g=t.nodes.length===1&&!dr(t,l),k=g?void 0:(await Qc(e,p,t)).get(c.name),y=u(k??l.tools??new Set);st(p,y);const w=y.slot!==void 0||y.previousSlot!==void 0?t.proxies.filter(_=>_!==c):[],b=[Yc(y,{...t,server:c,facts:l,head:{...o,mode:"swarm"},pulls:g,taking:s.taking??"",guard:s.guard(c.name),freeing:t.ownsLease?s.freeing(c.name):"",together:w.length>0}),...w.map(_=>Jc(y,{server:_,id:o.id,resource:n,guard:s.guard(_.name),timeout:r.spec.timeout}))];try{await Qe(e,p,b,s)}catch(_){if(_ instanceof Ze)return{status:"overtaken",plans:[y]};throw _}return{status:"done",plans:[y]}})}a(Zc,"rollSwarm");async function Qc(e,t,n){const{head:r,run:o,registryAuth:s,lease:i,fresh:d}=n,c=n.nodes.map(({server:m,facts:p})=>zc({server:m,id:r.id,image:r.pinnedImage,platform:p.engine.platform,timeout:o.spec.timeout,registryAuth:s,fresh:d,wantsTools:dr(n,p)})),l=await Promise.all(c.map(m=>Qe(e,t,[m],i))),u=new Map;for(const{server:m,events:p}of l.flat()){const g=p.find(k=>k.event==="tools");g!==void 0&&u.set(m,new Set(g.tools.split(" ").filter(k=>k!=="")))}return u}a(Qc,"pullOnAll");function dr({run:e},t){return t.swarm.manager&&t.tools===void 0&&it(e.spec.readiness)}a(dr,"wantsTools");const ed=3e4;async function td(e,t,n){const[r,...o]=n.deploy.servers,s=(t.proxy?.servers??[]).some(v=>v!==r);if(r===void 0||o.length>0||n.deploy.mode!=="standalone"&&s)return;const i=await e.connect(r),d=f.ownerOf(t,n),c=f.resourceName(d),l={owner:d,resource:c,stateDir:i.account.stateDir},{stdout:u,stderr:m}=await i.script(`${$.seenScript(c)}${ke(l)}`,{purpose:"Looking at the node",repeatable:!0,accept:"any",signal:e.signal}),[p="",...g]=u.split(`
`),[k,y]=p.split(" ");if(k==="free")return{node:{server:i,facts:be(g.join(`
`),m,l,r)},lock:{name:c,fence:Number(y)},at:Date.now()}}a(td,"sight");function nd(e,{node:t,lock:n,at:r},{digest:o,platform:s}){if(!(Date.now()-r>ed))return{node:{...t,facts:{...t.facts,registry:{digest:o,platforms:[s]}}},lease:new $.LeaseAhead(t.server,n,e.run)}}a(nd,"actOn");const rd=75e3;async function lr(e,t){const{project:n,service:r}=t,o=await ct(e,r.deploy.servers);if(o.length===0)throw new f.DrayageError("DEPLOY_IMPOSSIBLE",`Service ${r.name} names no server to run on.`,{hint:"Set `deploy.servers`."});const s=f.ownerOf(n,r),i=f.resourceName(s),d=Bt(Mt(n.registries,t.image)),c={owner:s,resource:i,image:$a(t.image),registryAuth:d},l=`${r.name}: look at ${r.deploy.servers.join(", ")}`;if(t.lease!==void 0||t.dryRun){const y=await e.report.phase(l,()=>Pa(e,o,c));return ur(e,t,y,t.lease)}const u=await od(e,t);if(u!==void 0)return u;const m=await id(e,t,o),{lease:p,nodes:g}=await e.report.phase(l,y=>La(e,y,o,c,{resource:i,places:m,wait:t.lockWait??rd}));let k=!1;try{const y=await ur(e,t,g,p);return k=y.status==="done"&&m.length===1,y}finally{const y=p.release();k||await y}}a(lr,"roll");async function od(e,t){const{sighting:n,fresh:r}=t,o=f.parseImage(t.image)?.digest;if(n===void 0||r===void 0||o===void 0)return;const s=nd(e,n,{digest:o,platform:r.platform});if(s===void 0)return;const{node:i,lease:d}=s;let c=!1;try{const l=await fr(e,t,[i],d);return c=l?.status==="done",l===void 0&&e.report.note(`${t.service.name}: another run has deployed meanwhile; looking again.`),l}finally{const l=d.release();c||await l}}a(od,"rollAhead");async function ur(e,t,n,r){const o=await fr(e,t,n,r);if(o!==void 0)return o;throw new f.DrayageError("INTERNAL_BUG","A job did not have the lock that was taken for it.")}a(ur,"rollUnder");async function fr(e,t,n,r){const{project:o,service:s}=t,i=f.ownerOf(o,s),d=f.resourceName(i),c=Mt(o.registries,t.image),l=Bt(c),u=sd(t,n),m=(u==="swarm"?n.find(_=>_.facts.swarm.manager):n[0])??n[0];if(m===void 0)throw new f.DrayageError("INTERNAL_BUG","There is no node to decide for.");const p=ga(t.image,m.server.name,m.facts),g=t.resolve(p),k={id:va(),title:t.title,commit:t.commit,pinnedImage:p,resource:d,service:s.name,...ka(e.run),specHash:se(g.spec),spec:g.spec},y=u==="swarm"?await ct(e,o.proxy?.servers??[]):[],v={owner:i,resource:d,nodes:n,proxies:y,run:g,head:k,registryAuth:l,fresh:t.fresh,lease:r,ownsLease:t.lease===void 0,force:t.force??!1},w=u==="swarm"?await Zc(e,v):await Cc(e,v);if(w.status==="overtaken")return;const b=m.facts.current;return{deploymentId:w.status==="done"?k.id:b?.id??"",status:w.status,pinnedImage:p,previousImage:b?.pinnedImage,nodes:w.plans}}a(fr,"tryUnder");function sd({mode:e,service:t},n){const r=e??(t.deploy.mode==="auto"?void 0:t.deploy.mode),o=n.find(i=>i.facts.current!==void 0)?.facts.current?.mode,s=r??o??(n.some(i=>i.facts.swarm.active)?"swarm":"standalone");if(s==="swarm"&&!n.some(i=>i.facts.swarm.manager)){const i=n.map(d=>d.server.name).join(", ");throw new f.DrayageError("DEPLOY_IMPOSSIBLE",`Service ${t.name} is to run on a Swarm, but none of its servers (${i}) is a manager of one.`,{hint:"Add a manager to `deploy.servers`, run `drayage setup-deploy-node`, or set `deploy.mode: standalone`."})}return s}a(sd,"modeFor");async function id(e,{project:t,service:n,mode:r},o){if((r??n.deploy.mode)==="standalone")return o;const s=await ct(e,t.proxy?.servers??[]);return[...new Set([...o,...s])]}a(id,"lockPlaces");function ct(e,t){return Promise.all(t.map(n=>e.connect(n)))}a(ct,"connectAll$1");async function hr(e,t){const{project:n,image:r}=t,o=h.pickService(n,t.service);ma(r);const s=f.resourceName(f.ownerOf(n,o));return lr(e,{project:n,service:o,image:r,resolve:a(i=>Qn(s,o.deploy,o.domains,i),"resolve"),commit:t.commit,fresh:t.fresh,sighting:t.sighting,title:t.title??(t.commit===void 0?`Deploy ${r}`:`Deploy ${t.commit.slice(0,12)}`),dryRun:t.dryRun??!1,lease:t.lease,lockWait:t.lockWait})}a(hr,"deployService");const ad=Object.freeze(Object.defineProperty({__proto__:null,deployService:hr},Symbol.toStringTag,{value:"Module"})),P={locked:74,overtaken:75,changedMeanwhile:76,refused:77,notRunning:78,notConnected:79};function pr(e){return`(cd ${$.quote(Y(e).routes)} 2>/dev/null && for file in *.json; do
  if [ -e "$file" ]; then echo "$file"; cat "$file"; fi
done) | sha256sum | cut -d' ' -f1
`}a(pr,"stateScript");function cd(e){const{stateDir:t,resource:n,expected:r,route:o,proxy:s,connect:i,guard:d}=e,c=Y(t),l=`${c.routes}/${n}.json`,u=e.obsolete.flatMap(m=>["crt","key"].map(p=>`${c.certificates}/${m}.${p}`));return`exec 9>${$.quote(c.lock)}
flock -w 60 9 || exit ${P.locked}
${d}
[ "$( ${pr(t).trim()} )" = ${$.quote(r)} ] || exit ${P.changedMeanwhile}
[ "$(docker inspect -f '{{.State.Running}}' ${A} 2>/dev/null)" = true ] || exit ${P.notRunning}
${i===void 0?"":dd(i)}${s.kind==="caddy"?ld(c.caddyConfig,s.config):ud(t,n,s.files)}
${o===void 0?`rm -f ${$.quote(l)}`:dt(l,o)}
${u.length===0?"":`rm -f ${$.quoteArgv(u)}
`}sync ${$.quote(c.routes)} 2>/dev/null
:
`}a(cd,"activateScript");function dd(e){return`if ! said=$(docker network connect ${$.quote(e)} ${A} 2>&1); then
  case $said in *'already exists'*) ;; *) echo "$said"; exit ${P.notConnected} ;; esac
fi
`}a(dd,"connectScript");function ld(e,t){const n=`${e}.next`,r=["docker","exec",A,"caddy","reload","--config",`${R.caddyConfig}.next`];return`${mr(n,t)}
if ! said=$(${$.quoteArgv(r)} 2>&1); then
  rm -f ${$.quote(n)}
  echo "$said"
  exit ${P.refused}
fi
mv -f ${$.quote(n)} ${$.quote(e)}`}a(ld,"loadCaddy");function ud(e,t,n){const r=B(e),o=a(l=>`${r.slots}/${t}.${l}.yml`,"slotFile"),s=`${r.dynamic}/${t}.yml`,i=Y(e).traefikConfig;if(n.targets===void 0)return`rm -f ${$.quoteArgv([s,...["plain","blue","green"].map(o)])}`;const d=Object.entries(n.targets).map(([l,u])=>dt(o(l),u)),c=n.static===void 0?"":`${dt(i,n.static)}
docker restart ${A} >/dev/null
`;return`${d.join(`
`)}
target=plain
for slot in green blue green; do
  if [ -e ${$.quote(`${r.active}/${t}`)}/$slot ]; then target=$slot; break; fi
done
cp ${$.quote(`${r.slots}/${t}`)}.$target.yml ${$.quote(`${r.dynamic}/.${t}.next`)} &&
mv -f ${$.quote(`${r.dynamic}/.${t}.next`)} ${$.quote(s)} || exit 1
${c}`}a(ud,"writeTraefik");function dt(e,t){return`${mr(`${e}.next`,t)}
mv -f ${$.quote(`${e}.next`)} ${$.quote(e)} || exit 1`}a(dt,"writeFile");function mr(e,t){return`cat >${$.quote(e)} <<'END_OF_FILE' || exit 1
${t.trimEnd()}
END_OF_FILE`}a(mr,"heredoc");async function fd(e,{plan:t,wish:n,guard:r}){const{stateDir:o}=e.account,{certificates:s,authorities:i}=Y(o),d=t.missing.certificates.flatMap(p=>{const g=n.certificates.get(p);return g===void 0?[]:[async()=>{await e.upload(`${s}/${p}.crt`,g.cert,420),await e.upload(`${s}/${p}.key`,g.key,384)}]}),{authority:c}=n;c!==void 0&&t.missing.authority&&d.push(()=>e.upload(`${i}/${c.name}`,c.pem,420)),await Promise.all(d.map(p=>p()));const{exitCode:l,stdout:u,stderr:m}=await e.script(cd({...t.activation,stateDir:o,guard:r}),{accept:"any",purpose:"Configuring the proxy",repeatable:!0});if(l===0)return!0;if(l===P.changedMeanwhile)return!1;throw hd(e.name,l,`${u}${m}`.trim())}a(fd,"applyDomains");function hd(e,t,n){switch(t){case P.locked:return new f.DrayageError("LOCK_HELD",`${e}: another run has been configuring the proxy for a minute.`,{hint:"Wait for it to end, then try again."});case P.overtaken:return new f.DrayageError("LOCK_LOST",`${e}: another run has taken over; the proxy was left as it was.`);case P.notRunning:return new f.DrayageError("PROXY_NOT_RUNNING",`${e}: the proxy stopped meanwhile.`,{hint:`drayage setup-deploy-node --server ${e}`});case P.notConnected:return new f.DrayageError("DOMAIN_IMPOSSIBLE",`${e}: the proxy could not be connected to the service's network: ${n}`,{hint:"Deploy the service first."});case P.refused:return new f.DrayageError("PROXY_REFUSED",`${e}: the proxy refused the configuration: ${pd(n)}`,{output:n});default:return new f.DrayageError("PROXY_REFUSED",`${e}: the proxy could not be configured: ${n.split(`
`).at(-1)||`exit status ${t}`}`,{output:n})}}a(hd,"explain");function pd(e){return(e.split(`
`).findLast(n=>n.startsWith("Error:"))??e.split(`
`).at(-1)??"").replace(/^Error: (sending configuration to instance: )?(caddy responded with error: )?/,"")}a(pd,"wordsOf");function md(){const e=new Xr.Resolver({timeout:2e3,tries:2});return{a:a(t=>e.resolve4(t).catch(()=>[]),"a"),aaaa:a(t=>e.resolve6(t).catch(()=>[]),"aaaa")}}a(md,"publicLookup");async function $d(e,t,n){if(t.startsWith("*.")||n.length===0)return[];const[r,o,s]=await Promise.all([e.a(t),e.aaaa(t),gd(e,n)]);if(s.size===0)return[];const i=[...s].join(", ");return r.length===0&&o.length===0?[`${t} has neither an A nor an AAAA record; it should point to ${i}.`]:[...r,...o].filter(c=>!s.has(c)).map(c=>{const l=c.includes(":")?"AAAA":"A";return`${t} has the ${l} record ${c}, which is none of ${i}: visitors and certificate authorities may go there (behind a CDN this is meant to be so).`})}a($d,"checkRecords");async function gd(e,t){const n=await Promise.all(t.map(async r=>mt.isIP(r)?[r]:[...await e.a(r),...await e.aaaa(r)]));return new Set(n.flat())}a(gd,"addressesOf");async function $r(e,{resource:t,network:n,kind:r}){const{stateDir:o}=e.account,s=Y(o),i=r==="caddy"?s.caddyConfig:s.traefikConfig,d=`say() { printf '%s\\t%s\\n' "$1" "$2"; }
encoded() { printf '%s\\t' "$1"; base64 | tr -d '\\n'; echo; }
say now "$(date +%s)"
say state "$( ${pr(o).trim()} )"
for file in ${$.quote(s.routes)}/*.json; do
  if [ -e "$file" ]; then encoded "route \${file##*/}" <"$file"; fi
done
for file in ${$.quote(s.certificates)}/*.key; do
  if [ -e "$file" ]; then file=\${file##*/}; say certificate "\${file%.key}"; fi
done
for file in ${$.quote(s.authorities)}/*.pem; do if [ -e "$file" ]; then say authority "\${file##*/}"; fi; done
if [ -e ${$.quote(i)} ]; then encoded config <${$.quote(i)}; fi
if [ -e ${$.quote(`${s.dynamic}/${t}.yml`)} ]; then encoded dynamic <${$.quote(`${s.dynamic}/${t}.yml`)}; fi
{ ${Fe([`/containers/${A}/json`,`/networks/${n}`,"/info"].map(l=>({path:l})))} } 2>/dev/null | encoded engine
`,{stdout:c}=await e.script(d,{purpose:"Reading the state of the proxy",repeatable:!0});return wd(c,e.name)}a($r,"readProxy");function wd(e,t){const n=e.split(`
`).flatMap(u=>{const[m,p]=u.split("	");return m===void 0||p===void 0?[]:[[m,p]]}),r=a(u=>n.filter(([m])=>m===u).map(([,m])=>m),"all"),o=a(u=>Buffer.from(u??"","base64").toString("utf8"),"decode"),s=n.filter(([u])=>u.startsWith("route ")).map(([u,m])=>{const p=ao(o(m));if(p!==void 0)return p;throw new f.DrayageError("PROXY_REFUSED",`${t}: the route file ${u.slice(6)} is damaged or of a newer version.`,{hint:`Look at it there, and remove it where it is damaged: $DRAYAGE_STATE/proxy/routes/${u.slice(6)}`})}),[i,d,c]=He(o(r("engine")[0])).map(({status:u,body:m})=>u===200?U(m):void 0),l=U(U(i?.Config).Labels)[Ae];return{state:r("state")[0]??"",routes:s,config:o(r("config")[0]),dynamic:o(r("dynamic")[0]),certificates:new Set(r("certificate")),authorities:new Set(r("authority")),kind:l==="caddy"||l==="traefik"?l:void 0,running:U(i?.State).Running===!0,networks:new Set(Object.keys(U(U(i?.NetworkSettings).Networks))),network:d===void 0?void 0:{labels:U(d.Labels)},inSwarm:U(c?.Swarm).LocalNodeState==="active",now:Number(r("now")[0]??0)}}a(wd,"parseProxyState");function U(e){return typeof e=="object"&&e!==null?e:{}}a(U,"record");const L=h.string().min(1),lt=h.string().regex(/^\d+(ms|s|m)$/),yd=h.strictObject({entryPoints:h.array(h._enum(["web","websecure"])).min(1),rule:L,priority:h.int().positive(),service:L,middlewares:h.array(L).optional(),tls:h.strictObject({certResolver:L.optional()}).optional()}),vd=h.strictObject({loadBalancer:h.strictObject({servers:h.array(h.strictObject({url:h.url()})).min(1),passHostHeader:h.boolean(),serversTransport:L})}),kd=h.union([h.strictObject({redirectScheme:h.strictObject({scheme:h.literal("https"),permanent:h.literal(!0)})}),h.strictObject({retry:h.strictObject({attempts:h.int().positive(),initialInterval:lt})})]),bd=h.strictObject({maxIdleConnsPerHost:h.int().positive(),forwardingTimeouts:h.strictObject({dialTimeout:lt,idleConnTimeout:lt})}),_d=h.strictObject({http:h.strictObject({routers:h.record(L,yd),services:h.record(L,vd),middlewares:h.record(L,kd),serversTransports:h.record(L,bd)}),tls:h.strictObject({certificates:h.array(h.strictObject({certFile:L,keyFile:L})).min(1)}).optional()});function ut(e,t){const{resource:n}=e,r=t===void 0?n:ce(n,t),o={http:{routers:{},services:{},middlewares:{},serversTransports:{}}};o.http.middlewares[`${n}-retry`]={retry:{attempts:60,initialInterval:"50ms"}},o.http.serversTransports[n]={maxIdleConnsPerHost:128,forwardingTimeouts:{dialTimeout:"2s",idleConnTimeout:"3s"}};for(const[s,i]of e.domains.entries())Ed(o,e,i,`${n}-${s}`,r);return h.distExports.stringify(_d.parse(o),{lineWidth:0,aliasDuplicateObjects:!1})}a(ut,"traefikDynamic");function Ed(e,t,n,r,o){const{routers:s,services:i,middlewares:d}=e.http,c={rule:Od(n),priority:Dd(n),service:r},l=`${t.resource}-retry`;if(i[r]={loadBalancer:{servers:[{url:`http://${o}:${n.port}`}],passHostHeader:!0,serversTransport:t.resource}},!n.https){s[r]={entryPoints:["web"],...c,middlewares:[l]};return}d[`${r}-https`]={redirectScheme:{scheme:"https",permanent:!0}},s[`${r}-http`]={entryPoints:["web"],...c,middlewares:[`${r}-https`]};const u=n.certificate.kind==="letsencrypt"?{certResolver:Pe(t.acme)}:{};s[r]={entryPoints:["websecure"],...c,middlewares:[l],tls:u},n.certificate.kind==="custom"&&Sd(e,n.certificate.name)}a(Ed,"addDomain");function Sd(e,t){const n=`${R.certificates}/${t}.crt`,r=e.tls?.certificates??[];r.some(o=>o.certFile===n)||(e.tls={certificates:[...r,{certFile:n,keyFile:`${R.certificates}/${t}.key`}]})}a(Sd,"addCertificate");function Od({host:e,path:t}){const n=e.startsWith("*.")?`HostRegexp(\`^[^.]+\\.${e.slice(2).replaceAll(".","\\.")}$\`)`:`Host(\`${e}\`)`,r=z(t);return r===""?n:`${n} && (Path(\`${r}\`) || PathPrefix(\`${r}/\`))`}a(Od,"ruleOf");function Dd({host:e,path:t}){return(e.startsWith("*")?1e4:2e4)+Math.min(z(t).length,9999)}a(Dd,"priorityOf");function Td(e,t,n){const r=t.flatMap(({acme:s,domains:i})=>s!==void 0&&i.some(({certificate:d})=>d.kind==="letsencrypt")?[s]:[]);return{static:r.every(s=>n.includes(Pe(s)))?void 0:Ot(r),targets:e===void 0?void 0:{plain:ut(e,void 0),blue:ut(e,"blue"),green:ut(e,"green")}}}a(Td,"traefikFiles");function gr(e,t,n,r){const{route:o}=n;Ad(e,t,r);const s=r.routes.find(({resource:v})=>v===o.resource),i=r.routes.filter(({resource:v})=>v!==o.resource);Id(e,o,s),xd(e,o,i);const d=o.domains.length>0&&!r.networks.has(o.network);if(d&&r.network===void 0&&!r.inSwarm)throw new f.DrayageError("DOMAIN_IMPOSSIBLE",`${e} has no network ${o.network}: the service does not run there.`,{hint:`Deploy it there first, or take ${e} out of proxy.servers.`});const c=o.domains.length===0?void 0:o,l=[...i,...c===void 0?[]:[c]].sort((v,w)=>v.resource<w.resource?-1:1),u=t==="caddy"?{kind:t,config:`${JSON.stringify(bt(l),null,2)}
`}:{kind:t,files:Td(c,l,r.config)},m=[...n.certificates.keys()].filter(v=>!r.certificates.has(v)),p=n.authority!==void 0&&!r.authorities.has(n.authority.name),g=[...d?[`connect the proxy to ${o.network}`]:[],...Rd(s?.domains??[],o.domains),...m.map(v=>`store the certificate ${v}`)],k=u.kind==="caddy"?r.config===u.config:jd(u.files,r),y=c===void 0?s===void 0:s!==void 0&&je(s)===je(c);return g.length===0&&(!k||!y)&&g.push("bring the configuration of the proxy up to date"),{changes:g,activation:{resource:o.resource,expected:r.state,route:c===void 0?void 0:je(c),proxy:u,connect:d?o.network:void 0,obsolete:vr(s===void 0?[]:[s]).filter(v=>!vr(l).includes(v))},missing:{certificates:m,authority:p}}}a(gr,"planDomains");function Ad(e,t,{kind:n,running:r}){if(r&&n===t)return;const o=n===void 0?"there is none":n===t?`the container ${A} is stopped`:`it is ${n}, drayage.yml says ${t}`;throw new f.DrayageError("PROXY_NOT_RUNNING",`${e}: the proxy does not run (${o}).`,{hint:`drayage setup-deploy-node --server ${e}`})}a(Ad,"requireProxy");function Id(e,t,n){if(!(n===void 0||JSON.stringify(wr(n.owner))===JSON.stringify(wr(t.owner))))throw new f.DrayageError("DOMAIN_TAKEN",`${e}: the name ${t.resource} belongs to ${yr(n)}.`,{hint:"Rename the project, the environment or the service."})}a(Id,"requireOwn");function xd(e,t,n){const r=a(({host:s,path:i})=>`${s} ${z(i)}`,"key"),o=new Map(n.flatMap(s=>s.domains.map(i=>[r(i),s])));f.throwAll(t.domains.flatMap(s=>{const i=o.get(r(s));return i===void 0?[]:[new f.DrayageError("DOMAIN_TAKEN",`${e}: ${Ee(s)} is served by ${yr(i)} already.`)]}))}a(xd,"requireFree");const wr=a(e=>Object.entries(e).sort(),"sorted");function yr({owner:e,resource:t}){const n=a(r=>Object.entries(e).find(([o])=>o.endsWith(`.${r}`))?.[1],"part");return`the service ${n("service")??t} of project ${n("project")??"?"}, environment ${n("environment")??"?"}`}a(yr,"describe");function Rd(e,t){const n=a(s=>new Set(s.map(Nd)),"texts"),[r,o]=[n(e),n(t)];return[...[...o].filter(s=>!r.has(s)).map(s=>`add ${s}`),...[...r].filter(s=>!o.has(s)).map(s=>`remove ${s}`)]}a(Rd,"differences");function Nd(e){const t=e.certificate.kind==="custom"?`custom ${e.certificate.name}`:e.certificate.kind;return`${Ee(e)} to port ${e.port} (certificate: ${t})`}a(Nd,"describeDomain");const Ee=a(({host:e,path:t,https:n})=>`${n?"https":"http"}://${e}${t}`,"urlOf");function jd({static:e,targets:t},{dynamic:n}){return e!==void 0?!1:t===void 0?n==="":Object.values(t).includes(n)}a(jd,"traefikInForce");function vr(e){return e.flatMap(({domains:t})=>t.flatMap(({certificate:n})=>n.kind==="custom"?[n.name]:[]))}a(vr,"certificateNames");const ft=a(e=>({...e,host:ue(e.host),certificate:{kind:"none"}}),"plainDomain");function kr({proxy:e,servers:t},n,r){const{host:o,path:s,https:i}=ft(r),d=e?.acme.ca,c=t[n]?.host;return{host:o,path:s,https:i,authorities:d===void 0?[]:[d],address:c==="local"?void 0:c}}a(kr,"questionOn");const Pd=/urn:ietf:params:acme:error:(caa|connection|dns|incorrectResponse|rateLimited|rejectedIdentifier|tls|unauthorized|unsupportedIdentifier|accountDoesNotExist|externalAccountRequired|invalidContact|unsupportedContact|userActionRequired)/;async function Ld(e,t,n){const{stdout:r}=await e.script(`docker logs --since ${n} --tail 400 ${A} 2>&1`,{accept:"any",purpose:"Reading the log of the proxy",repeatable:!0});return Cd(r,t)}a(Ld,"readAcmeFailure");function Cd(e,t){const n=e.split(`
`).flatMap(o=>{const s=Fd(o),i=JSON.stringify([s?.identifier,s?.identifiers,s?.domains,s?.error]);return s!==void 0&&(s.level==="error"||s.msg==="challenge failed")&&i.includes(t)&&typeof s.error=="string"?[s.error]:[]}),r=n.findLast(o=>o.includes("urn:"))??n.at(-1);return r===void 0?void 0:{reason:Md(r),final:Pd.test(r)}}a(Cd,"findAcmeFailure");function Md(e){const t=/HTTP (\d+) (urn:ietf:params:acme:error:)?(\w+) - (.*)/s.exec(e);if(t===null)return e.trim();const[,,,n,r=""]=t;return`${r.replace(/\s*\((order|ca)=.*$/s,"").trim()} (${n})`}a(Md,"shorten");function Fd(e){try{const t=JSON.parse(e);return typeof t=="object"&&t!==null?t:void 0}catch{return}}a(Fd,"parse$1");const ht=1e4;async function br(e,t){const n=await Ud(e,t);return _r(n,async()=>{if(!t.https)return{raw:n,stream:n,certificate:void 0};const r=await Gd(n,t);return{raw:n,stream:r,certificate:Bd(r,t.host)}})}a(br,"open");async function Hd({raw:e,stream:t,certificate:n},r){try{return await _r(e,async()=>({...await qd(t,r),certificate:n}))}finally{e.destroy()}}a(Hd,"ask");async function _r(e,t){const n=setTimeout(()=>e.destroy(new Error(`no answer within ${ht/1e3} s`)),ht);try{return await t()}catch(r){throw e.destroy(),r}finally{clearTimeout(n)}}a(_r,"timed");async function Ud(e,{https:t,address:n}){const r=t?443:80;try{return await e.dial("127.0.0.1",r)}catch(o){if(!(o instanceof f.DrayageError&&o.code==="SSH_FORWARDING_REFUSED")||n===void 0)throw o;return new Promise((s,i)=>{const d=mt.connect({host:n,port:r,timeout:ht});d.once("connect",()=>s(d)),d.once("error",i),d.once("timeout",()=>d.destroy(new Error(`${n}:${r} does not answer`)))})}}a(Ud,"reach");function Gd(e,{host:t,authorities:n}){return new Promise((r,o)=>{const s=Oe.connect({socket:e,servername:t.replace(/^\*\./,"any."),ca:[...Oe.rootCertificates,...n],rejectUnauthorized:!1,ALPNProtocols:["http/1.1"]});s.once("secureConnect",()=>r(s)),s.once("error",o),e.once("error",o),e.once("close",()=>o(new Error("the connection was closed during the TLS handshake")))})}a(Gd,"secure");function Bd(e,t){const n=e.getPeerCertificate();return{issuer:[n.issuer?.O,n.issuer?.CN].flat().filter(Boolean).join(" ")||"unknown",expires:new Date(n.valid_to),sha256:(n.fingerprint256??"").replaceAll(":","").toLowerCase(),trusted:e.authorized,mismatch:Oe.checkServerIdentity(t.replace(/^\*\./,"any."),n)?.message}}a(Bd,"read");function qd(e,{host:t,path:n}){return new Promise((r,o)=>{const s={Host:t.replace(/^\*\./,"any."),"User-Agent":"drayage",Accept:"*/*",Connection:"close"},i=Kr.request({createConnection:a(()=>e,"createConnection"),method:"GET",path:n,headers:s},d=>{let c="";d.setEncoding("utf8"),d.on("data",u=>{c.length<2e3&&(c+=u)});const l=a(()=>r({status:d.statusCode??0,location:d.headers.location,body:c.slice(0,2e3)}),"answer");d.once("end",l),d.once("error",o)});i.once("error",o),e.once("error",o),i.end()})}a(qd,"get");async function Yd(e,t,n){const r=Date.now();let o=n.opened;for(let s=50;;s=Math.min(s*1.6,1e3)){e.signal.throwIfAborted();const i=await zd(t,n,o);if(o=void 0,"status"in i)return i;const d=Date.now()-r,c=i.code==="CERTIFICATE_NOT_ISSUED",l=c&&d>300?await Ld(t,n.question.host,n.since):void 0,u=c?n.patience.certificate:n.patience.answer;if(l?.final||d>u)throw Wd(t,n,l===void 0?i:{...i,why:l.reason});await M.setTimeout(s,void 0,{signal:e.signal})}}a(Yd,"verifyDomain");async function zd(e,t,n){try{const r=await Hd(await(n??br(e,t.question)),t.question);return Jd(r,t)??r}catch(r){if(r instanceof f.DrayageError&&r.code==="SSH_FORWARDING_REFUSED")throw r;const o=r instanceof Error?r.message:String(r);return t.question.https&&/alert|handshake|SSL/i.test(o)?{code:"CERTIFICATE_NOT_ISSUED",why:"the proxy has no certificate for it"}:{code:"DOMAIN_NOT_ANSWERING",why:o}}}a(zd,"attempt");function Jd(e,{domain:t,directory:n}){const{certificate:r,status:o}=e;if(r!==void 0){const s=a(i=>({code:"CERTIFICATE_NOT_ISSUED",why:i}),"wrong");if(r.mismatch!==void 0)return s(`another certificate is served (${r.mismatch})`);if(/Caddy Local Authority|TRAEFIK DEFAULT CERT/i.test(r.issuer))return s(`the proxy serves a certificate of its own (${r.issuer})`);if(t.certificate.kind==="custom"&&r.sha256!==Kd(t.certificate.cert))return s(`the certificate served is not the one given, but one by ${r.issuer}`);if(t.certificate.kind==="letsencrypt"&&n===le&&!r.trusted)return s(`the certificate by ${r.issuer} is not trusted`);if(r.expires.getTime()<Date.now())return s(`it expired on ${r.expires.toISOString()}`)}if(o>=500)return{code:"DOMAIN_NOT_ANSWERING",why:o===502?"the proxy cannot reach the service (502)":`the service answered ${o}`}}a(Jd,"faultOf$1");function Wd(e,{question:t,patience:n},{code:r,why:o}){const s=`${t.https?"https":"http"}://${t.host}${t.path}`;return r==="CERTIFICATE_NOT_ISSUED"?new f.DrayageError(r,`${e.name}: no certificate for ${t.host}: ${o}`,{hint:`Check that ${t.host} points to ${e.name} and that port 80 is open; the proxy goes on trying by itself.`}):new f.DrayageError(r,`${e.name}: ${s} does not answer as it should: ${o}. Waited ${n.answer/1e3} s.`,{hint:"Look at the service: drayage logs, drayage status"})}a(Wd,"refusal");const Kd=a(e=>new T.X509Certificate(e).fingerprint256.replaceAll(":","").toLowerCase(),"fingerprint");function Vd(e,t,n){const r=Xd(e,t,n);if(r!==void 0)throw new f.DrayageError("CERTIFICATE_INVALID",`The certificate for ${e} cannot be used: ${r}.`,{hint:"Give the chain as `cert`, leaf first, and its unencrypted private key as `key`, both as PEM text."})}a(Vd,"checkPair");function Xd(e,{cert:t,key:n},r){const o=Er(()=>Zd(t))??[],[s]=o;if(s===void 0)return"`cert` holds no certificate in PEM";const i=Er(()=>T.createPrivateKey(n));if(i===void 0)return"`key` is not an unencrypted private key in PEM";if(!s.checkPrivateKey(i))return"`key` does not belong to the first certificate of `cert`";if(s.checkHost(e.replace(/^\*\./,"any."),{subject:"never"})===void 0)return`it is for ${s.subjectAltName?.replaceAll("DNS:","")??"no name at all"}`;if(Date.parse(s.validTo)<=r.getTime())return`it expired on ${s.validTo}`;if(Date.parse(s.validFrom)>r.getTime())return`it is not valid before ${s.validFrom}`;const d=o.findIndex((c,l)=>l>0&&!o[l-1]?.checkIssued(c));return d<0?void 0:`certificate ${d+1} in \`cert\` did not sign certificate ${d}`}a(Xd,"faultOf");function Zd(e){return(e.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)??[]).map(n=>new T.X509Certificate(n))}a(Zd,"readChain");function Er(e){try{return e()}catch{return}}a(Er,"parse");function Sr(e,t,n){const r=f.ownerOf(e,t),{proxy:o}=e;if(o===void 0)throw new f.DrayageError("DOMAIN_IMPOSSIBLE",`The service ${t.name} has domains, but drayage.yml has no proxy.`,{hint:"Add it: proxy: { type: caddy, servers: [<name>], email: <address> }"});const s=t.domains.flatMap(p=>Qd(e,t,p,n));f.throwAll(s);const i=new Map,d=t.domains.map(p=>el(p,i)),{directory:c,ca:l}=o.acme,u=l===void 0?void 0:{name:`${Or(l)}.pem`,pem:`${l.trim()}
`},m={directory:c,...o.email===void 0?{}:{email:o.email},...u===void 0?{}:{authority:u.name}};return{route:{version:1,resource:f.resourceName(r),network:f.networkName(r),owner:f.ownerLabels(r),...d.some(({certificate:p})=>p.kind==="letsencrypt")?{acme:m}:{},domains:d},certificates:i,authority:d.some(({certificate:p})=>p.kind==="letsencrypt")?u:void 0}}a(Sr,"wishFor");function Qd(e,t,n,r){const{host:o,https:s,certificate:i}=n,d=a((l,u)=>new f.DrayageError("DOMAIN_IMPOSSIBLE",`${o} (service ${t.name}): ${l}.`,{hint:u}),"impossible"),c=[];if(ue(o)===""&&c.push(d("this is not a host name","Write it without scheme, port and path.")),s&&i.kind==="none"&&c.push(d("`https: true` and `certificate: none` exclude each other","Set https: false where TLS ends before this server, else certificate: letsencrypt.")),s&&i.kind==="letsencrypt"){o.startsWith("*.")&&c.push(d("a wildcard cannot be proven by HTTP-01, the only challenge so far","Name the hosts one by one, or give certificate: { cert, key }."));const l=e.proxy?.servers??[];l.length>1&&c.push(d(`${l.join(" and ")} would each ask for a certificate, and the answers to the challenges would meet the wrong one`,"Give certificate: { cert, key }, or keep one server in proxy.servers."))}if(s&&i.kind==="custom")try{Vd(ue(o),{cert:i.cert,key:i.key.reveal()},r)}catch(l){if(!(l instanceof f.DrayageError))throw l;c.push(l)}return c}a(Qd,"faultsOf");function el(e,t){const n={host:ue(e.host),path:e.path,port:e.port,https:e.https},{certificate:r}=e;if(!e.https)return{...n,certificate:{kind:"none"}};if(r.kind!=="custom")return{...n,certificate:{kind:r.kind}};const o=Or(r.cert);return t.set(o,{cert:`${r.cert.trim()}
`,key:`${r.key.reveal().trim()}
`}),{...n,certificate:{kind:"custom",name:o}}}a(el,"routeDomain");const Or=a(e=>T.createHash("sha256").update(e.trim()).digest("hex").slice(0,16),"hashOf");var Dr=a((e,t)=>(t=Symbol[e])?t:Symbol.for("Symbol."+e),"__knownSymbol$2"),Tr=a(e=>{throw TypeError(e)},"__typeError$2"),tl=a((e,t,n)=>{if(t!=null){typeof t!="object"&&typeof t!="function"&&Tr("Object expected");var r,o;r=t[Dr("asyncDispose")],r===void 0&&(r=t[Dr("dispose")],o=r),typeof r!="function"&&Tr("Object not disposable"),o&&(r=a(function(){try{o.call(this)}catch(s){return Promise.reject(s)}},"dispose")),e.push([n,r,t])}else e.push([n]);return t},"__using$2"),nl=a((e,t,n)=>{var r=typeof SuppressedError=="function"?SuppressedError:function(i,d,c,l){return l=Error(c),l.name="SuppressedError",l.error=i,l.suppressed=d,l},o=a(i=>t=n?new r(i,t,"An error was suppressed during disposal"):(n=!0,i),"fail"),s=a(i=>{for(;i=e.pop();)try{var d=i[1]&&i[1].call(i[2]);if(i[0])return Promise.resolve(d).then(s,c=>(o(c),s()))}catch(c){o(c)}if(n)throw t},"next");return s()},"__callDispose$2");const rl={certificate:9e4,answer:3e4};async function Ar(e,t){const{project:n,service:r}=t,{proxy:o}=n;if(r.domains.length===0&&o===void 0)return[];const s=Sr(n,r,new Date);return e.report.phase(`Configure the domains of ${r.name}`,async i=>(await Promise.all((o?.servers??[]).map(async c=>ol(e,t,s,await e.connect(c),i)))).flat())}a(Ar,"configureDomains");async function ol(e,t,n,r,o){const{plan:s,since:i}=await sl(e,t,n,r,o),{domains:d}=t.service;return t.dryRun?d.map(c=>({url:Ee(ft(c)),node:r.name,changed:s?.changes??[]})):Promise.all(d.map(c=>al(e,t,{server:r,domain:c,since:i,plan:s,phase:o})))}a(ol,"configureNode");async function sl(e,{project:t,dryRun:n,lease:r,ahead:o},s,i,d){var c=[];try{const p=t.proxy?.type;if(p===void 0||p==="external")return d.note(`${i.name}: the proxy is not Drayage's; it is asked, not configured.`),{plan:void 0,since:0};const{resource:g,network:k}=s.route,y=a(async()=>{const E=await $r(i,{resource:g,network:k,kind:p});return{plan:gr(i.name,p,s,E),now:E.now}},"look"),v=o?.on(i.name),w=v!==void 0&&(n||v.plan.changes.length===0)?v:await y();w.plan.changes.length===0&&d.note(`${i.name}: the domains are configured already, nothing to do.`);for(const E of w.plan.changes)d.note(`${i.name}: ${E}`);if(n||w.plan.changes.length===0)return{plan:w.plan,since:w.now-600};const b=tl(c,r===void 0?await il(e,i,g,d):void 0,!0),_=(r??b)?.guard(i.name)??"";let S=b===void 0?w:await y();for(let E=0;E<5;E++){if(await fd(i,{plan:S.plan,wish:s,guard:_}))return{plan:w.plan,since:S.now};d.note(`${i.name}: another project changed the proxy meanwhile; planning again.`),S=await y()}throw new f.DrayageError("LOCK_HELD",`${i.name}: other runs keep changing the proxy.`,{hint:"Try again in a minute."})}catch(p){var l=p,u=!0}finally{var m=nl(c,l,u);m&&await m}}a(sl,"bringIntoForce");function il(e,t,n,r){return $.acquireAll([t],`${n}.domains`,e.run,{wait:6e4,signal:e.signal,onWait:a(({who:o,since:s})=>r.note(`${t.name}: waiting for ${o}, who has been changing its domains since ${s}`),"onWait")})}a(il,"lock");async function al(e,t,n){const{server:r,domain:o,since:s,plan:i,phase:d}=n,{project:c}=t,l=ft(o),u=Ee(l),m=c.proxy?.acme.directory,p=o.https&&o.certificate.kind==="letsencrypt"&&m===le,g=(c.proxy?.servers??[]).flatMap(y=>c.servers[y]?.host??[]),k=p?$d(md(),l.host,g):Promise.resolve([]);try{const y=await Yd(e,r,{domain:o,question:kr(c,r.name,o),opened:t.ahead?.take(r.name,o),directory:o.certificate.kind==="letsencrypt"?m:void 0,since:s,patience:t.patience??rl});for(const _ of await k)e.report.warn(_);const{certificate:v,status:w}=y,b=v===void 0?"":`, certificate by ${v.issuer} until ${v.expires.toISOString().slice(0,10)}`;return d.note(`${r.name}: ${u} answers ${w}${b}`),w===404&&e.report.warn(`${u} answers 404: the service runs, but has nothing at this path.`),{url:u,node:r.name,status:w,certificateIssuer:v?.issuer,certificateExpires:v?.expires,changed:i?.changes??[]}}catch(y){for(const v of await k)e.report.warn(v);throw y}}a(al,"verify");const cl=Object.freeze(Object.defineProperty({__proto__:null,configureDomains:Ar},Symbol.toStringTag,{value:"Module"}));async function pt(e,t){const{servers:n,resource:r}=ae(t),o=await Promise.all(n.map(async i=>Ir(await e.connect(i),r,e.signal))),s=new Map;for(const[i,d]of o.entries()){const c=n[i]??"";for(const{record:l,isCurrent:u}of d){const m=s.get(l.id);s.set(l.id,{record:m===void 0||m.record.status==="done"?l:m.record,servers:[...m?.servers??[],c],isCurrent:u||(m?.isCurrent??!1)})}}return[...s.values()].sort((i,d)=>i.record.id<d.record.id?1:-1)}a(pt,"deploymentHistory");function ae({project:e,service:t}){const n=h.pickService(e,t),r=f.ownerOf(e,n);return{service:n,owner:r,resource:f.resourceName(r),servers:n.deploy.servers}}a(ae,"placeOf");async function Ir(e,t,n){const{stdout:r}=await e.script(dl(e.account.stateDir,t),{purpose:"Reading the deployments",repeatable:!0,signal:n});return xr(r)}a(Ir,"readHistory");function dl(e,t){const{folder:n}=re(e,t);return`cd ${$.quote(n)} 2>/dev/null || exit 0
echo "current $(cat current 2>/dev/null)"
for record in $(ls -r | grep '\\.json$'); do
  life=ended
  if grep -qF '"status":"running"' "$record"; then
    life=running
    [ -e "\${record%.json}.log" ] && flock -n "\${record%.json}.log" true && life=dead
  fi
  printf '%s ' "$life"
  cat "$record"
done
`}a(dl,"historyScript");function xr(e){const t=e.split(`
`),n=t.find(r=>r.startsWith("current "))?.slice(8);return t.flatMap(r=>{const[o=""]=r.split(" ",1),s=["ended","running","dead"].includes(o)?xn(r.slice(o.length+1)):void 0;return s===void 0?[]:[{record:o==="dead"?ll(s):s,isCurrent:s.id===n}]})}a(xr,"parseHistory");function ll(e){return{...e,status:"error",errorCode:"JOB_LOST",errorMessage:"The deployment ended without a result: the node was restarted, or its job was killed."}}a(ll,"deadRecord");const ul=Object.freeze(Object.defineProperty({__proto__:null,deploymentHistory:pt,parseHistory:xr,placeOf:ae,readHistory:Ir},Symbol.toStringTag,{value:"Module"}));async function fl(e,t){const n=await pt(e,t),r=Rr(t.service,n,t.to);return Nr(e,t,r,`Roll back to ${r.id}`,!1)}a(fl,"rollbackService");async function hl(e,t){const r=(await pt(e,t)).find(o=>o.isCurrent)?.record;if(r===void 0)throw new f.DrayageError("DEPLOYMENT_NOT_FOUND",`Service ${t.service} was never deployed here.`,{hint:"drayage up"});return Nr(e,t,r,`Redeploy ${r.id}`,!0)}a(hl,"redeployService");function Rr(e,t,n){const r=t.find(l=>l.isCurrent)?.record,o=t.map(l=>l.record).filter(l=>l.status==="done");if(n===void 0){const l=o.find(u=>r!==void 0&&u.id<r.id&&u.specHash!==r.specHash);if(l!==void 0)return l;throw new f.DrayageError("DEPLOYMENT_NOT_FOUND",`Service ${e} has no earlier deployment to go back to; ${o.length} succeeded so far.`,{hint:`drayage history --service ${e}`})}const s=o.filter(l=>l.id.startsWith(n)),[i]=s;if(i!==void 0&&s.length===1)return i;const d=t.find(l=>l.record.id.startsWith(n)&&l.record.status!=="done"),c=s.length>1?`${s.length} deployments begin with it`:d===void 0?"there is no record of it":`it did not succeed (${d.record.status})`;throw new f.DrayageError("DEPLOYMENT_NOT_FOUND",`Service ${e} cannot go back to '${n}': ${c}.`,{hint:`drayage history --service ${e}`})}a(Rr,"chooseTarget");async function Nr(e,t,n,r,o){const{service:s,resource:i}=ae(t),d=await ml(e,await pl(e,s),i,n.spec),c=t.refreshSecrets===!0?$l(i,s,n.spec,d):{spec:n.spec,secrets:d};return lr(e,{project:t.project,service:s,image:n.pinnedImage,mode:n.mode,resolve:a(()=>c,"resolve"),commit:n.commit,title:r,force:o,dryRun:t.dryRun??!1,lease:t.lease,lockWait:t.lockWait})}a(Nr,"again");async function pl(e,t){return Promise.all(t.deploy.servers.map(n=>e.connect(n)))}a(pl,"holderOf");async function ml(e,t,n,r){const o=ot(r),s=new Map;if(o.length===0)return s;await Promise.all(t.map(async i=>{const{secrets:d}=re(i.account.stateDir,n),c=o.map(u=>`[ -e ${$.quote(`${d}/${u}`)} ] && echo "${u} $(base64 <${$.quote(`${d}/${u}`)} | tr -d '\\n')"`).join(`
`),{stdout:l}=await i.script(`${c}
:`,{purpose:"Reading the stored secrets",repeatable:!0});for(const u of l.split(`
`)){const[m,p]=u.split(" ");m!==void 0&&p!==void 0&&s.set(m,Buffer.from(p,"base64").toString("utf8"))}}));for(const i of s.values())e.report.mask(i);return s}a(ml,"readSecrets");function $l(e,t,n,r){const o=Qn(e,t.deploy,t.domains,n.image),s=Object.fromEntries(Object.entries(n.env).map(([d,c])=>[d,_e(c)?o.spec.env[d]??c:c])),i=Object.fromEntries(Object.entries(n.secrets).map(([d,c])=>[d,o.spec.secrets[d]??c]));return{spec:{...n,env:s,secrets:i},secrets:new Map([...r,...o.secrets])}}a($l,"refreshed");const gl=Object.freeze(Object.defineProperty({__proto__:null,chooseTarget:Rr,redeployService:hl,rollbackService:fl},Symbol.toStringTag,{value:"Module"}));async function jr(e,t){const{servers:n,owner:r,resource:o}=ae(t);return Promise.all(n.map(async s=>{const i=await e.connect(s),d={owner:r,resource:o,stateDir:i.account.stateDir},{stdout:c,stderr:l}=await i.script(ke(d),{purpose:"Looking at the node",repeatable:!0,accept:"any",signal:e.signal}),{current:u,containers:m}=be(c,l,d,s);return{server:s,current:u,containers:m.map(p=>({...p,isServing:p.state==="running"&&p.deployment===u?.id}))}}))}a(jr,"serviceStatus");const wl=Object.freeze(Object.defineProperty({__proto__:null,serviceStatus:jr},Symbol.toStringTag,{value:"Module"}));async function yl(e,t){const{servers:n,owner:r}=ae(t),o=Object.entries(f.ownerLabels(r)).flatMap(([s,i])=>["--filter",`label=${s}=${i}`]);await Promise.all(n.map(async s=>{const i=await e.connect(s),d=$.quoteArgv(["docker","ps","--all","--format","{{.Names}}",...o]),{stdout:c}=await i.script(d,{purpose:"Listing the containers",signal:e.signal});await Promise.all(c.split(`
`).filter(l=>l!=="").map(l=>{const u=t.follow===!0?"--follow ":"";return i.run(["sh","-c",`exec docker logs ${u}--tail ${t.tail} ${$.quote(l)} 2>&1`],{onOutput:a(m=>t.onOutput(m,`${s} ${l}`),"onOutput"),purpose:`Reading the logs of ${l}`,signal:e.signal})}))}))}a(yl,"serviceLogs");const vl=Object.freeze(Object.defineProperty({__proto__:null,serviceLogs:yl},Symbol.toStringTag,{value:"Module"}));class Se{static{a(this,"DomainsAhead")}#e;#t=new Map;constructor(t,n){this.#e={project:t,service:n}}static async look(t,n,r){const o=new Se(n,r),{proxy:s}=n;if(r.domains.length===0||s===void 0||s.type==="external")return o;const i=Sr(n,r,new Date),{resource:d,network:c}=i.route,l=s.type;return await Promise.all(s.servers.map(async u=>{const m=await t.connect(u),p=await $r(m,{resource:d,network:c,kind:l}),g=gr(u,l,i,{...p,network:p.network??{}});o.#t.set(u,{server:m,plan:g,now:p.now,opened:new Map})})),o}open(){const{project:t,service:n}=this.#e;for(const{server:r,plan:o,opened:s}of this.#t.values())if(!(o.changes.length>0))for(const i of n.domains){const d=br(r,kr(t,r.name,i));d.catch(()=>{}),s.set(i,d)}}on(t){return this.#t.get(t)}take(t,n){const r=this.#t.get(t)?.opened,o=r?.get(n);return r?.delete(n),o}[Symbol.dispose](){for(const{opened:t}of this.#t.values()){for(const n of t.values())n.then(({raw:r})=>r.destroy()).catch(()=>{});t.clear()}}}const kl=60;async function bl(e,t,n){const r=Pr(e,t).catch(()=>{});t.length>0&&await Promise.race([r,M.setTimeout(kl)]),await Pr(e,[...t,...n])}a(bl,"reachAll");async function Pr(e,t){const r=(await Promise.allSettled(t.map(s=>e.connect(s)))).flatMap(s=>s.status==="rejected"?[s.reason]:[]),o=r.find(s=>!(s instanceof f.DrayageError));if(o!==void 0)throw o;f.throwAll(r.filter(s=>s instanceof f.DrayageError))}a(Pr,"connectAll");async function _l(e,t,n){const{source:r}=n,o=r.kind==="git"?r.url:r.kind==="path"?`the folder ${r.path}`:r.image;return e.report.note(`${n.name}: an image would be built from ${o}; its digest is not known before.`),(await jr(e,{project:t,service:n.name})).find(({current:i})=>i!==void 0)?.current?.pinnedImage}a(_l,"foreseenImage");var Lr=a((e,t)=>(t=Symbol[e])?t:Symbol.for("Symbol."+e),"__knownSymbol$1"),Cr=a(e=>{throw TypeError(e)},"__typeError$1"),El=a((e,t,n)=>{if(t!=null){typeof t!="object"&&typeof t!="function"&&Cr("Object expected");var r,o;r=t[Lr("asyncDispose")],r===void 0&&(r=t[Lr("dispose")],o=r),typeof r!="function"&&Cr("Object not disposable"),o&&(r=a(function(){try{o.call(this)}catch(s){return Promise.reject(s)}},"dispose")),e.push([n,r,t])}else e.push([n]);return t},"__using$1"),Sl=a((e,t,n)=>{var r=typeof SuppressedError=="function"?SuppressedError:function(i,d,c,l){return l=Error(c),l.name="SuppressedError",l.error=i,l.suppressed=d,l},o=a(i=>t=n?new r(i,t,"An error was suppressed during disposal"):(n=!0,i),"fail"),s=a(i=>{for(;i=e.pop();)try{var d=i[1]&&i[1].call(i[2]);if(i[0])return Promise.resolve(d).then(s,c=>(o(c),s()))}catch(c){o(c)}if(n)throw t},"next");return s()},"__callDispose$1");async function Mr(e,t,n,r){const o=[];for(const s of n)o.push(await Ol(e,t,s,r));return o}a(Mr,"makeImages");async function Ol(e,{project:t,git:n,dryRun:r},o,{reachable:s,ready:i}){var d=[];try{if(o.source.kind==="image")return{service:o,image:o.source.image};if(r)return await i,{service:o,image:await _l(e,t,o),commit:n.sha};const m={project:t,service:o.name,git:n,reachable:s,ready:i};if(o.image===void 0){const _=await We(e,m);return{service:o,image:_.imageId,commit:_.sourceCommit}}const p=El(d,new Ke(e,{...m,server:o.build?.servers[0]??""}),!0),g=await We(e,{...m,followUp:a(_=>p.followUp(_),"followUp")}),k=await p.finish(g),[y=""]=g.platforms,[v,w]=y.split("/"),b={platform:`${v}/${w}`,user:g.user};return{service:o,image:k.pinnedImage,commit:g.sourceCommit,fresh:b}}catch(m){var c=m,l=!0}finally{var u=Sl(d,c,l);u&&await u}}a(Ol,"makeImage");function Dl(e,t){const n=new Set(t.flatMap(({build:s})=>s?.servers??[])),r=t.some(({domains:s})=>s.length>0)?e.proxy?.servers??[]:[],o=new Set([...t.flatMap(({deploy:s})=>s.servers),...r]);return{builders:[...n],nodes:[...o].filter(s=>!n.has(s))}}a(Dl,"serversOf");async function Tl(e,t){const n=new AbortController,r={...e,signal:AbortSignal.any([e.signal,n.signal])},o=t.map(async d=>{try{return await d(r)}catch(c){throw n.signal.aborted||n.abort(new f.DrayageError("CANCELLED","Another part of this run has failed.")),c}}),s=await Promise.allSettled(o),i=s.flatMap(d=>d.status==="rejected"?[d.reason]:[]);return i.length>0&&Al(i),s.map(d=>d.status==="fulfilled"?d.value:void 0)}a(Tl,"together");function Al(e){const t=[...new Set(e)].flatMap(s=>s instanceof f.ManyErrors?[...s.errors]:[s]),n=t.filter(s=>s instanceof f.DrayageError),r=t.find(s=>!(s instanceof f.DrayageError));if(r!==void 0)throw r;const o=n.filter(({code:s})=>s!=="CANCELLED");throw f.throwAll(o),n[0]}a(Al,"throwCauses");var Il=a((e,t)=>(t=Symbol[e])?t:Symbol.for("Symbol."+e),"__knownSymbol"),Fr=a(e=>{throw TypeError(e)},"__typeError"),xl=a((e,t,n)=>{if(t!=null){typeof t!="object"&&typeof t!="function"&&Fr("Object expected");var r,o;r===void 0&&(r=t[Il("dispose")]),typeof r!="function"&&Fr("Object not disposable"),o&&(r=a(function(){try{o.call(this)}catch(s){return Promise.reject(s)}},"dispose")),e.push([n,r,t])}return t},"__using"),Rl=a((e,t,n)=>{var r=typeof SuppressedError=="function"?SuppressedError:function(i,d,c,l){return l=Error(c),l.name="SuppressedError",l.error=i,l.suppressed=d,l},o=a(i=>t=n?new r(i,t,"An error was suppressed during disposal"):(n=!0,i),"fail"),s=a(i=>{for(;i=e.pop();)try{var d=i[1]&&i[1].call(i[2]);if(i[0])return Promise.resolve(d).then(s,c=>(o(c),s()))}catch(c){o(c)}if(n)throw t},"next");return s()},"__callDispose");async function Nl(e,t){const{project:n}=t,r=h.pickServices(n,t.services),{builders:o,nodes:s}=Dl(n,r),i=bl(e,o,s);if(i.catch(()=>{}),t.dryRun)return await i,Ll(e,t,r,[...o,...s]);const[d,c]=Cl(),[l,u,m]=await Tl(e,[g=>d(Hr(g,t,o,i)),g=>Mr(g,t,r,{reachable:i,ready:c}),async g=>{await i,await Promise.race([c,M.setTimeout(jl)]),g.signal.throwIfAborted();const k=await Hr(g,t,s,i);return await c,{changed:k,ahead:await Pl(g,t,r)}}]),p=[];for(const g of u)p.push(await Br(e,t,g,m.ahead.get(g.service.name)));return{services:p,setup:[...l,...m.changed]}}a(Nl,"up");const jl=200;async function Pl(e,{project:t},n){const r=await Promise.all(n.map(async o=>{const s=await td(e,t,o),i=await Se.look(e,t,o);return[o.name,{sighting:s,domains:i}]}));return new Map(r)}a(Pl,"lookAhead");async function Ll(e,t,n,r){const{project:o}=t,s=await Ur(e,t,r),i=s.flatMap(Gr);for(const l of i)e.report.note(`setup of ${l}`);const d=new Set(s.flatMap(({server:l,changed:u})=>u.length>0?[l]:[])),c=[];for(const l of n)if([...l.deploy.servers,...l.domains.length>0?o.proxy?.servers??[]:[]].some(m=>d.has(m)))e.report.note(`${l.name}: would be deployed after that; what that changes is not known before.`),c.push({service:l.name,deployment:qr,domains:[]});else{const m={reachable:Promise.resolve(),ready:Promise.resolve()},[p]=await Mr(e,t,[l],m),g=await Se.look(e,o,l);p!==void 0&&c.push(await Br(e,t,p,{sighting:void 0,domains:g}))}return{services:c,setup:i}}a(Ll,"preview");function Cl(){let e=a(()=>{},"settle");const t=new Promise(n=>{e=n});return t.catch(()=>{}),[n=>(e(n),n),t]}a(Cl,"promised");async function Hr(e,t,n,r){const o=await Ur(e,t,n,r);return await r,o.flatMap(Gr)}a(Hr,"setUp");async function Ur(e,{project:t,setup:n,dryRun:r},o,s){return o.length===0?[]:Nt(e,{project:t,servers:o,mode:n,dryRun:r,reachable:s})}a(Ur,"setupReports");const Gr=a(({server:e,changed:t})=>t.map(n=>`${e}: ${n}`),"linesOf");async function Br(e,{project:t,title:n,dryRun:r},{service:o,image:s,commit:i,fresh:d},c){var l=[];try{const p={project:t,service:o.name,commit:i,title:n,dryRun:r,fresh:d,sighting:c?.sighting},g=xl(l,c?.domains);r||g?.open();const k=s===void 0?qr:await hr(e,{...p,image:s}),y=o.domains.length===0?[]:await Ar(e,{project:t,service:o,dryRun:r,ahead:g});return{service:o.name,image:s,commit:i,deployment:k,domains:y}}catch(p){var u=p,m=!0}finally{Rl(l,u,m)}}a(Br,"deployOne");const qr={deploymentId:"",status:"planned",pinnedImage:"",previousImage:void 0,nodes:[]},Ml=Object.freeze(Object.defineProperty({__proto__:null,up:Nl},Symbol.toStringTag,{value:"Module"}));exports.build=Gi,exports.configure=cl,exports.deploy=ad,exports.history=ul,exports.logs=vl,exports.push=pa,exports.rollback=gl,exports.setup=Is,exports.status=wl,exports.up=Ml;
