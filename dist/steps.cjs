"use strict";const base=require("./base.cjs"),transport$1=require("./transport.cjs"),promises=require("node:timers/promises"),config=require("./config.cjs"),require$$2$1=require("node:http"),require$$1=require("node:net"),require$$4=require("node:tls"),require$$2=require("node:crypto"),require$$0=require("node:url"),promises$2=require("node:dns/promises"),require$$1$1=require("node:path"),require$$0$1=require("node:stream"),node_fs=require("node:fs"),require$$0$2=require("node:fs/promises"),promises$1=require("node:stream/promises"),require$$3=require("node:zlib"),archive=require("./archive.cjs"),otherSlot=slot=>slot==="blue"?"green":"blue",slotName=(resource,slot)=>`${resource}-${slot}`;function proxyPaths(stateDir){const root=`${stateDir}/proxy`;return{root,active:`${root}/active`,dynamic:`${root}/dynamic`,slots:`${root}/slots`}}const mounted="/drayage",inContainer={active:`${mounted}/active`,dynamic:`${mounted}/dynamic`,certificates:`${mounted}/certificates`,authorities:`${mounted}/authorities`,caddyConfig:`${mounted}/caddy.json`,traefikConfig:`${mounted}/traefik.yml`,adminSocket:"/run/drayage/admin.sock",data:"/data"},proxyContainer="drayage-proxy",dataVolume="drayage-proxy-data",proxyNetwork="0--drayage-proxy",proxyLabel=`${base.labelPrefix}.proxy`,proxySpecLabel=`${base.labelPrefix}.proxy-spec`;function proxyFiles(stateDir){const{root}=proxyPaths(stateDir);return{routes:`${root}/routes`,certificates:`${root}/certificates`,authorities:`${root}/authorities`,caddyConfig:`${root}/caddy.json`,traefikConfig:`${root}/traefik.yml`,dynamic:proxyPaths(stateDir).dynamic,lock:`${root}/lock`}}const defaultImages={caddy:"caddy:2",traefik:"traefik:v3.6"};function proxyContainerSpec(kind,{stateDir,image:image2=defaultImages[kind]}){const options=["--restart","unless-stopped","--stop-timeout","30","--publish","80:80/tcp","--publish","443:443/tcp","--publish","443:443/udp","--volume",`${proxyPaths(stateDir).root}:${mounted}`,"--volume",`${dataVolume}:${inContainer.data}`,"--tmpfs","/run/drayage:mode=700","--log-driver","json-file","--log-opt","max-size=10m","--log-opt","max-file=3"],command=kind==="caddy"?["caddy","run","--config",inContainer.caddyConfig]:["traefik",`--configFile=${inContainer.traefikConfig}`],hash=require$$2.createHash("sha256").update(JSON.stringify([image2,proxyNetwork,options,command])).digest("hex").slice(0,12);return{kind,image:image2,options,command,hash}}const guardContainer="drayage-proxy-guard",guardLabel=`${base.labelPrefix}.proxy-guard`,version="1",image="drayage-empty:1",loop=`trap 'exit 0' TERM INT
while :; do
  case $(docker inspect -f '{{.State.Status}} {{.State.Error}}' ${proxyContainer} 2>/dev/null) in
    running*) docker wait ${proxyContainer} >/dev/null 2>&1 & wait $! ;;
    exited*network* | created*network*) docker start ${proxyContainer} & wait $! ;;
  esac
  sleep 3 & wait $!
done`;function startGuardScript(){const run=["docker","run","--detach","--name",guardContainer,"--label",`${guardLabel}=${version}`],limits=["--restart","unless-stopped","--network","none","--security-opt","label=disable"],socket=["--mount","type=bind,source=/var/run/docker.sock,target=/var/run/docker.sock"];return`if [ "$(docker inspect -f '{{index .Config.Labels "${guardLabel}"}} {{.State.Running}}' ${guardContainer} 2>/dev/null)" != '${version} true' ]; then
  docker rm -f ${guardContainer} >/dev/null 2>&1 || true
  docker image inspect ${image} >/dev/null 2>&1 || head -c 1024 /dev/zero | docker import - ${image} >/dev/null
  set --
  for folder in /bin /lib /lib64 /usr; do
    [ -d $folder ] && set -- "$@" --mount type=bind,source=$folder,target=$folder,readonly
  done
  ${transport$1.quoteArgv([...run,...limits,...socket])} "$@" ${transport$1.quoteArgv([image,"/bin/sh","-c",loop])} >/dev/null
fi
`}function isGuard(labels){return typeof labels=="object"&&labels!==null&&labels[guardLabel]===version}const certificate=config.discriminatedUnion("kind",[config.strictObject({kind:config.literal("letsencrypt")}),config.strictObject({kind:config.literal("none")}),config.strictObject({kind:config.literal("custom"),name:config.string().regex(/^[a-z0-9-]+$/)})]),domain=config.strictObject({host:config.string().min(1),path:config.string().startsWith("/"),port:config.int().min(1).max(65535),https:config.boolean(),certificate}),schema$1=config.strictObject({version:config.literal(1),resource:config.string().regex(/^[a-z0-9][a-z0-9.-]*$/),network:config.string().min(1),owner:config.record(config.string(),config.string()),acme:config.strictObject({directory:config.url(),email:config.string().optional(),authority:config.string().regex(/^[a-z0-9-]+\.pem$/).optional()}).optional(),domains:config.array(domain)}),letsEncrypt="https://acme-v02.api.letsencrypt.org/directory";function printRoute(route){return`${JSON.stringify(schema$1.parse(route),null,2)}
`}function parseRoute(text){try{return schema$1.parse(JSON.parse(text))}catch{return}}const hostName=/^(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/;function asciiHost(host){const wildcard=host.startsWith("*."),name2=require$$0.domainToASCII(wildcard?host.slice(2):host).toLowerCase();return hostName.test(name2)?wildcard?`*.${name2}`:name2:""}function byPrecedence(one,other){return Number(one.host.startsWith("*"))-Number(other.host.startsWith("*"))||compare(one.host,other.host)||trimmed(other.path).length-trimmed(one.path).length||compare(one.path,other.path)}const trimmed=path=>path.replace(/\/+$/,""),compare=(one,other)=>one<other?-1:one>other?1:0;function tlsApp(secure2){const obtained=new Map,given=new Set;for(const{route,domain:domain2}of secure2)domain2.certificate.kind==="custom"&&given.add(domain2.certificate.name),!(domain2.certificate.kind!=="letsencrypt"||obtained.has(domain2.host))&&obtained.set(domain2.host,route.acme??{directory:letsEncrypt});const files=[...given].sort().map(name2=>({certificate:`${inContainer.certificates}/${name2}.crt`,key:`${inContainer.certificates}/${name2}.key`}));return{certificates:{...obtained.size===0?{}:{automate:[...obtained.keys()].sort()},...files.length===0?{}:{load_files:files}},automation:{policies:policies(obtained)}}}function policies(obtained){const groups=new Map;for(const[host,acme]of obtained){const key=JSON.stringify([acme.directory,acme.email,acme.authority]),group=groups.get(key)??{acme,subjects:[]};group.subjects.push(host),groups.set(key,group)}return[...groups.values()].map(({acme,subjects})=>({subjects:subjects.sort(),issuers:[issuer(acme)]}))}function issuer(acme){return{module:"acme",ca:acme.directory,...acme.email===void 0?{}:{email:acme.email},...acme.authority===void 0?{}:{trusted_roots_pem_files:[`${inContainer.authorities}/${acme.authority}`]},challenges:{"tls-alpn":{disabled:!0}}}}const patience$1="5s",pause="50ms",idle$1="3s";function reverseProxy(name2,port2){return{handler:"reverse_proxy",upstreams:[{dial:`${name2}:${port2}`}],load_balancing:{try_duration:patience$1,try_interval:pause},transport:{protocol:"http",dial_timeout:"2s",keep_alive:{idle_timeout:idle$1,max_idle_conns_per_host:128}}}}function whenActive(resource,slot){return[{file:{root:`${inContainer.active}/${resource}`,try_files:[`/${slot}`]}}]}function toService(resource,port2){const toSlot=slot=>({match:whenActive(resource,slot),handle:[reverseProxy(slotName(resource,slot),port2)],terminal:!0});return[{handler:"subroute",routes:[toSlot("green"),toSlot("blue"),toSlot("green"),{handle:[reverseProxy(resource,port2)]}]}]}function entriesOf(routes){return routes.flatMap(route=>route.domains.map(domain2=>({route,domain:domain2}))).sort((one,other)=>byPrecedence(one.domain,other.domain))}function caddyConfig(routes){const entries=entriesOf(routes),secure2=entries.filter(({domain:domain2})=>domain2.https),plain2=entries.map(entry2=>entry2.domain.https?redirect(entry2):forward(entry2));return{admin:{listen:`unix/${inContainer.adminSocket}`,config:{persist:!1}},logging:{logs:{default:{level:"INFO",writer:{output:"stderr"},encoder:{format:"json"}}}},storage:{module:"file_system",root:`${inContainer.data}/caddy`},apps:{http:{grace_period:"10m",servers:{http:server(":80",plain2),...secure2.length===0?{}:{https:{...server(":443",secure2.map(forward)),...withTls}}}},tls:tlsApp(secure2)}}}const withTls={tls_connection_policies:[{}]};function server(listen,routes){const nothing={handle:[{handler:"static_response",status_code:404,body:`No such domain on this server.
`}]};return{listen:[listen],automatic_https:{disable:!0},routes:[...routes,nothing]}}function forward({route,domain:domain2}){return{match:[matcher(domain2)],handle:toService(route.resource,domain2.port),terminal:!0}}function redirect({domain:domain2}){const headers={Location:["https://{http.request.host}{http.request.uri}"],Connection:["close"]};return{match:[matcher(domain2)],handle:[{handler:"static_response",status_code:308,headers}],terminal:!0}}function matcher(domain2){const path=trimmed(domain2.path);return{host:[domain2.host],...path===""?{}:{path:[path,`${path}/*`]}}}function resolverName(acme={directory:letsEncrypt}){const key=JSON.stringify([acme.directory,acme.email??"",acme.authority??""]);return`acme-${require$$2.createHash("sha256").update(key).digest("hex").slice(0,8)}`}function traefikStatic(resolvers){const unique=new Map(resolvers.map(acme=>[resolverName(acme),acme])),timeouts={respondingTimeouts:{readTimeout:"600s",idleTimeout:"180s"}};return config.distExports.stringify({global:{checkNewVersion:!1,sendAnonymousUsage:!1},log:{level:"INFO",format:"json"},entryPoints:{web:{address:":80",transport:timeouts},websecure:{address:":443",http3:{},transport:timeouts}},providers:{file:{directory:inContainer.dynamic,watch:!0}},...unique.size===0?{}:{certificatesResolvers:Object.fromEntries([...unique].map(([name2,acme])=>[name2,resolver(name2,acme)]))}},{lineWidth:0,aliasDuplicateObjects:!1})}function resolver(name2,acme){return{acme:{caServer:acme.directory,...acme.email===void 0?{}:{email:acme.email},...acme.authority===void 0?{}:{caCertificates:[`${inContainer.authorities}/${acme.authority}`]},storage:`${inContainer.data}/${name2}.json`,httpChallenge:{entryPoint:"web"}}}}function startProxyScript(spec,stateDir){const paths=proxyPaths(stateDir),files=proxyFiles(stateDir),[config2,first]=spec.kind==="caddy"?[files.caddyConfig,JSON.stringify(caddyConfig([]),null,2)]:[files.traefikConfig,traefikStatic([])],open2=[paths.root,paths.active,paths.dynamic,paths.slots,files.routes,files.authorities],run=["docker","create","--name",proxyContainer,"--network",proxyNetwork,"--label",`${proxyLabel}=${spec.kind}`,"--label",`${proxySpecLabel}=${spec.hash}`,...spec.options,spec.image,...spec.command];return`umask 022
mkdir -p ${transport$1.quoteArgv(open2)}
mkdir -p -m 700 ${transport$1.quote(files.certificates)}
if [ ! -s ${transport$1.quote(config2)} ]; then
  cat >${transport$1.quote(`${config2}.next`)} <<'END_OF_CONFIG'
${first.trimEnd()}
END_OF_CONFIG
  mv -f ${transport$1.quote(`${config2}.next`)} ${transport$1.quote(config2)}
fi
docker network inspect ${proxyNetwork} >/dev/null 2>&1 || docker network create ${proxyNetwork} >/dev/null
if [ "$(docker inspect -f '{{index .Config.Labels "${proxySpecLabel}"}}' ${proxyContainer} 2>/dev/null)" != ${spec.hash} ]; then
  tries=1
  until docker image inspect ${transport$1.quote(spec.image)} >/dev/null 2>&1 || docker pull --quiet ${transport$1.quote(spec.image)} >/dev/null; do
    [ $tries -lt 3 ] || exit 1
    tries=$((tries + 1)); sleep 3
  done
  networks=$(docker inspect -f '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}' ${proxyContainer} 2>/dev/null) || networks=
  [ -z "$networks" ] || docker rm -f ${proxyContainer} >/dev/null
  ${transport$1.quoteArgv(run)} >/dev/null
  for name in $networks; do
    [ "$name" = ${proxyNetwork} ] || docker network connect "$name" ${proxyContainer}
  done
fi
docker start ${proxyContainer} >/dev/null
sleep 1
if [ "$(docker inspect -f '{{.State.Running}} {{.RestartCount}}' ${proxyContainer})" != 'true 0' ]; then
  docker logs --tail 20 ${proxyContainer}
  echo 'The proxy does not stay up.'
  exit 1
fi
`}const aptFunctions=`export DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a
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
`,oldestDocker="25.0",distributionDocker=`apt_update
candidate=$(apt-cache policy docker.io | sed -n 's/^ *Candidate: //p')
release=
if [ -z "$candidate" ] || [ "$candidate" = '(none)' ]; then echo 'This distribution has no package docker.io.'; exit 1; fi
if dpkg --compare-versions "$candidate" lt ${oldestDocker}; then
  release=$(apt-cache madison docker.io | while IFS='|' read -r _ version source; do
    version=$(echo $version)
    if dpkg --compare-versions "$version" ge ${oldestDocker}; then echo "$source" | awk '{ sub("/.*", "", $2); print $2 }'; break; fi
  done)
  if [ -z "$release" ]; then
    echo "The newest docker.io here is $candidate; ${oldestDocker} or newer is needed. Use docker-source: official for this server."
    exit 1
  fi
fi
set -- docker.io docker-buildx iptables ca-certificates
if apt-cache show docker-cli >/dev/null 2>&1; then set -- "$@" docker-cli; fi
[ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" != Y ] || set -- "$@" apparmor
apt_install \${release:+-t "$release"} "$@"
`;function buildxPackage(origin){return origin.startsWith("docker-ce")?"docker-buildx-plugin":"docker-buildx"}const rotation={"max-size":"10m","max-file":"3"};function mergeDaemonConfig(existing,wish){const config2=parse$2(existing??"");if(typeof config2=="string")return config2;const what=[];let reloadable=!0,required=!1;const merged={...config2};(config2["log-driver"]??"json-file")==="json-file"&&config2["log-opts"]===void 0&&(Object.assign(merged,{"log-driver":"json-file","log-opts":rotation}),what.push("rotate container logs at 10 MB, 3 files"),reloadable=!1),(wish.swarm?config2["live-restore"]===!0:config2["live-restore"]===void 0)&&(merged["live-restore"]=!wish.swarm,required||=wish.swarm,what.push(wish.swarm?"turn live restore off, which Swarm excludes":"keep containers running while Docker restarts"));const known2=Array.isArray(config2["insecure-registries"])?config2["insecure-registries"]:[],missing=wish.insecure.filter(registry=>!known2.includes(registry));if(missing.length>0&&(merged["insecure-registries"]=[...known2,...missing],required=!0,what.push(`allow plain HTTP to ${missing.join(", ")}`)),what.length!==0)return{text:`${JSON.stringify(merged,null,2)}
`,what,reloadable,required}}function parse$2(text){if(text.trim()==="")return{};try{const value=JSON.parse(text);return typeof value=="object"&&value!==null&&!Array.isArray(value)?value:"/etc/docker/daemon.json holds no JSON object"}catch(error){return`/etc/docker/daemon.json is not valid JSON (${error.message})`}}const engineFunctions=`docker_answers() { docker version --format '{{.Server.APIVersion}}' >/dev/null 2>&1; }
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
`;function applyDaemonConfig(text,then){return`file=/etc/docker/daemon.json
mkdir -p /etc/docker
cat >$file.next <<'END_OF_JSON'
${text.trimEnd()}
END_OF_JSON
if command -v dockerd >/dev/null && dockerd --help 2>/dev/null | grep -q -- --validate; then
  dockerd --validate --config-file $file.next || { rm -f $file.next; exit 1; }
fi
rm -f $file.before
[ ! -e $file ] || cp -p $file $file.before
mv -f $file.next $file
${then==="none"?"":activate(then)}rm -f $file.before
`}function activate(how){return`${how==="reload"?'kill -HUP "$(cat /run/docker.pid 2>/dev/null || pidof dockerd)"':"docker_service restart"} || true
sleep 1
if ! await_docker; then
  echo 'Docker does not come up with the new settings; the old ones are put back.'
  rm -f $file
  [ ! -e $file.before ] || mv -f $file.before $file
  docker_service restart
  exit 1
fi
`}const officialSource={base:"https://download.docker.com/linux",fingerprint:"9DC858229FC7DD38854AE2D88D81803C0EBFCD88",versions:["28.5.2","28.5.1","29.4.2"]};function officialDocker(os,source=officialSource){const repository=transport$1.quote(`${source.base}/${os.id}`);return`apt_update
apt_install ca-certificates curl gnupg
if ! grep -rqsF ${repository} /etc/apt/sources.list /etc/apt/sources.list.d; then
  key=$DRAYAGE_JOB/docker.asc
  curl -fsSL --retry 5 --retry-connrefused --connect-timeout 20 -o "$key" ${repository}/gpg
  found=$(gpg --batch --homedir "$DRAYAGE_JOB" --show-keys --with-colons "$key" | awk -F: '$1 == "pub" { next_is_primary = 1 } $1 == "fpr" && next_is_primary { print $10; next_is_primary = 0 }')
  if [ "$found" != ${source.fingerprint} ]; then
    echo "The key of ${source.base} has the fingerprint '$found'; expected was ${source.fingerprint}. Nothing was installed."
    exit 1
  fi
  install -D -m 0644 "$key" /etc/apt/keyrings/docker.asc
  printf 'deb [arch=%s signed-by=/etc/apt/keyrings/docker.asc] %s %s stable\\n' "$(dpkg --print-architecture)" ${repository} ${transport$1.quote(os.codename)} >/etc/apt/sources.list.d/docker.list
  rm -f "$DRAYAGE_JOB/updated"
  apt_update
fi
version=
for wanted in ${source.versions.map(transport$1.quote).join(" ")}; do
  version=$(apt-cache madison docker-ce | awk -F' *[|] *' -v wanted=":$wanted-" 'index($2, wanted) { print $2; exit }')
  [ -z "$version" ] || break
done
if [ -z "$version" ]; then
  echo "Docker's package source has none of the versions ${source.versions.join(", ")} for ${os.id} ${os.codename}. It has: $(apt-cache madison docker-ce | awk '{ print $3 }' | tr '\\n' ' ')"
  exit 1
fi
apt_install "docker-ce=$version" "docker-ce-cli=$version" containerd.io docker-buildx-plugin docker-compose-plugin
`}const minimumApi="1.44";function isTooOld(api){const[major=0,minor=0]=api.split(".").map(Number),[wantedMajor=0,wantedMinor=0]=minimumApi.split(".").map(Number);return major<wantedMajor||major===wantedMajor&&minor<wantedMinor}const disk={least:2*1024**3,comfortable:10*1024**3},memory={least:512*1024**2,comfortable:1024**3},clockTolerance=60,sharedFunctions=`${aptFunctions}${engineFunctions}`;function planSetup(situation){const advice=[];return{steps:[...folderSteps(situation),...engineConfigSteps(situation,advice),...dockerSteps(situation),...packageSteps(situation),...proxySteps(situation,advice)],advice}}function folderSteps({facts,stateDir}){if(facts.stateFolder&&(facts.runFolderKept||!facts.systemd))return[];const script=`mkdir -p ${transport$1.quote(stateDir)}
${facts.systemd?`[ "$(id -u)" != 0 ] || printf 'd /run/drayage 0711 root root -\\nd /run/drayage/0 0700 root root -\\n' >/etc/tmpfiles.d/drayage.conf
`:""}`;return[{title:"Make the folders for state",why:`${stateDir} keeps what outlives a run`,needsRoot:!1,script}]}function engineConfigSteps({facts,wish,mode,server:server2,mayBeRoot},advice){const steps=[],swarm=wish.swarm||(facts.docker?.swarm.state??"inactive")!=="inactive",change=mergeDaemonConfig(facts.daemonJson,{...wish.daemon,swarm});if(typeof change=="string")throw new base.DrayageError("SETUP_INCOMPLETE",`${server2}: ${change}.`,{hint:"Mend the file by hand, then run setup again."});const running=facts.docker?.engine!==void 0;if(change!==void 0&&running&&!change.required&&(mode==="auto"||!mayBeRoot))advice.push(`${change.what.join("; ")}${change.reloadable?"":" (restarts Docker)"}`);else if(change!==void 0){const signal=change.reloadable||mode==="auto"?"reload":"restart";steps.push({title:"Configure Docker",why:change.what.join("; "),needsRoot:!0,script:applyDaemonConfig(change.text,running?signal:"none")})}for(const{registry,pem,sha256}of wish.authorities){if(facts.authorities[registry]===sha256)continue;const file=transport$1.quote(`/etc/docker/certs.d/${registry}/ca.crt`),script=`mkdir -p "$(dirname ${file})"
cat >${file} <<'END_OF_PEM'
${pem.trimEnd()}
END_OF_PEM
`;steps.push({title:`Store the authority of ${registry}`,why:"its certificate is signed by it",needsRoot:!0,script})}return steps}function dockerSteps({facts,wish,server:server2}){const{docker}=facts;if(docker?.origin==="snap")throw new base.DrayageError("SERVER_UNSUPPORTED",`${server2} has Docker from snap, which cannot read files outside its own folders.`,{hint:"Remove it (snap remove docker), then run setup again."});if(docker===void 0){requireApt(facts,server2);const script=`${wish.dockerSource==="official"?officialDocker(facts.os):distributionDocker}start_docker
`;return[{title:"Install Docker",why:`there is none (source: ${wish.dockerSource})`,needsRoot:!0,script}]}const steps=[];if(docker.buildx===void 0){requireApt(facts,server2);const script=`apt_update
apt_install ${buildxPackage(docker.origin)}
`;steps.push({title:"Install buildx",why:"images are built with it",needsRoot:!0,script})}if(docker.engine===void 0)steps.push({title:"Start Docker",why:docker.error||"it does not answer",needsRoot:!0,script:`start_docker
`});else if(isTooOld(docker.engine.api))throw new base.DrayageError("SETUP_INCOMPLETE",`${server2} runs Docker ${docker.engine.version} (API ${docker.engine.api}); API ${minimumApi} or newer is needed.`,{hint:"Upgrade Docker to 25 or newer; a running engine is never upgraded without being asked."});return steps}function packageSteps({facts,wish,server:server2}){const missing=[...wish.builds&&!facts.tools.has("git")?["git"]:[],...facts.needsAppArmor?["apparmor"]:[],...facts.tools.has("flock")?[]:["util-linux"]];if(missing.length===0)return[];requireApt(facts,server2);const script=`apt_update
apt_install ${missing.join(" ")} ca-certificates
`;return[{title:`Install ${missing.join(", ")}`,why:"needed for builds, locks or containers",needsRoot:!0,script}]}function proxySteps({facts,wish,mode,server:server2,stateDir},advice){const spec=wish.proxy;if(spec===void 0)return[];if(facts.proxy!==void 0&&facts.proxy.kind===void 0)throw new base.DrayageError("SETUP_INCOMPLETE",`${server2} has a container named ${proxyContainer} that is not Drayage's.`,{hint:`Rename or remove it: docker rename ${proxyContainer} old-proxy`});const taken=facts.proxy?.running?[]:Object.entries(facts.listeners);if(taken.length>0){const who2=taken.map(([port2,program])=>`port ${port2} is used by ${program||"another program"}`).join(", ");throw new base.DrayageError("PROXY_PORT_TAKEN",`${server2}: ${who2}, but the proxy needs 80 and 443.`,{hint:"Stop it, or set proxy.type to external to keep it."})}const script=startProxyScript(spec,stateDir);return facts.proxy===void 0?[{title:`Start the proxy (${spec.image})`,why:"domains are served by it",needsRoot:!1,script}]:facts.proxy.spec!==spec.hash?mode!=="always"&&(advice.push(`make the proxy again with other settings (${spec.image}; its domains do not answer for some seconds)`),facts.proxy.running)?[]:[{title:`Make the proxy again (${spec.image})`,why:"its settings changed",needsRoot:!1,script}]:facts.proxy.running?[]:[{title:"Start the proxy",why:"it does not run",needsRoot:!1,script}]}function requireApt(facts,server2){if(!(facts.tools.has("apt-get")&&["debian","ubuntu"].includes(facts.os.id)))throw new base.DrayageError("SERVER_UNSUPPORTED",`${server2} runs ${facts.os.name||"an unknown system"}; packages are installed on Debian and Ubuntu only.`,{hint:"Install Docker 25 or newer, docker-buildx and git by hand, then run setup again."})}const firstStatus=40,timeout=30*6e4;async function applySteps(context,server2,steps,phase){requirePrivilege(server2,steps);let log="";const script=jobScript(steps),{exitCode}=await server2.job({id:`${context.run.id}-setup-${require$$2.createHash("sha256").update(script).digest("hex").slice(0,12)}`,script,timeout,signal:context.signal,onOutput:chunk=>{log=`${log}${chunk}`.slice(-64e3),phase.output(chunk,server2.name)}});if(exitCode===0)return;const step=steps[exitCode-firstStatus],output=step===void 0?log:log.slice(Math.max(0,log.lastIndexOf(heading(step)))),last=output.trim().split(`
`).at(-1)??"";throw new base.DrayageError("SETUP_FAILED",`${server2.name}: the step "${step?.title??"setup"}" failed: ${last||`exit status ${exitCode}`}`,{output,hint:"Mend the cause and run setup again; what was done before stands."})}function jobScript(steps){const parts=steps.map((step,index)=>`cat <<'END_OF_HEADING'
${heading(step)}
END_OF_HEADING
(
set -eu
${step.script})
status=$?
[ $status = 0 ] || exit ${firstStatus+index}
`);return`exec </dev/null
${sharedFunctions}${parts.join("")}`}const heading=step=>`--- ${step.title}: ${step.why}`;function requirePrivilege(server2,steps){const{privilege,user,dockerSocket}=server2.account;if(privilege==="root"||privilege==="sudo")return;const beyond=privilege==="none"&&dockerSocket===void 0?steps:steps.filter(step=>step.needsRoot);if(beyond.length!==0)throw new base.DrayageError("SETUP_NO_PRIVILEGE",`${server2.name}: ${user} is neither root nor has sudo without a password, and this has to be done: ${beyond.map(({title})=>title).join("; ")}.`,{hint:`Allow it there: echo '${user} ALL=(ALL) NOPASSWD: ALL' | sudo tee /etc/sudoers.d/${user}`})}function batchText(requests,{closing:closing2}){return requests.map(({path,headers},index)=>{const isLast=index===requests.length-1,fields=Object.entries(headers??{}).map(([key,value])=>`${key}: ${value}`);return`${[`GET ${path} HTTP/1.1`,"Host: docker",...fields,...closing2&&isLast?["Connection: close"]:[]].join(`\r
`)}\r
\r
`}).join("")}function batchScript(requests){return`batch=$DRAYAGE_RUN/batch.$$
[ ! -e "$batch" ] || rm -f "$batch"
mkfifo -m 600 "$batch" || exit 1
docker system dial-stdio <"$batch" &
exec 7>"$batch"
printf %s ${transport$1.quote(batchText(requests,{closing:!0}))} >&7
wait $!
exec 7>&-
rm -f "$batch"
`}function parseBatch(output){const bytes2=Buffer.from(output,"utf8"),responses=[];for(let at2=0;;){const found=responseAt(bytes2,at2);if(found===void 0)return responses;responses.push({status:found.status,headers:found.headers,body:parseJson$1(found.body())}),at2=found.end}}function responseAt(bytes2,at2){const headEnd=bytes2.indexOf(`\r
\r
`,at2);if(headEnd<0)return;const[statusLine="",...headerLines]=bytes2.subarray(at2,headEnd).toString("latin1").split(`\r
`),status2=Number(statusLine.split(" ")[1]),headers=new Map(headerLines.map(line=>headerOf(line))),begin2=headEnd+4;if(headers.get("transfer-encoding")==="chunked"){const chunks=chunksAt(bytes2,begin2);return chunks&&{status:status2,headers,end:chunks.end,body:()=>Buffer.concat(chunks.parts).toString("utf8")}}const end=begin2+Number(headers.get("content-length")??0);return end>bytes2.length?void 0:{status:status2,headers,end,body:()=>bytes2.subarray(begin2,end).toString("utf8")}}function headerOf(line){const colon=line.indexOf(":");return[line.slice(0,colon).trim().toLowerCase(),line.slice(colon+1).trim()]}function chunksAt(bytes2,begin2){const parts=[];for(let at2=begin2;;){const lineEnd=bytes2.indexOf(`\r
`,at2);if(lineEnd<0)return;const size=Number.parseInt(bytes2.subarray(at2,lineEnd).toString("latin1"),16),next=lineEnd+2+size+2;if(!(next<=bytes2.length))return;if(size===0)return{parts,end:next};parts.push(bytes2.subarray(lineEnd+2,next-2)),at2=next}}function parseJson$1(text){try{return JSON.parse(text)}catch{return}}const remembered=new WeakMap,idle=new WeakMap;async function askEngine(server2,requests,options){const known2=remembered.get(server2)??new Map;remembered.set(server2,known2);const asked=requests.filter(({path,earlier})=>earlier!==!0||!known2.has(path)),answers=asked.length===0?{text:"",errors:""}:await ask$1(server2,asked,options),bytes2=Buffer.from(answers.text,"utf8");let text="",at2=0;for(const request of requests){const found=asked.includes(request)?responseAt(bytes2,at2):void 0,response=found===void 0?void 0:bytes2.subarray(at2,found.end).toString("utf8");if(response===void 0&&asked.includes(request))break;found?.status===200&&response!==void 0&&request.earlier!==void 0&&known2.set(request.path,response),text+=response??known2.get(request.path)??"",at2=found?.end??at2}return{text,errors:answers.errors}}async function ask$1(server2,requests,options){const{privilege,dockerSocket}=server2.account;if(privilege==="root"||privilege==="docker-group"){const text=await askDirectly(server2,dockerSocket??transport$1.engineSocket,requests,options.signal);if(text!==void 0)return{text,errors:""}}const script=batchScript(requests),{stdout,stderr}=await server2.script(script,{...options,repeatable:!0,accept:"any"});return{text:stdout,errors:stderr}}async function askDirectly(server2,socket,requests,signal){const pool=idle.get(server2)??[];idle.set(server2,pool);const stream=pool.pop()??await dial(server2,socket,pool);if(stream===void 0||stream.destroyed||stream.readableEnded)return;const answers=signal?.aborted?void 0:await collect(stream,requests,signal);return answers===void 0||stream instanceof require$$1.Socket?stream.destroy():pool.push(stream),answers}async function dial(server2,socket,pool){const stream=await server2.dialUnix(socket).catch(()=>{}),forget=()=>{stream!==void 0&&pool.includes(stream)&&pool.splice(pool.indexOf(stream),1),stream?.destroy()};return stream?.once("end",forget).once("close",forget).on("error",forget)}function collect(stream,requests,signal){return new Promise(resolve=>{let received=Buffer.alloc(0),missing=requests.length,at2=0;const finish=answers=>{stream.off("data",onData).off("end",onEnd).off("close",onEnd).off("error",onEnd),signal?.removeEventListener("abort",onEnd),resolve(answers)},onEnd=()=>finish(void 0),onData=chunk=>{received=Buffer.concat([received,chunk]);for(let next=responseAt(received,at2);missing>0&&next!==void 0;next=responseAt(received,at2))at2=next.end,missing-=1;missing===0&&finish(received.subarray(0,at2).toString("utf8"))};stream.on("data",onData).once("end",onEnd).once("close",onEnd).once("error",onEnd),signal?.addEventListener("abort",onEnd,{once:!0}),stream.write(batchText(requests,{closing:!1}))})}const engineQuestions=[{path:"/info",earlier:!1},{path:`/containers/${proxyContainer}/json`},{path:`/containers/${guardContainer}/json`}];function factsScript$1({registries,ports}){return`say() { printf '%s\\t%s\\n' "$1" "$2"; }
lines() { while IFS= read -r line || [ -n "$line" ]; do say "$1" "$line"; done; }
has() { command -v "$1" >/dev/null 2>&1; }
say clock "$(date +%s)"
for file in /etc/os-release /usr/lib/os-release; do
  if [ -r $file ]; then lines os-release <$file; break; fi
done
say machine "$(uname -m)"
while read -r key value unit; do [ "$key" != MemTotal: ] || { say memory "$value"; break; }; done </proc/meminfo
say cpus "$(grep -c ^processor /proc/cpuinfo)"
if [ -d /run/systemd/system ]; then say init systemd; else say init other; fi
for tool in apt-get curl git flock systemctl docker; do has $tool && say tool $tool; done
enabled=
[ ! -r /sys/module/apparmor/parameters/enabled ] || read -r enabled </sys/module/apparmor/parameters/enabled
[ "$enabled" = Y ] && ! has apparmor_parser && say apparmor missing
[ -r /etc/docker/daemon.json ] && lines daemon-json </etc/docker/daemon.json
for registry in ${registries.map(transport$1.quote).join(" ")}; do
  file=/etc/docker/certs.d/$registry/ca.crt
  [ -r "$file" ] && say authority "$registry $(sha256sum <"$file" | cut -d' ' -f1)"
done
[ -d "$DRAYAGE_STATE" ] && say state-folder yes
[ "$DRAYAGE_STATE" != /var/lib/drayage ] || [ -e /etc/tmpfiles.d/drayage.conf ] && say tmpfiles yes
${ports?`${listeners}
`:""}address=\${SSH_CONNECTION#* * }
say address "\${address%% *}"
[ -z "$SSH_CONNECTION" ] && has ip && say route "$(ip -4 route get 192.0.2.1 2>/dev/null | sed -n 's/.* src \\([^ ]*\\).*/\\1/p')"
if program=$(command -v docker); then
  [ ! -L "$program" ] || program=$(readlink -f "$program")
  case $program in
    /snap/* | /usr/bin/snap) say docker-origin snap ;;
    *) [ -e /var/lib/dpkg/info/docker-ce-cli.list ] && say docker-origin docker-ce-cli ;;
  esac
  for folder in ~/.docker /usr/local/libexec/docker /usr/local/lib/docker /usr/libexec/docker /usr/lib/docker; do
    if [ -x "$folder/cli-plugins/docker-buildx" ]; then say buildx "$folder/cli-plugins/docker-buildx"; break; fi
  done
fi
folder=/var/lib/docker; [ -d $folder ] || folder=/var/lib
say disk "$(stat -f -c '%a %b %S %d %c' $folder 2>/dev/null)"
:
`}const listeners=`if has ss; then
  ss -Hltnp '( sport = :80 or sport = :443 )' 2>/dev/null | while read -r state received sent local peer users; do
    name=\${users#*'(("'}
    say listener "\${local##*:} \${name%%'"'*}"
  done
else
  for port in 80:0050 443:01BB; do
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -qE "^ *[0-9]+: [0-9A-F]+:\${port#*:} [0-9A-F:]+ 0A " && say listener "\${port%:*} "
  done
fi`;async function readFacts(server2,question){const before=Date.now(),purpose="Reading the facts of the server",asked=askEngine(server2,engineQuestions,{purpose});asked.catch(()=>{});const{stdout}=await server2.script(factsScript$1(question),{purpose,repeatable:!0}),now=(before+Date.now())/2e3;return parseFacts$1(stdout,await asked,now,server2.name)}function parseFacts$1(text,answers,now,serverName){const lines=text.split(`
`).flatMap(line=>{const tab=line.indexOf("	");return tab<0?[]:[[line.slice(0,tab),line.slice(tab+1)]]}),all2=name2=>lines.filter(([key])=>key===name2).map(([,value])=>value),one=name2=>all2(name2)[0];if(one("machine")===void 0)throw new base.DrayageError("SETUP_FAILED",`${serverName} did not say what kind of machine it is.`,{output:text});const pairs=name2=>all2(name2).map(value=>[value.split(" ")[0]??"",value.split(" ").slice(1).join(" ")]),tools=new Set(all2("tool")),batch=parseBatch(answers.text),engine=batch.map(({status:status2,body})=>status2===200?body:void 0),[free=0,total=0,blockSize=0,freeInodes=0,inodes=0]=(one("disk")??"").split(" ").map(Number);return{os:parseOsRelease(all2("os-release")),platform:platformOf(one("machine")??""),cpus:Number(one("cpus")??0),memory:Number(one("memory")??0)*1024,disk:{free:free*blockSize,total:total*blockSize},freeInodes:inodes===0?void 0:freeInodes,clockSkew:Math.round(Number(one("clock"))+.5-now),systemd:one("init")==="systemd",tools,needsAppArmor:one("apparmor")==="missing",daemonJson:all2("daemon-json").length===0?void 0:all2("daemon-json").join(`
`).trim(),authorities:Object.fromEntries(pairs("authority")),stateFolder:one("state-folder")==="yes",runFolderKept:one("tmpfiles")==="yes",listeners:Object.fromEntries(pairs("listener").map(([port2,program])=>[Number(port2),program])),address:one("address")||one("route")||"",docker:tools.has("docker")?parseDocker(record$1(engine[0]),batch[0]?.headers.get("api-version"),{origin:one("docker-origin")??"",error:answers.errors.trim(),buildx:one("buildx")}):void 0,proxy:parseProxy(record$1(engine[1])),guard:isGuard(record$1(record$1(engine[2]).Config).Labels)}}function parseDocker(info2,api,plain2){const swarm=record$1(info2.Swarm);return{...plain2,engine:typeof info2.ServerVersion=="string"?{version:info2.ServerVersion,api:api??""}:void 0,swarm:{state:typeof swarm.LocalNodeState=="string"?swarm.LocalNodeState:"inactive",nodeId:String(swarm.NodeID??""),cluster:String(record$1(swarm.Cluster).ID??""),manager:swarm.ControlAvailable===!0,address:String(swarm.NodeAddr??"")},liveRestore:info2.LiveRestoreEnabled===!0}}function parseProxy(container){if(Object.keys(container).length===0)return;const labels=record$1(record$1(container.Config).Labels),kind=labels[proxyLabel];return{kind:kind==="caddy"||kind==="traefik"?kind:void 0,spec:String(labels[proxySpecLabel]??""),running:record$1(container.State).Running===!0}}function parseOsRelease(lines){const values=new Map(lines.map(line=>{const[key="",...rest]=line.split("=");return[key,rest.join("=").replace(/^["'](.*)["']$/,"$1")]})),get2=key=>values.get(key)??"";return{id:get2("ID"),version:get2("VERSION_ID"),codename:get2("VERSION_CODENAME"),name:get2("PRETTY_NAME")||get2("ID")}}function platformOf(machine){return`linux/${{x86_64:"amd64",aarch64:"arm64",armv7l:"arm/v7",armv6l:"arm/v6",i686:"386"}[machine]??machine}`}function record$1(value){return typeof value=="object"&&value!==null?value:{}}function itemsOfFacts(facts,wish){const{docker}=facts,items=[engineItem(facts),room("disk",facts.disk.free,disk,"Free space, or enlarge the disk."),room("memory",facts.memory,memory,"Add memory or swap."),{item:"clock",ok:Math.abs(facts.clockSkew)<=clockTolerance,detail:Math.abs(facts.clockSkew)<2?"in step":`${Math.abs(facts.clockSkew)} s ${facts.clockSkew>0?"ahead":"behind"}`,cure:Math.abs(facts.clockSkew)<=clockTolerance?void 0:"Turn time synchronisation on: timedatectl set-ntp true"}];if(wish.builds&&items.push(present("buildx",docker?.buildx,"Run setup-build-server: it installs the plugin."),present("git",facts.tools.has("git")?"installed":void 0,"Run setup-build-server: it installs git."),platformItem(facts,wish)),wish.proxy!==void 0){const up2=facts.proxy?.running===!0&&facts.proxy.kind===wish.proxy.kind;items.push(present("proxy",up2?`${wish.proxy.kind} runs`:void 0,"Run setup-deploy-node: it starts the proxy."))}if(wish.swarm){const state=docker?.swarm.state??"inactive";items.push(present("swarm",state==="active"?`active as ${docker?.swarm.manager?"manager":"worker"}`:void 0,"Run setup-deploy-node: it makes the Swarm."))}return items}function engineItem({docker}){const item="engine";if(docker===void 0)return{item,ok:!1,detail:"Docker is not installed",cure:"Run setup: it installs Docker."};if(docker.engine===void 0)return{item,ok:!1,detail:docker.error||"Docker does not answer",cure:"Start it: systemctl start docker"};const{version:version2,api}=docker.engine;return isTooOld(api)?{item,ok:!1,detail:`Docker ${version2} has API ${api}, needed is ${minimumApi}`,cure:"Upgrade Docker to 25 or newer."}:{item,ok:!0,detail:`Docker ${version2}, API ${api}`}}function room(item,bytes2,limit,cure){const detail=`${(bytes2/1073741824).toFixed(1)} GB${item==="disk"?" free":""}`;return{item,ok:bytes2>=limit.least,detail,cure:bytes2>=limit.comfortable?void 0:cure}}function platformItem(facts,{platforms}){const foreign=platforms.filter(platform=>platform!==facts.platform);return{item:"platform",ok:foreign.length===0,detail:foreign.length===0?facts.platform:`it is ${facts.platform}, drayage.yml says ${platforms.join(", ")}`,cure:foreign.length===0?void 0:"Name the platforms the server builds natively."}}function present(item,detail,cure){return detail===void 0?{item,ok:!1,detail:"missing",cure}:{item,ok:!0,detail}}function printItems(items){const width=Math.max(...items.map(({item})=>item.length));return items.map(({item,ok,detail,cure})=>{const advice=cure===void 0?"":`
    ${ok?"advice":"cure"}: ${cure}`;return`${ok?"ok    ":"FAILED"} ${item.padEnd(width)}  ${detail}${advice}`})}function incomplete(server2,items){const failed=items.filter(({ok})=>!ok);if(failed.length===0)return;const list=failed.map(({item,detail})=>`${item} (${detail})`).join("; ");return new base.DrayageError("SETUP_INCOMPLETE",`${server2} is not ready: ${list}.`,{hint:failed[0]?.cure})}const port=2377;function planSwarm$1(members){const swarmOf=({facts})=>facts.docker?.swarm,managers=members.filter(member=>swarmOf(member)?.manager);if(new Set(managers.map(member=>swarmOf(member)?.cluster)).size>1)throw new base.DrayageError("SWARM_FAILED",`${namesOf(managers)} belong to different Swarms.`,{hint:"Decide which one stays, and run `docker swarm leave --force` on the others."});const active=members.filter(member=>swarmOf(member)?.state==="active"),[leader]=managers.length>0?managers:members;if(leader===void 0)return;if(managers.length===0&&active.length>0)throw new base.DrayageError("SWARM_FAILED",`${namesOf(active)} belong to a Swarm whose manager is not among the deploy servers.`,{hint:"Add the manager to deploy.servers, or run `docker swarm leave` there."});const joining=members.filter(member=>member!==leader&&swarmOf(member)?.state!=="active"),start2=managers.length===0;return start2||joining.length>0?{leader,start:start2,joining}:void 0}async function applySwarm(context,{leader,start:start2,joining}){const{engineOn}=await Promise.resolve().then(()=>require("./engine.cjs")),engine=engineOn(leader.server),engines=[engine];try{const address=leader.facts.docker?.swarm.address||leader.facts.address;if(start2){const request={AdvertiseAddr:leader.facts.address,ListenAddr:`0.0.0.0:${port}`,ForceNewCluster:!1};await engine.call("Starting the Swarm",docker=>docker.swarmInit(request))}if(joining.length===0)return[leader.server.name];const token=(await engine.call("Reading the join token",docker=>docker.swarmInspect())).JoinTokens.Worker;return context.report.mask(token),await Promise.all(joining.map(async({server:server2,facts})=>{const member=engineOn(server2);engines.push(member);const request={RemoteAddrs:[`${address}:${port}`],JoinToken:token,AdvertiseAddr:facts.address,ListenAddr:`0.0.0.0:${port}`};await join(member,request,leader.server.name)})),await awaitReady(context,engine,joining),[...start2?[leader.server.name]:[],...joining.map(({server:server2})=>server2.name)]}finally{for(const each of engines)each.close()}}async function join(engine,request,leader){try{await engine.call("Joining the Swarm",docker=>docker.swarmJoin(request))}catch(cause){const said=cause instanceof Error?cause.message:String(cause);throw new base.DrayageError("SWARM_FAILED",`${engine.server.name} could not join the Swarm of ${leader}: ${said}`,{hint:`Open 2377/tcp, 7946/tcp, 7946/udp and 4789/udp from ${engine.server.name} to ${leader}.`,cause})}}async function awaitReady(context,engine,joining){const deadline=Date.now()+3e4,identities=await Promise.all(joining.map(({server:server2})=>nodeIdOf(server2)));for(;;){const nodes=await engine.call("Listing the nodes",docker=>docker.listNodes()),ready=new Set(nodes.flatMap(node=>isReady(node)?[node.ID]:[])),late=joining.filter((_,index)=>!ready.has(identities[index]??""));if(late.length===0)return;if(Date.now()>deadline)throw new base.DrayageError("SWARM_FAILED",`${namesOf(late)} joined the Swarm but did not become ready within 30 s.`,{hint:"Open 7946/tcp, 7946/udp and 4789/udp between the servers."});await promises.setTimeout(200,void 0,{signal:context.signal})}}async function nodeIdOf(server2){const{stdout}=await server2.run(["docker","info","--format","{{.Swarm.NodeID}}"]);return stdout.trim()}function isReady(node){const{ID,Status}=node;return typeof ID=="string"&&Status?.State==="ready"}const namesOf=members=>members.map(({server:server2})=>server2.name).join(" and ");function trialScript(options){const{id,builds,registries}=options;return`exec </dev/null
export DOCKER_CONFIG=$DRAYAGE_JOB/docker
mkdir -m 700 "$DOCKER_CONFIG"
image=drayage-trial:${id}
name=drayage-trial-${id}
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
  printf 'FROM scratch\\nCOPY root /\\nRUN ["/bin/sh", "-c", "echo ${id} >/result"]\\n' >"$context/Dockerfile"
  timeout 300 docker buildx build --progress plain --load --tag "$image" "$context" || return 1
  echo "built and loaded"
}
trial_image() {
  copy_shell "$DRAYAGE_JOB/root"
  echo ${id} >"$DRAYAGE_JOB/root/result"
  tar -C "$DRAYAGE_JOB/root" -c . | docker import - "$image" || return 1
  echo "imported"
}
trial_run() {
  # By its exit status: what a short-lived container prints can be lost on its way through \`docker run\`.
  timeout 120 docker run --rm --network none "$image" /bin/sh -c 'read -r line </result && [ "$line" = ${id} ]' ||
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
${builds?"try build trial_build":"try image trial_image"}
if docker image inspect "$image" >/dev/null 2>&1; then
  try run trial_run
  try network trial_network
${registries.map(registryTrial).join("")}fi
rm -rf "$DOCKER_CONFIG"
exit $failed
`}function registryTrial({host,username,passwordFile,image:image2}){const item=transport$1.quote(`registry ${host}`),login=username===void 0||passwordFile===void 0?void 0:`trial_login ${transport$1.quote(host)} ${transport$1.quote(username)} ${transport$1.quote(passwordFile)}`,transfer=image2===void 0?void 0:`trial_registry ${transport$1.quote(image2)}`,commands=[login,transfer].filter(command=>command!==void 0);if(commands.length===0)return"";const name2=`registry_${host.replace(/[^a-z0-9]/g,"_")}`;return`  ${name2}() { ${commands.join(" && ")}; }
  try ${item} ${name2}
`}const tag="drayage-trial";async function tryServer(context,server2,{project,builds}){const registries=Object.values(project.registries),files=new Map,trials=registries.map((registry,index)=>{const passwordFile=registry.password===void 0?void 0:`password-${index}`;passwordFile!==void 0&&files.set(passwordFile,registry.password?.reveal()??"");const image2=builds?`${trialRepository(project,registry)}:${tag}`:void 0;return{host:registry.host,username:registry.username,passwordFile,image:image2}}),id=`${Date.now().toString(36)}${Math.random().toString(36).slice(2,8)}`;let log="";await server2.job({id:`trial-${id}`,script:trialScript({id,builds,registries:trials}),files:Object.fromEntries(files),timeout:20*6e4,signal:context.signal,onOutput:chunk=>{log+=chunk}});const items=parseTrials(log);if(items.length>0)return items;throw new base.DrayageError("SETUP_FAILED",`${server2.name}: the server could not be tried.`,{output:log})}function trialRepository(project,registry){const own=project.services.find(({image:image2})=>image2!==void 0&&base.parseImage(image2)?.registry===registry.host);return own?.image!==void 0?own.image:[registry.host,registry.username?.toLowerCase(),"drayage-trial"].filter(Boolean).join("/")}function parseTrials(log){return log.split(`
`).flatMap(line=>{const[mark2,item,verdict,encoded=""]=line.split("	");if(mark2!=="item"||item===void 0)return[];const output=Buffer.from(encoded,"base64").toString("utf8").trim(),last=output.split(`
`).at(-1)??"";return verdict==="ok"?[{item,ok:!0,detail:last}]:[{item,ok:!1,detail:reasonIn(output)||last||"it failed without a word",cure:cureFor(output)}]})}function reasonIn(output){return output.split(`
`).findLast(line=>/error|denied|unauthorized|cannot|refused|no space|no such/i.test(line))?.trim()}const cures=[[/unauthorized|incorrect username or password|authentication required/i,"Check username and password of the registry in drayage.yml."],[/denied/i,"Give the account the right to push to this repository."],[/server gave HTTP response to HTTPS client/i,"Set insecure: true for this registry in drayage.yml, if plain HTTP is meant, and run setup again."],[/x509|certificate signed by unknown authority/i,"Give the certificate authority of the registry as registries.<host>.ca."],[/no such host|lookup .* on|server misbehaving/i,"Mend name resolution on the server: /etc/resolv.conf."],[/connection refused|i\/o timeout|no route to host/i,"Open the way from the server to the registry."],[/no space left/i,"Free space on the server: docker system df"]];function cureFor(output){return cures.find(([pattern])=>pattern.test(output))?.[1]}function swarmServers(project,forced,deployServers){const used=project.services.filter(({deploy:deploy2})=>deploy2.mode==="swarm").flatMap(({deploy:deploy2})=>deploy2.servers),wanted=new Set(forced?deployServers:used);if(wanted.size>0)for(const server2 of project.proxy?.servers??[])wanted.add(server2);return[...wanted]}function wishFor$1(project,spec,{role,swarm,stateDir}){const{proxy}=project,deploys=role!=="build",kind=deploys&&proxy?.servers.includes(spec.name)&&proxy.type!=="external"?proxy.type:void 0,registries=Object.values(project.registries);return{builds:role!=="deploy",deploys,swarm:deploys&&swarm,dockerSource:spec.dockerSource,platforms:spec.platforms,daemon:{swarm:deploys&&swarm,insecure:registries.filter(({insecure})=>insecure).map(({host})=>host)},authorities:registries.flatMap(({host,ca})=>ca===void 0?[]:[authority(host,ca)]),proxy:kind===void 0?void 0:proxyContainerSpec(kind,{stateDir})}}function authority(registry,ca){const pem=`${ca.trim()}
`;return{registry,pem,sha256:require$$2.createHash("sha256").update(pem).digest("hex")}}async function setupServers(context,request){const{project,mode}=request,specs=chosenServers(request),deploying=specs.filter(spec=>roleOf(request,spec)!=="build").map(({name:name2})=>name2),swarm=swarmServers(project,request.swarm===!0,deploying),act=mode!=="never"&&request.dryRun!==!0,works=await all(specs,async spec=>{const work=await look(context,request,spec,swarm.includes(spec.name));return!act||work.plan.steps.length===0?work:(await request.reachable,context.report.phase(`Set up ${spec.name}`,async phase=>(await applySteps(context,work.server,work.plan.steps,phase),{...work,facts:await readFacts(work.server,questionFor(project,work.wish))})))});await request.reachable;const joined=act?await formSwarm(context,request,works,swarm):[];return all(works,work=>conclude$1(context,request,work,joined.includes(work.server.name)))}async function look(context,request,spec,swarm){const server2=await context.connect(spec.name),{stateDir,privilege}=server2.account,mayBeRoot=privilege==="root"||privilege==="sudo",wish=wishFor$1(request.project,spec,{role:roleOf(request,spec),swarm,stateDir}),facts=await readFacts(server2,questionFor(request.project,wish));return{server:server2,wish,facts,plan:planSetup({facts,wish,mode:request.mode,server:spec.name,stateDir,mayBeRoot})}}async function formSwarm(context,request,works,swarm){const chosen=works.filter(({wish})=>wish.swarm);let joined=[];if(chosen.some(({facts})=>facts.docker?.swarm.state!=="active")){const others=Object.values(request.project.servers).filter(({name:name2})=>swarm.includes(name2)&&!works.some(({server:server2})=>server2.name===name2)),members=[...chosen,...await all(others,spec=>look(context,request,spec,!0))];members.sort((one,other)=>swarm.indexOf(one.server.name)-swarm.indexOf(other.server.name));const plan=planSwarm$1(members);plan!==void 0&&(joined=await context.report.phase("Form the Swarm",()=>applySwarm(context,plan)))}const unguarded=chosen.filter(({wish,facts})=>wish.proxy!==void 0&&!facts.guard);return await all(unguarded,({server:server2})=>server2.script(startGuardScript(),{purpose:"Starting the guard of the proxy"})),joined}async function conclude$1(context,request,work,joined){const{server:server2,wish,plan}=work,{project,mode}=request,acted=mode!=="never"&&request.dryRun!==!0,changed=[...plan.steps.map(({title})=>title),...joined?["Join the Swarm"]:[]],facts=joined?await readFacts(server2,questionFor(project,wish)):work.facts,known2=itemsOfFacts(facts,wish),trying=acted&&(mode==="always"||changed.length>0)&&incomplete(server2.name,known2)===void 0,tell=(items2,phase)=>{for(const line of printItems(items2))phase.note(line);for(const line of plan.advice)phase.note(`advice: ${line}`)},items=trying?await context.report.phase(`Try ${server2.name}`,async phase=>{const tried=[...known2,...await tryServer(context,server2,{project,builds:wish.builds})];return tell(tried,phase),tried}):known2;return acted&&changed.length===0&&context.report.note(`${server2.name}: set up already, nothing to do.`),(acted||mode==="never")&&base.throwAll([incomplete(server2.name,items)].filter(error=>error!==void 0)),{server:server2.name,changed:mode==="never"?[]:changed,advice:plan.advice,items}}function chosenServers({project,servers,role}){if(servers===void 0){const has=spec=>role===void 0||role==="both"||spec.role===role||spec.role==="both";return Object.values(project.servers).filter(has)}return[...config.pickServers(project,servers)]}const roleOf=(request,spec)=>request.role??spec.role,questionFor=(project,wish)=>({ports:wish.proxy!==void 0,registries:Object.values(project.registries).flatMap(({host,ca})=>ca===void 0?[]:[host])});async function all(values,work){const results=await Promise.allSettled(values.map(work)),known2=results.flatMap(result=>result.status==="rejected"?[result.reason]:[]).flatMap(error=>error instanceof base.ManyErrors?[...error.errors]:[error]),foreign=known2.find(error=>!(error instanceof base.DrayageError));if(foreign!==void 0)throw foreign;return base.throwAll(known2.filter(error=>error instanceof base.DrayageError)),results.flatMap(result=>result.status==="fulfilled"?[result.value]:[])}const setup=Object.freeze(Object.defineProperty({__proto__:null,setupServers},Symbol.toStringTag,{value:"Module"}));function privateFolder(name2){return`mkdir -p "$DRAYAGE_STATE" && { [ -d "$DRAYAGE_STATE/${name2}" ] || mkdir -m 700 "$DRAYAGE_STATE/${name2}"; } || exit 1`}function engineLines({dockerSocket,home}){return dockerSocket!==void 0?`export DOCKER_HOST=${transport$1.quote(`unix://${dockerSocket}`)}`:`if grep -qs currentContext ${transport$1.quote(`${home}/.docker/config.json`)}; then
  DOCKER_HOST=$(docker context inspect --format '{{.Endpoints.docker.Host}}') && export DOCKER_HOST
fi`}function cliLines(account){return`${privateFolder("buildx")}
${engineLines(account)}
unset BUILDX_BUILDER DOCKER_CONTEXT
# The build context is no repository; buildx need not look for one.
export DOCKER_CONFIG="$DRAYAGE_JOB" BUILDX_CONFIG="$DRAYAGE_STATE/buildx" BUILDX_GIT_INFO=false
${buildxLines(account)}`}function buildxLines(account){const system=["/usr/local/lib","/usr/local/libexec","/usr/lib","/usr/libexec"];return`buildx() { docker buildx "$@"; }
for folder in ${[...pluginFolders(account),...system.map(folder=>`${folder}/docker/cli-plugins`)].map(transport$1.quote).join(" ")}; do
  if [ -x "$folder/docker-buildx" ]; then
    buildx_program=$folder/docker-buildx
    buildx() { "$buildx_program" "$@"; }
    break
  fi
done`}function pluginFolders({home,privilege}){const asRoot=privilege==="root"||privilege==="sudo";return[...new Set([home,...asRoot?["/root"]:[]])].map(folder=>`${folder}/.docker/cli-plugins`)}function registryOf(registries,host){const wanted=base.normalizeRegistryHost(host);return Object.values(registries).find(registry=>base.normalizeRegistryHost(registry.host)===wanted)}function registryOfImage(registries,image2){const host=base.parseImage(image2)?.registry??"docker.io";return registryOf(registries,host)??{host,insecure:!1}}function credentialsOf(registry){if(!(registry.username===void 0||registry.password===void 0))return{username:registry.username,password:registry.password.reveal()}}const dockerHub="docker.io";function apiHost(registry){return registry===dockerHub?"registry-1.docker.io":registry}function configKey(registry){return registry===dockerHub?"https://index.docker.io/v1/":registry}function isSameRepository(one,other){const[left,right]=[base.parseImage(one),base.parseImage(other)];return left!==void 0&&left.registry===right?.registry&&left.repository===right.repository}function dockerConfig(registries,pluginFolders2=[]){const auths=registries.flatMap(registry=>{const credentials=credentialsOf(registry);if(credentials===void 0)return[];const auth=Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64");return[[configKey(registry.host),{auth}]]});return JSON.stringify({auths:Object.fromEntries(auths),...pluginFolders2.length===0?{}:{cliPluginsExtraDirs:pluginFolders2}})}function registryAuthHeader(registry){const credentials=credentialsOf(registry);if(credentials===void 0)return;const serveraddress=configKey(registry.host);return Buffer.from(JSON.stringify({...credentials,serveraddress})).toString("base64url")}const jobFile={environment:"environment",metadata:"metadata.json",dockerConfig:"config.json"};function planBuild(input){const{project,service:service2,build:build2,commit}=input;checkPossible$2(service2,build2);const names=imageNames(project,service2,commit,input.uniqueTag),secretArgs=Object.entries(build2.args).filter(([,value])=>base.isSecret(value)),secretFiles2=Object.entries(build2.secrets).map(([name2,value])=>[`secret-${name2}`,base.reveal(value)]);return{names,argv:["build","--progress=plain","--provenance=false",`--metadata-file=${jobFile.metadata}`,...names.map(name2=>`--tag=${name2}`),`--file=${input.dockerfile}`,...Object.entries(labelsOf(input)).map(([name2,value])=>`--label=${name2}=${value}`),...Object.entries(build2.args).map(([name2,value])=>`--build-arg=${base.isSecret(value)?name2:`${name2}=${value}`}`),...Object.keys(build2.secrets).map(name2=>`--secret=id=${name2},src=secret-${name2}`),...build2.target===void 0?[]:[`--target=${build2.target}`],...build2.noCache?["--no-cache"]:[],...build2.platforms.map(platform=>`--platform=${platform}`),input.context],files:{[jobFile.dockerConfig]:dockerConfig(Object.values(project.registries),input.plugins),[jobFile.environment]:transport$1.exportLines(Object.fromEntries(secretArgs.map(([name2,value])=>[name2,base.reveal(value)]))),...Object.fromEntries(secretFiles2)}}}function imageNames(project,service2,facts,unique){const parsed=service2.image===void 0?void 0:base.parseImage(service2.image),tags=base.expandTags(service2.tags,facts,unique),name2=(repository,all2)=>{const[first=unique,...rest]=new Set(all2);return[`${repository}:${first}`,...rest.map(tag2=>`${repository}:${tag2}`)]};return parsed===void 0?name2(base.resourceName(base.ownerOf(project,service2)),[...tags,unique]):name2(base.familiarImage({registry:parsed.registry,repository:parsed.repository}),tags)}function labelsOf({project,service:service2,build:build2,commit}){const source=service2.source.kind==="git"?service2.source.url:commit.remote,described={"org.opencontainers.image.revision":commit.sha,"org.opencontainers.image.source":source?.replace(/\/\/[^@/]*@/,"//"),"org.opencontainers.image.created":commit.committedAt},known2=Object.entries(described).flatMap(([name2,value])=>value===void 0?[]:[[name2,value]]);return{...base.ownerLabels(base.ownerOf(project,service2)),...Object.fromEntries(known2),...build2.labels}}const clientVariables=/^(?:PATH|HOME|LD_.*|DOCKER_.*|BUILDX_.*|BUILDKIT_(?:HOST|PROGRESS))$/;function checkPossible$2(service2,build2){const where=`services.${service2.name}.build`;if(build2.platforms.length>1){const what=`${where}.platforms names ${build2.platforms.join(" and ")}; the engine's own builder makes images of one platform.`;throw new base.DrayageError("BUILD_IMPOSSIBLE",what,{at:service2.at})}const steering=Object.entries(build2.args).find(([name2,value])=>base.isSecret(value)&&clientVariables.test(name2));if(steering!==void 0){const what=`${where}.args.${steering[0]} carries a secret, and a variable of that name would steer the Docker client.`;throw new base.DrayageError("BUILD_IMPOSSIBLE",what,{hint:"Use build.secrets, or another name.",at:service2.at})}}function sourceFolder(stateDir,project,...parts){const suffix=require$$2.hash("sha256",parts.join(`
`)).slice(0,10),owner={organization:project.organization,project:project.name,environment:""};return require$$1$1.posix.join(stateDir,"sources",base.resourceName(owner,suffix))}function slotLines(slots){return`${privateFolder("slots")}
waited=
while :; do
  slot=1
  while [ "$slot" -le ${slots} ]; do
    exec 8<>"$DRAYAGE_STATE/slots/$slot"
    flock -n 8 && break 2
    slot=$((slot + 1))
  done
  [ -n "$waited" ] || echo 'waiting: other builds use all build slots (${slots}) of this server'
  waited=1
  sleep 0.2
done`}const gateLines=`mkfifo "$DRAYAGE_JOB/go" && exec 3<>"$DRAYAGE_JOB/go" || exit 1
echo "@drayage gate $DRAYAGE_JOB"
read -r word <&3
exec 3>&-
`;function openGateScript(folder){return`echo go 1<>${transport$1.quote(`${folder}/go`)}`}function buildLines(argv){return`. "$DRAYAGE_JOB/${jobFile.environment}"
buildx ${transport$1.quoteArgv(argv)} || exit 1
id=$(sed -n 's/.*"containerimage.digest": *"\\(sha256:[0-9a-f]*\\)".*/\\1/p' ${jobFile.metadata})
echo "@drayage image $id"
docker image inspect --format '{{.Os}}/{{.Architecture}}{{with .Variant}}/{{.}}{{end}} {{.Config.User}}' "$id" >about 2>&1 &
inspecting=$!`}const aboutLines=`
wait "$inspecting" || { cat about; exit 1; }
echo "@drayage about $(cat about)"`,noContent="0".repeat(64),groupDigits=2;function entry(fields){const{mode,content,path}=fields;return{...fields,key:require$$2.hash("sha256",`${octal(mode)} ${content} ${path}`).slice(0,12)}}function treeOf(entries){const sorted2=[...entries].sort((one,other)=>one.key<other.key?-1:one.key>other.key?1:0),groups=new Map;for(const{key}of sorted2){const group=key.slice(0,groupDigits),keys=groups.get(group);keys===void 0?groups.set(group,[key]):keys.push(key)}return{entries:sorted2,root:require$$2.hash("sha256",sorted2.map(manifestLine).join("")),groups:new Map([...groups].map(([group,keys])=>[group,require$$2.hash("sha256",keys.join("")).slice(0,12)]))}}function manifestLine({key,mode,content,path}){return`${key} ${octal(mode)} ${content} ${path}
`}const pathColumn=86;function groupLines(tree){return[...tree.groups].map(([group,digest])=>`${group} ${digest}
`).join("")}function difference(tree,theirs){const keys=new Set(theirs.filter(word=>word.length>groupDigits)),groups=new Set(theirs.map(word=>word.slice(0,groupDigits))),disputed=tree.entries.filter(({key})=>groups.has(key.slice(0,groupDigits))),ours=new Set(disputed.map(({key})=>key));return{add:disputed.filter(({key})=>!keys.has(key)),remove:[...keys].filter(key=>!ours.has(key))}}function octal(mode){return mode.toString(8).padStart(6,"0")}const superseded=75,damaged=65;function lockLines(folder,mode,waiting){return`exec 9<>${transport$1.quote(`${folder}/lock`)}
flock ${mode} -n 9 || { echo ${transport$1.quote(waiting)}; flock ${mode} 9; }`}function compareScript(folder,tree){return`cd ${transport$1.quote(folder)} 2>/dev/null && [ -s root ] || { echo none; exit 0; }
root=$(cat root)
[ "$root" != ${tree.root} ] || { echo same; exit 0; }
echo "$root"
awk 'part == 1 { ours[$1] = $2; next }
  part == 2 { if (ours[$1] == $2) same[$1] = 1; next }
  !(substr($1, 1, 2) in same) { print $1 }
  END { for (group in ours) if (!(group in same)) print group }' part=1 - part=2 groups part=3 manifest <<'END'
${groupLines(tree)}END`}const deltaFile="delta";function applyLines(folder,base2,tree){return`base64 -d ${deltaFile} | (
${applyScript(folder,base2,tree)}
)
applied=$?
[ "$applied" = 0 ] || exit "$applied"`}const control={add:"add",remove:"remove",groups:"groups"};function applyScript(folder,base2,tree){const files=transport$1.quote(require$$1$1.basename(folder));return`set -e
umask 077
[ -d ${transport$1.quote(folder)} ] || mkdir -p ${transport$1.quote(folder)}
cd ${transport$1.quote(folder)}
exec 9<>lock
flock -x -n 9 || { echo 'waiting for a build that reads these sources' >&2; flock -x 9; }
have=none
[ ! -s root ] || read -r have < root
if [ "$have" = ${tree.root} ]; then cat > /dev/null; exit 0; fi
${base2==="none"?"":`[ "$have" = ${transport$1.quote(base2)} ] || { cat > /dev/null; exit ${superseded}; }`}
[ ! -e incoming ] || rm -rf incoming
mkdir incoming
trap 'rm -rf incoming' EXIT
tar -xzpmof - -C incoming
awk '${splitEntries}' ${base2==="none"?"":`part=1 incoming/${control.remove} part=2 manifest `}part=3 incoming/${control.add}
LC_ALL=C sort incoming/entries > incoming/manifest
echo '${tree.root}  ../manifest' >> incoming/sums
(cd incoming/tree && sha256sum -c ../sums) > incoming/checked 2>&1 || { grep -v ': OK$' incoming/checked >&2; exit ${damaged}; }
${base2==="none"?replaceTree(files):changeTree(files)}
mv -f incoming/manifest incoming/${control.groups} .
echo ${tree.root} > root`}const splitEntries=`BEGIN { printf "" > "incoming/entries"; print "../root" > "incoming/gone-files" }
  part == 1 { gone[$1] = 1; next }
  part == 3 { if ($2 ~ /^10/) print $3 "  " substr($0, ${pathColumn}) > "incoming/sums" }
  part == 3 || !($1 in gone) { print > "incoming/entries"; next }
  $2 ~ /^04/ { print substr($0, ${pathColumn}) > "incoming/gone-folders"; next }
  { print substr($0, ${pathColumn}) > "incoming/gone-files" }`,replaceTree=files=>`rm -rf root ${files}
mv incoming/tree ${files}`,changeTree=files=>`cd ${files}
tr '\\n' '\\0' < ../incoming/gone-files | xargs -0 rm -f -- || [ ! -e ../root ]
if [ -s ../incoming/gone-folders ]; then
  LC_ALL=C sort -r ../incoming/gone-folders | tr '\\n' '\\0' | xargs -0 rmdir -- 2>/dev/null || true
fi
cp -al ../incoming/tree/. .
cd ..`;async function runBuild(context,server2,job,diagnose){const{followUp,gate}=job,stop=new AbortController,stages=new base.Stages(context.report),titles=[...job.titles,...followUp===void 0?[]:[followUp.title]];let part=-1,log="",image2;const advance=()=>{part+=1,log="",stages.next(titles[part]??"")},pass=folder=>{gate?.then(()=>(advance(),allow(server2,folder)))?.catch(error=>stop.abort(error))},lines=base.markedLines(words2=>{const[word,first="",second=""]=words2;word==="stage"?advance():word==="gate"&&part<0?pass(first):word==="image"?image2={imageId:first,platform:"",user:""}:word==="about"&&image2!==void 0?image2={...image2,platform:first,user:second}:image2!==void 0?followUp?.onWords(words2):log+=`@drayage ${words2.join(" ")}
`},text=>{log=`${log}${text}`.slice(-65536),stages.output(text)});gate===void 0&&advance();try{const{exitCode}=await server2.job({id:`${job.name}-${require$$2.randomBytes(4).toString("hex")}`,script:`${job.script}${followUp===void 0?"":`
echo '@drayage stage'
${followUp.script}`}${aboutLines}`,files:job.files,onOutput:lines.push,signal:AbortSignal.any([context.signal,stop.signal]),timeout:job.timeout});if(lines.finish(),exitCode===superseded&&image2===void 0){await stages.end();return}if(image2===void 0)throw part<0&&advance(),diagnose(log,part,exitCode);if(image2.platform==="")throw vanished(image2,server2,log);return await stages.end(),image2}catch(error){const isTimeout=error instanceof base.DrayageError&&error.code==="JOB_TIMEOUT",failure2=stop.signal.aborted?stop.signal.reason:isTimeout?timedOut(job,server2):error;throw await stages.end(failure2),failure2}}function vanished({imageId:imageId2},server2,log){const last=log.trim().split(`
`).at(-1)??"";return new base.DrayageError("IMAGE_NOT_FOUND",`${server2.name} built ${imageId2}, but does not have it any more${last===""?"":`: ${last}`}.`,{hint:"Something removes images there (docker image prune) while builds run. Run again."})}async function allow(server2,folder){folder.startsWith(`${server2.account.runDir}/jobs/`)&&await server2.script(openGateScript(folder),{purpose:"Allowing the build to begin"})}function timedOut({timeout:timeout2,titles},server2){const minutes=Math.round(timeout2/6e3)/10;return new base.DrayageError("BUILD_FAILED",`"${titles.at(-1)}" took longer than ${minutes} min on ${server2.name} and was ended.`,{hint:"Raise build.timeout."})}function wantedCommit(source,git){const{ref,url}=source;if(ref!==void 0&&/^[0-9a-f]{40}$/.test(ref))return{kind:"commit",sha:ref};const isOwn2=git.remote!==void 0&&repositoryOf(git.remote)===repositoryOf(url),isThis=ref===void 0||ref===git.branch||ref===git.tag;return isOwn2&&isThis&&git.sha!==void 0?{kind:"commit",sha:git.sha,branch:git.branch,tag:git.tag}:{kind:"ref",ref:ref??"HEAD"}}function repositoryOf(url){const[,scpHost,scpPath]=/^(?:[^@/]+@)?([^:/]+):(?!\/\/)(.+)$/.exec(url)??[];if(scpHost!==void 0&&scpPath!==void 0)return clean(`${scpHost}/${scpPath}`);const[,host="",path=url]=/^[a-z+]+:\/\/(?:[^@/]+@)?([^/:]*)(?::\d+)?\/(.*)$/i.exec(url)??[];return clean(`${host}/${path}`)}function clean(repository){return repository.replace(/\/+/g,"/").replace(/\/$/,"").replace(/\.git$/,"").toLowerCase()}function readFailure(log){const lines=log.trimEnd().split(`
`).map(line=>line.replace(/\r$/,"")),marked=lines.flatMap(line=>{const[,number,text]=/^\s*(\d+) \| >>> (.*)$/.exec(line)??[];return number===void 0||text===void 0?[]:[{number:Number(number),text:text.trim()}]}),last=lines.findLast(line=>/^ERROR: /.test(line))??lines.findLast(line=>line.trim()!=="")??"",from=lines.indexOf("------"),firstExcerpt=from===-1?lines.findIndex(line=>/^\S+:\d+$/.test(line)):from;return{instruction:marked.length===0?void 0:marked.map(({text})=>text.replace(/\s*\\$/,"")).join(" "),line:marked[0]?.number,reason:last.replace(/^ERROR: (?:failed to solve: |failed to build: )*/,"").replace(/^(?:failed to compute cache key: )/,"").replace(/failed to calculate checksum of ref \S+: /,"").trim(),excerpt:lines.slice(firstExcerpt===-1?-20:firstExcerpt).join(`
`)}}const causes=[{pattern:/no space left on device|Wrote only \d+ of \d+ bytes/i,code:"DISK_FULL",hint:"Look with `docker system df` on the server; `docker builder prune` empties the build cache."},{pattern:/toomanyrequests|429 Too Many Requests|pull rate limit/i,code:"REGISTRY_RATE_LIMITED",hint:"Declare credentials of that registry under `registries`: known users have higher limits."},{pattern:/pull access denied|insufficient_scope|authorization failed|no basic auth credentials|401 Unauthorized|403 Forbidden/i,code:"REGISTRY_AUTH",hint:"Check the name of the base image; if it is private, declare its registry with credentials under `registries`."},{pattern:/failed to resolve source metadata for [^\n]*(?:not found|manifest unknown)/i,code:"IMAGE_NOT_FOUND",hint:"Check name and tag of the base image."},{pattern:/(?:failed to do request|failed to resolve source metadata)[^\n]*(?:no such host|connection refused|i\/o timeout|network is unreachable|TLS handshake|server misbehaving)/i,code:"REGISTRY_UNREACHABLE",hint:"The build server cannot reach the registry of the base image: check the name, DNS and the firewall there."},{pattern:/x509: |certificate signed by unknown authority/i,code:"REGISTRY_UNREACHABLE",hint:"Declare the registry's authority under registries.<host>.ca and run `drayage setup-build-server`."},{pattern:/server gave HTTP response to HTTPS client/i,code:"REGISTRY_UNREACHABLE",hint:"The registry speaks plain HTTP: set registries.<host>.insecure and run `drayage setup-build-server`."},{pattern:/exec format error/i,hint:"The image is for another processor: name build.platforms, or build on a server of that kind."},{pattern:/exit code: 137|signal: killed|cannot allocate memory/i,hint:"The step was killed, most likely for lack of memory on the build server."},{pattern:/secret ([\w.-]+): not found/i,hint:"Give the secret under build.secrets, with this name."},{pattern:/"\/[^"]*": not found/i,hint:"The file is not in the build context: check build.context, .dockerignore, and that it is committed."},{pattern:/target stage "[^"]*" could not be found/i,hint:"build.target must be the name of a stage of the Dockerfile (FROM \u2026 AS <name>)."},{pattern:/failed to read dockerfile/i,hint:"Name the Dockerfile under build.dockerfile, relative to the source."},{pattern:/npm (?:ERR!|error) code EUSAGE|can only install packages when your package\.json and package-lock\.json/i,hint:"package.json and package-lock.json differ: run `npm install` and commit both."},{pattern:/npm (?:ERR!|error) code E(?:401|403)|npm (?:ERR!|error) code ENEEDAUTH/i,hint:"The package registry asks for a token: give it under build.secrets and mount it in the RUN line."},{pattern:/npm (?:ERR!|error) code (?:ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNRESET)|getaddrinfo (?:ENOTFOUND|EAI_AGAIN)|Temporary failure (?:in name resolution|resolving)|Could not resolve host/i,hint:"The build has no way to that host: check DNS and the network of containers on the build server."},{pattern:/Cannot connect to the Docker daemon|permission denied while trying to connect to the Docker daemon/i,code:"DOCKER_UNREACHABLE",hint:"Run `drayage doctor`: Docker does not run on the build server, or this account may not use it."},{pattern:/docker: (?:command )?not found|'buildx' is not a docker command|unknown command: docker buildx|unknown flag: --(?:progress|metadata-file)/i,code:"DOCKER_MISSING",hint:"Run `drayage setup-build-server`: Docker or its buildx plugin is missing on the build server."}];function diagnoseBuild(log,{service:service2,server:server2,dockerfile}){const failure2=readFailure(log),cause=causes.find(({pattern})=>pattern.test(failure2.reason))??causes.find(({pattern})=>pattern.test(failure2.excerpt)),at2=failure2.line===void 0?void 0:{file:dockerfile,line:failure2.line},place=at2===void 0?"":` at ${dockerfile}:${at2.line}, \`${shorten$1(failure2.instruction??"")}\``,what=`The build of ${service2} on ${server2} failed${place}: ${shorten$1(plain(failure2.reason))}.`;return new base.DrayageError(cause?.code??"BUILD_FAILED",what,{hint:cause?.hint,at:at2,output:failure2.excerpt})}function plain(reason){const[,status2]=/^process "(?:.|\n)*" did not complete successfully: exit code: (\d+)$/.exec(reason)??[];return reason===""?"it said nothing":(status2===void 0?reason:`it ended with exit status ${status2}`).replace(/\.$/,"")}function shorten$1(text){return text.length<=300?text:`${text.slice(0,299)}\u2026`}const keptCommits=20;function fetchLines(mirror,url,commit,{git}){const inMirror=`${git} --git-dir=${transport$1.quote(mirror)}`;return`mkdir -p ${transport$1.quote(mirror)}
exec 7<>${transport$1.quote(`${mirror}.lock`)}
flock -n 7 || { echo 'waiting for another fetch of this repository'; flock 7; }
[ -f ${transport$1.quote(`${mirror}/HEAD`)} ] || git init -q --bare --template= ${transport$1.quote(mirror)} || exit 1
have() { ${inMirror} cat-file -e ${commit}'^{tree}' 2>/dev/null; }
if have; then
  echo 'commit ${commit} is here already'
else
  ${inMirror} fetch --no-tags --force --depth 1 ${transport$1.quote(url)} ${commit}:refs/drayage/${commit} 2>"$DRAYAGE_JOB/fetch.log" || {
    grep -qE 'not our ref|unadvertised object|remote ref|shallow|not allowed' "$DRAYAGE_JOB/fetch.log" || { cat "$DRAYAGE_JOB/fetch.log"; exit 1; }
    echo 'the git server gives no single commits; fetching branches and tags'
    ${inMirror} fetch --no-tags --force ${transport$1.quote(url)} '+refs/heads/*:refs/drayage/heads/*' '+refs/tags/*:refs/drayage/tags/*' || exit 1
  }
  have || { echo '@drayage no-commit'; exit 1; }
  ${inMirror} for-each-ref --sort=-creatordate --format='%(refname)' refs/drayage | sed 1,${keptCommits}d |
    while read -r old; do ${inMirror} update-ref -d "$old"; done
  ${inMirror} -c gc.auto=6700 -c gc.autoDetach=false gc --auto --quiet
fi
flock -u 7`}function checkoutLines(folder,mirror,commit){const tree=`${folder}/${require$$1$1.basename(folder)}`,git=`GIT_INDEX_FILE=${transport$1.quote(`${folder}/index`)} git -c core.hooksPath=/dev/null -c core.autocrlf=false --git-dir=${transport$1.quote(mirror)} --work-tree=${transport$1.quote(tree)}`;return`mkdir -p ${transport$1.quote(tree)}
exec 9<>${transport$1.quote(`${folder}/lock`)}
checked_out() { [ "$(cat ${transport$1.quote(`${folder}/commit`)} 2>/dev/null)" = ${commit} ]; }
flock -s 9
until checked_out; do
  flock -x -n 9 || { echo 'waiting for a build that reads these sources'; flock -x 9; }
  checked_out || {
    rm -f ${transport$1.quote(`${folder}/commit`)}
    ${git} read-tree --reset -u ${commit} && ${git} clean -ffdxq || exit 1
    echo ${commit} > ${transport$1.quote(`${folder}/commit`)}
  }
  flock -s 9
done`}const knownForges=["github.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl","gitlab.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAfuCHKVTjquxvt6CM6tdG4SLp1Btn/nOeHHE5UOzRdf","bitbucket.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIazEu89wgQZ4bqs3d63QSMzYVa0MuJ2e2gKTKqu+UUO"];function gitAccess(source,knownHosts){return{files:{"git-ssh":sshScript(knownHosts,source.key!==void 0),...source.key===void 0?{}:{"git-key":keyText(source.key.reveal())},...source.token===void 0?{}:{"git-token":source.token.reveal(),"git-credential":credentialScript(source.url)}},setup:`export GIT_TERMINAL_PROMPT=0 GIT_LFS_SKIP_SMUDGE=1 GIT_SSH_VARIANT=ssh GIT_SSH_COMMAND='sh "$DRAYAGE_JOB/git-ssh"'
command -v git > /dev/null || { echo '@drayage missing git'; exit 1; }
[ -s ${transport$1.quote(knownHosts)} ] || printf '%s\\n' ${transport$1.quoteArgv(knownForges)} > ${transport$1.quote(knownHosts)}`,git:transport$1.quoteArgv(["git","-c","core.hooksPath=/dev/null","-c","gc.auto=0",...credentialOptions(source)])}}function credentialOptions({url,token}){if(token===void 0)return[];const{origin}=new URL(url);return["-c","credential.helper=","-c",`credential.${origin}.helper=!sh "$DRAYAGE_JOB/git-credential"`]}function credentialScript(url){return`[ "$1" = get ] || exit 0
grep -q '^username=' || echo username=${new URL(url).hostname==="bitbucket.org"?"x-token-auth":"x-access-token"}
printf 'password=%s\\n' "$(cat "$DRAYAGE_JOB/git-token")"
`}function sshScript(knownHosts,hasKey){const strict="-o BatchMode=yes -o ConnectTimeout=20 -o StrictHostKeyChecking=accept-new",hosts=`-o UserKnownHostsFile=${transport$1.quote(`${knownHosts} ~/.ssh/known_hosts`)}`;return`exec ssh ${strict} ${hosts} ${hasKey?'-F /dev/null -o IdentitiesOnly=yes -o IdentityAgent=none -i "$DRAYAGE_JOB/git-key"':""} "$@"
`}function keyText(key){const text=transport$1.tidy(key);if(text!==void 0)return text;throw new base.DrayageError("SSH_KEY_INVALID","The deploy key in source.key cannot be read: it has no BEGIN and END line.",{hint:'Paste the whole file, from "-----BEGIN" to "-----END \u2026 PRIVATE KEY-----", with its line breaks.'})}function mirrorFolder(stateDir,url){return require$$1$1.posix.join(stateDir,"git",require$$2.hash("sha256",url).slice(0,16))}function accessTo(server2,source){return gitAccess(source,require$$1$1.posix.join(server2.account.stateDir,"git","known_hosts"))}async function resolveRef(server2,source,ref,phase,signal){const access=accessTo(server2,source),patterns=ref==="HEAD"?["HEAD"]:[`refs/heads/${ref}`,`refs/tags/${ref}`,`refs/tags/${ref}^{}`,ref];let log="";const{exitCode}=await server2.job({id:`resolve-${require$$2.randomBytes(6).toString("hex")}`,files:access.files,script:`${privateFolder("git")}
${access.setup}
exec ${access.git} ls-remote --symref ${transport$1.quote(source.url)} ${patterns.map(transport$1.quote).join(" ")}`,timeout:12e4,signal,onOutput:chunk=>{log+=chunk}});for(const[notice]of log.matchAll(/^Warning: Permanently added.*$/gm))phase.note(notice);if(exitCode!==0)throw diagnoseGit(log,source,server2.name,ref);const resolved=readRefs(log,ref);if(resolved!==void 0)return phase.note(`${ref} of ${source.url} is ${resolved.sha}`),resolved;throw new base.DrayageError("GIT_REF_NOT_FOUND",`${source.url} has no branch or tag "${ref}".`,{hint:/^[0-9a-f]{7,39}$/.test(ref)?"Write a commit with all 40 digits.":`List them: git ls-remote ${source.url}`})}function readRefs(output,ref){const rows=output.split(`
`).flatMap(line=>{const[,sha,name2]=/^([0-9a-f]{40})\t(\S+)$/.exec(line)??[];return sha===void 0||name2===void 0?[]:[{sha,name:name2}]}),find=name2=>rows.find(row=>row.name===name2)?.sha;if(ref==="HEAD"){const[,branch2]=/^ref: refs\/heads\/(\S+)\tHEAD$/m.exec(output)??[],sha=find("HEAD");return sha===void 0?void 0:{sha,branch:branch2}}const branch=find(`refs/heads/${ref}`);if(branch!==void 0)return{sha:branch,branch:ref};const tag2=find(`refs/tags/${ref}^{}`)??find(`refs/tags/${ref}`);if(tag2!==void 0)return{sha:tag2,tag:ref};const other=find(ref);return other===void 0?void 0:{sha:other}}function diagnoseGit(log,source,server2,wanted){const lines=log.trim().split(`
`),said=lines.findLast(line=>/^(?:fatal|remote|error|ssh|ERROR): |Permission denied|Host key/.test(line))??lines.at(-1)??"",what=`${server2} cannot fetch ${wanted} from ${source.url}`;if(log.includes("@drayage missing git"))return new base.DrayageError("GIT_MISSING",`${server2} has no git, which is needed for source.git.`,{hint:"drayage setup-build-server"});if(/Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/.test(log))return new base.DrayageError("GIT_FETCH_FAILED",`${what}: the git server's SSH key is not the one seen before.`,{hint:`If it was changed on purpose, remove its line from the file "git/known_hosts" in Drayage's state folder on ${server2}.`,output:log});if(/Authentication failed|could not read Username|Permission denied|Repository not found|repository .* not found|HTTP 40[134]|requested URL returned error: 40[134]|access denied|not allowed/i.test(log)){const credentials=source.token??source.key,given=credentials===void 0?"without credentials":`with source.${source.token===void 0?"key":"token"}`;return new base.DrayageError("GIT_ACCESS_DENIED",`${what} ${given}: ${said}.`,{hint:credentials===void 0?"For a private repository give source.token (https) or source.key (ssh).":void 0,output:log})}return/No space left on device/i.test(log)?new base.DrayageError("DISK_FULL",`${what}: its disk is full.`,{output:log}):/not our ref|couldn't find remote ref|did not contain|@drayage no-commit/.test(log)?new base.DrayageError("GIT_REF_NOT_FOUND",`${source.url} has no ${wanted}.`,{hint:"If it is a new commit, push it first.",output:log}):new base.DrayageError("GIT_FETCH_FAILED",`${what}: ${said}.`,{output:log})}async function buildFromGit(context,task){const{project,service:service2,build:build2,source}=task,server2=await context.connect(task.server);await task.ready;const commit=await pinned(context,server2,task),{sha=""}=commit,{stateDir}=server2.account,mirror=mirrorFolder(stateDir,source.url),folder=sourceFolder(stateDir,project,"git",source.url),root=require$$1$1.posix.join(folder,require$$1$1.basename(folder),source.path),plan=planBuild({project,service:service2,build:build2,commit,uniqueTag:sha.slice(0,12),context:require$$1$1.posix.join(root,build2.context),dockerfile:require$$1$1.posix.join(root,build2.dockerfile),plugins:pluginFolders(server2.account)}),access=accessTo(server2,source),blamed={service:service2.name,server:server2.name,dockerfile:require$$1$1.posix.join(source.path.replace(/^\//,""),build2.dockerfile)},image2=await runBuild(context,server2,{name:`build-${base.resourceName(base.ownerOf(project,service2))}`,titles:[`Fetch ${sha.slice(0,12)} of ${source.url} on ${server2.name}`,`Build ${service2.name} on ${server2.name}`],script:`${privateFolder("git")}
${privateFolder("sources")}
${access.setup}
${fetchLines(mirror,source.url,sha,access)}
${checkoutLines(folder,mirror,sha)}
echo '@drayage stage'
${cliLines(server2.account)}
${slotLines(project.servers[task.server]?.slots??1)}
${buildLines(plan.argv)}`,files:{...access.files,...plan.files},timeout:build2.timeout,followUp:task.followUp?.(plan.names)},(log,part)=>part===0?diagnoseGit(log,source,server2.name,`commit ${sha}`):diagnoseBuild(log,blamed));if(image2===void 0)throw new base.DrayageError("INTERNAL_BUG","A git checkout was replaced while it was locked.");const{imageId:imageId2,platform,user}=image2;return{image:plan.names[0],names:plan.names,imageId:imageId2,sourceCommit:sha,platforms:[platform],user,server:server2.name}}async function pinned(context,server2,{source,git,service:service2}){const wanted=wantedCommit(source,git);if(wanted.kind==="commit"){const{sha,branch,tag:tag2}=wanted;return sha===git.sha?git:{sha,branch,tag:tag2}}return context.report.phase(`Look up ${wanted.ref} of ${service2.name}'s repository`,phase=>resolveRef(server2,source,wanted.ref,phase,context.signal))}const wholeFile=1<<20;function packEntries(root,prefix,entries,control2){let bytes2=0;const archive$1=archive.tarStreamExports.pack(),counted=new require$$0$1.Transform({transform(chunk,_encoding,done){bytes2+=chunk.length,done(null,chunk)}});return writeAll(archive$1,root,prefix,entries,control2).then(()=>archive$1.finalize(),fault=>archive$1.destroy(fault)),promises$1.pipeline(archive$1,require$$3.createGzip({level:1}),counted).catch(fault=>counted.destroy(fault)),{stream:counted,bytes:()=>bytes2}}async function writeAll(archive2,root,prefix,entries,control2){for(const{name:name2,text}of control2)await write(archive2,{name:name2,mode:384},Buffer.from(text));await write(archive2,{name:`${prefix}/`,mode:493,type:"directory"});const inOrder=[...entries].sort((one,other)=>one.path<other.path?-1:1);for(const{path,mode,kind,size}of inOrder){const header2={name:`${prefix}/${path}`,mode:mode&4095},file=require$$1$1.join(root,path);kind==="folder"?await write(archive2,{...header2,type:"directory"}):kind==="link"?await write(archive2,{...header2,type:"symlink",linkname:await require$$0$2.readlink(file)}):size<=wholeFile?await write(archive2,{...header2,type:"file"},node_fs.readFileSync(file)):await writeStream(archive2,{...header2,type:"file",size},file)}}function write(archive2,header2,content){return new Promise((resolve,reject)=>{const done=fault=>fault==null?resolve():reject(fault);content===void 0?archive2.entry(header2,done):archive2.entry(header2,content,done)})}async function writeStream(archive2,header2,file){await promises$1.pipeline(node_fs.createReadStream(file,{end:(header2.size??1)-1}),archive2.entry(header2))}const small=128*1024,mostRounds$1=5;async function sendContext(server2,remote,source,phase,signal){for(let round=1;round<=mostRounds$1;round+=1){const compared=await server2.script(compareScript(remote,source.tree),{purpose:"Comparing the sources",repeatable:!0,signal}),[base$1="none",...theirs]=compared.stdout.split(`
`).filter(line=>line!=="");if(base$1==="same")return{added:0,removed:0,bytes:0,script:"",files:{}};try{const delta=await sendDifference(server2,{remote,source,base:base$1,theirs,phase,signal});if(delta!==void 0)return delta}catch(error){if(!(error instanceof base.DrayageError)||error.code!=="SSH_CONNECTION_LOST"||round===mostRounds$1)throw error;phase.note(`${error.message} Sending again.`)}await promises.setTimeout(100*round)}throw new base.DrayageError("SOURCE_CHANGED",`Other runs keep changing ${remote} on ${server2.name}.`,{hint:concurrencyHint})}const concurrencyHint="Let runs for one project wait for each other (`concurrency` on GitHub, `resource_group` on GitLab).";async function sendDifference(server2,sending){const{remote,source,base:base$1,theirs,phase,signal}=sending,{tree,folder}=source,{add,remove}=base$1==="none"?{add:tree.entries,remove:[]}:difference(tree,theirs),archive2=packEntries(folder,"tree",withFolders(add,tree),[{name:control.add,text:add.map(manifestLine).join("")},{name:control.remove,text:remove.map(key=>`${key}
`).join("")},{name:control.groups,text:groupLines(tree)}]),counts={added:add.length,removed:remove.length},[begin2,isWhole]=await firstBytes(archive2);if(isWhole){const files={[deltaFile]:begin2.toString("base64")};return{...counts,bytes:begin2.length,script:applyLines(remote,base$1,tree),files}}let fault;const options={purpose:"Sending the sources",stdin:require$$0$1.Readable.from(followedBy(begin2,archive2,error=>{fault=error}),{objectMode:!1}),accept:[0,superseded,damaged],signal,onOutput:chunk=>phase.output(chunk)},result=await server2.script(applyScript(remote,base$1,tree),options).catch(error=>{throw fault!==void 0?changedWhileSent(fault instanceof Error?fault.message:String(fault),fault):isDiskFull(error)?new base.DrayageError("DISK_FULL",`The sources do not fit on the disk of ${server2.name}.`,{cause:error}):error});if(result.exitCode!==superseded){if(result.exitCode===damaged)throw changedWhileSent(result.stderr);return{...counts,bytes:archive2.bytes(),script:"",files:{}}}}async function firstBytes({stream}){const chunks=[];let length=0;for(;length<=small;){const chunk=stream.read();if(chunk!==null)chunks.push(chunk),length+=chunk.length;else{if(stream.errored)throw changedWhileSent(stream.errored.message,stream.errored);if(stream.readableEnded)return[Buffer.concat(chunks),!0];await readableOrEnded(stream)}}return[Buffer.concat(chunks),!1]}function readableOrEnded(stream){return new Promise((resolve,reject)=>{const settle=error=>{stream.off("readable",settle).off("end",settle).off("error",settle),error===void 0?resolve():reject(changedWhileSent(error.message,error))};stream.once("readable",settle).once("end",settle).once("error",settle)})}async function*followedBy(begin2,{stream},onFault){yield begin2;try{yield*stream}catch(error){throw onFault(error),error}}function withFolders(add,tree){if(add.length===tree.entries.length)return add;const wanted=new Set(add.map(({path})=>path));for(const{path}of add)for(let end=path.lastIndexOf("/");end>0;end=path.lastIndexOf("/",end-1))wanted.add(path.slice(0,end));return tree.entries.filter(({path})=>wanted.has(path))}function changedWhileSent(said,cause){const what=said.trim().split(`
`).slice(0,3).join("; ");return new base.DrayageError("SOURCE_CHANGED",`The sources changed while they were being sent: ${what}.`,{cause})}function isDiskFull(error){return error instanceof base.DrayageError&&/No space left on device|Wrote only \d+ of \d+ bytes/.test(error.output??"")}const ownFolders=new Set([".git",".drayage"]);function ignoreRules(text){const patterns=text.replace(/^\uFEFF/,"").split(/\r?\n/).map(line=>escapeRegExp(line.trimEnd())).filter(line=>line.trim()!==""),rules=patterns.length===0?void 0:archive.dockerignore.default({ignorecase:!1}).add(patterns),reopening=patterns.filter(pattern=>pattern.startsWith("!")).map(pattern=>partsOf(pattern.slice(1)));return{isIgnored:path=>isOwn(path)||rules?.ignores(path)===!0,isClosed:folder=>isOwn(folder)||!reopening.some(parts=>mayMatchBelow(parts,folder.split("/")))}}function isOwn(path){return ownFolders.has(path.slice(path.lastIndexOf("/")+1))}function escapeRegExp(pattern){return pattern.replace(/\\.|[+(){}|]|(?<!\[)\^/g,found=>found.startsWith("\\")?found:`\\${found}`)}function partsOf(pattern){return pattern.trim().split("/").filter(part=>part!==""&&part!==".")}function mayMatchBelow(pattern,folder){for(const[index,name2]of folder.entries()){const part=pattern[index];if(part===void 0||part.includes("**"))return!0;if(!/[*?[\\]/.test(part)&&part!==name2)return!1}return!0}const longestTurn=12;async function readContext(root,rules,signal){const buffer=Buffer.allocUnsafe(1048576),entries=[],folders=[""];let resumed=performance.now();for(let folder=folders.pop();folder!==void 0;folder=folders.pop())for(const found of listFolder(root,folder)){performance.now()-resumed>longestTurn&&(await promises.setImmediate(),signal?.throwIfAborted(),resumed=performance.now());const path=folder===""?found.name:`${folder}/${found.name}`,isIgnored=rules.isIgnored(path);if(found.isDirectory()&&!(isIgnored&&rules.isClosed(path))&&folders.push(path),isIgnored)continue;const read2=readEntry(root,path,found,buffer);read2!==void 0&&entries.push(read2)}return withParents(root,entries)}function listFolder(root,folder){try{return node_fs.readdirSync(require$$1$1.join(root,folder),{withFileTypes:!0})}catch(cause){throw unreadable(folder===""?root:folder,cause)}}function readEntry(root,path,found,buffer){if(/[\n\uFFFD]/.test(path)){const what=`The file name ${JSON.stringify(path)} holds a line break or is not UTF-8; such names cannot be sent.`;throw new base.DrayageError("SOURCE_INVALID",what,{hint:"Rename the file, or exclude it in .dockerignore."})}const file=require$$1$1.join(root,path);try{if(found.isDirectory())return entry({path,mode:node_fs.lstatSync(file).mode,kind:"folder",content:noContent,size:0});if(found.isSymbolicLink())return entry({path,mode:41471,kind:"link",content:require$$2.hash("sha256",node_fs.readlinkSync(file)),size:0});if(!found.isFile())return;const{mode,size}=node_fs.lstatSync(file);return entry({path,mode,kind:"file",content:hashFile(file,size,buffer),size})}catch(cause){throw unreadable(path,cause)}}function hashFile(file,size,buffer){const descriptor=node_fs.openSync(file,"r");try{if(size<buffer.length){const length=node_fs.readSync(descriptor,buffer,0,buffer.length,null);return require$$2.hash("sha256",buffer.subarray(0,length))}const digest=require$$2.createHash("sha256");for(let length=node_fs.readSync(descriptor,buffer);length>0;length=node_fs.readSync(descriptor,buffer))digest.update(buffer.subarray(0,length));return digest.digest("hex")}finally{node_fs.closeSync(descriptor)}}function withParents(root,entries){const folders=new Set(entries.filter(({kind})=>kind==="folder").map(({path})=>path)),missing=new Set;for(const{path}of entries)for(let end=path.lastIndexOf("/");end>0;end=path.lastIndexOf("/",end-1)){const parent=path.slice(0,end);if(folders.has(parent)||missing.has(parent))break;missing.add(parent)}const parents=[...missing].map(path=>entry({path,mode:node_fs.lstatSync(require$$1$1.join(root,path)).mode,kind:"folder",content:noContent,size:0}));return[...entries,...parents]}function unreadable(path,cause){const reason=cause instanceof Error?cause.message:String(cause);return new base.DrayageError("SOURCE_INVALID",`The source ${path} cannot be read: ${reason}.`,{cause})}async function readLocalSource({root,context,dockerfile,signal}){const folder=require$$1$1.join(root,context);if(!(await require$$0$2.stat(folder).catch(()=>{}))?.isDirectory())throw new base.DrayageError("SOURCE_INVALID",`The build context ${folder} is not a folder.`,{hint:"On CI, check the repository out before this step."});const text=await readText(require$$1$1.join(root,dockerfile));if(text===void 0)throw await noDockerfile(root,context,dockerfile);const ownIgnore=await readText(require$$1$1.join(root,`${dockerfile}.dockerignore`)),rules=ignoreRules(ownIgnore??await readText(require$$1$1.join(folder,".dockerignore"))??"");return{folder,tree:treeOf(await readContext(folder,rules,signal)),dockerfile:text,ownIgnore}}async function noDockerfile(root,context,dockerfile){const inContext=require$$1$1.posix.join(context,dockerfile),found=inContext!==dockerfile&&await readText(require$$1$1.join(root,inContext))!==void 0;return new base.DrayageError("SOURCE_INVALID",`There is no ${dockerfile} in ${root}.`,{hint:found?`build.dockerfile is relative to the source, not to the context: write \`dockerfile: ${inContext}\`.`:"Name it under build.dockerfile, relative to the source."})}async function readText(file){return require$$0$2.readFile(file,"utf8").catch(cause=>{if(!(cause.code==="ENOENT"||cause.code==="ENOTDIR"||cause.code==="EISDIR"))throw new base.DrayageError("SOURCE_INVALID",`${file} cannot be read: ${cause.message}.`,{cause})})}const mostRounds=4;async function buildFromPath(context,task){const{project,service:service2,build:build2,git}=task,root=require$$1$1.join(require$$1$1.dirname(project.file??"drayage.yml"),task.source.path),reading=readLocalSource({root,context:build2.context,dockerfile:build2.dockerfile,signal:context.signal});reading.catch(()=>{}),await task.reachable;const title=`Send the sources of ${service2.name} to ${task.server}`,connecting=context.connect(task.server),[server2,source,delta]=await context.report.phase(title,async phase=>{const[connected,read2]=await Promise.all([connecting,reading]),sent=await sendContext(connected,folderOf(connected,task,read2),read2,phase,context.signal);return phase.note(describe$2(read2,sent)),[connected,read2,sent]}),isReady2=await settled(task.ready),folder=folderOf(server2,task,source),file=require$$1$1.posix.basename(build2.dockerfile),plan=planBuild({project,service:service2,build:build2,commit:git,uniqueTag:`tree-${source.tree.root.slice(0,12)}`,context:require$$1$1.posix.join(folder,require$$1$1.posix.basename(folder)),dockerfile:`dockerfile/${file}`,plugins:pluginFolders(server2.account)}),blamed={service:service2.name,server:server2.name,dockerfile:require$$1$1.posix.join(task.source.path,build2.dockerfile)};for(let round=1,current=delta;round<=mostRounds;round+=1){const image2=await runBuild(context,server2,{name:`build-${base.resourceName(base.ownerOf(project,service2))}`,titles:[`Build ${service2.name} on ${server2.name}`],script:pathScript(server2,task,{folder,source,file,argv:plan.argv,delta:current,isReady:isReady2}),gate:isReady2?void 0:task.ready,files:{...plan.files,...steeringFiles(source),...current.files},timeout:build2.timeout,followUp:task.followUp?.(plan.names)},(log,_part,exitCode)=>exitCode===damaged?changedWhileSent(log):diagnoseBuild(log,blamed));if(image2!==void 0)return{image:plan.names[0],names:plan.names,imageId:image2.imageId,sourceCommit:git.sha,platforms:[image2.platform],user:image2.user,server:server2.name};current=await context.report.phase(`${title} again`,phase=>(phase.note("Another run replaced them in between."),sendContext(server2,folder,source,phase,context.signal)))}const what=`Other runs keep replacing the sources of ${service2.name} on ${server2.name}.`;throw new base.DrayageError("SOURCE_CHANGED",what,{hint:concurrencyHint})}function folderOf(server2,{project,source,build:build2},{ownIgnore}){const rules=ownIgnore===void 0?[]:[build2.dockerfile];return sourceFolder(server2.account.stateDir,project,"path",source.path,build2.context,...rules)}function steeringFiles({dockerfile,ownIgnore}){return{"the-dockerfile":dockerfile,...ownIgnore===void 0?{}:{"the-dockerignore":ownIgnore}}}function pathScript(server2,task,{folder,source,file,argv,delta,isReady:isReady2}){const slots=task.project.servers[task.server]?.slots??1,ignoreLine=source.ownIgnore===void 0?"":`mv the-dockerignore dockerfile/${transport$1.quote(`${file}.dockerignore`)}`;return`${privateFolder("sources")}
${cliLines(server2.account)}
mkdir dockerfile && mv the-dockerfile dockerfile/${transport$1.quote(file)} || exit 1
${ignoreLine}
${delta.script}
${isReady2?"":gateLines}${slotLines(slots)}
${lockLines(folder,"-s","waiting for sources that another run is sending")}
[ "$(cat ${transport$1.quote(`${folder}/root`)} 2>/dev/null)" = ${source.tree.root} ] || exit ${superseded}
${buildLines(argv)}`}async function settled(promise){return promise===void 0?!0:Promise.race([promise.then(()=>!0),promises.setImmediate(!1)])}function describe$2({tree},{added,removed,bytes:bytes2}){const files=tree.entries.filter(({kind})=>kind!=="folder"),size=files.reduce((sum,{size:size2})=>sum+size2,0),all2=`${files.length} files, ${inUnits(size)}`;return added+removed===0?`${all2}: nothing changed`:`${all2}: ${added} new or changed, ${removed} replaced or gone, ${inUnits(bytes2)} to send`}function inUnits(bytes2){return bytes2<1e3?`${bytes2} bytes`:bytes2<1e6?`${(bytes2/1e3).toFixed(1)} kB`:`${(bytes2/1e6).toFixed(1)} MB`}async function buildService(context,request){const service2=config.pickService(request.project,request.service),{build:build2,source}=service2;if(build2===void 0||source.kind==="image")throw new base.DrayageError("BUILD_IMPOSSIBLE",`Service ${service2.name} runs a prebuilt image; there is nothing to build.`,{at:service2.at});const[server2]=build2.servers;if(server2===void 0)throw new base.DrayageError("BUILD_IMPOSSIBLE",`Service ${service2.name} names no build server.`,{hint:"Declare a server with role: build, or name one under build.servers.",at:service2.at});const task={...request,service:service2,build:build2,server:server2},result=source.kind==="git"?await buildFromGit(context,{...task,source}):await buildFromPath(context,{...task,source});return service2.image===void 0&&context.report.note(`${service2.name}: no registry is named, so the image stays on ${server2} as ${result.image} (${result.imageId}).`),result}const build=Object.freeze(Object.defineProperty({__proto__:null,buildService},Symbol.toStringTag,{value:"Module"})),schemePattern=/(?:^|,)\s*(bearer|basic)\s+/gi,parameterPattern=/([a-z_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/gi;function parseChallenge(header2){const text=typeof header2=="string"?header2:(header2??[]).join(", "),starts=[...text.matchAll(schemePattern)],challenges=starts.map((start2,index)=>{const parameters=readParameters(text.slice(start2.index+start2[0].length,starts[index+1]?.index));return{scheme:start2[1]?.toLowerCase(),parameters}}),bearer=challenges.find(({scheme,parameters})=>scheme==="bearer"&&parameters.has("realm"));if(bearer!==void 0){const{parameters}=bearer;return{scheme:"bearer",realm:parameters.get("realm")??"",service:parameters.get("service"),scope:parameters.get("scope")}}const basic=challenges.find(({scheme})=>scheme==="basic");return basic&&{scheme:"basic",realm:basic.parameters.get("realm")??""}}function readParameters(text){const pairs=[...text.matchAll(parameterPattern)].map(([,name2="",quoted,bare])=>[name2.toLowerCase(),quoted?.replace(/\\(.)/g,"$1")??bare??""]);return new Map(pairs)}class TransientFailure extends Error{name="TransientFailure";verdict;wait;constructor(verdict,wait){super(verdict.message,{cause:verdict.cause}),this.verdict=verdict,this.wait=wait}}const longestWait=6e4;async function retryTransient(work,policy){const{signal}=policy;try{return await transport$1.pRetry(work,{retries:policy.retries,minTimeout:policy.firstDelay,factor:2,randomize:!0,signal,shouldRetry:({error})=>error instanceof TransientFailure&&(error.wait??0)<=longestWait,onFailedAttempt:async({error,attemptNumber,retriesLeft})=>{if(!(error instanceof TransientFailure)||retriesLeft===0)return;const wait=error.wait??0;wait>longestWait||(policy.onRetry?.(error.verdict.message,attemptNumber),wait>0&&await promises.setTimeout(wait,void 0,{signal}))}})}catch(error){throw signal?.aborted===!0?new base.DrayageError("CANCELLED","The run was cancelled.",{cause:error}):error instanceof TransientFailure?error.verdict:error}}function retryAfter(header2,now=Date.now()){const text=typeof header2=="string"?header2.trim():header2?.[0]?.trim();if(text===void 0||text==="")return;if(/^\d+$/.test(text))return Number(text)*1e3;const date=Date.parse(text);return Number.isNaN(date)?void 0:Math.max(0,date-now)}function verdictOn(registry,subject,refusal2){const{host}=registry,said=messageOf(refusal2.body),detail=`HTTP ${refusal2.status}${said===""?"":`, "${said}"`}`;switch(!0){case(refusal2.status===401&&(registry.username===void 0||!usesTokens(refusal2))):return refused(registry,detail);case(refusal2.status===401||refusal2.status===403):return denied(registry,subject,detail);case refusal2.status===429:return new TransientFailure(new base.DrayageError("REGISTRY_RATE_LIMITED",`Registry ${host} limits how often it may be asked (${detail}, for ${subject}).`,{hint:rateHint(registry)}),retryAfter(refusal2.headers["retry-after"]));case(refusal2.status>=500||refusal2.status===408):return new TransientFailure(new base.DrayageError("REGISTRY_UNREACHABLE",`Registry ${host} failed with ${detail} when asked for ${subject}.`),retryAfter(refusal2.headers["retry-after"]));default:return new base.DrayageError("REGISTRY_UNREACHABLE",`Registry ${host} answered ${detail} when asked for ${subject}; expected the OCI distribution API.`,{hint:speechHint(registry,refusal2.body)})}}function refused(registry,detail){const{host,username}=registry;return username===void 0?new base.DrayageError("REGISTRY_AUTH",`Registry ${host} asks for credentials (${detail}), and none are declared for it.`,{hint:`Declare username and password under registries."${host}" in drayage.yml.`}):new base.DrayageError("REGISTRY_AUTH",`Registry ${host} refused the password of user ${username} (${detail}).`,{hint:`Check registries."${host}" in drayage.yml, and the secret its password comes from.`})}function denied(registry,subject,detail){const what=`Registry ${registry.host} denies ${who(registry)} access to ${subject} (${detail}).`,hint=`Check that the repository exists and that ${who(registry)} may use it, or declare other credentials under registries."${registry.host}".`;return new base.DrayageError("REGISTRY_DENIED",what,{hint})}function usesTokens(refusal2){return/^bearer/i.test(String(refusal2.headers["www-authenticate"]??""))}const transientCodes=new Set(["ECONNRESET","ECONNREFUSED","EPIPE","ETIMEDOUT","EAI_AGAIN","EHOSTUNREACH","ENETUNREACH","UND_ERR_CONNECT_TIMEOUT","UND_ERR_HEADERS_TIMEOUT","UND_ERR_BODY_TIMEOUT","UND_ERR_SOCKET"]);function unreachable(registry,fault){const code=codeOf(fault),reason=fault instanceof Error?fault.message:String(fault),verdict=new base.DrayageError("REGISTRY_UNREACHABLE",`Registry ${registry.host} cannot be reached: ${reason}.`,{hint:faultHint(registry,code,reason),cause:fault});return transientCodes.has(code)?new TransientFailure(verdict):verdict}function who(registry){return registry.username===void 0?"anonymous users":`user ${registry.username}`}function rateHint(registry){return registry.username===void 0?`Declare credentials under registries."${registry.host}": limits for known users are higher.`:"Wait until the limit is lifted, or use a mirror."}function codeOf(fault){return fault instanceof Error?"code"in fault&&typeof fault.code=="string"?fault.code:fault.cause===void 0?"":codeOf(fault.cause):""}function faultHint(registry,code,reason){const key=`registries."${registry.host}"`;if(/CERT|SELF_SIGNED|UNABLE_TO_/.test(code))return`Put the PEM of the authority that signed its certificate under ${key}.ca.`;if(/WRONG_VERSION_NUMBER|EPROTO/.test(`${code} ${reason}`))return`If it speaks plain HTTP, say so: ${key}.insecure: true.`;if(code==="ENOTFOUND")return`Check the spelling of ${registry.host}.`}function speechHint(registry,body){if(/HTTP request (?:was sent )?to (?:an )?HTTPS/i.test(body))return`It speaks TLS: remove registries."${registry.host}".insecure.`}function messageOf(body){const[,quoted]=/"(?:message|details)"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(body)??[];return(quoted??(body.startsWith("<")?"":body)).replace(/\s+/g," ").trim().slice(0,200)}class Authorization{#registry;#dispatcher;#headers=new Map;#access=new Map;#pending=new Map;constructor(registry,dispatcher){this.#registry=registry,this.#dispatcher=dispatcher}wants(path,access){(this.#access.get(path)??"pull")===access||access==="pull"||(this.#access.set(path,access),this.#headers.delete(path))}header(path){return this.#headers.get(path)}async answer(path,authenticate,used){if(this.#headers.get(path)!==used)return!0;const challenge=parseChallenge(authenticate);if(challenge===void 0)return!1;const pending=this.#pending.get(path)??this.#authorize(path,challenge);this.#pending.set(path,pending);try{const header2=await pending;return this.#headers.set(path,header2),header2!==used}finally{this.#pending.delete(path)}}async#authorize(path,challenge){const credentials=credentialsOf(this.#registry),basic=credentials&&`Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64")}`;if(challenge.scheme==="basic"){if(basic===void 0)throw refused(this.#registry,"HTTP 401");return basic}return`Bearer ${await this.#token(path,challenge,basic)}`}async#token(path,challenge,basic){const url=this.#tokenUrl(path,challenge),headers=basic===void 0?{}:{authorization:basic},response=await(await this.#dispatcher()).request({origin:url.origin,path:`${url.pathname}${url.search}`,method:"GET",headers}).catch(fault=>{throw unreachable(this.#registry,fault)}),body=await response.body.text();if(response.statusCode===401||response.statusCode===403)throw refused(this.#registry,`HTTP ${response.statusCode} from ${url.host}`);if(response.statusCode!==200){const refusal2={status:response.statusCode,headers:response.headers,body};throw verdictOn(this.#registry,`a token from ${url.host}`,refusal2)}const token=tokenIn(body);if(token!==void 0)return token;throw new base.DrayageError("REGISTRY_UNREACHABLE",`${url.host} answered without a token for registry ${this.#registry.host}.`)}#tokenUrl(path,challenge){if(!URL.canParse(challenge.realm)){const what=`Registry ${this.#registry.host} sends clients to "${challenge.realm}" for tokens; expected a URL.`;throw new base.DrayageError("REGISTRY_UNREACHABLE",what)}const url=new URL(challenge.realm);if(url.protocol!=="https:"&&!this.#registry.insecure){const what=`Registry ${this.#registry.host} sends clients to ${url.origin} for tokens; expected https.`;throw new base.DrayageError("REGISTRY_UNREACHABLE",what)}return challenge.service!==void 0&&url.searchParams.set("service",challenge.service),url.searchParams.set("scope",`repository:${path}:${this.#access.get(path)??"pull"}`),this.#registry.username!==void 0&&url.searchParams.set("account",this.#registry.username),url}}function tokenIn(body){const answer=parseJson(body);if(!(typeof answer!="object"||answer===null))return"token"in answer&&typeof answer.token=="string"?answer.token:"access_token"in answer&&typeof answer.access_token=="string"?answer.access_token:void 0}function parseJson(text){try{return JSON.parse(text)}catch{return}}const manifestTypes=["application/vnd.oci.image.index.v1+json","application/vnd.oci.image.manifest.v1+json","application/vnd.docker.distribution.manifest.list.v2+json","application/vnd.docker.distribution.manifest.v2+json"];class RegistryClient{#registry;#options;#pool;#authorization;#origin;#abort=()=>{this.#pool?.then(agent=>agent.destroy()).catch(()=>{})};constructor(registry,options={}){this.#registry=registry,this.#options=options,this.#authorization=new Authorization(registry,()=>this.#agent()),this.#origin=`${registry.insecure?"http":"https"}://${apiHost(registry.host)}`,options.signal?.addEventListener("abort",this.#abort,{once:!0})}async prepare(path,access="pull"){this.#authorization.wants(path,access),await this.#request("GET","/v2/",path,`repository ${path}`,{})}async digest(path,reference){if(this.#registry.host==="docker.io"){const answer=await this.#manifest("HEAD",path,reference),digest=header(answer?.headers["docker-content-digest"]);if(answer===void 0||digest!==void 0)return digest}return(await this.manifest(path,reference))?.digest}async manifest(path,reference){const answer=await this.#manifest("GET",path,reference);if(answer===void 0)return;const digest=`sha256:${require$$2.createHash("sha256").update(answer.bytes).digest("hex")}`,claimed=reference.startsWith("sha256:")?reference:header(answer.headers["docker-content-digest"]);if(claimed?.startsWith("sha256:")===!0&&claimed!==digest){const what=`Registry ${this.#registry.host} sent a manifest of ${path} with digest ${digest}; expected ${claimed}.`;throw new base.DrayageError("DIGEST_MISMATCH",what)}return{digest,mediaType:header(answer.headers["content-type"])??"",bytes:answer.bytes}}async tags(path){const tags=[];let next=`/v2/${path}/tags/list?n=1000`;for(;next!==void 0;){const answer=await this.#request("GET",next,path,`the tags of ${path}`,{},[404]);if(answer.status===404)return[];const page=JSON.parse(answer.bytes.toString("utf8"));typeof page=="object"&&page!==null&&"tags"in page&&Array.isArray(page.tags)&&tags.push(...page.tags.map(String)),next=nextPage(header(answer.headers.link))}return tags}async tagsOf(path,digest,among){const candidates=among??await this.tags(path),digests=await Promise.all(candidates.map(tag2=>this.digest(path,tag2)));return candidates.filter((_,index)=>digests[index]===digest)}async tag(path,manifest,tag2){this.#authorization.wants(path,"pull,push");const body={body:manifest.bytes,headers:{"content-type":manifest.mediaType}};await this.#request("PUT",`/v2/${path}/manifests/${tag2}`,path,`tag ${path}:${tag2}`,body)}async[Symbol.asyncDispose](){this.#options.signal?.removeEventListener("abort",this.#abort),this.#abort()}#agent(){const{ca}=this.#registry,{dial:dial2}=this.#options;return this.#pool??=Promise.resolve().then(()=>require("./undici.cjs")).then(n=>n.connection).then(({connections})=>connections({ca,dial:dial2})),this.#pool}async#manifest(method,path,reference){const subject=`${path}${reference.includes(":")?"@":":"}${reference}`,headers={accept:manifestTypes.join(", ")},answer=await this.#request(method,`/v2/${path}/manifests/${reference}`,path,subject,{headers},[404]);return answer.status===404?void 0:answer}async#request(method,target,path,subject,options,accept=[]){const{signal,retries:retries2=4,onRetry}=this.#options;return retryTransient(async()=>{const used=this.#authorization.header(path);let answer=await this.#send(method,target,path,options);const asked=header(answer.headers["www-authenticate"]);if(answer.status===401&&await this.#authorization.answer(path,asked,used)&&(answer=await this.#send(method,target,path,options)),answer.status>=200&&answer.status<300||accept.includes(answer.status))return answer;const refusal2={...answer,body:answer.bytes.toString("utf8")};throw verdictOn(this.#registry,subject,refusal2)},{retries:retries2,firstDelay:300,signal,onRetry})}async#send(method,target,path,options){const authorization=this.#authorization.header(path),headers={...options.headers,...authorization===void 0?{}:{authorization}};try{const{signal}=this.#options,response=await(await this.#agent()).request({origin:this.#origin,path:target,method,headers,body:options.body,signal}),bytes2=Buffer.from(await response.body.arrayBuffer());return await promises.setImmediate(),{status:response.statusCode,headers:response.headers,bytes:bytes2}}catch(fault){throw unreachable(this.#registry,fault)}}}function header(value){return typeof value=="string"?value:value?.join(", ")}function nextPage(link){const[,target]=/<([^>]+)>\s*;\s*rel="?next"?/.exec(link??"")??[];return target?.startsWith("/v2/")===!0?target:void 0}function diagnosePush(log,{registry,server:server2,image:image2}){const said=lastError(log),{host}=registry,error=(code,what,hint)=>new base.DrayageError(code,`${what}: ${said}.`,{hint,output:log}),unreachable2=hint=>error("REGISTRY_UNREACHABLE",`${server2} cannot push to registry ${host}`,hint);switch(!0){case/image does not exist locally|No such image|tag does not exist/i.test(log):return error("IMAGE_NOT_FOUND",`${server2} has no image ${image2}`,"Build it first: drayage build-remote");case/toomanyrequests|429 Too Many/i.test(log):return new TransientFailure(error("REGISTRY_RATE_LIMITED",`Registry ${host} limits pushes`));case/unauthorized|no basic auth credentials|authentication required|incorrect username or password/i.test(said):return refused(registry,said);case/denied|insufficient_scope|forbidden/i.test(said):return denied(registry,image2,said);case/x509: |certificate/i.test(said):return unreachable2(`Declare its authority under registries."${host}".ca and run: drayage setup-build-server`);case/HTTP response to HTTPS client/i.test(said):return unreachable2(`Say that it speaks plain HTTP (registries."${host}".insecure: true) and run: drayage setup-build-server`);case/no such host/i.test(said):return unreachable2(`Check the spelling of ${host}, and DNS on ${server2}.`);case/no space left/i.test(said):return error("DISK_FULL",`The push to ${host} found a full disk`);case isTransport(said):return new TransientFailure(unreachable2());default:return error("PUSH_FAILED",`${server2} cannot push ${image2}`)}}function isTransport(said){return/connection (?:refused|reset|timed out)|broken pipe|EOF|timeout|deadline exceeded|temporary failure|network is unreachable|no route to host|server misbehaving|use of closed network|unexpected (?:HTTP )?status(?: code)?[^\n]*5\d\d|50[0234] |Bad Gateway|Service Unavailable|Internal Server Error/i.test(said)}function lastError(log){return(log.split(`
`).map(line=>line.trim()).filter(line=>line!==""&&!/^(?:[0-9a-f]{12}: |The push refers to)/.test(line)).at(-1)??"it said nothing").replace(/^(?:Error response from daemon|error parsing HTTP \d+ response body): /i,"").replace(/\.$/,"").slice(0,400)}function destinationOf(project,service2){const parsed=service2.image===void 0?void 0:base.parseImage(service2.image);if(parsed===void 0)throw new base.DrayageError("INPUT_INVALID",`Service ${service2.name} has no "image", so there is no registry to push to.`,{hint:`Add the repository: services.${service2.name}.image: ghcr.io/<owner>/<name>`,at:service2.at});const{registry:host,repository:path}=parsed;return{registry:registryOf(project.registries,host)??{host,insecure:!1},path,repository:base.familiarImage({registry:host,repository:path})}}function tagsToPush(service2,image2,git,commit){const own=base.parseImage(image2)?.tag??"latest",isForeign=commit!==void 0&&commit!==git.sha,ref=service2.source.kind==="git"?service2.source.ref:void 0,facts=isForeign?{sha:commit,branch:ref,tag:ref}:git,tags=base.expandTags(service2.tags,facts,own);return service2.image!==void 0&&isSameRepository(image2,service2.image)?[...new Set([own,...tags])]:tags}function pushScript(image2,references){const[first=image2,...rest]=references;return`push() {
  docker push "$1" 2>&1 | while IFS= read -r line; do
    case $line in *': Preparing' | *': Waiting') continue ;; esac
    printf '%s\\n' "$line"
    case $line in *': digest: sha256:'*) set -- $line; echo "@drayage pushed \${1%:} $3" ;; esac
  done
}
${references.filter(reference=>reference!==image2).map(name2=>`docker tag ${transport$1.quote(image2)} ${transport$1.quote(name2)} || exit 1`).join(`
`)}
push ${transport$1.quote(first)}
${rest.map(reference=>`push ${transport$1.quote(reference)} &`).join(`
`)}
wait`}const retries=3;async function pushTags({server:server2,destination,image:image2,tags,pushed,name:name2,phase,signal}){const{registry,repository}=destination;await retryTransient(async()=>{let log="";const lines=base.markedLines(([word,tag2="",digest=""])=>{word==="pushed"&&pushed.set(tag2,digest)},text=>{log+=text,phase.output(text)}),missing=tags.filter(tag2=>!pushed.has(tag2)).map(tag2=>`${repository}:${tag2}`);if(await server2.job({id:`${name2}-${require$$2.randomBytes(4).toString("hex")}`,script:`${cliLines(server2.account)}
${pushScript(image2,missing)}`,files:{"config.json":dockerConfig([registry],pluginFolders(server2.account))},onOutput:lines.push,signal}),lines.finish(),tags.some(tag2=>!pushed.has(tag2)))throw diagnosePush(log,{registry,server:server2.name,image:image2})},{retries,firstDelay:1e3,signal,onRetry:(reason,number)=>phase.note(`${reason} Trying again (attempt ${number+1} of ${retries+1}).`)})}var __knownSymbol$3=(name2,symbol)=>(symbol=Symbol[name2])?symbol:Symbol.for("Symbol."+name2),__typeError$3=msg=>{throw TypeError(msg)},__using$3=(stack,value,async)=>{if(value!=null){typeof value!="object"&&typeof value!="function"&&__typeError$3("Object expected");var dispose,inner;dispose=value[__knownSymbol$3("asyncDispose")],dispose===void 0&&(dispose=value[__knownSymbol$3("dispose")],inner=dispose),typeof dispose!="function"&&__typeError$3("Object not disposable"),inner&&(dispose=function(){try{inner.call(this)}catch(e){return Promise.reject(e)}}),stack.push([async,dispose,value])}else stack.push([async]);return value},__callDispose$3=(stack,error,hasError)=>{var E=typeof SuppressedError=="function"?SuppressedError:function(e,s,m,_){return _=Error(m),_.name="SuppressedError",_.error=e,_.suppressed=s,_},fail=e=>error=hasError?new E(e,error,"An error was suppressed during disposal"):(hasError=!0,e),next=it=>{for(;it=stack.pop();)try{var result=it[1]&&it[1].call(it[2]);if(it[0])return Promise.resolve(result).then(next,e=>(fail(e),next()))}catch(e){fail(e)}if(hasError)throw error};return next()};async function pushImage(context,request){var _stack=[];try{return await __using$3(_stack,new Push(context,request),!0).finish(request)}catch(_){var _error=_,_hasError=!0}finally{var _promise=__callDispose$3(_stack,_error,_hasError);_promise&&await _promise}}class Push{#context;#request;#service;#destination;#client;#preparing;#pushed=new Map;constructor(context,request){const service2=config.pickService(request.project,request.service);this.#context=context,this.#request=request,this.#service=service2,this.#destination=destinationOf(request.project,service2),this.#client=new RegistryClient(this.#destination.registry,{signal:context.signal,dial:async(host,port2)=>(await context.connect(request.server)).dial(host,port2)})}#prepare(){return this.#preparing??=this.#client.prepare(this.#destination.path,"pull,push"),this.#preparing}followUp(names){return setImmediate(()=>{this.#prepare().catch(()=>{})}),{title:this.#title,script:pushScript(names[0]??"",names),onWords:([word,tag2="",digest=""])=>{word==="pushed"&&this.#pushed.set(tag2,digest)}}}async finish({image:image2,sourceCommit}){const{report}=this.#context,tags=tagsToPush(this.#service,image2,this.#request.git,sourceCommit),isPushed=tags.every(tag2=>this.#pushed.has(tag2)),title=isPushed?`Check ${this.#service.name} in ${this.#destination.registry.host}`:this.#title;return report.phase(title,async phase=>{const digest=isPushed?await this.#verify(tags):await this.#present(image2,tags)??await this.#push(image2,tags,phase),{repository}=this.#destination,result={image:`${repository}:${tags[0]}`,digest,pinnedImage:`${this.#service.image}@${digest}`,tags};return phase.note(`${this.#pushed.size===0?"nothing to push: the registry has":"the registry has"} ${tags.map(tag2=>`${repository}:${tag2}`).join(", ")} as ${digest}`),result})}async[Symbol.asyncDispose](){await this.#client[Symbol.asyncDispose]()}get#title(){return`Push ${this.#service.name} to ${this.#destination.registry.host}`}async#present(image2,tags){const server2=await this.#context.connect(this.#request.server),text=`${engineLines(server2.account)}
docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' ${transport$1.quote(image2)}`,purpose=`Looking for image ${image2}`,inspected=await server2.script(text,{purpose,accept:"any",signal:this.#context.signal});if(/No such (?:image|object)/i.test(inspected.stderr))throw new base.DrayageError("IMAGE_NOT_FOUND",`${server2.name} has no image ${image2}.`,{hint:`Build it first: drayage build-remote --service ${this.#service.name}`});const{repository,path}=this.#destination,digests=inspected.stdout.split(`
`).filter(line=>line.includes("@")&&isSameRepository(line,repository)).map(line=>line.slice(line.indexOf("@")+1));if(digests.length===0)return;await this.#prepare();const found=[];for(const tag2 of tags)found.push(await this.#client.digest(path,tag2));const[first]=found;return first!==void 0&&digests.includes(first)&&found.every(digest=>digest===first)?first:void 0}async#push(image2,tags,phase){const server2=await this.#context.connect(this.#request.server);return await pushTags({server:server2,destination:this.#destination,image:image2,tags,pushed:this.#pushed,name:`push-${this.#request.project.name}-${this.#service.name}`,phase,signal:this.#context.signal}),this.#verify(tags)}async#verify(tags){await this.#prepare();const{registry,repository,path}=this.#destination,expected=this.#pushed.get(tags[0]??"");for(const tag2 of tags){const found=await this.#client.digest(path,tag2),pushed=this.#pushed.get(tag2);if(found!==void 0&&found===pushed&&pushed===expected)continue;const what=`Registry ${registry.host} has ${found??"nothing"} as ${repository}:${tag2}; ${pushed??"nothing"} was pushed.`;throw new base.DrayageError("DIGEST_MISMATCH",what,{hint:"Another run may have pushed the same tag at the same time. Run this step again."})}return expected??""}}const push=Object.freeze(Object.defineProperty({__proto__:null,Push,pushImage},Symbol.toStringTag,{value:"Module"})),imageId=/^sha256:[0-9a-f]{64}$/;function checkImage(image2){if(!(imageId.test(image2)||base.parseImage(image2)!==void 0))throw new base.DrayageError("IMAGE_NOT_FOUND",`'${image2}' is not the name of an image.`,{hint:"Expected `repository:tag`, `repository@sha256:\u2026` or the `sha256:\u2026` of an image on the node."})}function lookupName(image2){const reference=base.parseImage(image2);return reference?.digest===void 0?image2:`${base.familiarImage({...reference,tag:void 0,digest:void 0})}@${reference.digest}`}function pinImage(image2,server2,facts){if(imageId.test(image2)){if(facts.image!==void 0)return image2;throw new base.DrayageError("IMAGE_NOT_FOUND",`${server2} has no image ${image2}, and it has no registry to come from.`,{hint:"Name a repository under `image`, or build on the server that deploys."})}const reference=base.parseImage(image2);if(reference===void 0)throw new base.DrayageError("IMAGE_NOT_FOUND",`'${image2}' is not the name of an image.`);const{registry}=facts,repository=base.familiarImage({...reference,tag:void 0,digest:void 0});if(reference.digest!==void 0){if(facts.image===void 0&&"error"in registry&&isFinal(registry))throw registryRefusal(image2,reference.registry,server2,registry);return`${repository}@${reference.digest}`}if("digest"in registry)return`${repository}@${registry.digest}`;throw registryRefusal(image2,reference.registry,server2,registry)}function registryRefusal(image2,registry,server2,answer){const said=answer.error===""?"no reason given":answer.error;return/unauthorized|authentication required|no basic auth|denied/i.test(said)&&!/not exist/i.test(said)?new base.DrayageError("REGISTRY_AUTH",`Registry ${registry} refused ${server2} the image ${image2}: ${said}.`,{hint:`Check \`registries: ${registry}:\` in drayage.yml: user name, and the secret its password comes from.`}):/toomanyrequests|rate limit/i.test(said)?new base.DrayageError("REGISTRY_RATE_LIMITED",`Registry ${registry} limits requests of ${server2}: ${said}.`):answer.status===404||/manifest unknown|not found|name unknown|not exist/i.test(said)?new base.DrayageError("IMAGE_NOT_FOUND",`Image ${image2} does not exist in registry ${registry}: ${said}.`,{hint:"Check its spelling, and that the step that builds and pushes it has run."}):new base.DrayageError("REGISTRY_UNREACHABLE",`${server2} could not ask registry ${registry} for ${image2}: ${said}.`)}function isFinal({status:status2,error}){return status2===401||status2===403||/manifest unknown|name unknown|unauthorized|denied/i.test(error)}const envelope=config.object({id:config.string(),title:config.string(),status:config._enum(["running","done","error","cancelled"]),startedAt:config.string(),pinnedImage:config.string(),resource:config.string(),service:config.string(),mode:config._enum(["swarm","standalone"]),logPath:config.string(),specHash:config.string(),spec:config.looseObject({image:config.string(),replicas:config.number()})});function newDeploymentId(now=new Date,random=require$$2.randomBytes(2).toString("hex").slice(1)){const time=now.toISOString().replace(/[-:]/g,"").replace(/\.\d+Z$/,"z").toLowerCase(),milliseconds=now.getUTCMilliseconds().toString(16).padStart(3,"0");return`${time}-${milliseconds}${random}`}function recordHead(head){return JSON.stringify(head).slice(0,-1)}function parseRecord(text){let value;try{value=JSON.parse(text)}catch{return}return envelope.safeParse(value).success?value:void 0}function runFields(run){return{who:run.who,run:run.id,...run.url===void 0?{}:{runUrl:run.url}}}function deploymentPaths(stateDir,resource){const folder=`${stateDir}/deployments/${resource}`;return{folder,record:id=>`${folder}/${id}.json`,log:id=>`${folder}/${id}.log`,current:`${folder}/current`,secrets:`${stateDir}/secrets`}}function toolsFile(stateDir,image2){return`${stateDir}/images/${image2.slice(image2.lastIndexOf("sha256:")+7)}`}const factsMark="@@facts ",mark=factsMark;function factsScript(request){return`${nodeScript(request)}echo '${mark}api'
${batchScript(engineRequests(request))}`}function wholeLook(node,engine){return`${node}
${mark}api
${engine}`}function nodeScript(request){const paths=deploymentPaths(request.stateDir,request.resource),active=`${proxyPaths(request.stateDir).active}/${request.resource}`;return`for program in curl wget bash nc; do command -v "$program" >/dev/null 2>&1 && echo "${mark}program $program"; done
for slot in blue green; do [ -e ${transport$1.quote(active)}/$slot ] && echo "${mark}slot $slot"; done
if [ -s ${transport$1.quote(paths.current)} ]; then printf '${mark}current '; cat ${transport$1.quote(paths.folder)}/"$(cat ${transport$1.quote(paths.current)})".json; echo; fi
if command -v ss >/dev/null 2>&1; then ss -Hltunp 2>/dev/null | sed 's/^/${mark}socket /'; fi
${request.image===void 0?"":`[ -e ${transport$1.quote(toolsFile(request.stateDir,request.image))} ] && echo "${mark}tools $(cat ${transport$1.quote(toolsFile(request.stateDir,request.image))})"`}
`}function engineRequests({owner,image:image2,registryAuth}){const labels=Object.entries(base.ownerLabels(owner)).map(([key,value])=>`${key}=${value}`),byOwner=encodeURIComponent(JSON.stringify({label:labels})),headers=registryAuth===void 0?{}:{"X-Registry-Auth":registryAuth};return[{path:"/info",earlier:!0},{path:"/containers/json?all=1"},{path:`/services?status=true&filters=${byOwner}`},{path:`/networks/${encodeURIComponent(base.networkName(owner))}`},...image2===void 0?[]:[{path:`/images/${image2}/json`}],...image2===void 0||image2.startsWith("sha256:")?[]:[{path:`/distribution/${image2}/json`,headers}]]}function parsePortHolders(socketLines,containers){const holders=new Map;for(const{name:name2,own,ports}of containers)for(const{PublicPort:port2,Type:protocol}of ports)port2===void 0||protocol!=="tcp"&&protocol!=="udp"||holders.set(`${port2}/${protocol}`,{port:port2,protocol,holder:`container ${name2}`,own});for(const line of socketLines){const[protocol,,,,local=""]=line.trim().split(/\s+/),port2=Number(local.slice(local.lastIndexOf(":")+1));if(protocol!=="tcp"&&protocol!=="udp"||!Number.isInteger(port2)||holders.has(`${port2}/${protocol}`))continue;const process=/users:\(\("([^"]+)",pid=(\d+)/.exec(line),holder=process===null?"a process of the node":`process ${process[1]} (pid ${process[2]})`;holders.set(`${port2}/${protocol}`,{port:port2,protocol,holder,own:!1})}return[...holders.values()]}const info=config.looseObject({ServerVersion:config.string(),OSType:config.string(),Architecture:config.string(),SecurityOptions:config.array(config.string()).nullish(),Swarm:config.looseObject({NodeID:config.string(),LocalNodeState:config.string(),ControlAvailable:config.boolean()})}),containerList=config.array(config.looseObject({Id:config.string(),Names:config.array(config.string()),State:config.string(),Image:config.string(),Labels:config.record(config.string(),config.string()).nullish(),Ports:config.array(config.looseObject({PublicPort:config.number().optional(),Type:config.string()})).nullish()})),serviceList=config.array(config.looseObject({Spec:config.looseObject({Name:config.string(),Labels:config.record(config.string(),config.string()).nullish()}),ServiceStatus:config.looseObject({RunningTasks:config.number(),DesiredTasks:config.number()}).partial().nullish()})),network=config.looseObject({Driver:config.string(),Attachable:config.boolean(),Labels:config.record(config.string(),config.string()).nullish()}),imageInfo=config.looseObject({Id:config.string(),Os:config.string(),Architecture:config.string(),Config:config.looseObject({User:config.string().nullish()}).nullish()}),distribution=config.looseObject({Descriptor:config.looseObject({digest:config.string()}),Platforms:config.array(config.looseObject({os:config.string().optional(),architecture:config.string().optional()})).nullish()}),failure=config.looseObject({message:config.string()});function parseFacts(output,errors,request,server2){const[head="",tail=""]=splitOnce(output,`${factsMark}api
`),lines=head.split(`
`).filter(line=>line.startsWith(factsMark)).map(line=>line.slice(factsMark.length)),valuesOf=key=>lines.filter(line=>line.startsWith(`${key} `)).map(line=>line.slice(key.length+1)),[infoAnswer,containersAnswer,servicesAnswer,networkAnswer,imageAnswer,registryAnswer]=parseBatch(tail),engine=info.safeParse(infoAnswer?.body),containers=containerList.safeParse(containersAnswer?.body);if(!engine.success||!containers.success)throw new base.DrayageError("DOCKER_UNREACHABLE",`The Docker engine on ${server2} did not answer: ${lastLine(errors)}.`,{hint:`drayage doctor --server ${server2}`,cause:engine.error??containers.error});const services=serviceList.safeParse(servicesAnswer?.body),existing=network.safeParse(networkAnswer?.body),image2=imageInfo.safeParse(imageAnswer?.body),slot=valuesOf("slot")[0],record2=valuesOf("current")[0],tools=valuesOf("tools")[0],platform=`${engine.data.OSType}/${goArchitecture(engine.data.Architecture)}`;return{engine:{version:engine.data.ServerVersion,platform,rootless:(engine.data.SecurityOptions??[]).some(option=>option.includes("rootless"))},swarm:{active:engine.data.Swarm.LocalNodeState==="active",manager:engine.data.Swarm.ControlAvailable,nodeId:engine.data.Swarm.NodeID},programs:new Set(valuesOf("program")),containers:containers.data.filter(container=>base.isOwnedBy(request.owner,container.Labels??{})).map(container=>({id:container.Id,name:(container.Names[0]??container.Id).replace(/^\//,""),state:container.State,image:container.Image,...ownFields(container.Labels??{})})),services:(services.data??[]).map(service2=>{const{deployment,specHash:specHash2}=ownFields(service2.Spec.Labels??{}),{RunningTasks:running=0,DesiredTasks:desired=0}=service2.ServiceStatus??{};return{name:service2.Spec.Name,deployment,specHash:specHash2,running,desired}}),network:existing.success?{driver:existing.data.Driver,attachable:existing.data.Attachable,owned:base.isOwnedBy({...request.owner,service:void 0},existing.data.Labels??{})}:void 0,activeSlot:slot==="blue"||slot==="green"?slot:void 0,image:image2.success?{platform:`${image2.data.Os}/${image2.data.Architecture}`,id:image2.data.Id,user:image2.data.Config?.User??""}:void 0,registry:registryFacts(registryAnswer),current:record2===void 0?void 0:parseRecord(record2),tools:tools===void 0?void 0:new Set(tools.split(" ").filter(tool=>tool!=="")),portHolders:parsePortHolders(valuesOf("socket"),containers.data.map(container=>({name:(container.Names[0]??container.Id).replace(/^\//,""),own:base.isOwnedBy(request.owner,container.Labels??{}),ports:container.Ports??[]})))}}function ownFields(labels){const slot=labels[`${base.labelPrefix}.slot`];return{deployment:labels[`${base.labelPrefix}.deployment`]??"",specHash:labels[`${base.labelPrefix}.spec`]??"",slot:slot==="blue"||slot==="green"?slot:void 0}}function registryFacts(answer){const found=distribution.safeParse(answer?.body);if(found.success&&answer?.status===200){const platforms=(found.data.Platforms??[]).map(({os,architecture})=>`${os}/${architecture}`);return{digest:found.data.Descriptor.digest,platforms}}return{error:failure.safeParse(answer?.body).data?.message??"",status:answer?.status??0}}function goArchitecture(machine){return{x86_64:"amd64",aarch64:"arm64",armv7l:"arm",armv6l:"arm",i686:"386"}[machine]??machine}function splitOnce(text,separator){const at2=text.indexOf(separator);return at2<0?[text,""]:[text.slice(0,at2),text.slice(at2+separator.length)]}function lastLine(text){return text.trim().split(`
`).at(-1)?.trim()||"it gave no reason"}async function lookAtNodes(context,servers,wanted){return Promise.all(servers.map(async server2=>{const request={...wanted,stateDir:server2.account.stateDir},{stdout,stderr}=await server2.script(factsScript(request),{purpose:"Looking at the node",repeatable:!0,accept:"any",signal:context.signal});return{server:server2,facts:parseFacts(stdout,stderr,request,server2.name)}}))}async function lockAndLook(context,phase,servers,wanted,lock2){const requestOn=server2=>({...wanted,stateDir:server2.account.stateDir}),printed=new Map,lease=await transport$1.acquireAll(lock2.places,lock2.resource,context.run,{signal:context.signal,wait:lock2.wait,onWait:({serverName,who:who2,since})=>phase.note(`waiting for the lock of ${lock2.resource} on ${serverName}, which ${who2} holds since ${since}`),look:server2=>servers.includes(server2)?factsScript(requestOn(server2)):":",onLooked:(server2,text)=>printed.set(server2,text)});try{const nodes=servers.map(server2=>{const text=printed.get(server2);if(text===void 0)throw new base.DrayageError("INTERNAL_BUG",`${server2.name} was locked but not looked at.`);return{server:server2,facts:parseFacts(text.stdout,text.stderr,requestOn(server2),server2.name)}});return{lease,nodes}}catch(error){throw await lease.release(),error}}const eventMark="@drayage ",at=config.number(),schema=config.discriminatedUnion("event",[config.object({event:config.literal("begun"),at,folder:config.string()}),config.object({event:config.literal("pulling"),at}),config.object({event:config.literal("pulled"),at}),config.object({event:config.literal("tools"),at,tools:config.string()}),config.object({event:config.literal("started"),at,container:config.string()}),config.object({event:config.literal("waiting"),at,container:config.string(),detail:config.string()}),config.object({event:config.literal("healthy"),at,container:config.string()}),config.object({event:config.literal("staged"),at}),config.object({event:config.literal("stopped"),at}),config.object({event:config.literal("gap"),at,milliseconds:config.number()}),config.object({event:config.literal("restored"),at,milliseconds:config.number()}),config.object({event:config.literal("switched"),at}),config.object({event:config.literal("committed"),at}),config.object({event:config.literal("progress"),at,detail:config.string()}),config.object({event:config.literal("tail"),at,container:config.string(),text:config.base64()}),config.object({event:config.literal("done"),at}),config.object({event:config.literal("cancelled"),at}),config.object({event:config.literal("failed"),at,code:config._enum(base.errorCodes),message:config.string()})]);function eventReader(onEvent,onLine){let rest="";return chunk=>{const lines=(rest+chunk).split(`
`);rest=lines.pop()??"";for(const line of lines){const event=line.startsWith(eventMark)?parseEvent(line.slice(eventMark.length)):void 0;event!==void 0?onEvent(event):onLine(line)}}}function parseEvent(text){try{return schema.safeParse(JSON.parse(text)).data}catch{return}}function failureOf(server2,events,servesOn){const failed=events.find(event=>event.event==="failed");if(failed===void 0)return;const tails=events.filter(event=>event.event==="tail").map(({container,text})=>({container,text:Buffer.from(text,"base64").toString("utf8")}));return{server:server2,code:failed.code,message:failed.message,tails,servesOn}}function deployError(failure2){const{server:server2,code,message,tails,servesOn}=failure2,sentence=/[.!?]$/.test(message.trimEnd())?message.trimEnd():`${message.trimEnd()}.`,rest=servesOn?" The version before it serves on.":"",output=tails.map(({container,text})=>`Last lines of ${container}:
${text.trimEnd()===""?"(it printed nothing)":text.trimEnd()}`).join(`

`);return new base.DrayageError(code,`${server2}: ${sentence}${rest}`,{hint:adviceOn(failure2),output:output===""?void 0:output})}const known=[[/exec format error/i,"The image is made for another processor: set `build.platforms` to the platform of the node."],[/EADDRINUSE|address already in use/i,"The program finds its port taken inside the container: check that it starts once only."],[/Cannot find module|ModuleNotFoundError|no such file or directory/i,"Something the program needs is not in the image: check the COPY lines and .dockerignore."],[/permission denied/i,"The program may not read or run something: check modes in the image and `deploy.user`."],[/ECONNREFUSED|connection refused|could not connect|getaddrinfo|no such host/i,"The program could not reach another service: check its address in `deploy.env` and that it runs in this environment."]];function adviceOn({code,message,tails}){if(code==="DEPLOY_EXITED"||code==="DEPLOY_ROLLED_BACK"){if(message.includes("more memory than"))return"Raise `resources.memory`, or find what needs so much.";const text=`${message}
${tails.map(tail=>tail.text).join(`
`)}`,hit=known.find(([pattern])=>pattern.test(text));if(hit!==void 0)return hit[1];const status2=/status (\d+)/.exec(message)?.[1];return status2==="0"?"The program ended as if its work was done: a service has to stay in the foreground.":status2==="127"?"Its command does not exist in the image: check `deploy.command` and the ENTRYPOINT.":status2==="137"?"It was killed (SIGKILL): look for the memory limit and the kernel log (`dmesg`).":"Its last lines, above, say why. `docker run --rm -it IMAGE` with the same variables shows the same."}if(code==="DISK_FULL")return"See what takes the space on that node: docker system df; df -h";if(!(code!=="DEPLOY_UNHEALTHY"&&code!=="DEPLOY_TIMEOUT"))return message.includes("nothing answers")||message.includes("does not accept")?"Check `health.port`, and that the program listens on 0.0.0.0 and not on 127.0.0.1; a slow start needs a longer `start-period`.":/answered 404/.test(message)?"Check `health.http`: the program does not know this path.":/answered 5\d\d/.test(message)?"The program runs but reports an error: its last lines, above, may say why.":/answered 40[13]/.test(message)?"The health path must answer without a login.":"A slow start needs a longer `start-period` or more `retries`."}class NotTaken extends Error{name="NotTaken"}async function runJobs(context,phase,jobs,lease){const running=jobs.map(job=>start({context,phase,lease},job,jobs.length>1)),outcomes=Promise.all(running.map(node=>node.outcome));if(running.length===1)return outcomes;try{for(const[event,word]of[["staged","go"],["committed","commit"]])await Promise.race([outcomes,Promise.all(running.map(node=>node.reached(event)))]),await Promise.all(running.map(async node=>send(node,word)));return await outcomes}catch(error){const reason=`Taken back, because another node failed: ${error instanceof Error?error.message:String(error)}`;throw await Promise.all(running.map(node=>node.abort(reason))),splitBy(error,running)??error}}function splitBy(error,running){const names=nodes=>nodes.map(({job})=>job.server.name).join(", "),done=running.filter(node=>node.isDone());if(done.length===0||done.length===running.length)return;const others=running.filter(node=>!node.isDone()),why=error instanceof Error?error.message:String(error);return new base.DrayageError("DEPLOY_SPLIT",`The new version serves on ${names(done)}, but not on ${names(others)}, which kept or took back the one before: ${why}`,{hint:"Run again: it brings all nodes to the same version. drayage status shows what runs where.",cause:error})}async function send({job,folder},word){const text=`: >${transport$1.quote(`${await folder}/${word}`)}`;await job.server.script(text,{purpose:"Going on with the deployment",repeatable:!0})}function start({context,phase,lease},job,isJoined){const{server:server2}=job,events=[],waiters=[],cancel=new AbortController;let tellFolder=()=>{};const folder=new Promise(resolve=>{tellFolder=resolve}),onEvent=event=>{events.push(event),event.event==="begun"&&(lease?.confirm?.(),tellFolder(event.folder));const line=describe$1(event);line!==void 0&&phase.output(`${line}
`,server2.name);for(const waiter of waiters)waiter.event===event.event&&waiter.resolve()},reached=event=>events.some(past=>past.event===event)?Promise.resolve():new Promise(resolve=>waiters.push({event,resolve})),read2=eventReader(onEvent,line=>phase.output(`${line}
`,server2.name)),ended=server2.job({id:job.id,script:job.script,files:job.files,onOutput:read2,signal:AbortSignal.any([context.signal,cancel.signal]),timeout:job.timeout+12e4,lease:isJoined?30:60}).then(async({exitCode})=>{if(exitCode===transport$1.notTaken&&events.length===0)throw new NotTaken;if(exitCode===transport$1.overtaken&&events.length===0&&lease!==void 0)throw await lease.lostOn(server2.name);return conclude(job,events,exitCode)},async error=>{throw(error instanceof base.DrayageError&&error.code==="JOB_LOST"&&events.length>0?await lease?.overtakenOn(server2.name):void 0)??error}),outcome=Promise.race([reached("done").then(()=>({server:server2.name,events})),ended]);return ended.catch(()=>{}),outcome.catch(()=>{}),{job,folder,outcome,reached,isDone:()=>events.some(({event})=>event==="done"),abort:async reason=>{if(!events.some(event=>["failed","done","cancelled"].includes(event.event))){const path=`${await Promise.race([folder,outcome.then(()=>"",()=>"")])}`;if(path!==""){const write2=`printf %s ${transport$1.quote(reason)} >${transport$1.quote(`${path}/abort`)}`;await server2.script(write2,{purpose:"Taking the deployment back",accept:"any"}).catch(()=>{})}cancel.abort()}await outcome.catch(()=>{})}}}function conclude({server:server2,servesOn},events,exitCode){if(events.some(event=>event.event==="done"))return{server:server2.name,events};const failure2=failureOf(server2.name,events,servesOn);throw failure2!==void 0?deployError(failure2):events.some(event=>event.event==="cancelled")?new base.DrayageError("CANCELLED",`The deployment on ${server2.name} was cancelled and taken back.`):new base.DrayageError("JOB_LOST",`The deployment on ${server2.name} ended without a result (exit status ${exitCode}).`,{hint:`drayage status --server ${server2.name}`})}function describe$1(event){const time=`${(event.at/1e3).toFixed(1)} s`;switch(event.event){case"pulling":return"pulling the image";case"pulled":return`image pulled (${time})`;case"started":return`${event.container} started (${time})`;case"waiting":return`${event.container}: ${event.detail}`;case"healthy":return`${event.container} is healthy (${time})`;case"stopped":return"the previous version has stopped";case"gap":return`gap without service: ${(event.milliseconds/1e3).toFixed(1)} s`;case"restored":return`the previous version serves again; gap without service: ${(event.milliseconds/1e3).toFixed(1)} s`;case"switched":return`switched to the new version (${time})`;case"progress":return event.detail;default:return}}function isReference(value){return typeof value!="string"}function diffSpecs(before,after){const old=before===void 0?{}:flatten(before),next=flatten(after);return[...new Set([...Object.keys(next),...Object.keys(old)])].filter(field2=>old[field2]!==next[field2]).map(field2=>({field:field2,before:old[field2],after:next[field2]}))}function formatChange({field:field2,before,after}){return before===void 0?`+ ${field2}: ${after}`:after===void 0?`- ${field2}: ${before}`:`~ ${field2}: ${before} \u2192 ${after}`}function flatten(spec){const fields=[["image",spec.image],["kind",spec.kind],["replicas",spec.kind==="global"?void 0:String(spec.replicas)],["command",words(spec.command)],["args",words(spec.args)],["user",spec.user],...Object.entries(spec.env).map(([name2,value])=>field(`env.${name2}`,shown(value))),...Object.entries(spec.secrets).map(([name2,value])=>field(`secrets.${name2}`,shown(value))),["resources.cpus",cpus(spec.resources.nanoCpus)],["resources.memory",bytes(spec.resources.memory)],["resources.reserve-cpus",cpus(spec.resources.reserveNanoCpus)],["resources.reserve-memory",bytes(spec.resources.reserveMemory)],...spec.ports.map(port2=>field(`ports.${port2.published}/${port2.protocol}`,`${port2.target} (${port2.mode})`)),...spec.mounts.map(mount=>field(`mounts.${mount.target}`,mountText(mount))),["health",readinessText(spec)],["restart",restartText(spec)],["update",updateText(spec.update)],["rollback",updateText(spec.rollback)],["placement.constraints",words(spec.placement.constraints)],["placement.preferences",words(spec.placement.preferences)],["placement.max-replicas",spec.placement.maxReplicas?.toString()],["networks",words(spec.networks)],...Object.entries(spec.labels).map(([name2,value])=>field(`labels.${name2}`,value)),["endpoint-mode",spec.endpointMode],...Object.entries(spec.ulimits).map(([name2,limit])=>field(`ulimits.${name2}`,`${limit.soft}:${limit.hard}`)),["drain",base.formatDuration(spec.drain)],["stop-grace-period",base.formatDuration(spec.stopGracePeriod)],["timeout",base.formatDuration(spec.timeout)],["keep",String(spec.keep)]];return Object.fromEntries(fields.filter(entry2=>entry2[1]!==void 0))}function field(name2,value){return[name2,value]}function words(list){return list===void 0||list.length===0?void 0:list.map(word=>JSON.stringify(word)).join(" ")}function shown(value){return isReference(value)?`secret ${value.secretRef.slice(-12)}`:JSON.stringify(value)}function mountText(mount){const source=mount.type==="file"?shown(mount.content):mount.source;return`${mount.type} ${source}${mount.readOnly?", read-only":""}`}function readinessText({readiness:readiness2}){if(readiness2.source==="running")return`runs for ${base.formatDuration(readiness2.window)}`;if(readiness2.source==="port")return`port ${readiness2.port} opens within ${base.formatDuration(readiness2.window)}`;const{probe,interval,timeout:timeout2,retries:retries2,startPeriod}=readiness2;return`${probe.kind==="http"?`http ${probe.path} on ${probe.port}`:probe.kind==="tcp"?`tcp ${probe.port}`:`command ${JSON.stringify(probe.command)}`}, every ${base.formatDuration(interval)}, timeout ${base.formatDuration(timeout2)}, ${retries2} retries after ${base.formatDuration(startPeriod)}`}function restartText({restart}){return[restart.condition,restart.delay===void 0?void 0:`delay ${base.formatDuration(restart.delay)}`,restart.maxAttempts===void 0?void 0:`max-attempts ${restart.maxAttempts}`,restart.window===void 0?void 0:`window ${base.formatDuration(restart.window)}`].filter(part=>part!==void 0).join(", ")}function updateText(update){const{order,parallelism,delay,monitor,failure:failure2,maxFailureRatio}=update;return`${order}, ${parallelism} at a time, delay ${base.formatDuration(delay)}, monitor ${base.formatDuration(monitor)}, on failure ${failure2}, ratio ${maxFailureRatio}`}const cpus=nano=>nano===void 0?void 0:base.formatCpus(nano),bytes=size=>size===void 0?void 0:base.formatSize(size);function canonicalJson(value){return Array.isArray(value)?`[${value.map(canonicalJson).join(",")}]`:value!==null&&typeof value=="object"?`{${Object.entries(value).filter(([,member])=>member!==void 0).sort(([a],[b])=>a<b?-1:1).map(([key,member])=>`${JSON.stringify(key)}:${canonicalJson(member)}`).join(",")}}`:JSON.stringify(value)??"null"}function specHash(spec){const{update:_update,rollback:_rollback,drain:_drain,timeout:_timeout,keep:_keep,...running}=spec;return require$$2.createHash("sha256").update(canonicalJson(running)).digest("hex").slice(0,16)}function planStandalone(server2,spec,facts,force=!1){checkPossible$1(server2,spec,facts);const running=facts.containers.filter(container=>container.state==="running"),serving=running.filter(container=>container.deployment===facts.current?.id),previousSlot=facts.activeSlot??serving[0]?.slot,hash=specHash(spec),isSame=facts.current?.mode==="standalone"&&serving.length===spec.replicas&&serving.every(container=>container.specHash===hash&&container.slot===facts.activeSlot),strategy=strategyFor$1(spec,facts,running.length);return{server:server2,mode:"standalone",action:isSame&&!force?"none":"deploy",strategy,slot:otherSlot(previousSlot),previousSlot,prober:proberFor(facts),previousImage:facts.current?.pinnedImage,changes:[...modeChange(facts,"standalone"),...diffSpecs(facts.current?.spec,spec)],notes:notesOn$1(server2,spec,strategy,running.length)}}function strategyFor$1(spec,facts,running){return running>0&&spec.update.order==="stop-first"?"stop-first":facts.portHolders.some(holder=>holder.own&&isWanted(spec,holder))?"swap-port":"blue-green"}function isWanted(spec,port2){return spec.ports.some(wanted=>wanted.published===port2.port&&wanted.protocol===port2.protocol)}function proberFor(facts){return facts.engine.rootless?"container":facts.programs.has("curl")?"curl":facts.programs.has("bash")?"bash":"container"}function modeChange(facts,mode){const before=facts.current?.mode;return before===void 0||before===mode?[]:[{field:"mode",before,after:mode}]}function checkPossible$1(server2,spec,facts){const[port2]=spec.ports;if(port2!==void 0&&spec.replicas>1)throw new base.DrayageError("DEPLOY_IMPOSSIBLE",`Port ${port2.published} of ${server2} can be published by one container only, but \`replicas\` is ${spec.replicas}.`,{hint:"Remove `ports` and give the service a domain, or set `replicas: 1`."});const taken=facts.portHolders.find(holder=>!holder.own&&isWanted(spec,holder));if(taken!==void 0)throw new base.DrayageError("PORT_TAKEN",`Port ${taken.port}/${taken.protocol} of ${server2} is taken by ${taken.holder}; nothing was changed.`,{hint:`Choose another \`published\` port, or free it: ss -ltnp 'sport = :${taken.port}'`});if(facts.network!==void 0&&!facts.network.owned)throw new base.DrayageError("NOT_OWNED",`A network with the name of this environment exists on ${server2}, but Drayage did not make it.`,{hint:"docker network inspect shows what uses it; rename it, or choose another project or environment name."});checkPlatform(server2,spec,facts)}function checkPlatform(server2,spec,{image:image2,registry,engine}){const known2=(image2!==void 0?[image2.platform]:"platforms"in registry?registry.platforms:[]).filter(platform=>!platform.includes("unknown")&&!platform.includes("undefined")),fits=known2.some(platform=>runsOn(engine.platform,platform));if(!(known2.length===0||fits))throw new base.DrayageError("IMAGE_PLATFORM",`Image ${spec.image} is made for ${known2.join(", ")}, but ${server2} is ${engine.platform}; nothing was changed.`,{hint:`Build it for that platform too: \`build.platforms: [${engine.platform}]\`.`})}function runsOn(node,image2){return node===image2?!0:node==="linux/amd64"&&image2==="linux/386"||node==="linux/arm64"&&image2==="linux/arm"}function notesOn$1(server2,spec,strategy,running){const notes=[];if(strategy==="swap-port"){const ports=spec.ports.map(port2=>port2.published).join(", ");notes.push(`Port ${ports} of ${server2} can have one owner: the new container is proven healthy without it first, then takes it over. Expect a gap of about a second.`)}strategy==="stop-first"&&notes.push(`\`update.order\` is stop-first: on ${server2} nothing serves from the stop of the old version until the new one is healthy.`);const shared=spec.mounts.filter(mount=>mount.type==="volume"&&!mount.readOnly);if(strategy!=="stop-first"&&running>0&&shared.length>0){const targets=shared.map(mount=>mount.target).join(", ");notes.push(`The old and the new version both have ${targets} mounted until the old one has stopped. If only one may write, set \`update.order: stop-first\`.`)}return notes.push(...secretNotes(spec)),spec.readiness.source==="running"&&notes.push(`No health check, domain or port is given, so a container counts as healthy after running for ${base.formatDuration(spec.readiness.window)}.`),notes}function secretNotes(spec){const names=Object.entries(spec.env).flatMap(([name2,value])=>typeof value=="string"?[]:[name2]);return names.length===0?[]:[`Secrets under \`deploy.env\` (${names.join(", ")}) can be seen with docker inspect; \`deploy.secrets\` keeps them in files.`]}function containerSpec(input){const{owner,spec}=input,{readiness:readiness2}=spec,network2=base.networkName(owner);return JSON.stringify({Image:spec.image,Entrypoint:spec.command,Cmd:spec.args,User:spec.user,Env:envList(spec,input.reveal),Labels:{...spec.labels,...input.labels,...base.ownerLabels(owner)},StopTimeout:seconds(spec.stopGracePeriod),ExposedPorts:Object.fromEntries(spec.ports.map(port2=>[`${port2.target}/${port2.protocol}`,{}])),Healthcheck:readiness2.source==="health"&&readiness2.probe.kind==="command"?{Test:["CMD-SHELL",readiness2.probe.command],Interval:nanoseconds(readiness2.interval),Timeout:nanoseconds(readiness2.timeout),StartPeriod:nanoseconds(readiness2.startPeriod),Retries:readiness2.retries}:void 0,HostConfig:{NetworkMode:network2,RestartPolicy:{Name:"no"},NanoCpus:spec.resources.nanoCpus,Memory:spec.resources.memory,MemoryReservation:spec.resources.reserveMemory,PortBindings:input.publish?portBindings(spec):void 0,Mounts:[...secretMounts(spec,input.secretFolder),...spec.mounts.map(mount=>mountSpec$1(mount,input))],Ulimits:Object.entries(spec.ulimits).map(([Name,limit])=>({Name,Soft:limit.soft,Hard:limit.hard}))},NetworkingConfig:{EndpointsConfig:{[network2]:{Aliases:input.aliases}}}})}function envList(spec,reveal){return Object.entries(spec.env).map(([name2,value])=>`${name2}=${isReference(value)?reveal(value.secretRef):value}`)}function restartPolicy({restart}){return restart.condition==="none"?{Name:"no"}:restart.condition==="any"?{Name:"unless-stopped"}:{Name:"on-failure",MaximumRetryCount:restart.maxAttempts}}function volumeName(owner,source){return base.resourceName({...owner,service:source})}function portBindings(spec){const bindings={};for(const port2 of spec.ports){const key=`${port2.target}/${port2.protocol}`;bindings[key]=[...bindings[key]??[],{HostPort:String(port2.published)}]}return bindings}function secretMounts(spec,folder){return Object.entries(spec.secrets).map(([name2,{secretRef}])=>({Type:"bind",Source:`${folder}/${secretRef}`,Target:`/run/secrets/${name2}`,ReadOnly:!0}))}function mountSpec$1(mount,{owner,secretFolder}){const common={Target:mount.target,ReadOnly:mount.readOnly};if(mount.type==="bind")return{Type:"bind",Source:mount.source,...common};if(mount.type==="file")return{Type:"bind",Source:`${secretFolder}/${mount.content.secretRef}`,...common};const labels=base.ownerLabels({...owner,service:void 0});return{Type:"volume",Source:volumeName(owner,mount.source),...common,VolumeOptions:{Labels:labels}}}const nanoseconds=milliseconds=>milliseconds*1e6,seconds=milliseconds=>Math.ceil(milliseconds/1e3);function switchScript({stateDir,resource,slot}){const paths=proxyPaths(stateDir),active=transport$1.quote(`${paths.active}/${resource}`),file=name2=>transport$1.quote(`${paths.slots}/${resource}.${name2}.yml`),next=file(slot===void 0?"plain":slot),dynamic=transport$1.quote(`${paths.dynamic}/${resource}.yml`),temporary=transport$1.quote(`${paths.dynamic}/.${resource}.next`);return`${slot===void 0?leaveSlots(active):enterSlot(active,slot)}
if [ -e ${next} ]; then
  cp ${next} ${temporary} && mv -f ${temporary} ${dynamic} || exit 1
fi
`}function enterSlot(active,slot){const other=otherSlot(slot);return`umask 022
mkdir -p ${active} || exit 1
if [ -e ${active}/${other} ]; then
  mv -f ${active}/${other} ${active}/${slot} || exit 1
elif [ ! -e ${active}/${slot} ]; then
  : >${active}/${slot} || exit 1
fi
# Nobody waits for the disk: until it has written, a power cut brings the old version back, which has yet to drain.
(sync ${active} &) >/dev/null 2>&1 </dev/null 6>&- 8>&-`}function leaveSlots(active){return`rm -rf ${active} || exit 1`}const apiSteps=`
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
`,imageSteps=`
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
# Counts the layers of a pull as it goes on, and says every other second how far it is.
on_progress() {
  case $1 in
    *'"status":"Pulling fs layer"'*) layers=$(( layers + 1 )) ;;
    *'"status":"Pull complete"'*) layers_done=$(( layers_done + 1 )) ;;
    *'"status":"Downloading"'* | *'"status":"Extracting"'*)
      clock
      [ "$now" -ge "$next_word" ] || return 0
      next_word=$(( now + 2000 ))
      event progress ",\\"detail\\":\\"pulling: $layers_done of $layers layers are here\\"" ;;
  esac
}
# The answer is a stream of JSON lines, one of which may be an error.
pull_by_engine() {
  layers=0
  layers_done=0
  clock
  next_word=$(( now + 2000 ))
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
`,toolSteps=`
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
`,secretSteps=`
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
`,speech=`# Milliseconds since the node's boot: a change of the clock moves no deadline.
clock() {
  read -r uptime rest </proc/uptime
  now=$(( \${uptime%.*} * 1000 + (1\${uptime#*.} - 100) * 10 ))
}
say() { printf '%s\\n' "$1"; printf '%s\\n' "$1" >&8; }
event() { clock; say "${eventMark}{\\"event\\":\\"$1\\",\\"at\\":$((now - begun))$2}"; }
json() { printf %s "$1" | tr '\\n\\t\\r' '   ' | tr -d '\\000-\\037\\177' | sed 's/\\\\/\\\\\\\\/g; s/"/\\\\"/g'; }
nap() { rest=$(( $1 % 1000 + 1000 )); sleep "$(( $1 / 1000 )).\${rest#1}"; }
announce_failure() {
  event failed ",\\"code\\":\\"$1\\",\\"message\\":\\"$(json "$2")\\""
}
`,shortPrelude=`umask 077
exec 8>/dev/null
cd "$DRAYAGE_JOB" || exit 1
${speech}
fail() { announce_failure "$1" "$2"; exit 1; }
clock
begun=$now
end=$(( now + timeout ))
event begun ",\\"folder\\":\\"$DRAYAGE_JOB\\""
`,prelude=`umask 077
[ -d "$folder" ] && [ -d "$secrets" ] || mkdir -p "$folder" "$secrets" || exit 1
exec 8>>"$log"
flock -n 8 || exit 75
cd "$DRAYAGE_JOB" || exit 1
started=$(date -u +%Y-%m-%dT%H:%M:%SZ)
outcome=
hurry=

${speech}
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
`,bashRequest=`exec 3<>"/dev/tcp/$1/$2" || exit 7
printf 'GET %s HTTP/1.1\\r\\nHost: %s:%s\\r\\nUser-Agent: drayage\\r\\nAccept: */*\\r\\nConnection: close\\r\\n\\r\\n' "$3" "$1" "$2" >&3
IFS= read -r line <&3 || exit 52
printf '%s\\n' "$line"
case $line in 'HTTP/'*' '[23]*) exit 0 ;; esac
while IFS= read -r line <&3; do case $line in ''|$'\\r') break ;; esac; done
head -c 200 <&3`,probeSteps=`
bash_request='${bashRequest.replaceAll("'","'\\''")}'
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
`,readySteps=`
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
# "TCP: inuse 1 \u2026" and "TCP6: inuse 1"; the other figures are the whole host's.
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
`,retireRecords=`done_kept=0
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
`,begin=`umask 077
exec 9>"$folder/drain.lock"
flock 9
docker tag "$image" "$keeper:$id" >/dev/null 2>&1
retire_old
`,retireOld=`retire_old() {
  [ -n "$old_containers$old_services" ] || return 0
  [ "$strategy" = stop-first ] || sleep "$(( drain / 1000 ))"
  [ -z "$old_services" ] || docker service rm $old_services >/dev/null
  [ -z "$old_containers" ] || docker stop --time "$grace" $old_containers >/dev/null
  [ -z "$old_containers" ] || docker rm --force --volumes $old_containers >/dev/null
}
`,oldContainers=`
list_old() {
  new=" $(docker inspect --format '{{.Id}}' $names | tr '\\n' ' ') "
  old_containers=
  for one in $(docker ps --all --quiet --no-trunc $own_filters); do
    case $new in *" $one "*) ;; *) old_containers="$old_containers $one" ;; esac
  done
  old_services=
  [ "$manager" != 1 ] || old_services=$(docker service ls --quiet $own_filters | tr '\\n' ' ')
}
`;function retirementSteps(listOld,more=""){return`${listOld}
retire() {
  list_old
  export folder secrets resource drain grace keep own_filters strategy old_containers old_services id image
  export keeper="drayage.local/$resource"
  setsid sh -c ${transport$1.quote(retireOld+begin+retireRecords+more)} drayage-retirement </dev/null >/dev/null 2>>"$log" 5<&- 6>&- 7>&- 8>&- &
}
`}const standaloneSteps=`
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
`,swarmTaskSteps=`
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
`,swarmSteps=`${swarmTaskSteps}
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
`,oldServices=`
list_old() {
  old_services=$(docker service ls --format '{{.Name}}' $own_filters | grep -vxF "$target" | tr '\\n' ' ')
  old_containers=$(docker ps --all --quiet $own_filters --filter label=dev.drayage.slot | tr '\\n' ' ')
}
`,retireSwarmSecrets=`for secret in $(docker secret ls --format '{{.Name}}' $own_filters); do
  grep -qF "\\"$secret\\"" "$folder"/*.json || docker secret rm "$secret" >/dev/null 2>&1
done
`;function standaloneProgram(program){return`${opening(program)}${standaloneSteps}${retirementSteps(oldContainers)}
pull_image
place_secrets
ensure_network
start_prober
stage
await_drained
${program.together?awaitWord("staged","go"):""}
fence
swap_port
${closing(program)}`}function swarmProgram(program){return`${opening(program)}${swarmSteps}${retirementSteps(oldServices,retireSwarmSecrets)}
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
${program.together?awaitWord("staged","go"):""}
fence
${closing(program)}`}function pullProgram(variables){return`${assignments(variables)}
${apiSteps}${shortPrelude}${imageSteps}${toolSteps}
pull_image
[ "$wants_tools" != 1 ] || tell_tools
event done ''
`}function proxyProgram(program){return`${program.guard}timeout=${program.timeout}
${fence(program.guard)}${shortPrelude}
back() { (
${program.switchBack}
) }
trap 'trap "" TERM; [ -z "$switched" ] || back; event cancelled ""; exit 143' TERM INT HUP
switched=
${awaitWord("staged","go")}
fence
switched=1
(
${program.switchTo}
) || { back; fail SWITCH_FAILED 'The proxy could not be switched.'; }
${awaitWord("committed","commit")}
event done ''
`}function fence(guard){return`fence() { (
${guard}
) || fail LOCK_LOST 'Another run has taken the lock over.'; }
`}function opening(program){return`${program.taking}${program.guard}${assignments({...program.variables,...checkVariables(program.readiness)})}
switch_slot() { (
${program.switchTo}
) }
switch_to_previous() { (
${program.switchBack}
) }
free_lock() {
${program.freeing}
:
}
${fence(program.guard)}${apiSteps}${prelude}${imageSteps}${secretSteps}${probeSteps}${readySteps}`}function closing(program){return`commit
${program.together?awaitWord("committed","commit"):""}
finish
retire
# Nothing of this is waited for, and none of it may hold the lock.
stop_prober >/dev/null 2>&1 5<&- 6>&- 7>&- 8>&- &
`}function awaitWord(event,word){return`event ${event} ''
while [ ! -e ${word} ]; do
  nap 100
  clock
  [ "$now" -lt "$end" ] || fail DEPLOY_TIMEOUT "The other nodes were not ready within $(( timeout / 1000 )) s."
done`}function assignments(variables){return Object.entries(variables).map(([name2,value])=>`${name2}=${transport$1.quote(String(value))}`).join(`
`)}function checkVariables(readiness2){const defaults={check_command:"",path:"",port:"",probe_timeout:"2",interval:1e3};if(readiness2.source==="running")return{...defaults,check:"none",budget:readiness2.window};if(readiness2.source==="port")return{...defaults,check:"tcp",port:readiness2.port,budget:readiness2.window};const{probe,interval,timeout:timeout2,retries:retries2,startPeriod}=readiness2,common={...defaults,check:probe.kind,interval:Math.max(100,interval),probe_timeout:String(Math.max(timeout2,100)/1e3),budget:startPeriod+Math.max(1,retries2)*interval};return probe.kind==="command"?{...common,check_command:probe.command}:probe.kind==="http"?{...common,path:probe.path,port:probe.port}:{...common,port:probe.port}}function runSpec(resource,deploy2,domains,image2){const secrets=new Map,keep=(name2,value)=>{const secretRef=secretName(resource,name2,value);return secrets.set(secretRef,value),{secretRef}},{mode:_mode,servers:_servers,health:_health,...rest}=deploy2;return{spec:{...rest,image:image2,env:mapValues(deploy2.env,(value,name2)=>specValue(value,()=>keep(`env-${name2}`,revealed(value)))),secrets:mapValues(deploy2.secrets,(value,name2)=>keep(name2,revealed(value))),mounts:deploy2.mounts.map(mount=>specMount(mount,keep)),readiness:readiness(deploy2,domains)},secrets}}function secretName(resource,name2,value){const hash=require$$2.createHash("sha256").update(`${resource}\0${name2}\0${value}`).digest("hex").slice(0,12);return`${`${resource}.${name2}`.replace(/[^A-Za-z0-9_.-]/g,"-").slice(0,64-hash.length-1).replace(/[-.]+$/,"")}-${hash}`}function readiness(deploy2,domains){if(deploy2.health!==void 0)return{source:"health",...deploy2.health};const port2=domains[0]?.port??deploy2.ports.find(candidate=>candidate.protocol==="tcp")?.target;return port2!==void 0?{source:"port",port:port2,window:Math.min(3e4,deploy2.timeout)}:{source:"running",window:deploy2.update.monitor}}function specMount(mount,keep){if(mount.type!=="file")return mount;const{content,...rest}=mount;return{...rest,content:keep(`file-${mount.target}`,revealed(content))}}function specValue(value,keep){return typeof value=="string"?value:keep()}function revealed(value){return typeof value=="string"?value:value.reveal()}function mapValues(record2,map){return Object.fromEntries(Object.entries(record2).map(([key,value])=>[key,map(value,key)]))}function referencesIn(spec){const env=Object.values(spec.env).filter(isReference),files=spec.mounts.flatMap(mount=>mount.type==="file"?[mount.content]:[]);return[...env,...Object.values(spec.secrets),...files].map(reference=>reference.secretRef)}const proberImage="curlimages/curl:8.11.1";function standaloneJob(plan,input){const{server:server2,owner,resource,run,facts,head}=input,{spec}=run,{stateDir}=server2.account,paths=deploymentPaths(stateDir,resource),service2=owner.service??"",filters=Object.entries(base.ownerLabels(owner)).flatMap(([key,value])=>["--filter",`label=${key}=${value}`]),alias=slotName(resource,plan.slot),running=facts.containers.filter(container2=>container2.state==="running"),reveal=revealFrom(run,server2.name);referencesIn(spec).forEach(reveal);const script=standaloneProgram({variables:{id:head.id,resource,folder:paths.folder,secrets:paths.secrets,log:paths.log(head.id),image:spec.image,image_known:facts.image===void 0?"":`${facts.image.platform} ${facts.image.user}`,image_expected:input.fresh===void 0?"":`${input.fresh.platform} ${input.fresh.user}`,platform:facts.engine.platform,network:base.networkName(owner),network_labels:Object.entries(base.ownerLabels({...owner,service:void 0})).map(([key,value])=>`--label ${key}=${value}`).join(" "),user:spec.user??"",replicas:spec.replicas,timeout:spec.timeout,grace:seconds(spec.stopGracePeriod),drain:spec.drain,keep:spec.keep,own_filters:filters.join(" "),prober:plan.prober,prober_image:proberImage,manager:facts.swarm.manager?1:0,slot:plan.slot,alias,strategy:plan.strategy,networks:spec.networks.join(" "),old:idsOf(running),leftovers:idsOf(running.filter(container2=>container2.slot===plan.slot)),names_taken:facts.containers.map(container2=>container2.name).join(" "),network_known:facts.network===void 0?0:1},readiness:spec.readiness,switchTo:switchScript({stateDir,resource,slot:plan.slot}),switchBack:switchScript({stateDir,resource,slot:plan.previousSlot}),taking:input.taking,guard:input.guard,freeing:input.freeing,together:input.together}),labels={[`${base.labelPrefix}.deployment`]:head.id,[`${base.labelPrefix}.slot`]:plan.slot,[`${base.labelPrefix}.spec`]:specHash(spec)},container=publish=>containerSpec({owner,spec,reveal,secretFolder:paths.secrets,aliases:[alias,service2],labels,publish}),isSwap=plan.strategy==="swap-port",created=Array.from({length:spec.replicas},(_,index)=>[`create-${index+1}.json`,container(!isSwap)]);return{server:server2,id:`deploy-${head.id}`,script,servesOn:facts.current!==void 0,timeout:spec.timeout,files:{record:recordHead({...head,strategy:plan.strategy,slot:plan.slot,previousImage:plan.previousImage,logPath:paths.log(head.id)}),...Object.fromEntries(created),"restart.json":JSON.stringify({RestartPolicy:restartPolicy(spec)}),...isSwap?{"publish-1.json":container(!0)}:{},...input.registryAuth===void 0?{}:{"registry-auth":input.registryAuth},...secretFiles$1(run)}}}function revealFrom({secrets},server2){return secretRef=>{const content=secrets.get(secretRef);if(content!==void 0)return content;throw new base.DrayageError("SECRET_MISSING",`Secret ${secretRef} is neither given nor stored on ${server2}.`,{hint:"Run again with --refresh-secrets and the secrets of drayage.yml."})}}const idsOf=containers=>containers.map(container=>container.id).join(" ");function secretFiles$1({spec,secrets}){const mounted2=new Set([...Object.values(spec.secrets).map(reference=>reference.secretRef),...spec.mounts.flatMap(mount=>mount.type==="file"?[mount.content.secretRef]:[])]);return Object.fromEntries([...secrets].map(([name2,content])=>[`${mounted2.has(name2)?"mount":"secret"}.${name2}`,content]))}function tellPlan(phase,plan){if(plan.action==="none"){phase.note(`${plan.server}: runs as wanted; nothing to do`);return}const slot=plan.slot===void 0?"":`, slot ${plan.slot}`;phase.note(`${plan.server}: ${plan.mode}, ${plan.strategy}${slot}`);for(const change of plan.changes)phase.note(`  ${formatChange(change)}`);for(const note of plan.notes)phase.note(`  Note: ${note}`)}async function rollStandalone(context,roll2){const{owner,resource,run,head,lease}=roll2,nodes=roll2.nodes.map(node=>({...node,plan:planStandalone(node.server.name,run.spec,node.facts,roll2.force)})),plans=nodes.map(node=>node.plan),changing=nodes.filter(node=>node.plan.action!=="none");return changing.length===0?(context.report.note(`${head.service}: ${head.pinnedImage} runs as wanted; nothing to do.`),{status:"unchanged",plans}):context.report.phase(`${head.service}: deploy`,async phase=>{for(const plan of plans)tellPlan(phase,plan);if(lease===void 0)return{status:"planned",plans};const jobs=changing.map(({server:server2,facts,plan})=>standaloneJob(plan,{server:server2,facts,owner,resource,run,head:{...head,mode:"standalone"},registryAuth:roll2.registryAuth,fresh:roll2.fresh,taking:lease.taking??"",guard:lease.guard(server2.name),freeing:roll2.ownsLease?lease.freeing(server2.name):"",together:changing.length>1}));try{await runJobs(context,phase,jobs,lease)}catch(error){if(error instanceof NotTaken)return{status:"overtaken",plans};throw error}return{status:"done",plans}})}function needsTools(readiness2){return readiness2.source==="port"||readiness2.source==="health"&&readiness2.probe.kind!=="command"}function healthcheckTest(readiness2,tools){if(readiness2.source==="running")return;if(readiness2.source==="health"&&readiness2.probe.kind==="command")return["CMD-SHELL",readiness2.probe.command];if(!tools.has("sh"))return;if(readiness2.source==="port")return shell(tcpCheck(readiness2.port,2,tools));const{probe,timeout:timeout2}=readiness2,limit=Math.max(1,Math.ceil(timeout2/1e3));return probe.kind==="tcp"?shell(tcpCheck(probe.port,limit,tools)):probe.kind==="http"?shell(httpCheck(probe,limit,tools)):void 0}const shell=command=>command===void 0?void 0:["CMD-SHELL",command];function httpCheck(probe,limit,tools){const{path,port:port2}=probe,url=transport$1.quote(`http://127.0.0.1:${port2}${path}`);if(tools.has("curl"))return`curl -fsS -o /dev/null --max-time ${limit} ${url}`;if(tools.has("wget"))return`wget -q -T ${limit} -O /dev/null ${url}`;const request=`printf 'GET %s HTTP/1.0\\r\\nHost: 127.0.0.1\\r\\n\\r\\n' ${transport$1.quote(path)}`,verdict="read -r _ code _ && case $code in 2*|3*) ;; *) exit 1 ;; esac";if(tools.has("nc"))return`${request} | nc -w ${limit} 127.0.0.1 ${port2} | { ${verdict}; }`;if(tools.has("bash"))return`bash -c ${transport$1.quote(`exec 3<>/dev/tcp/127.0.0.1/${port2} || exit 1; ${request} >&3; { ${verdict.replace("read -r",`read -t ${limit} -r`)}; } <&3`)}`}function tcpCheck(port2,limit,tools){return tools.has("nc")?`nc -z -w ${limit} 127.0.0.1 ${port2}`:tools.has("bash")?`bash -c 'exec 3<>/dev/tcp/127.0.0.1/${port2}'`:void 0}function serviceSpec(input){const{owner,spec}=input;return JSON.stringify({Name:input.name,Labels:{...input.labels,...base.ownerLabels(owner)},TaskTemplate:{ContainerSpec:{Image:spec.image,Command:spec.command,Args:spec.args,User:spec.user,Env:envList(spec,input.reveal),Labels:{...spec.labels,...input.containerLabels,...base.ownerLabels(owner)},StopGracePeriod:nanoseconds(spec.stopGracePeriod),Mounts:spec.mounts.filter(mount=>mount.type!=="file").map(mount=>mountSpec(mount,owner)),Secrets:secretFiles(input),Healthcheck:healthcheck(input),Ulimits:Object.entries(spec.ulimits).map(([Name,limit])=>({Name,Soft:limit.soft,Hard:limit.hard}))},Resources:{Limits:{NanoCPUs:spec.resources.nanoCpus,MemoryBytes:spec.resources.memory},Reservations:{NanoCPUs:spec.resources.reserveNanoCpus,MemoryBytes:spec.resources.reserveMemory}},RestartPolicy:{Condition:spec.restart.condition,Delay:optionalNanoseconds(spec.restart.delay),MaxAttempts:spec.restart.maxAttempts,Window:optionalNanoseconds(spec.restart.window)},Placement:{Constraints:spec.placement.constraints,Preferences:spec.placement.preferences.map(SpreadDescriptor=>({Spread:{SpreadDescriptor}})),MaxReplicas:spec.placement.maxReplicas},Networks:[{Target:base.networkName(owner),Aliases:input.aliases},...spec.networks.map(Target=>({Target,Aliases:input.aliases}))]},Mode:spec.kind==="global"?{Global:{}}:{Replicated:{Replicas:spec.replicas}},UpdateConfig:updateConfig(spec.update),RollbackConfig:updateConfig(spec.rollback),EndpointSpec:{Mode:spec.endpointMode,Ports:spec.ports.map(port2=>({Protocol:port2.protocol,TargetPort:port2.target,PublishedPort:port2.published,PublishMode:port2.mode}))}})}function updateConfig(update){return{Parallelism:update.parallelism,Delay:nanoseconds(update.delay),FailureAction:update.failure,Monitor:nanoseconds(update.monitor),MaxFailureRatio:update.maxFailureRatio,Order:update.order}}function secretFiles({spec}){return[...Object.entries(spec.secrets).map(([name2,{secretRef}])=>({secretRef,target:name2})),...spec.mounts.flatMap(mount=>mount.type==="file"?[{secretRef:mount.content.secretRef,target:mount.target}]:[])].map(({secretRef,target})=>({SecretID:`@ID:${secretRef}@`,SecretName:secretRef,File:{Name:target,UID:"0",GID:"0",Mode:292}}))}function healthcheck({healthcheck:test,spec:{readiness:readiness2}}){if(!(test===void 0||readiness2.source==="running")){if(readiness2.source==="port"){const second=nanoseconds(1e3),StartPeriod=nanoseconds(readiness2.window);return{Test:test,Interval:5*second,Timeout:3*second,StartPeriod,StartInterval:second/10,Retries:3}}return{Test:test,Interval:nanoseconds(readiness2.interval),Timeout:nanoseconds(readiness2.timeout),StartPeriod:nanoseconds(Math.max(readiness2.startPeriod,readiness2.interval)),StartInterval:nanoseconds(Math.min(readiness2.interval,100)),Retries:readiness2.retries}}}function mountSpec(mount,owner){const common={Target:mount.target,ReadOnly:mount.readOnly};if(mount.type==="bind")return{Type:"bind",Source:mount.source,...common};const labels=base.ownerLabels({...owner,service:void 0});return{Type:"volume",Source:volumeName(owner,mount.source),...common,VolumeOptions:{Labels:labels}}}const optionalNanoseconds=value=>value===void 0?void 0:nanoseconds(value),schedulePatience=3e3;function swarmJob(plan,input){const{server:server2,owner,resource,run,facts,head}=input,{spec}=run,{stateDir}=server2.account,paths=deploymentPaths(stateDir,resource),own=Object.entries(base.ownerLabels(owner)).map(([key,value])=>`${key}=${value}`),mounted2=referencesIn({...spec,env:{}}),labels={[`${base.labelPrefix}.deployment`]:head.id,[`${base.labelPrefix}.spec`]:specHash(spec)},order=plan.stopFirst?"stop-first":void 0,script=swarmProgram({variables:{id:head.id,resource,folder:paths.folder,secrets:paths.secrets,log:paths.log(head.id),image:spec.image,image_known:facts.image===void 0?"":`${facts.image.platform} ${facts.image.user}`,image_expected:input.fresh===void 0?"":`${input.fresh.platform} ${input.fresh.user}`,platform:facts.engine.platform,network:base.networkName(owner),network_labels:Object.entries(base.ownerLabels({...owner,service:void 0})).map(([key,value])=>`--label ${key}=${value}`).join(" "),user:spec.user??"",replicas:spec.replicas,timeout:spec.timeout,grace:seconds(spec.stopGracePeriod),drain:spec.drain,keep:spec.keep,own_filters:own.map(label=>`--filter label=${label}`).join(" "),prober:"container",prober_image:proberImage,manager:1,target:plan.target,strategy:plan.strategy,on_failure:spec.update.failure,has_healthcheck:plan.healthcheck===void 0?0:1,secret_labels:own.map(label=>`--label ${label}`).join(" "),known_secrets:mounted2.join(" "),schedule_patience:schedulePatience,monitor:spec.update.monitor,pulls:input.pulls?1:0},readiness:spec.readiness,switchTo:switchScript({stateDir,resource,slot:plan.slot}),switchBack:switchScript({stateDir,resource,slot:plan.previousSlot}),taking:input.taking,guard:input.guard,freeing:input.freeing,together:input.together}),service2=(name2,changes)=>serviceSpec({name:name2,owner,spec:{...spec,update:{...spec.update,order:order??spec.update.order},rollback:{...spec.rollback,order:order??spec.rollback.order},...changes},reveal:revealFrom(run,server2.name),aliases:name2===plan.target?[name2,owner.service??""]:[name2],labels,containerLabels:labels,healthcheck:plan.healthcheck});return{server:server2,id:`deploy-${head.id}`,script,servesOn:facts.current!==void 0,timeout:spec.timeout,files:{record:recordHead({...head,strategy:plan.strategy,slot:plan.slot,previousImage:plan.previousImage,logPath:paths.log(head.id)}),"service.json":service2(plan.target,{}),...plan.proof?{"proof.json":service2(`${plan.target}-proof`,{ports:[],kind:"replicated",replicas:1})}:{},...input.registryAuth===void 0?{}:{"registry-auth":input.registryAuth},...secretFiles$1(run)}}}function pullJob(input){const{server:server2,id,image:image2,platform,timeout:timeout2,registryAuth,wantsTools:wantsTools2,fresh}=input;return{server:server2,id:`pull-${id}`,script:pullProgram({image:image2,image_known:"",image_expected:fresh===void 0?"":`${fresh.platform} ${fresh.user}`,platform,timeout:timeout2,wants_tools:wantsTools2?1:0,tools_file:toolsFile(server2.account.stateDir,image2)}),files:registryAuth===void 0?{}:{"registry-auth":registryAuth},servesOn:!1,timeout:timeout2}}function proxyJob(plan,input){const{server:server2,id,resource,guard,timeout:timeout2}=input,{stateDir}=server2.account;return{server:server2,id:`switch-${id}`,script:proxyProgram({switchTo:switchScript({stateDir,resource,slot:plan.slot}),switchBack:switchScript({stateDir,resource,slot:plan.previousSlot}),guard,timeout:timeout2}),files:{},servesOn:!0,timeout:timeout2}}function planSwarm({server:server2,resource,spec,facts,tools,force=!1}){checkPossible(server2,spec,facts);const{current}=facts,previousSlot=facts.activeSlot,hash=specHash(spec),isSame=current?.mode==="swarm"&&facts.services.some(service2=>service2.deployment===current.id&&service2.specHash===hash&&service2.running>0&&service2.running>=service2.desired),healthcheck2=tools===void 0&&needsTools(spec.readiness)?void 0:healthcheckTest(spec.readiness,tools??new Set),strategy=strategyFor(spec,tools,healthcheck2),slot=strategy==="blue-green"?otherSlot(previousSlot):void 0,stopFirst=hasHostPort(spec)||spec.update.order==="stop-first";return{server:server2,mode:"swarm",action:isSame&&!force?"none":"deploy",strategy,target:slot===void 0?resource:slotName(resource,slot),slot,previousSlot,healthcheck:healthcheck2,stopFirst,proof:current!==void 0&&spec.readiness.source!=="running"&&hasHostPort(spec),previousImage:current?.pinnedImage,changes:[...modeChange(facts,"swarm"),...diffSpecs(current?.spec,spec)],notes:[...notesOn(spec,strategy,tools,healthcheck2,current!==void 0),...secretNotes(spec)]}}const hasHostPort=spec=>spec.ports.some(port2=>port2.mode==="host");function strategyFor(spec,tools,healthcheck2){const{readiness:readiness2}=spec;return readiness2.source==="running"||healthcheck2!==void 0||spec.ports.length>0||readiness2.source==="port"&&tools?.has("healthcheck")===!0?"rolling":"blue-green"}function checkPossible(server2,spec,facts){const{network:network2}=facts;if(network2!==void 0&&!network2.owned)throw new base.DrayageError("NOT_OWNED",`A network with the name of this environment exists on ${server2}, but Drayage did not make it.`,{hint:"docker network inspect shows what uses it; rename it, or choose another project or environment name."});if(network2!==void 0&&(network2.driver!=="overlay"||!network2.attachable))throw new base.DrayageError("DEPLOY_IMPOSSIBLE",`The environment's network on ${server2} is a ${network2.driver} network from deployments without Swarm; Swarm services need an attachable overlay network.`,{hint:"Remove the services of the environment and the network first, or set `deploy.mode: standalone`."});if(spec.image.startsWith("sha256:"))throw new base.DrayageError("DEPLOY_IMPOSSIBLE",`Image ${spec.image} exists on ${server2} only, and Swarm may run it on any node.`,{hint:"Name a repository under `image`, so that every node can pull it."});checkPlatform(server2,spec,facts)}function notesOn(spec,strategy,tools,healthcheck2,isUpdate){const{readiness:readiness2}=spec;if(readiness2.source==="running")return["No health check, domain or port is given, so Swarm counts a task as healthy when it runs."];if(tools===void 0&&needsTools(readiness2))return["Rolling if the image has a shell and curl, wget, nc or bash for the health check, else blue/green: known once it is pulled."];if(strategy==="blue-green")return["The image has no shell or nothing that can check its health, so a second service is probed from the network and then takes over."];const notes=healthcheck2===void 0?[]:["The health check runs inside the container (HEALTHCHECK); Swarm keeps an old task until the new one is healthy."];return healthcheck2===void 0&&readiness2.source==="health"&&notes.push("The image has nothing that can check its health, and published ports allow no second service beside it: Swarm counts a task as healthy when it runs."),isUpdate&&spec.ports.some(port2=>port2.mode==="host")&&notes.push("A port of a node (mode host) has one owner: there, the old task stops before the new one starts, with a gap."),notes}async function rollSwarm(context,roll2){const{resource,run,head,lease,force}=roll2,manager=roll2.nodes.find(node=>node.facts.swarm.manager);if(manager===void 0)throw new base.DrayageError("INTERNAL_BUG","A Swarm deployment has no manager.");const{server:server2,facts}=manager,decide=tools=>planSwarm({server:server2.name,resource,spec:run.spec,facts,tools,force}),first=decide(facts.tools);return first.action==="none"?(context.report.note(`${head.service}: ${head.pinnedImage} runs as wanted; nothing to do.`),{status:"unchanged",plans:[first]}):context.report.phase(`${head.service}: deploy`,async phase=>{if(lease===void 0)return tellPlan(phase,first),{status:"planned",plans:[first]};const isAlone=roll2.nodes.length===1&&!wantsTools(roll2,facts),tools=isAlone?void 0:(await pullOnAll(context,phase,roll2)).get(server2.name),plan=decide(tools??facts.tools??new Set);tellPlan(phase,plan);const proxies=plan.slot!==void 0||plan.previousSlot!==void 0?roll2.proxies.filter(proxy=>proxy!==server2):[],jobs=[swarmJob(plan,{...roll2,server:server2,facts,head:{...head,mode:"swarm"},pulls:isAlone,taking:lease.taking??"",guard:lease.guard(server2.name),freeing:roll2.ownsLease?lease.freeing(server2.name):"",together:proxies.length>0}),...proxies.map(proxy=>proxyJob(plan,{server:proxy,id:head.id,resource,guard:lease.guard(proxy.name),timeout:run.spec.timeout}))];try{await runJobs(context,phase,jobs,lease)}catch(error){if(error instanceof NotTaken)return{status:"overtaken",plans:[plan]};throw error}return{status:"done",plans:[plan]}})}async function pullOnAll(context,phase,roll2){const{head,run,registryAuth,lease,fresh}=roll2,jobs=roll2.nodes.map(({server:server2,facts})=>pullJob({server:server2,id:head.id,image:head.pinnedImage,platform:facts.engine.platform,timeout:run.spec.timeout,registryAuth,fresh,wantsTools:wantsTools(roll2,facts)})),outcomes=await Promise.all(jobs.map(job=>runJobs(context,phase,[job],lease))),found=new Map;for(const{server:server2,events}of outcomes.flat()){const tools=events.find(event=>event.event==="tools");tools!==void 0&&found.set(server2,new Set(tools.tools.split(" ").filter(tool=>tool!=="")))}return found}function wantsTools({run},facts){return facts.swarm.manager&&facts.tools===void 0&&needsTools(run.spec.readiness)}const freshness=3e4;async function sight(context,project,service2){const[name2,...others]=service2.deploy.servers,elsewhere=(project.proxy?.servers??[]).some(proxy=>proxy!==name2);if(name2===void 0||others.length>0||service2.deploy.mode!=="standalone"&&elsewhere)return;const server2=await context.connect(name2),owner=base.ownerOf(project,service2),resource=base.resourceName(owner),request={owner,resource,stateDir:server2.account.stateDir},asking={purpose:"Looking at the node",signal:context.signal},{stdout}=await server2.script(`${transport$1.seenScript(resource)}${nodeScript(request)}`,{...asking,repeatable:!0,accept:"any"}),[lock2="",...facts]=stdout.split(`
`),[word,fence2]=lock2.split(" ");if(word!=="free")return;const engine=await askEngine(server2,engineRequests(request),asking);return{node:{server:server2,facts:parseFacts(wholeLook(facts.join(`
`),engine.text),engine.errors,request,name2)},lock:{name:resource,fence:Number(fence2)},at:Date.now()}}function actOn(context,{node,lock:lock2,at:at2},{digest,platform}){if(!(Date.now()-at2>freshness))return{node:{...node,facts:{...node.facts,registry:{digest,platforms:[platform]}}},lease:new transport$1.LeaseAhead(node.server,lock2,context.run)}}const usualWait=75e3;async function roll(context,request){const{project,service:service2}=request,servers=await connectAll$1(context,service2.deploy.servers);if(servers.length===0)throw new base.DrayageError("DEPLOY_IMPOSSIBLE",`Service ${service2.name} names no server to run on.`,{hint:"Set `deploy.servers`."});const owner=base.ownerOf(project,service2),resource=base.resourceName(owner),registryAuth=registryAuthHeader(registryOfImage(project.registries,request.image)),wanted={owner,resource,image:lookupName(request.image),registryAuth},title=`${service2.name}: look at ${service2.deploy.servers.join(", ")}`;if(request.lease!==void 0||request.dryRun){const nodes2=await context.report.phase(title,()=>lookAtNodes(context,servers,wanted));return rollUnder(context,request,nodes2,request.lease)}const ahead=await rollAhead(context,request);if(ahead!==void 0)return ahead;const places=await lockPlaces(context,request,servers),{lease,nodes}=await context.report.phase(title,phase=>lockAndLook(context,phase,servers,wanted,{resource,places,wait:request.lockWait??usualWait}));let isFreed=!1;try{const result=await rollUnder(context,request,nodes,lease);return isFreed=result.status==="done"&&places.length===1,result}finally{const release=lease.release();isFreed||await release}}async function rollAhead(context,request){const{sighting,fresh}=request,digest=base.parseImage(request.image)?.digest;if(sighting===void 0||fresh===void 0||digest===void 0)return;const seen=actOn(context,sighting,{digest,platform:fresh.platform});if(seen===void 0)return;const{node,lease}=seen;let isFreed=!1;try{const result=await tryUnder(context,request,[node],lease);return isFreed=result?.status==="done",result===void 0&&context.report.note(`${request.service.name}: another run has deployed meanwhile; looking again.`),result}finally{const release=lease.release();isFreed||await release}}async function rollUnder(context,request,nodes,lease){const result=await tryUnder(context,request,nodes,lease);if(result!==void 0)return result;throw new base.DrayageError("INTERNAL_BUG","A job did not have the lock that was taken for it.")}async function tryUnder(context,request,nodes,lease){const{project,service:service2}=request,owner=base.ownerOf(project,service2),resource=base.resourceName(owner),registry=registryOfImage(project.registries,request.image),registryAuth=registryAuthHeader(registry),mode=modeFor(request,nodes),speaker=(mode==="swarm"?nodes.find(node=>node.facts.swarm.manager):nodes[0])??nodes[0];if(speaker===void 0)throw new base.DrayageError("INTERNAL_BUG","There is no node to decide for.");const pinnedImage=pinImage(request.image,speaker.server.name,speaker.facts),run=request.resolve(pinnedImage),head={id:newDeploymentId(),title:request.title,commit:request.commit,pinnedImage,resource,service:service2.name,...runFields(context.run),specHash:specHash(run.spec),spec:run.spec},proxies=mode==="swarm"?await connectAll$1(context,project.proxy?.servers??[]):[],details={owner,resource,nodes,proxies,run,head,registryAuth,fresh:request.fresh,lease,ownsLease:request.lease===void 0,force:request.force??!1},outcome=mode==="swarm"?await rollSwarm(context,details):await rollStandalone(context,details);if(outcome.status==="overtaken")return;const current=speaker.facts.current;return{deploymentId:outcome.status==="done"?head.id:current?.id??"",status:outcome.status,pinnedImage,previousImage:current?.pinnedImage,nodes:outcome.plans}}function modeFor({mode,service:service2},nodes){const asked=mode??(service2.deploy.mode==="auto"?void 0:service2.deploy.mode),recorded=nodes.find(node=>node.facts.current!==void 0)?.facts.current?.mode,chosen=asked??recorded??(nodes.some(node=>node.facts.swarm.active)?"swarm":"standalone");if(chosen==="swarm"&&!nodes.some(node=>node.facts.swarm.manager)){const names=nodes.map(node=>node.server.name).join(", ");throw new base.DrayageError("DEPLOY_IMPOSSIBLE",`Service ${service2.name} is to run on a Swarm, but none of its servers (${names}) is a manager of one.`,{hint:"Add a manager to `deploy.servers`, run `drayage setup-deploy-node`, or set `deploy.mode: standalone`."})}return chosen}async function lockPlaces(context,{project,service:service2,mode},servers){if((mode??service2.deploy.mode)==="standalone")return servers;const proxies=await connectAll$1(context,project.proxy?.servers??[]);return[...new Set([...servers,...proxies])]}function connectAll$1(context,names){return Promise.all(names.map(name2=>context.connect(name2)))}async function deployService(context,request){const{project,image:image2}=request,service2=config.pickService(project,request.service);checkImage(image2);const resource=base.resourceName(base.ownerOf(project,service2));return roll(context,{project,service:service2,image:image2,resolve:pinnedImage=>runSpec(resource,service2.deploy,service2.domains,pinnedImage),commit:request.commit,fresh:request.fresh,sighting:request.sighting,title:request.title??(request.commit===void 0?`Deploy ${image2}`:`Deploy ${request.commit.slice(0,12)}`),dryRun:request.dryRun??!1,lease:request.lease,lockWait:request.lockWait})}const deploy=Object.freeze(Object.defineProperty({__proto__:null,deployService},Symbol.toStringTag,{value:"Module"})),activation={locked:74,overtaken:75,changedMeanwhile:76,refused:77,notRunning:78,notConnected:79};function stateScript(stateDir){return`(cd ${transport$1.quote(proxyFiles(stateDir).routes)} 2>/dev/null && for file in *.json; do
  if [ -e "$file" ]; then echo "$file"; cat "$file"; fi
done) | sha256sum | cut -d' ' -f1
`}function activateScript(options){const{stateDir,resource,expected,route,proxy,connect,guard}=options,files=proxyFiles(stateDir),routeFile=`${files.routes}/${resource}.json`,old=options.obsolete.flatMap(name2=>["crt","key"].map(end=>`${files.certificates}/${name2}.${end}`));return`exec 9>${transport$1.quote(files.lock)}
flock -w 60 9 || exit ${activation.locked}
${guard}
[ "$( ${stateScript(stateDir).trim()} )" = ${transport$1.quote(expected)} ] || exit ${activation.changedMeanwhile}
[ "$(docker inspect -f '{{.State.Running}}' ${proxyContainer} 2>/dev/null)" = true ] || exit ${activation.notRunning}
${connect===void 0?"":connectScript(connect)}${proxy.kind==="caddy"?loadCaddy(files.caddyConfig,proxy.config):writeTraefik(stateDir,resource,proxy.files)}
${route===void 0?`rm -f ${transport$1.quote(routeFile)}`:writeFile(routeFile,route)}
${old.length===0?"":`rm -f ${transport$1.quoteArgv(old)}
`}sync ${transport$1.quote(files.routes)} 2>/dev/null
:
`}function connectScript(network2){return`if ! said=$(docker network connect ${transport$1.quote(network2)} ${proxyContainer} 2>&1); then
  case $said in *'already exists'*) ;; *) echo "$said"; exit ${activation.notConnected} ;; esac
fi
`}function loadCaddy(file,config2){const next=`${file}.next`,reload=["docker","exec",proxyContainer,"caddy","reload","--config",`${inContainer.caddyConfig}.next`];return`${heredoc(next,config2)}
if ! said=$(${transport$1.quoteArgv(reload)} 2>&1); then
  rm -f ${transport$1.quote(next)}
  echo "$said"
  exit ${activation.refused}
fi
mv -f ${transport$1.quote(next)} ${transport$1.quote(file)}`}function writeTraefik(stateDir,resource,files){const paths=proxyPaths(stateDir),slotFile=target=>`${paths.slots}/${resource}.${target}.yml`,dynamic=`${paths.dynamic}/${resource}.yml`,statics=proxyFiles(stateDir).traefikConfig;if(files.targets===void 0)return`rm -f ${transport$1.quoteArgv([dynamic,...["plain","blue","green"].map(slotFile)])}`;const targets=Object.entries(files.targets).map(([target,text])=>writeFile(slotFile(target),text)),restart=files.static===void 0?"":`${writeFile(statics,files.static)}
docker restart ${proxyContainer} >/dev/null
`;return`${targets.join(`
`)}
target=plain
for slot in green blue green; do
  if [ -e ${transport$1.quote(`${paths.active}/${resource}`)}/$slot ]; then target=$slot; break; fi
done
cp ${transport$1.quote(`${paths.slots}/${resource}`)}.$target.yml ${transport$1.quote(`${paths.dynamic}/.${resource}.next`)} &&
mv -f ${transport$1.quote(`${paths.dynamic}/.${resource}.next`)} ${transport$1.quote(dynamic)} || exit 1
${restart}`}function writeFile(path,text){return`${heredoc(`${path}.next`,text)}
mv -f ${transport$1.quote(`${path}.next`)} ${transport$1.quote(path)} || exit 1`}function heredoc(path,text){return`cat >${transport$1.quote(path)} <<'END_OF_FILE' || exit 1
${text.trimEnd()}
END_OF_FILE`}async function applyDomains(server2,{plan,wish,guard}){const{stateDir}=server2.account,{certificates,authorities}=proxyFiles(stateDir),uploads=plan.missing.certificates.flatMap(name2=>{const pair=wish.certificates.get(name2);return pair===void 0?[]:[async()=>{await server2.upload(`${certificates}/${name2}.crt`,pair.cert,420),await server2.upload(`${certificates}/${name2}.key`,pair.key,384)}]}),{authority:authority2}=wish;authority2!==void 0&&plan.missing.authority&&uploads.push(()=>server2.upload(`${authorities}/${authority2.name}`,authority2.pem,420)),await Promise.all(uploads.map(upload=>upload()));const{exitCode,stdout,stderr}=await server2.script(activateScript({...plan.activation,stateDir,guard}),{accept:"any",purpose:"Configuring the proxy",repeatable:!0});if(exitCode===0)return!0;if(exitCode===activation.changedMeanwhile)return!1;throw explain(server2.name,exitCode,`${stdout}${stderr}`.trim())}function explain(server2,exitCode,output){switch(exitCode){case activation.locked:return new base.DrayageError("LOCK_HELD",`${server2}: another run has been configuring the proxy for a minute.`,{hint:"Wait for it to end, then try again."});case activation.overtaken:return new base.DrayageError("LOCK_LOST",`${server2}: another run has taken over; the proxy was left as it was.`);case activation.notRunning:return new base.DrayageError("PROXY_NOT_RUNNING",`${server2}: the proxy stopped meanwhile.`,{hint:`drayage setup-deploy-node --server ${server2}`});case activation.notConnected:return new base.DrayageError("DOMAIN_IMPOSSIBLE",`${server2}: the proxy could not be connected to the service's network: ${output}`,{hint:"Deploy the service first."});case activation.refused:return new base.DrayageError("PROXY_REFUSED",`${server2}: the proxy refused the configuration: ${wordsOf(output)}`,{output});default:return new base.DrayageError("PROXY_REFUSED",`${server2}: the proxy could not be configured: ${output.split(`
`).at(-1)||`exit status ${exitCode}`}`,{output})}}function wordsOf(output){return(output.split(`
`).findLast(text=>text.startsWith("Error:"))??output.split(`
`).at(-1)??"").replace(/^Error: (sending configuration to instance: )?(caddy responded with error: )?/,"")}function publicLookup(){const resolver2=new promises$2.Resolver({timeout:2e3,tries:2});return{a:host=>resolver2.resolve4(host).catch(()=>[]),aaaa:host=>resolver2.resolve6(host).catch(()=>[])}}async function checkRecords(lookup,host,nodes){if(host.startsWith("*.")||nodes.length===0)return[];const[a,aaaa,own]=await Promise.all([lookup.a(host),lookup.aaaa(host),addressesOf(lookup,nodes)]);if(own.size===0)return[];const list=[...own].join(", ");return a.length===0&&aaaa.length===0?[`${host} has neither an A nor an AAAA record; it should point to ${list}.`]:[...a,...aaaa].filter(address=>!own.has(address)).map(address=>{const type=address.includes(":")?"AAAA":"A";return`${host} has the ${type} record ${address}, which is none of ${list}: visitors and certificate authorities may go there (behind a CDN this is meant to be so).`})}async function addressesOf(lookup,nodes){const found=await Promise.all(nodes.map(async node=>require$$1.isIP(node)?[node]:[...await lookup.a(node),...await lookup.aaaa(node)]));return new Set(found.flat())}async function readProxy(server2,{resource,network:network2,kind}){const{stateDir}=server2.account,files=proxyFiles(stateDir),config2=kind==="caddy"?files.caddyConfig:files.traefikConfig,script=`say() { printf '%s\\t%s\\n' "$1" "$2"; }
encoded() { printf '%s\\t' "$1"; base64 | tr -d '\\n'; echo; }
say now "$(date +%s)"
say state "$( ${stateScript(stateDir).trim()} )"
for file in ${transport$1.quote(files.routes)}/*.json; do
  if [ -e "$file" ]; then encoded "route \${file##*/}" <"$file"; fi
done
for file in ${transport$1.quote(files.certificates)}/*.key; do
  if [ -e "$file" ]; then file=\${file##*/}; say certificate "\${file%.key}"; fi
done
for file in ${transport$1.quote(files.authorities)}/*.pem; do if [ -e "$file" ]; then say authority "\${file##*/}"; fi; done
if [ -e ${transport$1.quote(config2)} ]; then encoded config <${transport$1.quote(config2)}; fi
if [ -e ${transport$1.quote(`${files.dynamic}/${resource}.yml`)} ]; then encoded dynamic <${transport$1.quote(`${files.dynamic}/${resource}.yml`)}; fi
:
`,purpose="Reading the state of the proxy",questions=[`/containers/${proxyContainer}/json`,`/networks/${network2}`].map(path=>({path})),{stdout}=await server2.script(script,{purpose,repeatable:!0}),engine=await askEngine(server2,[...questions,{path:"/info",earlier:!0}],{purpose});return parseProxyState(stdout,engine,server2.name)}function parseProxyState(text,engine,server2){const lines=text.split(`
`).flatMap(line=>{const[key,value]=line.split("	");return key===void 0||value===void 0?[]:[[key,value]]}),all2=name2=>lines.filter(([key])=>key===name2).map(([,value])=>value),decode=value=>Buffer.from(value??"","base64").toString("utf8"),routes=lines.filter(([key])=>key.startsWith("route ")).map(([key,value])=>{const route=parseRoute(decode(value));if(route!==void 0)return route;throw new base.DrayageError("PROXY_REFUSED",`${server2}: the route file ${key.slice(6)} is damaged or of a newer version.`,{hint:`Look at it there, and remove it where it is damaged: $DRAYAGE_STATE/proxy/routes/${key.slice(6)}`})}),[container,network2,info2]=parseBatch(engine.text).map(({status:status2,body})=>status2===200?record(body):void 0),label=record(record(container?.Config).Labels)[proxyLabel];return{state:all2("state")[0]??"",routes,config:decode(all2("config")[0]),dynamic:decode(all2("dynamic")[0]),certificates:new Set(all2("certificate")),authorities:new Set(all2("authority")),kind:label==="caddy"||label==="traefik"?label:void 0,running:record(container?.State).Running===!0,networks:new Set(Object.keys(record(record(container?.NetworkSettings).Networks))),network:network2===void 0?void 0:{labels:record(network2.Labels)},inSwarm:record(info2?.Swarm).LocalNodeState==="active",now:Number(all2("now")[0]??0)}}function record(value){return typeof value=="object"&&value!==null?value:{}}const name=config.string().min(1),duration=config.string().regex(/^\d+(ms|s|m)$/),router=config.strictObject({entryPoints:config.array(config._enum(["web","websecure"])).min(1),rule:name,priority:config.int().positive(),service:name,middlewares:config.array(name).optional(),tls:config.strictObject({certResolver:name.optional()}).optional()}),service=config.strictObject({loadBalancer:config.strictObject({servers:config.array(config.strictObject({url:config.url()})).min(1),passHostHeader:config.boolean(),serversTransport:name})}),middleware=config.union([config.strictObject({redirectScheme:config.strictObject({scheme:config.literal("https"),permanent:config.literal(!0)})}),config.strictObject({retry:config.strictObject({attempts:config.int().positive(),initialInterval:duration})})]),transport=config.strictObject({maxIdleConnsPerHost:config.int().positive(),forwardingTimeouts:config.strictObject({dialTimeout:duration,idleConnTimeout:duration})}),dynamicFile=config.strictObject({http:config.strictObject({routers:config.record(name,router),services:config.record(name,service),middlewares:config.record(name,middleware),serversTransports:config.record(name,transport)}),tls:config.strictObject({certificates:config.array(config.strictObject({certFile:name,keyFile:name})).min(1)}).optional()});function traefikDynamic(route,slot){const{resource}=route,name2=slot===void 0?resource:slotName(resource,slot),file={http:{routers:{},services:{},middlewares:{},serversTransports:{}}};file.http.middlewares[`${resource}-retry`]={retry:{attempts:60,initialInterval:"50ms"}},file.http.serversTransports[resource]={maxIdleConnsPerHost:128,forwardingTimeouts:{dialTimeout:"2s",idleConnTimeout:"3s"}};for(const[index,domain2]of route.domains.entries())addDomain(file,route,domain2,`${resource}-${index}`,name2);return config.distExports.stringify(dynamicFile.parse(file),{lineWidth:0,aliasDuplicateObjects:!1})}function addDomain(file,route,domain2,id,name2){const{routers,services,middlewares}=file.http,rule={rule:ruleOf(domain2),priority:priorityOf(domain2),service:id},retry=`${route.resource}-retry`;if(services[id]={loadBalancer:{servers:[{url:`http://${name2}:${domain2.port}`}],passHostHeader:!0,serversTransport:route.resource}},!domain2.https){routers[id]={entryPoints:["web"],...rule,middlewares:[retry]};return}middlewares[`${id}-https`]={redirectScheme:{scheme:"https",permanent:!0}},routers[`${id}-http`]={entryPoints:["web"],...rule,middlewares:[`${id}-https`]};const tls=domain2.certificate.kind==="letsencrypt"?{certResolver:resolverName(route.acme)}:{};routers[id]={entryPoints:["websecure"],...rule,middlewares:[retry],tls},domain2.certificate.kind==="custom"&&addCertificate(file,domain2.certificate.name)}function addCertificate(file,name2){const certFile=`${inContainer.certificates}/${name2}.crt`,certificates=file.tls?.certificates??[];certificates.some(known2=>known2.certFile===certFile)||(file.tls={certificates:[...certificates,{certFile,keyFile:`${inContainer.certificates}/${name2}.key`}]})}function ruleOf({host,path}){const name2=host.startsWith("*.")?`HostRegexp(\`^[^.]+\\.${host.slice(2).replaceAll(".","\\.")}$\`)`:`Host(\`${host}\`)`,prefix=trimmed(path);return prefix===""?name2:`${name2} && (Path(\`${prefix}\`) || PathPrefix(\`${prefix}/\`))`}function priorityOf({host,path}){return(host.startsWith("*")?1e4:2e4)+Math.min(trimmed(path).length,9999)}function traefikFiles(route,routes,current){const resolvers=routes.flatMap(({acme,domains})=>acme!==void 0&&domains.some(({certificate:certificate2})=>certificate2.kind==="letsencrypt")?[acme]:[]);return{static:resolvers.every(acme=>current.includes(resolverName(acme)))?void 0:traefikStatic(resolvers),targets:route===void 0?void 0:{plain:traefikDynamic(route,void 0),blue:traefikDynamic(route,"blue"),green:traefikDynamic(route,"green")}}}function planDomains(server2,kind,wish,state){const{route}=wish;requireProxy(server2,kind,state);const old=state.routes.find(({resource})=>resource===route.resource),others=state.routes.filter(({resource})=>resource!==route.resource);requireOwn(server2,route,old),requireFree(server2,route,others);const connect=route.domains.length>0&&!state.networks.has(route.network);if(connect&&state.network===void 0&&!state.inSwarm)throw new base.DrayageError("DOMAIN_IMPOSSIBLE",`${server2} has no network ${route.network}: the service does not run there.`,{hint:`Deploy it there first, or take ${server2} out of proxy.servers.`});const wanted=route.domains.length===0?void 0:route,routes=[...others,...wanted===void 0?[]:[wanted]].sort((a,b)=>a.resource<b.resource?-1:1),proxy=kind==="caddy"?{kind,config:`${JSON.stringify(caddyConfig(routes),null,2)}
`}:{kind,files:traefikFiles(wanted,routes,state.config)},certificates=[...wish.certificates.keys()].filter(name2=>!state.certificates.has(name2)),authority2=wish.authority!==void 0&&!state.authorities.has(wish.authority.name),changes=[...connect?[`connect the proxy to ${route.network}`]:[],...differences(old?.domains??[],route.domains),...certificates.map(name2=>`store the certificate ${name2}`)],inForce=proxy.kind==="caddy"?state.config===proxy.config:traefikInForce(proxy.files,state),sameRoute=wanted===void 0?old===void 0:old!==void 0&&printRoute(old)===printRoute(wanted);return changes.length===0&&(!inForce||!sameRoute)&&changes.push("bring the configuration of the proxy up to date"),{changes,activation:{resource:route.resource,expected:state.state,route:wanted===void 0?void 0:printRoute(wanted),proxy,connect:connect?route.network:void 0,obsolete:certificateNames(old===void 0?[]:[old]).filter(name2=>!certificateNames(routes).includes(name2))},missing:{certificates,authority:authority2}}}function requireProxy(server2,kind,{kind:found,running}){if(running&&found===kind)return;const why=found===void 0?"there is none":found===kind?`the container ${proxyContainer} is stopped`:`it is ${found}, drayage.yml says ${kind}`;throw new base.DrayageError("PROXY_NOT_RUNNING",`${server2}: the proxy does not run (${why}).`,{hint:`drayage setup-deploy-node --server ${server2}`})}function requireOwn(server2,route,old){if(!(old===void 0||JSON.stringify(sorted(old.owner))===JSON.stringify(sorted(route.owner))))throw new base.DrayageError("DOMAIN_TAKEN",`${server2}: the name ${route.resource} belongs to ${describe(old)}.`,{hint:"Rename the project, the environment or the service."})}function requireFree(server2,route,others){const key=({host,path})=>`${host} ${trimmed(path)}`,taken=new Map(others.flatMap(other=>other.domains.map(domain2=>[key(domain2),other])));base.throwAll(route.domains.flatMap(domain2=>{const other=taken.get(key(domain2));return other===void 0?[]:[new base.DrayageError("DOMAIN_TAKEN",`${server2}: ${urlOf(domain2)} is served by ${describe(other)} already.`)]}))}const sorted=labels=>Object.entries(labels).sort();function describe({owner,resource}){const part=name2=>Object.entries(owner).find(([key])=>key.endsWith(`.${name2}`))?.[1];return`the service ${part("service")??resource} of project ${part("project")??"?"}, environment ${part("environment")??"?"}`}function differences(old,wanted){const texts=domains=>new Set(domains.map(describeDomain)),[before,after]=[texts(old),texts(wanted)];return[...[...after].filter(text=>!before.has(text)).map(text=>`add ${text}`),...[...before].filter(text=>!after.has(text)).map(text=>`remove ${text}`)]}function describeDomain(domain2){const certificate2=domain2.certificate.kind==="custom"?`custom ${domain2.certificate.name}`:domain2.certificate.kind;return`${urlOf(domain2)} to port ${domain2.port} (certificate: ${certificate2})`}const urlOf=({host,path,https})=>`${https?"https":"http"}://${host}${path}`;function traefikInForce({static:statics,targets},{dynamic}){return statics!==void 0?!1:targets===void 0?dynamic==="":Object.values(targets).includes(dynamic)}function certificateNames(routes){return routes.flatMap(({domains})=>domains.flatMap(({certificate:certificate2})=>certificate2.kind==="custom"?[certificate2.name]:[]))}const plainDomain=domain2=>({...domain2,host:asciiHost(domain2.host),certificate:{kind:"none"}});function questionOn({proxy,servers},server2,domain2){const{host,path,https}=plainDomain(domain2),ca=proxy?.acme.ca,address=servers[server2]?.host;return{host,path,https,authorities:ca===void 0?[]:[ca],address:address==="local"?void 0:address}}const final=/urn:ietf:params:acme:error:(caa|connection|dns|incorrectResponse|rateLimited|rejectedIdentifier|tls|unauthorized|unsupportedIdentifier|accountDoesNotExist|externalAccountRequired|invalidContact|unsupportedContact|userActionRequired)/;async function readAcmeFailure(server2,host,since){const{stdout}=await server2.script(`docker logs --since ${since} --tail 400 ${proxyContainer} 2>&1`,{accept:"any",purpose:"Reading the log of the proxy",repeatable:!0});return findAcmeFailure(stdout,host)}function findAcmeFailure(log,host){const errors=log.split(`
`).flatMap(line=>{const entry2=parse$1(line),about=JSON.stringify([entry2?.identifier,entry2?.identifiers,entry2?.domains,entry2?.error]);return entry2!==void 0&&(entry2.level==="error"||entry2.msg==="challenge failed")&&about.includes(host)&&typeof entry2.error=="string"?[entry2.error]:[]}),error=errors.findLast(text=>text.includes("urn:"))??errors.at(-1);return error===void 0?void 0:{reason:shorten(error),final:final.test(error)}}function shorten(error){const words2=/HTTP (\d+) (urn:ietf:params:acme:error:)?(\w+) - (.*)/s.exec(error);if(words2===null)return error.trim();const[,,,type,detail=""]=words2;return`${detail.replace(/\s*\((order|ca)=.*$/s,"").trim()} (${type})`}function parse$1(line){try{const value=JSON.parse(line);return typeof value=="object"&&value!==null?value:void 0}catch{return}}const patience=1e4;async function open(server2,question){const raw=await reach(server2,question);return timed(raw,async()=>{if(!question.https)return{raw,stream:raw,certificate:void 0};const stream=await secure(raw,question);return{raw,stream,certificate:read(stream,question.host)}})}async function ask({raw,stream,certificate:certificate2},question){try{return await timed(raw,async()=>({...await get(stream,question),certificate:certificate2}))}finally{raw.destroy()}}async function timed(raw,work){const timer=setTimeout(()=>raw.destroy(new Error(`no answer within ${patience/1e3} s`)),patience);try{return await work()}catch(error){throw raw.destroy(),error}finally{clearTimeout(timer)}}async function reach(server2,{https,address}){const port2=https?443:80;try{return await server2.dial("127.0.0.1",port2)}catch(error){if(!(error instanceof base.DrayageError&&error.code==="SSH_FORWARDING_REFUSED")||address===void 0)throw error;return new Promise((resolve,reject)=>{const socket=require$$1.connect({host:address,port:port2,timeout:patience});socket.once("connect",()=>resolve(socket)),socket.once("error",reject),socket.once("timeout",()=>socket.destroy(new Error(`${address}:${port2} does not answer`)))})}}function secure(raw,{host,authorities}){return new Promise((resolve,reject)=>{const socket=require$$4.connect({socket:raw,servername:host.replace(/^\*\./,"any."),ca:[...require$$4.rootCertificates,...authorities],rejectUnauthorized:!1,ALPNProtocols:["http/1.1"]});socket.once("secureConnect",()=>resolve(socket)),socket.once("error",reject),raw.once("error",reject),raw.once("close",()=>reject(new Error("the connection was closed during the TLS handshake")))})}function read(socket,host){const peer=socket.getPeerCertificate();return{issuer:[peer.issuer?.O,peer.issuer?.CN].flat().filter(Boolean).join(" ")||"unknown",expires:new Date(peer.valid_to),sha256:(peer.fingerprint256??"").replaceAll(":","").toLowerCase(),trusted:socket.authorized,mismatch:require$$4.checkServerIdentity(host.replace(/^\*\./,"any."),peer)?.message}}function get(stream,{host,path}){return new Promise((resolve,reject)=>{const headers={Host:host.replace(/^\*\./,"any."),"User-Agent":"drayage",Accept:"*/*",Connection:"close"},asked=require$$2$1.request({createConnection:()=>stream,method:"GET",path,headers},response=>{let body="";response.setEncoding("utf8"),response.on("data",chunk=>{body.length<2e3&&(body+=chunk)});const answer=()=>resolve({status:response.statusCode??0,location:response.headers.location,body:body.slice(0,2e3)});response.once("end",answer),response.once("error",reject)});asked.once("error",reject),stream.once("error",reject),asked.end()})}async function verifyDomain(context,server2,expected){const start2=Date.now();let first=expected.opened;for(let pause2=50;;pause2=Math.min(pause2*1.6,1e3)){context.signal.throwIfAborted();const result=await attempt(server2,expected,first);if(first=void 0,"status"in result)return result;const waited=Date.now()-start2,obtaining=result.code==="CERTIFICATE_NOT_ISSUED",failure2=obtaining&&waited>300?await readAcmeFailure(server2,expected.question.host,expected.since):void 0,limit=obtaining?expected.patience.certificate:expected.patience.answer;if(failure2?.final||waited>limit)throw refusal(server2,expected,failure2===void 0?result:{...result,why:failure2.reason});await promises.setTimeout(pause2,void 0,{signal:context.signal})}}async function attempt(server2,expected,opened){try{const answer=await ask(await(opened??open(server2,expected.question)),expected.question);return faultOf$1(answer,expected)??answer}catch(error){if(error instanceof base.DrayageError&&error.code==="SSH_FORWARDING_REFUSED")throw error;const why=error instanceof Error?error.message:String(error);return expected.question.https&&/alert|handshake|SSL/i.test(why)?{code:"CERTIFICATE_NOT_ISSUED",why:"the proxy has no certificate for it"}:{code:"DOMAIN_NOT_ANSWERING",why}}}function faultOf$1(answer,{domain:domain2,directory}){const{certificate:certificate2,status:status2}=answer;if(certificate2!==void 0){const wrong=why=>({code:"CERTIFICATE_NOT_ISSUED",why});if(certificate2.mismatch!==void 0)return wrong(`another certificate is served (${certificate2.mismatch})`);if(/Caddy Local Authority|TRAEFIK DEFAULT CERT/i.test(certificate2.issuer))return wrong(`the proxy serves a certificate of its own (${certificate2.issuer})`);if(domain2.certificate.kind==="custom"&&certificate2.sha256!==fingerprint(domain2.certificate.cert))return wrong(`the certificate served is not the one given, but one by ${certificate2.issuer}`);if(domain2.certificate.kind==="letsencrypt"&&directory===letsEncrypt&&!certificate2.trusted)return wrong(`the certificate by ${certificate2.issuer} is not trusted`);if(certificate2.expires.getTime()<Date.now())return wrong(`it expired on ${certificate2.expires.toISOString()}`)}if(status2>=500)return{code:"DOMAIN_NOT_ANSWERING",why:status2===502?"the proxy cannot reach the service (502)":`the service answered ${status2}`}}function refusal(server2,{question,patience:patience2},{code,why}){const url=`${question.https?"https":"http"}://${question.host}${question.path}`;return code==="CERTIFICATE_NOT_ISSUED"?new base.DrayageError(code,`${server2.name}: no certificate for ${question.host}: ${why}`,{hint:`Check that ${question.host} points to ${server2.name} and that port 80 is open; the proxy goes on trying by itself.`}):new base.DrayageError(code,`${server2.name}: ${url} does not answer as it should: ${why}. Waited ${patience2.answer/1e3} s.`,{hint:"Look at the service: drayage logs, drayage status"})}const fingerprint=pem=>new require$$2.X509Certificate(pem).fingerprint256.replaceAll(":","").toLowerCase();function checkPair(host,pair,now){const fault=faultOf(host,pair,now);if(fault!==void 0)throw new base.DrayageError("CERTIFICATE_INVALID",`The certificate for ${host} cannot be used: ${fault}.`,{hint:"Give the chain as `cert`, leaf first, and its unencrypted private key as `key`, both as PEM text."})}function faultOf(host,{cert,key},now){const chain=parse(()=>readChain(cert))??[],[leaf]=chain;if(leaf===void 0)return"`cert` holds no certificate in PEM";const privateKey=parse(()=>require$$2.createPrivateKey(key));if(privateKey===void 0)return"`key` is not an unencrypted private key in PEM";if(!leaf.checkPrivateKey(privateKey))return"`key` does not belong to the first certificate of `cert`";if(leaf.checkHost(host.replace(/^\*\./,"any."),{subject:"never"})===void 0)return`it is for ${leaf.subjectAltName?.replaceAll("DNS:","")??"no name at all"}`;if(Date.parse(leaf.validTo)<=now.getTime())return`it expired on ${leaf.validTo}`;if(Date.parse(leaf.validFrom)>now.getTime())return`it is not valid before ${leaf.validFrom}`;const stranger=chain.findIndex((signer,index)=>index>0&&!chain[index-1]?.checkIssued(signer));return stranger<0?void 0:`certificate ${stranger+1} in \`cert\` did not sign certificate ${stranger}`}function readChain(pem){return(pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)??[]).map(block=>new require$$2.X509Certificate(block))}function parse(read2){try{return read2()}catch{return}}function wishFor(project,service2,now){const owner=base.ownerOf(project,service2),{proxy}=project;if(proxy===void 0)throw new base.DrayageError("DOMAIN_IMPOSSIBLE",`The service ${service2.name} has domains, but drayage.yml has no proxy.`,{hint:"Add it: proxy: { type: caddy, servers: [<name>], email: <address> }"});const faults=service2.domains.flatMap(domain2=>faultsOf(project,service2,domain2,now));base.throwAll(faults);const certificates=new Map,domains=service2.domains.map(domain2=>routeDomain(domain2,certificates)),{directory,ca}=proxy.acme,authority2=ca===void 0?void 0:{name:`${hashOf(ca)}.pem`,pem:`${ca.trim()}
`},acme={directory,...proxy.email===void 0?{}:{email:proxy.email},...authority2===void 0?{}:{authority:authority2.name}};return{route:{version:1,resource:base.resourceName(owner),network:base.networkName(owner),owner:base.ownerLabels(owner),...domains.some(({certificate:certificate2})=>certificate2.kind==="letsencrypt")?{acme}:{},domains},certificates,authority:domains.some(({certificate:certificate2})=>certificate2.kind==="letsencrypt")?authority2:void 0}}function faultsOf(project,service2,domain2,now){const{host,https,certificate:certificate2}=domain2,impossible=(why,hint)=>new base.DrayageError("DOMAIN_IMPOSSIBLE",`${host} (service ${service2.name}): ${why}.`,{hint}),faults=[];if(asciiHost(host)===""&&faults.push(impossible("this is not a host name","Write it without scheme, port and path.")),https&&certificate2.kind==="none"&&faults.push(impossible("`https: true` and `certificate: none` exclude each other","Set https: false where TLS ends before this server, else certificate: letsencrypt.")),https&&certificate2.kind==="letsencrypt"){host.startsWith("*.")&&faults.push(impossible("a wildcard cannot be proven by HTTP-01, the only challenge so far","Name the hosts one by one, or give certificate: { cert, key }."));const servers=project.proxy?.servers??[];servers.length>1&&faults.push(impossible(`${servers.join(" and ")} would each ask for a certificate, and the answers to the challenges would meet the wrong one`,"Give certificate: { cert, key }, or keep one server in proxy.servers."))}if(https&&certificate2.kind==="custom")try{checkPair(asciiHost(host),{cert:certificate2.cert,key:certificate2.key.reveal()},now)}catch(error){if(!(error instanceof base.DrayageError))throw error;faults.push(error)}return faults}function routeDomain(domain2,certificates){const common={host:asciiHost(domain2.host),path:domain2.path,port:domain2.port,https:domain2.https},{certificate:certificate2}=domain2;if(!domain2.https)return{...common,certificate:{kind:"none"}};if(certificate2.kind!=="custom")return{...common,certificate:{kind:certificate2.kind}};const name2=hashOf(certificate2.cert);return certificates.set(name2,{cert:`${certificate2.cert.trim()}
`,key:`${certificate2.key.reveal().trim()}
`}),{...common,certificate:{kind:"custom",name:name2}}}const hashOf=text=>require$$2.createHash("sha256").update(text.trim()).digest("hex").slice(0,16);var __knownSymbol$2=(name2,symbol)=>(symbol=Symbol[name2])?symbol:Symbol.for("Symbol."+name2),__typeError$2=msg=>{throw TypeError(msg)},__using$2=(stack,value,async)=>{if(value!=null){typeof value!="object"&&typeof value!="function"&&__typeError$2("Object expected");var dispose,inner;dispose=value[__knownSymbol$2("asyncDispose")],dispose===void 0&&(dispose=value[__knownSymbol$2("dispose")],inner=dispose),typeof dispose!="function"&&__typeError$2("Object not disposable"),inner&&(dispose=function(){try{inner.call(this)}catch(e){return Promise.reject(e)}}),stack.push([async,dispose,value])}else stack.push([async]);return value},__callDispose$2=(stack,error,hasError)=>{var E=typeof SuppressedError=="function"?SuppressedError:function(e,s,m,_){return _=Error(m),_.name="SuppressedError",_.error=e,_.suppressed=s,_},fail=e=>error=hasError?new E(e,error,"An error was suppressed during disposal"):(hasError=!0,e),next=it=>{for(;it=stack.pop();)try{var result=it[1]&&it[1].call(it[2]);if(it[0])return Promise.resolve(result).then(next,e=>(fail(e),next()))}catch(e){fail(e)}if(hasError)throw error};return next()};const usual={certificate:9e4,answer:3e4};async function configureDomains(context,request){const{project,service:service2}=request,{proxy}=project;if(service2.domains.length===0&&proxy===void 0)return[];const wish=wishFor(project,service2,new Date);return context.report.phase(`Configure the domains of ${service2.name}`,async phase=>(await Promise.all((proxy?.servers??[]).map(async name2=>configureNode(context,request,wish,await context.connect(name2),phase)))).flat())}async function configureNode(context,request,wish,server2,phase){const{plan,since}=await bringIntoForce(context,request,wish,server2,phase),{domains}=request.service;return request.dryRun?domains.map(domain2=>({url:urlOf(plainDomain(domain2)),node:server2.name,changed:plan?.changes??[]})):Promise.all(domains.map(domain2=>verify(context,request,{server:server2,domain:domain2,since,plan,phase})))}async function bringIntoForce(context,{project,dryRun,lease,ahead},wish,server2,phase){var _stack=[];try{const kind=project.proxy?.type;if(kind===void 0||kind==="external")return phase.note(`${server2.name}: the proxy is not Drayage's; it is asked, not configured.`),{plan:void 0,since:0};const{resource,network:network2}=wish.route,look2=async()=>{const state=await readProxy(server2,{resource,network:network2,kind});return{plan:planDomains(server2.name,kind,wish,state),now:state.now}},seen=ahead?.on(server2.name),first=seen!==void 0&&(dryRun||seen.plan.changes.length===0)?seen:await look2();first.plan.changes.length===0&&phase.note(`${server2.name}: the domains are configured already, nothing to do.`);for(const change of first.plan.changes)phase.note(`${server2.name}: ${change}`);if(dryRun||first.plan.changes.length===0)return{plan:first.plan,since:first.now-600};const own=__using$2(_stack,lease===void 0?await lock(context,server2,resource,phase):void 0,!0),guard=(lease??own)?.guard(server2.name)??"";let current=own===void 0?first:await look2();for(let attempt2=0;attempt2<5;attempt2++){if(await applyDomains(server2,{plan:current.plan,wish,guard}))return{plan:first.plan,since:current.now};phase.note(`${server2.name}: another project changed the proxy meanwhile; planning again.`),current=await look2()}throw new base.DrayageError("LOCK_HELD",`${server2.name}: other runs keep changing the proxy.`,{hint:"Try again in a minute."})}catch(_){var _error=_,_hasError=!0}finally{var _promise=__callDispose$2(_stack,_error,_hasError);_promise&&await _promise}}function lock(context,server2,resource,phase){return transport$1.acquireAll([server2],`${resource}.domains`,context.run,{wait:6e4,signal:context.signal,onWait:({who:who2,since})=>phase.note(`${server2.name}: waiting for ${who2}, who has been changing its domains since ${since}`)})}async function verify(context,request,verification){const{server:server2,domain:domain2,since,plan,phase}=verification,{project}=request,plain2=plainDomain(domain2),url=urlOf(plain2),directory=project.proxy?.acme.directory,isPublic=domain2.https&&domain2.certificate.kind==="letsencrypt"&&directory===letsEncrypt,nodes=(project.proxy?.servers??[]).flatMap(name2=>project.servers[name2]?.host??[]),records=isPublic?checkRecords(publicLookup(),plain2.host,nodes):Promise.resolve([]);try{const answer=await verifyDomain(context,server2,{domain:domain2,question:questionOn(project,server2.name,domain2),opened:request.ahead?.take(server2.name,domain2),directory:domain2.certificate.kind==="letsencrypt"?directory:void 0,since,patience:request.patience??usual});for(const sentence of await records)context.report.warn(sentence);const{certificate:certificate2,status:status2}=answer,about=certificate2===void 0?"":`, certificate by ${certificate2.issuer} until ${certificate2.expires.toISOString().slice(0,10)}`;return phase.note(`${server2.name}: ${url} answers ${status2}${about}`),status2===404&&context.report.warn(`${url} answers 404: the service runs, but has nothing at this path.`),{url,node:server2.name,status:status2,certificateIssuer:certificate2?.issuer,certificateExpires:certificate2?.expires,changed:plan?.changes??[]}}catch(error){for(const sentence of await records)context.report.warn(sentence);throw error}}const configure=Object.freeze(Object.defineProperty({__proto__:null,configureDomains},Symbol.toStringTag,{value:"Module"}));async function deploymentHistory(context,request){const{servers,resource}=placeOf(request),perNode=await Promise.all(servers.map(async name2=>readHistory(await context.connect(name2),resource,context.signal))),byId=new Map;for(const[index,entries]of perNode.entries()){const server2=servers[index]??"";for(const{record:record2,isCurrent}of entries){const seen=byId.get(record2.id);byId.set(record2.id,{record:seen===void 0||seen.record.status==="done"?record2:seen.record,servers:[...seen?.servers??[],server2],isCurrent:isCurrent||(seen?.isCurrent??!1)})}}return[...byId.values()].sort((a,b)=>a.record.id<b.record.id?1:-1)}function placeOf({project,service:name2}){const service2=config.pickService(project,name2),owner=base.ownerOf(project,service2);return{service:service2,owner,resource:base.resourceName(owner),servers:service2.deploy.servers}}async function readHistory(server2,resource,signal){const{stdout}=await server2.script(historyScript(server2.account.stateDir,resource),{purpose:"Reading the deployments",repeatable:!0,signal});return parseHistory(stdout)}function historyScript(stateDir,resource){const{folder}=deploymentPaths(stateDir,resource);return`cd ${transport$1.quote(folder)} 2>/dev/null || exit 0
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
`}function parseHistory(output){const lines=output.split(`
`),current=lines.find(line=>line.startsWith("current "))?.slice(8);return lines.flatMap(line=>{const[life=""]=line.split(" ",1),record2=["ended","running","dead"].includes(life)?parseRecord(line.slice(life.length+1)):void 0;return record2===void 0?[]:[{record:life==="dead"?deadRecord(record2):record2,isCurrent:record2.id===current}]})}function deadRecord(record2){return{...record2,status:"error",errorCode:"JOB_LOST",errorMessage:"The deployment ended without a result: the node was restarted, or its job was killed."}}const history=Object.freeze(Object.defineProperty({__proto__:null,deploymentHistory,parseHistory,placeOf,readHistory},Symbol.toStringTag,{value:"Module"}));async function rollbackService(context,request){const history2=await deploymentHistory(context,request),target=chooseTarget(request.service,history2,request.to);return again(context,request,target,`Roll back to ${target.id}`,!1)}async function redeployService(context,request){const current=(await deploymentHistory(context,request)).find(entry2=>entry2.isCurrent)?.record;if(current===void 0)throw new base.DrayageError("DEPLOYMENT_NOT_FOUND",`Service ${request.service} was never deployed here.`,{hint:"drayage up"});return again(context,request,current,`Redeploy ${current.id}`,!0)}function chooseTarget(service2,history2,to){const current=history2.find(entry2=>entry2.isCurrent)?.record,done=history2.map(entry2=>entry2.record).filter(record2=>record2.status==="done");if(to===void 0){const older=done.find(record2=>current!==void 0&&record2.id<current.id&&record2.specHash!==current.specHash);if(older!==void 0)return older;throw new base.DrayageError("DEPLOYMENT_NOT_FOUND",`Service ${service2} has no earlier deployment to go back to; ${done.length} succeeded so far.`,{hint:`drayage history --service ${service2}`})}const matches=done.filter(record2=>record2.id.startsWith(to)),[match]=matches;if(match!==void 0&&matches.length===1)return match;const failed=history2.find(entry2=>entry2.record.id.startsWith(to)&&entry2.record.status!=="done"),why=matches.length>1?`${matches.length} deployments begin with it`:failed===void 0?"there is no record of it":`it did not succeed (${failed.record.status})`;throw new base.DrayageError("DEPLOYMENT_NOT_FOUND",`Service ${service2} cannot go back to '${to}': ${why}.`,{hint:`drayage history --service ${service2}`})}async function again(context,request,record2,title,force){const{service:service2,resource}=placeOf(request),stored=await readSecrets(context,await holderOf(context,service2),resource,record2.spec),run=request.refreshSecrets===!0?refreshed(resource,service2,record2.spec,stored):{spec:record2.spec,secrets:stored};return roll(context,{project:request.project,service:service2,image:record2.pinnedImage,mode:record2.mode,resolve:()=>run,commit:record2.commit,title,force,dryRun:request.dryRun??!1,lease:request.lease,lockWait:request.lockWait})}async function holderOf(context,service2){return Promise.all(service2.deploy.servers.map(name2=>context.connect(name2)))}async function readSecrets(context,servers,resource,spec){const names=referencesIn(spec),found=new Map;if(names.length===0)return found;await Promise.all(servers.map(async server2=>{const{secrets}=deploymentPaths(server2.account.stateDir,resource),script=names.map(name2=>`[ -e ${transport$1.quote(`${secrets}/${name2}`)} ] && echo "${name2} $(base64 <${transport$1.quote(`${secrets}/${name2}`)} | tr -d '\\n')"`).join(`
`),{stdout}=await server2.script(`${script}
:`,{purpose:"Reading the stored secrets",repeatable:!0});for(const line of stdout.split(`
`)){const[name2,content]=line.split(" ");name2!==void 0&&content!==void 0&&found.set(name2,Buffer.from(content,"base64").toString("utf8"))}}));for(const value of found.values())context.report.mask(value);return found}function refreshed(resource,service2,spec,stored){const today=runSpec(resource,service2.deploy,service2.domains,spec.image),env=Object.fromEntries(Object.entries(spec.env).map(([name2,value])=>[name2,isReference(value)?today.spec.env[name2]??value:value])),secrets=Object.fromEntries(Object.entries(spec.secrets).map(([name2,value])=>[name2,today.spec.secrets[name2]??value]));return{spec:{...spec,env,secrets},secrets:new Map([...stored,...today.secrets])}}const rollback=Object.freeze(Object.defineProperty({__proto__:null,chooseTarget,redeployService,rollbackService},Symbol.toStringTag,{value:"Module"}));async function serviceStatus(context,request){const{servers,owner,resource}=placeOf(request);return Promise.all(servers.map(async name2=>{const server2=await context.connect(name2),wanted={owner,resource,stateDir:server2.account.stateDir},{stdout,stderr}=await server2.script(factsScript(wanted),{purpose:"Looking at the node",repeatable:!0,accept:"any",signal:context.signal}),{current,containers}=parseFacts(stdout,stderr,wanted,name2);return{server:name2,current,containers:containers.map(container=>({...container,isServing:container.state==="running"&&container.deployment===current?.id}))}}))}const status=Object.freeze(Object.defineProperty({__proto__:null,serviceStatus},Symbol.toStringTag,{value:"Module"}));async function serviceLogs(context,request){const{servers,owner}=placeOf(request),filters=Object.entries(base.ownerLabels(owner)).flatMap(([key,value])=>["--filter",`label=${key}=${value}`]);await Promise.all(servers.map(async name2=>{const server2=await context.connect(name2),list=transport$1.quoteArgv(["docker","ps","--all","--format","{{.Names}}",...filters]),{stdout}=await server2.script(list,{purpose:"Listing the containers",signal:context.signal});await Promise.all(stdout.split(`
`).filter(container=>container!=="").map(container=>{const follow=request.follow===!0?"--follow ":"";return server2.run(["sh","-c",`exec docker logs ${follow}--tail ${request.tail} ${transport$1.quote(container)} 2>&1`],{onOutput:chunk=>request.onOutput(chunk,`${name2} ${container}`),purpose:`Reading the logs of ${container}`,signal:context.signal})}))}))}const logs=Object.freeze(Object.defineProperty({__proto__:null,serviceLogs},Symbol.toStringTag,{value:"Module"}));class DomainsAhead{#request;#seen=new Map;constructor(project,service2){this.#request={project,service:service2}}static async look(context,project,service2){const ahead=new DomainsAhead(project,service2),{proxy}=project;if(service2.domains.length===0||proxy===void 0||proxy.type==="external")return ahead;const wish=wishFor(project,service2,new Date),{resource,network:network2}=wish.route,kind=proxy.type;return await Promise.all(proxy.servers.map(async name2=>{const server2=await context.connect(name2),state=await readProxy(server2,{resource,network:network2,kind}),plan=planDomains(name2,kind,wish,{...state,network:state.network??{}});ahead.#seen.set(name2,{server:server2,plan,now:state.now,opened:new Map})})),ahead}open(){const{project,service:service2}=this.#request;for(const{server:server2,plan,opened}of this.#seen.values())if(!(plan.changes.length>0))for(const domain2 of service2.domains){const opening2=open(server2,questionOn(project,server2.name,domain2));opening2.catch(()=>{}),opened.set(domain2,opening2)}}on(server2){return this.#seen.get(server2)}take(server2,domain2){const opened=this.#seen.get(server2)?.opened,found=opened?.get(domain2);return opened?.delete(domain2),found}[Symbol.dispose](){for(const{opened}of this.#seen.values()){for(const opening2 of opened.values())opening2.then(({raw})=>raw.destroy()).catch(()=>{});opened.clear()}}}const headStart$1=60;async function reachAll(context,first,rest){const begun=connectAll(context,first).catch(()=>{});first.length>0&&await Promise.race([begun,promises.setTimeout(headStart$1)]),await connectAll(context,[...first,...rest])}async function connectAll(context,servers){const failures=(await Promise.allSettled(servers.map(name2=>context.connect(name2)))).flatMap(attempt2=>attempt2.status==="rejected"?[attempt2.reason]:[]),bug=failures.find(error=>!(error instanceof base.DrayageError));if(bug!==void 0)throw bug;base.throwAll(failures.filter(error=>error instanceof base.DrayageError))}async function foreseenImage(context,project,service2){const{source}=service2,origin=source.kind==="git"?source.url:source.kind==="path"?`the folder ${source.path}`:source.image;return context.report.note(`${service2.name}: an image would be built from ${origin}; its digest is not known before.`),(await serviceStatus(context,{project,service:service2.name})).find(({current})=>current!==void 0)?.current?.pinnedImage}var __knownSymbol$1=(name2,symbol)=>(symbol=Symbol[name2])?symbol:Symbol.for("Symbol."+name2),__typeError$1=msg=>{throw TypeError(msg)},__using$1=(stack,value,async)=>{if(value!=null){typeof value!="object"&&typeof value!="function"&&__typeError$1("Object expected");var dispose,inner;dispose=value[__knownSymbol$1("asyncDispose")],dispose===void 0&&(dispose=value[__knownSymbol$1("dispose")],inner=dispose),typeof dispose!="function"&&__typeError$1("Object not disposable"),inner&&(dispose=function(){try{inner.call(this)}catch(e){return Promise.reject(e)}}),stack.push([async,dispose,value])}else stack.push([async]);return value},__callDispose$1=(stack,error,hasError)=>{var E=typeof SuppressedError=="function"?SuppressedError:function(e,s,m,_){return _=Error(m),_.name="SuppressedError",_.error=e,_.suppressed=s,_},fail=e=>error=hasError?new E(e,error,"An error was suppressed during disposal"):(hasError=!0,e),next=it=>{for(;it=stack.pop();)try{var result=it[1]&&it[1].call(it[2]);if(it[0])return Promise.resolve(result).then(next,e=>(fail(e),next()))}catch(e){fail(e)}if(hasError)throw error};return next()};async function makeImages(context,request,services,gates){const made=[];for(const service2 of services)made.push(await makeImage(context,request,service2,gates));return made}async function makeImage(context,{project,git,dryRun},service2,{reachable,ready}){var _stack=[];try{if(service2.source.kind==="image")return{service:service2,image:service2.source.image};if(dryRun)return await ready,{service:service2,image:await foreseenImage(context,project,service2),commit:git.sha};const given={project,service:service2.name,git,reachable,ready};if(service2.image===void 0){const built2=await buildService(context,given);return{service:service2,image:built2.imageId,commit:built2.sourceCommit}}const push2=__using$1(_stack,new Push(context,{...given,server:service2.build?.servers[0]??""}),!0),built=await buildService(context,{...given,followUp:names=>push2.followUp(names)}),pushed=await push2.finish(built),[platform=""]=built.platforms,[os,architecture]=platform.split("/"),fresh={platform:`${os}/${architecture}`,user:built.user};return{service:service2,image:pushed.pinnedImage,commit:built.sourceCommit,fresh}}catch(_){var _error=_,_hasError=!0}finally{var _promise=__callDispose$1(_stack,_error,_hasError);_promise&&await _promise}}function serversOf(project,services){const builders=new Set(services.flatMap(({build:build2})=>build2?.servers??[])),proxied=services.some(({domains})=>domains.length>0)?project.proxy?.servers??[]:[],nodes=new Set([...services.flatMap(({deploy:deploy2})=>deploy2.servers),...proxied]);return{builders:[...builders],nodes:[...nodes].filter(name2=>!builders.has(name2))}}async function together(context,parts){const stop=new AbortController,inner={...context,signal:AbortSignal.any([context.signal,stop.signal])},begun=parts.map(async part=>{try{return await part(inner)}catch(error){throw stop.signal.aborted||stop.abort(new base.DrayageError("CANCELLED","Another part of this run has failed.")),error}}),settled2=await Promise.allSettled(begun),failures=settled2.flatMap(part=>part.status==="rejected"?[part.reason]:[]);return failures.length>0&&throwCauses(failures),settled2.map(part=>part.status==="fulfilled"?part.value:void 0)}function throwCauses(failures){const all2=[...new Set(failures)].flatMap(error=>error instanceof base.ManyErrors?[...error.errors]:[error]),known2=all2.filter(error=>error instanceof base.DrayageError),bug=all2.find(error=>!(error instanceof base.DrayageError));if(bug!==void 0)throw bug;const causes2=known2.filter(({code})=>code!=="CANCELLED");throw base.throwAll(causes2),known2[0]}var __knownSymbol=(name2,symbol)=>(symbol=Symbol[name2])?symbol:Symbol.for("Symbol."+name2),__typeError=msg=>{throw TypeError(msg)},__using=(stack,value,async)=>{if(value!=null){typeof value!="object"&&typeof value!="function"&&__typeError("Object expected");var dispose,inner;dispose===void 0&&(dispose=value[__knownSymbol("dispose")]),typeof dispose!="function"&&__typeError("Object not disposable"),inner&&(dispose=function(){try{inner.call(this)}catch(e){return Promise.reject(e)}}),stack.push([async,dispose,value])}return value},__callDispose=(stack,error,hasError)=>{var E=typeof SuppressedError=="function"?SuppressedError:function(e,s,m,_){return _=Error(m),_.name="SuppressedError",_.error=e,_.suppressed=s,_},fail=e=>error=hasError?new E(e,error,"An error was suppressed during disposal"):(hasError=!0,e),next=it=>{for(;it=stack.pop();)try{var result=it[1]&&it[1].call(it[2]);if(it[0])return Promise.resolve(result).then(next,e=>(fail(e),next()))}catch(e){fail(e)}if(hasError)throw error};return next()};async function up(context,request){const{project}=request,services=config.pickServices(project,request.services),{builders,nodes}=serversOf(project,services),reachable=reachAll(context,builders,nodes);if(reachable.catch(()=>{}),request.dryRun)return await reachable,preview(context,request,services,[...builders,...nodes]);const[told,ready]=promised(),[changed,made,seen]=await together(context,[part=>told(setUp(part,request,builders,reachable)),part=>makeImages(part,request,services,{reachable,ready}),async part=>{await reachable,await Promise.race([ready,promises.setTimeout(headStart)]),part.signal.throwIfAborted();const alsoChanged=await setUp(part,request,nodes,reachable);return await ready,{changed:alsoChanged,ahead:await lookAhead(part,request,services)}}]),results=[];for(const one of made)results.push(await deployOne(context,request,one,seen.ahead.get(one.service.name)));return{services:results,setup:[...changed,...seen.changed]}}const headStart=200;async function lookAhead(context,{project},services){const all2=await Promise.all(services.map(async service2=>{const sighting=await sight(context,project,service2),domains=await DomainsAhead.look(context,project,service2);return[service2.name,{sighting,domains}]}));return new Map(all2)}async function preview(context,request,services,servers){const{project}=request,reports=await setupReports(context,request,servers),setup2=reports.flatMap(linesOf);for(const line of setup2)context.report.note(`setup of ${line}`);const unknown=new Set(reports.flatMap(({server:server2,changed})=>changed.length>0?[server2]:[])),results=[];for(const service2 of services)if([...service2.deploy.servers,...service2.domains.length>0?project.proxy?.servers??[]:[]].some(name2=>unknown.has(name2)))context.report.note(`${service2.name}: would be deployed after that; what that changes is not known before.`),results.push({service:service2.name,deployment:unforeseen,domains:[]});else{const gates={reachable:Promise.resolve(),ready:Promise.resolve()},[made]=await makeImages(context,request,[service2],gates),domains=await DomainsAhead.look(context,project,service2);made!==void 0&&results.push(await deployOne(context,request,made,{sighting:void 0,domains}))}return{services:results,setup:setup2}}function promised(){let settle=()=>{};const ready=new Promise(resolve=>{settle=resolve});return ready.catch(()=>{}),[work=>(settle(work),work),ready]}async function setUp(context,request,servers,reachable){const reports=await setupReports(context,request,servers,reachable);return await reachable,reports.flatMap(linesOf)}async function setupReports(context,{project,setup:setup2,dryRun},servers,reachable){return servers.length===0?[]:setupServers(context,{project,servers,mode:setup2,dryRun,reachable})}const linesOf=({server:server2,changed})=>changed.map(title=>`${server2}: ${title}`);async function deployOne(context,{project,title,dryRun},{service:service2,image:image2,commit,fresh},ahead){var _stack=[];try{const known2={project,service:service2.name,commit,title,dryRun,fresh,sighting:ahead?.sighting},domainsAhead=__using(_stack,ahead?.domains);dryRun||domainsAhead?.open();const deployment=image2===void 0?unforeseen:await deployService(context,{...known2,image:image2}),domains=service2.domains.length===0?[]:await configureDomains(context,{project,service:service2,dryRun,ahead:domainsAhead});return{service:service2.name,image:image2,commit,deployment,domains}}catch(_){var _error=_,_hasError=!0}finally{__callDispose(_stack,_error,_hasError)}}const unforeseen={deploymentId:"",status:"planned",pinnedImage:"",previousImage:void 0,nodes:[]},up$1=Object.freeze(Object.defineProperty({__proto__:null,up},Symbol.toStringTag,{value:"Module"}));exports.build=build,exports.configure=configure,exports.deploy=deploy,exports.history=history,exports.logs=logs,exports.push=push,exports.rollback=rollback,exports.setup=setup,exports.status=status,exports.up=up$1;
