/** An ES module that imports this by name makes Node load the whole of it, WebCrypto and all; that would cost every command some 10 ms. */
export const { createHash, randomBytes, randomUUID } = process.getBuiltinModule('node:crypto')
