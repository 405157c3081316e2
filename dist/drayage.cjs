#!/usr/bin/env node
"use strict";var n=Object.defineProperty;var o=(s,i)=>n(s,"name",{value:i,configurable:!0});var t="0.1.0";const c={version:t},{version:a}=c,[r=0,v=0]=process.versions.node.split(".").map(Number),d=r<20||r===20&&v<18,e=process.argv.slice(2);d?(process.stderr.write(`Drayage needs Node.js 20.18 or newer; this is ${process.versions.node} (${process.execPath}).
`),process.exitCode=1):e.length===1&&(e[0]==="--version"||e[0]==="-v"||e[0]==="version")?process.stdout.write(`${a}
`):Promise.resolve().then(()=>require("./commands.cjs")).then(s=>s.dispatch).then(({dispatch:s})=>s(e)).catch(p);function p(s){process.stderr.write(`${s instanceof Error?s.stack??s.message:String(s)}
`),process.exitCode=1}o(p,"fail");
