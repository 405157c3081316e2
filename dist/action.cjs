"use strict";const base=require("./base.cjs"),commands=require("./commands.cjs");base.failUnlessSaid();const env=base.environment();(env.STATE_post==="true"?commands.runPost(env):commands.runMain(env)).then(base.exit,error=>{process.stdout.write(`::error::${String(error).replace(/[\r\n]+/g," ")}
`),base.exit(1)});
