import type { BuildSpec } from '../../config/model.ts';
import { dockerfileType } from './dockerfile.ts';
import type { BuildType } from './type.ts';

/** Every build type by its name in drayage.yml. */
export const buildTypes: Readonly<Record<BuildSpec['type'], BuildType>> = {
  dockerfile: dockerfileType,
};
