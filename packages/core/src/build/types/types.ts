import type { BuildType as TypeName } from '../../config/model.ts';
import { dockerfileType } from './dockerfile.ts';
import { herokuType } from './heroku.ts';
import { nixpacksType } from './nixpacks.ts';
import { paketoType } from './paketo.ts';
import { railpackType } from './railpack.ts';
import { staticType } from './static.ts';
import type { BuildType } from './type.ts';

/** Every build type that makes one image, by its name in drayage.yml. A compose file is several builds: see ../compose/. */
export const buildTypes: Readonly<Record<Exclude<TypeName, 'compose'>, BuildType>> = {
  dockerfile: dockerfileType,
  railpack: railpackType,
  nixpacks: nixpacksType,
  heroku: herokuType,
  paketo: paketoType,
  static: staticType,
};
