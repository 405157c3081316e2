#!/usr/bin/env node
"use strict";const base=require("./base.cjs"),[major=0,minor=0]=process.versions.node.split(".").map(Number),isTooOld=major<20||major===20&&minor<18,argv=process.argv.slice(2);if(isTooOld){const sentence=`Drayage needs Node.js 20.18 or newer; this is ${process.versions.node} (${process.execPath}).`;base.environment().GITHUB_ACTIONS!=="true"?process.stderr.write(`${sentence}
`):process.stdout.write(`::error title=drayage::${sentence} Add actions/setup-node before this step.
`),process.exitCode=1}else argv.length===1&&(argv[0]==="--version"||argv[0]==="-v"||argv[0]==="version")?process.stdout.write(`${base.version}
`):(base.failUnlessSaid(),Promise.resolve().then(()=>require("./commands.cjs")).then(n=>n.dispatch).then(({dispatch})=>dispatch(argv)).catch(fail));function fail(error){process.stderr.write(`${error instanceof Error?error.stack??error.message:String(error)}
`),process.exitCode=1}
