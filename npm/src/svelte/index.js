export { default as FarthingPaywall } from './FarthingPaywall.svelte';
