"use strict";const config=require("./config.cjs"),base=require("./base.cjs"),nodePath=require("node:path"),require$$0=require("node:fs/promises"),node_readline=require("node:readline"),commands=require("./commands.cjs"),require$$0$1=require("node:assert");function readDockerfile(text){const variables=new Map,copied=[];let ports=[];for(const{word,rest}of instructions(text))if(word==="FROM")ports=[];else if(word==="ARG"||word==="ENV")for(const[name,value]of pairsOf(rest))variables.set(name,value);else word==="EXPOSE"?ports.push(...portsOf(rest,variables)):(word==="COPY"||word==="ADD")&&!/(?:^|\s)--from=/.test(rest)&&copied.push(...sourcesOf(rest));return{ports:[...new Set(ports)],copied}}function instructions(text){return text.split(/\r?\n/).filter(line=>!/^\s*#/.test(line)).join(`
`).replace(/\\[ \t]*\n/g," ").split(`
`).flatMap(line=>{const[,word,rest]=/^\s*([A-Za-z]+)\s+(.*?)\s*$/.exec(line)??[];return word===void 0||rest===void 0?[]:[{word:word.toUpperCase(),rest}]})}function pairsOf(rest){const pairs=[...rest.matchAll(/([A-Za-z_]\w*)=("[^"]*"|'[^']*'|\S*)/g)];if(pairs.length>0)return pairs.map(([,name2="",value2=""])=>[name2,value2.replace(/^["']|["']$/g,"")]);const[,name,value]=/^([A-Za-z_]\w*)\s+(.+)$/.exec(rest)??[];return name===void 0||value===void 0?[]:[[name,value]]}function portsOf(rest,variables){return rest.split(/\s+/).flatMap(word=>{const replaced=word.replace(/\$\{?([A-Za-z_]\w*)(?::-([^}]*))?\}?/g,(_whole,name,otherwise)=>variables.get(name)??otherwise??""),[,port]=/^(\d{1,5})(?:\/tcp)?$/i.exec(replaced)??[];return port===void 0||Number(port)<1||Number(port)>65535?[]:[Number(port)]})}function sourcesOf(rest){return(rest.startsWith("[")?[...rest.matchAll(/"([^"]*)"/g)].map(([,word=""])=>word):rest.split(/\s+/).filter(word=>!word.startsWith("--"))).slice(0,-1).map(word=>word.replace(/^\.?\//,""))}const targets=["drayage.yml","Dockerfile",".dockerignore",".github/workflows/deploy.yml",".gitlab-ci.yml","bitbucket-pipelines.yml"],depth=3,skipped=/^(?:\..*|node_modules|vendor|dist|build|out|target|coverage|tests?|e2e|fixtures|examples?|docs?)$/,variant=/(?:^|[.-])(?:dev|development|devcontainer|local|test|tests|ci|debug)(?:[.-]|$)/i;async function lookAt(cwd,git){const names=await namesIn(cwd),paths=await dockerfilesBelow(cwd,"",depth),atRoot=paths.filter(path=>!path.includes("/")),chosen=atRoot.includes("Dockerfile")?atRoot:paths,dockerfiles=await Promise.all(chosen.map(async path=>({path,...readDockerfile(await require$$0.readFile(nodePath.join(cwd,path),"utf8"))}))),present=new Map;for(const path of targets){const text=await textOf(nodePath.join(cwd,path));text!==void 0&&present.set(path,text)}return{folder:nodePath.basename(cwd),dockerfiles,manifest:manifestOf(await textOf(nodePath.join(cwd,"package.json")),names),composeFile:names.find(name=>/^(?:docker-)?compose\.ya?ml$/.test(name)),remote:git.remote,branch:git.branch,present,workflows:(await namesIn(nodePath.join(cwd,".github/workflows"))).filter(name=>/\.ya?ml$/.test(name))}}function folderOf({path}){const folder=nodePath.dirname(path);return folder==="."?"":folder}async function dockerfilesBelow(root,folder,levels){const entries=await require$$0.readdir(nodePath.join(root,folder),{withFileTypes:!0}).catch(()=>[]),found=[];for(const entry of entries.sort((a2,b)=>a2.name<b.name?-1:1)){const path=nodePath.posix.join(folder,entry.name);entry.isFile()&&isDockerfile(entry.name)?found.push(path):entry.isDirectory()&&levels>0&&!skipped.test(entry.name)&&found.push(...await dockerfilesBelow(root,path,levels-1))}return found}function isDockerfile(name){const[,before="",after=""]=/^(?:(.+)\.)?Dockerfile(?:\.(.+))?$/i.exec(name)??[];return!/^(?:.+\.)?Dockerfile(?:\..+)?$/i.test(name)||after==="dockerignore"?!1:!variant.test(before)&&!variant.test(after)}function manifestOf(text,names){if(text===void 0)return;let content;try{content=JSON.parse(text)}catch{return}const locks={yarn:"yarn.lock",pnpm:"pnpm-lock.yaml",bun:"bun.lock"},managers=["yarn","pnpm","bun"];return{name:typeof content?.name=="string"?content.name:void 0,starts:typeof content?.scripts?.start=="string",builds:typeof content?.scripts?.build=="string",manager:managers.find(manager=>names.includes(locks[manager]))??"npm",hasLock:names.includes("package-lock.json")}}async function namesIn(folder){return(await require$$0.readdir(folder).catch(()=>[])).sort()}async function textOf(path){return require$$0.readFile(path,"utf8").catch(()=>{})}function servicesOf({dockerfiles,manifest}){if(dockerfiles.length===0)return[{name:"web",source:".",dockerfile:"Dockerfile",port:manifest===void 0?void 0:3e3}];const taken=new Set;return dockerfiles.map(file=>{const name=unique(nameOf(file),taken),[port]=file.ports;return{name,...placeOf(file),port}})}function frontOf(services,wanted){return wanted!==void 0?services.find(({name})=>name===wanted):["web","frontend","front","www","site","app"].map(name=>services.find(service=>service.name===name)).find(Boolean)??services.find(({port})=>port!==void 0)??services[0]}function asName(text){const name=text.toLowerCase().replace(/^@[^/]*\//,"").replace(/[^a-z0-9]+/g,"-").slice(0,63).replace(/^-+|-+$/g,"");return name===""?void 0:name}function nameOf(file){const own=nodePath.posix.basename(file.path).replace(/\.?Dockerfile\.?/i,"");return asName(own)??asName(nodePath.posix.basename(folderOf(file)))??"web"}function placeOf(file){const folder=folderOf(file);return folder===""||file.copied.some(path=>path===folder||path.startsWith(`${folder}/`))?{source:".",dockerfile:file.path}:{source:folder,dockerfile:nodePath.posix.basename(file.path)}}function unique(name,taken){let free=name;for(let count=2;taken.has(free);count+=1)free=`${name}-${count}`;return taken.add(free),free}const ciNames=["github","gitlab","bitbucket","none"];function openQuestions(given,repository,hasConfig){const front=frontOf(servicesNamed(given,repository),given.service);return[hasConfig||given.server!==void 0?void 0:{flag:"server",text:"The server, as ssh reaches it (203.0.113.10, user@host or ssh://user@host:port)"},hasConfig||given.domain!==void 0?void 0:{flag:"domain",text:"The domain it answers at (empty: none, port 80 of the server)",otherwise:""},hasConfig||given["domain-port"]!==void 0||front?.port!==void 0?void 0:{flag:"domain-port",text:"The port it listens on inside the container",otherwise:"3000"},given.ci!==void 0||ciOf(repository)!==void 0?void 0:{flag:"ci",text:`The CI that deploys (${ciNames.join(", ")})`}].filter(question=>question!==void 0)}function ciOf({present,workflows,remote}){if(workflows.length>0)return"github";if(present.has(".gitlab-ci.yml"))return"gitlab";if(present.has("bitbucket-pipelines.yml"))return"bitbucket";const[,host=""]=/^(?:[a-z+]+:\/\/)?(?:[^/@]*@)?([^/:]+)/i.exec(remote??"")??[];return["github","gitlab","bitbucket"].find(name=>host.toLowerCase().split(".").includes(name))}function pathOf(remote){const[,path]=/^(?:[a-z+]+:\/\/[^/]+\/|[^/]*?:)(.+?)(?:\.git)?\/?$/i.exec(remote??"")??[];return path}function answersOf(given,repository,hasConfig){const found=servicesNamed(given,repository),front=frontOf(found,given.service);if(front===void 0){const names=found.map(({name})=>name).join(", ");throw invalid(`There is no service "${given.service}"; the Dockerfiles found here make ${names}.`)}const port=given["domain-port"]??front.port??3e3,services=found.map(service=>service===front?{...service,port}:service);return{project:given.project??projectName(repository),server:hasConfig?void 0:machineOf(given.server??""),services,front:front.name,domain:given.domain===""?void 0:given.domain,email:given["acme-email"],health:given["health-http"],registry:registryOf(given.registry),ci:given.ci??ciOf(repository)??"none"}}function servicesNamed(given,repository){const found=servicesOf(repository),[only,...others]=found;return given.service===void 0||only===void 0||others.length>0?found:[{...only,name:given.service}]}function projectName({remote,manifest,folder}){const[last]=(pathOf(remote)??"").split("/").slice(-1);return asName(last??"")??asName(manifest?.name??"")??asName(folder)??"project"}function machineOf(text){const url=text.includes("://")?text:`ssh://${/^[0-9A-Fa-f]*:[0-9A-Fa-f:]+$/.test(text)?`[${text}]`:text}`,{host,user="root",port}=config.serverFromAddress(url)?.server??{host:""};return{host,user,port:port===22?void 0:port}}function registryOf(text){if(text===void 0||text==="none")return;const host=base.normalizeRegistryHost(text);if(host===void 0)throw invalid(`--registry is "${text}"; expected a host such as ghcr.io, or none.`);return host}function invalid(message){return new base.DrayageError("INPUT_INVALID",message)}async function ask(questions,{input,output,signal}){if(questions.length===0)return{};const reader=node_readline.createInterface({input,output});reader.on("SIGINT",()=>process.kill(process.pid,"SIGINT"));const close=()=>reader.close();signal.addEventListener("abort",close);const lines=reader[Symbol.asyncIterator](),answers={};try{for(const{flag,text,otherwise}of questions){reader.setPrompt(`${text}${otherwise===void 0||otherwise===""?"":` [${otherwise}]`}: `);let answer="";do{reader.prompt();const line=await lines.next();if(signal.aborted)throw signal.reason;if(line.done===!0)throw ended();answer=line.value.trim()}while(answer===""&&otherwise===void 0);answers[flag]=answer===""?otherwise??"":answer}return answers}finally{signal.removeEventListener("abort",close),reader.close()}}function ended(){return new base.DrayageError("CANCELLED","The input ended before all questions were answered; nothing was written.")}const schema="https://raw.githubusercontent.com/drayage/drayage/v1/schema/drayage.schema.json",server="server-1",registrySecret="REGISTRY_PASSWORD";function configText(answers,machine,owner){const{project,registry}=answers;return[`# yaml-language-server: $schema=${schema}
# What runs where. \`npx drayage validate\` checks it, \`npx drayage plan\` shows what a deployment would change.
project: ${scalar(project)}
`,`servers:
  # Builds the images and runs them. The first run prints the \`host-key:\` of the server, to be pinned here.
  ${server}: ${serverText(machine)}
`,registry===void 0?void 0:registryText(registry,owner??project),answers.domain===void 0?void 0:proxyText(answers.email),`services:
${answers.services.map(service=>serviceText(service,answers,owner)).join(`
`)}`].filter(section=>section!==void 0).join(`
`)}function serverText({host,user,port}){const parts=[`host: ${scalar(host)}`,host==="local"?void 0:`user: ${scalar(user)}`];return port!==void 0&&parts.push(`port: ${port}`),`{ ${parts.filter(part=>part!==void 0).join(", ")} }`}function registryText(registry,owner){const password=`"\${{ secrets.${registrySecret} }}"`,user=registry.startsWith("registry.gitlab.")?"gitlab-ci-token":owner.split("/")[0];return`registries:
  ${scalar(registry)}: { username: ${scalar(user??owner)}, password: ${password} }
`}function proxyText(email){const contact=email===void 0?"":`, email: ${scalar(email)}`;return`# Receives the requests of all domains below, and gets their certificates.
proxy: { type: caddy, servers: [${server}]${contact} }
`}function serviceText(service,answers,owner){const{name,source,dockerfile,port}=service,isFront=name===answers.front;return`${[`  ${name}:`,`    source: { path: ${scalar(source)} }`,`    build: { dockerfile: ${scalar(dockerfile)} }`,answers.registry===void 0?void 0:`    image: ${imageOf(answers,name,owner)}`,"    deploy:",`      servers: [${server}]`,...healthLines(port,isFront?answers.health:void 0),...isFront&&answers.domain===void 0?[`      ports: [{ published: 80, target: ${port} }]`]:[],...isFront&&answers.domain!==void 0?["    domains:",`      - { host: ${scalar(answers.domain)}, port: ${port} }`]:[]].filter(line=>line!==void 0).join(`
`)}
`}function healthLines(port,http){return port===void 0?[]:http!==void 0?[`      health: { http: ${scalar(http)}, port: ${port} }`]:[`      # Healthy as soon as the port answers. A page that knows better: { http: /healthz, port: ${port} }`,`      health: { tcp: ${port} }`]}function imageOf({registry,project,services},name,owner){const path=(owner??project).toLowerCase(),repository=path.includes("/")?path:`${path}/${project}`,separator=registry?.startsWith("registry.gitlab.")===!0?"/":"-",image=`${registry}/${repository}${services.length===1?"":`${separator}${name}`}`;return scalar(base.parseImage(image)===void 0?`${registry}/${project}/${name}`:image)}function scalar(text){const isPlain=/^[A-Za-z0-9./][A-Za-z0-9._/@-]*$/.test(text)&&!/^(?:[\d.]+(?:e\d+)?|0x.*|true|false|null|yes|no|on|off)$/i.test(text),isAddress=/^\d{1,3}(?:\.\d{1,3}){3}$/.test(text);return isPlain||isAddress||text==="."?text:JSON.stringify(text)}function nodeDockerfile(manifest,port){return manifest===void 0||!manifest.starts||manifest.manager!=="npm"?void 0:`FROM node:24-slim
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
node_modules
*.log
`;function workflowOf(ci,facts){switch(ci){case"github":return{path:".github/workflows/deploy.yml",text:githubWorkflow(facts)};case"gitlab":return{path:".gitlab-ci.yml",text:gitlabPipeline(facts)};case"bitbucket":return{path:"bitbucket-pipelines.yml",text:bitbucketPipeline(facts)};default:return}}function secretsToSet(ci,facts){return facts.secrets.filter(name=>ownSecret(ci,name,facts)===void 0)}function ownSecret(ci,name,{registry}){if(name===registrySecret){if(ci==="github"&&registry==="ghcr.io")return"${{ secrets.GITHUB_TOKEN }}";if(ci==="gitlab"&&registry?.startsWith("registry.gitlab.")===!0)return"$CI_REGISTRY_PASSWORD"}}function githubWorkflow(facts){const given=facts.secrets.map(name=>`            ${name}=${ownSecret("github",name,facts)??`\${{ secrets.${name} }}`}
`),pushes=facts.secrets.some(name=>ownSecret("github",name,facts)!==void 0);return`# Deploys what drayage.yml describes. Written by \`drayage init\`; change it as you like.
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
`]});return`# Deploys what drayage.yml describes, on the default branch. Written by \`drayage init\`; change it as you like.
include:
  - component: $CI_SERVER_FQDN/drayage/drayage/up@1
${own.length===0?"":`
variables:
${own.join("")}`}`}function bitbucketPipeline(facts){const lines=facts.secrets.map(name=>`${name}=$${name}`).join("\\n"),given=lines===""?"":`              variables:
                SECRETS: "${lines}"
`;return`# Deploys what drayage.yml describes. Written by \`drayage init\`; change it as you like.
pipelines:
  branches:
    ${facts.branch}:
      - step:
          name: Deploy
          deployment: production
          script:
            - pipe: drayage/drayage:${base.version}
${given}`}function planInit(answers,repository,force){const{present,remote,branch}=repository,old=present.get("drayage.yml"),config2=answers.server===void 0?void 0:configText(answers,answers.server,pathOf(remote)),facts={secrets:secretNames(config2??old??""),registry:answers.registry,branch:["master","trunk"].find(name=>name===branch)??"main"},workflow=workflowOf(answers.ci,facts),front=answers.services.find(({name})=>name===answers.front),dockerfile=config2===void 0||repository.dockerfiles.length>0?void 0:nodeDockerfile(repository.manifest,front?.port??3e3),files=[config2===void 0?void 0:{path:"drayage.yml",text:config2},dockerfile===void 0?void 0:{path:"Dockerfile",text:dockerfile},dockerfile===void 0||present.has(".dockerignore")?void 0:{path:".dockerignore",text:dockerignore},workflow].filter(file=>file!==void 0).map(file=>{const now=present.get(file.path),fate=now===void 0?"written":now===file.text?"same":force?"written":"kept";return{...file,fate}}),hasDockerfile=repository.dockerfiles.length>0||dockerfile!==void 0||config2===void 0;return{files,remarks:remarksOn(answers,repository,hasDockerfile),next:nextSteps(answers,secretsToSet(answers.ci,facts),facts.secrets)}}function secretNames(text){const names=[...text.split(`
`).filter(line=>!/^\s*#/.test(line)).join(`
`).matchAll(/(?<!\$)\$\{\{\s*secrets\.([A-Za-z_]\w*)\s*\}\}/g)];return[...new Set(names.map(([,name=""])=>name))]}function remarksOn({services,front,registry,server:server2},{composeFile,dockerfiles,present,remote},hasDockerfile){const others=services.filter(({name})=>name!==front).map(({name})=>name);return[present.has("drayage.yml")?"drayage.yml is there already, so its servers and services stay what they are.":void 0,hasDockerfile?void 0:"There is no Dockerfile here, and Drayage builds with one: write it before the first run.",server2!==void 0&&registry!==void 0&&pathOf(remote)===void 0?"Without a git remote the owner of the images is a guess: look at registries and image in drayage.yml.":void 0,composeFile!==void 0&&dockerfiles.length>0?`${composeFile} was not taken over: only what has a Dockerfile here became a service.`:void 0,others.length>0&&!present.has("drayage.yml")?`${front} is what answers from outside; ${others.join(", ")} ${others.length===1?"is":"are"} reached by name on the same network.`:void 0].filter(remark=>remark!==void 0)}function nextSteps({server:server2,ci},toSet,secrets){const key=server2===void 0?"~/.ssh/id_ed25519":"~/.ssh/drayage",steps=[];server2!==void 0&&server2.host!=="local"&&steps.push({why:"a key for deployments",command:`ssh-keygen -t ed25519 -N '' -C drayage -f ${key}`},{why:"let it in",command:`ssh-copy-id -i ${key}.pub ${reach(server2)}`});for(const name of secrets)steps.push({why:"for runs from here",command:`export DRAYAGE_SECRET_${name}=\u2026`});return steps.push({why:"check what was written",command:"npx drayage validate"},{why:"deploy from here",command:`npx drayage up${server2?.host==="local"?"":` --ssh-key ${key}`}`},...secretSteps(ci,key,toSet)),steps}function secretSteps(ci,key,names){if(ci==="github")return[{why:"for the workflow",command:`gh secret set SSH_KEY < ${key}`},...names.map(name=>({why:"for the workflow",command:`gh secret set ${name}`}))];if(ci==="gitlab"){const more=names.length===0?"":`, and masked ${names.map(name=>`DRAYAGE_SECRET_${name}`).join(", ")}`;return[{why:`Settings \u2192 CI/CD \u2192 Variables: DRAYAGE_SSH_KEY of type File with the content of ${key}${more}`}]}if(ci==="bitbucket"){const more=names.length===0?"":`; Repository variables, secured: ${names.join(", ")}`;return[{why:`Repository settings \u2192 Pipelines \u2192 SSH keys: the two halves of ${key}${more}`}]}return[]}function reach({host,user,port}){return`${port===void 0?"":`-p ${port} `}${user}@${host}`}async function writeFiles(cwd,files,force){for(const{path,text,fate}of files)fate==="written"&&(await require$$0.mkdir(nodePath.dirname(nodePath.join(cwd,path)),{recursive:!0}),await require$$0.writeFile(nodePath.join(cwd,path),text,{flag:force?"w":"wx"}))}async function init({inputs,context,checkout,cwd}){const{report,signal}=context,{force=!1,"dry-run":dryRun=!1}=inputs,repository=await lookAt(cwd,await checkout()),keepsConfig=repository.present.has("drayage.yml")&&!force,open=openQuestions(inputs,repository,keepsConfig),asks=canAsk(inputs);asks?report.note(foundText(repository)):refuseOpen(open);const answered=await ask(asks?open:[],{input:process.stdin,output:process.stdout,signal}),answers=answersOf({...inputs,...givenBy(answered)},repository,keepsConfig),plan=planInit(answers,repository,force);await check(plan),dryRun||await writeFiles(cwd,plan.files,force);for(const line of tell(plan,dryRun))report.note(line);return{}}function canAsk({yes,"log-format":format}){return process.stdin.isTTY===!0&&process.stdout.isTTY===!0&&yes!==!0&&format!=="json"}function refuseOpen(open){const missing=open.filter(({otherwise})=>otherwise===void 0).map(({flag})=>`--${flag}`);if(missing.length!==0)throw new base.DrayageError("INPUT_INVALID",`drayage init asks nothing here and needs ${missing.join(" and ")}; everything else was found or has a default.`,{hint:`For example: drayage init --server 203.0.113.10${missing.includes("--ci")?" --ci github":""}`})}function givenBy(answered){const{"domain-port":port,ci,...rest}=answered;if(port!==void 0&&!/^\d{1,5}$/.test(port))throw new base.DrayageError("INPUT_INVALID",`The port is "${port}"; expected a number from 1 to 65535.`);if(ci!==void 0&&!/^(?:github|gitlab|bitbucket|none)$/.test(ci))throw new base.DrayageError("INPUT_INVALID",`The CI is "${ci}"; expected github, gitlab, bitbucket or none.`);return{...rest,...port===void 0?{}:{"domain-port":Number(port)},...ci===void 0?{}:{ci}}}async function check({files}){const text=files.find(({path})=>path==="drayage.yml")?.text;if(text===void 0)return;const secrets=Object.fromEntries(secretNames(text).map(name=>[name,"not-needed-to-check"]));try{await config.loadProject({text,secrets})}catch(error){const failures=base.failuresOf(error);if(failures.some(({code})=>code==="INTERNAL_BUG"))throw error;base.throwAll(failures.map(({message,hint})=>new base.DrayageError("INPUT_INVALID",`With these answers drayage.yml would be wrong: ${message}`,{hint})))}}function foundText({dockerfiles,manifest,composeFile,remote,workflows}){const found=[...dockerfiles.map(({path})=>path),manifest===void 0?void 0:"package.json",composeFile,remote===void 0?void 0:`the remote ${remote}`,...workflows.map(name=>`.github/workflows/${name}`)].filter(name=>name!==void 0);return found.length===0?"Found nothing here that says what is deployed.":`Found ${found.join(", ")}.`}function*tell({files,remarks,next},dryRun){for(const{path,text,fate}of files)fate==="written"?yield dryRun?`Would write ${path}:`:`Wrote ${path}.`:fate==="same"?yield`${path} is there already, with the same content.`:yield`${path} is there already and stays as it is (--force overwrites it). This would stand in it:`,(fate==="kept"||fate==="written"&&dryRun)&&(yield*indented(text));for(const remark of remarks)yield remark;yield"",yield"Next:";const width=Math.max(...next.map(({command})=>command?.length??0));for(const{why,command}of next)yield command===void 0?`  ${why}`:`  ${command.padEnd(width)}  # ${why}`}function indented(text){return text.trimEnd().split(`
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
`)}const script=Object.freeze(Object.defineProperty({__proto__:null,printScript},Symbol.toStringTag,{value:"Module"}));function completionRoot({commands:commands$1,outline:outline2,errorCodes}){const root=new l,topics=[...commands$1.map(each=>each.name),...errorCodes];for(const declaration of commands$1){const command=root.command(declaration.name,declaration.summary),inputs=commands.inputsOf(declaration);for(const input of inputs)input.kind==="flag"?command.option(input.name,input.description):command.option(input.name,input.description,complete2=>offer(valuesOf(input,outline2),complete2));command.option("help","Show the inputs of this command.");const{positional}=declaration,positionalInput=inputs.find(({name})=>name===positional);if(positional===void 0||positionalInput===void 0)continue;const values=positional==="topic"?topics:valuesOf(positionalInput,outline2);command.argument(positional,complete2=>offer(values,complete2))}return root}function valuesOf({name,options},outline2){return options!==void 0?options:name==="service"?outline2.services:name==="server"||name==="servers"?outline2.servers:name==="environment"?outline2.environments:[]}function offer(values,complete2){for(const value of values)complete2(value,"")}async function complete(words){const declarations=await Promise.all(Object.values(commands.commands).map(async load=>(await load()).command.declaration));completionRoot({commands:declarations,outline:await outline(words),errorCodes:base.errorCodes}).parse([...words])}async function outline(words){const at=words.indexOf("--config"),file=words.find(word=>word.startsWith("--config="))?.slice(9)??(at===-1?void 0:words[at+1])??"drayage.yml";return config.outlineOf(await require$$0.readFile(file,"utf8").catch(()=>""))}const complete$1=Object.freeze(Object.defineProperty({__proto__:null,complete},Symbol.toStringTag,{value:"Module"}));exports.complete=complete$1,exports.init=init$1,exports.script=script;
