"use strict";const e=require("./commands.cjs"),r=e.environment();(r.STATE_post==="true"?e.runPost(r):e.runMain(r)).then(e.exit,t=>{process.stdout.write(`::error::${String(t).replace(/[\r\n]+/g," ")}
`),e.exit(1)});
