#!/usr/bin/env node
"use strict";var i=Object.defineProperty;var t=(s,n)=>i(s,"name",{value:n,configurable:!0});var o="0.1.0";const r={version:o},{version:c}=r,e=process.argv.slice(2);e.length===1&&(e[0]==="--version"||e[0]==="-v"||e[0]==="version")?process.stdout.write(`${c}
`):Promise.resolve().then(()=>require("./commands.cjs")).then(s=>s.dispatch).then(({dispatch:s})=>s(e)).catch(v);function v(s){process.stderr.write(`${s instanceof Error?s.stack??s.message:String(s)}
`),process.exitCode=1}t(v,"fail");
