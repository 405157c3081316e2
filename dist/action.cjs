"use strict";const base=require("./base.cjs"),commands=require("./commands.cjs");commands.failUnlessSaid();const env=base.environment();(env.STATE_post==="true"?commands.runPost(env):commands.runMain(env)).then(commands.exit,error=>{process.stdout.write(`::error::${String(error).replace(/[\r\n]+/g," ")}
`),commands.exit(1)});
