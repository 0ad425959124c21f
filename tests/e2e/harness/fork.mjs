// An issuer that marks its readers: a second head under the same number, signed with the issuer's own key.
import { createHash, createPrivateKey, sign } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const b64u = (data) => Buffer.from(data).toString('base64url');

/** The same head with another `iat`, or another body, signed anew. */
export async function secondHead(issuerDir, head, change) {
  const [header, payload] = head.split('.');
  const { kid } = JSON.parse(Buffer.from(header, 'base64url'));
  const claims = JSON.parse(Buffer.from(payload, 'base64url'));
  const input = `${header}.${b64u(JSON.stringify(change(claims)))}`;
  const key = await signingKey(issuerDir, kid);
  return `${input}.${b64u(sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }))}`;
}

export const hashOf = (jws) => createHash('sha256').update(jws.slice(0, jws.lastIndexOf('.'))).digest('base64url');

/** From the issuer's key files: the one whose secret belongs to this kid. */
async function signingKey(dir, kid) {
  const files = await readdir(dir, { recursive: true, withFileTypes: true });
  for (const file of files.filter((entry) => entry.isFile() && entry.name.endsWith('.toml'))) {
    const text = await readFile(join(file.parentPath ?? file.path, file.name), 'utf8');
    const secret = /^secret\s*=\s*"([\w-]{43})"/m.exec(text)?.[1];
    if (!secret || !text.includes(kid)) continue;
    // SEC 1 in PKCS #8 without the public key, which OpenSSL works out.
    const der = Buffer.concat([Buffer.from('3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420', 'hex'), Buffer.from(secret, 'base64url')]);
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  }
  throw new Error(`no key file for ${kid} in ${dir}`);
}
