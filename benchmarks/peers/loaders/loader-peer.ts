import type { DataFile } from '../../lib/files.js';
import type { Peer } from '../../lib/peer.js';

/** A peer that may read the same pixels in another format. */
export interface LoaderPeer extends Peer {
  /**
   * The file or folder that it reads, made now where it isn't there yet; planefeed's where left out.
   *
   * @param say is told what takes long
   */
  readonly dataOf?: (data: DataFile, say: (line: string) => void) => Promise<string>;
}
