export const floor: { readonly name: string; readonly portsEach: number };
