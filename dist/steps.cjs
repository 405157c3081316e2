"use strict";var hn=Object.defineProperty;var a=(e,t)=>hn(e,"name",{value:t,configurable:!0});const _=require("./engine.cjs"),f=require("./base.cjs"),$=require("./transport.cjs"),S=require("node:path"),D=require("node:crypto"),we=require("node:fs/promises"),B=require("node:timers/promises"),Qe=require("./archive.cjs"),R=require("node:fs"),pn=require("node:stream"),et=require("node:stream/promises"),mn=require("node:zlib"),$n=require("node:url"),h=require("./config.cjs"),gn=require("node:dns/promises"),tt=require("node:net"),wn=require("node:http"),K=require("node:tls"),rt=require("./undici.cjs"),ye=a(e=>e==="blue"?"green":"blue","otherSlot"),oe=a((e,t)=>`${e}-${t}`,"slotName");function H(e){const t=`${e}/proxy`;return{root:t,active:`${t}/active`,dynamic:`${t}/dynamic`,slots:`${t}/slots`}}a(H,"proxyPaths");const G="/drayage",x={active:`${G}/active`,dynamic:`${G}/dynamic`,certificates:`${G}/certificates`,authorities:`${G}/authorities`,caddyConfig:`${G}/caddy.json`,traefikConfig:`${G}/traefik.yml`,adminSocket:"/run/drayage/admin.sock",data:"/data"},O="drayage-proxy",yn="drayage-proxy-data",ve=`${f.labelPrefix}.proxy`,ke=`${f.labelPrefix}.proxy-spec`;function q(e){const{root:t}=H(e);return{routes:`${t}/routes`,certificates:`${t}/certificates`,authorities:`${t}/authorities`,caddyConfig:`${t}/caddy.json`,traefikConfig:`${t}/traefik.yml`,dynamic:H(e).dynamic,lock:`${t}/lock`}}a(q,"proxyFiles");const vn={caddy:"caddy:2",traefik:"traefik:v3.6"};function kn(e,{stateDir:t,image:r=vn[e]}){const n=["--restart","unless-stopped","--stop-timeout","30","--publish","80:80/tcp","--publish","443:443/tcp","--publish","443:443/udp","--volume",`${H(t).root}:${G}`,"--volume",`${yn}:${x.data}`,"--tmpfs","/run/drayage:mode=700","--log-driver","json-file","--log-opt","max-size=10m","--log-opt","max-file=3"],o=e==="caddy"?["caddy","run","--config",x.caddyConfig]:["traefik",`--configFile=${x.traefikConfig}`],s=D.createHash("sha256").update(JSON.stringify([r,n,o])).digest("hex").slice(0,12);return{kind:e,image:r,options:n,command:o,hash:s}}a(kn,"proxyContainerSpec");const se="drayage-proxy-guard",be=`${f.labelPrefix}.proxy-guard`,Ee="1",_e="drayage-empty:1",bn=`trap 'exit 0' TERM INT
while :; do
  case $(docker inspect -f '{{.State.Status}} {{.State.Error}}' ${O} 2>/dev/null) in
    running*) docker wait ${O} >/dev/null 2>&1 & wait $! ;;
    exited*network* | created*network*) docker start ${O} & wait $! ;;
  esac
  sleep 3 & wait $!
done`;function En(){const e=["docker","run","--detach","--name",se,"--label",`${be}=${Ee}`],t=["--restart","unless-stopped","--network","none","--security-opt","label=disable"],r=["--mount","type=bind,source=/var/run/docker.sock,target=/var/run/docker.sock"];return`if [ "$(docker inspect -f '{{index .Config.Labels "${be}"}} {{.State.Running}}' ${se} 2>/dev/null)" != '${Ee} true' ]; then
  docker rm -f ${se} >/dev/null 2>&1 || true
  docker image inspect ${_e} >/dev/null 2>&1 || head -c 1024 /dev/zero | docker import - ${_e} >/dev/null
  set --
  for folder in /bin /lib /lib64 /usr; do
    [ -d $folder ] && set -- "$@" --mount type=bind,source=$folder,target=$folder,readonly
  done
  ${$.quoteArgv([...e,...t,...r])} "$@" ${$.quoteArgv([_e,"/bin/sh","-c",bn])} >/dev/null
fi
`}a(En,"startGuardScript");function _n(e){return typeof e=="object"&&e!==null&&e[be]===Ee}a(_n,"isGuard");const Sn=h.discriminatedUnion("kind",[h.strictObject({kind:h.literal("letsencrypt")}),h.strictObject({kind:h.literal("none")}),h.strictObject({kind:h.literal("custom"),name:h.string().regex(/^[a-z0-9-]+$/)})]),Dn=h.strictObject({host:h.string().min(1),path:h.string().startsWith("/"),port:h.int().min(1).max(65535),https:h.boolean(),certificate:Sn}),nt=h.strictObject({version:h.literal(1),resource:h.string().regex(/^[a-z0-9][a-z0-9.-]*$/),network:h.string().min(1),owner:h.record(h.string(),h.string()),acme:h.strictObject({directory:h.url(),email:h.string().optional(),authority:h.string().regex(/^[a-z0-9-]+\.pem$/).optional()}).optional(),domains:h.array(Dn)}),ie="https://acme-v02.api.letsencrypt.org/directory";function Se(e){return`${JSON.stringify(nt.parse(e),null,2)}
`}a(Se,"printRoute");function On(e){try{return nt.parse(JSON.parse(e))}catch{return}}a(On,"parseRoute");function ae(e){const t=e.startsWith("*."),r=$n.domainToASCII(t?e.slice(2):e).toLowerCase();return t&&r!==""?`*.${r}`:r}a(ae,"asciiHost");function Tn(e,t){return Number(e.host.startsWith("*"))-Number(t.host.startsWith("*"))||ot(e.host,t.host)||Y(t.path).length-Y(e.path).length||ot(e.path,t.path)}a(Tn,"byPrecedence");const Y=a(e=>e.replace(/\/+$/,""),"trimmed"),ot=a((e,t)=>e<t?-1:e>t?1:0,"compare");function In(e){const t=new Map,r=new Set;for(const{route:o,domain:s}of e)s.certificate.kind==="custom"&&r.add(s.certificate.name),!(s.certificate.kind!=="letsencrypt"||t.has(s.host))&&t.set(s.host,o.acme??{directory:ie});const n=[...r].sort().map(o=>({certificate:`${x.certificates}/${o}.crt`,key:`${x.certificates}/${o}.key`}));return{certificates:{...t.size===0?{}:{automate:[...t.keys()].sort()},...n.length===0?{}:{load_files:n}},automation:{policies:An(t)}}}a(In,"tlsApp");function An(e){const t=new Map;for(const[r,n]of e){const o=JSON.stringify([n.directory,n.email,n.authority]),s=t.get(o)??{acme:n,subjects:[]};s.subjects.push(r),t.set(o,s)}return[...t.values()].map(({acme:r,subjects:n})=>({subjects:n.sort(),issuers:[xn(r)]}))}a(An,"policies");function xn(e){return{module:"acme",ca:e.directory,...e.email===void 0?{}:{email:e.email},...e.authority===void 0?{}:{trusted_roots_pem_files:[`${x.authorities}/${e.authority}`]},challenges:{"tls-alpn":{disabled:!0}}}}a(xn,"issuer");const Nn="5s",Rn="50ms",jn="3s";function st(e,t){return{handler:"reverse_proxy",upstreams:[{dial:`${e}:${t}`}],load_balancing:{try_duration:Nn,try_interval:Rn},transport:{protocol:"http",dial_timeout:"2s",keep_alive:{idle_timeout:jn,max_idle_conns_per_host:128}}}}a(st,"reverseProxy");function Pn(e,t){return[{file:{root:`${x.active}/${e}`,try_files:[`/${t}`]}}]}a(Pn,"whenActive");function Ln(e,t){const r=a(o=>({match:Pn(e,o),handle:[st(oe(e,o),t)],terminal:!0}),"toSlot");return[{handler:"subroute",routes:[r("green"),r("blue"),r("green"),{handle:[st(e,t)]}]}]}a(Ln,"toService");function Cn(e){return e.flatMap(t=>t.domains.map(r=>({route:t,domain:r}))).sort((t,r)=>Tn(t.domain,r.domain))}a(Cn,"entriesOf");function it(e){const t=Cn(e),r=t.filter(({domain:o})=>o.https),n=t.map(o=>o.domain.https?Fn(o):ct(o));return{admin:{listen:`unix/${x.adminSocket}`,config:{persist:!1}},logging:{logs:{default:{level:"INFO",writer:{output:"stderr"},encoder:{format:"json"}}}},storage:{module:"file_system",root:`${x.data}/caddy`},apps:{http:{grace_period:"10m",servers:{http:at(":80",n),...r.length===0?{}:{https:{...at(":443",r.map(ct)),...Mn}}}},tls:In(r)}}}a(it,"caddyConfig");const Mn={tls_connection_policies:[{}]};function at(e,t){const r={handle:[{handler:"static_response",status_code:404,body:`No such domain on this server.
`}]};return{listen:[e],automatic_https:{disable:!0},routes:[...t,r]}}a(at,"server");function ct({route:e,domain:t}){return{match:[dt(t)],handle:Ln(e.resource,t.port),terminal:!0}}a(ct,"forward");function Fn({domain:e}){const t={Location:["https://{http.request.host}{http.request.uri}"],Connection:["close"]};return{match:[dt(e)],handle:[{handler:"static_response",status_code:308,headers:t}],terminal:!0}}a(Fn,"redirect");function dt(e){const t=Y(e.path);return{host:[e.host],...t===""?{}:{path:[t,`${t}/*`]}}}a(dt,"matcher");function De(e={directory:ie}){const t=JSON.stringify([e.directory,e.email??"",e.authority??""]);return`acme-${D.createHash("sha256").update(t).digest("hex").slice(0,8)}`}a(De,"resolverName");function lt(e){const t=new Map(e.map(n=>[De(n),n])),r={respondingTimeouts:{readTimeout:"600s",idleTimeout:"180s"}};return h.distExports.stringify({global:{checkNewVersion:!1,sendAnonymousUsage:!1},log:{level:"INFO",format:"json"},entryPoints:{web:{address:":80",transport:r},websecure:{address:":443",http3:{},transport:r}},providers:{file:{directory:x.dynamic,watch:!0}},...t.size===0?{}:{certificatesResolvers:Object.fromEntries([...t].map(([n,o])=>[n,Un(n,o)]))}},{lineWidth:0,aliasDuplicateObjects:!1})}a(lt,"traefikStatic");function Un(e,t){return{acme:{caServer:t.directory,...t.email===void 0?{}:{email:t.email},...t.authority===void 0?{}:{caCertificates:[`${x.authorities}/${t.authority}`]},storage:`${x.data}/${e}.json`,httpChallenge:{entryPoint:"web"}}}}a(Un,"resolver");const ce="000-drayage-proxy";function Hn(e,t){const r=H(t),n=q(t),[o,s]=e.kind==="caddy"?[n.caddyConfig,JSON.stringify(it([]),null,2)]:[n.traefikConfig,lt([])],i=[r.root,r.active,r.dynamic,r.slots,n.routes,n.authorities],c=["docker","create","--name",O,"--network",ce,"--label",`${ve}=${e.kind}`,"--label",`${ke}=${e.hash}`,...e.options,e.image,...e.command];return`umask 022
mkdir -p ${$.quoteArgv(i)}
mkdir -p -m 700 ${$.quote(n.certificates)}
if [ ! -s ${$.quote(o)} ]; then
  cat >${$.quote(`${o}.next`)} <<'END_OF_CONFIG'
${s.trimEnd()}
END_OF_CONFIG
  mv -f ${$.quote(`${o}.next`)} ${$.quote(o)}
fi
docker network inspect ${ce} >/dev/null 2>&1 || docker network create ${ce} >/dev/null
if [ "$(docker inspect -f '{{index .Config.Labels "${ke}"}}' ${O} 2>/dev/null)" != ${e.hash} ]; then
  docker image inspect ${$.quote(e.image)} >/dev/null 2>&1 || docker pull ${$.quote(e.image)}
  networks=$(docker inspect -f '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}' ${O} 2>/dev/null) || networks=
  [ -z "$networks" ] || docker rm -f ${O} >/dev/null
  ${$.quoteArgv(c)} >/dev/null
  for name in $networks; do
    [ "$name" = ${ce} ] || docker network connect "$name" ${O}
  done
fi
docker start ${O} >/dev/null
sleep 1
if [ "$(docker inspect -f '{{.State.Running}} {{.RestartCount}}' ${O})" != 'true 0' ]; then
  docker logs --tail 20 ${O}
  echo 'The proxy does not stay up.'
  exit 1
fi
`}a(Hn,"startProxyScript");const Gn=`export DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a
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
apt_install() { await_lock; apt-get $apt_options install --no-install-recommends "$@"; }
`,Oe="25.0",Bn=`apt_update
candidate=$(apt-cache policy docker.io | sed -n 's/^ *Candidate: //p')
release=
if [ -z "$candidate" ] || [ "$candidate" = '(none)' ]; then echo 'This distribution has no package docker.io.'; exit 1; fi
if dpkg --compare-versions "$candidate" lt ${Oe}; then
  release=$(apt-cache madison docker.io | while IFS='|' read -r _ version source; do
    version=$(echo $version)
    if dpkg --compare-versions "$version" ge ${Oe}; then echo "$source" | awk '{ sub("/.*", "", $2); print $2 }'; break; fi
  done)
  if [ -z "$release" ]; then
    echo "The newest docker.io here is $candidate; ${Oe} or newer is needed. Use docker-source: official for this server."
    exit 1
  fi
fi
set -- docker.io docker-buildx iptables ca-certificates
if apt-cache show docker-cli >/dev/null 2>&1; then set -- "$@" docker-cli; fi
[ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" != Y ] || set -- "$@" apparmor
apt_install \${release:+-t "$release"} "$@"
`;function qn(e){return e.startsWith("docker-ce")?"docker-buildx-plugin":"docker-buildx"}a(qn,"buildxPackage");const Yn={"max-size":"10m","max-file":"3"};function zn(e,t){const r=Jn(e??"");if(typeof r=="string")return r;const n=[];let o=!0,s=!1;const i={...r};(r["log-driver"]??"json-file")==="json-file"&&r["log-opts"]===void 0&&(Object.assign(i,{"log-driver":"json-file","log-opts":Yn}),n.push("rotate container logs at 10 MB, 3 files"),o=!1),(t.swarm?r["live-restore"]===!0:r["live-restore"]===void 0)&&(i["live-restore"]=!t.swarm,s||=t.swarm,n.push(t.swarm?"turn live restore off, which Swarm excludes":"keep containers running while Docker restarts"));const d=Array.isArray(r["insecure-registries"])?r["insecure-registries"]:[],l=t.insecure.filter(u=>!d.includes(u));if(l.length>0&&(i["insecure-registries"]=[...d,...l],s=!0,n.push(`allow plain HTTP to ${l.join(", ")}`)),n.length!==0)return{text:`${JSON.stringify(i,null,2)}
`,what:n,reloadable:o,required:s}}a(zn,"mergeDaemonConfig");function Jn(e){if(e.trim()==="")return{};try{const t=JSON.parse(e);return typeof t=="object"&&t!==null&&!Array.isArray(t)?t:"/etc/docker/daemon.json holds no JSON object"}catch(t){return`/etc/docker/daemon.json is not valid JSON (${t.message})`}}a(Jn,"parse$2");const Wn=`docker_answers() { docker version --format '{{.Server.APIVersion}}' >/dev/null 2>&1; }
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
`;function Kn(e,t){return`file=/etc/docker/daemon.json
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
${t==="none"?"":Vn(t)}rm -f $file.before
`}a(Kn,"applyDaemonConfig");function Vn(e){return`${e==="reload"?'kill -HUP "$(cat /run/docker.pid 2>/dev/null || pidof dockerd)"':"docker_service restart"} || true
sleep 1
if ! await_docker; then
  echo 'Docker does not come up with the new settings; the old ones are put back.'
  rm -f $file
  [ ! -e $file.before ] || mv -f $file.before $file
  docker_service restart
  exit 1
fi
`}a(Vn,"activate");const Xn={base:"https://download.docker.com/linux",fingerprint:"9DC858229FC7DD38854AE2D88D81803C0EBFCD88",versions:["28.5.2","28.5.1","29.4.2"]};function Zn(e,t=Xn){const r=$.quote(`${t.base}/${e.id}`);return`apt_update
apt_install ca-certificates curl gnupg
if ! grep -rqsF ${r} /etc/apt/sources.list /etc/apt/sources.list.d; then
  key=$DRAYAGE_JOB/docker.asc
  curl -fsSL --retry 5 --retry-connrefused --connect-timeout 20 -o "$key" ${r}/gpg
  found=$(gpg --batch --homedir "$DRAYAGE_JOB" --show-keys --with-colons "$key" | awk -F: '$1 == "pub" { next_is_primary = 1 } $1 == "fpr" && next_is_primary { print $10; next_is_primary = 0 }')
  if [ "$found" != ${t.fingerprint} ]; then
    echo "The key of ${t.base} has the fingerprint '$found'; expected was ${t.fingerprint}. Nothing was installed."
    exit 1
  fi
  install -D -m 0644 "$key" /etc/apt/keyrings/docker.asc
  printf 'deb [arch=%s signed-by=/etc/apt/keyrings/docker.asc] %s %s stable\\n' "$(dpkg --print-architecture)" ${r} ${$.quote(e.codename)} >/etc/apt/sources.list.d/docker.list
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
`}a(Zn,"officialDocker");const Te="1.44";function ut(e){const[t=0,r=0]=e.split(".").map(Number),[n=0,o=0]=Te.split(".").map(Number);return t<n||t===n&&r<o}a(ut,"isTooOld");const Qn={least:2*1024**3,comfortable:10*1024**3},eo={least:512*1024**2,comfortable:1024**3},ft=60,to=`${Gn}${Wn}`;function ro(e){const t=[];return{steps:[...no(e),...oo(e,t),...so(e),...io(e),...ao(e,t)],advice:t}}a(ro,"planSetup");function no({facts:e,stateDir:t}){if(e.stateFolder&&(e.runFolderKept||!e.systemd))return[];const n=`mkdir -p ${$.quote(t)}
${e.systemd?`[ "$(id -u)" != 0 ] || printf 'd /run/drayage 0711 root root -\\nd /run/drayage/0 0700 root root -\\n' >/etc/tmpfiles.d/drayage.conf
`:""}`;return[{title:"Make the folders for state",why:`${t} keeps what outlives a run`,needsRoot:!1,script:n}]}a(no,"folderSteps");function oo({facts:e,wish:t,mode:r,server:n},o){const s=[],i=t.swarm||(e.docker?.swarm.state??"inactive")!=="inactive",c=zn(e.daemonJson,{...t.daemon,swarm:i});if(typeof c=="string")throw new f.DrayageError("SETUP_INCOMPLETE",`${n}: ${c}.`,{hint:"Mend the file by hand, then run setup again."});const d=e.docker?.engine!==void 0;if(c!==void 0&&d&&r==="auto"&&!c.required)o.push(`${c.what.join("; ")}${c.reloadable?"":" (restarts Docker)"}`);else if(c!==void 0){const l=c.reloadable||r==="auto"?"reload":"restart";s.push({title:"Configure Docker",why:c.what.join("; "),needsRoot:!0,script:Kn(c.text,d?l:"none")})}for(const{registry:l,pem:u,sha256:m}of t.authorities){if(e.authorities[l]===m)continue;const p=$.quote(`/etc/docker/certs.d/${l}/ca.crt`),g=`mkdir -p "$(dirname ${p})"
cat >${p} <<'END_OF_PEM'
${u.trimEnd()}
END_OF_PEM
`;s.push({title:`Store the authority of ${l}`,why:"its certificate is signed by it",needsRoot:!0,script:g})}return s}a(oo,"engineConfigSteps");function so({facts:e,wish:t,server:r}){const{docker:n}=e;if(n?.origin==="snap")throw new f.DrayageError("SERVER_UNSUPPORTED",`${r} has Docker from snap, which cannot read files outside its own folders.`,{hint:"Remove it (snap remove docker), then run setup again."});if(n===void 0){Ie(e,r);const i=`${t.dockerSource==="official"?Zn(e.os):Bn}start_docker
`;return[{title:"Install Docker",why:`there is none (source: ${t.dockerSource})`,needsRoot:!0,script:i}]}const o=[];if(n.buildx===void 0){Ie(e,r);const s=`apt_update
apt_install ${qn(n.origin)}
`;o.push({title:"Install buildx",why:"images are built with it",needsRoot:!0,script:s})}if(n.engine===void 0)o.push({title:"Start Docker",why:n.error||"it does not answer",needsRoot:!0,script:`start_docker
`});else if(ut(n.engine.api))throw new f.DrayageError("SETUP_INCOMPLETE",`${r} runs Docker ${n.engine.version} (API ${n.engine.api}); API ${Te} or newer is needed.`,{hint:"Upgrade Docker to 25 or newer; a running engine is never upgraded without being asked."});return o}a(so,"dockerSteps");function io({facts:e,wish:t,server:r}){const n=[...t.builds&&!e.tools.has("git")?["git"]:[],...e.needsAppArmor?["apparmor"]:[],...e.tools.has("flock")?[]:["util-linux"]];if(n.length===0)return[];Ie(e,r);const o=`apt_update
apt_install ${n.join(" ")} ca-certificates
`;return[{title:`Install ${n.join(", ")}`,why:"needed for builds, locks or containers",needsRoot:!0,script:o}]}a(io,"packageSteps");function ao({facts:e,wish:t,mode:r,server:n,stateDir:o},s){const i=t.proxy;if(i===void 0)return[];if(e.proxy!==void 0&&e.proxy.kind===void 0)throw new f.DrayageError("SETUP_INCOMPLETE",`${n} has a container named ${O} that is not Drayage's.`,{hint:`Rename or remove it: docker rename ${O} old-proxy`});const c=e.proxy?.running?[]:Object.entries(e.listeners);if(c.length>0){const l=c.map(([u,m])=>`port ${u} is used by ${m||"another program"}`).join(", ");throw new f.DrayageError("PROXY_PORT_TAKEN",`${n}: ${l}, but the proxy needs 80 and 443.`,{hint:"Stop it, or set proxy.type to external to keep it."})}const d=Hn(i,o);return e.proxy===void 0?[{title:`Start the proxy (${i.image})`,why:"domains are served by it",needsRoot:!1,script:d}]:e.proxy.spec!==i.hash?r!=="always"&&(s.push(`make the proxy again with other settings (${i.image}; its domains do not answer for some seconds)`),e.proxy.running)?[]:[{title:`Make the proxy again (${i.image})`,why:"its settings changed",needsRoot:!1,script:d}]:e.proxy.running?[]:[{title:"Start the proxy",why:"it does not run",needsRoot:!1,script:d}]}a(ao,"proxySteps");function Ie(e,t){if(!(e.tools.has("apt-get")&&["debian","ubuntu"].includes(e.os.id)))throw new f.DrayageError("SERVER_UNSUPPORTED",`${t} runs ${e.os.name||"an unknown system"}; packages are installed on Debian and Ubuntu only.`,{hint:"Install Docker 25 or newer, docker-buildx and git by hand, then run setup again."})}a(Ie,"requireApt");const ht=40,co=30*6e4;async function lo(e,t,r,n){fo(t,r);let o="";const{exitCode:s}=await t.job({id:`${e.run.id}-setup-${t.name}`.replace(/[^A-Za-z0-9-]/g,"-"),script:uo(r),timeout:co,signal:e.signal,onOutput:a(l=>{o=`${o}${l}`.slice(-64e3),n.output(l,t.name)},"onOutput")});if(s===0)return;const i=r[s-ht],c=i===void 0?o:o.slice(Math.max(0,o.lastIndexOf(pt(i)))),d=c.trim().split(`
`).at(-1)??"";throw new f.DrayageError("SETUP_FAILED",`${t.name}: the step "${i?.title??"setup"}" failed: ${d||`exit status ${s}`}`,{output:c,hint:"Mend the cause and run setup again; what was done before stands."})}a(lo,"applySteps");function uo(e){const t=e.map((r,n)=>`cat <<'END_OF_HEADING'
${pt(r)}
END_OF_HEADING
(
set -eu
${r.script})
status=$?
[ $status = 0 ] || exit ${ht+n}
`);return`exec </dev/null
${to}${t.join("")}`}a(uo,"jobScript");const pt=a(e=>`--- ${e.title}: ${e.why}`,"heading");function fo(e,t){const{privilege:r,user:n,dockerSocket:o}=e.account;if(r==="root"||r==="sudo")return;const s=r==="none"&&o===void 0?t:t.filter(i=>i.needsRoot);if(s.length!==0)throw new f.DrayageError("SETUP_NO_PRIVILEGE",`${e.name}: ${n} is neither root nor has sudo without a password, and this has to be done: ${s.map(({title:i})=>i).join("; ")}.`,{hint:`Allow it there: echo '${n} ALL=(ALL) NOPASSWD: ALL' | sudo tee /etc/sudoers.d/${n}`})}a(fo,"requirePrivilege");const ho=["/version","/info",`/containers/${O}/json`,`/containers/${se}/json`].map(e=>({path:e}));function po({registries:e}){return`say() { printf '%s\\t%s\\n' "$1" "$2"; }
encoded() { printf '%s\\t' "$1"; base64 | tr -d '\\n'; echo; }
has() { command -v "$1" >/dev/null 2>&1; }
say clock "$(date +%s)"
for file in /etc/os-release /usr/lib/os-release; do
  if [ -r $file ]; then encoded os-release <$file; break; fi
done
say machine "$(uname -m)"
say memory "$(sed -n 's/^MemTotal: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo)"
say cpus "$(grep -c ^processor /proc/cpuinfo)"
if [ -d /run/systemd/system ]; then say init systemd; else say init other; fi
for tool in apt-get curl git flock systemctl docker; do has $tool && say tool $tool; done
[ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ] && ! has apparmor_parser && say apparmor missing
[ -r /etc/docker/daemon.json ] && encoded daemon-json </etc/docker/daemon.json
for registry in ${e.map($.quote).join(" ")}; do
  file=/etc/docker/certs.d/$registry/ca.crt
  [ -r "$file" ] && say authority "$registry $(sha256sum <"$file" | cut -d' ' -f1)"
done
[ -d "$DRAYAGE_STATE" ] && say state-folder yes
[ "$(id -u)" != 0 ] || [ -e /etc/tmpfiles.d/drayage.conf ] && say tmpfiles yes
${mo}
address=\${SSH_CONNECTION#* * }
say address "\${address%% *}"
has ip && say route "$(ip -4 route get 192.0.2.1 2>/dev/null | sed -n 's/.* src \\([^ ]*\\).*/\\1/p')"
if has docker; then
  case $(readlink -f "$(command -v docker)") in /snap/* | /usr/bin/snap) say docker-origin snap ;; *)
    if has dpkg-query; then say docker-origin "$(dpkg-query -S "$(readlink -f "$(command -v docker)")" 2>/dev/null | sed 's/:.*//')"; fi ;;
  esac
  { ${_.batchScript(ho)} } 2>"$DRAYAGE_RUN/facts-error" | encoded engine
  encoded docker-error <"$DRAYAGE_RUN/facts-error"
  rm -f "$DRAYAGE_RUN/facts-error"
  for folder in ~/.docker /usr/local/libexec/docker /usr/local/lib/docker /usr/libexec/docker /usr/lib/docker; do
    if [ -x "$folder/cli-plugins/docker-buildx" ]; then say buildx "$folder/cli-plugins/docker-buildx"; break; fi
  done
fi
folder=/var/lib/docker; [ -d $folder ] || folder=/var/lib
say disk "$(df -Pk $folder 2>/dev/null | awk 'NR == 2 { print $4, $2 }')"
say inodes "$(df -Pi $folder 2>/dev/null | awk 'NR == 2 { print $4 }')"
:
`}a(po,"factsScript$1");const mo=`for port in 80:0050 443:01BB; do
  if cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -qE "^ *[0-9]+: [0-9A-F]+:\${port#*:} [0-9A-F:]+ 0A "; then
    say listener "\${port%:*} $(has ss && ss -Hltnp "sport = :\${port%:*}" 2>/dev/null | sed -n 's/.*users:(("\\([^"]*\\)".*/\\1/p' | head -n 1)"
  fi
done`;async function Ae(e,t){const r=Date.now(),{stdout:n}=await e.script(po(t),{purpose:"Reading the facts of the server"});return $o(n,(r+Date.now())/2e3,e.name)}a(Ae,"readFacts");function $o(e,t,r){const n=e.split(`
`).flatMap(p=>{const g=p.indexOf("	");return g<0?[]:[[p.slice(0,g),p.slice(g+1)]]}),o=a(p=>n.filter(([g])=>g===p).map(([,g])=>g),"all"),s=a(p=>o(p)[0],"one"),i=a(p=>Buffer.from(s(p)??"","base64").toString("utf8").trim(),"decoded");if(s("machine")===void 0)throw new f.DrayageError("SETUP_FAILED",`${r} did not say what kind of machine it is.`,{output:e});const c=a(p=>o(p).map(g=>[g.split(" ")[0]??"",g.split(" ").slice(1).join(" ")]),"pairs"),d=new Set(o("tool")),l=_.parseBatch(i("engine")).map(({status:p,body:g})=>p===200?g:void 0),[u="0",m="0"]=(s("disk")??"").split(" ");return{os:yo(i("os-release")),platform:vo(s("machine")??""),cpus:Number(s("cpus")??0),memory:Number(s("memory")??0)*1024,disk:{free:Number(u)*1024,total:Number(m)*1024},freeInodes:s("inodes")===void 0||s("inodes")===""?void 0:Number(s("inodes")),clockSkew:Math.round(Number(s("clock"))+.5-t),systemd:s("init")==="systemd",tools:d,needsAppArmor:s("apparmor")==="missing",daemonJson:s("daemon-json")===void 0?void 0:i("daemon-json"),authorities:Object.fromEntries(c("authority")),stateFolder:s("state-folder")==="yes",runFolderKept:s("tmpfiles")==="yes",listeners:Object.fromEntries(c("listener").map(([p,g])=>[Number(p),g])),address:s("address")||s("route")||"",docker:d.has("docker")?go(l,{origin:s("docker-origin")??"",error:i("docker-error"),buildx:s("buildx")}):void 0,proxy:wo(P(l[2])),guard:_n(P(P(l[3]).Config).Labels)}}a($o,"parseFacts$1");function go(e,t){const r=P(e[0]),n=P(e[1]),o=P(n.Swarm);return{...t,engine:typeof r.Version=="string"?{version:r.Version,api:String(r.ApiVersion)}:void 0,swarm:{state:typeof o.LocalNodeState=="string"?o.LocalNodeState:"inactive",nodeId:String(o.NodeID??""),cluster:String(P(o.Cluster).ID??""),manager:o.ControlAvailable===!0,address:String(o.NodeAddr??"")},liveRestore:n.LiveRestoreEnabled===!0}}a(go,"parseDocker");function wo(e){if(Object.keys(e).length===0)return;const t=P(P(e.Config).Labels),r=t[ve];return{kind:r==="caddy"||r==="traefik"?r:void 0,spec:String(t[ke]??""),running:P(e.State).Running===!0}}a(wo,"parseProxy");function yo(e){const t=new Map(e.split(`
`).map(n=>{const[o="",...s]=n.split("=");return[o,s.join("=").replace(/^["'](.*)["']$/,"$1")]})),r=a(n=>t.get(n)??"","get");return{id:r("ID"),version:r("VERSION_ID"),codename:r("VERSION_CODENAME"),name:r("PRETTY_NAME")||r("ID")}}a(yo,"parseOsRelease");function vo(e){return`linux/${{x86_64:"amd64",aarch64:"arm64",armv7l:"arm/v7",armv6l:"arm/v6",i686:"386"}[e]??e}`}a(vo,"platformOf");function P(e){return typeof e=="object"&&e!==null?e:{}}a(P,"record$1");function ko(e,t){const{docker:r}=e,n=[bo(e),mt("disk",e.disk.free,Qn,"Free space, or enlarge the disk."),mt("memory",e.memory,eo,"Add memory or swap."),{item:"clock",ok:Math.abs(e.clockSkew)<=ft,detail:Math.abs(e.clockSkew)<2?"in step":`${Math.abs(e.clockSkew)} s ${e.clockSkew>0?"ahead":"behind"}`,cure:Math.abs(e.clockSkew)<=ft?void 0:"Turn time synchronisation on: timedatectl set-ntp true"}];if(t.builds&&n.push(de("buildx",r?.buildx,"Run setup-build-server: it installs the plugin."),de("git",e.tools.has("git")?"installed":void 0,"Run setup-build-server: it installs git."),Eo(e,t)),t.proxy!==void 0){const o=e.proxy?.running===!0&&e.proxy.kind===t.proxy.kind;n.push(de("proxy",o?`${t.proxy.kind} runs`:void 0,"Run setup-deploy-node: it starts the proxy."))}if(t.swarm){const o=r?.swarm.state??"inactive";n.push(de("swarm",o==="active"?`active as ${r?.swarm.manager?"manager":"worker"}`:void 0,"Run setup-deploy-node: it makes the Swarm."))}return n}a(ko,"itemsOfFacts");function bo({docker:e}){const t="engine";if(e===void 0)return{item:t,ok:!1,detail:"Docker is not installed",cure:"Run setup: it installs Docker."};if(e.engine===void 0)return{item:t,ok:!1,detail:e.error||"Docker does not answer",cure:"Start it: systemctl start docker"};const{version:r,api:n}=e.engine;return ut(n)?{item:t,ok:!1,detail:`Docker ${r} has API ${n}, needed is ${Te}`,cure:"Upgrade Docker to 25 or newer."}:{item:t,ok:!0,detail:`Docker ${r}, API ${n}`}}a(bo,"engineItem");function mt(e,t,r,n){const o=`${(t/1073741824).toFixed(1)} GB${e==="disk"?" free":""}`;return{item:e,ok:t>=r.least,detail:o,cure:t>=r.comfortable?void 0:n}}a(mt,"room");function Eo(e,{platforms:t}){const r=t.filter(n=>n!==e.platform);return{item:"platform",ok:r.length===0,detail:r.length===0?e.platform:`it is ${e.platform}, drayage.yml says ${t.join(", ")}`,cure:r.length===0?void 0:"Name the platforms the server builds natively."}}a(Eo,"platformItem");function de(e,t,r){return t===void 0?{item:e,ok:!1,detail:"missing",cure:r}:{item:e,ok:!0,detail:t}}a(de,"present");function _o(e){const t=Math.max(...e.map(({item:r})=>r.length));return e.map(({item:r,ok:n,detail:o,cure:s})=>{const i=s===void 0?"":`
    ${n?"advice":"cure"}: ${s}`;return`${n?"ok    ":"FAILED"} ${r.padEnd(t)}  ${o}${i}`})}a(_o,"printItems");function $t(e,t){const r=t.filter(({ok:o})=>!o);if(r.length===0)return;const n=r.map(({item:o,detail:s})=>`${o} (${s})`).join("; ");return new f.DrayageError("SETUP_INCOMPLETE",`${e} is not ready: ${n}.`,{hint:r[0]?.cure})}a($t,"incomplete");const xe=2377;function So(e){const t=a(({facts:d})=>d.docker?.swarm,"swarmOf"),r=e.filter(d=>t(d)?.manager);if(new Set(r.map(d=>t(d)?.cluster)).size>1)throw new f.DrayageError("SWARM_FAILED",`${Ne(r)} belong to different Swarms.`,{hint:"Decide which one stays, and run `docker swarm leave --force` on the others."});const o=e.filter(d=>t(d)?.state==="active"),[s]=r.length>0?r:e;if(s===void 0)return;if(r.length===0&&o.length>0)throw new f.DrayageError("SWARM_FAILED",`${Ne(o)} belong to a Swarm whose manager is not among the deploy servers.`,{hint:"Add the manager to deploy.servers, or run `docker swarm leave` there."});const i=e.filter(d=>d!==s&&t(d)?.state!=="active"),c=r.length===0;return c||i.length>0?{leader:s,start:c,joining:i}:void 0}a(So,"planSwarm$1");async function Do(e,{leader:t,start:r,joining:n}){const o=_.engineOn(t.server),s=[o];try{const i=t.facts.docker?.swarm.address||t.facts.address;if(r){const l={AdvertiseAddr:t.facts.address,ListenAddr:`0.0.0.0:${xe}`,ForceNewCluster:!1};await o.call("Starting the Swarm",u=>u.swarmInit(l))}if(n.length===0)return[t.server.name];const d=(await o.call("Reading the join token",l=>l.swarmInspect())).JoinTokens.Worker;return e.report.mask(d),await Promise.all(n.map(async({server:l,facts:u})=>{const m=_.engineOn(l);s.push(m);const p={RemoteAddrs:[`${i}:${xe}`],JoinToken:d,AdvertiseAddr:u.address,ListenAddr:`0.0.0.0:${xe}`};await Oo(m,p,t.server.name)})),await To(e,o,n),[...r?[t.server.name]:[],...n.map(({server:l})=>l.name)]}finally{for(const i of s)i.close()}}a(Do,"applySwarm");async function Oo(e,t,r){try{await e.call("Joining the Swarm",n=>n.swarmJoin(t))}catch(n){const o=n instanceof Error?n.message:String(n);throw new f.DrayageError("SWARM_FAILED",`${e.server.name} could not join the Swarm of ${r}: ${o}`,{hint:`Open 2377/tcp, 7946/tcp, 7946/udp and 4789/udp from ${e.server.name} to ${r}.`,cause:n})}}a(Oo,"join");async function To(e,t,r){const n=Date.now()+3e4,o=await Promise.all(r.map(({server:s})=>Io(s)));for(;;){const s=await t.call("Listing the nodes",d=>d.listNodes()),i=new Set(s.flatMap(d=>Ao(d)?[d.ID]:[])),c=r.filter((d,l)=>!i.has(o[l]??""));if(c.length===0)return;if(Date.now()>n)throw new f.DrayageError("SWARM_FAILED",`${Ne(c)} joined the Swarm but did not become ready within 30 s.`,{hint:"Open 7946/tcp, 7946/udp and 4789/udp between the servers."});await B.setTimeout(200,void 0,{signal:e.signal})}}a(To,"awaitReady");async function Io(e){const{stdout:t}=await e.run(["docker","info","--format","{{.Swarm.NodeID}}"]);return t.trim()}a(Io,"nodeIdOf");function Ao(e){const{ID:t,Status:r}=e;return typeof t=="string"&&r?.State==="ready"}a(Ao,"isReady");const Ne=a(e=>e.map(({server:t})=>t.name).join(" and "),"namesOf");function xo(e){const{id:t,builds:r,registries:n}=e;return`exec </dev/null
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
  found=$(timeout 120 docker run --rm --network none "$image" /bin/sh -c 'read -r line </result; echo "$line"') || return 1
  [ "$found" = ${t} ] || { echo "the container printed '$found'"; return 1; }
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
${r?"try build trial_build":"try image trial_image"}
if docker image inspect "$image" >/dev/null 2>&1; then
  try run trial_run
  try network trial_network
${n.map(No).join("")}fi
rm -rf "$DOCKER_CONFIG"
exit $failed
`}a(xo,"trialScript");function No({host:e,username:t,passwordFile:r,image:n}){const o=$.quote(`registry ${e}`),s=t===void 0||r===void 0?void 0:`trial_login ${$.quote(e)} ${$.quote(t)} ${$.quote(r)}`,i=n===void 0?void 0:`trial_registry ${$.quote(n)}`,c=[s,i].filter(l=>l!==void 0);if(c.length===0)return"";const d=`registry_${e.replace(/[^a-z0-9]/g,"_")}`;return`  ${d}() { ${c.join(" && ")}; }
  try ${o} ${d}
`}a(No,"registryTrial");const Ro="drayage-trial";async function jo(e,t,{project:r,builds:n}){const o=Object.values(r.registries),s=new Map,i=o.map((u,m)=>{const p=u.password===void 0?void 0:`password-${m}`;p!==void 0&&s.set(p,u.password?.reveal()??"");const g=n?`${Po(r,u)}:${Ro}`:void 0;return{host:u.host,username:u.username,passwordFile:p,image:g}}),c=`${Date.now().toString(36)}${Math.random().toString(36).slice(2,8)}`;let d="";await t.job({id:`trial-${c}`,script:xo({id:c,builds:n,registries:i}),files:Object.fromEntries(s),timeout:20*6e4,signal:e.signal,onOutput:a(u=>{d+=u},"onOutput")});const l=Lo(d);if(l.length>0)return l;throw new f.DrayageError("SETUP_FAILED",`${t.name}: the server could not be tried.`,{output:d})}a(jo,"tryServer");function Po(e,t){const r=e.services.find(({image:n})=>n!==void 0&&f.parseImage(n)?.registry===t.host);return r?.image!==void 0?r.image:[t.host,t.username?.toLowerCase(),"drayage-trial"].filter(Boolean).join("/")}a(Po,"trialRepository");function Lo(e){return e.split(`
`).flatMap(t=>{const[r,n,o,s=""]=t.split("	");if(r!=="item"||n===void 0)return[];const i=Buffer.from(s,"base64").toString("utf8").trim(),c=i.split(`
`).at(-1)??"";return o==="ok"?[{item:n,ok:!0,detail:c}]:[{item:n,ok:!1,detail:Co(i)||c||"it failed without a word",cure:Fo(i)}]})}a(Lo,"parseTrials");function Co(e){return e.split(`
`).findLast(t=>/error|denied|unauthorized|cannot|refused|no space|no such/i.test(t))?.trim()}a(Co,"reasonIn");const Mo=[[/unauthorized|incorrect username or password|authentication required/i,"Check username and password of the registry in drayage.yml."],[/denied/i,"Give the account the right to push to this repository."],[/server gave HTTP response to HTTPS client/i,"Set insecure: true for this registry in drayage.yml, if plain HTTP is meant, and run setup again."],[/x509|certificate signed by unknown authority/i,"Give the certificate authority of the registry as registries.<host>.ca."],[/no such host|lookup .* on|server misbehaving/i,"Mend name resolution on the server: /etc/resolv.conf."],[/connection refused|i\/o timeout|no route to host/i,"Open the way from the server to the registry."],[/no space left/i,"Free space on the server: docker system df"]];function Fo(e){return Mo.find(([t])=>t.test(e))?.[1]}a(Fo,"cureFor");function Uo(e,t,r){const n=e.services.filter(({deploy:s})=>s.mode==="swarm").flatMap(({deploy:s})=>s.servers),o=new Set(t?r:n);if(o.size>0)for(const s of e.proxy?.servers??[])o.add(s);return[...o]}a(Uo,"swarmServers");function Ho(e,t,{role:r,swarm:n,stateDir:o}){const{proxy:s}=e,i=r!=="build",c=i&&s?.servers.includes(t.name)&&s.type!=="external"?s.type:void 0,d=Object.values(e.registries);return{builds:r!=="deploy",deploys:i,swarm:i&&n,dockerSource:t.dockerSource,platforms:t.platforms,daemon:{swarm:i&&n,insecure:d.filter(({insecure:l})=>l).map(({host:l})=>l)},authorities:d.flatMap(({host:l,ca:u})=>u===void 0?[]:[Go(l,u)]),proxy:c===void 0?void 0:kn(c,{stateDir:o})}}a(Ho,"wishFor$1");function Go(e,t){const r=`${t.trim()}
`;return{registry:e,pem:r,sha256:D.createHash("sha256").update(r).digest("hex")}}a(Go,"authority");async function gt(e,t){const{project:r,mode:n}=t,o=Yo(t),s=o.filter(u=>yt(t,u)!=="build").map(({name:u})=>u),i=Uo(r,t.swarm===!0,s),c=n!=="never"&&t.dryRun!==!0,d=await le(o,async u=>{const m=await wt(e,t,u,i.includes(u.name));return!c||m.plan.steps.length===0?m:e.report.phase(`Set up ${u.name}`,async p=>(await lo(e,m.server,m.plan.steps,p),{...m,facts:await Ae(m.server,Re(r))}))}),l=c?await Bo(e,t,d,i):[];return le(d,u=>qo(e,t,u,l.includes(u.server.name)))}a(gt,"setupServers");async function wt(e,t,r,n){const o=await e.connect(r.name),{stateDir:s}=o.account,i=Ho(t.project,r,{role:yt(t,r),swarm:n,stateDir:s}),c=await Ae(o,Re(t.project));return{server:o,wish:i,facts:c,plan:ro({facts:c,wish:i,mode:t.mode,server:r.name,stateDir:s})}}a(wt,"look");async function Bo(e,t,r,n){const o=r.filter(({wish:c})=>c.swarm);let s=[];if(o.some(({facts:c})=>c.docker?.swarm.state!=="active")){const c=Object.values(t.project.servers).filter(({name:u})=>n.includes(u)&&!r.some(({server:m})=>m.name===u)),d=[...o,...await le(c,u=>wt(e,t,u,!0))];d.sort((u,m)=>n.indexOf(u.server.name)-n.indexOf(m.server.name));const l=So(d);l!==void 0&&(s=await e.report.phase("Form the Swarm",()=>Do(e,l)))}const i=o.filter(({wish:c,facts:d})=>c.proxy!==void 0&&!d.guard);return await le(i,({server:c})=>c.script(En(),{purpose:"Starting the guard of the proxy"})),s}a(Bo,"formSwarm");async function qo(e,t,r,n){const{server:o,wish:s,plan:i}=r,{project:c,mode:d}=t,l=d!=="never"&&t.dryRun!==!0,u=[...i.steps.map(({title:v})=>v),...n?["Join the Swarm"]:[]],m=n?await Ae(o,Re(c)):r.facts,p=ko(m,s),g=l&&(d==="always"||u.length>0)&&$t(o.name,p)===void 0,w=a((v,k)=>{for(const b of _o(v))k.note(b);for(const b of i.advice)k.note(`advice: ${b}`)},"tell"),y=g?await e.report.phase(`Try ${o.name}`,async v=>{const k=[...p,...await jo(e,o,{project:c,builds:s.builds})];return w(k,v),k}):p;return l&&u.length===0&&e.report.note(`${o.name}: set up already, nothing to do.`),(l||d==="never")&&f.throwAll([$t(o.name,y)].filter(v=>v!==void 0)),{server:o.name,changed:d==="never"?[]:u,advice:i.advice,items:y}}a(qo,"conclude$1");function Yo({project:e,servers:t,role:r}){if(t===void 0){const n=a(o=>r===void 0||r==="both"||o.role===r||o.role==="both","has");return Object.values(e.servers).filter(n)}return t.map(n=>{const o=e.servers[n];if(o!==void 0)return o;throw new f.DrayageError("INPUT_INVALID",`There is no server '${n}'.`,{hint:`Known are: ${Object.keys(e.servers).join(", ")||"none"}.`})})}a(Yo,"chosenServers");const yt=a((e,t)=>e.role??t.role,"roleOf"),Re=a(e=>({registries:Object.values(e.registries).flatMap(({host:t,ca:r})=>r===void 0?[]:[t])}),"questionFor");async function le(e,t){const r=await Promise.allSettled(e.map(t)),o=r.flatMap(i=>i.status==="rejected"?[i.reason]:[]).flatMap(i=>i instanceof f.ManyErrors?[...i.errors]:[i]),s=o.find(i=>!(i instanceof f.DrayageError));if(s!==void 0)throw s;return f.throwAll(o.filter(i=>i instanceof f.DrayageError)),r.flatMap(i=>i.status==="fulfilled"?[i.value]:[])}a(le,"all");const zo=Object.freeze(Object.defineProperty({__proto__:null,setupServers:gt},Symbol.toStringTag,{value:"Module"})),vt="0".repeat(64),ue=2;function fe(e){const{mode:t,content:r,path:n}=e;return{...e,key:D.hash("sha256",`${Et(t)} ${r} ${n}`).slice(0,12)}}a(fe,"entry");function Jo(e){const t=[...e].sort((n,o)=>n.key<o.key?-1:n.key>o.key?1:0),r=new Map;for(const{key:n}of t){const o=n.slice(0,ue),s=r.get(o);s===void 0?r.set(o,[n]):s.push(n)}return{entries:t,root:D.hash("sha256",t.map(kt).join("")),groups:new Map([...r].map(([n,o])=>[n,D.hash("sha256",o.join("")).slice(0,12)]))}}a(Jo,"treeOf");function kt({key:e,mode:t,content:r,path:n}){return`${e} ${Et(t)} ${r} ${n}
`}a(kt,"manifestLine");const je=86;function bt(e){return[...e.groups].map(([t,r])=>`${t} ${r}
`).join("")}a(bt,"groupLines");function Wo(e,t){const r=new Set(t.filter(i=>i.length>ue)),n=new Set(t.map(i=>i.slice(0,ue))),o=e.entries.filter(({key:i})=>n.has(i.slice(0,ue))),s=new Set(o.map(({key:i})=>i));return{add:o.filter(({key:i})=>!r.has(i)),remove:[...r].filter(i=>!s.has(i))}}a(Wo,"difference");function Et(e){return e.toString(8).padStart(6,"0")}a(Et,"octal");const V=75;function Ko(e,t,r){return`exec 9<>${$.quote(`${e}/lock`)}
flock ${t} -n 9 || { echo ${$.quote(r)}; flock ${t} 9; }`}a(Ko,"lockLines");function Vo(e,t){return`cd ${$.quote(e)} 2>/dev/null && [ -f root ] || { echo none; exit 0; }
root=$(cat root)
[ "$root" != ${t.root} ] || { echo same; exit 0; }
echo "$root"
awk 'part == 1 { ours[$1] = $2; next }
  part == 2 { if (ours[$1] == $2) same[$1] = 1; next }
  !(substr($1, 1, 2) in same) { print $1 }
  END { for (group in ours) if (!(group in same)) print group }' part=1 - part=2 groups part=3 manifest <<'END'
${bt(t)}END`}a(Vo,"compareScript");const C={add:"add",remove:"remove",groups:"groups"};function Xo(e,t,r){const n=$.quote(S.basename(e));return`set -e
umask 077
mkdir -p ${$.quote(e)}
cd ${$.quote(e)}
exec 9<>lock
flock -x -n 9 || { echo 'waiting for a build that reads these sources' >&2; flock -x 9; }
have=$(cat root 2>/dev/null || echo none)
if [ "$have" = ${r.root} ]; then cat > /dev/null; exit 0; fi
${t==="none"?"":`[ "$have" = ${$.quote(t)} ] || { cat > /dev/null; exit ${V}; }`}
rm -rf incoming
mkdir incoming
trap 'rm -rf incoming manifest.new' EXIT
tar -xzpmof - -C incoming
mkdir -p incoming/tree
chmod 755 incoming/tree
awk '$2 ~ /^10/ { print $3 "  " substr($0, ${je}) }' incoming/${C.add} > incoming/sums
if [ -s incoming/sums ]; then
  (cd incoming/tree && sha256sum -c ../sums) > incoming/checked 2>&1 || { grep -v ': OK$' incoming/checked >&2; exit 65; }
fi
${t==="none"?Zo(n):Qo(n)}
[ "$(sha256sum < manifest.new | cut -c 1-64)" = ${r.root} ] || { echo 'the manifests differ' >&2; exit 65; }
mv -f manifest.new manifest
mv -f incoming/${C.groups} groups
echo ${r.root} > root.new
mv -f root.new root`}a(Xo,"applyScript");const Zo=a(e=>`LC_ALL=C sort incoming/${C.add} > manifest.new
rm -rf root ${e}
mv incoming/tree ${e}`,"replaceTree"),Qo=a(e=>`awk 'part == 1 { gone[$1] = 1; next } !($1 in gone)' part=1 incoming/${C.remove} part=2 manifest |
  LC_ALL=C sort - incoming/${C.add} > manifest.new
awk 'part == 1 { gone[$1] = 1; next } $1 in gone' part=1 incoming/${C.remove} part=2 manifest > incoming/gone
rm -f root
cd ${e}
grep -v '^............ 04' ../incoming/gone | cut -c ${je}- | tr '\\n' '\\0' | xargs -0 rm -f -- || true
grep '^............ 04' ../incoming/gone | cut -c ${je}- | LC_ALL=C sort -r | tr '\\n' '\\0' |
  xargs -0 rmdir -- 2>/dev/null || true
cp -al ../incoming/tree/. .
cd ..`,"changeTree");async function _t(e,t,r,n){const{followUp:o}=r,s=new f.Stages(e.report),i=[...r.titles,...o===void 0?[]:[o.title]];let c=-1,d="",l;const u=a(()=>{c+=1,d="",s.next(i[c]??"")},"advance"),m=f.markedLines(p=>{const[g,w="",y=""]=p;g==="stage"?u():g==="image"?l={imageId:w,platform:y}:l!==void 0?o?.onWords(p):d+=`@drayage ${p.join(" ")}
`},p=>{d=`${d}${p}`.slice(-65536),s.output(p)});u();try{const{exitCode:p}=await t.job({id:`${r.name}-${D.randomBytes(4).toString("hex")}`,script:o===void 0?r.script:`${r.script}
echo '@drayage stage'
${o.script}`,files:r.files,onOutput:m.push,signal:e.signal,timeout:r.timeout});if(m.finish(),p===V&&l===void 0){await s.end();return}if(l===void 0)throw n(d,c);return await s.end(),l}catch(p){const g=p instanceof f.DrayageError&&p.code==="JOB_TIMEOUT"?es(r,t):p;throw await s.end(g),g}}a(_t,"runBuild");function es({timeout:e,titles:t},r){const n=Math.round(e/6e3)/10;return new f.DrayageError("BUILD_FAILED",`"${t.at(-1)}" took longer than ${n} min on ${r.name} and was ended.`,{hint:"Raise build.timeout."})}a(es,"timedOut");function ts(e,t){const{ref:r,url:n}=e;if(r!==void 0&&/^[0-9a-f]{40}$/.test(r))return{kind:"commit",sha:r};const o=t.remote!==void 0&&St(t.remote)===St(n),s=r===void 0||r===t.branch||r===t.tag;return o&&s&&t.sha!==void 0?{kind:"commit",sha:t.sha,branch:t.branch,tag:t.tag}:{kind:"ref",ref:r??"HEAD"}}a(ts,"wantedCommit");function St(e){const[,t,r]=/^(?:[^@/]+@)?([^:/]+):(?!\/\/)(.+)$/.exec(e)??[];if(t!==void 0&&r!==void 0)return Dt(`${t}/${r}`);const[,n="",o=e]=/^[a-z+]+:\/\/(?:[^@/]+@)?([^/:]*)(?::\d+)?\/(.*)$/i.exec(e)??[];return Dt(`${n}/${o}`)}a(St,"repositoryOf");function Dt(e){return e.replace(/\/+/g,"/").replace(/\/$/,"").replace(/\.git$/,"").toLowerCase()}a(Dt,"clean");function rs(e){const t=e.trimEnd().split(`
`).map(i=>i.replace(/\r$/,"")),r=t.flatMap(i=>{const[,c,d]=/^\s*(\d+) \| >>> (.*)$/.exec(i)??[];return c===void 0||d===void 0?[]:[{number:Number(c),text:d.trim()}]}),n=t.findLast(i=>/^ERROR: /.test(i))??t.findLast(i=>i.trim()!=="")??"",o=t.indexOf("------"),s=o===-1?t.findIndex(i=>/^\S+:\d+$/.test(i)):o;return{instruction:r.length===0?void 0:r.map(({text:i})=>i.replace(/\s*\\$/,"")).join(" "),line:r[0]?.number,reason:n.replace(/^ERROR: (?:failed to solve: |failed to build: )*/,"").replace(/^(?:failed to compute cache key: )/,"").replace(/failed to calculate checksum of ref \S+: /,"").trim(),excerpt:t.slice(s===-1?-20:s).join(`
`)}}a(rs,"readFailure");const Ot=[{pattern:/no space left on device/i,code:"DISK_FULL",hint:"Look with `docker system df` on the server; `docker builder prune` empties the build cache."},{pattern:/toomanyrequests|429 Too Many Requests|pull rate limit/i,code:"REGISTRY_RATE_LIMITED",hint:"Declare credentials of that registry under `registries`: known users have higher limits."},{pattern:/pull access denied|insufficient_scope|authorization failed|no basic auth credentials|401 Unauthorized|403 Forbidden/i,code:"REGISTRY_AUTH",hint:"Check the name of the base image; if it is private, declare its registry with credentials under `registries`."},{pattern:/failed to resolve source metadata for [^\n]*(?:not found|manifest unknown)/i,code:"IMAGE_NOT_FOUND",hint:"Check name and tag of the base image."},{pattern:/(?:failed to do request|failed to resolve source metadata)[^\n]*(?:no such host|connection refused|i\/o timeout|network is unreachable|TLS handshake|server misbehaving)/i,code:"REGISTRY_UNREACHABLE",hint:"The build server cannot reach the registry of the base image: check the name, DNS and the firewall there."},{pattern:/x509: |certificate signed by unknown authority/i,code:"REGISTRY_UNREACHABLE",hint:"Declare the registry's authority under registries.<host>.ca and run `drayage setup-build-server`."},{pattern:/server gave HTTP response to HTTPS client/i,code:"REGISTRY_UNREACHABLE",hint:"The registry speaks plain HTTP: set registries.<host>.insecure and run `drayage setup-build-server`."},{pattern:/exec format error/i,hint:"The image is for another processor: name build.platforms, or build on a server of that kind."},{pattern:/exit code: 137|signal: killed|cannot allocate memory/i,hint:"The step was killed, most likely for lack of memory on the build server."},{pattern:/secret ([\w.-]+): not found/i,hint:"Give the secret under build.secrets, with this name."},{pattern:/"\/[^"]*": not found/i,hint:"The file is not in the build context: check build.context, .dockerignore, and that it is committed."},{pattern:/target stage "[^"]*" could not be found/i,hint:"build.target must be the name of a stage of the Dockerfile (FROM \u2026 AS <name>)."},{pattern:/failed to read dockerfile/i,hint:"Name the Dockerfile under build.dockerfile, relative to the source."},{pattern:/npm (?:ERR!|error) code EUSAGE|can only install packages when your package\.json and package-lock\.json/i,hint:"package.json and package-lock.json differ: run `npm install` and commit both."},{pattern:/npm (?:ERR!|error) code E(?:401|403)|npm (?:ERR!|error) code ENEEDAUTH/i,hint:"The package registry asks for a token: give it under build.secrets and mount it in the RUN line."},{pattern:/npm (?:ERR!|error) code (?:ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNRESET)|getaddrinfo (?:ENOTFOUND|EAI_AGAIN)|Temporary failure (?:in name resolution|resolving)|Could not resolve host/i,hint:"The build has no way to that host: check DNS and the network of containers on the build server."},{pattern:/Cannot connect to the Docker daemon|permission denied while trying to connect to the Docker daemon/i,code:"BUILD_IMPOSSIBLE",hint:"Run `drayage doctor`: Docker does not run on the build server, or this account may not use it."},{pattern:/docker: (?:command )?not found|'buildx' is not a docker command|unknown command: docker buildx|unknown flag: --(?:progress|iidfile)/i,code:"BUILD_IMPOSSIBLE",hint:"Run `drayage setup-build-server`: Docker or its buildx plugin is missing on the build server."}];function Tt(e,{service:t,server:r,dockerfile:n}){const o=rs(e),s=Ot.find(({pattern:l})=>l.test(o.reason))??Ot.find(({pattern:l})=>l.test(o.excerpt)),i=o.line===void 0?void 0:{file:n,line:o.line},c=i===void 0?"":` at ${n}:${i.line}, \`${It(o.instruction??"")}\``,d=`The build of ${t} on ${r} failed${c}: ${It(ns(o.reason))}.`;return new f.DrayageError(s?.code??"BUILD_FAILED",d,{hint:s?.hint,at:i,output:o.excerpt})}a(Tt,"diagnoseBuild");function ns(e){const[,t]=/^process "(?:.|\n)*" did not complete successfully: exit code: (\d+)$/.exec(e)??[];return(t===void 0?e:`it ended with exit status ${t}`).replace(/\.$/,"")}a(ns,"plain");function It(e){return e.length<=300?e:`${e.slice(0,299)}\u2026`}a(It,"shorten$1");const os=20;function ss(e,t,r,{git:n}){const o=`${n} --git-dir=${$.quote(e)}`;return`mkdir -p ${$.quote(e)}
exec 7<>${$.quote(`${e}.lock`)}
flock -n 7 || { echo 'waiting for another fetch of this repository'; flock 7; }
[ -f ${$.quote(`${e}/HEAD`)} ] || git init -q --bare --template= ${$.quote(e)} || exit 1
have() { ${o} cat-file -e ${r}'^{tree}' 2>/dev/null; }
if have; then
  echo 'commit ${r} is here already'
else
  ${o} fetch --no-tags --force --depth 1 ${$.quote(t)} ${r}:refs/drayage/${r} 2>"$DRAYAGE_JOB/fetch.log" || {
    grep -qE 'not our ref|unadvertised object|remote ref|shallow|not allowed' "$DRAYAGE_JOB/fetch.log" || { cat "$DRAYAGE_JOB/fetch.log"; exit 1; }
    echo 'the git server gives no single commits; fetching branches and tags'
    ${o} fetch --no-tags --force ${$.quote(t)} '+refs/heads/*:refs/drayage/heads/*' '+refs/tags/*:refs/drayage/tags/*' || exit 1
  }
  have || { echo '@drayage no-commit'; exit 1; }
  ${o} for-each-ref --sort=-creatordate --format='%(refname)' refs/drayage | sed 1,${os}d |
    while read -r old; do ${o} update-ref -d "$old"; done
  ${o} -c gc.auto=6700 -c gc.autoDetach=false gc --auto --quiet
fi
flock -u 7`}a(ss,"fetchLines");function is(e,t,r){const n=`${e}/${S.basename(e)}`,o=`GIT_INDEX_FILE=${$.quote(`${e}/index`)} git -c core.hooksPath=/dev/null -c core.autocrlf=false --git-dir=${$.quote(t)} --work-tree=${$.quote(n)}`;return`mkdir -p ${$.quote(n)}
exec 9<>${$.quote(`${e}/lock`)}
checked_out() { [ "$(cat ${$.quote(`${e}/commit`)} 2>/dev/null)" = ${r} ]; }
flock -s 9
until checked_out; do
  flock -x -n 9 || { echo 'waiting for a build that reads these sources'; flock -x 9; }
  checked_out || {
    rm -f ${$.quote(`${e}/commit`)}
    ${o} read-tree --reset -u ${r} && ${o} clean -ffdxq || exit 1
    echo ${r} > ${$.quote(`${e}/commit`)}
  }
  flock -s 9
done`}a(is,"checkoutLines");function At(e,t){const r=f.normalizeRegistryHost(t);return Object.values(e).find(n=>f.normalizeRegistryHost(n.host)===r)}a(At,"registryOf");function as(e,t){const r=f.parseImage(t)?.registry??"docker.io";return At(e,r)??{host:r,insecure:!1}}a(as,"registryOfImage");function Pe(e){if(!(e.username===void 0||e.password===void 0))return{username:e.username,password:e.password.reveal()}}a(Pe,"credentialsOf");const xt="docker.io";function cs(e){return e===xt?"registry-1.docker.io":e}a(cs,"apiHost");function Nt(e){return e===xt?"https://index.docker.io/v1/":e}a(Nt,"configKey");function Rt(e,t){const[r,n]=[f.parseImage(e),f.parseImage(t)];return r!==void 0&&r.registry===n?.registry&&r.repository===n.repository}a(Rt,"isSameRepository");function Le(e,t=[]){const r=e.flatMap(n=>{const o=Pe(n);if(o===void 0)return[];const s=Buffer.from(`${o.username}:${o.password}`).toString("base64");return[[Nt(n.host),{auth:s}]]});return JSON.stringify({auths:Object.fromEntries(r),...t.length===0?{}:{cliPluginsExtraDirs:t}})}a(Le,"dockerConfig");function ds(e){const t=Pe(e);if(t===void 0)return;const r=Nt(e.host);return Buffer.from(JSON.stringify({...t,serveraddress:r})).toString("base64url")}a(ds,"registryAuthHeader");const X={environment:"environment",imageId:"image-id",dockerConfig:"config.json"};function he(e,t){const{organization:r,name:n,environment:o}=e;return{organization:r,project:n,environment:o,service:t.name}}a(he,"ownerOf$2");function jt(e){const{project:t,service:r,build:n,commit:o}=e;hs(r,n);const s=ls(t,r,o,e.fallbackTag),i=Object.entries(n.args).filter(([,d])=>f.isSecret(d)),c=Object.entries(n.secrets).map(([d,l])=>[`secret-${d}`,f.reveal(l)]);return{names:s,argv:["docker","buildx","build","--progress=plain","--provenance=false",`--iidfile=${X.imageId}`,...s.map(d=>`--tag=${d}`),`--file=${e.dockerfile}`,...Object.entries(us(e)).map(([d,l])=>`--label=${d}=${l}`),...Object.entries(n.args).map(([d,l])=>`--build-arg=${f.isSecret(l)?d:`${d}=${l}`}`),...Object.keys(n.secrets).map(d=>`--secret=id=${d},src=secret-${d}`),...n.target===void 0?[]:[`--target=${n.target}`],...n.noCache?["--no-cache"]:[],...n.platforms.map(d=>`--platform=${d}`),e.context],files:{[X.dockerConfig]:Le(Object.values(t.registries),e.plugins),[X.environment]:$.exportLines(Object.fromEntries(i.map(([d,l])=>[d,f.reveal(l)]))),...Object.fromEntries(c)}}}a(jt,"planBuild");function ls(e,t,r,n){const o=t.image===void 0?void 0:f.parseImage(t.image),s=o===void 0?f.resourceName(he(e,t)):f.familiarImage({registry:o.registry,repository:o.repository}),[i=n,...c]=f.expandTags(t.tags,r,n);return[`${s}:${i}`,...c.map(d=>`${s}:${d}`)]}a(ls,"imageNames");function us({project:e,service:t,build:r,commit:n}){const o=t.source.kind==="git"?t.source.url:n.remote,s={"org.opencontainers.image.revision":n.sha,"org.opencontainers.image.source":o?.replace(/\/\/[^@/]*@/,"//"),"org.opencontainers.image.created":n.committedAt},i=Object.entries(s).flatMap(([c,d])=>d===void 0?[]:[[c,d]]);return{...f.ownerLabels(he(e,t)),...Object.fromEntries(i),...r.labels}}a(us,"labelsOf");const fs=/^(?:PATH|HOME|LD_.*|DOCKER_.*|BUILDX_.*|BUILDKIT_(?:HOST|PROGRESS))$/;function hs(e,t){const r=`services.${e.name}.build`;if(t.platforms.length>1){const o=`${r}.platforms names ${t.platforms.join(" and ")}; the engine's own builder makes images of one platform.`;throw new f.DrayageError("BUILD_IMPOSSIBLE",o,{at:e.at})}const n=Object.entries(t.args).find(([o,s])=>f.isSecret(s)&&fs.test(o));if(n!==void 0){const o=`${r}.args.${n[0]} carries a secret, and a variable of that name would steer the Docker client.`;throw new f.DrayageError("BUILD_IMPOSSIBLE",o,{hint:"Use build.secrets, or another name.",at:e.at})}}a(hs,"checkPossible$2");function Pt(e,t,...r){const n=D.hash("sha256",r.join(`
`)).slice(0,10),o={organization:t.organization,project:t.name,environment:""};return S.posix.join(e,"sources",f.resourceName(o,n))}a(Pt,"sourceFolder");function Lt(e){return`${_.privateFolder("slots")}
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
done`}a(Lt,"slotLines");function Ct(e){return`. "$DRAYAGE_JOB/${X.environment}"
${$.quoteArgv(e)} || exit 1
id=$(cat ${X.imageId}) && platform=$(docker image inspect --format '{{.Os}}/{{.Architecture}}{{with .Variant}}/{{.}}{{end}}' "$id") || exit 1
echo "@drayage image $id $platform"`}a(Ct,"buildLines");const ps=["github.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl","gitlab.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAfuCHKVTjquxvt6CM6tdG4SLp1Btn/nOeHHE5UOzRdf","bitbucket.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIazEu89wgQZ4bqs3d63QSMzYVa0MuJ2e2gKTKqu+UUO"];function ms(e,t){return{files:{"git-ssh":ws(t,e.key!==void 0),...e.key===void 0?{}:{"git-key":ys(e.key.reveal())},...e.token===void 0?{}:{"git-token":e.token.reveal(),"git-credential":gs(e.url)}},setup:`export GIT_TERMINAL_PROMPT=0 GIT_LFS_SKIP_SMUDGE=1 GIT_SSH_VARIANT=ssh GIT_SSH_COMMAND='sh "$DRAYAGE_JOB/git-ssh"'
command -v git > /dev/null || { echo '@drayage missing git'; exit 1; }
[ -s ${$.quote(t)} ] || printf '%s\\n' ${$.quoteArgv(ps)} > ${$.quote(t)}`,git:$.quoteArgv(["git","-c","core.hooksPath=/dev/null","-c","gc.auto=0",...$s(e)])}}a(ms,"gitAccess");function $s({url:e,token:t}){if(t===void 0)return[];const{origin:r}=new URL(e);return["-c","credential.helper=","-c",`credential.${r}.helper=!sh "$DRAYAGE_JOB/git-credential"`]}a($s,"credentialOptions");function gs(e){return`[ "$1" = get ] || exit 0
grep -q '^username=' || echo username=${new URL(e).hostname==="bitbucket.org"?"x-token-auth":"x-access-token"}
printf 'password=%s\\n' "$(cat "$DRAYAGE_JOB/git-token")"
`}a(gs,"credentialScript");function ws(e,t){const r="-o BatchMode=yes -o ConnectTimeout=20 -o StrictHostKeyChecking=accept-new",n=`-o UserKnownHostsFile=${$.quote(`${e} ~/.ssh/known_hosts`)}`;return`exec ssh ${r} ${n} ${t?'-F /dev/null -o IdentitiesOnly=yes -o IdentityAgent=none -i "$DRAYAGE_JOB/git-key"':""} "$@"
`}a(ws,"sshScript");function ys(e){const t=$.tidy(e);if(t!==void 0)return t;throw new f.DrayageError("SSH_KEY_INVALID","The deploy key in source.key cannot be read: it has no BEGIN and END line.",{hint:'Paste the whole file, from "-----BEGIN" to "-----END \u2026 PRIVATE KEY-----", with its line breaks.'})}a(ys,"keyText");function vs(e,t){return S.posix.join(e,"git",D.hash("sha256",t).slice(0,16))}a(vs,"mirrorFolder");function Mt(e,t){return ms(t,S.posix.join(e.account.stateDir,"git","known_hosts"))}a(Mt,"accessTo");async function ks(e,t,r,n,o){const s=Mt(e,t),i=r==="HEAD"?["HEAD"]:[`refs/heads/${r}`,`refs/tags/${r}`,`refs/tags/${r}^{}`,r];let c="";const{exitCode:d}=await e.job({id:`resolve-${D.randomBytes(6).toString("hex")}`,files:s.files,script:`${_.privateFolder("git")}
${s.setup}
exec ${s.git} ls-remote --symref ${$.quote(t.url)} ${i.map($.quote).join(" ")}`,timeout:12e4,signal:o,onOutput:a(u=>{c+=u},"onOutput")});if(d!==0)throw Ft(c,t,e.name,r);const l=bs(c,r);if(l!==void 0)return n.note(`${r} of ${t.url} is ${l.sha}`),l;throw new f.DrayageError("GIT_REF_NOT_FOUND",`${t.url} has no branch or tag "${r}".`,{hint:/^[0-9a-f]{7,39}$/.test(r)?"Write a commit with all 40 digits.":`List them: git ls-remote ${t.url}`})}a(ks,"resolveRef");function bs(e,t){const r=e.split(`
`).flatMap(c=>{const[,d,l]=/^([0-9a-f]{40})\t(\S+)$/.exec(c)??[];return d===void 0||l===void 0?[]:[{sha:d,name:l}]}),n=a(c=>r.find(d=>d.name===c)?.sha,"find");if(t==="HEAD"){const[,c]=/^ref: refs\/heads\/(\S+)\tHEAD$/m.exec(e)??[],d=n("HEAD");return d===void 0?void 0:{sha:d,branch:c}}const o=n(`refs/heads/${t}`);if(o!==void 0)return{sha:o,branch:t};const s=n(`refs/tags/${t}^{}`)??n(`refs/tags/${t}`);if(s!==void 0)return{sha:s,tag:t};const i=n(t);return i===void 0?void 0:{sha:i}}a(bs,"readRefs");function Ft(e,t,r,n){const o=e.trim().split(`
`),s=o.findLast(c=>/^(?:fatal|remote|error|ssh|ERROR): |Permission denied|Host key/.test(c))??o.at(-1)??"",i=`${r} cannot fetch ${n} from ${t.url}`;if(e.includes("@drayage missing git"))return new f.DrayageError("GIT_MISSING",`${r} has no git, which is needed for source.git.`,{hint:"drayage setup-build-server"});if(/Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/.test(e))return new f.DrayageError("GIT_FETCH_FAILED",`${i}: the git server's SSH key is not the one seen before.`,{hint:`If it was changed on purpose, remove its line from the file "git/known_hosts" in Drayage's state folder on ${r}.`,output:e});if(/Authentication failed|could not read Username|Permission denied|Repository not found|repository .* not found|HTTP 40[134]|requested URL returned error: 40[134]|access denied|not allowed/i.test(e)){const c=t.token??t.key,d=c===void 0?"without credentials":`with source.${t.token===void 0?"key":"token"}`;return new f.DrayageError("GIT_ACCESS_DENIED",`${i} ${d}: ${s}.`,{hint:c===void 0?"For a private repository give source.token (https) or source.key (ssh).":void 0,output:e})}return/No space left on device/i.test(e)?new f.DrayageError("DISK_FULL",`${i}: its disk is full.`,{output:e}):/not our ref|couldn't find remote ref|did not contain|@drayage no-commit/.test(e)?new f.DrayageError("GIT_REF_NOT_FOUND",`${t.url} has no commit ${n}.`,{hint:"If it is a new commit, push it first.",output:e}):new f.DrayageError("GIT_FETCH_FAILED",`${i}: ${s}.`,{output:e})}a(Ft,"diagnoseGit");async function Es(e,t){const{project:r,service:n,build:o,source:s}=t,i=await e.connect(t.server),c=await _s(e,i,t),{sha:d=""}=c,{stateDir:l}=i.account,u=vs(l,s.url),m=Pt(l,r,"git",s.url),p=S.posix.join(m,S.basename(m),s.path),g=jt({project:r,service:n,build:o,commit:c,fallbackTag:d.slice(0,12),context:S.posix.join(p,o.context),dockerfile:S.posix.join(p,o.dockerfile),plugins:_.pluginFolders(i.account)}),w=Mt(i,s),y={service:n.name,server:i.name,dockerfile:S.posix.join(s.path.replace(/^\//,""),o.dockerfile)},v=await _t(e,i,{name:`build-${f.resourceName(he(r,n))}`,titles:[`Fetch ${d.slice(0,12)} of ${s.url} on ${i.name}`,`Build ${n.name} on ${i.name}`],script:`${_.privateFolder("git")}
${_.privateFolder("sources")}
${w.setup}
${ss(u,s.url,d,w)}
${is(m,u,d)}
echo '@drayage stage'
${_.cliLines(i.account)}
${Lt(r.servers[t.server]?.slots??1)}
${Ct(g.argv)}`,files:{...w.files,...g.files},timeout:o.timeout,followUp:t.followUp?.(g.names)},(T,A)=>A===0?Ft(T,s,i.name,`commit ${d}`):Tt(T,y));if(v===void 0)throw new f.DrayageError("INTERNAL_BUG","A git checkout was replaced while it was locked.");const{imageId:k,platform:b}=v;return{image:g.names[0],names:g.names,imageId:k,sourceCommit:d,platforms:[b],server:i.name}}a(Es,"buildFromGit");async function _s(e,t,{source:r,git:n,service:o}){const s=ts(r,n);if(s.kind==="commit"){const{sha:i,branch:c,tag:d}=s;return i===n.sha?n:{sha:i,branch:c,tag:d}}return e.report.phase(`Look up ${s.ref} of ${o.name}'s repository`,i=>ks(t,r,s.ref,i,e.signal))}a(_s,"pinned");const Ss=new Set([".git",".drayage"]);function Ds(e){const r=e.replace(/^\uFEFF/,"").split(/\r?\n/).map(s=>Os(s.trimEnd())).filter(s=>s.trim()!==""),n=r.length===0?void 0:Qe.dockerignore.default({ignorecase:!1}).add(r),o=r.filter(s=>s.startsWith("!")).map(s=>Ts(s.slice(1)));return{isIgnored:a(s=>Ut(s)||n?.ignores(s)===!0,"isIgnored"),isClosed:a(s=>Ut(s)||!o.some(i=>Is(i,s.split("/"))),"isClosed")}}a(Ds,"ignoreRules");function Ut(e){return Ss.has(e.slice(e.lastIndexOf("/")+1))}a(Ut,"isOwn");function Os(e){return e.replace(/\\.|[+(){}|]|(?<!\[)\^/g,t=>t.startsWith("\\")?t:`\\${t}`)}a(Os,"escapeRegExp");function Ts(e){return e.trim().split("/").filter(t=>t!==""&&t!==".")}a(Ts,"partsOf");function Is(e,t){for(const[r,n]of t.entries()){const o=e[r];if(o===void 0||o.includes("**"))return!0;if(!/[*?[\\]/.test(o)&&o!==n)return!1}return!0}a(Is,"mayMatchBelow");const As=1<<20;function xs(e,t,r,n){let o=0;const s=Qe.tarStreamExports.pack(),i=new pn.Transform({transform(c,d,l){o+=c.length,l(null,c)}});return Ns(s,e,t,r,n).then(()=>s.finalize(),c=>s.destroy(c)),et.pipeline(s,mn.createGzip({level:1}),i).catch(c=>i.destroy(c)),{stream:i,bytes:a(()=>o,"bytes")}}a(xs,"packEntries");async function Ns(e,t,r,n,o){for(const{name:i,text:c}of o)await pe(e,{name:i,mode:384},Buffer.from(c));const s=[...n].sort((i,c)=>i.path<c.path?-1:1);for(const{path:i,mode:c,kind:d,size:l}of s){const u={name:`${r}/${i}`,mode:c&4095},m=S.join(t,i);d==="folder"?await pe(e,{...u,type:"directory"}):d==="link"?await pe(e,{...u,type:"symlink",linkname:await we.readlink(m)}):l<=As?await pe(e,{...u,type:"file"},R.readFileSync(m)):await Rs(e,{...u,type:"file",size:l},m)}}a(Ns,"writeAll");function pe(e,t,r){return new Promise((n,o)=>{const s=a(i=>i==null?n():o(i),"done");r===void 0?e.entry(t,s):e.entry(t,r,s)})}a(pe,"write");async function Rs(e,t,r){await et.pipeline(R.createReadStream(r,{end:(t.size??1)-1}),e.entry(t))}a(Rs,"writeStream");const js=12;async function Ps(e,t,r){const n=Buffer.allocUnsafe(1048576),o=[],s=[""];let i=performance.now();for(let c=s.pop();c!==void 0;c=s.pop())for(const d of Ls(e,c)){performance.now()-i>js&&(await B.setImmediate(),r?.throwIfAborted(),i=performance.now());const l=c===""?d.name:`${c}/${d.name}`,u=t.isIgnored(l);if(d.isDirectory()&&!(u&&t.isClosed(l))&&s.push(l),u)continue;const m=Cs(e,l,d,n);m!==void 0&&o.push(m)}return Fs(e,o)}a(Ps,"readContext");function Ls(e,t){try{return R.readdirSync(S.join(e,t),{withFileTypes:!0})}catch(r){throw Ht(t===""?e:t,r)}}a(Ls,"listFolder");function Cs(e,t,r,n){if(/[\n\uFFFD]/.test(t)){const s=`The file name ${JSON.stringify(t)} holds a line break or is not UTF-8; such names cannot be sent.`;throw new f.DrayageError("SOURCE_INVALID",s,{hint:"Rename the file, or exclude it in .dockerignore."})}const o=S.join(e,t);try{if(r.isDirectory())return fe({path:t,mode:R.lstatSync(o).mode,kind:"folder",content:vt,size:0});if(r.isSymbolicLink())return fe({path:t,mode:41471,kind:"link",content:D.hash("sha256",R.readlinkSync(o)),size:0});if(!r.isFile())return;const{mode:s,size:i}=R.lstatSync(o);return fe({path:t,mode:s,kind:"file",content:Ms(o,i,n),size:i})}catch(s){throw Ht(t,s)}}a(Cs,"readEntry");function Ms(e,t,r){const n=R.openSync(e,"r");try{if(t<r.length){const s=R.readSync(n,r,0,r.length,null);return D.hash("sha256",r.subarray(0,s))}const o=D.createHash("sha256");for(let s=R.readSync(n,r);s>0;s=R.readSync(n,r))o.update(r.subarray(0,s));return o.digest("hex")}finally{R.closeSync(n)}}a(Ms,"hashFile");function Fs(e,t){const r=new Set(t.filter(({kind:s})=>s==="folder").map(({path:s})=>s)),n=new Set;for(const{path:s}of t)for(let i=s.lastIndexOf("/");i>0;i=s.lastIndexOf("/",i-1)){const c=s.slice(0,i);if(r.has(c)||n.has(c))break;n.add(c)}const o=[...n].map(s=>fe({path:s,mode:R.lstatSync(S.join(e,s)).mode,kind:"folder",content:vt,size:0}));return[...t,...o]}a(Fs,"withParents");function Ht(e,t){const r=t instanceof Error?t.message:String(t);return new f.DrayageError("SOURCE_INVALID",`The source ${e} cannot be read: ${r}.`,{cause:t})}a(Ht,"unreadable");async function Us({root:e,context:t,dockerfile:r,signal:n}){const o=S.join(e,t);if(!(await we.stat(o).catch(()=>{}))?.isDirectory())throw new f.DrayageError("SOURCE_INVALID",`The build context ${o} is not a folder.`,{hint:"On CI, check the repository out before this step."});const s=await me(S.join(e,r));if(s===void 0)throw await Hs(e,t,r);const i=await me(S.join(e,`${r}.dockerignore`)),c=Ds(i??await me(S.join(o,".dockerignore"))??"");return{folder:o,tree:Jo(await Ps(o,c,n)),dockerfile:s,ownIgnore:i}}a(Us,"readLocalSource");async function Hs(e,t,r){const n=S.posix.join(t,r),o=n!==r&&await me(S.join(e,n))!==void 0;return new f.DrayageError("SOURCE_INVALID",`There is no ${r} in ${e}.`,{hint:o?`build.dockerfile is relative to the source, not to the context: write \`dockerfile: ${n}\`.`:"Name it under build.dockerfile, relative to the source."})}a(Hs,"noDockerfile");async function me(e){return we.readFile(e,"utf8").catch(t=>{if(!(t.code==="ENOENT"||t.code==="ENOTDIR"||t.code==="EISDIR"))throw new f.DrayageError("SOURCE_INVALID",`${e} cannot be read: ${t.message}.`,{cause:t})})}a(me,"readText");const Gt=5;async function Bt(e,t,r,n,o){for(let s=1;s<=Gt;s+=1){const i=await e.script(Vo(t,r.tree),{purpose:"Comparing the sources",signal:o}),[c="none",...d]=i.stdout.split(`
`).filter(l=>l!=="");if(c==="same")return{added:0,removed:0,bytes:0};try{const l=await Gs(e,t,r,c,d,n,o);if(l!==void 0)return l}catch(l){if(!(l instanceof f.DrayageError)||l.code!=="SSH_CONNECTION_LOST"||s===Gt)throw l;n.note(`${l.message} Sending again.`)}await B.setTimeout(100*s)}throw new f.DrayageError("SOURCE_CHANGED",`Other runs keep changing ${t} on ${e.name}.`,{hint:"Let runs for one project wait for each other (`concurrency` on GitHub, `resource_group` on GitLab)."})}a(Bt,"sendContext");async function Gs(e,t,r,n,o,s,i){const{tree:c,folder:d}=r,{add:l,remove:u}=n==="none"?{add:c.entries,remove:[]}:Wo(c,o),m=xs(d,"tree",Bs(l,c),[{name:C.add,text:l.map(kt).join("")},{name:C.remove,text:u.map(w=>`${w}
`).join("")},{name:C.groups,text:bt(c)}]);let p;m.stream.once("error",w=>{p=w});const g=await e.script(Xo(t,n,c),{purpose:"Sending the sources",stdin:m.stream,accept:[0,V,65],onOutput:a(w=>s.output(w),"onOutput"),signal:i}).catch(w=>{throw p===void 0?w:qt(p.message,p)});if(g.exitCode!==V){if(g.exitCode===65)throw qt(g.stderr.trim().split(`
`).slice(0,3).join("; "),p);return{added:l.length,removed:u.length,bytes:m.bytes()}}}a(Gs,"sendDifference");function Bs(e,t){if(e.length===t.entries.length)return e;const r=new Set(e.map(({path:n})=>n));for(const{path:n}of e)for(let o=n.lastIndexOf("/");o>0;o=n.lastIndexOf("/",o-1))r.add(n.slice(0,o));return t.entries.filter(({path:n})=>r.has(n))}a(Bs,"withFolders");function qt(e,t){return new f.DrayageError("SOURCE_CHANGED",`The sources changed while they were being sent: ${e}.`,{cause:t})}a(qt,"sourceChanged");const qs=4;async function Ys(e,t){const{project:r,service:n,build:o,git:s}=t,i=S.join(S.dirname(r.file??"drayage.yml"),t.source.path),c=`Send the sources of ${n.name} to ${t.server}`,d=e.connect(t.server),[l,u]=await e.report.phase(c,async y=>{const v=Us({root:i,context:o.context,dockerfile:o.dockerfile,signal:e.signal}),[k,b]=await Promise.all([d,v]),T=await Bt(k,Yt(k,t,b),b,y,e.signal);return y.note(Ws(b,T)),[k,b]}),m=Yt(l,t,u),p=S.posix.basename(o.dockerfile),g=jt({project:r,service:n,build:o,commit:s,fallbackTag:`tree-${u.tree.root.slice(0,12)}`,context:S.posix.join(m,S.posix.basename(m)),dockerfile:`dockerfile/${p}`,plugins:_.pluginFolders(l.account)}),w={service:n.name,server:l.name,dockerfile:S.posix.join(t.source.path,o.dockerfile)};for(let y=1;y<=qs;y+=1){const v=await _t(e,l,{name:`build-${f.resourceName(he(r,n))}`,titles:[`Build ${n.name} on ${l.name}`],script:Js(l,r,m,u,p,g.argv,t.server),files:{...g.files,...zs(u)},timeout:o.timeout,followUp:t.followUp?.(g.names)},k=>Tt(k,w));if(v!==void 0)return{image:g.names[0],names:g.names,imageId:v.imageId,sourceCommit:s.sha,platforms:[v.platform],server:l.name};await e.report.phase(`${c} again`,async k=>{k.note("Another run replaced them in between."),await Bt(l,m,u,k,e.signal)})}throw new f.DrayageError("SOURCE_CHANGED",`Other runs keep replacing the sources of ${n.name} on ${l.name}.`,{hint:"Let runs for one project wait for each other (`concurrency` on GitHub, `resource_group` on GitLab)."})}a(Ys,"buildFromPath");function Yt(e,{project:t,source:r,build:n},{ownIgnore:o}){const s=o===void 0?[]:[n.dockerfile];return Pt(e.account.stateDir,t,"path",r.path,n.context,...s)}a(Yt,"folderOf");function zs({dockerfile:e,ownIgnore:t}){return{"the-dockerfile":e,...t===void 0?{}:{"the-dockerignore":t}}}a(zs,"steeringFiles");function Js(e,t,r,n,o,s,i){const c=t.servers[i]?.slots??1,d=n.ownIgnore===void 0?"":`mv the-dockerignore dockerfile/${$.quote(`${o}.dockerignore`)}`;return`${_.privateFolder("sources")}
${_.cliLines(e.account)}
mkdir dockerfile && mv the-dockerfile dockerfile/${$.quote(o)} || exit 1
${d}
${Lt(c)}
${Ko(r,"-s","waiting for sources that another run is sending")}
[ "$(cat ${$.quote(`${r}/root`)} 2>/dev/null)" = ${n.tree.root} ] || exit ${V}
${Ct(s)}`}a(Js,"pathScript");function Ws({tree:e},{added:t,removed:r,bytes:n}){const o=e.entries.filter(({kind:c})=>c!=="folder"),s=o.reduce((c,{size:d})=>c+d,0),i=`${o.length} files, ${zt(s)}`;return t+r===0?`${i}: nothing changed`:`${i}: ${t} new or changed, ${r} replaced or gone, ${zt(n)} sent`}a(Ws,"describe$2");function zt(e){return e<1e3?`${e} bytes`:e<1e6?`${(e/1e3).toFixed(1)} kB`:`${(e/1e6).toFixed(1)} MB`}a(zt,"inUnits");async function Ce(e,t){const r=Ks(t.project,t.service),{build:n,source:o}=r;if(n===void 0||o.kind==="image")throw new f.DrayageError("BUILD_IMPOSSIBLE",`Service ${r.name} runs a prebuilt image; there is nothing to build.`,{at:r.at});const[s]=n.servers;if(s===void 0)throw new f.DrayageError("BUILD_IMPOSSIBLE",`Service ${r.name} names no build server.`,{hint:"Declare a server with role: build, or name one under build.servers.",at:r.at});const i={...t,service:r,build:n,server:s},c=o.kind==="git"?await Es(e,{...i,source:o}):await Ys(e,{...i,source:o});return r.image===void 0&&e.report.note(`${r.name}: no registry is named, so the image stays on ${s} as ${c.image} (${c.imageId}).`),c}a(Ce,"buildService");function Ks(e,t){const r=e.services.find(o=>o.name===t);if(r!==void 0)return r;const n=e.services.map(o=>o.name).join(", ");throw new f.DrayageError("INPUT_INVALID",`There is no service "${t}" in ${e.name}; its services are ${n}.`)}a(Ks,"findService");const Vs=Object.freeze(Object.defineProperty({__proto__:null,buildService:Ce},Symbol.toStringTag,{value:"Module"})),Xs=/(?:^|,)\s*(bearer|basic)\s+/gi,Zs=/([a-z_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/gi;function Qs(e){const t=typeof e=="string"?e:(e??[]).join(", "),r=[...t.matchAll(Xs)],n=r.map((i,c)=>{const d=ei(t.slice(i.index+i[0].length,r[c+1]?.index));return{scheme:i[1]?.toLowerCase(),parameters:d}}),o=n.find(({scheme:i,parameters:c})=>i==="bearer"&&c.has("realm"));if(o!==void 0){const{parameters:i}=o;return{scheme:"bearer",realm:i.get("realm")??"",service:i.get("service"),scope:i.get("scope")}}const s=n.find(({scheme:i})=>i==="basic");return s&&{scheme:"basic",realm:s.parameters.get("realm")??""}}a(Qs,"parseChallenge");function ei(e){const t=[...e.matchAll(Zs)].map(([,r="",n,o])=>[r.toLowerCase(),n?.replace(/\\(.)/g,"$1")??o??""]);return new Map(t)}a(ei,"readParameters");class F extends Error{static{a(this,"TransientFailure")}name="TransientFailure";verdict;wait;constructor(t,r){super(t.message,{cause:t.cause}),this.verdict=t,this.wait=r}}const Jt=6e4;async function Wt(e,t){const{signal:r}=t;try{return await $.pRetry(e,{retries:t.retries,minTimeout:t.firstDelay,factor:2,randomize:!0,signal:r,shouldRetry:a(({error:n})=>n instanceof F&&(n.wait??0)<=Jt,"shouldRetry"),onFailedAttempt:a(async({error:n,attemptNumber:o,retriesLeft:s})=>{if(!(n instanceof F)||s===0)return;const i=n.wait??0;i>Jt||(t.onRetry?.(n.verdict.message,o),i>0&&await B.setTimeout(i,void 0,{signal:r}))},"onFailedAttempt")})}catch(n){throw r?.aborted===!0?new f.DrayageError("CANCELLED","The run was cancelled.",{cause:n}):n instanceof F?n.verdict:n}}a(Wt,"retryTransient");function Kt(e,t=Date.now()){const r=typeof e=="string"?e.trim():e?.[0]?.trim();if(r===void 0||r==="")return;if(/^\d+$/.test(r))return Number(r)*1e3;const n=Date.parse(r);return Number.isNaN(n)?void 0:Math.max(0,n-t)}a(Kt,"retryAfter");function Vt(e,t,r){const{host:n}=e,o=ii(r.body),s=`HTTP ${r.status}${o===""?"":`, "${o}"`}`;switch(!0){case(r.status===401&&(e.username===void 0||!ti(r))):return $e(e,s);case(r.status===401||r.status===403):return Xt(e,t,s);case r.status===429:return new F(new f.DrayageError("REGISTRY_RATE_LIMITED",`Registry ${n} limits how often it may be asked (${s}, for ${t}).`,{hint:ni(e)}),Kt(r.headers["retry-after"]));case(r.status>=500||r.status===408):return new F(new f.DrayageError("REGISTRY_UNREACHABLE",`Registry ${n} failed with ${s} when asked for ${t}.`),Kt(r.headers["retry-after"]));default:return new f.DrayageError("REGISTRY_UNREACHABLE",`Registry ${n} answered ${s} when asked for ${t}; expected the OCI distribution API.`,{hint:si(e,r.body)})}}a(Vt,"verdictOn");function $e(e,t){const{host:r,username:n}=e;return n===void 0?new f.DrayageError("REGISTRY_AUTH",`Registry ${r} asks for credentials (${t}), and none are declared for it.`,{hint:`Declare username and password under registries."${r}" in drayage.yml.`}):new f.DrayageError("REGISTRY_AUTH",`Registry ${r} refused the password of user ${n} (${t}).`,{hint:`Check registries."${r}" in drayage.yml, and the secret its password comes from.`})}a($e,"refused");function Xt(e,t,r){const n=`Registry ${e.host} denies ${Qt(e)} access to ${t} (${r}).`,o=`Check that the repository exists and that ${Qt(e)} may use it, or declare other credentials under registries."${e.host}".`;return new f.DrayageError("REGISTRY_DENIED",n,{hint:o})}a(Xt,"denied");function ti(e){return/^bearer/i.test(String(e.headers["www-authenticate"]??""))}a(ti,"usesTokens");const ri=new Set(["ECONNRESET","ECONNREFUSED","EPIPE","ETIMEDOUT","EAI_AGAIN","EHOSTUNREACH","ENETUNREACH","UND_ERR_CONNECT_TIMEOUT","UND_ERR_HEADERS_TIMEOUT","UND_ERR_BODY_TIMEOUT","UND_ERR_SOCKET"]);function Zt(e,t){const r=er(t),n=t instanceof Error?t.message:String(t),o=new f.DrayageError("REGISTRY_UNREACHABLE",`Registry ${e.host} cannot be reached: ${n}.`,{hint:oi(e,r,n),cause:t});return ri.has(r)?new F(o):o}a(Zt,"unreachable");function Qt(e){return e.username===void 0?"anonymous users":`user ${e.username}`}a(Qt,"who");function ni(e){return e.username===void 0?`Declare credentials under registries."${e.host}": limits for known users are higher.`:"Wait until the limit is lifted, or use a mirror."}a(ni,"rateHint");function er(e){return e instanceof Error?"code"in e&&typeof e.code=="string"?e.code:e.cause===void 0?"":er(e.cause):""}a(er,"codeOf");function oi(e,t,r){const n=`registries."${e.host}"`;if(/CERT|SELF_SIGNED|UNABLE_TO_/.test(t))return`Put the PEM of the authority that signed its certificate under ${n}.ca.`;if(/WRONG_VERSION_NUMBER|EPROTO/.test(`${t} ${r}`))return`If it speaks plain HTTP, say so: ${n}.insecure: true.`;if(t==="ENOTFOUND")return`Check the spelling of ${e.host}.`}a(oi,"faultHint");function si(e,t){if(/HTTP request (?:was sent )?to (?:an )?HTTPS/i.test(t))return`It speaks TLS: remove registries."${e.host}".insecure.`}a(si,"speechHint");function ii(e){const[,t]=/"(?:message|details)"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(e)??[];return(t??(e.startsWith("<")?"":e)).replace(/\s+/g," ").trim().slice(0,200)}a(ii,"messageOf");class ai{static{a(this,"Authorization")}#e;#o;#r=new Map;#t=new Map;#s=new Map;constructor(t,r){this.#e=t,this.#o=r}wants(t,r){(this.#t.get(t)??"pull")===r||r==="pull"||(this.#t.set(t,r),this.#r.delete(t))}header(t){return this.#r.get(t)}async answer(t,r,n){if(this.#r.get(t)!==n)return!0;const o=Qs(r);if(o===void 0)return!1;const s=this.#s.get(t)??this.#i(t,o);this.#s.set(t,s);try{const i=await s;return this.#r.set(t,i),i!==n}finally{this.#s.delete(t)}}async#i(t,r){const n=Pe(this.#e),o=n&&`Basic ${Buffer.from(`${n.username}:${n.password}`).toString("base64")}`;if(r.scheme==="basic"){if(o===void 0)throw $e(this.#e,"HTTP 401");return o}return`Bearer ${await this.#n(t,r,o)}`}async#n(t,r,n){const o=this.#a(t,r),s=n===void 0?{}:{authorization:n},i=await this.#o.request({origin:o.origin,path:`${o.pathname}${o.search}`,method:"GET",headers:s}).catch(l=>{throw Zt(this.#e,l)}),c=await i.body.text();if(i.statusCode===401||i.statusCode===403)throw $e(this.#e,`HTTP ${i.statusCode} from ${o.host}`);if(i.statusCode!==200){const l={status:i.statusCode,headers:i.headers,body:c};throw Vt(this.#e,`a token from ${o.host}`,l)}const d=ci(c);if(d!==void 0)return d;throw new f.DrayageError("REGISTRY_UNREACHABLE",`${o.host} answered without a token for registry ${this.#e.host}.`)}#a(t,r){if(!URL.canParse(r.realm)){const o=`Registry ${this.#e.host} sends clients to "${r.realm}" for tokens; expected a URL.`;throw new f.DrayageError("REGISTRY_UNREACHABLE",o)}const n=new URL(r.realm);if(n.protocol!=="https:"&&!this.#e.insecure){const o=`Registry ${this.#e.host} sends clients to ${n.origin} for tokens; expected https.`;throw new f.DrayageError("REGISTRY_UNREACHABLE",o)}return r.service!==void 0&&n.searchParams.set("service",r.service),n.searchParams.set("scope",`repository:${t}:${this.#t.get(t)??"pull"}`),this.#e.username!==void 0&&n.searchParams.set("account",this.#e.username),n}}function ci(e){const t=di(e);if(!(typeof t!="object"||t===null))return"token"in t&&typeof t.token=="string"?t.token:"access_token"in t&&typeof t.access_token=="string"?t.access_token:void 0}a(ci,"tokenIn");function di(e){try{return JSON.parse(e)}catch{return}}a(di,"parseJson");const Me=1e4,tr=3e4;function li({ca:e,dial:t}){const r=e===void 0?void 0:[...K.rootCertificates,e],n=rt.undiciExports.buildConnector({ca:r,timeout:Me}),o=t===void 0?n:(s,i)=>{ui(t,s,r).then(c=>i(null,c),()=>n(s,i))};return new rt.undiciExports.Agent({connect:o,connections:6,headersTimeout:tr,bodyTimeout:tr})}a(li,"connections");async function ui(e,t,r){const n=t.protocol==="https:",o=t.port===""?n?443:80:Number(t.port),s=t.hostname.replace(/^\[|\]$/g,""),i=await rr(e(s,o),Me);if(!n)return i;const c=tt.isIP(s)===0?s:"",d=K.connect({socket:i,host:s,servername:c,ca:r,ALPNProtocols:["http/1.1"]}),l=new Promise((u,m)=>{d.once("secureConnect",()=>u(d)).once("error",m)});return rr(l,Me).catch(u=>{throw d.destroy(),u})}a(ui,"throughServer");async function rr(e,t){let r;const n=new Promise((o,s)=>{r=setTimeout(()=>s(new Error(`no connection within ${t/1e3} s`)),t)});try{return await Promise.race([e,n])}catch(o){throw e.then(s=>s.destroy()).catch(()=>{}),o}finally{clearTimeout(r)}}a(rr,"within");const fi=["application/vnd.oci.image.index.v1+json","application/vnd.oci.image.manifest.v1+json","application/vnd.docker.distribution.manifest.list.v2+json","application/vnd.docker.distribution.manifest.v2+json"];class hi{static{a(this,"RegistryClient")}#e;#o;#r;#t;#s;constructor(t,r={}){this.#e=t,this.#o=r,this.#r=li({ca:t.ca,dial:r.dial}),this.#t=new ai(t,this.#r),this.#s=`${t.insecure?"http":"https"}://${cs(t.host)}`}async prepare(t,r="pull"){this.#t.wants(t,r),await this.#n("GET","/v2/",t,`repository ${t}`,{})}async digest(t,r){if(this.#e.host==="docker.io"){const n=await this.#i("HEAD",t,r),o=Z(n?.headers["docker-content-digest"]);if(n===void 0||o!==void 0)return o}return(await this.manifest(t,r))?.digest}async manifest(t,r){const n=await this.#i("GET",t,r);if(n===void 0)return;const o=`sha256:${D.createHash("sha256").update(n.bytes).digest("hex")}`,s=r.startsWith("sha256:")?r:Z(n.headers["docker-content-digest"]);if(s?.startsWith("sha256:")===!0&&s!==o){const i=`Registry ${this.#e.host} sent a manifest of ${t} with digest ${o}; expected ${s}.`;throw new f.DrayageError("DIGEST_MISMATCH",i)}return{digest:o,mediaType:Z(n.headers["content-type"])??"",bytes:n.bytes}}async tags(t){const r=[];let n=`/v2/${t}/tags/list?n=1000`;for(;n!==void 0;){const o=await this.#n("GET",n,t,`the tags of ${t}`,{},[404]);if(o.status===404)return[];const s=JSON.parse(o.bytes.toString("utf8"));typeof s=="object"&&s!==null&&"tags"in s&&Array.isArray(s.tags)&&r.push(...s.tags.map(String)),n=pi(Z(o.headers.link))}return r}async tagsOf(t,r,n){const o=n??await this.tags(t),s=await Promise.all(o.map(i=>this.digest(t,i)));return o.filter((i,c)=>s[c]===r)}async tag(t,r,n){this.#t.wants(t,"pull,push");const o={body:r.bytes,headers:{"content-type":r.mediaType}};await this.#n("PUT",`/v2/${t}/manifests/${n}`,t,`tag ${t}:${n}`,o)}async[Symbol.asyncDispose](){await this.#r.destroy()}async#i(t,r,n){const o=`${r}${n.includes(":")?"@":":"}${n}`,s={accept:fi.join(", ")},i=await this.#n(t,`/v2/${r}/manifests/${n}`,r,o,{headers:s},[404]);return i.status===404?void 0:i}async#n(t,r,n,o,s,i=[]){const{signal:c,retries:d=4,onRetry:l}=this.#o;return Wt(a(async()=>{const m=this.#t.header(n);let p=await this.#a(t,r,n,s);const g=Z(p.headers["www-authenticate"]);if(p.status===401&&await this.#t.answer(n,g,m)&&(p=await this.#a(t,r,n,s)),p.status>=200&&p.status<300||i.includes(p.status))return p;const w={...p,body:p.bytes.toString("utf8")};throw Vt(this.#e,o,w)},"attempt"),{retries:d,firstDelay:300,signal:c,onRetry:l})}async#a(t,r,n,o){const s=this.#t.header(n),i={...o.headers,...s===void 0?{}:{authorization:s}};try{const{signal:c}=this.#o,d=await this.#r.request({origin:this.#s,path:r,method:t,headers:i,body:o.body,signal:c}),l=Buffer.from(await d.body.arrayBuffer());return await B.setImmediate(),{status:d.statusCode,headers:d.headers,bytes:l}}catch(c){throw Zt(this.#e,c)}}}function Z(e){return typeof e=="string"?e:e?.join(", ")}a(Z,"header");function pi(e){const[,t]=/<([^>]+)>\s*;\s*rel="?next"?/.exec(e??"")??[];return t?.startsWith("/v2/")===!0?t:void 0}a(pi,"nextPage");function mi(e,{registry:t,server:r,image:n}){const o=gi(e),{host:s}=t,i=a((d,l,u)=>new f.DrayageError(d,`${l}: ${o}.`,{hint:u,output:e}),"error"),c=a(d=>i("REGISTRY_UNREACHABLE",`${r} cannot push to registry ${s}`,d),"unreachable");switch(!0){case/image does not exist locally|No such image|tag does not exist/i.test(e):return i("IMAGE_NOT_FOUND",`${r} has no image ${n}`,"Build it first: drayage build-remote");case/toomanyrequests|429 Too Many/i.test(e):return new F(i("REGISTRY_RATE_LIMITED",`Registry ${s} limits pushes`));case/unauthorized|no basic auth credentials|authentication required|incorrect username or password/i.test(o):return $e(t,o);case/denied|insufficient_scope|forbidden/i.test(o):return Xt(t,n,o);case/x509: |certificate/i.test(o):return c(`Declare its authority under registries."${s}".ca and run: drayage setup-build-server`);case/HTTP response to HTTPS client/i.test(o):return c(`Say that it speaks plain HTTP (registries."${s}".insecure: true) and run: drayage setup-build-server`);case/no such host/i.test(o):return c(`Check the spelling of ${s}, and DNS on ${r}.`);case/no space left/i.test(o):return i("DISK_FULL",`The push to ${s} found a full disk`);case $i(o):return new F(c());default:return i("PUSH_FAILED",`${r} cannot push ${n}`)}}a(mi,"diagnosePush");function $i(e){return/connection (?:refused|reset|timed out)|broken pipe|EOF|timeout|deadline exceeded|temporary failure|network is unreachable|no route to host|server misbehaving|use of closed network|unexpected (?:HTTP )?status(?: code)?[^\n]*5\d\d|50[0234] |Bad Gateway|Service Unavailable|Internal Server Error/i.test(e)}a($i,"isTransport");function gi(e){return(e.split(`
`).map(n=>n.trim()).filter(n=>n!==""&&!/^(?:[0-9a-f]{12}: |The push refers to)/.test(n)).at(-1)??"it said nothing").replace(/^(?:Error response from daemon|error parsing HTTP \d+ response body): /i,"").replace(/\.$/,"").slice(0,400)}a(gi,"lastError");function wi(e,t){const r=t.image===void 0?void 0:f.parseImage(t.image);if(r===void 0)throw new f.DrayageError("INPUT_INVALID",`Service ${t.name} has no "image", so there is no registry to push to.`,{hint:`Add the repository: services.${t.name}.image: ghcr.io/<owner>/<name>`,at:t.at});const{registry:n,repository:o}=r;return{registry:At(e.registries,n)??{host:n,insecure:!1},path:o,repository:f.familiarImage({registry:n,repository:o})}}a(wi,"destinationOf");function yi(e,t,r,n){const o=f.parseImage(t)?.tag??"latest",s=n!==void 0&&n!==r.sha,i=e.source.kind==="git"?e.source.ref:void 0,c=s?{sha:n,branch:i,tag:i}:r,d=f.expandTags(e.tags,c,o);return e.image!==void 0&&Rt(t,e.image)?[...new Set([o,...d])]:d}a(yi,"tagsToPush");function nr(e,t){const[r=e,...n]=t;return`push() {
  docker push "$1" 2>&1 | while IFS= read -r line; do
    case $line in *': Preparing' | *': Waiting') continue ;; esac
    printf '%s\\n' "$line"
    case $line in *': digest: sha256:'*) set -- $line; echo "@drayage pushed \${1%:} $3" ;; esac
  done
}
${t.filter(s=>s!==e).map(s=>`docker tag ${$.quote(e)} ${$.quote(s)} || exit 1`).join(`
`)}
push ${$.quote(r)}
${n.map(s=>`push ${$.quote(s)} &`).join(`
`)}
wait`}a(nr,"pushScript");const or=3;async function vi({server:e,destination:t,image:r,tags:n,pushed:o,name:s,phase:i,signal:c}){const{registry:d,repository:l}=t;await Wt(a(async()=>{let p="";const g=f.markedLines(([y,v="",k=""])=>{y==="pushed"&&o.set(v,k)},y=>{p+=y,i.output(y)}),w=n.filter(y=>!o.has(y)).map(y=>`${l}:${y}`);if(await e.job({id:`${s}-${D.randomBytes(4).toString("hex")}`,script:`${_.cliLines(e.account)}
${nr(r,w)}`,files:{"config.json":Le([d],_.pluginFolders(e.account))},onOutput:g.push,signal:c}),g.finish(),n.some(y=>!o.has(y)))throw mi(p,{registry:d,server:e.name,image:r})},"attempt"),{retries:or,firstDelay:1e3,signal:c,onRetry:a((p,g)=>i.note(`${p} Trying again (attempt ${g+1} of ${or+1}).`),"onRetry")})}a(vi,"pushTags");var sr=a((e,t)=>(t=Symbol[e])?t:Symbol.for("Symbol."+e),"__knownSymbol$2"),ir=a(e=>{throw TypeError(e)},"__typeError$2"),ki=a((e,t,r)=>{if(t!=null){typeof t!="object"&&typeof t!="function"&&ir("Object expected");var n,o;n=t[sr("asyncDispose")],n===void 0&&(n=t[sr("dispose")],o=n),typeof n!="function"&&ir("Object not disposable"),o&&(n=a(function(){try{o.call(this)}catch(s){return Promise.reject(s)}},"dispose")),e.push([r,n,t])}else e.push([r]);return t},"__using$2"),bi=a((e,t,r)=>{var n=typeof SuppressedError=="function"?SuppressedError:function(i,c,d,l){return l=Error(d),l.name="SuppressedError",l.error=i,l.suppressed=c,l},o=a(i=>t=r?new n(i,t,"An error was suppressed during disposal"):(r=!0,i),"fail"),s=a(i=>{for(;i=e.pop();)try{var c=i[1]&&i[1].call(i[2]);if(i[0])return Promise.resolve(c).then(s,d=>(o(d),s()))}catch(d){o(d)}if(r)throw t},"next");return s()},"__callDispose$2");async function Ei(e,t){var r=[];try{return await ki(r,new Fe(e,t),!0).finish(t)}catch(i){var n=i,o=!0}finally{var s=bi(r,n,o);s&&await s}}a(Ei,"pushImage");class Fe{static{a(this,"Push")}#e;#o;#r;#t;#s;#i;#n=new Map;constructor(t,r){const n=r.project.services.find(({name:o})=>o===r.service);if(n===void 0)throw new f.DrayageError("INPUT_INVALID",`There is no service "${r.service}" in ${r.project.name}.`);this.#e=t,this.#o=r,this.#r=n,this.#t=wi(r.project,n),this.#s=new hi(this.#t.registry,{signal:t.signal,dial:a(async(o,s)=>(await t.connect(r.server)).dial(o,s),"dial")}),this.#i=this.#s.prepare(this.#t.path,"pull,push"),this.#i.catch(()=>{})}get prepared(){return this.#i}followUp(t){return{title:this.#a,script:nr(t[0]??"",t),onWords:a(([r,n="",o=""])=>{r==="pushed"&&this.#n.set(n,o)},"onWords")}}async finish({image:t,sourceCommit:r}){const{report:n}=this.#e,o=yi(this.#r,t,this.#o.git,r),s=o.every(c=>this.#n.has(c)),i=s?`Check ${this.#r.name} in ${this.#t.registry.host}`:this.#a;return n.phase(i,async c=>{const d=s?await this.#c(o):await this.#d(t,o)??await this.#l(t,o,c),{repository:l}=this.#t,u={image:`${l}:${o[0]}`,digest:d,pinnedImage:`${this.#r.image}@${d}`,tags:o};return c.note(`${this.#n.size===0?"nothing to push: the registry has":"the registry has"} ${o.map(m=>`${l}:${m}`).join(", ")} as ${d}`),u})}async[Symbol.asyncDispose](){await this.#i.catch(()=>{}),await this.#s[Symbol.asyncDispose]()}get#a(){return`Push ${this.#r.name} to ${this.#t.registry.host}`}async#d(t,r){const n=await this.#e.connect(this.#o.server),o=`${_.engineLines(n.account)}
docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' ${$.quote(t)}`,s=`Looking for image ${t}`,i=await n.script(o,{purpose:s,accept:"any",signal:this.#e.signal});if(/No such (?:image|object)/i.test(i.stderr))throw new f.DrayageError("IMAGE_NOT_FOUND",`${n.name} has no image ${t}.`,{hint:`Build it first: drayage build-remote --service ${this.#r.name}`});const{repository:c,path:d}=this.#t,l=i.stdout.split(`
`).filter(p=>p.includes("@")&&Rt(p,c)).map(p=>p.slice(p.indexOf("@")+1));if(l.length===0)return;await this.#i;const u=[];for(const p of r)u.push(await this.#s.digest(d,p));const[m]=u;return m!==void 0&&l.includes(m)&&u.every(p=>p===m)?m:void 0}async#l(t,r,n){const o=await this.#e.connect(this.#o.server);return await vi({server:o,destination:this.#t,image:t,tags:r,pushed:this.#n,name:`push-${this.#o.project.name}-${this.#r.name}`,phase:n,signal:this.#e.signal}),this.#c(r)}async#c(t){await this.#i;const{registry:r,repository:n,path:o}=this.#t,s=this.#n.get(t[0]??"");for(const i of t){const c=await this.#s.digest(o,i),d=this.#n.get(i);if(c!==void 0&&c===d&&d===s)continue;const l=`Registry ${r.host} has ${c??"nothing"} as ${n}:${i}; ${d??"nothing"} was pushed.`;throw new f.DrayageError("DIGEST_MISMATCH",l,{hint:"Another run may have pushed the same tag at the same time. Run this step again."})}return s??""}}const _i=Object.freeze(Object.defineProperty({__proto__:null,Push:Fe,pushImage:Ei},Symbol.toStringTag,{value:"Module"})),ar=/^sha256:[0-9a-f]{64}$/;function Si(e){if(!(ar.test(e)||f.parseImage(e)!==void 0))throw new f.DrayageError("IMAGE_NOT_FOUND",`'${e}' is not the name of an image.`,{hint:"Expected `repository:tag`, `repository@sha256:\u2026` or the `sha256:\u2026` of an image on the node."})}a(Si,"checkImage");function Di(e){const t=f.parseImage(e);return t?.digest===void 0?e:`${f.familiarImage({...t,tag:void 0,digest:void 0})}@${t.digest}`}a(Di,"lookupName");function Oi(e,t,r){if(ar.test(e)){if(r.image!==void 0)return e;throw new f.DrayageError("IMAGE_NOT_FOUND",`${t} has no image ${e}, and it has no registry to come from.`,{hint:"Name a repository under `image`, or build on the server that deploys."})}const n=f.parseImage(e);if(n===void 0)throw new f.DrayageError("IMAGE_NOT_FOUND",`'${e}' is not the name of an image.`);const{registry:o}=r,s=f.familiarImage({...n,tag:void 0,digest:void 0});if(n.digest!==void 0){if(r.image===void 0&&"error"in o&&Ti(o))throw cr(e,n.registry,t,o);return`${s}@${n.digest}`}if("digest"in o)return`${s}@${o.digest}`;throw cr(e,n.registry,t,o)}a(Oi,"pinImage");function cr(e,t,r,n){const o=n.error===""?"no reason given":n.error;return/unauthorized|authentication required|no basic auth|denied/i.test(o)&&!/not exist/i.test(o)?new f.DrayageError("REGISTRY_AUTH",`Registry ${t} refused ${r} the image ${e}: ${o}.`,{hint:`Check \`registries: ${t}:\` in drayage.yml: user name, and the secret its password comes from.`}):/toomanyrequests|rate limit/i.test(o)?new f.DrayageError("REGISTRY_RATE_LIMITED",`Registry ${t} limits requests of ${r}: ${o}.`):n.status===404||/manifest unknown|not found|name unknown|not exist/i.test(o)?new f.DrayageError("IMAGE_NOT_FOUND",`Image ${e} does not exist in registry ${t}: ${o}.`,{hint:"Check its spelling, and that the step that builds and pushes it has run."}):new f.DrayageError("REGISTRY_UNREACHABLE",`${r} could not ask registry ${t} for ${e}: ${o}.`)}a(cr,"registryRefusal");function Ti({status:e,error:t}){return e===401||e===403||/manifest unknown|name unknown|unauthorized|denied/i.test(t)}a(Ti,"isFinal");function Ii(e,t){const r=new Map;for(const{name:n,own:o,ports:s}of t)for(const{PublicPort:i,Type:c}of s)i===void 0||c!=="tcp"&&c!=="udp"||r.set(`${i}/${c}`,{port:i,protocol:c,holder:`container ${n}`,own:o});for(const n of e){const[o,,,,s=""]=n.trim().split(/\s+/),i=Number(s.slice(s.lastIndexOf(":")+1));if(o!=="tcp"&&o!=="udp"||!Number.isInteger(i)||r.has(`${i}/${o}`))continue;const c=/users:\(\("([^"]+)",pid=(\d+)/.exec(n),d=c===null?"a process of the node":`process ${c[1]} (pid ${c[2]})`;r.set(`${i}/${o}`,{port:i,protocol:o,holder:d,own:!1})}return[...r.values()]}a(Ii,"parsePortHolders");const Ai=h.object({id:h.string(),title:h.string(),status:h._enum(["running","done","error","cancelled"]),startedAt:h.string(),pinnedImage:h.string(),resource:h.string(),service:h.string(),mode:h._enum(["swarm","standalone"]),logPath:h.string(),specHash:h.string(),spec:h.looseObject({image:h.string(),replicas:h.number()})});function xi(e=new Date,t=D.randomBytes(3).toString("hex")){return`${e.toISOString().replace(/[-:]/g,"").replace(/\.\d+Z$/,"z").toLowerCase()}-${t}`}a(xi,"newDeploymentId");function dr(e){return JSON.stringify(e).slice(0,-1)}a(dr,"recordHead");function lr(e){let t;try{t=JSON.parse(e)}catch{return}return Ai.safeParse(t).success?t:void 0}a(lr,"parseRecord");function Ni(e){return{who:e.who,run:e.id,...e.url===void 0?{}:{runUrl:e.url}}}a(Ni,"runFields");function Q(e,t){const r=`${e}/deployments/${t}`;return{folder:r,record:a(n=>`${r}/${n}.json`,"record"),log:a(n=>`${r}/${n}.log`,"log"),current:`${r}/current`,secrets:`${e}/secrets`}}a(Q,"deploymentPaths");function Ue(e,t){return`${e}/images/${t.slice(t.lastIndexOf("sha256:")+7)}`}a(Ue,"toolsFile");const M="@@facts ";function ur(e){const t=Q(e.stateDir,e.resource),r=`${H(e.stateDir).active}/${e.resource}`;return`for program in curl wget bash nc; do command -v "$program" >/dev/null 2>&1 && echo "${M}program $program"; done
for slot in blue green; do [ -e ${$.quote(r)}/$slot ] && echo "${M}slot $slot"; done
if [ -s ${$.quote(t.current)} ]; then printf '${M}current '; cat ${$.quote(t.folder)}/"$(cat ${$.quote(t.current)})".json; echo; fi
if command -v ss >/dev/null 2>&1; then ss -Hltunp 2>/dev/null | sed 's/^/${M}socket /'; fi
${e.image===void 0?"":`[ -e ${$.quote(Ue(e.stateDir,e.image))} ] && echo "${M}tools $(cat ${$.quote(Ue(e.stateDir,e.image))})"`}
echo '${M}api'
${_.batchScript(Ri(e))}`}a(ur,"factsScript");function Ri({owner:e,image:t,registryAuth:r}){const n=Object.entries(f.ownerLabels(e)).map(([i,c])=>`${i}=${c}`),o=encodeURIComponent(JSON.stringify({label:n})),s=r===void 0?{}:{"X-Registry-Auth":r};return[{path:"/info"},{path:"/containers/json?all=1"},{path:`/services?status=true&filters=${o}`},{path:`/networks/${encodeURIComponent(f.networkName(e))}`},...t===void 0?[]:[{path:`/images/${t}/json`}],...t===void 0||t.startsWith("sha256:")?[]:[{path:`/distribution/${t}/json`,headers:s}]]}a(Ri,"requests");const ji=h.looseObject({ServerVersion:h.string(),OSType:h.string(),Architecture:h.string(),SecurityOptions:h.array(h.string()).nullish(),Swarm:h.looseObject({NodeID:h.string(),LocalNodeState:h.string(),ControlAvailable:h.boolean()})}),Pi=h.array(h.looseObject({Id:h.string(),Names:h.array(h.string()),State:h.string(),Image:h.string(),Labels:h.record(h.string(),h.string()).nullish(),Ports:h.array(h.looseObject({PublicPort:h.number().optional(),Type:h.string()})).nullish()})),Li=h.array(h.looseObject({Spec:h.looseObject({Name:h.string(),Labels:h.record(h.string(),h.string()).nullish()}),ServiceStatus:h.looseObject({RunningTasks:h.number(),DesiredTasks:h.number()}).partial().nullish()})),Ci=h.looseObject({Driver:h.string(),Attachable:h.boolean(),Labels:h.record(h.string(),h.string()).nullish()}),Mi=h.looseObject({Id:h.string(),Os:h.string(),Architecture:h.string()}),Fi=h.looseObject({Descriptor:h.looseObject({digest:h.string()}),Platforms:h.array(h.looseObject({os:h.string().optional(),architecture:h.string().optional()})).nullish()}),Ui=h.looseObject({message:h.string()});function fr(e,t,r,n){const[o="",s=""]=Bi(e,`${M}api
`),i=o.split(`
`).filter(E=>E.startsWith(M)).map(E=>E.slice(M.length)),c=a(E=>i.filter(W=>W.startsWith(`${E} `)).map(W=>W.slice(E.length+1)),"valuesOf"),[d,l,u,m,p,g]=_.parseBatch(s),w=ji.safeParse(d?.body),y=Pi.safeParse(l?.body);if(!w.success||!y.success)throw new f.DrayageError("DOCKER_UNREACHABLE",`The Docker engine on ${n} did not answer: ${qi(t)}.`,{hint:`drayage doctor --server ${n}`,cause:w.error??y.error});const v=Li.safeParse(u?.body),k=Ci.safeParse(m?.body),b=Mi.safeParse(p?.body),T=c("slot")[0],A=c("current")[0],N=c("tools")[0],dn=`${w.data.OSType}/${Gi(w.data.Architecture)}`;return{engine:{version:w.data.ServerVersion,platform:dn,rootless:(w.data.SecurityOptions??[]).some(E=>E.includes("rootless"))},swarm:{active:w.data.Swarm.LocalNodeState==="active",manager:w.data.Swarm.ControlAvailable,nodeId:w.data.Swarm.NodeID},programs:new Set(c("program")),containers:y.data.filter(E=>f.isOwnedBy(r.owner,E.Labels??{})).map(E=>({id:E.Id,name:(E.Names[0]??E.Id).replace(/^\//,""),state:E.State,image:E.Image,...hr(E.Labels??{})})),services:(v.data??[]).map(E=>{const{deployment:W,specHash:ln}=hr(E.Spec.Labels??{}),{RunningTasks:un=0,DesiredTasks:fn=0}=E.ServiceStatus??{};return{name:E.Spec.Name,deployment:W,specHash:ln,running:un,desired:fn}}),network:k.success?{driver:k.data.Driver,attachable:k.data.Attachable,owned:f.isOwnedBy({...r.owner,service:void 0},k.data.Labels??{})}:void 0,activeSlot:T==="blue"||T==="green"?T:void 0,image:b.success?{platform:`${b.data.Os}/${b.data.Architecture}`,id:b.data.Id}:void 0,registry:Hi(g),current:A===void 0?void 0:lr(A),tools:N===void 0?void 0:new Set(N.split(" ").filter(E=>E!=="")),portHolders:Ii(c("socket"),y.data.map(E=>({name:(E.Names[0]??E.Id).replace(/^\//,""),own:f.isOwnedBy(r.owner,E.Labels??{}),ports:E.Ports??[]})))}}a(fr,"parseFacts");function hr(e){const t=e[`${f.labelPrefix}.slot`];return{deployment:e[`${f.labelPrefix}.deployment`]??"",specHash:e[`${f.labelPrefix}.spec`]??"",slot:t==="blue"||t==="green"?t:void 0}}a(hr,"ownFields");function Hi(e){const t=Fi.safeParse(e?.body);if(t.success&&e?.status===200){const n=(t.data.Platforms??[]).map(({os:o,architecture:s})=>`${o}/${s}`);return{digest:t.data.Descriptor.digest,platforms:n}}return{error:Ui.safeParse(e?.body).data?.message??"",status:e?.status??0}}a(Hi,"registryFacts");function Gi(e){return{x86_64:"amd64",aarch64:"arm64",armv7l:"arm",armv6l:"arm",i686:"386"}[e]??e}a(Gi,"goArchitecture");function Bi(e,t){const r=e.indexOf(t);return r<0?[e,""]:[e.slice(0,r),e.slice(r+t.length)]}a(Bi,"splitOnce");function qi(e){return e.trim().split(`
`).at(-1)?.trim()||"it gave no reason"}a(qi,"lastLine");async function Yi(e,t,r){return Promise.all(t.map(async n=>{const o={...r,stateDir:n.account.stateDir},{stdout:s,stderr:i}=await n.script(ur(o),{purpose:"Looking at the node",accept:"any",signal:e.signal});return{server:n,facts:fr(s,i,o,n.name)}}))}a(Yi,"lookAtNodes");const He="@drayage ",I=h.number(),zi=h.discriminatedUnion("event",[h.object({event:h.literal("begun"),at:I,folder:h.string()}),h.object({event:h.literal("pulling"),at:I}),h.object({event:h.literal("pulled"),at:I}),h.object({event:h.literal("tools"),at:I,tools:h.string()}),h.object({event:h.literal("started"),at:I,container:h.string()}),h.object({event:h.literal("waiting"),at:I,container:h.string(),detail:h.string()}),h.object({event:h.literal("healthy"),at:I,container:h.string()}),h.object({event:h.literal("staged"),at:I}),h.object({event:h.literal("stopped"),at:I}),h.object({event:h.literal("gap"),at:I,milliseconds:h.number()}),h.object({event:h.literal("restored"),at:I,milliseconds:h.number()}),h.object({event:h.literal("switched"),at:I}),h.object({event:h.literal("committed"),at:I}),h.object({event:h.literal("progress"),at:I,detail:h.string()}),h.object({event:h.literal("tail"),at:I,container:h.string(),text:h.base64()}),h.object({event:h.literal("done"),at:I}),h.object({event:h.literal("cancelled"),at:I}),h.object({event:h.literal("failed"),at:I,code:h._enum(f.errorCodes),message:h.string()})]);function Ji(e,t){let r="";return n=>{const o=(r+n).split(`
`);r=o.pop()??"";for(const s of o){const i=s.startsWith(He)?Wi(s.slice(He.length)):void 0;i!==void 0?e(i):t(s)}}}a(Ji,"eventReader");function Wi(e){try{return zi.safeParse(JSON.parse(e)).data}catch{return}}a(Wi,"parseEvent");function Ki(e,t,r){const n=t.find(s=>s.event==="failed");if(n===void 0)return;const o=t.filter(s=>s.event==="tail").map(({container:s,text:i})=>({container:s,text:Buffer.from(i,"base64").toString("utf8")}));return{server:e,code:n.code,message:n.message,tails:o,servesOn:r}}a(Ki,"failureOf");function Vi(e){const{server:t,code:r,message:n,tails:o,servesOn:s}=e,i=/[.!?]$/.test(n.trimEnd())?n.trimEnd():`${n.trimEnd()}.`,c=s?" The version before it serves on.":"",d=o.map(({container:l,text:u})=>`Last lines of ${l}:
${u.trimEnd()===""?"(it printed nothing)":u.trimEnd()}`).join(`

`);return new f.DrayageError(r,`${t}: ${i}${c}`,{hint:Zi(e),output:d===""?void 0:d})}a(Vi,"deployError");const Xi=[[/exec format error/i,"The image is made for another processor: set `build.platforms` to the platform of the node."],[/EADDRINUSE|address already in use/i,"The program finds its port taken inside the container: check that it starts once only."],[/Cannot find module|ModuleNotFoundError|no such file or directory/i,"Something the program needs is not in the image: check the COPY lines and .dockerignore."],[/permission denied/i,"The program may not read or run something: check modes in the image and `deploy.user`."],[/ECONNREFUSED|connection refused|could not connect|getaddrinfo|no such host/i,"The program could not reach another service: check its address in `deploy.env` and that it runs in this environment."]];function Zi({code:e,message:t,tails:r}){if(e==="DEPLOY_EXITED"||e==="DEPLOY_ROLLED_BACK"){if(t.includes("more memory than"))return"Raise `resources.memory`, or find what needs so much.";const n=`${t}
${r.map(i=>i.text).join(`
`)}`,o=Xi.find(([i])=>i.test(n));if(o!==void 0)return o[1];const s=/status (\d+)/.exec(t)?.[1];return s==="0"?"The program ended as if its work was done: a service has to stay in the foreground.":s==="127"?"Its command does not exist in the image: check `deploy.command` and the ENTRYPOINT.":s==="137"?"It was killed (SIGKILL): look for the memory limit and the kernel log (`dmesg`).":"Its last lines, above, say why. `docker run --rm -it IMAGE` with the same variables shows the same."}if(!(e!=="DEPLOY_UNHEALTHY"&&e!=="DEPLOY_TIMEOUT"))return t.includes("nothing answers")||t.includes("does not accept")?"Check `health.port`, and that the program listens on 0.0.0.0 and not on 127.0.0.1; a slow start needs a longer `start-period`.":/answered 404/.test(t)?"Check `health.http`: the program does not know this path.":/answered 5\d\d/.test(t)?"The program runs but reports an error: its last lines, above, may say why.":/answered 40[13]/.test(t)?"The health path must answer without a login.":"A slow start needs a longer `start-period` or more `retries`."}a(Zi,"adviceOn");async function Ge(e,t,r,n){const o=r.map(i=>ea({context:e,phase:t,lease:n},i,r.length>1)),s=Promise.all(o.map(i=>i.outcome));if(o.length===1)return s;try{for(const[i,c]of[["staged","go"],["committed","commit"]])await Promise.race([s,Promise.all(o.map(d=>d.reached(i)))]),await Promise.all(o.map(async d=>Qi(d,c)));return await s}catch(i){const c=`Taken back, because another node failed: ${i instanceof Error?i.message:String(i)}`;throw await Promise.all(o.map(d=>d.abort(c))),i}}a(Ge,"runJobs");async function Qi({job:e,folder:t},r){await e.server.script(`: >${$.quote(`${await t}/${r}`)}`,{purpose:"Going on with the deployment"})}a(Qi,"send");function ea({context:e,phase:t,lease:r},n,o){const{server:s}=n,i=[],c=[],d=new AbortController;let l=a(()=>{},"tellFolder");const u=new Promise(y=>{l=y}),p=Ji(a(y=>{i.push(y),y.event==="begun"&&l(y.folder);const v=ra(y);v!==void 0&&t.output(`${v}
`,s.name);for(const k of c)k.event===y.event&&k.resolve()},"onEvent"),y=>t.output(`${y}
`,s.name)),w=s.job({id:n.id,script:n.script,files:n.files,onOutput:p,signal:AbortSignal.any([e.signal,d.signal]),timeout:n.timeout+6e4,lease:o?30:0}).then(async({exitCode:y})=>{if(y===$.overtaken&&i.length===0&&r!==void 0)throw await r.lostOn(s.name);return ta(n,i,y)});return w.catch(()=>{}),{job:n,folder:u,outcome:w,reached:a(y=>i.some(v=>v.event===y)?Promise.resolve():new Promise(v=>c.push({event:y,resolve:v})),"reached"),abort:a(async y=>{if(!i.some(v=>["failed","done","cancelled"].includes(v.event))){const v=`${await Promise.race([u,w.then(()=>"",()=>"")])}`;if(v!==""){const k=`printf %s ${$.quote(y)} >${$.quote(`${v}/abort`)}`;await s.script(k,{purpose:"Taking the deployment back",accept:"any"}).catch(()=>{})}d.abort()}await w.catch(()=>{})},"abort")}}a(ea,"start");function ta({server:e,servesOn:t},r,n){if(r.some(s=>s.event==="done"))return{server:e.name,events:r};const o=Ki(e.name,r,t);throw o!==void 0?Vi(o):r.some(s=>s.event==="cancelled")?new f.DrayageError("CANCELLED",`The deployment on ${e.name} was cancelled and taken back.`):new f.DrayageError("JOB_LOST",`The deployment on ${e.name} ended without a result (exit status ${n}).`,{hint:`drayage status --server ${e.name}`})}a(ta,"conclude");function ra(e){const t=`${(e.at/1e3).toFixed(1)} s`;switch(e.event){case"pulling":return"pulling the image";case"pulled":return`image pulled (${t})`;case"started":return`${e.container} started (${t})`;case"waiting":return`${e.container}: ${e.detail}`;case"healthy":return`${e.container} is healthy (${t})`;case"stopped":return"the previous version has stopped";case"gap":return`gap without service: ${(e.milliseconds/1e3).toFixed(1)} s`;case"restored":return`the previous version serves again; gap without service: ${(e.milliseconds/1e3).toFixed(1)} s`;case"switched":return`switched to the new version (${t})`;case"progress":return e.detail;default:return}}a(ra,"describe$1");function pr(e,t){const r=e===void 0?{}:mr(e),n=mr(t);return[...new Set([...Object.keys(n),...Object.keys(r)])].filter(o=>r[o]!==n[o]).map(o=>({field:o,before:r[o],after:n[o]}))}a(pr,"diffSpecs");function na({field:e,before:t,after:r}){return t===void 0?`+ ${e}: ${r}`:r===void 0?`- ${e}: ${t}`:`~ ${e}: ${t} \u2192 ${r}`}a(na,"formatChange");function mr(e){const t=[["image",e.image],["kind",e.kind],["replicas",e.kind==="global"?void 0:String(e.replicas)],["command",ee(e.command)],["args",ee(e.args)],["user",e.user],...Object.entries(e.env).map(([r,n])=>z(`env.${r}`,Be(n))),...Object.entries(e.secrets).map(([r,n])=>z(`secrets.${r}`,Be(n))),["resources.cpus",gr(e.resources.nanoCpus)],["resources.memory",wr(e.resources.memory)],["resources.reserve-cpus",gr(e.resources.reserveNanoCpus)],["resources.reserve-memory",wr(e.resources.reserveMemory)],...e.ports.map(r=>z(`ports.${r.published}/${r.protocol}`,`${r.target} (${r.mode})`)),...e.mounts.map(r=>z(`mounts.${r.target}`,oa(r))),["health",sa(e)],["restart",ia(e)],["update",$r(e.update)],["rollback",$r(e.rollback)],["placement.constraints",ee(e.placement.constraints)],["placement.preferences",ee(e.placement.preferences)],["placement.max-replicas",e.placement.maxReplicas?.toString()],["networks",ee(e.networks)],...Object.entries(e.labels).map(([r,n])=>z(`labels.${r}`,n)),["endpoint-mode",e.endpointMode],...Object.entries(e.ulimits).map(([r,n])=>z(`ulimits.${r}`,`${n.soft}:${n.hard}`)),["drain",f.formatDuration(e.drain)],["stop-grace-period",f.formatDuration(e.stopGracePeriod)],["timeout",f.formatDuration(e.timeout)],["keep",String(e.keep)]];return Object.fromEntries(t.filter(r=>r[1]!==void 0))}a(mr,"flatten");function z(e,t){return[e,t]}a(z,"field");function ee(e){return e===void 0||e.length===0?void 0:e.map(t=>JSON.stringify(t)).join(" ")}a(ee,"words");function Be(e){return _.isReference(e)?`secret ${e.secretRef.slice(-12)}`:JSON.stringify(e)}a(Be,"shown");function oa(e){const t=e.type==="file"?Be(e.content):e.source;return`${e.type} ${t}${e.readOnly?", read-only":""}`}a(oa,"mountText");function sa({readiness:e}){if(e.source==="running")return`runs for ${f.formatDuration(e.window)}`;if(e.source==="port")return`port ${e.port} opens within ${f.formatDuration(e.window)}`;const{probe:t,interval:r,timeout:n,retries:o,startPeriod:s}=e;return`${t.kind==="http"?`http ${t.path} on ${t.port}`:t.kind==="tcp"?`tcp ${t.port}`:`command ${JSON.stringify(t.command)}`}, every ${f.formatDuration(r)}, timeout ${f.formatDuration(n)}, ${o} retries after ${f.formatDuration(s)}`}a(sa,"readinessText");function ia({restart:e}){return[e.condition,e.delay===void 0?void 0:`delay ${f.formatDuration(e.delay)}`,e.maxAttempts===void 0?void 0:`max-attempts ${e.maxAttempts}`,e.window===void 0?void 0:`window ${f.formatDuration(e.window)}`].filter(r=>r!==void 0).join(", ")}a(ia,"restartText");function $r(e){const{order:t,parallelism:r,delay:n,monitor:o,failure:s,maxFailureRatio:i}=e;return`${t}, ${r} at a time, delay ${f.formatDuration(n)}, monitor ${f.formatDuration(o)}, on failure ${s}, ratio ${i}`}a($r,"updateText");const gr=a(e=>e===void 0?void 0:f.formatCpus(e),"cpus"),wr=a(e=>e===void 0?void 0:f.formatSize(e),"bytes");function qe(e){return Array.isArray(e)?`[${e.map(qe).join(",")}]`:e!==null&&typeof e=="object"?`{${Object.entries(e).filter(([,r])=>r!==void 0).sort(([r],[n])=>r<n?-1:1).map(([r,n])=>`${JSON.stringify(r)}:${qe(n)}`).join(",")}}`:JSON.stringify(e)??"null"}a(qe,"canonicalJson");function te(e){const{update:t,rollback:r,drain:n,timeout:o,keep:s,...i}=e;return D.createHash("sha256").update(qe(i)).digest("hex").slice(0,16)}a(te,"specHash");function aa(e,t,r,n=!1){la(e,t,r);const o=r.containers.filter(u=>u.state==="running"),s=o.filter(u=>u.deployment===r.current?.id),i=r.activeSlot??s[0]?.slot,c=te(t),d=r.current?.mode==="standalone"&&s.length===t.replicas&&s.every(u=>u.specHash===c&&u.slot===r.activeSlot),l=ca(t,r,o.length);return{server:e,mode:"standalone",action:d&&!n?"none":"deploy",strategy:l,slot:ye(i),previousSlot:i,prober:da(r),previousImage:r.current?.pinnedImage,changes:[...vr(r,"standalone"),...pr(r.current?.spec,t)],notes:fa(e,t,l,o.length)}}a(aa,"planStandalone");function ca(e,t,r){return r>0&&e.update.order==="stop-first"?"stop-first":t.portHolders.some(n=>n.own&&yr(e,n))?"swap-port":"blue-green"}a(ca,"strategyFor$1");function yr(e,t){return e.ports.some(r=>r.published===t.port&&r.protocol===t.protocol)}a(yr,"isWanted");function da(e){return e.engine.rootless?"container":e.programs.has("curl")?"curl":e.programs.has("bash")?"bash":"container"}a(da,"proberFor");function vr(e,t){const r=e.current?.mode;return r===void 0||r===t?[]:[{field:"mode",before:r,after:t}]}a(vr,"modeChange");function la(e,t,r){const[n]=t.ports;if(n!==void 0&&t.replicas>1)throw new f.DrayageError("DEPLOY_IMPOSSIBLE",`Port ${n.published} of ${e} can be published by one container only, but \`replicas\` is ${t.replicas}.`,{hint:"Remove `ports` and give the service a domain, or set `replicas: 1`."});const o=r.portHolders.find(s=>!s.own&&yr(t,s));if(o!==void 0)throw new f.DrayageError("PORT_TAKEN",`Port ${o.port}/${o.protocol} of ${e} is taken by ${o.holder}; nothing was changed.`,{hint:`Choose another \`published\` port, or free it: ss -ltnp 'sport = :${o.port}'`});if(r.network!==void 0&&!r.network.owned)throw new f.DrayageError("NOT_OWNED",`A network with the name of this environment exists on ${e}, but Drayage did not make it.`,{hint:"docker network inspect shows what uses it; rename it, or choose another project or environment name."});kr(e,t,r)}a(la,"checkPossible$1");function kr(e,t,{image:r,registry:n,engine:o}){const i=(r!==void 0?[r.platform]:"platforms"in n?n.platforms:[]).filter(d=>!d.includes("unknown")&&!d.includes("undefined")),c=i.some(d=>ua(o.platform,d));if(!(i.length===0||c))throw new f.DrayageError("IMAGE_PLATFORM",`Image ${t.image} is made for ${i.join(", ")}, but ${e} is ${o.platform}; nothing was changed.`,{hint:`Build it for that platform too: \`build.platforms: [${o.platform}]\`.`})}a(kr,"checkPlatform");function ua(e,t){return e===t?!0:e==="linux/amd64"&&t==="linux/386"||e==="linux/arm64"&&t==="linux/arm"}a(ua,"runsOn");function fa(e,t,r,n){const o=[];if(r==="swap-port"){const i=t.ports.map(c=>c.published).join(", ");o.push(`Port ${i} of ${e} can have one owner: the new container is proven healthy without it first, then takes it over. Expect a gap of about a second.`)}r==="stop-first"&&o.push(`\`update.order\` is stop-first: on ${e} nothing serves from the stop of the old version until the new one is healthy.`);const s=t.mounts.filter(i=>i.type==="volume"&&!i.readOnly);if(r!=="stop-first"&&n>0&&s.length>0){const i=s.map(c=>c.target).join(", ");o.push(`The old and the new version both have ${i} mounted until the old one has stopped. If only one may write, set \`update.order: stop-first\`.`)}return o.push(...br(t)),t.readiness.source==="running"&&o.push(`No health check, domain or port is given, so a container counts as healthy after running for ${f.formatDuration(t.readiness.window)}.`),o}a(fa,"notesOn$1");function br(e){const t=Object.entries(e.env).flatMap(([r,n])=>typeof n=="string"?[]:[r]);return t.length===0?[]:[`Secrets under \`deploy.env\` (${t.join(", ")}) can be seen with docker inspect; \`deploy.secrets\` keeps them in files.`]}a(br,"secretNotes");function J({stateDir:e,resource:t,slot:r}){const n=H(e),o=$.quote(`${n.active}/${t}`),s=a(l=>$.quote(`${n.slots}/${t}.${l}.yml`),"file"),i=s(r===void 0?"plain":r),c=$.quote(`${n.dynamic}/${t}.yml`),d=$.quote(`${n.dynamic}/.${t}.next`);return`${r===void 0?pa(o):ha(o,r)}
if [ -e ${i} ]; then
  cp ${i} ${d} && mv -f ${d} ${c} || exit 1
fi
`}a(J,"switchScript");function ha(e,t){const r=ye(t);return`umask 022
mkdir -p ${e} || exit 1
if [ -e ${e}/${r} ]; then
  mv -f ${e}/${r} ${e}/${t} || exit 1
elif [ ! -e ${e}/${t} ]; then
  : >${e}/${t} || exit 1
fi
sync ${e} 2>/dev/null || true`}a(ha,"enterSlot");function pa(e){return`rm -rf ${e} || exit 1`}a(pa,"leaveSlots");const ma=`
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
`,Er=`
# An engine's message \u2192 our code and sentence.
pull_failed() {
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
pull_image() {
  if ! found=$(look_at_image); then
    case $image in sha256:*) fail IMAGE_NOT_FOUND "Image $image is not on this node, and has no registry to come from." ;; esac
    event pulling ''
    clock
    config=
    [ -e config.json ] && config="--config $DRAYAGE_JOB"
    timeout "$(( (end - now) / 1000 + 1 ))" docker $config pull --quiet "$image" >pull.log 2>&1 || pull_failed
    found=$(look_at_image) || fail PULL_FAILED "Image $image was pulled, but the engine does not have it."
    event pulled ''
  fi
  image_user=\${found#* }
  case $platform,\${found%% *} in
    linux/amd64,linux/386 | linux/arm64,linux/arm) ;;
    *) [ "$platform" = "\${found%% *}" ] || fail IMAGE_PLATFORM "Image $image is made for \${found%% *}, this node is $platform." ;;
  esac
}
`,$a=`
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
`,_r=`# Milliseconds since the node's boot: a change of the clock moves no deadline.
clock() {
  read -r uptime rest </proc/uptime
  now=$(( \${uptime%.*} * 1000 + (1\${uptime#*.} - 100) * 10 ))
}
say() { printf '%s\\n' "$1"; printf '%s\\n' "$1" >&8; }
event() { clock; say "${He}{\\"event\\":\\"$1\\",\\"at\\":$((now - begun))$2}"; }
json() { printf %s "$1" | tr '\\n\\t\\r' '   ' | tr -d '\\000-\\037\\177' | sed 's/\\\\/\\\\\\\\/g; s/"/\\\\"/g'; }
nap() { sleep "$(( $1 / 1000 )).$(printf %03d $(( $1 % 1000 )))"; }
announce_failure() {
  event failed ",\\"code\\":\\"$1\\",\\"message\\":\\"$(json "$2")\\""
}
`,Sr=`umask 077
exec 8>/dev/null
cd "$DRAYAGE_JOB" || exit 1
${_r}
fail() { announce_failure "$1" "$2"; exit 1; }
clock
begun=$now
end=$(( now + timeout ))
event begun ",\\"folder\\":\\"$DRAYAGE_JOB\\""
`,ga=`umask 077
mkdir -p "$folder" "$secrets" || exit 1
exec 8>>"$log"
flock -n 8 || exit 75
cd "$DRAYAGE_JOB" || exit 1
started=$(date -u +%Y-%m-%dT%H:%M:%SZ)
outcome=

${_r}
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
write_record running '' || exit 1
event begun ",\\"folder\\":\\"$DRAYAGE_JOB\\""
`,wa=`exec 3<>"/dev/tcp/$1/$2" || exit 7
printf 'GET %s HTTP/1.1\\r\\nHost: %s:%s\\r\\nUser-Agent: drayage\\r\\nAccept: */*\\r\\nConnection: close\\r\\n\\r\\n' "$3" "$1" "$2" >&3
IFS= read -r line <&3 || exit 52
printf '%s\\n' "$line"
case $line in 'HTTP/'*' '[23]*) exit 0 ;; esac
while IFS= read -r line <&3; do case $line in ''|$'\\r') break ;; esac; done
head -c 200 <&3`,ya=`
bash_request='${wa.replaceAll("'","'\\''")}'
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
      run=
      [ "$prober" = container ] && run=in_prober
      $run curl --silent --show-error --max-time "$probe_timeout" --user-agent drayage --output - --write-out '\\n%{http_code}' \\
        "http://$1:$port$path" >probe.out 2>probe.err
      status=$?
      code=$(tail -n 1 probe.out)
      sed '$d' probe.out >probe.body
      [ "$code" != 000 ] || code= ;;
  esac
  detail="GET $path on port $port answered $code: $(excerpt probe.body)"
  case $code in
    2?? | 3??) return 0 ;;
    '') if [ "$status" = 28 ] || [ "$status" = 124 ]; then detail="GET $path on port $port gave no answer within $probe_timeout s"
        else detail="nothing answers on port $port"; fi ;;
  esac
  return 1
}
probe_tcp() {
  detail="port $port does not accept connections"
  case $prober in
    bash) timeout "$probe_timeout" bash -c 'exec 3<>"/dev/tcp/$1/$2"' probe "$1" "$port" 2>/dev/null ;;
    curl) curl --silent --output /dev/null --connect-timeout "$probe_timeout" "telnet://$1:$port" </dev/null 2>/dev/null ;;
    container) in_prober nc -z -w 2 "$1" "$port" 2>/dev/null ;;
  esac
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
`,va=`
address_format='{{range $name, $net := .NetworkSettings.Networks}}{{if eq $name "'$network'"}}{{$net.IPAddress}}{{end}}{{end}}'
died() {
  tail_of "$1"
  case $3 in true) fail DEPLOY_EXITED "Container $1 was killed because it used more memory than it may (exit status $2)." ;; esac
  fail DEPLOY_EXITED "Container $1 exited with status $2 before it was healthy."
}
await_ready() {
  pending=$*
  clock
  ready_begun=$now
  pause=100
  last_told=
  while :; do
    docker inspect --format "{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{.State.OOMKilled}} $address_format" $pending >states 2>states.err ||
      fail DEPLOY_EXITED "A container of the new version is gone: $(tail -n 1 states.err)"
    pending=
    while read -r name state exit oom ip; do
      name=\${name#/}
      case $state in running) ;; *) died "$name" "$exit" "$oom" ;; esac
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
    done <states
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
`,ka=`done_kept=0
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
`,ba=`umask 077
exec 9>"$folder/drain.lock"
flock 9
retire_old
`,Ea=`retire_old() {
  new=" $(docker inspect --format '{{.Id}}' $names | tr '\\n' ' ') "
  old=
  for one in $(docker ps --all --quiet --no-trunc $own_filters); do
    case $new in *" $one "*) ;; *) old="$old $one" ;; esac
  done
  services=
  [ "$manager" != 1 ] || services=$(docker service ls --quiet $own_filters)
  [ -n "$old$services" ] || return 0
  [ "$strategy" = stop-first ] || sleep "$(( drain / 1000 ))"
  [ -z "$services" ] || docker service rm $services >/dev/null
  [ -z "$old" ] || docker stop --time "$grace" $old >/dev/null
  [ -z "$old" ] || docker rm --force --volumes $old >/dev/null
}
`;function Dr(e,t=""){return`
retire() {
  export folder secrets resource drain grace keep names target own_filters strategy manager
  export keeper="drayage.local/$resource"
  docker tag "$image" "$keeper:$id" >/dev/null 2>&1
  setsid sh -c ${$.quote(e+ba+ka+t)} drayage-retirement </dev/null >/dev/null 2>>"$log" 6>&- 8>&- &
}
`}a(Dr,"retirementSteps");const _a=`
candidates=
stopped=
switched=
undo() {
  [ -z "$switched" ] || switch_to_previous
  [ -z "$candidates" ] || docker rm --force --volumes $candidates >/dev/null 2>&1
  [ -z "$stopped" ] || restore
  stop_prober
  drop_secrets
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
  clear_name "$1"
  api POST "/containers/create?name=$1" "$2"
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
  if ! docker start "$@" >start.log 2>&1; then
    reason=$(grep -m 1 -i error start.log || tail -n 1 start.log)
    case $reason in
      *'port is already allocated'* | *'address already in use'*) fail PORT_TAKEN "A published port is taken: $reason" ;;
      *'no such file or directory'* | *'executable file not found'* | *'permission denied'* | *'exec format error'*)
        fail DEPLOY_EXITED "Container $1 could not start its program: \${reason##*container process: }" ;;
      *) fail DEPLOY_EXITED "Container $1 could not be started: $reason" ;;
    esac
  fi
  for name in "$@"; do event started ",\\"container\\":\\"$name\\""; done
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

# A port of the node has one owner: the container without it has proven healthy, now the one with it takes its place.
swap_port() {
  [ "$strategy" = swap-port ] || return 0
  docker rename "$alias-1" "$alias-proof"
  candidates="$alias-proof"
  create "$alias-1" publish-1.json
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
  leftovers=$(docker ps --quiet --no-trunc $own_filters --filter "label=dev.drayage.slot=$slot" | while read -r one; do
    case " $(docker inspect --format '{{.Id}}' $names | tr '\\n' ' ') " in *" $one "*) ;; *) printf '%s ' "$one" ;; esac
  done)
  [ -n "$leftovers" ] || return 0
  event progress ',"detail":"waiting until the version before the previous one has drained"'
  flock -w "$(( drain / 1000 + grace + 5 ))" "$folder/drain.lock" true
  docker rm --force --volumes $leftovers >/dev/null 2>&1
}
commit() {
  docker update --restart "$restart" $names >update.log 2>&1 ||
    fail CONTAINER_REFUSED "The engine refused restart policy $restart: $(tail -n 1 update.log)"
  switched=1
  switch_slot || fail SWITCH_FAILED "The proxy could not be switched to $alias."
  event switched ''
}
`,Sa=`
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
# Swarm may be at it already; a second rollback would undo the first.
roll_back() {
  case $(update_state) in
    rollback_*) ;;
    *) docker service rollback --detach "$target" >/dev/null 2>&1 ;;
  esac
  clock
  patience=$(( now + 60000 ))
  while [ "$now" -lt "$patience" ]; do
    case $(update_state) in
      rollback_completed) event progress ',"detail":"Swarm went back to the previous version"'; return 0 ;;
      rollback_paused) say 'Swarm could not bring the previous version back on all nodes.'; return 0 ;;
    esac
    nap 250
    clock
  done
}
ensure_network() {
  docker network inspect "$network" >/dev/null 2>&1 && return 0
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
  [ ! -e ids.sed ] || { sed -f ids.sed service.json >service.new && mv -f service.new service.json; }
}
apply_service() {
  if found=$(docker service inspect --format '{{.ID}} {{.Version.Index}}' "$target" 2>/dev/null); then
    api POST "/services/\${found% *}/update?version=\${found#* }" service.json
    updated=1
    case $api_status in 200) ;; *) updated=; refused ;; esac
  else
    api POST /services/create service.json
    created=1
    case $api_status in 201) ;; *) created=; refused ;; esac
  fi
}
refused() {
  reason=$(engine_said)
  case $reason in
    *'already in use by service'*) fail PORT_TAKEN "Swarm refused service $target: $reason." ;;
  esac
  fail CONTAINER_REFUSED "Swarm refused service $target: $reason."
}

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
# Desired number of tasks, of which all must be up: for a global service the number of nodes that may run it.
desired_count() {
  docker service ls --filter "name=$target" --format '{{.Name}} {{.Replicas}}' | while read -r name count rest; do
    [ "$name" = "$target" ] && echo "\${count#*/}"
  done
}

# await_tasks: until the wanted number of tasks of this deployment run and are healthy, and Swarm calls the update complete.
await_tasks() {
  clock
  ready_begun=$now
  pause=100
  unschedulable_since=
  shown=
  while :; do
    list_tasks
    up=0
    last='no task has started yet'
    culprit=$target
    blocked=
    while read -r task state desired ip rest; do
      case $ip in '|'*) rest=$ip; ip= ;; esac
      error=\${rest#|}
      exit=\${error%%|*}
      error=\${error#*|}
      case $state in
        failed | rejected) [ "$on_failure" = continue ] || task_died "$task" "$exit" "$error" ;;
        complete | shutdown) [ "$on_failure" = continue ] || task_died "$task" "$exit" "$error" ;;
        orphaned | remove) ;;
        running)
          if [ "$desired" != running ]; then continue; fi
          if [ "$strategy" != blue-green ] || probe "$task" "\${ip%/*}"; then up=$(( up + 1 )); else last=$detail; culprit=$task; fi ;;
        pending)
          [ -z "$error" ] || { last=$error; blocked=$error; } ;;
        *) last="a task is $state" ;;
      esac
    done <tasks
    state=$(update_state)
    case $state in
      paused) fail DEPLOY_ROLLED_BACK "Swarm paused the update of $target, because tasks of the new version failed." ;;
      rollback_*) swarm_rolled_back ;;
    esac
    wanted=$(desired_count)
    if [ "$up" -ge 1 ] && [ "$up" -ge "\${wanted:-1}" ]; then
      case $state in
        '' | completed)
          clock
          # The first update of a service has no monitor of Swarm's to wait for.
          if [ "$check" != none ] || [ -n "$updated" ]; then break; fi
          [ "$(( now - ready_begun ))" -lt "$budget" ] || break ;;
      esac
      last="Swarm watches the new tasks (update.monitor)"
    fi
    clock
    if [ -n "$blocked" ]; then
      unschedulable_since=\${unschedulable_since:-$now}
      # While an old task still stops, its port and its place are taken for a moment.
      [ "$(( now - unschedulable_since ))" -lt "$schedule_patience" ] ||
        fail DEPLOY_UNSCHEDULABLE "No node can run a task of $target: $blocked."
    else
      unschedulable_since=
    fi
    progress="$up of \${wanted:-?} tasks are up"
    if [ "$shown" != "$progress" ]; then
      shown=$progress
      event progress ",\\"detail\\":\\"$progress\\""
    fi
    if [ "$strategy" = blue-green ] && [ "$check" != none ] && [ "$((now - ready_begun))" -ge "$budget" ]; then
      docker service logs --raw --tail 20 "$target" >tail 2>&1
      event tail ",\\"container\\":\\"$target\\",\\"text\\":\\"$(base64 <tail | tr -d '\\n')\\""
      fail DEPLOY_UNHEALTHY "Service $target did not become healthy within $(( budget / 1000 )) s: $last."
    fi
    [ "$now" -lt "$end" ] || fail DEPLOY_TIMEOUT "The deployment took longer than $(( timeout / 1000 )) s: $last."
    nap "$pause"
    pause=$(( pause + pause / 4 ))
    [ "$pause" -le 1000 ] || pause=1000
  done
  event healthy ",\\"container\\":\\"$target\\""
}
swarm_rolled_back() {
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
`,Da=`retire_old() {
  old=$(docker service ls --format '{{.Name}}' $own_filters | grep -vxF "$target")
  containers=$(docker ps --all --quiet $own_filters --filter label=dev.drayage.slot)
  [ -n "$old$containers" ] || return 0
  sleep "$(( drain / 1000 ))"
  [ -z "$old" ] || docker service rm $old >/dev/null
  if [ -n "$containers" ]; then
    docker stop --time "$grace" $containers >/dev/null
    docker rm --force --volumes $containers >/dev/null
  fi
}
`,Oa=`for secret in $(docker secret ls --format '{{.Name}}' $own_filters); do
  grep -qF "\\"$secret\\"" "$folder"/*.json || docker secret rm "$secret" >/dev/null 2>&1
done
`;function Ta(e){return`${Tr(e)}${_a}${Dr(Ea)}
old=$(docker ps --quiet $own_filters | tr '\\n' ' ')
pull_image
place_secrets
ensure_network
start_prober
stage
await_drained
${e.together?re("staged","go"):""}
fence
swap_port
${Ir(e)}`}a(Ta,"standaloneProgram");function Ia(e){return`${Tr(e)}${Sa}${Dr(Da,Oa)}
names=
place_swarm_secrets
place_secrets
ensure_network
await_drained
[ "$strategy" != blue-green ] || start_prober
apply_service
await_tasks
${e.together?re("staged","go"):""}
fence
${Ir(e)}`}a(Ia,"swarmProgram");function Aa(e){return`${Ar(e)}
${Sr}${Er}
pull_image
tools=$(cat "$tools_file" 2>/dev/null) || {
  tools=$(docker run --rm --network none --entrypoint sh "$image" -c 'for tool in sh bash curl wget nc; do command -v "$tool" >/dev/null 2>&1 && echo "$tool"; done; :' 2>/dev/null </dev/null | tr '\\n' ' ')
  [ "$(docker image inspect --format '{{with .Config.Healthcheck}}{{index .Test 0}}{{end}}' "$image" 2>/dev/null)" = '' ] || tools="$tools healthcheck"
  mkdir -p "\${tools_file%/*}" && printf '%s' "$tools" >"$tools_file.part" && mv -f "$tools_file.part" "$tools_file"
}
event tools ",\\"tools\\":\\"$(json "$tools")\\""
event done ''
`}a(Aa,"pullProgram");function xa(e){return`${e.guard}timeout=${e.timeout}
${Or(e.guard)}${Sr}
back() { (
${e.switchBack}
) }
trap 'trap "" TERM; [ -z "$switched" ] || back; event cancelled ""; exit 143' TERM INT HUP
switched=
${re("staged","go")}
fence
switched=1
(
${e.switchTo}
) || { back; fail SWITCH_FAILED 'The proxy could not be switched.'; }
${re("committed","commit")}
event done ''
`}a(xa,"proxyProgram");function Or(e){return`fence() { (
${e}
) || fail LOCK_LOST 'Another run has taken the lock over.'; }
`}a(Or,"fence");function Tr(e){return`${e.guard}${Ar({...e.variables,...Na(e.readiness)})}
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
${Or(e.guard)}${ga}${ma}${Er}${$a}${ya}${va}`}a(Tr,"opening");function Ir(e){return`commit
${e.together?re("committed","commit"):""}
finish
retire
# Nothing of this is waited for, and none of it may hold the lock.
stop_prober >/dev/null 2>&1 6>&- 8>&- &
`}a(Ir,"closing");function re(e,t){return`event ${e} ''
while [ ! -e ${t} ]; do
  nap 100
  clock
  [ "$now" -lt "$end" ] || fail DEPLOY_TIMEOUT "The other nodes were not ready within $(( timeout / 1000 )) s."
done`}a(re,"awaitWord");function Ar(e){return Object.entries(e).map(([t,r])=>`${t}=${$.quote(String(r))}`).join(`
`)}a(Ar,"assignments");function Na(e){const t={check_command:"",path:"",port:"",probe_timeout:"2",interval:1e3};if(e.source==="running")return{...t,check:"none",budget:e.window};if(e.source==="port")return{...t,check:"tcp",port:e.port,budget:e.window};const{probe:r,interval:n,timeout:o,retries:s,startPeriod:i}=e,c={...t,check:r.kind,interval:Math.max(100,n),probe_timeout:String(Math.max(o,100)/1e3),budget:i+Math.max(1,s)*n};return r.kind==="command"?{...c,check_command:r.command}:r.kind==="http"?{...c,path:r.path,port:r.port}:{...c,port:r.port}}a(Na,"checkVariables");function xr(e,t,r,n){const o=new Map,s=a((m,p)=>{const g=Ra(e,m,p);return o.set(g,p),{secretRef:g}},"keep"),{mode:i,servers:c,health:d,...l}=t;return{spec:{...l,image:n,env:Nr(t.env,(m,p)=>La(m,()=>s(`env-${p}`,Ye(m)))),secrets:Nr(t.secrets,(m,p)=>s(p,Ye(m))),mounts:t.mounts.map(m=>Pa(m,s)),readiness:ja(t,r)},secrets:o}}a(xr,"runSpec");function Ra(e,t,r){const n=D.createHash("sha256").update(`${e}\0${t}\0${r}`).digest("hex").slice(0,12);return`${`${e}.${t}`.replace(/[^A-Za-z0-9_.-]/g,"-").slice(0,64-n.length-1).replace(/[-.]+$/,"")}-${n}`}a(Ra,"secretName");function ja(e,t){if(e.health!==void 0)return{source:"health",...e.health};const r=t[0]?.port??e.ports.find(n=>n.protocol==="tcp")?.target;return r!==void 0?{source:"port",port:r,window:Math.min(3e4,e.timeout)}:{source:"running",window:e.update.monitor}}a(ja,"readiness");function Pa(e,t){if(e.type!=="file")return e;const{content:r,...n}=e;return{...n,content:t(`file-${e.target}`,Ye(r))}}a(Pa,"specMount");function La(e,t){return typeof e=="string"?e:t()}a(La,"specValue");function Ye(e){return typeof e=="string"?e:e.reveal()}a(Ye,"revealed");function Nr(e,t){return Object.fromEntries(Object.entries(e).map(([r,n])=>[r,t(n,r)]))}a(Nr,"mapValues");function ze(e){const t=Object.values(e.env).filter(_.isReference),r=e.mounts.flatMap(n=>n.type==="file"?[n.content]:[]);return[...t,...Object.values(e.secrets),...r].map(n=>n.secretRef)}a(ze,"referencesIn");const Rr="curlimages/curl:8.11.1";function Ca(e,t){const{server:r,owner:n,resource:o,run:s,facts:i,head:c}=t,{spec:d}=s,{stateDir:l}=r.account,u=Q(l,o),m=n.service??"",p=Object.entries(f.ownerLabels(n)).flatMap(([A,N])=>["--filter",`label=${A}=${N}`]),g=oe(o,e.slot),w=jr(s,r.name);ze(d).forEach(w);const y=Ta({variables:{id:c.id,resource:o,folder:u.folder,secrets:u.secrets,log:u.log(c.id),image:d.image,platform:i.engine.platform,network:f.networkName(n),network_labels:Object.entries(f.ownerLabels({...n,service:void 0})).map(([A,N])=>`--label ${A}=${N}`).join(" "),user:d.user??"",replicas:d.replicas,timeout:d.timeout,grace:_.seconds(d.stopGracePeriod),drain:d.drain,keep:d.keep,own_filters:p.join(" "),prober:e.prober,prober_image:Rr,manager:i.swarm.manager?1:0,slot:e.slot,alias:g,strategy:e.strategy,restart:_.restartPolicy(d),networks:d.networks.join(" ")},readiness:d.readiness,switchTo:J({stateDir:l,resource:o,slot:e.slot}),switchBack:J({stateDir:l,resource:o,slot:e.previousSlot}),guard:t.guard,freeing:t.freeing,together:t.together}),v={[`${f.labelPrefix}.deployment`]:c.id,[`${f.labelPrefix}.slot`]:e.slot,[`${f.labelPrefix}.spec`]:te(d)},k=a(A=>_.containerSpec({owner:n,spec:d,reveal:w,secretFolder:u.secrets,aliases:[g,m],labels:v,publish:A}),"container"),b=e.strategy==="swap-port",T=Array.from({length:d.replicas},(A,N)=>[`create-${N+1}.json`,k(!b)]);return{server:r,id:`deploy-${c.id}`,script:y,servesOn:i.current!==void 0,timeout:d.timeout,files:{record:dr({...c,strategy:e.strategy,slot:e.slot,previousImage:e.previousImage,logPath:u.log(c.id)}),...Object.fromEntries(T),...b?{"publish-1.json":k(!0)}:{},...t.dockerConfig===void 0?{}:{"config.json":t.dockerConfig},...Pr(s)}}}a(Ca,"standaloneJob");function jr({secrets:e},t){return r=>{const n=e.get(r);if(n!==void 0)return n;throw new f.DrayageError("SECRET_MISSING",`Secret ${r} is neither given nor stored on ${t}.`,{hint:"Run again with --refresh-secrets and the secrets of drayage.yml."})}}a(jr,"revealFrom");function Pr({spec:e,secrets:t}){const r=new Set([...Object.values(e.secrets).map(n=>n.secretRef),...e.mounts.flatMap(n=>n.type==="file"?[n.content.secretRef]:[])]);return Object.fromEntries([...t].map(([n,o])=>[`${r.has(n)?"mount":"secret"}.${n}`,o]))}a(Pr,"secretFiles");function Je(e,t){if(t.action==="none"){e.note(`${t.server}: runs as wanted; nothing to do`);return}const r=t.slot===void 0?"":`, slot ${t.slot}`;e.note(`${t.server}: ${t.mode}, ${t.strategy}${r}`);for(const n of t.changes)e.note(`  ${na(n)}`);for(const n of t.notes)e.note(`  Note: ${n}`)}a(Je,"tellPlan");async function Ma(e,t){const{owner:r,resource:n,run:o,head:s,lease:i}=t,c=t.nodes.map(u=>({...u,plan:aa(u.server.name,o.spec,u.facts,t.force)})),d=c.map(u=>u.plan),l=c.filter(u=>u.plan.action!=="none");return l.length===0?(e.report.note(`${s.service}: ${s.pinnedImage} runs as wanted; nothing to do.`),{status:"unchanged",plans:d}):e.report.phase(`${s.service}: deploy`,async u=>{for(const p of d)Je(u,p);if(i===void 0)return{status:"planned",plans:d};const m=l.map(({server:p,facts:g,plan:w})=>Ca(w,{server:p,facts:g,owner:r,resource:n,run:o,head:{...s,mode:"standalone"},dockerConfig:t.dockerConfig,guard:i.guard(p.name),freeing:t.ownsLease?i.freeing(p.name):"",together:l.length>1}));return await Ge(e,u,m,i),{status:"done",plans:d}})}a(Ma,"rollStandalone");const Fa=3e3;function Ua(e,t){const{server:r,owner:n,resource:o,run:s,facts:i,head:c}=t,{spec:d}=s,{stateDir:l}=r.account,u=Q(l,o),m=Object.entries(f.ownerLabels(n)).map(([k,b])=>`${k}=${b}`),p=ze({...d,env:{}}),g={[`${f.labelPrefix}.deployment`]:c.id,[`${f.labelPrefix}.spec`]:te(d)},w=e.stopFirst?"stop-first":void 0,y=Ia({variables:{id:c.id,resource:o,folder:u.folder,secrets:u.secrets,log:u.log(c.id),image:d.image,platform:i.engine.platform,network:f.networkName(n),network_labels:Object.entries(f.ownerLabels({...n,service:void 0})).map(([k,b])=>`--label ${k}=${b}`).join(" "),user:d.user??"",replicas:d.replicas,timeout:d.timeout,grace:_.seconds(d.stopGracePeriod),drain:d.drain,keep:d.keep,own_filters:m.map(k=>`--filter label=${k}`).join(" "),prober:"container",prober_image:Rr,manager:1,target:e.target,strategy:e.strategy,on_failure:d.update.failure,has_healthcheck:e.healthcheck===void 0?0:1,secret_labels:m.map(k=>`--label ${k}`).join(" "),known_secrets:p.join(" "),schedule_patience:Fa},readiness:d.readiness,switchTo:J({stateDir:l,resource:o,slot:e.slot}),switchBack:J({stateDir:l,resource:o,slot:e.previousSlot}),guard:t.guard,freeing:t.freeing,together:t.together}),v=_.serviceSpec({name:e.target,owner:n,spec:{...d,update:{...d.update,order:w??d.update.order},rollback:{...d.rollback,order:w??d.rollback.order}},reveal:jr(s,r.name),aliases:[e.target,n.service??""],labels:g,containerLabels:g,healthcheck:e.healthcheck});return{server:r,id:`deploy-${c.id}`,script:y,servesOn:i.current!==void 0,timeout:d.timeout,files:{record:dr({...c,strategy:e.strategy,slot:e.slot,previousImage:e.previousImage,logPath:u.log(c.id)}),"service.json":v,...t.registryAuth===void 0?{}:{"registry-auth":t.registryAuth},...Pr(s)}}}a(Ua,"swarmJob");function Ha(e){const{server:t,id:r,image:n,platform:o,timeout:s,dockerConfig:i}=e;return{server:t,id:`pull-${r}`,script:Aa({image:n,platform:o,timeout:s,tools_file:Ue(t.account.stateDir,n)}),files:i===void 0?{}:{"config.json":i},servesOn:!1,timeout:s}}a(Ha,"pullJob");function Ga(e,t){const{server:r,id:n,resource:o,guard:s,timeout:i}=t,{stateDir:c}=r.account;return{server:r,id:`switch-${n}`,script:xa({switchTo:J({stateDir:c,resource:o,slot:e.slot}),switchBack:J({stateDir:c,resource:o,slot:e.previousSlot}),guard:s,timeout:i}),files:{},servesOn:!0,timeout:i}}a(Ga,"proxyJob");function Ba(e,t){if(e.source==="running"||!t.has("sh"))return e.source==="health"&&e.probe.kind==="command"&&t.has("sh")?["CMD-SHELL",e.probe.command]:void 0;if(e.source==="port")return Lr(Cr(e.port,2,t));const{probe:r,timeout:n}=e,o=Math.max(1,Math.ceil(n/1e3));return r.kind==="command"?["CMD-SHELL",r.command]:Lr(r.kind==="tcp"?Cr(r.port,o,t):qa(r,o,t))}a(Ba,"healthcheckTest");const Lr=a(e=>e===void 0?void 0:["CMD-SHELL",e],"shell");function qa(e,t,r){const{path:n,port:o}=e,s=$.quote(`http://127.0.0.1:${o}${n}`);if(r.has("curl"))return`curl -fsS -o /dev/null --max-time ${t} ${s}`;if(r.has("wget"))return`wget -q -T ${t} -O /dev/null ${s}`;const i=`printf 'GET %s HTTP/1.0\\r\\nHost: 127.0.0.1\\r\\n\\r\\n' ${$.quote(n)}`,c="read -r _ code _ && case $code in 2*|3*) ;; *) exit 1 ;; esac";if(r.has("nc"))return`${i} | nc -w ${t} 127.0.0.1 ${o} | { ${c}; }`;if(r.has("bash"))return`bash -c ${$.quote(`exec 3<>/dev/tcp/127.0.0.1/${o} || exit 1; ${i} >&3; { ${c.replace("read -r",`read -t ${t} -r`)}; } <&3`)}`}a(qa,"httpCheck");function Cr(e,t,r){return r.has("nc")?`nc -z -w ${t} 127.0.0.1 ${e}`:r.has("bash")?`bash -c 'exec 3<>/dev/tcp/127.0.0.1/${e}'`:void 0}a(Cr,"tcpCheck");function Ya({server:e,resource:t,spec:r,facts:n,tools:o,force:s=!1}){Ja(e,r,n);const{current:i}=n,c=n.activeSlot,d=te(r),l=i?.mode==="swarm"&&n.services.some(w=>w.deployment===i.id&&w.specHash===d&&w.running>0&&w.running>=w.desired),u=o===void 0?void 0:Ba(r.readiness,o),m=za(r,o,u),p=m==="blue-green"?ye(c):void 0,g=r.ports.some(w=>w.mode==="host")||r.update.order==="stop-first";return{server:e,mode:"swarm",action:l&&!s?"none":"deploy",strategy:m,target:p===void 0?t:oe(t,p),slot:p,previousSlot:c,healthcheck:u,stopFirst:g,previousImage:i?.pinnedImage,changes:[...vr(n,"swarm"),...pr(i?.spec,r)],notes:[...Wa(r,m,o,u,i!==void 0),...br(r)]}}a(Ya,"planSwarm");function za(e,t,r){const{readiness:n}=e;return n.source==="running"||r!==void 0||e.ports.length>0||n.source==="port"&&t?.has("healthcheck")===!0?"rolling":"blue-green"}a(za,"strategyFor");function Ja(e,t,r){const{network:n}=r;if(n!==void 0&&!n.owned)throw new f.DrayageError("NOT_OWNED",`A network with the name of this environment exists on ${e}, but Drayage did not make it.`,{hint:"docker network inspect shows what uses it; rename it, or choose another project or environment name."});if(n!==void 0&&(n.driver!=="overlay"||!n.attachable))throw new f.DrayageError("DEPLOY_IMPOSSIBLE",`The environment's network on ${e} is a ${n.driver} network from deployments without Swarm; Swarm services need an attachable overlay network.`,{hint:"Remove the services of the environment and the network first, or set `deploy.mode: standalone`."});if(t.image.startsWith("sha256:"))throw new f.DrayageError("DEPLOY_IMPOSSIBLE",`Image ${t.image} exists on ${e} only, and Swarm may run it on any node.`,{hint:"Name a repository under `image`, so that every node can pull it."});kr(e,t,r)}a(Ja,"checkPossible");function Wa(e,t,r,n,o){const{readiness:s}=e;if(s.source==="running")return["No health check, domain or port is given, so Swarm counts a task as healthy when it runs."];if(r===void 0)return["Rolling if the image has a shell and curl, wget, nc or bash for the health check, else blue/green: known once it is pulled."];if(t==="blue-green")return["The image has no shell or nothing that can check its health, so a second service is probed from the network and then takes over."];const i=n===void 0?[]:["The health check runs inside the container (HEALTHCHECK); Swarm keeps an old task until the new one is healthy."];return n===void 0&&s.source==="health"&&i.push("The image has nothing that can check its health, and published ports allow no second service beside it: Swarm counts a task as healthy when it runs."),o&&e.ports.some(c=>c.mode==="host")&&i.push("A port of a node (mode host) has one owner: there, the old task stops before the new one starts, with a gap."),i}a(Wa,"notesOn");async function Ka(e,t){const{resource:r,run:n,head:o,lease:s,force:i}=t,c=t.nodes.find(p=>p.facts.swarm.manager);if(c===void 0)throw new f.DrayageError("INTERNAL_BUG","A Swarm deployment has no manager.");const{server:d,facts:l}=c,u=a(p=>Ya({server:d.name,resource:r,spec:n.spec,facts:l,tools:p,force:i}),"decide"),m=u(l.tools);return m.action==="none"?(e.report.note(`${o.service}: ${o.pinnedImage} runs as wanted; nothing to do.`),{status:"unchanged",plans:[m]}):e.report.phase(`${o.service}: deploy`,async p=>{if(s===void 0)return Je(p,m),{status:"planned",plans:[m]};const g=(await Va(e,p,t)).get(d.name),w=u(g??l.tools??new Set);Je(p,w);const v=w.slot!==void 0||w.previousSlot!==void 0?t.proxies.filter(b=>b!==d):[],k=[Ua(w,{...t,server:d,facts:l,head:{...o,mode:"swarm"},guard:s.guard(d.name),freeing:t.ownsLease?s.freeing(d.name):"",together:v.length>0}),...v.map(b=>Ga(w,{server:b,id:o.id,resource:r,guard:s.guard(b.name),timeout:n.spec.timeout}))];return await Ge(e,p,k,s),{status:"done",plans:[w]}})}a(Ka,"rollSwarm");async function Va(e,t,r){const{head:n,run:o,dockerConfig:s,lease:i}=r,c=r.nodes.map(({server:u,facts:m})=>Ha({server:u,id:n.id,image:n.pinnedImage,platform:m.engine.platform,timeout:o.spec.timeout,dockerConfig:s})),d=await Promise.all(c.map(u=>Ge(e,t,[u],i))),l=new Map;for(const{server:u,events:m}of d.flat()){const p=m.find(g=>g.event==="tools");p!==void 0&&l.set(u,new Set(p.tools.split(" ").filter(g=>g!=="")))}return l}a(Va,"pullOnAll");var Mr=a((e,t)=>(t=Symbol[e])?t:Symbol.for("Symbol."+e),"__knownSymbol$1"),Fr=a(e=>{throw TypeError(e)},"__typeError$1"),Xa=a((e,t,r)=>{if(t!=null){typeof t!="object"&&typeof t!="function"&&Fr("Object expected");var n,o;n=t[Mr("asyncDispose")],n===void 0&&(n=t[Mr("dispose")],o=n),typeof n!="function"&&Fr("Object not disposable"),o&&(n=a(function(){try{o.call(this)}catch(s){return Promise.reject(s)}},"dispose")),e.push([r,n,t])}else e.push([r]);return t},"__using$1"),Za=a((e,t,r)=>{var n=typeof SuppressedError=="function"?SuppressedError:function(i,c,d,l){return l=Error(d),l.name="SuppressedError",l.error=i,l.suppressed=c,l},o=a(i=>t=r?new n(i,t,"An error was suppressed during disposal"):(r=!0,i),"fail"),s=a(i=>{for(;i=e.pop();)try{var c=i[1]&&i[1].call(i[2]);if(i[0])return Promise.resolve(c).then(s,d=>(o(d),s()))}catch(d){o(d)}if(r)throw t},"next");return s()},"__callDispose$1");async function Ur(e,t){var r=[];try{const{project:i,service:c}=t,d=await We(e,c.deploy.servers);if(d.length===0)throw new f.DrayageError("DEPLOY_IMPOSSIBLE",`Service ${c.name} names no server to run on.`,{hint:"Set `deploy.servers`."});if(t.lease!==void 0||t.dryRun)return Hr(e,t,d,t.lease);const l=Gr(i,c),u=Xa(r,await $.acquireAll(await ec(e,t,d),f.resourceName(l),e.run,{signal:e.signal}),!0);return await Hr(e,t,d,u)}catch(i){var n=i,o=!0}finally{var s=Za(r,n,o);s&&await s}}a(Ur,"roll");async function Hr(e,t,r,n){const{project:o,service:s}=t,i=Gr(o,s),c=f.resourceName(i),d=as(o.registries,t.image),l=ds(d),u=`${s.name}: look at ${s.deploy.servers.join(", ")}`,m=await e.report.phase(u,()=>Yi(e,r,{owner:i,resource:c,image:Di(t.image),registryAuth:l})),p=Qa(t,m),g=(p==="swarm"?m.find(N=>N.facts.swarm.manager):m[0])??m[0];if(g===void 0)throw new f.DrayageError("INTERNAL_BUG","There is no node to decide for.");const w=Oi(t.image,g.server.name,g.facts),y=t.resolve(w),v={id:xi(),title:t.title,commit:t.commit,pinnedImage:w,resource:c,service:s.name,...Ni(e.run),specHash:te(y.spec),spec:y.spec},k=p==="swarm"?await We(e,o.proxy?.servers??[]):[],b={owner:i,resource:c,nodes:m,proxies:k,run:y,head:v,dockerConfig:l===void 0?void 0:Le([d]),registryAuth:l,lease:n,ownsLease:t.lease===void 0,force:t.force??!1},T=p==="swarm"?await Ka(e,b):await Ma(e,b),A=g.facts.current;return{deploymentId:T.status==="done"?v.id:A?.id??"",status:T.status,pinnedImage:w,previousImage:A?.pinnedImage,nodes:T.plans}}a(Hr,"rollUnder");function Qa({mode:e,service:t},r){const n=e??(t.deploy.mode==="auto"?void 0:t.deploy.mode),o=r.find(i=>i.facts.current!==void 0)?.facts.current?.mode,s=n??o??(r.some(i=>i.facts.swarm.active)?"swarm":"standalone");if(s==="swarm"&&!r.some(i=>i.facts.swarm.manager)){const i=r.map(c=>c.server.name).join(", ");throw new f.DrayageError("DEPLOY_IMPOSSIBLE",`Service ${t.name} is to run on a Swarm, but none of its servers (${i}) is a manager of one.`,{hint:"Add a manager to `deploy.servers`, run `drayage setup-deploy-node`, or set `deploy.mode: standalone`."})}return s}a(Qa,"modeFor");async function ec(e,{project:t},r){const n=await We(e,t.proxy?.servers??[]);return[...new Set([...r,...n])]}a(ec,"lockPlaces");function We(e,t){return Promise.all(t.map(r=>e.connect(r)))}a(We,"connectAll$1");function Gr(e,t){const{organization:r,name:n,environment:o}=e;return{organization:r,project:n,environment:o,service:t.name}}a(Gr,"ownerOf$1");async function Br(e,t){const{project:r,image:n}=t,o=r.services.find(i=>i.name===t.service);if(o===void 0){const i=r.services.map(c=>c.name).join(", ");throw new f.DrayageError("INPUT_INVALID",`Project ${r.name} has no service '${t.service}'; it has ${i}.`)}Si(n);const s=f.resourceName({organization:r.organization,project:r.name,environment:r.environment,service:o.name});return Ur(e,{project:r,service:o,image:n,resolve:a(i=>xr(s,o.deploy,o.domains,i),"resolve"),commit:t.commit,title:t.title??(t.commit===void 0?`Deploy ${n}`:`Deploy ${t.commit.slice(0,12)}`),dryRun:t.dryRun??!1,lease:t.lease})}a(Br,"deployService");const tc=Object.freeze(Object.defineProperty({__proto__:null,deployService:Br},Symbol.toStringTag,{value:"Module"})),L={locked:75,changedMeanwhile:76,refused:77,notRunning:78,notConnected:79};function qr(e){return`(cd ${$.quote(q(e).routes)} 2>/dev/null && for file in *.json; do
  if [ -e "$file" ]; then echo "$file"; cat "$file"; fi
done) | sha256sum | cut -d' ' -f1
`}a(qr,"stateScript");function rc(e){const{stateDir:t,resource:r,expected:n,route:o,proxy:s,connect:i,guard:c}=e,d=q(t),l=`${d.routes}/${r}.json`,u=e.obsolete.flatMap(m=>["crt","key"].map(p=>`${d.certificates}/${m}.${p}`));return`exec 9>${$.quote(d.lock)}
flock -w 60 9 || exit ${L.locked}
${c}
[ "$( ${qr(t).trim()} )" = ${$.quote(n)} ] || exit ${L.changedMeanwhile}
[ "$(docker inspect -f '{{.State.Running}}' ${O} 2>/dev/null)" = true ] || exit ${L.notRunning}
${i===void 0?"":nc(i)}${s.kind==="caddy"?oc(d.caddyConfig,s.config):sc(t,r,s.files)}
${o===void 0?`rm -f ${$.quote(l)}`:Ke(l,o)}
${u.length===0?"":`rm -f ${$.quoteArgv(u)}
`}sync ${$.quote(d.routes)} 2>/dev/null
:
`}a(rc,"activateScript");function nc(e){return`if ! said=$(docker network connect ${$.quote(e)} ${O} 2>&1); then
  case $said in *'already exists'*) ;; *) echo "$said"; exit ${L.notConnected} ;; esac
fi
`}a(nc,"connectScript");function oc(e,t){const r=`${e}.next`,n=["docker","exec",O,"caddy","reload","--config",`${x.caddyConfig}.next`];return`${Yr(r,t)}
if ! said=$(${$.quoteArgv(n)} 2>&1); then
  rm -f ${$.quote(r)}
  echo "$said"
  exit ${L.refused}
fi
mv -f ${$.quote(r)} ${$.quote(e)}`}a(oc,"loadCaddy");function sc(e,t,r){const n=H(e),o=a(l=>`${n.slots}/${t}.${l}.yml`,"slotFile"),s=`${n.dynamic}/${t}.yml`,i=q(e).traefikConfig;if(r.targets===void 0)return`rm -f ${$.quoteArgv([s,...["plain","blue","green"].map(o)])}`;const c=Object.entries(r.targets).map(([l,u])=>Ke(o(l),u)),d=r.static===void 0?"":`${Ke(i,r.static)}
docker restart ${O} >/dev/null
`;return`${c.join(`
`)}
target=plain
for slot in green blue green; do
  if [ -e ${$.quote(`${n.active}/${t}`)}/$slot ]; then target=$slot; break; fi
done
cp ${$.quote(`${n.slots}/${t}`)}.$target.yml ${$.quote(`${n.dynamic}/.${t}.next`)} &&
mv -f ${$.quote(`${n.dynamic}/.${t}.next`)} ${$.quote(s)} || exit 1
${d}`}a(sc,"writeTraefik");function Ke(e,t){return`${Yr(`${e}.next`,t)}
mv -f ${$.quote(`${e}.next`)} ${$.quote(e)} || exit 1`}a(Ke,"writeFile");function Yr(e,t){return`cat >${$.quote(e)} <<'END_OF_FILE' || exit 1
${t.trimEnd()}
END_OF_FILE`}a(Yr,"heredoc");async function ic(e,{plan:t,wish:r,guard:n}){const{stateDir:o}=e.account,{certificates:s,authorities:i}=q(o),c=t.missing.certificates.flatMap(p=>{const g=r.certificates.get(p);return g===void 0?[]:[async()=>{await e.upload(`${s}/${p}.crt`,g.cert,420),await e.upload(`${s}/${p}.key`,g.key,384)}]}),{authority:d}=r;d!==void 0&&t.missing.authority&&c.push(()=>e.upload(`${i}/${d.name}`,d.pem,420)),await Promise.all(c.map(p=>p()));const{exitCode:l,stdout:u,stderr:m}=await e.script(rc({...t.activation,stateDir:o,guard:n}),{accept:"any",purpose:"Configuring the proxy"});if(l===0)return!0;if(l===L.changedMeanwhile)return!1;throw ac(e.name,l,`${u}${m}`.trim())}a(ic,"applyDomains");function ac(e,t,r){switch(t){case L.locked:return new f.DrayageError("LOCK_HELD",`${e}: another run has been configuring the proxy for a minute.`,{hint:"Wait for it to end, then try again."});case L.notRunning:return new f.DrayageError("PROXY_NOT_RUNNING",`${e}: the proxy stopped meanwhile.`,{hint:`drayage setup-deploy-node --server ${e}`});case L.notConnected:return new f.DrayageError("DOMAIN_IMPOSSIBLE",`${e}: the proxy could not be connected to the service's network: ${r}`,{hint:"Deploy the service first."});case L.refused:return new f.DrayageError("PROXY_REFUSED",`${e}: the proxy refused the configuration: ${cc(r)}`,{output:r});default:return new f.DrayageError("PROXY_REFUSED",`${e}: the proxy could not be configured: ${r.split(`
`).at(-1)||`exit status ${t}`}`,{output:r})}}a(ac,"explain");function cc(e){return(e.split(`
`).findLast(r=>r.startsWith("Error:"))??e.split(`
`).at(-1)??"").replace(/^Error: (sending configuration to instance: )?(caddy responded with error: )?/,"")}a(cc,"wordsOf");function dc(){const e=new gn.Resolver({timeout:2e3,tries:2});return{a:a(t=>e.resolve4(t).catch(()=>[]),"a"),aaaa:a(t=>e.resolve6(t).catch(()=>[]),"aaaa")}}a(dc,"publicLookup");async function lc(e,t,r){if(t.startsWith("*.")||r.length===0)return[];const[n,o,s]=await Promise.all([e.a(t),e.aaaa(t),uc(e,r)]);if(s.size===0)return[];const i=[...s].join(", ");return n.length===0&&o.length===0?[`${t} has neither an A nor an AAAA record; it should point to ${i}.`]:[...n,...o].filter(d=>!s.has(d)).map(d=>{const l=d.includes(":")?"AAAA":"A";return`${t} has the ${l} record ${d}, which is none of ${i}: visitors and certificate authorities may go there (behind a CDN this is meant to be so).`})}a(lc,"checkRecords");async function uc(e,t){const r=await Promise.all(t.map(async n=>tt.isIP(n)?[n]:[...await e.a(n),...await e.aaaa(n)]));return new Set(r.flat())}a(uc,"addressesOf");async function fc(e,{resource:t,network:r,kind:n}){const{stateDir:o}=e.account,s=q(o),i=n==="caddy"?s.caddyConfig:s.traefikConfig,c=`say() { printf '%s\\t%s\\n' "$1" "$2"; }
encoded() { printf '%s\\t' "$1"; base64 | tr -d '\\n'; echo; }
say now "$(date +%s)"
say state "$( ${qr(o).trim()} )"
for file in ${$.quote(s.routes)}/*.json; do
  if [ -e "$file" ]; then encoded "route \${file##*/}" <"$file"; fi
done
for file in ${$.quote(s.certificates)}/*.key; do
  if [ -e "$file" ]; then file=\${file##*/}; say certificate "\${file%.key}"; fi
done
for file in ${$.quote(s.authorities)}/*.pem; do if [ -e "$file" ]; then say authority "\${file##*/}"; fi; done
if [ -e ${$.quote(i)} ]; then encoded config <${$.quote(i)}; fi
if [ -e ${$.quote(`${s.dynamic}/${t}.yml`)} ]; then encoded dynamic <${$.quote(`${s.dynamic}/${t}.yml`)}; fi
{ ${_.batchScript([`/containers/${O}/json`,`/networks/${r}`,"/info"].map(l=>({path:l})))} } 2>/dev/null | encoded engine
`,{stdout:d}=await e.script(c,{purpose:"Reading the state of the proxy"});return hc(d,e.name)}a(fc,"readProxy");function hc(e,t){const r=e.split(`
`).flatMap(u=>{const[m,p]=u.split("	");return m===void 0||p===void 0?[]:[[m,p]]}),n=a(u=>r.filter(([m])=>m===u).map(([,m])=>m),"all"),o=a(u=>Buffer.from(u??"","base64").toString("utf8"),"decode"),s=r.filter(([u])=>u.startsWith("route ")).map(([u,m])=>{const p=On(o(m));if(p!==void 0)return p;throw new f.DrayageError("PROXY_REFUSED",`${t}: the route file ${u.slice(6)} is damaged or of a newer version.`,{hint:`Look at it there, and remove it where it is damaged: $DRAYAGE_STATE/proxy/routes/${u.slice(6)}`})}),[i,c,d]=_.parseBatch(o(n("engine")[0])).map(({status:u,body:m})=>u===200?U(m):void 0),l=U(U(i?.Config).Labels)[ve];return{state:n("state")[0]??"",routes:s,config:o(n("config")[0]),dynamic:o(n("dynamic")[0]),certificates:new Set(n("certificate")),authorities:new Set(n("authority")),kind:l==="caddy"||l==="traefik"?l:void 0,running:U(i?.State).Running===!0,networks:new Set(Object.keys(U(U(i?.NetworkSettings).Networks))),network:c===void 0?void 0:{labels:U(c.Labels)},inSwarm:U(d?.Swarm).LocalNodeState==="active",now:Number(n("now")[0]??0)}}a(hc,"parseProxyState");function U(e){return typeof e=="object"&&e!==null?e:{}}a(U,"record");const j=h.string().min(1),Ve=h.string().regex(/^\d+(ms|s|m)$/),pc=h.strictObject({entryPoints:h.array(h._enum(["web","websecure"])).min(1),rule:j,priority:h.int().positive(),service:j,middlewares:h.array(j).optional(),tls:h.strictObject({certResolver:j.optional()}).optional()}),mc=h.strictObject({loadBalancer:h.strictObject({servers:h.array(h.strictObject({url:h.url()})).min(1),passHostHeader:h.boolean(),serversTransport:j})}),$c=h.union([h.strictObject({redirectScheme:h.strictObject({scheme:h.literal("https"),permanent:h.literal(!0)})}),h.strictObject({retry:h.strictObject({attempts:h.int().positive(),initialInterval:Ve})})]),gc=h.strictObject({maxIdleConnsPerHost:h.int().positive(),forwardingTimeouts:h.strictObject({dialTimeout:Ve,idleConnTimeout:Ve})}),wc=h.strictObject({http:h.strictObject({routers:h.record(j,pc),services:h.record(j,mc),middlewares:h.record(j,$c),serversTransports:h.record(j,gc)}),tls:h.strictObject({certificates:h.array(h.strictObject({certFile:j,keyFile:j})).min(1)}).optional()});function Xe(e,t){const{resource:r}=e,n=t===void 0?r:oe(r,t),o={http:{routers:{},services:{},middlewares:{},serversTransports:{}}};o.http.middlewares[`${r}-retry`]={retry:{attempts:60,initialInterval:"50ms"}},o.http.serversTransports[r]={maxIdleConnsPerHost:128,forwardingTimeouts:{dialTimeout:"2s",idleConnTimeout:"3s"}};for(const[s,i]of e.domains.entries())yc(o,e,i,`${r}-${s}`,n);return h.distExports.stringify(wc.parse(o),{lineWidth:0,aliasDuplicateObjects:!1})}a(Xe,"traefikDynamic");function yc(e,t,r,n,o){const{routers:s,services:i,middlewares:c}=e.http,d={rule:kc(r),priority:bc(r),service:n},l=`${t.resource}-retry`;if(i[n]={loadBalancer:{servers:[{url:`http://${o}:${r.port}`}],passHostHeader:!0,serversTransport:t.resource}},!r.https){s[n]={entryPoints:["web"],...d,middlewares:[l]};return}c[`${n}-https`]={redirectScheme:{scheme:"https",permanent:!0}},s[`${n}-http`]={entryPoints:["web"],...d,middlewares:[`${n}-https`]};const u=r.certificate.kind==="letsencrypt"?{certResolver:De(t.acme)}:{};s[n]={entryPoints:["websecure"],...d,middlewares:[l],tls:u},r.certificate.kind==="custom"&&vc(e,r.certificate.name)}a(yc,"addDomain");function vc(e,t){const r=`${x.certificates}/${t}.crt`,n=e.tls?.certificates??[];n.some(o=>o.certFile===r)||(e.tls={certificates:[...n,{certFile:r,keyFile:`${x.certificates}/${t}.key`}]})}a(vc,"addCertificate");function kc({host:e,path:t}){const r=e.startsWith("*.")?`HostRegexp(\`^[^.]+\\.${e.slice(2).replaceAll(".","\\.")}$\`)`:`Host(\`${e}\`)`,n=Y(t);return n===""?r:`${r} && (Path(\`${n}\`) || PathPrefix(\`${n}/\`))`}a(kc,"ruleOf");function bc({host:e,path:t}){return(e.startsWith("*")?1e4:2e4)+Math.min(Y(t).length,9999)}a(bc,"priorityOf");function Ec(e,t,r){const n=t.flatMap(({acme:s,domains:i})=>s!==void 0&&i.some(({certificate:c})=>c.kind==="letsencrypt")?[s]:[]);return{static:n.every(s=>r.includes(De(s)))?void 0:lt(n),targets:e===void 0?void 0:{plain:Xe(e,void 0),blue:Xe(e,"blue"),green:Xe(e,"green")}}}a(Ec,"traefikFiles");function _c(e,t,r,n){const{route:o}=r;Sc(e,t,n);const s=n.routes.find(({resource:v})=>v===o.resource),i=n.routes.filter(({resource:v})=>v!==o.resource);Dc(e,o,s),Oc(e,o,i);const c=o.domains.length>0&&!n.networks.has(o.network);if(c&&n.network===void 0&&!n.inSwarm)throw new f.DrayageError("DOMAIN_IMPOSSIBLE",`${e} has no network ${o.network}: the service does not run there.`,{hint:`Deploy it there first, or take ${e} out of proxy.servers.`});const d=o.domains.length===0?void 0:o,l=[...i,...d===void 0?[]:[d]].sort((v,k)=>v.resource<k.resource?-1:1),u=t==="caddy"?{kind:t,config:`${JSON.stringify(it(l),null,2)}
`}:{kind:t,files:Ec(d,l,n.config)},m=[...r.certificates.keys()].filter(v=>!n.certificates.has(v)),p=r.authority!==void 0&&!n.authorities.has(r.authority.name),g=[...c?[`connect the proxy to ${o.network}`]:[],...Tc(s?.domains??[],o.domains),...m.map(v=>`store the certificate ${v}`)],w=u.kind==="caddy"?n.config===u.config:Ac(u.files,n),y=d===void 0?s===void 0:s!==void 0&&Se(s)===Se(d);return g.length===0&&(!w||!y)&&g.push("bring the configuration of the proxy up to date"),{changes:g,activation:{resource:o.resource,expected:n.state,route:d===void 0?void 0:Se(d),proxy:u,connect:c?o.network:void 0,obsolete:Wr(s===void 0?[]:[s]).filter(v=>!Wr(l).includes(v))},missing:{certificates:m,authority:p}}}a(_c,"planDomains");function Sc(e,t,{kind:r,running:n}){if(n&&r===t)return;const o=r===void 0?"there is none":r===t?`the container ${O} is stopped`:`it is ${r}, drayage.yml says ${t}`;throw new f.DrayageError("PROXY_NOT_RUNNING",`${e}: the proxy does not run (${o}).`,{hint:`drayage setup-deploy-node --server ${e}`})}a(Sc,"requireProxy");function Dc(e,t,r){if(!(r===void 0||JSON.stringify(zr(r.owner))===JSON.stringify(zr(t.owner))))throw new f.DrayageError("DOMAIN_TAKEN",`${e}: the name ${t.resource} belongs to ${Jr(r)}.`,{hint:"Rename the project, the environment or the service."})}a(Dc,"requireOwn");function Oc(e,t,r){const n=a(({host:s,path:i})=>`${s} ${Y(i)}`,"key"),o=new Map(r.flatMap(s=>s.domains.map(i=>[n(i),s])));f.throwAll(t.domains.flatMap(s=>{const i=o.get(n(s));return i===void 0?[]:[new f.DrayageError("DOMAIN_TAKEN",`${e}: ${ge(s)} is served by ${Jr(i)} already.`)]}))}a(Oc,"requireFree");const zr=a(e=>Object.entries(e).sort(),"sorted");function Jr({owner:e,resource:t}){const r=a(n=>Object.entries(e).find(([o])=>o.endsWith(`.${n}`))?.[1],"part");return`the service ${r("service")??t} of project ${r("project")??"?"}, environment ${r("environment")??"?"}`}a(Jr,"describe");function Tc(e,t){const r=a(s=>new Set(s.map(Ic)),"texts"),[n,o]=[r(e),r(t)];return[...[...o].filter(s=>!n.has(s)).map(s=>`add ${s}`),...[...n].filter(s=>!o.has(s)).map(s=>`remove ${s}`)]}a(Tc,"differences");function Ic(e){const t=e.certificate.kind==="custom"?`custom ${e.certificate.name}`:e.certificate.kind;return`${ge(e)} to port ${e.port} (certificate: ${t})`}a(Ic,"describeDomain");const ge=a(({host:e,path:t,https:r})=>`${r?"https":"http"}://${e}${t}`,"urlOf");function Ac({static:e,targets:t},{dynamic:r}){return e!==void 0?!1:t===void 0?r==="":Object.values(t).includes(r)}a(Ac,"traefikInForce");function Wr(e){return e.flatMap(({domains:t})=>t.flatMap(({certificate:r})=>r.kind==="custom"?[r.name]:[]))}a(Wr,"certificateNames");const xc=/urn:ietf:params:acme:error:(caa|connection|dns|incorrectResponse|rateLimited|rejectedIdentifier|tls|unauthorized|unsupportedIdentifier|accountDoesNotExist|externalAccountRequired|invalidContact|unsupportedContact|userActionRequired)/;async function Nc(e,t,r){const{stdout:n}=await e.script(`docker logs --since ${r} --tail 400 ${O} 2>&1`,{accept:"any",purpose:"Reading the log of the proxy"});return Rc(n,t)}a(Nc,"readAcmeFailure");function Rc(e,t){const r=e.split(`
`).flatMap(o=>{const s=Pc(o),i=JSON.stringify([s?.identifier,s?.identifiers,s?.domains,s?.error]);return s!==void 0&&(s.level==="error"||s.msg==="challenge failed")&&i.includes(t)&&typeof s.error=="string"?[s.error]:[]}),n=r.findLast(o=>o.includes("urn:"))??r.at(-1);return n===void 0?void 0:{reason:jc(n),final:xc.test(n)}}a(Rc,"findAcmeFailure");function jc(e){const t=/HTTP (\d+) (urn:ietf:params:acme:error:)?(\w+) - (.*)/s.exec(e);if(t===null)return e.trim();const[,,,r,n=""]=t;return`${n.replace(/\s*\((order|ca)=.*$/s,"").trim()} (${r})`}a(jc,"shorten");function Pc(e){try{const t=JSON.parse(e);return typeof t=="object"&&t!==null?t:void 0}catch{return}}a(Pc,"parse$1");const Kr=1e4;async function Lc(e,t){const r=await e.dial("127.0.0.1",t.https?443:80),n=setTimeout(()=>r.destroy(new Error(`no answer within ${Kr/1e3} s`)),Kr);try{const o=t.https?await Cc(r,t):r,s=t.https?Mc(o,t.host):void 0;return{...await Fc(o,t),certificate:s}}finally{clearTimeout(n),r.destroy()}}a(Lc,"ask");function Cc(e,{host:t,authorities:r}){return new Promise((n,o)=>{const s=K.connect({socket:e,servername:t.replace(/^\*\./,"any."),ca:[...K.rootCertificates,...r],rejectUnauthorized:!1,ALPNProtocols:["http/1.1"]});s.once("secureConnect",()=>n(s)),s.once("error",o),e.once("error",o),e.once("close",()=>o(new Error("the connection was closed during the TLS handshake")))})}a(Cc,"secure");function Mc(e,t){const r=e.getPeerCertificate();return{issuer:[r.issuer?.O,r.issuer?.CN].flat().filter(Boolean).join(" ")||"unknown",expires:new Date(r.valid_to),sha256:(r.fingerprint256??"").replaceAll(":","").toLowerCase(),trusted:e.authorized,mismatch:K.checkServerIdentity(t.replace(/^\*\./,"any."),r)?.message}}a(Mc,"read");function Fc(e,{host:t,path:r}){return new Promise((n,o)=>{const s={Host:t.replace(/^\*\./,"any."),"User-Agent":"drayage",Accept:"*/*",Connection:"close"},i=wn.request({createConnection:a(()=>e,"createConnection"),method:"GET",path:r,headers:s},c=>{let d="";c.setEncoding("utf8"),c.on("data",u=>{d.length<2e3&&(d+=u)});const l=a(()=>n({status:c.statusCode??0,location:c.headers.location,body:d.slice(0,2e3)}),"answer");c.once("end",l),c.once("error",o)});i.once("error",o),e.once("error",o),i.end()})}a(Fc,"get");async function Uc(e,t,r){const n=Date.now();for(let o=50;;o=Math.min(o*1.6,1e3)){e.signal.throwIfAborted();const s=await Hc(t,r);if("status"in s)return s;const i=Date.now()-n,c=s.code==="CERTIFICATE_NOT_ISSUED",d=c&&i>300?await Nc(t,r.question.host,r.since):void 0,l=c?r.patience.certificate:r.patience.answer;if(d?.final||i>l)throw Bc(t,r,d===void 0?s:{...s,why:d.reason});await B.setTimeout(o,void 0,{signal:e.signal})}}a(Uc,"verifyDomain");async function Hc(e,t){try{const r=await Lc(e,t.question);return Gc(r,t)??r}catch(r){if(r instanceof f.DrayageError&&r.code==="SSH_FORWARDING_REFUSED")throw r;const n=r instanceof Error?r.message:String(r);return t.question.https&&/alert|handshake|SSL/i.test(n)?{code:"CERTIFICATE_NOT_ISSUED",why:"the proxy has no certificate for it"}:{code:"DOMAIN_NOT_ANSWERING",why:n}}}a(Hc,"attempt");function Gc(e,{domain:t,directory:r}){const{certificate:n,status:o}=e;if(n!==void 0){const s=a(i=>({code:"CERTIFICATE_NOT_ISSUED",why:i}),"wrong");if(n.mismatch!==void 0)return s(`another certificate is served (${n.mismatch})`);if(/Caddy Local Authority|TRAEFIK DEFAULT CERT/i.test(n.issuer))return s(`the proxy serves a certificate of its own (${n.issuer})`);if(t.certificate.kind==="custom"&&n.sha256!==qc(t.certificate.cert))return s(`the certificate served is not the one given, but one by ${n.issuer}`);if(t.certificate.kind==="letsencrypt"&&r===ie&&!n.trusted)return s(`the certificate by ${n.issuer} is not trusted`);if(n.expires.getTime()<Date.now())return s(`it expired on ${n.expires.toISOString()}`)}if(o>=500)return{code:"DOMAIN_NOT_ANSWERING",why:o===502?"the proxy cannot reach the service (502)":`the service answered ${o}`}}a(Gc,"faultOf$1");function Bc(e,{question:t,patience:r},{code:n,why:o}){const s=`${t.https?"https":"http"}://${t.host}${t.path}`;return n==="CERTIFICATE_NOT_ISSUED"?new f.DrayageError(n,`${e.name}: no certificate for ${t.host}: ${o}`,{hint:`Check that ${t.host} points to ${e.name} and that port 80 is open; the proxy goes on trying by itself.`}):new f.DrayageError(n,`${e.name}: ${s} does not answer as it should: ${o}. Waited ${r.answer/1e3} s.`,{hint:"Look at the service: drayage logs, drayage status"})}a(Bc,"refusal");const qc=a(e=>new D.X509Certificate(e).fingerprint256.replaceAll(":","").toLowerCase(),"fingerprint");function Yc(e,t,r){const n=zc(e,t,r);if(n!==void 0)throw new f.DrayageError("CERTIFICATE_INVALID",`The certificate for ${e} cannot be used: ${n}.`,{hint:"Give the chain as `cert`, leaf first, and its unencrypted private key as `key`, both as PEM text."})}a(Yc,"checkPair");function zc(e,{cert:t,key:r},n){const o=Vr(()=>Jc(t))??[],[s]=o;if(s===void 0)return"`cert` holds no certificate in PEM";const i=Vr(()=>D.createPrivateKey(r));if(i===void 0)return"`key` is not an unencrypted private key in PEM";if(!s.checkPrivateKey(i))return"`key` does not belong to the first certificate of `cert`";if(s.checkHost(e.replace(/^\*\./,"any."),{subject:"never"})===void 0)return`it is for ${s.subjectAltName?.replaceAll("DNS:","")??"no name at all"}`;if(Date.parse(s.validTo)<=n.getTime())return`it expired on ${s.validTo}`;if(Date.parse(s.validFrom)>n.getTime())return`it is not valid before ${s.validFrom}`;const c=o.findIndex((d,l)=>l>0&&!o[l-1]?.checkIssued(d));return c<0?void 0:`certificate ${c+1} in \`cert\` did not sign certificate ${c}`}a(zc,"faultOf");function Jc(e){return(e.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)??[]).map(r=>new D.X509Certificate(r))}a(Jc,"readChain");function Vr(e){try{return e()}catch{return}}a(Vr,"parse");const Wc=a((e,t)=>({organization:e.organization,project:e.name,environment:e.environment,service:t.name}),"ownerOf");function Kc(e,t,r){const n=Wc(e,t),{proxy:o}=e;if(o===void 0)throw new f.DrayageError("DOMAIN_IMPOSSIBLE",`The service ${t.name} has domains, but drayage.yml has no proxy.`,{hint:"Add it: proxy: { type: caddy, servers: [<name>], email: <address> }"});const s=t.domains.flatMap(p=>Vc(e,t,p,r));f.throwAll(s);const i=new Map,c=t.domains.map(p=>Xc(p,i)),{directory:d,ca:l}=o.acme,u=l===void 0?void 0:{name:`${Xr(l)}.pem`,pem:`${l.trim()}
`},m={directory:d,...o.email===void 0?{}:{email:o.email},...u===void 0?{}:{authority:u.name}};return{route:{version:1,resource:f.resourceName(n),network:f.networkName(n),owner:f.ownerLabels(n),...c.some(({certificate:p})=>p.kind==="letsencrypt")?{acme:m}:{},domains:c},certificates:i,authority:c.some(({certificate:p})=>p.kind==="letsencrypt")?u:void 0}}a(Kc,"wishFor");function Vc(e,t,r,n){const{host:o,https:s,certificate:i}=r,c=a((l,u)=>new f.DrayageError("DOMAIN_IMPOSSIBLE",`${o} (service ${t.name}): ${l}.`,{hint:u}),"impossible"),d=[];if(ae(o)===""&&d.push(c("this is not a host name","Write it without scheme, port and path.")),s&&i.kind==="none"&&d.push(c("`https: true` and `certificate: none` exclude each other","Set https: false where TLS ends before this server, else certificate: letsencrypt.")),s&&i.kind==="letsencrypt"){o.startsWith("*.")&&d.push(c("a wildcard cannot be proven by HTTP-01, the only challenge so far","Name the hosts one by one, or give certificate: { cert, key }."));const l=e.proxy?.servers??[];l.length>1&&d.push(c(`${l.join(" and ")} would each ask for a certificate, and the answers to the challenges would meet the wrong one`,"Give certificate: { cert, key }, or keep one server in proxy.servers."))}if(s&&i.kind==="custom")try{Yc(ae(o),{cert:i.cert,key:i.key.reveal()},n)}catch(l){if(!(l instanceof f.DrayageError))throw l;d.push(l)}return d}a(Vc,"faultsOf");function Xc(e,t){const r={host:ae(e.host),path:e.path,port:e.port,https:e.https},{certificate:n}=e;if(!e.https)return{...r,certificate:{kind:"none"}};if(n.kind!=="custom")return{...r,certificate:{kind:n.kind}};const o=Xr(n.cert);return t.set(o,{cert:`${n.cert.trim()}
`,key:`${n.key.reveal().trim()}
`}),{...r,certificate:{kind:"custom",name:o}}}a(Xc,"routeDomain");const Xr=a(e=>D.createHash("sha256").update(e.trim()).digest("hex").slice(0,16),"hashOf"),Zc={certificate:9e4,answer:3e4};async function Zr(e,t){const{project:r,service:n}=t,{proxy:o}=r;if(n.domains.length===0&&o===void 0)return[];const s=Kc(r,n,new Date);return e.report.phase(`Configure the domains of ${n.name}`,async i=>(await Promise.all((o?.servers??[]).map(async d=>Qc(e,t,s,await e.connect(d),i)))).flat())}a(Zr,"configureDomains");async function Qc(e,t,r,n,o){const{plan:s,since:i}=await ed(t,r,n,o),{domains:c}=t.service;return t.dryRun?c.map(d=>({url:ge(Qr(d)),node:n.name,changed:s?.changes??[]})):Promise.all(c.map(d=>td(e,t,{server:n,domain:d,since:i,plan:s,phase:o})))}a(Qc,"configureNode");async function ed({project:e,dryRun:t,guard:r},n,o,s){const i=e.proxy?.type;if(i===void 0||i==="external")return s.note(`${o.name}: the proxy is not Drayage's; it is asked, not configured.`),{plan:void 0,since:0};const{resource:c,network:d}=n.route;for(let l=0;l<5;l++){const u=await fc(o,{resource:c,network:d,kind:i}),m=_c(o.name,i,n,u);m.changes.length===0&&s.note(`${o.name}: the domains are configured already, nothing to do.`);for(const p of m.changes)s.note(`${o.name}: ${p}`);if(t||m.changes.length===0)return{plan:m,since:u.now-600};if(await ic(o,{plan:m,wish:n,guard:r?.(o.name)??""}))return{plan:m,since:u.now};s.note(`${o.name}: another run changed the proxy meanwhile; planning again.`)}throw new f.DrayageError("LOCK_HELD",`${o.name}: other runs keep changing the proxy.`,{hint:"Try again in a minute."})}a(ed,"bringIntoForce");async function td(e,t,r){const{server:n,domain:o,since:s,plan:i,phase:c}=r,{project:d}=t,l=Qr(o),u=ge(l),{directory:m,ca:p}=d.proxy?.acme??{},g=o.https&&o.certificate.kind==="letsencrypt"&&m===ie,w=(d.proxy?.servers??[]).flatMap(k=>d.servers[k]?.host??[]),y=g?lc(dc(),l.host,w):Promise.resolve([]),v={host:l.host,path:l.path,https:l.https,authorities:p===void 0?[]:[p]};try{const k=await Uc(e,n,{domain:o,question:v,directory:o.certificate.kind==="letsencrypt"?m:void 0,since:s,patience:t.patience??Zc});for(const N of await y)e.report.warn(N);const{certificate:b,status:T}=k,A=b===void 0?"":`, certificate by ${b.issuer} until ${b.expires.toISOString().slice(0,10)}`;return c.note(`${n.name}: ${u} answers ${T}${A}`),T===404&&e.report.warn(`${u} answers 404: the service runs, but has nothing at this path.`),{url:u,node:n.name,status:T,certificateIssuer:b?.issuer,certificateExpires:b?.expires,changed:i?.changes??[]}}catch(k){for(const b of await y)e.report.warn(b);throw k}}a(td,"verify");const Qr=a(e=>({...e,host:ae(e.host),certificate:{kind:"none"}}),"plainDomain"),rd=Object.freeze(Object.defineProperty({__proto__:null,configureDomains:Zr},Symbol.toStringTag,{value:"Module"}));async function Ze(e,t){const{servers:r,resource:n}=ne(t),o=await Promise.all(r.map(async i=>en(await e.connect(i),n,e.signal))),s=new Map;for(const[i,c]of o.entries()){const d=r[i]??"";for(const{record:l,isCurrent:u}of c){const m=s.get(l.id);s.set(l.id,{record:m===void 0||m.record.status==="done"?l:m.record,servers:[...m?.servers??[],d],isCurrent:u||(m?.isCurrent??!1)})}}return[...s.values()].sort((i,c)=>i.record.id<c.record.id?1:-1)}a(Ze,"deploymentHistory");function ne({project:e,service:t}){const r=e.services.find(c=>c.name===t);if(r===void 0){const c=e.services.map(d=>d.name).join(", ");throw new f.DrayageError("INPUT_INVALID",`Project ${e.name} has no service '${t}'; it has ${c}.`)}const{organization:n,name:o,environment:s}=e,i={organization:n,project:o,environment:s,service:t};return{service:r,owner:i,resource:f.resourceName(i),servers:r.deploy.servers}}a(ne,"placeOf");async function en(e,t,r){const{stdout:n}=await e.script(nd(e.account.stateDir,t),{purpose:"Reading the deployments",signal:r});return tn(n)}a(en,"readHistory");function nd(e,t){const{folder:r}=Q(e,t);return`cd ${$.quote(r)} 2>/dev/null || exit 0
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
`}a(nd,"historyScript");function tn(e){const t=e.split(`
`),r=t.find(n=>n.startsWith("current "))?.slice(8);return t.flatMap(n=>{const[o=""]=n.split(" ",1),s=["ended","running","dead"].includes(o)?lr(n.slice(o.length+1)):void 0;return s===void 0?[]:[{record:o==="dead"?od(s):s,isCurrent:s.id===r}]})}a(tn,"parseHistory");function od(e){return{...e,status:"error",errorCode:"JOB_LOST",errorMessage:"The deployment ended without a result: the node was restarted, or its job was killed."}}a(od,"deadRecord");const sd=Object.freeze(Object.defineProperty({__proto__:null,deploymentHistory:Ze,parseHistory:tn,placeOf:ne,readHistory:en},Symbol.toStringTag,{value:"Module"}));async function id(e,t){const r=await Ze(e,t),n=rn(t.service,r,t.to);return nn(e,t,n,`Roll back to ${n.id}`,!1)}a(id,"rollbackService");async function ad(e,t){const n=(await Ze(e,t)).find(o=>o.isCurrent)?.record;if(n===void 0)throw new f.DrayageError("DEPLOYMENT_NOT_FOUND",`Service ${t.service} was never deployed here.`,{hint:"drayage up"});return nn(e,t,n,`Redeploy ${n.id}`,!0)}a(ad,"redeployService");function rn(e,t,r){const n=t.find(l=>l.isCurrent)?.record,o=t.map(l=>l.record).filter(l=>l.status==="done");if(r===void 0){const l=o.find(u=>n!==void 0&&u.id<n.id&&u.specHash!==n.specHash);if(l!==void 0)return l;throw new f.DrayageError("DEPLOYMENT_NOT_FOUND",`Service ${e} has no earlier deployment to go back to; ${o.length} succeeded so far.`,{hint:`drayage history --service ${e}`})}const s=o.filter(l=>l.id.startsWith(r)),[i]=s;if(i!==void 0&&s.length===1)return i;const c=t.find(l=>l.record.id.startsWith(r)&&l.record.status!=="done"),d=s.length>1?`${s.length} deployments begin with it`:c===void 0?"there is no record of it":`it did not succeed (${c.record.status})`;throw new f.DrayageError("DEPLOYMENT_NOT_FOUND",`Service ${e} cannot go back to '${r}': ${d}.`,{hint:`drayage history --service ${e}`})}a(rn,"chooseTarget");async function nn(e,t,r,n,o){const{service:s,resource:i}=ne(t),c=await dd(e,await cd(e,s),i,r.spec),d=t.refreshSecrets===!0?ld(i,s,r.spec,c):{spec:r.spec,secrets:c};return Ur(e,{project:t.project,service:s,image:r.pinnedImage,mode:r.mode,resolve:a(()=>d,"resolve"),commit:r.commit,title:n,force:o,dryRun:t.dryRun??!1,lease:t.lease})}a(nn,"again");async function cd(e,t){return Promise.all(t.deploy.servers.map(r=>e.connect(r)))}a(cd,"holderOf");async function dd(e,t,r,n){const o=ze(n),s=new Map;if(o.length===0)return s;await Promise.all(t.map(async i=>{const{secrets:c}=Q(i.account.stateDir,r),d=o.map(u=>`[ -e ${$.quote(`${c}/${u}`)} ] && echo "${u} $(base64 <${$.quote(`${c}/${u}`)} | tr -d '\\n')"`).join(`
`),{stdout:l}=await i.script(`${d}
:`,{purpose:"Reading the stored secrets"});for(const u of l.split(`
`)){const[m,p]=u.split(" ");m!==void 0&&p!==void 0&&s.set(m,Buffer.from(p,"base64").toString("utf8"))}}));for(const i of s.values())e.report.mask(i);return s}a(dd,"readSecrets");function ld(e,t,r,n){const o=xr(e,t.deploy,t.domains,r.image),s=Object.fromEntries(Object.entries(r.env).map(([c,d])=>[c,_.isReference(d)?o.spec.env[c]??d:d])),i=Object.fromEntries(Object.entries(r.secrets).map(([c,d])=>[c,o.spec.secrets[c]??d]));return{spec:{...r,env:s,secrets:i},secrets:new Map([...n,...o.secrets])}}a(ld,"refreshed");const ud=Object.freeze(Object.defineProperty({__proto__:null,chooseTarget:rn,redeployService:ad,rollbackService:id},Symbol.toStringTag,{value:"Module"}));async function on(e,t){const{servers:r,owner:n,resource:o}=ne(t);return Promise.all(r.map(async s=>{const i=await e.connect(s),c={owner:n,resource:o,stateDir:i.account.stateDir},{stdout:d,stderr:l}=await i.script(ur(c),{purpose:"Looking at the node",accept:"any",signal:e.signal}),{current:u,containers:m}=fr(d,l,c,s);return{server:s,current:u,containers:m.map(p=>({...p,isServing:p.state==="running"&&p.deployment===u?.id}))}}))}a(on,"serviceStatus");const fd=Object.freeze(Object.defineProperty({__proto__:null,serviceStatus:on},Symbol.toStringTag,{value:"Module"}));async function hd(e,t){const{servers:r,owner:n}=ne(t),o=Object.entries(f.ownerLabels(n)).flatMap(([s,i])=>["--filter",`label=${s}=${i}`]);await Promise.all(r.map(async s=>{const i=await e.connect(s),c=$.quoteArgv(["docker","ps","--all","--format","{{.Names}}",...o]),{stdout:d}=await i.script(c,{purpose:"Listing the containers",signal:e.signal});await Promise.all(d.split(`
`).filter(l=>l!=="").map(l=>{const u=t.follow===!0?"--follow ":"";return i.run(["sh","-c",`exec docker logs ${u}--tail ${t.tail} ${$.quote(l)} 2>&1`],{onOutput:a(m=>t.onOutput(m,`${s} ${l}`),"onOutput"),purpose:`Reading the logs of ${l}`,signal:e.signal})}))}))}a(hd,"serviceLogs");const pd=Object.freeze(Object.defineProperty({__proto__:null,serviceLogs:hd},Symbol.toStringTag,{value:"Module"}));async function md(e,t){const n=(await Promise.allSettled(t.map(s=>e.connect(s)))).flatMap(s=>s.status==="rejected"?[s.reason]:[]),o=n.find(s=>!(s instanceof f.DrayageError));if(o!==void 0)throw o;f.throwAll(n.filter(s=>s instanceof f.DrayageError))}a(md,"connectAll");async function $d(e,t,r){const{source:n}=r,o=n.kind==="git"?n.url:n.kind==="path"?`the folder ${n.path}`:n.image;return e.report.note(`${r.name}: an image would be built from ${o}; its digest is not known before.`),(await on(e,{project:t,service:r.name})).find(({current:i})=>i!==void 0)?.current?.pinnedImage}a($d,"foreseenImage");function gd(e,t){if(t===void 0||t.length===0)return e.services;const r=e.services.map(({name:o})=>o),n=t.find(o=>!r.includes(o));if(n!==void 0)throw new f.DrayageError("INPUT_INVALID",`There is no service '${n}' in project ${e.name}.`,{hint:`Known are: ${r.join(", ")||"none"}.`});return e.services.filter(({name:o})=>t.includes(o))}a(gd,"chosenServices");function wd(e,t){const r=new Set(t.flatMap(({build:s})=>s?.servers??[])),n=t.some(({domains:s})=>s.length>0)?e.proxy?.servers??[]:[],o=new Set([...t.flatMap(({deploy:s})=>s.servers),...n]);return{builders:[...r],nodes:[...o].filter(s=>!r.has(s))}}a(wd,"serversOf");async function yd(e,t){const r=new AbortController,n={...e,signal:AbortSignal.any([e.signal,r.signal])},o=t.map(async c=>{try{return await c(n)}catch(d){throw r.signal.aborted||r.abort(new f.DrayageError("CANCELLED","Another part of this run has failed.")),d}}),s=await Promise.allSettled(o),i=s.flatMap(c=>c.status==="rejected"?[c.reason]:[]);return i.length>0&&vd(i),s.map(c=>c.status==="fulfilled"?c.value:void 0)}a(yd,"together");function vd(e){const t=e.flatMap(s=>s instanceof f.ManyErrors?[...s.errors]:[s]),r=t.filter(s=>s instanceof f.DrayageError),n=t.find(s=>!(s instanceof f.DrayageError));if(n!==void 0)throw n;const o=r.filter(({code:s})=>s!=="CANCELLED");throw f.throwAll(o),r[0]}a(vd,"throwCauses");var sn=a((e,t)=>(t=Symbol[e])?t:Symbol.for("Symbol."+e),"__knownSymbol"),an=a(e=>{throw TypeError(e)},"__typeError"),kd=a((e,t,r)=>{if(t!=null){typeof t!="object"&&typeof t!="function"&&an("Object expected");var n,o;n=t[sn("asyncDispose")],n===void 0&&(n=t[sn("dispose")],o=n),typeof n!="function"&&an("Object not disposable"),o&&(n=a(function(){try{o.call(this)}catch(s){return Promise.reject(s)}},"dispose")),e.push([r,n,t])}else e.push([r]);return t},"__using"),bd=a((e,t,r)=>{var n=typeof SuppressedError=="function"?SuppressedError:function(i,c,d,l){return l=Error(d),l.name="SuppressedError",l.error=i,l.suppressed=c,l},o=a(i=>t=r?new n(i,t,"An error was suppressed during disposal"):(r=!0,i),"fail"),s=a(i=>{for(;i=e.pop();)try{var c=i[1]&&i[1].call(i[2]);if(i[0])return Promise.resolve(c).then(s,d=>(o(d),s()))}catch(d){o(d)}if(r)throw t},"next");return s()},"__callDispose");async function Ed(e,t){const{project:r}=t,n=gd(r,t.services),{builders:o,nodes:s}=wd(r,n);await md(e,[...o,...s]);const[i]=await yd(e,[async d=>(await cn(d,t,o),_d(d,t,n)),d=>cn(d,t,s)]),c=[];for(const d of i)c.push(await Dd(e,t,d));return c}a(Ed,"up");async function cn(e,{project:t,setup:r,dryRun:n},o){o.length>0&&await gt(e,{project:t,servers:o,mode:r,dryRun:n})}a(cn,"setUp");async function _d(e,t,r){const n=[];for(const o of r)n.push(await Sd(e,t,o));return n}a(_d,"makeImages");async function Sd(e,{project:t,git:r,dryRun:n},o){var s=[];try{if(o.source.kind==="image")return{service:o,image:o.source.image};if(n)return{service:o,image:await $d(e,t,o),commit:r.sha};const l={project:t,service:o.name,git:r};if(o.image===void 0){const g=await Ce(e,l);return{service:o,image:g.imageId,commit:g.sourceCommit}}const u=kd(s,new Fe(e,{...l,server:o.build?.servers[0]??""}),!0),m=await Ce(e,{...l,followUp:a(g=>u.followUp(g),"followUp")}),p=await u.finish(m);return{service:o,image:p.pinnedImage,commit:m.sourceCommit}}catch(l){var i=l,c=!0}finally{var d=bd(s,i,c);d&&await d}}a(Sd,"makeImage");async function Dd(e,t,r){const{project:n,title:o,dryRun:s}=t,{service:i,image:c,commit:d}=r,l=c===void 0?Od:await Br(e,{project:n,service:i.name,image:c,commit:d,title:o,dryRun:s}),u=i.domains.length===0?[]:await Zr(e,{project:n,service:i,dryRun:s});return{service:i.name,image:c,commit:d,deployment:l,domains:u}}a(Dd,"deployOne");const Od={deploymentId:"",status:"planned",pinnedImage:"",previousImage:void 0,nodes:[]},Td=Object.freeze(Object.defineProperty({__proto__:null,up:Ed},Symbol.toStringTag,{value:"Module"}));exports.build=Vs,exports.configure=rd,exports.deploy=tc,exports.history=sd,exports.logs=pd,exports.push=_i,exports.rollback=ud,exports.setup=zo,exports.status=fd,exports.up=Td;
