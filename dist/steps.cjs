"use strict";var En=Object.defineProperty;var a=(e,t)=>En(e,"name",{value:t,configurable:!0});const O=require("./engine.cjs"),f=require("./base.cjs"),$=require("./transport.cjs"),p=require("./config.cjs"),D=require("node:path"),T=require("node:crypto"),dt=require("node:stream"),B=require("node:timers/promises"),N=require("node:fs"),be=require("node:fs/promises"),lt=require("node:stream/promises"),Sn=require("node:zlib"),ut=require("./archive.cjs"),On=require("node:url"),Dn=require("node:dns/promises"),_e=require("node:net"),Tn=require("node:http"),V=require("node:tls"),ft=require("./undici.cjs"),Ee=a(e=>e==="blue"?"green":"blue","otherSlot"),ce=a((e,t)=>`${e}-${t}`,"slotName");function U(e){const t=`${e}/proxy`;return{root:t,active:`${t}/active`,dynamic:`${t}/dynamic`,slots:`${t}/slots`}}a(U,"proxyPaths");const G="/drayage",R={active:`${G}/active`,dynamic:`${G}/dynamic`,certificates:`${G}/certificates`,authorities:`${G}/authorities`,caddyConfig:`${G}/caddy.json`,traefikConfig:`${G}/traefik.yml`,adminSocket:"/run/drayage/admin.sock",data:"/data"},I="drayage-proxy",An="drayage-proxy-data",X="0--drayage-proxy",Se=`${f.labelPrefix}.proxy`,Oe=`${f.labelPrefix}.proxy-spec`;function q(e){const{root:t}=U(e);return{routes:`${t}/routes`,certificates:`${t}/certificates`,authorities:`${t}/authorities`,caddyConfig:`${t}/caddy.json`,traefikConfig:`${t}/traefik.yml`,dynamic:U(e).dynamic,lock:`${t}/lock`}}a(q,"proxyFiles");const In={caddy:"caddy:2",traefik:"traefik:v3.6"};function xn(e,{stateDir:t,image:r=In[e]}){const n=["--restart","unless-stopped","--stop-timeout","30","--publish","80:80/tcp","--publish","443:443/tcp","--publish","443:443/udp","--volume",`${U(t).root}:${G}`,"--volume",`${An}:${R.data}`,"--tmpfs","/run/drayage:mode=700","--log-driver","json-file","--log-opt","max-size=10m","--log-opt","max-file=3"],o=e==="caddy"?["caddy","run","--config",R.caddyConfig]:["traefik",`--configFile=${R.traefikConfig}`],s=T.createHash("sha256").update(JSON.stringify([r,X,n,o])).digest("hex").slice(0,12);return{kind:e,image:r,options:n,command:o,hash:s}}a(xn,"proxyContainerSpec");const de="drayage-proxy-guard",De=`${f.labelPrefix}.proxy-guard`,Te="1",Ae="drayage-empty:1",Rn=`trap 'exit 0' TERM INT
while :; do
  case $(docker inspect -f '{{.State.Status}} {{.State.Error}}' ${I} 2>/dev/null) in
    running*) docker wait ${I} >/dev/null 2>&1 & wait $! ;;
    exited*network* | created*network*) docker start ${I} & wait $! ;;
  esac
  sleep 3 & wait $!
done`;function Nn(){const e=["docker","run","--detach","--name",de,"--label",`${De}=${Te}`],t=["--restart","unless-stopped","--network","none","--security-opt","label=disable"],r=["--mount","type=bind,source=/var/run/docker.sock,target=/var/run/docker.sock"];return`if [ "$(docker inspect -f '{{index .Config.Labels "${De}"}} {{.State.Running}}' ${de} 2>/dev/null)" != '${Te} true' ]; then
  docker rm -f ${de} >/dev/null 2>&1 || true
  docker image inspect ${Ae} >/dev/null 2>&1 || head -c 1024 /dev/zero | docker import - ${Ae} >/dev/null
  set --
  for folder in /bin /lib /lib64 /usr; do
    [ -d $folder ] && set -- "$@" --mount type=bind,source=$folder,target=$folder,readonly
  done
  ${$.quoteArgv([...e,...t,...r])} "$@" ${$.quoteArgv([Ae,"/bin/sh","-c",Rn])} >/dev/null
fi
`}a(Nn,"startGuardScript");function jn(e){return typeof e=="object"&&e!==null&&e[De]===Te}a(jn,"isGuard");const Pn=p.discriminatedUnion("kind",[p.strictObject({kind:p.literal("letsencrypt")}),p.strictObject({kind:p.literal("none")}),p.strictObject({kind:p.literal("custom"),name:p.string().regex(/^[a-z0-9-]+$/)})]),Ln=p.strictObject({host:p.string().min(1),path:p.string().startsWith("/"),port:p.int().min(1).max(65535),https:p.boolean(),certificate:Pn}),pt=p.strictObject({version:p.literal(1),resource:p.string().regex(/^[a-z0-9][a-z0-9.-]*$/),network:p.string().min(1),owner:p.record(p.string(),p.string()),acme:p.strictObject({directory:p.url(),email:p.string().optional(),authority:p.string().regex(/^[a-z0-9-]+\.pem$/).optional()}).optional(),domains:p.array(Ln)}),le="https://acme-v02.api.letsencrypt.org/directory";function Ie(e){return`${JSON.stringify(pt.parse(e),null,2)}
`}a(Ie,"printRoute");function Cn(e){try{return pt.parse(JSON.parse(e))}catch{return}}a(Cn,"parseRoute");const Fn=/^(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/;function ue(e){const t=e.startsWith("*."),r=On.domainToASCII(t?e.slice(2):e).toLowerCase();return Fn.test(r)?t?`*.${r}`:r:""}a(ue,"asciiHost");function Mn(e,t){return Number(e.host.startsWith("*"))-Number(t.host.startsWith("*"))||ht(e.host,t.host)||Y(t.path).length-Y(e.path).length||ht(e.path,t.path)}a(Mn,"byPrecedence");const Y=a(e=>e.replace(/\/+$/,""),"trimmed"),ht=a((e,t)=>e<t?-1:e>t?1:0,"compare");function Hn(e){const t=new Map,r=new Set;for(const{route:o,domain:s}of e)s.certificate.kind==="custom"&&r.add(s.certificate.name),!(s.certificate.kind!=="letsencrypt"||t.has(s.host))&&t.set(s.host,o.acme??{directory:le});const n=[...r].sort().map(o=>({certificate:`${R.certificates}/${o}.crt`,key:`${R.certificates}/${o}.key`}));return{certificates:{...t.size===0?{}:{automate:[...t.keys()].sort()},...n.length===0?{}:{load_files:n}},automation:{policies:Un(t)}}}a(Hn,"tlsApp");function Un(e){const t=new Map;for(const[r,n]of e){const o=JSON.stringify([n.directory,n.email,n.authority]),s=t.get(o)??{acme:n,subjects:[]};s.subjects.push(r),t.set(o,s)}return[...t.values()].map(({acme:r,subjects:n})=>({subjects:n.sort(),issuers:[Gn(r)]}))}a(Un,"policies");function Gn(e){return{module:"acme",ca:e.directory,...e.email===void 0?{}:{email:e.email},...e.authority===void 0?{}:{trusted_roots_pem_files:[`${R.authorities}/${e.authority}`]},challenges:{"tls-alpn":{disabled:!0}}}}a(Gn,"issuer");const Bn="5s",qn="50ms",Yn="3s";function mt(e,t){return{handler:"reverse_proxy",upstreams:[{dial:`${e}:${t}`}],load_balancing:{try_duration:Bn,try_interval:qn},transport:{protocol:"http",dial_timeout:"2s",keep_alive:{idle_timeout:Yn,max_idle_conns_per_host:128}}}}a(mt,"reverseProxy");function zn(e,t){return[{file:{root:`${R.active}/${e}`,try_files:[`/${t}`]}}]}a(zn,"whenActive");function Jn(e,t){const r=a(o=>({match:zn(e,o),handle:[mt(ce(e,o),t)],terminal:!0}),"toSlot");return[{handler:"subroute",routes:[r("green"),r("blue"),r("green"),{handle:[mt(e,t)]}]}]}a(Jn,"toService");function Wn(e){return e.flatMap(t=>t.domains.map(r=>({route:t,domain:r}))).sort((t,r)=>Mn(t.domain,r.domain))}a(Wn,"entriesOf");function $t(e){const t=Wn(e),r=t.filter(({domain:o})=>o.https),n=t.map(o=>o.domain.https?Vn(o):wt(o));return{admin:{listen:`unix/${R.adminSocket}`,config:{persist:!1}},logging:{logs:{default:{level:"INFO",writer:{output:"stderr"},encoder:{format:"json"}}}},storage:{module:"file_system",root:`${R.data}/caddy`},apps:{http:{grace_period:"10m",servers:{http:gt(":80",n),...r.length===0?{}:{https:{...gt(":443",r.map(wt)),...Kn}}}},tls:Hn(r)}}}a($t,"caddyConfig");const Kn={tls_connection_policies:[{}]};function gt(e,t){const r={handle:[{handler:"static_response",status_code:404,body:`No such domain on this server.
`}]};return{listen:[e],automatic_https:{disable:!0},routes:[...t,r]}}a(gt,"server");function wt({route:e,domain:t}){return{match:[yt(t)],handle:Jn(e.resource,t.port),terminal:!0}}a(wt,"forward");function Vn({domain:e}){const t={Location:["https://{http.request.host}{http.request.uri}"],Connection:["close"]};return{match:[yt(e)],handle:[{handler:"static_response",status_code:308,headers:t}],terminal:!0}}a(Vn,"redirect");function yt(e){const t=Y(e.path);return{host:[e.host],...t===""?{}:{path:[t,`${t}/*`]}}}a(yt,"matcher");function xe(e={directory:le}){const t=JSON.stringify([e.directory,e.email??"",e.authority??""]);return`acme-${T.createHash("sha256").update(t).digest("hex").slice(0,8)}`}a(xe,"resolverName");function vt(e){const t=new Map(e.map(n=>[xe(n),n])),r={respondingTimeouts:{readTimeout:"600s",idleTimeout:"180s"}};return p.distExports.stringify({global:{checkNewVersion:!1,sendAnonymousUsage:!1},log:{level:"INFO",format:"json"},entryPoints:{web:{address:":80",transport:r},websecure:{address:":443",http3:{},transport:r}},providers:{file:{directory:R.dynamic,watch:!0}},...t.size===0?{}:{certificatesResolvers:Object.fromEntries([...t].map(([n,o])=>[n,Xn(n,o)]))}},{lineWidth:0,aliasDuplicateObjects:!1})}a(vt,"traefikStatic");function Xn(e,t){return{acme:{caServer:t.directory,...t.email===void 0?{}:{email:t.email},...t.authority===void 0?{}:{caCertificates:[`${R.authorities}/${t.authority}`]},storage:`${R.data}/${e}.json`,httpChallenge:{entryPoint:"web"}}}}a(Xn,"resolver");function Zn(e,t){const r=U(t),n=q(t),[o,s]=e.kind==="caddy"?[n.caddyConfig,JSON.stringify($t([]),null,2)]:[n.traefikConfig,vt([])],i=[r.root,r.active,r.dynamic,r.slots,n.routes,n.authorities],d=["docker","create","--name",I,"--network",X,"--label",`${Se}=${e.kind}`,"--label",`${Oe}=${e.hash}`,...e.options,e.image,...e.command];return`umask 022
mkdir -p ${$.quoteArgv(i)}
mkdir -p -m 700 ${$.quote(n.certificates)}
if [ ! -s ${$.quote(o)} ]; then
  cat >${$.quote(`${o}.next`)} <<'END_OF_CONFIG'
${s.trimEnd()}
END_OF_CONFIG
  mv -f ${$.quote(`${o}.next`)} ${$.quote(o)}
fi
docker network inspect ${X} >/dev/null 2>&1 || docker network create ${X} >/dev/null
if [ "$(docker inspect -f '{{index .Config.Labels "${Oe}"}}' ${I} 2>/dev/null)" != ${e.hash} ]; then
  tries=1
  until docker image inspect ${$.quote(e.image)} >/dev/null 2>&1 || docker pull --quiet ${$.quote(e.image)} >/dev/null; do
    [ $tries -lt 3 ] || exit 1
    tries=$((tries + 1)); sleep 3
  done
  networks=$(docker inspect -f '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}' ${I} 2>/dev/null) || networks=
  [ -z "$networks" ] || docker rm -f ${I} >/dev/null
  ${$.quoteArgv(d)} >/dev/null
  for name in $networks; do
    [ "$name" = ${X} ] || docker network connect "$name" ${I}
  done
fi
docker start ${I} >/dev/null
sleep 1
if [ "$(docker inspect -f '{{.State.Running}} {{.RestartCount}}' ${I})" != 'true 0' ]; then
  docker logs --tail 20 ${I}
  echo 'The proxy does not stay up.'
  exit 1
fi
`}a(Zn,"startProxyScript");const Qn=`export DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a
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
`,Re="25.0",eo=`apt_update
candidate=$(apt-cache policy docker.io | sed -n 's/^ *Candidate: //p')
release=
if [ -z "$candidate" ] || [ "$candidate" = '(none)' ]; then echo 'This distribution has no package docker.io.'; exit 1; fi
if dpkg --compare-versions "$candidate" lt ${Re}; then
  release=$(apt-cache madison docker.io | while IFS='|' read -r _ version source; do
    version=$(echo $version)
    if dpkg --compare-versions "$version" ge ${Re}; then echo "$source" | awk '{ sub("/.*", "", $2); print $2 }'; break; fi
  done)
  if [ -z "$release" ]; then
    echo "The newest docker.io here is $candidate; ${Re} or newer is needed. Use docker-source: official for this server."
    exit 1
  fi
fi
set -- docker.io docker-buildx iptables ca-certificates
if apt-cache show docker-cli >/dev/null 2>&1; then set -- "$@" docker-cli; fi
[ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" != Y ] || set -- "$@" apparmor
apt_install \${release:+-t "$release"} "$@"
`;function to(e){return e.startsWith("docker-ce")?"docker-buildx-plugin":"docker-buildx"}a(to,"buildxPackage");const ro={"max-size":"10m","max-file":"3"};function no(e,t){const r=oo(e??"");if(typeof r=="string")return r;const n=[];let o=!0,s=!1;const i={...r};(r["log-driver"]??"json-file")==="json-file"&&r["log-opts"]===void 0&&(Object.assign(i,{"log-driver":"json-file","log-opts":ro}),n.push("rotate container logs at 10 MB, 3 files"),o=!1),(t.swarm?r["live-restore"]===!0:r["live-restore"]===void 0)&&(i["live-restore"]=!t.swarm,s||=t.swarm,n.push(t.swarm?"turn live restore off, which Swarm excludes":"keep containers running while Docker restarts"));const c=Array.isArray(r["insecure-registries"])?r["insecure-registries"]:[],l=t.insecure.filter(u=>!c.includes(u));if(l.length>0&&(i["insecure-registries"]=[...c,...l],s=!0,n.push(`allow plain HTTP to ${l.join(", ")}`)),n.length!==0)return{text:`${JSON.stringify(i,null,2)}
`,what:n,reloadable:o,required:s}}a(no,"mergeDaemonConfig");function oo(e){if(e.trim()==="")return{};try{const t=JSON.parse(e);return typeof t=="object"&&t!==null&&!Array.isArray(t)?t:"/etc/docker/daemon.json holds no JSON object"}catch(t){return`/etc/docker/daemon.json is not valid JSON (${t.message})`}}a(oo,"parse$2");const so=`docker_answers() { docker version --format '{{.Server.APIVersion}}' >/dev/null 2>&1; }
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
`;function io(e,t){return`file=/etc/docker/daemon.json
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
${t==="none"?"":ao(t)}rm -f $file.before
`}a(io,"applyDaemonConfig");function ao(e){return`${e==="reload"?'kill -HUP "$(cat /run/docker.pid 2>/dev/null || pidof dockerd)"':"docker_service restart"} || true
sleep 1
if ! await_docker; then
  echo 'Docker does not come up with the new settings; the old ones are put back.'
  rm -f $file
  [ ! -e $file.before ] || mv -f $file.before $file
  docker_service restart
  exit 1
fi
`}a(ao,"activate");const co={base:"https://download.docker.com/linux",fingerprint:"9DC858229FC7DD38854AE2D88D81803C0EBFCD88",versions:["28.5.2","28.5.1","29.4.2"]};function lo(e,t=co){const r=$.quote(`${t.base}/${e.id}`);return`apt_update
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
`}a(lo,"officialDocker");const Ne="1.44";function kt(e){const[t=0,r=0]=e.split(".").map(Number),[n=0,o=0]=Ne.split(".").map(Number);return t<n||t===n&&r<o}a(kt,"isTooOld");const uo={least:2*1024**3,comfortable:10*1024**3},fo={least:512*1024**2,comfortable:1024**3},bt=60,po=`${Qn}${so}`;function ho(e){const t=[];return{steps:[...mo(e),...$o(e,t),...go(e),...wo(e),...yo(e,t)],advice:t}}a(ho,"planSetup");function mo({facts:e,stateDir:t}){if(e.stateFolder&&(e.runFolderKept||!e.systemd))return[];const n=`mkdir -p ${$.quote(t)}
${e.systemd?`[ "$(id -u)" != 0 ] || printf 'd /run/drayage 0711 root root -\\nd /run/drayage/0 0700 root root -\\n' >/etc/tmpfiles.d/drayage.conf
`:""}`;return[{title:"Make the folders for state",why:`${t} keeps what outlives a run`,needsRoot:!1,script:n}]}a(mo,"folderSteps");function $o({facts:e,wish:t,mode:r,server:n,mayBeRoot:o},s){const i=[],d=t.swarm||(e.docker?.swarm.state??"inactive")!=="inactive",c=no(e.daemonJson,{...t.daemon,swarm:d});if(typeof c=="string")throw new f.DrayageError("SETUP_INCOMPLETE",`${n}: ${c}.`,{hint:"Mend the file by hand, then run setup again."});const l=e.docker?.engine!==void 0;if(c!==void 0&&l&&!c.required&&(r==="auto"||!o))s.push(`${c.what.join("; ")}${c.reloadable?"":" (restarts Docker)"}`);else if(c!==void 0){const u=c.reloadable||r==="auto"?"reload":"restart";i.push({title:"Configure Docker",why:c.what.join("; "),needsRoot:!0,script:io(c.text,l?u:"none")})}for(const{registry:u,pem:m,sha256:h}of t.authorities){if(e.authorities[u]===h)continue;const g=$.quote(`/etc/docker/certs.d/${u}/ca.crt`),w=`mkdir -p "$(dirname ${g})"
cat >${g} <<'END_OF_PEM'
${m.trimEnd()}
END_OF_PEM
`;i.push({title:`Store the authority of ${u}`,why:"its certificate is signed by it",needsRoot:!0,script:w})}return i}a($o,"engineConfigSteps");function go({facts:e,wish:t,server:r}){const{docker:n}=e;if(n?.origin==="snap")throw new f.DrayageError("SERVER_UNSUPPORTED",`${r} has Docker from snap, which cannot read files outside its own folders.`,{hint:"Remove it (snap remove docker), then run setup again."});if(n===void 0){je(e,r);const i=`${t.dockerSource==="official"?lo(e.os):eo}start_docker
`;return[{title:"Install Docker",why:`there is none (source: ${t.dockerSource})`,needsRoot:!0,script:i}]}const o=[];if(n.buildx===void 0){je(e,r);const s=`apt_update
apt_install ${to(n.origin)}
`;o.push({title:"Install buildx",why:"images are built with it",needsRoot:!0,script:s})}if(n.engine===void 0)o.push({title:"Start Docker",why:n.error||"it does not answer",needsRoot:!0,script:`start_docker
`});else if(kt(n.engine.api))throw new f.DrayageError("SETUP_INCOMPLETE",`${r} runs Docker ${n.engine.version} (API ${n.engine.api}); API ${Ne} or newer is needed.`,{hint:"Upgrade Docker to 25 or newer; a running engine is never upgraded without being asked."});return o}a(go,"dockerSteps");function wo({facts:e,wish:t,server:r}){const n=[...t.builds&&!e.tools.has("git")?["git"]:[],...e.needsAppArmor?["apparmor"]:[],...e.tools.has("flock")?[]:["util-linux"]];if(n.length===0)return[];je(e,r);const o=`apt_update
apt_install ${n.join(" ")} ca-certificates
`;return[{title:`Install ${n.join(", ")}`,why:"needed for builds, locks or containers",needsRoot:!0,script:o}]}a(wo,"packageSteps");function yo({facts:e,wish:t,mode:r,server:n,stateDir:o},s){const i=t.proxy;if(i===void 0)return[];if(e.proxy!==void 0&&e.proxy.kind===void 0)throw new f.DrayageError("SETUP_INCOMPLETE",`${n} has a container named ${I} that is not Drayage's.`,{hint:`Rename or remove it: docker rename ${I} old-proxy`});const d=e.proxy?.running?[]:Object.entries(e.listeners);if(d.length>0){const l=d.map(([u,m])=>`port ${u} is used by ${m||"another program"}`).join(", ");throw new f.DrayageError("PROXY_PORT_TAKEN",`${n}: ${l}, but the proxy needs 80 and 443.`,{hint:"Stop it, or set proxy.type to external to keep it."})}const c=Zn(i,o);return e.proxy===void 0?[{title:`Start the proxy (${i.image})`,why:"domains are served by it",needsRoot:!1,script:c}]:e.proxy.spec!==i.hash?r!=="always"&&(s.push(`make the proxy again with other settings (${i.image}; its domains do not answer for some seconds)`),e.proxy.running)?[]:[{title:`Make the proxy again (${i.image})`,why:"its settings changed",needsRoot:!1,script:c}]:e.proxy.running?[]:[{title:"Start the proxy",why:"it does not run",needsRoot:!1,script:c}]}a(yo,"proxySteps");function je(e,t){if(!(e.tools.has("apt-get")&&["debian","ubuntu"].includes(e.os.id)))throw new f.DrayageError("SERVER_UNSUPPORTED",`${t} runs ${e.os.name||"an unknown system"}; packages are installed on Debian and Ubuntu only.`,{hint:"Install Docker 25 or newer, docker-buildx and git by hand, then run setup again."})}a(je,"requireApt");const _t=40,vo=30*6e4;async function ko(e,t,r,n){_o(t,r);let o="";const s=bo(r),{exitCode:i}=await t.job({id:`${e.run.id}-setup-${T.createHash("sha256").update(s).digest("hex").slice(0,12)}`,script:s,timeout:vo,signal:e.signal,onOutput:a(u=>{o=`${o}${u}`.slice(-64e3),n.output(u,t.name)},"onOutput")});if(i===0)return;const d=r[i-_t],c=d===void 0?o:o.slice(Math.max(0,o.lastIndexOf(Et(d)))),l=c.trim().split(`
`).at(-1)??"";throw new f.DrayageError("SETUP_FAILED",`${t.name}: the step "${d?.title??"setup"}" failed: ${l||`exit status ${i}`}`,{output:c,hint:"Mend the cause and run setup again; what was done before stands."})}a(ko,"applySteps");function bo(e){const t=e.map((r,n)=>`cat <<'END_OF_HEADING'
${Et(r)}
END_OF_HEADING
(
set -eu
${r.script})
status=$?
[ $status = 0 ] || exit ${_t+n}
`);return`exec </dev/null
${po}${t.join("")}`}a(bo,"jobScript");const Et=a(e=>`--- ${e.title}: ${e.why}`,"heading");function _o(e,t){const{privilege:r,user:n,dockerSocket:o}=e.account;if(r==="root"||r==="sudo")return;const s=r==="none"&&o===void 0?t:t.filter(i=>i.needsRoot);if(s.length!==0)throw new f.DrayageError("SETUP_NO_PRIVILEGE",`${e.name}: ${n} is neither root nor has sudo without a password, and this has to be done: ${s.map(({title:i})=>i).join("; ")}.`,{hint:`Allow it there: echo '${n} ALL=(ALL) NOPASSWD: ALL' | sudo tee /etc/sudoers.d/${n}`})}a(_o,"requirePrivilege");const Eo=["/version","/info",`/containers/${I}/json`,`/containers/${de}/json`].map(e=>({path:e}));function So({registries:e}){return`say() { printf '%s\\t%s\\n' "$1" "$2"; }
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
${Oo}
address=\${SSH_CONNECTION#* * }
say address "\${address%% *}"
has ip && say route "$(ip -4 route get 192.0.2.1 2>/dev/null | sed -n 's/.* src \\([^ ]*\\).*/\\1/p')"
if has docker; then
  case $(readlink -f "$(command -v docker)") in /snap/* | /usr/bin/snap) say docker-origin snap ;; *)
    if has dpkg-query; then say docker-origin "$(dpkg-query -S "$(readlink -f "$(command -v docker)")" 2>/dev/null | sed 's/:.*//')"; fi ;;
  esac
  { ${O.batchScript(Eo)} } 2>"$DRAYAGE_RUN/facts-error" | encoded engine
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
`}a(So,"factsScript$1");const Oo=`for port in 80:0050 443:01BB; do
  if cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -qE "^ *[0-9]+: [0-9A-F]+:\${port#*:} [0-9A-F:]+ 0A "; then
    say listener "\${port%:*} $(has ss && ss -Hltnp "sport = :\${port%:*}" 2>/dev/null | sed -n 's/.*users:(("\\([^"]*\\)".*/\\1/p' | head -n 1)"
  fi
done`;async function Pe(e,t){const r=Date.now(),{stdout:n}=await e.script(So(t),{purpose:"Reading the facts of the server"});return Do(n,(r+Date.now())/2e3,e.name)}a(Pe,"readFacts");function Do(e,t,r){const n=e.split(`
`).flatMap(h=>{const g=h.indexOf("	");return g<0?[]:[[h.slice(0,g),h.slice(g+1)]]}),o=a(h=>n.filter(([g])=>g===h).map(([,g])=>g),"all"),s=a(h=>o(h)[0],"one"),i=a(h=>Buffer.from(s(h)??"","base64").toString("utf8").trim(),"decoded");if(s("machine")===void 0)throw new f.DrayageError("SETUP_FAILED",`${r} did not say what kind of machine it is.`,{output:e});const d=a(h=>o(h).map(g=>[g.split(" ")[0]??"",g.split(" ").slice(1).join(" ")]),"pairs"),c=new Set(o("tool")),l=O.parseBatch(i("engine")).map(({status:h,body:g})=>h===200?g:void 0),[u="0",m="0"]=(s("disk")??"").split(" ");return{os:Io(i("os-release")),platform:xo(s("machine")??""),cpus:Number(s("cpus")??0),memory:Number(s("memory")??0)*1024,disk:{free:Number(u)*1024,total:Number(m)*1024},freeInodes:s("inodes")===void 0||s("inodes")===""?void 0:Number(s("inodes")),clockSkew:Math.round(Number(s("clock"))+.5-t),systemd:s("init")==="systemd",tools:c,needsAppArmor:s("apparmor")==="missing",daemonJson:s("daemon-json")===void 0?void 0:i("daemon-json"),authorities:Object.fromEntries(d("authority")),stateFolder:s("state-folder")==="yes",runFolderKept:s("tmpfiles")==="yes",listeners:Object.fromEntries(d("listener").map(([h,g])=>[Number(h),g])),address:s("address")||s("route")||"",docker:c.has("docker")?To(l,{origin:s("docker-origin")??"",error:i("docker-error"),buildx:s("buildx")}):void 0,proxy:Ao(C(l[2])),guard:jn(C(C(l[3]).Config).Labels)}}a(Do,"parseFacts$1");function To(e,t){const r=C(e[0]),n=C(e[1]),o=C(n.Swarm);return{...t,engine:typeof r.Version=="string"?{version:r.Version,api:String(r.ApiVersion)}:void 0,swarm:{state:typeof o.LocalNodeState=="string"?o.LocalNodeState:"inactive",nodeId:String(o.NodeID??""),cluster:String(C(o.Cluster).ID??""),manager:o.ControlAvailable===!0,address:String(o.NodeAddr??"")},liveRestore:n.LiveRestoreEnabled===!0}}a(To,"parseDocker");function Ao(e){if(Object.keys(e).length===0)return;const t=C(C(e.Config).Labels),r=t[Se];return{kind:r==="caddy"||r==="traefik"?r:void 0,spec:String(t[Oe]??""),running:C(e.State).Running===!0}}a(Ao,"parseProxy");function Io(e){const t=new Map(e.split(`
`).map(n=>{const[o="",...s]=n.split("=");return[o,s.join("=").replace(/^["'](.*)["']$/,"$1")]})),r=a(n=>t.get(n)??"","get");return{id:r("ID"),version:r("VERSION_ID"),codename:r("VERSION_CODENAME"),name:r("PRETTY_NAME")||r("ID")}}a(Io,"parseOsRelease");function xo(e){return`linux/${{x86_64:"amd64",aarch64:"arm64",armv7l:"arm/v7",armv6l:"arm/v6",i686:"386"}[e]??e}`}a(xo,"platformOf");function C(e){return typeof e=="object"&&e!==null?e:{}}a(C,"record$1");function Ro(e,t){const{docker:r}=e,n=[No(e),St("disk",e.disk.free,uo,"Free space, or enlarge the disk."),St("memory",e.memory,fo,"Add memory or swap."),{item:"clock",ok:Math.abs(e.clockSkew)<=bt,detail:Math.abs(e.clockSkew)<2?"in step":`${Math.abs(e.clockSkew)} s ${e.clockSkew>0?"ahead":"behind"}`,cure:Math.abs(e.clockSkew)<=bt?void 0:"Turn time synchronisation on: timedatectl set-ntp true"}];if(t.builds&&n.push(fe("buildx",r?.buildx,"Run setup-build-server: it installs the plugin."),fe("git",e.tools.has("git")?"installed":void 0,"Run setup-build-server: it installs git."),jo(e,t)),t.proxy!==void 0){const o=e.proxy?.running===!0&&e.proxy.kind===t.proxy.kind;n.push(fe("proxy",o?`${t.proxy.kind} runs`:void 0,"Run setup-deploy-node: it starts the proxy."))}if(t.swarm){const o=r?.swarm.state??"inactive";n.push(fe("swarm",o==="active"?`active as ${r?.swarm.manager?"manager":"worker"}`:void 0,"Run setup-deploy-node: it makes the Swarm."))}return n}a(Ro,"itemsOfFacts");function No({docker:e}){const t="engine";if(e===void 0)return{item:t,ok:!1,detail:"Docker is not installed",cure:"Run setup: it installs Docker."};if(e.engine===void 0)return{item:t,ok:!1,detail:e.error||"Docker does not answer",cure:"Start it: systemctl start docker"};const{version:r,api:n}=e.engine;return kt(n)?{item:t,ok:!1,detail:`Docker ${r} has API ${n}, needed is ${Ne}`,cure:"Upgrade Docker to 25 or newer."}:{item:t,ok:!0,detail:`Docker ${r}, API ${n}`}}a(No,"engineItem");function St(e,t,r,n){const o=`${(t/1073741824).toFixed(1)} GB${e==="disk"?" free":""}`;return{item:e,ok:t>=r.least,detail:o,cure:t>=r.comfortable?void 0:n}}a(St,"room");function jo(e,{platforms:t}){const r=t.filter(n=>n!==e.platform);return{item:"platform",ok:r.length===0,detail:r.length===0?e.platform:`it is ${e.platform}, drayage.yml says ${t.join(", ")}`,cure:r.length===0?void 0:"Name the platforms the server builds natively."}}a(jo,"platformItem");function fe(e,t,r){return t===void 0?{item:e,ok:!1,detail:"missing",cure:r}:{item:e,ok:!0,detail:t}}a(fe,"present");function Po(e){const t=Math.max(...e.map(({item:r})=>r.length));return e.map(({item:r,ok:n,detail:o,cure:s})=>{const i=s===void 0?"":`
    ${n?"advice":"cure"}: ${s}`;return`${n?"ok    ":"FAILED"} ${r.padEnd(t)}  ${o}${i}`})}a(Po,"printItems");function Ot(e,t){const r=t.filter(({ok:o})=>!o);if(r.length===0)return;const n=r.map(({item:o,detail:s})=>`${o} (${s})`).join("; ");return new f.DrayageError("SETUP_INCOMPLETE",`${e} is not ready: ${n}.`,{hint:r[0]?.cure})}a(Ot,"incomplete");const Le=2377;function Lo(e){const t=a(({facts:c})=>c.docker?.swarm,"swarmOf"),r=e.filter(c=>t(c)?.manager);if(new Set(r.map(c=>t(c)?.cluster)).size>1)throw new f.DrayageError("SWARM_FAILED",`${Ce(r)} belong to different Swarms.`,{hint:"Decide which one stays, and run `docker swarm leave --force` on the others."});const o=e.filter(c=>t(c)?.state==="active"),[s]=r.length>0?r:e;if(s===void 0)return;if(r.length===0&&o.length>0)throw new f.DrayageError("SWARM_FAILED",`${Ce(o)} belong to a Swarm whose manager is not among the deploy servers.`,{hint:"Add the manager to deploy.servers, or run `docker swarm leave` there."});const i=e.filter(c=>c!==s&&t(c)?.state!=="active"),d=r.length===0;return d||i.length>0?{leader:s,start:d,joining:i}:void 0}a(Lo,"planSwarm$1");async function Co(e,{leader:t,start:r,joining:n}){const o=O.engineOn(t.server),s=[o];try{const i=t.facts.docker?.swarm.address||t.facts.address;if(r){const l={AdvertiseAddr:t.facts.address,ListenAddr:`0.0.0.0:${Le}`,ForceNewCluster:!1};await o.call("Starting the Swarm",u=>u.swarmInit(l))}if(n.length===0)return[t.server.name];const c=(await o.call("Reading the join token",l=>l.swarmInspect())).JoinTokens.Worker;return e.report.mask(c),await Promise.all(n.map(async({server:l,facts:u})=>{const m=O.engineOn(l);s.push(m);const h={RemoteAddrs:[`${i}:${Le}`],JoinToken:c,AdvertiseAddr:u.address,ListenAddr:`0.0.0.0:${Le}`};await Fo(m,h,t.server.name)})),await Mo(e,o,n),[...r?[t.server.name]:[],...n.map(({server:l})=>l.name)]}finally{for(const i of s)i.close()}}a(Co,"applySwarm");async function Fo(e,t,r){try{await e.call("Joining the Swarm",n=>n.swarmJoin(t))}catch(n){const o=n instanceof Error?n.message:String(n);throw new f.DrayageError("SWARM_FAILED",`${e.server.name} could not join the Swarm of ${r}: ${o}`,{hint:`Open 2377/tcp, 7946/tcp, 7946/udp and 4789/udp from ${e.server.name} to ${r}.`,cause:n})}}a(Fo,"join");async function Mo(e,t,r){const n=Date.now()+3e4,o=await Promise.all(r.map(({server:s})=>Ho(s)));for(;;){const s=await t.call("Listing the nodes",c=>c.listNodes()),i=new Set(s.flatMap(c=>Uo(c)?[c.ID]:[])),d=r.filter((c,l)=>!i.has(o[l]??""));if(d.length===0)return;if(Date.now()>n)throw new f.DrayageError("SWARM_FAILED",`${Ce(d)} joined the Swarm but did not become ready within 30 s.`,{hint:"Open 7946/tcp, 7946/udp and 4789/udp between the servers."});await B.setTimeout(200,void 0,{signal:e.signal})}}a(Mo,"awaitReady");async function Ho(e){const{stdout:t}=await e.run(["docker","info","--format","{{.Swarm.NodeID}}"]);return t.trim()}a(Ho,"nodeIdOf");function Uo(e){const{ID:t,Status:r}=e;return typeof t=="string"&&r?.State==="ready"}a(Uo,"isReady");const Ce=a(e=>e.map(({server:t})=>t.name).join(" and "),"namesOf");function Go(e){const{id:t,builds:r,registries:n}=e;return`exec </dev/null
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
${n.map(Bo).join("")}fi
rm -rf "$DOCKER_CONFIG"
exit $failed
`}a(Go,"trialScript");function Bo({host:e,username:t,passwordFile:r,image:n}){const o=$.quote(`registry ${e}`),s=t===void 0||r===void 0?void 0:`trial_login ${$.quote(e)} ${$.quote(t)} ${$.quote(r)}`,i=n===void 0?void 0:`trial_registry ${$.quote(n)}`,d=[s,i].filter(l=>l!==void 0);if(d.length===0)return"";const c=`registry_${e.replace(/[^a-z0-9]/g,"_")}`;return`  ${c}() { ${d.join(" && ")}; }
  try ${o} ${c}
`}a(Bo,"registryTrial");const qo="drayage-trial";async function Yo(e,t,{project:r,builds:n}){const o=Object.values(r.registries),s=new Map,i=o.map((u,m)=>{const h=u.password===void 0?void 0:`password-${m}`;h!==void 0&&s.set(h,u.password?.reveal()??"");const g=n?`${zo(r,u)}:${qo}`:void 0;return{host:u.host,username:u.username,passwordFile:h,image:g}}),d=`${Date.now().toString(36)}${Math.random().toString(36).slice(2,8)}`;let c="";await t.job({id:`trial-${d}`,script:Go({id:d,builds:n,registries:i}),files:Object.fromEntries(s),timeout:20*6e4,signal:e.signal,onOutput:a(u=>{c+=u},"onOutput")});const l=Jo(c);if(l.length>0)return l;throw new f.DrayageError("SETUP_FAILED",`${t.name}: the server could not be tried.`,{output:c})}a(Yo,"tryServer");function zo(e,t){const r=e.services.find(({image:n})=>n!==void 0&&f.parseImage(n)?.registry===t.host);return r?.image!==void 0?r.image:[t.host,t.username?.toLowerCase(),"drayage-trial"].filter(Boolean).join("/")}a(zo,"trialRepository");function Jo(e){return e.split(`
`).flatMap(t=>{const[r,n,o,s=""]=t.split("	");if(r!=="item"||n===void 0)return[];const i=Buffer.from(s,"base64").toString("utf8").trim(),d=i.split(`
`).at(-1)??"";return o==="ok"?[{item:n,ok:!0,detail:d}]:[{item:n,ok:!1,detail:Wo(i)||d||"it failed without a word",cure:Vo(i)}]})}a(Jo,"parseTrials");function Wo(e){return e.split(`
`).findLast(t=>/error|denied|unauthorized|cannot|refused|no space|no such/i.test(t))?.trim()}a(Wo,"reasonIn");const Ko=[[/unauthorized|incorrect username or password|authentication required/i,"Check username and password of the registry in drayage.yml."],[/denied/i,"Give the account the right to push to this repository."],[/server gave HTTP response to HTTPS client/i,"Set insecure: true for this registry in drayage.yml, if plain HTTP is meant, and run setup again."],[/x509|certificate signed by unknown authority/i,"Give the certificate authority of the registry as registries.<host>.ca."],[/no such host|lookup .* on|server misbehaving/i,"Mend name resolution on the server: /etc/resolv.conf."],[/connection refused|i\/o timeout|no route to host/i,"Open the way from the server to the registry."],[/no space left/i,"Free space on the server: docker system df"]];function Vo(e){return Ko.find(([t])=>t.test(e))?.[1]}a(Vo,"cureFor");function Xo(e,t,r){const n=e.services.filter(({deploy:s})=>s.mode==="swarm").flatMap(({deploy:s})=>s.servers),o=new Set(t?r:n);if(o.size>0)for(const s of e.proxy?.servers??[])o.add(s);return[...o]}a(Xo,"swarmServers");function Zo(e,t,{role:r,swarm:n,stateDir:o}){const{proxy:s}=e,i=r!=="build",d=i&&s?.servers.includes(t.name)&&s.type!=="external"?s.type:void 0,c=Object.values(e.registries);return{builds:r!=="deploy",deploys:i,swarm:i&&n,dockerSource:t.dockerSource,platforms:t.platforms,daemon:{swarm:i&&n,insecure:c.filter(({insecure:l})=>l).map(({host:l})=>l)},authorities:c.flatMap(({host:l,ca:u})=>u===void 0?[]:[Qo(l,u)]),proxy:d===void 0?void 0:xn(d,{stateDir:o})}}a(Zo,"wishFor$1");function Qo(e,t){const r=`${t.trim()}
`;return{registry:e,pem:r,sha256:T.createHash("sha256").update(r).digest("hex")}}a(Qo,"authority");async function Dt(e,t){const{project:r,mode:n}=t,o=rs(t),s=o.filter(u=>At(t,u)!=="build").map(({name:u})=>u),i=Xo(r,t.swarm===!0,s),d=n!=="never"&&t.dryRun!==!0,c=await pe(o,async u=>{const m=await Tt(e,t,u,i.includes(u.name));return!d||m.plan.steps.length===0?m:e.report.phase(`Set up ${u.name}`,async h=>(await ko(e,m.server,m.plan.steps,h),{...m,facts:await Pe(m.server,Fe(r))}))}),l=d?await es(e,t,c,i):[];return pe(c,u=>ts(e,t,u,l.includes(u.server.name)))}a(Dt,"setupServers");async function Tt(e,t,r,n){const o=await e.connect(r.name),{stateDir:s,privilege:i}=o.account,d=i==="root"||i==="sudo",c=Zo(t.project,r,{role:At(t,r),swarm:n,stateDir:s}),l=await Pe(o,Fe(t.project));return{server:o,wish:c,facts:l,plan:ho({facts:l,wish:c,mode:t.mode,server:r.name,stateDir:s,mayBeRoot:d})}}a(Tt,"look");async function es(e,t,r,n){const o=r.filter(({wish:d})=>d.swarm);let s=[];if(o.some(({facts:d})=>d.docker?.swarm.state!=="active")){const d=Object.values(t.project.servers).filter(({name:u})=>n.includes(u)&&!r.some(({server:m})=>m.name===u)),c=[...o,...await pe(d,u=>Tt(e,t,u,!0))];c.sort((u,m)=>n.indexOf(u.server.name)-n.indexOf(m.server.name));const l=Lo(c);l!==void 0&&(s=await e.report.phase("Form the Swarm",()=>Co(e,l)))}const i=o.filter(({wish:d,facts:c})=>d.proxy!==void 0&&!c.guard);return await pe(i,({server:d})=>d.script(Nn(),{purpose:"Starting the guard of the proxy"})),s}a(es,"formSwarm");async function ts(e,t,r,n){const{server:o,wish:s,plan:i}=r,{project:d,mode:c}=t,l=c!=="never"&&t.dryRun!==!0,u=[...i.steps.map(({title:k})=>k),...n?["Join the Swarm"]:[]],m=n?await Pe(o,Fe(d)):r.facts,h=Ro(m,s),g=l&&(c==="always"||u.length>0)&&Ot(o.name,h)===void 0,w=a((k,y)=>{for(const v of Po(k))y.note(v);for(const v of i.advice)y.note(`advice: ${v}`)},"tell"),b=g?await e.report.phase(`Try ${o.name}`,async k=>{const y=[...h,...await Yo(e,o,{project:d,builds:s.builds})];return w(y,k),y}):h;return l&&u.length===0&&e.report.note(`${o.name}: set up already, nothing to do.`),(l||c==="never")&&f.throwAll([Ot(o.name,b)].filter(k=>k!==void 0)),{server:o.name,changed:c==="never"?[]:u,advice:i.advice,items:b}}a(ts,"conclude$1");function rs({project:e,servers:t,role:r}){if(t===void 0){const n=a(o=>r===void 0||r==="both"||o.role===r||o.role==="both","has");return Object.values(e.servers).filter(n)}return[...p.pickServers(e,t)]}a(rs,"chosenServers");const At=a((e,t)=>e.role??t.role,"roleOf"),Fe=a(e=>({registries:Object.values(e.registries).flatMap(({host:t,ca:r})=>r===void 0?[]:[t])}),"questionFor");async function pe(e,t){const r=await Promise.allSettled(e.map(t)),o=r.flatMap(i=>i.status==="rejected"?[i.reason]:[]).flatMap(i=>i instanceof f.ManyErrors?[...i.errors]:[i]),s=o.find(i=>!(i instanceof f.DrayageError));if(s!==void 0)throw s;return f.throwAll(o.filter(i=>i instanceof f.DrayageError)),r.flatMap(i=>i.status==="fulfilled"?[i.value]:[])}a(pe,"all");const ns=Object.freeze(Object.defineProperty({__proto__:null,setupServers:Dt},Symbol.toStringTag,{value:"Module"})),It="0".repeat(64),he=2;function me(e){const{mode:t,content:r,path:n}=e;return{...e,key:T.hash("sha256",`${Nt(t)} ${r} ${n}`).slice(0,12)}}a(me,"entry");function os(e){const t=[...e].sort((n,o)=>n.key<o.key?-1:n.key>o.key?1:0),r=new Map;for(const{key:n}of t){const o=n.slice(0,he),s=r.get(o);s===void 0?r.set(o,[n]):s.push(n)}return{entries:t,root:T.hash("sha256",t.map(xt).join("")),groups:new Map([...r].map(([n,o])=>[n,T.hash("sha256",o.join("")).slice(0,12)]))}}a(os,"treeOf");function xt({key:e,mode:t,content:r,path:n}){return`${e} ${Nt(t)} ${r} ${n}
`}a(xt,"manifestLine");const Me=86;function Rt(e){return[...e.groups].map(([t,r])=>`${t} ${r}
`).join("")}a(Rt,"groupLines");function ss(e,t){const r=new Set(t.filter(i=>i.length>he)),n=new Set(t.map(i=>i.slice(0,he))),o=e.entries.filter(({key:i})=>n.has(i.slice(0,he))),s=new Set(o.map(({key:i})=>i));return{add:o.filter(({key:i})=>!r.has(i)),remove:[...r].filter(i=>!s.has(i))}}a(ss,"difference");function Nt(e){return e.toString(8).padStart(6,"0")}a(Nt,"octal");const Z=75,Q=65;function is(e,t,r){return`exec 9<>${$.quote(`${e}/lock`)}
flock ${t} -n 9 || { echo ${$.quote(r)}; flock ${t} 9; }`}a(is,"lockLines");function as(e,t){return`cd ${$.quote(e)} 2>/dev/null && [ -f root ] || { echo none; exit 0; }
root=$(cat root)
[ "$root" != ${t.root} ] || { echo same; exit 0; }
echo "$root"
awk 'part == 1 { ours[$1] = $2; next }
  part == 2 { if (ours[$1] == $2) same[$1] = 1; next }
  !(substr($1, 1, 2) in same) { print $1 }
  END { for (group in ours) if (!(group in same)) print group }' part=1 - part=2 groups part=3 manifest <<'END'
${Rt(t)}END`}a(as,"compareScript");const jt="delta";function cs(e,t,r){return`base64 -d ${jt} | (
${Pt(e,t,r)}
)
applied=$?
[ "$applied" = 0 ] || exit "$applied"`}a(cs,"applyLines");const F={add:"add",remove:"remove",groups:"groups"};function Pt(e,t,r){const n=$.quote(D.basename(e));return`set -e
umask 077
mkdir -p ${$.quote(e)}
cd ${$.quote(e)}
exec 9<>lock
flock -x -n 9 || { echo 'waiting for a build that reads these sources' >&2; flock -x 9; }
have=$(cat root 2>/dev/null || echo none)
if [ "$have" = ${r.root} ]; then cat > /dev/null; exit 0; fi
${t==="none"?"":`[ "$have" = ${$.quote(t)} ] || { cat > /dev/null; exit ${Z}; }`}
rm -rf incoming
mkdir incoming
trap 'rm -rf incoming manifest.new' EXIT
tar -xzpmof - -C incoming
mkdir -p incoming/tree
chmod 755 incoming/tree
awk '$2 ~ /^10/ { print $3 "  " substr($0, ${Me}) }' incoming/${F.add} > incoming/sums
if [ -s incoming/sums ]; then
  (cd incoming/tree && sha256sum -c ../sums) > incoming/checked 2>&1 || { grep -v ': OK$' incoming/checked >&2; exit ${Q}; }
fi
${t==="none"?ds(n):ls(n)}
[ "$(sha256sum < manifest.new | cut -c 1-64)" = ${r.root} ] || { echo 'the manifests differ' >&2; exit ${Q}; }
mv -f manifest.new manifest
mv -f incoming/${F.groups} groups
echo ${r.root} > root.new
mv -f root.new root`}a(Pt,"applyScript");const ds=a(e=>`LC_ALL=C sort incoming/${F.add} > manifest.new
rm -rf root ${e}
mv incoming/tree ${e}`,"replaceTree"),ls=a(e=>`awk 'part == 1 { gone[$1] = 1; next } !($1 in gone)' part=1 incoming/${F.remove} part=2 manifest |
  LC_ALL=C sort - incoming/${F.add} > manifest.new
awk 'part == 1 { gone[$1] = 1; next } $1 in gone' part=1 incoming/${F.remove} part=2 manifest > incoming/gone
rm -f root
cd ${e}
grep -v '^............ 04' ../incoming/gone | cut -c ${Me}- | tr '\\n' '\\0' | xargs -0 rm -f -- || true
grep '^............ 04' ../incoming/gone | cut -c ${Me}- | LC_ALL=C sort -r | tr '\\n' '\\0' |
  xargs -0 rmdir -- 2>/dev/null || true
cp -al ../incoming/tree/. .
cd ..`,"changeTree");async function Lt(e,t,r,n){const{followUp:o}=r,s=new f.Stages(e.report),i=[...r.titles,...o===void 0?[]:[o.title]];let d=-1,c="",l;const u=a(()=>{d+=1,c="",s.next(i[d]??"")},"advance"),m=f.markedLines(h=>{const[g,w="",b=""]=h;g==="stage"?u():g==="image"?l={imageId:w,platform:b}:l!==void 0?o?.onWords(h):c+=`@drayage ${h.join(" ")}
`},h=>{c=`${c}${h}`.slice(-65536),s.output(h)});u();try{const{exitCode:h}=await t.job({id:`${r.name}-${T.randomBytes(4).toString("hex")}`,script:o===void 0?r.script:`${r.script}
echo '@drayage stage'
${o.script}`,files:r.files,onOutput:m.push,signal:e.signal,timeout:r.timeout});if(m.finish(),h===Z&&l===void 0){await s.end();return}if(l===void 0)throw n(c,d,h);return await s.end(),l}catch(h){const g=h instanceof f.DrayageError&&h.code==="JOB_TIMEOUT"?us(r,t):h;throw await s.end(g),g}}a(Lt,"runBuild");function us({timeout:e,titles:t},r){const n=Math.round(e/6e3)/10;return new f.DrayageError("BUILD_FAILED",`"${t.at(-1)}" took longer than ${n} min on ${r.name} and was ended.`,{hint:"Raise build.timeout."})}a(us,"timedOut");function fs(e,t){const{ref:r,url:n}=e;if(r!==void 0&&/^[0-9a-f]{40}$/.test(r))return{kind:"commit",sha:r};const o=t.remote!==void 0&&Ct(t.remote)===Ct(n),s=r===void 0||r===t.branch||r===t.tag;return o&&s&&t.sha!==void 0?{kind:"commit",sha:t.sha,branch:t.branch,tag:t.tag}:{kind:"ref",ref:r??"HEAD"}}a(fs,"wantedCommit");function Ct(e){const[,t,r]=/^(?:[^@/]+@)?([^:/]+):(?!\/\/)(.+)$/.exec(e)??[];if(t!==void 0&&r!==void 0)return Ft(`${t}/${r}`);const[,n="",o=e]=/^[a-z+]+:\/\/(?:[^@/]+@)?([^/:]*)(?::\d+)?\/(.*)$/i.exec(e)??[];return Ft(`${n}/${o}`)}a(Ct,"repositoryOf");function Ft(e){return e.replace(/\/+/g,"/").replace(/\/$/,"").replace(/\.git$/,"").toLowerCase()}a(Ft,"clean");function ps(e){const t=e.trimEnd().split(`
`).map(i=>i.replace(/\r$/,"")),r=t.flatMap(i=>{const[,d,c]=/^\s*(\d+) \| >>> (.*)$/.exec(i)??[];return d===void 0||c===void 0?[]:[{number:Number(d),text:c.trim()}]}),n=t.findLast(i=>/^ERROR: /.test(i))??t.findLast(i=>i.trim()!=="")??"",o=t.indexOf("------"),s=o===-1?t.findIndex(i=>/^\S+:\d+$/.test(i)):o;return{instruction:r.length===0?void 0:r.map(({text:i})=>i.replace(/\s*\\$/,"")).join(" "),line:r[0]?.number,reason:n.replace(/^ERROR: (?:failed to solve: |failed to build: )*/,"").replace(/^(?:failed to compute cache key: )/,"").replace(/failed to calculate checksum of ref \S+: /,"").trim(),excerpt:t.slice(s===-1?-20:s).join(`
`)}}a(ps,"readFailure");const Mt=[{pattern:/no space left on device/i,code:"DISK_FULL",hint:"Look with `docker system df` on the server; `docker builder prune` empties the build cache."},{pattern:/toomanyrequests|429 Too Many Requests|pull rate limit/i,code:"REGISTRY_RATE_LIMITED",hint:"Declare credentials of that registry under `registries`: known users have higher limits."},{pattern:/pull access denied|insufficient_scope|authorization failed|no basic auth credentials|401 Unauthorized|403 Forbidden/i,code:"REGISTRY_AUTH",hint:"Check the name of the base image; if it is private, declare its registry with credentials under `registries`."},{pattern:/failed to resolve source metadata for [^\n]*(?:not found|manifest unknown)/i,code:"IMAGE_NOT_FOUND",hint:"Check name and tag of the base image."},{pattern:/(?:failed to do request|failed to resolve source metadata)[^\n]*(?:no such host|connection refused|i\/o timeout|network is unreachable|TLS handshake|server misbehaving)/i,code:"REGISTRY_UNREACHABLE",hint:"The build server cannot reach the registry of the base image: check the name, DNS and the firewall there."},{pattern:/x509: |certificate signed by unknown authority/i,code:"REGISTRY_UNREACHABLE",hint:"Declare the registry's authority under registries.<host>.ca and run `drayage setup-build-server`."},{pattern:/server gave HTTP response to HTTPS client/i,code:"REGISTRY_UNREACHABLE",hint:"The registry speaks plain HTTP: set registries.<host>.insecure and run `drayage setup-build-server`."},{pattern:/exec format error/i,hint:"The image is for another processor: name build.platforms, or build on a server of that kind."},{pattern:/exit code: 137|signal: killed|cannot allocate memory/i,hint:"The step was killed, most likely for lack of memory on the build server."},{pattern:/secret ([\w.-]+): not found/i,hint:"Give the secret under build.secrets, with this name."},{pattern:/"\/[^"]*": not found/i,hint:"The file is not in the build context: check build.context, .dockerignore, and that it is committed."},{pattern:/target stage "[^"]*" could not be found/i,hint:"build.target must be the name of a stage of the Dockerfile (FROM \u2026 AS <name>)."},{pattern:/failed to read dockerfile/i,hint:"Name the Dockerfile under build.dockerfile, relative to the source."},{pattern:/npm (?:ERR!|error) code EUSAGE|can only install packages when your package\.json and package-lock\.json/i,hint:"package.json and package-lock.json differ: run `npm install` and commit both."},{pattern:/npm (?:ERR!|error) code E(?:401|403)|npm (?:ERR!|error) code ENEEDAUTH/i,hint:"The package registry asks for a token: give it under build.secrets and mount it in the RUN line."},{pattern:/npm (?:ERR!|error) code (?:ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNRESET)|getaddrinfo (?:ENOTFOUND|EAI_AGAIN)|Temporary failure (?:in name resolution|resolving)|Could not resolve host/i,hint:"The build has no way to that host: check DNS and the network of containers on the build server."},{pattern:/Cannot connect to the Docker daemon|permission denied while trying to connect to the Docker daemon/i,code:"DOCKER_UNREACHABLE",hint:"Run `drayage doctor`: Docker does not run on the build server, or this account may not use it."},{pattern:/docker: (?:command )?not found|'buildx' is not a docker command|unknown command: docker buildx|unknown flag: --(?:progress|metadata-file)/i,code:"DOCKER_MISSING",hint:"Run `drayage setup-build-server`: Docker or its buildx plugin is missing on the build server."}];function Ht(e,{service:t,server:r,dockerfile:n}){const o=ps(e),s=Mt.find(({pattern:l})=>l.test(o.reason))??Mt.find(({pattern:l})=>l.test(o.excerpt)),i=o.line===void 0?void 0:{file:n,line:o.line},d=i===void 0?"":` at ${n}:${i.line}, \`${Ut(o.instruction??"")}\``,c=`The build of ${t} on ${r} failed${d}: ${Ut(hs(o.reason))}.`;return new f.DrayageError(s?.code??"BUILD_FAILED",c,{hint:s?.hint,at:i,output:o.excerpt})}a(Ht,"diagnoseBuild");function hs(e){const[,t]=/^process "(?:.|\n)*" did not complete successfully: exit code: (\d+)$/.exec(e)??[];return e===""?"it said nothing":(t===void 0?e:`it ended with exit status ${t}`).replace(/\.$/,"")}a(hs,"plain");function Ut(e){return e.length<=300?e:`${e.slice(0,299)}\u2026`}a(Ut,"shorten$1");const ms=20;function $s(e,t,r,{git:n}){const o=`${n} --git-dir=${$.quote(e)}`;return`mkdir -p ${$.quote(e)}
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
  ${o} for-each-ref --sort=-creatordate --format='%(refname)' refs/drayage | sed 1,${ms}d |
    while read -r old; do ${o} update-ref -d "$old"; done
  ${o} -c gc.auto=6700 -c gc.autoDetach=false gc --auto --quiet
fi
flock -u 7`}a($s,"fetchLines");function gs(e,t,r){const n=`${e}/${D.basename(e)}`,o=`GIT_INDEX_FILE=${$.quote(`${e}/index`)} git -c core.hooksPath=/dev/null -c core.autocrlf=false --git-dir=${$.quote(t)} --work-tree=${$.quote(n)}`;return`mkdir -p ${$.quote(n)}
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
done`}a(gs,"checkoutLines");function Gt(e,t){const r=f.normalizeRegistryHost(t);return Object.values(e).find(n=>f.normalizeRegistryHost(n.host)===r)}a(Gt,"registryOf");function Bt(e,t){const r=f.parseImage(t)?.registry??"docker.io";return Gt(e,r)??{host:r,insecure:!1}}a(Bt,"registryOfImage");function He(e){if(!(e.username===void 0||e.password===void 0))return{username:e.username,password:e.password.reveal()}}a(He,"credentialsOf");const qt="docker.io";function ws(e){return e===qt?"registry-1.docker.io":e}a(ws,"apiHost");function Yt(e){return e===qt?"https://index.docker.io/v1/":e}a(Yt,"configKey");function zt(e,t){const[r,n]=[f.parseImage(e),f.parseImage(t)];return r!==void 0&&r.registry===n?.registry&&r.repository===n.repository}a(zt,"isSameRepository");function Ue(e,t=[]){const r=e.flatMap(n=>{const o=He(n);if(o===void 0)return[];const s=Buffer.from(`${o.username}:${o.password}`).toString("base64");return[[Yt(n.host),{auth:s}]]});return JSON.stringify({auths:Object.fromEntries(r),...t.length===0?{}:{cliPluginsExtraDirs:t}})}a(Ue,"dockerConfig");function Jt(e){const t=He(e);if(t===void 0)return;const r=Yt(e.host);return Buffer.from(JSON.stringify({...t,serveraddress:r})).toString("base64url")}a(Jt,"registryAuthHeader");const ee={environment:"environment",metadata:"metadata.json",dockerConfig:"config.json"};function $e(e,t){const{organization:r,name:n,environment:o}=e;return{organization:r,project:n,environment:o,service:t.name}}a($e,"ownerOf$2");function Wt(e){const{project:t,service:r,build:n,commit:o}=e;bs(r,n);const s=ys(t,r,o,e.uniqueTag),i=Object.entries(n.args).filter(([,c])=>f.isSecret(c)),d=Object.entries(n.secrets).map(([c,l])=>[`secret-${c}`,f.reveal(l)]);return{names:s,argv:["docker","buildx","build","--progress=plain","--provenance=false",`--metadata-file=${ee.metadata}`,...s.map(c=>`--tag=${c}`),`--file=${e.dockerfile}`,...Object.entries(vs(e)).map(([c,l])=>`--label=${c}=${l}`),...Object.entries(n.args).map(([c,l])=>`--build-arg=${f.isSecret(l)?c:`${c}=${l}`}`),...Object.keys(n.secrets).map(c=>`--secret=id=${c},src=secret-${c}`),...n.target===void 0?[]:[`--target=${n.target}`],...n.noCache?["--no-cache"]:[],...n.platforms.map(c=>`--platform=${c}`),e.context],files:{[ee.dockerConfig]:Ue(Object.values(t.registries),e.plugins),[ee.environment]:$.exportLines(Object.fromEntries(i.map(([c,l])=>[c,f.reveal(l)]))),...Object.fromEntries(d)}}}a(Wt,"planBuild");function ys(e,t,r,n){const o=t.image===void 0?void 0:f.parseImage(t.image),s=f.expandTags(t.tags,r,n),i=a((d,c)=>{const[l=n,...u]=new Set(c);return[`${d}:${l}`,...u.map(m=>`${d}:${m}`)]},"name");return o===void 0?i(f.resourceName($e(e,t)),[...s,n]):i(f.familiarImage({registry:o.registry,repository:o.repository}),s)}a(ys,"imageNames");function vs({project:e,service:t,build:r,commit:n}){const o=t.source.kind==="git"?t.source.url:n.remote,s={"org.opencontainers.image.revision":n.sha,"org.opencontainers.image.source":o?.replace(/\/\/[^@/]*@/,"//"),"org.opencontainers.image.created":n.committedAt},i=Object.entries(s).flatMap(([d,c])=>c===void 0?[]:[[d,c]]);return{...f.ownerLabels($e(e,t)),...Object.fromEntries(i),...r.labels}}a(vs,"labelsOf");const ks=/^(?:PATH|HOME|LD_.*|DOCKER_.*|BUILDX_.*|BUILDKIT_(?:HOST|PROGRESS))$/;function bs(e,t){const r=`services.${e.name}.build`;if(t.platforms.length>1){const o=`${r}.platforms names ${t.platforms.join(" and ")}; the engine's own builder makes images of one platform.`;throw new f.DrayageError("BUILD_IMPOSSIBLE",o,{at:e.at})}const n=Object.entries(t.args).find(([o,s])=>f.isSecret(s)&&ks.test(o));if(n!==void 0){const o=`${r}.args.${n[0]} carries a secret, and a variable of that name would steer the Docker client.`;throw new f.DrayageError("BUILD_IMPOSSIBLE",o,{hint:"Use build.secrets, or another name.",at:e.at})}}a(bs,"checkPossible$2");function Kt(e,t,...r){const n=T.hash("sha256",r.join(`
`)).slice(0,10),o={organization:t.organization,project:t.name,environment:""};return D.posix.join(e,"sources",f.resourceName(o,n))}a(Kt,"sourceFolder");function Vt(e){return`${O.privateFolder("slots")}
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
done`}a(Vt,"slotLines");function Xt(e){return`. "$DRAYAGE_JOB/${ee.environment}"
${$.quoteArgv(e)} || exit 1
id=$(sed -n 's/.*"containerimage.digest": *"\\(sha256:[0-9a-f]*\\)".*/\\1/p' ${ee.metadata})
platform=$(docker image inspect --format '{{.Os}}/{{.Architecture}}{{with .Variant}}/{{.}}{{end}}' "$id") || exit 1
echo "@drayage image $id $platform"`}a(Xt,"buildLines");const _s=["github.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl","gitlab.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAfuCHKVTjquxvt6CM6tdG4SLp1Btn/nOeHHE5UOzRdf","bitbucket.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIazEu89wgQZ4bqs3d63QSMzYVa0MuJ2e2gKTKqu+UUO"];function Es(e,t){return{files:{"git-ssh":Ds(t,e.key!==void 0),...e.key===void 0?{}:{"git-key":Ts(e.key.reveal())},...e.token===void 0?{}:{"git-token":e.token.reveal(),"git-credential":Os(e.url)}},setup:`export GIT_TERMINAL_PROMPT=0 GIT_LFS_SKIP_SMUDGE=1 GIT_SSH_VARIANT=ssh GIT_SSH_COMMAND='sh "$DRAYAGE_JOB/git-ssh"'
command -v git > /dev/null || { echo '@drayage missing git'; exit 1; }
[ -s ${$.quote(t)} ] || printf '%s\\n' ${$.quoteArgv(_s)} > ${$.quote(t)}`,git:$.quoteArgv(["git","-c","core.hooksPath=/dev/null","-c","gc.auto=0",...Ss(e)])}}a(Es,"gitAccess");function Ss({url:e,token:t}){if(t===void 0)return[];const{origin:r}=new URL(e);return["-c","credential.helper=","-c",`credential.${r}.helper=!sh "$DRAYAGE_JOB/git-credential"`]}a(Ss,"credentialOptions");function Os(e){return`[ "$1" = get ] || exit 0
grep -q '^username=' || echo username=${new URL(e).hostname==="bitbucket.org"?"x-token-auth":"x-access-token"}
printf 'password=%s\\n' "$(cat "$DRAYAGE_JOB/git-token")"
`}a(Os,"credentialScript");function Ds(e,t){const r="-o BatchMode=yes -o ConnectTimeout=20 -o StrictHostKeyChecking=accept-new",n=`-o UserKnownHostsFile=${$.quote(`${e} ~/.ssh/known_hosts`)}`;return`exec ssh ${r} ${n} ${t?'-F /dev/null -o IdentitiesOnly=yes -o IdentityAgent=none -i "$DRAYAGE_JOB/git-key"':""} "$@"
`}a(Ds,"sshScript");function Ts(e){const t=$.tidy(e);if(t!==void 0)return t;throw new f.DrayageError("SSH_KEY_INVALID","The deploy key in source.key cannot be read: it has no BEGIN and END line.",{hint:'Paste the whole file, from "-----BEGIN" to "-----END \u2026 PRIVATE KEY-----", with its line breaks.'})}a(Ts,"keyText");function As(e,t){return D.posix.join(e,"git",T.hash("sha256",t).slice(0,16))}a(As,"mirrorFolder");function Zt(e,t){return Es(t,D.posix.join(e.account.stateDir,"git","known_hosts"))}a(Zt,"accessTo");async function Is(e,t,r,n,o){const s=Zt(e,t),i=r==="HEAD"?["HEAD"]:[`refs/heads/${r}`,`refs/tags/${r}`,`refs/tags/${r}^{}`,r];let d="";const{exitCode:c}=await e.job({id:`resolve-${T.randomBytes(6).toString("hex")}`,files:s.files,script:`${O.privateFolder("git")}
${s.setup}
exec ${s.git} ls-remote --symref ${$.quote(t.url)} ${i.map($.quote).join(" ")}`,timeout:12e4,signal:o,onOutput:a(u=>{d+=u},"onOutput")});for(const[u]of d.matchAll(/^Warning: Permanently added.*$/gm))n.note(u);if(c!==0)throw Qt(d,t,e.name,r);const l=xs(d,r);if(l!==void 0)return n.note(`${r} of ${t.url} is ${l.sha}`),l;throw new f.DrayageError("GIT_REF_NOT_FOUND",`${t.url} has no branch or tag "${r}".`,{hint:/^[0-9a-f]{7,39}$/.test(r)?"Write a commit with all 40 digits.":`List them: git ls-remote ${t.url}`})}a(Is,"resolveRef");function xs(e,t){const r=e.split(`
`).flatMap(d=>{const[,c,l]=/^([0-9a-f]{40})\t(\S+)$/.exec(d)??[];return c===void 0||l===void 0?[]:[{sha:c,name:l}]}),n=a(d=>r.find(c=>c.name===d)?.sha,"find");if(t==="HEAD"){const[,d]=/^ref: refs\/heads\/(\S+)\tHEAD$/m.exec(e)??[],c=n("HEAD");return c===void 0?void 0:{sha:c,branch:d}}const o=n(`refs/heads/${t}`);if(o!==void 0)return{sha:o,branch:t};const s=n(`refs/tags/${t}^{}`)??n(`refs/tags/${t}`);if(s!==void 0)return{sha:s,tag:t};const i=n(t);return i===void 0?void 0:{sha:i}}a(xs,"readRefs");function Qt(e,t,r,n){const o=e.trim().split(`
`),s=o.findLast(d=>/^(?:fatal|remote|error|ssh|ERROR): |Permission denied|Host key/.test(d))??o.at(-1)??"",i=`${r} cannot fetch ${n} from ${t.url}`;if(e.includes("@drayage missing git"))return new f.DrayageError("GIT_MISSING",`${r} has no git, which is needed for source.git.`,{hint:"drayage setup-build-server"});if(/Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/.test(e))return new f.DrayageError("GIT_FETCH_FAILED",`${i}: the git server's SSH key is not the one seen before.`,{hint:`If it was changed on purpose, remove its line from the file "git/known_hosts" in Drayage's state folder on ${r}.`,output:e});if(/Authentication failed|could not read Username|Permission denied|Repository not found|repository .* not found|HTTP 40[134]|requested URL returned error: 40[134]|access denied|not allowed/i.test(e)){const d=t.token??t.key,c=d===void 0?"without credentials":`with source.${t.token===void 0?"key":"token"}`;return new f.DrayageError("GIT_ACCESS_DENIED",`${i} ${c}: ${s}.`,{hint:d===void 0?"For a private repository give source.token (https) or source.key (ssh).":void 0,output:e})}return/No space left on device/i.test(e)?new f.DrayageError("DISK_FULL",`${i}: its disk is full.`,{output:e}):/not our ref|couldn't find remote ref|did not contain|@drayage no-commit/.test(e)?new f.DrayageError("GIT_REF_NOT_FOUND",`${t.url} has no ${n}.`,{hint:"If it is a new commit, push it first.",output:e}):new f.DrayageError("GIT_FETCH_FAILED",`${i}: ${s}.`,{output:e})}a(Qt,"diagnoseGit");async function Rs(e,t){const{project:r,service:n,build:o,source:s}=t,i=await e.connect(t.server),d=await Ns(e,i,t),{sha:c=""}=d,{stateDir:l}=i.account,u=As(l,s.url),m=Kt(l,r,"git",s.url),h=D.posix.join(m,D.basename(m),s.path),g=Wt({project:r,service:n,build:o,commit:d,uniqueTag:c.slice(0,12),context:D.posix.join(h,o.context),dockerfile:D.posix.join(h,o.dockerfile),plugins:O.pluginFolders(i.account)}),w=Zt(i,s),b={service:n.name,server:i.name,dockerfile:D.posix.join(s.path.replace(/^\//,""),o.dockerfile)},k=await Lt(e,i,{name:`build-${f.resourceName($e(r,n))}`,titles:[`Fetch ${c.slice(0,12)} of ${s.url} on ${i.name}`,`Build ${n.name} on ${i.name}`],script:`${O.privateFolder("git")}
${O.privateFolder("sources")}
${w.setup}
${$s(u,s.url,c,w)}
${gs(m,u,c)}
echo '@drayage stage'
${O.cliLines(i.account)}
${Vt(r.servers[t.server]?.slots??1)}
${Xt(g.argv)}`,files:{...w.files,...g.files},timeout:o.timeout,followUp:t.followUp?.(g.names)},(_,E)=>E===0?Qt(_,s,i.name,`commit ${c}`):Ht(_,b));if(k===void 0)throw new f.DrayageError("INTERNAL_BUG","A git checkout was replaced while it was locked.");const{imageId:y,platform:v}=k;return{image:g.names[0],names:g.names,imageId:y,sourceCommit:c,platforms:[v],server:i.name}}a(Rs,"buildFromGit");async function Ns(e,t,{source:r,git:n,service:o}){const s=fs(r,n);if(s.kind==="commit"){const{sha:i,branch:d,tag:c}=s;return i===n.sha?n:{sha:i,branch:d,tag:c}}return e.report.phase(`Look up ${s.ref} of ${o.name}'s repository`,i=>Is(t,r,s.ref,i,e.signal))}a(Ns,"pinned");const js=1<<20;function Ps(e,t,r,n){let o=0;const s=ut.tarStreamExports.pack(),i=new dt.Transform({transform(d,c,l){o+=d.length,l(null,d)}});return Ls(s,e,t,r,n).then(()=>s.finalize(),d=>s.destroy(d)),lt.pipeline(s,Sn.createGzip({level:1}),i).catch(d=>i.destroy(d)),{stream:i,bytes:a(()=>o,"bytes")}}a(Ps,"packEntries");async function Ls(e,t,r,n,o){for(const{name:i,text:d}of o)await ge(e,{name:i,mode:384},Buffer.from(d));const s=[...n].sort((i,d)=>i.path<d.path?-1:1);for(const{path:i,mode:d,kind:c,size:l}of s){const u={name:`${r}/${i}`,mode:d&4095},m=D.join(t,i);c==="folder"?await ge(e,{...u,type:"directory"}):c==="link"?await ge(e,{...u,type:"symlink",linkname:await be.readlink(m)}):l<=js?await ge(e,{...u,type:"file"},N.readFileSync(m)):await Cs(e,{...u,type:"file",size:l},m)}}a(Ls,"writeAll");function ge(e,t,r){return new Promise((n,o)=>{const s=a(i=>i==null?n():o(i),"done");r===void 0?e.entry(t,s):e.entry(t,r,s)})}a(ge,"write");async function Cs(e,t,r){await lt.pipeline(N.createReadStream(r,{end:(t.size??1)-1}),e.entry(t))}a(Cs,"writeStream");const Fs=128*1024,er=5;async function tr(e,t,r,n,o){for(let s=1;s<=er;s+=1){const i=await e.script(as(t,r.tree),{purpose:"Comparing the sources",signal:o}),[d="none",...c]=i.stdout.split(`
`).filter(l=>l!=="");if(d==="same")return{added:0,removed:0,bytes:0,script:"",files:{}};try{const l=await Ms(e,{remote:t,source:r,base:d,theirs:c,phase:n,signal:o});if(l!==void 0)return l}catch(l){if(!(l instanceof f.DrayageError)||l.code!=="SSH_CONNECTION_LOST"||s===er)throw l;n.note(`${l.message} Sending again.`)}await B.setTimeout(100*s)}throw new f.DrayageError("SOURCE_CHANGED",`Other runs keep changing ${t} on ${e.name}.`,{hint:rr})}a(tr,"sendContext");const rr="Let runs for one project wait for each other (`concurrency` on GitHub, `resource_group` on GitLab).";async function Ms(e,t){const{remote:r,source:n,base:o,theirs:s,phase:i,signal:d}=t,{tree:c,folder:l}=n,{add:u,remove:m}=o==="none"?{add:c.entries,remove:[]}:ss(c,s),h=Ps(l,"tree",Bs(u,c),[{name:F.add,text:u.map(xt).join("")},{name:F.remove,text:m.map(E=>`${E}
`).join("")},{name:F.groups,text:Rt(c)}]),g={added:u.length,removed:m.length},[w,b]=await Hs(h);if(b){const E={[jt]:w.toString("base64")};return{...g,bytes:w.length,script:cs(r,o,c),files:E}}let k;const v={purpose:"Sending the sources",stdin:dt.Readable.from(Gs(w,h,E=>{k=E}),{objectMode:!1}),accept:[0,Z,Q],signal:d,onOutput:a(E=>i.output(E),"onOutput")},_=await e.script(Pt(r,o,c),v).catch(E=>{throw k!==void 0?te(k instanceof Error?k.message:String(k),k):qs(E)?new f.DrayageError("DISK_FULL",`The sources do not fit on the disk of ${e.name}.`,{cause:E}):E});if(_.exitCode!==Z){if(_.exitCode===Q)throw te(_.stderr);return{...g,bytes:h.bytes(),script:"",files:{}}}}a(Ms,"sendDifference");async function Hs({stream:e}){const t=[];let r=0;for(;r<=Fs;){const n=e.read();if(n!==null)t.push(n),r+=n.length;else{if(e.errored)throw te(e.errored.message,e.errored);if(e.readableEnded)return[Buffer.concat(t),!0];await Us(e)}}return[Buffer.concat(t),!1]}a(Hs,"firstBytes");function Us(e){return new Promise((t,r)=>{const n=a(o=>{e.off("readable",n).off("end",n).off("error",n),o===void 0?t():r(te(o.message,o))},"settle");e.once("readable",n).once("end",n).once("error",n)})}a(Us,"readableOrEnded");async function*Gs(e,{stream:t},r){yield e;try{yield*t}catch(n){throw r(n),n}}a(Gs,"followedBy");function Bs(e,t){if(e.length===t.entries.length)return e;const r=new Set(e.map(({path:n})=>n));for(const{path:n}of e)for(let o=n.lastIndexOf("/");o>0;o=n.lastIndexOf("/",o-1))r.add(n.slice(0,o));return t.entries.filter(({path:n})=>r.has(n))}a(Bs,"withFolders");function te(e,t){const r=e.trim().split(`
`).slice(0,3).join("; ");return new f.DrayageError("SOURCE_CHANGED",`The sources changed while they were being sent: ${r}.`,{cause:t})}a(te,"changedWhileSent");function qs(e){return e instanceof f.DrayageError&&/No space left on device/.test(e.output??"")}a(qs,"isDiskFull");const Ys=new Set([".git",".drayage"]);function zs(e){const r=e.replace(/^\uFEFF/,"").split(/\r?\n/).map(s=>Js(s.trimEnd())).filter(s=>s.trim()!==""),n=r.length===0?void 0:ut.dockerignore.default({ignorecase:!1}).add(r),o=r.filter(s=>s.startsWith("!")).map(s=>Ws(s.slice(1)));return{isIgnored:a(s=>nr(s)||n?.ignores(s)===!0,"isIgnored"),isClosed:a(s=>nr(s)||!o.some(i=>Ks(i,s.split("/"))),"isClosed")}}a(zs,"ignoreRules");function nr(e){return Ys.has(e.slice(e.lastIndexOf("/")+1))}a(nr,"isOwn");function Js(e){return e.replace(/\\.|[+(){}|]|(?<!\[)\^/g,t=>t.startsWith("\\")?t:`\\${t}`)}a(Js,"escapeRegExp");function Ws(e){return e.trim().split("/").filter(t=>t!==""&&t!==".")}a(Ws,"partsOf");function Ks(e,t){for(const[r,n]of t.entries()){const o=e[r];if(o===void 0||o.includes("**"))return!0;if(!/[*?[\\]/.test(o)&&o!==n)return!1}return!0}a(Ks,"mayMatchBelow");const Vs=12;async function Xs(e,t,r){const n=Buffer.allocUnsafe(1048576),o=[],s=[""];let i=performance.now();for(let d=s.pop();d!==void 0;d=s.pop())for(const c of Zs(e,d)){performance.now()-i>Vs&&(await B.setImmediate(),r?.throwIfAborted(),i=performance.now());const l=d===""?c.name:`${d}/${c.name}`,u=t.isIgnored(l);if(c.isDirectory()&&!(u&&t.isClosed(l))&&s.push(l),u)continue;const m=Qs(e,l,c,n);m!==void 0&&o.push(m)}return ti(e,o)}a(Xs,"readContext");function Zs(e,t){try{return N.readdirSync(D.join(e,t),{withFileTypes:!0})}catch(r){throw or(t===""?e:t,r)}}a(Zs,"listFolder");function Qs(e,t,r,n){if(/[\n\uFFFD]/.test(t)){const s=`The file name ${JSON.stringify(t)} holds a line break or is not UTF-8; such names cannot be sent.`;throw new f.DrayageError("SOURCE_INVALID",s,{hint:"Rename the file, or exclude it in .dockerignore."})}const o=D.join(e,t);try{if(r.isDirectory())return me({path:t,mode:N.lstatSync(o).mode,kind:"folder",content:It,size:0});if(r.isSymbolicLink())return me({path:t,mode:41471,kind:"link",content:T.hash("sha256",N.readlinkSync(o)),size:0});if(!r.isFile())return;const{mode:s,size:i}=N.lstatSync(o);return me({path:t,mode:s,kind:"file",content:ei(o,i,n),size:i})}catch(s){throw or(t,s)}}a(Qs,"readEntry");function ei(e,t,r){const n=N.openSync(e,"r");try{if(t<r.length){const s=N.readSync(n,r,0,r.length,null);return T.hash("sha256",r.subarray(0,s))}const o=T.createHash("sha256");for(let s=N.readSync(n,r);s>0;s=N.readSync(n,r))o.update(r.subarray(0,s));return o.digest("hex")}finally{N.closeSync(n)}}a(ei,"hashFile");function ti(e,t){const r=new Set(t.filter(({kind:s})=>s==="folder").map(({path:s})=>s)),n=new Set;for(const{path:s}of t)for(let i=s.lastIndexOf("/");i>0;i=s.lastIndexOf("/",i-1)){const d=s.slice(0,i);if(r.has(d)||n.has(d))break;n.add(d)}const o=[...n].map(s=>me({path:s,mode:N.lstatSync(D.join(e,s)).mode,kind:"folder",content:It,size:0}));return[...t,...o]}a(ti,"withParents");function or(e,t){const r=t instanceof Error?t.message:String(t);return new f.DrayageError("SOURCE_INVALID",`The source ${e} cannot be read: ${r}.`,{cause:t})}a(or,"unreadable");async function ri({root:e,context:t,dockerfile:r,signal:n}){const o=D.join(e,t);if(!(await be.stat(o).catch(()=>{}))?.isDirectory())throw new f.DrayageError("SOURCE_INVALID",`The build context ${o} is not a folder.`,{hint:"On CI, check the repository out before this step."});const s=await we(D.join(e,r));if(s===void 0)throw await ni(e,t,r);const i=await we(D.join(e,`${r}.dockerignore`)),d=zs(i??await we(D.join(o,".dockerignore"))??"");return{folder:o,tree:os(await Xs(o,d,n)),dockerfile:s,ownIgnore:i}}a(ri,"readLocalSource");async function ni(e,t,r){const n=D.posix.join(t,r),o=n!==r&&await we(D.join(e,n))!==void 0;return new f.DrayageError("SOURCE_INVALID",`There is no ${r} in ${e}.`,{hint:o?`build.dockerfile is relative to the source, not to the context: write \`dockerfile: ${n}\`.`:"Name it under build.dockerfile, relative to the source."})}a(ni,"noDockerfile");async function we(e){return be.readFile(e,"utf8").catch(t=>{if(!(t.code==="ENOENT"||t.code==="ENOTDIR"||t.code==="EISDIR"))throw new f.DrayageError("SOURCE_INVALID",`${e} cannot be read: ${t.message}.`,{cause:t})})}a(we,"readText");const oi=4;async function si(e,t){const{project:r,service:n,build:o,git:s}=t,i=D.join(D.dirname(r.file??"drayage.yml"),t.source.path),d=`Send the sources of ${n.name} to ${t.server}`,c=e.connect(t.server),[l,u,m]=await e.report.phase(d,async y=>{const v=ri({root:i,context:o.context,dockerfile:o.dockerfile,signal:e.signal}),[_,E]=await Promise.all([c,v]),A=await tr(_,sr(_,t,E),E,y,e.signal);return y.note(ci(E,A)),[_,E,A]}),h=sr(l,t,u),g=D.posix.basename(o.dockerfile),w=Wt({project:r,service:n,build:o,commit:s,uniqueTag:`tree-${u.tree.root.slice(0,12)}`,context:D.posix.join(h,D.posix.basename(h)),dockerfile:`dockerfile/${g}`,plugins:O.pluginFolders(l.account)}),b={service:n.name,server:l.name,dockerfile:D.posix.join(t.source.path,o.dockerfile)};for(let y=1,v=m;y<=oi;y+=1){const _=await Lt(e,l,{name:`build-${f.resourceName($e(r,n))}`,titles:[`Build ${n.name} on ${l.name}`],script:ai(l,t,{folder:h,source:u,file:g,argv:w.argv,delta:v}),files:{...w.files,...ii(u),...v.files},timeout:o.timeout,followUp:t.followUp?.(w.names)},(E,A,j)=>j===Q?te(E):Ht(E,b));if(_!==void 0)return{image:w.names[0],names:w.names,imageId:_.imageId,sourceCommit:s.sha,platforms:[_.platform],server:l.name};v=await e.report.phase(`${d} again`,E=>(E.note("Another run replaced them in between."),tr(l,h,u,E,e.signal)))}const k=`Other runs keep replacing the sources of ${n.name} on ${l.name}.`;throw new f.DrayageError("SOURCE_CHANGED",k,{hint:rr})}a(si,"buildFromPath");function sr(e,{project:t,source:r,build:n},{ownIgnore:o}){const s=o===void 0?[]:[n.dockerfile];return Kt(e.account.stateDir,t,"path",r.path,n.context,...s)}a(sr,"folderOf");function ii({dockerfile:e,ownIgnore:t}){return{"the-dockerfile":e,...t===void 0?{}:{"the-dockerignore":t}}}a(ii,"steeringFiles");function ai(e,t,{folder:r,source:n,file:o,argv:s,delta:i}){const d=t.project.servers[t.server]?.slots??1,c=n.ownIgnore===void 0?"":`mv the-dockerignore dockerfile/${$.quote(`${o}.dockerignore`)}`;return`${O.privateFolder("sources")}
${O.cliLines(e.account)}
mkdir dockerfile && mv the-dockerfile dockerfile/${$.quote(o)} || exit 1
${c}
${Vt(d)}
${i.script}
${is(r,"-s","waiting for sources that another run is sending")}
[ "$(cat ${$.quote(`${r}/root`)} 2>/dev/null)" = ${n.tree.root} ] || exit ${Z}
${Xt(s)}`}a(ai,"pathScript");function ci({tree:e},{added:t,removed:r,bytes:n}){const o=e.entries.filter(({kind:d})=>d!=="folder"),s=o.reduce((d,{size:c})=>d+c,0),i=`${o.length} files, ${ir(s)}`;return t+r===0?`${i}: nothing changed`:`${i}: ${t} new or changed, ${r} replaced or gone, ${ir(n)} to send`}a(ci,"describe$2");function ir(e){return e<1e3?`${e} bytes`:e<1e6?`${(e/1e3).toFixed(1)} kB`:`${(e/1e6).toFixed(1)} MB`}a(ir,"inUnits");async function Ge(e,t){const r=p.pickService(t.project,t.service),{build:n,source:o}=r;if(n===void 0||o.kind==="image")throw new f.DrayageError("BUILD_IMPOSSIBLE",`Service ${r.name} runs a prebuilt image; there is nothing to build.`,{at:r.at});const[s]=n.servers;if(s===void 0)throw new f.DrayageError("BUILD_IMPOSSIBLE",`Service ${r.name} names no build server.`,{hint:"Declare a server with role: build, or name one under build.servers.",at:r.at});const i={...t,service:r,build:n,server:s},d=o.kind==="git"?await Rs(e,{...i,source:o}):await si(e,{...i,source:o});return r.image===void 0&&e.report.note(`${r.name}: no registry is named, so the image stays on ${s} as ${d.image} (${d.imageId}).`),d}a(Ge,"buildService");const di=Object.freeze(Object.defineProperty({__proto__:null,buildService:Ge},Symbol.toStringTag,{value:"Module"})),li=/(?:^|,)\s*(bearer|basic)\s+/gi,ui=/([a-z_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/gi;function fi(e){const t=typeof e=="string"?e:(e??[]).join(", "),r=[...t.matchAll(li)],n=r.map((i,d)=>{const c=pi(t.slice(i.index+i[0].length,r[d+1]?.index));return{scheme:i[1]?.toLowerCase(),parameters:c}}),o=n.find(({scheme:i,parameters:d})=>i==="bearer"&&d.has("realm"));if(o!==void 0){const{parameters:i}=o;return{scheme:"bearer",realm:i.get("realm")??"",service:i.get("service"),scope:i.get("scope")}}const s=n.find(({scheme:i})=>i==="basic");return s&&{scheme:"basic",realm:s.parameters.get("realm")??""}}a(fi,"parseChallenge");function pi(e){const t=[...e.matchAll(ui)].map(([,r="",n,o])=>[r.toLowerCase(),n?.replace(/\\(.)/g,"$1")??o??""]);return new Map(t)}a(pi,"readParameters");class M extends Error{static{a(this,"TransientFailure")}name="TransientFailure";verdict;wait;constructor(t,r){super(t.message,{cause:t.cause}),this.verdict=t,this.wait=r}}const ar=6e4;async function cr(e,t){const{signal:r}=t;try{return await $.pRetry(e,{retries:t.retries,minTimeout:t.firstDelay,factor:2,randomize:!0,signal:r,shouldRetry:a(({error:n})=>n instanceof M&&(n.wait??0)<=ar,"shouldRetry"),onFailedAttempt:a(async({error:n,attemptNumber:o,retriesLeft:s})=>{if(!(n instanceof M)||s===0)return;const i=n.wait??0;i>ar||(t.onRetry?.(n.verdict.message,o),i>0&&await B.setTimeout(i,void 0,{signal:r}))},"onFailedAttempt")})}catch(n){throw r?.aborted===!0?new f.DrayageError("CANCELLED","The run was cancelled.",{cause:n}):n instanceof M?n.verdict:n}}a(cr,"retryTransient");function dr(e,t=Date.now()){const r=typeof e=="string"?e.trim():e?.[0]?.trim();if(r===void 0||r==="")return;if(/^\d+$/.test(r))return Number(r)*1e3;const n=Date.parse(r);return Number.isNaN(n)?void 0:Math.max(0,n-t)}a(dr,"retryAfter");function lr(e,t,r){const{host:n}=e,o=yi(r.body),s=`HTTP ${r.status}${o===""?"":`, "${o}"`}`;switch(!0){case(r.status===401&&(e.username===void 0||!hi(r))):return ye(e,s);case(r.status===401||r.status===403):return ur(e,t,s);case r.status===429:return new M(new f.DrayageError("REGISTRY_RATE_LIMITED",`Registry ${n} limits how often it may be asked (${s}, for ${t}).`,{hint:$i(e)}),dr(r.headers["retry-after"]));case(r.status>=500||r.status===408):return new M(new f.DrayageError("REGISTRY_UNREACHABLE",`Registry ${n} failed with ${s} when asked for ${t}.`),dr(r.headers["retry-after"]));default:return new f.DrayageError("REGISTRY_UNREACHABLE",`Registry ${n} answered ${s} when asked for ${t}; expected the OCI distribution API.`,{hint:wi(e,r.body)})}}a(lr,"verdictOn");function ye(e,t){const{host:r,username:n}=e;return n===void 0?new f.DrayageError("REGISTRY_AUTH",`Registry ${r} asks for credentials (${t}), and none are declared for it.`,{hint:`Declare username and password under registries."${r}" in drayage.yml.`}):new f.DrayageError("REGISTRY_AUTH",`Registry ${r} refused the password of user ${n} (${t}).`,{hint:`Check registries."${r}" in drayage.yml, and the secret its password comes from.`})}a(ye,"refused");function ur(e,t,r){const n=`Registry ${e.host} denies ${pr(e)} access to ${t} (${r}).`,o=`Check that the repository exists and that ${pr(e)} may use it, or declare other credentials under registries."${e.host}".`;return new f.DrayageError("REGISTRY_DENIED",n,{hint:o})}a(ur,"denied");function hi(e){return/^bearer/i.test(String(e.headers["www-authenticate"]??""))}a(hi,"usesTokens");const mi=new Set(["ECONNRESET","ECONNREFUSED","EPIPE","ETIMEDOUT","EAI_AGAIN","EHOSTUNREACH","ENETUNREACH","UND_ERR_CONNECT_TIMEOUT","UND_ERR_HEADERS_TIMEOUT","UND_ERR_BODY_TIMEOUT","UND_ERR_SOCKET"]);function fr(e,t){const r=hr(t),n=t instanceof Error?t.message:String(t),o=new f.DrayageError("REGISTRY_UNREACHABLE",`Registry ${e.host} cannot be reached: ${n}.`,{hint:gi(e,r,n),cause:t});return mi.has(r)?new M(o):o}a(fr,"unreachable");function pr(e){return e.username===void 0?"anonymous users":`user ${e.username}`}a(pr,"who");function $i(e){return e.username===void 0?`Declare credentials under registries."${e.host}": limits for known users are higher.`:"Wait until the limit is lifted, or use a mirror."}a($i,"rateHint");function hr(e){return e instanceof Error?"code"in e&&typeof e.code=="string"?e.code:e.cause===void 0?"":hr(e.cause):""}a(hr,"codeOf");function gi(e,t,r){const n=`registries."${e.host}"`;if(/CERT|SELF_SIGNED|UNABLE_TO_/.test(t))return`Put the PEM of the authority that signed its certificate under ${n}.ca.`;if(/WRONG_VERSION_NUMBER|EPROTO/.test(`${t} ${r}`))return`If it speaks plain HTTP, say so: ${n}.insecure: true.`;if(t==="ENOTFOUND")return`Check the spelling of ${e.host}.`}a(gi,"faultHint");function wi(e,t){if(/HTTP request (?:was sent )?to (?:an )?HTTPS/i.test(t))return`It speaks TLS: remove registries."${e.host}".insecure.`}a(wi,"speechHint");function yi(e){const[,t]=/"(?:message|details)"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(e)??[];return(t??(e.startsWith("<")?"":e)).replace(/\s+/g," ").trim().slice(0,200)}a(yi,"messageOf");class vi{static{a(this,"Authorization")}#e;#n;#r=new Map;#t=new Map;#o=new Map;constructor(t,r){this.#e=t,this.#n=r}wants(t,r){(this.#t.get(t)??"pull")===r||r==="pull"||(this.#t.set(t,r),this.#r.delete(t))}header(t){return this.#r.get(t)}async answer(t,r,n){if(this.#r.get(t)!==n)return!0;const o=fi(r);if(o===void 0)return!1;const s=this.#o.get(t)??this.#i(t,o);this.#o.set(t,s);try{const i=await s;return this.#r.set(t,i),i!==n}finally{this.#o.delete(t)}}async#i(t,r){const n=He(this.#e),o=n&&`Basic ${Buffer.from(`${n.username}:${n.password}`).toString("base64")}`;if(r.scheme==="basic"){if(o===void 0)throw ye(this.#e,"HTTP 401");return o}return`Bearer ${await this.#s(t,r,o)}`}async#s(t,r,n){const o=this.#a(t,r),s=n===void 0?{}:{authorization:n},i=await this.#n.request({origin:o.origin,path:`${o.pathname}${o.search}`,method:"GET",headers:s}).catch(l=>{throw fr(this.#e,l)}),d=await i.body.text();if(i.statusCode===401||i.statusCode===403)throw ye(this.#e,`HTTP ${i.statusCode} from ${o.host}`);if(i.statusCode!==200){const l={status:i.statusCode,headers:i.headers,body:d};throw lr(this.#e,`a token from ${o.host}`,l)}const c=ki(d);if(c!==void 0)return c;throw new f.DrayageError("REGISTRY_UNREACHABLE",`${o.host} answered without a token for registry ${this.#e.host}.`)}#a(t,r){if(!URL.canParse(r.realm)){const o=`Registry ${this.#e.host} sends clients to "${r.realm}" for tokens; expected a URL.`;throw new f.DrayageError("REGISTRY_UNREACHABLE",o)}const n=new URL(r.realm);if(n.protocol!=="https:"&&!this.#e.insecure){const o=`Registry ${this.#e.host} sends clients to ${n.origin} for tokens; expected https.`;throw new f.DrayageError("REGISTRY_UNREACHABLE",o)}return r.service!==void 0&&n.searchParams.set("service",r.service),n.searchParams.set("scope",`repository:${t}:${this.#t.get(t)??"pull"}`),this.#e.username!==void 0&&n.searchParams.set("account",this.#e.username),n}}function ki(e){const t=bi(e);if(!(typeof t!="object"||t===null))return"token"in t&&typeof t.token=="string"?t.token:"access_token"in t&&typeof t.access_token=="string"?t.access_token:void 0}a(ki,"tokenIn");function bi(e){try{return JSON.parse(e)}catch{return}}a(bi,"parseJson");const Be=1e4,mr=3e4;function _i({ca:e,dial:t}){const r=e===void 0?void 0:[...V.rootCertificates,e],n=ft.undiciExports.buildConnector({ca:r,timeout:Be}),o=t===void 0?n:(s,i)=>{Ei(t,s,r).then(d=>i(null,d),()=>n(s,i))};return new ft.undiciExports.Agent({connect:o,connections:6,headersTimeout:mr,bodyTimeout:mr})}a(_i,"connections");async function Ei(e,t,r){const n=t.protocol==="https:",o=t.port===""?n?443:80:Number(t.port),s=t.hostname.replace(/^\[|\]$/g,""),i=await $r(e(s,o),Be);if(!n)return i;const d=_e.isIP(s)===0?s:"",c=V.connect({socket:i,host:s,servername:d,ca:r,ALPNProtocols:["http/1.1"]}),l=new Promise((u,m)=>{c.once("secureConnect",()=>u(c)).once("error",m)});return $r(l,Be).catch(u=>{throw c.destroy(),u})}a(Ei,"throughServer");async function $r(e,t){let r;const n=new Promise((o,s)=>{r=setTimeout(()=>s(new Error(`no connection within ${t/1e3} s`)),t)});try{return await Promise.race([e,n])}catch(o){throw e.then(s=>s.destroy()).catch(()=>{}),o}finally{clearTimeout(r)}}a($r,"within");const Si=["application/vnd.oci.image.index.v1+json","application/vnd.oci.image.manifest.v1+json","application/vnd.docker.distribution.manifest.list.v2+json","application/vnd.docker.distribution.manifest.v2+json"];class Oi{static{a(this,"RegistryClient")}#e;#n;#r;#t;#o;#i=a(()=>{this.#r.destroy()},"#abort");constructor(t,r={}){this.#e=t,this.#n=r,this.#r=_i({ca:t.ca,dial:r.dial}),this.#t=new vi(t,this.#r),this.#o=`${t.insecure?"http":"https"}://${ws(t.host)}`,r.signal?.addEventListener("abort",this.#i,{once:!0})}async prepare(t,r="pull"){this.#t.wants(t,r),await this.#a("GET","/v2/",t,`repository ${t}`,{})}async digest(t,r){if(this.#e.host==="docker.io"){const n=await this.#s("HEAD",t,r),o=re(n?.headers["docker-content-digest"]);if(n===void 0||o!==void 0)return o}return(await this.manifest(t,r))?.digest}async manifest(t,r){const n=await this.#s("GET",t,r);if(n===void 0)return;const o=`sha256:${T.createHash("sha256").update(n.bytes).digest("hex")}`,s=r.startsWith("sha256:")?r:re(n.headers["docker-content-digest"]);if(s?.startsWith("sha256:")===!0&&s!==o){const i=`Registry ${this.#e.host} sent a manifest of ${t} with digest ${o}; expected ${s}.`;throw new f.DrayageError("DIGEST_MISMATCH",i)}return{digest:o,mediaType:re(n.headers["content-type"])??"",bytes:n.bytes}}async tags(t){const r=[];let n=`/v2/${t}/tags/list?n=1000`;for(;n!==void 0;){const o=await this.#a("GET",n,t,`the tags of ${t}`,{},[404]);if(o.status===404)return[];const s=JSON.parse(o.bytes.toString("utf8"));typeof s=="object"&&s!==null&&"tags"in s&&Array.isArray(s.tags)&&r.push(...s.tags.map(String)),n=Di(re(o.headers.link))}return r}async tagsOf(t,r,n){const o=n??await this.tags(t),s=await Promise.all(o.map(i=>this.digest(t,i)));return o.filter((i,d)=>s[d]===r)}async tag(t,r,n){this.#t.wants(t,"pull,push");const o={body:r.bytes,headers:{"content-type":r.mediaType}};await this.#a("PUT",`/v2/${t}/manifests/${n}`,t,`tag ${t}:${n}`,o)}async[Symbol.asyncDispose](){this.#n.signal?.removeEventListener("abort",this.#i),await this.#r.destroy()}async#s(t,r,n){const o=`${r}${n.includes(":")?"@":":"}${n}`,s={accept:Si.join(", ")},i=await this.#a(t,`/v2/${r}/manifests/${n}`,r,o,{headers:s},[404]);return i.status===404?void 0:i}async#a(t,r,n,o,s,i=[]){const{signal:d,retries:c=4,onRetry:l}=this.#n;return cr(a(async()=>{const m=this.#t.header(n);let h=await this.#c(t,r,n,s);const g=re(h.headers["www-authenticate"]);if(h.status===401&&await this.#t.answer(n,g,m)&&(h=await this.#c(t,r,n,s)),h.status>=200&&h.status<300||i.includes(h.status))return h;const w={...h,body:h.bytes.toString("utf8")};throw lr(this.#e,o,w)},"attempt"),{retries:c,firstDelay:300,signal:d,onRetry:l})}async#c(t,r,n,o){const s=this.#t.header(n),i={...o.headers,...s===void 0?{}:{authorization:s}};try{const{signal:d}=this.#n,c=await this.#r.request({origin:this.#o,path:r,method:t,headers:i,body:o.body,signal:d}),l=Buffer.from(await c.body.arrayBuffer());return await B.setImmediate(),{status:c.statusCode,headers:c.headers,bytes:l}}catch(d){throw fr(this.#e,d)}}}function re(e){return typeof e=="string"?e:e?.join(", ")}a(re,"header");function Di(e){const[,t]=/<([^>]+)>\s*;\s*rel="?next"?/.exec(e??"")??[];return t?.startsWith("/v2/")===!0?t:void 0}a(Di,"nextPage");function Ti(e,{registry:t,server:r,image:n}){const o=Ii(e),{host:s}=t,i=a((c,l,u)=>new f.DrayageError(c,`${l}: ${o}.`,{hint:u,output:e}),"error"),d=a(c=>i("REGISTRY_UNREACHABLE",`${r} cannot push to registry ${s}`,c),"unreachable");switch(!0){case/image does not exist locally|No such image|tag does not exist/i.test(e):return i("IMAGE_NOT_FOUND",`${r} has no image ${n}`,"Build it first: drayage build-remote");case/toomanyrequests|429 Too Many/i.test(e):return new M(i("REGISTRY_RATE_LIMITED",`Registry ${s} limits pushes`));case/unauthorized|no basic auth credentials|authentication required|incorrect username or password/i.test(o):return ye(t,o);case/denied|insufficient_scope|forbidden/i.test(o):return ur(t,n,o);case/x509: |certificate/i.test(o):return d(`Declare its authority under registries."${s}".ca and run: drayage setup-build-server`);case/HTTP response to HTTPS client/i.test(o):return d(`Say that it speaks plain HTTP (registries."${s}".insecure: true) and run: drayage setup-build-server`);case/no such host/i.test(o):return d(`Check the spelling of ${s}, and DNS on ${r}.`);case/no space left/i.test(o):return i("DISK_FULL",`The push to ${s} found a full disk`);case Ai(o):return new M(d());default:return i("PUSH_FAILED",`${r} cannot push ${n}`)}}a(Ti,"diagnosePush");function Ai(e){return/connection (?:refused|reset|timed out)|broken pipe|EOF|timeout|deadline exceeded|temporary failure|network is unreachable|no route to host|server misbehaving|use of closed network|unexpected (?:HTTP )?status(?: code)?[^\n]*5\d\d|50[0234] |Bad Gateway|Service Unavailable|Internal Server Error/i.test(e)}a(Ai,"isTransport");function Ii(e){return(e.split(`
`).map(n=>n.trim()).filter(n=>n!==""&&!/^(?:[0-9a-f]{12}: |The push refers to)/.test(n)).at(-1)??"it said nothing").replace(/^(?:Error response from daemon|error parsing HTTP \d+ response body): /i,"").replace(/\.$/,"").slice(0,400)}a(Ii,"lastError");function xi(e,t){const r=t.image===void 0?void 0:f.parseImage(t.image);if(r===void 0)throw new f.DrayageError("INPUT_INVALID",`Service ${t.name} has no "image", so there is no registry to push to.`,{hint:`Add the repository: services.${t.name}.image: ghcr.io/<owner>/<name>`,at:t.at});const{registry:n,repository:o}=r;return{registry:Gt(e.registries,n)??{host:n,insecure:!1},path:o,repository:f.familiarImage({registry:n,repository:o})}}a(xi,"destinationOf");function Ri(e,t,r,n){const o=f.parseImage(t)?.tag??"latest",s=n!==void 0&&n!==r.sha,i=e.source.kind==="git"?e.source.ref:void 0,d=s?{sha:n,branch:i,tag:i}:r,c=f.expandTags(e.tags,d,o);return e.image!==void 0&&zt(t,e.image)?[...new Set([o,...c])]:c}a(Ri,"tagsToPush");function gr(e,t){const[r=e,...n]=t;return`push() {
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
wait`}a(gr,"pushScript");const wr=3;async function Ni({server:e,destination:t,image:r,tags:n,pushed:o,name:s,phase:i,signal:d}){const{registry:c,repository:l}=t;await cr(a(async()=>{let h="";const g=f.markedLines(([b,k="",y=""])=>{b==="pushed"&&o.set(k,y)},b=>{h+=b,i.output(b)}),w=n.filter(b=>!o.has(b)).map(b=>`${l}:${b}`);if(await e.job({id:`${s}-${T.randomBytes(4).toString("hex")}`,script:`${O.cliLines(e.account)}
${gr(r,w)}`,files:{"config.json":Ue([c],O.pluginFolders(e.account))},onOutput:g.push,signal:d}),g.finish(),n.some(b=>!o.has(b)))throw Ti(h,{registry:c,server:e.name,image:r})},"attempt"),{retries:wr,firstDelay:1e3,signal:d,onRetry:a((h,g)=>i.note(`${h} Trying again (attempt ${g+1} of ${wr+1}).`),"onRetry")})}a(Ni,"pushTags");var yr=a((e,t)=>(t=Symbol[e])?t:Symbol.for("Symbol."+e),"__knownSymbol$2"),vr=a(e=>{throw TypeError(e)},"__typeError$2"),ji=a((e,t,r)=>{if(t!=null){typeof t!="object"&&typeof t!="function"&&vr("Object expected");var n,o;n=t[yr("asyncDispose")],n===void 0&&(n=t[yr("dispose")],o=n),typeof n!="function"&&vr("Object not disposable"),o&&(n=a(function(){try{o.call(this)}catch(s){return Promise.reject(s)}},"dispose")),e.push([r,n,t])}else e.push([r]);return t},"__using$2"),Pi=a((e,t,r)=>{var n=typeof SuppressedError=="function"?SuppressedError:function(i,d,c,l){return l=Error(c),l.name="SuppressedError",l.error=i,l.suppressed=d,l},o=a(i=>t=r?new n(i,t,"An error was suppressed during disposal"):(r=!0,i),"fail"),s=a(i=>{for(;i=e.pop();)try{var d=i[1]&&i[1].call(i[2]);if(i[0])return Promise.resolve(d).then(s,c=>(o(c),s()))}catch(c){o(c)}if(r)throw t},"next");return s()},"__callDispose$2");async function Li(e,t){var r=[];try{return await ji(r,new qe(e,t),!0).finish(t)}catch(i){var n=i,o=!0}finally{var s=Pi(r,n,o);s&&await s}}a(Li,"pushImage");class qe{static{a(this,"Push")}#e;#n;#r;#t;#o;#i;#s=new Map;constructor(t,r){const n=p.pickService(r.project,r.service);this.#e=t,this.#n=r,this.#r=n,this.#t=xi(r.project,n),this.#o=new Oi(this.#t.registry,{signal:t.signal,dial:a(async(o,s)=>(await t.connect(r.server)).dial(o,s),"dial")}),this.#i=this.#o.prepare(this.#t.path,"pull,push"),this.#i.catch(()=>{})}get prepared(){return this.#i}followUp(t){return{title:this.#a,script:gr(t[0]??"",t),onWords:a(([r,n="",o=""])=>{r==="pushed"&&this.#s.set(n,o)},"onWords")}}async finish({image:t,sourceCommit:r}){const{report:n}=this.#e,o=Ri(this.#r,t,this.#n.git,r),s=o.every(d=>this.#s.has(d)),i=s?`Check ${this.#r.name} in ${this.#t.registry.host}`:this.#a;return n.phase(i,async d=>{const c=s?await this.#d(o):await this.#c(t,o)??await this.#l(t,o,d),{repository:l}=this.#t,u={image:`${l}:${o[0]}`,digest:c,pinnedImage:`${this.#r.image}@${c}`,tags:o};return d.note(`${this.#s.size===0?"nothing to push: the registry has":"the registry has"} ${o.map(m=>`${l}:${m}`).join(", ")} as ${c}`),u})}async[Symbol.asyncDispose](){await this.#o[Symbol.asyncDispose]()}get#a(){return`Push ${this.#r.name} to ${this.#t.registry.host}`}async#c(t,r){const n=await this.#e.connect(this.#n.server),o=`${O.engineLines(n.account)}
docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' ${$.quote(t)}`,s=`Looking for image ${t}`,i=await n.script(o,{purpose:s,accept:"any",signal:this.#e.signal});if(/No such (?:image|object)/i.test(i.stderr))throw new f.DrayageError("IMAGE_NOT_FOUND",`${n.name} has no image ${t}.`,{hint:`Build it first: drayage build-remote --service ${this.#r.name}`});const{repository:d,path:c}=this.#t,l=i.stdout.split(`
`).filter(h=>h.includes("@")&&zt(h,d)).map(h=>h.slice(h.indexOf("@")+1));if(l.length===0)return;await this.#i;const u=[];for(const h of r)u.push(await this.#o.digest(c,h));const[m]=u;return m!==void 0&&l.includes(m)&&u.every(h=>h===m)?m:void 0}async#l(t,r,n){const o=await this.#e.connect(this.#n.server);return await Ni({server:o,destination:this.#t,image:t,tags:r,pushed:this.#s,name:`push-${this.#n.project.name}-${this.#r.name}`,phase:n,signal:this.#e.signal}),this.#d(r)}async#d(t){await this.#i;const{registry:r,repository:n,path:o}=this.#t,s=this.#s.get(t[0]??"");for(const i of t){const d=await this.#o.digest(o,i),c=this.#s.get(i);if(d!==void 0&&d===c&&c===s)continue;const l=`Registry ${r.host} has ${d??"nothing"} as ${n}:${i}; ${c??"nothing"} was pushed.`;throw new f.DrayageError("DIGEST_MISMATCH",l,{hint:"Another run may have pushed the same tag at the same time. Run this step again."})}return s??""}}const Ci=Object.freeze(Object.defineProperty({__proto__:null,Push:qe,pushImage:Li},Symbol.toStringTag,{value:"Module"})),kr=/^sha256:[0-9a-f]{64}$/;function Fi(e){if(!(kr.test(e)||f.parseImage(e)!==void 0))throw new f.DrayageError("IMAGE_NOT_FOUND",`'${e}' is not the name of an image.`,{hint:"Expected `repository:tag`, `repository@sha256:\u2026` or the `sha256:\u2026` of an image on the node."})}a(Fi,"checkImage");function Mi(e){const t=f.parseImage(e);return t?.digest===void 0?e:`${f.familiarImage({...t,tag:void 0,digest:void 0})}@${t.digest}`}a(Mi,"lookupName");function Hi(e,t,r){if(kr.test(e)){if(r.image!==void 0)return e;throw new f.DrayageError("IMAGE_NOT_FOUND",`${t} has no image ${e}, and it has no registry to come from.`,{hint:"Name a repository under `image`, or build on the server that deploys."})}const n=f.parseImage(e);if(n===void 0)throw new f.DrayageError("IMAGE_NOT_FOUND",`'${e}' is not the name of an image.`);const{registry:o}=r,s=f.familiarImage({...n,tag:void 0,digest:void 0});if(n.digest!==void 0){if(r.image===void 0&&"error"in o&&Ui(o))throw br(e,n.registry,t,o);return`${s}@${n.digest}`}if("digest"in o)return`${s}@${o.digest}`;throw br(e,n.registry,t,o)}a(Hi,"pinImage");function br(e,t,r,n){const o=n.error===""?"no reason given":n.error;return/unauthorized|authentication required|no basic auth|denied/i.test(o)&&!/not exist/i.test(o)?new f.DrayageError("REGISTRY_AUTH",`Registry ${t} refused ${r} the image ${e}: ${o}.`,{hint:`Check \`registries: ${t}:\` in drayage.yml: user name, and the secret its password comes from.`}):/toomanyrequests|rate limit/i.test(o)?new f.DrayageError("REGISTRY_RATE_LIMITED",`Registry ${t} limits requests of ${r}: ${o}.`):n.status===404||/manifest unknown|not found|name unknown|not exist/i.test(o)?new f.DrayageError("IMAGE_NOT_FOUND",`Image ${e} does not exist in registry ${t}: ${o}.`,{hint:"Check its spelling, and that the step that builds and pushes it has run."}):new f.DrayageError("REGISTRY_UNREACHABLE",`${r} could not ask registry ${t} for ${e}: ${o}.`)}a(br,"registryRefusal");function Ui({status:e,error:t}){return e===401||e===403||/manifest unknown|name unknown|unauthorized|denied/i.test(t)}a(Ui,"isFinal");const Gi=p.object({id:p.string(),title:p.string(),status:p._enum(["running","done","error","cancelled"]),startedAt:p.string(),pinnedImage:p.string(),resource:p.string(),service:p.string(),mode:p._enum(["swarm","standalone"]),logPath:p.string(),specHash:p.string(),spec:p.looseObject({image:p.string(),replicas:p.number()})});function Bi(e=new Date,t=T.randomBytes(3).toString("hex")){return`${e.toISOString().replace(/[-:]/g,"").replace(/\.\d+Z$/,"z").toLowerCase()}-${t}`}a(Bi,"newDeploymentId");function _r(e){return JSON.stringify(e).slice(0,-1)}a(_r,"recordHead");function Er(e){let t;try{t=JSON.parse(e)}catch{return}return Gi.safeParse(t).success?t:void 0}a(Er,"parseRecord");function qi(e){return{who:e.who,run:e.id,...e.url===void 0?{}:{runUrl:e.url}}}a(qi,"runFields");function ne(e,t){const r=`${e}/deployments/${t}`;return{folder:r,record:a(n=>`${r}/${n}.json`,"record"),log:a(n=>`${r}/${n}.log`,"log"),current:`${r}/current`,secrets:`${e}/secrets`}}a(ne,"deploymentPaths");function Ye(e,t){return`${e}/images/${t.slice(t.lastIndexOf("sha256:")+7)}`}a(Ye,"toolsFile");const ve="@@facts ",z=ve;function ze(e){const t=ne(e.stateDir,e.resource),r=`${U(e.stateDir).active}/${e.resource}`;return`for program in curl wget bash nc; do command -v "$program" >/dev/null 2>&1 && echo "${z}program $program"; done
for slot in blue green; do [ -e ${$.quote(r)}/$slot ] && echo "${z}slot $slot"; done
if [ -s ${$.quote(t.current)} ]; then printf '${z}current '; cat ${$.quote(t.folder)}/"$(cat ${$.quote(t.current)})".json; echo; fi
if command -v ss >/dev/null 2>&1; then ss -Hltunp 2>/dev/null | sed 's/^/${z}socket /'; fi
${e.image===void 0?"":`[ -e ${$.quote(Ye(e.stateDir,e.image))} ] && echo "${z}tools $(cat ${$.quote(Ye(e.stateDir,e.image))})"`}
echo '${z}api'
${O.batchScript(Yi(e))}`}a(ze,"factsScript");function Yi({owner:e,image:t,registryAuth:r}){const n=Object.entries(f.ownerLabels(e)).map(([i,d])=>`${i}=${d}`),o=encodeURIComponent(JSON.stringify({label:n})),s=r===void 0?{}:{"X-Registry-Auth":r};return[{path:"/info"},{path:"/containers/json?all=1"},{path:`/services?status=true&filters=${o}`},{path:`/networks/${encodeURIComponent(f.networkName(e))}`},...t===void 0?[]:[{path:`/images/${t}/json`}],...t===void 0||t.startsWith("sha256:")?[]:[{path:`/distribution/${t}/json`,headers:s}]]}a(Yi,"requests");function zi(e,t){const r=new Map;for(const{name:n,own:o,ports:s}of t)for(const{PublicPort:i,Type:d}of s)i===void 0||d!=="tcp"&&d!=="udp"||r.set(`${i}/${d}`,{port:i,protocol:d,holder:`container ${n}`,own:o});for(const n of e){const[o,,,,s=""]=n.trim().split(/\s+/),i=Number(s.slice(s.lastIndexOf(":")+1));if(o!=="tcp"&&o!=="udp"||!Number.isInteger(i)||r.has(`${i}/${o}`))continue;const d=/users:\(\("([^"]+)",pid=(\d+)/.exec(n),c=d===null?"a process of the node":`process ${d[1]} (pid ${d[2]})`;r.set(`${i}/${o}`,{port:i,protocol:o,holder:c,own:!1})}return[...r.values()]}a(zi,"parsePortHolders");const Ji=p.looseObject({ServerVersion:p.string(),OSType:p.string(),Architecture:p.string(),SecurityOptions:p.array(p.string()).nullish(),Swarm:p.looseObject({NodeID:p.string(),LocalNodeState:p.string(),ControlAvailable:p.boolean()})}),Wi=p.array(p.looseObject({Id:p.string(),Names:p.array(p.string()),State:p.string(),Image:p.string(),Labels:p.record(p.string(),p.string()).nullish(),Ports:p.array(p.looseObject({PublicPort:p.number().optional(),Type:p.string()})).nullish()})),Ki=p.array(p.looseObject({Spec:p.looseObject({Name:p.string(),Labels:p.record(p.string(),p.string()).nullish()}),ServiceStatus:p.looseObject({RunningTasks:p.number(),DesiredTasks:p.number()}).partial().nullish()})),Vi=p.looseObject({Driver:p.string(),Attachable:p.boolean(),Labels:p.record(p.string(),p.string()).nullish()}),Xi=p.looseObject({Id:p.string(),Os:p.string(),Architecture:p.string(),Config:p.looseObject({User:p.string().nullish()}).nullish()}),Zi=p.looseObject({Descriptor:p.looseObject({digest:p.string()}),Platforms:p.array(p.looseObject({os:p.string().optional(),architecture:p.string().optional()})).nullish()}),Qi=p.looseObject({message:p.string()});function Je(e,t,r,n){const[o="",s=""]=ra(e,`${ve}api
`),i=o.split(`
`).filter(S=>S.startsWith(ve)).map(S=>S.slice(ve.length)),d=a(S=>i.filter(K=>K.startsWith(`${S} `)).map(K=>K.slice(S.length+1)),"valuesOf"),[c,l,u,m,h,g]=O.parseBatch(s),w=Ji.safeParse(c?.body),b=Wi.safeParse(l?.body);if(!w.success||!b.success)throw new f.DrayageError("DOCKER_UNREACHABLE",`The Docker engine on ${n} did not answer: ${na(t)}.`,{hint:`drayage doctor --server ${n}`,cause:w.error??b.error});const k=Ki.safeParse(u?.body),y=Vi.safeParse(m?.body),v=Xi.safeParse(h?.body),_=d("slot")[0],E=d("current")[0],A=d("tools")[0],j=`${w.data.OSType}/${ta(w.data.Architecture)}`;return{engine:{version:w.data.ServerVersion,platform:j,rootless:(w.data.SecurityOptions??[]).some(S=>S.includes("rootless"))},swarm:{active:w.data.Swarm.LocalNodeState==="active",manager:w.data.Swarm.ControlAvailable,nodeId:w.data.Swarm.NodeID},programs:new Set(d("program")),containers:b.data.filter(S=>f.isOwnedBy(r.owner,S.Labels??{})).map(S=>({id:S.Id,name:(S.Names[0]??S.Id).replace(/^\//,""),state:S.State,image:S.Image,...Sr(S.Labels??{})})),services:(k.data??[]).map(S=>{const{deployment:K,specHash:kn}=Sr(S.Spec.Labels??{}),{RunningTasks:bn=0,DesiredTasks:_n=0}=S.ServiceStatus??{};return{name:S.Spec.Name,deployment:K,specHash:kn,running:bn,desired:_n}}),network:y.success?{driver:y.data.Driver,attachable:y.data.Attachable,owned:f.isOwnedBy({...r.owner,service:void 0},y.data.Labels??{})}:void 0,activeSlot:_==="blue"||_==="green"?_:void 0,image:v.success?{platform:`${v.data.Os}/${v.data.Architecture}`,id:v.data.Id,user:v.data.Config?.User??""}:void 0,registry:ea(g),current:E===void 0?void 0:Er(E),tools:A===void 0?void 0:new Set(A.split(" ").filter(S=>S!=="")),portHolders:zi(d("socket"),b.data.map(S=>({name:(S.Names[0]??S.Id).replace(/^\//,""),own:f.isOwnedBy(r.owner,S.Labels??{}),ports:S.Ports??[]})))}}a(Je,"parseFacts");function Sr(e){const t=e[`${f.labelPrefix}.slot`];return{deployment:e[`${f.labelPrefix}.deployment`]??"",specHash:e[`${f.labelPrefix}.spec`]??"",slot:t==="blue"||t==="green"?t:void 0}}a(Sr,"ownFields");function ea(e){const t=Zi.safeParse(e?.body);if(t.success&&e?.status===200){const n=(t.data.Platforms??[]).map(({os:o,architecture:s})=>`${o}/${s}`);return{digest:t.data.Descriptor.digest,platforms:n}}return{error:Qi.safeParse(e?.body).data?.message??"",status:e?.status??0}}a(ea,"registryFacts");function ta(e){return{x86_64:"amd64",aarch64:"arm64",armv7l:"arm",armv6l:"arm",i686:"386"}[e]??e}a(ta,"goArchitecture");function ra(e,t){const r=e.indexOf(t);return r<0?[e,""]:[e.slice(0,r),e.slice(r+t.length)]}a(ra,"splitOnce");function na(e){return e.trim().split(`
`).at(-1)?.trim()||"it gave no reason"}a(na,"lastLine");async function oa(e,t,r){return Promise.all(t.map(async n=>{const o={...r,stateDir:n.account.stateDir},{stdout:s,stderr:i}=await n.script(ze(o),{purpose:"Looking at the node",accept:"any",signal:e.signal});return{server:n,facts:Je(s,i,o,n.name)}}))}a(oa,"lookAtNodes");async function sa(e,t,r,n,o){const s=a(c=>({...n,stateDir:c.account.stateDir}),"requestOn"),i=new Map,d=await $.acquireAll(o.places,o.resource,e.run,{signal:e.signal,wait:o.wait,onWait:a(({serverName:c,who:l,since:u})=>t.note(`waiting for the lock of ${o.resource} on ${c}, which ${l} holds since ${u}`),"onWait"),look:a(c=>r.includes(c)?ze(s(c)):":","look"),onLooked:a((c,l)=>i.set(c,l),"onLooked")});try{const c=r.map(l=>{const u=i.get(l);if(u===void 0)throw new f.DrayageError("INTERNAL_BUG",`${l.name} was locked but not looked at.`);return{server:l,facts:Je(u.stdout,u.stderr,s(l),l.name)}});return{lease:d,nodes:c}}catch(c){throw await d.release(),c}}a(sa,"lockAndLook");const We="@drayage ",x=p.number(),ia=p.discriminatedUnion("event",[p.object({event:p.literal("begun"),at:x,folder:p.string()}),p.object({event:p.literal("pulling"),at:x}),p.object({event:p.literal("pulled"),at:x}),p.object({event:p.literal("tools"),at:x,tools:p.string()}),p.object({event:p.literal("started"),at:x,container:p.string()}),p.object({event:p.literal("waiting"),at:x,container:p.string(),detail:p.string()}),p.object({event:p.literal("healthy"),at:x,container:p.string()}),p.object({event:p.literal("staged"),at:x}),p.object({event:p.literal("stopped"),at:x}),p.object({event:p.literal("gap"),at:x,milliseconds:p.number()}),p.object({event:p.literal("restored"),at:x,milliseconds:p.number()}),p.object({event:p.literal("switched"),at:x}),p.object({event:p.literal("committed"),at:x}),p.object({event:p.literal("progress"),at:x,detail:p.string()}),p.object({event:p.literal("tail"),at:x,container:p.string(),text:p.base64()}),p.object({event:p.literal("done"),at:x}),p.object({event:p.literal("cancelled"),at:x}),p.object({event:p.literal("failed"),at:x,code:p._enum(f.errorCodes),message:p.string()})]);function aa(e,t){let r="";return n=>{const o=(r+n).split(`
`);r=o.pop()??"";for(const s of o){const i=s.startsWith(We)?ca(s.slice(We.length)):void 0;i!==void 0?e(i):t(s)}}}a(aa,"eventReader");function ca(e){try{return ia.safeParse(JSON.parse(e)).data}catch{return}}a(ca,"parseEvent");function da(e,t,r){const n=t.find(s=>s.event==="failed");if(n===void 0)return;const o=t.filter(s=>s.event==="tail").map(({container:s,text:i})=>({container:s,text:Buffer.from(i,"base64").toString("utf8")}));return{server:e,code:n.code,message:n.message,tails:o,servesOn:r}}a(da,"failureOf");function la(e){const{server:t,code:r,message:n,tails:o,servesOn:s}=e,i=/[.!?]$/.test(n.trimEnd())?n.trimEnd():`${n.trimEnd()}.`,d=s?" The version before it serves on.":"",c=o.map(({container:l,text:u})=>`Last lines of ${l}:
${u.trimEnd()===""?"(it printed nothing)":u.trimEnd()}`).join(`

`);return new f.DrayageError(r,`${t}: ${i}${d}`,{hint:fa(e),output:c===""?void 0:c})}a(la,"deployError");const ua=[[/exec format error/i,"The image is made for another processor: set `build.platforms` to the platform of the node."],[/EADDRINUSE|address already in use/i,"The program finds its port taken inside the container: check that it starts once only."],[/Cannot find module|ModuleNotFoundError|no such file or directory/i,"Something the program needs is not in the image: check the COPY lines and .dockerignore."],[/permission denied/i,"The program may not read or run something: check modes in the image and `deploy.user`."],[/ECONNREFUSED|connection refused|could not connect|getaddrinfo|no such host/i,"The program could not reach another service: check its address in `deploy.env` and that it runs in this environment."]];function fa({code:e,message:t,tails:r}){if(e==="DEPLOY_EXITED"||e==="DEPLOY_ROLLED_BACK"){if(t.includes("more memory than"))return"Raise `resources.memory`, or find what needs so much.";const n=`${t}
${r.map(i=>i.text).join(`
`)}`,o=ua.find(([i])=>i.test(n));if(o!==void 0)return o[1];const s=/status (\d+)/.exec(t)?.[1];return s==="0"?"The program ended as if its work was done: a service has to stay in the foreground.":s==="127"?"Its command does not exist in the image: check `deploy.command` and the ENTRYPOINT.":s==="137"?"It was killed (SIGKILL): look for the memory limit and the kernel log (`dmesg`).":"Its last lines, above, say why. `docker run --rm -it IMAGE` with the same variables shows the same."}if(!(e!=="DEPLOY_UNHEALTHY"&&e!=="DEPLOY_TIMEOUT"))return t.includes("nothing answers")||t.includes("does not accept")?"Check `health.port`, and that the program listens on 0.0.0.0 and not on 127.0.0.1; a slow start needs a longer `start-period`.":/answered 404/.test(t)?"Check `health.http`: the program does not know this path.":/answered 5\d\d/.test(t)?"The program runs but reports an error: its last lines, above, may say why.":/answered 40[13]/.test(t)?"The health path must answer without a login.":"A slow start needs a longer `start-period` or more `retries`."}a(fa,"adviceOn");async function Ke(e,t,r,n){const o=r.map(i=>ha({context:e,phase:t,lease:n},i,r.length>1)),s=Promise.all(o.map(i=>i.outcome));if(o.length===1)return s;try{for(const[i,d]of[["staged","go"],["committed","commit"]])await Promise.race([s,Promise.all(o.map(c=>c.reached(i)))]),await Promise.all(o.map(async c=>pa(c,d)));return await s}catch(i){const d=`Taken back, because another node failed: ${i instanceof Error?i.message:String(i)}`;throw await Promise.all(o.map(c=>c.abort(d))),i}}a(Ke,"runJobs");async function pa({job:e,folder:t},r){await e.server.script(`: >${$.quote(`${await t}/${r}`)}`,{purpose:"Going on with the deployment"})}a(pa,"send");function ha({context:e,phase:t,lease:r},n,o){const{server:s}=n,i=[],d=[],c=new AbortController;let l=a(()=>{},"tellFolder");const u=new Promise(y=>{l=y}),m=a(y=>{i.push(y),y.event==="begun"&&l(y.folder);const v=$a(y);v!==void 0&&t.output(`${v}
`,s.name);for(const _ of d)_.event===y.event&&_.resolve()},"onEvent"),h=a(y=>i.some(v=>v.event===y)?Promise.resolve():new Promise(v=>d.push({event:y,resolve:v})),"reached"),g=aa(m,y=>t.output(`${y}
`,s.name)),b=s.job({id:n.id,script:n.script,files:n.files,onOutput:g,signal:AbortSignal.any([e.signal,c.signal]),timeout:n.timeout+12e4,lease:o?30:60}).then(async({exitCode:y})=>{if(y===$.overtaken&&i.length===0&&r!==void 0)throw await r.lostOn(s.name);return ma(n,i,y)},async y=>{throw y instanceof f.DrayageError&&y.code==="JOB_LOST"&&await r?.script(s,":"),y}),k=Promise.race([h("done").then(()=>({server:s.name,events:i})),b]);return b.catch(()=>{}),k.catch(()=>{}),{job:n,folder:u,outcome:k,reached:h,abort:a(async y=>{if(!i.some(v=>["failed","done","cancelled"].includes(v.event))){const v=`${await Promise.race([u,k.then(()=>"",()=>"")])}`;if(v!==""){const _=`printf %s ${$.quote(y)} >${$.quote(`${v}/abort`)}`;await s.script(_,{purpose:"Taking the deployment back",accept:"any"}).catch(()=>{})}c.abort()}await k.catch(()=>{})},"abort")}}a(ha,"start");function ma({server:e,servesOn:t},r,n){if(r.some(s=>s.event==="done"))return{server:e.name,events:r};const o=da(e.name,r,t);throw o!==void 0?la(o):r.some(s=>s.event==="cancelled")?new f.DrayageError("CANCELLED",`The deployment on ${e.name} was cancelled and taken back.`):new f.DrayageError("JOB_LOST",`The deployment on ${e.name} ended without a result (exit status ${n}).`,{hint:`drayage status --server ${e.name}`})}a(ma,"conclude");function $a(e){const t=`${(e.at/1e3).toFixed(1)} s`;switch(e.event){case"pulling":return"pulling the image";case"pulled":return`image pulled (${t})`;case"started":return`${e.container} started (${t})`;case"waiting":return`${e.container}: ${e.detail}`;case"healthy":return`${e.container} is healthy (${t})`;case"stopped":return"the previous version has stopped";case"gap":return`gap without service: ${(e.milliseconds/1e3).toFixed(1)} s`;case"restored":return`the previous version serves again; gap without service: ${(e.milliseconds/1e3).toFixed(1)} s`;case"switched":return`switched to the new version (${t})`;case"progress":return e.detail;default:return}}a($a,"describe$1");function Or(e,t){const r=e===void 0?{}:Dr(e),n=Dr(t);return[...new Set([...Object.keys(n),...Object.keys(r)])].filter(o=>r[o]!==n[o]).map(o=>({field:o,before:r[o],after:n[o]}))}a(Or,"diffSpecs");function ga({field:e,before:t,after:r}){return t===void 0?`+ ${e}: ${r}`:r===void 0?`- ${e}: ${t}`:`~ ${e}: ${t} \u2192 ${r}`}a(ga,"formatChange");function Dr(e){const t=[["image",e.image],["kind",e.kind],["replicas",e.kind==="global"?void 0:String(e.replicas)],["command",oe(e.command)],["args",oe(e.args)],["user",e.user],...Object.entries(e.env).map(([r,n])=>J(`env.${r}`,Ve(n))),...Object.entries(e.secrets).map(([r,n])=>J(`secrets.${r}`,Ve(n))),["resources.cpus",Ar(e.resources.nanoCpus)],["resources.memory",Ir(e.resources.memory)],["resources.reserve-cpus",Ar(e.resources.reserveNanoCpus)],["resources.reserve-memory",Ir(e.resources.reserveMemory)],...e.ports.map(r=>J(`ports.${r.published}/${r.protocol}`,`${r.target} (${r.mode})`)),...e.mounts.map(r=>J(`mounts.${r.target}`,wa(r))),["health",ya(e)],["restart",va(e)],["update",Tr(e.update)],["rollback",Tr(e.rollback)],["placement.constraints",oe(e.placement.constraints)],["placement.preferences",oe(e.placement.preferences)],["placement.max-replicas",e.placement.maxReplicas?.toString()],["networks",oe(e.networks)],...Object.entries(e.labels).map(([r,n])=>J(`labels.${r}`,n)),["endpoint-mode",e.endpointMode],...Object.entries(e.ulimits).map(([r,n])=>J(`ulimits.${r}`,`${n.soft}:${n.hard}`)),["drain",f.formatDuration(e.drain)],["stop-grace-period",f.formatDuration(e.stopGracePeriod)],["timeout",f.formatDuration(e.timeout)],["keep",String(e.keep)]];return Object.fromEntries(t.filter(r=>r[1]!==void 0))}a(Dr,"flatten");function J(e,t){return[e,t]}a(J,"field");function oe(e){return e===void 0||e.length===0?void 0:e.map(t=>JSON.stringify(t)).join(" ")}a(oe,"words");function Ve(e){return O.isReference(e)?`secret ${e.secretRef.slice(-12)}`:JSON.stringify(e)}a(Ve,"shown");function wa(e){const t=e.type==="file"?Ve(e.content):e.source;return`${e.type} ${t}${e.readOnly?", read-only":""}`}a(wa,"mountText");function ya({readiness:e}){if(e.source==="running")return`runs for ${f.formatDuration(e.window)}`;if(e.source==="port")return`port ${e.port} opens within ${f.formatDuration(e.window)}`;const{probe:t,interval:r,timeout:n,retries:o,startPeriod:s}=e;return`${t.kind==="http"?`http ${t.path} on ${t.port}`:t.kind==="tcp"?`tcp ${t.port}`:`command ${JSON.stringify(t.command)}`}, every ${f.formatDuration(r)}, timeout ${f.formatDuration(n)}, ${o} retries after ${f.formatDuration(s)}`}a(ya,"readinessText");function va({restart:e}){return[e.condition,e.delay===void 0?void 0:`delay ${f.formatDuration(e.delay)}`,e.maxAttempts===void 0?void 0:`max-attempts ${e.maxAttempts}`,e.window===void 0?void 0:`window ${f.formatDuration(e.window)}`].filter(r=>r!==void 0).join(", ")}a(va,"restartText");function Tr(e){const{order:t,parallelism:r,delay:n,monitor:o,failure:s,maxFailureRatio:i}=e;return`${t}, ${r} at a time, delay ${f.formatDuration(n)}, monitor ${f.formatDuration(o)}, on failure ${s}, ratio ${i}`}a(Tr,"updateText");const Ar=a(e=>e===void 0?void 0:f.formatCpus(e),"cpus"),Ir=a(e=>e===void 0?void 0:f.formatSize(e),"bytes");function Xe(e){return Array.isArray(e)?`[${e.map(Xe).join(",")}]`:e!==null&&typeof e=="object"?`{${Object.entries(e).filter(([,r])=>r!==void 0).sort(([r],[n])=>r<n?-1:1).map(([r,n])=>`${JSON.stringify(r)}:${Xe(n)}`).join(",")}}`:JSON.stringify(e)??"null"}a(Xe,"canonicalJson");function se(e){const{update:t,rollback:r,drain:n,timeout:o,keep:s,...i}=e;return T.createHash("sha256").update(Xe(i)).digest("hex").slice(0,16)}a(se,"specHash");function ka(e,t,r,n=!1){Ea(e,t,r);const o=r.containers.filter(u=>u.state==="running"),s=o.filter(u=>u.deployment===r.current?.id),i=r.activeSlot??s[0]?.slot,d=se(t),c=r.current?.mode==="standalone"&&s.length===t.replicas&&s.every(u=>u.specHash===d&&u.slot===r.activeSlot),l=ba(t,r,o.length);return{server:e,mode:"standalone",action:c&&!n?"none":"deploy",strategy:l,slot:Ee(i),previousSlot:i,prober:_a(r),previousImage:r.current?.pinnedImage,changes:[...Rr(r,"standalone"),...Or(r.current?.spec,t)],notes:Oa(e,t,l,o.length)}}a(ka,"planStandalone");function ba(e,t,r){return r>0&&e.update.order==="stop-first"?"stop-first":t.portHolders.some(n=>n.own&&xr(e,n))?"swap-port":"blue-green"}a(ba,"strategyFor$1");function xr(e,t){return e.ports.some(r=>r.published===t.port&&r.protocol===t.protocol)}a(xr,"isWanted");function _a(e){return e.engine.rootless?"container":e.programs.has("curl")?"curl":e.programs.has("bash")?"bash":"container"}a(_a,"proberFor");function Rr(e,t){const r=e.current?.mode;return r===void 0||r===t?[]:[{field:"mode",before:r,after:t}]}a(Rr,"modeChange");function Ea(e,t,r){const[n]=t.ports;if(n!==void 0&&t.replicas>1)throw new f.DrayageError("DEPLOY_IMPOSSIBLE",`Port ${n.published} of ${e} can be published by one container only, but \`replicas\` is ${t.replicas}.`,{hint:"Remove `ports` and give the service a domain, or set `replicas: 1`."});const o=r.portHolders.find(s=>!s.own&&xr(t,s));if(o!==void 0)throw new f.DrayageError("PORT_TAKEN",`Port ${o.port}/${o.protocol} of ${e} is taken by ${o.holder}; nothing was changed.`,{hint:`Choose another \`published\` port, or free it: ss -ltnp 'sport = :${o.port}'`});if(r.network!==void 0&&!r.network.owned)throw new f.DrayageError("NOT_OWNED",`A network with the name of this environment exists on ${e}, but Drayage did not make it.`,{hint:"docker network inspect shows what uses it; rename it, or choose another project or environment name."});Nr(e,t,r)}a(Ea,"checkPossible$1");function Nr(e,t,{image:r,registry:n,engine:o}){const i=(r!==void 0?[r.platform]:"platforms"in n?n.platforms:[]).filter(c=>!c.includes("unknown")&&!c.includes("undefined")),d=i.some(c=>Sa(o.platform,c));if(!(i.length===0||d))throw new f.DrayageError("IMAGE_PLATFORM",`Image ${t.image} is made for ${i.join(", ")}, but ${e} is ${o.platform}; nothing was changed.`,{hint:`Build it for that platform too: \`build.platforms: [${o.platform}]\`.`})}a(Nr,"checkPlatform");function Sa(e,t){return e===t?!0:e==="linux/amd64"&&t==="linux/386"||e==="linux/arm64"&&t==="linux/arm"}a(Sa,"runsOn");function Oa(e,t,r,n){const o=[];if(r==="swap-port"){const i=t.ports.map(d=>d.published).join(", ");o.push(`Port ${i} of ${e} can have one owner: the new container is proven healthy without it first, then takes it over. Expect a gap of about a second.`)}r==="stop-first"&&o.push(`\`update.order\` is stop-first: on ${e} nothing serves from the stop of the old version until the new one is healthy.`);const s=t.mounts.filter(i=>i.type==="volume"&&!i.readOnly);if(r!=="stop-first"&&n>0&&s.length>0){const i=s.map(d=>d.target).join(", ");o.push(`The old and the new version both have ${i} mounted until the old one has stopped. If only one may write, set \`update.order: stop-first\`.`)}return o.push(...jr(t)),t.readiness.source==="running"&&o.push(`No health check, domain or port is given, so a container counts as healthy after running for ${f.formatDuration(t.readiness.window)}.`),o}a(Oa,"notesOn$1");function jr(e){const t=Object.entries(e.env).flatMap(([r,n])=>typeof n=="string"?[]:[r]);return t.length===0?[]:[`Secrets under \`deploy.env\` (${t.join(", ")}) can be seen with docker inspect; \`deploy.secrets\` keeps them in files.`]}a(jr,"secretNotes");function W({stateDir:e,resource:t,slot:r}){const n=U(e),o=$.quote(`${n.active}/${t}`),s=a(l=>$.quote(`${n.slots}/${t}.${l}.yml`),"file"),i=s(r===void 0?"plain":r),d=$.quote(`${n.dynamic}/${t}.yml`),c=$.quote(`${n.dynamic}/.${t}.next`);return`${r===void 0?Ta(o):Da(o,r)}
if [ -e ${i} ]; then
  cp ${i} ${c} && mv -f ${c} ${d} || exit 1
fi
`}a(W,"switchScript");function Da(e,t){const r=Ee(t);return`umask 022
mkdir -p ${e} || exit 1
if [ -e ${e}/${r} ]; then
  mv -f ${e}/${r} ${e}/${t} || exit 1
elif [ ! -e ${e}/${t} ]; then
  : >${e}/${t} || exit 1
fi
sync ${e} 2>/dev/null || true`}a(Da,"enterSlot");function Ta(e){return`rm -rf ${e} || exit 1`}a(Ta,"leaveSlots");const Aa=`
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
`,Pr=`
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
# image_known: platform and user, from the look at the node just before; empty where the image was not there.
pull_image() {
  found=$image_known
  if [ -z "$found" ] && ! found=$(look_at_image); then
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
`,Ia=`
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
`,xa=`
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
`,Lr=`# Milliseconds since the node's boot: a change of the clock moves no deadline.
clock() {
  read -r uptime rest </proc/uptime
  now=$(( \${uptime%.*} * 1000 + (1\${uptime#*.} - 100) * 10 ))
}
say() { printf '%s\\n' "$1"; printf '%s\\n' "$1" >&8; }
event() { clock; say "${We}{\\"event\\":\\"$1\\",\\"at\\":$((now - begun))$2}"; }
json() { printf %s "$1" | tr '\\n\\t\\r' '   ' | tr -d '\\000-\\037\\177' | sed 's/\\\\/\\\\\\\\/g; s/"/\\\\"/g'; }
nap() { sleep "$(( $1 / 1000 )).$(printf %03d $(( $1 % 1000 )))"; }
announce_failure() {
  event failed ",\\"code\\":\\"$1\\",\\"message\\":\\"$(json "$2")\\""
}
`,Cr=`umask 077
exec 8>/dev/null
cd "$DRAYAGE_JOB" || exit 1
${Lr}
fail() { announce_failure "$1" "$2"; exit 1; }
clock
begun=$now
end=$(( now + timeout ))
event begun ",\\"folder\\":\\"$DRAYAGE_JOB\\""
`,Ra=`umask 077
mkdir -p "$folder" "$secrets" || exit 1
exec 8>>"$log"
flock -n 8 || exit 75
cd "$DRAYAGE_JOB" || exit 1
started=$(date -u +%Y-%m-%dT%H:%M:%SZ)
outcome=
hurry=

${Lr}
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
`,Na=`exec 3<>"/dev/tcp/$1/$2" || exit 7
printf 'GET %s HTTP/1.1\\r\\nHost: %s:%s\\r\\nUser-Agent: drayage\\r\\nAccept: */*\\r\\nConnection: close\\r\\n\\r\\n' "$3" "$1" "$2" >&3
IFS= read -r line <&3 || exit 52
printf '%s\\n' "$line"
case $line in 'HTTP/'*' '[23]*) exit 0 ;; esac
while IFS= read -r line <&3; do case $line in ''|$'\\r') break ;; esac; done
head -c 200 <&3`,ja=`
bash_request='${Na.replaceAll("'","'\\''")}'
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
`,Pa=`
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
`,La=`done_kept=0
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
`,Ca=`umask 077
exec 9>"$folder/drain.lock"
flock 9
docker tag "$image" "$keeper:$id" >/dev/null 2>&1
retire_old
`,Fa=`retire_old() {
  [ -n "$old_containers$old_services" ] || return 0
  [ "$strategy" = stop-first ] || sleep "$(( drain / 1000 ))"
  [ -z "$old_services" ] || docker service rm $old_services >/dev/null
  [ -z "$old_containers" ] || docker stop --time "$grace" $old_containers >/dev/null
  [ -z "$old_containers" ] || docker rm --force --volumes $old_containers >/dev/null
}
`,Ma=`
list_old() {
  new=" $(docker inspect --format '{{.Id}}' $names | tr '\\n' ' ') "
  old_containers=
  for one in $(docker ps --all --quiet --no-trunc $own_filters); do
    case $new in *" $one "*) ;; *) old_containers="$old_containers $one" ;; esac
  done
  old_services=
  [ "$manager" != 1 ] || old_services=$(docker service ls --quiet $own_filters | tr '\\n' ' ')
}
`;function Fr(e,t=""){return`${e}
retire() {
  list_old
  export folder secrets resource drain grace keep own_filters strategy old_containers old_services id image
  export keeper="drayage.local/$resource"
  setsid sh -c ${$.quote(Fa+Ca+La+t)} drayage-retirement </dev/null >/dev/null 2>>"$log" 6>&- 8>&- &
}
`}a(Fr,"retirementSteps");const Ha=`
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
  docker update --restart "$restart" $names >update.log 2>&1 ||
    fail CONTAINER_REFUSED "The engine refused restart policy $restart: $(tail -n 1 update.log)"
}
`,Ua=`
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
      # An old task has its port until it has stopped, and the scheduler takes its time to notice.
      patience=$schedule_patience
      case $updated,$blocked in 1,*'port already in use'*) patience=$(( grace * 1000 + 20000 )) ;; esac
      [ "$(( now - unschedulable_since ))" -lt "$patience" ] ||
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
`,Ga=`${Ua}
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
# Puts the service back to what it was, from our own copy: what Swarm calls the previous version is the broken one as soon
# as Swarm has gone back by itself. The version number makes the engine refuse us where Swarm was faster.
roll_back() {
  for try in 1 2 3 4 5; do
    found=$(docker service inspect --format '{{.ID}} {{.Version.Index}} {{with .UpdateStatus}}{{.State}}{{end}}' "$target" 2>/dev/null) || return 0
    set -- $found
    case $3 in rollback_started) break ;; esac
    if is_previous; then break; fi
    api POST "/services/$1/update?version=$2&registryAuthFrom=previous-spec" previous.json
    [ "$api_status" != 200 ] || break
    nap 200
  done
  # Swarm goes on by itself.
  [ -z "$hurry" ] || return 0
  clock
  # It may wait a minute for a task that never ran.
  patience=$(( now + 90000 ))
  while [ "$now" -lt "$patience" ]; do
    case $(update_state) in
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
  api POST /services/create proof.json
  case $api_status in 201) ;; *) refused ;; esac
  created=1
  await_tasks
  docker service rm "$target" >/dev/null 2>&1
  created=
  target=$final
  strategy=$final_strategy
}
apply_service() {
  if found=$(docker service inspect --format '{{.ID}} {{.Version.Index}}' "$target" 2>/dev/null); then
    docker service inspect --format '{{json .Spec}}' "$target" >previous.json &&
      previous_deployment=$(docker service inspect --format "$deployment_of_service" "$target") ||
      fail CONTAINER_REFUSED "Service $target could not be read."
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
`,Ba=`
list_old() {
  old_services=$(docker service ls --format '{{.Name}}' $own_filters | grep -vxF "$target" | tr '\\n' ' ')
  old_containers=$(docker ps --all --quiet $own_filters --filter label=dev.drayage.slot | tr '\\n' ' ')
}
`,qa=`for secret in $(docker secret ls --format '{{.Name}}' $own_filters); do
  grep -qF "\\"$secret\\"" "$folder"/*.json || docker secret rm "$secret" >/dev/null 2>&1
done
`;function Ya(e){return`${Hr(e)}${Ha}${Fr(Ma)}
pull_image
place_secrets
ensure_network
start_prober
stage
await_drained
${e.together?ie("staged","go"):""}
fence
swap_port
${Ur(e)}`}a(Ya,"standaloneProgram");function za(e){return`${Hr(e)}${Ga}${Fr(Ba,qa)}
names=
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
${Ur(e)}`}a(za,"swarmProgram");function Ja(e){return`${Gr(e)}
${Cr}${Pr}${Ia}
pull_image
[ "$wants_tools" != 1 ] || tell_tools
event done ''
`}a(Ja,"pullProgram");function Wa(e){return`${e.guard}timeout=${e.timeout}
${Mr(e.guard)}${Cr}
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
`}a(Wa,"proxyProgram");function Mr(e){return`fence() { (
${e}
) || fail LOCK_LOST 'Another run has taken the lock over.'; }
`}a(Mr,"fence");function Hr(e){return`${e.guard}${Gr({...e.variables,...Ka(e.readiness)})}
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
${Mr(e.guard)}${Ra}${Aa}${Pr}${xa}${ja}${Pa}`}a(Hr,"opening");function Ur(e){return`commit
${e.together?ie("committed","commit"):""}
finish
retire
# Nothing of this is waited for, and none of it may hold the lock.
stop_prober >/dev/null 2>&1 6>&- 8>&- &
`}a(Ur,"closing");function ie(e,t){return`event ${e} ''
while [ ! -e ${t} ]; do
  nap 100
  clock
  [ "$now" -lt "$end" ] || fail DEPLOY_TIMEOUT "The other nodes were not ready within $(( timeout / 1000 )) s."
done`}a(ie,"awaitWord");function Gr(e){return Object.entries(e).map(([t,r])=>`${t}=${$.quote(String(r))}`).join(`
`)}a(Gr,"assignments");function Ka(e){const t={check_command:"",path:"",port:"",probe_timeout:"2",interval:1e3};if(e.source==="running")return{...t,check:"none",budget:e.window};if(e.source==="port")return{...t,check:"tcp",port:e.port,budget:e.window};const{probe:r,interval:n,timeout:o,retries:s,startPeriod:i}=e,d={...t,check:r.kind,interval:Math.max(100,n),probe_timeout:String(Math.max(o,100)/1e3),budget:i+Math.max(1,s)*n};return r.kind==="command"?{...d,check_command:r.command}:r.kind==="http"?{...d,path:r.path,port:r.port}:{...d,port:r.port}}a(Ka,"checkVariables");function Br(e,t,r,n){const o=new Map,s=a((m,h)=>{const g=Va(e,m,h);return o.set(g,h),{secretRef:g}},"keep"),{mode:i,servers:d,health:c,...l}=t;return{spec:{...l,image:n,env:qr(t.env,(m,h)=>Qa(m,()=>s(`env-${h}`,Ze(m)))),secrets:qr(t.secrets,(m,h)=>s(h,Ze(m))),mounts:t.mounts.map(m=>Za(m,s)),readiness:Xa(t,r)},secrets:o}}a(Br,"runSpec");function Va(e,t,r){const n=T.createHash("sha256").update(`${e}\0${t}\0${r}`).digest("hex").slice(0,12);return`${`${e}.${t}`.replace(/[^A-Za-z0-9_.-]/g,"-").slice(0,64-n.length-1).replace(/[-.]+$/,"")}-${n}`}a(Va,"secretName");function Xa(e,t){if(e.health!==void 0)return{source:"health",...e.health};const r=t[0]?.port??e.ports.find(n=>n.protocol==="tcp")?.target;return r!==void 0?{source:"port",port:r,window:Math.min(3e4,e.timeout)}:{source:"running",window:e.update.monitor}}a(Xa,"readiness");function Za(e,t){if(e.type!=="file")return e;const{content:r,...n}=e;return{...n,content:t(`file-${e.target}`,Ze(r))}}a(Za,"specMount");function Qa(e,t){return typeof e=="string"?e:t()}a(Qa,"specValue");function Ze(e){return typeof e=="string"?e:e.reveal()}a(Ze,"revealed");function qr(e,t){return Object.fromEntries(Object.entries(e).map(([r,n])=>[r,t(n,r)]))}a(qr,"mapValues");function Qe(e){const t=Object.values(e.env).filter(O.isReference),r=e.mounts.flatMap(n=>n.type==="file"?[n.content]:[]);return[...t,...Object.values(e.secrets),...r].map(n=>n.secretRef)}a(Qe,"referencesIn");const Yr="curlimages/curl:8.11.1";function ec(e,t){const{server:r,owner:n,resource:o,run:s,facts:i,head:d}=t,{spec:c}=s,{stateDir:l}=r.account,u=ne(l,o),m=n.service??"",h=Object.entries(f.ownerLabels(n)).flatMap(([A,j])=>["--filter",`label=${A}=${j}`]),g=ce(o,e.slot),w=i.containers.filter(A=>A.state==="running"),b=zr(s,r.name);Qe(c).forEach(b);const k=Ya({variables:{id:d.id,resource:o,folder:u.folder,secrets:u.secrets,log:u.log(d.id),image:c.image,image_known:i.image===void 0?"":`${i.image.platform} ${i.image.user}`,platform:i.engine.platform,network:f.networkName(n),network_labels:Object.entries(f.ownerLabels({...n,service:void 0})).map(([A,j])=>`--label ${A}=${j}`).join(" "),user:c.user??"",replicas:c.replicas,timeout:c.timeout,grace:O.seconds(c.stopGracePeriod),drain:c.drain,keep:c.keep,own_filters:h.join(" "),prober:e.prober,prober_image:Yr,manager:i.swarm.manager?1:0,slot:e.slot,alias:g,strategy:e.strategy,restart:O.restartPolicy(c),networks:c.networks.join(" "),old:Jr(w),leftovers:Jr(w.filter(A=>A.slot===e.slot)),names_taken:i.containers.map(A=>A.name).join(" "),network_known:i.network===void 0?0:1},readiness:c.readiness,switchTo:W({stateDir:l,resource:o,slot:e.slot}),switchBack:W({stateDir:l,resource:o,slot:e.previousSlot}),guard:t.guard,freeing:t.freeing,together:t.together}),y={[`${f.labelPrefix}.deployment`]:d.id,[`${f.labelPrefix}.slot`]:e.slot,[`${f.labelPrefix}.spec`]:se(c)},v=a(A=>O.containerSpec({owner:n,spec:c,reveal:b,secretFolder:u.secrets,aliases:[g,m],labels:y,publish:A}),"container"),_=e.strategy==="swap-port",E=Array.from({length:c.replicas},(A,j)=>[`create-${j+1}.json`,v(!_)]);return{server:r,id:`deploy-${d.id}`,script:k,servesOn:i.current!==void 0,timeout:c.timeout,files:{record:_r({...d,strategy:e.strategy,slot:e.slot,previousImage:e.previousImage,logPath:u.log(d.id)}),...Object.fromEntries(E),..._?{"publish-1.json":v(!0)}:{},...t.dockerConfig===void 0?{}:{"config.json":t.dockerConfig},...Wr(s)}}}a(ec,"standaloneJob");function zr({secrets:e},t){return r=>{const n=e.get(r);if(n!==void 0)return n;throw new f.DrayageError("SECRET_MISSING",`Secret ${r} is neither given nor stored on ${t}.`,{hint:"Run again with --refresh-secrets and the secrets of drayage.yml."})}}a(zr,"revealFrom");const Jr=a(e=>e.map(t=>t.id).join(" "),"idsOf");function Wr({spec:e,secrets:t}){const r=new Set([...Object.values(e.secrets).map(n=>n.secretRef),...e.mounts.flatMap(n=>n.type==="file"?[n.content.secretRef]:[])]);return Object.fromEntries([...t].map(([n,o])=>[`${r.has(n)?"mount":"secret"}.${n}`,o]))}a(Wr,"secretFiles");function et(e,t){if(t.action==="none"){e.note(`${t.server}: runs as wanted; nothing to do`);return}const r=t.slot===void 0?"":`, slot ${t.slot}`;e.note(`${t.server}: ${t.mode}, ${t.strategy}${r}`);for(const n of t.changes)e.note(`  ${ga(n)}`);for(const n of t.notes)e.note(`  Note: ${n}`)}a(et,"tellPlan");async function tc(e,t){const{owner:r,resource:n,run:o,head:s,lease:i}=t,d=t.nodes.map(u=>({...u,plan:ka(u.server.name,o.spec,u.facts,t.force)})),c=d.map(u=>u.plan),l=d.filter(u=>u.plan.action!=="none");return l.length===0?(e.report.note(`${s.service}: ${s.pinnedImage} runs as wanted; nothing to do.`),{status:"unchanged",plans:c}):e.report.phase(`${s.service}: deploy`,async u=>{for(const h of c)et(u,h);if(i===void 0)return{status:"planned",plans:c};const m=l.map(({server:h,facts:g,plan:w})=>ec(w,{server:h,facts:g,owner:r,resource:n,run:o,head:{...s,mode:"standalone"},dockerConfig:t.dockerConfig,guard:i.guard(h.name),freeing:t.ownsLease?i.freeing(h.name):"",together:l.length>1}));return await Ke(e,u,m,i),{status:"done",plans:c}})}a(tc,"rollStandalone");function tt(e){return e.source==="port"||e.source==="health"&&e.probe.kind!=="command"}a(tt,"needsTools");function rc(e,t){if(e.source==="running")return;if(e.source==="health"&&e.probe.kind==="command")return["CMD-SHELL",e.probe.command];if(!t.has("sh"))return;if(e.source==="port")return rt(Kr(e.port,2,t));const{probe:r,timeout:n}=e,o=Math.max(1,Math.ceil(n/1e3));return r.kind==="tcp"?rt(Kr(r.port,o,t)):r.kind==="http"?rt(nc(r,o,t)):void 0}a(rc,"healthcheckTest");const rt=a(e=>e===void 0?void 0:["CMD-SHELL",e],"shell");function nc(e,t,r){const{path:n,port:o}=e,s=$.quote(`http://127.0.0.1:${o}${n}`);if(r.has("curl"))return`curl -fsS -o /dev/null --max-time ${t} ${s}`;if(r.has("wget"))return`wget -q -T ${t} -O /dev/null ${s}`;const i=`printf 'GET %s HTTP/1.0\\r\\nHost: 127.0.0.1\\r\\n\\r\\n' ${$.quote(n)}`,d="read -r _ code _ && case $code in 2*|3*) ;; *) exit 1 ;; esac";if(r.has("nc"))return`${i} | nc -w ${t} 127.0.0.1 ${o} | { ${d}; }`;if(r.has("bash"))return`bash -c ${$.quote(`exec 3<>/dev/tcp/127.0.0.1/${o} || exit 1; ${i} >&3; { ${d.replace("read -r",`read -t ${t} -r`)}; } <&3`)}`}a(nc,"httpCheck");function Kr(e,t,r){return r.has("nc")?`nc -z -w ${t} 127.0.0.1 ${e}`:r.has("bash")?`bash -c 'exec 3<>/dev/tcp/127.0.0.1/${e}'`:void 0}a(Kr,"tcpCheck");const oc=3e3;function sc(e,t){const{server:r,owner:n,resource:o,run:s,facts:i,head:d}=t,{spec:c}=s,{stateDir:l}=r.account,u=ne(l,o),m=Object.entries(f.ownerLabels(n)).map(([y,v])=>`${y}=${v}`),h=Qe({...c,env:{}}),g={[`${f.labelPrefix}.deployment`]:d.id,[`${f.labelPrefix}.spec`]:se(c)},w=e.stopFirst?"stop-first":void 0,b=za({variables:{id:d.id,resource:o,folder:u.folder,secrets:u.secrets,log:u.log(d.id),image:c.image,image_known:"",platform:i.engine.platform,network:f.networkName(n),network_labels:Object.entries(f.ownerLabels({...n,service:void 0})).map(([y,v])=>`--label ${y}=${v}`).join(" "),user:c.user??"",replicas:c.replicas,timeout:c.timeout,grace:O.seconds(c.stopGracePeriod),drain:c.drain,keep:c.keep,own_filters:m.map(y=>`--filter label=${y}`).join(" "),prober:"container",prober_image:Yr,manager:1,target:e.target,strategy:e.strategy,on_failure:c.update.failure,has_healthcheck:e.healthcheck===void 0?0:1,secret_labels:m.map(y=>`--label ${y}`).join(" "),known_secrets:h.join(" "),schedule_patience:oc},readiness:c.readiness,switchTo:W({stateDir:l,resource:o,slot:e.slot}),switchBack:W({stateDir:l,resource:o,slot:e.previousSlot}),guard:t.guard,freeing:t.freeing,together:t.together}),k=a((y,v)=>O.serviceSpec({name:y,owner:n,spec:{...c,update:{...c.update,order:w??c.update.order},rollback:{...c.rollback,order:w??c.rollback.order},...v},reveal:zr(s,r.name),aliases:y===e.target?[y,n.service??""]:[y],labels:g,containerLabels:g,healthcheck:e.healthcheck}),"service");return{server:r,id:`deploy-${d.id}`,script:b,servesOn:i.current!==void 0,timeout:c.timeout,files:{record:_r({...d,strategy:e.strategy,slot:e.slot,previousImage:e.previousImage,logPath:u.log(d.id)}),"service.json":k(e.target,{}),...e.proof?{"proof.json":k(`${e.target}-proof`,{ports:[],kind:"replicated",replicas:1})}:{},...t.registryAuth===void 0?{}:{"registry-auth":t.registryAuth},...Wr(s)}}}a(sc,"swarmJob");function ic(e){const{server:t,id:r,image:n,platform:o,timeout:s,dockerConfig:i,wantsTools:d}=e;return{server:t,id:`pull-${r}`,script:Ja({image:n,image_known:"",platform:o,timeout:s,wants_tools:d?1:0,tools_file:Ye(t.account.stateDir,n)}),files:i===void 0?{}:{"config.json":i},servesOn:!1,timeout:s}}a(ic,"pullJob");function ac(e,t){const{server:r,id:n,resource:o,guard:s,timeout:i}=t,{stateDir:d}=r.account;return{server:r,id:`switch-${n}`,script:Wa({switchTo:W({stateDir:d,resource:o,slot:e.slot}),switchBack:W({stateDir:d,resource:o,slot:e.previousSlot}),guard:s,timeout:i}),files:{},servesOn:!0,timeout:i}}a(ac,"proxyJob");function cc({server:e,resource:t,spec:r,facts:n,tools:o,force:s=!1}){lc(e,r,n);const{current:i}=n,d=n.activeSlot,c=se(r),l=i?.mode==="swarm"&&n.services.some(w=>w.deployment===i.id&&w.specHash===c&&w.running>0&&w.running>=w.desired),u=o===void 0&&tt(r.readiness)?void 0:rc(r.readiness,o??new Set),m=dc(r,o,u),h=m==="blue-green"?Ee(d):void 0,g=Vr(r)||r.update.order==="stop-first";return{server:e,mode:"swarm",action:l&&!s?"none":"deploy",strategy:m,target:h===void 0?t:ce(t,h),slot:h,previousSlot:d,healthcheck:u,stopFirst:g,proof:i!==void 0&&r.readiness.source!=="running"&&Vr(r),previousImage:i?.pinnedImage,changes:[...Rr(n,"swarm"),...Or(i?.spec,r)],notes:[...uc(r,m,o,u,i!==void 0),...jr(r)]}}a(cc,"planSwarm");const Vr=a(e=>e.ports.some(t=>t.mode==="host"),"hasHostPort");function dc(e,t,r){const{readiness:n}=e;return n.source==="running"||r!==void 0||e.ports.length>0||n.source==="port"&&t?.has("healthcheck")===!0?"rolling":"blue-green"}a(dc,"strategyFor");function lc(e,t,r){const{network:n}=r;if(n!==void 0&&!n.owned)throw new f.DrayageError("NOT_OWNED",`A network with the name of this environment exists on ${e}, but Drayage did not make it.`,{hint:"docker network inspect shows what uses it; rename it, or choose another project or environment name."});if(n!==void 0&&(n.driver!=="overlay"||!n.attachable))throw new f.DrayageError("DEPLOY_IMPOSSIBLE",`The environment's network on ${e} is a ${n.driver} network from deployments without Swarm; Swarm services need an attachable overlay network.`,{hint:"Remove the services of the environment and the network first, or set `deploy.mode: standalone`."});if(t.image.startsWith("sha256:"))throw new f.DrayageError("DEPLOY_IMPOSSIBLE",`Image ${t.image} exists on ${e} only, and Swarm may run it on any node.`,{hint:"Name a repository under `image`, so that every node can pull it."});Nr(e,t,r)}a(lc,"checkPossible");function uc(e,t,r,n,o){const{readiness:s}=e;if(s.source==="running")return["No health check, domain or port is given, so Swarm counts a task as healthy when it runs."];if(r===void 0&&tt(s))return["Rolling if the image has a shell and curl, wget, nc or bash for the health check, else blue/green: known once it is pulled."];if(t==="blue-green")return["The image has no shell or nothing that can check its health, so a second service is probed from the network and then takes over."];const i=n===void 0?[]:["The health check runs inside the container (HEALTHCHECK); Swarm keeps an old task until the new one is healthy."];return n===void 0&&s.source==="health"&&i.push("The image has nothing that can check its health, and published ports allow no second service beside it: Swarm counts a task as healthy when it runs."),o&&e.ports.some(d=>d.mode==="host")&&i.push("A port of a node (mode host) has one owner: there, the old task stops before the new one starts, with a gap."),i}a(uc,"notesOn");async function fc(e,t){const{resource:r,run:n,head:o,lease:s,force:i}=t,d=t.nodes.find(h=>h.facts.swarm.manager);if(d===void 0)throw new f.DrayageError("INTERNAL_BUG","A Swarm deployment has no manager.");const{server:c,facts:l}=d,u=a(h=>cc({server:c.name,resource:r,spec:n.spec,facts:l,tools:h,force:i}),"decide"),m=u(l.tools);return m.action==="none"?(e.report.note(`${o.service}: ${o.pinnedImage} runs as wanted; nothing to do.`),{status:"unchanged",plans:[m]}):e.report.phase(`${o.service}: deploy`,async h=>{if(s===void 0)return et(h,m),{status:"planned",plans:[m]};const g=(await pc(e,h,t)).get(c.name),w=u(g??l.tools??new Set);et(h,w);const k=w.slot!==void 0||w.previousSlot!==void 0?t.proxies.filter(v=>v!==c):[],y=[sc(w,{...t,server:c,facts:l,head:{...o,mode:"swarm"},guard:s.guard(c.name),freeing:t.ownsLease?s.freeing(c.name):"",together:k.length>0}),...k.map(v=>ac(w,{server:v,id:o.id,resource:r,guard:s.guard(v.name),timeout:n.spec.timeout}))];return await Ke(e,h,y,s),{status:"done",plans:[w]}})}a(fc,"rollSwarm");async function pc(e,t,r){const{head:n,run:o,dockerConfig:s,lease:i}=r,d=r.nodes.map(({server:u,facts:m})=>ic({server:u,id:n.id,image:n.pinnedImage,platform:m.engine.platform,timeout:o.spec.timeout,dockerConfig:s,wantsTools:m.swarm.manager&&m.tools===void 0&&tt(o.spec.readiness)})),c=await Promise.all(d.map(u=>Ke(e,t,[u],i))),l=new Map;for(const{server:u,events:m}of c.flat()){const h=m.find(g=>g.event==="tools");h!==void 0&&l.set(u,new Set(h.tools.split(" ").filter(g=>g!=="")))}return l}a(pc,"pullOnAll");const hc=75e3;async function Xr(e,t){const{project:r,service:n}=t,o=await nt(e,n.deploy.servers);if(o.length===0)throw new f.DrayageError("DEPLOY_IMPOSSIBLE",`Service ${n.name} names no server to run on.`,{hint:"Set `deploy.servers`."});const s=Qr(r,n),i=f.resourceName(s),d=Jt(Bt(r.registries,t.image)),c={owner:s,resource:i,image:Mi(t.image),registryAuth:d},l=`${n.name}: look at ${n.deploy.servers.join(", ")}`;if(t.lease!==void 0||t.dryRun){const w=await e.report.phase(l,()=>oa(e,o,c));return Zr(e,t,w,t.lease)}const u=await $c(e,t,o),{lease:m,nodes:h}=await e.report.phase(l,w=>sa(e,w,o,c,{resource:i,places:u,wait:t.lockWait??hc}));let g=!1;try{const w=await Zr(e,t,h,m);return g=w.status==="done"&&u.length===1,w}finally{const w=m.release();g||await w}}a(Xr,"roll");async function Zr(e,t,r,n){const{project:o,service:s}=t,i=Qr(o,s),d=f.resourceName(i),c=Bt(o.registries,t.image),l=Jt(c),u=mc(t,r),m=(u==="swarm"?r.find(_=>_.facts.swarm.manager):r[0])??r[0];if(m===void 0)throw new f.DrayageError("INTERNAL_BUG","There is no node to decide for.");const h=Hi(t.image,m.server.name,m.facts),g=t.resolve(h),w={id:Bi(),title:t.title,commit:t.commit,pinnedImage:h,resource:d,service:s.name,...qi(e.run),specHash:se(g.spec),spec:g.spec},b=u==="swarm"?await nt(e,o.proxy?.servers??[]):[],k={owner:i,resource:d,nodes:r,proxies:b,run:g,head:w,dockerConfig:l===void 0?void 0:Ue([c]),registryAuth:l,lease:n,ownsLease:t.lease===void 0,force:t.force??!1},y=u==="swarm"?await fc(e,k):await tc(e,k),v=m.facts.current;return{deploymentId:y.status==="done"?w.id:v?.id??"",status:y.status,pinnedImage:h,previousImage:v?.pinnedImage,nodes:y.plans}}a(Zr,"rollUnder");function mc({mode:e,service:t},r){const n=e??(t.deploy.mode==="auto"?void 0:t.deploy.mode),o=r.find(i=>i.facts.current!==void 0)?.facts.current?.mode,s=n??o??(r.some(i=>i.facts.swarm.active)?"swarm":"standalone");if(s==="swarm"&&!r.some(i=>i.facts.swarm.manager)){const i=r.map(d=>d.server.name).join(", ");throw new f.DrayageError("DEPLOY_IMPOSSIBLE",`Service ${t.name} is to run on a Swarm, but none of its servers (${i}) is a manager of one.`,{hint:"Add a manager to `deploy.servers`, run `drayage setup-deploy-node`, or set `deploy.mode: standalone`."})}return s}a(mc,"modeFor");async function $c(e,{project:t,service:r,mode:n},o){if((n??r.deploy.mode)==="standalone")return o;const s=await nt(e,t.proxy?.servers??[]);return[...new Set([...o,...s])]}a($c,"lockPlaces");function nt(e,t){return Promise.all(t.map(r=>e.connect(r)))}a(nt,"connectAll$1");function Qr(e,t){const{organization:r,name:n,environment:o}=e;return{organization:r,project:n,environment:o,service:t.name}}a(Qr,"ownerOf$1");async function en(e,t){const{project:r,image:n}=t,o=p.pickService(r,t.service);Fi(n);const s=f.resourceName({organization:r.organization,project:r.name,environment:r.environment,service:o.name});return Xr(e,{project:r,service:o,image:n,resolve:a(i=>Br(s,o.deploy,o.domains,i),"resolve"),commit:t.commit,title:t.title??(t.commit===void 0?`Deploy ${n}`:`Deploy ${t.commit.slice(0,12)}`),dryRun:t.dryRun??!1,lease:t.lease,lockWait:t.lockWait})}a(en,"deployService");const gc=Object.freeze(Object.defineProperty({__proto__:null,deployService:en},Symbol.toStringTag,{value:"Module"})),P={locked:74,overtaken:75,changedMeanwhile:76,refused:77,notRunning:78,notConnected:79};function tn(e){return`(cd ${$.quote(q(e).routes)} 2>/dev/null && for file in *.json; do
  if [ -e "$file" ]; then echo "$file"; cat "$file"; fi
done) | sha256sum | cut -d' ' -f1
`}a(tn,"stateScript");function wc(e){const{stateDir:t,resource:r,expected:n,route:o,proxy:s,connect:i,guard:d}=e,c=q(t),l=`${c.routes}/${r}.json`,u=e.obsolete.flatMap(m=>["crt","key"].map(h=>`${c.certificates}/${m}.${h}`));return`exec 9>${$.quote(c.lock)}
flock -w 60 9 || exit ${P.locked}
${d}
[ "$( ${tn(t).trim()} )" = ${$.quote(n)} ] || exit ${P.changedMeanwhile}
[ "$(docker inspect -f '{{.State.Running}}' ${I} 2>/dev/null)" = true ] || exit ${P.notRunning}
${i===void 0?"":yc(i)}${s.kind==="caddy"?vc(c.caddyConfig,s.config):kc(t,r,s.files)}
${o===void 0?`rm -f ${$.quote(l)}`:ot(l,o)}
${u.length===0?"":`rm -f ${$.quoteArgv(u)}
`}sync ${$.quote(c.routes)} 2>/dev/null
:
`}a(wc,"activateScript");function yc(e){return`if ! said=$(docker network connect ${$.quote(e)} ${I} 2>&1); then
  case $said in *'already exists'*) ;; *) echo "$said"; exit ${P.notConnected} ;; esac
fi
`}a(yc,"connectScript");function vc(e,t){const r=`${e}.next`,n=["docker","exec",I,"caddy","reload","--config",`${R.caddyConfig}.next`];return`${rn(r,t)}
if ! said=$(${$.quoteArgv(n)} 2>&1); then
  rm -f ${$.quote(r)}
  echo "$said"
  exit ${P.refused}
fi
mv -f ${$.quote(r)} ${$.quote(e)}`}a(vc,"loadCaddy");function kc(e,t,r){const n=U(e),o=a(l=>`${n.slots}/${t}.${l}.yml`,"slotFile"),s=`${n.dynamic}/${t}.yml`,i=q(e).traefikConfig;if(r.targets===void 0)return`rm -f ${$.quoteArgv([s,...["plain","blue","green"].map(o)])}`;const d=Object.entries(r.targets).map(([l,u])=>ot(o(l),u)),c=r.static===void 0?"":`${ot(i,r.static)}
docker restart ${I} >/dev/null
`;return`${d.join(`
`)}
target=plain
for slot in green blue green; do
  if [ -e ${$.quote(`${n.active}/${t}`)}/$slot ]; then target=$slot; break; fi
done
cp ${$.quote(`${n.slots}/${t}`)}.$target.yml ${$.quote(`${n.dynamic}/.${t}.next`)} &&
mv -f ${$.quote(`${n.dynamic}/.${t}.next`)} ${$.quote(s)} || exit 1
${c}`}a(kc,"writeTraefik");function ot(e,t){return`${rn(`${e}.next`,t)}
mv -f ${$.quote(`${e}.next`)} ${$.quote(e)} || exit 1`}a(ot,"writeFile");function rn(e,t){return`cat >${$.quote(e)} <<'END_OF_FILE' || exit 1
${t.trimEnd()}
END_OF_FILE`}a(rn,"heredoc");async function bc(e,{plan:t,wish:r,guard:n}){const{stateDir:o}=e.account,{certificates:s,authorities:i}=q(o),d=t.missing.certificates.flatMap(h=>{const g=r.certificates.get(h);return g===void 0?[]:[async()=>{await e.upload(`${s}/${h}.crt`,g.cert,420),await e.upload(`${s}/${h}.key`,g.key,384)}]}),{authority:c}=r;c!==void 0&&t.missing.authority&&d.push(()=>e.upload(`${i}/${c.name}`,c.pem,420)),await Promise.all(d.map(h=>h()));const{exitCode:l,stdout:u,stderr:m}=await e.script(wc({...t.activation,stateDir:o,guard:n}),{accept:"any",purpose:"Configuring the proxy"});if(l===0)return!0;if(l===P.changedMeanwhile)return!1;throw _c(e.name,l,`${u}${m}`.trim())}a(bc,"applyDomains");function _c(e,t,r){switch(t){case P.locked:return new f.DrayageError("LOCK_HELD",`${e}: another run has been configuring the proxy for a minute.`,{hint:"Wait for it to end, then try again."});case P.overtaken:return new f.DrayageError("LOCK_LOST",`${e}: another run has taken over; the proxy was left as it was.`);case P.notRunning:return new f.DrayageError("PROXY_NOT_RUNNING",`${e}: the proxy stopped meanwhile.`,{hint:`drayage setup-deploy-node --server ${e}`});case P.notConnected:return new f.DrayageError("DOMAIN_IMPOSSIBLE",`${e}: the proxy could not be connected to the service's network: ${r}`,{hint:"Deploy the service first."});case P.refused:return new f.DrayageError("PROXY_REFUSED",`${e}: the proxy refused the configuration: ${Ec(r)}`,{output:r});default:return new f.DrayageError("PROXY_REFUSED",`${e}: the proxy could not be configured: ${r.split(`
`).at(-1)||`exit status ${t}`}`,{output:r})}}a(_c,"explain");function Ec(e){return(e.split(`
`).findLast(r=>r.startsWith("Error:"))??e.split(`
`).at(-1)??"").replace(/^Error: (sending configuration to instance: )?(caddy responded with error: )?/,"")}a(Ec,"wordsOf");function Sc(){const e=new Dn.Resolver({timeout:2e3,tries:2});return{a:a(t=>e.resolve4(t).catch(()=>[]),"a"),aaaa:a(t=>e.resolve6(t).catch(()=>[]),"aaaa")}}a(Sc,"publicLookup");async function Oc(e,t,r){if(t.startsWith("*.")||r.length===0)return[];const[n,o,s]=await Promise.all([e.a(t),e.aaaa(t),Dc(e,r)]);if(s.size===0)return[];const i=[...s].join(", ");return n.length===0&&o.length===0?[`${t} has neither an A nor an AAAA record; it should point to ${i}.`]:[...n,...o].filter(c=>!s.has(c)).map(c=>{const l=c.includes(":")?"AAAA":"A";return`${t} has the ${l} record ${c}, which is none of ${i}: visitors and certificate authorities may go there (behind a CDN this is meant to be so).`})}a(Oc,"checkRecords");async function Dc(e,t){const r=await Promise.all(t.map(async n=>_e.isIP(n)?[n]:[...await e.a(n),...await e.aaaa(n)]));return new Set(r.flat())}a(Dc,"addressesOf");async function Tc(e,{resource:t,network:r,kind:n}){const{stateDir:o}=e.account,s=q(o),i=n==="caddy"?s.caddyConfig:s.traefikConfig,d=`say() { printf '%s\\t%s\\n' "$1" "$2"; }
encoded() { printf '%s\\t' "$1"; base64 | tr -d '\\n'; echo; }
say now "$(date +%s)"
say state "$( ${tn(o).trim()} )"
for file in ${$.quote(s.routes)}/*.json; do
  if [ -e "$file" ]; then encoded "route \${file##*/}" <"$file"; fi
done
for file in ${$.quote(s.certificates)}/*.key; do
  if [ -e "$file" ]; then file=\${file##*/}; say certificate "\${file%.key}"; fi
done
for file in ${$.quote(s.authorities)}/*.pem; do if [ -e "$file" ]; then say authority "\${file##*/}"; fi; done
if [ -e ${$.quote(i)} ]; then encoded config <${$.quote(i)}; fi
if [ -e ${$.quote(`${s.dynamic}/${t}.yml`)} ]; then encoded dynamic <${$.quote(`${s.dynamic}/${t}.yml`)}; fi
{ ${O.batchScript([`/containers/${I}/json`,`/networks/${r}`,"/info"].map(l=>({path:l})))} } 2>/dev/null | encoded engine
`,{stdout:c}=await e.script(d,{purpose:"Reading the state of the proxy"});return Ac(c,e.name)}a(Tc,"readProxy");function Ac(e,t){const r=e.split(`
`).flatMap(u=>{const[m,h]=u.split("	");return m===void 0||h===void 0?[]:[[m,h]]}),n=a(u=>r.filter(([m])=>m===u).map(([,m])=>m),"all"),o=a(u=>Buffer.from(u??"","base64").toString("utf8"),"decode"),s=r.filter(([u])=>u.startsWith("route ")).map(([u,m])=>{const h=Cn(o(m));if(h!==void 0)return h;throw new f.DrayageError("PROXY_REFUSED",`${t}: the route file ${u.slice(6)} is damaged or of a newer version.`,{hint:`Look at it there, and remove it where it is damaged: $DRAYAGE_STATE/proxy/routes/${u.slice(6)}`})}),[i,d,c]=O.parseBatch(o(n("engine")[0])).map(({status:u,body:m})=>u===200?H(m):void 0),l=H(H(i?.Config).Labels)[Se];return{state:n("state")[0]??"",routes:s,config:o(n("config")[0]),dynamic:o(n("dynamic")[0]),certificates:new Set(n("certificate")),authorities:new Set(n("authority")),kind:l==="caddy"||l==="traefik"?l:void 0,running:H(i?.State).Running===!0,networks:new Set(Object.keys(H(H(i?.NetworkSettings).Networks))),network:d===void 0?void 0:{labels:H(d.Labels)},inSwarm:H(c?.Swarm).LocalNodeState==="active",now:Number(n("now")[0]??0)}}a(Ac,"parseProxyState");function H(e){return typeof e=="object"&&e!==null?e:{}}a(H,"record");const L=p.string().min(1),st=p.string().regex(/^\d+(ms|s|m)$/),Ic=p.strictObject({entryPoints:p.array(p._enum(["web","websecure"])).min(1),rule:L,priority:p.int().positive(),service:L,middlewares:p.array(L).optional(),tls:p.strictObject({certResolver:L.optional()}).optional()}),xc=p.strictObject({loadBalancer:p.strictObject({servers:p.array(p.strictObject({url:p.url()})).min(1),passHostHeader:p.boolean(),serversTransport:L})}),Rc=p.union([p.strictObject({redirectScheme:p.strictObject({scheme:p.literal("https"),permanent:p.literal(!0)})}),p.strictObject({retry:p.strictObject({attempts:p.int().positive(),initialInterval:st})})]),Nc=p.strictObject({maxIdleConnsPerHost:p.int().positive(),forwardingTimeouts:p.strictObject({dialTimeout:st,idleConnTimeout:st})}),jc=p.strictObject({http:p.strictObject({routers:p.record(L,Ic),services:p.record(L,xc),middlewares:p.record(L,Rc),serversTransports:p.record(L,Nc)}),tls:p.strictObject({certificates:p.array(p.strictObject({certFile:L,keyFile:L})).min(1)}).optional()});function it(e,t){const{resource:r}=e,n=t===void 0?r:ce(r,t),o={http:{routers:{},services:{},middlewares:{},serversTransports:{}}};o.http.middlewares[`${r}-retry`]={retry:{attempts:60,initialInterval:"50ms"}},o.http.serversTransports[r]={maxIdleConnsPerHost:128,forwardingTimeouts:{dialTimeout:"2s",idleConnTimeout:"3s"}};for(const[s,i]of e.domains.entries())Pc(o,e,i,`${r}-${s}`,n);return p.distExports.stringify(jc.parse(o),{lineWidth:0,aliasDuplicateObjects:!1})}a(it,"traefikDynamic");function Pc(e,t,r,n,o){const{routers:s,services:i,middlewares:d}=e.http,c={rule:Cc(r),priority:Fc(r),service:n},l=`${t.resource}-retry`;if(i[n]={loadBalancer:{servers:[{url:`http://${o}:${r.port}`}],passHostHeader:!0,serversTransport:t.resource}},!r.https){s[n]={entryPoints:["web"],...c,middlewares:[l]};return}d[`${n}-https`]={redirectScheme:{scheme:"https",permanent:!0}},s[`${n}-http`]={entryPoints:["web"],...c,middlewares:[`${n}-https`]};const u=r.certificate.kind==="letsencrypt"?{certResolver:xe(t.acme)}:{};s[n]={entryPoints:["websecure"],...c,middlewares:[l],tls:u},r.certificate.kind==="custom"&&Lc(e,r.certificate.name)}a(Pc,"addDomain");function Lc(e,t){const r=`${R.certificates}/${t}.crt`,n=e.tls?.certificates??[];n.some(o=>o.certFile===r)||(e.tls={certificates:[...n,{certFile:r,keyFile:`${R.certificates}/${t}.key`}]})}a(Lc,"addCertificate");function Cc({host:e,path:t}){const r=e.startsWith("*.")?`HostRegexp(\`^[^.]+\\.${e.slice(2).replaceAll(".","\\.")}$\`)`:`Host(\`${e}\`)`,n=Y(t);return n===""?r:`${r} && (Path(\`${n}\`) || PathPrefix(\`${n}/\`))`}a(Cc,"ruleOf");function Fc({host:e,path:t}){return(e.startsWith("*")?1e4:2e4)+Math.min(Y(t).length,9999)}a(Fc,"priorityOf");function Mc(e,t,r){const n=t.flatMap(({acme:s,domains:i})=>s!==void 0&&i.some(({certificate:d})=>d.kind==="letsencrypt")?[s]:[]);return{static:n.every(s=>r.includes(xe(s)))?void 0:vt(n),targets:e===void 0?void 0:{plain:it(e,void 0),blue:it(e,"blue"),green:it(e,"green")}}}a(Mc,"traefikFiles");function Hc(e,t,r,n){const{route:o}=r;Uc(e,t,n);const s=n.routes.find(({resource:k})=>k===o.resource),i=n.routes.filter(({resource:k})=>k!==o.resource);Gc(e,o,s),Bc(e,o,i);const d=o.domains.length>0&&!n.networks.has(o.network);if(d&&n.network===void 0&&!n.inSwarm)throw new f.DrayageError("DOMAIN_IMPOSSIBLE",`${e} has no network ${o.network}: the service does not run there.`,{hint:`Deploy it there first, or take ${e} out of proxy.servers.`});const c=o.domains.length===0?void 0:o,l=[...i,...c===void 0?[]:[c]].sort((k,y)=>k.resource<y.resource?-1:1),u=t==="caddy"?{kind:t,config:`${JSON.stringify($t(l),null,2)}
`}:{kind:t,files:Mc(c,l,n.config)},m=[...r.certificates.keys()].filter(k=>!n.certificates.has(k)),h=r.authority!==void 0&&!n.authorities.has(r.authority.name),g=[...d?[`connect the proxy to ${o.network}`]:[],...qc(s?.domains??[],o.domains),...m.map(k=>`store the certificate ${k}`)],w=u.kind==="caddy"?n.config===u.config:zc(u.files,n),b=c===void 0?s===void 0:s!==void 0&&Ie(s)===Ie(c);return g.length===0&&(!w||!b)&&g.push("bring the configuration of the proxy up to date"),{changes:g,activation:{resource:o.resource,expected:n.state,route:c===void 0?void 0:Ie(c),proxy:u,connect:d?o.network:void 0,obsolete:sn(s===void 0?[]:[s]).filter(k=>!sn(l).includes(k))},missing:{certificates:m,authority:h}}}a(Hc,"planDomains");function Uc(e,t,{kind:r,running:n}){if(n&&r===t)return;const o=r===void 0?"there is none":r===t?`the container ${I} is stopped`:`it is ${r}, drayage.yml says ${t}`;throw new f.DrayageError("PROXY_NOT_RUNNING",`${e}: the proxy does not run (${o}).`,{hint:`drayage setup-deploy-node --server ${e}`})}a(Uc,"requireProxy");function Gc(e,t,r){if(!(r===void 0||JSON.stringify(nn(r.owner))===JSON.stringify(nn(t.owner))))throw new f.DrayageError("DOMAIN_TAKEN",`${e}: the name ${t.resource} belongs to ${on(r)}.`,{hint:"Rename the project, the environment or the service."})}a(Gc,"requireOwn");function Bc(e,t,r){const n=a(({host:s,path:i})=>`${s} ${Y(i)}`,"key"),o=new Map(r.flatMap(s=>s.domains.map(i=>[n(i),s])));f.throwAll(t.domains.flatMap(s=>{const i=o.get(n(s));return i===void 0?[]:[new f.DrayageError("DOMAIN_TAKEN",`${e}: ${ke(s)} is served by ${on(i)} already.`)]}))}a(Bc,"requireFree");const nn=a(e=>Object.entries(e).sort(),"sorted");function on({owner:e,resource:t}){const r=a(n=>Object.entries(e).find(([o])=>o.endsWith(`.${n}`))?.[1],"part");return`the service ${r("service")??t} of project ${r("project")??"?"}, environment ${r("environment")??"?"}`}a(on,"describe");function qc(e,t){const r=a(s=>new Set(s.map(Yc)),"texts"),[n,o]=[r(e),r(t)];return[...[...o].filter(s=>!n.has(s)).map(s=>`add ${s}`),...[...n].filter(s=>!o.has(s)).map(s=>`remove ${s}`)]}a(qc,"differences");function Yc(e){const t=e.certificate.kind==="custom"?`custom ${e.certificate.name}`:e.certificate.kind;return`${ke(e)} to port ${e.port} (certificate: ${t})`}a(Yc,"describeDomain");const ke=a(({host:e,path:t,https:r})=>`${r?"https":"http"}://${e}${t}`,"urlOf");function zc({static:e,targets:t},{dynamic:r}){return e!==void 0?!1:t===void 0?r==="":Object.values(t).includes(r)}a(zc,"traefikInForce");function sn(e){return e.flatMap(({domains:t})=>t.flatMap(({certificate:r})=>r.kind==="custom"?[r.name]:[]))}a(sn,"certificateNames");const Jc=/urn:ietf:params:acme:error:(caa|connection|dns|incorrectResponse|rateLimited|rejectedIdentifier|tls|unauthorized|unsupportedIdentifier|accountDoesNotExist|externalAccountRequired|invalidContact|unsupportedContact|userActionRequired)/;async function Wc(e,t,r){const{stdout:n}=await e.script(`docker logs --since ${r} --tail 400 ${I} 2>&1`,{accept:"any",purpose:"Reading the log of the proxy"});return Kc(n,t)}a(Wc,"readAcmeFailure");function Kc(e,t){const r=e.split(`
`).flatMap(o=>{const s=Xc(o),i=JSON.stringify([s?.identifier,s?.identifiers,s?.domains,s?.error]);return s!==void 0&&(s.level==="error"||s.msg==="challenge failed")&&i.includes(t)&&typeof s.error=="string"?[s.error]:[]}),n=r.findLast(o=>o.includes("urn:"))??r.at(-1);return n===void 0?void 0:{reason:Vc(n),final:Jc.test(n)}}a(Kc,"findAcmeFailure");function Vc(e){const t=/HTTP (\d+) (urn:ietf:params:acme:error:)?(\w+) - (.*)/s.exec(e);if(t===null)return e.trim();const[,,,r,n=""]=t;return`${n.replace(/\s*\((order|ca)=.*$/s,"").trim()} (${r})`}a(Vc,"shorten");function Xc(e){try{const t=JSON.parse(e);return typeof t=="object"&&t!==null?t:void 0}catch{return}}a(Xc,"parse$1");const at=1e4;async function Zc(e,t){const r=await Qc(e,t),n=setTimeout(()=>r.destroy(new Error(`no answer within ${at/1e3} s`)),at);try{const o=t.https?await ed(r,t):r,s=t.https?td(o,t.host):void 0;return{...await rd(o,t),certificate:s}}finally{clearTimeout(n),r.destroy()}}a(Zc,"ask");async function Qc(e,{https:t,address:r}){const n=t?443:80;try{return await e.dial("127.0.0.1",n)}catch(o){if(!(o instanceof f.DrayageError&&o.code==="SSH_FORWARDING_REFUSED")||r===void 0)throw o;return new Promise((s,i)=>{const d=_e.connect({host:r,port:n,timeout:at});d.once("connect",()=>s(d)),d.once("error",i),d.once("timeout",()=>d.destroy(new Error(`${r}:${n} does not answer`)))})}}a(Qc,"reach");function ed(e,{host:t,authorities:r}){return new Promise((n,o)=>{const s=V.connect({socket:e,servername:t.replace(/^\*\./,"any."),ca:[...V.rootCertificates,...r],rejectUnauthorized:!1,ALPNProtocols:["http/1.1"]});s.once("secureConnect",()=>n(s)),s.once("error",o),e.once("error",o),e.once("close",()=>o(new Error("the connection was closed during the TLS handshake")))})}a(ed,"secure");function td(e,t){const r=e.getPeerCertificate();return{issuer:[r.issuer?.O,r.issuer?.CN].flat().filter(Boolean).join(" ")||"unknown",expires:new Date(r.valid_to),sha256:(r.fingerprint256??"").replaceAll(":","").toLowerCase(),trusted:e.authorized,mismatch:V.checkServerIdentity(t.replace(/^\*\./,"any."),r)?.message}}a(td,"read");function rd(e,{host:t,path:r}){return new Promise((n,o)=>{const s={Host:t.replace(/^\*\./,"any."),"User-Agent":"drayage",Accept:"*/*",Connection:"close"},i=Tn.request({createConnection:a(()=>e,"createConnection"),method:"GET",path:r,headers:s},d=>{let c="";d.setEncoding("utf8"),d.on("data",u=>{c.length<2e3&&(c+=u)});const l=a(()=>n({status:d.statusCode??0,location:d.headers.location,body:c.slice(0,2e3)}),"answer");d.once("end",l),d.once("error",o)});i.once("error",o),e.once("error",o),i.end()})}a(rd,"get");async function nd(e,t,r){const n=Date.now();for(let o=50;;o=Math.min(o*1.6,1e3)){e.signal.throwIfAborted();const s=await od(t,r);if("status"in s)return s;const i=Date.now()-n,d=s.code==="CERTIFICATE_NOT_ISSUED",c=d&&i>300?await Wc(t,r.question.host,r.since):void 0,l=d?r.patience.certificate:r.patience.answer;if(c?.final||i>l)throw id(t,r,c===void 0?s:{...s,why:c.reason});await B.setTimeout(o,void 0,{signal:e.signal})}}a(nd,"verifyDomain");async function od(e,t){try{const r=await Zc(e,t.question);return sd(r,t)??r}catch(r){if(r instanceof f.DrayageError&&r.code==="SSH_FORWARDING_REFUSED")throw r;const n=r instanceof Error?r.message:String(r);return t.question.https&&/alert|handshake|SSL/i.test(n)?{code:"CERTIFICATE_NOT_ISSUED",why:"the proxy has no certificate for it"}:{code:"DOMAIN_NOT_ANSWERING",why:n}}}a(od,"attempt");function sd(e,{domain:t,directory:r}){const{certificate:n,status:o}=e;if(n!==void 0){const s=a(i=>({code:"CERTIFICATE_NOT_ISSUED",why:i}),"wrong");if(n.mismatch!==void 0)return s(`another certificate is served (${n.mismatch})`);if(/Caddy Local Authority|TRAEFIK DEFAULT CERT/i.test(n.issuer))return s(`the proxy serves a certificate of its own (${n.issuer})`);if(t.certificate.kind==="custom"&&n.sha256!==ad(t.certificate.cert))return s(`the certificate served is not the one given, but one by ${n.issuer}`);if(t.certificate.kind==="letsencrypt"&&r===le&&!n.trusted)return s(`the certificate by ${n.issuer} is not trusted`);if(n.expires.getTime()<Date.now())return s(`it expired on ${n.expires.toISOString()}`)}if(o>=500)return{code:"DOMAIN_NOT_ANSWERING",why:o===502?"the proxy cannot reach the service (502)":`the service answered ${o}`}}a(sd,"faultOf$1");function id(e,{question:t,patience:r},{code:n,why:o}){const s=`${t.https?"https":"http"}://${t.host}${t.path}`;return n==="CERTIFICATE_NOT_ISSUED"?new f.DrayageError(n,`${e.name}: no certificate for ${t.host}: ${o}`,{hint:`Check that ${t.host} points to ${e.name} and that port 80 is open; the proxy goes on trying by itself.`}):new f.DrayageError(n,`${e.name}: ${s} does not answer as it should: ${o}. Waited ${r.answer/1e3} s.`,{hint:"Look at the service: drayage logs, drayage status"})}a(id,"refusal");const ad=a(e=>new T.X509Certificate(e).fingerprint256.replaceAll(":","").toLowerCase(),"fingerprint");function cd(e,t,r){const n=dd(e,t,r);if(n!==void 0)throw new f.DrayageError("CERTIFICATE_INVALID",`The certificate for ${e} cannot be used: ${n}.`,{hint:"Give the chain as `cert`, leaf first, and its unencrypted private key as `key`, both as PEM text."})}a(cd,"checkPair");function dd(e,{cert:t,key:r},n){const o=an(()=>ld(t))??[],[s]=o;if(s===void 0)return"`cert` holds no certificate in PEM";const i=an(()=>T.createPrivateKey(r));if(i===void 0)return"`key` is not an unencrypted private key in PEM";if(!s.checkPrivateKey(i))return"`key` does not belong to the first certificate of `cert`";if(s.checkHost(e.replace(/^\*\./,"any."),{subject:"never"})===void 0)return`it is for ${s.subjectAltName?.replaceAll("DNS:","")??"no name at all"}`;if(Date.parse(s.validTo)<=n.getTime())return`it expired on ${s.validTo}`;if(Date.parse(s.validFrom)>n.getTime())return`it is not valid before ${s.validFrom}`;const d=o.findIndex((c,l)=>l>0&&!o[l-1]?.checkIssued(c));return d<0?void 0:`certificate ${d+1} in \`cert\` did not sign certificate ${d}`}a(dd,"faultOf");function ld(e){return(e.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)??[]).map(r=>new T.X509Certificate(r))}a(ld,"readChain");function an(e){try{return e()}catch{return}}a(an,"parse");const ud=a((e,t)=>({organization:e.organization,project:e.name,environment:e.environment,service:t.name}),"ownerOf");function fd(e,t,r){const n=ud(e,t),{proxy:o}=e;if(o===void 0)throw new f.DrayageError("DOMAIN_IMPOSSIBLE",`The service ${t.name} has domains, but drayage.yml has no proxy.`,{hint:"Add it: proxy: { type: caddy, servers: [<name>], email: <address> }"});const s=t.domains.flatMap(h=>pd(e,t,h,r));f.throwAll(s);const i=new Map,d=t.domains.map(h=>hd(h,i)),{directory:c,ca:l}=o.acme,u=l===void 0?void 0:{name:`${cn(l)}.pem`,pem:`${l.trim()}
`},m={directory:c,...o.email===void 0?{}:{email:o.email},...u===void 0?{}:{authority:u.name}};return{route:{version:1,resource:f.resourceName(n),network:f.networkName(n),owner:f.ownerLabels(n),...d.some(({certificate:h})=>h.kind==="letsencrypt")?{acme:m}:{},domains:d},certificates:i,authority:d.some(({certificate:h})=>h.kind==="letsencrypt")?u:void 0}}a(fd,"wishFor");function pd(e,t,r,n){const{host:o,https:s,certificate:i}=r,d=a((l,u)=>new f.DrayageError("DOMAIN_IMPOSSIBLE",`${o} (service ${t.name}): ${l}.`,{hint:u}),"impossible"),c=[];if(ue(o)===""&&c.push(d("this is not a host name","Write it without scheme, port and path.")),s&&i.kind==="none"&&c.push(d("`https: true` and `certificate: none` exclude each other","Set https: false where TLS ends before this server, else certificate: letsencrypt.")),s&&i.kind==="letsencrypt"){o.startsWith("*.")&&c.push(d("a wildcard cannot be proven by HTTP-01, the only challenge so far","Name the hosts one by one, or give certificate: { cert, key }."));const l=e.proxy?.servers??[];l.length>1&&c.push(d(`${l.join(" and ")} would each ask for a certificate, and the answers to the challenges would meet the wrong one`,"Give certificate: { cert, key }, or keep one server in proxy.servers."))}if(s&&i.kind==="custom")try{cd(ue(o),{cert:i.cert,key:i.key.reveal()},n)}catch(l){if(!(l instanceof f.DrayageError))throw l;c.push(l)}return c}a(pd,"faultsOf");function hd(e,t){const r={host:ue(e.host),path:e.path,port:e.port,https:e.https},{certificate:n}=e;if(!e.https)return{...r,certificate:{kind:"none"}};if(n.kind!=="custom")return{...r,certificate:{kind:n.kind}};const o=cn(n.cert);return t.set(o,{cert:`${n.cert.trim()}
`,key:`${n.key.reveal().trim()}
`}),{...r,certificate:{kind:"custom",name:o}}}a(hd,"routeDomain");const cn=a(e=>T.createHash("sha256").update(e.trim()).digest("hex").slice(0,16),"hashOf");var dn=a((e,t)=>(t=Symbol[e])?t:Symbol.for("Symbol."+e),"__knownSymbol$1"),ln=a(e=>{throw TypeError(e)},"__typeError$1"),md=a((e,t,r)=>{if(t!=null){typeof t!="object"&&typeof t!="function"&&ln("Object expected");var n,o;n=t[dn("asyncDispose")],n===void 0&&(n=t[dn("dispose")],o=n),typeof n!="function"&&ln("Object not disposable"),o&&(n=a(function(){try{o.call(this)}catch(s){return Promise.reject(s)}},"dispose")),e.push([r,n,t])}else e.push([r]);return t},"__using$1"),$d=a((e,t,r)=>{var n=typeof SuppressedError=="function"?SuppressedError:function(i,d,c,l){return l=Error(c),l.name="SuppressedError",l.error=i,l.suppressed=d,l},o=a(i=>t=r?new n(i,t,"An error was suppressed during disposal"):(r=!0,i),"fail"),s=a(i=>{for(;i=e.pop();)try{var d=i[1]&&i[1].call(i[2]);if(i[0])return Promise.resolve(d).then(s,c=>(o(c),s()))}catch(c){o(c)}if(r)throw t},"next");return s()},"__callDispose$1");const gd={certificate:9e4,answer:3e4};async function un(e,t){const{project:r,service:n}=t,{proxy:o}=r;if(n.domains.length===0&&o===void 0)return[];const s=fd(r,n,new Date);return e.report.phase(`Configure the domains of ${n.name}`,async i=>(await Promise.all((o?.servers??[]).map(async c=>wd(e,t,s,await e.connect(c),i)))).flat())}a(un,"configureDomains");async function wd(e,t,r,n,o){const{plan:s,since:i}=await yd(e,t,r,n,o),{domains:d}=t.service;return t.dryRun?d.map(c=>({url:ke(fn(c)),node:n.name,changed:s?.changes??[]})):Promise.all(d.map(c=>kd(e,t,{server:n,domain:c,since:i,plan:s,phase:o})))}a(wd,"configureNode");async function yd(e,{project:t,dryRun:r,lease:n},o,s,i){var d=[];try{const m=t.proxy?.type;if(m===void 0||m==="external")return i.note(`${s.name}: the proxy is not Drayage's; it is asked, not configured.`),{plan:void 0,since:0};const{resource:h,network:g}=o.route,w=a(async()=>{const _=await Tc(s,{resource:h,network:g,kind:m});return{plan:Hc(s.name,m,o,_),now:_.now}},"look"),b=await w();b.plan.changes.length===0&&i.note(`${s.name}: the domains are configured already, nothing to do.`);for(const _ of b.plan.changes)i.note(`${s.name}: ${_}`);if(r||b.plan.changes.length===0)return{plan:b.plan,since:b.now-600};const k=md(d,n===void 0?await vd(e,s,h,i):void 0,!0),y=(n??k)?.guard(s.name)??"";let v=k===void 0?b:await w();for(let _=0;_<5;_++){if(await bc(s,{plan:v.plan,wish:o,guard:y}))return{plan:b.plan,since:v.now};i.note(`${s.name}: another project changed the proxy meanwhile; planning again.`),v=await w()}throw new f.DrayageError("LOCK_HELD",`${s.name}: other runs keep changing the proxy.`,{hint:"Try again in a minute."})}catch(m){var c=m,l=!0}finally{var u=$d(d,c,l);u&&await u}}a(yd,"bringIntoForce");function vd(e,t,r,n){return $.acquireAll([t],`${r}.domains`,e.run,{wait:6e4,signal:e.signal,onWait:a(({who:o,since:s})=>n.note(`${t.name}: waiting for ${o}, who has been changing its domains since ${s}`),"onWait")})}a(vd,"lock");async function kd(e,t,r){const{server:n,domain:o,since:s,plan:i,phase:d}=r,{project:c}=t,l=fn(o),u=ke(l),{directory:m,ca:h}=c.proxy?.acme??{},g=o.https&&o.certificate.kind==="letsencrypt"&&m===le,w=(c.proxy?.servers??[]).flatMap(v=>c.servers[v]?.host??[]),b=g?Oc(Sc(),l.host,w):Promise.resolve([]),k=c.servers[n.name]?.host,y={host:l.host,path:l.path,https:l.https,authorities:h===void 0?[]:[h],address:k==="local"?void 0:k};try{const v=await nd(e,n,{domain:o,question:y,directory:o.certificate.kind==="letsencrypt"?m:void 0,since:s,patience:t.patience??gd});for(const j of await b)e.report.warn(j);const{certificate:_,status:E}=v,A=_===void 0?"":`, certificate by ${_.issuer} until ${_.expires.toISOString().slice(0,10)}`;return d.note(`${n.name}: ${u} answers ${E}${A}`),E===404&&e.report.warn(`${u} answers 404: the service runs, but has nothing at this path.`),{url:u,node:n.name,status:E,certificateIssuer:_?.issuer,certificateExpires:_?.expires,changed:i?.changes??[]}}catch(v){for(const _ of await b)e.report.warn(_);throw v}}a(kd,"verify");const fn=a(e=>({...e,host:ue(e.host),certificate:{kind:"none"}}),"plainDomain"),bd=Object.freeze(Object.defineProperty({__proto__:null,configureDomains:un},Symbol.toStringTag,{value:"Module"}));async function ct(e,t){const{servers:r,resource:n}=ae(t),o=await Promise.all(r.map(async i=>pn(await e.connect(i),n,e.signal))),s=new Map;for(const[i,d]of o.entries()){const c=r[i]??"";for(const{record:l,isCurrent:u}of d){const m=s.get(l.id);s.set(l.id,{record:m===void 0||m.record.status==="done"?l:m.record,servers:[...m?.servers??[],c],isCurrent:u||(m?.isCurrent??!1)})}}return[...s.values()].sort((i,d)=>i.record.id<d.record.id?1:-1)}a(ct,"deploymentHistory");function ae({project:e,service:t}){const r=p.pickService(e,t),{organization:n,name:o,environment:s}=e,i={organization:n,project:o,environment:s,service:t};return{service:r,owner:i,resource:f.resourceName(i),servers:r.deploy.servers}}a(ae,"placeOf");async function pn(e,t,r){const{stdout:n}=await e.script(_d(e.account.stateDir,t),{purpose:"Reading the deployments",signal:r});return hn(n)}a(pn,"readHistory");function _d(e,t){const{folder:r}=ne(e,t);return`cd ${$.quote(r)} 2>/dev/null || exit 0
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
`}a(_d,"historyScript");function hn(e){const t=e.split(`
`),r=t.find(n=>n.startsWith("current "))?.slice(8);return t.flatMap(n=>{const[o=""]=n.split(" ",1),s=["ended","running","dead"].includes(o)?Er(n.slice(o.length+1)):void 0;return s===void 0?[]:[{record:o==="dead"?Ed(s):s,isCurrent:s.id===r}]})}a(hn,"parseHistory");function Ed(e){return{...e,status:"error",errorCode:"JOB_LOST",errorMessage:"The deployment ended without a result: the node was restarted, or its job was killed."}}a(Ed,"deadRecord");const Sd=Object.freeze(Object.defineProperty({__proto__:null,deploymentHistory:ct,parseHistory:hn,placeOf:ae,readHistory:pn},Symbol.toStringTag,{value:"Module"}));async function Od(e,t){const r=await ct(e,t),n=mn(t.service,r,t.to);return $n(e,t,n,`Roll back to ${n.id}`,!1)}a(Od,"rollbackService");async function Dd(e,t){const n=(await ct(e,t)).find(o=>o.isCurrent)?.record;if(n===void 0)throw new f.DrayageError("DEPLOYMENT_NOT_FOUND",`Service ${t.service} was never deployed here.`,{hint:"drayage up"});return $n(e,t,n,`Redeploy ${n.id}`,!0)}a(Dd,"redeployService");function mn(e,t,r){const n=t.find(l=>l.isCurrent)?.record,o=t.map(l=>l.record).filter(l=>l.status==="done");if(r===void 0){const l=o.find(u=>n!==void 0&&u.id<n.id&&u.specHash!==n.specHash);if(l!==void 0)return l;throw new f.DrayageError("DEPLOYMENT_NOT_FOUND",`Service ${e} has no earlier deployment to go back to; ${o.length} succeeded so far.`,{hint:`drayage history --service ${e}`})}const s=o.filter(l=>l.id.startsWith(r)),[i]=s;if(i!==void 0&&s.length===1)return i;const d=t.find(l=>l.record.id.startsWith(r)&&l.record.status!=="done"),c=s.length>1?`${s.length} deployments begin with it`:d===void 0?"there is no record of it":`it did not succeed (${d.record.status})`;throw new f.DrayageError("DEPLOYMENT_NOT_FOUND",`Service ${e} cannot go back to '${r}': ${c}.`,{hint:`drayage history --service ${e}`})}a(mn,"chooseTarget");async function $n(e,t,r,n,o){const{service:s,resource:i}=ae(t),d=await Ad(e,await Td(e,s),i,r.spec),c=t.refreshSecrets===!0?Id(i,s,r.spec,d):{spec:r.spec,secrets:d};return Xr(e,{project:t.project,service:s,image:r.pinnedImage,mode:r.mode,resolve:a(()=>c,"resolve"),commit:r.commit,title:n,force:o,dryRun:t.dryRun??!1,lease:t.lease,lockWait:t.lockWait})}a($n,"again");async function Td(e,t){return Promise.all(t.deploy.servers.map(r=>e.connect(r)))}a(Td,"holderOf");async function Ad(e,t,r,n){const o=Qe(n),s=new Map;if(o.length===0)return s;await Promise.all(t.map(async i=>{const{secrets:d}=ne(i.account.stateDir,r),c=o.map(u=>`[ -e ${$.quote(`${d}/${u}`)} ] && echo "${u} $(base64 <${$.quote(`${d}/${u}`)} | tr -d '\\n')"`).join(`
`),{stdout:l}=await i.script(`${c}
:`,{purpose:"Reading the stored secrets"});for(const u of l.split(`
`)){const[m,h]=u.split(" ");m!==void 0&&h!==void 0&&s.set(m,Buffer.from(h,"base64").toString("utf8"))}}));for(const i of s.values())e.report.mask(i);return s}a(Ad,"readSecrets");function Id(e,t,r,n){const o=Br(e,t.deploy,t.domains,r.image),s=Object.fromEntries(Object.entries(r.env).map(([d,c])=>[d,O.isReference(c)?o.spec.env[d]??c:c])),i=Object.fromEntries(Object.entries(r.secrets).map(([d,c])=>[d,o.spec.secrets[d]??c]));return{spec:{...r,env:s,secrets:i},secrets:new Map([...n,...o.secrets])}}a(Id,"refreshed");const xd=Object.freeze(Object.defineProperty({__proto__:null,chooseTarget:mn,redeployService:Dd,rollbackService:Od},Symbol.toStringTag,{value:"Module"}));async function gn(e,t){const{servers:r,owner:n,resource:o}=ae(t);return Promise.all(r.map(async s=>{const i=await e.connect(s),d={owner:n,resource:o,stateDir:i.account.stateDir},{stdout:c,stderr:l}=await i.script(ze(d),{purpose:"Looking at the node",accept:"any",signal:e.signal}),{current:u,containers:m}=Je(c,l,d,s);return{server:s,current:u,containers:m.map(h=>({...h,isServing:h.state==="running"&&h.deployment===u?.id}))}}))}a(gn,"serviceStatus");const Rd=Object.freeze(Object.defineProperty({__proto__:null,serviceStatus:gn},Symbol.toStringTag,{value:"Module"}));async function Nd(e,t){const{servers:r,owner:n}=ae(t),o=Object.entries(f.ownerLabels(n)).flatMap(([s,i])=>["--filter",`label=${s}=${i}`]);await Promise.all(r.map(async s=>{const i=await e.connect(s),d=$.quoteArgv(["docker","ps","--all","--format","{{.Names}}",...o]),{stdout:c}=await i.script(d,{purpose:"Listing the containers",signal:e.signal});await Promise.all(c.split(`
`).filter(l=>l!=="").map(l=>{const u=t.follow===!0?"--follow ":"";return i.run(["sh","-c",`exec docker logs ${u}--tail ${t.tail} ${$.quote(l)} 2>&1`],{onOutput:a(m=>t.onOutput(m,`${s} ${l}`),"onOutput"),purpose:`Reading the logs of ${l}`,signal:e.signal})}))}))}a(Nd,"serviceLogs");const jd=Object.freeze(Object.defineProperty({__proto__:null,serviceLogs:Nd},Symbol.toStringTag,{value:"Module"}));async function Pd(e,t){const n=(await Promise.allSettled(t.map(s=>e.connect(s)))).flatMap(s=>s.status==="rejected"?[s.reason]:[]),o=n.find(s=>!(s instanceof f.DrayageError));if(o!==void 0)throw o;f.throwAll(n.filter(s=>s instanceof f.DrayageError))}a(Pd,"connectAll");async function Ld(e,t,r){const{source:n}=r,o=n.kind==="git"?n.url:n.kind==="path"?`the folder ${n.path}`:n.image;return e.report.note(`${r.name}: an image would be built from ${o}; its digest is not known before.`),(await gn(e,{project:t,service:r.name})).find(({current:i})=>i!==void 0)?.current?.pinnedImage}a(Ld,"foreseenImage");function Cd(e,t){const r=new Set(t.flatMap(({build:s})=>s?.servers??[])),n=t.some(({domains:s})=>s.length>0)?e.proxy?.servers??[]:[],o=new Set([...t.flatMap(({deploy:s})=>s.servers),...n]);return{builders:[...r],nodes:[...o].filter(s=>!r.has(s))}}a(Cd,"serversOf");async function Fd(e,t){const r=new AbortController,n={...e,signal:AbortSignal.any([e.signal,r.signal])},o=t.map(async d=>{try{return await d(n)}catch(c){throw r.signal.aborted||r.abort(new f.DrayageError("CANCELLED","Another part of this run has failed.")),c}}),s=await Promise.allSettled(o),i=s.flatMap(d=>d.status==="rejected"?[d.reason]:[]);return i.length>0&&Md(i),s.map(d=>d.status==="fulfilled"?d.value:void 0)}a(Fd,"together");function Md(e){const t=e.flatMap(s=>s instanceof f.ManyErrors?[...s.errors]:[s]),r=t.filter(s=>s instanceof f.DrayageError),n=t.find(s=>!(s instanceof f.DrayageError));if(n!==void 0)throw n;const o=r.filter(({code:s})=>s!=="CANCELLED");throw f.throwAll(o),r[0]}a(Md,"throwCauses");var wn=a((e,t)=>(t=Symbol[e])?t:Symbol.for("Symbol."+e),"__knownSymbol"),yn=a(e=>{throw TypeError(e)},"__typeError"),Hd=a((e,t,r)=>{if(t!=null){typeof t!="object"&&typeof t!="function"&&yn("Object expected");var n,o;n=t[wn("asyncDispose")],n===void 0&&(n=t[wn("dispose")],o=n),typeof n!="function"&&yn("Object not disposable"),o&&(n=a(function(){try{o.call(this)}catch(s){return Promise.reject(s)}},"dispose")),e.push([r,n,t])}else e.push([r]);return t},"__using"),Ud=a((e,t,r)=>{var n=typeof SuppressedError=="function"?SuppressedError:function(i,d,c,l){return l=Error(c),l.name="SuppressedError",l.error=i,l.suppressed=d,l},o=a(i=>t=r?new n(i,t,"An error was suppressed during disposal"):(r=!0,i),"fail"),s=a(i=>{for(;i=e.pop();)try{var d=i[1]&&i[1].call(i[2]);if(i[0])return Promise.resolve(d).then(s,c=>(o(c),s()))}catch(c){o(c)}if(r)throw t},"next");return s()},"__callDispose");async function Gd(e,t){const{project:r}=t,n=p.pickServices(r,t.services),{builders:o,nodes:s}=Cd(r,n);await Pd(e,[...o,...s]);const[i]=await Fd(e,[async c=>(await vn(c,t,o),Bd(c,t,n)),c=>vn(c,t,s)]),d=[];for(const c of i)d.push(await Yd(e,t,c));return d}a(Gd,"up");async function vn(e,{project:t,setup:r,dryRun:n},o){o.length>0&&await Dt(e,{project:t,servers:o,mode:r,dryRun:n})}a(vn,"setUp");async function Bd(e,t,r){const n=[];for(const o of r)n.push(await qd(e,t,o));return n}a(Bd,"makeImages");async function qd(e,{project:t,git:r,dryRun:n},o){var s=[];try{if(o.source.kind==="image")return{service:o,image:o.source.image};if(n)return{service:o,image:await Ld(e,t,o),commit:r.sha};const l={project:t,service:o.name,git:r};if(o.image===void 0){const g=await Ge(e,l);return{service:o,image:g.imageId,commit:g.sourceCommit}}const u=Hd(s,new qe(e,{...l,server:o.build?.servers[0]??""}),!0),m=await Ge(e,{...l,followUp:a(g=>u.followUp(g),"followUp")}),h=await u.finish(m);return{service:o,image:h.pinnedImage,commit:m.sourceCommit}}catch(l){var i=l,d=!0}finally{var c=Ud(s,i,d);c&&await c}}a(qd,"makeImage");async function Yd(e,t,r){const{project:n,title:o,dryRun:s}=t,{service:i,image:d,commit:c}=r,l=d===void 0?zd:await en(e,{project:n,service:i.name,image:d,commit:c,title:o,dryRun:s}),u=i.domains.length===0?[]:await un(e,{project:n,service:i,dryRun:s});return{service:i.name,image:d,commit:c,deployment:l,domains:u}}a(Yd,"deployOne");const zd={deploymentId:"",status:"planned",pinnedImage:"",previousImage:void 0,nodes:[]},Jd=Object.freeze(Object.defineProperty({__proto__:null,up:Gd},Symbol.toStringTag,{value:"Module"}));exports.build=di,exports.configure=bd,exports.deploy=gc,exports.history=Sd,exports.logs=jd,exports.push=Ci,exports.rollback=xd,exports.setup=ns,exports.status=Rd,exports.up=Jd;
