#!/usr/bin/env node
"use strict";var version$1="0.1.0";const manifest={version:version$1},{version}=manifest,[major=0,minor=0]=process.versions.node.split(".").map(Number),isTooOld=major<20||major===20&&minor<18,argv=process.argv.slice(2);isTooOld?(process.stderr.write(`Drayage needs Node.js 20.18 or newer; this is ${process.versions.node} (${process.execPath}).
`),process.exitCode=1):argv.length===1&&(argv[0]==="--version"||argv[0]==="-v"||argv[0]==="version")?process.stdout.write(`${version}
`):Promise.resolve().then(()=>require("./commands.cjs")).then(n=>n.dispatch).then(({dispatch})=>dispatch(argv)).catch(fail);function fail(error){process.stderr.write(`${error instanceof Error?error.stack??error.message:String(error)}
`),process.exitCode=1}
