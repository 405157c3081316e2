/** What only a static site takes of `build`. */
export interface StaticSite {
  /** Folder that is served, relative to the context. */
  readonly publish: string;
  /** Unknown paths get index.html. */
  readonly spa: boolean;
  /** Response headers by path; a path may end in `*`. */
  readonly headers: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The web server: an image with nginx. */
  readonly serverImage?: string;
}
