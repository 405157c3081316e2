import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipEntry {
  readonly name: string;
  readonly content?: string | Buffer;
  /** `st_mode` as a Unix program writes it; without it as Windows does. */
  readonly mode?: number;
  /** General purpose flags: 1 is encrypted. */
  readonly flags?: number;
  /** 0 stored, 8 deflated. */
  readonly method?: number;
  /** What the headers say instead of the true size. */
  readonly size?: number;
}

/** A zip file with any names (APPNOTE.TXT, 4.3): programs that make such files refuse the ones that tests need. */
export function zip(entries: readonly ZipEntry[]): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { name, content = '', mode, flags = 0, method = 0, size } of entries) {
    const raw = Buffer.from(content);
    const data = method === 8 ? deflateRawSync(raw) : raw;
    const encoded = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    // Bit 11: the name is UTF-8.
    common.writeUInt16LE(flags | 0x800, 2);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(crc32(raw), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(size ?? raw.length, 18);
    common.writeUInt16LE(encoded.length, 22);
    const header = Buffer.concat([Buffer.from('PK\x03\x04'), common, encoded, data]);
    const madeBy = Buffer.alloc(2);
    madeBy.writeUInt16LE((mode === undefined ? 0 : 3) * 256 + 30);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(mode === undefined ? 0 : (mode << 16) >>> 0, 6);
    rest.writeUInt32LE(offset, 10);
    central.push(Buffer.concat([Buffer.from('PK\x01\x02'), madeBy, common, rest, encoded]));
    local.push(header);
    offset += header.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...local, directory, end]);
}
