export function buildShims(directory: string): { readonly preload: string } | { readonly reason: string };
