/**
 * Loads a package installed here. Typed by the caller with the little that is used of it, so that the types of the
 * repository do not need the peers.
 */
export async function loadPeer<Module>(name: string): Promise<Module> {
  return (await import(name)) as Module
}
