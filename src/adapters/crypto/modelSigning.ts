/**
 * Ed25519 signatures of pushed models. Trusted keys are public keys in DATA_DIR/secret/model-keys/<name>.pem; where the
 * folder has any, a model must be signed by one of them.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BrigandError } from "../../core/errors.ts";

const NAME = /^([a-z0-9][a-z0-9._-]{0,63})\.pem$/;

/** What a bundle says of its signature. */
export interface Signature {
  /** Name of the key. */
  readonly key: string;
  /** Base64. */
  readonly value: string;
}

/** Read at each use, so that keys come and go without a restart. */
export interface TrustedKeys {
  /** @throws CB_MODEL_UNSIGNED, CB_MODEL_SIGNER_UNKNOWN, CB_MODEL_SIGNING_WRONG */
  check(text: string, signature: Signature | undefined): void;
}

export function trustedKeys(folder: string): TrustedKeys {
  return {
    check(text, signature) {
      const keys = keysIn(folder);
      const known = [...keys.keys()].join(", ") || "none";
      if (signature === undefined) {
        if (keys.size > 0) throw new BrigandError("CB_MODEL_UNSIGNED", { known });
        return;
      }
      const key = keys.get(signature.key);
      // Without trusted keys nobody can say whose signature it is: that is said, not passed over.
      if (key === undefined) throw new BrigandError("CB_MODEL_SIGNER_UNKNOWN", { came: signature.key, known });
      if (!isSigned(text, key, signature.value))
        throw new BrigandError("CB_MODEL_SIGNING_WRONG", { came: signature.key });
    },
  };
}

/** Base64. @throws the system's error for a key that is none, CB_SECRET_INVALID for one that is not Ed25519. */
export function signModel(text: string, privatePem: string): string {
  const key = createPrivateKey(privatePem);
  checkKind(key);
  return sign(null, Buffer.from(text), key).toString("base64");
}

/** A new pair as PEM: PKCS #8 and SPKI. */
export function newSigningKeys(): { readonly privatePem: string; readonly publicPem: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  return {
    privatePem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    publicPem: publicKey.export({ type: "spki", format: "pem" }).toString(),
  };
}

function isSigned(text: string, key: KeyObject, value: string): boolean {
  try {
    return verify(null, Buffer.from(text), key, Buffer.from(value, "base64"));
  } catch {
    return false;
  }
}

function keysIn(folder: string): ReadonlyMap<string, KeyObject> {
  const keys = new Map<string, KeyObject>();
  for (const file of namesIn(folder).sort()) {
    const name = NAME.exec(file)?.[1];
    if (name === undefined) continue;
    const key = createPublicKey(readFileSync(join(folder, file), "utf8"));
    checkKind(key);
    keys.set(name, key);
  }
  return keys;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

function checkKind({ asymmetricKeyType }: KeyObject): void {
  if (asymmetricKeyType !== "ed25519")
    throw new BrigandError("CB_MODEL_SIGNER_UNKNOWN", { came: `a key of kind ${asymmetricKeyType}`, known: "Ed25519" });
}
