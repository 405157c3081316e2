import type { ServiceSpec } from './model.ts';

/** Whether an image has to pass something before this service may run it. */
export function isGated({ scan, sign }: Pick<ServiceSpec, 'scan' | 'sign'>): boolean {
  return scan !== undefined || sign?.verify === true;
}

/** Whether what is pushed for this service is signed. */
export function isSigned({ sign, source }: Pick<ServiceSpec, 'sign' | 'source'>): boolean {
  return sign !== undefined && source.kind !== 'image' && (sign.keyless || sign.key !== undefined);
}
