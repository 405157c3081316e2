"use strict";const base=require("./base.cjs"),config=require("./config.cjs"),steps=require("./steps.cjs"),engine=require("./engine.cjs"),transport=require("./transport.cjs"),commands=require("./commands.cjs"),require$$2=require("node:crypto"),nodePath=require("node:path"),require$$0=require("node:fs/promises"),node_os=require("node:os"),node_readline=require("node:readline"),require$$0$1=require("node:assert");async function ask(questions,{input,output,signal,what="written"}){if(questions.length===0)return{};const reader=node_readline.createInterface({input,output});reader.on("SIGINT",()=>process.kill(process.pid,"SIGINT"));const close=()=>reader.close();signal.addEventListener("abort",close);const lines=reader[Symbol.asyncIterator](),answers={};try{for(const{flag,text,otherwise}of questions){reader.setPrompt(`${text}${otherwise===void 0||otherwise===""?"":` [${otherwise}]`}: `);let answer="";do{reader.prompt();const line=await lines.next();if(signal.aborted)throw signal.reason;if(line.done===!0)throw ended(what);answer=line.value.trim()}while(answer===""&&otherwise===void 0);answers[flag]=answer===""?otherwise??"":answer}return answers}finally{signal.removeEventListener("abort",close),reader.close()}}function ended(what){return new base.DrayageError("CANCELLED",`The input ended before all questions were answered; nothing was ${what}.`)}async function confirmed(question,signal){const{stdin:input,stderr:output}=process;if(input.isTTY!==!0||output.isTTY!==!0)return;const{answer}=await ask([{flag:"answer",text:question,otherwise:"no"}],{input,output,signal,what:"removed"});if(answer?.toLowerCase()!=="yes")throw new base.DrayageError("CANCELLED","The answer was not yes, so nothing was removed.",{hint:"To be asked nothing, add --yes."})}const confirm$1=Object.freeze(Object.defineProperty({__proto__:null,confirmed},Symbol.toStringTag,{value:"Module"})),builderItems={name:"buildkitd",items:async(context,{spec:{name,buildkit}})=>buildkit?.address===void 0?[]:[await steps.daemonItem(context,name,buildkit)]};var __knownSymbol$1=(name,symbol)=>(symbol=Symbol[name])?symbol:Symbol.for("Symbol."+name),__typeError$1=msg=>{throw TypeError(msg)},__using$1=(stack,value,async)=>{if(value!=null){typeof value!="object"&&typeof value!="function"&&__typeError$1("Object expected");var dispose,inner;dispose=value[__knownSymbol$1("asyncDispose")],dispose===void 0&&(dispose=value[__knownSymbol$1("dispose")],inner=dispose),typeof dispose!="function"&&__typeError$1("Object not disposable"),inner&&(dispose=function(){try{inner.call(this)}catch(e){return Promise.reject(e)}}),stack.push([async,dispose,value])}else stack.push([async]);return value},__callDispose$1=(stack,error,hasError)=>{var E=typeof SuppressedError=="function"?SuppressedError:function(e,s2,m,_){return _=Error(m),_.name="SuppressedError",_.error=e,_.suppressed=s2,_},fail=e=>error=hasError?new E(e,error,"An error was suppressed during disposal"):(hasError=!0,e),next=it=>{for(;it=stack.pop();)try{var result=it[1]&&it[1].call(it[2]);if(it[0])return Promise.resolve(result).then(next,e=>(fail(e),next()))}catch(e){fail(e)}if(hasError)throw error};return next()};const registryItems={name:"registries",async items(context,place){const{server:server2,project,spec}=place;if(server2===void 0)return[];const builds=project.services.filter(({build})=>build?.servers.includes(spec.name)===!0),runs=project.services.filter(({deploy})=>deploy.servers.includes(spec.name)),used=new Set([...builds,...runs].flatMap(({image:image2,source})=>[image2,source.kind==="image"?source.image:void 0])),hosts=new Set([...used].flatMap(image2=>image2===void 0?[]:[steps.registryOfImage(project.registries,image2).host])),logins=Object.values(project.registries).filter(({host})=>spec.role!=="deploy"||hosts.has(host)).map(registry=>loginItem(context,server2,registry)),pushes=builds.flatMap(({image:image2})=>image2===void 0?[]:[pushItem(context,place,server2,image2)]),pulls=runs.flatMap(({image:image2,source})=>{const wanted=source.kind==="image"?source.image:image2;return wanted===void 0?[]:[pullItem(context,place,server2,wanted)]});return Promise.all([...logins,...pushes,...pulls])}};async function loginItem(context,server2,registry){const item=`login ${registry.host}`,credentials=steps.credentialsOf(registry);if(credentials===void 0)return{item,ok:!0,detail:"no credentials are declared"};const engine$1=engine.engineOn(server2);try{context.signal.throwIfAborted();const auth={...credentials,serveraddress:steps.configKey(registry.host)};return await engine$1.call(`Logging in to ${registry.host}`,docker=>docker.checkAuth(auth),{timeout:6e4}),{item,ok:!0,detail:`as ${credentials.username}`}}catch(error){if(!(error instanceof base.DrayageError))throw error;return refusedItem(item,saidIn(error.message),registry)}finally{engine$1.close()}}async function pushItem(context,{project},server2,image2){var _stack=[];try{const item=`push ${image2}`,registry=steps.registryOfImage(project.registries,image2),client=__using$1(_stack,new steps.RegistryClient(registry,{signal:context.signal,retries:1,dial:(host,port)=>server2.dial(host,port)}),!0);try{return await(await client.checkPush(base.parseImage(image2)?.repository??""))(),{item,ok:!0,detail:"an upload was begun and taken back"}}catch(error){if(!(error instanceof base.DrayageError)||error.code==="CANCELLED")throw error;return{item,ok:!1,detail:error.message,cure:error.hint}}}catch(_){var _error=_,_hasError=!0}finally{var _promise=__callDispose$1(_stack,_error,_hasError);_promise&&await _promise}}async function pullItem(context,{project},server2,image2){const parsed2=base.parseImage(image2),item=`pull ${parsed2===void 0?image2:base.familiarImage(parsed2)}`,registry=steps.registryOfImage(project.registries,image2),credentials=steps.credentialsOf(registry),auth=credentials&&Buffer.from(JSON.stringify({...credentials,serveraddress:steps.configKey(registry.host)})).toString("base64url"),path=`/distribution/${image2}/json`,{text,errors}=await steps.askEngine(server2,[{path,...auth===void 0?{}:{headers:{"X-Registry-Auth":auth}}}],{purpose:`Asking for ${image2}`,signal:context.signal}),[answer]=steps.parseBatch(text);if(answer?.status===200)return{item,ok:!0,detail:"it may be pulled"};const said=messageIn(answer?.body)??errors.trim();return/manifest unknown|manifest for .* not found|name unknown|repository name not known/i.test(said)?{item,ok:!0,detail:"the registry answers; there is no such tag yet"}:refusedItem(item,said,registry)}const cures=[[/unauthorized|incorrect username or password|authentication required|no basic auth/i,({host})=>`Check username and password under registries."${host}" in drayage.yml.`],[/denied|forbidden/i,({host,username})=>`Let ${username??"anonymous users"} use the repository in ${host}.`],[/HTTP response to HTTPS client/i,({host})=>`If plain HTTP is meant: registries."${host}".insecure: true, then run setup for this server.`],[/x509|certificate/i,({host})=>`Give its authority as registries."${host}".ca, then run setup for this server.`],[/no such host|server misbehaving/i,({host})=>`Check the spelling of ${host}, and DNS on this server.`],[/refused|timeout|no route|unreachable|deadline/i,({host})=>`Open the way from this server to ${host}, and see that the registry runs.`]];function refusedItem(item,said,registry){return{item,ok:!1,detail:said===""?"the engine did not say why":said,cure:cures.find(([pattern])=>pattern.test(said))?.[1](registry)}}function saidIn(message){return message.replace(/^.* was refused by the engine: /,"")}function messageIn(body){return typeof body=="object"&&body!==null&&"message"in body?String(body.message):void 0}const serverItems={name:"setup",async items(_context,{project,spec,server:server2}){if(server2===void 0)return[];const{stateDir,privilege}=server2.account,mayBeRoot=privilege==="root"||privilege==="sudo",deploying=Object.values(project.servers).filter(({role})=>role!=="build"),swarm=steps.swarmServers(project,!1,deploying.map(({name})=>name)).includes(spec.name),wish=steps.wishFor(project,spec,{role:spec.role,swarm,stateDir,typeOf:steps.guessType(project)}),facts=await steps.readFacts(server2,steps.questionFor(project,wish));return[...steps.itemsOfFacts(facts,wish),setupItem()];function setupItem(){const item="setup";try{const{steps:steps$1,advice}=steps.planSetup({facts,wish,mode:"auto",server:spec.name,stateDir,mayBeRoot}),recommended=advice.length===0?void 0:advice.join("; ");if(steps$1.length===0)return{item,ok:!0,detail:"nothing to do",cure:recommended};const command=spec.role==="build"?"setup-build-server":"setup-deploy-node",detail=`to do: ${steps$1.map(({title,why})=>`${title} (${why})`).join("; ")}`;return{item,ok:!1,detail,cure:`drayage ${command} --servers ${spec.name}`}}catch(error){if(!(error instanceof base.DrayageError))throw error;return{item,ok:!1,detail:error.message,cure:error.hint}}}}},itemProviders=[serverItems,registryItems,builderItems];async function examine(context,request){const{project,servers}=request,specs=servers===void 0?Object.values(project.servers):config.pickServers(project,servers);if(specs.length===0)throw new base.DrayageError("INPUT_INVALID",`${project.file??"What was given"} names no server.`,{hint:"Declare one under servers:, or give --servers ssh://user@host."});return Promise.all(specs.map(spec=>examineServer(context,project,spec)))}function findings(examined){return examined.flatMap(({server:server2,items})=>steps.incomplete(server2,items)??[])}async function examineServer(context,project,spec){const items=[],server2=await(spec.host===""?void 0:context.connect(spec.name))?.catch(error=>{items.push(itemOf("connection",error))});server2!==void 0&&items.push({item:"connection",ok:!0,detail:`${server2.address}, ${server2.account.privilege}`});const parts=await Promise.all(itemProviders.map(provider=>provider.items(context,{project,spec,server:server2}).catch(error=>[itemOf(provider.name,error)])));return{server:spec.name,items:[...items,...parts.flat()]}}function itemOf(item,error){if(!(error instanceof base.DrayageError)||error.code==="CANCELLED"||error.code==="INTERNAL_BUG")throw error;return{item,ok:!1,detail:error.message,cure:error.hint}}const doctor=Object.freeze(Object.defineProperty({__proto__:null,examine,findings,itemProviders},Symbol.toStringTag,{value:"Module"})),jobTimeout=wait=>wait+60*6e4,buildsRun=76;function applyScript({account,plan,slots,wait,olderThan,guards,builders}){return`timeout=${jobTimeout(wait)}
${steps.shortPrelude}${steps.apiSteps}
${steps.engineLines(account)}
${guards.map(guard=>`(
${guard}) || exit 75`).join(`
`)}
${cleaning(olderThan)}
clean() {
usage before
${plan.containers.map(({id,bytes})=>`container ${transport.quote(id)} ${bytes}`).join(`
`)}
${plan.records.map(({resource,record})=>`record ${transport.quote(`${resource}/${record.id}`)}`).join(`
`)}
${plan.images.map(({image:image2})=>transport.quoteArgv(["image",image2.id,image2.tagged,...image2.tags,...image2.digests])).join(`
`)}
${plan.jobs.map(({name,bytes})=>`job ${transport.quote(name)} ${bytes}`).join(`
`)}
rm -f $(find "$DRAYAGE_RUN/uploads" -type f -mmin +1440 2>/dev/null)
${plan.sources.map(({name,bytes})=>`source ${transport.quote(name)} ${bytes}`).join(`
`)}
${plan.mirrors.map(({name,bytes})=>`mirror ${transport.quote(name)} ${bytes}`).join(`
`)}
${builders}
usage after
:
}
${slots===void 0?"clean":betweenBuilds(slots,wait)}
`}const cleaning=olderThan=>`old=$(( $(date +%s) - ${Math.ceil(olderThan/1e3)} ))
reason() { printf '%s' "$(tail -n 1 engine.log)" | sed 's/^Error response from daemon: //; s/^Error: //'; }
container() {
  if docker rm --volumes "$1" >engine.log 2>&1; then echo "@drayage removed container $1 $2"
  else echo "@drayage stays container $1 $(reason)"; fi
}
record() {
  rm -f "$DRAYAGE_STATE/deployments/$1.json" "$DRAYAGE_STATE/deployments/$1.log" && echo "@drayage removed record $1"
}
# image ID TAGGED NAME\u2026
image() {
  id=$1; tagged=$2; shift 2
  is=$(docker image inspect --format '{{json .Metadata.LastTagTime}}' "$id" 2>/dev/null) || return 0
  is=\${is#'"'}; is=\${is%'"'}; [ "$is" != null ] || is=
  if [ "$is" != "$tagged" ]; then echo "@drayage stays image $id it was named again meanwhile"; return 0; fi
  # The digests of a name go with its last tag; to name them again is no error.
  for name in "\${@:-$id}"; do docker image rm "$name" >engine.log 2>&1 || grep -q 'No such image' engine.log || break; done
  if docker image inspect "$id" >/dev/null 2>&1; then echo "@drayage stays image $id $(reason)"
  else echo "@drayage removed image $id"; fi
}
# Layers of images, and what only the build cache holds: apart from each other they are all the engine has.
usage() {
  api GET '/v1.44/system/df?type=image&type=build-cache'
  echo "@drayage usage $1 $(sed -n 's/^.*"LayersSize": *\\([0-9]*\\).*/\\1/p' api.body) $(
    grep -o '"Shared":false,"Size":[0-9]*' api.body | sed 's/.*://' | awk '{ sum += $1 } END { printf "%.0f", sum }')"
}
job() { rm -rf "$DRAYAGE_RUN/jobs/$1" && echo "@drayage removed job $1 $2"; }
# Whoever holds or awaits a lock must find its file, and the empty folder beside it.
source() { (
  folder=$DRAYAGE_STATE/sources/$1
  exec 9<>"$folder/lock" && flock -x -n 9 && [ "$(stat -c %Y "$folder/lock")" -le "$old" ] || { echo "@drayage stays source $1 it is in use"; exit; }
  rm -f "$folder/root" "$folder/commit"
  find "$folder" -mindepth 1 -maxdepth 1 ! -name lock ! -name "$1" -exec rm -rf {} +
  [ ! -d "$folder/$1" ] || find "$folder/$1" -mindepth 1 -delete
  echo "@drayage removed source $1 $2"
); }
mirror() { (
  folder=$DRAYAGE_STATE/git/$1
  exec 9<>"$folder.lock" && flock -x -n 9 && [ "$(stat -c %Y "$folder.lock")" -le "$old" ] || { echo "@drayage stays mirror $1 it is in use"; exit; }
  rm -rf "$folder"
  echo "@drayage removed mirror $1 $2"
); }`;function betweenBuilds(slots,wait){return`${steps.privateFolder("slots")}
take() {
  [ $# != 0 ] || { clean; return 0; }
  ( exec 8<>"$DRAYAGE_STATE/slots/$1" && flock -n 8 || exit ${buildsRun}
    echo 'nothing: the server is being cleaned up' > "$DRAYAGE_STATE/slots/$1"
    shift; take "$@" )
}
# Others may count more slots of this server than we do.
all=$( { ls "$DRAYAGE_STATE/slots" | grep '^[0-9]*$'; seq ${slots}; } | sort -u)
clock
until=$(( now + ${wait} ))
said=
while :; do
  take $all; status=$?
  [ "$status" = ${buildsRun} ] || exit "$status"
  clock
  [ "$now" -lt "$until" ] || exit ${buildsRun}
  [ -n "$said" ] || echo 'waiting: builds run on this server'
  said=1
  sleep 1
done`}function thingsOf$1(plan){return[...plan.containers.map(({id,name,bytes})=>({kind:"container",id,name:`container ${name}`,bytes,why:"it stands still, and no deployment needs it"})),...plan.records.map(({resource,record})=>({kind:"record",id:`${resource}/${record.id}`,name:`deployment ${record.id}`,bytes:0,why:`${record.service}: beyond what is kept`})),...plan.images.map(({image:image2,why})=>({kind:"image",id:image2.id,name:imageName(image2),bytes:image2.bytes,why})),...plan.jobs.map(({name,bytes})=>({kind:"job",id:name,name:`folder of job ${name}`,bytes,why:""})),...plan.sources.map(({name,bytes})=>({kind:"source",id:name,name:`copy of sources ${name}`,bytes,why:"not used for long"})),...plan.mirrors.map(({name,bytes})=>({kind:"mirror",id:name,name:`git mirror ${name}`,bytes,why:"not used for long"}))]}function imageName({id,tags,digests}){const short=id.replace(/^sha256:/,"").slice(0,12),[name=digests[0]?.replace(/(@sha256:[0-9a-f]{12})[0-9a-f]+$/,"$1")]=tags;return name===void 0?`image ${short}`:`image ${name} (${short})`}function describeThing({name,bytes,why}){const size=bytes===0?"":`, ${base.readableSize(bytes)}`;return`${name}${size}${why===""?"":`: ${why}`}`}function describeStay(things,kind,id,reason2){return`stays: ${things.find(thing=>thing.kind===kind&&thing.id===id)?.name??`${kind} ${id}`}${reason2===""?"":`: ${reason2}`}`}function exactSize(bytes){return bytes<1024?base.readableSize(bytes):`${base.readableSize(bytes)} (${bytes} bytes)`}async function applyPlan(context,server2,plan,options,phase){const{slots,wait,olderThan,builders,leases}=options,things=thingsOf$1(plan),removed=[];let freed=0,engine2=0,log="";const lines=base.markedLines(([word,kind="",name="",...rest])=>{if(word==="usage"){const used=Number(name)+Number(rest[0]??0);engine2=kind==="before"?used:engine2-used}else if(word==="cache")kind!=="docker"&&(freed+=Number(name)||0),Number(name)>0&&removed.push({kind:"cache",name:`build cache (${kind})`,bytes:Number(name),why:""});else if(word==="removed"){const thing=things.find(one=>one.kind===kind&&one.id===name);removed.push(thing??{kind,name:`${kind} ${name}`,bytes:0,why:""}),kind!=="image"&&(freed+=Number(rest[0]??0)||0)}else word==="stays"&&phase.note(describeStay(things,kind,name,rest.join(" ")))},text=>{log=`${log}${text}`.slice(-64e3),phase.output(text)}),{exitCode}=await server2.job({id:`cleanup-${require$$2.randomBytes(6).toString("hex")}`,script:applyScript({account:server2.account,plan,slots,wait,olderThan,guards:leases.map(lease=>lease.guard(server2.name)),builders}),timeout:jobTimeout(wait),signal:AbortSignal.any([context.signal,...leases.map(({signal})=>signal)]),onOutput:lines.push});if(lines.finish(),exitCode===buildsRun)return{freed:0,removed:[],busy:!0};if(exitCode===75&&leases[0]!==void 0)throw await leases[0].lostOn(server2.name);if(exitCode!==0){const last=log.trim().split(`
`).at(-1)??"";throw new base.DrayageError("CLEANUP_FAILED",`${server2.name}: the cleanup ended with exit status ${exitCode}${last===""?"":`: ${last}`}.`,{output:log})}return{freed:freed+Math.max(0,engine2||0),removed,busy:!1}}const noCache={total:0,reclaimable:0,byType:[]},engineRecord=config.object({Type:config.string(),Size:config.number(),InUse:config.boolean(),Shared:config.boolean()}),clientRecord=config.object({recordType:config.string().default("regular"),size:config.number().default(0),inUse:config.boolean().default(!1),shared:config.boolean().default(!1)});function parseCache(body){const{BuildCache:records}=config.object({BuildCache:config.array(config.unknown()).nullish()}).catch({BuildCache:[]}).parse(body);return usageOf((records??[]).flatMap(each=>{const{success,data}=engineRecord.safeParse(each);return success?[{type:data.Type,size:data.Size,inUse:data.InUse,shared:data.Shared}]:[]}))}function parseBuildctl(text){const records=parseJson$1(text);return usageOf((Array.isArray(records)?records:[]).flatMap(each=>{const{success,data}=clientRecord.safeParse(each);return success?[{...data,type:data.recordType}]:[]}))}function usageOf(records){const own=records.filter(({shared})=>!shared),types=new Map;for(const{type,size}of own){const{bytes,count}=types.get(type)??{bytes:0,count:0};types.set(type,{bytes:bytes+size,count:count+1})}const sum=list=>list.reduce((total,{size})=>total+size,0);return{total:sum(own),reclaimable:sum(own.filter(({inUse})=>!inUse)),byType:[...types].map(([type,found])=>({type,...found})).sort((a2,b)=>b.bytes-a2.bytes)}}function parseJson$1(text){try{return JSON.parse(text)}catch{return}}const builderName="drayage",row=config.object({Name:config.string(),Driver:config.string(),Nodes:config.array(config.object({Status:config.string().default("unknown"),Version:config.string().default(""),Platforms:config.array(config.string()).nullish()})).nullish()});async function readBuilders(context,server2){const{stdout}=await server2.script(`${steps.engineLines(server2.account)}
[ ! -d "$DRAYAGE_STATE/buildx" ] || export BUILDX_CONFIG="$DRAYAGE_STATE/buildx"
docker buildx ls --format '{{json .}}' 2>/dev/null || :`,{purpose:"Listing the builders",repeatable:!0,signal:context.signal});return parseBuilders(stdout)}function parseBuilders(text){const builders=new Map;for(const line of text.split(`
`)){const{success,data}=row.safeParse(parseJson(line));if(!success||builders.has(data.Name))continue;const[node]=data.Nodes??[];builders.set(data.Name,{name:data.Name,driver:data.Driver,status:node?.Status??"unknown",version:node===void 0||/^v?0\.0\.0|^$/.test(node.Version)?void 0:node.Version,platforms:node?.Platforms??[]})}return[...builders.values()]}function parseJson(text){try{return JSON.parse(text)}catch{return}}const container$1=`buildx_buildkit_${builderName}0`,volume=`${container$1}_state`,isOurs=`[ -e "$DRAYAGE_STATE/buildx/instances/${builderName}" ]`,containerDriver={kind:"container",async look(context,server2){const[{stdout},builders]=await Promise.all([server2.script(`${steps.engineLines(server2.account)}
${isOurs} || exit 0
echo ours
docker exec ${container$1} buildctl du --format '{{json .}}' 2>/dev/null || :`,{purpose:"Looking at the builder",repeatable:!0,signal:context.signal}),readBuilders(context,server2)]),[first,...usage2]=stdout.split(`
`);if(first!=="ours")return;const own=builders.find(({name})=>name===builderName);return{name:builderName,kind:"container",state:own?.status??"unknown",version:own?.version,platforms:own?.platforms??[],usage:usage2.join("")===""?noCache:parseBuildctl(usage2.join(`
`))}},pruneLines:keepBytes=>`if ${isOurs} && [ "$(docker inspect --format '{{.State.Running}}' ${container$1} 2>/dev/null)" = true ]; then
${prune(keepBytes)}
fi`,removeLines:()=>`if ${isOurs}; then
  [ -n "\${BUILDX_CONFIG:-}" ] || export BUILDX_CONFIG="$DRAYAGE_STATE/buildx"
  if docker buildx rm --force ${builderName} >engine.log 2>&1 || ! docker buildx inspect ${builderName} >/dev/null 2>&1; then
    rm -f "$DRAYAGE_STATE/buildx/instances/${builderName}"
    # What buildx did not find the time for.
    docker rm --force --volumes ${container$1} >/dev/null 2>&1
    docker volume rm ${volume} >/dev/null 2>&1
    echo '@drayage removed builder ${builderName}'
  else
    echo "@drayage stays builder ${builderName} $(reason)"
  fi
fi`};function prune(keepBytes){return`  if docker exec ${container$1} buildctl prune --keep-storage ${Math.floor(keepBytes/1e6)} --format '{{json .}}' >prune.log 2>engine.log; then
    echo "@drayage cache container $(grep -o '"size": *[0-9]*' prune.log | tr -d -c '0-9\\n' | awk '{ sum += $1 } END { printf "%.0f", sum }')"
  else
    echo "@drayage stays cache container $(reason)"
  fi`}const usageQuestions=[{path:"/v1.44/system/df?type=image"},{path:"/v1.44/system/df?type=build-cache"}],endedMinutes=60,lostMinutes=1440;function lookScript({account,project,olderThan}){return`${steps.engineLines(account)}
say() { printf '%s\\t%s\\n' "$1" "$2"; }
say now "$(date +%s)"
version=$(docker version --format '{{.Server.Version}}' 2>&1) && say engine "$version" || say engine-error "$(printf '%s\\n' "$version" | tail -n 1)"
folder=/var/lib/docker; [ -d $folder ] || folder=/var/lib
say disk "$(stat -f -c '%a %b %S' $folder 2>/dev/null)"
images=$(
  { docker image ls --quiet --no-trunc --filter ${transport.quote(`label=${base.labelPrefix}.project=${project}`)}
    docker image ls --quiet --no-trunc --filter reference='${steps.keeperName("*")}'; } 2>/dev/null | sort -u)
[ -z "$images" ] || docker image inspect --format ${transport.quote(imageFormat)} $images 2>/dev/null
containers=$(docker ps --all --quiet --no-trunc 2>/dev/null)
[ -z "$containers" ] || docker container inspect --format ${transport.quote(containerFormat)} $containers 2>/dev/null
stopped=$(docker ps --all --quiet --no-trunc --filter ${transport.quote(`label=${base.labelPrefix}.project=${project}`)} --filter status=exited --filter status=created --filter status=dead 2>/dev/null)
[ -z "$stopped" ] || docker container inspect --size --format 'size	{{.Id}} {{.SizeRw}}' $stopped 2>/dev/null
services=$(docker service ls --quiet 2>/dev/null)
[ -z "$services" ] || docker service inspect --format 'pinned	{{with .Spec.TaskTemplate.ContainerSpec}}{{.Image}}{{end}}' $services 2>/dev/null
for folder in "$DRAYAGE_STATE"/deployments/*/; do
  [ -d "$folder" ] || continue
  resource=\${folder%/}; resource=\${resource##*/}
  say current "$resource $(cat "$folder/current" 2>/dev/null)"
  for record in "$folder"*.json; do
    [ -e "$record" ] || continue
    life=ended
    if grep -qF '"status":"running"' "$record"; then
      life=running
      [ -e "\${record%.json}.log" ] && flock -n "\${record%.json}.log" true && life=dead
    fi
    printf 'record\\t%s %s ' "$resource" "$life"; cat "$record"; echo
  done
done
old=$(( $(date +%s) - ${olderThan} ))
# The newest of what stands in a folder, in seconds since the epoch.
used() { stat -c %Y "$@" 2>/dev/null | sort -n | tail -n 1; }
kilobytes() { du -sk "$1" 2>/dev/null | cut -f 1; }
for folder in "$DRAYAGE_STATE"/sources/*/; do
  name=\${folder%/}; name=\${name##*/}
  [ -d "$folder" ] || continue
  at=$(used "$folder"*)
  [ -n "$at" ] && [ "$at" -le "$old" ] || continue
  [ -n "$(find "$folder" -mindepth 1 ! -name lock ! -path "$folder$name" | head -n 1)" ] || continue
  say source "$name $at $(kilobytes "$folder")"
done
for folder in "$DRAYAGE_STATE"/git/*/; do
  [ -e "$folder/HEAD" ] || continue
  name=\${folder%/}; name=\${name##*/}
  at=$(used "$folder" "$folder/HEAD" "\${folder%/}.lock")
  [ "$at" -le "$old" ] || continue
  say mirror "$name $at $(kilobytes "$folder")"
done
for folder in "$DRAYAGE_RUN"/jobs/*/; do
  [ -d "$folder" ] || continue
  name=\${folder%/}; name=\${name##*/}
  [ -n "$(find "$folder/exit" -mmin +${endedMinutes} 2>/dev/null)" ] ||
    { [ ! -e "$folder/exit" ] && [ -n "$(find "$folder/beat" -mmin +${lostMinutes} 2>/dev/null)" ]; } || continue
  say job "$name $(kilobytes "$folder")"
done
:
`}const imageFormat='image	{"id":{{json .Id}},"tags":{{json .RepoTags}},"digests":{{json .RepoDigests}},"bytes":{{.Size}},"created":{{json .Created}},"tagged":{{json .Metadata.LastTagTime}},"labels":{{with .Config}}{{json .Labels}}{{else}}null{{end}}}',containerFormat='container	{"id":{{json .Id}},"name":{{json .Name}},"image":{{json .Image}},"state":{{json .State.Status}},"labels":{{json .Config.Labels}}}',dockerDriver={kind:"docker",async look(context,server2){const[answers,builders]=await Promise.all([steps.askEngine(server2,[usageQuestions[1]],{purpose:"Asking what the build cache takes",signal:context.signal}),readBuilders(context,server2)]),[cache]=steps.parseBatch(answers.text);if(cache===void 0)return;const own=builders.find(({driver})=>driver==="docker");return{name:own?.name??"default",kind:"docker",state:own?.status??"running",version:own?.version,platforms:own?.platforms??[],usage:cache.status===200?parseCache(cache.body):noCache}},pruneLines:keepBytes=>`api POST '/v1.44/build/prune?keep-storage=${Math.floor(keepBytes)}'
if [ "$api_status" = 200 ]; then
  echo "@drayage cache docker $(sed -n 's/.*"SpaceReclaimed": *\\([0-9]*\\).*/\\1/p' api.body)"
else
  echo "@drayage stays cache docker $(engine_said)"
fi`},builderDrivers=[dockerDriver,containerDriver];function pruneLines(keepBytes){return builderDrivers.map(driver=>driver.pruneLines(keepBytes)).join(`
`)}const texts=config.array(config.string()).nullable().transform(list=>list??[]),labels=config.record(config.string(),config.string()).nullable().transform(map=>map??{}),image=config.object({id:config.string(),tags:texts,digests:texts,bytes:config.number(),created:config.string(),tagged:config.string().nullish().transform(time=>time??""),labels}),container=config.object({id:config.string(),name:config.string(),image:config.string(),state:config.string(),labels});async function lookAt$1(context,server2,{project,olderThan}){const purpose="Looking for what is not needed any more",asked=steps.askEngine(server2,usageQuestions,{purpose,signal:context.signal});asked.catch(()=>{});const text=lookScript({account:server2.account,project,olderThan:Math.ceil(olderThan/1e3)}),{stdout}=await server2.script(text,{purpose,repeatable:!0,signal:context.signal});return parseLook(stdout,(await asked).text,server2.name)}function parseLook(text,usage2,serverName){const lines=text.split(`
`).flatMap(line=>{const tab=line.indexOf("	");return tab<0?[]:[[line.slice(0,tab),line.slice(tab+1)]]}),all=name=>lines.flatMap(([key,value])=>key===name?[value]:[]);if(all("engine").length===0){const said=all("engine-error")[0]??"it said nothing";throw new base.DrayageError("DOCKER_UNREACHABLE",`${serverName}: the Docker Engine does not answer (${said}).`,{hint:`Look at it: drayage doctor --servers ${serverName}`})}const sizes=new Map(all("size").map(line=>line.split(" "))),current=new Map(all("current").map(line=>line.split(" "))),[free=0,total=0,blockSize=0]=(all("disk")[0]??"").split(" ").map(Number),[images,cache]=steps.parseBatch(usage2),shared=sharedBytes(images?.body);return{now:Number(all("now")[0]??0),disk:{free:free*blockSize,total:total*blockSize},images:all("image").flatMap(line=>parsed(image,line).map(one=>({...one,bytes:one.bytes-(shared.get(one.id)??0)}))),containers:all("container").flatMap(line=>parsed(container,line).map(one=>({...one,name:one.name.replace(/^\//,""),bytes:Number(sizes.get(one.id)??0)}))),pinned:all("pinned"),records:all("record").flatMap(line=>{const[resource="",life=""]=line.split(" ",2),record=steps.parseRecord(line.slice(resource.length+life.length+2));return record===void 0||!isLife(life)?[]:[{resource,life,record,isCurrent:current.get(resource)===record.id}]}),sources:all("source").map(folder),mirrors:all("mirror").map(folder),jobs:all("job").map(line=>{const[name="",kilobytes="0"]=line.split(" ");return{name,usedAt:0,bytes:Number(kilobytes)*1024}}),imageBytes:layersOf(images?.body),cache:cache?.status===200?parseCache(cache.body):noCache}}function folder(line){const[name="",usedAt="0",kilobytes="0"]=line.split(" ");return{name,usedAt:Number(usedAt),bytes:Number(kilobytes)*1024}}function isLife(word){return word==="ended"||word==="running"||word==="dead"}function parsed(schema2,line){try{const result=schema2.safeParse(JSON.parse(line));return result.success?[result.data]:[]}catch{return[]}}const usageSchema=config.object({Images:config.array(config.object({Id:config.string(),SharedSize:config.number()}))});function sharedBytes(body){const{data}=usageSchema.safeParse(body);return new Map(data?.Images.map(({Id,SharedSize})=>[Id,Math.max(0,SharedSize)]))}function layersOf(body){const bytes=typeof body=="object"&&body!==null&&"LayersSize"in body?body.LayersSize:0;return typeof bytes=="number"?bytes:0}function forgottenRecords(records,scopes){return scopes.flatMap(({resource,keep})=>{const own=records.filter(entry=>entry.resource===resource).sort((one,other)=>one.record.id<other.record.id?1:-1);return[own.filter(({record})=>record.status==="done"),own.filter(({record})=>record.status!=="done")].flatMap(list=>list.slice(keep)).filter(({isCurrent,life})=>!isCurrent&&life!=="running")})}function neededBy(looks,scopes){const kept=looks.flatMap(({records})=>{const forgotten=new Set(forgottenRecords(records,scopes));return records.filter(entry=>!forgotten.has(entry))}),images=[...kept.flatMap(({record})=>[record.pinnedImage,record.spec.image]),...looks.flatMap(({pinned})=>pinned)];return{digests:new Set(images.flatMap(image2=>/sha256:[0-9a-f]{64}/.exec(image2)??[])),records:new Set(kept.map(({resource,record})=>`${resource}/${record.id}`))}}function planServer({look,needed,scopes,builds,keepStorage}){const used=new Set(look.containers.map(({image:image2})=>image2)),fates=scopes.map(scope=>imagesOf(look,scope,needed,used));return{images:fates.flatMap(({removed})=>removed),spared:fates.flatMap(({spared})=>spared),containers:scopes.flatMap(scope=>stoppedLeftovers(look,scope)),records:forgottenRecords(look.records,scopes),sources:builds?look.sources:[],mirrors:builds?look.mirrors:[],jobs:look.jobs,cacheExcess:builds?Math.max(0,look.cache.total-keepStorage):0}}function isEmpty({images,containers,records,sources,mirrors,jobs,cacheExcess}){return cacheExcess===0&&[images,containers,records,sources,mirrors,jobs].every(list=>list.length===0)}function imagesOf(look,scope,needed,used){const keeper=steps.keeperName(scope.resource),built=look.images.filter(({labels:labels2})=>base.isOwnedBy(scope.owner,labels2)).sort((one,other)=>lastNamed(other)-lastNamed(one)),pulled=look.images.filter(image2=>!built.includes(image2)&&image2.tags.some(name=>steps.isSameRepository(name,keeper))),repositories=[keeper,...scope.repositories,...look.records.flatMap(({resource,record})=>resource===scope.resource?[record.pinnedImage]:[])],isForeign=name=>!repositories.some(repository=>steps.isSameRepository(name,repository)),isFree=({id,digests})=>!used.has(id)&&![id,...digests.map(digestOf)].some(digest=>needed.digests.has(digest)),foreignName=image2=>built.includes(image2)?[...image2.tags,...image2.digests].find(isForeign):image2.tags.find(name=>!steps.isSameRepository(name,keeper)),ours=built.filter(image2=>isNamed(image2)&&foreignName(image2)===void 0),newest=new Set(ours.slice(0,scope.keep)),removed=[],spared=[];for(const image2 of[...built,...pulled]){if(!isFree(image2)||newest.has(image2))continue;const foreign=foreignName(image2);foreign!==void 0?spared.push({image:image2,why:`somebody named it ${foreign}`}):removed.push({image:image2,service:scope.service,why:reason(image2,scope,built.includes(image2))})}return{removed,spared}}function reason(image2,{service,keep},isBuilt){return isNamed(image2)?isBuilt?`${service}: beyond the last ${keep}`:`${service}: its deployment is forgotten`:`${service}: it has no name any more`}const isNamed=({tags,digests})=>tags.length+digests.length>0;function lastNamed({tagged,created}){return Math.max(Date.parse(tagged)||0,Date.parse(created)||0)}const digestOf=name=>base.parseImage(name)?.digest??"";function stoppedLeftovers({containers,records},{owner,resource}){const wanted=records.filter(entry=>entry.resource===resource&&(entry.isCurrent||entry.life==="running")).map(({record})=>record.id);return containers.filter(({state,labels:labels2})=>{const deployment=labels2[`${base.labelPrefix}.deployment`];return!["exited","created","dead"].includes(state)||!base.isOwnedBy(owner,labels2)||labels2["com.docker.swarm.task.id"]!==void 0?!1:deployment!==void 0&&!wanted.includes(deployment)})}const ofOneBuild=/^(?:[0-9a-f]{12}|tree-[0-9a-f]{12}|v?\d+\.\d+\.\d+(?:-[\w.-]+)?)$/,aboutAnother=/^sha256-([0-9a-f]{64})(?:\.(?:sig|att|sbom))?$/;function mayGo(tag){return ofOneBuild.test(tag)}function planRetention({tags,manifests,needed,keep}){const byDigest=new Map;for(const{tag,digest}of tags)byDigest.set(digest,[...byDigest.get(digest)??[],tag]);const own=[...byDigest.keys()].flatMap(digest=>manifests.get(digest)??[]).filter(({isOurs:isOurs2})=>isOurs2).sort((one,other)=>(Date.parse(other.created)||0)-(Date.parse(one.created)||0)),isNeeded=({digest,children})=>[digest,...children].some(each=>needed.has(each)),going=own.slice(keep).filter(manifest=>!isNeeded(manifest)).filter(({digest})=>byDigest.get(digest)?.every(tag=>ofOneBuild.test(tag))),gone=new Set(going.map(({digest})=>digest)),indexes=[...manifests.values()].filter(({children})=>children.length>0);for(const{digest,children}of indexes)if(!gone.has(digest))for(const child of children)gone.delete(child);for(const{tag,digest}of tags){const[,subject]=aboutAnother.exec(tag)??[];subject!==void 0&&gone.has(`sha256:${subject}`)&&byDigest.get(digest)?.every(other=>aboutAnother.test(other))&&!needed.has(digest)&&gone.add(digest)}const childrenOf=digest=>manifests.get(digest)?.children.length??0,staying2=[...manifests.values()].filter(({digest})=>!gone.has(digest)),held=new Set([...staying2.flatMap(({digest,children})=>[digest,...children]),...byDigest.keys()]),leaving=[...gone].flatMap(digest=>manifests.get(digest)??[]);return{removed:[...gone].sort((one,other)=>childrenOf(other)-childrenOf(one)).map(digest=>({digest,tags:byDigest.get(digest)??[]})),children:[...new Set(leaving.flatMap(({children})=>children))].filter(child=>!held.has(child)),bytes:freeable(leaving,staying2)}}function freeable(leaving,staying2){const held=new Set(staying2.flatMap(({blobs})=>Object.keys(blobs)));return[...new Map(leaving.flatMap(({blobs})=>Object.entries(blobs)))].reduce((sum,[digest,size])=>held.has(digest)?sum:sum+size,0)}const descriptor=config.object({digest:config.string(),size:config.number(),annotations:config.record(config.string(),config.string()).optional()}),manifestSchema=config.object({manifests:config.array(descriptor).optional(),config:descriptor.optional(),layers:config.array(descriptor).optional()}),configSchema=config.object({created:config.string().nullish(),config:config.object({Labels:config.record(config.string(),config.string()).nullish()}).nullish()}),atOnce=6;async function readRepository(client,path,owner){const names=await client.tags(path),found=await inTurn(names,async tag=>({tag,manifest:await client.manifest(path,tag)})),tags=found.flatMap(({tag,manifest})=>manifest===void 0?[]:[{tag,digest:manifest.digest}]),bytes=new Map(found.flatMap(({manifest})=>manifest===void 0?[]:[[manifest.digest,manifest.bytes]])),candidates=new Set(tags.flatMap(({tag,digest})=>mayGo(tag)?[digest]:[])),reader=new Reader(client,path,owner),manifests=await inTurn([...bytes],([digest,text])=>reader.facts(digest,text,candidates.has(digest)));return{tags,manifests:new Map(manifests.map(manifest=>[manifest.digest,manifest]))}}class Reader{#client;#path;#owner;constructor(client,path,owner){this.#client=client,this.#path=path,this.#owner=owner}async facts(digest,bytes,isCandidate){const manifest=parse(manifestSchema,bytes)??{},children=manifest.manifests??[];if(children.length===0)return{digest,children:[],...await this.#image(manifest,isCandidate)};const images=await inTurn(children,async child=>{const read=await this.#client.manifest(this.#path,child.digest),parsed2=read===void 0?void 0:parse(manifestSchema,read.bytes),isAttestation=child.annotations?.["vnd.docker.reference.type"]!==void 0;return{isAttestation,...await this.#image(parsed2??{},isCandidate&&!isAttestation)}}),platforms=images.filter(({isAttestation})=>!isAttestation);return{digest,children:children.map(child=>child.digest),isOurs:platforms.length>0&&platforms.every(({isOurs:isOurs2})=>isOurs2),created:platforms.map(({created})=>created).sort().at(-1)??"",blobs:Object.assign({},...images.map(({blobs})=>blobs))}}async#image({config:config2,layers=[]},isCandidate){const blobs=Object.fromEntries([...config2===void 0?[]:[config2],...layers].map(({digest,size})=>[digest,size]));if(config2===void 0||!isCandidate)return{isOurs:!1,created:"",blobs};const text=await this.#client.blob(this.#path,config2.digest),read=text===void 0?void 0:parse(configSchema,text);return{isOurs:base.isOwnedBy(this.#owner,read?.config?.Labels??{}),created:read?.created??"",blobs}}}function parse(schema2,bytes){try{return schema2.safeParse(JSON.parse(bytes.toString("utf8"))).data}catch{return}}async function inTurn(values,work2){const results=[];let next=0;const worker=async()=>{for(let index=next++;index<values.length;index=next++)results[index]=await work2(values[index])};return await Promise.all(Array.from({length:Math.min(atOnce,values.length)},worker)),results}var __knownSymbol=(name,symbol)=>(symbol=Symbol[name])?symbol:Symbol.for("Symbol."+name),__typeError=msg=>{throw TypeError(msg)},__using=(stack,value,async)=>{if(value!=null){typeof value!="object"&&typeof value!="function"&&__typeError("Object expected");var dispose,inner;dispose=value[__knownSymbol("asyncDispose")],dispose===void 0&&(dispose=value[__knownSymbol("dispose")],inner=dispose),typeof dispose!="function"&&__typeError("Object not disposable"),inner&&(dispose=function(){try{inner.call(this)}catch(e){return Promise.reject(e)}}),stack.push([async,dispose,value])}else stack.push([async]);return value},__callDispose=(stack,error,hasError)=>{var E=typeof SuppressedError=="function"?SuppressedError:function(e,s2,m,_){return _=Error(m),_.name="SuppressedError",_.error=e,_.suppressed=s2,_},fail=e=>error=hasError?new E(e,error,"An error was suppressed during disposal"):(hasError=!0,e),next=it=>{for(;it=stack.pop();)try{var result=it[1]&&it[1].call(it[2]);if(it[0])return Promise.resolve(result).then(next,e=>(fail(e),next()))}catch(e){fail(e)}if(hasError)throw error};return next()};async function cleanRegistries(context,request){const{project,looked,scopes}=request,pushed=scopes.filter(({service})=>config.pickService(project,service).image!==void 0);if(pushed.length===0)return[];const unseen=Object.values(project.servers).filter(({name,role})=>role!=="build"&&!looked.some(({server:server2})=>server2.name===name));if(unseen.length>0)return context.report.warn(`No tag is removed: what ${unseen.map(({name})=>name).join(", ")} needs is not known.`),[];const cleaned=pushed.map(async scope=>{try{return await cleanRepository(context,request,scope)}catch(error){if(!(error instanceof base.DrayageError))throw error;request.failures.push(error);return}});return(await Promise.all(cleaned)).filter(one=>one!==void 0)}async function cleanRepository(context,{project,looked,needed,dryRun},scope){var _stack=[];try{const service=config.pickService(project,scope.service),image2=base.parseImage(service.image??"");if(image2===void 0)return;const place=base.familiarImage({registry:image2.registry,repository:image2.repository}),registry=steps.registryOf(project.registries,image2.registry)??{host:image2.registry,insecure:!1};if(registry.host==="docker.io"){context.report.note(`${place}: Docker Hub removes no tags by its registry protocol; they stay.`);return}const through=service.build?.servers[0]??service.deploy.servers[0],client=__using(_stack,new steps.RegistryClient(registry,{signal:context.signal,dial:through===void 0?void 0:async(host,port)=>(await context.connect(through)).dial(host,port)}),!0);return await context.report.phase(`Clean up ${place}`,async phase=>{const facts=await readRepository(client,image2.repository,scope.owner),digests=new Set([...needed.digests,...staying(looked,needed,scope)]),plan=planRetention({...facts,needed:digests,keep:scope.keep}),things=thingsOf(plan,place,scope);if(plan.removed.length===0)return phase.note(`nothing to remove: ${facts.tags.length} tags`),{place,freed:0,removed:[]};if(dryRun){for(const{name,why}of things)phase.note(`would remove ${name}: ${why}`);return phase.note(`${base.readableSize(plan.bytes)} less to keep for the registry`),{place,freed:0,removed:things}}const removed=[];for(const[index,{digest}]of plan.removed.entries()){const refusal=await client.remove(image2.repository,digest),thing=things[index];if(refusal!==void 0)return context.report.warn(`${place}: the registry does not remove tags (${refusal}); set its own retention up instead.`),{place,freed:0,removed};thing!==void 0&&removed.push(thing),phase.note(`removed ${thing?.name}: ${thing?.why}`)}for(const child of plan.children)await client.remove(image2.repository,child);return phase.note(`${base.readableSize(plan.bytes)} are freed when the registry collects its garbage`),{place,freed:0,removed}})}catch(_){var _error=_,_hasError=!0}finally{var _promise=__callDispose(_stack,_error,_hasError);_promise&&await _promise}}function staying(looked,needed,scope){return looked.flatMap(({look})=>{const plan=planServer({look,needed,scopes:[scope],builds:!1,keepStorage:0}),going=new Set(plan.images.map(({image:image2})=>image2));return look.images.flatMap(image2=>going.has(image2)?[]:image2.digests.flatMap(name=>base.parseImage(name)?.digest??[]))})}function thingsOf({removed},place,{service,keep}){return removed.map(({digest,tags})=>({kind:"tag",id:digest,name:`${place}:${tags.join(", :")} (${digest.slice(0,19)})`,bytes:0,why:`${service}: beyond the last ${keep}`}))}function scopesOf(project,{services,keep}){return config.pickServices(project,services).map(service=>{const owner=base.ownerOf(project,service);return{service:service.name,owner,resource:base.resourceName(owner),keep:keep??service.deploy.keep,repositories:repositoriesOf(service,base.resourceName(owner)),nodes:service.deploy.servers}})}function repositoriesOf({image:image2},resource){return[resource,...image2===void 0?[]:[image2]]}async function cleanUp(context,request){const{project}=request,targets2=request.servers===void 0?Object.values(project.servers):config.pickServers(project,request.servers),scopes=scopesOf(project,request),names=new Set(targets2.map(({name})=>name)),failures=[],looked=await lookAround(context,request,[...names,...serversToKnow(request,scopes)],failures),known=scopes.filter(({service,nodes})=>{const missing=nodes.filter(node=>!looked.some(({server:server2})=>server2.name===node));return missing.length>0&&context.report.warn(`${service} is left as it is: what ${missing.join(", ")} needs of it is not known.`),missing.length===0}),needed=neededBy(looked.map(({look})=>look),known),places=looked.filter(({server:server2})=>names.has(server2.name)),done=await settle(places.map(place=>cleanServer(context,request,place,known,needed)),failures),registries=request.registries?await cleanRegistries(context,{...request,scopes:known,looked,needed,failures}):[],cleaned=[...done.filter(one=>one!==void 0),...registries];return conclude(context,request,cleaned),base.throwAll(failures),cleaned}function serversToKnow({project,registries},scopes){const deploying=Object.values(project.servers).filter(({role})=>role!=="build"),pushed=registries&&project.services.some(({image:image2})=>image2!==void 0);return[...scopes.flatMap(({nodes})=>nodes),...pushed?deploying.map(({name})=>name):[]]}async function lookAround(context,{project,olderThan},names,failures){const look=async name=>{const server2=await context.connect(name);return{server:server2,look:await lookAt$1(context,server2,{project:project.name,olderThan})}};return context.report.phase("Look what is not needed any more",()=>settle([...new Set(names)].map(look),failures))}async function cleanServer(context,request,{server:server2,look},scopes,needed){const{report}=context,{project,whenBelow,keepStorage}=request,spec=project.servers[server2.name];if(whenBelow!==void 0&&look.disk.free>=whenBelow){report.note(`${server2.name}: ${base.readableSize(look.disk.free)} are free, so it is left as it is until less than ${base.readableSize(whenBelow)} are.`);return}const builds=spec?.role!=="deploy",planFor=chosen=>planServer({look,needed,scopes:chosen,builds,keepStorage}),whole=planFor(scopes);if(isEmpty(whole)){report.note(`${server2.name}: nothing to clean up.`);return}return report.phase(`Clean up ${server2.name}`,async phase=>{for(const{image:image2,why}of whole.spared)phase.note(`stays: ${imageName(image2)}: ${why}`);if(request.dryRun){const things=planned(whole,request);for(const thing of things)phase.note(`would remove ${describeThing(thing)}`);return{place:server2.name,freed:things.reduce((sum,{bytes})=>sum+bytes,0),removed:things}}const held=await lockAll(context,server2,scopes,line=>phase.note(line));let applied;try{applied=await applyPlan(context,server2,planFor(scopes.filter(scope=>!scope.nodes.includes(server2.name)||held.some(one=>one.scope===scope))),{slots:builds?spec?.slots??1:void 0,wait:request.wait,olderThan:request.olderThan,builders:builds?pruneLines(keepStorage):"",leases:held.map(({lease})=>lease)},phase)}finally{await Promise.all(held.map(({lease})=>lease.release()))}if(applied.busy){report.warn(`${server2.name}: builds are running, so nothing was removed there. Run again later, or raise --wait.`);return}for(const thing of applied.removed)phase.note(`removed ${describeThing(thing)}`);return phase.note(`${exactSize(applied.freed)} freed`),{place:server2.name,...applied}})}function planned(plan,{keepStorage}){const cache={kind:"cache",name:"build cache",bytes:plan.cacheExcess,why:`what was not used for longest, beyond ${base.readableSize(keepStorage)}`};return[...thingsOf$1(plan),...plan.cacheExcess>0?[cache]:[]]}async function lockAll(context,server2,scopes,tell2){const held=[];for(const scope of scopes.filter(({nodes})=>nodes.includes(server2.name)))try{held.push({scope,lease:await transport.acquireAll([server2],scope.resource,context.run,{signal:context.signal})})}catch(error){if(!(error instanceof base.DrayageError)||error.code!=="LOCK_HELD")throw await Promise.all(held.map(({lease})=>lease.release())),error;tell2(`${scope.service} is left as it is: ${error.message}`)}return held}function conclude({report},{dryRun},cleaned){const freed=cleaned.reduce((sum,one)=>sum+one.freed,0),count=cleaned.reduce((sum,one)=>sum+one.removed.length,0);count===0?report.note("There is nothing to clean up."):dryRun?report.note(`Would remove ${count}, and free at least ${exactSize(freed)} on servers: layers that several of these images share are not counted.`):report.note(`Removed ${count}, freed ${exactSize(freed)} on servers.`)}async function settle(work2,failures){return(await Promise.allSettled(work2)).flatMap(result=>{if(result.status==="fulfilled")return[result.value];const{reason:reason2}=result;if(reason2 instanceof base.ManyErrors)failures.push(...reason2.errors);else if(reason2 instanceof base.DrayageError)failures.push(reason2);else throw reason2;return[]})}const cleanup=Object.freeze(Object.defineProperty({__proto__:null,cleanUp},Symbol.toStringTag,{value:"Module"}));function hostScript(account,slots){return`${steps.engineLines(account)}
say() { printf '%s\\t%s\\n' "$1" "$2"; }
say buildx "$(docker buildx version 2>/dev/null)"
used=0
for slot in $(seq ${slots}); do
  [ ! -e "$DRAYAGE_STATE/slots/$slot" ] || flock -n "$DRAYAGE_STATE/slots/$slot" true || used=$(( used + 1 ))
done
say slots $used
while read -r key value unit; do
  case $key in MemTotal:) say memory-total "$value" ;; MemAvailable:) say memory-free "$value" ;; esac
done </proc/meminfo
folder=/var/lib/docker; [ -d $folder ] || folder=/var/lib
say disk "$(stat -f -c '%a %b %S' $folder 2>/dev/null)"
for folder in sources git; do
  [ ! -d "$DRAYAGE_STATE/$folder" ] || say $folder "$(du -sk "$DRAYAGE_STATE/$folder" | cut -f 1)"
done
:
`}const info=config.object({ServerVersion:config.string().default(""),OSType:config.string().default("linux"),Architecture:config.string().default(""),DriverStatus:config.array(config.array(config.string())).nullish()}),usage=config.object({LayersSize:config.number()}),architectures={x86_64:"amd64",aarch64:"arm64",armv7l:"arm/v7",armv6l:"arm/v6"};function parseHost(text,engine2,images){const values=new Map(text.split(`
`).map(line=>line.split("	"))),kilobytes=name=>Number(values.get(name)??0)*1024,[free=0,total=0,blockSize=0]=(values.get("disk")??"").split(" ").map(Number),{ServerVersion,OSType,Architecture,DriverStatus}=info.parse(engine2),isContainerd=DriverStatus?.some(([key,value])=>key==="driver-type"&&value?.startsWith("io.containerd.")===!0),[,version]=/buildx v?(\d[^\s+]*)/.exec(values.get("buildx")??"")??[];return{engine:ServerVersion,imageStore:isContainerd===!0?"containerd":"classic",buildx:version,platform:`${OSType}/${architectures[Architecture]??Architecture}`,disk:{free:free*blockSize,total:total*blockSize},memory:{free:kilobytes("memory-free"),total:kilobytes("memory-total")},sources:kilobytes("sources"),mirrors:kilobytes("git"),images:usage.safeParse(images).data?.LayersSize??0,slotsUsed:Number(values.get("slots")??0)}}const nothing={images:[],spared:[],containers:[],records:[],sources:[],mirrors:[],jobs:[],cacheExcess:0};async function inspectBuilders(context,request){return Promise.all(buildServers$1(request).map(async spec=>{const server2=await context.connect(spec.name),[host,usage2,builders]=await Promise.all([server2.script(hostScript(server2.account,spec.slots),{purpose:"Looking at the build server",repeatable:!0,signal:context.signal}),steps.askEngine(server2,[{path:"/info"},usageQuestions[0]],{purpose:"Asking the engine",signal:context.signal}),Promise.all(builderDrivers.map(driver=>driver.look(context,server2)))]),[info2,images]=steps.parseBatch(usage2.text);if(info2?.status!==200)throw unreachable(server2,usage2.errors);const{slotsUsed,...facts}=parseHost(host.stdout,info2.body,images?.body);return{server:server2.name,...facts,slots:{all:spec.slots,used:slotsUsed},builders:builders.filter(builder2=>builder2!==void 0)}}))}async function pruneBuilders(context,request){return work(context,request,"Prune",async()=>({plan:nothing,builders:pruneLines(request.keepStorage)}))}const whatGoes='the builder "drayage" with its cache, copies of sources, git mirrors and state of buildx';async function removeBuilders(context,request){return work(context,request,"Remove the builder of",async server2=>{const{sources,mirrors}=await lookAt$1(context,server2,{project:request.project.name,olderThan:0}),lines=builderDrivers.map(driver=>driver.removeLines?.()??"").join(`
`);return{plan:{...nothing,sources,mirrors},builders:`${lines}
if [ -e "$DRAYAGE_STATE/buildx" ] && [ ! -e "$DRAYAGE_STATE/buildx/instances/drayage" ]; then
  rm -rf "$DRAYAGE_STATE/buildx" && echo '@drayage removed state buildx'
fi`}})}async function work(context,request,verb,decide){return Promise.all(buildServers$1(request).map(async spec=>{const server2=await context.connect(spec.name);return context.report.phase(`${verb} ${spec.name}`,async phase=>{const{plan,builders}=await decide(server2),{wait}=request,options={slots:spec.slots,wait,olderThan:0,builders,leases:[]};return{server:spec.name,...await applyPlan(context,server2,plan,options,phase)}})}))}function buildServers$1({project,servers}){if(servers!==void 0)return config.pickServers(project,servers);const all=Object.values(project.servers).filter(({role})=>role!=="deploy");if(all.length>0)return all;throw new base.DrayageError("INPUT_INVALID",`${project.file??"What was given"} names no server that builds.`,{hint:"Declare one with role: build, or give --servers ssh://user@host."})}function unreachable(server2,said){const why=said.trim().split(`
`).at(-1)??"";return new base.DrayageError("DOCKER_UNREACHABLE",`${server2.name}: the Docker Engine does not answer${why===""?"":` (${why})`}.`,{hint:`Look at it: drayage doctor --servers ${server2.name}`})}async function runBuilder(call){const{inputs,context,print}=call,project=await call.project(),servers=inputs.servers?.map(commands.serverName),request={project,servers},wait=inputs.wait??5*6e4;switch(inputs.action){case"inspect":case"du":{await call.warm(servers??buildServers(project));const found=await inspectBuilders(context,request);return inputs.json===!0?print(`${JSON.stringify(found,null,2)}
`):print(inputs.action==="inspect"?inspectText(found):usageText(found)),{}}case"prune":{const keepStorage=inputs["keep-storage"]??10737418240;return told(call,await pruneBuilders(context,{...request,keepStorage,wait}),`no build cache beyond ${base.readableSize(keepStorage)}`)}case"remove":return await confirm(call,servers??buildServers(project)),told(call,await removeBuilders(context,{...request,wait}),"nothing of Drayage to remove")}}const buildServers=({servers})=>Object.values(servers).flatMap(({name,role})=>role==="deploy"?[]:[name]);function told({inputs,print},worked,nothing2){inputs.json===!0&&print(`${JSON.stringify(worked,null,2)}
`);for(const{server:server2,freed,removed,busy}of inputs.json===!0?[]:worked){const what=removed.map(({name})=>name).join(", ");busy?print(`${server2}: builds are running, so it was left as it is.
`):removed.length===0?print(`${server2}: ${nothing2}.
`):print(`${server2}: ${what}: ${base.readableSize(freed)} (${freed} bytes) freed.
`)}return{exitStatus:worked.some(({busy})=>busy)?1:0}}async function confirm({inputs,context},servers){if(inputs.yes===!0)return;const where=servers.join(", ");if(process.stdin.isTTY!==!0||process.stderr.isTTY!==!0)throw new base.DrayageError("INPUT_INVALID",`This would remove from ${where}: ${whatGoes}.`,{hint:"Nobody can be asked here; say --yes if that is meant."});const text=`Remove from ${where}: ${whatGoes}? Type yes`,terminal={input:process.stdin,output:process.stderr,signal:context.signal},{yes}=await ask([{flag:"yes",text,otherwise:"no"}],terminal);if(yes!=="yes")throw new base.DrayageError("CANCELLED","Nothing was removed.")}function inspectText(found){const rows=found.flatMap(one=>{const{server:server2,engine:engine2,imageStore,buildx,platform,slots,disk,memory}=one,parts=[[server2,"engine",`Docker ${engine2}, ${imageStore} image store, ${platform}`],["","buildx",buildx??"missing: drayage setup-build-server installs it"],["","slots",`${slots.used} of ${slots.all} in use`],["","disk",`${base.readableSize(disk.free)} of ${base.readableSize(disk.total)} free`],["","memory",`${base.readableSize(memory.free)} of ${base.readableSize(memory.total)} free`]],builders=one.builders.map(({name,kind,state,version,platforms,usage:usage2})=>{const told2=version===void 0?"":`, BuildKit ${version}`,list=platforms.length===0?"":`, ${platforms.join(" ")}`;return["",`builder ${name}`,`${kind}, ${state}${told2}${list}, ${base.readableSize(usage2.total)} of cache`]});return[...parts,...builders]});return commands.textTable(["server","",""],rows)}function usageText(found){const rows=found.flatMap(({server:server2,builders,images,sources,mirrors})=>[...builders.flatMap(({name,usage:usage2})=>[[server2,`cache of ${name}`,base.readableSize(usage2.total),`${base.readableSize(usage2.reclaimable)} of it not in use`],...usage2.byType.map(({type,bytes,count})=>["",`  ${type}`,base.readableSize(bytes),`${count} ${count===1?"entry":"entries"}`])]),[server2,"images",base.readableSize(images),"of everybody, shared layers once"],[server2,"copies of sources",base.readableSize(sources),""],[server2,"git mirrors",base.readableSize(mirrors),""]]);return commands.textTable(["server","what","size",""],rows)}const builder=Object.freeze(Object.defineProperty({__proto__:null,runBuilder},Symbol.toStringTag,{value:"Module"}));function readDockerfile(text){const variables=new Map,copied=[];let ports=[];for(const{word,rest}of instructions(text))if(word==="FROM")ports=[];else if(word==="ARG"||word==="ENV")for(const[name,value]of pairsOf(rest))variables.set(name,value);else word==="EXPOSE"?ports.push(...portsOf(rest,variables)):(word==="COPY"||word==="ADD")&&!/(?:^|\s)--from=/.test(rest)&&copied.push(...sourcesOf(rest));return{ports:[...new Set(ports)],copied}}function instructions(text){return text.split(/\r?\n/).filter(line=>!/^\s*#/.test(line)).join(`
`).replace(/\\[ \t]*\n/g," ").split(`
`).flatMap(line=>{const[,word,rest]=/^\s*([A-Za-z]+)\s+(.*?)\s*$/.exec(line)??[];return word===void 0||rest===void 0?[]:[{word:word.toUpperCase(),rest}]})}function pairsOf(rest){const pairs=[...rest.matchAll(/([A-Za-z_]\w*)=("[^"]*"|'[^']*'|\S*)/g)];if(pairs.length>0)return pairs.map(([,name2="",value2=""])=>[name2,value2.replace(/^["']|["']$/g,"")]);const[,name,value]=/^([A-Za-z_]\w*)\s+(.+)$/.exec(rest)??[];return name===void 0||value===void 0?[]:[[name,value]]}function portsOf(rest,variables){return rest.split(/\s+/).flatMap(word=>{const replaced=word.replace(/\$\{?([A-Za-z_]\w*)(?::-([^}]*))?\}?/g,(_whole,name,otherwise)=>variables.get(name)??otherwise??""),[,port]=/^(\d{1,5})(?:\/tcp)?$/i.exec(replaced)??[];return port===void 0||Number(port)<1||Number(port)>65535?[]:[Number(port)]})}function sourcesOf(rest){return(rest.startsWith("[")?[...rest.matchAll(/"([^"]*)"/g)].map(([,word=""])=>word):rest.split(/\s+/).filter(word=>!word.startsWith("--"))).slice(0,-1).map(word=>word.replace(/^\.?\//,""))}const targets=["drayage.yml","Dockerfile",".dockerignore",".gitlab-ci.yml","bitbucket-pipelines.yml"],depth=3,skipped=/^(?:\..*|node_modules|vendor|dist|build|out|target|coverage|tests?|e2e|fixtures|examples?|docs?)$/,variant=/(?:^|[.-])(?:dev|development|devcontainer|local|test|tests|ci|debug)(?:[.-]|$)/i;async function lookAt(cwd,git,home=node_os.homedir()){const names=await namesIn(cwd),paths=await dockerfilesBelow(cwd,"",depth),atRoot=paths.filter(path=>!path.includes("/")),chosen=atRoot.includes("Dockerfile")?atRoot:paths,dockerfiles=await Promise.all(chosen.map(async path=>({path,...readDockerfile(await require$$0.readFile(nodePath.join(cwd,path),"utf8"))}))),present=new Map,workflows=(await namesIn(nodePath.join(cwd,".github/workflows"))).filter(name=>/\.ya?ml$/.test(name));for(const path of[...targets,...workflows.map(name=>`.github/workflows/${name}`)]){const text=await textOf(nodePath.join(cwd,path));text!==void 0&&present.set(path,text)}return{folder:nodePath.basename(cwd),dockerfiles,manifest:manifestOf(await textOf(nodePath.join(cwd,"package.json")),names),composeFile:names.find(name=>/^(?:docker-)?compose\.ya?ml$/.test(name)),remote:git.remote,branch:git.branch,present,workflows,keys:await keysIn(nodePath.join(home,".ssh"))}}function folderOf({path}){const folder2=nodePath.dirname(path);return folder2==="."?"":folder2}async function dockerfilesBelow(root,folder2,levels){const entries=await require$$0.readdir(nodePath.join(root,folder2),{withFileTypes:!0}).catch(()=>[]),found=[];for(const entry of entries.sort((a2,b)=>a2.name<b.name?-1:1)){const path=nodePath.posix.join(folder2,entry.name);entry.isFile()&&isDockerfile(entry.name)?found.push(path):entry.isDirectory()&&levels>0&&!skipped.test(entry.name)&&found.push(...await dockerfilesBelow(root,path,levels-1))}return found}function isDockerfile(name){const[,before="",after=""]=/^(?:(.+)\.)?Dockerfile(?:\.(.+))?$/i.exec(name)??[];return!/^(?:.+\.)?Dockerfile(?:\..+)?$/i.test(name)||after==="dockerignore"?!1:!variant.test(before)&&!variant.test(after)}function manifestOf(text,names){if(text===void 0)return;let content;try{content=JSON.parse(text)}catch{return}const locks={yarn:"yarn.lock",pnpm:"pnpm-lock.yaml",bun:"bun.lock"},managers=["yarn","pnpm","bun"];return{name:typeof content?.name=="string"?content.name:void 0,starts:typeof content?.scripts?.start=="string",builds:typeof content?.scripts?.build=="string",manager:managers.find(manager=>names.includes(locks[manager]))??"npm",hasLock:names.includes("package-lock.json")}}async function keysIn(folder2){const names=await namesIn(folder2);return["drayage","id_ed25519","id_ecdsa","id_rsa"].filter(name=>names.includes(name)).map(name=>`~/.ssh/${name}`)}async function namesIn(folder2){return(await require$$0.readdir(folder2).catch(()=>[])).sort()}async function textOf(path){return require$$0.readFile(path,"utf8").catch(()=>{})}function servicesOf({dockerfiles,manifest}){if(dockerfiles.length===0)return[{name:"web",source:".",port:manifest===void 0?void 0:3e3}];const taken=new Set;return dockerfiles.map(file=>{const name=unique(nameOf(file),taken),[port]=file.ports;return{name,...placeOf(file),port}})}function frontOf(services,wanted){return wanted!==void 0?services.find(({name})=>name===wanted):["web","frontend","front","www","site","app"].map(name=>services.find(service=>service.name===name)).find(Boolean)??services.find(({port})=>port!==void 0)??services[0]}function asName(text){const name=text.toLowerCase().replace(/^@[^/]*\//,"").replace(/[^a-z0-9]+/g,"-").slice(0,63).replace(/^-+|-+$/g,"");return name===""?void 0:name}function nameOf(file){const own=nodePath.posix.basename(file.path).replace(/\.?Dockerfile\.?/i,"");return asName(own)??asName(nodePath.posix.basename(folderOf(file)))??"web"}function placeOf(file){const folder2=folderOf(file);return folder2===""||file.copied.some(path=>path===folder2||path.startsWith(`${folder2}/`))?{source:".",dockerfile:file.path}:{source:folder2,dockerfile:nodePath.posix.basename(file.path)}}function unique(name,taken){let free=name;for(let count=2;taken.has(free);count+=1)free=`${name}-${count}`;return taken.add(free),free}const ciNames=["github","gitlab","bitbucket","none"];function openQuestions(given,repository,hasConfig){const front=frontOf(servicesNamed(given,repository),given.service);return[hasConfig||given.server!==void 0?void 0:{flag:"server",text:"The server, as ssh reaches it (203.0.113.10, user@host or ssh://user@host:port)"},hasConfig||given.domain!==void 0?void 0:{flag:"domain",text:"The domain it answers at (empty: none, port 80 of the server)",otherwise:""},hasConfig||given["domain-port"]!==void 0||front?.port!==void 0?void 0:{flag:"domain-port",text:"The port it listens on inside the container",otherwise:"3000"},given.ci!==void 0||ciOf(repository)!==void 0?void 0:{flag:"ci",text:`The CI that deploys (${ciNames.join(", ")})`}].filter(question=>question!==void 0)}function ciOf({present,workflows,remote}){const[,host=""]=/^(?:[a-z+]+:\/\/)?(?:[^/@]*@)?([^/:]+)/i.exec(remote??"")??[],hosting=["github","gitlab","bitbucket"].find(name=>host.toLowerCase().split(".").includes(name));return hosting!==void 0?hosting:workflows.length>0?"github":present.has(".gitlab-ci.yml")?"gitlab":present.has("bitbucket-pipelines.yml")?"bitbucket":void 0}function pathOf(remote){const[,path]=/^(?:[a-z+]+:\/\/[^/]+\/|[^/]*?:)(.+?)(?:\.git)?\/?$/i.exec(remote??"")??[];return path}function answersOf(given,repository,hasConfig){const found=servicesNamed(given,repository),front=frontOf(found,given.service);if(front===void 0){const names=found.map(({name})=>name).join(", ");throw invalid(`There is no service "${given.service}"; the Dockerfiles found here make ${names}.`)}const port=given["domain-port"]??front.port??3e3,services=found.map(service=>service===front?{...service,port}:service);return{project:given.project??projectName(repository),server:hasConfig?void 0:machineOf(given.server??""),services,front:front.name,domain:given.domain===""?void 0:given.domain,email:given["acme-email"],health:given["health-http"],registry:registryOf(given.registry),ci:given.ci??ciOf(repository)??"none"}}function servicesNamed(given,repository){const found=servicesOf(repository),[only,...others]=found;return given.service===void 0||only===void 0||others.length>0?found:[{...only,name:given.service}]}function projectName({remote,manifest,folder:folder2}){const[last]=(pathOf(remote)??"").split("/").slice(-1);return asName(last??"")??asName(manifest?.name??"")??asName(folder2)??"project"}function machineOf(text){const url=text.includes("://")?text:`ssh://${/^[0-9A-Fa-f]*:[0-9A-Fa-f:]+$/.test(text)?`[${text}]`:text}`,{host,user="root",port}=config.serverFromAddress(url)?.server??{host:""};return{host,user,port:port===22?void 0:port}}function registryOf(text){if(text===void 0||text==="none")return;const host=base.normalizeRegistryHost(text);if(host===void 0)throw invalid(`--registry is "${text}"; expected a host such as ghcr.io, or none.`);return host}function invalid(message){return new base.DrayageError("INPUT_INVALID",message)}const schema="https://raw.githubusercontent.com/drayage/drayage/v1/schema/drayage.schema.json",server="server-1",registrySecret="REGISTRY_PASSWORD";function configText(answers,machine,owner){const{project,registry}=answers;return[`# yaml-language-server: $schema=${schema}
# What runs where. \`npx drayage validate\` checks it, \`npx drayage plan\` shows what a deployment would change.
project: ${scalar(project)}
`,`servers:
  # Builds the images and runs them. Pin its key here before the CI deploys: host-key: "SHA256:\u2026"
  ${server}: ${serverText(machine)}
`,registry===void 0?void 0:registryText(registry,owner??project),answers.domain===void 0?void 0:proxyText(answers.email),`services:
${answers.services.map(service=>serviceText(service,answers,owner)).join(`
`)}`].filter(section=>section!==void 0).join(`
`)}function serverText({host,user,port}){const parts=[`host: ${scalar(host)}`,host==="local"?void 0:`user: ${scalar(user)}`];return port!==void 0&&parts.push(`port: ${port}`),`{ ${parts.filter(part=>part!==void 0).join(", ")} }`}function registryText(registry,owner){const password=`"\${{ secrets.${registrySecret} }}"`,user=registry.startsWith("registry.gitlab.")?"gitlab-ci-token":owner.split("/")[0];return`registries:
  ${scalar(registry)}: { username: ${scalar(user??owner)}, password: ${password} }
`}function proxyText(email){const contact=email===void 0?"":`, email: ${scalar(email)}`;return`# Receives the requests of all domains below, and gets their certificates.
proxy: { type: caddy, servers: [${server}]${contact} }
`}function serviceText(service,answers,owner){const{name,source,dockerfile,port}=service,isFront=name===answers.front;return`${[`  ${name}:`,`    source: { path: ${scalar(source)} }`,...dockerfile===void 0?["    # By railpack, until there is a Dockerfile.","    build: { type: auto }"]:[`    build: { dockerfile: ${scalar(dockerfile)} }`],answers.registry===void 0?void 0:`    image: ${imageOf(answers,name,owner)}`,"    deploy:",`      servers: [${server}]`,...healthLines(port,isFront?answers.health:void 0),...isFront&&answers.domain===void 0?[`      ports: [{ published: 80, target: ${port} }]`]:[],...isFront&&answers.domain!==void 0?["    domains:",`      - { host: ${scalar(answers.domain)}, port: ${port} }`]:[]].filter(line=>line!==void 0).join(`
`)}
`}function healthLines(port,http){return port===void 0?[]:http!==void 0?[`      health: { http: ${scalar(http)}, port: ${port} }`]:[`      # Healthy as soon as the port answers. A page that knows better: { http: /healthz, port: ${port} }`,`      health: { tcp: ${port} }`]}function imageOf({registry,project,services},name,owner){const path=(owner??project).toLowerCase(),repository=path.includes("/")?path:`${path}/${project}`,separator=registry?.startsWith("registry.gitlab.")===!0?"/":"-",image2=`${registry}/${repository}${services.length===1?"":`${separator}${name}`}`;return scalar(base.parseImage(image2)===void 0?`${registry}/${project}/${name}`:image2)}function scalar(text){const isPlain=/^[A-Za-z0-9./][A-Za-z0-9._/@-]*$/.test(text)&&!/^(?:[\d.]+(?:e\d+)?|0x.*|true|false|null|yes|no|on|off)$/i.test(text),isAddress=/^\d{1,3}(?:\.\d{1,3}){3}$/.test(text);return isPlain||isAddress||text==="."?text:JSON.stringify(text)}const ownKey="~/.ssh/drayage";function nextSteps({server:server2,ci},{keys},secrets){const isLocal=server2?.host==="local",[found]=server2===void 0?keys:keys.filter(name=>name===ownKey),key=found??ownKey;return[...isLocal?[]:keySteps(key,found!==void 0,server2),...secrets.all.map(name=>({why:"for runs from here",command:`export DRAYAGE_SECRET_${name}=\u2026`})),{why:"check what was written",command:"npx drayage validate"},{why:"deploy from here",command:`npx drayage up${isLocal?"":` --ssh-key ${key}`}`},...secretSteps(ci,isLocal?void 0:key,secrets.toSet)]}function keySteps(key,exists,server2){if(exists&&server2===void 0)return[];const where=server2===void 0?"USER@HOST":reach(server2),steps2=exists?[]:[{why:"a key for deployments",command:`ssh-keygen -t ed25519 -N '' -C drayage -f ${key}`}],why=server2===void 0?"let it in, on each server of drayage.yml":"let it in";return steps2.push({why,command:`ssh-copy-id -i ${key}.pub ${where}`}),server2!==void 0&&steps2.push({why:"what `host-key:` of the server in drayage.yml is to be, for the CI",command:`ssh ${where} ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`}),steps2}function secretSteps(ci,key,names){if(ci==="github")return[...key===void 0?[]:[{why:"for the workflow",command:`gh secret set SSH_KEY < ${key}`}],...names.map(name=>({why:"for the workflow",command:`gh secret set ${name}`}))];const inPage=(page,parts)=>{const told2=parts.filter(part=>part!==void 0).join("; ");return told2===""?[]:[{why:`${page}: ${told2}`}]};return ci==="gitlab"?inPage("Settings \u2192 CI/CD \u2192 Variables",[key===void 0?void 0:`DRAYAGE_SSH_KEY of type File with the content of ${key}`,names.length===0?void 0:`masked: ${names.map(name=>`DRAYAGE_SECRET_${name}`).join(", ")}`]):ci==="bitbucket"?inPage("Repository settings \u2192 Pipelines",[key===void 0?void 0:`SSH keys: the two halves of ${key}`,names.length===0?void 0:`Repository variables, secured: ${names.join(", ")}`]):[]}function reach({host,user,port}){return`${port===void 0?"":`-p ${port} `}${user}@${host}`}function nodeDockerfile(manifest,port){return manifest===void 0||!manifest.starts||manifest.manager!=="npm"?void 0:`FROM node:24-slim
WORKDIR /app
COPY package*.json ./
RUN ${manifest.hasLock?"npm ci":"npm install"}
COPY . .
${manifest.builds?`RUN npm run build
`:""}ENV NODE_ENV=production PORT=${port}
EXPOSE ${port}
USER node
CMD ["npm", "start"]
`}const dockerignore=`.git
.drayage
**/.env
**/.env.*
!.env.example
node_modules
*.log
`,signature="Written by `drayage init`",workflowFolder=".github/workflows/";function isFromInit(text){return text.includes(signature)}function usesDrayage(text){return isFromInit(text)||/^(?!\s*#).*\bdrayage\/drayage\b/m.test(text)}function placed(ci,workflow,present){if(workflow===void 0||ci!=="github")return workflow;const workflows=[...present].filter(([path2])=>path2.startsWith(workflowFolder)),own=workflows.find(([,text])=>isFromInit(text))??workflows.find(([,text])=>usesDrayage(text));if(own!==void 0)return{...workflow,path:own[0]};let path=workflow.path;for(let count=1;present.has(path);count+=1)path=`${workflowFolder}drayage${count===1?"":`-${count}`}.yml`;return{...workflow,path}}function workflowOf(ci,facts){switch(ci){case"github":return{path:".github/workflows/deploy.yml",text:githubWorkflow(facts)};case"gitlab":return{path:".gitlab-ci.yml",text:gitlabPipeline(facts)};case"bitbucket":return{path:"bitbucket-pipelines.yml",text:bitbucketPipeline(facts)};default:return}}function secretsToSet(ci,facts){return facts.secrets.filter(name=>ownSecret(ci,name,facts)===void 0)}function ownSecret(ci,name,{registry}){if(name===registrySecret){if(ci==="github"&&registry==="ghcr.io")return"${{ secrets.GITHUB_TOKEN }}";if(ci==="gitlab"&&registry?.startsWith("registry.gitlab.")===!0)return"$CI_REGISTRY_PASSWORD"}}function githubWorkflow(facts){const given=facts.secrets.map(name=>`            ${name}=${ownSecret("github",name,facts)??`\${{ secrets.${name} }}`}
`),pushes=facts.secrets.some(name=>ownSecret("github",name,facts)!==void 0);return`# Deploys what drayage.yml describes. ${signature}; change it as you like.
name: Deploy
on:
  push: { branches: [${facts.branch}] }
  workflow_dispatch:

permissions: {}

jobs:
  deploy:
    runs-on: ubuntu-latest
    permissions:
      contents: read
${pushes?`      packages: write # the image is pushed with the token of the job
`:""}    # One deployment at a time; the next one waits.
    concurrency: deploy-production
    steps:
      - uses: actions/checkout@v5
        with: { persist-credentials: false }
      - uses: drayage/drayage@v1
        with:
          ssh-key: \${{ secrets.SSH_KEY }}
${given.length===0?"":`          secrets: |
${given.join("")}`}`}function gitlabPipeline(facts){const own=facts.secrets.flatMap(name=>{const value=ownSecret("gitlab",name,facts);return value===void 0?[]:[`  DRAYAGE_SECRET_${name}: ${value}
`]});return`# Deploys what drayage.yml describes, on the default branch. ${signature}; change it as you like.
include:
  - component: $CI_SERVER_FQDN/drayage/drayage/up@1
${own.length===0?"":`
variables:
${own.join("")}`}`}function bitbucketPipeline(facts){const lines=facts.secrets.map(name=>`${name}=$${name}`).join("\\n"),given=lines===""?"":`              variables:
                SECRETS: "${lines}"
`;return`# Deploys what drayage.yml describes. ${signature}; change it as you like.
pipelines:
  branches:
    ${facts.branch}:
      - step:
          name: Deploy
          deployment: production
          script:
            - pipe: drayage/drayage:${base.version}
${given}`}function planInit(answers,repository,force){const{present,remote,branch}=repository,old=present.get("drayage.yml"),front=answers.services.find(({name})=>name===answers.front),dockerfile=answers.server===void 0||repository.dockerfiles.length>0?void 0:nodeDockerfile(repository.manifest,front?.port??3e3),services=answers.services.map(service=>dockerfile===void 0?service:{...service,dockerfile:"Dockerfile"}),config2=answers.server===void 0?void 0:configText({...answers,services},answers.server,pathOf(remote)),facts={secrets:secretNames(config2??old??""),registry:answers.registry,branch:["master","trunk"].find(name=>name===branch)??"main"},usual=workflowOf(answers.ci,facts),workflow=placed(answers.ci,usual,present),files=[config2===void 0?void 0:{path:"drayage.yml",text:config2},dockerfile===void 0?void 0:{path:"Dockerfile",text:dockerfile},dockerfile===void 0||present.has(".dockerignore")?void 0:{path:".dockerignore",text:dockerignore},workflow].filter(file=>file!==void 0).map(file=>({...file,fate:fateOf(file,present,force)})),hasDockerfile=repository.dockerfiles.length>0||dockerfile!==void 0||config2===void 0;return{files,remarks:[...remarkOnPlace(files,usual?.path,present),...remarksOn(answers,repository,hasDockerfile)],next:nextSteps(answers,repository,{all:facts.secrets,toSet:secretsToSet(answers.ci,facts)})}}function fateOf({path,text},present,force){const now=present.get(path);return now===void 0?"written":now===text?"same":path==="drayage.yml"||isFromInit(now)?force?"written":"kept":usesDrayage(now)?"used":"foreign"}function remarkOnPlace(files,usual,present){const written=files.find(({path,fate})=>path.startsWith(".github/")&&fate==="written")?.path;return usual===void 0||written===void 0||written===usual||!present.has(usual)?[]:[`${usual} is another workflow and stays as it is, so Drayage's is ${written}.`]}function secretNames(text){const names=[...text.split(`
`).filter(line=>!/^\s*#/.test(line)).join(`
`).matchAll(/(?<!\$)\$\{\{\s*secrets\.([A-Za-z_]\w*)\s*\}\}/g)];return[...new Set(names.map(([,name=""])=>name))]}function remarksOn({services,front,registry,server:server2},{composeFile,dockerfiles,present,remote},hasDockerfile){const others=services.filter(({name})=>name!==front).map(({name})=>name);return[present.has("drayage.yml")?"drayage.yml is there already, so its servers and services stay what they are.":void 0,hasDockerfile?void 0:"There is no Dockerfile here, so railpack builds: it finds out how. With a Dockerfile, `build: { dockerfile: Dockerfile }` builds with that.",server2!==void 0&&registry!==void 0&&pathOf(remote)===void 0?"Without a git remote the owner of the images is a guess: look at registries and image in drayage.yml.":void 0,composeFile!==void 0&&dockerfiles.length>0?`${composeFile} was not taken over: only what has a Dockerfile here became a service.`:void 0,others.length>0&&!present.has("drayage.yml")?`${front} is what answers from outside; ${others.join(", ")} ${others.length===1?"is":"are"} reached by name on the same network.`:void 0].filter(remark=>remark!==void 0)}async function writeFiles(cwd,files,force){for(const{path,text,fate}of files)fate==="written"&&(await require$$0.mkdir(nodePath.dirname(nodePath.join(cwd,path)),{recursive:!0}),await require$$0.writeFile(nodePath.join(cwd,path),text,{flag:force?"w":"wx"}))}async function init({inputs,context,checkout,cwd}){const{report,signal}=context,{force=!1,"dry-run":dryRun=!1}=inputs,repository=await lookAt(cwd,await checkout()),keepsConfig=repository.present.has("drayage.yml")&&!force,open=openQuestions(inputs,repository,keepsConfig),asks=canAsk(inputs);asks?report.note(foundText(repository)):refuseOpen(open);const answered=await ask(asks?open:[],{input:process.stdin,output:process.stdout,signal}),answers=answersOf({...inputs,...givenBy(answered)},repository,keepsConfig),plan=planInit(answers,repository,force);await check(plan),dryRun||await writeFiles(cwd,plan.files,force);for(const line of tell(plan,dryRun))report.note(line);return{}}function canAsk({yes,"log-format":format}){return process.stdin.isTTY===!0&&process.stdout.isTTY===!0&&yes!==!0&&format!=="json"}function refuseOpen(open){const missing=open.filter(({otherwise})=>otherwise===void 0).map(({flag})=>`--${flag}`);if(missing.length!==0)throw new base.DrayageError("INPUT_INVALID",`drayage init asks nothing here and needs ${missing.join(" and ")}; everything else was found or has a default.`,{hint:`For example: drayage init --server 203.0.113.10${missing.includes("--ci")?" --ci github":""}`})}function givenBy(answered){const{"domain-port":port,ci,...rest}=answered;if(port!==void 0&&!/^\d{1,5}$/.test(port))throw new base.DrayageError("INPUT_INVALID",`The port is "${port}"; expected a number from 1 to 65535.`);if(ci!==void 0&&!/^(?:github|gitlab|bitbucket|none)$/.test(ci))throw new base.DrayageError("INPUT_INVALID",`The CI is "${ci}"; expected github, gitlab, bitbucket or none.`);return{...rest,...port===void 0?{}:{"domain-port":Number(port)},...ci===void 0?{}:{ci}}}async function check({files}){const text=files.find(({path})=>path==="drayage.yml")?.text;if(text!==void 0)try{await config.loadProject({text,allowAbsent:!0})}catch(error){const failures=base.failuresOf(error);if(failures.some(({code})=>code==="INTERNAL_BUG"))throw error;base.throwAll(failures.map(({message,hint})=>new base.DrayageError("INPUT_INVALID",`With these answers drayage.yml would be wrong: ${message}`,{hint})))}}function foundText({dockerfiles,manifest,composeFile,remote,workflows}){const found=[...dockerfiles.map(({path})=>path),manifest===void 0?void 0:"package.json",composeFile,remote===void 0?void 0:`the remote ${remote}`,...workflows.map(name=>`.github/workflows/${name}`)].filter(name=>name!==void 0);return found.length===0?"Found nothing here that says what is deployed.":`Found ${found.join(", ")}.`}function*tell({files,remarks,next},dryRun){for(const{path,text,fate}of files)fate==="written"?yield dryRun?`Would write ${path}:`:`Wrote ${path}.`:fate==="same"?yield`${path} is there already, with the same content.`:fate==="kept"?yield`${path} is there already and stays as it is (--force overwrites it). This would stand in it:`:fate==="used"?yield`${path} uses Drayage already and stays as it is.`:yield`${path} is there already and is not from Drayage, so it stays as it is. Put this into it:`,(fate==="kept"||fate==="foreign"||fate==="written"&&dryRun)&&(yield*indented(text));for(const remark of remarks)yield remark;yield"",yield"Next:";const width=Math.max(...next.map(({command})=>command?.length??0));for(const{why,command}of next)yield command===void 0?`  ${why}`:`  ${command.padEnd(width)}  # ${why}`}function indented(text){return text.trimEnd().split(`
`).map(line=>line===""?"":`    ${line}`)}const init$1=Object.freeze(Object.defineProperty({__proto__:null,init},Symbol.toStringTag,{value:"Module"}));function t(t2,n2){return`#compdef ${t2}
compdef _${t2} ${t2}

# zsh completion for ${t2} -*- shell-script -*-

__${t2}_debug() {
    local file="$BASH_COMP_DEBUG_FILE"
    if [[ -n \${file} ]]; then
        echo "$*" >> "\${file}"
    fi
}

_${t2}() {
    local shellCompDirectiveError=${a.ShellCompDirectiveError}
    local shellCompDirectiveNoSpace=${a.ShellCompDirectiveNoSpace}
    local shellCompDirectiveNoFileComp=${a.ShellCompDirectiveNoFileComp}
    local shellCompDirectiveFilterFileExt=${a.ShellCompDirectiveFilterFileExt}
    local shellCompDirectiveFilterDirs=${a.ShellCompDirectiveFilterDirs}
    local shellCompDirectiveKeepOrder=${a.ShellCompDirectiveKeepOrder}

    local lastParam lastChar flagPrefix requestComp out directive comp lastComp noSpace keepOrder
    local -a completions

    __${t2}_debug "\\n========= starting completion logic =========="
    __${t2}_debug "CURRENT: \${CURRENT}, words[*]: \${words[*]}"

    # The user could have moved the cursor backwards on the command-line.
    # We need to trigger completion from the $CURRENT location, so we need
    # to truncate the command-line ($words) up to the $CURRENT location.
    # (We cannot use $CURSOR as its value does not work when a command is an alias.)
    words=( "\${=words[1,CURRENT]}" )
    __${t2}_debug "Truncated words[*]: \${words[*]},"

    lastParam=\${words[-1]}
    lastChar=\${lastParam[-1]}
    __${t2}_debug "lastParam: \${lastParam}, lastChar: \${lastChar}"

    # For zsh, when completing a flag with an = (e.g., ${t2} -n=<TAB>)
    # completions must be prefixed with the flag
    setopt local_options BASH_REMATCH
    if [[ "\${lastParam}" =~ '-.*=' ]]; then
        # We are dealing with a flag with an =
        flagPrefix="-P \${BASH_REMATCH}"
    fi

    # Prepare the command to obtain completions, ensuring arguments are quoted for eval
    local -a args_to_quote=("\${(@)words[2,-1]}")
    if [ "\${lastChar}" = "" ] && [ "\${args_to_quote[-1]}" != "" ]; then
        # If the last parameter is complete (there is a space following it)
        # We add an extra empty parameter so we can indicate this to the go completion code.
        __${t2}_debug "Adding extra empty parameter"
        args_to_quote+=("")
    fi

    # Use Zsh's (q) flag to quote each argument safely for eval
    local quoted_args=("\${(@q)args_to_quote}")

    # Join the main command and the quoted arguments into a single string for eval
    requestComp="${n2} complete -- \${quoted_args[*]}"

    __${t2}_debug "About to call: eval \${requestComp}"

    # Use eval to handle any environment variables and such
    out=$(eval \${requestComp} 2>/dev/null)
    __${t2}_debug "completion output: \${out}"

    # Extract the directive integer following a : from the last line
    local lastLine
    while IFS='
' read -r line; do
        lastLine=\${line}
    done < <(printf "%s
" "\${out[@]}")
    __${t2}_debug "last line: \${lastLine}"

    if [ "\${lastLine[1]}" = : ]; then
        directive=\${lastLine[2,-1]}
        # Remove the directive including the : and the newline
        local suffix
        (( suffix=\${#lastLine}+2))
        out=\${out[1,-$suffix]}
    else
        # There is no directive specified.  Leave $out as is.
        __${t2}_debug "No directive found.  Setting to default"
        directive=0
    fi

    __${t2}_debug "directive: \${directive}"
    __${t2}_debug "completions: \${out}"
    __${t2}_debug "flagPrefix: \${flagPrefix}"

    if [ $((directive & shellCompDirectiveError)) -ne 0 ]; then
        __${t2}_debug "Completion received error. Ignoring completions."
        return
    fi

    local activeHelpMarker="%"
    local endIndex=\${#activeHelpMarker}
    local startIndex=$((\${#activeHelpMarker}+1))
    local hasActiveHelp=0
    while IFS='
' read -r comp; do
        # Check if this is an activeHelp statement (i.e., prefixed with $activeHelpMarker)
        if [ "\${comp[1,$endIndex]}" = "$activeHelpMarker" ];then
            __${t2}_debug "ActiveHelp found: $comp"
            comp="\${comp[$startIndex,-1]}"
            if [ -n "$comp" ]; then
                compadd -x "\${comp}"
                __${t2}_debug "ActiveHelp will need delimiter"
                hasActiveHelp=1
            fi
            continue
        fi

        if [ -n "$comp" ]; then
            # If requested, completions are returned with a description.
            # The description is preceded by a TAB character.
            # For zsh's _describe, we need to use a : instead of a TAB.
            # We first need to escape any : as part of the completion itself.
            comp=\${comp//:/\\:}

            local tab="$(printf '\\t')"
            comp=\${comp//$tab/:}

            __${t2}_debug "Adding completion: \${comp}"
            completions+=\${comp}
            lastComp=$comp
        fi
    done < <(printf "%s
" "\${out[@]}")

    # Add a delimiter after the activeHelp statements, but only if:
    # - there are completions following the activeHelp statements, or
    # - file completion will be performed (so there will be choices after the activeHelp)
    if [ $hasActiveHelp -eq 1 ]; then
        if [ \${#completions} -ne 0 ] || [ $((directive & shellCompDirectiveNoFileComp)) -eq 0 ]; then
            __${t2}_debug "Adding activeHelp delimiter"
            compadd -x "--"
            hasActiveHelp=0
        fi
    fi

    if [ $((directive & shellCompDirectiveNoSpace)) -ne 0 ]; then
        __${t2}_debug "Activating nospace."
        noSpace="-S ''"
    fi

    if [ $((directive & shellCompDirectiveKeepOrder)) -ne 0 ]; then
        __${t2}_debug "Activating keep order."
        keepOrder="-V"
    fi

    if [ $((directive & shellCompDirectiveFilterFileExt)) -ne 0 ]; then
        # File extension filtering
        local filteringCmd
        filteringCmd='_files'
        for filter in \${completions[@]}; do
            if [ \${filter[1]} != '*' ]; then
                # zsh requires a glob pattern to do file filtering
                filter="\\*.$filter"
            fi
            filteringCmd+=" -g $filter"
        done
        filteringCmd+=" \${flagPrefix}"

        __${t2}_debug "File filtering command: $filteringCmd"
        _arguments '*:filename:'"$filteringCmd"
    elif [ $((directive & shellCompDirectiveFilterDirs)) -ne 0 ]; then
        # File completion for directories only
        local subdir
        subdir="\${completions[1]}"
        if [ -n "$subdir" ]; then
            __${t2}_debug "Listing directories in $subdir"
            pushd "\${subdir}" >/dev/null 2>&1
        else
            __${t2}_debug "Listing directories in ."
        fi

        local result
        _arguments '*:dirname:_files -/'" \${flagPrefix}"
        result=$?
        if [ -n "$subdir" ]; then
            popd >/dev/null 2>&1
        fi
        return $result
    else
        __${t2}_debug "Calling _describe"
        if eval _describe $keepOrder "completions" completions -Q \${flagPrefix} \${noSpace}; then
            __${t2}_debug "_describe found some completions"

            # Return the success of having called _describe
            return 0
        else
            __${t2}_debug "_describe did not find completions."
            __${t2}_debug "Checking if we should do file completion."
            if [ $((directive & shellCompDirectiveNoFileComp)) -ne 0 ]; then
                __${t2}_debug "deactivating file completion"

                # Return 0 to indicate completion is finished and prevent zsh from
                # trying other completion algorithms (which could cause hanging).
                # We use NoFileComp directive to explicitly disable file completion.
                return 0
            else
                # Perform file completion
                __${t2}_debug "Activating file completion"

                # We must return the result of this command, so it must be the
                # last command, or else we must store its result to return it.
                _arguments '*:filename:_files'" \${flagPrefix}"
            fi
        fi
    fi
}

# don't run the completion function when being sourced or eval-ed
if [ "\${funcstack[1]}" = "_${t2}" ]; then
    _${t2}
fi
`}function n(t2,n2){let r2=t2.replace(/[-:]/g,"_");return`# bash completion for ${t2}

# Define shell completion directives
readonly ShellCompDirectiveError=${a.ShellCompDirectiveError}
readonly ShellCompDirectiveNoSpace=${a.ShellCompDirectiveNoSpace}
readonly ShellCompDirectiveNoFileComp=${a.ShellCompDirectiveNoFileComp}
readonly ShellCompDirectiveFilterFileExt=${a.ShellCompDirectiveFilterFileExt}
readonly ShellCompDirectiveFilterDirs=${a.ShellCompDirectiveFilterDirs}
readonly ShellCompDirectiveKeepOrder=${a.ShellCompDirectiveKeepOrder}

# Function to debug completion
__${r2}_debug() {
    if [[ -n \${BASH_COMP_DEBUG_FILE:-} ]]; then
        echo "$*" >> "\${BASH_COMP_DEBUG_FILE}"
    fi
}

# Function to handle completions
__${r2}_complete() {
    local cur prev words cword
    _get_comp_words_by_ref -n "=:" cur prev words cword

    local requestComp out directive
    
    # Build the command to get completions
    requestComp="${n2} complete -- \${words[@]:1}"
    
    # Add an empty parameter if the last parameter is complete
    if [[ -z "$cur" ]]; then
        requestComp="$requestComp ''"
    fi
    
    # Get completions from the program
    out=$(eval "$requestComp" 2>/dev/null)
    
    # Extract directive if present
    directive=0
    if [[ "$out" == *:* ]]; then
        directive=\${out##*:}
        out=\${out%:*}
    fi
    
    # Process completions based on directive
    if [[ $((directive & $ShellCompDirectiveError)) -ne 0 ]]; then
        # Error, no completion
        return
    fi
    
    # Apply directives
    if [[ $((directive & $ShellCompDirectiveNoSpace)) -ne 0 ]]; then
        compopt -o nospace
    fi
    if [[ $((directive & $ShellCompDirectiveKeepOrder)) -ne 0 ]]; then
        compopt -o nosort
    fi
    if [[ $((directive & $ShellCompDirectiveNoFileComp)) -ne 0 ]]; then
        compopt +o default
    fi
    
    # Handle file extension filtering
    if [[ $((directive & $ShellCompDirectiveFilterFileExt)) -ne 0 ]]; then
        local filter=""
        for ext in $out; do
            filter="$filter|$ext"
        done
        filter="\\.($filter)"
        compopt -o filenames
        COMPREPLY=( $(compgen -f -X "!$filter" -- "$cur") )
        return
    fi
    
    # Handle directory filtering
    if [[ $((directive & $ShellCompDirectiveFilterDirs)) -ne 0 ]]; then
        compopt -o dirnames
        COMPREPLY=( $(compgen -d -- "$cur") )
        return
    fi
    
    # Process completions
    local IFS=$'\\n'
    local tab=$(printf '\\t')
    
    # Parse completions with descriptions
    local completions=()
    while read -r comp; do
        if [[ "$comp" == *$tab* ]]; then
            # Split completion and description
            local value=\${comp%%$tab*}
            local desc=\${comp#*$tab}
            completions+=("$value")
        else
            completions+=("$comp")
        fi
    done <<< "$out"
    
    # Return completions
    COMPREPLY=( $(compgen -W "\${completions[*]}" -- "$cur") )
}

# Register completion function
complete -F __${r2}_complete ${t2}
`}function r(t2,n2){let r2=t2.replace(/[-:]/g,"_"),i2=a.ShellCompDirectiveError,a$1=a.ShellCompDirectiveNoSpace,o2=a.ShellCompDirectiveNoFileComp,s2=a.ShellCompDirectiveFilterFileExt,c2=a.ShellCompDirectiveFilterDirs;return`# fish completion for ${t2} -*- shell-script -*-

function __${r2}_debug
    set -l file "$BASH_COMP_DEBUG_FILE"
    if test -n "$file"
        echo "$argv" >> $file
    end
end

function __${r2}_perform_completion
    __${r2}_debug "Starting __${r2}_perform_completion"

    # Extract all args except the last one
    set -l args (commandline -opc)
    # Extract the token currently being completed (may be empty on a trailing space)
    set -l lastArg (commandline -ct)

    __${r2}_debug "args: $args"
    __${r2}_debug "last arg: $lastArg"

    # Pass each arg as its own token (no string join/eval, which would collapse multi-segment paths); quote "$lastArg" so an empty trailing token is still sent.
    __${r2}_debug "Calling ${n2} complete -- $args[2..-1] $lastArg"
    set -l results (${n2} complete -- $args[2..-1] "$lastArg" 2> /dev/null)

    # Some programs may output extra empty lines after the directive.
    # Let's ignore them or else it will break completion.
    # Ref: https://github.com/spf13/cobra/issues/1279
    for line in $results[-1..1]
        if test (string trim -- $line) = ""
            # Found an empty line, remove it
            set results $results[1..-2]
        else
            # Found non-empty line, we have our proper output
            break
        end
    end

    set -l comps $results[1..-2]
    set -l directiveLine $results[-1]

    # For Fish, when completing a flag with an = (e.g., <program> -n=<TAB>)
    # completions must be prefixed with the flag
    set -l flagPrefix (string match -r -- '-.*=' "$lastArg")

    __${r2}_debug "Comps: $comps"
    __${r2}_debug "DirectiveLine: $directiveLine"
    __${r2}_debug "flagPrefix: $flagPrefix"

    for comp in $comps
        printf "%s%s\\n" "$flagPrefix" "$comp"
    end

    printf "%s\\n" "$directiveLine"
end

# This function limits calls to __${r2}_perform_completion, by caching the result
function __${r2}_perform_completion_once
    __${r2}_debug "Starting __${r2}_perform_completion_once"

    if test -n "$__${r2}_perform_completion_once_result"
        __${r2}_debug "Seems like a valid result already exists, skipping __${r2}_perform_completion"
        return 0
    end

    set --global __${r2}_perform_completion_once_result (__${r2}_perform_completion)
    if test -z "$__${r2}_perform_completion_once_result"
        __${r2}_debug "No completions, probably due to a failure"
        return 1
    end

    __${r2}_debug "Performed completions and set __${r2}_perform_completion_once_result"
    return 0
end

# This function is used to clear the cached result after completions are run
function __${r2}_clear_perform_completion_once_result
    __${r2}_debug ""
    __${r2}_debug "========= clearing previously set __${r2}_perform_completion_once_result variable =========="
    set --erase __${r2}_perform_completion_once_result
    __${r2}_debug "Successfully erased the variable __${r2}_perform_completion_once_result"
end

function __${r2}_requires_order_preservation
    __${r2}_debug ""
    __${r2}_debug "========= checking if order preservation is required =========="

    __${r2}_perform_completion_once
    if test -z "$__${r2}_perform_completion_once_result"
        __${r2}_debug "Error determining if order preservation is required"
        return 1
    end

    set -l directive (string sub --start 2 $__${r2}_perform_completion_once_result[-1])
    __${r2}_debug "Directive is: $directive"

    set -l shellCompDirectiveKeepOrder ${a.ShellCompDirectiveKeepOrder}
    set -l keeporder (math (math --scale 0 $directive / $shellCompDirectiveKeepOrder) % 2)
    __${r2}_debug "Keeporder is: $keeporder"

    if test $keeporder -ne 0
        __${r2}_debug "This does require order preservation"
        return 0
    end

    __${r2}_debug "This doesn't require order preservation"
    return 1
end

# This function does two things:
# - Obtain the completions and store them in the global __${r2}_comp_results
# - Return false if file completion should be performed
function __${r2}_prepare_completions
    __${r2}_debug ""
    __${r2}_debug "========= starting completion logic =========="

    # Start fresh
    set --erase __${r2}_comp_results

    __${r2}_perform_completion_once
    __${r2}_debug "Completion results: $__${r2}_perform_completion_once_result"

    if test -z "$__${r2}_perform_completion_once_result"
        __${r2}_debug "No completion, probably due to a failure"
        # Might as well do file completion, in case it helps
        return 1
    end

    set -l directive (string sub --start 2 $__${r2}_perform_completion_once_result[-1])
    set --global __${r2}_comp_results $__${r2}_perform_completion_once_result[1..-2]

    __${r2}_debug "Completions are: $__${r2}_comp_results"
    __${r2}_debug "Directive is: $directive"

    set -l shellCompDirectiveError ${i2}
    set -l shellCompDirectiveNoSpace ${a$1}
    set -l shellCompDirectiveNoFileComp ${o2}
    set -l shellCompDirectiveFilterFileExt ${s2}
    set -l shellCompDirectiveFilterDirs ${c2}

    if test -z "$directive"
        set directive 0
    end

    set -l compErr (math (math --scale 0 $directive / $shellCompDirectiveError) % 2)
    if test $compErr -eq 1
        __${r2}_debug "Received error directive: aborting."
        # Might as well do file completion, in case it helps
        return 1
    end

    set -l filefilter (math (math --scale 0 $directive / $shellCompDirectiveFilterFileExt) % 2)
    set -l dirfilter (math (math --scale 0 $directive / $shellCompDirectiveFilterDirs) % 2)
    if test $filefilter -eq 1; or test $dirfilter -eq 1
        __${r2}_debug "File extension filtering or directory filtering not supported"
        # Do full file completion instead
        return 1
    end

    set -l nospace (math (math --scale 0 $directive / $shellCompDirectiveNoSpace) % 2)
    set -l nofiles (math (math --scale 0 $directive / $shellCompDirectiveNoFileComp) % 2)

    __${r2}_debug "nospace: $nospace, nofiles: $nofiles"

    # If we want to prevent a space, or if file completion is NOT disabled,
    # we need to count the number of valid completions.
    # To do so, we will filter on prefix as the completions we have received
    # may not already be filtered so as to allow fish to match on different
    # criteria than the prefix.
    if test $nospace -ne 0; or test $nofiles -eq 0
        set -l prefix (commandline -t | string escape --style=regex)
        __${r2}_debug "prefix: $prefix"

        set -l completions (string match -r -- "^$prefix.*" $__${r2}_comp_results)
        set --global __${r2}_comp_results $completions
        __${r2}_debug "Filtered completions are: $__${r2}_comp_results"

        # Important not to quote the variable for count to work
        set -l numComps (count $__${r2}_comp_results)
        __${r2}_debug "numComps: $numComps"

        if test $numComps -eq 1; and test $nospace -ne 0
            # We must first split on \\t to get rid of the descriptions to be
            # able to check what the actual completion will be.
            # We don't need descriptions anyway since there is only a single
            # real completion which the shell will expand immediately.
            set -l split (string split --max 1 "\\t" $__${r2}_comp_results[1])

            # Fish won't add a space if the completion ends with any
            # of the following characters: @=/:.,
            set -l lastChar (string sub -s -1 -- $split)
            if not string match -r -q "[@=/:.,]" -- "$lastChar"
                # In other cases, to support the "nospace" directive we trick the shell
                # by outputting an extra, longer completion.
                __${r2}_debug "Adding second completion to perform nospace directive"
                set --global __${r2}_comp_results $split[1] $split[1].
                __${r2}_debug "Completions are now: $__${r2}_comp_results"
            end
        end

        if test $numComps -eq 0; and test $nofiles -eq 0
            # To be consistent with bash and zsh, we only trigger file
            # completion when there are no other completions
            __${r2}_debug "Requesting file completion"
            return 1
        end
    end

    return 0
end

# Since Fish completions are only loaded once the user triggers them, we trigger them ourselves
# so we can properly delete any completions provided by another script.
# Only do this if the program can be found, or else fish may print some errors; besides,
# the existing completions will only be loaded if the program can be found.
if type -q "${t2}"
    # The space after the program name is essential to trigger completion for the program
    # and not completion of the program name itself.
    # Also, we use '> /dev/null 2>&1' since '&>' is not supported in older versions of fish.
    complete --do-complete "${t2} " > /dev/null 2>&1
end

# Remove any pre-existing completions for the program since we will be handling all of them.
complete -c ${t2} -e

# This will get called after the two calls below and clear the cached result
complete -c ${t2} -n '__${r2}_clear_perform_completion_once_result'
# The call to __${r2}_prepare_completions will setup __${r2}_comp_results
# which provides the program's completion choices.
# If this doesn't require order preservation, we don't use the -k flag
complete -c ${t2} -n 'not __${r2}_requires_order_preservation && __${r2}_prepare_completions' -f -a '$__${r2}_comp_results'
# Otherwise we use the -k flag
complete -k -c ${t2} -n '__${r2}_requires_order_preservation && __${r2}_prepare_completions' -f -a '$__${r2}_comp_results'
`}function i(t2,n2){let r2=t2.replace(/[-:]/g,"_");return`# powershell completion for ${t2} -*- shell-script -*-

  [Console]::OutputEncoding = [System.Text.Encoding]::UTF8
    function __${t2}_debug {
        if ($env:BASH_COMP_DEBUG_FILE) {
            "$args" | Out-File -Append -FilePath "$env:BASH_COMP_DEBUG_FILE"
        }
    }

    filter __${t2}_escapeStringWithSpecialChars {
        $_ -replace '\\s|#|@|\\$|;|,|''|\\{|\\}|\\(|\\)|"|\\||<|>|&','\`$&'
    }

[scriptblock]$__${r2}CompleterBlock = {
    param(
            $WordToComplete,
            $CommandAst,
            $CursorPosition
        )

    # Get the current command line and convert into a string
    $Command = $CommandAst.CommandElements
    $Command = "$Command"

    __${t2}_debug ""
    __${t2}_debug "========= starting completion logic =========="
    __${t2}_debug "WordToComplete: $WordToComplete Command: $Command CursorPosition: $CursorPosition"

    # The user could have moved the cursor backwards on the command-line.
    # We need to trigger completion from the $CursorPosition location, so we need
    # to truncate the command-line ($Command) up to the $CursorPosition location.
    # Make sure the $Command is longer then the $CursorPosition before we truncate.
    # This happens because the $Command does not include the last space.
    if ($Command.Length -gt $CursorPosition) {
        $Command = $Command.Substring(0, $CursorPosition)
    }
    __${t2}_debug "Truncated command: $Command"

    $ShellCompDirectiveError=${a.ShellCompDirectiveError}
    $ShellCompDirectiveNoSpace=${a.ShellCompDirectiveNoSpace}
    $ShellCompDirectiveNoFileComp=${a.ShellCompDirectiveNoFileComp}
    $ShellCompDirectiveFilterFileExt=${a.ShellCompDirectiveFilterFileExt}
    $ShellCompDirectiveFilterDirs=${a.ShellCompDirectiveFilterDirs}
    $ShellCompDirectiveKeepOrder=${a.ShellCompDirectiveKeepOrder}

    # Prepare the command to request completions for the program.
    # Split the command at the first space to separate the program and arguments.
    $Program, $Arguments = $Command.Split(" ", 2)

    $QuotedArgs = ($Arguments -split ' ' | ForEach-Object { "'" + ($_ -replace "'", "''") + "'" }) -join ' '
    __${t2}_debug "QuotedArgs: $QuotedArgs"

    $RequestComp = "& ${n2} complete '--' $QuotedArgs"
    __${t2}_debug "RequestComp: $RequestComp"

    # we cannot use $WordToComplete because it
    # has the wrong values if the cursor was moved
    # so use the last argument
    if ($WordToComplete -ne "" ) {
        $WordToComplete = $Arguments.Split(" ")[-1]
    }
    __${t2}_debug "New WordToComplete: $WordToComplete"


    # Check for flag with equal sign
    $IsEqualFlag = ($WordToComplete -Like "--*=*" )
    if ( $IsEqualFlag ) {
        __${t2}_debug "Completing equal sign flag"
        # Remove the flag part
        $Flag, $WordToComplete = $WordToComplete.Split("=", 2)
    }
    $HasTrailingEmptyArg = $QuotedArgs -match "(^| )''$"
    __${t2}_debug "HasTrailingEmptyArg: $HasTrailingEmptyArg"
    
    if ( $WordToComplete -eq "" -And ( -Not $IsEqualFlag ) -And ( -Not $HasTrailingEmptyArg )) {
        # If the last parameter is complete (there is a space following it)
        # We add an extra empty parameter so we can indicate this to the go method.
        __${t2}_debug "Adding extra empty parameter"
        # PowerShell 7.2+ changed the way how the arguments are passed to executables,
        # so for pre-7.2 or when Legacy argument passing is enabled we need to use
        if ($PSVersionTable.PsVersion -lt [version]'7.2.0' -or
            ($PSVersionTable.PsVersion -lt [version]'7.3.0' -and -not [ExperimentalFeature]::IsEnabled("PSNativeCommandArgumentPassing")) -or
            (($PSVersionTable.PsVersion -ge [version]'7.3.0' -or [ExperimentalFeature]::IsEnabled("PSNativeCommandArgumentPassing")) -and
              $PSNativeCommandArgumentPassing -eq 'Legacy')) {
             $RequestComp="$RequestComp" + ' \`"\`"'
        } else {
             $RequestComp = "$RequestComp" + ' ""'
        }
    }

    __${t2}_debug "Calling $RequestComp"
    # First disable ActiveHelp which is not supported for Powershell
    $env:ActiveHelp = 0

    # call the command store the output in $out and redirect stderr and stdout to null
    # $Out is an array contains each line per element
    Invoke-Expression -OutVariable out "$RequestComp" 2>&1 | Out-Null

    # get directive from last line
    [int]$Directive = $Out[-1].TrimStart(':')
    if ($Directive -eq "") {
        # There is no directive specified
        $Directive = 0
    }
    __${t2}_debug "The completion directive is: $Directive"

    # remove directive (last element) from out
    $Out = $Out | Where-Object { $_ -ne $Out[-1] }
    __${t2}_debug "The completions are: $Out"

    if (($Directive -band $ShellCompDirectiveError) -ne 0 ) {
        # Error code.  No completion.
        __${t2}_debug "Received error from custom completion go code"
        return
    }

    $Longest = 0
    [Array]$Values = $Out | ForEach-Object {
        # Split the output in name and description
        $Name, $Description = $_.Split("\`t", 2)
        __${t2}_debug "Name: $Name Description: $Description"

        # Look for the longest completion so that we can format things nicely
        if ($Longest -lt $Name.Length) {
            $Longest = $Name.Length
        }

        # Set the description to a one space string if there is none set.
        # This is needed because the CompletionResult does not accept an empty string as argument
        if (-Not $Description) {
            $Description = " "
        }
        @{ Name = "$Name"; Description = "$Description" }
    }


    $Space = " "
    if (($Directive -band $ShellCompDirectiveNoSpace) -ne 0 ) {
        # remove the space here
        __${t2}_debug "ShellCompDirectiveNoSpace is called"
        $Space = ""
    }

    if ((($Directive -band $ShellCompDirectiveFilterFileExt) -ne 0 ) -or
       (($Directive -band $ShellCompDirectiveFilterDirs) -ne 0 ))  {
        __${t2}_debug "ShellCompDirectiveFilterFileExt ShellCompDirectiveFilterDirs are not supported"

        # return here to prevent the completion of the extensions
        return
    }

    $Values = $Values | Where-Object {
        # filter the result
        $_.Name -like "$WordToComplete*"

        # Join the flag back if we have an equal sign flag
        if ( $IsEqualFlag ) {
            __${t2}_debug "Join the equal sign flag back to the completion value"
            $_.Name = $Flag + "=" + $_.Name
        }
    }

    # we sort the values in ascending order by name if keep order isn't passed
    if (($Directive -band $ShellCompDirectiveKeepOrder) -eq 0 ) {
        $Values = $Values | Sort-Object -Property Name
    }

    if (($Directive -band $ShellCompDirectiveNoFileComp) -ne 0 ) {
        __${t2}_debug "ShellCompDirectiveNoFileComp is called"

        if ($Values.Length -eq 0) {
            # Just print an empty string here so the
            # shell does not start to complete paths.
            # We cannot use CompletionResult here because
            # it does not accept an empty string as argument.
            ""
            return
        }
    }

    # Get the current mode
    $Mode = (Get-PSReadLineKeyHandler | Where-Object { $_.Key -eq "Tab" }).Function
    __${t2}_debug "Mode: $Mode"

    $Values | ForEach-Object {

        # store temporary because switch will overwrite $_
        $comp = $_

        # PowerShell supports three different completion modes
        # - TabCompleteNext (default windows style - on each key press the next option is displayed)
        # - Complete (works like bash)
        # - MenuComplete (works like zsh)
        # You set the mode with Set-PSReadLineKeyHandler -Key Tab -Function <mode>

        # CompletionResult Arguments:
        # 1) CompletionText text to be used as the auto completion result
        # 2) ListItemText   text to be displayed in the suggestion list
        # 3) ResultType     type of completion result
        # 4) ToolTip        text for the tooltip with details about the object

        switch ($Mode) {

            # bash like
            "Complete" {

                if ($Values.Length -eq 1) {
                    __${t2}_debug "Only one completion left"

                    # insert space after value
                    [System.Management.Automation.CompletionResult]::new($($comp.Name | __${t2}_escapeStringWithSpecialChars) + $Space, "$($comp.Name)", 'ParameterValue', "$($comp.Description)")

                } else {
                    # Add the proper number of spaces to align the descriptions
                    while($comp.Name.Length -lt $Longest) {
                        $comp.Name = $comp.Name + " "
                    }

                    # Check for empty description and only add parentheses if needed
                    if ($($comp.Description) -eq " " ) {
                        $Description = ""
                    } else {
                        $Description = "  ($($comp.Description))"
                    }

                    [System.Management.Automation.CompletionResult]::new("$($comp.Name)$Description", "$($comp.Name)$Description", 'ParameterValue', "$($comp.Description)")
                }
             }

            # zsh like
            "MenuComplete" {
                # insert space after value
                # MenuComplete will automatically show the ToolTip of
                # the highlighted value at the bottom of the suggestions.
                [System.Management.Automation.CompletionResult]::new($($comp.Name | __${t2}_escapeStringWithSpecialChars) + $Space, "$($comp.Name)", 'ParameterValue', "$($comp.Description)")
            }

            # TabCompleteNext and in case we get something unknown
            Default {
                # Like MenuComplete but we don't want to add a space here because
                # the user need to press space anyway to get the completion.
                # Description will not be shown because that's not possible with TabCompleteNext
                [System.Management.Automation.CompletionResult]::new($($comp.Name | __${t2}_escapeStringWithSpecialChars), "$($comp.Name)", 'ParameterValue', "$($comp.Description)")
            }
        }

    }
}

Register-ArgumentCompleter -CommandName '${t2}' -ScriptBlock $__${r2}CompleterBlock
`}const a={ShellCompDirectiveError:1,ShellCompDirectiveNoSpace:2,ShellCompDirectiveNoFileComp:4,ShellCompDirectiveFilterFileExt:8,ShellCompDirectiveFilterDirs:16,ShellCompDirectiveKeepOrder:32,ShellCompDirectiveDefault:0};var o=class{name;variadic;command;handler;constructor(e,t2,n2,r2=!1){this.command=e,this.name=t2,this.handler=n2,this.variadic=r2}},s=class{value;description;command;handler;alias;isBoolean;constructor(e,t2,n2,r2,i2,a2){this.command=e,this.value=t2,this.description=n2,this.handler=r2,this.alias=i2,this.isBoolean=a2}},c=class{value;description;options=new Map;arguments=new Map;parent;constructor(e,t2){this.value=e,this.description=t2}option(e,t2,n2,r2){let i2,a2,o2;typeof n2=="function"?(i2=n2,a2=r2,o2=!1):typeof n2=="string"?(i2=void 0,a2=n2,o2=!0):(i2=void 0,a2=void 0,o2=!0);let c2=new s(this,e,t2,i2,a2,o2);return this.options.set(e,c2),this}argument(e,t2,n2=!1){let r2=new o(this,e,t2,n2);return this.arguments.set(e,r2),this}},l=class extends c{commands=new Map;completions=[];directive=a.ShellCompDirectiveDefault;constructor(){super("","")}command(e,t2){let n2=new c(e,t2);return this.commands.set(e,n2),n2}stripOptions(e){let t2=[],n2=0;for(;n2<e.length;){let r2=e[n2];if(r2.startsWith("-")){n2++;let t3=!1,i2=this.findOption(this,r2);if(i2)t3=i2.isBoolean??!1;else for(let[,e2]of this.commands){let n3=this.findOption(e2,r2);if(n3){t3=n3.isBoolean??!1;break}}!t3&&n2<e.length&&!e[n2].startsWith("-")&&n2++}else t2.push(r2),n2++}return t2}matchCommand(e){e=this.stripOptions(e);let t2=[],n2=[],r2=null;for(let i2=0;i2<e.length;i2++){let a2=e[i2];t2.push(a2);let o2=this.commands.get(t2.join(" "));if(o2)r2=o2;else{n2=e.slice(i2,e.length);break}}return[r2||this,n2]}shouldCompleteFlags(e,t2){if(t2.startsWith("-"))return!0;if(e?.startsWith("-")){let t3=this.findOption(this,e);if(!t3){for(let[,n2]of this.commands)if(t3=this.findOption(n2,e),t3)break}return!(t3&&t3.isBoolean)}return!1}shouldCompleteCommands(e){return!e.startsWith("-")}handleFlagCompletion(e,t2,n2,r2){let i2;if(n2.includes("=")){let[e2]=n2.split("=");i2=e2}else if(r2?.startsWith("-")){let t3=this.findOption(e,r2);t3&&!t3.isBoolean&&(i2=r2)}if(i2){let t3=this.findOption(e,i2);if(t3?.handler){let n3=[];t3.handler.call(t3,(e2,t4)=>n3.push({value:e2,description:t4}),e.options),this.completions=n3}return}if(n2.startsWith("-")){let t3=n2.startsWith("-")&&!n2.startsWith("--"),r3=n2.replace(/^-+/,"");for(let[i3,a2]of e.options)t3&&a2.alias&&`-${a2.alias}`.startsWith(n2)?this.completions.push({value:`-${a2.alias}`,description:a2.description}):!t3&&i3.startsWith(r3)&&this.completions.push({value:`--${i3}`,description:a2.description})}}findOption(e,t2){let n2=e.options.get(t2);if(n2||(n2=e.options.get(t2.replace(/^-+/,"")),n2))return n2;for(let[n3,r2]of e.options)if(r2.alias&&`-${r2.alias}`===t2)return r2}handleCommandCompletion(e,t2){let n2=this.stripOptions(e);for(let[e2,r2]of this.commands){if(e2==="")continue;let i2=e2.split(" ");i2.slice(0,n2.length).every((e3,t3)=>e3===n2[t3])&&i2[n2.length]?.startsWith(t2)&&this.completions.push({value:i2[n2.length],description:r2.description})}}handlePositionalCompletion(e,t2){let n2=this.stripOptions(t2),r2=e.value.split(" ").length,i2=Math.max(0,n2.length-r2),a2=Array.from(e.arguments.entries());if(a2.length>0){let t3;if(i2<a2.length){let[e2,n3]=a2[i2];t3=n3}else{let e2=a2[a2.length-1][1];e2.variadic&&(t3=e2)}if(t3&&t3.handler&&typeof t3.handler=="function"){let n3=[];t3.handler.call(t3,(e2,t4)=>n3.push({value:e2,description:t4}),e.options),this.completions.push(...n3)}}}complete(e){this.directive=a.ShellCompDirectiveNoFileComp;let t2=new Set;this.completions.filter(e2=>t2.has(e2.value)?!1:(t2.add(e2.value),!0)).filter(t3=>{if(e.includes("=")){let[,n2]=e.split("=");return t3.value.startsWith(n2)}return t3.value.startsWith(e)}).forEach(e2=>console.log(`${e2.value}	${e2.description??""}`)),console.log(`:${this.directive}`)}parse(e){this.completions=[];let t2=e[e.length-1]==="";t2&&e.pop();let n2=e[e.length-1]||"",r2=e.slice(0,-1);t2&&(n2!==""&&r2.push(n2),n2="");let[i2]=this.matchCommand(r2),a2=r2[r2.length-1];this.shouldCompleteFlags(a2,n2)?this.handleFlagCompletion(i2,r2,n2,a2):(this.shouldCompleteCommands(n2)&&this.handleCommandCompletion(r2,n2),i2&&i2.arguments.size>0&&this.handlePositionalCompletion(i2,r2)),this.complete(n2)}setup(a2,o2,s2){switch(require$$0$1(s2==="zsh"||s2==="bash"||s2==="fish"||s2==="powershell","Unsupported shell"),s2){case"zsh":{let t$1=t(a2,o2);console.log(t$1);break}case"bash":{let e=n(a2,o2);console.log(e);break}case"fish":{let e=r(a2,o2);console.log(e);break}case"powershell":{let e=i(a2,o2);console.log(e);break}}}};new l;const wordsOfBash=`if ! declare -F _get_comp_words_by_ref >/dev/null; then
  _get_comp_words_by_ref() {
    local line=\${COMP_LINE:0:COMP_POINT}
    IFS=$' \\t\\n' read -ra words <<<"$line"
    [[ $line == *[[:space:]] ]] && words+=('')
    cword=$((\${#words[@]} - 1)) cur=\${words[cword]} prev=\${words[cword - 1]}
  }
fi
`;function printScript(shell,print){const root=new l;if(shell!=="bash"){root.setup("drayage","drayage",shell);return}print(wordsOfBash),print(`{
`),root.setup("drayage","drayage",shell),print(`} 2>/dev/null
`)}const script=Object.freeze(Object.defineProperty({__proto__:null,printScript},Symbol.toStringTag,{value:"Module"}));function completionRoot({commands:commands$1,outline:outline2,errorCodes}){const root=new l,topics=[...commands$1.map(each=>each.name),...errorCodes];for(const declaration of commands$1){const command=root.command(declaration.name,declaration.summary),inputs=commands.inputsOf(declaration);for(const input of inputs)input.kind==="flag"?command.option(input.name,input.description):command.option(input.name,input.description,complete2=>offer(valuesOf(input,outline2),complete2));command.option("help","Show the inputs of this command.");const{positional}=declaration,positionalInput=inputs.find(({name})=>name===positional);if(positional===void 0||positionalInput===void 0)continue;const values=positional==="topic"?topics:valuesOf(positionalInput,outline2);command.argument(positional,complete2=>offer(values,complete2))}return root}function valuesOf({name,options},outline2){return options!==void 0?options:name==="service"?outline2.services:name==="server"||name==="servers"?outline2.servers:name==="environment"?outline2.environments:[]}function offer(values,complete2){for(const value of values)complete2(value,"")}async function complete(words){const declarations=await Promise.all(Object.values(commands.commands).map(async load=>(await load()).command.declaration));completionRoot({commands:declarations,outline:await outline(words),errorCodes:base.errorCodes}).parse([...words])}async function outline(words){const at=words.indexOf("--config"),file=words.find(word=>word.startsWith("--config="))?.slice(9)??(at===-1?void 0:words[at+1])??"drayage.yml";return config.outlineOf(await require$$0.readFile(file,"utf8").catch(()=>""))}const complete$1=Object.freeze(Object.defineProperty({__proto__:null,complete},Symbol.toStringTag,{value:"Module"}));exports.builder=builder,exports.cleanup=cleanup,exports.complete=complete$1,exports.confirm=confirm$1,exports.doctor=doctor,exports.init=init$1,exports.script=script;
