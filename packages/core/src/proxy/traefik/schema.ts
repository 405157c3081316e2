import * as z from 'zod';

/** The part of Traefik's dynamic configuration that Drayage writes; nothing else can get into a file. */
const name = z.string().min(1);
const duration = z.string().regex(/^\d+(ms|s|m)$/);

const router = z.lazy(() =>
  z.strictObject({
    entryPoints: z.array(z.enum(['web', 'websecure'])).min(1),
    rule: name,
    priority: z.int().positive(),
    service: name,
    middlewares: z.array(name).optional(),
    tls: z.strictObject({ certResolver: name.optional() }).optional(),
  }),
);

const service = z.lazy(() =>
  z.strictObject({
    loadBalancer: z.strictObject({
      servers: z.array(z.strictObject({ url: z.url() })).min(1),
      passHostHeader: z.boolean(),
      serversTransport: name,
    }),
  }),
);

const middleware = z.lazy(() =>
  z.union([
    z.strictObject({ redirectScheme: z.strictObject({ scheme: z.literal('https'), permanent: z.literal(true) }) }),
    z.strictObject({ retry: z.strictObject({ attempts: z.int().positive(), initialInterval: duration }) }),
  ]),
);

const transport = z.lazy(() =>
  z.strictObject({
    maxIdleConnsPerHost: z.int().positive(),
    forwardingTimeouts: z.strictObject({ dialTimeout: duration, idleConnTimeout: duration }),
  }),
);

export const dynamicFile = z.lazy(() =>
  z.strictObject({
    http: z.strictObject({
      routers: z.record(name, router),
      services: z.record(name, service),
      middlewares: z.record(name, middleware),
      serversTransports: z.record(name, transport),
    }),
    tls: z.strictObject({ certificates: z.array(z.strictObject({ certFile: name, keyFile: name })).min(1) }).optional(),
  }),
);

export type DynamicFile = z.infer<typeof dynamicFile>;
