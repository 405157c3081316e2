"use strict";const commands=require("./commands.cjs"),env=commands.environment();(env.STATE_post==="true"?commands.runPost(env):commands.runMain(env)).then(commands.exit,error=>{process.stdout.write(`::error::${String(error).replace(/[\r\n]+/g," ")}
`),commands.exit(1)});
