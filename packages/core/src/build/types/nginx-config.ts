import type { StaticSite } from '../../config/static-site.ts';

/**
 * The configuration of a static site's nginx (https://nginx.org/en/docs/). Files whose names hold a hash of their content may be kept forever; everything
 * else is asked for again, which costs an answer without content where nothing changed. Writes to /tmp only, so any account can run it.
 */
export function nginxConfig({ spa, headers }: Pick<StaticSite, 'spa' | 'headers'>, port: number): string {
  const names = new Map<string, string>();
  for (const values of Object.values(headers)) {
    for (const name of Object.keys(values)) names.set(name.toLowerCase(), names.get(name.toLowerCase()) ?? name);
  }
  names.delete('cache-control');
  const own = [...names.values()];
  return `worker_processes auto;
pid /tmp/nginx.pid;
error_log stderr warn;
events { worker_connections 1024; }
http {
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  access_log /dev/stdout;
${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((part) => `  ${part}_temp_path /tmp/${part};\n`).join('')}  sendfile on;
  tcp_nopush on;
  server_tokens off;
  absolute_redirect off;
  port_in_redirect off;
  gzip on;
  gzip_static on;
  gzip_vary on;
  gzip_proxied any;
  gzip_min_length 1024;
  gzip_types text/css text/plain text/xml text/javascript application/javascript application/json application/manifest+json application/wasm application/xml application/rss+xml image/svg+xml font/ttf font/otf;
  # A dollar sign can be written no other way.
  geo $dollar { default "$"; }
  map $request_uri $asked { ~^(?<asked_path>[^?]*) $asked_path; }
  map $uri $kept {
    default "no-cache";
${forever.map((pattern) => `    "~${pattern}" "public, max-age=31536000, immutable";\n`).join('')}  }
${headerMap('Cache-Control', '$kept', headers, 0)}${own.map((name, index) => headerMap(name, '""', headers, index + 1)).join('')}  server {
    listen ${port};
    root /srv/site;
    index index.html;
    error_page 404 /404.html;
    add_header Cache-Control $header_0 always;
${own.map((name, index) => `    add_header ${name} $header_${index + 1} always;\n`).join('')}    # What describes the site is no part of it.
    location ~ "/\\.(?!well-known/)" { return 404; }
    location ~ "^/drayage\\.ya?ml$" { return 404; }
    location = /404.html { internal; }
    location ~* "\\.(?:js|mjs|css|map|json|wasm|png|jpe?g|gif|webp|avif|svg|ico|woff2?|ttf|otf|mp4|webm|pdf|zip)$" { try_files $uri =404; }
    location / { try_files $uri $uri.html $uri/ ${spa ? '/index.html' : '=404'}; }
  }
}
`;
}

/** Names that bundlers give: hexadecimal with a digit; eight characters in the folders of Vite; and the folders of Next.js, Astro and SvelteKit. */
const forever = [
  '[.-](?=[0-9a-f]*[0-9])[0-9a-f]{8,}\\.(?!html?$)[A-Za-z0-9.]+$',
  '/assets/[^/]*[.-](?=[\\w-]*[A-Z0-9])[\\w-]{8}\\.(?!html?$)[A-Za-z0-9.]+$',
  '^/(?:_next/static|_astro|_app/immutable)/',
];

/** The value of one header by the path that was asked for; the last path that fits wins, and nginx takes the first. */
function headerMap(name: string, otherwise: string, headers: StaticSite['headers'], index: number): string {
  const rows = Object.entries(headers).flatMap(([path, values]) => {
    const found = Object.entries(values).find(([given]) => given.toLowerCase() === name.toLowerCase());
    return found === undefined ? [] : [`    "~${pathPattern(path)}" "${text(found[1])}";\n`];
  });
  return `  map $asked $header_${index} {\n    default ${otherwise};\n${rows.reverse().join('')}  }\n`;
}

function pathPattern(path: string): string {
  const isPrefix = path.endsWith('*');
  const plain = (isPrefix ? path.slice(0, -1) : path).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return `^${plain}${isPrefix ? '' : '$'}`;
}

function text(value: string): string {
  return value.replace(/[\\"]/g, '\\$&').replaceAll('$', '${dollar}');
}
