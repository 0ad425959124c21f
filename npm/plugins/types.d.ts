/** What a plugin can be told; everything else stands in farthing.json, as for `farthing seal`. */
export interface FarthingOptions {
  /** farthing.json, from the project's folder on. */
  config?: string;
  /** The folder of keys, never published. */
  keys?: string;
  /** The site's origin, such as https://post.example. */
  origin?: string;
  issuer?: string | readonly string[];
  name?: string;
  contact?: string;
  /** A file with your terms. */
  terms?: string;
  /** How long an offer holds: 1 to 400. */
  days?: number;
  /** Where the site stands on its origin; `/` for the root. */
  base?: string;
  /** What is for sale, as a CSS selector, where pages do not say it themselves; with `price`, such as "0.20 EUR". */
  selector?: string;
  price?: string;
  /** Readers may fill up from the purse that the issuer keeps for them. */
  purse?: boolean;
  /** What readers bought opens without a network: a service worker of the site. */
  offline?: boolean;
  /** New offers, also where the old ones still hold. */
  renew?: boolean;
}

/** As far as Vite has to know it. */
export interface VitePlugin {
  name: 'farthing';
  apply: 'build';
  enforce: 'post';
  configResolved(config: { root: string; base: string; build: { outDir: string; ssr?: unknown }; logger: { info(line: string): void } }): void;
  writeBundle(): void;
  closeBundle: { order: 'post'; sequential: true; handler(error?: Error): Promise<void> };
}

/** As far as Astro has to know it. */
export interface AstroIntegration {
  name: 'farthing';
  hooks: {
    'astro:config:done'(given: { config: { root: URL; base: string } }): void;
    'astro:build:done'(given: { dir: URL; logger: { info(line: string): void } }): Promise<void>;
  };
}

/** As far as Eleventy has to be known. */
export interface EleventyConfig {
  on(event: 'eleventy.after', work: (given: { directories?: { output: string }; dir?: { output: string }; runMode?: string }) => Promise<void>): unknown;
}
